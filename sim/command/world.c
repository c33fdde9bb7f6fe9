/*
 * `generalprobe world`: a scenario in the shape of tomorrow's batch, out of what the administrator
 * exports (exports.h). Writes DIR/<name>.yaml and DIR/<name>.shapes.csv. With a key, every name in
 * them is a pseudonym: the same name and key give the same one, and nobody finds the way back
 * without the key.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../engine/base/check.h"
#include "../../engine/base/digest.h"
#include "../scenario.h"
#include "command.h"
#include "exports.h"

struct world_options {
    struct export_files files;
    const char *folder, *name, *day, *pseudonym_key; /* the key: NULL for none */
};

enum { PSEUDONYM_KEY_MIN = 6, SHORT_HEX = 10, WIRE_BYTES_MAX = 2000000000, SCALE_MIN = 100 };

/* ---- pseudonyms ---- */

/* Hexadecimal digits that follow from key, kind and name (caseless). */
static void world_hex(const struct world_options *options, const char *kind, struct str name,
                      char hex[SEAL_HEX_MAX]) {
    struct buffer text = {0};
    buffer_printf(&text, "%s%c%s%c", options->pseudonym_key, 0, kind, 0);
    for (size_t i = 0; i < name.length; i++)
        buffer_append_byte(&text, ascii_lower(name.data[i]));
    buffer_printf(&text, "%c%s", 0, options->pseudonym_key);
    struct seal_digest digest = seal_digest_of(buffer_str(&text));
    seal_digest_hex(&digest, hex);
    buffer_release(&text);
}

static void world_name(const struct world_options *options, const char *kind, const char *prefix,
                       struct str name, struct buffer *out) {
    char hex[SEAL_HEX_MAX];
    if (options->pseudonym_key == NULL || name.length == 0) {
        buffer_append_str(out, name);
        return;
    }
    world_hex(options, kind, name, hex);
    buffer_printf(out, "%s%.*s", prefix, SHORT_HEX, hex);
}

static void world_domain(const struct world_options *options, struct str domain,
                         struct buffer *out) {
    world_name(options, "domain", "amt-", domain, out);
    if (options->pseudonym_key != NULL)
        buffer_append_text(out, ".example");
}

static void world_address(const struct world_options *options, struct str address,
                          struct buffer *out) {
    struct str domain = address;
    struct str local = str_cut(&domain, '@');
    world_name(options, "address", "p", options->pseudonym_key == NULL ? local : address, out);
    buffer_append_byte(out, '@');
    world_domain(options, domain, out);
}

static void world_key(const struct world_options *options, const char *key, struct buffer *out) {
    char hex[SEAL_HEX_MAX];
    if (options->pseudonym_key == NULL) {
        buffer_append_text(out, key);
        return;
    }
    world_hex(options, "key", str_of(key), hex);
    buffer_printf(out, "%.8s-%.4s-4%.3s-8%.3s-%.12s", hex, hex + 8, hex + 12, hex + 15, hex + 18);
}

/* Folders with a role keep their names, so that what lies below them is found again. */
static void world_path(const struct world_options *options, const struct export_mailbox *mailbox,
                       const struct export_folder *folder, struct buffer *out) {
    struct str rest = str_of(folder->path + 1);
    bool first = true;
    while (rest.length > 0) {
        struct str level = str_cut(&rest, '/');
        bool kept = false;
        for (uint32_t i = 0; first && i < mailbox->folder_count; i++)
            kept = kept || (mailbox->folders[i].role != FOLDER_PLAIN &&
                            str_equal_text(level, mailbox->folders[i].path + 1));
        buffer_append_byte(out, '/');
        if (kept)
            buffer_append_str(out, level);
        else
            world_name(options, "folder", "Ordner ", level, out);
        first = false;
    }
}

/* ---- the shapes ---- */

static void world_quoted(struct buffer *out, struct str text, bool last) {
    buffer_append_byte(out, '"');
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] == '"')
            buffer_append_byte(out, '"');
        buffer_append_byte(out, text.data[i]);
    }
    buffer_append_text(out, last ? "\"\n" : "\",");
}

