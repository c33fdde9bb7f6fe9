/* See day.h. */
#include "day.h"

#include <stdlib.h>

#include "../engine/base/check.h"
#include "../engine/base/table.h"

int64_t day_setting(const struct history *history, const char *key, int64_t otherwise) {
    uint64_t number;
    if (!str_to_u64(history_get(history, key), &number) || number > INT64_MAX)
        return otherwise;
    return (int64_t)number;
}

static instant day_instant(const struct history *history, const char *key, instant otherwise) {
    instant at;
    return instant_parse(history_get(history, key), &at) ? at : otherwise;
}

static bool day_plans(const struct history *history, const char *phase) {
    struct str phases = history_get(history, "phases");
    bool said = phases.length > 0;
    while (phases.length > 0)
        if (str_equal_text(str_cut(&phases, ' '), phase))
            return true;
    return !said; /* a runbook nobody described has all phases */
}

struct day *day_new(const struct history *history) {
    struct day *day = memory_new(1, sizeof *day);
    uint32_t mailboxes = history_mailbox_count(history);
    day->history = history;
    day->began = day_instant(history, "began", INSTANT_NEVER);
    day->ended = day_instant(history, "ended", INSTANT_NEVER);
    day->complete = day->ended != INSTANT_NEVER;
    day->cut_off = day_instant(history, "cut_off", INSTANT_NEVER);
    day->backfill_planned = day_plans(history, "backfill");
    day->switching_ended = INT64_MIN;
    day->homes = memory_new((size_t)mailboxes + 1, sizeof *day->homes);
    for (uint32_t i = 0; i <= mailboxes; i++) {
        day->homes[i].moved = INSTANT_NEVER;
        day->batch += day_is_of_batch(day, i);
    }
    day->fault_reached = table_new();
    return day;
}

void day_close(struct day **day) {
    if (*day == NULL)
        return;
    table_close(&(*day)->fault_reached);
    free((*day)->phases);
    free((*day)->faults);
    free((*day)->alarms);
    free((*day)->homes);
    free(*day);
    *day = NULL;
}

/* Makes room for one more element of a list that doubles. */
static void *day_grow(void *list, size_t count, size_t size) {
    bool full = count == 0 || (count >= 16 && (count & (count - 1)) == 0);
    return full ? memory_grow(list, count < 16 ? 16 : count * 2, size) : list;
}

/* ---- Phases ---- */

static bool phase_moves_homes(const struct day *day, uint32_t name) {
    struct str text = history_text(day->history, name);
    return str_equal_text(text, "switch") || str_equal_text(text, "rollback");
}

static void day_phase_begun(struct day *day, const struct fact *fact) {
    if (day->phase_count == DAY_PHASES_MAX)
        return;
    day->phases = day_grow(day->phases, day->phase_count, sizeof *day->phases);
    day->phases[day->phase_count++] =
        (struct day_phase){.name = fact->name, .begun = fact->at, .ended = INSTANT_NEVER};
    day->switching += phase_moves_homes(day, fact->name);
}

static void day_phase_ended(struct day *day, const struct fact *fact) {
    for (size_t i = day->phase_count; i-- > 0;) {
        struct day_phase *phase = &day->phases[i];
        if (phase->name != fact->name || phase->ended != INSTANT_NEVER)
            continue;
        phase->ended = fact->at;
        phase->exit_code = fact->a;
        if (phase_moves_homes(day, fact->name)) {
            day->switching--;
            day->switching_ended = fact->at;
        }
        return;
    }
}

instant day_phase_done(const struct day *day, const char *name) {
    for (size_t i = day->phase_count; i-- > 0;) {
        const struct day_phase *phase = &day->phases[i];
        if (phase->ended != INSTANT_NEVER && phase->exit_code == 0 &&
            str_equal_text(history_text(day->history, phase->name), name))
            return phase->ended;
    }
    return INSTANT_NEVER;
}

/* ---- Faults and alarms ---- */

static struct day_fault *day_fault(struct day *day, uint32_t name, size_t *index_r) {
    size_t i = 0;
    while (i < day->fault_count && day->faults[i].name != name)
        i++;
    if (i == day->fault_count) {
        if (i == DAY_FAULTS_MAX)
            return NULL;
        day->faults = day_grow(day->faults, day->fault_count++, sizeof *day->faults);
        day->faults[i] = (struct day_fault){.name = name,
                                            .armed = INSTANT_NEVER,
                                            .fired = INSTANT_NEVER,
                                            .effect = INSTANT_NEVER,
                                            .healed = INSTANT_NEVER};
    }
    *index_r = i;
    return &day->faults[i];
}

static uint64_t fault_mailbox_key(size_t fault, uint32_t mailbox) {
    return (uint64_t)fault << 32 | mailbox;
}

bool day_fault_reached(const struct day *day, size_t fault, uint32_t mailbox) {
    return table_find(day->fault_reached, fault_mailbox_key(fault, mailbox)) != NULL;
}

