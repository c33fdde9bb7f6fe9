/*
 * Items lie in packs: what one write stores anew is one row of the table, for SQLite's price is by
 * the row and the column. A pack is numbered like its first item (mailbox·2²⁴ + place); its items
 * follow each other without gaps, LEDGER_ITEM_BYTES each, little endian:
 *
 *   item 8 · digest high 8, low 8 · size 8 · folder 4 · uid_validity 4 · uid 4 · run 4 · state 4
 *
 * Beside them stands how many of them are intended, written and refused.
 */
#include <assert.h>
#include <endian.h>
#include <string.h>

#include "base/check.h"
#include "ledger_sql.h"

static_assert(LEDGER_ITEMS_MAX == 1 << LEDGER_PLACE_BITS, "a place fits its bits");

struct pack {
    int64_t row; /* 0: there is none */
    size_t count;
    bool changed, is_new;
    uint8_t bytes[LEDGER_PACK_MAX * LEDGER_ITEM_BYTES];
};

static uint8_t *put_long(uint8_t *to, uint64_t number) {
    number = htole64(number);
    memcpy(to, &number, sizeof number);
    return to + sizeof number;
}

static uint8_t *put_word(uint8_t *to, uint32_t number) {
    number = htole32(number);
    memcpy(to, &number, sizeof number);
    return to + sizeof number;
}

static uint64_t take_long(const uint8_t **from) {
    uint64_t number;
    memcpy(&number, *from, sizeof number);
    *from += sizeof number;
    return le64toh(number);
}

static uint32_t take_word(const uint8_t **from) {
    uint32_t number;
    memcpy(&number, *from, sizeof number);
    *from += sizeof number;
    return le32toh(number);
}

static void item_put(uint8_t *to, const struct ledger_item *item) {
    const uint8_t *begin = to;
    to = put_long(to, item->item);
    to = put_long(to, item->digest.high);
    to = put_long(to, item->digest.low);
    to = put_long(to, item->size);
    to = put_word(to, item->folder);
    to = put_word(to, item->uid_validity);
    to = put_word(to, item->uid);
    to = put_word(to, item->run);
    to = put_word(to, item->state);
    check_compare(to - begin, ==, LEDGER_ITEM_BYTES);
}

static struct ledger_item item_of(const uint8_t *from) {
    struct ledger_item item = {.item = take_long(&from)};
    item.digest.high = take_long(&from);
    item.digest.low = take_long(&from);
    item.size = take_long(&from);
    item.folder = take_word(&from);
    item.uid_validity = take_word(&from);
    item.uid = take_word(&from);
    item.run = take_word(&from);
    item.state = (enum ledger_state)take_word(&from);
    return item;
}

bool ledger_unpack(sqlite3_stmt *row, int column, size_t index, struct ledger_item *item_r) {
    const uint8_t *bytes = sqlite3_column_blob(row, column);
    size_t length = (size_t)sqlite3_column_bytes(row, column);
    if ((index + 1) * LEDGER_ITEM_BYTES > length)
        return false;
    *item_r = item_of(bytes + index * LEDGER_ITEM_BYTES);
    return true;
}

static int64_t pack_row(uint32_t mailbox, uint32_t place) {
    return (int64_t)mailbox << LEDGER_PLACE_BITS | place;
}

static uint32_t pack_place(int64_t row) {
    return (uint32_t)(row & (LEDGER_ITEMS_MAX - 1));
}

/* ---- Reading ---- */

