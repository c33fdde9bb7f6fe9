/* CreateItem: what is sent, and what is known when the answer is bad or never comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ews_script.h"

#define SAVED                                                                                      \
    HEAD OPEN("CreateItem")                                                                        \
        GOOD("CreateItem") "<m:Items><t:Message><t:ItemId Id=\"new\" "                             \
                           "ChangeKey=\"k\"/></t:Message></m:Items>" DONE("CreateItem")            \
                               CLOSE("CreateItem") TAIL
#define REFUSED(code, rest)                                                                        \
    HEAD OPEN("CreateItem") BAD("CreateItem", code, rest) CLOSE("CreateItem") TAIL

static const struct source_message message = {
    .bytes = {"Subject: x\r\n\r\ny\r\n", 17},
    .received = 1754546400 * SECOND,
    .flags = SOURCE_SEEN | SOURCE_ANSWERED | SOURCE_FLAGGED,
};

static void a_message_is_saved_with_its_bytes_date_and_flags(void **state) {
    (void)state;
    struct buffer heard = {0};
    const struct scripted_step steps[] = {
        {END, places(), 0}, {END, scripted_http(200, XML, "", SAVED), 0}, {0}};
    ews_begin_open(steps, 0);
    assert_int_equal(source->type->put(ews_session, "inbox&1", &message, &ews_error), STATUS_OK);
    ews_finish(&heard);
    static const char *const parts[] = {
        "<m:CreateItem MessageDisposition=\"SaveOnly\">",
        "<m:SavedItemFolderId><t:FolderId Id=\"inbox&amp;1\"/></m:SavedItemFolderId>",
        ">U3ViamVjdDogeA0KDQp5DQo=</t:MimeContent>",
        "PropertyTag=\"0x0E07\" PropertyType=\"Integer\"/><t:Value>1</t:Value>",
        "PropertyType=\"SystemTime\"/><t:Value>2025-08-07T06:00:00Z</t:Value>",
        "PropertyTag=\"0x1081\" PropertyType=\"Integer\"/><t:Value>102</t:Value>",
        "<t:FlagStatus>Flagged</t:FlagStatus></t:Flag><t:IsRead>true</t:IsRead>",
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        assert_non_null(strstr(buffer_text(&heard), parts[i]));
    buffer_release(&heard);
}

static void what_is_known_afterwards_follows_from_the_answer(void **state) {
    (void)state;
    static const struct {
        const char *answer; /* NULL: the connection ends instead */
        enum status status;
    } cases[] = {
        {REFUSED("ErrorQuotaExceeded", ""), STATUS_QUOTA},
        {REFUSED("ErrorFolderNotFound", ""), STATUS_NOT_FOUND},
        {REFUSED("ErrorMimeContentInvalid", ""), STATUS_UNMOVABLE},
        {REFUSED("ErrorAccessDenied", ""), STATUS_DENIED},
        {HEAD OPEN("CreateItem") CLOSE("CreateItem") TAIL, STATUS_AMBIGUOUS},
        {HEAD OPEN("CreateItem"), STATUS_AMBIGUOUS}, /* cut off within */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct scripted_step steps[] = {
            {END, places(), 0}, {END, scripted_http(200, XML, "", cases[i].answer), 0}, {0}};
        ews_begin_open(steps, 0);
        assert_int_equal(source->type->put(ews_session, "f", &message, &ews_error),
                         cases[i].status);
        ews_finish(NULL);
    }
}

static void what_is_put_off_is_sent_again(void **state) {
    (void)state;
    const struct scripted_step steps[] = {
        {END, places(), 0},
        {END, scripted_http(200, XML, "", REFUSED("ErrorServerBusy", BACK_OFF("40"))),
         SCRIPTED_HANG_UP},
        {END, scripted_http(200, XML, "", SAVED), 0},
        {0}};
    ews_begin_open(steps, 0);
    assert_int_equal(source->type->put(ews_session, "f", &message, &ews_error), STATUS_OK);
    ews_finish(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_saved_with_its_bytes_date_and_flags),
        cmocka_unit_test(what_is_known_afterwards_follows_from_the_answer),
        cmocka_unit_test(what_is_put_off_is_sent_again),
    };
    return cmocka_run_group_tests(tests, group_begin, group_end);
}
