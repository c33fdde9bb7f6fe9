/*
 * Provisioning as requests and answers: whole answers for the shapes, and for each way to ask
 * wrongly the fault it gets. Everything is fed at once and in pieces.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "office.h"

/* The whole HTTP answer to a body, fed in pieces of `step`; `reset_r` tells whether the connection
 * broke. */
static void office_ask(struct office *office, size_t step, const char *body, struct buffer *out,
                       bool *reset_r) {
    struct session *session = provisioning_server_session(office->server, 1);
    struct buffer said = {0};
    buffer_clear(out);
    buffer_printf(&said,
                  "POST /webservices/OXUserService HTTP/1.1\r\nHost: ox\r\nContent-Type: "
                  "text/xml\r\nContent-Length: %zu\r\n\r\n%s",
                  strlen(body), body);
    enum session_next next = SESSION_READ;
    for (size_t at = 0; at < said.length && next == SESSION_READ; at += step) {
        size_t piece = said.length - at < step ? said.length - at : step;
        next = session->type->feed(session, said.data + at, piece, out);
    }
    *reset_r = next == SESSION_RESET;
    session->type->close(session);
    buffer_release(&said);
}

#define ENVELOPE(body)                                                                             \
    "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "                           \
    "xmlns:o=\"http://soap.admin.openexchange.com\" "                                              \
    "xmlns:d=\"http://dataobjects.soap.admin.openexchange.com/xsd\" "                              \
    "xmlns:c=\"http://dataobjects.rmi.admin.openexchange.com/xsd\"><s:Body>" body                  \
    "</s:Body></s:Envelope>"
#define CONTEXT               "<o:ctx><d:id>1</d:id></o:ctx>"
#define AUTH                  "<o:auth><c:login>oxadmin</c:login><c:password>hering</c:password></o:auth>"
#define CALL(operation, what) ENVELOPE("<o:" operation ">" CONTEXT what AUTH "</o:" operation ">")
#define USER(name)            "<o:user><d:name>" name "</d:name></o:user>"
#define CHANGE(name, what)                                                                         \
    CALL("change", "<o:usrdata><d:name>" name "</d:name>" what "</o:usrdata>")

static void answers_have_the_shapes_of_the_real_one(void **state) {
    (void)state;
    static const struct {
        const char *said, *answered; /* behind <soap:Body> */
    } cases[] = {
        {CALL("getData", USER("bkoehler")),
         "<ns1:getDataResponse xmlns:ns1=\"http://soap.admin.openexchange.com\" "
         "xmlns:ns2=\"http://dataobjects.soap.admin.openexchange.com/xsd\"><ns1:return>"
         "<ns2:aliases>a@amt.test</ns2:aliases>"
         "<ns2:display_name>K\303\266hler, B. &lt;Amt&gt;</ns2:display_name>"
         "<ns2:email1>a@amt.test</ns2:email1><ns2:given_name>B.</ns2:given_name><ns2:id>3</ns2:id>"
         "<ns2:imapLogin>bkoehler</ns2:imapLogin>"
         "<ns2:imapServerString>imap://10.0.0.2:143</ns2:imapServerString>"
         "<ns2:mailenabled>false</ns2:mailenabled><ns2:maxQuota>5</ns2:maxQuota>"
         "<ns2:name>bkoehler</ns2:name><ns2:primaryEmail>a@amt.test</ns2:primaryEmail>"
         "<ns2:sur_name>K\303\266hler</ns2:sur_name>"
         "<ns2:userfield01>00000000-0000-4000-8000-000000000001</ns2:userfield01></ns1:return>"
         "</ns1:getDataResponse></soap:Body></soap:Envelope>"},
        {CALL("exists", USER("m\303\274ller&amp;co")),
         "<ns1:existsResponse xmlns:ns1=\"http://soap.admin.openexchange.com\" "
         "xmlns:ns2=\"http://dataobjects.soap.admin.openexchange.com/xsd\">"
         "<ns1:return>true</ns1:return></ns1:existsResponse></soap:Body></soap:Envelope>"},
        {CALL("exists", USER("nobody")),
         "<ns1:existsResponse xmlns:ns1=\"http://soap.admin.openexchange.com\" "
         "xmlns:ns2=\"http://dataobjects.soap.admin.openexchange.com/xsd\">"
         "<ns1:return>false</ns1:return></ns1:existsResponse></soap:Body></soap:Envelope>"},
        {CALL("getData", USER("nobody")),
         "<soap:Fault><faultcode>soap:Server</faultcode>"
         "<faultstring>No such user nobody in context 1</faultstring><detail>"
         "<ns1:NoSuchUserException xmlns:ns1=\"http://soap.admin.openexchange.com\"/></detail>"
         "</soap:Fault></soap:Body></soap:Envelope>"},
        {"<x/>", "<soap:Fault><faultcode>soap:Client</faultcode><faultstring>Message part  was not "
                 "recognized</faultstring></soap:Fault></soap:Body></soap:Envelope>"},
    };
    struct office office;
    office_open(&office);
    struct buffer out = {0};
    bool reset;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t step = 1; step < 5000; step *= 60) {
            office_ask(&office, step, cases[i].said, &out, &reset);
            const char *body = strstr(buffer_text(&out), "<soap:Body>");
            assert_non_null(body);
            assert_string_equal(body + 11, cases[i].answered);
            assert_false(reset);
        }
    buffer_release(&out);
    office_close(&office);
}

