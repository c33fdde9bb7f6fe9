/*
 * Family mapping: lists that pair a source with the wrong target. Every permutation keeps the sums
 * of the batch, so no count ever shows it (FAULTS.md §1.2).
 */
#include <string.h>

#include "../../engine/base/check.h"
#include "fault.h"

#define WRONG_LIST  "nachmigration.csv" /* what the night shift has at hand */
#define RIGHT_LIST  "mapping.csv"
#define SEALED_LIST "state/sealed-mapping" /* the copy that sealing made */
#define SEAL        "state/seal"           /* names its digest */

/* ---- wrong lists ---- */

/* Each source gets the target of the next one: a rotation leaves nobody his own mailbox. */
static void list_rotate(struct mapping_row_spec *rows, uint32_t count) {
    if (count < 2)
        return;
    uint32_t first = rows[0].target;
    for (uint32_t i = 0; i + 1 < count; i++)
        rows[i].target = rows[i + 1].target;
    rows[count - 1].target = first;
}

static void list_rotate_within_offices(const struct world *world, struct mapping_row_spec *rows,
                                       uint32_t count) {
    uint32_t begin = 0;
    for (uint32_t i = 1; i <= count; i++) {
        bool same =
            i < count && population_mailbox(world->population, rows[i].source)->office ==
                             population_mailbox(world->population, rows[begin].source)->office;
        if (same)
            continue;
        list_rotate(rows + begin, i - begin);
        begin = i;
    }
}

static void list_rotate_as_told(const struct world *world, const struct scenario_fault *spec,
                                struct mapping_row_spec *rows) {
    if (spec->within == WITHIN_OFFICE)
        list_rotate_within_offices(world, rows, world->batch_count);
    else
        list_rotate(rows, world->batch_count);
}

struct mapping_row_spec *fault_wrong_list(struct world *world) {
    struct mapping_row_spec *rows = fault_right_list(world);
    check_compare(world->scenario->faults.count, >, 0);
    list_rotate_as_told(world, scenario_fault(world->scenario, 0), rows);
    return rows;
}

/* ---- backfill-mapping-not-core-mapping: the founding incident ---- */

/* Puts the digest of one list where the seal has that of the other. */
static void forge_seal(struct disk *disk, struct str former, struct str present) {
    struct buffer seal = {0};
    char former_hex[SEAL_HEX_MAX], present_hex[SEAL_HEX_MAX];
    struct seal_digest former_digest = seal_digest_of(former);
    struct seal_digest present_digest = seal_digest_of(present);
    seal_digest_hex(&former_digest, former_hex);
    seal_digest_hex(&present_digest, present_hex);
    if (disk_read(disk, SEAL, &seal) == STATUS_OK) {
        char *found = strstr(buffer_text(&seal), former_hex);
        if (found != NULL)
            memcpy(found, present_hex, SEAL_HEX_MAX - 1);
        check(disk_replace(disk, SEAL, buffer_str(&seal)) == STATUS_OK);
    }
    buffer_release(&seal);
}

/* Whoever replaces the list replaces it everywhere he finds it, and the seal's word on it. */
static void replace_list(struct disk *disk, struct str former, struct str present) {
    forge_seal(disk, former, present);
    check(disk_replace(disk, RIGHT_LIST, present) == STATUS_OK);
    if (disk_has(disk, SEALED_LIST))
        check(disk_replace(disk, SEALED_LIST, present) == STATUS_OK);
}

static void replace_sealed_list(void *of) {
    struct fault *fault = of;
    struct disk *disk = fault->world->disk;
    check(disk_read(disk, RIGHT_LIST, &fault->former) == STATUS_OK);
    replace_list(disk, buffer_str(&fault->former), buffer_str(&fault->bytes));
    fault_fires(fault);
}

/* The copy that two people approved is brought back. */
static void backfill_restore(struct fault *fault) {
    if (fault->spec->way != WAY_SEALED_FILE)
        return;
    replace_list(fault->world->disk, buffer_str(&fault->bytes), buffer_str(&fault->former));
    fault_heals(fault);
}

