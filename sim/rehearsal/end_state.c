/* See end_state.h. */
#include "end_state.h"

#include <jansson.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "../../engine/base/check.h"
#include "../../engine/base/table.h"
#include "../../engine/ledger_sql.h"
#include "../party/gateway/gateway_file.h"

struct end_state {
    struct world *world;
    struct table *bases; /* owns; content → what it was before a hop prefixed it */
    struct table *old;   /* owns; low halves of the digests of what was there in the morning */
    struct buffer lines;
    struct buffer once; /* those of which the first counts */
};

/* ---- mail ---- */

static bool see_content(void *of, const struct history_content *content) {
    struct end_state *state = of;
    if (content->base != 0)
        *table_at(state->bases, content->content) = content->base;
    return true;
}

static void append_item(struct end_state *state, const struct store_item *item) {
    struct world *world = state->world;
    char digest[DIGEST_HEX_MAX], received[INSTANT_TEXT_MAX];
    uint32_t content = item->content;
    const uint64_t *base;
    while ((base = table_find(state->bases, content)) != NULL)
        content = (uint32_t)*base; /* several hops may have prefixed it */
    struct digest bytes = contents_digest(world->contents, content);
    digest_hex(bytes, digest);
    bool of_the_day = item->received >= world->begins;
    if (!of_the_day)
        *table_at(state->old, bytes.low) = 1;
    /* A notice that mail could not be delivered names its queue number and the minute. */
    if (of_the_day && content >= CONTENT_LEARNED_FIRST)
        strcpy(digest, "notice");
    buffer_printf(&state->lines, " %s %s %u %.*s\n", digest,
                  of_the_day ? "this day" : instant_text(item->received, received),
                  item->flags & ~(uint32_t)ITEM_DELETED,
                  STR_ARG(history_text(world->history, item->keywords)));
}

/* All of it where the mailbox is at home; elsewhere only what was there in the morning: whether the
 * day's mail passed through there on its way depends on the minute. */
static void append_mailbox(struct end_state *state, enum system system, uint32_t number,
                           struct store_mailbox *mailbox) {
    struct world *world = state->world;
    bool at_home = directory_party_home_now(world->directory, number) == system;
    const char *name = system == SYSTEM_OPENXCHANGE ? "target" : "source";
    struct store_folder *folder = store_folder_first(mailbox);
    for (; folder != NULL; folder = store_folder_next(folder)) {
        struct str path = store_folder_path(folder);
        if (!store_folder_is_container(folder))
            buffer_printf(&state->lines, "%s %u folder %.*s\n", name, number, STR_ARG(path));
        for (size_t i = 0; i < store_item_count(folder); i++) {
            const struct store_item *item = store_item_at(folder, i);
            if (!at_home && item->received >= world->begins)
                continue;
            buffer_printf(&state->lines, "%s %u %.*s:", name, number, STR_ARG(path));
            append_item(state, item);
        }
    }
}

static void append_store(struct end_state *state, enum system system, struct store *store) {
    for (uint32_t number = 1; number <= state->world->mailbox_count; number++) {
        struct store_mailbox *mailbox = store_mailbox(store, number);
        if (mailbox != NULL)
            append_mailbox(state, system, number, mailbox);
    }
}

/* ---- homes ---- */

static enum status see_route(void *of, struct str recipient, enum system route) {
    struct end_state *state = of;
    buffer_printf(&state->lines, "route %.*s %s\n", STR_ARG(recipient), system_name(route));
    return STATUS_OK;
}

static enum status see_release(void *of, struct str recipient) {
    struct end_state *state = of;
    buffer_printf(&state->lines, "release asked %.*s\n", STR_ARG(recipient));
    return STATUS_OK;
}

