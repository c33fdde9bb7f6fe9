/* The table of measures. See measures.h. */
#include "measures.h"

#include "base/check.h"
#include "engine.h"
#include "measure/measure.h"
#include "settings.h"

static const struct measure_row measures_table[MEASURE_COUNT] = {
    [MEASURE_SIGNED_PLAN] =
        {
            .name = "signed_plan",
            .sentence =
                "plan and mapping are frozen and approved by two; every phase compares them",
            .phases = PHASES_AFTER_SEAL,
            .before = signed_plan_before,
        },
    [MEASURE_BIJECTION] =
        {
            .name = "bijection",
            .sentence = "no source, target or key occurs twice, and there are as many as planned",
            .phases = PHASES_WITH_MAPPING,
            .before = bijection_before,
        },
    [MEASURE_KEY_JOIN] =
        {
            .name = "key_join",
            .sentence =
                "source, target account, directory and row must carry the same immutable key",
            .phases = PHASES_WITH_SESSIONS,
            .pair = key_join_pair,
            .identity = true,
        },
    [MEASURE_CROSS_PHASE] =
        {
            .name = "cross_phase",
            .sentence = "backfill takes its pairs from what core proved, never from a list",
            .phases = PHASES_AFTER_CORE | PHASE_BIT(CORE),
            .before = cross_phase_before,
        },
    [MEASURE_CORE_OVERLAP] =
        {
            .name = "core_overlap",
            .sentence = "the source's last days must lie at the target already",
            .phases = PHASE_BIT(CHECK) | PHASE_BIT(BACKFILL),
            .pair = core_overlap_pair,
            .identity = true,
        },
    [MEASURE_WHO_AM_I] =
        {
            .name = "who_am_i",
            .sentence =
                "both ends are asked whose mailbox they opened, before the first read or write",
            .phases = PHASES_WITH_SESSIONS,
            .pair = who_am_i_pair,
            .identity = true,
        },
    [MEASURE_CANARY_WAVE] =
        {
            .name = "canary_wave",
            .sentence = "a small first wave is checked independently before the rest goes",
            .phases = PHASES_MOVING,
        },
    [MEASURE_BLAST_CAP] =
        {
            .name = "blast_cap",
            .sentence = "only so many mailboxes are written between two independent checks",
            .phases = PHASES_MOVING,
        },
    [MEASURE_IDEMPOTENCY_KEY] =
        {
            .name = "idempotency_key",
            .sentence = "what was written already is known by item and digest, and not repeated",
            .phases = PHASES_MOVING,
        },
    [MEASURE_WRITE_AHEAD] =
        {
            .name = "write_ahead",
            .sentence =
                "the intent is durable before a write; doubtful ones are settled by looking",
            .phases = PHASES_MOVING,
        },
    [MEASURE_LEASE] =
        {
            .name = "lease",
            .sentence =
                "one run a mailbox: a second one waits for the end of its lease, or is refused",
            .phases = PHASES_MOVING,
        },
    [MEASURE_FENCING] =
        {
            .name = "fencing",
            .sentence = "a run that lost its lease, or slept past it, is kept from every write",
            .phases = PHASES_MOVING,
        },
    [MEASURE_NO_DELETE_PATH] =
        {
            .name = "no_delete_path",
            .sentence = "only a clean-up can remove mail, only a rollback can change the source",
            .phases = PHASES_ALL,
            .before = no_delete_path_before,
        },
    [MEASURE_READ_BACK] =
        {
            .name = "read_back",
            .sentence = "a fresh session reads back by digest some of what was written",
            .phases = PHASES_MOVING,
            .after = read_back_after,
            .identity = true,
        },
    [MEASURE_RECONCILE] =
        {
            .name = "reconcile",
            .sentence = "source and target are compared by digest, by the directory's pairs",
            .phases = PHASE_BIT(VERIFY) | PHASE_BIT(CLOSE),
        },
    [MEASURE_ONE_CUT_OFF] =
        {
            .name = "one_cut_off",
            .sentence = "one instant parts core from backfill; no phase works it out again",
            .phases = PHASES_MOVING | PHASE_BIT(SEAL) | PHASE_BIT(VERIFY),
            .before = one_cut_off_before,
        },
    [MEASURE_ONE_HOME] =
        {
            .name = "one_home",
            .sentence =
                "route, login and directory follow from one record, changed by compare-and-set",
            .phases = PHASE_BIT(SWITCH) | PHASE_BIT(RELEASE) | PHASE_BIT(CLOSE),
        },
    [MEASURE_HOLD_ACCOUNTING] =
        {
            .name = "hold_accounting",
            .sentence =
                "what was held is counted in and out for each recipient, and its age is watched",
            .phases = PHASE_BIT(RELEASE) | PHASE_BIT(CLOSE) | PHASE_BIT(ROLLBACK),
        },
    [MEASURE_PHASE_GATES] =
        {
            .name = "phase_gates",
            .sentence =
                "a phase begins by proof of the one before, not by time nor after a rollback",
            .phases = PHASES_AFTER_SEAL,
            .before = phase_gates_before,
        },
    [MEASURE_SCOPED_CREDENTIAL] =
        {
            .name = "scoped_credential",
            .sentence = "the credential must not open a mailbox outside the batch",
            .phases = PHASE_BIT(PREFLIGHT) | PHASES_MOVING,
            .before = scoped_credential_before,
        },
    [MEASURE_STOP_ALL] =
        {
            .name = "stop_all",
            .sentence = "an alarm or an undoing takes every worker's lease away; each acknowledges",
            .phases = PHASES_MOVING | PHASES_UNDOING,
        },
    [MEASURE_ROLLBACK_SET] =
        {
            .name = "rollback_set",
            .sentence = "what is set back is what the ledger knows of this batch, and nobody else",
            .phases = PHASE_BIT(ROLLBACK),
            .before = rollback_set_before,
        },
    [MEASURE_TWO_PERSONS] =
        {
            .name = "two_persons",
            .sentence = "nothing is undone that two different people have not ordered",
            .phases = PHASES_UNDOING,
            .before = two_persons_before,
        },
    [MEASURE_DELETE_PROOF] =
        {
            .name = "delete_proof",
            .sentence = "only what the ledger proves that it wrote is removed, after a copy",
            .phases = PHASE_BIT(CLEANUP),
        },
    [MEASURE_AUDIT_CHAIN] =
        {
            .name = "audit_chain",
            .sentence = "each line of the evidence carries the digest of the one before it",
            .phases = PHASE_BIT(CLEANUP),
        },
};

