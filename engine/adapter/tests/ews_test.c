/* The EWS source against a scripted server: each answer and each error that EWS.md knows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../base/check.h"
#include "../adapters.h"
#include "plain_platform.h"
#include "scripted.h"

#define XML "text/xml; charset=utf-8"
#define END "</s:Envelope>" /* of each request */
#define HEAD                                                                                       \
    "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope "                                       \
    "xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Header><h:ServerVersionInfo "        \
    "MajorVersion=\"15\" xmlns:h=\"urn:h\"/></s:Header><s:Body>"
#define TAIL "</s:Body></s:Envelope>"
#define OPEN(op)                                                                                   \
    "<m:" op "Response xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/messages\" "  \
    "xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\"><m:ResponseMessages>"
#define CLOSE(op) "</m:ResponseMessages></m:" op "Response>"
#define GOOD(op)                                                                                   \
    "<m:" op "ResponseMessage ResponseClass=\"Success\"><m:ResponseCode>NoError</m:ResponseCode>"
#define BAD(op, code, rest)                                                                        \
    "<m:" op "ResponseMessage ResponseClass=\"Error\"><m:MessageText>No.</m:MessageText>"          \
    "<m:ResponseCode>" code "</m:ResponseCode>" rest "</m:" op "ResponseMessage>"
#define DONE(op) "</m:" op "ResponseMessage>"
#define BACK_OFF(ms)                                                                               \
    "<m:MessageXml><t:Value Name=\"BackOffMilliseconds\">" ms "</t:Value></m:MessageXml>"
#define FAULT(code, ms)                                                                            \
    "<?xml version=\"1.0\"?><s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">"    \
    "<s:Body><s:Fault><faultcode xmlns:a=\"urn:t\">a:" code "</faultcode>"                         \
    "<faultstring xml:lang=\"en-US\">The server says no.</faultstring><detail>"                    \
    "<e:ResponseCode xmlns:e=\"urn:e\">" code "</e:ResponseCode>"                                  \
    "<t:MessageXml xmlns:t=\"urn:t\"><t:Value Name=\"BackOffMilliseconds\">" ms                    \
    "</t:Value></t:MessageXml></detail></s:Fault></s:Body></s:Envelope>"

/* AAMk, then the GUID 2f1b7a3c-0000-4c4d-8e8e-9a9a1a1a2b2b */
#define TOP_ID "AAMkADJmMWI3YTNjLTAwMDAtNGM0ZC04ZThlLTlhOWExYTFhMmIyYgAu"
#define PLACE(id)                                                                                  \
    GOOD("GetFolder")                                                                              \
    "<m:Folders><t:Folder><t:FolderId Id=\"" id                                                    \
    "\" ChangeKey=\"c\"/></t:Folder></m:Folders>" DONE("GetFolder")
#define PLACES                                                                                     \
    HEAD OPEN("GetFolder") PLACE(TOP_ID) PLACE("inbox&amp;1") PLACE("sent1") PLACE("drafts1")      \
        PLACE("trash1") PLACE("junk1") PLACE("outbox1") PLACE("issues1")                           \
            BAD("GetFolder", "ErrorFolderNotFound", "<m:Folders/>") CLOSE("GetFolder") TAIL

static struct plain_platform platform;
static struct source *source;
static struct source_session *session;
static struct scripted *server;
static struct error error;

/* Opens the source; the script begins with the request for the places. */
static void begin(const struct scripted_step *steps, size_t piece) {
    char url[64];
    platform = plain_platform();
    error = (struct error){0};
    server = scripted_start(steps, piece);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/EWS/Exchange.asmx",
             (unsigned)scripted_port(server));
    struct ews_source_options options = {.platform = &platform.platform,
                                         .url = url,
                                         .user = "svc-umzug",
                                         .password = "kranich",
                                         .timeout = 2 * SECOND,
                                         .patience = 60 * SECOND};
    assert_int_equal(ews_source_open(&options, &source, &error), STATUS_OK);
}

static enum status open_session(void) {
    return source->type->open(source, "anna@example.org", &session, &error);
}

static void begin_open(const struct scripted_step *steps, size_t piece) {
    begin(steps, piece);
    enum status status = open_session();
    if (status != STATUS_OK)
        print_message("%s\n", error.text);
    assert_int_equal(status, STATUS_OK);
}

static void finish(struct buffer *heard) {
    source->type->close(&session);
    source->type->free(&source);
    assert_true(scripted_end(&server, heard));
}

static const char *places(void) {
    return scripted_http(200, XML, "", PLACES);
}

