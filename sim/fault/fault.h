/*
 * Faults: what is broken on purpose. Each is a row of the registry, one file a family; its name is
 * that of the catalogue. A fault is armed when the world begins, fires when its moment comes, has
 * an effect when it reaches something that acts on it, and heals. All four are facts.
 */
#ifndef SIM_FAULT_FAULT_H
#define SIM_FAULT_FAULT_H

#include "../world.h"

struct fault;
struct faults;
struct incarnation;

struct fault_type {
    const char *name;
    const char *sentence;
    bool by_scenario; /* the scenario's runbook or mail must bring it about: no day of its own will
                       */
    unsigned ways;    /* bits 1 << enum scenario_way that make sense; 0: `way` is not asked */
    /* Prepares it in the world, before anything happens. */
    enum status (*arm)(struct fault *fault, struct error *error);
    /* A runbook step is about to be typed. May be NULL. */
    void (*typing)(struct fault *fault, const struct scenario_step *step);
    /* A process has read a whole file. May be NULL. */
    void (*file_read)(struct fault *fault, const char *name);
    /* A process of the engine is about to make a durable step; an APPEND of its came to rest; it
     * has ended. Each may be NULL. */
    void (*durable_step)(struct fault *fault, struct incarnation *incarnation);
    void (*appended)(struct fault *fault, struct incarnation *incarnation);
    void (*ended)(struct fault *fault, const struct incarnation *incarnation, int exit_code);
    /* Puts another list in place of the one the engine is to load. May be NULL. */
    void (*rewrite_list)(struct fault *fault, struct mapping_row_spec *rows, uint32_t count);
    /* Somebody puts back by hand what the fault replaced; it is healed then. May be NULL. */
    void (*restore)(struct fault *fault);
};

enum { FAULT_ARTEFACTS_MAX = 4 };

struct fault {
    const struct fault_type *type;
    const struct scenario_fault *spec;
    struct world *world;
    uint32_t name;                              /* of the history */
    const char *artefacts[FAULT_ARTEFACTS_MAX]; /* what it is done to, e.g. files; then NULL */
    struct chance chance;
    uint64_t fired_count;
    bool fired, effect, healed;
    uint32_t *affected; /* mailboxes; owned by the world's arena */
    uint32_t affected_count;
    struct buffer bytes;  /* what the fault keeps for its moment */
    struct buffer former; /* what was there before it */
    struct fault *next;   /* at the same party: all of them are asked */
};

/* INVALID with path:line:column when a name or a way is not known. */
NODISCARD enum status faults_check(const struct scenario *scenario, struct error *error);
/* The type of that name, or NULL. */
const struct fault_type *fault_type(const char *name);
/* All types, in order of name within their families; index from 0, NULL past the last. */
const struct fault_type *fault_type_at(size_t index);

NODISCARD enum status faults_open(struct world *world, struct faults **faults_r,
                                  struct error *error);
void faults_close(struct faults **faults);

/* The list as the operator gets it: right but for what faults do to it. */
void faults_rewrite_list(struct faults *faults, struct mapping_row_spec *rows, uint32_t count);
/* Whether that list's keys went along with its wrong column. */
bool faults_keys_follow(const struct faults *faults);
void faults_typing(struct faults *faults, const struct scenario_step *step);
void faults_file_read(struct faults *faults, const char *name);
void faults_restore(struct faults *faults);
void faults_durable_step(struct faults *faults, struct incarnation *incarnation);
void faults_ended(struct faults *faults, const struct incarnation *incarnation, int exit_code);

/* For the families. Each says so once; `affected` is named mailbox by mailbox when it fires. */
void fault_fires(struct fault *fault);
void fault_has_effect(struct fault *fault, uint32_t mailbox);
void fault_heals(struct fault *fault);
/* The batch's right list, one row a mailbox; owned by the world's arena. */
struct mapping_row_spec *fault_right_list(struct world *world);
/* The list that the scenario's first fault puts in its place; owned by the world's arena. */
struct mapping_row_spec *fault_wrong_list(struct world *world);
/* Renders rows as the scenario's plan has its lists. */
void fault_render_list(const struct fault *fault, const struct mapping_row_spec *rows,
                       struct buffer *out);
/* Draws `spec->count` mailboxes of the batch (all where it is 0) to be affected. */
void fault_draw_affected(struct fault *fault);
bool fault_is_affected(const struct fault *fault, uint32_t mailbox);
/* Puts it among those that Open-Xchange asks. */
void fault_join_target(struct fault *fault);
/* True between `spec->at` and the end of `spec->lasts`. */
bool fault_is_its_time(const struct fault *fault);
/* Notes whom wrong rows concern: sources and targets of all rows that are not right. */
void fault_note_affected(struct fault *fault, const struct mapping_row_spec *rows, uint32_t count);

/* The families' tables; each ends with a NULL name. */
extern const struct fault_type fault_crash_types[];
extern const struct fault_type fault_disk_types[];
extern const struct fault_type fault_engines_types[];
extern const struct fault_type fault_mapping_types[];
extern const struct fault_type fault_source_types[];
extern const struct fault_type fault_target_types[];
extern const struct fault_type fault_operator_types[];
extern const struct fault_type fault_undoing_types[];
extern const struct fault_type fault_directory_types[];
extern const struct fault_type fault_network_types[];
extern const struct fault_type fault_gateway_types[];

#endif
