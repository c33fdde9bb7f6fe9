/* `generalprobe explain WORD`: what a word means, from the tables that the program itself works
 * with. */
#include <stdio.h>
#include <string.h>

#include "../../engine/measures.h"
#include "../../reports/expect.h"
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

static const struct {
    const char *word, *sentence;
} verdicts[] = {
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
    {"effect", "the disturbance reached something that acts on it"},
    {"canary", "a scenario at which the oracles must shout"},
};

enum { VERDICTS = sizeof verdicts / sizeof verdicts[0] };

static bool explain_verdict(const char *word) {
    for (size_t i = 0; i < VERDICTS; i++) {
        if (strcmp(verdicts[i].word, word) != 0)
            continue;
        printf("%s — %s\n", word, verdicts[i].sentence);
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
    for (size_t i = 0; i < VERDICTS; i++)
        suggest(&suggestion, verdicts[i].word);
    const struct fault_type *type;
    for (size_t i = 0; (type = fault_type_at(i)) != NULL; i++)
        suggest(&suggestion, type->name);
    if (suggestion.nearest == NULL)
        return usage_error("explain", "nothing is known of \"%s\"", word);
    return usage_error("explain", "nothing is known of \"%s\"; did you mean \"%s\"?", word,
                       suggestion.nearest);
}

int explain_command(int count, char **words) {
    if (count < 2) {
        struct buffer out = {0};
        scenario_reference(&out);
        fputs(buffer_text(&out), stdout);
        buffer_release(&out);
        return EXIT_KEPT;
    }
    if (count > 2)
        return usage_error("explain", "expected one word");
    struct buffer out = {0};
    bool field = scenario_explain(words[1], &out);
    fputs(buffer_text(&out), stdout);
    buffer_release(&out);
    bool number = explain_number(words[1]);
    bool fault = explain_fault(words[1]);
    bool measure = explain_measure(words[1]);
    bool phase = explain_phase(words[1]);
    bool verdict = explain_verdict(words[1]);
    if (field || number || fault || measure || phase || verdict)
        return EXIT_KEPT;
    return explain_nothing(words[1]);
}
