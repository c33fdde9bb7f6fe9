/* Who may open what, what a refused client is told, and what faults look like from outside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ews_world.h"

#define GET_INBOX                                                                                  \
    "<m:GetFolder>" EWS_FOLDER_ID "<m:FolderIds><t:DistinguishedFolderId Id=\"inbox\"/>"           \
    "</m:FolderIds></m:GetFolder>"
#define INBOX_OF                                                                                   \
    "<m:GetFolder>" EWS_FOLDER_ID "<m:FolderIds><t:DistinguishedFolderId Id=\"inbox\"><t:Mailbox>" \
    "<t:EmailAddress>%s</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId></m:FolderIds>"      \
    "</m:GetFolder>"

static void without_the_right_password_nobody_comes_in(void **state) {
    (void)state;
    static const struct {
        const char *credentials;
        uint64_t refusals; /* so far */
    } cases[] = {
        {NULL, 0},                       /* only asks what is offered */
        {"c3ZjLXVtenVnOmZhbHNjaA==", 1}, /* svc-umzug:falsch */
        {"bmllbWFuZDprcmFuaWNo", 2},     /* niemand:kranich */
        {"!!!", 2},
    };
    struct ews_world world;
    ews_world_open(&world);
    ews_world_start(&world);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ews_world_post(&world, cases[i].credentials, STR("<x/>"));
        assert_int_equal(world.status, 401);
        assert_non_null(strstr(buffer_text(&world.raw), "WWW-Authenticate: Basic realm="));
        assert_int_equal(world.end, SESSION_READ);
        assert_int_equal(ews_world_facts(&world, FACT_SESSION_REFUSED, 0), cases[i].refusals);
    }
    ews_world_send(&world, STR("GET /EWS/Exchange.asmx HTTP/1.1\r\nHost: x\r\nAuthorization: Basic "
                               "TEFORFNIXHN2Yy11bXp1ZzprcmFuaWNo\r\n\r\n")); /* LANDSH\svc-umzug */
    assert_int_equal(world.status, 200);
    ews_world_send(&world, STR("GET /owa HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_int_equal(world.status, 404);
    ews_world_close(&world);
}

static void impersonation_opens_one_mailbox_and_says_which(void **state) {
    (void)state;
    struct ews_world world;
    ews_world_open(&world);
    ews_world_start(&world);
    ews_world_ask(&world, 3, GET_INBOX);
    ews_world_ask(&world, 3, GET_INBOX);
    assert_int_equal(ews_world_facts(&world, FACT_SESSION_OPENED, 3), 1);
    assert_int_equal(ews_world_facts(&world, FACT_SESSION_OPENED, 0), 1);
    ews_world_ask(&world, 4, GET_INBOX);
    assert_int_equal(ews_world_facts(&world, FACT_SESSION_OPENED, 4), 1);
    ews_world_connect(&world);
    ews_world_ask(&world, 3, GET_INBOX);
    assert_int_equal(ews_world_facts(&world, FACT_SESSION_OPENED, 3), 2);
    ews_world_close(&world);
}

static void an_account_acts_only_within_its_scope(void **state) {
    (void)state;
    static const uint32_t scope[] = {1, 2};
    struct ews_world world;
    ews_world_open(&world);
    world.account.scope = scope;
    world.account.scope_count = 2;
    ews_world_start(&world);
    ews_world_ask(&world, 2, GET_INBOX);
    assert_int_equal(world.status, 200);
    ews_world_ask(&world, 3, GET_INBOX);
    assert_int_equal(world.status, 500);
    ews_world_expect(&world, "//s:Fault/faultcode", "a:ErrorImpersonateUserDenied");
    ews_world_expect(&world, "//e:ResponseCode", "ErrorImpersonateUserDenied");
    assert_int_equal(ews_world_count(&world, "//s:Header"), 0);
    assert_int_equal(ews_world_facts(&world, FACT_SESSION_REFUSED, 3), 1);
    ews_world_close(&world);
}

static void impersonation_is_refused_by_reason(void **state) {
    (void)state;
    static const struct {
        const char *sid, *code;
    } cases[] = {
        {"<t:PrimarySmtpAddress>nobody@nowhere.example</t:PrimarySmtpAddress>",
         "ErrorNonExistentMailbox"},
        {"<t:SID>S-1-5-21</t:SID>", "ErrorInvalidExchangeImpersonationHeaderData"},
        {"<t:PrimarySmtpAddress/>", "ErrorInvalidExchangeImpersonationHeaderData"},
        {"", "ErrorInvalidExchangeImpersonationHeaderData"},
    };
    struct ews_world world;
    ews_world_open(&world);
    ews_world_start(&world);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buffer body = {0};
        buffer_printf(&body,
                      "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "
                      "xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\" "
                      "xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/messages\">"
                      "<s:Header><t:ExchangeImpersonation><t:ConnectingSID>%s</t:ConnectingSID>"
                      "</t:ExchangeImpersonation></s:Header><s:Body>" GET_INBOX
                      "</s:Body></s:Envelope>",
                      cases[i].sid);
        ews_world_post(&world, "c3ZjLXVtenVnOmtyYW5pY2g=", buffer_str(&body));
        assert_int_equal(world.status, 500);
        ews_world_expect(&world, "//e:ResponseCode", cases[i].code);
        buffer_release(&body);
    }
    ews_world_close(&world);
}

