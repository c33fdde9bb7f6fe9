/* What time it is. Whoever drives the world (the kernel, or the wire drive) writes it; all others
 * only read. */
#ifndef SIM_KERNEL_CLOCK_H
#define SIM_KERNEL_CLOCK_H

#include "../../engine/base/instant.h"

struct clock {
    instant now;
};

#endif
