/* GetItem: bytes that are the message, flags that survive the mapping, answers in pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../base64.h"
#include "ews_world.h"

#define SHAPE_MIME                                                                                 \
    "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:IncludeMimeContent>true"                     \
    "</t:IncludeMimeContent></m:ItemShape>"

static struct store_folder *folder_of(struct ews_world *world, uint32_t mailbox,
                                      enum folder_role role) {
    return store_folder_by_role(store_mailbox(exchange_store(world->exchange), mailbox), role);
}

/* Appends the ids of all items of a distinguished folder, in the order of the listing. */
static int list_ids(struct ews_world *world, uint32_t mailbox, const char *folder,
                    struct buffer *ids) {
    char ask[700];
    snprintf(ask, sizeof ask,
             "<m:FindItem Traversal=\"Shallow\">" EWS_SHAPE_ID
             "<m:ParentFolderIds><t:DistinguishedFolderId Id=\"%s\"/></m:ParentFolderIds>"
             "</m:FindItem>",
             folder);
    ews_world_ask(world, mailbox, ask);
    int count = ews_world_count(world, "//t:ItemId");
    for (int i = 0; i < count; i++) {
        char *id = ews_world_text(world, "//t:ItemId/@Id", i);
        assert_int_equal(strlen(id), 152);
        buffer_printf(ids, "<t:ItemId Id=\"%s\"/>", id);
        free(id);
    }
    return count;
}

static void get_items(struct ews_world *world, uint32_t mailbox, const char *shape,
                      struct buffer *ids) {
    struct buffer ask = {0};
    buffer_printf(&ask, "<m:GetItem>%s<m:ItemIds>%s</m:ItemIds></m:GetItem>", shape,
                  buffer_text(ids));
    ews_world_ask(world, mailbox, buffer_text(&ask));
    buffer_release(&ask);
}

static void every_message_comes_as_its_very_bytes(void **state) {
    (void)state;
    struct ews_world world;
    ews_world_open(&world);
    ews_world_start(&world);
    for (uint32_t mailbox = 1; mailbox <= 8; mailbox++) {
        struct store_folder *inbox = folder_of(&world, mailbox, FOLDER_INBOX);
        struct buffer ids = {0};
        int count = list_ids(&world, mailbox, "inbox", &ids);
        assert_int_equal(count, store_item_count(inbox));
        if (count == 0)
            continue;
        uint64_t before = ews_world_facts(&world, FACT_ITEM_DOWNLOADED, mailbox);
        get_items(&world, mailbox, SHAPE_MIME, &ids);
        assert_int_equal(world.status, 200);
        assert_int_equal(ews_world_count(&world, "//t:MimeContent"), count);
        for (int i = 0; i < count; i++) {
            char *text = ews_world_text(&world, "//t:MimeContent", i);
            struct buffer got = {0}, rendered = {0};
            assert_true(base64_decode(&got, str_of(text)));
            const struct store_item *item =
                store_item_at(inbox, store_item_count(inbox) - 1 - (size_t)i);
            contents_render(world.contents, item->content, &rendered);
            assert_int_equal(got.length, rendered.length);
            assert_memory_equal(got.data, rendered.data, got.length);
            buffer_release(&got);
            buffer_release(&rendered);
            free(text);
        }
        assert_int_equal(ews_world_facts(&world, FACT_ITEM_DOWNLOADED, mailbox) - before, count);
        buffer_release(&ids);
    }
    ews_world_close(&world);
}

static void a_large_answer_goes_out_in_pieces(void **state) {
    (void)state;
    struct ews_world world;
    ews_world_open(&world);
    ews_world_start(&world);
    ews_world_deliver(&world, 1, world.clock.now, 1000);
    struct buffer ids = {0}, body = {0}, out = {0};
    (void)list_ids(&world, 1, "inbox", &ids);
    struct session *session = world.session;
    buffer_printf(
        &body,
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "
        "xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/messages\" "
        "xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\"><s:Header>"
        "<t:ExchangeImpersonation><t:ConnectingSID><t:SmtpAddress>%s</t:SmtpAddress>"
        "</t:ConnectingSID></t:ExchangeImpersonation></s:Header><s:Body><m:GetItem>" SHAPE_MIME
        "<m:ItemIds>%s</m:ItemIds></m:GetItem></s:Body></s:Envelope>",
        ews_world_address(&world, 1), buffer_text(&ids));
    struct buffer head = {0};
    buffer_printf(&head,
                  "POST /EWS/Exchange.asmx HTTP/1.1\r\nHost: x\r\nAuthorization: Basic "
                  "c3ZjLXVtenVnOmtyYW5pY2g=\r\nContent-Length: %zu\r\n\r\n",
                  body.length);
    assert_int_equal(session->type->feed(session, head.data, head.length, &out), SESSION_READ);
    enum session_next next = session->type->feed(session, body.data, body.length, &out);
    int pieces = 1;
    for (; next == SESSION_MORE; pieces++) {
        assert_true(out.length < 24 * 1024); /* EWS_PIECE, one message and the head */
        buffer_clear(&out);
        next = session->type->poll(session, &out);
    }
    assert_int_equal(next, SESSION_READ);
    assert_true(pieces > 20);
    buffer_release(&ids);
    buffer_release(&body);
    buffer_release(&head);
    buffer_release(&out);
    ews_world_close(&world);
}

