/*
 * Two rehearsals side by side: one incident noticed early and late, one day with a measure and
 * without it. The lines are those of course.h, so whatever differs stands in one row.
 */
#include <string.h>

#include "course.h"
#include "report.h"

enum { BESIDE_LABEL = 26, BESIDE_COLUMN = 36 };

/* What both names begin with is left out of the second row of the head. */
static struct str beside_name(const struct judgement *judgement) {
    return history_get(judgement->history, "scenario");
}

static void beside_row(struct buffer *out, const char *label, struct str left, struct str right) {
    report_padded(out, str_of(label), BESIDE_LABEL);
    report_padded(out, left, BESIDE_COLUMN);
    buffer_append_text(out, "  ");
    report_padded(out, right, right.length < BESIDE_COLUMN ? right.length : BESIDE_COLUMN);
    while (out->length > 0 && out->data[out->length - 1] == ' ')
        out->length--;
    buffer_append_byte(out, '\n');
}

/* Where two texts differ for the first time, cut at a mark, so that the telling part is shown. */
static size_t beside_common(struct str left, struct str right) {
    size_t at = 0, mark = 0;
    while (at < left.length && at < right.length && left.data[at] == right.data[at]) {
        at++;
        if (left.data[at - 1] == '/' || left.data[at - 1] == '-')
            mark = at;
    }
    return mark;
}

static void beside_names(struct buffer *out, const struct judgement *left,
                         const struct judgement *right) {
    struct str one = beside_name(left), other = beside_name(right);
    size_t common = beside_common(one, other);
    buffer_printf(out, "%.*s\n", (int)common, one.data);
    beside_row(out, "", str_bytes(one.data + common, one.length - common),
               str_bytes(other.data + common, other.length - common));
}

static void beside_day(const struct judgement *judgement, struct buffer *out) {
    const struct day *day = judgement->trial.day;
    buffer_printf(out, "%u mailboxes, %llu messages, seed %.*s", day->batch,
                  (unsigned long long)day->fixtures,
                  STR_ARG(history_get(judgement->history, "seed")));
}

static void beside_verdict(const struct judgement *judgement, struct buffer *out) {
    buffer_printf(out, "%s, %s", verdict_name(judgement->verdict),
                  judgement->kept ? "kept" : "not kept");
}

static void beside_phase(const struct judgement *judgement, const char *name, struct buffer *out) {
    const struct day *day = judgement->trial.day;
    char begun[INSTANT_TEXT_MAX], span[INSTANT_TEXT_MAX];
    for (size_t i = day->phase_count; i-- > 0;) {
        const struct day_phase *phase = &day->phases[i];
        if (!str_equal_text(history_text(judgement->history, phase->name), name))
            continue;
        buffer_append_text(out, instant_text_german(phase->begun, begun));
        if (phase->ended != INSTANT_NEVER && phase->ended > phase->begun)
            buffer_printf(out, ", %s", span_text(phase->ended - phase->begun, span));
        return;
    }
    buffer_append_text(out, "-");
}

static void beside_head(struct buffer *out, const struct judgement *left,
                        const struct judgement *right) {
    static const char *const phases[] = {"backfill", "cleanup", "rollback"};
    struct buffer one = {0}, other = {0};
    beside_names(out, left, right);
    beside_day(left, &one);
    beside_day(right, &other);
    beside_row(out, "batch", buffer_str(&one), buffer_str(&other));
    buffer_clear(&one);
    buffer_clear(&other);
    beside_verdict(left, &one);
    beside_verdict(right, &other);
    beside_row(out, "verdict, promises", buffer_str(&one), buffer_str(&other));
    for (size_t i = 0; i < sizeof phases / sizeof phases[0]; i++) {
        buffer_clear(&one);
        buffer_clear(&other);
        beside_phase(left, phases[i], &one);
        beside_phase(right, phases[i], &other);
        beside_row(out, phases[i], buffer_str(&one), buffer_str(&other));
    }
    buffer_release(&one);
    buffer_release(&other);
}

void report_beside(const struct judgement *left, const struct judgement *right,
                   struct buffer *out) {
    struct course_line one[COURSE_LINES_MAX], other[COURSE_LINES_MAX];
    size_t count = course_lines(left, one);
    (void)course_lines(right, other);
    beside_head(out, left, right);
    buffer_append_byte(out, '\n');
    for (size_t i = 0; i < count; i++)
        beside_row(out, one[i].label, str_of(one[i].text), str_of(other[i].text));
}
