/* See script.h. */
#include "script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../engine/base/buffer.h"
#include "../judge.h"

static uint64_t number_of(struct str text) {
    uint64_t number = 0;
    if (!str_to_u64(text, &number))
        fail_msg("\"%.*s\" is no number", STR_ARG(text));
    return number;
}

static int64_t signed_of(struct str text) {
    if (!str_starts_with(text, "-"))
        return (int64_t)number_of(text);
    return -(int64_t)number_of((struct str){text.data + 1, text.length - 1});
}

static instant instant_of(struct str text) {
    int64_t minutes = signed_of(str_cut(&text, ':'));
    return SCRIPT_BEGAN + minutes * MINUTE +
           (text.length > 0 ? (int64_t)number_of(text) * SECOND : 0);
}

/* "_" stands for a blank. */
static uint32_t name_of(struct history *history, struct str text) {
    struct buffer name = {0};
    for (size_t i = 0; i < text.length; i++)
        buffer_append_byte(&name, text.data[i] == '_' ? ' ' : text.data[i]);
    uint32_t number = history_name(history, buffer_str(&name));
    buffer_release(&name);
    return number;
}

static uint32_t content_of(struct history *history, struct str text) {
    uint64_t number;
    if (str_starts_with(text, "~"))
        return 0x80000000u + (uint32_t)number_of((struct str){text.data + 1, text.length - 1});
    return str_to_u64(text, &number) ? (uint32_t)number : name_of(history, text);
}

static uint8_t system_of(struct str text) {
    static const char letters[] = " XOGDE";
    const char *found = text.length == 1 ? strchr(letters, text.data[0]) : NULL;
    if (found == NULL)
        fail_msg("\"%.*s\" is no system", STR_ARG(text));
    return (uint8_t)(found - letters);
}

static uint8_t how_of(struct str text) {
    static const char *const words[] = {"none",  "fixture",  "appended", "delivered", "copied",
                                        "moved", "expunged", "sent",     "drafted"};
    for (uint8_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (str_equal_text(text, words[i]))
            return i;
    fail_msg("\"%.*s\" is no way to come to rest", STR_ARG(text));
    return 0;
}

static void script_key(struct history *history, struct fact *fact, struct str word) {
    struct str key = str_cut(&word, '=');
    switch (key.length == 1 ? key.data[0] : '?') {
    case 'p':
        fact->process = name_of(history, word);
        break;
    case 's':
        fact->system = system_of(word);
        break;
    case 'm':
        fact->mailbox = (uint32_t)number_of(word);
        break;
    case 'f':
        fact->folder = name_of(history, word);
        break;
    case 'c':
        fact->content = content_of(history, word);
        break;
    case 'u':
        fact->uid = (uint32_t)number_of(word);
        break;
    case 'n':
        fact->name = name_of(history, word);
        break;
    case 'h':
        fact->how = how_of(word);
        break;
    case 'd':
        fact->a = SCRIPT_BEGAN + signed_of(word) * DAY;
        break;
    case 'a':
        fact->a = signed_of(word);
        break;
    case 'b':
        fact->b = signed_of(word);
        break;
    default:
        fail_msg("\"%.*s\" is no key", STR_ARG(key));
    }
}

static void script_fact(struct history *history, struct str first, struct str line) {
    struct fact fact = {.at = instant_of(first)};
    struct str kind = str_cut(&line, ' ');
    while (fact.kind < FACT_KIND_COUNT &&
           !str_equal_text(kind, fact_kind_name((enum fact_kind)fact.kind)))
        fact.kind++;
    if (fact.kind == FACT_KIND_COUNT)
        fail_msg("\"%.*s\" is no kind of fact", STR_ARG(kind));
    while (line.length > 0) {
        struct str word = str_cut(&line, ' ');
        if (word.length > 0)
            script_key(history, &fact, word);
    }
    history_fact(history, &fact);
}

static void script_claim(struct history *history, struct str line) {
    struct claim claim = {.at = instant_of(str_cut(&line, ' '))};
    claim.kind = history_name(history, str_cut(&line, ' '));
    while (line.length > 0) {
        struct str word = str_cut(&line, ' ');
        struct str key = str_cut(&word, '=');
        if (str_equal_text(key, "m"))
            claim.mailbox = (uint32_t)number_of(word);
        else if (str_equal_text(key, "p"))
            claim.process = name_of(history, word);
        else if (str_equal_text(key, "phase"))
            claim.phase = history_name(history, word);
        else if (str_equal_text(key, "messages"))
            claim.messages = signed_of(word);
        else if (str_equal_text(key, "value"))
            claim.value = signed_of(word);
        else if (str_equal_text(key, "text"))
            claim.text = word;
        else
            fail_msg("\"%.*s\" is no key of a claim", STR_ARG(key));
    }
    history_claim(history, &claim);
}

static void script_line(struct history *history, struct str line) {
    struct str first = str_cut(&line, ' ');
    if (str_equal_text(first, "set")) {
        struct str key = str_cut(&line, ' ');
        struct buffer text = {0};
        buffer_append_str(&text, key);
        history_set(history, buffer_text(&text), line);
        buffer_release(&text);
    } else if (str_equal_text(first, "promise") || str_equal_text(first, "expect")) {
        struct str name = str_cut(&line, ' ');
        judge_promise(history, str_equal_text(first, "expect"), name, line);
    } else if (str_equal_text(first, "base")) {
        uint32_t content = content_of(history, str_cut(&line, ' '));
        history_content(history, content, (struct digest){content, 0}, 100,
                        content_of(history, line));
    } else if (str_equal_text(first, "claim")) {
        script_claim(history, line);
    } else {
        script_fact(history, first, line);
    }
}

struct history *script_play_to(const char *path, const char *script) {
    static const struct history_mailbox mailboxes[] = {
        {1, "anna.beck@im.example", "Beck, Anna", "personal", "Innenministerium", "IM 12", "MDB-1",
         "store-1", ROLE_BATCH, 1},
        {2, "poststelle@im.example", "Poststelle", "functional", "Innenministerium", "IM 12",
         "MDB-1", "store-1", ROLE_BATCH, 2},
        {3, "carl.dohrn@fa.example", "Dohrn, Carl", "personal", "Finanzamt", "FA 3", "MDB-2",
         "store-2", ROLE_BATCH, 1},
        {4, "doris.ehlers@im.example", "Ehlers, Doris", "personal", "Innenministerium", "IM 12",
         "MDB-1", "store-1", ROLE_BYSTANDER, 1},
        {5, "emil.frahm@lk.example", "Frahm, Emil", "personal", "Landeskasse", "LK", "MDB-3",
         "store-3", ROLE_STRANGER, 1},
    };
    struct history *history = NULL;
    assert_int_equal(history_create(path, &history, NULL), STATUS_OK);
    for (size_t i = 0; i < sizeof mailboxes / sizeof mailboxes[0]; i++)
        history_mailbox_add(history, &mailboxes[i]);
    struct str rest = str_of(script);
    while (rest.length > 0) {
        struct str line = str_trim(str_cut(&rest, '\n'));
        if (line.length > 0)
            script_line(history, line);
    }
    return history;
}

struct history *script_play(const char *script) {
    return script_play_to(NULL, script);
}
