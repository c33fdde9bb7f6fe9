/* Folders and rows: every item once and only those in range, however the client pages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ews_world.h"

#define BEGIN INT64_C(1754546400) * SECOND /* 2025-08-07T06:00:00Z */

static void a_folder_is_found_by_its_name_and_by_its_id(void **state) {
    (void)state;
    struct ews_world world;
    ews_world_open(&world);
    ews_world_start(&world);
    ews_world_ask(&world, 2,
                  "<m:GetFolder><m:FolderShape><t:BaseShape>AllProperties</t:BaseShape>"
                  "</m:FolderShape><m:FolderIds><t:DistinguishedFolderId Id=\"inbox\"/>"
                  "<t:DistinguishedFolderId Id=\"nowhere\"/></m:FolderIds></m:GetFolder>");
    assert_int_equal(world.status, 200);
    ews_world_expect(&world, "//m:GetFolderResponseMessage[1]/m:ResponseCode", "NoError");
    ews_world_expect(&world, "//m:GetFolderResponseMessage[2]/m:ResponseCode",
                     "ErrorFolderNotFound");
    ews_world_expect(&world, "//t:DisplayName", "Posteingang");
    ews_world_expect(&world, "//t:FolderClass", "IPF.Note");
    assert_int_equal(ews_world_count(&world, "//s:Header/t:ServerVersionInfo"), 1);
    char *id = ews_world_text(&world, "//t:FolderId/@Id", 0);
    assert_int_equal(strlen(id), 120);
    assert_memory_equal(id, "AAMk", 4);
    char ask[600];
    snprintf(ask, sizeof ask,
             "<m:GetFolder>" EWS_FOLDER_ID "<m:FolderIds><t:FolderId Id=\"%s\"/></m:FolderIds>"
             "</m:GetFolder>",
             id);
    ews_world_ask(&world, 2, ask);
    ews_world_expect(&world, "//t:FolderId/@Id", id);
    free(id);
    ews_world_close(&world);
}

static void a_small_answer_is_exactly_this(void **state) {
    (void)state;
    struct ews_world world;
    ews_world_open(&world);
    ews_world_start(&world);
    ews_world_ask(&world, 1,
                  "<m:GetFolder>" EWS_FOLDER_ID "<m:FolderIds><t:DistinguishedFolderId "
                  "Id=\"voicemail\"/></m:FolderIds></m:GetFolder>");
    assert_string_equal(
        buffer_text(&world.raw),
        "HTTP/1.1 200 OK\r\nDate: Wed, 06 Aug 2025 22:00:00 GMT\r\nServer: Microsoft-IIS/10.0\r\n"
        "Content-Type: text/xml; charset=utf-8\r\nCache-Control: private\r\n"
        "X-Powered-By: ASP.NET\r\nx-EwsHandler: GetFolder\r\nContent-Length: 940\r\n\r\n"
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Header>"
        "<h:ServerVersionInfo MajorVersion=\"15\" MinorVersion=\"2\" MajorBuildNumber=\"986\" "
        "MinorBuildNumber=\"26\" Version=\"V2017_07_11\" "
        "xmlns:h=\"http://schemas.microsoft.com/exchange/services/2006/types\"/></s:Header>"
        "<s:Body xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
        "xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\">"
        "<m:GetFolderResponse "
        "xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/messages\" "
        "xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\">"
        "<m:ResponseMessages><m:GetFolderResponseMessage ResponseClass=\"Error\">"
        "<m:MessageText>The specified folder could not be found in the store.</m:MessageText>"
        "<m:ResponseCode>ErrorFolderNotFound</m:ResponseCode>"
        "<m:DescriptiveLinkKey>0</m:DescriptiveLinkKey><m:Folders/></m:GetFolderResponseMessage>"
        "</m:ResponseMessages></m:GetFolderResponse></s:Body></s:Envelope>");
    ews_world_close(&world);
}

