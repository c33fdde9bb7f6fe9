/* How words on the command line are taken apart, and what is said when they are wrong. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "command.h"

int usage_error(const char *command, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "generalprobe %s: ", command);
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\nTry: generalprobe help %s\n", command);
    va_end(arguments);
    return EXIT_WRONG_USAGE;
}

bool option_value(int count, char **words, int *at, const char *name, const char **value_r) {
    const char *word = words[*at];
    size_t length = strlen(name);
    if (strncmp(word, name, length) != 0)
        return false;
    if (word[length] == '=') {
        *value_r = word + length + 1;
        *at += 1;
        return true;
    }
    if (word[length] != '\0')
        return false;
    *value_r = *at + 1 < count ? words[*at + 1] : NULL;
    *at += 2;
    return true;
}

int option_unknown(const char *command, const char *word, const char *const *known) {
    const char *nearest = NULL;
    size_t nearest_distance = 4;
    for (; *known != NULL; known++) {
        size_t distance = str_distance(str_of(word), str_of(*known), 100);
        if (distance < nearest_distance) {
            nearest = *known;
            nearest_distance = distance;
        }
    }
    if (nearest != NULL)
        return usage_error(command, "there is no option %s; did you mean %s?", word, nearest);
    return usage_error(command, "there is no option %s", word);
}
