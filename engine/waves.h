/*
 * How a whole batch goes: a canary wave first, checked message by message, then waves of at most
 * `cap` mailboxes, each checked before the next begins. Without these measures: all at once.
 */
#ifndef ENGINE_WAVES_H
#define ENGINE_WAVES_H

#include "engine.h"

/* Moves the engine's pairs for what arrived within `range`. OK, STOPPED or KILLED. */
enum status waves_move(struct engine *engine, struct source_range range);

#endif
