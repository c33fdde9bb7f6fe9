/* See days.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../judge.h"
#include "days.h"

static bool case_mentions(const char *numbers, const char *name) {
    size_t length = strlen(name);
    for (const char *at = strstr(numbers, name); at != NULL; at = strstr(at + 1, name))
        if ((at == numbers || at[-1] == ' ') && at[length] == '=')
            return true;
    return false;
}

static void case_expect(const struct day_case *test, const struct judgement *judgement) {
    const int64_t *found = judgement->trial.numbers;
    struct str rest = str_of(test->numbers);
    while (rest.length > 0) {
        struct str word = str_cut(&rest, ' ');
        struct str name = str_cut(&word, '=');
        struct promise promise;
        struct error error = {0};
        enum number number;
        if (number_find(name, &number, &error) != STATUS_OK)
            fail_msg("%s: %s", test->name, error.text);
        struct buffer text = {0};
        for (size_t i = 0; i < word.length; i++)
            buffer_append_byte(&text, word.data[i] == '_' ? ' ' : word.data[i]);
        if (promise_read(name, buffer_str(&text), &promise, &error) != STATUS_OK)
            fail_msg("%s: %s", test->name, error.text);
        int64_t expected = promise.value;
        if (number_unit(number) == UNIT_CLOCK)
            expected = clock_next_morning(SCRIPT_BEGAN, expected) - DAY;
        if (found[number] != expected)
            fail_msg("%s: %s is %lld, expected %lld", test->name, number_name(number),
                     (long long)found[number], (long long)expected);
        buffer_release(&text);
    }
    for (int i = 0; i < NUMBER_COUNT; i++)
        if (number_unit((enum number)i) == UNIT_COUNT && found[i] != 0 &&
            !case_mentions(test->numbers, number_name((enum number)i)))
            fail_msg("%s: %s is %lld, expected 0", test->name, number_name((enum number)i),
                     (long long)found[i]);
}

void days_judge(const struct day_case *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct history *history = script_play(cases[i].script);
        struct judgement *judgement = NULL;
        struct error error = {0};
        if (judge(history, NULL, &judgement, &error) != STATUS_OK)
            fail_msg("%s: %s", cases[i].name, error.text);
        if (judgement->trial.lacking[0] != '\0')
            fail_msg("%s: %s", cases[i].name, judgement->trial.lacking);
        case_expect(&cases[i], judgement);
        judgement_close(&judgement);
        history_close(&history);
    }
}
