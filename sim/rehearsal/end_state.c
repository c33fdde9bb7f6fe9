/* See end_state.h. */
#include "end_state.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "../../engine/base/check.h"
#include "../../engine/base/table.h"
#include "../party/gateway/gateway_file.h"

struct end_state {
    struct world *world;
    struct table *bases; /* owns; content → what it was before a hop prefixed it */
    struct table *old;   /* owns; low halves of the digests of what was there in the morning */
    struct buffer lines;
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

static void append_store(struct end_state *state, const char *system, struct store *store,
                         bool old_only) {
    for (uint32_t number = 1; number <= state->world->mailbox_count; number++) {
        struct store_mailbox *mailbox = store_mailbox(store, number);
        struct store_folder *folder = mailbox != NULL ? store_folder_first(mailbox) : NULL;
        for (; folder != NULL; folder = store_folder_next(folder)) {
            struct str path = store_folder_path(folder);
            if (!store_folder_is_container(folder) && !old_only)
                buffer_printf(&state->lines, "%s %u folder %.*s\n", system, number, STR_ARG(path));
            for (size_t i = 0; i < store_item_count(folder); i++) {
                const struct store_item *item = store_item_at(folder, i);
                if (old_only && item->received >= state->world->begins)
                    continue;
                buffer_printf(&state->lines, "%s %u %.*s:", system, number, STR_ARG(path));
                append_item(state, item);
            }
        }
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

/* Of the mail that was there in the morning: what it knows to be written, what it is in doubt of,
 * what it proved. */
static void append_ledger(struct end_state *state) {
    static const char sql[] =
        "SELECT 'ledger '||m.source||' to '||m.target||CASE i.state WHEN 2 THEN ' written '"
        " WHEN 1 THEN ' in doubt ' ELSE ' refused ' END||i.folder||' '||i.item||' '||i.high||' '||"
        " i.low, i.low FROM item i JOIN mailbox m ON m.id=i.id>>24 WHERE i.state<>0 "
        "UNION ALL SELECT 'ledger proved '||m.source||' to '||m.target||' in '||p.phase, NULL "
        "FROM proof p JOIN mailbox m ON m.id=p.mailbox "
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
        if (sqlite3_column_type(rows, 1) == SQLITE_NULL ||
            table_find(state->old, (uint64_t)sqlite3_column_int64(rows, 1)) != NULL)
            buffer_printf(&state->lines, "%s\n", (const char *)sqlite3_column_text(rows, 0));
    sqlite3_finalize(rows);
    sqlite3_close(database);
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

static void append_sorted(struct str lines, struct buffer *out) {
    size_t count = 0, at = 0;
    for (size_t i = 0; i < lines.length; i++)
        count += lines.data[i] == '\n';
    struct str *list = memory_new(count + 1, sizeof *list);
    while (lines.length > 0)
        list[at++] = str_cut(&lines, '\n');
    qsort(list, count, sizeof *list, by_text);
    for (size_t i = 0; i < count; i++)
        buffer_printf(out, "%.*s\n", STR_ARG(list[i]));
    free(list);
}

void end_state_append(struct world *world, struct buffer *out) {
    struct end_state state = {.world = world, .bases = table_new(), .old = table_new()};
    struct error error;
    check(history_each_content(world->history, see_content, &state, &error) == STATUS_OK);
    append_store(&state, "target", openxchange_store(world->openxchange), false);
    append_store(&state, "source", exchange_store(world->exchange), true);
    append_homes(&state);
    append_gateway(&state);
    append_ledger(&state);
    append_sorted(buffer_str(&state.lines), out);
    buffer_release(&state.lines);
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
