/* One JSON object a rehearsal, on one line. Schema 1; keys are only ever added. */
#include "../engine/base/json.h"
#include "report.h"

enum { REPORT_JSON_SCHEMA = 1 };

/* Counts are integers, what nobody counted is null. */
static void key_number(struct json *json, const char *key, int64_t value) {
    json_key(json, key);
    if (value == NUMBER_UNKNOWN || value == INSTANT_NEVER)
        json_null(json);
    else
        json_integer(json, value);
}

static void key_instant(struct json *json, const char *key, instant at) {
    char text[INSTANT_TEXT_MAX];
    json_key(json, key);
    if (at == INSTANT_NEVER)
        json_null(json);
    else
        json_text(json, str_of(instant_text(at, text)));
}

static int64_t whole_seconds(int64_t span) {
    if (span == NUMBER_UNKNOWN || span == INSTANT_NEVER)
        return span;
    return (span + SECOND - 1) / SECOND;
}

static void json_faults(const struct judgement *judgement, struct json *json) {
    json_key(json, "faults");
    json_array(json);
    for (size_t i = 0; i < judgement->fault_count; i++) {
        const struct fault_judgement *fault = &judgement->faults[i];
        json_object(json);
        json_key_text(json, "name", fault->name);
        json_key_boolean(json, "fired", fault->fired);
        json_key_boolean(json, "effect", fault->effect);
        json_key_boolean(json, "detected", fault->detected);
        key_instant(json, "detected_at", fault->detected_at);
        json_key_text(json, "detected_by", fault->detected_by);
        json_key_boolean(json, "contained", fault->contained);
        json_key_text(json, "verdict", str_of(verdict_name(fault->verdict)));
        json_object_end(json);
    }
    json_array_end(json);
}

static void json_truth(const struct judgement *judgement, struct json *json) {
    static const enum number counts[] = {
        NUMBER_FOREIGN_AT_REST_MAX,
        NUMBER_FOREIGN_AT_REST_END,
        NUMBER_MAILBOXES_WITH_FOREIGN,
        NUMBER_EXPOSED_PERSON_SECONDS,
        NUMBER_DOWNLOADED_FOREIGN,
        NUMBER_OPENED_FOREIGN,
        NUMBER_MISSING,
        NUMBER_LOST,
        NUMBER_DOUBLED,
        NUMBER_ALTERED,
        NUMBER_BYSTANDERS_TOUCHED,
    };
    const int64_t *numbers = judgement->trial.numbers;
    json_key(json, "truth");
    json_object(json);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        key_number(json, number_name(counts[i]), numbers[counts[i]]);
    key_number(json, "unreachable_seconds_max", whole_seconds(numbers[NUMBER_REACHABLE_WITHIN]));
    key_number(json, "workable_seconds_max", whole_seconds(numbers[NUMBER_WORKABLE_WITHIN]));
    json_object_end(json);
}

static void json_claims(const struct said *said, struct json *json) {
    json_key(json, "claims");
    json_object(json);
    json_key_integer(json, "runs_ended", said->runs_ended);
    json_key_integer(json, "exit_code", said->exit_code);
    json_key_integer(json, "mailboxes_done", said->mailboxes_done);
    json_key_integer(json, "mailboxes_refused", said->mailboxes_refused);
    json_key_integer(json, "mailboxes_consistent", said->consistent);
    json_key_integer(json, "messages", said->messages);
    json_key_integer(json, "troubles", said->troubles);
    json_key_integer(json, "alarms", said->alarms);
    json_object_end(json);
}

static void json_finding(const struct judgement *judgement, const struct finding *finding,
                         struct json *json) {
    const struct history_mailbox *mailbox = history_mailbox(judgement->history, finding->mailbox);
    json_object(json);
    json_key_text(json, "what", str_of(finding_name(finding->kind)));
    json_key_boolean(json, "harm", finding_is_harm(finding->kind));
    json_key(json, "mailbox");
    if (mailbox == NULL)
        json_null(json);
    else
        json_text(json, str_of(mailbox->address));
    json_key_integer(json, "count", (int64_t)finding->count);
    json_key_integer(json, "at_end", (int64_t)finding->at_end);
    key_instant(json, "from", finding->from);
    key_instant(json, "until", finding->until);
    json_key(json, "facts");
    json_array(json);
    for (int i = 0; i < finding->row_count; i++)
        json_integer(json, (int64_t)finding->rows[i]);
    json_array_end(json);
    json_object_end(json);
}