static void flags_are_mapped_as_exchange_maps_them(void **state) {
    (void)state;
    static const struct {
        uint32_t flags;
        const char *is_read, *is_draft, *flag, *message_flags, *verb;
    } cases[] = {
        {0, "false", "false", "NotFlagged", "0", ""},
        {ITEM_SEEN, "true", "false", "NotFlagged", "1", ""},
        {ITEM_SEEN | ITEM_ANSWERED, "true", "false", "NotFlagged", "1", "102"},
        {ITEM_FORWARDED, "false", "false", "NotFlagged", "0", "104"},
        {ITEM_ANSWERED | ITEM_FORWARDED, "false", "false", "NotFlagged", "0", "102"},
        {ITEM_FLAGGED, "false", "false", "Flagged", "0", ""},
        {ITEM_DRAFT | ITEM_SEEN, "true", "true", "NotFlagged", "9", ""},
    };
    struct ews_world world;
    ews_world_open(&world);
    ews_world_start(&world);
    ews_world_deliver(&world, 1, world.clock.now, 1);
    struct store_folder *inbox = folder_of(&world, 1, FOLDER_INBOX);
    size_t last = store_item_count(inbox) - 1;
    struct exchange_item item = {inbox, store_item_at(inbox, last)->uid};
    struct buffer all = {0}, ids = {0};
    (void)list_ids(&world, 1, "inbox", &all);
    buffer_append(&ids, all.data, (size_t)(strchr(all.data, '>') + 1 - all.data));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(exchange_outlook_flag(world.exchange, 0, item, cases[i].flags), STATUS_OK);
        get_items(&world, 1,
                  "<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape><t:AdditionalProperties>"
                  "<t:ExtendedFieldURI PropertyTag=\"3591\" PropertyType=\"Integer\"/>"
                  "<t:ExtendedFieldURI PropertyTag=\"0x1081\" PropertyType=\"Integer\"/>"
                  "</t:AdditionalProperties></m:ItemShape>",
                  &ids);
        ews_world_expect(&world, "//t:IsRead", cases[i].is_read);
        ews_world_expect(&world, "//t:IsDraft", cases[i].is_draft);
        ews_world_expect(&world, "//t:FlagStatus", cases[i].flag);
        ews_world_expect(&world,
                         "//t:ExtendedProperty[t:ExtendedFieldURI/@PropertyTag='0xe07']/t:Value",
                         cases[i].message_flags);
        ews_world_expect(&world,
                         "//t:ExtendedProperty[t:ExtendedFieldURI/@PropertyTag='0x1081']/t:Value",
                         cases[i].verb);
        ews_world_expect(&world, "//t:Subject", "Nr. 0");
        ews_world_expect(&world, "//t:From//t:EmailAddress", "a@example");
        ews_world_expect(&world, "//t:DateTimeReceived", "2025-08-06T22:00:00Z");
    }
    buffer_release(&ids);
    buffer_release(&all);
    ews_world_close(&world);
}

static void categories_keep_their_names(void **state) {
    (void)state;
    struct ews_world world;
    ews_world_open(&world);
    ews_world_start(&world);
    int found = 0;
    for (uint32_t mailbox = 1; mailbox <= 8; mailbox++) {
        uint32_t count, folders;
        const struct fixture_item *items = population_items(world.population, mailbox, &count);
        const struct fixture_folder *tree = population_folders(world.population, mailbox, &folders);
        struct buffer ids = {0};
        if (list_ids(&world, mailbox, "inbox", &ids) == 0)
            continue;
        get_items(&world, mailbox,
                  "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
                  "<t:FieldURI FieldURI=\"item:Categories\"/></t:AdditionalProperties>"
                  "</m:ItemShape>",
                  &ids);
        for (uint32_t i = 0; i < count; i++)
            for (uint32_t bit = 0; population_category(bit) != NULL; bit++)
                if (tree[items[i].folder].role == FOLDER_INBOX &&
                    (items[i].categories >> bit & 1) != 0) {
                    char path[200];
                    snprintf(path, sizeof path, "//t:Categories[t:String='%s']",
                             population_category(bit));
                    assert_true(ews_world_count(&world, path) > 0);
                    found++;
                }
        buffer_release(&ids);
    }
    assert_true(found > 3);
    ews_world_close(&world);
}

