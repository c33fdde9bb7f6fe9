/* See course.h. */
#include "course.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../engine/base/check.h"

struct course_writer {
    const struct judgement *judgement;
    struct course_line *lines;
    size_t count;
};

static void course_say(struct course_writer *writer, const char *label, const char *format, ...)
    PRINTF_LIKE(3, 4);

static void course_say(struct course_writer *writer, const char *label, const char *format, ...) {
    check_compare(writer->count, <, COURSE_LINES_MAX);
    struct course_line *line = &writer->lines[writer->count++];
    va_list arguments;
    va_start(arguments, format);
    line->label = label;
    vsnprintf(line->text, sizeof line->text, format, arguments);
    va_end(arguments);
}

static const char *many(int64_t count, const char *one, const char *more) {
    return count == 1 ? one : more;
}

/* The clocks of a stretch, with the day where it is not the first. */
static void course_clock(const struct course_writer *writer, instant at,
                         char text[INSTANT_TEXT_MAX]) {
    const struct day *day = writer->judgement->trial.day;
    int64_t first = (day->began + instant_german_offset(day->began)) / DAY;
    int64_t later = (at + instant_german_offset(at)) / DAY - first;
    instant_text_clock(at, text);
    if (later > 0)
        snprintf(text + strlen(text), INSTANT_TEXT_MAX - strlen(text), " +%lld d",
                 (long long)later);
}

static void course_when(struct course_writer *writer, const struct stretch *stretch) {
    char from[INSTANT_TEXT_MAX], until[INSTANT_TEXT_MAX];
    if (stretch->count == 0) {
        course_say(writer, "", "-");
        return;
    }
    course_clock(writer, stretch->from, from);
    course_clock(writer, stretch->until, until);
    if (stretch->until - stretch->from < SECOND)
        course_say(writer, "", "at %s", from);
    else
        course_say(writer, "", "from %s to %s", from, until);
}

/* ---- How far it went ---- */

static void course_exposure(struct course_writer *writer) {
    const struct course *course = &writer->judgement->trial.course;
    const int64_t *numbers = writer->judgement->trial.numbers;
    int64_t tenths = numbers[NUMBER_EXPOSED_PERSON_SECONDS] / 360;
    course_say(writer, "mail of others lay", "%lld %s in %lld %s", (long long)course->at_rest.count,
               many(course->at_rest.count, "message", "messages"),
               (long long)course->at_rest.mailboxes,
               many(course->at_rest.mailboxes, "mailbox", "mailboxes"));
    course_when(writer, &course->at_rest);
    course_say(writer, "  open to people for", "%lld.%lld person-hours", (long long)(tenths / 10),
               (long long)(tenths % 10));
    course_say(writer, "  fetched by a program", "%lld, by those of %lld %s",
               (long long)course->downloaded.count, (long long)course->downloaded.mailboxes,
               many(course->downloaded.mailboxes, "person", "people"));
    course_when(writer, &course->downloaded);
    course_say(writer, "  on a screen", "%lld, of %lld %s", (long long)course->opened.count,
               (long long)course->opened.mailboxes,
               many(course->opened.mailboxes, "person", "people"));
    course_when(writer, &course->opened);
    course_say(writer, "  left at the end", "%lld", (long long)numbers[NUMBER_FOREIGN_AT_REST_END]);
    course_say(writer, "  shown from old caches", "%lld",
               (long long)numbers[NUMBER_CACHES_CONTRADICTED]);
}

/* ---- What was done ---- */

static void course_cleanup(struct course_writer *writer) {
    const struct course *course = &writer->judgement->trial.course;
    const int64_t *numbers = writer->judgement->trial.numbers;
    course_say(writer, "access closed", "%lld %s", (long long)course->closed.mailboxes,
               many(course->closed.mailboxes, "login", "logins"));
    course_when(writer, &course->closed);
    course_say(writer, "evidence sealed", "%lld %s in %lld %s", (long long)course->sealed.count,
               many(course->sealed.count, "message", "messages"),
               (long long)course->sealed.mailboxes,
               many(course->sealed.mailboxes, "mailbox", "mailboxes"));
    course_when(writer, &course->sealed);
    course_say(writer, "  does not tell all of", "%lld mailboxes",
               (long long)numbers[NUMBER_EVIDENCE_SHORT]);
    course_say(writer, "mail of others removed", "%lld from %lld %s",
               (long long)course->removed.count, (long long)course->removed.mailboxes,
               many(course->removed.mailboxes, "mailbox", "mailboxes"));
    course_when(writer, &course->removed);
    course_say(writer, "  and copies to spare", "%lld", (long long)course->spared.count);
    course_say(writer, "  and mail that is missed", "%lld",
               (long long)numbers[NUMBER_NATIVE_REMOVED]);
}

static void course_rollback(struct course_writer *writer) {
    const struct course *course = &writer->judgement->trial.course;
    const int64_t *numbers = writer->judgement->trial.numbers;
    int64_t exact = numbers[NUMBER_ROLLBACK_EXACT];
    course_say(writer, "set back", "%lld of %u mailboxes%s", (long long)course->set_back.mailboxes,
               writer->judgement->trial.day->batch,
               exact == NUMBER_UNKNOWN ? ""
               : exact != 0            ? ", exactly"
                                       : ", not exactly");
    course_when(writer, &course->set_back);
    course_say(writer, "  mail brought back", "%lld", (long long)course->returned.count);
    course_say(writer, "  sorted there, as before", "%lld", (long long)numbers[NUMBER_LEFT_BEHIND]);
}

/* ---- What it cost ---- */

static void course_costs(struct course_writer *writer) {
    const struct course *course = &writer->judgement->trial.course;
    const int64_t *numbers = writer->judgement->trial.numbers;
    char span[INSTANT_TEXT_MAX], batch[INSTANT_TEXT_MAX];
    int64_t without = numbers[NUMBER_BATCH_WITHOUT_MAIL];
    course_say(writer, "mail held at the gateway", "%lld, the longest %s", (long long)course->held,
               course->held_longest == 0 ? "0 s" : span_text(course->held_longest, span));
    course_say(writer, "  late, missing, lost", "%lld, %lld, %lld",
               (long long)numbers[NUMBER_HELD_LATE], (long long)numbers[NUMBER_MISSING],
               (long long)numbers[NUMBER_LOST]);
    course_say(writer, "the batch without mail", "%s%s",
               without == NUMBER_UNKNOWN ? "nobody tried"
               : without == 0            ? "0 s"
                                         : span_text(without, batch),
               without > 0 && without != NUMBER_UNKNOWN ? ", all of them together" : "");
    course_say(writer, "bystanders locked out", "%lld, %lld bystander-minutes",
               (long long)numbers[NUMBER_BYSTANDERS_LOCKED_OUT],
               (long long)numbers[NUMBER_BYSTANDER_MINUTES]);
    course_when(writer, &course->locked_out);
}

bool course_is_told(const struct judgement *judgement) {
    const struct course *course = &judgement->trial.course;
    return course->at_rest.count > 0 || course->removed.count > 0 || course->set_back.count > 0 ||
           course->returned.count > 0 || course->locked_out.count > 0;
}

size_t course_lines(const struct judgement *judgement, struct course_line lines[COURSE_LINES_MAX]) {
    struct course_writer writer = {judgement, lines, 0};
    course_exposure(&writer);
    course_cleanup(&writer);
    course_rollback(&writer);
    course_costs(&writer);
    return writer.count;
}