const struct measure_row *measure_row(enum measure measure) {
    check_compare(measure, <, MEASURE_COUNT);
    return &measures_table[measure];
}

const char *phase_name(enum phase phase) {
    static const char *const names[] = {
#define X(constant, text, sentence) [PHASE_##constant] = text,
        PHASE_LIST(X)
#undef X
    };
    check_compare(phase, <, PHASE_COUNT);
    return names[phase];
}

const char *phase_sentence(enum phase phase) {
    static const char *const sentences[] = {
#define X(constant, text, sentence) [PHASE_##constant] = sentence,
        PHASE_LIST(X)
#undef X
    };
    check_compare(phase, <, PHASE_COUNT);
    return sentences[phase];
}

static enum status measures_word(struct str word, uint32_t *set, struct error *error) {
    static const char *const known[] = {
#define X(constant, text) text,
        MEASURE_LIST(X)
#undef X
    };
    const uint32_t all = (1u << MEASURE_COUNT) - 1;
    bool off = word.length > 0 && word.data[0] == '-';
    struct str name = off ? str_bytes(word.data + 1, word.length - 1) : word;
    if (!off && (str_equal_text(name, "all") || str_equal_text(name, "none"))) {
        *set = str_equal_text(name, "all") ? all : 0;
        return STATUS_OK;
    }
    for (size_t i = 0; i < MEASURE_COUNT; i++) {
        if (!str_equal_text(name, known[i]))
            continue;
        *set = off ? *set & ~(1u << i) : *set | 1u << i;
        return STATUS_OK;
    }
    const char *near = settings_nearest(name, known, MEASURE_COUNT);
    return error_set(error, STATUS_INVALID, "there is no measure \"%.*s\"%s%s%s", STR_ARG(name),
                     near != NULL ? "; did you mean \"" : "; `umzug help measures` lists them",
                     near != NULL ? near : "", near != NULL ? "\"?" : "");
}

enum status measures_parse(struct str list, uint32_t *set_r, struct error *error) {
    enum status status = STATUS_OK;
    uint32_t set = 0;
    list = str_trim(list);
    if (list.length > 0 && list.data[0] == '-') /* "-cross_phase" alone: all the others */
        set = (1u << MEASURE_COUNT) - 1;
    while (list.length > 0 && status == STATUS_OK)
        status = measures_word(str_trim(str_cut(&list, ',')), &set, error);
    *set_r = set;
    return status;
}

bool measure_on(const struct engine *engine, enum measure measure) {
    return (engine->measures & 1u << measure) != 0 &&
           (measure_row(measure)->phases & 1u << engine->phase) != 0;
}

enum status measures_before(struct engine *engine, enum measure *measure_r, struct error *error) {
    for (size_t i = 0; i < MEASURE_COUNT; i++) {
        if (measures_table[i].before == NULL || !measure_on(engine, (enum measure)i))
            continue;
        *measure_r = (enum measure)i;
        enum status status = measures_table[i].before(engine, error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

enum status measures_pair(struct engine *engine, const struct sessions *sessions,
                          enum measure *measure_r, struct error *error) {
    for (size_t i = 0; i < MEASURE_COUNT; i++) {
        if (measures_table[i].pair == NULL || !measure_on(engine, (enum measure)i))
            continue;
        *measure_r = (enum measure)i;
        enum status status = measures_table[i].pair(engine, sessions, error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

enum status measures_after(struct engine *engine, const struct sessions *sessions,
                           enum measure *measure_r, struct error *error) {
    for (size_t i = 0; i < MEASURE_COUNT; i++) {
        if (measures_table[i].after == NULL || !measure_on(engine, (enum measure)i))
            continue;
        *measure_r = (enum measure)i;
        enum status status = measures_table[i].after(engine, sessions, error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}
