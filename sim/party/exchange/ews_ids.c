/*
 * Ids as Exchange makes them (EWS.md §4, "Ids"; MS-OXCEXT 2.2.6.1): base64 of
 *
 *   compression, storage type 3, length 36, mailbox GUID as text, instruction 0, length, entry id
 *
 * The entry id of a folder is 46 bytes, that of a message 70; the last six bytes of each of their
 * parts count folders and messages, and hold what we need to find them again. An id says itself in
 * which mailbox it belongs, whoever brings it back.
 */
#include <string.h>

#include "../../../engine/base/chance.h"
#include "../base64.h"
#include "ews.h"

enum {
    ID_GUID = 36, /* as text */
    ID_HEAD = 2 + 2 + ID_GUID + 1 + 2,
    ID_FOLDER_ENTRY = 46,
    ID_ITEM_ENTRY = 70,
    ID_MAX = ID_HEAD + ID_ITEM_ENTRY,
    ID_TEXT_MAX = 512,      /* longer ones are no ids of ours; RLE may lengthen by half */
    ID_FOLDER_COUNTER = 38, /* offsets within an entry id */
    ID_ITEM_COUNTER = 62,
    ID_COUNTER = 6,
};

static void ews_counter_put(unsigned char *to, uint64_t value) {
    for (int i = ID_COUNTER - 1; i >= 0; i--, value >>= 8)
        to[i] = (unsigned char)(value & 0xff);
}

static uint64_t ews_counter_get(const unsigned char *from) {
    uint64_t value = 0;
    for (int i = 0; i < ID_COUNTER; i++)
        value = value << 8 | from[i];
    return value;
}

/* Sixteen bytes that look like a GUID of the mailbox, always the same ones. */
static void ews_guid_put(unsigned char *to, uint32_t mailbox, uint64_t salt) {
    for (int half = 0; half < 2; half++) {
        uint64_t value = chance_mix(mailbox, salt + (uint64_t)half);
        memcpy(to + 8 * half, &value, sizeof value);
    }
}

static size_t ews_id_bytes(const struct exchange *exchange, const struct ews_id *id,
                           unsigned char bytes[ID_MAX]) {
    enum { SALT_STORE = 0x53544f52, SALT_REPLICA = 0x5245504c };
    const char *guid = population_mailbox(exchange->options.population, id->mailbox)->guid;
    size_t entry_length = id->uid == 0 ? ID_FOLDER_ENTRY : ID_ITEM_ENTRY;
    memset(bytes, 0, ID_MAX);
    bytes[1] = 3;
    bytes[2] = ID_GUID;
    memcpy(bytes + 4, guid, ID_GUID);
    bytes[ID_HEAD - 2] = (unsigned char)entry_length;
    unsigned char *entry = bytes + ID_HEAD;
    ews_guid_put(entry + 4, id->mailbox, SALT_STORE);
    entry[20] = id->uid == 0 ? 1 : 7; /* eitLTPrivateFolder, eitLTPrivateMessage */
    ews_guid_put(entry + 22, id->mailbox, SALT_REPLICA);
    ews_counter_put(entry + ID_FOLDER_COUNTER, id->folder);
    if (id->uid != 0) {
        ews_guid_put(entry + 46, id->mailbox, SALT_REPLICA);
        ews_counter_put(entry + ID_ITEM_COUNTER, id->uid);
    }
    return ID_HEAD + entry_length;
}

/* Two equal bytes are followed by how many more of them there are. */
static void ews_compress(struct buffer *out, const unsigned char *bytes, size_t length) {
    for (size_t at = 0; at < length;) {
        size_t run = 1;
        while (at + run < length && bytes[at + run] == bytes[at] && run < 2 + 255)
            run++;
        buffer_append_byte(out, (char)bytes[at]);
        if (run >= 2) {
            buffer_append_byte(out, (char)bytes[at]);
            buffer_append_byte(out, (char)(run - 2));
        }
        at += run;
    }
}

