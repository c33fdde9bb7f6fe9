/* See imap_remove.h. */
#include "imap_remove.h"

#include "../base/check.h"
#include "imap_reader.h"

static enum status remove_open(struct imap_connection *connection, const char *how,
                               const char *folder, imap_see_response *see, void *of,
                               struct error *error) {
    struct buffer command = {0};
    buffer_append_text(&command, how);
    bool can_be_said = imap_quote(str_of(folder), &command);
    enum status status =
        can_be_said ? imap_connection_command(connection, buffer_str(&command), see, of, error)
                    : error_set(error, STATUS_INVALID, "a folder name that IMAP cannot carry");
    buffer_release(&command);
    if (status == STATUS_UNMOVABLE) /* refused for want of a folder, whatever the code */
        status = imap_means(error, STATUS_NOT_FOUND);
    return status;
}

/* ---- Reading one ---- */

struct fetching_one {
    uint32_t uid;
    struct buffer bytes; /* owns */
    bool has_body, is_right;
};

static void fetching_one_see(void *of, const void *bytes, size_t length) {
    buffer_append(of, bytes, length);
}

/* (UID 12 BODY[] {…}): anything else in the list is skipped. */
static enum status fetching_one_list(struct fetching_one *one, struct imap_reader *reader,
                                     struct error *error) {
    enum status status = STATUS_OK;
    bool right = false, body = false;
    buffer_clear(&one->bytes);
    if (!imap_take_byte(reader, '('))
        return error_set(error, STATUS_PROTOCOL, "FETCH: expected a list");
    do {
        struct str word;
        uint64_t number = 0;
        if (!imap_take_word(reader, &word))
            return error_set(error, STATUS_PROTOCOL, "FETCH: expected the name of an item");
        bool is_uid = str_equal_caseless(word, STR("UID"));
        bool is_body = str_equal_caseless(word, STR("BODY[]"));
        if (!imap_take_byte(reader, ' '))
            return error_set(error, STATUS_PROTOCOL, "FETCH: expected a value");
        if (is_uid && !imap_take_number(reader, &number))
            return error_set(error, STATUS_PROTOCOL, "FETCH: expected a UID");
        if (is_uid)
            right = number == one->uid;
        else if (is_body)
            status = imap_take_body(reader, fetching_one_see, &one->bytes, error);
        else
            status = imap_skip_value(reader, error);
        body |= is_body;
    } while (status == STATUS_OK && imap_take_byte(reader, ' '));
    if (status == STATUS_OK && !imap_take_byte(reader, ')'))
        status = error_set(error, STATUS_PROTOCOL, "FETCH: expected the end of the list");
    one->has_body = body;
    one->is_right = right;
    return status;
}

static enum status fetching_one_response(void *of, struct imap_reader *reader,
                                         const struct imap_response *response,
                                         struct error *error) {
    struct fetching_one *one = of;
    if (response->number == 0 || !str_equal_caseless(str_of(response->code), STR("FETCH")) ||
        (one->has_body && one->is_right))
        return STATUS_OK;
    return fetching_one_list(one, reader, error);
}

enum status imap_fetch_one(struct imap_connection *connection, const char *folder, uint32_t uid,
                           struct buffer *bytes_r, struct error *error) {
    struct fetching_one one = {.uid = uid};
    struct buffer command = {0};
    enum status status = remove_open(connection, "EXAMINE ", folder, NULL, NULL, error);
    buffer_printf(&command, "UID FETCH %u (UID BODY.PEEK[])", uid);
    if (status == STATUS_OK)
        status = imap_connection_command(connection, buffer_str(&command), fetching_one_response,
                                         &one, error);
    if (status == STATUS_OK && !(one.has_body && one.is_right))
        status = error_set(error, STATUS_NOT_FOUND, "message %u is gone", uid);
    if (status == STATUS_OK)
        buffer_append_str(bytes_r, buffer_str(&one.bytes));
    buffer_release(&one.bytes);
    buffer_release(&command);
    return status;
}

/* ---- Removing ---- */

/* "OK [UIDVALIDITY 12]" comes untagged with SELECT (RFC 3501 section 6.3.1). */
static enum status removing_response(void *of, struct imap_reader *reader,
                                     const struct imap_response *response, struct error *error) {
    uint64_t *uid_validity = of;
    struct str code = str_of(response->code);
    (void)reader;
    (void)error;
    struct str name = str_cut(&code, ' ');
    if (response->state == IMAP_OK && str_equal_caseless(name, STR("UIDVALIDITY")) &&
        !str_to_u64(str_trim(code), uid_validity))
        *uid_validity = 0;
    return STATUS_OK;
}

static void removing_command(const struct imap_removal *removal, const char *before,
                             const char *behind, struct buffer *out) {
    buffer_clear(out);
    buffer_append_text(out, before);
    for (size_t i = 0; i < removal->count; i++) {
        if (i > 0)
            buffer_append_byte(out, ',');
        buffer_append_u64(out, removal->uids[i]);
    }
    buffer_append_text(out, behind);
}

enum status imap_remove(struct imap_connection *connection, const struct imap_removal *removal,
                        struct error *error) {
    struct buffer command = {0};
    uint64_t uid_validity = 0;
    check_compare(removal->count, <=, TARGET_REMOVE_MAX);
    if (removal->count == 0)
        return STATUS_OK;
    enum status status = remove_open(connection, "SELECT ", removal->folder, removing_response,
                                     &uid_validity, error);
    if (status == STATUS_OK && uid_validity != removal->uid_validity)
        return error_set(error, STATUS_CONFLICT,
                         "the folder %s has UIDVALIDITY %llu, not %u: its numbers mean other "
                         "messages now",
                         removal->folder, (unsigned long long)uid_validity, removal->uid_validity);
    removing_command(removal, "UID STORE ", " +FLAGS.SILENT (\\Deleted)", &command);
    if (status == STATUS_OK)
        status = imap_connection_command(connection, buffer_str(&command), NULL, NULL, error);
    removing_command(removal, "UID EXPUNGE ", "", &command);
    if (status == STATUS_OK)
        status = imap_connection_command(connection, buffer_str(&command), NULL, NULL, error);
    buffer_release(&command);
    return status;
}
