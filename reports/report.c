/* What the printers share. See report.h. */
#include "report.h"

#include "../engine/base/utf8.h"

/* Takes one character off the front and appends it; what could steer a terminal becomes U+FFFD. */
static void report_character(struct buffer *out, struct str *text) {
    uint32_t code_point;
    if (!utf8_take(text, &code_point)) {
        code_point = 0xfffd;
        *text = (struct str){text->data + 1, text->length - 1};
    }
    bool steers = code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0);
    utf8_append(out, steers ? 0xfffd : code_point);
}

void report_padded(struct buffer *out, struct str text, size_t width) {
    size_t columns = utf8_count(text);
    bool cut = columns > width;
    for (size_t i = cut ? width - 1 : columns; i > 0; i--)
        report_character(out, &text);
    if (cut)
        buffer_append_text(out, "…");
    for (size_t i = columns; i < width; i++)
        buffer_append_byte(out, ' ');
}

void report_wrapped(struct buffer *out, struct str text, size_t column, size_t indent) {
    bool first = true;
    while (text.length > 0) {
        struct str word = str_cut(&text, ' ');
        size_t width = utf8_count(word);
        if (!first && column + 1 + width > REPORT_COLUMNS) {
            buffer_printf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!first) {
            buffer_append_byte(out, ' ');
            column++;
        }
        size_t room = REPORT_COLUMNS - column;
        report_padded(out, word, width < room ? width : room);
        column += width < room ? width : room;
        first = false;
    }
    buffer_append_byte(out, '\n');
}

const char *report_mailbox(const struct judgement *judgement, uint32_t number) {
    const struct history_mailbox *mailbox = history_mailbox(judgement->history, number);
    return mailbox == NULL ? "(no mailbox in particular)" : mailbox->address;
}

void report_coloured(struct buffer *out, bool colour, enum report_colour as, const char *text) {
    static const char *const codes[] = {"", "\033[1m", "\033[32m", "\033[31m", "\033[33m"};
    bool coloured = colour && as != REPORT_PLAIN;
    buffer_printf(out, "%s%s%s", coloured ? codes[as] : "", text, coloured ? "\033[0m" : "");
}

enum report_colour report_verdict_colour(enum verdict verdict) {
    if (verdict_is_good(verdict))
        return REPORT_GREEN;
    return verdict == VERDICT_MISSED || verdict == VERDICT_DETECTED ? REPORT_RED : REPORT_YELLOW;
}

static void report_broken_promise(const struct promise_judgement *row, struct buffer *out) {
    buffer_printf(out, "%s %s: ", row->expected ? "expected" : "promised",
                  number_name(row->promise.name));
    promise_print(&row->promise, out);
    buffer_append_text(out, ", found ");
    if (row->promise.name == NUMBER_ALARM_SAYS)
        buffer_append_text(out, "no such alarm");
    else
        number_print(number_unit(row->promise.name), row->found, out);
}

void report_why_not_kept(const struct judgement *judgement, struct buffer *out) {
    if (judgement->trial.lacking[0] != '\0') {
        buffer_printf(out, "inconclusive: %s", judgement->trial.lacking);
        return;
    }
    for (size_t i = 0; i < judgement->promise_count; i++)
        if (judgement->promises[i].kept != KEPT_YES) {
            report_broken_promise(&judgement->promises[i], out);
            return;
        }
    buffer_printf(out, "%s: %s", verdict_name(judgement->verdict),
                  verdict_sentence(judgement->verdict));
}

struct report_row report_row_of(const struct judgement *judgement, struct arena *arena,
                                const struct report_options *options) {
    const int64_t *numbers = judgement->trial.numbers;
    struct report_options plain = *options;
    struct buffer text = {0}, why = {0};
    plain.colour = false;
    report_text(judgement, &plain, &text);
    if (!judgement->kept)
        report_why_not_kept(judgement, &why);
    struct report_row row = {
        .scenario = arena_str(arena, history_get(judgement->history, "scenario")),
        .seed = arena_str(arena, history_get(judgement->history, "seed")),
        .verdict = judgement->verdict,
        .kept = judgement->kept,
        .foreign_max = numbers[NUMBER_FOREIGN_AT_REST_MAX],
        .foreign_end = numbers[NUMBER_FOREIGN_AT_REST_END],
        .missing = numbers[NUMBER_MISSING],
        .lost = numbers[NUMBER_LOST],
        .doubled = numbers[NUMBER_DOUBLED],
        .altered = numbers[NUMBER_ALTERED],
        .alarms = numbers[NUMBER_ALARMS],
        .simulated_seconds = (judgement->trial.day->ended - judgement->trial.day->began) / SECOND,
        .wall_millis = day_setting(judgement->history, "wall_millis", 0),
        .failure = arena_str(arena, buffer_str(&why)),
        .details = arena_str(arena, buffer_str(&text)),
    };
    buffer_release(&text);
    buffer_release(&why);
    return row;
}
