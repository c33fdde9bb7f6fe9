/*
 * Clean-up and evidence: did only foreign mail go, and can be told from the sealed evidence who
 * could see whose mail, from when to when, and how much of it was opened?
 *
 * Catches: a clean-up that removes mail that was delivered there, that people made, or that core
 * had copied rightly by day, unless the batch was set back and it lies at the old home, too;
 * evidence that leaves out a mailbox or a message, that lets the exposure begin later than it began
 * or end before a person's program last fetched such mail, that knows of fewer opened messages than
 * people opened there, or that names an owner none of whose mail lay there. Foreign mail that is
 * still there is foreign_at_rest_end. More than truth finds foreign may be sealed: a circular that
 * came in by the wrong pair is named, though its reader may know it. What a program fetched leaves
 * no trace at a mail server that a migration could ask for, so evidence need not count it.
 */
#include <stdlib.h>
#include <string.h>

#include "../../engine/base/check.h"
#include "../../engine/base/table.h"

#include "../oracle.h"

struct cleaned_mailbox {
    int64_t foreign, found, sealed; /* now, when the clean-up came, and as it says */
    int64_t opened, sealed_opened;  /* by its people while it was foreign, and as it says */
    bool cleaned, wrong_gone, wrong_owner;
    instant since, sealed_from; /* INSTANT_NEVER: never */
    instant read, sealed_until; /* last fetched or opened; 0: never */
};

struct lying_place { /* foreign mail when a clean-up begins */
    uint32_t content, mailbox;
};

struct cleanup_day {
    struct cleaned_mailbox *mailboxes; /* owns */
    struct table *brought;             /* owns; mailbox and content: copies a night run wrote */
    struct table *opened;              /* owns; mailbox and content: opened while foreign */
    struct table *owners;              /* owns; mailbox and owner: whose mail lay there */
    bool begun, may_come;
    int64_t native_removed;
};

/* Whether the runbook has a clean-up: without one nobody need remember who brought what, which at
 * full size is millions of copies. */
static bool cleanup_may_come(const struct history *history) {
    struct str phases = history_get(history, "phases");
    if (phases.length == 0)
        return true;
    while (phases.length > 0)
        if (str_equal_text(str_cut(&phases, ' '), "cleanup"))
            return true;
    return false;
}

static void *cleanup_begin(struct trial *trial) {
    struct cleanup_day *cleanup = memory_new(1, sizeof *cleanup);
    cleanup->mailboxes = trial_each_mailbox(trial, sizeof *cleanup->mailboxes);
    cleanup->brought = table_new();
    cleanup->opened = table_new();
    cleanup->owners = table_new();
    cleanup->may_come = cleanup_may_come(trial->history);
    for (uint32_t i = 0; i <= history_mailbox_count(trial->history); i++)
        cleanup->mailboxes[i].since = cleanup->mailboxes[i].sealed_from = INSTANT_NEVER;
    return cleanup;
}

static uint64_t cleanup_key(uint32_t mailbox, uint32_t other) {
    return (uint64_t)mailbox << 32 | other;
}

/* ---- Whose mail lies where when a clean-up begins ---- */

static int place_compare(const void *left, const void *right) {
    const struct lying_place *one = left, *other = right;
    if (one->content != other->content)
        return one->content < other->content ? -1 : 1;
    return (one->mailbox > other->mailbox) - (one->mailbox < other->mailbox);
}

static size_t places_read(const struct pairs *pairs, struct lying_place *places) {
    size_t count = 0;
    for (uint32_t i = 0; i < pairs_count(pairs); i++) {
        const struct pair *pair = pairs_index(pairs, i);
        if (rest_foreign(pair) == 0)
            continue;
        if (places != NULL)
            places[count] = (struct lying_place){pair->content, pair->mailbox};
        count++;
    }
    return count;
}

static size_t places_first(const struct lying_place *places, size_t count, uint32_t content) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (places[middle].content < content)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void cleanup_know_owners(struct cleanup_day *cleanup, const struct pairs *pairs) {
    size_t count = places_read(pairs, NULL);
    struct lying_place *places = memory_new(count + 1, sizeof *places);
    places_read(pairs, places);
    qsort(places, count, sizeof *places, place_compare);
    for (uint32_t i = 0; i < pairs_count(pairs); i++) {
        const struct pair *owner = pairs_index(pairs, i);
        if ((owner->bits & PAIR_EVER_DUE) == 0)
            continue;
        for (size_t k = places_first(places, count, owner->content);
             k < count && places[k].content == owner->content; k++)
            *table_at(cleanup->owners, cleanup_key(places[k].mailbox, owner->mailbox)) = 1;
    }
    free(places);
}