static void opening_acts_for_the_mailbox_and_who_reads_the_id(void **state) {
    (void)state;
    for (size_t piece = 0; piece < 80; piece = piece * 3 + 1) {
        struct buffer heard = {0};
        const struct scripted_step steps[] = {
            {END, places(), 0},
            {END,
             scripted_http(200, XML, "",
                           HEAD OPEN("GetFolder") PLACE(TOP_ID) CLOSE("GetFolder") TAIL),
             0},
            {0}};
        begin_open(steps, piece);
        char key[64];
        assert_int_equal(source->type->who(session, key, sizeof key, &error), STATUS_OK);
        assert_string_equal(key, "2f1b7a3c-0000-4c4d-8e8e-9a9a1a1a2b2b");
        finish(&heard);
        const char *text = buffer_text(&heard);
        assert_non_null(strstr(text, "Authorization: Basic c3ZjLXVtenVnOmtyYW5pY2g=\r\n"));
        assert_non_null(strstr(text, "X-AnchorMailbox: anna@example.org\r\n"));
        assert_non_null(strstr(text, "<t:PrimarySmtpAddress>anna@example.org<"));
        assert_null(strstr(text, "Expect:"));
        buffer_release(&heard);
    }
}

static void what_keeps_a_session_from_opening_is_told_apart(void **state) {
    (void)state;
    const struct {
        const char *answer;
        enum scripted_then then;
        enum status status;
    } cases[] = {
        {scripted_http(401, "text/html", "WWW-Authenticate: Basic\r\n", "no"), 0, STATUS_DENIED},
        {scripted_http(200, "text/html", "", "<html>please log in</html>"), 0, STATUS_PROTOCOL},
        {scripted_http(302, NULL, "Location: /owa\r\n", ""), 0, STATUS_PROTOCOL},
        {scripted_http(404, "text/html", "", ""), 0, STATUS_NOT_FOUND},
        {scripted_http(500, XML, "", FAULT("ErrorImpersonateUserDenied", "x")), 0, STATUS_DENIED},
        {scripted_http(500, XML, "", FAULT("ErrorNonExistentMailbox", "")), 0, STATUS_NOT_FOUND},
        {scripted_http(500, XML, "", FAULT("ErrorSomethingNew", "")), 0, STATUS_PROTOCOL},
        {scripted_http(500, "text/html", "", "oops"), 0, STATUS_PROTOCOL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct scripted_step steps[] = {{END, cases[i].answer, cases[i].then}, {0}};
        begin(steps, 0);
        assert_int_equal(open_session(), cases[i].status);
        assert_null(session);
        assert_int_equal(error.status, cases[i].status);
        assert_int_not_equal(error.text[0], 0);
        finish(NULL);
    }
}

static void an_answer_that_is_cut_or_hostile_is_no_answer(void **state) {
    (void)state;
    static const char laughs[] =
        "<?xml version=\"1.0\"?><!DOCTYPE s [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]>"
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>&b;</s:Body>"
        "</s:Envelope>";
    static char deep[8 * 200 + 400];
    strcpy(deep, HEAD);
    for (int i = 0; i < 200; i++)
        strcat(deep, "<a>");
    const struct {
        const char *answer;
        enum scripted_then then;
        enum status status;
    } cases[] = {
        {scripted_http(200, XML, "", HEAD OPEN("GetFolder")), 0, STATUS_PROTOCOL},
        {scripted_http(200, XML, "", HEAD TAIL), 0, STATUS_PROTOCOL},
        {scripted_http(200, XML, "", ""), 0, STATUS_PROTOCOL},
        {scripted_http(200, XML, "", "<a/>"), 0, STATUS_PROTOCOL},
        {scripted_http(200, XML, "", laughs), 0, STATUS_PROTOCOL},
        {scripted_http(200, XML, "", deep), 0, STATUS_PROTOCOL},
        {"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 9000\r\n\r\n" HEAD,
         SCRIPTED_HANG_UP, STATUS_NETWORK},
        {"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 9000\r\n\r\n" HEAD,
         SCRIPTED_SILENT, STATUS_TIMEOUT},
        {"ICY 200 OK\r\n\r\n", SCRIPTED_HANG_UP, STATUS_PROTOCOL},
        {NULL, SCRIPTED_SILENT, STATUS_TIMEOUT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct scripted_step steps[] = {{END, cases[i].answer, cases[i].then}, {0}};
        begin(steps, 0);
        assert_int_equal(open_session(), cases[i].status);
        finish(NULL);
    }
}

static void nobody_listening_is_a_network_error(void **state) {
    (void)state;
    platform = plain_platform();
    struct ews_source_options options = {.platform = &platform.platform,
                                         .url = "http://127.0.0.1:1/EWS",
                                         .user = "u",
                                         .password = "p",
                                         .timeout = SECOND,
                                         .patience = 0};
    assert_int_equal(ews_source_open(&options, &source, NULL), STATUS_OK);
    assert_int_equal(open_session(), STATUS_NETWORK);
    assert_int_equal(source->type->open(source, "no address", &session, NULL), STATUS_INVALID);
    assert_int_equal(source->type->open(source, "a@b\r\nX: y", &session, NULL), STATUS_INVALID);
    source->type->free(&source);
}

static void a_busy_server_is_waited_for_as_it_asks(void **state) {
    (void)state;
    const struct {
        const char *answer;
        int64_t slept;
    } cases[] = {
        {scripted_http(500, XML, "", FAULT("ErrorServerBusy", "1500")), 1500 * MILLISECOND},
        {scripted_http(200, XML, "",
                       HEAD OPEN("GetFolder") BAD("GetFolder", "ErrorServerBusy", BACK_OFF("2500"))
                           CLOSE("GetFolder") TAIL),
         2500 * MILLISECOND},
        {scripted_http(200, XML, "",
                       HEAD OPEN("GetFolder") BAD(
                           "GetFolder", "ErrorInternalServerError",
                           "<m:MessageXml><t:Value Name=\"InnerErrorResponseCode\">ErrorServerBusy"
                           "</t:Value></m:MessageXml>") CLOSE("GetFolder") TAIL),
         1 * SECOND},
        {scripted_http(503, "text/html", "Retry-After: 7\r\n", "later"), 7 * SECOND},
        {scripted_http(503, "text/html", "", "later"), 1 * SECOND},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct scripted_step steps[] = {{END, cases[i].answer, 0},
                                              /* what is ended early is a new connection */
                                              {END, cases[i].answer, 0},
                                              {END, places(), 0},
                                              {0}};
        struct scripted_step hang_up[4];
        memcpy(hang_up, steps, sizeof steps);
        bool message = i == 1 || i == 2;
        hang_up[0].then = hang_up[1].then = message ? SCRIPTED_HANG_UP : SCRIPTED_GO_ON;
        begin_open(hang_up, 0);
        assert_int_equal(platform.sleeps, 2);
        /* Where it names no time, ours doubles. */
        assert_int_equal(platform.slept,
                         cases[i].slept == SECOND ? 3 * SECOND : 2 * cases[i].slept);
        finish(NULL);
    }
}

static void patience_ends(void **state) {
    (void)state;
    const char *busy = scripted_http(500, XML, "", FAULT("ErrorServerBusy", "25000"));
    const struct scripted_step steps[] = {{END, busy, 0}, {END, busy, 0}, {END, busy, 0}, {0}};
    begin(steps, 0);
    assert_int_equal(open_session(), STATUS_BUSY);
    assert_int_equal(platform.slept, 50 * SECOND);
    assert_non_null(strstr(error.text, "25 s"));
    finish(NULL);
    const struct scripted_step once[] = {{END, busy, 0}, {0}};
    begin(once, 0);
    platform.stopped = true;
    assert_int_equal(open_session(), STATUS_STOPPED);
    finish(NULL);
    begin(once, 0);
    platform.sleep_status = STATUS_KILLED;
    assert_int_equal(open_session(), STATUS_KILLED);
    finish(NULL);
}

static void an_older_server_is_not_asked_for_the_archive(void **state) {
    (void)state;
    struct buffer heard = {0};
    const struct scripted_step steps[] = {
        {END, scripted_http(500, XML, "", FAULT("ErrorSchemaValidation", "")), 0},
        {END,
         scripted_http(200, XML, "",
                       HEAD OPEN("GetFolder") PLACE(TOP_ID) PLACE("inbox1") PLACE("sent1")
                           PLACE("drafts1") PLACE("trash1") PLACE("junk1") PLACE("outbox1")
                               PLACE("issues1") CLOSE("GetFolder") TAIL),
         0},
        {0}};
    begin_open(steps, 0);
    finish(&heard);
    const char *first = strstr(buffer_text(&heard), "\"archive\"");
    assert_non_null(first);
    assert_null(strstr(first + 1, "\"archive\""));
    buffer_release(&heard);
}

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
        begin_open(steps, piece);
        assert_int_equal(source->type->folders(session, note_folder, &seen, &error), STATUS_OK);
        assert_string_equal(buffer_text(&seen),
                            "inbox&1<:Posteingang=1(12) sent1<:Gesendete Elemente=2(4) "
                            "undercal<:Ohne Klasse=0(1) rss<:RSS=0(0) sub<inbox&1:R&D <1/2>=0(3) ");
        finish(NULL);
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
        begin_open(steps, piece);
        assert_int_equal(source->type->list(session, "inbox&1", week, note_item, &seen, &error),
                         STATUS_OK);
        assert_string_equal(buffer_text(&seen),
                            "a@2025-08-01T12:00:00Z f7 s4321 [Rote Kategorie\nBüro & Co] "
                            "b@2025-08-01T12:00:00Z f34 s0 [] c@2025-08-01T12:00:00Z f0 s0 [] "
                            "d@2025-08-02T00:00:00Z f0 s0 [] ");
        finish(&heard);
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
    begin_open(steps, 0);
    struct source_range older = {.from = -INSTANT_NEVER, .until = week.until};
    struct source_range newer = {.from = week.until, .until = INSTANT_NEVER};
    struct source_range all = {.from = -INSTANT_NEVER, .until = INSTANT_NEVER};
    assert_int_equal(source->type->list(session, "f", older, note_item, &seen, NULL), STATUS_OK);
    assert_int_equal(source->type->list(session, "f", newer, note_item, &seen, NULL), STATUS_OK);
    assert_int_equal(source->type->list(session, "f", all, note_item, &seen, NULL), STATUS_OK);
    finish(&heard);
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
    begin_open(heals, 0);
    assert_int_equal(source->type->list(session, "f", week, note_item, &seen, &error), STATUS_OK);
    assert_int_equal(seen.length, 2 * strlen("a@2025-08-01T12:00:00Z f0 s0 [] "));
    finish(NULL);
    buffer_clear(&seen);
    const struct scripted_step stays[] = {{END, places(), 0}, {END, two, 0}, {END, two, 0},
                                          {END, two, 0},      {END, two, 0}, {0}};
    begin_open(stays, 0);
    assert_int_equal(source->type->list(session, "f", week, note_item, &seen, &error),
                     STATUS_PROTOCOL);
    assert_int_equal(seen.length, 0);
    assert_non_null(strstr(error.text, "2 items of 3"));
    finish(NULL);
    buffer_release(&seen);
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
        begin_open(steps, 0);
        assert_int_equal(source->type->list(session, "f", week, note_item, &seen, &error),
                         STATUS_PROTOCOL);
        assert_int_equal(seen.length, 0);
        finish(NULL);
        buffer_release(&seen);
    }
}

