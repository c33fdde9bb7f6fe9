/* Folders and items of a mailbox by EWS: roles, paging, flags, and listings that lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ews_script.h"

#define ASKED(wanted) (&(struct source_query){.range = (wanted)})

/* ---- folders -------------------------------------------------------------------------------- */

#define FOLDER(kind, id, parent, class, name, count)                                               \
    "<t:" kind "><t:FolderId Id=\"" id "\" ChangeKey=\"k\"/><t:ParentFolderId Id=\"" parent        \
    "\" ChangeKey=\"k\"/>" class "<t:DisplayName>" name "</t:DisplayName><t:TotalCount>" count     \
                                 "</t:TotalCount></t:" kind ">"
#define CLASS(class) "<t:FolderClass>" class "</t:FolderClass>"
#define NOTE         CLASS("IPF.Note")
#define FOLDER_PAGE(attributes, folders)                                                           \
    HEAD OPEN("FindFolder") GOOD("FindFolder") "<m:RootFolder " attributes "><t:Folders>" folders  \
                                               "</t:Folders></m:RootFolder>" DONE("FindFolder")    \
                                                   CLOSE("FindFolder") TAIL

static enum status note_folder(void *of, const struct source_folder *folder) {
    buffer_printf(of, "%s<%s:%s=%d(%u) ", folder->id, folder->parent_id, folder->name,
                  (int)folder->role, folder->items);
    return STATUS_OK;
}

static void mail_folders_come_with_roles_and_parents_first(void **state) {
    (void)state;
    for (size_t piece = 0; piece < 3; piece++) {
        struct buffer seen = {0};
        const struct scripted_step steps[] = {
            {END, places(), 0},
            {END,
             scripted_http(
                 200, XML, "",
                 FOLDER_PAGE(
                     "IndexedPagingOffset=\"6\" TotalItemsInView=\"11\" "
                     "IncludesLastItemInRange=\"false\"",
                     FOLDER("Folder", "sub", "inbox&amp;1", NOTE, "R&amp;D &lt;1/2&gt;",
                            "3") FOLDER("Folder", "inbox&amp;1", TOP_ID, NOTE, "Posteingang", "12")
                         FOLDER("Folder", "sent1", TOP_ID, NOTE, "Gesendete Elemente", "4") FOLDER(
                             "CalendarFolder", "cal", TOP_ID, CLASS("IPF.Appointment"), "Kalender",
                             "9") FOLDER("Folder", "undercal", "cal", "", "Ohne Klasse", "1")
                             FOLDER("SearchFolder", "search", TOP_ID, NOTE, "Suche", "7"))),
             0},
            {"Offset=\"6\"", NULL, 0},
            {END,
             scripted_http(200, XML, "",
                           FOLDER_PAGE(
                               "TotalItemsInView=\"11\" IncludesLastItemInRange=\"true\"",
                               FOLDER("Folder", "outbox1", TOP_ID, NOTE, "Postausgang", "0") FOLDER(
                                   "Folder", "issues1", TOP_ID, NOTE, "Probleme", "0")
                                   FOLDER("Folder", "conflicts", "issues1", NOTE, "Konflikte", "2")
                                       FOLDER("Folder", "rss", TOP_ID,
                                              CLASS("IPF.Note.OutlookHomepage"), "RSS", "0")
                                           FOLDER("Folder", "notes", TOP_ID,
                                                  CLASS("IPF.StickyNote"), "Notizen", "0"))),
             0},
            {0}};
        ews_begin_open(steps, piece);
        assert_int_equal(source->type->folders(ews_session, note_folder, &seen, &ews_error),
                         STATUS_OK);
        assert_string_equal(buffer_text(&seen),
                            "inbox&1<:Posteingang=1(12) sent1<:Gesendete Elemente=2(4) "
                            "undercal<:Ohne Klasse=0(1) rss<:RSS=0(0) sub<inbox&1:R&D <1/2>=0(3) ");
        ews_finish(NULL);
        buffer_release(&seen);
    }
}

/* ---- items ---------------------------------------------------------------------------------- */

#define ITEM(kind, id, rest)                                                                       \
    "<t:" kind "><t:ItemId Id=\"" id "\" ChangeKey=\"k\"/>" rest "</t:" kind ">"