/* ---- Facts ---- */

static void cleanup_read(struct cleanup_day *cleanup, const struct step *step) {
    struct cleaned_mailbox *mailbox = &cleanup->mailboxes[step->fact->mailbox];
    if (rest_foreign(step->pair) == 0)
        return;
    mailbox->read = step->fact->at;
    if (step->fact->kind != FACT_ITEM_OPENED)
        return;
    uint64_t *known = table_at(cleanup->opened, cleanup_key(step->fact->mailbox, step->content));
    mailbox->opened += *known == 0;
    *known = 1;
}

/* A copy that truth allows, that was not one too many, and that no night run had put there. At a
 * home that was left only what does not lie at the other one is missed. */
static bool cleanup_is_native(const struct trial *trial, const struct step *step) {
    const struct pair *before = &step->before;
    /* Its login may be closed meanwhile: where it lives stands in the directory. */
    const struct day_home *home = &trial->day->homes[step->fact->mailbox];
    bool at_home = home->aspect[HOME_DIRECTORY] == SIDE_TARGET;
    return (before->bits & PAIR_EVER_DUE) != 0 &&
           rest_absent(step->pair, SIDE_TARGET) > rest_absent(before, SIDE_TARGET) &&
           (at_home || rest_absent(before, SIDE_SOURCE) > 0);
}

static void cleanup_see(void *self, struct trial *trial, const struct step *step) {
    struct cleanup_day *cleanup = self;
    const struct fact *fact = step->fact;
    if (fact->kind == FACT_PHASE_BEGUN) {
        if (!str_equal_text(history_text(trial->history, fact->name), "cleanup"))
            return;
        cleanup->begun = true;
        cleanup_know_owners(cleanup, rest_pairs(trial->rest));
        return;
    }
    if (step->pair == NULL || fact->mailbox == 0 || !cleanup->may_come)
        return;
    if (fact->kind == FACT_ITEM_DOWNLOADED || fact->kind == FACT_ITEM_OPENED) {
        cleanup_read(cleanup, step);
        return;
    }
    struct cleaned_mailbox *mailbox = &cleanup->mailboxes[fact->mailbox];
    bool removes = fact->kind == FACT_ITEM_REMOVED && step->doer == DOER_CLEANUP;
    if (removes && !mailbox->cleaned)
        mailbox->found = mailbox->foreign;
    if (removes) {
        bool wrong = rest_foreign(&step->before) > 0;
        struct stretch *stretch = wrong ? &trial->course.removed : &trial->course.spared;
        stretch_add(stretch, fact->at);
        stretch->mailboxes += wrong && !mailbox->wrong_gone;
        mailbox->wrong_gone |= wrong;
    }
    mailbox->cleaned |= removes;
    mailbox->foreign += (int64_t)rest_foreign(step->pair) - (int64_t)rest_foreign(&step->before);
    if (mailbox->foreign > 0 && mailbox->since == INSTANT_NEVER)
        mailbox->since = fact->at;
    uint64_t copy = (uint64_t)fact->mailbox << 32 | step->content;
    /* What core copied by day counts as its own: in no story so far was core wrong. */
    bool by_night = step->by_engine && step->doer != DOER_CORE;
    if (fact->kind == FACT_ITEM_STORED && rest_side(fact->system) == SIDE_TARGET && by_night)
        ++*table_at(cleanup->brought, copy);
    if (!removes)
        return;
    uint64_t *brought = table_find(cleanup->brought, copy);
    if (brought != NULL && *brought > 0) {
        --*brought;
        return;
    }
    if (!cleanup_is_native(trial, step))
        return;
    cleanup->native_removed++;
    struct finding *finding =
        finding_about(trial->findings, FINDING_NATIVE_REMOVED, fact->mailbox, fact->at);
    finding->count++;
    finding_shown_by(finding, fact, step->row);
}

/* ---- What was sealed ---- */

/* The text of a key, "" when it is not there. */
static struct str claimed_text(struct str text, const char *key) {
    size_t length = strlen(key);
    const char *found = memmem(text.data, text.length, key, length);
    if (found == NULL)
        return STR("");
    const char *value = found + length;
    struct str rest = str_bytes(value, (size_t)(text.data + text.length - value));
    return str_cut(&rest, '"');
}

