/* What people write by hand: plan, mapping, folders, categories. Every mistake is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../base/chance.h"
#include "../folder_names.h"
#include "../keywords.h"
#include "../settings.h"
#include "doubles.h"

#define KEY0 "00000000-0000-4000-8000-000000000000"
#define KEY1 "00000000-0000-4000-8000-000000000001"

static void plan_mistakes_are_named_by_line_and_column(void **state) {
    (void)state;
    static const struct {
        const char *line; /* added to a good plan as its line 21 */
        const char *complaint;
    } cases[] = {
        {"canry = 3", "plan:21:1: there is no key \"canry\"; did you mean \"canary\"?"},
        {"  hold_max = 4 hours", "plan:21:14: hold_max: expected a number and a unit"},
        {"hold_max = 99 d", "plan:21:12: hold_max: expected from 1 to 432000 seconds"},
        {"attempt = two", "plan:21:11: attempt: expected a whole number, found \"two\""},
        {"attempt = 0", "plan:21:11: attempt: expected from 1 to 1000"},
        {"batch = 18", "plan:21:1: \"batch\" stands here a second time, the first is in line 2"},
        {"no equals sign", "plan:21:1: expected \"key = value\""},
        {"attempt\xFF = 1", "plan:21:1: expected UTF-8"},
        {"outside_login =", "plan:21:16: outside_login: expected a value"},
        {"source_password_file = x", "plan:21:1: source_password stands in line"},
        {"directory_password_file = gone", "plan:21:27: directory_password_file: gone: there is"},
        {"measures = bijektion", "there is no measure \"bijektion\"; did you mean \"bijection\"?"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world *world = world_new(1);
        struct buffer plan = {0};
        buffer_append_text(&plan, world_read(world, "plan"));
        buffer_printf(&plan, "%s\n", cases[i].line);
        world_write(world, "plan", buffer_text(&plan));
        assert_int_equal(world_run(world, "status"), 65);
        if (strstr(buffer_text(&world->alarms), cases[i].complaint) == NULL)
            printf("expected %s\nfound    %s\n", cases[i].complaint, buffer_text(&world->alarms));
        assert_non_null(strstr(buffer_text(&world->alarms), cases[i].complaint));
        buffer_release(&plan);
        world_free(&world);
    }
}

static const char *help_on(struct world *world, const char *subject) {
    const char *const words[] = {"help", subject, NULL};
    buffer_clear(&world->said);
    int code = command_run(&world->platform, &world_adapters, NULL, words);
    return code == UMZUG_DONE ? buffer_text(&world->said) : NULL;
}

