/*
 * Ids as Exchange makes them (EWS.md §4, "Ids"; MS-OXCEXT 2.2.6.1): base64 of
 *
 *   compression, storage type 3, length 36, mailbox GUID as text, instruction 0, length, entry id
 *
 * The entry id of a folder is 46 bytes, that of a message 70; the last six bytes of each of their
 * parts count folders and messages, and hold what we need to find them again. An id says itself in
 * which mailbox it belongs, whoever brings it back.
 */
#include <assert.h>
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
    ID_STEM = ID_HEAD + ID_ITEM_COUNTER, /* bytes before what counts messages */
    ID_TAIL = ID_MAX - ID_STEM,
    ID_TAIL_LETTERS = (ID_TAIL + 2) / 3 * 4,
    FOLDER_LETTER = (ID_HEAD + ID_FOLDER_COUNTER) / 3 * 4, /* where the folder stands in letters */
    FOLDER_LETTERS = ID_COUNTER / 3 * 4,
    KEY_LENGTH = 30,
    KEY_COUNTER = 24,
    KEY_MESSAGE = 9, /* kinds */
    KEY_MAIL_FOLDER = 1,
};
static_assert(ID_STEM % 3 == 0 && ID_STEM / 3 * 4 == EWS_STEM_LETTERS, "a stem is whole letters");
static_assert((ID_HEAD + ID_FOLDER_COUNTER) % 3 == 0, "a folder begins with a letter");
static_assert((int)FOLDER_LETTER == (int)EWS_FOLDER_STEM_LETTERS, "and ends a stem of folders");
static_assert(KEY_COUNTER % 3 == 0 && KEY_COUNTER / 3 * 4 == EWS_KEY_LETTERS, "and so is a key's");

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
    unsigned char raw[ID_TEXT_MAX / 4 * 3], bytes[ID_MAX + 1] = {0};
    size_t raw_length, length;
    if (text.length == 0 || text.length > ID_TEXT_MAX ||
        !base64_decode_into(raw, text, &raw_length) || raw_length == 0)
        return EWS_ErrorInvalidIdMalformed;
    if (raw[0] == 0)
        return ews_id_understand(exchange, raw, raw_length, id_r);
    if (raw[0] == 1 && ews_expand(str_bytes(raw + 1, raw_length - 1), bytes + 1, &length))
        return ews_id_understand(exchange, bytes, length + 1, id_r);
    return EWS_ErrorInvalidIdMalformed;
}

static void ews_key_bytes(unsigned char bytes[KEY_LENGTH], unsigned kind, uint32_t mailbox,
                          uint64_t version) {
    memset(bytes, 0, KEY_LENGTH);
    bytes[0] = (unsigned char)kind;
    bytes[4] = 22;
    ews_guid_put(bytes + 8, mailbox, 0);
    ews_counter_put(bytes + KEY_COUNTER, version);
}

void ews_change_key_append(struct buffer *out, unsigned kind, const struct ews_id *id,
                           uint64_t version) {
    unsigned char bytes[KEY_LENGTH];
    ews_key_bytes(bytes, kind, id->mailbox, version);
    base64_encode(out, bytes, sizeof bytes);
}

/* ---- By way of the stem ---- */

static struct ews_stem *ews_stem(const struct exchange *exchange, struct ews_stems *stems,
                                 const struct ews_id *id) {
    struct ews_stem *stem = &stems->of[id->folder % EWS_STEMS];
    if (stem->mailbox == id->mailbox && stem->folder == id->folder)
        return stem;
    unsigned char bytes[ID_MAX], key[KEY_LENGTH];
    struct buffer letters = {0};
    ews_id_bytes(exchange, &(struct ews_id){id->mailbox, id->folder, 1}, bytes);
    base64_encode(&letters, bytes, ID_STEM);
    memcpy(stem->id, letters.data, EWS_STEM_LETTERS);
    buffer_clear(&letters);
    ews_key_bytes(key, KEY_MESSAGE, id->mailbox, 0);
    base64_encode(&letters, key, KEY_COUNTER);
    memcpy(stem->key, letters.data, EWS_KEY_LETTERS);
    buffer_release(&letters);
    stem->mailbox = id->mailbox;
    stem->folder = id->folder;
    return stem;
}

void ews_item_id_append(const struct exchange *exchange, struct ews_stems *stems,
                        struct buffer *out, const struct ews_id *id) {
    if (exchange->options.compressed_ids) {
        ews_id_append(exchange, out, id);
        return;
    }
    unsigned char tail[ID_TAIL] = {0};
    ews_counter_put(tail, id->uid);
    buffer_append(out, ews_stem(exchange, stems, id)->id, EWS_STEM_LETTERS);
    base64_encode(out, tail, sizeof tail);
}

