/* See command.h. */
#include "command.h"

#include <string.h>

#include "help.h"
#include "phase/phase.h"
#include "settings.h"

static const char *const command_phases[] = {
#define X(constant, text, sentence) text,
    PHASE_LIST(X)
#undef X
};

static const char *const command_words[] = {
#define X(constant, text, sentence) text,
    PHASE_LIST(X)
#undef X
        "help",
};

static const char *const command_options[] = {"--plan", "--measures", "--mapping",
                                              "--by",   "--and",      "--surplus"};

enum { COMMAND_OPTIONS = sizeof command_options / sizeof command_options[0] };

static void command_say(struct platform *platform, const char *format, ...) PRINTF_LIKE(2, 3);

static void command_say(struct platform *platform, const char *format, ...) {
    struct buffer line = {0};
    va_list arguments;
    va_start(arguments, format);
    buffer_vprintf(&line, format, arguments);
    va_end(arguments);
    platform->type->alarm(platform, buffer_str(&line));
    buffer_release(&line);
}

static int command_misused(struct platform *platform, const char *what, const char *word,
                           const char *const *known, size_t count) {
    const char *near = known != NULL ? settings_nearest(str_of(word), known, count) : NULL;
    command_say(platform, "umzug: %s \"%s\"%s%s%s", what, word,
                near != NULL ? "; did you mean \"" : "; see `umzug help`", near != NULL ? near : "",
                near != NULL ? "\"?" : "");
    return UMZUG_USAGE;
}

/* Takes the option at words[*at] and its value. */
static int command_option(struct platform *platform, struct engine_request *request,
                          const char *const *words, size_t *at) {
    const char **places[COMMAND_OPTIONS] = {&request->plan,        &request->measures,
                                            &request->mapping,     &request->by,
                                            &request->approved_by, &request->surplus};
    for (size_t i = 0; i < COMMAND_OPTIONS; i++) {
        if (strcmp(words[*at], command_options[i]) != 0)
            continue;
        if (words[*at + 1] == NULL)
            return command_misused(platform, "expected a value after", words[*at], NULL, 0);
        *places[i] = words[++*at];
        return UMZUG_DONE;
    }
    return command_misused(platform, "there is no option", words[*at], command_options,
                           COMMAND_OPTIONS);
}

/* Phases that take the name of a batch, so that nobody runs them on another one. */
static bool command_takes_batch(enum phase phase) {
    return (PHASES_WITH_BATCH & 1u << phase) != 0;
}

static int command_parse(struct platform *platform, struct engine_request *request,
                         const char *const *words) {
    bool given = false;
    for (size_t i = 0; words[i] != NULL; i++) {
        if (words[i][0] == '-') {
            int code = command_option(platform, request, words, &i);
            if (code != UMZUG_DONE)
                return code;
        } else if (!given) {
            size_t phase = 0;
            while (phase < PHASE_COUNT && strcmp(words[i], command_phases[phase]) != 0)
                phase++;
            if (phase == PHASE_COUNT)
                return command_misused(platform, "there is no command", words[i], command_words,
                                       sizeof command_words / sizeof command_words[0]);
            request->phase = (enum phase)phase;
            given = true;
        } else if (request->batch == NULL && command_takes_batch(request->phase)) {
            request->batch = words[i];
        } else {
            return command_misused(platform, "did not expect", words[i], NULL, 0);
        }
    }
    if (!given)
        return command_misused(platform, "expected a command after", "umzug", NULL, 0);
    if (request->plan == NULL) {
        command_say(platform, "umzug: %s needs a plan: `umzug --plan FILE %s`",
                    command_phases[request->phase], command_phases[request->phase]);
        return UMZUG_USAGE;
    }
    return UMZUG_DONE;
}

static enum status command_phase(struct engine *engine, struct error *error) {
    static enum status (*const phases[])(struct engine *, struct error *) = {
        [PHASE_CHECK] = phase_check,         [PHASE_SEAL] = phase_seal,
        [PHASE_PREFLIGHT] = phase_preflight, [PHASE_HOLD] = phase_hold,
        [PHASE_SWITCH] = phase_switch,       [PHASE_RELEASE] = phase_release,
        [PHASE_CORE] = phase_core,           [PHASE_VERIFY] = phase_verify,
        [PHASE_BACKFILL] = phase_backfill,   [PHASE_CLOSE] = phase_close,
        [PHASE_ROLLBACK] = phase_rollback,   [PHASE_CLEANUP] = phase_cleanup,
        [PHASE_STATUS] = phase_status,
    };
    enum measure measure = MEASURE_SIGNED_PLAN;
    enum status status = measures_before(engine, &measure, error);
    if (engine_heed(engine, status) == STATUS_REFUSED)
        engine_alarm(engine, measure_row(measure)->name, engine->artefact, error->text);
    if (status != STATUS_OK)
        return status;
    /* The cut-off may have been settled by a measure: later phases will ask for it. */
    engine->run.cut_off = engine->cut_off;
    status = ledger_run_cut_off(engine->ledger, engine->run.number, engine->cut_off, error);
    if (status == STATUS_OK)
        status = phases[engine->phase](engine, error);
    engine_heed(engine, status);
    if (status == STATUS_REFUSED) /* by the phase itself: what was asked for was not complete */
        engine_alarm(engine, phase_name(engine->phase), engine->request->plan, error->text);
    return status;
}