static void another_mailbox_opens_only_to_those_with_a_right(void **state) {
    (void)state;
    struct ews_world world;
    ews_world_open(&world);
    ews_world_start(&world);
    uint32_t functional = 0, owner = 0, stranger = 0;
    uint32_t count = population_mailbox_count(world.population);
    for (uint32_t i = 1; i <= count; i++)
        if (population_mailbox(world.population, i)->kind == MAILBOX_FUNCTIONAL)
            functional = i;
    assert_int_not_equal(functional, 0);
    const struct fixture_mailbox *mailbox = population_mailbox(world.population, functional);
    owner = mailbox->principals[0];
    for (uint32_t i = 1; i <= count && stranger == 0; i++) {
        bool may = population_mailbox(world.population, i)->kind != MAILBOX_PERSONAL;
        for (uint32_t j = 0; j < mailbox->principal_count; j++)
            may |= mailbox->principals[j] == i;
        if (!may)
            stranger = i;
    }
    char ask[600];
    snprintf(ask, sizeof ask, INBOX_OF, mailbox->address);
    ews_world_ask(&world, owner, ask);
    ews_world_expect(&world, "//m:ResponseCode", "NoError");
    assert_int_equal(ews_world_facts(&world, FACT_SESSION_OPENED, functional), 1);
    char *id = ews_world_text(&world, "//t:FolderId/@Id", 0);
    if (stranger != 0) {
        ews_world_ask(&world, stranger, ask);
        ews_world_expect(&world, "//m:ResponseCode", "ErrorAccessDenied");
        snprintf(ask, sizeof ask,
                 "<m:GetFolder>" EWS_FOLDER_ID "<m:FolderIds><t:FolderId Id=\"%s\"/>"
                 "</m:FolderIds></m:GetFolder>",
                 id);
        ews_world_ask(&world, stranger, ask);
        ews_world_expect(&world, "//m:ResponseCode", "ErrorFolderNotFound");
        ews_world_ask(&world, functional, ask); /* the id itself says where it belongs */
        ews_world_expect(&world, "//t:FolderId/@Id", id);
    }
    free(id);
    ews_world_ask(&world, 0, GET_INBOX); /* the service account has no mailbox */
    ews_world_expect(&world, "//m:ResponseCode", "ErrorMissingEmailAddress");
    ews_world_close(&world);
}

static void names_are_resolved_and_homonyms_are_told(void **state) {
    (void)state;
    struct ews_world world;
    ews_world_open(&world);
    ews_world_start(&world);
    static const struct {
        const char *entry, *code;
    } cases[] = {
        {"nobody at all", "ErrorNameResolutionNoResults"},
        {"(", "ErrorNameResolutionMultipleResults"}, /* "Köhler, Britta (FA Plön)" */
        {"", NULL},
    };
    char ask[400];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(ask, sizeof ask,
                 "<m:ResolveNames ReturnFullContactData=\"false\"><m:UnresolvedEntry>%s"
                 "</m:UnresolvedEntry></m:ResolveNames>",
                 cases[i].entry);
        ews_world_ask(&world, 1, ask);
        assert_int_equal(world.status, cases[i].code == NULL ? 500 : 200);
        ews_world_expect(&world, "//m:ResponseCode", cases[i].code == NULL ? "" : cases[i].code);
    }
    snprintf(ask, sizeof ask,
             "<m:ResolveNames><m:UnresolvedEntry>SMTP:%s</m:UnresolvedEntry></m:ResolveNames>",
             ews_world_address(&world, 5));
    ews_world_ask(&world, 1, ask);
    ews_world_expect(&world, "//t:EmailAddress", ews_world_address(&world, 5));
    ews_world_expect(&world, "//m:ResolutionSet/@TotalItemsInView", "1");
    ews_world_close(&world);
}

