/*
 * The descriptor of a coroutine lies at the top of its own stack's mapping, so that a coroutine is
 * one mapping and nothing else, and a switch touches one page of it. It stands at one of COLOURS
 * distances from the end of the page: if all stacks began at the same offset, their hottest lines
 * would fall into the same few cache sets, and 10,000 coroutines would switch in 340 ns instead
 * of 20.
 *
 * The switch saves what the System V and AAPCS64 calling conventions let a callee keep, and leaves
 * by a jump instead of a return, since a return would be predicted to go back to the caller.
 * Rounding modes are left alone: nobody changes them.
 */
#include "coroutine.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "../../engine/base/check.h"

#if !defined(__x86_64__) && !defined(__aarch64__) && !defined(COROUTINE_UCONTEXT)
#define COROUTINE_UCONTEXT
#endif
#ifdef COROUTINE_UCONTEXT
#include <ucontext.h>
#endif

#if defined(__SANITIZE_ADDRESS__)
#define COROUTINE_ASAN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define COROUTINE_ASAN
#endif
#endif
#ifdef COROUTINE_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#if defined(__has_include)
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#endif
#endif
#ifndef VALGRIND_STACK_REGISTER
#define VALGRIND_STACK_REGISTER(low, high)     0
#define VALGRIND_STACK_DEREGISTER(number)      (void)(number)
#define VALGRIND_MAKE_MEM_UNDEFINED(low, size) (void)(low)
#endif

enum {
    PAGE = 4096,
    COLOURS = 8,
    COLOUR_STEP = 256,
    MAPPING = PAGE + COROUTINE_STACK,
};

struct coroutine {
    _Alignas(16) char *low; /* of the stack, which ends where this begins */
    void *place;            /* the stack pointer while it does not run */
    void *back;             /* that of who resumed it */
    struct coroutine *resumer;
    void (*run)(void *of);
    void *of;
    bool ended;
    unsigned valgrind_stack;
    struct coroutine *next; /* in the pool */
#ifdef COROUTINE_UCONTEXT
    ucontext_t context, back_context;
#endif
    void *fake_stack, *back_fake_stack; /* AddressSanitizer's */
    const void *back_low;
    size_t back_size;
};
static_assert(sizeof(struct coroutine) % 16 == 0, "a stack begins where its descriptor does");

static _Thread_local struct coroutine *running;
static _Thread_local struct coroutine *pool;
static _Thread_local unsigned pool_count, colour_next;

static size_t coroutine_size(const struct coroutine *coroutine) {
    return (size_t)((uintptr_t)coroutine - (uintptr_t)coroutine->low);
}

/* ---- the switch ------------------------------------------------------------------------------ */

/* AddressSanitizer keeps a shadow for each stack and must hear of a switch before and after it. */
static void fiber_leave(void **fake_stack, const void *low, size_t size) {
#ifdef COROUTINE_ASAN
    __sanitizer_start_switch_fiber(fake_stack, low, size);
#else
    (void)fake_stack, (void)low, (void)size;
#endif
}

static void fiber_arrive(void *fake_stack, const void **low_r, size_t *size_r) {
#ifdef COROUTINE_ASAN
    __sanitizer_finish_switch_fiber(fake_stack, low_r, size_r);
#else
    (void)fake_stack, (void)low_r, (void)size_r;
#endif
}

static void coroutine_main(void) {
    struct coroutine *coroutine = running;
    fiber_arrive(NULL, &coroutine->back_low, &coroutine->back_size);
    coroutine->run(coroutine->of);
    coroutine->ended = true;
    coroutine_yield();
    check(!"an ended coroutine was resumed");
}

#ifdef COROUTINE_UCONTEXT

static void coroutine_prepare(struct coroutine *coroutine) {
    check(getcontext(&coroutine->context) == 0);
    coroutine->context.uc_stack.ss_sp = coroutine->low;
    coroutine->context.uc_stack.ss_size = coroutine_size(coroutine);
    coroutine->context.uc_link = NULL;
    makecontext(&coroutine->context, coroutine_main, 0);
}

