/* Statuses and their sentences. See status.h. */
#include "status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "check.h"

const char *status_name(enum status status) {
    static const char *const names[] = {
#define X(name, sentence) [STATUS_##name] = #name,
        STATUS_LIST(X)
#undef X
    };
    check((size_t)status < sizeof names / sizeof names[0]);
    return names[status];
}

const char *status_sentence(enum status status) {
    static const char *const sentences[] = {
#define X(name, sentence) [STATUS_##name] = sentence,
        STATUS_LIST(X)
#undef X
    };
    check((size_t)status < sizeof sentences / sizeof sentences[0]);
    return sentences[status];
}

enum status error_set(struct error *error, enum status status, const char *format, ...) {
    if (error == NULL)
        return status;
    error->status = status;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return status;
}

enum status error_context(struct error *error, const char *format, ...) {
    check(error != NULL);
    char former[ERROR_TEXT_MAX];
    memcpy(former, error->text, sizeof former);
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof error->text)
        return error->status;
    /* What does not fit is cut off: the context says more than the end of a long sentence. */
    size_t room = sizeof error->text - (size_t)length;
    if (snprintf(error->text + length, room, ": %s", former) < 0)
        error->text[length] = '\0';
    return error->status;
}
