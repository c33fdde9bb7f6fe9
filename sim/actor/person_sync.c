/*
 * A mail program that is left running: it asks for the list of folders and fetches from each what
 * it has not fetched yet, whole. It keeps a folder's UIDVALIDITY and the next UID, as Thunderbird
 * does (OX.md §9.1): where the UIDVALIDITY is another one, it begins anew.
 */
#include <stdlib.h>
#include <string.h>

#include "../../engine/base/check.h"
#include "person_inside.h"

enum { SYNC_FOLDERS_MAX = 512 };

static struct person_folder *sync_folder(struct person *person, struct str name) {
    for (uint32_t i = 0; i < person->folder_count; i++)
        if (str_equal_text(name, person->folders[i].name))
            return &person->folders[i];
    if (person->folder_count == SYNC_FOLDERS_MAX)
        return NULL;
    person->folders =
        memory_grow(person->folders, person->folder_count + 1, sizeof *person->folders);
    struct person_folder *folder = &person->folders[person->folder_count++];
    *folder = (struct person_folder){.name = memory_new(name.length + 1, 1), .uid_next = 1};
    memcpy(folder->name, name.data, name.length);
    return folder;
}

/* The name in "* LIST (\HasNoChildren) "/" name", as it is written there. */
static struct str sync_listed_name(struct str line) {
    static const char separator[] = "\"/\" ";
    const char *found = memmem(line.data, line.length, separator, sizeof separator - 1);
    if (!str_starts_with(line, "* LIST ") || found == NULL)
        return STR("");
    const char *name = found + sizeof separator - 1;
    return str_trim(str_bytes(name, (size_t)(line.data + line.length - name)));
}

/* Folders that cannot be selected, and names that come as literals, are left to their owners. */
static enum status sync_list(struct person *person) {
    enum status status = imap_client_command(person->client, "LIST \"\" \"*\"");
    struct str rest = imap_client_answer(person->client);
    while (status == STATUS_OK && rest.length > 0) {
        struct str line = str_cut(&rest, '\n');
        struct str name = sync_listed_name(line);
        bool plain = name.length > 0 && name.data[0] != '{';
        if (plain && memmem(line.data, line.length, "\\Noselect", 9) == NULL)
            (void)sync_folder(person, name);
    }
    return status;
}

static uint32_t sync_code(struct str answer, const char *code) {
    const char *found = memmem(answer.data, answer.length, code, strlen(code));
    uint64_t number = 0;
    for (const char *at = found == NULL ? NULL : found + strlen(code);
         at != NULL && at < answer.data + answer.length && *at >= '0' && *at <= '9'; at++)
        number = number * 10 + (uint64_t)(*at - '0');
    return (uint32_t)number;
}

static enum status sync_fetch(struct person *person, struct person_folder *folder) {
    enum status status = imap_client_command(person->client, "EXAMINE %s", folder->name);
    if (status == STATUS_REFUSED) /* gone since it was listed */
        return STATUS_OK;
    struct str answer = imap_client_answer(person->client);
    uint32_t validity = sync_code(answer, "[UIDVALIDITY "), next = sync_code(answer, "[UIDNEXT ");
    if (status != STATUS_OK)
        return status;
    if (validity != folder->uid_validity)
        folder->uid_next = 1;
    folder->uid_validity = validity;
    if (next <= folder->uid_next)
        return STATUS_OK;
    status = imap_client_command(person->client, "UID FETCH %u:* (UID FLAGS BODY.PEEK[])",
                                 folder->uid_next);
    if (status == STATUS_OK)
        folder->uid_next = next;
    return status;
}

enum status person_syncs(struct person *person) {
    enum status status = sync_list(person);
    for (uint32_t i = 0; i < person->folder_count && status == STATUS_OK; i++)
        status = sync_fetch(person, &person->folders[i]);
    return status == STATUS_OK ? imap_client_command(person->client, "SELECT INBOX") : status;
}
