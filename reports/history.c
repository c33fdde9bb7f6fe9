/*
 * Life of a history, and what of it is kept in memory: settings, mailboxes, names. See history.h;
 * writing is in history_write.c, reading in history_read.c, the digest in history_canon.c.
 */
#include "history.h"

#include <assert.h>
#include <stdlib.h>

#include "../engine/base/check.h"
#include "history_file.h"

struct history *history_new(void) {
    struct history *history = memory_new(1, sizeof *history);
    history->arena = arena_new();
    history->names = names_new();
    history_canon_open(&history->canon);
    return history;
}

void history_close(struct history **history) {
    struct history *closing = *history;
    if (closing == NULL)
        return;
    history_write_close(closing);
    sqlite3_close(closing->database);
    history_canon_close(&closing->canon);
    names_close(&closing->names);
    arena_close(&closing->arena);
    free(closing->mailboxes);
    free(closing->settings);
    free(closing);
    *history = NULL;
}

enum status history_sqlite_failed(sqlite3 *database, const char *doing, struct error *error) {
    return error_set(error, STATUS_STORAGE, "history: %s: %s", doing,
                     database == NULL ? "out of memory" : sqlite3_errmsg(database));
}

void history_set_in_memory(struct history *history, struct str key, struct str value) {
    struct str kept = arena_str(history->arena, value);
    for (uint32_t i = 0; i < history->setting_count; i++) {
        if (!str_equal(history->settings[i].key, key))
            continue;
        history->settings[i].value = kept;
        return;
    }
    check_compare(history->setting_count, <, HISTORY_SETTINGS_MAX);
    if (history->setting_count == history->setting_capacity) {
        history->setting_capacity =
            history->setting_capacity == 0 ? 32 : history->setting_capacity * 2;
        history->settings =
            memory_grow(history->settings, history->setting_capacity, sizeof *history->settings);
    }
    history->settings[history->setting_count++] =
        (struct history_setting){arena_str(history->arena, key), kept};
}

struct str history_get(const struct history *history, const char *key) {
    for (uint32_t i = 0; i < history->setting_count; i++)
        if (str_equal_text(history->settings[i].key, key))
            return history->settings[i].value;
    return STR("");
}

void history_mailbox_keep(struct history *history, const struct history_mailbox *mailbox) {
    check_compare(mailbox->number, ==, history->mailbox_count + 1);
    if (history->mailbox_count == history->mailbox_capacity) {
        history->mailbox_capacity =
            history->mailbox_capacity == 0 ? 64 : history->mailbox_capacity * 2;
        history->mailboxes =
            memory_grow(history->mailboxes, history->mailbox_capacity, sizeof *history->mailboxes);
    }
    struct history_mailbox *kept = &history->mailboxes[history->mailbox_count++];
    *kept = *mailbox;
    const char **const texts[] = {&kept->address,      &kept->display_name, &kept->kind,
                                  &kept->organisation, &kept->office,       &kept->database,
                                  &kept->node};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        *texts[i] = arena_text(history->arena, str_of(*texts[i]));
}

uint32_t history_mailbox_count(const struct history *history) {
    return history->mailbox_count;
}

const struct history_mailbox *history_mailbox(const struct history *history, uint32_t number) {
    if (number == 0 || number > history->mailbox_count)
        return NULL;
    return &history->mailboxes[number - 1];
}

struct str history_text(const struct history *history, uint32_t name) {
    if (name == 0 || name > names_count(history->names))
        return STR("");
    return names_text(history->names, name);
}

uint32_t history_find_name(const struct history *history, struct str text) {
    return names_find(history->names, text);
}

uint64_t history_fact_count(const struct history *history) {
    return history->fact_count;
}

const char *fact_kind_name(enum fact_kind kind) {
    static const char *const words[] = {
        "none",
#define X(kind, name, sentence) name,
#include "facts.def"
#undef X
    };
    static_assert(sizeof words / sizeof words[0] == FACT_KIND_COUNT, "a word a kind");
    return (unsigned)kind < FACT_KIND_COUNT ? words[kind] : "unknown";
}

const char *system_name(enum system system) {
    static const char *const words[] = {"none",    "exchange",  "open-xchange",
                                        "gateway", "directory", "outside"};
    return (unsigned)system <= SYSTEM_OUTSIDE ? words[system] : "unknown";
}
