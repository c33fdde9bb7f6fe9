/* How long people wait. The only place that asks the real clock; nothing in a world depends on it,
 * and no task may call it: the seam would answer. */
#ifndef SIM_REHEARSAL_WALL_CLOCK_H
#define SIM_REHEARSAL_WALL_CLOCK_H

double wall_clock_seconds(void); /* from any origin */

#endif
