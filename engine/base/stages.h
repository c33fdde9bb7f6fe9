/*
 * Where a rehearsal's own time goes: one meter, always in exactly one stage. Whoever begins a stage
 * keeps the one before and goes back to it; the kernel carries the stage of each task over its
 * waits. Nothing of a world may depend on it. Off, a call is one comparison.
 *
 * It reads the processor's counter, 10 ns a time, and is read as shares of a total measured
 * otherwise; on processors without one it asks the system, which costs ten times that.
 */
#ifndef BASE_STAGES_H
#define BASE_STAGES_H

#include <stdbool.h>
#include <stdint.h>

#define STAGE_LIST(X)                                                                              \
    X(REST, "rest", "the program around it all")                                                   \
    X(BUILD, "build", "the world before the day begins")                                           \
    X(KERNEL, "kernel", "events, switches, bytes on their way")                                    \
    X(GENERATE, "generate", "messages rendered from the seed")                                     \
    X(EXCHANGE, "serve Exchange", "EWS requests answered, mail taken")                             \
    X(OPENXCHANGE, "serve Open-Xchange", "IMAP, LMTP and provisioning answered")                   \
    X(PARTIES, "serve the others", "gateway and directory")                                        \
    X(ACTORS, "actors", "operator, postman and persons")                                           \
    X(ENGINE, "engine", "phases, measures, mover, plan")                                           \
    X(HTTP, "engine: HTTP", "requests through libcurl")                                            \
    X(XML, "engine: XML", "EWS and SOAP answers read")                                             \
    X(IMAP, "engine: IMAP", "appends sent, answers read")                                          \
    X(LEDGER, "engine: ledger", "SQLite on the simulated disk")                                    \
    X(HASH, "hash", "digests of messages")                                                         \
    X(HISTORY, "history", "facts, contents and claims written")                                    \
    X(JUDGE, "judge", "oracles, auditors, reports")

enum stage {
#define X(constant, name, sentence) STAGE_##constant,
    STAGE_LIST(X)
#undef X
        STAGE_COUNT
};

extern bool stages_on; /* read by stage_enter() alone */

/* The present task's meter goes over to `stage`. Returns the stage to go back to. */
enum stage stages_change(enum stage stage);

static inline enum stage stage_enter(enum stage stage) {
    return stages_on ? stages_change(stage) : STAGE_REST;
}

static inline void stage_leave(enum stage before) {
    (void)stage_enter(before);
}

void stages_begin(void); /* from zero, in STAGE_REST */
const char *stage_name(enum stage stage);
const char *stage_sentence(enum stage stage);
/* Where the meter is. */
enum stage stages_present(void);
/* All stages together, up to now. */
uint64_t stages_total(void);
/* What the stage has taken so far, in units that only compare with each other. */
uint64_t stage_taken(enum stage stage);
uint64_t stage_entries(enum stage stage);

#endif
