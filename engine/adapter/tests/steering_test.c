/* Directory, provisioning and gateway: the three that steer rather than carry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "../../base/check.h"
#include "../adapters.h"
#include "plain_platform.h"
#include "scripted.h"

static struct plain_platform platform;
static struct scripted *server;
static struct error error;

static int group_begin(void **state) {
    (void)state;
    adapters_begin();
    platform = plain_platform();
    return 0;
}

static int group_end(void **state) {
    (void)state;
    adapters_end();
    return 0;
}

/* ---- directory --------------------------------------------------------------------------------
 */

#define SCIM      "application/scim+json"
#define EXTENSION "\"urn:ietf:params:scim:schemas:extension:landesmail:2.0:User\":"
#define RECORD(version, home)                                                                      \
    "{\"schemas\":[\"x\"],\"id\":\"u/17\",\"meta\":{\"version\":\"" version "\"},\"emails\":["     \
    "{\"value\":\"alt@example.org\"},{\"value\":\"anna@example.org\",\"primary\":true}]"           \
    "," EXTENSION "{\"key\":\"k-1\",\"login\":\"anna\",\"home\":\"" home "\"}}"
#define LIST(total, records) "{\"totalResults\":" total ",\"Resources\":[" records "]}"

static struct directory *directory;

static void begin_directory(const struct scripted_step *steps) {
    char url[64];
    server = scripted_start(steps, 0);
    error = (struct error){0};
    snprintf(url, sizeof url, "http://127.0.0.1:%u/scim/v2", (unsigned)scripted_port(server));
    struct scim_directory_options options = {.platform = &platform.platform,
                                             .url = url,
                                             .user = "umzug",
                                             .password = "mowe",
                                             .timeout = 300 * MILLISECOND};
    assert_int_equal(scim_directory_open(&options, &directory, &error), STATUS_OK);
}

static void finish_directory(struct buffer *heard) {
    directory->type->free(&directory);
    assert_true(scripted_end(&server, heard));
}

static void one_record_is_found_and_none_or_two_are_told_apart(void **state) {
    (void)state;
    char deep[400] = "";
    memset(deep, '[', 300);
    const struct {
        const char *answer;
        enum status status;
    } cases[] = {
        {scripted_http(200, SCIM, "", LIST("1", RECORD("W/\\\"3\\\"", "exchange"))), STATUS_OK},
        {scripted_http(200, SCIM, "", LIST("0", "")), STATUS_NOT_FOUND},
        {scripted_http(200, SCIM, "",
                       LIST("2", RECORD("1", "exchange") "," RECORD("2", "exchange"))),
         STATUS_INVALID},
        {scripted_http(200, SCIM, "", LIST("1", "")), STATUS_PROTOCOL},
        {scripted_http(200, SCIM, "", LIST("1", RECORD("1", "moon"))), STATUS_PROTOCOL},
        {scripted_http(200, SCIM, "", LIST("1", "{\"id\":\"u\"}")), STATUS_PROTOCOL},
        {scripted_http(200, SCIM, "", "{}"), STATUS_PROTOCOL},
        {scripted_http(200, SCIM, "", "[1,"), STATUS_PROTOCOL},
        {scripted_http(200, SCIM, "", deep), STATUS_PROTOCOL},
        {scripted_http(200, "text/html", "", "log in"), STATUS_PROTOCOL},
        {scripted_http(401, SCIM, "", "{}"), STATUS_DENIED},
        {scripted_http(404, SCIM, "", "{}"), STATUS_PROTOCOL},
        {scripted_http(503, SCIM, "", "{}"), STATUS_BUSY},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct scripted_step steps[] = {{"\r\n\r\n", cases[i].answer, 0}, {0}};
        struct directory_entry entry;
        struct buffer heard = {0};
        begin_directory(steps);
        enum status status =
            directory->type->find(directory, "anna\"x@example.org", &entry, &error);
        assert_int_equal(status, cases[i].status);
        if (status == STATUS_OK) {
            assert_string_equal(entry.id, "u/17");
            assert_string_equal(entry.version, "W/\"3\"");
            assert_string_equal(entry.key, "k-1");
            assert_string_equal(entry.login, "anna");
            assert_string_equal(entry.address, "anna@example.org");
            assert_int_equal(entry.home, HOME_EXCHANGE);
        }
        finish_directory(&heard);
        assert_non_null(strstr(buffer_text(&heard), "GET /scim/v2/Users?filter=emails%20eq%20%22"
                                                    "anna%5C%22x%40example.org%22 HTTP/1.1\r\n"));
        buffer_release(&heard);
    }
}

