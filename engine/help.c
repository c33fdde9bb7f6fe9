/* See help.h. */
#include "help.h"

#include <string.h>

#include "measures.h"
#include "plan.h"

static const char help_beginning[] =
    "A migration day, batch by batch, from Exchange to Open-Xchange. Each command is typed with "
    "the\n"
    "plan of the batch and may be typed again; what was interrupted is taken up.\n"
    "\n"
    "  umzug --plan charge-17.plan check                              looks, changes nothing\n"
    "  umzug --plan charge-17.plan --by Jensen --and Petersen seal    freezes plan and mapping\n"
    "  umzug --plan charge-17.plan preflight                          then hold, switch, release,\n"
    "                                                                 core, verify\n"
    "  umzug --plan charge-17.plan backfill 17                        by night; takes no list\n"
    "  umzug --plan charge-17.plan close                              in the morning\n"
    "\n"
    "Commands, in the order of a day; rollback and cleanup undo one:\n";

static const char help_end[] =
    "\n"
    "Options:\n"
    "  --plan FILE       the plan of the batch: lines of \"key = value\"; see `umzug help plan`\n"
    "  --mapping FILE    another mapping than the plan's; backfill refuses it\n"
    "  --measures LIST   all, none, \"all, -cross_phase\", \"bijection, key_join\"; in place of "
    "the\n"
    "                    plan's\n"
    "  --by NAME, --and NAME\n"
    "                    who does it, and who else approved it: seal, rollback, cleanup need both\n"
    "  --surplus remove  mirrors: what the source does not have is removed at the target, new\n"
    "                    mail too; no_delete_path refuses it\n"
    "\n"
    "Exit: 0 done · 1 something was refused or is missing · 2 stopped · 64 usage ·\n"
    "      65 bad plan or mapping · 70 a bug here · 74 its own files cannot be written ·\n"
    "      75 a server could not be reached\n"
    "Also: `umzug help plan`, `umzug help measures`, `umzug help COMMAND`.";

static const char help_plan[] = "The plan of one batch: lines of \"key = value\"; a line that "
                                "begins with # is a comment. Paths\n"
                                "are found from where the plan lies; spans carry a unit (\"30 "
                                "min\", \"4 h\", \"7 d\"). A least one:\n"
                                "\n"
                                "  campaign = landesmail\n"
                                "  batch = 17\n"
                                "  cut_off = 2025-07-31T06:00:00Z\n"
                                "  mapping = charge-17.csv\n"
                                "  state = /var/lib/umzug/17\n"
                                "  source_url = https://mail.example/EWS/Exchange.asmx\n"
                                "  source_user = svc-umzug\n"
                                "  source_password_file = exchange.secret\n"
                                "  target_host = imap.example\n"
                                "  target_master = umzug\n"
                                "  target_password_file = openxchange.secret\n"
                                "\n"
                                "All keys:\n";

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

static void help_measures(struct platform *platform) {
    help_lines(platform, STR("Measures, all on unless the plan or --measures says otherwise:\n"));
    for (size_t i = 0; i < MEASURE_COUNT; i++)
        help_line(platform, 17, measure_row((enum measure)i)->name,
                  measure_row((enum measure)i)->sentence);
}

static void help_keys(struct platform *platform) {
    struct buffer keys = {0};
    help_lines(platform, str_of(help_plan));
    plan_explain(&keys);
    help_lines(platform, buffer_str(&keys));
    buffer_release(&keys);
}

static void help_phase(struct platform *platform, enum phase phase) {
    struct buffer text = {0};
    uint32_t bit = 1u << phase;
    buffer_printf(&text, "%s: %s\n\n  umzug --plan FILE%s %s%s\n\nMeasures that it asks:\n",
                  phase_name(phase), phase_sentence(phase),
                  (PHASES_OF_TWO & bit) != 0 ? " --by NAME --and NAME" : "", phase_name(phase),
                  (PHASES_WITH_BATCH & bit) != 0 ? " [BATCH]" : "");
    help_lines(platform, buffer_str(&text));
    for (size_t i = 0; i < MEASURE_COUNT; i++)
        if ((measure_row((enum measure)i)->phases & bit) != 0)
            help_line(platform, 17, measure_row((enum measure)i)->name,
                      measure_row((enum measure)i)->sentence);
    buffer_release(&text);
}

static void help_everything(struct platform *platform) {
    help_lines(platform, str_of(help_beginning));
    for (size_t i = 0; i < PHASE_COUNT; i++)
        help_line(platform, 9, phase_name((enum phase)i), phase_sentence((enum phase)i));
    help_lines(platform, str_of(help_end));
}

bool help_say(struct platform *platform, const char *subject) {
    if (subject == NULL) {
        help_everything(platform);
        return true;
    }
    if (strcmp(subject, "measures") == 0) {
        help_measures(platform);
        return true;
    }
    if (strcmp(subject, "plan") == 0) {
        help_keys(platform);
        return true;
    }
    for (size_t i = 0; i < PHASE_COUNT; i++) {
        if (strcmp(subject, phase_name((enum phase)i)) != 0)
            continue;
        help_phase(platform, (enum phase)i);
        return true;
    }
    return false;
}