#define AT(date) "<t:DateTimeReceived>" date "</t:DateTimeReceived>"
#define ITEM_PAGE(attributes, items)                                                               \
    HEAD OPEN("FindItem") GOOD("FindItem") "<m:RootFolder " attributes "><t:Items>" items          \
                                           "</t:Items></m:RootFolder>" DONE("FindItem")            \
                                               CLOSE("FindItem") TAIL
#define LAST(total) "TotalItemsInView=\"" total "\" IncludesLastItemInRange=\"true\""
#define MORE(total, next)                                                                          \
    "IndexedPagingOffset=\"" next "\" TotalItemsInView=\"" total                                   \
    "\" IncludesLastItemInRange=\"false\""
#define TAG(tag, value)                                                                            \
    "<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag=\"" tag                                   \
    "\" PropertyType=\"Integer\"/><t:Value>" value "</t:Value></t:ExtendedProperty>"
#define AUGUST AT("2025-08-01T12:00:00Z")

static enum status note_item(void *of, const struct source_item *item) {
    char at[INSTANT_TEXT_MAX];
    buffer_printf(of, "%s@%s f%x s%llu [%s] ", item->id, instant_text(item->received, at),
                  item->flags, (unsigned long long)item->size, item->categories);
    return STATUS_OK;
}

static const struct source_range week = {.from = 1753920000 * SECOND, .until = 1754546400 * SECOND};

static void items_come_with_flags_dates_and_categories(void **state) {
    (void)state;
    for (size_t piece = 0; piece < 3; piece++) {
        struct buffer seen = {0}, heard = {0};
        const struct scripted_step steps[] = {
            {END, places(), 0},
            {END,
             scripted_http(
                 200, XML, "",
                 ITEM_PAGE(
                     MORE("6", "4"),
                     ITEM("Message", "a",
                          AT("2025-08-01T12:00:00.7Z") "<t:Size>4321</"
                                                       "t:Size><t:Categories><t:String>"
                                                       "Rote Kategorie</t:String><t:String>Büro "
                                                       "&amp; Co</t:String></t:Categories>"
                                                       "<t:IsDraft>false</t:IsDraft>" TAG("0x1081",
                                                                                          "102")
                                                           TAG("0x1090",
                                                               "2") "<t:IsRead>true</t:IsRead>")
                         ITEM("Message", "b",
                              AUGUST "<t:IsDraft>1</t:IsDraft><t:Flag><t:FlagStatus>Flagged"
                                     "</t:FlagStatus></t:Flag>" TAG("4225", "104"))
                             ITEM("Contact", "person", AUGUST)
                                 ITEM("MeetingRequest", "c", AUGUST))),
             0},
            {"Offset=\"4\"", NULL, 0},
            {END,
             scripted_http(200, XML, "",
                           ITEM_PAGE(LAST("6"),
                                     ITEM("Message", "d",
                                          "<t:DateTimeCreated>2025-08-02T00:00:00Z"
                                          "</t:DateTimeCreated>" TAG("0x1090", "1"))
                                         ITEM("Message", "late", AT("2025-08-07T06:00:00Z")))),
             0},
            {0}};
        ews_begin_open(steps, piece);
        assert_int_equal(
            source->type->list(ews_session, "inbox&1", ASKED(week), note_item, &seen, &ews_error),
            STATUS_OK);
        assert_string_equal(buffer_text(&seen),
                            "a@2025-08-01T12:00:00Z f7 s4321 [Rote Kategorie\nBüro & Co] "
                            "b@2025-08-01T12:00:00Z f34 s0 [] c@2025-08-01T12:00:00Z f0 s0 [] "
                            "d@2025-08-02T00:00:00Z f0 s0 [] ");
        ews_finish(&heard);
        const char *text = buffer_text(&heard);
        assert_non_null(strstr(text, "<t:FolderId Id=\"inbox&amp;1\"/>"));
        assert_non_null(strstr(text, "<t:And><t:IsGreaterThanOrEqualTo>"));
        assert_non_null(strstr(text, "Value=\"2025-07-31T00:00:00Z\""));
        assert_non_null(strstr(text, "Value=\"2025-08-07T06:00:00Z\""));
        buffer_release(&seen);
        buffer_release(&heard);
    }
}