static void coroutine_enter(struct coroutine *coroutine) {
    swapcontext(&coroutine->back_context, &coroutine->context);
}

static void coroutine_exit(struct coroutine *coroutine) {
    swapcontext(&coroutine->context, &coroutine->back_context);
}

#else

/* Saves the registers that a callee keeps on the present stack, stores the stack pointer in
 * `*save`, takes on `load`, and goes on where that was left. */
void coroutine_switch(void **save, void *load) __attribute__((visibility("hidden")));

#if defined(__x86_64__)
enum { SAVED_WORDS = 7, SAVED_ADDRESS = 6, ABOVE_WORDS = 1 };
__asm__(".text\n"
        ".p2align 4\n"
        ".hidden coroutine_switch\n"
        ".globl coroutine_switch\n"
        ".type coroutine_switch, @function\n"
        "coroutine_switch:\n"
        "    pushq %rbp\n"
        "    pushq %rbx\n"
        "    pushq %r12\n"
        "    pushq %r13\n"
        "    pushq %r14\n"
        "    pushq %r15\n"
        "    movq %rsp, (%rdi)\n"
        "    movq %rsi, %rsp\n"
        "    popq %r15\n"
        "    popq %r14\n"
        "    popq %r13\n"
        "    popq %r12\n"
        "    popq %rbx\n"
        "    popq %rbp\n"
        "    popq %rcx\n"
        "    jmp *%rcx\n"
        ".size coroutine_switch, .-coroutine_switch\n");
#else
enum { SAVED_WORDS = 20, SAVED_ADDRESS = 11, ABOVE_WORDS = 0 };
__asm__(".text\n"
        ".p2align 4\n"
        ".hidden coroutine_switch\n"
        ".globl coroutine_switch\n"
        ".type coroutine_switch, %function\n"
        "coroutine_switch:\n"
        "    sub sp, sp, #160\n"
        "    stp x19, x20, [sp, #0]\n"
        "    stp x21, x22, [sp, #16]\n"
        "    stp x23, x24, [sp, #32]\n"
        "    stp x25, x26, [sp, #48]\n"
        "    stp x27, x28, [sp, #64]\n"
        "    stp x29, x30, [sp, #80]\n"
        "    stp d8, d9, [sp, #96]\n"
        "    stp d10, d11, [sp, #112]\n"
        "    stp d12, d13, [sp, #128]\n"
        "    stp d14, d15, [sp, #144]\n"
        "    mov x9, sp\n"
        "    str x9, [x0]\n"
        "    mov sp, x1\n"
        "    ldp x19, x20, [sp, #0]\n"
        "    ldp x21, x22, [sp, #16]\n"
        "    ldp x23, x24, [sp, #32]\n"
        "    ldp x25, x26, [sp, #48]\n"
        "    ldp x27, x28, [sp, #64]\n"
        "    ldp x29, x30, [sp, #80]\n"
        "    ldp d8, d9, [sp, #96]\n"
        "    ldp d10, d11, [sp, #112]\n"
        "    ldp d12, d13, [sp, #128]\n"
        "    ldp d14, d15, [sp, #144]\n"
        "    add sp, sp, #160\n"
        "    br x30\n"
        ".size coroutine_switch, .-coroutine_switch\n");
#endif

/* Lays out a stack as if the coroutine had been left just before coroutine_main(). On x86-64 a word
 * above the frame stands where a caller's return address would be, and keeps the alignment that a
 * called function expects. */
static void coroutine_prepare(struct coroutine *coroutine) {
    void **frame = (void **)(void *)coroutine - SAVED_WORDS - ABOVE_WORDS;
    memset(frame, 0, (SAVED_WORDS + ABOVE_WORDS) * sizeof *frame);
    void (*entry)(void) = coroutine_main;
    memcpy(&frame[SAVED_ADDRESS], &entry, sizeof entry);
    coroutine->place = frame;
}

