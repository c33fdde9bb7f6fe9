/*
 * Days for tests of oracles and auditors: what a good day of three mailboxes is made of, and a
 * table of days with the exact numbers that each must give. Counts that a case does not mention
 * must be 0.
 */
#ifndef REPORTS_TESTS_DAYS_H
#define REPORTS_TESTS_DAYS_H

#include <stddef.h>

#include "script.h"

#define SETTINGS                                                                                   \
    "set began 2025-08-07T04:00:00Z\n"                                                             \
    "set ended 2025-08-08T04:00:00Z\n"                                                             \
    "set cut_off 2025-07-31T04:00:00Z\n"
/* Mailbox 1: an old mail (1), a young one (2), a circular (9); 2: 3, 4 and 9; 4: 5. */
#define FIXTURES                                                                                   \
    "0 item_stored h=fixture s=X m=1 f=INBOX c=1 u=1 d=-30 b=1 n=Wichtig\n"                        \
    "0 item_stored h=fixture s=X m=1 f=INBOX c=2 u=2 d=-1\n"                                       \
    "0 item_stored h=fixture s=X m=1 f=INBOX c=9 u=3 d=-20\n"                                      \
    "0 item_stored h=fixture s=X m=2 f=INBOX c=3 u=1 d=-30\n"                                      \
    "0 item_stored h=fixture s=X m=2 f=INBOX c=4 u=2 d=-1\n"                                       \
    "0 item_stored h=fixture s=X m=2 f=INBOX c=9 u=3 d=-20\n"                                      \
    "0 item_stored h=fixture s=X m=4 f=INBOX c=5 u=1 d=-30\n"
#define MOVE(minute, mailbox, system)                                                              \
    minute " home_set m=" mailbox " s=" system " a=0\n" minute " home_set m=" mailbox " s=" system \
           " a=1\n" minute " home_set m=" mailbox " s=" system " a=2\n"
#define SWITCH                                                                                     \
    "10 phase_begun n=switch\n" MOVE("10", "1", "O") MOVE("10", "2", "O")                          \
        MOVE("10", "3", "O") "12 phase_ended n=switch\n"
#define CORE_BEGINS "20 phase_begun n=core\n20 process_started p=umzug_core\n"
#define CORE_COPIES                                                                                \
    "21 item_stored h=appended p=umzug_core s=O m=1 f=INBOX c=2 u=1 d=-1\n"                        \
    "22 item_stored h=appended p=umzug_core s=O m=2 f=INBOX c=4 u=1 d=-1\n"
#define CORE_ENDS       "30 process_ended p=umzug_core\n30 phase_ended n=core\n"
#define CORE            CORE_BEGINS CORE_COPIES CORE_ENDS
#define BACKFILL_BEGINS "900 phase_begun n=backfill\n900 process_started p=umzug_backfill\n"
#define COPY_1                                                                                     \
    "901 item_stored h=appended p=umzug_backfill s=O m=1 f=INBOX c=1 u=2 d=-30 b=1 n=Wichtig\n"
#define COPY_9 "902 item_stored h=appended p=umzug_backfill s=O m=1 f=INBOX c=9 u=3 d=-20\n"
#define COPY_2ND                                                                                   \
    "903 item_stored h=appended p=umzug_backfill s=O m=2 f=INBOX c=3 u=2 d=-30\n"                  \
    "904 item_stored h=appended p=umzug_backfill s=O m=2 f=INBOX c=9 u=3 d=-20\n"
#define BACKFILL_ENDS "950 process_ended p=umzug_backfill\n950 phase_ended n=backfill\n"
#define BACKFILL      BACKFILL_BEGINS COPY_1 COPY_9 COPY_2ND BACKFILL_ENDS
#define BEFORE        SETTINGS FIXTURES SWITCH CORE
#define GOOD_DAY      BEFORE BACKFILL

struct day_case {
    const char *name, *script;
    const char *numbers; /* "missing=2 alarms=1"; "_" stands for a blank in a value */
};

/* Plays and judges each; stops the test at the first wrong number. */
void days_judge(const struct day_case *cases, size_t count);

#define JUDGE(cases) days_judge(cases, sizeof(cases) / sizeof(cases)[0])

#endif
