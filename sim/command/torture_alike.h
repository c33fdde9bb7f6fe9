/*
 * Deaths that leave the same behind. Most kills in the middle of a transaction do: the ledger rolls
 * back to where it was before. Such days have the same rest, and one of them is enough to be
 * played.
 *
 * What is left is the whole history up to the death, the kernel's events and all chance that is
 * still to be drawn, and every file of every machine, byte by byte, databases as SQLite recovers
 * them from their journals. What only the engine's process knew is gone with it. All that is
 * foretold before the kill; a copy that is played proves that it came so.
 */
#ifndef SIM_COMMAND_TORTURE_ALIKE_H
#define SIM_COMMAND_TORTURE_ALIKE_H

#include <stddef.h>
#include <stdint.h>

#include "../incarnation.h"
#include "../scenario.h"

/* Faults that count the engine's steps go on counting in the next process: where there are such,
 * two deaths that leave the same are not the same. */
bool alike_can_tell(const struct scenario *scenario);

struct alike *alike_new(void);
void alike_close(struct alike **alike);

/* Stands for what would be left if that process died now in this way. The world is not changed. */
uint64_t alike_foretell(struct alike *alike, const struct incarnation *incarnation,
                        enum disk_crash crash);
/* The first case that would leave this; `index` itself when it is the first. */
size_t alike_first(struct alike *alike, uint64_t left, size_t index);
/* Stands for the files as they are, databases recovered; and as they were foretold last. */
uint64_t alike_files(struct alike *alike, struct world *world);
uint64_t alike_foretold_files(const struct alike *alike);

#endif
