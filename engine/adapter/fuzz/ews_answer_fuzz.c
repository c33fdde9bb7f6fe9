/*
 * Feeds any bytes to the reader of Exchange's answers, in pieces whose size the first byte chooses,
 * and takes whatever comes out of it apart: ids, base64, codes.
 *
 *   clang -fsanitize=fuzzer,address,undefined … engine/adapter/fuzz/ews_answer_fuzz.c
 */
#include <stdint.h>

#include "../../base/fuzz/exact.h"
#include "../../base/fuzz/xml_mutator.h"
#include "../base64.h"
#include "../ews.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned seed);

struct taking {
    struct base64_decoder decoder;
    struct buffer bytes;
};

static enum status take_page(void *of, const struct ews_page *page, struct error *error) {
    (void)of;
    (void)page;
    (void)error;
    return STATUS_OK;
}

static enum status take_folder(void *of, const struct ews_folder *folder, struct error *error) {
    char key[64];
    (void)of;
    (void)!ews_id_mailbox(str_of(folder->id), key, sizeof key, error);
    return STATUS_OK;
}

static enum status take_mime(void *of, struct str base64, struct error *error) {
    struct taking *taking = of;
    (void)error;
    (void)!base64_feed(&taking->decoder, base64, &taking->bytes);
    return STATUS_OK;
}

static enum status take_item(void *of, const struct ews_item *item, struct error *error) {
    char key[64];
    (void)of;
    (void)!ews_id_mailbox(str_of(item->item.id), key, sizeof key, error);
    return STATUS_OK;
}

static enum status take_message(void *of, const struct ews_message *message, struct error *error) {
    struct taking *taking = of;
    taking->decoder = (struct base64_decoder){0};
    (void)ews_refusal(message, error);
    return STATUS_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct ews_events events = {.page = take_page,
                                             .folder = take_folder,
                                             .mime = take_mime,
                                             .item = take_item,
                                             .message = take_message};
    if (size == 0)
        return 0;
    struct taking taking = {0};
    struct error error;
    size_t piece = 1 + data[0];
    struct ews_answer *answer = ews_answer_new(&events, &taking);
    struct soap_reader *reader = soap_reader_new(&ews_answer_handler, answer);
    for (size_t at = 1; at < size; at += piece) {
        size_t length = size - at < piece ? size - at : piece;
        const char *copy = exact_copy(EXACT_PIECE, data + at, length);
        if (soap_reader_feed(reader, str_bytes(copy, length), &error) != STATUS_OK)
            break;
    }
    (void)!soap_reader_end(reader, &error);
    soap_reader_close(&reader);
    ews_answer_close(&answer);
    buffer_release(&taking.bytes);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned seed) {
    return xml_mutate_one(data, size, capacity, seed);
}