static void append_gateway(struct end_state *state) {
    struct world *world = state->world;
    struct gateway_file *file = NULL;
    struct error error;
    check(gateway_file_open(&(struct gateway_file_options){.path = GATEWAY_TABLE,
                                                           .vfs = disk_vfs_name(world->disk)},
                            &file, &error) == STATUS_OK);
    check(gateway_file_each_route(file, see_route, state, &error) == STATUS_OK);
    check(gateway_file_each_release(file, see_release, state, &error) == STATUS_OK);
    for (uint32_t i = 0; i < world->batch_count; i++) {
        bool held = false;
        const char *address = population_mailbox(world->population, world->batch[i])->address;
        check(gateway_file_is_held(file, str_of(address), &held, &error) == STATUS_OK);
        buffer_printf(&state->lines, "held %s %s\n", address, held ? "yes" : "no");
    }
    gateway_file_close(&file);
}

static void append_homes(struct end_state *state) {
    struct world *world = state->world;
    struct accounts *accounts = openxchange_accounts(world->openxchange);
    for (uint32_t number = 1; number <= world->mailbox_count; number++) {
        const struct account *account = accounts_by_mailbox(accounts, number);
        buffer_printf(&state->lines, "home %u %s, login %s\n", number,
                      system_name(directory_party_home_now(world->directory, number)),
                      account != NULL && account->mail_enabled ? "open" : "closed");
    }
}

/* ---- the ledger ---- */

static void append_ledger_pack(struct end_state *state, sqlite3_stmt *row) {
    static const char *const words[] = {
        [LEDGER_INTENDED] = "in doubt", [LEDGER_WRITTEN] = "written", [LEDGER_REFUSED] = "refused"};
    struct ledger_item item;
    for (size_t i = 0; ledger_unpack(row, 1, i, &item); i++)
        if (item.state != LEDGER_OPEN && table_find(state->old, item.digest.low) != NULL)
            buffer_printf(&state->lines, "%s %s %u %llx %llx%016llx\n",
                          (const char *)sqlite3_column_text(row, 0), words[item.state], item.folder,
                          (unsigned long long)item.item, (unsigned long long)item.digest.high,
                          (unsigned long long)item.digest.low);
}

/* Of the mail that was there in the morning: what it knows to be written, what it is in doubt of,
 * what it proved. */
static void append_ledger(struct end_state *state) {
    static const char sql[] =
        "SELECT 'ledger '||m.source||' to '||m.target, p.items FROM pack p "
        "JOIN mailbox m ON m.id=p.id>>24 "
        "UNION ALL SELECT 'ledger proved '||m.source||' to '||m.target||' in '||p.phase, NULL "
        "FROM proof p JOIN mailbox m ON m.id=p.mailbox "
        "UNION ALL SELECT 'ledger return in doubt of '||mailbox, NULL FROM returned WHERE done=0 "
        "UNION ALL SELECT 'ledger lease held on '||mailbox, NULL FROM lease WHERE holder<>''";
    sqlite3 *database = NULL;
    sqlite3_stmt *rows = NULL;
    if (!disk_has(state->world->disk, "state/ledger.db"))
        return;
    check(sqlite3_open_v2("state/ledger.db", &database, SQLITE_OPEN_READWRITE,
                          disk_vfs_name(state->world->disk)) == SQLITE_OK);
    if (sqlite3_prepare_v2(database, sql, -1, &rows, NULL) != SQLITE_OK)
        buffer_printf(&state->lines, "ledger cannot be read: %s\n", sqlite3_errmsg(database));
    while (rows != NULL && sqlite3_step(rows) == SQLITE_ROW)
        if (sqlite3_column_type(rows, 1) == SQLITE_NULL)
            buffer_printf(&state->lines, "%s\n", (const char *)sqlite3_column_text(rows, 0));
        else
            append_ledger_pack(state, rows);
    sqlite3_finalize(rows);
    sqlite3_close(database);
}

/* ---- what a clean-up kept ---- */

