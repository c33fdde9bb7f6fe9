#include "directory_party.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../../engine/base/arena.h"
#include "../../../engine/base/check.h"
#include "../../../engine/base/digest.h"

/* One change of a home. Homes change a few times a day at most, so a list is enough. */
struct directory_change {
    instant at;
    enum system home;
    struct directory_change *before; /* the one it replaced; NULL: Exchange, since ever */
};

struct directory_entry {
    struct directory_record record;
    struct directory_change *last; /* NULL: never changed */
};

struct directory_party {
    struct directory_party_options options;
    struct directory_entry *entries; /* owns; the mailbox's number is the index, 0 is not used */
    uint32_t count;
    struct arena *arena; /* owns texts and changes */
};

static struct directory_entry *directory_entry_of(const struct directory_party *directory,
                                                  uint32_t mailbox) {
    check_compare(mailbox, >, 0);
    check_compare(mailbox, <=, directory->count);
    return &directory->entries[mailbox];
}

/* In the shape of a UUID, from the key but not to be read back from it. */
static void directory_id(const char *key, char id[DIRECTORY_ID_MAX]) {
    struct str text = str_of(key);
    struct digest digest = digest_of(text.data, text.length);
    snprintf(id, DIRECTORY_ID_MAX, "%08" PRIx32 "-%04x-%04x-%04x-%012" PRIx64,
             (uint32_t)(digest.high >> 32), (unsigned)(digest.high >> 16 & 0xffff),
             (unsigned)(digest.high & 0x0fff) | 0x4000,
             (unsigned)(digest.low >> 48 & 0x3fff) | 0x8000, digest.low & 0xffffffffffff);
}

struct directory_party *directory_party_new(const struct directory_party_options *options) {
    check(options->clock != NULL && options->history != NULL && options->population != NULL);
    struct directory_party *directory = memory_new(1, sizeof *directory);
    directory->options = *options;
    directory->count = population_mailbox_count(options->population);
    directory->entries = memory_new(directory->count + 1, sizeof *directory->entries);
    directory->arena = arena_new();
    for (uint32_t number = 1; number <= directory->count; number++) {
        const struct fixture_mailbox *mailbox = population_mailbox(options->population, number);
        struct directory_record *record = &directory->entries[number].record;
        *record = (struct directory_record){
            .version = 1,
            .home = SYSTEM_EXCHANGE,
            .key = mailbox->guid,
            .login = mailbox->login,
            .display_name = mailbox->display_name,
            .addresses = {mailbox->address},
            .address_count = 1,
        };
        directory_id(mailbox->guid, record->id);
        check_compare(mailbox->alias_count, <, DIRECTORY_ADDRESSES_MAX);
        for (uint32_t i = 0; i < mailbox->alias_count; i++)
            record->addresses[record->address_count++] = mailbox->aliases[i];
    }
    return directory;
}

void directory_party_close(struct directory_party **directory) {
    if (*directory == NULL)
        return;
    arena_close(&(*directory)->arena);
    free((*directory)->entries);
    free(*directory);
    *directory = NULL;
}

/* ---- Homes ---- */

enum system directory_party_home(const struct directory_party *directory,
                                 enum directory_reader reader, uint32_t mailbox) {
    check(reader < DIRECTORY_READER_COUNT);
    instant seen = directory->options.clock->now - directory->options.delays[reader];
    const struct directory_change *change = directory_entry_of(directory, mailbox)->last;
    while (change != NULL && change->at > seen)
        change = change->before;
    return change != NULL ? change->home : SYSTEM_EXCHANGE;
}

enum system directory_party_home_now(const struct directory_party *directory, uint32_t mailbox) {
    return directory_entry_of(directory, mailbox)->record.home;
}

enum status directory_party_set_home(struct directory_party *directory, uint32_t process,
                                     uint32_t mailbox, uint64_t version, enum system home) {
    check(home == SYSTEM_EXCHANGE || home == SYSTEM_OPENXCHANGE);
    struct directory_entry *entry = directory_entry_of(directory, mailbox);
    if (version != DIRECTORY_ANY_VERSION && version != entry->record.version)
        return STATUS_CONFLICT;
    if (home == entry->record.home)
        return STATUS_OK;
    struct directory_change *change = arena_take(directory->arena, 1, sizeof *change);
    *change = (struct directory_change){directory->options.clock->now, home, entry->last};
    entry->last = change;
    entry->record.home = home;
    entry->record.version++;
    struct fact fact = {
        .at = directory->options.clock->now,
        .a = HOME_DIRECTORY,
        .process = process,
        .mailbox = mailbox,
        .kind = FACT_HOME_SET,
        .system = (uint8_t)home,
    };
    history_fact(directory->options.history, &fact);
    return STATUS_OK;
}

void directory_party_set_delay(struct directory_party *directory, enum directory_reader reader,
                               int64_t delay) {
    check(reader < DIRECTORY_READER_COUNT && delay >= 0);
    directory->options.delays[reader] = delay;
}

/* ---- Records ---- */

uint32_t directory_party_count(const struct directory_party *directory) {
    return directory->count;
}

const struct directory_record *directory_party_record(const struct directory_party *directory,
                                                      uint32_t mailbox) {
    return &directory_entry_of(directory, mailbox)->record;
}

uint32_t directory_party_by_id(const struct directory_party *directory, struct str id) {
    for (uint32_t number = 1; number <= directory->count; number++)
        if (str_equal_text(id, directory->entries[number].record.id))
            return number;
    return 0;
}

bool directory_record_has(const struct directory_record *record, struct str address) {
    char first = address.length > 0 ? ascii_lower(address.data[0]) : 0;
    for (uint32_t i = 0; i < record->address_count; i++)
        /* A list asks each record of thousands: the first letter decides nearly always. */
        if (ascii_lower(record->addresses[i][0]) == first &&
            str_equal_caseless(address, str_of(record->addresses[i])))
            return true;
    return false;
}

uint32_t directory_party_by_address(const struct directory_party *directory, struct str address,
                                    uint32_t after) {
    for (uint32_t number = after + 1; number <= directory->count; number++)
        if (directory_record_has(&directory->entries[number].record, address))
            return number;
    return 0;
}

enum status directory_party_add_address(struct directory_party *directory, uint32_t mailbox,
                                        const char *address) {
    struct directory_record *record = &directory_entry_of(directory, mailbox)->record;
    if (record->address_count == DIRECTORY_ADDRESSES_MAX)
        return STATUS_LIMIT;
    record->addresses[record->address_count++] = arena_text(directory->arena, str_of(address));
    record->version++;
    return STATUS_OK;
}

enum status directory_party_rename(struct directory_party *directory, uint32_t mailbox,
                                   const char *address, const char *login) {
    struct directory_record *record = &directory_entry_of(directory, mailbox)->record;
    if (address != NULL) {
        enum status status = directory_party_add_address(directory, mailbox, record->addresses[0]);
        if (status != STATUS_OK)
            return status;
        record->addresses[0] = arena_text(directory->arena, str_of(address));
    }
    if (login != NULL) {
        record->login = arena_text(directory->arena, str_of(login));
        record->version++;
    }
    return STATUS_OK;
}
