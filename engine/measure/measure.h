/* The questions that the table of measures asks; each stands in the file of its family. */
#ifndef ENGINE_MEASURE_MEASURE_H
#define ENGINE_MEASURE_MEASURE_H

#include "../engine.h"
#include "../sessions.h"

/* identity.c */
enum status key_join_pair(struct engine *engine, const struct sessions *sessions,
                          struct error *error);
enum status who_am_i_pair(struct engine *engine, const struct sessions *sessions,
                          struct error *error);
enum status core_overlap_pair(struct engine *engine, const struct sessions *sessions,
                              struct error *error);
enum status scoped_credential_before(struct engine *engine, struct error *error);

/* plan.c */
enum status signed_plan_before(struct engine *engine, struct error *error);
enum status bijection_before(struct engine *engine, struct error *error);
enum status cross_phase_before(struct engine *engine, struct error *error);
enum status one_cut_off_before(struct engine *engine, struct error *error);
enum status phase_gates_before(struct engine *engine, struct error *error);

/* rights.c */
enum status no_delete_path_before(struct engine *engine, struct error *error);

/* undoing.c */
enum status rollback_set_before(struct engine *engine, struct error *error);
enum status two_persons_before(struct engine *engine, struct error *error);

/* evidence.c */
enum status read_back_after(struct engine *engine, const struct sessions *sessions,
                            struct error *error);

#endif
