/*
 * `generalprobe world`: the samples of every notation make the same world, which has the mailboxes,
 * folders, items and sizes that were exported; what cannot be understood is named, cell by cell.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../engine/base/check.h"
#include "../command/command.h"
#include "../command/exports.h"
#include "../world.h"

#define SAMPLES "fixtures/samples/"

static char folder[] = "/tmp/world-test-XXXXXX";

static int make_folder(void **state) {
    (void)state;
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_folder(void **state) {
    (void)state;
    char path[128];
    static const char *const endings[] = {".yaml", ".shapes.csv"};
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/batch%s", folder, endings[i]);
        unlink(path);
    }
    return rmdir(folder);
}

static const char *sample(const char *notation, const char *file) {
    static char paths[8][128];
    static int next;
    next = (next + 1) % 8;
    snprintf(paths[next], sizeof paths[next], SAMPLES "%s/%s.csv", notation, file);
    return paths[next];
}

/* Runs the command over the samples of a notation; `key` may be NULL. */
static int make_world(const char *notation, const char *key) {
    const char *said[] = {"world",
                          "--mapping",
                          sample(notation, "mapping"),
                          "--statistics",
                          sample(notation, "statistics"),
                          "--folders",
                          sample(notation, "folders"),
                          "--recipients",
                          sample(notation, "recipients"),
                          "--permissions",
                          sample(notation, "permissions"),
                          "-o",
                          folder,
                          "--pseudonym-key",
                          key};
    char *words[sizeof said / sizeof said[0]];
    int count = (int)(sizeof said / sizeof said[0]) - (key == NULL ? 2 : 0);
    for (int i = 0; i < count; i++)
        words[i] = memory_copy_text(said[i]);
    int result = world_command(count, words);
    for (int i = 0; i < count; i++)
        free(words[i]);
    return result;
}