static void the_tree_is_walked_in_pages_parents_first(void **state) {
    (void)state;
    struct ews_world world;
    ews_world_open(&world);
    ews_world_start(&world);
    char ids[200][121], top[121];
    int count = 0;
    char last[8] = "false";
    for (int page = 0; strcmp(last, "true") != 0; page++) {
        assert_true(page < 60);
        char ask[700];
        snprintf(ask, sizeof ask,
                 "<m:FindFolder Traversal=\"Deep\"><m:FolderShape><t:BaseShape>AllProperties"
                 "</t:BaseShape></m:FolderShape><m:IndexedPageFolderView MaxEntriesReturned=\"3\" "
                 "Offset=\"%d\" BasePoint=\"Beginning\"/><m:ParentFolderIds>"
                 "<t:DistinguishedFolderId Id=\"msgfolderroot\"/></m:ParentFolderIds>"
                 "</m:FindFolder>",
                 count);
        ews_world_ask(&world, 1, ask);
        char *flag = ews_world_text(&world, "//m:RootFolder/@IncludesLastItemInRange", 0);
        snprintf(last, sizeof last, "%s", flag);
        free(flag);
        int rows = ews_world_count(&world, "//t:FolderId");
        for (int i = 0; i < rows; i++) {
            char *id = ews_world_text(&world, "//t:FolderId/@Id", i);
            char *parent = ews_world_text(&world, "//t:ParentFolderId/@Id", i);
            bool parent_is_seen = count == 0;
            for (int j = 0; j < count; j++) {
                assert_string_not_equal(ids[j], id);
                parent_is_seen |= strcmp(ids[j], parent) == 0;
            }
            if (count == 0) /* the first lies at the top */
                snprintf(top, sizeof top, "%s", parent);
            assert_true(parent_is_seen || strcmp(parent, top) == 0);
            snprintf(ids[count++], sizeof ids[0], "%s", id);
            free(id);
            free(parent);
        }
    }
    uint32_t folders;
    (void)population_folders(world.population, 1, &folders);
    assert_int_equal(count, folders + 5);
    ews_world_close(&world);
}

/* Pages through the inbox of mailbox 1 and returns how many distinct items came. */
static uint32_t walk(struct ews_world *world, const char *restriction, unsigned page_rows,
                     int rows_most, instant *oldest_r, instant *newest_r) {
    enum { MOST = 2000 };
    static char ids[MOST][160];
    uint32_t count = 0;
    char last[8] = "false", offset[24] = "0";
    *oldest_r = INSTANT_NEVER;
    *newest_r = -INSTANT_NEVER;
    for (int page = 0; strcmp(last, "true") != 0; page++) {
        assert_true(page < 200);
        char ask[2000];
        snprintf(ask, sizeof ask,
                 "<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>"
                 "<t:AdditionalProperties><t:FieldURI FieldURI=\"item:DateTimeReceived\"/>"
                 "</t:AdditionalProperties></m:ItemShape><m:IndexedPageItemView "
                 "MaxEntriesReturned=\"%u\" Offset=\"%s\" BasePoint=\"Beginning\"/>%s"
                 "<m:ParentFolderIds><t:DistinguishedFolderId Id=\"inbox\"/></m:ParentFolderIds>"
                 "</m:FindItem>",
                 page_rows, offset, restriction);
        ews_world_ask(world, 1, ask);
        char *flag = ews_world_text(world, "//m:RootFolder/@IncludesLastItemInRange", 0);
        char *next = ews_world_text(world, "//m:RootFolder/@IndexedPagingOffset", 0);
        snprintf(last, sizeof last, "%s", flag);
        snprintf(offset, sizeof offset, "%s", next);
        free(flag);
        free(next);
        int rows = ews_world_count(world, "//t:Message");
        assert_true(rows <= rows_most);
        for (int i = 0; i < rows; i++) {
            char *id = ews_world_text(world, "//t:ItemId/@Id", i);
            char *date = ews_world_text(world, "//t:DateTimeReceived", i);
            instant at;
            assert_true(instant_parse(str_of(date), &at));
            *oldest_r = at < *oldest_r ? at : *oldest_r;
            *newest_r = at > *newest_r ? at : *newest_r;
            for (uint32_t j = 0; j < count; j++)
                assert_string_not_equal(ids[j], id);
            assert_true(count < MOST);
            snprintf(ids[count++], sizeof ids[0], "%s", id);
            free(id);
            free(date);
        }
    }
    return count;
}

