/*
 * Any bytes as the files an administrator exports, a line "%%%%" between them: the list,
 * statistics, folders, recipients, permissions. Whatever they are, they are taken or complained of:
 * every complaint names a file, and what is taken is whole.
 */
#include <stdint.h>
#include <string.h>

#include "../../../engine/base/check.h"
#include "../../../engine/base/fuzz/memory_file.h"
#include "../../../engine/base/utf8.h"
#include "../exports.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILES = 5 };
#define BETWEEN "%%%%\n"

static void look_at(const struct export_mailbox *mailbox) {
    check(strchr(mailbox->address, '@') != NULL && mailbox->login[0] != '\0');
    check(mailbox->key[0] != '\0' && mailbox->has_statistics && mailbox->folder_count > 0);
    check(utf8_is_valid(str_of(mailbox->display_name)));
    for (uint32_t i = 0; i < mailbox->folder_count; i++)
        check(mailbox->folders[i].path[0] == '/');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *paths[FILES] = {NULL};
    struct str rest = str_bytes(data, size);
    unsigned count = 0;
    while (count < FILES && rest.data != NULL) {
        const char *end = memmem(rest.data, rest.length, BETWEEN, strlen(BETWEEN));
        bool last = end == NULL || count == FILES - 1;
        size_t length = last ? rest.length : (size_t)(end - rest.data), used = length + 5;
        paths[count] = memory_file(count, rest.data, length);
        count++;
        rest = last ? (struct str){0} : str_bytes(rest.data + used, rest.length - used);
    }
    if (count < 3)
        return 0;
    struct export_files files = {paths[0], paths[1], paths[2], paths[3], paths[4]};
    struct exports exports;
    struct error error = {0};
    if (exports_read(&files, &exports, &error) == STATUS_OK)
        for (uint32_t i = 0; i < exports.count; i++)
            look_at(&exports.mailboxes[i]);
    else
        check(error.text[0] != '\0');
    check((exports.complaint_count > 0) == (exports.complaints.length > 0));
    exports_release(&exports);
    return 0;
}