/* ---- messages ------------------------------------------------------------------------------- */

#define MIME(id, base64)                                                                           \
    GOOD("GetItem")                                                                                \
    "<m:Items><t:Message><t:MimeContent CharacterSet=\"UTF-8\">" base64                            \
    "</t:MimeContent><t:ItemId Id=\"" id                                                           \
    "\" ChangeKey=\"k\"/></t:Message></m:Items>" DONE("GetItem")
#define ITEMS(messages) HEAD OPEN("GetItem") messages CLOSE("GetItem") TAIL

static enum status note_message(void *of, size_t index, enum status status, struct str bytes,
                                const char *sentence) {
    buffer_printf(of, "%zu:%s:%.*s%s ", index, status_name(status), STR_ARG(bytes),
                  status != STATUS_OK && sentence[0] == '\0' ? "!" : "");
    return STATUS_OK;
}

static void messages_come_in_order_with_their_own_errors(void **state) {
    (void)state;
    for (size_t piece = 0; piece < 4; piece++) {
        struct buffer seen = {0};
        const struct scripted_step steps[] = {
            {END, places(), 0},
            {END,
             scripted_http(200, XML, "",
                           ITEMS(MIME("a", "RXJzdGU=") BAD("GetItem", "ErrorItemNotFound", "")
                                     BAD("GetItem", "ErrorMimeContentConversionFailed", "") MIME(
                                         "d", "Vml\nlcnRl") BAD("GetItem", "ErrorItemCorrupt", "")
                                         MIME("f", "???") MIME("g", ""))),
             0},
            {0}};
        static const char *const ids[] = {"a", "b", "c", "d", "e", "f", "g"};
        begin_open(steps, piece);
        assert_int_equal(source->type->fetch(session, ids, 7, note_message, &seen, &error),
                         STATUS_OK);
        assert_string_equal(buffer_text(&seen), "0:OK:Erste 1:NOT_FOUND: 2:UNMOVABLE: 3:OK:Vierte "
                                                "4:UNMOVABLE: 5:UNMOVABLE: 6:UNMOVABLE: ");
        finish(NULL);
        buffer_release(&seen);
    }
}