#define CUT(test)                                                                                  \
    "<m:Restriction><t:" test "><t:FieldURI FieldURI=\"item:DateTimeReceived\"/>"                  \
    "<t:FieldURIOrConstant><t:Constant Value=\"2025-08-07T12:00:00Z\"/></t:FieldURIOrConstant>"    \
    "</t:" test "></m:Restriction>"

static void paging_gives_each_item_once_and_only_those_in_range(void **state) {
    (void)state;
    struct ews_world world;
    ews_world_open(&world);
    ews_world_start(&world);
    ews_world_deliver(&world, 1, BEGIN, 700); /* 360 of them before noon */
    struct store_folder *inbox =
        store_folder_by_role(store_mailbox(exchange_store(world.exchange), 1), FOLDER_INBOX);
    uint32_t all = (uint32_t)store_item_count(inbox);
    instant cut = BEGIN + 360 * MINUTE, oldest, newest;

    assert_int_equal(walk(&world, "", 100, 100, &oldest, &newest), all);
    assert_int_equal(walk(&world, "", 5000, 1000, &oldest, &newest), all);
    assert_int_equal(walk(&world, CUT("IsGreaterThanOrEqualTo"), 1000, 250, &oldest, &newest), 340);
    assert_true(oldest == cut);
    assert_int_equal(walk(&world, CUT("IsLessThan"), 1000, 250, &oldest, &newest), all - 340);
    assert_true(newest == cut - MINUTE);
    assert_int_equal(walk(&world, CUT("IsGreaterThan"), 7, 7, &oldest, &newest), 339);
    assert_int_equal(walk(&world, CUT("IsLessThanOrEqualTo"), 1000, 250, &oldest, &newest),
                     all - 339);
    ews_world_close(&world);
}

#define DATE        "<t:FieldURI FieldURI=\"item:DateTimeReceived\"/>"
#define VALUE(text) "<t:FieldURIOrConstant><t:Constant Value=\"" text "\"/></t:FieldURIOrConstant>"
#define BOGUS       "<t:IsEqualTo><t:FieldURI FieldURI=\"item:Subject\"/>" VALUE("x") "</t:IsEqualTo>"
#define FROM        "<t:IsGreaterThanOrEqualTo>" DATE VALUE("2025-08-07T06:05:00Z")
#define UNTIL       "<t:IsLessThan>" DATE VALUE("2025-08-07T06:08:00.5Z")

