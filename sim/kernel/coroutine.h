/*
 * A function with a stack of its own that can stop in the middle and go on later. Switching takes
 * 10 to 20 ns on x86-64 and aarch64, by a few instructions of our own; elsewhere, and with
 * -DCOROUTINE_UCONTEXT, ucontext(3) does the same in 440 ns.
 *
 * Stacks are COROUTINE_STACK bytes above a page that may not be touched; pages are committed when
 * first used (curl, libxml2, libetpan and SQLite together were measured at 20 KiB). Ended stacks
 * are kept and used again. AddressSanitizer and valgrind are told of every stack.
 */
#ifndef SIM_KERNEL_COROUTINE_H
#define SIM_KERNEL_COROUTINE_H

#include <stdbool.h>
#include <stddef.h>

struct coroutine;

enum { COROUTINE_STACK = 128 * 1024, COROUTINE_POOL_MAX = 256 };

/* NULL when the system gives no memory for a stack. */
struct coroutine *coroutine_new(void (*run)(void *of), void *of);
/* Ended or not: what lies on the stack of one that has not ended is lost. Leaves NULL behind. */
void coroutine_close(struct coroutine **coroutine);

/* Goes on with it until it yields or ends. May be called within another coroutine. */
void coroutine_resume(struct coroutine *coroutine);
/* Back to who resumed the running one. */
void coroutine_yield(void);
bool coroutine_has_ended(const struct coroutine *coroutine);

/* Gives the pool of stacks back to the system. */
void coroutine_forget_pool(void);

#endif