static void the_older_part_takes_what_has_no_date(void **state) {
    (void)state;
    struct buffer seen = {0}, heard = {0};
    const char *page = scripted_http(200, XML, "", ITEM_PAGE(LAST("0"), ""));
    const struct scripted_step steps[] = {
        {END, places(), 0}, {END, page, 0}, {END, page, 0}, {END, page, 0}, {0}};
    ews_begin_open(steps, 0);
    struct source_range older = {.from = -INSTANT_NEVER, .until = week.until};
    struct source_range newer = {.from = week.until, .until = INSTANT_NEVER};
    struct source_range all = {.from = -INSTANT_NEVER, .until = INSTANT_NEVER};
    assert_int_equal(source->type->list(ews_session, "f", ASKED(older), note_item, &seen, NULL),
                     STATUS_OK);
    assert_int_equal(source->type->list(ews_session, "f", ASKED(newer), note_item, &seen, NULL),
                     STATUS_OK);
    assert_int_equal(source->type->list(ews_session, "f", ASKED(all), note_item, &seen, NULL),
                     STATUS_OK);
    ews_finish(&heard);
    const char *text = strstr(buffer_text(&heard), "<m:Restriction><t:Or><t:IsLessThan>");
    assert_non_null(text);
    assert_non_null(strstr(text, "<t:Not><t:Exists>"));
    text = strstr(text, "<m:Restriction><t:IsGreaterThanOrEqualTo>");
    assert_non_null(text);
    assert_null(strstr(text + 1, "<m:Restriction>"));
    assert_int_equal(seen.length, 0);
    buffer_release(&seen);
    buffer_release(&heard);
}

static void a_listing_is_believed_only_when_it_is_whole(void **state) {
    (void)state;
    const char *two = scripted_http(
        200, XML, "",
        ITEM_PAGE(LAST("3"), ITEM("Message", "a", AUGUST) ITEM("Message", "b", AUGUST)));
    const char *twice = scripted_http(
        200, XML, "",
        ITEM_PAGE(LAST("2"), ITEM("Message", "a", AUGUST) ITEM("Message", "a", AUGUST)));
    const char *good = scripted_http(
        200, XML, "",
        ITEM_PAGE(LAST("2"), ITEM("Message", "a", AUGUST) ITEM("Message", "b", AUGUST)));
    struct buffer seen = {0};
    const struct scripted_step heals[] = {
        {END, places(), 0}, {END, two, 0}, {END, twice, SCRIPTED_HANG_UP}, {END, good, 0}, {0}};
    ews_begin_open(heals, 0);
    assert_int_equal(
        source->type->list(ews_session, "f", ASKED(week), note_item, &seen, &ews_error), STATUS_OK);
    assert_int_equal(seen.length, 2 * strlen("a@2025-08-01T12:00:00Z f0 s0 [] "));
    ews_finish(NULL);
    buffer_clear(&seen);
    const struct scripted_step stays[] = {{END, places(), 0}, {END, two, 0}, {END, two, 0},
                                          {END, two, 0},      {END, two, 0}, {0}};
    ews_begin_open(stays, 0);
    assert_int_equal(
        source->type->list(ews_session, "f", ASKED(week), note_item, &seen, &ews_error),
        STATUS_PROTOCOL);
    assert_int_equal(seen.length, 0);
    assert_non_null(strstr(ews_error.text, "2 items of 3"));
    ews_finish(NULL);
    buffer_release(&seen);
}

/* A server may show something else than mail first; then reading goes on until there is enough. */
static void the_newest_end_the_reading(void **state) {
    (void)state;
    struct buffer seen = {0}, heard = {0};
    const struct scripted_step steps[] = {
        {END, places(), 0},
        {END,
         scripted_http(
             200, XML, "",
             ITEM_PAGE(MORE("9", "2"), ITEM("Message", "a", AUGUST) ITEM("Contact", "p", AUGUST))),
         0},
        {END,
         scripted_http(200, XML, "",
                       ITEM_PAGE(MORE("9", "4"),
                                 ITEM("Message", "b", AUGUST) ITEM("Message", "c", AUGUST))),
         0},
        {0}};
    struct source_query query = {.range = week, .detail = SOURCE_DATES, .newest = 2};
    ews_begin_open(steps, 0);
    assert_int_equal(source->type->list(ews_session, "f", &query, note_item, &seen, &ews_error),
                     STATUS_OK);
    assert_string_equal(buffer_text(&seen), "a@2025-08-01T12:00:00Z f0 s0 [] "
                                            "b@2025-08-01T12:00:00Z f0 s0 [] "
                                            "c@2025-08-01T12:00:00Z f0 s0 [] ");
    ews_finish(&heard);
    const char *text = strstr(buffer_text(&heard), "<m:FindItem");
    assert_non_null(text);
    assert_non_null(strstr(text, "MaxEntriesReturned=\"2\" Offset=\"2\""));
    assert_non_null(strstr(text, "</m:Restriction><m:SortOrder><t:FieldOrder Order=\"Descending\">"
                                 "<t:FieldURI FieldURI=\"item:DateTimeReceived\"/>"));
    buffer_release(&seen);
    buffer_release(&heard);
}

