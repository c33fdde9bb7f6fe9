/* What a hostile or broken client may send: it is refused, quickly, and the server goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ews_world.h"

#define ENVELOPE                                                                                   \
    "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "                           \
    "xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\" "                       \
    "xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/messages\">"
#define SERVICE "c3ZjLXVtenVnOmtyYW5pY2g="

static void requests_that_make_no_sense_get_a_fault(void **state) {
    (void)state;
    static const struct {
        const char *body, *code;
    } cases[] = {
        {"", "ErrorSchemaValidation"},
        {"nonsense", "ErrorSchemaValidation"},
        {"<a>", "ErrorSchemaValidation"},
        {"<Envelope/>", "ErrorSchemaValidation"},
        {ENVELOPE "</s:Envelope>", "ErrorSchemaValidation"},
        {ENVELOPE "<s:Body/></s:Envelope>", "ErrorSchemaValidation"},
        {ENVELOPE "<s:Body>GetItem</s:Body></s:Envelope>", "ErrorSchemaValidation"},
        {ENVELOPE "<s:Body><m:BlowUp/></s:Body></s:Envelope>", "ErrorSchemaValidation"},
        {ENVELOPE "<s:Body><t:GetItem/></s:Body></s:Envelope>", "ErrorSchemaValidation"},
        {ENVELOPE "<s:Body><m:GetItem/></s:Body></s:Envelope>", "ErrorSchemaValidation"},
        {ENVELOPE "<s:Body><m:GetFolder/></s:Body></s:Envelope>", "ErrorSchemaValidation"},
        {ENVELOPE "<s:Body><m:FindItem/></s:Body></s:Envelope>", "ErrorSchemaValidation"},
        {ENVELOPE "<s:Body><m:FindFolder/></s:Body></s:Envelope>", "ErrorSchemaValidation"},
        {ENVELOPE "<s:Body><m:SyncFolderItems/></s:Body></s:Envelope>", "ErrorSchemaValidation"},
        {ENVELOPE "<s:Body><m:SyncFolderHierarchy/></s:Body></s:Envelope>",
         "ErrorSchemaValidation"},
        {ENVELOPE "<s:Body><m:ResolveNames/></s:Body></s:Envelope>", "ErrorSchemaValidation"},
        {ENVELOPE "<s:Header><t:RequestServerVersion Version=\"Exchange2019\"/></s:Header>"
                  "<s:Body><m:GetItem/></s:Body></s:Envelope>",
         "ErrorInvalidServerVersion"},
        {"<!DOCTYPE lolz [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">"
         "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;\">]>"
         "<a>&d;</a>",
         "ErrorSchemaValidation"},
        {"<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>", "ErrorSchemaValidation"},
        {"<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>" ENVELOPE
         "<s:Body><m:ResolveNames><m:UnresolvedEntry>&e;</m:UnresolvedEntry></m:ResolveNames>"
         "</s:Body></s:Envelope>",
         "ErrorSchemaValidation"},
        {"<!DOCTYPE s:Envelope>" ENVELOPE
         "<s:Body><m:ResolveNames><m:UnresolvedEntry>a</m:UnresolvedEntry></m:ResolveNames>"
         "</s:Body></s:Envelope>",
         "ErrorSchemaValidation"},
        {"\xff\xfe<\0a\0/\0>\0", "ErrorSchemaValidation"},
        {"<?xml version=\"1.0\" encoding=\"no-such\"?><a/>", "ErrorSchemaValidation"},
    };
    struct ews_world world;
    ews_world_open(&world);
    ews_world_start(&world);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ews_world_post(&world, SERVICE, str_of(cases[i].body));
        assert_int_equal(world.status, 500);
        assert_int_equal(world.end, SESSION_READ);
        ews_world_expect(&world, "//e:ResponseCode", cases[i].code);
    }
    ews_world_close(&world);
}

/* `open` again and again, something, `close` as often. */
static struct buffer nested(const char *open, const char *inside, const char *close, int depth) {
    struct buffer body = {0};
    buffer_append_text(&body, ENVELOPE "<s:Body><m:FindItem Traversal=\"Shallow\">" EWS_SHAPE_ID
                                       "<m:Restriction>");
    for (int i = 0; i < depth; i++)
        buffer_append_text(&body, open);
    buffer_append_text(&body, inside);
    for (int i = 0; i < depth; i++)
        buffer_append_text(&body, close);
    buffer_append_text(&body,
                       "</m:Restriction><m:ParentFolderIds><t:DistinguishedFolderId Id=\"inbox\"/>"
                       "</m:ParentFolderIds></m:FindItem></s:Body></s:Envelope>");
    return body;
}

