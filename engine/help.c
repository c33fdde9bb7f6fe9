/* See help.h. */
#include "help.h"

#include <string.h>

#include "measures.h"

static const char help_beginning[] =
    "A migration day, batch by batch, from Exchange to Open-Xchange:\n"
    "\n"
    "  umzug --plan charge-17.plan check                              looks, changes nothing\n"
    "  umzug --plan charge-17.plan --by Jensen --and Petersen seal    freezes plan and mapping\n"
    "  umzug --plan charge-17.plan hold                               then switch, release, core\n"
    "  umzug --plan charge-17.plan backfill 17                        by night; takes no list\n"
    "\n"
    "Commands, in the order of a day:\n";

static const char help_end[] =
    "\n"
    "Options:\n"
    "  --plan FILE       the plan of the batch: lines of \"key = value\"\n"
    "  --mapping FILE    another mapping than the plan's; backfill refuses it\n"
    "  --measures LIST   all, none, \"all, -cross_phase\", \"bijection, key_join\"\n"
    "  --by NAME         who does it;  --and NAME  who approved it\n"
    "  --surplus remove  mirrors: what the source does not have is removed at the target, new "
    "mail\n"
    "                    too; no_delete_path refuses it\n"
    "\n"
    "Exit: 0 done · 1 something was refused or is missing · 2 stopped · 64 usage ·\n"
    "      65 bad plan or mapping · 70 a bug here · 74 its own files cannot be written\n"
    "      75 a server could not be reached\n"
    "`umzug help measures` lists the measures that keep a day from going wrong.";

static void help_lines(struct platform *platform, struct str text) {
    while (text.length > 0)
        platform->type->say(platform, str_cut(&text, '\n'));
}

static void help_line(struct platform *platform, int width, const char *name,
                      const char *sentence) {
    struct buffer line = {0};
    buffer_printf(&line, "  %-*s  %s", width, name, sentence);
    platform->type->say(platform, buffer_str(&line));
    buffer_release(&line);
}

int help_say(struct platform *platform, const char *subject) {
    if (subject != NULL && strcmp(subject, "measures") == 0) {
        help_lines(platform,
                   STR("Measures, all on unless the plan or --measures says otherwise:\n"));
        for (size_t i = 0; i < MEASURE_COUNT; i++)
            help_line(platform, 17, measure_row((enum measure)i)->name,
                      measure_row((enum measure)i)->sentence);
        return 0;
    }
    help_lines(platform, str_of(help_beginning));
    for (size_t i = 0; i < PHASE_COUNT; i++)
        help_line(platform, 9, phase_name((enum phase)i), phase_sentence((enum phase)i));
    help_lines(platform, str_of(help_end));
    return 0;
}
