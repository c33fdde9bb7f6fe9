/* See verdict.h. */
#include "verdict.h"

#include "../engine/base/check.h"

static enum verdict verdict_on_harm(const struct grounds *grounds) {
    if (!grounds->alarm)
        return VERDICT_MISSED;
    return grounds->within_limits && !grounds->left_at_end ? VERDICT_CONTAINED : VERDICT_DETECTED;
}

enum verdict verdict_on_fault(const struct grounds *grounds) {
    if (grounds->lacking)
        return VERDICT_INCONCLUSIVE;
    if (!grounds->effect)
        return VERDICT_VACUOUS;
    if (grounds->harm)
        return verdict_on_harm(grounds);
    if (!grounds->alarm)
        return VERDICT_TOLERATED;
    if (grounds->twin_harmed)
        return VERDICT_PREVENTED;
    return grounds->excused && grounds->within_limits ? VERDICT_CONTAINED : VERDICT_VACUOUS;
}

enum verdict verdict_on_calm_day(const struct grounds *grounds) {
    if (grounds->lacking)
        return VERDICT_INCONCLUSIVE;
    if (grounds->harm)
        return verdict_on_harm(grounds);
    return grounds->alarm ? VERDICT_FALSE_ALARM : VERDICT_CALM;
}

static const struct {
    const char *name, *sentence;
    bool good;
} verdict_rows[] = {
    [VERDICT_CALM] = {"calm", "no fault, no harm, no alarm", true},
    [VERDICT_PREVENTED] = {"prevented",
                           "an alarm stopped it; without measures it would have harmed", true},
    [VERDICT_TOLERATED] = {"tolerated", "it had an effect, did no harm and raised no alarm", true},
    [VERDICT_CONTAINED] = {"contained",
                           "it went no further than the alarm says, which came in time", true},
    [VERDICT_DETECTED] = {"detected", "it did harm and was noticed, but went too far or remains",
                          false},
    [VERDICT_FALSE_ALARM] = {"false_alarm", "an alarm or a refusal on a day without a fault",
                             false},
    [VERDICT_VACUOUS] = {"vacuous",
                         "nothing was shown: no effect, or no harm without measures, or"
                         " no play without measures",
                         false},
    [VERDICT_MISSED] = {"missed", "it did harm and no alarm says so", false},
    [VERDICT_INCONCLUSIVE] = {"inconclusive", "facts are lacking", false},
};

const char *verdict_name(enum verdict verdict) {
    check_compare((unsigned)verdict, <=, VERDICT_INCONCLUSIVE);
    return verdict_rows[verdict].name;
}

const char *verdict_sentence(enum verdict verdict) {
    check_compare((unsigned)verdict, <=, VERDICT_INCONCLUSIVE);
    return verdict_rows[verdict].sentence;
}

bool verdict_is_good(enum verdict verdict) {
    check_compare((unsigned)verdict, <=, VERDICT_INCONCLUSIVE);
    return verdict_rows[verdict].good;
}