static void world_mailbox(const struct world_options *options, const struct export_mailbox *mailbox,
                          struct buffer *out) {
    struct buffer cell = {0};
    world_quoted(out, STR("mailbox"), false);
    world_address(options, str_of(mailbox->address), &cell);
    world_quoted(out, buffer_str(&cell), false);
    buffer_clear(&cell);
    world_name(options, "login", "u", str_of(mailbox->login), &cell);
    world_quoted(out, buffer_str(&cell), false);
    buffer_clear(&cell);
    world_key(options, mailbox->key, &cell);
    world_quoted(out, buffer_str(&cell), false);
    buffer_clear(&cell);
    world_name(options, "display name", "Person ", str_of(mailbox->display_name), &cell);
    world_quoted(out, buffer_str(&cell), false);
    world_quoted(out, str_of(shape_kinds[mailbox->kind]), false);
    buffer_clear(&cell);
    world_name(options, "database", "DB-", str_of(mailbox->database), &cell);
    world_quoted(out, buffer_str(&cell), false);
    buffer_clear(&cell);
    for (struct str rest = buffer_str(&mailbox->principals); rest.length > 0;) {
        if (cell.length > 0)
            buffer_append_byte(&cell, ' ');
        world_address(options, str_cut(&rest, ' '), &cell);
    }
    world_quoted(out, buffer_str(&cell), false);
    buffer_append_text(out, "\"\",\"\",\"\",\"\"\n");
    buffer_release(&cell);
}

