/*
 * The canonical rows of a history and their hash. Names count by their text, not by their number,
 * so that a name interned earlier or later changes nothing. Every number goes in as eight bytes,
 * lowest first, so that the hash is the same on every machine.
 */
#include <endian.h>
#include <stdlib.h>

#include "../engine/base/check.h"
#include "history_file.h"

void history_canon_open(struct history_canon *canon) {
    *canon = (struct history_canon){.facts = digest_stream_new(), .contents = digest_stream_new()};
}

void history_canon_close(struct history_canon *canon) {
    digest_stream_close(&canon->facts);
    digest_stream_close(&canon->contents);
    free(canon->name_hashes);
    canon->name_hashes = NULL;
}

/* The hash of a name's text; 0 for "no name" and for a number that was never given out. */
static uint64_t history_canon_name(struct history *history, uint32_t number) {
    struct history_canon *canon = &history->canon;
    if (number == 0 || number > names_count(history->names))
        return 0;
    if (number >= canon->name_capacity) {
        uint32_t capacity = canon->name_capacity == 0 ? 256 : canon->name_capacity * 2;
        if (capacity <= number)
            capacity = number + 1;
        canon->name_hashes = memory_grow(canon->name_hashes, capacity, sizeof(uint64_t));
        canon->name_capacity = capacity;
    }
    for (; canon->name_count <= number; canon->name_count++) {
        struct str text =
            canon->name_count == 0 ? STR("") : names_text(history->names, canon->name_count);
        canon->name_hashes[canon->name_count] = digest_of(text.data, text.length).low;
    }
    return canon->name_hashes[number];
}

static void history_canon_row(struct digest_stream *stream, uint64_t *row, size_t count) {
    for (size_t i = 0; i < count; i++)
        row[i] = htole64(row[i]);
    digest_stream_add(stream, row, count * sizeof *row);
}

void history_canon_fact(struct history *history, const struct fact *fact) {
    /* An alarm keeps the name number of its sentence where others keep a content. */
    uint64_t content =
        fact->kind == FACT_ALARM ? history_canon_name(history, fact->content) : fact->content;
    uint64_t row[] = {
        (uint64_t)fact->at,
        (uint64_t)fact->kind | (uint64_t)fact->system << 8 | (uint64_t)fact->how << 16,
        history_canon_name(history, fact->process),
        fact->mailbox,
        history_canon_name(history, fact->folder),
        content,
        fact->uid,
        history_canon_name(history, fact->name),
        (uint64_t)fact->a,
        (uint64_t)fact->b,
    };
    history_canon_row(history->canon.facts, row, sizeof row / sizeof row[0]);
}

void history_canon_content(struct history *history, const struct history_content *content) {
    uint64_t row[] = {content->content, content->base, content->bytes, content->digest.high,
                      content->digest.low};
    history_canon_row(history->canon.contents, row, sizeof row / sizeof row[0]);
}

void history_canon_claim(struct history *history, const struct claim *claim) {
    uint64_t row[] = {
        (uint64_t)claim->at,
        history_canon_name(history, claim->process),
        history_canon_name(history, claim->kind),
        history_canon_name(history, claim->phase),
        claim->mailbox,
        history_canon_name(history, claim->folder),
        history_canon_name(history, claim->subject),
        (uint64_t)claim->messages,
        (uint64_t)claim->value,
        digest_of(claim->text.data, claim->text.length).low,
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        row[i] = htole64(row[i]);
    struct digest digest = digest_of(row, sizeof row);
    history->canon.claims[0] += digest.high;
    history->canon.claims[1] += digest.low;
}

static bool history_digest_fact(void *of, const struct fact *fact) {
    history_canon_fact(of, fact);
    return true;
}

static bool history_digest_content(void *of, const struct history_content *content) {
    history_canon_content(of, content);
    return true;
}

static bool history_digest_claim(void *of, const struct claim *claim) {
    history_canon_claim(of, claim);
    return true;
}

struct digest history_digest(struct history *history) {
    if (!history->canon_complete) {
        history_canon_close(&history->canon);
        history_canon_open(&history->canon);
        if (history_each_fact(history, history_digest_fact, history, NULL) != STATUS_OK ||
            history_each_content(history, history_digest_content, history, NULL) != STATUS_OK ||
            history_each_claim(history, history_digest_claim, history, NULL) != STATUS_OK)
            return (struct digest){0, 0}; /* a history that cannot be read has no digest */
        history->canon_complete = true;
    }
    struct digest facts = digest_stream_end(history->canon.facts);
    struct digest contents = digest_stream_end(history->canon.contents);
    uint64_t all[] = {htole64(facts.high),
                      htole64(facts.low),
                      htole64(contents.high),
                      htole64(contents.low),
                      htole64(history->canon.claims[0]),
                      htole64(history->canon.claims[1])};
    return digest_of(all, sizeof all);
}