static void day_fault_concerns(struct day *day, struct day_fault *fault, size_t index,
                               const struct fact *fact) {
    if (fact->mailbox != 0) {
        uint64_t *reached = table_at(day->fault_reached, fault_mailbox_key(index, fact->mailbox));
        fault->mailboxes += *reached == 0;
        *reached = 1;
    }
    for (int i = 0; i < fault->artefact_count; i++)
        if (fault->artefacts[i] == fact->folder)
            return;
    if (fact->folder != 0 && fault->artefact_count < DAY_ARTEFACTS_MAX)
        fault->artefacts[fault->artefact_count++] = fact->folder;
}

static void earliest(instant *kept, instant at) {
    if (*kept == INSTANT_NEVER)
        *kept = at;
}

static void day_fault_see(struct day *day, const struct fact *fact, uint64_t row) {
    size_t index;
    struct day_fault *fault = day_fault(day, fact->name, &index);
    if (fault == NULL)
        return;
    if (fact->kind == FACT_FAULT_ARMED) {
        earliest(&fault->armed, fact->at);
    } else if (fact->kind == FACT_FAULT_FIRED) {
        earliest(&fault->fired, fact->at);
        fault->fired_row = fault->fired_row == 0 ? row : fault->fired_row;
        fault->healed_row = 0;
    } else if (fact->kind == FACT_FAULT_EFFECT) {
        earliest(&fault->effect, fact->at);
    } else {
        earliest(&fault->healed, fact->at);
        fault->healed_row = row;
    }
    if (fact->kind != FACT_FAULT_HEALED)
        day_fault_concerns(day, fault, index, fact);
}

static void day_alarm_see(struct day *day, const struct fact *fact, uint64_t row) {
    day->alarms_seen++;
    if (day->alarm_count == DAY_ALARMS_MAX)
        return;
    day->alarms = day_grow(day->alarms, day->alarm_count, sizeof *day->alarms);
    day->alarms[day->alarm_count++] = (struct day_alarm){.at = fact->at,
                                                         .row = row,
                                                         .measure = fact->name,
                                                         .mailbox = fact->mailbox,
                                                         .artefact = fact->folder,
                                                         .sentence = fact->content};
}

/* ---- Homes ---- */

static void day_home_set(struct day *day, const struct fact *fact) {
    enum side side = rest_side(fact->system);
    if (side == SIDE_COUNT || fact->a < HOME_ROUTE || fact->a > HOME_DIRECTORY)
        return;
    struct day_home *home = &day->homes[fact->mailbox];
    if (!home->known && fact->at <= day->began)
        home->aspect[0] = home->aspect[1] = home->aspect[2] = (uint8_t)side;
    home->aspect[fact->a] = (uint8_t)side;
    home->latest = (uint8_t)side;
    home->known = true;
    if (side == SIDE_TARGET && fact->at > day->began)
        earliest(&home->moved, fact->at);
}

/* Who was never said to live anywhere lives where his mail lay in the morning. */
static void day_home_shown(struct day *day, const struct fact *fact) {
    struct day_home *home = &day->homes[fact->mailbox];
    enum side side = rest_side(fact->system);
    if (home->known || side == SIDE_COUNT)
        return;
    *home = (struct day_home){.aspect = {(uint8_t)side, (uint8_t)side, (uint8_t)side},
                              .latest = (uint8_t)side,
                              .known = true,
                              .moved = INSTANT_NEVER};
}

enum side day_home(const struct day *day, uint32_t mailbox) {
    return (enum side)day->homes[mailbox].latest;
}

bool day_is_of_batch(const struct day *day, uint32_t mailbox) {
    const struct history_mailbox *known = history_mailbox(day->history, mailbox);
    return known != NULL && known->role == ROLE_BATCH;
}

static void day_fixture(struct day *day, const struct fact *fact) {
    if (fact->how != HOW_FIXTURE || fact->mailbox == 0)
        return;
    day_home_shown(day, fact);
    if (rest_side(fact->system) == SIDE_SOURCE && day_is_of_batch(day, fact->mailbox))
        day->fixtures++;
}

void day_see(struct day *day, const struct fact *fact, uint64_t row) {
    if (day->began == INSTANT_NEVER)
        day->began = fact->at;
    uint64_t kind = UINT64_C(1) << fact->kind;
    if (fact->kind == FACT_ITEM_STORED)
        day_fixture(day, fact);
    else if ((kind & (KIND(FAULT_ARMED) | KIND(FAULT_FIRED) | KIND(FAULT_EFFECT) |
                      KIND(FAULT_HEALED))) != 0)
        day_fault_see(day, fact, row);
    else if (fact->kind == FACT_ALARM)
        day_alarm_see(day, fact, row);
    else if (fact->kind == FACT_PHASE_BEGUN)
        day_phase_begun(day, fact);
    else if (fact->kind == FACT_PHASE_ENDED)
        day_phase_ended(day, fact);
    else if (fact->kind == FACT_HOME_SET && fact->mailbox != 0)
        day_home_set(day, fact);
    if (!day->complete && (day->ended == INSTANT_NEVER || fact->at > day->ended))
        day->ended = fact->at;
}
