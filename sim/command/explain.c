/* `generalprobe explain WORD`: what a word means, from the tables that the program itself works
 * with. */
#include <stdio.h>
#include <string.h>

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

static bool explain_verdict(const char *word) {
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
    for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
        if (strcmp(verdicts[i].word, word) != 0)
            continue;
        printf("%s — %s\n", word, verdicts[i].sentence);
        return true;
    }
    return false;
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
    bool verdict = explain_verdict(words[1]);
    if (field || number || fault || verdict)
        return EXIT_KEPT;
    return usage_error("explain", "nothing is known of \"%s\"", words[1]);
}
