/*
 * What a process needs before anything is rehearsed in it or in one that it forks.
 *
 * A rehearsal writes to much memory once; a page fault for each four kilobytes was an eighth of a
 * small day. So the heap is asked for in pages of two megabytes where the machine has them, and
 * nothing of it is given back between two phases. The C library lays out its heap before main() and
 * takes such wishes from the environment only (GLIBC_TUNABLES), so the program starts itself once
 * more with them said.
 */
#ifndef SIM_COMMAND_PROCESS_H
#define SIM_COMMAND_PROCESS_H

/* Returns in the second start, and in the first where there can be none. `words` are main()'s.
 * Call it before anything was done that would be done twice. */
void process_prepare_heap(char **words);

/* Wakes the libraries outside of any world, and in UTC. Call it once, before the first rehearsal;
 * what is forked from here on inherits it. */
void process_prepare(void);

/* Ends a forked one. What the libraries would take down the system takes down faster. */
_Noreturn void process_end(int code);

#endif