static int command_exit_of(enum status status) {
    switch (status) {
    case STATUS_OK:
        return UMZUG_DONE;
    case STATUS_INVALID:
    case STATUS_NOT_FOUND:
    case STATUS_LIMIT:
        return UMZUG_INPUT;
    case STATUS_BUSY:
    case STATUS_NETWORK:
    case STATUS_TIMEOUT:
    case STATUS_PROTOCOL:
    case STATUS_DENIED:
        return UMZUG_UNREACHABLE;
    case STATUS_STOPPED:
    case STATUS_KILLED:
        return UMZUG_STOPPED;
    case STATUS_STORAGE:
        return UMZUG_STORAGE;
    case STATUS_EXISTS:
    case STATUS_UNMOVABLE:
    case STATUS_AMBIGUOUS:
    case STATUS_WRONG_MAILBOX:
    case STATUS_QUOTA:
    case STATUS_CONFLICT:
    case STATUS_REFUSED:
        break;
    }
    return UMZUG_REFUSED;
}

/* The exit code speaks for the mailboxes, not for the mover's mood. */
static int command_exit(const struct engine *engine, enum status status) {
    const struct engine_counts *counts = &engine->counts;
    if (engine->cannot_note)
        return UMZUG_STORAGE;
    if (engine->stopping || status != STATUS_OK)
        return engine->stopping ? UMZUG_STOPPED : command_exit_of(status);
    if (counts->mailboxes_refused + counts->mailboxes_failed + counts->troubles == 0)
        return UMZUG_DONE;
    bool none_done = counts->mailboxes_done == 0 && counts->mailboxes_refused == 0;
    return none_done ? command_exit_of(counts->first_failure) : UMZUG_REFUSED;
}

static void command_sum_up(struct engine *engine, int code) {
    const struct engine_counts *counts = &engine->counts;
    if (engine->phase == PHASE_STATUS || engine->phase == PHASE_SEAL)
        return;
    engine_say(engine, "%s: %llu mailboxes done, %llu refused, %llu failed; %llu messages; exit %d",
               phase_name(engine->phase), (unsigned long long)counts->mailboxes_done,
               (unsigned long long)counts->mailboxes_refused,
               (unsigned long long)counts->mailboxes_failed, (unsigned long long)counts->messages,
               code);
}

static int command_go(struct platform *platform, const struct engine_adapters *adapters,
                      const struct engine_request *request) {
    struct engine *engine = NULL;
    struct error error = {0};
    enum status status = engine_open(platform, adapters, request, &engine, &error);
    if (status != STATUS_OK) {
        if (status != STATUS_KILLED)
            command_say(platform, "umzug: %s", error.text);
        return command_exit_of(status);
    }
    error.status = status = command_phase(engine, &error);
    bool told = engine_cannot_note(engine, &error);
    int code = command_exit(engine, status);
    told = told || status == STATUS_OK || status == STATUS_REFUSED || status == STATUS_KILLED ||
           status == STATUS_STOPPED;
    if (!told)
        engine_alarm(engine, phase_name(engine->phase), engine->request->plan, error.text);
    command_sum_up(engine, code);
    status = engine_close(&engine, code);
    return code == UMZUG_DONE && status == STATUS_STORAGE ? UMZUG_STORAGE : code;
}

int command_run(struct platform *platform, const struct engine_adapters *adapters,
                const char *version, const char *const *words) {
    struct engine_request request = {.version = version};
    struct buffer typed = {0};
    if (words[0] == NULL || strcmp(words[0], "help") == 0 || strcmp(words[0], "--help") == 0) {
        const char *subject = words[0] != NULL ? words[1] : NULL;
        if (help_say(platform, subject))
            return UMZUG_DONE;
        return command_misused(platform, "there is no help on", subject, command_words,
                               sizeof command_words / sizeof command_words[0]);
    }
    int code = command_parse(platform, &request, words);
    if (code != UMZUG_DONE)
        return code;
    for (size_t i = 0; words[i] != NULL; i++)
        buffer_printf(&typed, "%s%s", i > 0 ? " " : "", words[i]);
    request.typed = buffer_text(&typed);
    adapters->begin();
    code = command_go(platform, adapters, &request);
    adapters->end();
    buffer_release(&typed);
    return code;
}
