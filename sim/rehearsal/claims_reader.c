/* See claims_reader.h. */
#include "claims_reader.h"

#include <jansson.h>
#include <string.h>

static struct str claim_text(json_t *object, const char *key) {
    return str_of(json_string_value(json_object_get(object, key)));
}

/* The first of these keys that holds a text. */
static struct str claim_first_text(json_t *object, const char *const *keys) {
    for (; *keys != NULL; keys++) {
        struct str text = claim_text(object, *keys);
        if (text.length > 0)
            return text;
    }
    return STR("");
}

static int64_t claim_number(json_t *object, const char *key) {
    return json_integer_value(json_object_get(object, key));
}

static void claim_read(struct history *history, const struct population *population,
                       struct claim *claim, struct str line) {
    static const char *const subjects[] = {"measure", "artefact", "aspect", "side", NULL};
    json_error_t error;
    json_t *object = line.length > CLAIM_BYTES_MAX
                         ? NULL
                         : json_loadb(line.data, line.length, JSON_REJECT_DUPLICATES, &error);
    claim->text = line;
    struct str kind = json_is_object(object) ? claim_text(object, "claim") : STR("");
    claim->kind = history_name(history, kind.length > 0 ? kind : STR("not_a_claim"));
    if (kind.length > 0) {
        claim->phase = history_name(history, claim_text(object, "phase"));
        claim->mailbox = population_find_address(population, claim_text(object, "mailbox"));
        claim->folder = history_name(history, claim_text(object, "folder"));
        claim->subject = history_name(history, claim_first_text(object, subjects));
        claim->messages = claim_number(object, "messages");
        claim->value = str_equal_text(kind, "run_ended") ? claim_number(object, "exit")
                                                         : claim_number(object, "bytes");
    }
    history_claim(history, claim);
    /* That it was said, and when, is a fact: whoever writes after it gives the lie to it. */
    if (str_equal_text(kind, "stop_done"))
        history_fact(history, &(struct fact){.at = claim->at,
                                             .kind = FACT_STOP_ACKNOWLEDGED,
                                             .process = claim->process});
    json_decref(object);
}

void claims_read(struct history *history, const struct population *population, uint32_t process,
                 instant at, struct str lines) {
    while (lines.length > 0) {
        struct str line = str_cut(&lines, '\n');
        if (line.length == 0)
            continue;
        struct claim claim = {.at = at, .process = process};
        claim_read(history, population, &claim, line);
    }
}