static void restrictions_mean_what_they_say(void **state) {
    (void)state;
    static const struct {
        const char *restriction, *code, *total;
    } cases[] = {
        {"<t:And>" FROM "</t:IsGreaterThanOrEqualTo>" UNTIL "</t:IsLessThan></t:And>", "NoError",
         "4"},
        {"<t:Or><t:IsEqualTo>" DATE VALUE("2025-08-07T06:00:00Z") "</t:IsEqualTo><t:IsEqualTo>" DATE
             VALUE("2025-08-07T06:09:00+00:00") "</t:IsEqualTo></t:Or>",
         "NoError", "2"},
        {"<t:Not>" FROM "</t:IsGreaterThanOrEqualTo></t:Not>", "NoError", "5"},
        {"<t:Exists>" DATE "</t:Exists>", "NoError", "10"},
        {"<t:Not><t:Exists><t:ExtendedFieldURI PropertyTag=\"0x0E06\" PropertyType=\"SystemTime\"/>"
         "</t:Exists></t:Not>",
         "NoError", "0"},
        {"<t:IsEqualTo><t:FieldURI FieldURI=\"message:IsRead\"/>" VALUE("0") "</t:IsEqualTo>",
         "NoError", "10"},
        {"<t:IsLessThan>" DATE VALUE("2025-08-07T06:03:00") "</t:IsLessThan>", "NoError", "3"},
        {BOGUS, "ErrorUnsupportedPathForQuery", ""},
        {"<t:IsLessThan>" DATE VALUE("yesterday") "</t:IsLessThan>", "ErrorInvalidRestriction", ""},
        {"<t:IsLessThan>" DATE "</t:IsLessThan>", "ErrorInvalidRestriction", ""},
        {"<t:And/>", "ErrorInvalidRestriction", ""},
        {"<t:Contains>" DATE "</t:Contains>", "ErrorInvalidRestriction", ""},
        {"", "ErrorInvalidRestriction", ""},
    };
    struct ews_world world;
    ews_world_open(&world);
    ews_world_start(&world);
    struct store_folder *junk =
        store_folder_by_role(store_mailbox(exchange_store(world.exchange), 1), FOLDER_INBOX);
    while (store_item_count(junk) > 0)
        store_item_remove(junk, 0, HOW_EXPUNGED, 0);
    ews_world_deliver(&world, 1, BEGIN, 10);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char ask[3000];
        snprintf(ask, sizeof ask,
                 "<m:FindItem Traversal=\"Shallow\">" EWS_SHAPE_ID "<m:Restriction>%s"
                 "</m:Restriction><m:ParentFolderIds><t:DistinguishedFolderId Id=\"inbox\"/>"
                 "</m:ParentFolderIds></m:FindItem>",
                 cases[i].restriction);
        ews_world_ask(&world, 1, ask);
        ews_world_expect(&world, "//m:ResponseCode", cases[i].code);
        ews_world_expect(&world, "//m:RootFolder/@TotalItemsInView", cases[i].total);
    }
    ews_world_close(&world);
}

static void rows_come_in_the_order_asked_for(void **state) {
    (void)state;
    static const struct {
        const char *sort, *first;
    } cases[] = {
        {"", "2025-08-07T06:09:00Z"},
        {"<m:SortOrder><t:FieldOrder Order=\"Ascending\">" DATE "</t:FieldOrder></m:SortOrder>",
         "2025-08-07T06:00:00Z"},
        {"<m:SortOrder><t:FieldOrder Order=\"Descending\">" DATE "</t:FieldOrder></m:SortOrder>",
         "2025-08-07T06:09:00Z"},
        {"<m:SortOrder><t:FieldOrder Order=\"Ascending\"><t:ExtendedFieldURI PropertyTag=\"3619\" "
         "PropertyType=\"Integer\"/></t:FieldOrder></m:SortOrder>",
         "2025-08-07T06:00:00Z"},
    };
    struct ews_world world;
    ews_world_open(&world);
    ews_world_start(&world);
    struct store_folder *inbox =
        store_folder_by_role(store_mailbox(exchange_store(world.exchange), 1), FOLDER_INBOX);
    while (store_item_count(inbox) > 0)
        store_item_remove(inbox, 0, HOW_EXPUNGED, 0);
    ews_world_deliver(&world, 1, BEGIN, 10);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char ask[2000];
        snprintf(ask, sizeof ask,
                 "<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>Default"
                 "</t:BaseShape></m:ItemShape><m:IndexedPageItemView MaxEntriesReturned=\"4\" "
                 "Offset=\"0\" BasePoint=\"Beginning\"/>%s<m:ParentFolderIds>"
                 "<t:DistinguishedFolderId Id=\"inbox\"/></m:ParentFolderIds></m:FindItem>",
                 cases[i].sort);
        ews_world_ask(&world, 1, ask);
        assert_int_equal(ews_world_count(&world, "//t:Message"), 4);
        ews_world_expect(&world, "(//t:DateTimeReceived)[1]", cases[i].first);
    }
    ews_world_close(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_folder_is_found_by_its_name_and_by_its_id),
        cmocka_unit_test(a_small_answer_is_exactly_this),
        cmocka_unit_test(the_tree_is_walked_in_pages_parents_first),
        cmocka_unit_test(paging_gives_each_item_once_and_only_those_in_range),
        cmocka_unit_test(restrictions_mean_what_they_say),
        cmocka_unit_test(rows_come_in_the_order_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