static void wrong_requests_get_the_fault_they_deserve(void **state) {
    (void)state;
    static const struct {
        const char *said, *fault; /* a piece of the answer */
    } cases[] = {
        {"", "soap:Client"},
        {"<a", "soap:Client"},
        {"<!DOCTYPE a>" CALL("getData", USER("bkoehler")), "soap:Client"},
        {"<!DOCTYPE a [<!ENTITY b \"c\">]>"
         "<a>&b;</a>",
         "soap:Client"},
        {ENVELOPE("<o:getData/>"), "NoSuchContextException"},
        {ENVELOPE("<o:getData>" CONTEXT USER("bkoehler") "</o:getData>"),
         "InvalidCredentialsException"},
        {ENVELOPE("<o:getData>" CONTEXT USER(
             "bkoehler") "<o:auth><c:login>oxadmin</c:login><c:password>hecht</c:password></o:auth>"
                         "</o:getData>"),
         "InvalidCredentialsException"},
        {ENVELOPE("<o:getData><o:ctx><d:id>2</d:id></o:ctx>" USER("bkoehler") AUTH "</o:getData>"),
         "NoSuchContextException"},
        {CALL("getData", ""), "InvalidDataException"},
        {CALL("getData", "<o:user/>"), "InvalidDataException"},
        {CALL("getData", "<o:user><d:id>x</d:id></o:user>"), "InvalidDataException"},
        {CALL("getData", "<o:user><d:id>99</d:id></o:user>"), "NoSuchUserException"},
        {CALL("getData", "<o:user><name>bkoehler</name></o:user>"), "InvalidDataException"},
        {CALL("getData", USER("bkoehler") USER("bkoehler2")), "InvalidDataException"},
        {CALL("delete", USER("bkoehler")), "soap:Client"},
        {CHANGE("bkoehler", "<d:mailenabled>maybe</d:mailenabled>"), "soap:Client"},
        {CHANGE("bkoehler", "<d:sur_name>X</d:sur_name>"), "InvalidDataException"},
        {CHANGE("bkoehler", "<d:imapLogin>bkoehler2</d:imapLogin>"), "InvalidDataException"},
        {CHANGE("nobody", "<d:mailenabled>true</d:mailenabled>"), "NoSuchUserException"},
    };
    struct office office;
    office_open(&office);
    struct buffer out = {0};
    bool reset;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        office_ask(&office, 5000, cases[i].said, &out, &reset);
        assert_memory_equal(buffer_text(&out), "HTTP/1.1 500", 12);
        assert_non_null(strstr(buffer_text(&out), cases[i].fault));
    }
    buffer_release(&out);
    office_close(&office);
}

static bool count_logins(void *of, const struct fact *fact) {
    if (fact->kind == FACT_HOME_SET && fact->a == HOME_LOGIN && fact->process == 1)
        ((uint64_t *)of)[fact->system == SYSTEM_OPENXCHANGE]++;
    return true;
}

