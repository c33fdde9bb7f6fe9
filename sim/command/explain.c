/* `generalprobe explain WORD`: what a word means, from the tables that the program itself works
 * with. */
#include <stdio.h>
#include <string.h>

#include "../../engine/measures.h"
#include "../../reports/expect.h"
#include "../../reports/finding.h"
#include "../fault/fault.h"
#include "../scenario.h"
#include "command.h"

static bool explain_number(const char *word) {
    enum number number;
    struct error error;
    if (number_find(str_of(word), &number, &error) != STATUS_OK)
        return false;
    printf("promise or expectation: %s — %s\n", word, number_sentence(number));
    return true;
}

static bool explain_fault(const char *word) {
    const struct fault_type *type = fault_type(word);
    if (type == NULL)
        return false;
    printf("fault: %s — %s\n", type->name, type->sentence);
    return true;
}

static bool explain_measure(const char *word) {
    for (int i = 0; i < MEASURE_COUNT; i++) {
        const struct measure_row *row = measure_row((enum measure)i);
        if (strcmp(row->name, word) != 0)
            continue;
        printf("measure: %s — %s\n", row->name, row->sentence);
        return true;
    }
    return false;
}

static bool explain_phase(const char *word) {
    for (int i = 0; i < PHASE_COUNT; i++) {
        if (strcmp(phase_name((enum phase)i), word) != 0)
            continue;
        printf("phase: %s — %s\n", word, phase_sentence((enum phase)i));
        return true;
    }
    return false;
}

static bool explain_finding(const char *word) {
    for (int i = 0; i < FINDING_KIND_COUNT; i++) {
        enum finding_kind kind = (enum finding_kind)i;
        if (strcmp(finding_name(kind), word) != 0)
            continue;
        printf("finding: %s — %s (%s)\n", word, finding_sentence(kind),
               finding_is_harm(kind) ? "harm" : "no harm by itself");
        return true;
    }
    return false;
}

/* ---- Words ---- */

static const struct {
    const char *word, *sentence;
} words_known[] = {
    {"campaign", "the whole move, over many migration days"},
    {"batch",
     "the mailboxes that are moved together (Charge); by batch, day and attempt the engine "
     "keys what it notes"},
    {"wave", "a part of a batch; after each the engine looks whether all went well"},
    {"attempt", "the first or a repeated try at the same batch; one that was set back is over"},
    {"core", "the copy by day of mail younger than the cut-off"},
    {"engine", "what moves mail: umzug, or the old copying script"},
    {"measure",
     "a switchable fault-prevention measure of the engine; `explain measures` lists them"},
    {"world", "all that exists in one rehearsal: servers, people, mail, the engine's disk"},
    {"party", "a mocked system: Exchange, Open-Xchange, gateway, directory"},
    {"actor", "somebody who acts: operator, person, postman, bystander"},
    {"bystander", "a mailbox outside the batch, in an office or on a server with it"},
    {"tripwire", "a system that the day must leave alone; touching it is harm"},
    {"fault",
     "what is broken on purpose: armed, fired, effect, healed; `explain faults` lists them"},
    {"effect", "the disturbance reached something that acts on it; only then a fault counts"},
    {"harm", "what an oracle finds: a promise of the world was broken"},
    {"fact", "what the world saw; every judgement rests on facts alone"},
    {"claim", "what the engine said of itself; auditors compare it with the facts"},
    {"history", "facts and claims of one rehearsal, one SQLite file; see `generalprobe report`"},
    {"oracle", "judges one question from the facts"},
    {"auditor", "compares the engine's claims with facts and findings"},
    {"finding", "one thing wrong, in one mailbox; `explain findings` lists the kinds"},
    {"alarm", "a refusal or warning that reached the operator; it counts for a fault when it came "
              "after that fired and names an affected mailbox or artefact"},
    {"promise", "what a scenario says must hold; `explain promises` lists what can be promised"},
    {"expectation", "in a canary: the exact wrong that must be found"},
    {"kept", "all promises and expectations hold, and the verdict is a good one"},
    {"twin", "the same seed played with all measures off: was there anything to prevent?"},
    {"verdict", "what became of a fault, or of a day: inconclusive, vacuous, prevented, tolerated, "
                "missed, contained, detected, calm"},
    {"inconclusive", "an oracle failed or lacked facts; never counts as passed"},
    {"vacuous", "the fault had no effect, or does no harm even with all measures off; never "
                "counts as passed"},
    {"prevented", "no harm was done, and an alarm said so"},
    {"tolerated", "no harm was done, without an alarm"},
    {"missed", "harm was done, and no alarm reached the operator"},
    {"contained", "harm was done, the alarm came in time, within the limits, and nothing is "
                  "left at the end"},
    {"detected", "harm was done and an alarm came, but too late or not all was undone"},
    {"calm", "a day without fault and without alarm"},
    {"foreign", "at rest in a mailbox where truth does not allow its content"},
    {"doubled", "at rest where it is allowed, but more often"},
    {"missing", "not in its present home"},
    {"lost", "nowhere reachable in the world"},
    {"downloaded", "fetched by somebody's mail program: the second degree of exposure"},
    {"opened", "shown on somebody's screen: the third degree of exposure"},
    {"reachable", "can get and send new mail"},
    {"workable", "has the core of its mail"},
    {"complete", "has all of its mail"},
    {"canary", "a scenario at which the oracles must shout; in a plan, the first small wave"},
};

