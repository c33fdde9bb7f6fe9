/* Ids of folders and items: each says itself in which mailbox it belongs. */
#ifndef SIM_PARTY_EXCHANGE_EWS_IDS_H
#define SIM_PARTY_EXCHANGE_EWS_IDS_H

#include "ews_faults.h"
#include "exchange_inside.h"

struct ews_id {
    uint32_t mailbox;
    uint32_t folder; /* number of a folder, a bare one included */
    uint32_t uid;    /* 0: the id of the folder itself */
};

enum {
    EWS_STEM_LETTERS = 140,
    EWS_KEY_LETTERS = 32,
    EWS_FOLDER_STEM_LETTERS = 108,
    EWS_STEMS = 32
};

/* What the ids and change keys of a folder's items begin with, all but the last letters. A
 * connection keeps those of the folders it had to do with last, each in the place that the last
 * bits of its number say, since it is thousands of items from a handful of folders. */
struct ews_stems {
    struct ews_stem {
        uint32_t mailbox, folder; /* 0: none yet */
        char id[EWS_STEM_LETTERS];
        char key[EWS_KEY_LETTERS];
    } of[EWS_STEMS];
    struct { /* of the ids of folders themselves */
        uint32_t mailbox;
        char id[EWS_FOLDER_STEM_LETTERS];
        char key[EWS_KEY_LETTERS]; /* those of mail folders */
    } folder;
};

void ews_id_append(const struct exchange *exchange, struct buffer *out, const struct ews_id *id);
enum ews_error ews_id_read(const struct exchange *exchange, struct str text, struct ews_id *id_r);

/* The same for items, by way of their stem. */
void ews_item_id_append(const struct exchange *exchange, struct ews_stems *stems,
                        struct buffer *out, const struct ews_id *id);
enum ews_error ews_item_id_read(const struct exchange *exchange, struct ews_stems *stems,
                                struct str text, struct ews_id *id_r);
/* What an id of a folder that is remembered means, without a judgement on it. */
bool ews_item_id_guess(const struct ews_stems *stems, struct str text, struct ews_id *id_r);
/* Id and change key of a folder; `kind` as below. */
void ews_folder_id_append(const struct exchange *exchange, struct ews_stems *stems,
                          struct buffer *out, const struct ews_id *id);
void ews_folder_key_append(const struct exchange *exchange, struct ews_stems *stems,
                           struct buffer *out, const struct ews_id *id, unsigned kind);
/* The change key of an item. */
void ews_item_key_append(const struct exchange *exchange, struct ews_stems *stems,
                         struct buffer *out, const struct ews_id *id, uint64_t version);

/* `kind`: what changes: 1 a folder, 2 calendar, 3 contacts, 4 tasks, 9 a message. */
void ews_change_key_append(struct buffer *out, unsigned kind, const struct ews_id *id,
                           uint64_t version);

#endif