static void world_shapes(const struct world_options *options, const struct exports *exports,
                         struct buffer *out) {
    struct buffer path = {0};
    buffer_append_text(out, "record,address,login,key,display_name,kind,database,principals,path,"
                            "role,items,bytes\n");
    for (uint32_t i = 0; i < exports->count; i++) {
        const struct export_mailbox *mailbox = &exports->mailboxes[i];
        world_mailbox(options, mailbox, out);
        for (uint32_t k = 0; k < mailbox->folder_count; k++) {
            const struct export_folder *folder = &mailbox->folders[k];
            buffer_clear(&path);
            world_path(options, mailbox, folder, &path);
            buffer_append_text(out, "\"folder\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",");
            world_quoted(out, buffer_str(&path), false);
            buffer_printf(out, "\"%s\",\"%llu\",\"%llu\"\n", shape_roles[folder->role],
                          (unsigned long long)folder->items, (unsigned long long)folder->bytes);
        }
    }
    buffer_release(&path);
}

/* ---- the scenario ---- */

static struct str world_domain_of(const struct export_mailbox *mailbox) {
    struct str domain = str_of(mailbox->address);
    str_cut(&domain, '@');
    return domain;
}

/* An office a domain, in order of the list. Each needs a person who could open its mailboxes. */
static void world_offices(const struct world_options *options, const struct exports *exports,
                          struct buffer *out) {
    for (uint32_t i = 0; i < exports->count; i++) {
        struct str domain = world_domain_of(&exports->mailboxes[i]);
        uint32_t counts[3] = {0}, earlier = 0;
        for (uint32_t k = 0; k < exports->count; k++) {
            bool same = str_equal(world_domain_of(&exports->mailboxes[k]), domain);
            earlier += same && k < i;
            counts[exports->mailboxes[k].kind] += same;
        }
        if (earlier > 0)
            continue;
        uint32_t people = counts[MAILBOX_PERSONAL] == 0 ? 1 : counts[MAILBOX_PERSONAL];
        struct buffer name = {0};
        world_domain(options, domain, &name);
        buffer_printf(out,
                      "    - organisation: %s\n      name: %s\n      domain: %s\n"
                      "      people: %u\n      functional: %u\n      resources: %u\n"
                      "      batch: %u\n",
                      buffer_text(&name), buffer_text(&name), buffer_text(&name), people,
                      counts[MAILBOX_FUNCTIONAL], counts[MAILBOX_RESOURCE],
                      people + counts[MAILBOX_FUNCTIONAL] + counts[MAILBOX_RESOURCE]);
        buffer_release(&name);
    }
}

static void world_scenario(const struct world_options *options, const struct exports *exports,
                           struct buffer *out) {
    uint64_t bytes = 0, items = 0;
    for (uint32_t i = 0; i < exports->count; i++)
        for (uint32_t k = 0; k < exports->mailboxes[i].folder_count; k++) {
            bytes += exports->mailboxes[i].folders[k].bytes;
            items += exports->mailboxes[i].folders[k].items;
        }
    uint64_t scale = bytes / WIRE_BYTES_MAX < SCALE_MIN ? SCALE_MIN : bytes / WIRE_BYTES_MAX;
    buffer_printf(out,
                  "story: |\n"
                  "  %u mailboxes with %llu items of %llu MB, in the shape of what was exported.\n"
                  "  The mail in them is made up; neighbours who stay are, too.\n"
                  "world:\n  day: %s\n  offices:\n",
                  exports->count, (unsigned long long)items, (unsigned long long)(bytes / 1000000),
                  options->day);
    world_offices(options, exports, out);
    buffer_printf(out,
                  "    - organisation: Nachbarn\n      name: Nachbarn\n"
                  "      domain: nachbarn.example\n      people: 3\n      batch: 0\n"
                  "  scale: %llu\n  shapes: %s.shapes.csv\n"
                  "plan:\n  workers: %u\n"
                  "runbook:\n"
                  "  - at: \"06:20\"\n    run: --by petersen --and hansen seal\n"
                  "  - run: check\n  - run: preflight\n"
                  "  - at: \"07:00\"\n    run: hold\n  - run: switch\n  - run: release\n"
                  "  - at: \"07:20\"\n    run: core\n  - run: verify\n"
                  "  - at: \"20:00\"\n    run: backfill\n"
                  "  - at: \"05:00 +1 d\"\n    run: close\n"
                  "promises:\n  calm: yes\n  honest: yes\n  foreign_at_rest_max: 0\n  missing: 0\n"
                  "  lost: 0\n  doubled: 0\n  altered: 0\n  held_in_equals_out: yes\n"
                  "  one_home: yes\n  bystanders_touched: 0\n  reachable_within: 10 min\n"
                  "  workable_within: 3 h\n  complete_by: \"06:00\"\n",
                  (unsigned long long)scale, options->name, exports->count < 16 ? 4 : 16);
}

/* ---- the command ---- */

static bool world_write(const struct world_options *options, const char *ending,
                        const struct buffer *text) {
    struct buffer path = {0};
    buffer_printf(&path, "%s/%s%s", options->folder, options->name, ending);
    FILE *file = fopen(buffer_text(&path), "wb");
    bool written = file != NULL && fwrite(text->data, 1, text->length, file) == text->length;
    if (file != NULL && fclose(file) != 0)
        written = false;
    if (!written)
        fprintf(stderr, "generalprobe: %s: cannot be written: %s\n", buffer_text(&path),
                strerror(errno));
    buffer_release(&path);
    return written;
}

static void world_note(const struct world_options *options, const struct exports *exports) {
    printf("%s/%s.shapes.csv\n%s/%s.yaml\n", options->folder, options->name, options->folder,
           options->name);
    printf("%u mailboxes; passed over: %u rows of others, %u folders without mail, %u permissions "
           "of people outside the batch\n",
           exports->count, exports->others, exports->other_folders, exports->strangers);
    if (options->files.recipients == NULL)
        printf("without --recipients every mailbox is taken for a person's\n");
    if (options->files.permissions == NULL)
        printf("without --permissions it is made up who may open whose mailbox\n");
    printf("to rehearse it: generalprobe run %s/%s.yaml\n", options->folder, options->name);
}

/* Export-Csv without -Encoding writes ASCII, and "?" for all else: names may still fit by chance.
 */
static void world_note_lost(const struct exports *exports) {
    if (exports->question_marks > 0)
        fprintf(
            stderr,
            "%s: note: %u %s a \"?\": umlauts are lost where Export-Csv had no -Encoding UTF8\n",
            exports->first_question_mark, exports->question_marks,
            exports->question_marks == 1 ? "name holds" : "names hold");
}

/* What was written must be a scenario; what is wrong with it is something that was said here. */
static bool world_reads_back(const struct world_options *options) {
    static const char *const endings[] = {".yaml", ".shapes.csv"};
    const struct scenario *scenario;
    struct error error;
    struct buffer path = {0};
    struct arena *arena = arena_new();
    buffer_printf(&path, "%s/%s.yaml", options->folder, options->name);
    bool good = scenario_read(arena, buffer_text(&path), &scenario, &error) == STATUS_OK;
    if (!good)
        fprintf(stderr, "generalprobe: %s; nothing was written\n", error.text);
    for (size_t i = 0; i < 2 && !good; i++) {
        buffer_clear(&path);
        buffer_printf(&path, "%s/%s%s", options->folder, options->name, endings[i]);
        unlink(buffer_text(&path));
    }
    arena_close(&arena);
    buffer_release(&path);
    return good;
}

static int world_make(const struct world_options *options) {
    struct exports exports;
    struct error error;
    enum status status = exports_read(&options->files, &exports, &error);
    bool written = false;
    if (status == STATUS_OK) {
        struct buffer shapes = {0}, scenario = {0};
        world_shapes(options, &exports, &shapes);
        world_scenario(options, &exports, &scenario);
        if (mkdir(options->folder, 0777) != 0 && errno != EEXIST)
            fprintf(stderr, "generalprobe: %s: cannot be made: %s\n", options->folder,
                    strerror(errno));
        else
            written = world_write(options, ".shapes.csv", &shapes) &&
                      world_write(options, ".yaml", &scenario) && world_reads_back(options);
        if (written)
            world_note(options, &exports);
        buffer_release(&shapes);
        buffer_release(&scenario);
    } else {
        fputs(buffer_text(&exports.complaints), stderr);
        fprintf(stderr, "generalprobe: %s; nothing was written\n", error.text);
    }
    world_note_lost(&exports);
    exports_release(&exports);
    return written ? EXIT_KEPT : EXIT_BAD_INPUT;
}

static bool world_is_word(const char *text) {
    size_t length = strlen(text);
    return length > 0 &&
           length == strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789-_");
}

int world_command(int count, char **words) {
    struct world_options options = {.name = "batch", .day = "2025-08-07"};
    const struct {
        const char *name, **value;
        bool needed;
    } known[] = {
        {"--mapping", &options.files.mapping, true},
        {"--statistics", &options.files.statistics, true},
        {"--folders", &options.files.folders, true},
        {"--recipients", &options.files.recipients, false},
        {"--permissions", &options.files.permissions, false},
        {"-o", &options.folder, true},
        {"--name", &options.name, false},
        {"--day", &options.day, false},
        {"--pseudonym-key", &options.pseudonym_key, false},
    };
    enum { KNOWN = sizeof known / sizeof known[0] };
    const char *names[KNOWN + 1] = {NULL};
    for (size_t i = 0; i < KNOWN; i++)
        names[i] = known[i].name;
    for (int at = 1; at < count;) {
        size_t i = 0;
        while (i < KNOWN && !option_value(count, words, &at, known[i].name, known[i].value))
            i++;
        if (i == KNOWN)
            return option_unknown("world", words[at], names);
        if (*known[i].value == NULL)
            return usage_error("world", "%s wants a value", known[i].name);
    }
    for (size_t i = 0; i < KNOWN; i++)
        if (known[i].needed && *known[i].value == NULL)
            return usage_error("world", "expected %s with a value", known[i].name);
    if (!world_is_word(options.name))
        return usage_error("world", "--name wants a word of letters, digits, \"-\" and \"_\"");
    if (options.pseudonym_key != NULL && strlen(options.pseudonym_key) < PSEUDONYM_KEY_MIN)
        return usage_error("world",
                           "--pseudonym-key wants at least %d characters: with a shorter "
                           "one, names are found again by trying",
                           PSEUDONYM_KEY_MIN);
    return world_make(&options);
}