static void depth_and_size_are_limited(void **state) {
    (void)state;
    struct ews_world world;
    ews_world_open(&world);
    ews_world_start(&world);
    struct buffer bodies[] = {
        nested("<t:Not>", "<t:Exists/>", "</t:Not>", 60),
        nested("<t:Not>", "<t:Exists/>", "</t:Not>", 200),
        nested("<t:And>", "", "</t:And>", 100000),
        nested("<t:Exists/>", "", "", 200000),
        nested("<t:IsEqualTo>", "", "", 5000),
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        ews_world_post(&world, SERVICE, buffer_str(&bodies[i]));
        assert_int_equal(world.end, SESSION_READ);
        assert_null(strstr(buffer_text(&world.body), ">NoError<"));
        buffer_release(&bodies[i]);
    }
    struct buffer large = {0}; /* one attribute of a megabyte, then a request beyond the limit */
    buffer_append_text(&large, ENVELOPE "<s:Body><m:FindItem Traversal=\"");
    for (int i = 0; i < 1 << 20; i++)
        buffer_append_byte(&large, 'S');
    buffer_append_text(&large, "\"/></s:Body></s:Envelope>");
    ews_world_post(&world, SERVICE, buffer_str(&large));
    assert_int_equal(world.status, 500);
    for (int i = 0; i < 35 << 20; i++)
        buffer_append_byte(&large, ' ');
    ews_world_post(&world, SERVICE, buffer_str(&large));
    assert_int_equal(world.status, 413);
    assert_int_equal(world.end, SESSION_CLOSE);
    buffer_release(&large);
    ews_world_close(&world);
}

static void an_id_that_was_changed_is_malformed(void **state) {
    (void)state;
    struct ews_world world;
    ews_world_open(&world);
    ews_world_start(&world);
    ews_world_ask(&world, 1,
                  "<m:GetFolder>" EWS_FOLDER_ID "<m:FolderIds><t:DistinguishedFolderId "
                  "Id=\"inbox\"/></m:FolderIds></m:GetFolder>");
    char *id = ews_world_text(&world, "//t:FolderId/@Id", 0);
    for (size_t i = 0; i <= strlen(id); i += 3) {
        char ask[700], changed[200];
        snprintf(changed, sizeof changed, "%s", id);
        if (changed[i] == '\0')
            snprintf(changed + i, sizeof changed - i, "%s", "AAAA");
        else
            changed[i] = changed[i] == 'A' ? 'B' : 'A';
        snprintf(ask, sizeof ask,
                 "<m:GetFolder>" EWS_FOLDER_ID "<m:FolderIds><t:FolderId Id=\"%s\"/>"
                 "</m:FolderIds></m:GetFolder>",
                 changed);
        ews_world_ask(&world, 1, ask);
        char *code = ews_world_text(&world, "//m:ResponseCode", 0);
        assert_true(strcmp(code, "NoError") != 0);
        free(code);
    }
    free(id);
    ews_world_close(&world);
}

#define TWO_ITEMS                                                                                  \
    "<m:GetItem>" EWS_SHAPE_ID "<m:ItemIds><t:ItemId Id=\"%s\"/><t:ItemId Id=\"%s\"/></m:ItemIds>" \
    "</m:GetItem>"

/* What a connection remembers of the last folder does not change what it makes of an id. */
static void an_item_id_is_judged_alike_with_and_without_a_memory(void **state) {
    (void)state;
    struct ews_world world;
    ews_world_open(&world);
    ews_world_start(&world);
    ews_world_deliver(&world, 1, world.clock.now, 1);
    ews_world_ask(&world, 1,
                  "<m:FindItem Traversal=\"Shallow\">" EWS_SHAPE_ID
                  "<m:ParentFolderIds><t:DistinguishedFolderId Id=\"inbox\"/>"
                  "</m:ParentFolderIds></m:FindItem>");
    char *id = ews_world_text(&world, "//t:ItemId/@Id", 0);
    assert_int_equal(strlen(id), 152);
    int malformed = 0;
    for (size_t i = 0; i <= strlen(id); i++) {
        char ask[700], changed[200];
        snprintf(changed, sizeof changed, "%s%s", id, id[i] == '\0' ? "AAAA" : "");
        if (id[i] != '\0')
            changed[i] = i % 3 == 0 ? '=' : id[i] == 'A' ? 'Q' : 'A';
        snprintf(ask, sizeof ask, TWO_ITEMS, id, changed);
        ews_world_ask(&world, 1, ask);
        char *with = ews_world_text(&world, "//m:ResponseCode", 1);
        snprintf(ask, sizeof ask, TWO_ITEMS, changed, id);
        ews_world_connect(&world);
        ews_world_ask(&world, 1, ask);
        char *without = ews_world_text(&world, "//m:ResponseCode", 0);
        assert_string_equal(with, without);
        assert_true(strcmp(with, "") != 0);
        malformed += strcmp(with, "ErrorInvalidIdMalformed") == 0;
        free(with);
        free(without);
    }
    assert_in_range(malformed, 100, 153);
    free(id);
    ews_world_close(&world);
}

static void a_fault_says_in_which_line_it_is(void **state) {
    (void)state;
    struct ews_world world;
    ews_world_open(&world);
    ews_world_start(&world);
    ews_world_post(&world, SERVICE,
                   STR("\n" ENVELOPE "<s:Body>\n\n<m:GetFolder/></s:Body></s:Envelope>"));
    ews_world_expect(&world, "//t:LineNumber", "4");
    ews_world_post(&world, SERVICE, STR("<a>\n<b>\n</a>"));
    ews_world_expect(&world, "//t:LineNumber", "3");
    ews_world_close(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_that_make_no_sense_get_a_fault),
        cmocka_unit_test(depth_and_size_are_limited),
        cmocka_unit_test(a_fault_says_in_which_line_it_is),
        cmocka_unit_test(an_id_that_was_changed_is_malformed),
        cmocka_unit_test(an_item_id_is_judged_alike_with_and_without_a_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