/* A message may be sealed twice, when the run that sealed it first died before it was removed. */
static void append_evidence_line(struct end_state *state, struct str line) {
    json_error_t error;
    json_t *sealed = json_loadb(line.data, line.length, 0, &error), *digest;
    const char *mailbox = NULL, *owner = NULL;
    json_t *digests = NULL;
    size_t i;
    if (sealed == NULL || json_unpack(sealed, "{s:s,s:s,s:o}", "mailbox", &mailbox, "owner", &owner,
                                      "digests", &digests) != 0)
        buffer_append_text(&state->once, "evidence that cannot be read\n");
    json_array_foreach(digests, i, digest)
        buffer_printf(&state->once, "evidence %s holds mail of %s %s\n", mailbox, owner,
                      json_string_value(digest));
    json_decref(sealed);
}

static void see_file(void *of, const char *name, struct str bytes) {
    struct end_state *state = of;
    char hex[DIGEST_HEX_MAX];
    if (strcmp(name, "state/evidence.jsonl") == 0)
        while (bytes.length > 0)
            append_evidence_line(state, str_cut(&bytes, '\n'));
    else if (str_starts_with(str_of(name), "state/quarantine/") && strstr(name, ".new") == NULL)
        buffer_printf(&state->once, "%s %s\n", name,
                      strstr(name, digest_hex(digest_of(bytes.data, bytes.length), hex)) != NULL
                          ? "whole"
                          : "damaged");
}

/* ---- in order ---- */

static int line_compare(struct str left, struct str right) {
    size_t shorter = left.length < right.length ? left.length : right.length;
    int order = memcmp(left.data, right.data, shorter);
    return order != 0 ? order : (left.length > right.length) - (left.length < right.length);
}

static int by_text(const void *left, const void *right) {
    return line_compare(*(const struct str *)left, *(const struct str *)right);
}

static void append_sorted(struct str lines, bool once, struct buffer *out) {
    size_t count = 0, at = 0;
    for (size_t i = 0; i < lines.length; i++)
        count += lines.data[i] == '\n';
    struct str *list = memory_new(count + 1, sizeof *list);
    while (lines.length > 0)
        list[at++] = str_cut(&lines, '\n');
    qsort(list, count, sizeof *list, by_text);
    for (size_t i = 0; i < count; i++)
        if (!once || i == 0 || line_compare(list[i - 1], list[i]) != 0)
            buffer_printf(out, "%.*s\n", STR_ARG(list[i]));
    free(list);
}

void end_state_append(struct world *world, struct buffer *out) {
    struct end_state state = {.world = world, .bases = table_new(), .old = table_new()};
    struct error error;
    check(history_each_content(world->history, see_content, &state, &error) == STATUS_OK);
    append_store(&state, SYSTEM_OPENXCHANGE, openxchange_store(world->openxchange));
    append_store(&state, SYSTEM_EXCHANGE, exchange_store(world->exchange));
    append_homes(&state);
    append_gateway(&state);
    append_ledger(&state);
    disk_each(world->disk, see_file, &state);
    append_sorted(buffer_str(&state.once), true, &state.lines);
    append_sorted(buffer_str(&state.lines), false, out);
    buffer_release(&state.lines);
    buffer_release(&state.once);
    table_close(&state.bases);
    table_close(&state.old);
}

size_t end_state_compare(struct str expected, struct str found,
                         void (*see)(void *of, bool expected, struct str line), void *of) {
    size_t count = 0;
    struct str one = str_cut(&expected, '\n'), other = str_cut(&found, '\n');
    while (one.length > 0 || other.length > 0) {
        int order = one.length == 0 ? 1 : other.length == 0 ? -1 : line_compare(one, other);
        if (order != 0) {
            see(of, order < 0, order < 0 ? one : other);
            count++;
        }
        if (order <= 0)
            one = str_cut(&expected, '\n');
        if (order >= 0)
            other = str_cut(&found, '\n');
    }
    return count;
}
