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

/* Both plans and the list onto the world's disk. */
NODISCARD enum status plan_write(struct world *world, struct faults *faults, struct error *error);

#endif
