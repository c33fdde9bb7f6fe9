/*
 * The directory's truth and its copies, and SCIM as requests and answers. Requests are fed at once
 * and byte by byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <jansson.h>

#include "bureau.h"

static bool count_home(void *of, const struct fact *fact) {
    if (fact->kind == FACT_HOME_SET && fact->a == HOME_DIRECTORY && fact->process == 1)
        (*(int *)of)++;
    return true;
}

static int bureau_facts(struct bureau *bureau) {
    int count = 0;
    assert_int_equal(history_each_fact(bureau->history, count_home, &count, NULL), STATUS_OK);
    return count;
}

/* ---- Truth and copies ---- */

static void each_reader_sees_a_change_after_a_delay_of_its_own(void **state) {
    (void)state;
    struct bureau bureau;
    bureau_open(&bureau);
    const struct directory_party *directory = bureau.directory;
    assert_int_equal(
        directory_party_set_home(bureau.directory, 1, 2, DIRECTORY_ANY_VERSION, SYSTEM_OPENXCHANGE),
        STATUS_OK);
    instant changed = bureau.clock.now;
    static const struct {
        int64_t after;
        enum system exchange, gateway, persons;
    } cases[] = {
        {0, SYSTEM_EXCHANGE, SYSTEM_EXCHANGE, SYSTEM_EXCHANGE},
        {5 * SECOND - 1, SYSTEM_EXCHANGE, SYSTEM_EXCHANGE, SYSTEM_EXCHANGE},
        {5 * SECOND, SYSTEM_EXCHANGE, SYSTEM_OPENXCHANGE, SYSTEM_EXCHANGE},
        {30 * SECOND, SYSTEM_OPENXCHANGE, SYSTEM_OPENXCHANGE, SYSTEM_EXCHANGE},
        {15 * MINUTE, SYSTEM_OPENXCHANGE, SYSTEM_OPENXCHANGE, SYSTEM_OPENXCHANGE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bureau.clock.now = changed + cases[i].after;
        assert_int_equal(directory_party_home_now(directory, 2), SYSTEM_OPENXCHANGE);
        assert_int_equal(directory_party_home(directory, DIRECTORY_FOR_EXCHANGE, 2),
                         cases[i].exchange);
        assert_int_equal(directory_party_home(directory, DIRECTORY_FOR_GATEWAY, 2),
                         cases[i].gateway);
        assert_int_equal(directory_party_home(directory, DIRECTORY_FOR_PERSONS, 2),
                         cases[i].persons);
        assert_int_equal(directory_party_home(directory, DIRECTORY_FOR_EXCHANGE, 1),
                         SYSTEM_EXCHANGE);
    }
    /* Back again within one delay: nobody else may ever have seen it. */
    assert_int_equal(directory_party_set_home(bureau.directory, 1, 2, 2, SYSTEM_EXCHANGE),
                     STATUS_OK);
    assert_int_equal(directory_party_home(directory, DIRECTORY_FOR_EXCHANGE, 2),
                     SYSTEM_OPENXCHANGE);
    bureau.clock.now += 30 * SECOND;
    assert_int_equal(directory_party_home(directory, DIRECTORY_FOR_EXCHANGE, 2), SYSTEM_EXCHANGE);
    assert_int_equal(bureau_facts(&bureau), 2);
    bureau_close(&bureau);
}

static void the_second_of_two_who_saw_the_same_version_is_told(void **state) {
    (void)state;
    struct bureau bureau;
    bureau_open(&bureau);
    assert_int_equal(directory_party_set_home(bureau.directory, 1, 1, 1, SYSTEM_OPENXCHANGE),
                     STATUS_OK);
    assert_int_equal(directory_party_set_home(bureau.directory, 1, 1, 1, SYSTEM_EXCHANGE),
                     STATUS_CONFLICT);
    assert_int_equal(directory_party_set_home(bureau.directory, 1, 1, 2, SYSTEM_OPENXCHANGE),
                     STATUS_OK); /* there already */
    assert_int_equal(directory_party_record(bureau.directory, 1)->version, 2);
    assert_int_equal(bureau_facts(&bureau), 1);
    bureau_close(&bureau);
}

static void a_renamed_person_is_found_by_both_addresses_under_the_same_key(void **state) {
    (void)state;
    struct bureau bureau;
    bureau_open(&bureau);
    const struct directory_record *record = directory_party_record(bureau.directory, 1);
    const char *key = record->key, *old = record->addresses[0];
    assert_int_equal(directory_party_rename(bureau.directory, 1, "neu@amt.test", "neu"), STATUS_OK);
    assert_string_equal(record->addresses[0], "neu@amt.test");
    assert_string_equal(record->login, "neu");
    assert_string_equal(record->key, key);
    assert_int_equal(directory_party_by_address(bureau.directory, str_of(old), 0), 1);
    assert_int_equal(directory_party_by_address(bureau.directory, STR("NEU@amt.test"), 0), 1);
    assert_int_equal(directory_party_add_address(bureau.directory, 3, "neu@amt.test"), STATUS_OK);
    assert_int_equal(directory_party_by_address(bureau.directory, STR("neu@amt.test"), 1), 3);
    assert_string_not_equal(record->id, record->key);
    bureau_close(&bureau);
}

/* ---- SCIM ---- */

struct answer {
    unsigned status;
    char etag[32];
    json_t *body; /* owns; NULL when it is empty */
};

/* One request on a connection of its own, fed in pieces of `step` bytes. */
static struct answer ask(struct bureau *bureau, size_t step, const char *request_line,
                         const char *headers, const char *body) {
    struct session *session = scim_server_session(bureau->server, 1);
    struct buffer said = {0}, out = {0};
    buffer_printf(&said,
                  "%s HTTP/1.1\r\nHost: d\r\nAuthorization: Basic dW16dWc6bW93ZQ==\r\n%s"
                  "Content-Length: %zu\r\n\r\n%s",
                  request_line, headers, strlen(body), body);
    for (size_t at = 0; at < said.length; at += step) {
        size_t piece = said.length - at < step ? said.length - at : step;
        session->type->feed(session, said.data + at, piece, &out);
    }
    session->type->close(session);
    struct answer answer = {.status = 0};
    const char *text = buffer_text(&out), *end = strstr(text, "\r\n\r\n");
    const char *etag = strstr(text, "ETag: ");
    assert_non_null(end);
    assert_memory_equal(text, "HTTP/1.1 ", 9);
    answer.status = (unsigned)atoi(text + 9);
    if (etag != NULL && etag < end) {
        size_t length = strcspn(etag + 6, "\r");
        assert_true(length < sizeof answer.etag);
        memcpy(answer.etag, etag + 6, length);
    }
    if (end[4] != '\0') {
        answer.body = json_loads(end + 4, 0, NULL);
        assert_non_null(answer.body);
    }
    buffer_release(&said);
    buffer_release(&out);
    return answer;
}

static unsigned status_of(struct bureau *bureau, const char *request_line, const char *headers,
                          const char *body) {
    unsigned status = 0;
    for (size_t step = 1; step < 5000; step = step * 70) {
        struct answer answer = ask(bureau, step, request_line, headers, body);
        assert_true(status == 0 || status == answer.status);
        status = answer.status;
        if (status >= 400) {
            const char *told = json_string_value(json_object_get(answer.body, "status"));
            assert_non_null(told);
            assert_int_equal(atoi(told), status);
        }
        json_decref(answer.body);
    }
    return status;
}

static const char *text_at(const json_t *object, const char *one, const char *two) {
    const json_t *inner = json_object_get(object, one);
    return json_string_value(two != NULL ? json_object_get(inner, two) : inner);
}

#define PATCH_OF(value)                                                                            \
    "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],\"Operations\":[" value "]}"
#define PATCH_HOME(home)                                                                           \
    PATCH_OF("{\"op\":\"replace\",\"path\":\"" SCIM_USER_EXTENSION ":home\",\"value\":\"" home     \
             "\"}")

static void a_record_is_found_by_address_and_its_home_compared_and_set(void **state) {
    (void)state;
    struct bureau bureau;
    bureau_open(&bureau);
    const struct directory_record *record = directory_party_record(bureau.directory, 2);
    struct buffer line = {0}, match = {0};
    buffer_printf(&line, "GET /scim/v2/Users?filter=emails%%20eq+%%22%s%%22", record->addresses[0]);
    struct answer found = ask(&bureau, 7, buffer_text(&line), "", "");
    assert_int_equal(found.status, 200);
    assert_int_equal(json_integer_value(json_object_get(found.body, "totalResults")), 1);
    const json_t *user = json_array_get(json_object_get(found.body, "Resources"), 0);
    assert_string_equal(text_at(user, SCIM_USER_EXTENSION, "key"), record->key);
    assert_string_equal(text_at(user, SCIM_USER_EXTENSION, "login"), record->login);
    assert_string_equal(text_at(user, SCIM_USER_EXTENSION, "home"), "exchange");
    assert_string_equal(text_at(user, "userName", NULL), record->addresses[0]);
    buffer_printf(&match, "If-Match: %s\r\n", text_at(user, "meta", "version"));
    buffer_clear(&line);
    buffer_printf(&line, "PATCH /scim/v2/Users/%s", text_at(user, "id", NULL));
    json_decref(found.body);

    struct answer set =
        ask(&bureau, 9, buffer_text(&line), buffer_text(&match), PATCH_HOME("openxchange"));
    assert_int_equal(set.status, 200);
    assert_string_equal(set.etag, "W/\"2\"");
    assert_string_equal(text_at(set.body, SCIM_USER_EXTENSION, "home"), "openxchange");
    json_decref(set.body);
    assert_int_equal(
        status_of(&bureau, buffer_text(&line), buffer_text(&match), PATCH_HOME("exchange")), 412);
    assert_int_equal(directory_party_home_now(bureau.directory, 2), SYSTEM_OPENXCHANGE);
    assert_int_equal(bureau_facts(&bureau), 1);
    assert_int_equal(status_of(&bureau, buffer_text(&line), "If-Match: \"9\", \"2\"\r\n",
                               PATCH_HOME("openxchange")),
                     200);
    assert_int_equal(status_of(&bureau, buffer_text(&line), "If-Match: *\r\n",
                               PATCH_OF("{\"op\":\"Replace\",\"value\":{\"" SCIM_USER_EXTENSION
                                        "\":{\"home\":\"exchange\"}}}")),
                     200);
    assert_int_equal(directory_party_home_now(bureau.directory, 2), SYSTEM_EXCHANGE);

    buffer_clear(&line);
    buffer_printf(&line, "GET /scim/v2/Users/%s", record->id);
    assert_int_equal(status_of(&bureau, buffer_text(&line), "If-None-Match: W/\"3\"\r\n", ""), 304);
    assert_int_equal(status_of(&bureau, buffer_text(&line), "If-None-Match: W/\"2\"\r\n", ""), 200);
    buffer_release(&line);
    buffer_release(&match);
    bureau_close(&bureau);
}

static void wrong_requests_are_refused_in_scims_words(void **state) {
    (void)state;
    struct bureau bureau;
    bureau_open(&bureau);
    char user[100] = "PATCH /scim/v2/Users/";
    strcat(user, directory_party_record(bureau.directory, 1)->id);
    const struct {
        const char *line, *body;
        unsigned status;
        const char *type; /* NULL: any */
    } cases[] = {
        {"GET /scim/v2/Users?filter=emails%20co%20%22a%22", "", 400, "invalidFilter"},
        {"GET /scim/v2/Users?filter=emails%20eq%20a", "", 400, "invalidFilter"},
        {"GET /scim/v2/Users?filter=emails%20eq%20%22a%22%20or%20id%20pr", "", 400,
         "invalidFilter"},
        {"GET /scim/v2/Users?filter=shoe%20eq%20%2242%22", "", 400, "invalidFilter"},
        {"GET /scim/v2/Users?startIndex=x", "", 400, "invalidValue"},
        {"GET /scim/v2/Users/nobody", "", 404, NULL},
        {"GET /scim/v2/Groups", "", 404, NULL},
        {"GET /", "", 404, NULL},
        {"DELETE /scim/v2/Users", "", 405, NULL},
        {user, "", 400, "invalidSyntax"},
        {user, "{}", 400, "invalidSyntax"},
        {user,
         "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],\"Operations\":[],"
         "\"deep\":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]}",
         400, "invalidSyntax"},
        {user, PATCH_OF("{\"op\":\"replace\",\"path\":1,\"value\":2}"), 400, "invalidSyntax"},
        {user, PATCH_OF("{\"op\":\"burn\"}"), 400, "invalidSyntax"},
        {user, PATCH_OF("{\"op\":\"remove\",\"path\":\"active\"}"), 400, "mutability"},
        {user, PATCH_OF("{\"op\":\"replace\",\"path\":\"userName\",\"value\":\"x\"}"), 400,
         "mutability"},
        {user, PATCH_OF("{\"op\":\"replace\",\"path\":\"shoe\",\"value\":\"x\"}"), 400,
         "invalidPath"},
        {user, PATCH_OF("{\"op\":\"replace\",\"value\":{\"a\":1,\"b\":2}}"), 400, "mutability"},
        {user, PATCH_HOME("elsewhere"), 400, "invalidValue"},
        {user,
         PATCH_OF("{\"op\":\"replace\",\"path\":\"" SCIM_USER_EXTENSION
                  ":home\",\"value\":\"openxchange\"},{\"op\":\"burn\"}"),
         400, "invalidSyntax"}, /* all or nothing */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(status_of(&bureau, cases[i].line, "", cases[i].body), cases[i].status);
        struct answer answer = ask(&bureau, 5000, cases[i].line, "", cases[i].body);
        if (cases[i].type != NULL)
            assert_string_equal(text_at(answer.body, "scimType", NULL), cases[i].type);
        json_decref(answer.body);
    }
    assert_int_equal(status_of(&bureau, "GET /scim/v2/Users", "Authorization: Basic eDp5\r\n", ""),
                     200); /* the first of two counts */
    assert_int_equal(bureau_facts(&bureau), 0);
    bureau_close(&bureau);
}

static void nobody_gets_in_without_the_password(void **state) {
    (void)state;
    struct bureau bureau;
    bureau_open(&bureau);
    static const char *const headers[] = {"", "Authorization: Basic dW16dWc6eA==\r\n",
                                          "Authorization: Basic ===\r\n",
                                          "Authorization: Bearer dW16dWc6bW93ZQ==\r\n"};
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        struct session *session = scim_server_session(bureau.server, 1);
        struct buffer said = {0}, out = {0};
        buffer_printf(&said, "GET /scim/v2/Users HTTP/1.1\r\nHost: d\r\n%s\r\n", headers[i]);
        session->type->feed(session, said.data, said.length, &out);
        assert_memory_equal(buffer_text(&out), "HTTP/1.1 401", 12);
        assert_non_null(strstr(buffer_text(&out), "WWW-Authenticate: Basic realm=\"directory\""));
        session->type->close(session);
        buffer_release(&said);
        buffer_release(&out);
    }
    bureau_close(&bureau);
}