/* Whoever begins with what the help shows gets a plan that is read; and every key is named. */
static void the_least_plan_of_the_help_is_one(void **state) {
    (void)state;
    struct world *world = world_new(1);
    struct arena *arena = arena_new();
    struct plan plan;
    struct buffer text = {0}, bytes = {0};
    struct error error = {0};
    const char *help = help_on(world, "plan");
    assert_non_null(help);
    const char *begin = strstr(help, "  campaign = "), *end = strstr(help, "\n\nAll keys:");
    assert_non_null(begin);
    assert_non_null(end);
    buffer_append(&text, begin, (size_t)(end + 1 - begin));
    world_write(world, "least", buffer_text(&text));
    world_write(world, "exchange.secret", "one\n");
    world_write(world, "openxchange.secret", "two\n");
    if (plan_read(&world->platform, arena, "least", &plan, &bytes, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    assert_string_equal(plan.target_password, "two");
    assert_int_equal(plan.workers, 8);
    assert_non_null(
        strstr(help, "\n  workers                mailboxes at the same time; 8 if not"));
    for (int i = 0; i < PHASE_COUNT; i++)
        assert_non_null(help_on(world, phase_name((enum phase)i)));
    assert_non_null(help_on(world, "measures"));
    assert_null(help_on(world, "rolback"));
    assert_non_null(strstr(buffer_text(&world->alarms), "did you mean \"rollback\"?"));
    buffer_release(&text);
    buffer_release(&bytes);
    arena_close(&arena);
    world_free(&world);
}

/* From buffers that end where the bytes end, so that a checker sees an overrun. */
static void hostile_settings_and_mappings_never_crash(void **state) {
    (void)state;
    static const char bytes[] = "a=;#\n\r \"@,\xEF\xBB\xBF\xC3\xB6rows=1 ";
    static const char header[] = "quelle;ziel\n";
    struct chance chance = chance_of(7, "plan");
    for (int round = 0; round < 20000; round++) {
        size_t length = (size_t)chance_below(&chance, 60);
        char *text = malloc(length + sizeof header);
        assert_non_null(text);
        memcpy(text, header, sizeof header - 1);
        for (size_t i = 0; i < length; i++)
            text[sizeof header - 1 + i] = bytes[chance_below(&chance, sizeof bytes)];
        size_t whole = length + sizeof header - 1;
        text = realloc(text, whole);
        struct settings settings;
        struct mapping mapping;
        struct buffer complaints = {0};
        struct error error;
        struct arena *arena = arena_new();
        (void)!settings_read("s", str_bytes(text, whole), &settings, &error);
        (void)!mapping_read(arena, "m", str_bytes(text, whole), &mapping, &complaints, &error);
        buffer_release(&complaints);
        arena_close(&arena);
        free(text);
    }
}

static void a_plan_without_what_it_needs_is_refused(void **state) {
    (void)state;
    struct world *world = world_new(1);
    world_write(world, "plan", "campaign = x\nbatch = 1\n# nothing more\n\n");
    assert_int_equal(world_run(world, "status"), 65);
    assert_non_null(strstr(buffer_text(&world->alarms), "expected a line \"mapping = …\""));
    world_free(&world);
}

static void misused_words_get_a_suggestion(void **state) {
    (void)state;
    static const struct {
        const char *typed, *answer;
    } cases[] = {
        {"bakfill", "there is no command \"bakfill\"; did you mean \"backfill\"?"},
        {"--mesures all core", "there is no option \"--mesures\"; did you mean \"--measures\"?"},
        {"core core", "did not expect \"core\""},
        {"--mapping", "expected a value after \"--mapping\""},
        {"", "expected a command"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world *world = world_new(1);
        assert_int_equal(world_run(world, cases[i].typed), 64);
        assert_non_null(strstr(buffer_text(&world->alarms), cases[i].answer));
        world_free(&world);
    }
}

static void backfill_of_another_batch_is_refused(void **state) {
    (void)state;
    struct world *world = world_new(1);
    assert_int_equal(world_run(world, "backfill 18"), 65);
    assert_non_null(
        strstr(buffer_text(&world->alarms), "is the plan of batch \"17\", not of \"18\""));
    world_free(&world);
}

static void bad_rows_are_all_named(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *complaints[3];
    } cases[] = {
        {"source_address;target_login\na@x;a\n\nb@x;b\n", {"m:3:1: expected a row"}},
        {"source_address;target_login\na;a\nb@x;\nc@x;c d\n",
         {"m:2:1: expected a mail address", "m:3:5: expected a login", "m:4:5: expected a login"}},
        {"source_address;target_login\na@x;a;b\n", {"m:2:7: expected as many fields"}},
        {"source_address;target_login\na@x\n", {"m:2:1: expected as many fields"}},
        {"source_address;target_login\n\"a@x;a\n", {"m:2:1: expected the quoted field to end"}},
        {"source_address;target_login\na@x;a*umzug\n", {"m:2:5: expected a login"}},
        {"source_address;target_login\na@x@y;a\n", {"m:2:1: expected a mail address"}},
        {"source_address;target_login\na@x ;a\n", {"m:2:1: expected a mail address"}},
        {"source_address;target_login;key\na@x;a;12\n", {"m:2:7: expected a key of 8-4-4-4-12"}},
        {"source_address;target_login;merge\na@x;a;ja\n", {"m:2:7: expected merge to be"}},
        {"source_address;target_login;colour\na@x;a;red\n", {"m:1:29: expected a column named"}},
        {"source_address;source_address;ziel\n", {"m:1:16: expected each column once"}},
        {"source_address;name\na@x;a\n", {"m:1:16: expected", "expected a column target_login"}},
        {"source_address;target_login\n", {"m:1:1: expected at least one row"}},
        {"source_address;target_login\na@x;a\n#rows=2\n",
         {"m:3:2: expected the trailer to say rows=1"}},
        {"source_address;target_login\na@x;a\n#rows=1 sha256=00\n",
         {"m:3:2: expected the trailer's sha256"}},
        {"source_address;target_login\na@x;a\n#rows=1\nb@x;b\n", {"m:4:1: expected nothing after"}},
        {"", {"m:1:1: expected a header row"}},
        {"nothing here", {"m:1:1: expected a header row"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena *arena = arena_new();
        struct mapping mapping;
        struct buffer complaints = {0};
        struct error error;
        assert_int_equal(
            mapping_read(arena, "m", str_of(cases[i].text), &mapping, &complaints, &error),
            STATUS_INVALID);
        assert_int_equal(mapping.count, 0);
        for (size_t k = 0; k < 3 && cases[i].complaints[k] != NULL; k++) {
            if (strstr(buffer_text(&complaints), cases[i].complaints[k]) == NULL)
                printf("%zu: expected %s in\n%s", i, cases[i].complaints[k],
                       buffer_text(&complaints));
            assert_non_null(strstr(buffer_text(&complaints), cases[i].complaints[k]));
        }
        buffer_release(&complaints);
        arena_close(&arena);
    }
}

static void good_tables_are_read_in_every_dialect(void **state) {
    (void)state;
    static const struct str cases[] = {
        /* lengths are not read */
        {"source_address,target_login,key,display_name\nA@x,a," KEY0 ",\"K\u00F6hler, A\"\n", 95},
        {"\xEF\xBB\xBFQuelle;ZIEL;schluessel\r\nA@x;a;" KEY0 "\r\n", 71},
        {"#TYPE Selected.X\n\"EmailAddress\"\t\"ziel\"\t\"ExchangeGuid\"\n\"A@x\"\t\"a\"\t\"" KEY0
         "\"\n",
         0},
        {"quelle;ziel;key\nA@x;a;" KEY0 "\n#rows=1\n\n", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena *arena = arena_new();
        struct mapping mapping;
        struct buffer complaints = {0};
        struct error error = {0};
        assert_int_equal(
            mapping_read(arena, "m", str_of(cases[i].data), &mapping, &complaints, &error),
            STATUS_OK);
        assert_int_equal(mapping.count, 1);
        assert_string_equal(mapping.pairs[0].source, "A@x");
        assert_string_equal(mapping.pairs[0].target, "a");
        assert_string_equal(mapping.pairs[0].key, KEY0);
        buffer_release(&complaints);
        arena_close(&arena);
    }
}

static void a_damaged_mapping_moves_nothing(void **state) {
    (void)state;
    struct world *world = world_new(2);
    world_write(world, "mapping.csv", "source_address;target_login\nperson0@im.example;p0\nx\n");
    assert_int_equal(world_run(world, "--measures none core"), 65);
    assert_non_null(
        strstr(buffer_text(&world->alarms), "mapping.csv:3:1: expected as many fields"));
    assert_true(world_alarmed(world, "mapping", "mapping.csv"));
    assert_int_equal(world_at_target(world), 0);
    world_free(&world);
}

static void doubles_are_named_and_declared_merges_are_none(void **state) {
    (void)state;
    static const struct {
        const char *text, *complaint; /* NULL: none */
        int64_t expected;
    } cases[] = {
        {"quelle;ziel\na@x;a\nb@x;b\n", NULL, 2},
        {"quelle;ziel\na@x;a\nb@x;b\n", "expected 3 rows", 3},
        {"quelle;ziel\na@x;a\nA@X;b\n", "m:3:1: expected each source once, found A@X in line 2", 0},
        {"quelle;ziel\na@x;a\nb@x;A\n", "m:3:1: expected each target once", 0},
        {"quelle;ziel;key\na@x;a;" KEY0 "\nb@x;b;" KEY0 "\n", "expected each key once", 0},
        {"quelle;ziel;merge\na@x;a;yes\nb@x;a;yes\n", NULL, 0},
        {"quelle;ziel;merge\na@x;a;yes\nb@x;a;no\n", "expected each target once", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena *arena = arena_new();
        struct mapping mapping;
        struct buffer complaints = {0};
        struct error error;
        assert_int_equal(
            mapping_read(arena, "m", str_of(cases[i].text), &mapping, &complaints, &error),
            STATUS_OK);
        enum status status =
            mapping_bijective(&mapping, "m", cases[i].expected, &complaints, &error);
        assert_int_equal(status, cases[i].complaint == NULL ? STATUS_OK : STATUS_INVALID);
        if (cases[i].complaint != NULL)
            assert_non_null(strstr(buffer_text(&complaints), cases[i].complaint));
        buffer_release(&complaints);
        arena_close(&arena);
    }
}

static void folders_go_where_the_rule_puts_them(void **state) {
    (void)state;
    static const struct {
        struct source_folder folder;
        const char *path;
    } cases[] = {
        {{"1", "", "Posteingang", SOURCE_INBOX, 0}, "INBOX"},
        {{"2", "", "Gel\u00F6schte Elemente", SOURCE_TRASH, 0}, "Trash"},
        {{"3", "1", "Projekte/2024", SOURCE_PLAIN, 0}, "INBOX/Projekte_2024"},
        {{"4", "1", "Projekte_2024", SOURCE_PLAIN, 0}, "INBOX/Projekte_2024 (2)"},
        {{"5", "1", "PROJEKTE/2024", SOURCE_PLAIN, 0}, "INBOX/PROJEKTE_2024 (3)"},
        {{"6", "", "inbox", SOURCE_PLAIN, 0}, "inbox (2)"},
        {{"7", "", "Sent", SOURCE_PLAIN, 0}, "Sent (2)"},
        {{"8", "", "  \t Vertrag ", SOURCE_PLAIN, 0}, "_ Vertrag"},
        {{"9", "", "   ", SOURCE_PLAIN, 0}, "_"},
        {{"10", "", "", SOURCE_PLAIN, 0}, "_ (2)"},
        {{"11", "3", "\u00C4mter", SOURCE_PLAIN, 0}, "INBOX/Projekte_2024/\u00C4mter"},
        {{"12", "3", "\u00E4mter", SOURCE_PLAIN, 0}, "INBOX/Projekte_2024/\u00E4mter (2)"},
        {{"13", "4", "\u00E4mter", SOURCE_PLAIN, 0}, "INBOX/Projekte_2024 (2)/\u00E4mter"},
        {{"14", "", "Archiv", SOURCE_ARCHIVE, 0}, "Archive"},
        {{"15", "14", "Inbox", SOURCE_PLAIN, 0}, "Archive/Inbox"},
    };
    struct arena *arena = arena_new();
    struct folder_list *list = folder_list_new(arena);
    uint32_t count = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(folder_list_add(list, &cases[i].folder, NULL), STATUS_OK);
    const struct folder_place *places = folder_list_places(list, &count);
    assert_int_equal(count, sizeof cases / sizeof cases[0]);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(places[i].path, cases[i].path);
    assert_int_equal(places[0].role, TARGET_INBOX);
    assert_int_equal(places[6].role, TARGET_PLAIN);
    arena_close(&arena);
}

static void categories_become_sorted_keywords(void **state) {
    (void)state;
    static const struct {
        const char *categories, *keywords;
    } cases[] = {
        {"", ""},
        {"Vertraulich", "Vertraulich"},
        {"R\u00FCckfrage offen\nEilt!\n\u00DCber 100 %", "Eilt_ Rueckfrage_offen Ueber_100_"},
        {"a\na\nB", "B a"},
        {"Ma\u00DFnahme/IV-32", "Massnahme_IV-32"},
        {"\xFF\xFF x", "_x"},
        {"0123456789012345678901234567890123456789012345678901234567890123456789",
         "01234567890123456789012345678901234567890123456789"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer out = {0};
        keywords_of_categories(str_of(cases[i].categories), &out);
        assert_string_equal(buffer_text(&out), cases[i].keywords);
        buffer_release(&out);
    }
}

static void a_difference_between_mappings_is_named(void **state) {
    (void)state;
    struct arena *arena = arena_new();
    struct pair former[] = {{"a@x", "a", KEY0, false, 2}, {"b@x", "b", KEY1, false, 3}};
    struct pair swapped[] = {{"a@x", "b", KEY0, false, 2}, {"b@x", "a", KEY1, false, 3}};
    struct pair shorter[] = {{"B@x", "B", KEY1, false, 2}};
    struct mapping one = {former, 2}, other = {swapped, 2}, less = {shorter, 1};
    struct buffer sentence = {0};
    assert_false(mapping_difference(&one, &one, &sentence));
    assert_true(mapping_difference(&one, &other, &sentence));
    assert_non_null(
        strstr(buffer_text(&sentence), "2 rows differ, the first is line 2: a@x goes to b"));
    buffer_clear(&sentence);
    assert_true(mapping_difference(&one, &less, &sentence));
    assert_string_equal(buffer_text(&sentence), "1 rows differ, the first is a@x is missing");
    /* Found by fuzzing: a source that stands there twice. */
    struct pair doubled[] = {{"a@x", "a", KEY0, false, 2}, {"a@x", "b", KEY0, false, 3}};
    struct mapping both = {doubled, 2}, second = {doubled + 1, 1};
    assert_false(mapping_difference(&both, &both, &sentence));
    assert_true(mapping_difference(&both, &second, &sentence));
    assert_true(mapping_difference(&second, &both, &sentence));
    buffer_release(&sentence);
    arena_close(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plan_mistakes_are_named_by_line_and_column),
        cmocka_unit_test(the_least_plan_of_the_help_is_one),
        cmocka_unit_test(hostile_settings_and_mappings_never_crash),
        cmocka_unit_test(a_plan_without_what_it_needs_is_refused),
        cmocka_unit_test(misused_words_get_a_suggestion),
        cmocka_unit_test(backfill_of_another_batch_is_refused),
        cmocka_unit_test(bad_rows_are_all_named),
        cmocka_unit_test(good_tables_are_read_in_every_dialect),
        cmocka_unit_test(a_damaged_mapping_moves_nothing),
        cmocka_unit_test(doubles_are_named_and_declared_merges_are_none),
        cmocka_unit_test(folders_go_where_the_rule_puts_them),
        cmocka_unit_test(categories_become_sorted_keywords),
        cmocka_unit_test(a_difference_between_mappings_is_named),
    };
    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