static instant claimed_instant(struct str text, const char *key, instant otherwise) {
    instant at;
    return instant_parse(claimed_text(text, key), &at) ? at : otherwise;
}

static int64_t claimed_seen(struct str text) {
    static const char key[] = "\"seen\":";
    const char *found = memmem(text.data, text.length, key, sizeof key - 1);
    int64_t seen = 0;
    for (const char *at = found == NULL ? NULL : found + sizeof key - 1;
         at != NULL && at < text.data + text.length && *at >= '0' && *at <= '9'; at++)
        seen = seen * 10 + (*at - '0');
    return seen;
}

static uint32_t cleanup_owner(const struct history *history, struct str address) {
    for (uint32_t i = 1; i <= history_mailbox_count(history); i++)
        if (str_equal_text(address, history_mailbox(history, i)->address))
            return i;
    return 0;
}

static void cleanup_claim(void *self, struct trial *trial, const struct claim *claim) {
    struct cleanup_day *cleanup = self;
    struct str kind = history_text(trial->history, claim->kind);
    if (claim->mailbox == 0)
        return;
    struct cleaned_mailbox *mailbox = &cleanup->mailboxes[claim->mailbox];
    instant until = 0;
    if (str_equal_text(kind, "cleaned")) {
        until = claimed_instant(claim->text, "\"at\":\"", claim->at);
    } else if (str_equal_text(kind, "evidence")) {
        instant from = claimed_instant(claim->text, "\"from\":\"", INSTANT_NEVER);
        uint32_t owner = cleanup_owner(trial->history, claimed_text(claim->text, "\"owner\":\""));
        until = claimed_instant(claim->text, "\"until\":\"", 0);
        mailbox->sealed += claim->messages;
        mailbox->sealed_opened += claimed_seen(claim->text);
        mailbox->sealed_from = from < mailbox->sealed_from ? from : mailbox->sealed_from;
        mailbox->wrong_owner |=
            mailbox->found > 0 &&
            table_find(cleanup->owners, cleanup_key(claim->mailbox, owner)) == NULL;
        stretch_add(&trial->course.sealed, claim->at);
        trial->course.sealed.count += claim->messages - 1;
    }
    mailbox->sealed_until = until > mailbox->sealed_until ? until : mailbox->sealed_until;
}

static bool cleanup_is_short(const struct cleaned_mailbox *mailbox, int64_t found) {
    if (found == 0)
        return false;
    return mailbox->sealed < found || mailbox->sealed_from > mailbox->since ||
           mailbox->read > mailbox->sealed_until || mailbox->opened > mailbox->sealed_opened ||
           mailbox->wrong_owner;
}

static void cleanup_end(void *self, struct trial *trial) {
    struct cleanup_day *cleanup = self;
    int64_t unsealed = 0;
    for (uint32_t i = 1; i <= history_mailbox_count(trial->history) && cleanup->begun; i++) {
        const struct cleaned_mailbox *mailbox = &cleanup->mailboxes[i];
        int64_t found = mailbox->cleaned ? mailbox->found : mailbox->foreign;
        trial->course.sealed.mailboxes += mailbox->sealed > 0;
        if (!cleanup_is_short(mailbox, found))
            continue;
        unsealed++;
        struct finding *finding =
            finding_about(trial->findings, FINDING_EVIDENCE_SHORT, i, mailbox->since);
        finding->count = (uint32_t)found;
    }
    trial->numbers[NUMBER_NATIVE_REMOVED] = cleanup->native_removed;
    trial->numbers[NUMBER_EVIDENCE_SHORT] = unsealed;
    table_close(&cleanup->brought);
    table_close(&cleanup->opened);
    table_close(&cleanup->owners);
    free(cleanup->mailboxes);
    free(cleanup);
}

const struct oracle oracle_cleanup = {
    .name = "cleanup",
    .question = "did only foreign mail go, and does the evidence tell who could see it?",
    .kinds = KIND(ITEM_STORED) | KIND(ITEM_REMOVED) | KIND(MAIL_DUE) | KIND(PHASE_BEGUN) |
             KIND(ITEM_DOWNLOADED) | KIND(ITEM_OPENED),
    .begin = cleanup_begin,
    .see = cleanup_see,
    .claim = cleanup_claim,
    .end = cleanup_end,
};