static void opening_an_account_is_a_fact_and_opening_it_again_is_none(void **state) {
    (void)state;
    struct office office;
    office_open(&office);
    struct buffer out = {0};
    bool reset;
    struct accounts *accounts = openxchange_accounts(office.openxchange);
    static const struct {
        const char *said;
        bool open;
    } cases[] = {
        {CHANGE("bkoehler2", "<d:mailenabled>true</d:mailenabled>"), true},
        {CHANGE("BKoehler2", "<d:mailenabled>1</d:mailenabled>"), true},
        {CALL("change",
              "<o:usrdata><d:id>4</d:id><d:mailenabled>false</d:mailenabled></o:usrdata>"),
         false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        office_ask(&office, 17, cases[i].said, &out, &reset);
        assert_non_null(strstr(buffer_text(&out), "<ns1:changeResponse"));
        assert_int_equal(accounts_by_mailbox(accounts, 2)->mail_enabled, cases[i].open);
    }
    uint64_t facts[2] = {0, 0};
    assert_int_equal(history_each_fact(office.history, count_logins, facts, NULL), STATUS_OK);
    assert_int_equal(facts[true], 1);
    assert_int_equal(facts[false], 1);

    office_ask(&office, 5000,
               CHANGE("bkoehler", "<d:imapLogin>neu</d:imapLogin><d:userfield01>k</d:userfield01>"
                                  "<d:password>geheim</d:password>"),
               &out, &reset);
    const struct account *account = accounts_by_login(accounts, STR("neu"));
    assert_non_null(account);
    assert_int_equal(account->mailbox, 1);
    assert_string_equal(account->key, "k");
    assert_string_equal(account->password, "geheim");
    assert_false(accounts_by_mailbox(accounts, 1)->mail_enabled);
    buffer_release(&out);
    office_close(&office);
}

static void disturbances_change_all_or_nothing(void **state) {
    (void)state;
    static const struct {
        enum provisioning_answer trouble;
        bool reset, changed;
    } cases[] = {
        {PROVISIONING_USUAL, false, true},
        {PROVISIONING_STORAGE_FAILS, false, false},
        {PROVISIONING_DROPS, true, false},
        {PROVISIONING_ANSWER_LOST, true, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct office office;
        office_open(&office);
        office.trouble = cases[i].trouble;
        struct buffer out = {0};
        bool reset;
        office_ask(&office, 5000, CHANGE("bkoehler2", "<d:mailenabled>true</d:mailenabled>"), &out,
                   &reset);
        assert_int_equal(reset, cases[i].reset);
        assert_int_equal(strstr(buffer_text(&out), "changeResponse") != NULL,
                         !cases[i].reset && cases[i].changed);
        assert_int_equal(
            accounts_by_mailbox(openxchange_accounts(office.openxchange), 2)->mail_enabled,
            cases[i].changed);
        buffer_release(&out);
        office_close(&office);
    }
}

static void lists_follow_their_pattern(void **state) {
    (void)state;
    static const struct {
        const char *said;
        size_t users;
    } cases[] = {
        {CALL("listAll", ""), 3},
        {CALL("list", "<o:search_pattern>*</o:search_pattern>"), 3},
        {CALL("list", "<o:search_pattern>bk*</o:search_pattern>"), 2},
        {CALL("list", "<o:search_pattern>*er*2</o:search_pattern>"), 1},
        {CALL("list", "<o:search_pattern>bkoehler</o:search_pattern>"), 1},
        {CALL("list", "<o:search_pattern>b**x*</o:search_pattern>"), 0},
        {CALL("list", ""), 0},
        {CALL("getMultipleData",
              "<o:users><d:id>3</d:id></o:users><o:users><d:id>5</d:id></o:users>"),
         2},
    };
    struct office office;
    office_open(&office);
    struct buffer out = {0};
    bool reset;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        office_ask(&office, 5000, cases[i].said, &out, &reset);
        size_t users = 0;
        for (const char *at = buffer_text(&out); (at = strstr(at, "<ns2:name>")) != NULL; at++)
            users++;
        assert_int_equal(users, cases[i].users);
    }
    buffer_release(&out);
    office_close(&office);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_have_the_shapes_of_the_real_one),
        cmocka_unit_test(wrong_requests_get_the_fault_they_deserve),
        cmocka_unit_test(opening_an_account_is_a_fact_and_opening_it_again_is_none),
        cmocka_unit_test(disturbances_change_all_or_nothing),
        cmocka_unit_test(lists_follow_their_pattern),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