static void what_is_put_off_is_asked_for_again_from_there(void **state) {
    (void)state;
    struct buffer seen = {0}, heard = {0};
    const struct scripted_step steps[] = {
        {END, places(), 0},
        {END,
         scripted_http(200, XML, "",
                       ITEMS(MIME("a", "RXJzdGU=") BAD("GetItem", "ErrorServerBusy",
                                                       BACK_OFF("3000")) MIME("c", "Zm9v"))),
         SCRIPTED_HANG_UP},
        {END, scripted_http(500, XML, "", FAULT("ErrorServerBusy", "4000")), 0},
        {END, scripted_http(200, XML, "", ITEMS(MIME("b", "Zm8=") MIME("c", "Zm9v"))), 0},
        {0}};
    static const char *const ids[] = {"a", "b", "c"};
    begin_open(steps, 0);
    assert_int_equal(source->type->fetch(session, ids, 3, note_message, &seen, &error), STATUS_OK);
    assert_string_equal(buffer_text(&seen), "0:OK:Erste 1:OK:fo 2:OK:foo ");
    assert_int_equal(platform.slept, 7 * SECOND);
    finish(&heard);
    assert_non_null(strstr(buffer_text(&heard),
                           "<m:ItemIds><t:ItemId Id=\"b\"/><t:ItemId Id=\"c\"/>"
                           "</m:ItemIds>"));
    buffer_release(&seen);
    buffer_release(&heard);
}