static void no_more_is_asked_than_is_wanted(void **state) {
    (void)state;
    static const struct {
        enum source_detail detail;
        bool dates, size, rest;
    } cases[] = {{SOURCE_ALL, true, true, true},
                 {SOURCE_SIZES, true, true, false},
                 {SOURCE_DATES, true, false, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer seen = {0}, heard = {0};
        const struct scripted_step steps[] = {
            {END, places(), 0},
            {END, scripted_http(200, XML, "", ITEM_PAGE(LAST("0"), "")), 0},
            {0}};
        struct source_query query = {.range = week, .detail = cases[i].detail};
        ews_begin_open(steps, 0);
        assert_int_equal(source->type->list(ews_session, "f", &query, note_item, &seen, NULL),
                         STATUS_OK);
        ews_finish(&heard);
        const char *text = strstr(buffer_text(&heard), "<m:FindItem");
        assert_non_null(text);
        assert_int_equal(strstr(text, "item:DateTimeCreated") != NULL, cases[i].dates);
        assert_int_equal(strstr(text, "item:Size") != NULL, cases[i].size);
        assert_int_equal(strstr(text, "item:Categories") != NULL, cases[i].rest);
        assert_int_equal(strstr(text, "0x1081") != NULL, cases[i].rest);
        assert_null(strstr(text, "SortOrder"));
        buffer_release(&seen);
        buffer_release(&heard);
    }
}

static void pages_that_lead_nowhere_are_refused(void **state) {
    (void)state;
    static const char *const pages[] = {
        ITEM_PAGE(MORE("9", "0"), ITEM("Message", "a", AUGUST)),
        ITEM_PAGE(MORE("9", "5"), ""),
        ITEM_PAGE("TotalItemsInView=\"1\" IncludesLastItemInRange=\"false\"",
                  ITEM("Message", "a", AUGUST)),
        ITEM_PAGE("TotalItemsInView=\"1\"", ITEM("Message", "a", AUGUST)),
        ITEM_PAGE("IncludesLastItemInRange=\"true\"", ITEM("Message", "a", AUGUST)),
        ITEM_PAGE(LAST("x"), ITEM("Message", "a", AUGUST)),
        ITEM_PAGE(LAST("1"), ITEM("Message", "a", "")),
        ITEM_PAGE(LAST("1"), ITEM("Message", "a", AT("gestern"))),
        ITEM_PAGE(LAST("1"), "<t:Message>" AUGUST "</t:Message>"),
        HEAD OPEN("FindItem") GOOD("FindItem") DONE("FindItem") CLOSE("FindItem") TAIL,
        HEAD OPEN("FindItem") CLOSE("FindItem") TAIL,
        HEAD OPEN("FindItem") BAD("FindItem", "NoError", "") CLOSE("FindItem") TAIL,
    };
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        struct buffer seen = {0};
        const struct scripted_step steps[] = {
            {END, places(), 0}, {END, scripted_http(200, XML, "", pages[i]), 0}, {0}};
        ews_begin_open(steps, 0);
        assert_int_equal(
            source->type->list(ews_session, "f", ASKED(week), note_item, &seen, &ews_error),
            STATUS_PROTOCOL);
        assert_int_equal(seen.length, 0);
        ews_finish(NULL);
        buffer_release(&seen);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mail_folders_come_with_roles_and_parents_first),
        cmocka_unit_test(items_come_with_flags_dates_and_categories),
        cmocka_unit_test(the_newest_end_the_reading),
        cmocka_unit_test(no_more_is_asked_than_is_wanted),
        cmocka_unit_test(the_older_part_takes_what_has_no_date),
        cmocka_unit_test(a_listing_is_believed_only_when_it_is_whole),
        cmocka_unit_test(pages_that_lead_nowhere_are_refused),
    };
    return cmocka_run_group_tests(tests, group_begin, group_end);
}