static void a_spent_budget_is_told_and_comes_back(void **state) {
    (void)state;
    for (int in_message = 0; in_message < 2; in_message++) {
        struct ews_world world;
        ews_world_open(&world);
        world.options.throttling = (struct exchange_throttling){
            .requests = 4, .window = MINUTE, .delay = 500, .in_message = in_message == 1};
        ews_world_start(&world);
        for (int i = 0; i < 4; i++) {
            world.session->work = 0;
            ews_world_ask(&world, 1, GET_INBOX);
            assert_int_equal(world.status, 200);
            assert_int_equal(world.session->work, i < 2 ? 0 : 500);
        }
        world.clock.now += 20 * SECOND;
        ews_world_ask(&world, 1, GET_INBOX);
        assert_int_equal(world.status, in_message == 1 ? 200 : 500);
        ews_world_expect(&world, in_message == 1 ? "//m:ResponseCode" : "//e:ResponseCode",
                         "ErrorServerBusy");
        ews_world_expect(&world, "//t:Value[@Name='BackOffMilliseconds']", "40000");
        ews_world_ask(&world, 2, GET_INBOX); /* another mailbox has a budget of its own */
        ews_world_expect(&world, "//m:ResponseCode", "NoError");
        world.clock.now += 40 * SECOND;
        ews_world_ask(&world, 1, GET_INBOX);
        ews_world_expect(&world, "//m:ResponseCode", "NoError");
        ews_world_close(&world);
    }
}

/* ---- Faults ---- */

struct trouble {
    const char *kind;
    uint32_t mailbox; /* the last one asked about */
};

static bool is_trouble(struct trouble *trouble, const char *kind, uint32_t mailbox) {
    trouble->mailbox = mailbox;
    return strcmp(trouble->kind, kind) == 0;
}

static bool strike_login_page(void *of, uint32_t mailbox) {
    return is_trouble(of, "login page", mailbox);
}

static int64_t strike_busy(void *of, uint32_t mailbox) {
    return is_trouble(of, "busy", mailbox) ? 90 * SECOND : 0;
}

static bool strike_drops(void *of, uint32_t mailbox) {
    return is_trouble(of, "drops", mailbox);
}

static bool strike_expires(void *of, uint32_t mailbox) {
    return is_trouble(of, "expires", mailbox);
}

static bool strike_denies(void *of, uint32_t mailbox) {
    return is_trouble(of, "denies", mailbox);
}

static bool strike_falls_back(void *of, uint32_t mailbox) {
    return is_trouble(of, "falls back", mailbox);
}

static uint32_t strike_answers_for(void *of, uint32_t mailbox) {
    return is_trouble(of, "answers for", mailbox) ? 5 : 0;
}

static bool strike_hides(void *of, uint32_t mailbox, const struct store_item *item) {
    return is_trouble(of, "hides", mailbox) && item->uid % 2 == 0;
}

static bool strike_hides_folder(void *of, uint32_t mailbox, struct str path) {
    return is_trouble(of, "hides folder", mailbox) && str_equal_text(path, "Sent");
}

static uint32_t strike_exposes(void *of, uint32_t mailbox) {
    return is_trouble(of, "exposes", mailbox) ? 6 : 0;
}

static bool strike_unreadable(void *of, uint32_t mailbox, const struct store_item *item) {
    (void)item;
    return is_trouble(of, "unreadable", mailbox);
}

static bool strike_cuts(void *of, uint32_t mailbox, const struct store_item *item) {
    (void)item;
    return is_trouble(of, "cuts", mailbox);
}

static void trouble_start(struct ews_world *world, struct trouble *trouble) {
    ews_world_open(world);
    ews_world_start(world);
    exchange_disturb(world->exchange, &(struct exchange_disturbance){
                                          .of = trouble,
                                          .login_page = strike_login_page,
                                          .busy = strike_busy,
                                          .drops = strike_drops,
                                          .expires = strike_expires,
                                          .denies = strike_denies,
                                          .falls_back = strike_falls_back,
                                          .answers_for = strike_answers_for,
                                          .exposes = strike_exposes,
                                          .hides_folder = strike_hides_folder,
                                          .hides = strike_hides,
                                          .unreadable = strike_unreadable,
                                          .cuts = strike_cuts,
                                      });
}

static void troubles_of_a_request_look_as_real_ones_do(void **state) {
    (void)state;
    static const struct {
        const char *kind;
        enum session_next end;
        unsigned status;
        const char *holds;
        uint32_t opened; /* the mailbox really opened */
    } cases[] = {
        {"none", SESSION_READ, 200, "NoError", 2},
        {"login page", SESSION_READ, 200, "text/html", 2},
        {"busy", SESSION_READ, 500, "\"BackOffMilliseconds\">90000<", 2},
        {"drops", SESSION_RESET, 0, "", 2},
        {"expires", SESSION_READ, 401, "WWW-Authenticate", 2},
        {"denies", SESSION_READ, 500, "ErrorImpersonateUserDenied", 0},
        {"falls back", SESSION_READ, 200, "ErrorMissingEmailAddress", 0},
        {"answers for", SESSION_READ, 200, "NoError", 5},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ews_world world;
        struct trouble trouble = {.kind = cases[i].kind};
        trouble_start(&world, &trouble);
        ews_world_ask(&world, 2, GET_INBOX);
        assert_int_equal(world.end, cases[i].end);
        assert_int_equal(world.status, cases[i].status);
        assert_non_null(strstr(buffer_text(&world.raw), cases[i].holds));
        for (uint32_t mailbox = 1; mailbox <= 8; mailbox++)
            assert_int_equal(ews_world_facts(&world, FACT_SESSION_OPENED, mailbox),
                             mailbox == cases[i].opened);
        assert_int_equal(trouble.mailbox, 2);
        ews_world_close(&world);
    }
}

