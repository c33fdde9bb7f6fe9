/* Listings that are read ahead: one request for many folders, and never less than asking alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ews_script.h"

#define FOLDER(id, count)                                                                          \
    "<t:Folder><t:FolderId Id=\"" id "\"/><t:ParentFolderId Id=\"" TOP_ID "\"/><t:DisplayName>" id \
    "</t:DisplayName><t:TotalCount>" count "</t:TotalCount></t:Folder>"
#define FOLDERS(count, folders)                                                                    \
    HEAD OPEN("FindFolder")                                                                        \
        GOOD("FindFolder") "<m:RootFolder TotalItemsInView=\"" count                               \
                           "\" IncludesLastItemInRange=\"true\"><t:Folders>" folders               \
                           "</t:Folders></m:RootFolder>" DONE("FindFolder") CLOSE("FindFolder")    \
                               TAIL
#define ITEM(id)                                                                                   \
    "<t:Message><t:ItemId Id=\"" id "\"/><t:DateTimeReceived>2025-08-01T12:00:00Z"                 \
    "</t:DateTimeReceived></t:Message>"
#define LISTED(total, items)                                                                       \
    GOOD("FindItem")                                                                               \
    "<m:RootFolder TotalItemsInView=\"" total                                                      \
    "\" IncludesLastItemInRange=\"true\"><t:Items>" items                                          \
    "</t:Items></m:RootFolder>" DONE("FindItem")
#define CONTACT "<t:Contact><t:ItemId Id=\"person\"/></t:Contact>"
#define PART(total, items)                                                                         \
    GOOD("FindItem")                                                                               \
    "<m:RootFolder IndexedPagingOffset=\"2\" TotalItemsInView=\"" total                            \
    "\" IncludesLastItemInRange=\"false\"><t:Items>" items                                         \
    "</t:Items></m:RootFolder>" DONE("FindItem")
#define LISTING(messages) HEAD OPEN("FindItem") messages CLOSE("FindItem") TAIL

static const struct source_range all = {.from = -INSTANT_NEVER, .until = INSTANT_NEVER};
static const struct source_range recent = {.from = 0, .until = INSTANT_NEVER};

static enum status skip_folder(void *of, const struct source_folder *folder) {
    (void)of;
    (void)folder;
    return STATUS_OK;
}

static enum status note_item(void *of, const struct source_item *item) {
    buffer_printf(of, "%s ", item->id);
    return STATUS_OK;
}

static void begin(const struct scripted_step *steps) {
    ews_begin_open(steps, 0);
    assert_int_equal(source->type->folders(ews_session, skip_folder, NULL, &ews_error), STATUS_OK);
}

static void query_is(const char *folder, struct source_query query, const char *expected) {
    struct buffer seen = {0};
    assert_int_equal(source->type->list(ews_session, folder, &query, note_item, &seen, &ews_error),
                     STATUS_OK);
    assert_string_equal(buffer_text(&seen), expected);
    buffer_release(&seen);
}

static void list_is(const char *folder, struct source_range range, const char *expected) {
    query_is(folder, (struct source_query){.range = range}, expected);
}

#define STEP(text)                                                                                 \
    { END, scripted_http(200, XML, "", text), 0 }
#define THREE FOLDERS("3", FOLDER("f", "1") FOLDER("g", "0") FOLDER("h", "2"))

static void folders_told_together_are_listed_in_one_request(void **state) {
    (void)state;
    struct buffer heard = {0};
    const struct scripted_step steps[] = {
        {END, places(), 0},
        STEP(THREE),
        STEP(LISTING(LISTED("1", ITEM("a")) LISTED("0", "") LISTED("2", ITEM("b") ITEM("c")))),
        {0}};
    begin(steps);
    list_is("f", all, "a ");
    list_is("g", all, "");
    list_is("h", all, "b c ");
    ews_finish(&heard);
    assert_non_null(strstr(buffer_text(&heard),
                           "<t:FolderId Id=\"f\"/><t:FolderId Id=\"g\"/><t:FolderId Id=\"h\"/>"));
    buffer_release(&heard);
}

static void a_second_look_asks_anew(void **state) {
    (void)state;
    const struct scripted_step steps[] = {
        {END, places(), 0},
        STEP(THREE),
        STEP(LISTING(LISTED("1", ITEM("a")) LISTED("0", "") LISTED("1", ITEM("b")))),
        STEP(LISTING(LISTED("1", ITEM("new")) LISTED("0", "") LISTED("1", ITEM("b")))),
        {0}};
    begin(steps);
    list_is("f", all, "a ");
    list_is("f", all, "new ");
    ews_finish(NULL);
}

static void another_range_asks_anew(void **state) {
    (void)state;
    const struct scripted_step steps[] = {
        {END, places(), 0},
        STEP(THREE),
        STEP(LISTING(LISTED("1", ITEM("a")) LISTED("0", "") LISTED("1", ITEM("b")))),
        STEP(LISTING(LISTED("1", ITEM("g1")) LISTED("1", ITEM("b")))),
        {0}};
    begin(steps);
    list_is("f", all, "a ");
    list_is("g", recent, "g1 ");
    ews_finish(NULL);
}

static void what_was_listed_over_a_minute_ago_is_asked_anew(void **state) {
    (void)state;
    const struct scripted_step steps[] = {
        {END, places(), 0},
        STEP(THREE),
        STEP(LISTING(LISTED("1", ITEM("a")) LISTED("0", "") LISTED("1", ITEM("b")))),
        STEP(LISTING(LISTED("1", ITEM("g1")) LISTED("1", ITEM("b")))),
        {0}};
    begin(steps);
    list_is("f", all, "a ");
    platform.slept += MINUTE + SECOND;
    list_is("g", all, "g1 ");
    list_is("h", all, "b ");
    ews_finish(NULL);
}

static void a_listing_that_is_not_whole_is_asked_for_alone(void **state) {
    (void)state;
    const struct scripted_step steps[] = {
        {END, places(), 0},
        STEP(THREE),
        STEP(LISTING(LISTED("2", ITEM("a")) BAD("FindItem", "ErrorFolderNotFound", "")
                         LISTED("1", ITEM("b")))),
        STEP(LISTING(LISTED("2", ITEM("a") ITEM("a2")))),
        STEP(LISTING(LISTED("1", ITEM("g1")))),
        {0}};
    begin(steps);
    list_is("f", all, "a a2 ");
    list_is("g", all, "g1 ");
    list_is("h", all, "b ");
    ews_finish(NULL);
}

static void an_answer_of_other_length_is_not_believed(void **state) {
    (void)state;
    static const char *const answers[] = {
        LISTING(LISTED("1", ITEM("a")) LISTED("0", "")),
        LISTING(LISTED("1", ITEM("a")) LISTED("0", "") LISTED("0", "") LISTED("0", "")),
        LISTING(LISTED("1", "<t:Message><t:ItemId Id=\"a\"/></t:Message>") LISTED("0", "")
                    LISTED("0", "")),
    };
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        const struct scripted_step steps[] = {{END, places(), 0},
                                              STEP(THREE),
                                              {END, scripted_http(200, XML, "", answers[i]),
                                               i == 0 ? SCRIPTED_GO_ON : SCRIPTED_HANG_UP},
                                              STEP(LISTING(LISTED("1", ITEM("alone")))),
                                              STEP(LISTING(LISTED("1", ITEM("too")))),
                                              {0}};
        begin(steps);
        list_is("f", all, "alone ");
        list_is("g", all, "too ");
        ews_finish(NULL);
    }
}

static void large_folders_are_listed_alone_unless_little_is_wanted(void **state) {
    (void)state;
    const struct scripted_step steps[] = {
        {END, places(), 0},
        STEP(FOLDERS("3", FOLDER("f", "1") FOLDER("g", "101") FOLDER("h", "2"))),
        STEP(LISTING(LISTED("1", ITEM("a")) LISTED("1", ITEM("b")))),
        STEP(LISTING(LISTED("1", ITEM("large")))),
        STEP(LISTING(LISTED("1", ITEM("x")) LISTED("1", ITEM("y")) LISTED("1", ITEM("z")))),
        STEP(LISTING(LISTED("1", ITEM("large")))),
        {0}};
    begin(steps);
    list_is("f", all, "a ");
    list_is("g", all, "large ");
    list_is("h", all, "b ");
    list_is("f", recent, "x ");
    list_is("g", all, "large ");
    list_is("h", recent, "z ");
    ews_finish(NULL);
}

/* Of "f" more is there, of "g" only what is no mail came before it: that must be asked for alone.
 */
