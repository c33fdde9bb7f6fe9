/* Writes what umzug is given for the day: its plan, and the list the operator loads. */
#ifndef SIM_REHEARSAL_PLAN_WRITER_H
#define SIM_REHEARSAL_PLAN_WRITER_H

#include "../fault/fault.h"
#include "../world.h"

#define PLAN_FILE      "plan.conf"   /* of umzug */
#define PLAN_FILE_OLD  "script.conf" /* of the old copying script: the standing credential */
#define PLAN_STATE     "state"
#define PLAN_STATE_OLD "script"
#define PLAN_LIST      "mapping.csv"

enum { PLAN_FILE_NAME_MAX = 32 };

/* The plan of an attempt; that of the first is PLAN_FILE. */
void plan_file_name(uint32_t attempt, char name[PLAN_FILE_NAME_MAX]);

/* All plans and the list onto the world's disk. */
NODISCARD enum status plan_write(struct world *world, struct faults *faults, struct error *error);

#endif