static void troubles_of_lists_are_silent(void **state) {
    (void)state;
    static const char find_items[] =
        "<m:FindItem Traversal=\"Shallow\">" EWS_SHAPE_ID "<m:ParentFolderIds>"
        "<t:DistinguishedFolderId Id=\"inbox\"/></m:ParentFolderIds></m:FindItem>";
    static const char find_folders[] =
        "<m:FindFolder Traversal=\"Deep\">" EWS_FOLDER_ID "<m:ParentFolderIds>"
        "<t:DistinguishedFolderId Id=\"msgfolderroot\"/></m:ParentFolderIds></m:FindFolder>";
    struct ews_world world;
    struct trouble trouble = {.kind = "none"};
    trouble_start(&world, &trouble);
    ews_world_deliver(&world, 1, world.clock.now, 10);
    uint32_t folders, foreign;
    (void)population_folders(world.population, 1, &folders);
    (void)population_folders(world.population, 6, &foreign);
    ews_world_ask(&world, 1, find_items);
    int items = ews_world_count(&world, "//t:ItemId");
    trouble.kind = "hides";
    ews_world_ask(&world, 1, find_items);
    ews_world_expect(&world, "//m:ResponseCode", "NoError");
    assert_true(ews_world_count(&world, "//t:ItemId") < items);
    trouble.kind = "hides folder";
    ews_world_ask(&world, 1, find_folders);
    assert_int_equal(ews_world_count(&world, "//t:FolderId"), folders + 5 - 1);
    trouble.kind = "exposes";
    ews_world_ask(&world, 1, find_folders);
    assert_int_equal(ews_world_count(&world, "//t:FolderId"), folders + 5 + foreign + 5);
    assert_int_equal(ews_world_facts(&world, FACT_SESSION_OPENED, 6), 1);
    ews_world_close(&world);
}

static void troubles_of_a_message_hit_that_message(void **state) {
    (void)state;
    struct ews_world world;
    struct trouble trouble = {.kind = "unreadable"};
    trouble_start(&world, &trouble);
    ews_world_deliver(&world, 1, world.clock.now, 1);
    ews_world_ask(&world, 1,
                  "<m:FindItem Traversal=\"Shallow\">" EWS_SHAPE_ID "<m:ParentFolderIds>"
                  "<t:DistinguishedFolderId Id=\"inbox\"/></m:ParentFolderIds></m:FindItem>");
    char *id = ews_world_text(&world, "//t:ItemId/@Id", 0);
    char ask[900];
    snprintf(ask, sizeof ask,
             "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:IncludeMimeContent>1"
             "</t:IncludeMimeContent></m:ItemShape><m:ItemIds><t:ItemId Id=\"%s\"/><t:ItemId "
             "Id=\"%s\"/></m:ItemIds></m:GetItem>",
             id, id);
    ews_world_ask(&world, 1, ask);
    ews_world_expect(&world, "//m:ResponseCode", "ErrorMimeContentConversionFailed");
    assert_int_equal(ews_world_facts(&world, FACT_ITEM_DOWNLOADED, 1), 0);
    trouble.kind = "cuts";
    ews_world_ask(&world, 1, ask);
    assert_int_equal(world.end, SESSION_RESET);
    assert_non_null(strstr(buffer_text(&world.raw), "<t:MimeContent CharacterSet=\"UTF-8\">"));
    assert_null(strstr(buffer_text(&world.raw), "</t:MimeContent>"));
    assert_null(strstr(buffer_text(&world.raw), "\r\n0\r\n\r\n"));
    free(id);
    ews_world_close(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_the_right_password_nobody_comes_in),
        cmocka_unit_test(impersonation_opens_one_mailbox_and_says_which),
        cmocka_unit_test(an_account_acts_only_within_its_scope),
        cmocka_unit_test(impersonation_is_refused_by_reason),
        cmocka_unit_test(another_mailbox_opens_only_to_those_with_a_right),
        cmocka_unit_test(names_are_resolved_and_homonyms_are_told),
        cmocka_unit_test(a_spent_budget_is_told_and_comes_back),
        cmocka_unit_test(troubles_of_a_request_look_as_real_ones_do),
        cmocka_unit_test(troubles_of_lists_are_silent),
        cmocka_unit_test(troubles_of_a_message_hit_that_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