static void the_newest_of_large_folders_are_listed_together(void **state) {
    (void)state;
    const struct source_query two = {.range = all, .newest = 2};
    struct buffer heard = {0};
    const struct scripted_step steps[] = {
        {END, places(), 0},
        STEP(FOLDERS("2", FOLDER("f", "900") FOLDER("g", "901"))),
        STEP(LISTING(PART("900", ITEM("a") ITEM("b")) PART("901", ITEM("c") CONTACT))),
        STEP(LISTING(LISTED("2", ITEM("c") ITEM("d")))),
        {0}};
    begin(steps);
    query_is("f", two, "a b ");
    query_is("g", two, "c d ");
    ews_finish(&heard);
    assert_non_null(strstr(buffer_text(&heard), "MaxEntriesReturned=\"2\""));
    assert_null(strstr(buffer_text(&heard), "MaxEntriesReturned=\"1000\""));
    buffer_release(&heard);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folders_told_together_are_listed_in_one_request),
        cmocka_unit_test(a_second_look_asks_anew),
        cmocka_unit_test(another_range_asks_anew),
        cmocka_unit_test(what_was_listed_over_a_minute_ago_is_asked_anew),
        cmocka_unit_test(a_listing_that_is_not_whole_is_asked_for_alone),
        cmocka_unit_test(an_answer_of_other_length_is_not_believed),
        cmocka_unit_test(large_folders_are_listed_alone_unless_little_is_wanted),
        cmocka_unit_test(the_newest_of_large_folders_are_listed_together),
    };
    return cmocka_run_group_tests(tests, group_begin, group_end);
}