enum { WORDS_KNOWN = sizeof words_known / sizeof words_known[0] };

static bool explain_known(const char *word) {
    for (size_t i = 0; i < WORDS_KNOWN; i++) {
        if (strcmp(words_known[i].word, word) != 0)
            continue;
        printf("%s — %s\n", word, words_known[i].sentence);
        return true;
    }
    return false;
}

/* ---- Whole lists ---- */

static void list_faults(void) {
    const struct fault_type *type;
    for (size_t i = 0; (type = fault_type_at(i)) != NULL; i++)
        printf("  %s — %s\n", type->name, type->sentence);
}

static void list_measures(void) {
    for (int i = 0; i < MEASURE_COUNT; i++)
        printf("  %s — %s\n", measure_row((enum measure)i)->name,
               measure_row((enum measure)i)->sentence);
}

static void list_numbers(void) {
    for (int i = 0; i < NUMBER_COUNT; i++)
        printf("  %s — %s\n", number_name((enum number)i), number_sentence((enum number)i));
}

static void list_findings(void) {
    for (int i = 0; i < FINDING_KIND_COUNT; i++)
        printf("  %s — %s\n", finding_name((enum finding_kind)i),
               finding_sentence((enum finding_kind)i));
}

static void list_phases(void) {
    for (int i = 0; i < PHASE_COUNT; i++)
        printf("  %s — %s\n", phase_name((enum phase)i), phase_sentence((enum phase)i));
}

static void list_words(void) {
    for (size_t i = 0; i < WORDS_KNOWN; i++)
        printf("  %s — %s\n", words_known[i].word, words_known[i].sentence);
}

static const struct {
    const char *word, *title;
    void (*print)(void);
} lists[] = {
    {"faults", "the catalogue of faults", list_faults},
    {"measures", "the engine's measures", list_measures},
    {"promises", "what can be promised, or expected", list_numbers},
    {"findings", "the kinds of finding, worst first", list_findings},
    {"phases", "what the operator types", list_phases},
    {"words", "words of scenarios and reports", list_words},
};

enum { LISTS = sizeof lists / sizeof lists[0] };

static bool explain_list(const char *word) {
    for (size_t i = 0; i < LISTS; i++) {
        if (strcmp(lists[i].word, word) != 0)
            continue;
        printf("%s:\n", lists[i].title);
        lists[i].print();
        return true;
    }
    return false;
}

/* The nearest of all words that can be explained, in the tables' order. */
struct suggestion {
    const char *word, *nearest;
    size_t distance;
};

static void suggest(struct suggestion *suggestion, const char *word) {
    size_t distance = str_distance(str_of(suggestion->word), str_of(word), 100);
    if (distance >= suggestion->distance)
        return;
    suggestion->distance = distance;
    suggestion->nearest = word;
}

static int explain_nothing(const char *word) {
    struct suggestion suggestion = {.word = word, .distance = 1 + strlen(word) / 2};
    for (int i = 0; i < NUMBER_COUNT; i++)
        suggest(&suggestion, number_name((enum number)i));
    for (int i = 0; i < MEASURE_COUNT; i++)
        suggest(&suggestion, measure_row((enum measure)i)->name);
    for (int i = 0; i < PHASE_COUNT; i++)
        suggest(&suggestion, phase_name((enum phase)i));
    for (int i = 0; i < FINDING_KIND_COUNT; i++)
        suggest(&suggestion, finding_name((enum finding_kind)i));
    for (size_t i = 0; i < WORDS_KNOWN; i++)
        suggest(&suggestion, words_known[i].word);
    for (size_t i = 0; i < LISTS; i++)
        suggest(&suggestion, lists[i].word);
    const struct fault_type *type;
    for (size_t i = 0; (type = fault_type_at(i)) != NULL; i++)
        suggest(&suggestion, type->name);
    if (suggestion.nearest == NULL)
        return usage_error("explain", "nothing is known of \"%s\"", word);
    return usage_error("explain", "nothing is known of \"%s\"; did you mean \"%s\"?", word,
                       suggestion.nearest);
}

static int explain_everything(void) {
    struct buffer out = {0};
    scenario_reference(&out);
    printf("What may stand in a scenario:\n\n%s\n`generalprobe explain LIST` lists:\n",
           buffer_text(&out));
    for (size_t i = 0; i < LISTS; i++)
        printf("  %-9s %s\n", lists[i].word, lists[i].title);
    buffer_release(&out);
    return EXIT_KEPT;
}

int explain_command(int count, char **words) {
    static bool (*const ways[])(const char *word) = {
        explain_number,  explain_fault, explain_measure, explain_phase,
        explain_finding, explain_known, explain_list};
    if (count < 2)
        return explain_everything();
    if (count > 2)
        return usage_error("explain", "expected one word");
    struct buffer out = {0};
    bool known = scenario_explain(words[1], &out);
    fputs(buffer_text(&out), stdout);
    buffer_release(&out);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        known |= ways[i](words[1]);
    return known ? EXIT_KEPT : explain_nothing(words[1]);
}
