/*
 * How wrong it went and what was done about it, in lines of a label and a few words: what the head
 * of a department asks first. Printed below the day's story, or for two rehearsals side by side.
 */
#ifndef REPORTS_COURSE_H
#define REPORTS_COURSE_H

#include "judge.h"

enum { COURSE_LINES_MAX = 48, COURSE_TEXT_MAX = 64 };

struct course_line {
    const char *label; /* "" where the line before goes on */
    char text[COURSE_TEXT_MAX];
};

/* Whether anything lay wrongly, or anything was undone. */
bool course_is_told(const struct judgement *judgement);
/* Always the same labels in the same order, so that two can be laid side by side. */
size_t course_lines(const struct judgement *judgement, struct course_line lines[COURSE_LINES_MAX]);

#endif