static void coroutine_enter(struct coroutine *coroutine) {
    coroutine_switch(&coroutine->back, coroutine->place);
}

static void coroutine_exit(struct coroutine *coroutine) {
    coroutine_switch(&coroutine->place, coroutine->back);
}

#endif

/* ---- life cycle ------------------------------------------------------------------------------ */

static struct coroutine *coroutine_map(void) {
    char *mapping = mmap(NULL, MAPPING, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (mapping == MAP_FAILED)
        return NULL;
    if (mprotect(mapping, PAGE, PROT_NONE) != 0) {
        munmap(mapping, MAPPING);
        return NULL;
    }
    size_t colour = (size_t)(colour_next++ % COLOURS) * COLOUR_STEP;
    char *place = mapping + MAPPING - sizeof(struct coroutine) - colour;
    struct coroutine *coroutine = (struct coroutine *)(void *)place;
    coroutine->low = mapping + PAGE;
    coroutine->valgrind_stack = VALGRIND_STACK_REGISTER(coroutine->low, place - 1);
    return coroutine;
}

static void coroutine_unmap(struct coroutine *coroutine) {
    VALGRIND_STACK_DEREGISTER(coroutine->valgrind_stack);
    munmap(coroutine->low - PAGE, MAPPING);
}

struct coroutine *coroutine_new(void (*run)(void *of), void *of) {
    struct coroutine *coroutine = pool;
    if (coroutine != NULL) {
        pool = coroutine->next;
        pool_count--;
    } else {
        coroutine = coroutine_map();
        if (coroutine == NULL)
            return NULL;
    }
    /* Both checkers still hold what the last user left on this stack for out of bounds. */
    VALGRIND_MAKE_MEM_UNDEFINED(coroutine->low, coroutine_size(coroutine));
#ifdef COROUTINE_ASAN
    __asan_unpoison_memory_region(coroutine->low, coroutine_size(coroutine));
#endif
    struct coroutine fresh = {
        .low = coroutine->low, .valgrind_stack = coroutine->valgrind_stack, .run = run, .of = of};
    *coroutine = fresh;
    coroutine_prepare(coroutine);
    return coroutine;
}

void coroutine_close(struct coroutine **coroutine) {
    struct coroutine *closed = *coroutine;
    *coroutine = NULL;
    if (closed == NULL)
        return;
    check(closed != running);
    if (pool_count == COROUTINE_POOL_MAX) {
        coroutine_unmap(closed);
        return;
    }
    closed->next = pool;
    pool = closed;
    pool_count++;
}

void coroutine_forget_pool(void) {
    while (pool != NULL) {
        struct coroutine *coroutine = pool;
        pool = coroutine->next;
        coroutine_unmap(coroutine);
    }
    pool_count = 0;
}

/* ---- use ------------------------------------------------------------------------------------- */

void coroutine_resume(struct coroutine *coroutine) {
    check(!coroutine->ended);
    coroutine->resumer = running;
    running = coroutine;
    fiber_leave(&coroutine->back_fake_stack, coroutine->low, coroutine_size(coroutine));
    coroutine_enter(coroutine);
    fiber_arrive(coroutine->back_fake_stack, NULL, NULL);
    running = coroutine->resumer;
}

void coroutine_yield(void) {
    struct coroutine *coroutine = running;
    check(coroutine != NULL);
    /* No place for the fake stack of one that has ended lets AddressSanitizer free it. */
    fiber_leave(coroutine->ended ? NULL : &coroutine->fake_stack, coroutine->back_low,
                coroutine->back_size);
    coroutine_exit(coroutine);
    fiber_arrive(coroutine->fake_stack, &coroutine->back_low, &coroutine->back_size);
}

bool coroutine_has_ended(const struct coroutine *coroutine) {
    return coroutine->ended;
}