static void read_file(const char *name, struct buffer *out) {
    char path[128], piece[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    buffer_clear(out);
    for (size_t length; (length = fread(piece, 1, sizeof piece, file)) > 0;)
        buffer_append(out, piece, length);
    fclose(file);
}

static void every_notation_gives_the_same_world(void **state) {
    (void)state;
    static const char *const notations[] = {"export-csv-utf16", "german-utf8", "remoting-utf16be"};
    struct buffer first = {0}, other = {0};
    assert_int_equal(make_world("export-csv-utf8", NULL), EXIT_KEPT);
    read_file("batch.shapes.csv", &first);
    for (size_t i = 0; i < sizeof notations / sizeof notations[0]; i++) {
        assert_int_equal(make_world(notations[i], NULL), EXIT_KEPT);
        read_file("batch.shapes.csv", &other);
        assert_true(str_equal(buffer_str(&first), buffer_str(&other)));
    }
    /* Windows-1252 has no U+F8FF, so there a folder is called otherwise; all else is the same. */
    assert_int_equal(make_world("german-excel", NULL), EXIT_KEPT);
    read_file("batch.shapes.csv", &other);
    assert_true(str_starts_with(buffer_str(&other), "record,address"));
    buffer_release(&first);
    buffer_release(&other);
}

static struct population *population_of_world(struct arena *arena) {
    char path[128];
    const struct scenario *scenario;
    struct population *population = NULL;
    struct error error = {0};
    snprintf(path, sizeof path, "%s/batch.yaml", folder);
    if (scenario_read(arena, path, &scenario, &error) != STATUS_OK ||
        world_population(scenario, 3, &population, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return population;
}

/* Items that lie in the folder a path leads to. */
static uint64_t items_in(const struct population *population, uint32_t mailbox, const char *name) {
    uint32_t folders, items, found = 0;
    const struct fixture_folder *list = population_folders(population, mailbox, &folders);
    const struct fixture_item *item = population_items(population, mailbox, &items);
    for (uint32_t i = 0; i < items; i++)
        found += strcmp(list[item[i].folder].name, name) == 0;
    return found;
}

static void the_population_has_the_exported_shape(void **state) {
    (void)state;
    struct arena *arena = arena_new();
    assert_int_equal(make_world("export-csv-utf8", NULL), EXIT_KEPT);
    struct population *population = population_of_world(arena);
    uint32_t number =
        population_find_address(population, STR("britta.koehler@fa-ploen.landsh.example"));
    const struct fixture_mailbox *mailbox = population_mailbox(population, number);
    assert_string_equal(mailbox->login, "bkoehler");
    assert_string_equal(mailbox->guid, "1f3a0000-0000-4000-8000-000000000000");
    assert_string_equal(mailbox->display_name, "Köhler, Britta");
    assert_string_equal(mailbox->database, "MDB-07");
    assert_int_equal(items_in(population, number, "Posteingang"), 14);
    assert_int_equal(items_in(population, number, "Erledigt"), 7);
    assert_int_equal(items_in(population, number, "Gesendete Elemente"), 12);
    assert_int_equal(items_in(population, number, "Umbau Haus B/C"), 7);
    uint32_t count;
    const struct fixture_item *items = population_items(population, number, &count);
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < count; i++)
        bytes += items[i].declared_size;
    assert_int_equal(count, 49);
    assert_in_range(bytes, 1588800 * 95 / 100, 1588800 * 105 / 100);

    number = population_find_address(population, STR("poststelle@fa-ploen.landsh.example"));
    mailbox = population_mailbox(population, number);
    assert_int_equal(mailbox->kind, MAILBOX_FUNCTIONAL);
    assert_int_equal(mailbox->principal_count, 2);
    population_close(&population);
    arena_close(&arena);
}

static void none_of(const struct buffer *text, struct str name) {
    char copy[300];
    snprintf(copy, sizeof copy, "%.*s", STR_ARG(name));
    if (name.length > 3 && strcasestr(text->data, copy) != NULL)
        fail_msg("%s is still there", copy);
}

/* Every name that was read, whatever the samples hold. Folders with a role keep theirs. */
static void no_name_of_the_files_is_in(const struct buffer *text) {
    const char *notation = "export-csv-utf8";
    const struct export_files files = {.mapping = sample(notation, "mapping"),
                                       .statistics = sample(notation, "statistics"),
                                       .folders = sample(notation, "folders"),
                                       .recipients = sample(notation, "recipients"),
                                       .permissions = sample(notation, "permissions")};
    struct exports exports;
    struct error error;
    assert_int_equal(exports_read(&files, &exports, &error), STATUS_OK);
    for (uint32_t i = 0; i < exports.count; i++) {
        const struct export_mailbox *mailbox = &exports.mailboxes[i];
        struct str domain = str_of(mailbox->address), local = str_cut(&domain, '@');
        none_of(text, local);
        none_of(text, domain);
        none_of(text, str_of(mailbox->login));
        none_of(text, str_of(mailbox->key));
        none_of(text, str_of(mailbox->display_name));
        none_of(text, str_of(mailbox->database));
        for (uint32_t k = 0; k < mailbox->folder_count; k++)
            if (mailbox->folders[k].role == FOLDER_PLAIN)
                none_of(text, str_of(strrchr(mailbox->folders[k].path, '/') + 1));
    }
    exports_release(&exports);
}

static void with_a_key_no_name_is_left(void **state) {
    (void)state;
    static const char *const names[] = {"britta", "oehler",     "bkoehler", "landsh", "ploen",
                                        "MDB-07", "1f3a0000",   "Umbau",    "raum",   "Poststelle",
                                        "Graß",   "im.landsh.", "Projekte"};
    static const char *const files[] = {"batch.yaml", "batch.shapes.csv"};
    struct buffer text = {0}, again = {0};
    assert_int_equal(make_world("export-csv-utf8", "geheim"), EXIT_KEPT);
    for (int i = 0; i < 2; i++) {
        read_file(files[i], &text);
        for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
            if (strcasestr(buffer_text(&text), names[k]) != NULL)
                fail_msg("%s holds %s", files[i], names[k]);
        no_name_of_the_files_is_in(&text);
    }
    assert_int_equal(make_world("export-csv-utf16", "geheim"), EXIT_KEPT);
    read_file("batch.shapes.csv", &again);
    assert_true(str_equal(buffer_str(&text), buffer_str(&again)));
    assert_int_equal(make_world("export-csv-utf8", "ganz anders"), EXIT_KEPT);
    read_file("batch.shapes.csv", &again);
    assert_false(str_equal(buffer_str(&text), buffer_str(&again)));
    struct arena *arena = arena_new();
    struct population *population = population_of_world(arena);
    assert_int_equal(population_mailbox_count(population), 11);
    population_close(&population);
    arena_close(&arena);
    buffer_release(&text);
    buffer_release(&again);
}

static void each_cell_that_is_not_understood_is_named(void **state) {
    (void)state;
    static const char *const places[] = {
        "recipients.csv:2:94: ProhibitSendReceiveQuota: expected a size",
        "recipients.csv:2:77: RecipientTypeDetails: expected UserMailbox",
        "recipients.csv:3:38: ExchangeGuid: expected the key that the list of pairs has",
        "statistics.csv:2:53: ItemCount: expected a whole number of digits alone, found \"2.500\"",
        "statistics.csv:2:59: TotalItemSize: expected a size",
        "statistics.csv:3:14: MailboxGuid: expected a GUID",
        "folders.csv:3:25: VisibleItemsInFolder: expected a whole number",
        "folders.csv:3:31: FolderSize: expected a size",
        "folders.csv:3:13: FolderType: expected a FolderType",
        "folders.csv:3:1: FolderPath: expected a path",
        "permissions.csv:2:52: AccessRights: expected rights",
        "permissions.csv:2:64: IsInherited: expected True or False",
        "permissions.csv:2:40: User: expected DOMAIN\\account",
        "statistics.csv: expected a row with the GUID of this mailbox, found none: jens.moeller@",
    };
    const char *notation = "not-understood";
    const struct export_files files = {.mapping = sample(notation, "mapping"),
                                       .statistics = sample(notation, "statistics"),
                                       .folders = sample(notation, "folders"),
                                       .recipients = sample(notation, "recipients"),
                                       .permissions = sample(notation, "permissions")};
    struct exports exports;
    struct error error;
    assert_int_equal(exports_read(&files, &exports, &error), STATUS_INVALID);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (strstr(buffer_text(&exports.complaints), places[i]) == NULL)
            fail_msg("expected %s in:\n%s", places[i], buffer_text(&exports.complaints));
    assert_int_equal(exports.complaint_count, sizeof places / sizeof places[0]);
    exports_release(&exports);
    assert_int_equal(make_world(notation, NULL), EXIT_BAD_INPUT);
}

static void put_file(const char *name, const char *text) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    fclose(file);
}

/* One thing that lies behind many complaints is said, with what helps against it. */
static void what_helps_is_said(void **state) {
    (void)state;
    char statistics[128];
    snprintf(statistics, sizeof statistics, "%s/s.csv", folder);
    const char *notation = "export-csv-utf8";
    struct export_files files = {.mapping = sample(notation, "mapping"),
                                 .statistics = sample(notation, "statistics"),
                                 .folders = sample(notation, "folders")};
    struct exports exports;
    struct error error;
    assert_int_equal(exports_read(&files, &exports, &error), STATUS_INVALID);
    assert_non_null(strstr(error.text, "8 things were not understood"));
    assert_non_null(strstr(error.text, "folders.csv:3:81 is \"landsh.example/Benutzer/"));
    assert_non_null(strstr(error.text, "give --recipients"));
    exports_release(&exports);

    put_file("s.csv", "ItemCount,MailboxGuid,ItemCount,TotalItemSize\n1,a,1,6672B\n");
    files.recipients = sample(notation, "recipients");
    files.statistics = statistics;
    assert_int_equal(exports_read(&files, &exports, &error), STATUS_INVALID);
    assert_int_equal(exports.complaint_count, 1); /* and not one for each mailbox as well */
    assert_non_null(strstr(buffer_text(&exports.complaints), "s.csv:1:23: expected each column "));
    exports_release(&exports);

    put_file("s.csv", "MailboxGuid,DisplayName,ItemCount,TotalItemSize\n"
                      "1f3a0000-0000-4000-8000-000000000000,\"K?hler\",1,6672B\n");
    assert_int_equal(exports_read(&files, &exports, &error), STATUS_INVALID);
    assert_int_equal(exports.question_marks, 1);
    assert_non_null(strstr(exports.first_question_mark, "s.csv:2:38"));
    exports_release(&exports);
    unlink(statistics);
}

static int make_world_with(const char *option, const char *value) {
    const char *notation = "export-csv-utf8";
    const char *said[] = {"world",
                          "--mapping",
                          sample(notation, "mapping"),
                          "--statistics",
                          sample(notation, "statistics"),
                          "--folders",
                          sample(notation, "folders"),
                          "--recipients",
                          sample(notation, "recipients"),
                          "-o",
                          folder,
                          option,
                          value};
    char *words[sizeof said / sizeof said[0]];
    int count = (int)(sizeof said / sizeof said[0]);
    for (int i = 0; i < count; i++)
        words[i] = memory_copy_text(said[i]);
    int result = world_command(count, words);
    for (int i = 0; i < count; i++)
        free(words[i]);
    return result;
}

/* What would make no scenario is refused, and leaves none behind. */
static void what_is_said_on_the_command_line_is_read_as_strictly(void **state) {
    (void)state;
    char path[128];
    static const struct {
        const char *option, *value;
        int code;
    } cases[] = {
        {"--day", "2025-13-01", EXIT_BAD_INPUT},   {"--day", "morgen", EXIT_BAD_INPUT},
        {"--day", "2026-02-12", EXIT_KEPT},        {"--name", "a: b", EXIT_WRONG_USAGE},
        {"--name", "", EXIT_WRONG_USAGE},          {"--name", "../x", EXIT_WRONG_USAGE},
        {"--pseudonym-key", "", EXIT_WRONG_USAGE}, {"--pseudonym-key", "kurz", EXIT_WRONG_USAGE},
    };
    snprintf(path, sizeof path, "%s/batch.yaml", folder);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unlink(path);
        if (make_world_with(cases[i].option, cases[i].value) != cases[i].code)
            fail_msg("%s %s", cases[i].option, cases[i].value);
        assert_int_equal(access(path, F_OK), cases[i].code == EXIT_KEPT ? 0 : -1);
    }
}

