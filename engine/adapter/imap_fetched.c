/* See imap_fetched.h. */
#include "imap_fetched.h"

#include "imap_date.h"

static enum status fetched_expected(const char *what, struct error *error) {
    return error_set(error, STATUS_PROTOCOL, "FETCH: expected %s in the mail server's answer",
                     what);
}

static uint32_t flag_of(struct str word) {
    static const struct {
        const char *name;
        enum target_flag flag;
    } names[] = {
        {"\\Seen", TARGET_SEEN},       {"\\Answered", TARGET_ANSWERED},
        {"\\Flagged", TARGET_FLAGGED}, {"\\Deleted", TARGET_DELETED},
        {"\\Draft", TARGET_DRAFT},     {"$Forwarded", TARGET_FORWARDED},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (str_equal_caseless(word, str_of(names[i].name)))
            return names[i].flag;
    return 0;
}

static enum status take_flags(struct imap_reader *reader, uint32_t *flags_r, struct error *error) {
    struct str word;
    *flags_r = 0;
    if (!imap_take_byte(reader, '('))
        return fetched_expected("a list of flags", error);
    while (imap_take_word(reader, &word)) {
        *flags_r |= flag_of(word);
        (void)imap_take_byte(reader, ' ');
    }
    return imap_take_byte(reader, ')') ? STATUS_OK
                                       : fetched_expected("the end of the flags", error);
}

static enum status take_date(struct imap_reader *reader, instant *at_r, struct error *error) {
    struct buffer text = {0};
    struct str plain;
    bool present;
    if (imap_take_plain(reader, IMAP_DATE_MAX, &plain))
        return imap_date_parse(plain, at_r) ? STATUS_OK : fetched_expected("a date", error);
    enum status status = imap_take_string(reader, &text, IMAP_DATE_MAX, &present, error);
    if (status == STATUS_OK && !(present && imap_date_parse(buffer_str(&text), at_r)))
        status = fetched_expected("a date", error);
    buffer_release(&text);
    return status;
}

static void digest_see(void *of, const void *bytes, size_t length) {
    if (of != NULL)
        digest_stream_add(of, bytes, length);
}

/* One name and its value. */
static enum status take_item(struct imap_reader *reader, struct digest_stream *stream,
                             struct imap_fetched *fetched, struct error *error) {
    struct str word;
    uint64_t number = 0;
    if (!imap_take_word(reader, &word))
        return fetched_expected("the name of an item", error);
    bool is_uid = str_equal_caseless(word, STR("UID"));
    bool is_size = str_equal_caseless(word, STR("RFC822.SIZE"));
    bool is_flags = str_equal_caseless(word, STR("FLAGS"));
    bool is_date = str_equal_caseless(word, STR("INTERNALDATE"));
    bool is_body = str_equal_caseless(word, STR("BODY[]"));
    if (!imap_take_byte(reader, ' '))
        return fetched_expected("a blank after the name of an item", error);
    if (is_uid || is_size) {
        if (!imap_take_number(reader, &number) || (is_uid && (number == 0 || number > UINT32_MAX)))
            return fetched_expected("a number", error);
        if (is_uid)
            fetched->seen.uid = (uint32_t)number;
        else
            fetched->seen.size = number;
        fetched->uid |= is_uid;
        fetched->size |= is_size;
        return STATUS_OK;
    }
    if (is_flags) {
        fetched->flags = true;
        return take_flags(reader, &fetched->seen.flags, error);
    }
    if (is_date) {
        fetched->received = true;
        return take_date(reader, &fetched->seen.received, error);
    }
    if (!is_body || fetched->body)
        return imap_skip_value(reader, error);
    fetched->body = true;
    return imap_take_body(reader, digest_see, stream, error);
}

enum status imap_fetched_take(struct imap_reader *reader, struct digest_stream *stream,
                              struct imap_fetched *fetched_r, struct error *error) {
    *fetched_r = (struct imap_fetched){0};
    if (stream != NULL)
        digest_stream_reset(stream);
    if (!imap_take_byte(reader, '('))
        return fetched_expected("a list", error);
    do {
        enum status status = take_item(reader, stream, fetched_r, error);
        if (status != STATUS_OK)
            return status;
    } while (imap_take_byte(reader, ' '));
    if (!imap_take_byte(reader, ')') || !imap_at_end(reader))
        return fetched_expected("the end of the list", error);
    if (stream != NULL && fetched_r->body)
        fetched_r->seen.digest = digest_stream_end(stream);
    return STATUS_OK;
}
