/*
 * A whole session of the EWS source against an Exchange that answers anything: it is opened, asked
 * whose mailbox it is, its folders and items are listed, messages fetched and one saved. The first
 * byte says in which pieces answers come; the rest are answers (curl_double.h). Whatever they are,
 * each call returns with a status, and with a sentence when that is not OK.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../base/check.h"
#include "../../base/fuzz/xml_mutator.h"
#include "../adapters.h"
#include "../tests/plain_platform.h"
#include "curl_double.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned seed);

enum { IDS_MAX = 8 };

struct seen { /* the first ids that were listed */
    char *ids[IDS_MAX];
    size_t count;
};

static void keep(struct seen *seen, const char *id) {
    check(id != NULL);
    if (seen->count < IDS_MAX)
        seen->ids[seen->count++] = memory_copy_text(id);
}

static void forget(struct seen *seen) {
    while (seen->count > 0)
        free(seen->ids[--seen->count]);
}

static enum status see_folder(void *of, const struct source_folder *folder) {
    check(folder->name != NULL && folder->parent_id != NULL);
    keep(of, folder->id);
    return STATUS_OK;
}

static enum status see_item(void *of, const struct source_item *item) {
    check(item->categories != NULL);
    keep(of, item->id);
    return STATUS_OK;
}

static enum status see_message(void *of, size_t index, enum status status, struct str bytes,
                               const char *sentence) {
    size_t *next = of;
    check_compare(index, ==, *next);
    (*next)++;
    if (status == STATUS_OK)
        check(bytes.length == 0 || bytes.data != NULL);
    else
        check(sentence != NULL && bytes.length == 0);
    return STATUS_OK;
}

static void said(enum status status, struct error *error) {
    check(status == STATUS_OK || error->text[0] != '\0');
    error->text[0] = '\0';
}

static void use(struct source *source, struct source_session *session) {
    struct seen folders = {0}, items = {0};
    struct error error = {0};
    char key[64];
    said(source->type->who(session, key, sizeof key, &error), &error);
    said(source->type->folders(session, see_folder, &folders, &error), &error);
    const char *folder = folders.count > 0 ? folders.ids[0] : "AAMkAGE=";
    struct source_query query = {.range = {1754028000 * SECOND, INSTANT_NEVER}};
    said(source->type->list(session, folder, &query, see_item, &items, &error), &error);
    const char *ids[IDS_MAX] = {"AAMkAGE=", "AAMkAGI="};
    for (size_t i = 0; i < items.count; i++)
        ids[i] = items.ids[i];
    size_t count = items.count > 0 ? items.count : 2, next = 0;
    enum status status = source->type->fetch(session, ids, count, see_message, &next, &error);
    said(status, &error);
    if (status == STATUS_OK)
        check_compare(next, ==, count);
    struct source_message message = {.bytes = STR("Subject: x\r\n\r\n")};
    said(source->type->put(session, folder, &message, &error), &error);
    forget(&folders);
    forget(&items);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    struct plain_platform platform = plain_platform();
    struct ews_source_options options = {.platform = &platform.platform,
                                         .url = "http://x/EWS/Exchange.asmx",
                                         .user = "svc",
                                         .password = "p",
                                         .timeout = SECOND,
                                         .patience = 30 * SECOND};
    struct source *source;
    struct source_session *session;
    struct error error = {0};
    curl_double_begin(str_bytes(data + 1, size - 1), 1 + data[0] * 4u);
    check(ews_source_open(&options, &source, &error) == STATUS_OK);
    enum status status = source->type->open(source, "anna@amt.test", &session, &error);
    said(status, &error);
    if (status == STATUS_OK)
        use(source, session);
    source->type->close(&session);
    source->type->free(&source);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned seed) {
    return xml_mutate_one(data, size, capacity, seed);
}