static void a_home_changes_only_from_the_version_that_was_read(void **state) {
    (void)state;
    const char *old = scripted_http(200, SCIM, "", RECORD("3", "exchange"));
    const char *new = scripted_http(200, SCIM, "", RECORD("4", "openxchange"));
    const char *other = scripted_http(200, SCIM, "", RECORD("5", "exchange"));
    const char *empty = "HTTP/1.1 204 No Content\r\n\r\n";
    const struct {
        struct scripted_step steps[4];
        enum status status;
        const char *version;
    } cases[] = {
        {{{"}]}", new, 0}}, STATUS_OK, "4"},
        {{{"}]}", empty, 0}, {"GET", new, 0}}, STATUS_OK, "4"},
        {{{"}]}", scripted_http(412, SCIM, "", "{}"), 0}}, STATUS_CONFLICT, "3"},
        {{{"}]}", scripted_http(404, SCIM, "", "{}"), 0}}, STATUS_NOT_FOUND, "3"},
        {{{"}]}", old, 0}}, STATUS_PROTOCOL, "3"},
        /* The answer is lost; the record says what became of it. */
        {{{"}]}", NULL, SCRIPTED_HANG_UP}, {"GET", new, 0}}, STATUS_OK, "4"},
        {{{"}]}", NULL, SCRIPTED_HANG_UP}, {"GET", old, 0}}, STATUS_NETWORK, "3"},
        {{{"}]}", NULL, SCRIPTED_HANG_UP}, {"GET", other, 0}}, STATUS_CONFLICT, "3"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct directory_entry entry = {
            .id = "u/17", .version = "3", .address = "anna@example.org"};
        struct buffer heard = {0};
        begin_directory(cases[i].steps);
        enum status status = directory->type->set_home(directory, &entry, HOME_OPENXCHANGE, &error);
        if (status != cases[i].status)
            print_message("case %zu: %s\n", i, error.text);
        assert_int_equal(status, cases[i].status);
        assert_string_equal(entry.version, cases[i].version);
        finish_directory(&heard);
        assert_non_null(strstr(buffer_text(&heard), "PATCH /scim/v2/Users/u%2F17 HTTP/1.1\r\n"));
        assert_non_null(strstr(buffer_text(&heard), "If-Match: 3\r\n"));
        assert_non_null(strstr(buffer_text(&heard), ":User:home\",\"value\":\"openxchange\"}]}"));
        buffer_release(&heard);
    }
}

/* ---- provisioning -----------------------------------------------------------------------------
 */

#define SOAP(body)                                                                                 \
    "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>" body     \
    "</soap:Body></soap:Envelope>"
#define DATA(fields)                                                                               \
    SOAP("<getDataResponse xmlns=\"http://soap.admin.openexchange.com\"><return "                  \
         "xmlns:d=\"http://dataobjects.soap.admin.openexchange.com/xsd\">" fields                  \
         "</return></getDataResponse>")
#define OX_FAULT(name)                                                                             \
    SOAP("<soap:Fault><faultcode>soap:Server</faultcode><faultstring>no</faultstring><detail>"     \
         "<n:" name " xmlns:n=\"urn:n\"><n:message>x</n:message></n:" name                         \
         "></detail></soap:Fault>")

static struct provisioning *provisioning;

static void begin_provisioning(const struct scripted_step *steps) {
    char url[80];
    server = scripted_start(steps, 0);
    error = (struct error){0};
    snprintf(url, sizeof url, "http://127.0.0.1:%u/webservices/OXUserService",
             (unsigned)scripted_port(server));
    struct ox_provisioning_options options = {.platform = &platform.platform,
                                              .url = url,
                                              .admin = "oxadmin",
                                              .password = "her<ing",
                                              .context = 1,
                                              .timeout = SECOND};
    assert_int_equal(ox_provisioning_open(&options, &provisioning, &error), STATUS_OK);
}

static void finish_provisioning(struct buffer *heard) {
    provisioning->type->free(&provisioning);
    assert_true(scripted_end(&server, heard));
}

static void an_account_is_read_as_it_stands(void **state) {
    (void)state;
    const struct {
        int code;
        const char *answer;
        enum status status;
        struct account account;
    } cases[] = {
        {200,
         DATA(
             "<d:name>anna</d:name><d:imapLogin>anna-imap</d:imapLogin><d:maxQuota>200</d:maxQuota>"
             "<d:primaryEmail>anna@example.org</d:primaryEmail><d:mailenabled>true</d:mailenabled>"
             "<d:userAttributes><d:name>other</d:name></d:userAttributes>"
             "<d:userfield01>k-1</d:userfield01>"),
         STATUS_OK,
         {"anna-imap", "anna@example.org", "k-1", true, 200ULL << 20}},
        {200,
         DATA("<d:name>anna</d:name><d:maxQuota>-1</d:maxQuota><d:mailenabled>false"
              "</d:mailenabled>"),
         STATUS_OK,
         {"anna", "", "", false, 0}},
        {200,
         DATA("<d:name>bernd</d:name><d:mailenabled>true</d:mailenabled>"),
         STATUS_PROTOCOL,
         {.login = ""}},
        {200, DATA("<d:name>anna</d:name>"), STATUS_PROTOCOL, {.login = ""}},
        {200, SOAP("<getDataResponse xmlns=\"x\"/>"), STATUS_NOT_FOUND, {.login = ""}},
        {500, OX_FAULT("NoSuchUserException"), STATUS_NOT_FOUND, {.login = ""}},
        {500, OX_FAULT("InvalidCredentialsException"), STATUS_DENIED, {.login = ""}},
        {500, OX_FAULT("InvalidDataException"), STATUS_INVALID, {.login = ""}},
        {500, OX_FAULT("StorageException"), STATUS_BUSY, {.login = ""}},
        {500, OX_FAULT("OddException"), STATUS_PROTOCOL, {.login = ""}},
        {503, "later", STATUS_BUSY, {.login = ""}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct scripted_step steps[] = {
            {"Envelope>",
             scripted_http(cases[i].code, "text/xml;charset=UTF-8", "", cases[i].answer), 0},
            {0}};
        struct account account;
        begin_provisioning(steps);
        enum status status = provisioning->type->find(provisioning, "anna", &account, &error);
        if (status != cases[i].status)
            print_message("case %zu: %s\n", i, error.text);
        assert_int_equal(status, cases[i].status);
        assert_string_equal(account.login, cases[i].account.login);
        assert_string_equal(account.address, cases[i].account.address);
        assert_string_equal(account.key, cases[i].account.key);
        assert_int_equal(account.open, cases[i].account.open);
        assert_int_equal(account.quota_bytes, cases[i].account.quota_bytes);
        finish_provisioning(NULL);
    }
}

static void opening_and_closing_says_only_what_changes(void **state) {
    (void)state;
    const char *done =
        scripted_http(200, "text/xml", "",
                      SOAP("<changeResponse xmlns=\"http://soap.admin.openexchange.com\"/>"));
    const char *odd = scripted_http(200, "text/xml", "", SOAP("<x/>"));
    struct buffer heard = {0};
    const struct scripted_step steps[] = {
        {"Envelope>", done, 0}, {"Envelope>", done, 0}, {"Envelope>", odd, 0}, {0}};
    begin_provisioning(steps);
    const struct provisioning_type *type = provisioning->type;
    assert_int_equal(type->set_open(provisioning, "an&na", true, &error), STATUS_OK);
    assert_int_equal(type->set_open(provisioning, "anna", false, &error), STATUS_OK);
    assert_int_equal(type->set_open(provisioning, "anna", false, &error), STATUS_PROTOCOL);
    finish_provisioning(&heard);
    const char *text = buffer_text(&heard);
    assert_non_null(strstr(text, "SOAPAction: urn:change\r\n"));
    assert_non_null(strstr(text,
                           "<o:ctx><d:id>1</d:id></o:ctx><o:usrdata><d:name>an&amp;na</d:name>"
                           "<d:mailenabled>true</d:mailenabled></o:usrdata><o:auth><c:login>"
                           "oxadmin</c:login><c:password>her&lt;ing</c:password></o:auth>"));
    assert_non_null(strstr(text, "<d:mailenabled>false</d:mailenabled>"));
    buffer_release(&heard);
}

/* ---- gateway ----------------------------------------------------------------------------------
 */

static char folder[64], path[80], journal[96];
static struct gateway *gateway;
static sqlite3 *other; /* what the gateway itself would do */

static void begin_gateway(void) {
    strcpy(folder, "/tmp/gateway-test.XXXXXX");
    check(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/table", folder);
    snprintf(journal, sizeof journal, "%s-journal", path); /* the gateway keeps its journal */
    platform = plain_platform();
    error = (struct error){0};
    struct gateway_table_options options = {.platform = &platform.platform, .path = path};
    assert_int_equal(gateway_table_open(&options, &gateway, &error), STATUS_OK);
    check(sqlite3_open(path, &other) == SQLITE_OK);
}

static void finish_gateway(void) {
    gateway->type->free(&gateway);
    sqlite3_close(other);
    unlink(path);
    unlink(journal);
    assert_int_equal(rmdir(folder), 0);
}

static void other_does(const char *sql) {
    char *message = NULL;
    if (sqlite3_exec(other, sql, NULL, NULL, &message) != SQLITE_OK)
        print_message("%s: %s\n", sql, message);
    assert_null(message);
}

static const char *const both[] = {"anna@example.org", "bernd@example.org"};

static void holds_routes_and_releases_are_what_was_said(void **state) {
    (void)state;
    bool held;
    enum home home;
    begin_gateway();
    const struct gateway_type *type = gateway->type;
    assert_int_equal(type->is_held(gateway, both[0], &held, &error), STATUS_OK);
    assert_false(held);
    assert_int_equal(type->route_of(gateway, both[0], &home, &error), STATUS_NOT_FOUND);
    assert_int_equal(type->hold(gateway, both, 2, true, &error), STATUS_OK);
    assert_int_equal(type->hold(gateway, both, 2, true, &error), STATUS_OK);
    assert_int_equal(type->is_held(gateway, both[1], &held, &error), STATUS_OK);
    assert_true(held);
    assert_int_equal(type->hold(gateway, both, 1, false, &error), STATUS_OK);
    assert_int_equal(type->is_held(gateway, both[0], &held, &error), STATUS_OK);
    assert_false(held);
    assert_int_equal(type->route(gateway, both, 2, HOME_EXCHANGE, &error), STATUS_OK);
    assert_int_equal(type->route(gateway, both, 1, HOME_OPENXCHANGE, &error), STATUS_OK);
    assert_int_equal(type->route_of(gateway, both[0], &home, &error), STATUS_OK);
    assert_int_equal(home, HOME_OPENXCHANGE);
    assert_int_equal(type->route_of(gateway, both[1], &home, &error), STATUS_OK);
    assert_int_equal(home, HOME_EXCHANGE);
    other_does("UPDATE transport SET nexthop = 'smtp:[elsewhere]'");
    assert_int_equal(type->route_of(gateway, both[1], &home, &error), STATUS_INVALID);
    assert_int_equal(type->release(gateway, both, 2, &error), STATUS_OK);
    assert_int_equal(type->release(gateway, both, 2, &error), STATUS_OK);
    finish_gateway();
}

static void counts_are_of_one_recipient_or_of_all_since_then(void **state) {
    (void)state;
    struct gateway_count count;
    begin_gateway();
    const struct gateway_type *type = gateway->type;
    assert_int_equal(type->count(gateway, NULL, 0, &count, &error), STATUS_OK);
    assert_int_equal(count.oldest_held, INSTANT_NEVER);
    other_does("INSERT INTO queue VALUES (1,'anna@example.org','hold',100,9),"
               "(2,'anna@example.org','active',50,9),(3,'bernd@example.org','hold',90,9);"
               "INSERT INTO journal VALUES (1,'anna@example.org','accepted',99),"
               "(1,'anna@example.org','accepted',100),(1,'anna@example.org','held',100),"
               "(2,'anna@example.org','delivered',101),(3,'bernd@example.org','bounced',120),"
               "(4,'bernd@example.org','released',120),(5,'bernd@example.org','odd',120)");
    assert_int_equal(type->count(gateway, both[0], 99 * SECOND + 1, &count, &error), STATUS_OK);
    assert_true(count.held == 1 && count.accepted == 1 && count.held_ever == 1 &&
                count.delivered == 1 && count.bounced == 0 && count.released == 0);
    assert_int_equal(count.oldest_held, 100 * SECOND);
    assert_int_equal(type->count(gateway, NULL, 0, &count, &error), STATUS_OK);
    assert_true(count.held == 2 && count.accepted == 2 && count.bounced == 1 &&
                count.released == 1);
    assert_int_equal(count.oldest_held, 90 * SECOND);
    finish_gateway();
}

static unsigned sleeps_until_free;

static void free_at_last(void *of) {
    (void)of;
    if (sleeps_until_free > 0 && --sleeps_until_free == 0)
        other_does("COMMIT");
}

static void a_busy_gateway_is_waited_for_outside_of_any_transaction(void **state) {
    (void)state;
    bool held;
    begin_gateway();
    platform.on_sleep = free_at_last;
    assert_int_equal(gateway->type->is_held(gateway, both[0], &held, &error), STATUS_OK);
    other_does("BEGIN EXCLUSIVE");
    sleeps_until_free = 3;
    assert_int_equal(gateway->type->hold(gateway, both, 2, true, &error), STATUS_OK);
    assert_int_equal(platform.sleeps, 3);
    assert_int_equal(gateway->type->is_held(gateway, both[1], &held, &error), STATUS_OK);
    assert_true(held);
    other_does("BEGIN EXCLUSIVE");
    sleeps_until_free = 0;
    assert_int_equal(gateway->type->hold(gateway, both, 2, false, &error), STATUS_BUSY);
    platform.sleep_status = STATUS_KILLED;
    assert_int_equal(gateway->type->hold(gateway, both, 2, false, &error), STATUS_KILLED);
    other_does("COMMIT");
    finish_gateway();
}

static void all_recipients_change_or_none(void **state) {
    (void)state;
    bool held;
    begin_gateway();
    const struct gateway_type *type = gateway->type;
    assert_int_equal(type->is_held(gateway, both[0], &held, &error), STATUS_OK);
    other_does("CREATE TRIGGER no BEFORE INSERT ON access WHEN NEW.recipient LIKE 'bernd%' "
               "BEGIN SELECT RAISE(ABORT, 'no'); END");
    assert_int_equal(type->hold(gateway, both, 2, true, &error), STATUS_STORAGE);
    other_does("DROP TRIGGER no");
    assert_int_equal(type->is_held(gateway, both[0], &held, &error), STATUS_OK);
    assert_false(held);
    assert_int_equal(type->hold(gateway, both, 2, true, &error), STATUS_OK);
    finish_gateway();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_record_is_found_and_none_or_two_are_told_apart),
        cmocka_unit_test(a_home_changes_only_from_the_version_that_was_read),
        cmocka_unit_test(an_account_is_read_as_it_stands),
        cmocka_unit_test(opening_and_closing_says_only_what_changes),
        cmocka_unit_test(holds_routes_and_releases_are_what_was_said),
        cmocka_unit_test(counts_are_of_one_recipient_or_of_all_since_then),
        cmocka_unit_test(a_busy_gateway_is_waited_for_outside_of_any_transaction),
        cmocka_unit_test(all_recipients_change_or_none),
    };
    return cmocka_run_group_tests(tests, group_begin, group_end);
}
