/*
 * The verdict on a fault, decided in a fixed order:
 *   1. an oracle failed or lacked facts                             inconclusive
 *   2. no effect                                                    vacuous
 *   3. no harm, alarm: if the same seed without measures is harmed  prevented;
 *      if mail is missing in the mailboxes that the alarm names,
 *      and only there, within limits                               contained;
 *      else                                                        vacuous
 *   4. no harm, no alarm                                            tolerated
 *   5. harm, no alarm                                               missed
 *   6. harm, alarm in time, within limits, nothing left at the end  contained
 *   7. else                                                         detected
 * A day on which no fault was armed is calm or a false alarm; with harm it is judged as in 5 to 7.
 */
#ifndef REPORTS_VERDICT_H
#define REPORTS_VERDICT_H

#include <stdbool.h>

/* From good to bad: of several verdicts on one day the last one counts. */
enum verdict {
    VERDICT_CALM,
    VERDICT_PREVENTED,
    VERDICT_TOLERATED,
    VERDICT_CONTAINED,
    VERDICT_DETECTED,
    VERDICT_FALSE_ALARM,
    VERDICT_VACUOUS,
    VERDICT_MISSED,
    VERDICT_INCONCLUSIVE,
};

struct grounds {
    bool lacking;       /* an oracle failed or lacked facts */
    bool effect;        /* the disturbance reached something that acts on it */
    bool harm;          /* an oracle found a promise of the world broken */
    bool alarm;         /* one that counts for this fault */
    bool excused;       /* mail is missing, but only in mailboxes that an alarm names */
    bool twin_harmed;   /* the same seed with all measures off is harmed */
    bool within_limits; /* the alarm came in time, and the scenario's limits hold */
    bool left_at_end;   /* something wrong is still there */
};

enum verdict verdict_on_fault(const struct grounds *grounds);
/* `alarm` here is any alarm or refusal at all; `effect` is not read. */
enum verdict verdict_on_calm_day(const struct grounds *grounds);

/* "inconclusive"; "false alarm" is "false_alarm". */
const char *verdict_name(enum verdict verdict);
/* One sentence for a person. */
const char *verdict_sentence(enum verdict verdict);
/* True for prevented, tolerated, contained and calm. */
bool verdict_is_good(enum verdict verdict);

#endif
