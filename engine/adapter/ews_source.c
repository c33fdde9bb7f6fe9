/*
 * The source by Exchange Web Services: fulfils source.h with one HTTP connection a session. The
 * service account acts for the mailbox by impersonation; opening proves that it may. Whose mailbox
 * answers is never assumed: who() takes it from the ids that the server gives now.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../base/check.h"
#include "ews.h"

enum { EWS_ADDRESS_MAX = 320 };
#define EWS_WAIT_FIRST (1 * SECOND) /* where the server names no time; doubled each time */
#define EWS_WAIT_MAX   (60 * SECOND)

static const char *const place_names[EWS_PLACES] = {
    [EWS_TOP] = "msgfolderroot",  [EWS_INBOX] = "inbox",
    [EWS_SENT] = "sentitems",     [EWS_DRAFTS] = "drafts",
    [EWS_TRASH] = "deleteditems", [EWS_JUNK] = "junkemail",
    [EWS_OUTBOX] = "outbox",      [EWS_SYNC_ISSUES] = "syncissues",
    [EWS_ARCHIVE] = "archive",
};
static_assert((int)EWS_PLACES <= (int)EWS_IDS_FIRST, "all places are asked for in one request");
static_assert(EWS_ARCHIVE == EWS_PLACES - 1, "what older servers do not know is asked for last");

struct ews_source {
    struct source source;
    struct ews_source_options options; /* texts are owned */
};

/* ---- asking ------------------------------------------------------------------------------- */

enum status ews_ask(struct source_session *session, const struct ews_events *events, void *of,
                    struct error *error) {
    const char *const headers[] = {session->anchor, NULL};
    struct ews_answer *answer = ews_answer_new(events, of);
    struct soap_fault fault;
    session->busy = 0;
    enum status status = soap_call(session->http,
                                   &(struct soap_call){.envelope = buffer_str(&session->request),
                                                       .headers = headers,
                                                       .handler = &ews_answer_handler,
                                                       .of = answer},
                                   &fault, error);
    ews_answer_close(&answer);
    if (fault.present && status == STATUS_PROTOCOL) {
        status = ews_meaning(fault.code);
        if (status == STATUS_OK)
            status = STATUS_PROTOCOL;
        if (error != NULL)
            error->status = status;
    }
    if (status == STATUS_BUSY && session->busy == 0)
        session->busy = fault.back_off;
    if (status != STATUS_OK)
        error_context(error, "mailbox %s", session->address);
    return status;
}

enum status ews_put_off(struct source_session *session, const struct ews_message *message) {
    session->busy = message->back_off;
    return STATUS_BUSY;
}

void ews_be_patient(struct source_session *session) {
    session->waited = 0;
    session->waits = 0;
}

enum status ews_wait(struct source_session *session, struct error *error) {
    struct platform *platform = session->options->platform;
    int64_t span = session->busy;
    if (span <= 0) {
        span = EWS_WAIT_FIRST;
        for (uint32_t i = 0; i < session->waits && span < EWS_WAIT_MAX; i++)
            span *= 2;
        if (span > EWS_WAIT_MAX)
            span = EWS_WAIT_MAX;
    }
    if (platform == NULL || span > session->options->patience - session->waited) {
        char asked[INSTANT_TEXT_MAX], waited[INSTANT_TEXT_MAX];
        return error_set(
            error, STATUS_BUSY, "mailbox %s: Exchange asks to come back in %s, after %s of waiting",
            session->address, span_text(span, asked), span_text(session->waited, waited));
    }
    session->waited += span;
    session->waits++;
    enum status status = platform->type->sleep(platform, span);
    if (status == STATUS_OK && platform->type->stopped(platform))
        status = STATUS_STOPPED;
    if (status != STATUS_OK)
        return error_set(error, status, "mailbox %s: ended while Exchange was busy",
                         session->address);
    return STATUS_OK;
}

/* ---- the places of a mailbox ---------------------------------------------------------------- */

struct placing {
    struct source_session *session; /* borrows */
    size_t count, at;               /* asked for, answered */
    char id[EWS_ID_MAX];            /* of the folder under way */
};

static enum status placing_folder(void *of, const struct ews_folder *folder, struct error *error) {
    struct placing *placing = of;
    (void)error;
    strcpy(placing->id, folder->id); /* the answer's reader bounds it */
    return STATUS_OK;
}