/* The other way; false when it would not fit. */
static bool ews_expand(struct str packed, unsigned char bytes[ID_MAX], size_t *length_r) {
    size_t length = 0;
    for (size_t at = 0; at < packed.length;) {
        unsigned char byte = (unsigned char)packed.data[at];
        size_t run = 1, used = 1;
        if (at + 1 < packed.length && packed.data[at + 1] == packed.data[at]) {
            if (at + 2 >= packed.length)
                return false;
            run = 2 + (size_t)(unsigned char)packed.data[at + 2];
            used = 3;
        }
        if (run > ID_MAX - length)
            return false;
        memset(bytes + length, byte, run);
        length += run;
        at += used;
    }
    *length_r = length;
    return true;
}

void ews_id_append(const struct exchange *exchange, struct buffer *out, const struct ews_id *id) {
    unsigned char bytes[ID_MAX];
    size_t length = ews_id_bytes(exchange, id, bytes);
    if (!exchange->options.compressed_ids) {
        base64_encode(out, bytes, length);
        return;
    }
    struct buffer packed = {0};
    buffer_append_byte(&packed, 1);
    ews_compress(&packed, bytes + 1, length - 1);
    base64_encode(out, packed.data, packed.length);
    buffer_release(&packed);
}

/* What the plain bytes mean. Everything in them must be as we would write it: an id that was
 * changed on the way is malformed. */
static enum ews_error ews_id_understand(const struct exchange *exchange, const unsigned char *bytes,
                                        size_t length, struct ews_id *id_r) {
    bool is_item = length == ID_HEAD + ID_ITEM_ENTRY;
    if (!is_item && length != ID_HEAD + ID_FOLDER_ENTRY)
        return EWS_ErrorInvalidIdMalformed;
    uint32_t mailbox = exchange_by_guid(exchange, str_bytes(bytes + 4, ID_GUID));
    if (bytes[1] != 3 || bytes[2] != ID_GUID)
        return EWS_ErrorInvalidIdMalformed;
    if (mailbox == 0)
        return EWS_ErrorNonExistentMailbox;
    uint64_t folder = ews_counter_get(bytes + ID_HEAD + ID_FOLDER_COUNTER);
    uint64_t uid = is_item ? ews_counter_get(bytes + ID_HEAD + ID_ITEM_COUNTER) : 0;
    if (folder > UINT32_MAX || uid > UINT32_MAX || (is_item && uid == 0))
        return EWS_ErrorInvalidIdMalformed;
    struct ews_id id = {.mailbox = mailbox, .folder = (uint32_t)folder, .uid = (uint32_t)uid};
    unsigned char expected[ID_MAX];
    size_t expected_length = ews_id_bytes(exchange, &id, expected);
    if (expected_length != length || memcmp(expected + 1, bytes + 1, length - 1) != 0)
        return EWS_ErrorInvalidIdMalformed;
    *id_r = id;
    return EWS_NoError;
}

enum ews_error ews_id_read(const struct exchange *exchange, struct str text, struct ews_id *id_r) {
    struct buffer raw = {0};
    enum ews_error error = EWS_ErrorInvalidIdMalformed;
    if (text.length == 0 || text.length > ID_TEXT_MAX || !base64_decode(&raw, text))
        goto out;
    if (raw.data[0] == 0) {
        error = ews_id_understand(exchange, (const unsigned char *)raw.data, raw.length, id_r);
    } else if (raw.data[0] == 1) {
        unsigned char bytes[ID_MAX + 1] = {0};
        size_t length;
        if (ews_expand(str_bytes(raw.data + 1, raw.length - 1), bytes + 1, &length))
            error = ews_id_understand(exchange, bytes, length + 1, id_r);
    }
out:
    buffer_release(&raw);
    return error;
}

void ews_change_key_append(struct buffer *out, unsigned kind, const struct ews_id *id,
                           uint64_t version) {
    unsigned char bytes[30] = {(unsigned char)kind, 0, 0, 0, 22};
    ews_guid_put(bytes + 8, id->mailbox, 0);
    ews_counter_put(bytes + 24, version);
    base64_encode(out, bytes, sizeof bytes);
}