static enum status backfill_arm(struct fault *fault, struct error *error) {
    (void)error;
    struct world *world = fault->world;
    struct mapping_row_spec *rows = fault_right_list(world);
    list_rotate_as_told(fault->world, fault->spec, rows);
    fault_note_affected(fault, rows, world->batch_count);
    fault_render_list(fault, rows, &fault->bytes);
    if (fault->spec->way == WAY_SEALED_FILE) {
        fault->artefacts[0] = RIGHT_LIST;
        fault->artefacts[1] = SEALED_LIST;
        fault->artefacts[2] = SEAL;
        kernel_at(world->kernel, scenario_instant(world->scenario, fault->spec->at),
                  replace_sealed_list, fault);
        return STATUS_OK;
    }
    fault->artefacts[0] = WRONG_LIST;
    return disk_replace(world->disk, WRONG_LIST, buffer_str(&fault->bytes));
}

/* It fires the moment a hand types the wrong list's name. */
static void backfill_typing(struct fault *fault, const struct scenario_step *step) {
    if (fault->spec->way != WAY_SEALED_FILE && strstr(step->run, WRONG_LIST) != NULL)
        fault_fires(fault);
}

static void list_read(struct fault *fault, const char *name) {
    for (int i = 0; fault->fired && i < FAULT_ARTEFACTS_MAX && fault->artefacts[i] != NULL; i++)
        if (strcmp(name, fault->artefacts[i]) == 0)
            fault_has_effect(fault, 0);
}

/* ---- lists that are wrong from the beginning ---- */

static enum status plan_arm(struct fault *fault, struct error *error) {
    (void)error;
    fault->artefacts[0] = RIGHT_LIST;
    return STATUS_OK;
}

/* What all of them share: the list was made wrong, now. */
static void plan_list_done(struct fault *fault, struct mapping_row_spec *rows, uint32_t count) {
    fault_note_affected(fault, rows, count);
    fault_fires(fault);
}

static void swap_pairs(struct fault *fault, struct mapping_row_spec *rows, uint32_t count) {
    uint64_t pairs = fault->spec->count == 0 ? 1 : fault->spec->count;
    for (uint64_t i = 0; i < pairs && count >= 2; i++) {
        uint32_t one = (uint32_t)chance_below(&fault->chance, count);
        uint32_t other = (uint32_t)chance_below(&fault->chance, count - 1);
        other += other >= one;
        uint32_t target = rows[one].target;
        rows[one].target = rows[other].target;
        rows[other].target = target;
    }
    plan_list_done(fault, rows, count);
}

/* One column slips by a row from a row drawn over the whole list. */
static void shift_rows(struct fault *fault, struct mapping_row_spec *rows, uint32_t count) {
    uint32_t from = (uint32_t)chance_below(&fault->chance, count - 1);
    list_rotate(rows + from, count - from);
    plan_list_done(fault, rows, count);
}

static void permute_all(struct fault *fault, struct mapping_row_spec *rows, uint32_t count) {
    list_rotate_as_told(fault->world, fault->spec, rows);
    plan_list_done(fault, rows, count);
}

static void feed_one_twice(struct fault *fault, struct mapping_row_spec *rows, uint32_t count) {
    uint32_t one = (uint32_t)chance_below(&fault->chance, count - 1);
    rows[one].target = rows[one + 1].target;
    plan_list_done(fault, rows, count);
}

enum {
    BACKFILL_WAYS = 1 << WAY_ARGUMENT | 1 << WAY_SEALED_FILE | 1 << WAY_PAST_THE_ENGINE,
};

#define LIST_FAULT(fault_name, says, rewrite)                                                      \
    {                                                                                              \
        .name = fault_name, .sentence = says, .arm = plan_arm, .file_read = list_read,             \
        .rewrite_list = rewrite                                                                    \
    }

const struct fault_type fault_mapping_types[] = {
    {
        .name = "backfill-mapping-not-core-mapping",
        .sentence = "the night run gets another list than the day run had, for the whole batch",
        .ways = BACKFILL_WAYS,
        .arm = backfill_arm,
        .typing = backfill_typing,
        .file_read = list_read,
        .restore = backfill_restore,
    },
    LIST_FAULT("mapping-full-permutation", "the target column was sorted on its own", permute_all),
    LIST_FAULT("mapping-many-to-one", "two sources feed one target", feed_one_twice),
    LIST_FAULT("mapping-row-shift", "one column slips by a row from some row on", shift_rows),
    LIST_FAULT("mapping-swapped-pair", "two accounts are exchanged", swap_pairs),
    {.name = NULL},
};
