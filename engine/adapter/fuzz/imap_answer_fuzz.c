/*
 * Feeds any bytes to the reader of IMAP answers as a server would send them: responses, strings,
 * FETCH lists, all in pieces whose size the first byte chooses.
 *
 *   clang -fsanitize=fuzzer,address,undefined … engine/adapter/fuzz/imap_answer_fuzz.c
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../imap_fetched.h"
#include "../imap_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct memory {
    const uint8_t *data;
    size_t left, piece;
};

static ssize_t memory_read(mailstream_low *low, void *bytes, size_t capacity) {
    struct memory *memory = low->data;
    size_t length = memory->left < memory->piece ? memory->left : memory->piece;
    if (length > capacity)
        length = capacity;
    if (length == 0)
        return -1;
    memcpy(bytes, memory->data, length);
    memory->data += length;
    memory->left -= length;
    return (ssize_t)length;
}

static int memory_close(mailstream_low *low) {
    (void)low;
    return 0;
}

static void memory_free(mailstream_low *low) {
    free(low);
}

/* What the reader asks when the bytes end; linked in place of the real stream's. */
enum status imap_stream_failure(mailstream *stream) {
    (void)stream;
    return STATUS_NETWORK;
}

static void look_at(struct imap_reader *reader, const struct imap_response *response,
                    struct digest_stream *digest) {
    struct imap_fetched fetched;
    struct buffer text = {0};
    bool present;
    if (response->kind == IMAP_TAGGED)
        (void)imap_refusal(response);
    else if (str_equal_text(str_of(response->code), "FETCH"))
        (void)!imap_fetched_take(reader, digest, &fetched, NULL);
    else if (str_equal_text(str_of(response->code), "LIST"))
        (void)!imap_skip_value(reader, NULL);
    else if (imap_take_string(reader, &text, 1000, &present, NULL) == STATUS_OK)
        (void)imap_at_end(reader);
    buffer_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static mailstream_low_driver driver = {.mailstream_read = memory_read,
                                           .mailstream_close = memory_close,
                                           .mailstream_free = memory_free};
    if (size == 0)
        return 0;
    struct memory memory = {.data = data + 1, .left = size - 1, .piece = 1 + data[0] % 64u};
    mailstream *stream = mailstream_new(mailstream_low_new(&memory, &driver), 4096);
    struct digest_stream *digest = digest_stream_new();
    struct imap_reader reader;
    struct imap_response response;
    struct error error;
    imap_reader_begin(&reader, stream);
    for (int i = 0; i < 1000 && imap_reader_next(&reader, &response, &error) == STATUS_OK; i++)
        look_at(&reader, &response, digest);
    imap_reader_settle(&reader);
    imap_reader_release(&reader);
    digest_stream_close(&digest);
    mailstream_close(stream);
    return 0;
}