/* How many there are of each kind, so that those left out of the list are known of, too. */
static void json_kind(const struct findings *findings, size_t first, size_t end,
                      struct json *json) {
    enum finding_kind kind = findings_at(findings, first)->kind;
    uint64_t messages = 0;
    for (size_t i = first; i < end; i++)
        messages += findings_at(findings, i)->count;
    json_object(json);
    json_key_text(json, "what", str_of(finding_name(kind)));
    json_key_boolean(json, "harm", finding_is_harm(kind));
    json_key_integer(json, "findings", (int64_t)(end - first));
    json_key_integer(json, "count", (int64_t)messages);
    json_object_end(json);
}

/* The limit is one kind's: eight hundred mailboxes with foreign mail hide nothing else. */
static void json_findings(const struct judgement *judgement, struct json *json) {
    const struct findings *findings = judgement->trial.findings;
    size_t count = findings_count(findings);
    json_key(json, "findings");
    json_array(json);
    for (size_t first = 0, end; first < count; first = end) {
        end = findings_end_of_kind(findings, first);
        for (size_t i = first; i < end && i < first + REPORT_JSON_FINDINGS_MAX; i++)
            json_finding(judgement, findings_at(findings, i), json);
    }
    json_array_end(json);
    json_key_integer(json, "findings_count", (int64_t)count);
    json_key(json, "findings_by_kind");
    json_array(json);
    for (size_t first = 0, end; first < count; first = end) {
        end = findings_end_of_kind(findings, first);
        json_kind(findings, first, end, json);
    }
    json_array_end(json);
}

static void json_promises(const struct judgement *judgement, struct json *json) {
    static const char *const words[] = {"kept", "broken", "unknown"};
    json_key(json, "promises");
    json_array(json);
    for (size_t i = 0; i < judgement->promise_count; i++) {
        const struct promise_judgement *row = &judgement->promises[i];
        struct buffer text = {0};
        promise_print(&row->promise, &text);
        json_object(json);
        json_key_text(json, "name", str_of(number_name(row->promise.name)));
        json_key_text(json, "promised", buffer_str(&text));
        json_key_boolean(json, "expected", row->expected);
        json_key_text(json, "outcome", str_of(words[row->kept]));
        json_object_end(json);
        buffer_release(&text);
    }
    json_array_end(json);
}

/* The one number that is not whole; the JSON writer knows integers only. */
static void json_wall_seconds(struct json *json, int64_t millis) {
    json_key(json, "wall_seconds");
    buffer_printf(json->out, "%lld.%03lld", (long long)(millis / 1000), (long long)(millis % 1000));
    json->after_key = false;
}

void report_json(const struct judgement *judgement, struct buffer *out) {
    struct history *history = judgement->history;
    const struct day *day = judgement->trial.day;
    struct json json = json_to(out);
    char hex[DIGEST_HEX_MAX];
    uint64_t seed = 0;
    json_object(&json);
    json_key_integer(&json, "schema", REPORT_JSON_SCHEMA);
    json_key_text(&json, "scenario", history_get(history, "scenario"));
    json_key(&json, "seed");
    if (str_to_u64(history_get(history, "seed"), &seed) && seed <= INT64_MAX)
        json_integer(&json, (int64_t)seed);
    else
        json_text(&json, history_get(history, "seed"));
    json_key_text(&json, "verdict", str_of(verdict_name(judgement->verdict)));
    json_key_boolean(&json, "kept", judgement->kept);
    json_key_text(&json, "history_digest", str_of(digest_hex(history_digest(history), hex)));
    json_key_integer(&json, "simulated_seconds", (day->ended - day->began) / SECOND);
    json_wall_seconds(&json, day_setting(history, "wall_millis", 0));
    json_key_integer(&json, "mailboxes", day->batch);
    json_key_integer(&json, "messages", (int64_t)day->fixtures);
    json_faults(judgement, &json);
    json_truth(judgement, &json);
    json_claims(&judgement->trial.said, &json);
    json_promises(judgement, &json);
    json_findings(judgement, &json);
    json_key(&json, "lacking");
    if (judgement->trial.lacking[0] == '\0')
        json_null(&json);
    else
        json_text(&json, str_of(judgement->trial.lacking));
    json_object_end(&json);
    buffer_append_byte(out, '\n');
}
