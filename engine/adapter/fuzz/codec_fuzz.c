/*
 * The small codecs of the adapters, by the first byte: modified UTF-7, base64 in pieces, dates,
 * keys in ids. What can be decoded encodes to what it was; what is encoded can be decoded.
 */
#include <stdint.h>
#include <string.h>

#include "../../base/check.h"
#include "../../base/fuzz/exact.h"
#include "../../base/utf8.h"
#include "../base64.h"
#include "../ews.h"
#include "../imap_date.h"
#include "../modified_utf7.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_utf7(struct str text) {
    struct buffer once = {0}, twice = {0};
    if (modified_utf7_decode(text, &once)) {
        check(utf8_is_valid(buffer_str(&once)));
        check(modified_utf7_encode(buffer_str(&once), &twice));
        check(str_equal(buffer_str(&twice), text)); /* each name has one encoding */
    }
    buffer_clear(&once);
    buffer_clear(&twice);
    if (modified_utf7_encode(text, &once)) {
        check(modified_utf7_decode(buffer_str(&once), &twice));
        check(str_equal(buffer_str(&twice), text));
    }
    buffer_release(&once);
    buffer_release(&twice);
}

static bool decode(struct str text, size_t piece, struct buffer *out) {
    struct base64_decoder decoder = {0};
    bool good = true;
    for (size_t at = 0; at < text.length && good; at += piece) {
        size_t length = text.length - at < piece ? text.length - at : piece;
        good = base64_feed(&decoder, str_bytes(text.data + at, length), out);
    }
    return good && base64_is_whole(&decoder);
}

static void fuzz_base64(struct str text) {
    struct buffer written = {0}, whole = {0}, pieces = {0};
    base64_write(text, &written);
    check(decode(buffer_str(&written), 1, &whole));
    check(str_equal(buffer_str(&whole), text));
    buffer_clear(&whole);
    bool good = decode(text, text.length + 1, &whole);
    check_compare(good, ==, decode(text, 3, &pieces));
    check(!good || str_equal(buffer_str(&whole), buffer_str(&pieces)));
    buffer_release(&written);
    buffer_release(&whole);
    buffer_release(&pieces);
}

static void fuzz_date(struct str text) {
    instant at, again;
    char said[IMAP_DATE_MAX];
    if (!imap_date_parse(text, &at))
        return;
    if (imap_date(at, said)) {
        check(imap_date_parse(str_of(said), &again));
        check_compare(at, ==, again);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    char key[64];
    struct str text = str_bytes(exact_copy(EXACT_PIECE, data + 1, size - 1), size - 1);
    if (data[0] == 'u')
        fuzz_utf7(text);
    else if (data[0] == 'b')
        fuzz_base64(text);
    else if (data[0] == 'd')
        fuzz_date(text);
    else
        (void)!ews_id_mailbox(text, key, sizeof key, NULL);
    return 0;
}