enum status ledger_packs(struct ledger *ledger, uint32_t mailbox,
                         void (*see)(void *of, const struct ledger_item *item), void *of,
                         struct error *error) {
    sqlite3_stmt *rows = ledger->statements[SQL_PACKS];
    enum status status;
    ledger_bind_number(rows, 1, pack_row(mailbox, 0));
    ledger_bind_number(rows, 2, pack_row(mailbox, LEDGER_ITEMS_MAX - 1));
    while ((status = ledger_step(ledger, rows, error)) == STATUS_OK) {
        struct ledger_item item;
        uint32_t first = pack_place(sqlite3_column_int64(rows, 0));
        for (uint32_t i = 0; ledger_unpack(rows, 1, i, &item); i++) {
            item.number = first + i;
            see(of, &item);
        }
    }
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

/* The last pack that begins at `place` or before. */
static enum status pack_find(struct ledger *ledger, uint32_t mailbox, uint32_t place,
                             struct pack *pack_r, struct error *error) {
    sqlite3_stmt *find = ledger->statements[SQL_PACK_FIND];
    pack_r->row = 0;
    pack_r->count = 0;
    pack_r->changed = pack_r->is_new = false;
    ledger_bind_number(find, 1, pack_row(mailbox, 0));
    ledger_bind_number(find, 2, pack_row(mailbox, place));
    enum status status = ledger_step(ledger, find, error);
    if (status == STATUS_OK) {
        size_t length = (size_t)sqlite3_column_bytes(find, 1);
        pack_r->row = sqlite3_column_int64(find, 0);
        pack_r->count = length / LEDGER_ITEM_BYTES;
        if (length == 0 || length > sizeof pack_r->bytes || length % LEDGER_ITEM_BYTES != 0)
            status = error_set(error, STATUS_STORAGE, "the ledger: a pack of %zu bytes", length);
        else
            memcpy(pack_r->bytes, sqlite3_column_blob(find, 1), length);
    }
    sqlite3_reset(find);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

/* ---- Writing ---- */

static enum status pack_store(struct ledger *ledger, struct pack *pack, struct error *error) {
    int64_t counts[LEDGER_REFUSED + 1] = {0};
    if (!pack->changed)
        return STATUS_OK;
    for (size_t i = 0; i < pack->count; i++) {
        struct ledger_item item = item_of(pack->bytes + i * LEDGER_ITEM_BYTES);
        check_compare(item.state, <=, LEDGER_REFUSED);
        counts[item.state]++;
    }
    sqlite3_stmt *set = ledger->statements[pack->is_new ? SQL_PACK_ADD : SQL_PACK_SET];
    ledger_bind_number(set, 1, pack->row);
    check(sqlite3_bind_blob(set, 2, pack->bytes, (int)(pack->count * LEDGER_ITEM_BYTES),
                            SQLITE_STATIC) == SQLITE_OK);
    ledger_bind_number(set, 3, counts[LEDGER_INTENDED]);
    ledger_bind_number(set, 4, counts[LEDGER_WRITTEN]);
    ledger_bind_number(set, 5, counts[LEDGER_REFUSED]);
    enum status status = ledger_run(ledger, set, error);
    check(sqlite3_bind_null(set, 2) == SQLITE_OK); /* the bytes are not ours to keep */
    pack->changed = pack->is_new = false;
    return status;
}

/* Makes `pack` the one that holds the item of that number. */
static enum status pack_turn_to(struct ledger *ledger, uint32_t mailbox, uint32_t number,
                                struct pack *pack, struct error *error) {
    if (pack->row != 0 && number >= pack_place(pack->row) &&
        number < pack_place(pack->row) + pack->count)
        return STATUS_OK;
    enum status status = pack_store(ledger, pack, error);
    if (status == STATUS_OK)
        status = pack_find(ledger, mailbox, number, pack, error);
    if (status == STATUS_OK && (pack->row == 0 || number >= pack_place(pack->row) + pack->count))
        status = error_set(error, STATUS_STORAGE, "the ledger: no item %u in this mailbox", number);
    return status;
}

static enum status pack_add(struct ledger *ledger, uint32_t mailbox, uint32_t place,
                            struct pack *pack, struct error *error) {
    enum status status = STATUS_OK;
    if (!pack->is_new || pack->count == LEDGER_PACK_MAX) {
        status = pack_store(ledger, pack, error);
        *pack = (struct pack){.row = pack_row(mailbox, place), .is_new = true};
    }
    pack->count++;
    return status;
}

enum status ledger_packs_store(struct ledger *ledger, const struct ledger_write *write,
                               struct error *error) {
    struct pack pack;
    enum status status = pack_find(ledger, write->mailbox, LEDGER_ITEMS_MAX - 1, &pack, error);
    uint32_t last = pack.row == 0 ? 0 : pack_place(pack.row) + (uint32_t)pack.count - 1;
    for (size_t i = 0; i < write->count && status == STATUS_OK; i++) {
        struct ledger_item *item = &write->items[i];
        if (item->number == 0 && last + 1 >= LEDGER_ITEMS_MAX)
            return error_set(error, STATUS_LIMIT, "more than %d items in one mailbox",
                             LEDGER_ITEMS_MAX);
        if (item->number == 0) {
            item->number = ++last;
            status = pack_add(ledger, write->mailbox, item->number, &pack, error);
        } else {
            status = pack_turn_to(ledger, write->mailbox, item->number, &pack, error);
        }
        if (status == STATUS_OK) {
            item_put(pack.bytes + (item->number - pack_place(pack.row)) * LEDGER_ITEM_BYTES, item);
            pack.changed = true;
        }
    }
    return status == STATUS_OK ? pack_store(ledger, &pack, error) : status;
}