/* The file of shapes may be edited by hand; it is read as strictly as any. */
static void a_broken_file_of_shapes_is_refused_with_its_place(void **state) {
    (void)state;
#define HEADER                                                                                     \
    "record,address,login,key,display_name,kind,database,principals,path,role,items,bytes\n"
#define KEY     "1f3a0000-0000-4000-8000-000000000000"
#define MAILBOX HEADER "mailbox,a@x.example,a," KEY ",A,personal,,,,,,\n"
    static const struct {
        const char *text, *complaint;
    } cases[] = {
        {"", "1:1: expected a header row"},
        {"a,b\n", "1:1: expected the column record"},
        {HEADER "mailbox,A@x,a," KEY ",A,personal,,,,,,\n", "2:9: address: expected an address in"},
        {HEADER "mailbox,a@x,a,17,A,personal,,,,,,\n", "2:15: key: expected a GUID"},
        {HEADER "mailbox,a@x,a," KEY ",A\r,personal,,,,,,\n", "expected no control characters"},
        {HEADER "mailbox,a@x,a," KEY ",A,human,,,,,,\n", "kind: expected personal, functional"},
        {HEADER "folder,,,,,,,,/a,plain,1,1\n",
         "2:1: record: expected a mailbox before its folders"},
        {MAILBOX "folder,,,,,,,,a,plain,1,1\n", "3:15: path: expected a path"},
        {MAILBOX "folder,,,,,,,,/a,odd,1,1\n", "3:18: role: expected plain"},
        {MAILBOX "folder,,,,,,,,/a,plain,-1,1\n", "3:24: items: expected a whole number"},
        {MAILBOX "folder,,,,,,,,/a,plain,50000000,1\nfolder,,,,,,,,/b,plain,1,1\n",
         "4:24: items: expected at most 50000000"},
        {MAILBOX "folder,,\n", "3:1: expected 12 columns, found 3"},
        {MAILBOX "folder,\"\n", "3:8: expected the quoted field to end"},
    };
    char path[128];
    snprintf(path, sizeof path, "%s/batch.shapes.csv", folder);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena *arena = arena_new();
        struct shapes shapes;
        struct error error;
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        fputs(cases[i].text, file);
        fclose(file);
        assert_int_equal(shapes_read(arena, path, &shapes, &error), STATUS_INVALID);
        if (strstr(error.text, cases[i].complaint) == NULL || strstr(error.text, path) == NULL)
            fail_msg("expected %s, found %s", cases[i].complaint, error.text);
        arena_close(&arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_notation_gives_the_same_world),
        cmocka_unit_test(the_population_has_the_exported_shape),
        cmocka_unit_test(with_a_key_no_name_is_left),
        cmocka_unit_test(each_cell_that_is_not_understood_is_named),
        cmocka_unit_test(what_helps_is_said),
        cmocka_unit_test(what_is_said_on_the_command_line_is_read_as_strictly),
        cmocka_unit_test(a_broken_file_of_shapes_is_refused_with_its_place),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
