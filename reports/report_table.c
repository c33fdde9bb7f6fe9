/* Many rehearsals on one screen: a line each, the sums below. */
#include "report.h"

enum { SCENARIO_WIDTH = 34, SEED_WIDTH = 7, VERDICT_WIDTH = 13, COUNT_WIDTH = 8 };

static void table_count(struct buffer *out, int64_t value) {
    if (value == NUMBER_UNKNOWN)
        buffer_printf(out, "%*s", COUNT_WIDTH, "?");
    else
        buffer_printf(out, "%*lld", COUNT_WIDTH, (long long)value);
}

static void table_row(const struct report_row *row, bool colour, struct buffer *out) {
    report_padded(out, row->scenario, SCENARIO_WIDTH);
    buffer_append_byte(out, ' ');
    report_padded(out, row->seed, SEED_WIDTH);
    buffer_append_byte(out, ' ');
    struct buffer verdict = {0};
    report_padded(&verdict, str_of(verdict_name(row->verdict)), VERDICT_WIDTH);
    report_coloured(out, colour, report_verdict_colour(row->verdict), buffer_text(&verdict));
    buffer_release(&verdict);
    table_count(out, row->foreign_max);
    table_count(out, row->missing);
    table_count(out, row->lost);
    table_count(out, row->doubled);
    buffer_append_text(out, "  ");
    report_coloured(out, colour, row->kept ? REPORT_GREEN : REPORT_RED, row->kept ? "kept" : "NOT");
    buffer_append_byte(out, '\n');
}

void report_table(const struct report_row *rows, size_t count, bool colour, struct buffer *out) {
    size_t kept = 0;
    int64_t simulated = 0, millis = 0;
    char span[INSTANT_TEXT_MAX], wall[INSTANT_TEXT_MAX];
    struct buffer head = {0};
    report_padded(&head, STR("scenario"), SCENARIO_WIDTH + 1);
    report_padded(&head, STR("seed"), SEED_WIDTH + 1);
    report_padded(&head, STR("verdict"), VERDICT_WIDTH);
    buffer_printf(&head, "%*s%*s%*s%*s  kept", COUNT_WIDTH, "foreign", COUNT_WIDTH, "missing",
                  COUNT_WIDTH, "lost", COUNT_WIDTH, "doubled");
    report_coloured(out, colour, REPORT_BOLD, buffer_text(&head));
    buffer_append_byte(out, '\n');
    buffer_release(&head);
    for (size_t i = 0; i < count; i++) {
        table_row(&rows[i], colour, out);
        kept += rows[i].kept;
        simulated += rows[i].simulated_seconds;
        millis += rows[i].wall_millis;
    }
    buffer_printf(out, "%zu of %zu kept; %s played in %s\n", kept, count,
                  span_text(simulated * SECOND, span), span_text(millis * MILLISECOND, wall));
}