static void another_item_than_asked_for_is_never_handed_on(void **state) {
    (void)state;
    static const char *const answers[] = {
        ITEMS(MIME("b", "Zm8=")),
        ITEMS(MIME("A", "Zm8=")), /* ids tell case apart */
        ITEMS(""),
        ITEMS(MIME("a", "Zm8=") MIME("b", "Zm8=")),
        ITEMS(GOOD("GetItem") "<m:Items/>" DONE("GetItem")),
    };
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct buffer seen = {0};
        const struct scripted_step steps[] = {
            {END, places(), 0}, {END, scripted_http(200, XML, "", answers[i]), 0}, {0}};
        static const char *const ids[] = {"a"};
        begin_open(steps, 0);
        assert_int_equal(source->type->fetch(session, ids, 1, note_message, &seen, &error),
                         STATUS_PROTOCOL);
        assert_string_equal(buffer_text(&seen), i == 3 ? "0:OK:fo " : "");
        finish(NULL);
        buffer_release(&seen);
    }
}

static void a_message_cut_in_two_is_never_handed_on(void **state) {
    (void)state;
    struct buffer seen = {0};
    const struct scripted_step steps[] = {
        {END, places(), 0},
        {END,
         "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n"
         "2000\r\n" HEAD OPEN("GetItem")
             GOOD("GetItem") "<m:Items><t:Message><t:MimeContent>Zm9vZm9v",
         SCRIPTED_RESET},
        {0}};
    static const char *const ids[] = {"a"};
    begin_open(steps, 0);
    assert_int_equal(source->type->fetch(session, ids, 1, note_message, &seen, &error),
                     STATUS_NETWORK);
    assert_int_equal(seen.length, 0);
    finish(NULL);
    buffer_release(&seen);
}

static int group_begin(void **state) {
    (void)state;
    adapters_begin();
    return 0;
}

static int group_end(void **state) {
    (void)state;
    adapters_end();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opening_acts_for_the_mailbox_and_who_reads_the_id),
        cmocka_unit_test(what_keeps_a_session_from_opening_is_told_apart),
        cmocka_unit_test(an_answer_that_is_cut_or_hostile_is_no_answer),
        cmocka_unit_test(nobody_listening_is_a_network_error),
        cmocka_unit_test(a_busy_server_is_waited_for_as_it_asks),
        cmocka_unit_test(patience_ends),
        cmocka_unit_test(an_older_server_is_not_asked_for_the_archive),
        cmocka_unit_test(mail_folders_come_with_roles_and_parents_first),
        cmocka_unit_test(items_come_with_flags_dates_and_categories),
        cmocka_unit_test(the_older_part_takes_what_has_no_date),
        cmocka_unit_test(a_listing_is_believed_only_when_it_is_whole),
        cmocka_unit_test(pages_that_lead_nowhere_are_refused),
        cmocka_unit_test(messages_come_in_order_with_their_own_errors),
        cmocka_unit_test(what_is_put_off_is_asked_for_again_from_there),
        cmocka_unit_test(another_item_than_asked_for_is_never_handed_on),
        cmocka_unit_test(a_message_cut_in_two_is_never_handed_on),
    };
    return cmocka_run_group_tests(tests, group_begin, group_end);
}
