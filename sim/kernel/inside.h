/*
 * What the files of the kernel know of each other. Nobody outside sim/kernel includes this.
 */
#ifndef SIM_KERNEL_INSIDE_H
#define SIM_KERNEL_INSIDE_H

#include "../../engine/base/stages.h"
#include "coroutine.h"
#include "kernel.h"
#include "process.h"
#include "schedule.h"
#include "task.h"

struct network;
struct stream;

enum { NAME_MAX_SHOWN = 48, FIRST_PID = 1000 };

struct kernel {
    struct clock *clock; /* borrows */
    instant start;
    struct arena *arena;       /* owns */
    struct schedule *schedule; /* owns */
    uint64_t number;           /* of the last event made */
    struct chance ties;        /* the order at one instant */
    struct chance links;       /* jitter */
    struct chance races;       /* short reads, yields at locks */
    struct chance random;      /* what programs in the world draw */
    unsigned short_reads, lock_yields;
    struct process *processes, *processes_last; /* owns, in order of making */
    int pid;
    struct network *network; /* owns */
    struct task *last_turn;  /* borrows; NULL when that task is gone */
    uint64_t trace;
    uint64_t still; /* events and calls since the clock moved */
    uint64_t patience;
    bool stopped, running, is_endless;
    char endless[2 * NAME_MAX_SHOWN + 32];
    struct kernel_counts counts;
};

struct waiter {
    struct task *task; /* borrows */
    struct waiter *next;
};

struct process {
    struct kernel *kernel; /* borrows */
    char name[NAME_MAX_SHOWN];
    uint32_t number;
    int pid;
    bool dead;
    instant paused_until;   /* its tasks get no turn before */
    bool seam;              /* libc answers from the world */
    size_t descriptors;     /* virtual ones it has open */
    struct task *tasks;     /* owns; the youngest first */
    size_t task_count;      /* begun, not ended */
    struct waiter *joining; /* who waits for the last task to end */
    struct stream *streams; /* the ends it has open; borrows */
    enum stage stage;       /* in which its tasks begin */
    struct process *next;
};

enum task_state {
    TASK_QUEUED, /* an event will resume it */
    TASK_RUNNING,
    TASK_PARKED, /* until woken, killed or timed out */
    TASK_DEAF,   /* until exactly what it waits for has happened */
    TASK_ENDED,  /* waits to be joined */
    TASK_ABANDONED,
};

struct task {
    struct process *process; /* borrows */
    char name[NAME_MAX_SHOWN];
    void (*run)(void *of);
    void *of;                    /* borrows */
    struct coroutine *coroutine; /* owns */
    enum task_state state;
    enum stage stage; /* where it was when it last waited */
    bool timed_out;
    bool told; /* it knows of its process's death, see task_tell() */
    bool detached;
    kernel_timer timer;           /* of the park's end */
    struct task *joiner;          /* borrows */
    struct task *waits;           /* the next one at the same lock */
    struct task *next, *previous; /* in its process */
};

/* Counts an event or a call. At the end of patience the world is endless: the calling task never
 * goes on, and kernel_run() returns. */
void kernel_spend(struct kernel *kernel);

/* Schedules the task's next turn at this instant. */
void task_queue(struct task *task);
/* The event by which a task has its turn; kernel_close() lets only those happen. */
void task_turn(void *of);
/* Frees a task that has ended or will never go on. */
void task_free(struct task *task);
/* Waits deaf, until another calls task_queue(). */
void task_wait_deaf(void);

/* Breaks all streams of a process that was killed, towards their peers. */
void stream_break_all(struct process *process);

struct network *network_new(void);
void network_close(struct network **network);

#endif