static void lists_come_in_pages_and_an_ambiguous_address_gives_both(void **state) {
    (void)state;
    struct bureau bureau;
    bureau_open(&bureau);
    static const struct {
        const char *line;
        int total, count;
    } cases[] = {
        {"GET /scim/v2/Users", 3, 3},
        {"GET /scim/v2/Users?startIndex=2&count=1", 3, 1},
        {"GET /scim/v2/Users?startIndex=4", 3, 0},
        {"GET /scim/v2/Users?startIndex=18446744073709551615&count=18446744073709551615", 3, 0},
        {"GET /scim/v2/Users?count=0", 3, 0},
        {"GET /scim/v2/Users?filter=emails.value%20EQ%20%22Beide@amt.test%22", 2, 2},
        {"GET /scim/v2/Users?filter=userName%20eq%20%22beide@amt.test%22", 0, 0},
        {"GET /scim/v2/Users?filter=id%20eq%20%22%5C%22%22", 0, 0},
    };
    assert_int_equal(directory_party_add_address(bureau.directory, 1, "beide@amt.test"), STATUS_OK);
    assert_int_equal(directory_party_add_address(bureau.directory, 3, "beide@amt.test"), STATUS_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct answer answer = ask(&bureau, 11, cases[i].line, "", "");
        assert_int_equal(answer.status, 200);
        assert_int_equal(json_integer_value(json_object_get(answer.body, "totalResults")),
                         cases[i].total);
        assert_int_equal(json_array_size(json_object_get(answer.body, "Resources")),
                         cases[i].count);
        json_decref(answer.body);
    }
    assert_int_equal(status_of(&bureau, "GET /scim/v2/ServiceProviderConfig", "", ""), 200);
    bureau_close(&bureau);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_reader_sees_a_change_after_a_delay_of_its_own),
        cmocka_unit_test(the_second_of_two_who_saw_the_same_version_is_told),
        cmocka_unit_test(a_renamed_person_is_found_by_both_addresses_under_the_same_key),
        cmocka_unit_test(a_record_is_found_by_address_and_its_home_compared_and_set),
        cmocka_unit_test(wrong_requests_are_refused_in_scims_words),
        cmocka_unit_test(nobody_gets_in_without_the_password),
        cmocka_unit_test(lists_come_in_pages_and_an_ambiguous_address_gives_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