static enum status placing_message(void *of, const struct ews_message *message,
                                   struct error *error) {
    struct placing *placing = of;
    if (placing->at == placing->count)
        return error_set(error, STATUS_PROTOCOL, "Exchange answered more than was asked");
    enum status status = ews_refusal(message, error);
    if (status == STATUS_BUSY)
        return ews_put_off(placing->session, message);
    if (status == STATUS_NOT_FOUND && placing->at != EWS_TOP)
        placing->id[0] = '\0'; /* this mailbox has no such folder */
    else if (status != STATUS_OK)
        return status;
    else if (placing->id[0] == '\0')
        return error_set(error, STATUS_PROTOCOL, "Exchange answered without a folder");
    strcpy(placing->session->places[placing->at++], placing->id);
    placing->id[0] = '\0';
    return STATUS_OK;
}

/* Asks for the first `count` places. */
static enum status session_places(struct source_session *session, size_t count,
                                  struct error *error) {
    static const struct ews_events events = {.folder = placing_folder, .message = placing_message};
    struct placing placing = {.session = session, .count = count};
    ews_request_begin(&session->request, session->address);
    ews_request_distinguished(&session->request, place_names, count);
    ews_request_end(&session->request);
    ews_be_patient(session);
    enum status status;
    do {
        placing.at = 0;
        placing.id[0] = '\0';
        status = ews_ask(session, &events, &placing, error);
    } while (status == STATUS_BUSY && (status = ews_wait(session, error)) == STATUS_OK);
    if (status == STATUS_OK && placing.at != count)
        return error_set(error, STATUS_PROTOCOL, "asked Exchange for %zu folders, it answered %zu",
                         count, placing.at);
    return status;
}

/* ---- life cycle ----------------------------------------------------------------------------- */

static bool address_is_plain(const char *address) {
    size_t length = strlen(address);
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)address[i] <= 0x20 || address[i] == 0x7f)
            return false;
    return length > 0 && length <= EWS_ADDRESS_MAX && strchr(address, '@') != NULL;
}

static void ews_close(struct source_session **session) {
    if (*session == NULL)
        return;
    ews_ahead_close(*session);
    http_client_close(&(*session)->http);
    buffer_release(&(*session)->request);
    free((*session)->address);
    free((*session)->anchor);
    free(*session);
    *session = NULL;
}

static enum status ews_open(struct source *base, const char *address,
                            struct source_session **session_r, struct error *error) {
    const struct ews_source *source = (const struct ews_source *)base;
    *session_r = NULL;
    if (!address_is_plain(address))
        return error_set(error, STATUS_INVALID, "\"%.80s\" is no mail address", address);
    struct source_session *session = memory_new(1, sizeof *session);
    struct buffer anchor = {0};
    session->options = &source->options;
    session->address = memory_copy_text(address);
    buffer_printf(&anchor, "X-AnchorMailbox: %s", address);
    session->anchor = anchor.data; /* takes */
    struct http_client_options http = {.url = source->options.url,
                                       .user = source->options.user,
                                       .password = source->options.password,
                                       .timeout = source->options.timeout};
    enum status status = http_client_open(&http, &session->http, error);
    if (status == STATUS_OK)
        status = session_places(session, EWS_PLACES, error);
    /* Older servers do not know the newest of the names and refuse the whole request for it. */
    if (status == STATUS_INVALID)
        status = session_places(session, EWS_PLACES - 1, error);
    if (status == STATUS_OK)
        *session_r = session;
    else
        ews_close(&session);
    return status;
}

static enum status ews_who(struct source_session *session, char *key, size_t key_capacity,
                           struct error *error) {
    check_compare(key_capacity, >, 0);
    key[0] = '\0';
    return ews_id_mailbox(str_of(session->places[EWS_TOP]), key, key_capacity, error);
}

static void ews_free(struct source **base) {
    struct ews_source *source = (struct ews_source *)*base;
    if (source == NULL)
        return;
    /* Ours, whatever the options' type says: ews_source_open() copied them. */
    free((void *)(uintptr_t)source->options.url);
    free((void *)(uintptr_t)source->options.user);
    free((void *)(uintptr_t)source->options.password);
    free(source);
    *base = NULL;
}

static const struct source_type ews_source_type = {
    .name = "ews",
    .open = ews_open,
    .close = ews_close,
    .who = ews_who,
    .folders = ews_folders,
    .list = ews_items,
    .fetch = ews_fetch,
    .put = ews_put,
    .free = ews_free,
};

enum status ews_source_open(const struct ews_source_options *options, struct source **source_r,
                            struct error *error) {
    *source_r = NULL;
    if (options->url[0] == '\0' || options->timeout < MILLISECOND || options->patience < 0)
        return error_set(error, STATUS_INVALID, "the source needs a URL and a timeout");
    struct ews_source *source = memory_new(1, sizeof *source);
    source->source.type = &ews_source_type;
    source->options = *options;
    source->options.url = memory_copy_text(options->url);
    source->options.user = memory_copy_text(options->user);
    source->options.password = memory_copy_text(options->password);
    *source_r = &source->source;
    return STATUS_OK;
}
