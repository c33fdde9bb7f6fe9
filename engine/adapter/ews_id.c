/*
 * Ids of Exchange, as far as a mover must see into them (MS-OXWSITEMID 2.2.6, MS-OXCEXT): base64
 * of a compression byte, a storage type, a length and the mailbox GUID as ASCII text, then what is
 * the server's business. The GUID says whose mailbox answers, whatever name was asked for.
 */
#include <string.h>

#include "base64.h"
#include "ews.h"

enum {
    ID_PLAIN = 0,
    ID_RUN_LENGTH = 1,
    ID_STORAGE_MAILBOX_GUID = 3,
    ID_GUID_LENGTH = 36,
    ID_HEAD = 3, /* storage type and int16 length */
};

/* Two equal bytes are followed by how often the byte comes again. */
static bool id_expand(struct str bytes, struct buffer *out) {
    for (size_t i = 0; i < bytes.length; i++) {
        char byte = bytes.data[i];
        buffer_append_byte(out, byte);
        if (i + 1 < bytes.length && bytes.data[i + 1] == byte) {
            if (i + 2 >= bytes.length)
                return false;
            unsigned again = 1 + (unsigned char)bytes.data[i + 2];
            if (out->length + again > EWS_ID_MAX)
                return false;
            while (again-- > 0)
                buffer_append_byte(out, byte);
            i += 2;
        }
    }
    return true;
}

static bool is_guid(const char *text) {
    for (size_t i = 0; i < ID_GUID_LENGTH; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        char byte = ascii_lower(text[i]);
        bool digit = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f');
        if (dash ? byte != '-' : !digit)
            return false;
    }
    return true;
}

static bool id_read(struct str id, struct buffer *raw, struct buffer *plain, char *key) {
    struct base64_decoder decoder = {0};
    if (id.length > EWS_ID_MAX || !base64_feed(&decoder, id, raw) || !base64_is_whole(&decoder) ||
        raw->length < 1)
        return false;
    struct str rest = str_bytes(raw->data + 1, raw->length - 1);
    if (raw->data[0] == ID_RUN_LENGTH) {
        if (!id_expand(rest, plain))
            return false;
        rest = buffer_str(plain);
    } else if (raw->data[0] != ID_PLAIN) {
        return false;
    }
    if (rest.length < ID_HEAD + ID_GUID_LENGTH || rest.data[0] != ID_STORAGE_MAILBOX_GUID ||
        rest.data[1] != ID_GUID_LENGTH || rest.data[2] != 0 || !is_guid(rest.data + ID_HEAD))
        return false;
    memcpy(key, rest.data + ID_HEAD, ID_GUID_LENGTH);
    key[ID_GUID_LENGTH] = '\0';
    return true;
}

enum status ews_id_mailbox(struct str id, char *key, size_t key_capacity, struct error *error) {
    char guid[ID_GUID_LENGTH + 1];
    struct buffer raw = {0}, plain = {0};
    bool good = id_read(id, &raw, &plain, guid);
    buffer_release(&raw);
    buffer_release(&plain);
    if (!good)
        return error_set(error, STATUS_PROTOCOL, "the id \"%.*s\" carries no mailbox GUID",
                         id.length > 60 ? 60 : (int)id.length, id.data);
    if (key_capacity < sizeof guid)
        return error_set(error, STATUS_LIMIT, "a mailbox GUID needs room for %zu bytes",
                         sizeof guid);
    memcpy(key, guid, sizeof guid);
    return STATUS_OK;
}