void ews_item_key_append(const struct exchange *exchange, struct ews_stems *stems,
                         struct buffer *out, const struct ews_id *id, uint64_t version) {
    unsigned char counter[ID_COUNTER];
    ews_counter_put(counter, version);
    buffer_append(out, ews_stem(exchange, stems, id)->key, EWS_KEY_LETTERS);
    base64_encode(out, counter, sizeof counter);
}

/* The stem of a mailbox's folders is made for the folder 0, which is none. */
static void ews_folder_stem(const struct exchange *exchange, struct ews_stems *stems,
                            uint32_t mailbox) {
    if (stems->folder.mailbox == mailbox)
        return;
    struct buffer letters = {0};
    ews_id_append(exchange, &letters, &(struct ews_id){.mailbox = mailbox});
    memcpy(stems->folder.id, letters.data, sizeof stems->folder.id);
    buffer_clear(&letters);
    ews_change_key_append(&letters, KEY_MAIL_FOLDER, &(struct ews_id){.mailbox = mailbox}, 0);
    memcpy(stems->folder.key, letters.data, sizeof stems->folder.key);
    buffer_release(&letters);
    stems->folder.mailbox = mailbox;
}

void ews_folder_id_append(const struct exchange *exchange, struct ews_stems *stems,
                          struct buffer *out, const struct ews_id *id) {
    if (exchange->options.compressed_ids) {
        ews_id_append(exchange, out, id);
        return;
    }
    unsigned char tail[ID_TAIL] = {0};
    ews_folder_stem(exchange, stems, id->mailbox);
    ews_counter_put(tail, id->folder);
    buffer_append(out, stems->folder.id, sizeof stems->folder.id);
    base64_encode(out, tail, sizeof tail);
}

void ews_folder_key_append(const struct exchange *exchange, struct ews_stems *stems,
                           struct buffer *out, const struct ews_id *id, unsigned kind) {
    if (exchange->options.compressed_ids || kind != KEY_MAIL_FOLDER) {
        ews_change_key_append(out, kind, id, id->folder);
        return;
    }
    unsigned char counter[ID_COUNTER];
    ews_folder_stem(exchange, stems, id->mailbox);
    ews_counter_put(counter, id->folder);
    buffer_append(out, stems->folder.key, sizeof stems->folder.key);
    base64_encode(out, counter, sizeof counter);
}

/* The stem that an id begins with, by the number of the folder in it; NULL for an id that has to
 * be read as a whole. */
static const struct ews_stem *ews_stem_of(const struct ews_stems *stems, struct str text) {
    unsigned char counter[FOLDER_LETTERS / 4 * 3];
    size_t length;
    if (text.length != EWS_STEM_LETTERS + ID_TAIL_LETTERS ||
        !base64_decode_into(counter, (struct str){text.data + FOLDER_LETTER, FOLDER_LETTERS},
                            &length) ||
        length != sizeof counter)
        return NULL;
    const struct ews_stem *stem = &stems->of[ews_counter_get(counter) % EWS_STEMS];
    bool is_it = stem->mailbox != 0 && memcmp(text.data, stem->id, EWS_STEM_LETTERS) == 0;
    return is_it ? stem : NULL;
}

/* The message that the last letters of an id count; 0 when they are not as we would write them. */
static uint32_t ews_tail_read(struct str text) {
    unsigned char tail[ID_TAIL_LETTERS / 4 * 3];
    size_t length;
    struct str letters = {text.data + EWS_STEM_LETTERS, ID_TAIL_LETTERS};
    if (!base64_decode_into(tail, letters, &length) || length != ID_TAIL ||
        tail[ID_TAIL - 2] != 0 || tail[ID_TAIL - 1] != 0)
        return 0;
    uint64_t uid = ews_counter_get(tail);
    return uid > UINT32_MAX ? 0 : (uint32_t)uid;
}

bool ews_item_id_guess(const struct ews_stems *stems, struct str text, struct ews_id *id_r) {
    const struct ews_stem *stem = ews_stem_of(stems, text);
    if (stem == NULL)
        return false;
    *id_r = (struct ews_id){stem->mailbox, stem->folder, ews_tail_read(text)};
    return id_r->uid != 0;
}

/* An id that begins with a stem needs only its tail to be as we would write it. */
enum ews_error ews_item_id_read(const struct exchange *exchange, struct ews_stems *stems,
                                struct str text, struct ews_id *id_r) {
    const struct ews_stem *stem = ews_stem_of(stems, text);
    if (stem == NULL) {
        enum ews_error error = ews_id_read(exchange, text, id_r);
        if (error == EWS_NoError && id_r->uid != 0)
            (void)ews_stem(exchange, stems, id_r);
        return error;
    }
    *id_r = (struct ews_id){stem->mailbox, stem->folder, ews_tail_read(text)};
    return id_r->uid != 0 ? EWS_NoError : EWS_ErrorInvalidIdMalformed;
}
