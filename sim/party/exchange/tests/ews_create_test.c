/* CreateItem: a message that is brought lies there as it was, and nothing else is accepted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ews_world.h"

#define PROPERTY(tag, type, value)                                                                 \
    "<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag=\"" tag "\" PropertyType=\"" type         \
    "\"/><t:Value>" value "</t:Value></t:ExtendedProperty>"
#define CREATE(disposition, folder, inside)                                                        \
    "<m:CreateItem MessageDisposition=\"" disposition "\"><m:SavedItemFolderId>"                   \
    "<t:DistinguishedFolderId Id=\"" folder                                                        \
    "\"/></m:SavedItemFolderId><m:Items><t:Message>" inside                                        \
    "</t:Message></m:Items></m:CreateItem>"
#define MIME "<t:MimeContent CharacterSet=\"UTF-8\">U3ViamVjdDogeA0KDQp5DQo=</t:MimeContent>"

static const struct store_item *last_of(struct ews_world *world, enum folder_role role) {
    struct store_folder *folder =
        store_folder_by_role(store_mailbox(exchange_store(world->exchange), 1), role);
    return store_item_at(folder, store_item_count(folder) - 1);
}

static void a_message_lies_there_with_its_bytes_date_and_flags(void **state) {
    (void)state;
    struct ews_world world;
    ews_world_open(&world);
    ews_world_start(&world);
    ews_world_ask(&world, 1,
                  CREATE("SaveOnly", "inbox",
                         MIME PROPERTY("0x0E07", "Integer", "1")
                             PROPERTY("0x0E06", "SystemTime", "2025-08-07T06:00:00Z")
                                 PROPERTY("0x1081", "Integer", "104") "<t:IsRead>true</t:IsRead>"));
    ews_world_expect(&world, "//m:ResponseCode", "NoError");
    assert_int_equal(ews_world_count(&world, "//t:Message/t:ItemId"), 1);
    const struct store_item *item = last_of(&world, FOLDER_INBOX);
    struct buffer bytes = {0};
    contents_render(world.contents, item->content, &bytes);
    assert_string_equal(buffer_text(&bytes), "Subject: x\r\n\r\ny\r\n");
    assert_true(item->received == 1754546400 * SECOND);
    assert_int_equal(item->flags, ITEM_SEEN | ITEM_FORWARDED);
    buffer_release(&bytes);
    ews_world_close(&world);
}

static void without_its_flags_it_is_a_draft_of_now(void **state) {
    (void)state;
    struct ews_world world;
    ews_world_open(&world);
    ews_world_start(&world);
    ews_world_ask(&world, 1, CREATE("SaveOnly", "drafts", MIME));
    ews_world_expect(&world, "//m:ResponseCode", "NoError");
    const struct store_item *item = last_of(&world, FOLDER_DRAFTS);
    assert_int_equal(item->flags, ITEM_DRAFT);
    assert_true(item->received == instant_whole_second(world.clock.now));
    ews_world_close(&world);
}

static void what_cannot_be_saved_is_refused_and_changes_nothing(void **state) {
    (void)state;
    static const struct {
        const char *ask, *code;
    } cases[] = {
        {CREATE("SaveOnly", "inbox", "<t:MimeContent>?</t:MimeContent>"),
         "ErrorMimeContentInvalid"},
        {CREATE("SaveOnly", "inbox", "<t:Subject>x</t:Subject>"), "ErrorMimeContentInvalid"},
        {CREATE("SaveOnly", "msgfolderroot", MIME), "ErrorFolderNotFound"},
    };
    struct ews_world world;
    ews_world_open(&world);
    ews_world_start(&world);
    uint64_t before = ews_world_facts(&world, FACT_ITEM_STORED, 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ews_world_ask(&world, 1, cases[i].ask);
        ews_world_expect(&world, "//m:ResponseCode", cases[i].code);
    }
    ews_world_ask(&world, 1, CREATE("SendAndSaveCopy", "inbox", MIME));
    assert_int_equal(world.status, 500);
    assert_int_equal(ews_world_facts(&world, FACT_ITEM_STORED, 1), before);
    ews_world_close(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_lies_there_with_its_bytes_date_and_flags),
        cmocka_unit_test(without_its_flags_it_is_a_draft_of_now),
        cmocka_unit_test(what_cannot_be_saved_is_refused_and_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