static void what_cannot_be_had_does_not_spoil_the_rest(void **state) {
    (void)state;
    struct ews_world world;
    ews_world_open(&world);
    ews_world_start(&world);
    ews_world_deliver(&world, 1, world.clock.now, 3);
    struct store_folder *inbox = folder_of(&world, 1, FOLDER_INBOX);
    struct buffer all = {0}, ids = {0};
    (void)list_ids(&world, 1, "inbox", &all);
    const char *second = strchr(all.data, '>') + 1;
    const char *third = strchr(second, '>') + 1;
    buffer_append(&ids, all.data, (size_t)(third - all.data));
    buffer_append_text(&ids, "<t:ItemId Id=\"AAMkbroken\"/><t:ItemId/>");
    size_t index = store_item_count(inbox) - 1; /* listed first */
    struct exchange_item moved = {inbox, store_item_at(inbox, index)->uid};
    assert_int_equal(exchange_outlook_delete(world.exchange, 0, &moved), STATUS_OK);
    get_items(&world, 1, SHAPE_MIME, &ids);
    static const char *const codes[] = {"ErrorItemNotFound", "NoError", "ErrorInvalidIdMalformed",
                                        "ErrorInvalidIdMalformed"};
    assert_int_equal(ews_world_count(&world, "//m:ResponseCode"), 4);
    assert_int_equal(ews_world_count(&world, "//m:Items"), 4);
    for (int i = 0; i < 4; i++) {
        char *code = ews_world_text(&world, "//m:ResponseCode", i);
        assert_string_equal(code, codes[i]);
        free(code);
    }
    buffer_release(&ids);
    buffer_release(&all);
    ews_world_close(&world);
}

static void compressed_ids_lead_to_the_same_items(void **state) {
    (void)state;
    struct ews_world world;
    ews_world_open(&world);
    world.options.compressed_ids = true;
    ews_world_start(&world);
    ews_world_ask(&world, 1,
                  "<m:FindItem Traversal=\"Shallow\">" EWS_SHAPE_ID
                  "<m:ParentFolderIds><t:DistinguishedFolderId Id=\"inbox\"/></m:ParentFolderIds>"
                  "</m:FindItem>");
    struct buffer ids = {0};
    int count = ews_world_count(&world, "//t:ItemId");
    assert_true(count > 0);
    for (int i = 0; i < count; i++) {
        char *id = ews_world_text(&world, "//t:ItemId/@Id", i);
        assert_memory_equal(id, "AQMk", 4);
        buffer_printf(&ids, "<t:ItemId Id=\"%s\"/>", id);
        free(id);
    }
    get_items(&world, 1, EWS_SHAPE_ID, &ids);
    assert_int_equal(ews_world_count(&world, "//t:ItemId"), count);
    assert_int_equal(ews_world_count(&world, "//m:GetItemResponseMessage[@ResponseClass='Error']"),
                     0);
    buffer_release(&ids);
    ews_world_close(&world);
}

static void the_server_takes_as_long_as_it_is_said_to(void **state) {
    (void)state;
    struct ews_world world;
    ews_world_open(&world);
    world.options.work =
        (struct exchange_work){.request = 10, .row = 3, .item = 100, .bytes_per_second = 1000000};
    ews_world_start(&world);
    ews_world_deliver(&world, 1, world.clock.now, 1);
    struct store_folder *inbox = folder_of(&world, 1, FOLDER_INBOX);
    const struct store_item *item = store_item_at(inbox, store_item_count(inbox) - 1);
    struct buffer all = {0}, ids = {0};
    int count = list_ids(&world, 1, "inbox", &all);
    assert_int_equal(world.session->work, 10 + 3 * count);
    world.session->work = 0;
    buffer_append(&ids, all.data, (size_t)(strchr(all.data, '>') + 1 - all.data));
    get_items(&world, 1, SHAPE_MIME, &ids);
    assert_int_equal(world.session->work, 110 + (int64_t)item->declared_size);
    buffer_release(&ids);
    buffer_release(&all);
    ews_world_close(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_comes_as_its_very_bytes),
        cmocka_unit_test(a_large_answer_goes_out_in_pieces),
        cmocka_unit_test(flags_are_mapped_as_exchange_maps_them),
        cmocka_unit_test(categories_keep_their_names),
        cmocka_unit_test(what_cannot_be_had_does_not_spoil_the_rest),
        cmocka_unit_test(compressed_ids_lead_to_the_same_items),
        cmocka_unit_test(the_server_takes_as_long_as_it_is_said_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
