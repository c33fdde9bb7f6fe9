/*
 * A programmer's error stops the program at once, always, and says what was expected and where.
 * The world's errors are no programmer's errors: those are returned as `enum status`.
 */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

#include <stddef.h>

/* Stops with 70 (EX_SOFTWARE of sysexits) unless the expression holds. */
#define check(expression)                                                                          \
    ((expression) ? (void)0 : check_failed(#expression, __FILE__, __LINE__, __func__))

/* Compares two integers and prints both when they differ in the wrong way. */
#define check_compare(left, operator, right)                                                       \
    (((left) operator(right))                                                                      \
         ? (void)0                                                                                 \
         : check_failed_compare(#left " " #operator" " #right, (long long)(left),                  \
                                (long long)(right), __FILE__, __LINE__))

_Noreturn void check_failed(const char *expression, const char *file, int line,
                            const char *function);
_Noreturn void check_failed_compare(const char *expression, long long left, long long right,
                                    const char *file, int line);

/* Runs before the program stops, so that a failure can say how to see it again. May be NULL. */
void check_on_failure(void (*say)(void));

/* Memory that is there or the program stops. Freed with free(). */
void *memory_new(size_t count, size_t size) __attribute__((returns_nonnull));
void *memory_grow(void *old, size_t count, size_t size) __attribute__((returns_nonnull));
char *memory_copy_text(const char *text) __attribute__((returns_nonnull));

#endif
