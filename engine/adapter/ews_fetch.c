/*
 * Messages as RFC 5322 bytes: GetItem with MIME content, decoded as they stream in. One message is
 * held at a time. An answer must name the item that was asked for; when the server puts off a part
 * of a batch, the rest is asked for again from there.
 *
 * Ten ids a request to begin with, as Microsoft recommends, since a batch must not run for longer
 * than a minute; twice as many each time all came in less than a megabyte, up to what our caller
 * asks for at once; ten again when the server is busy, breaks off, or messages are large. Of small
 * messages most of a request's cost is the request.
 */
#include <string.h>

#include "base64.h"
#include "ews.h"

struct fetching {
    struct source_session *session; /* borrows */
    const char *const *ids;         /* borrows */
    size_t count, asked, done;      /* all; up to where they were asked for; up to where seen */
    uint64_t came;                  /* bytes of this request's messages */
    struct base64_decoder decoder;
    struct buffer bytes; /* owns: the message under way */
    bool has_item, is_right, is_broken, is_large;
    enum status (*see)(void *of, size_t index, enum status status, struct str bytes,
                       const char *sentence);
    void *of;
    bool ended; /* `see` ended it */
};

static void fetching_reset(struct fetching *fetching) {
    buffer_clear(&fetching->bytes);
    fetching->decoder = (struct base64_decoder){0};
    fetching->has_item = fetching->is_right = false;
    fetching->is_broken = fetching->is_large = false;
}

static enum status fetching_mime(void *of, struct str base64, struct error *error) {
    struct fetching *fetching = of;
    (void)error;
    if (fetching->bytes.length + base64.length > EWS_MESSAGE_MAX)
        fetching->is_large = true;
    if (!fetching->is_large && !base64_feed(&fetching->decoder, base64, &fetching->bytes))
        fetching->is_broken = true;
    return STATUS_OK;
}

static enum status fetching_item(void *of, const struct ews_item *item, struct error *error) {
    struct fetching *fetching = of;
    (void)error;
    fetching->has_item = true;
    fetching->is_right = fetching->done < fetching->asked &&
                         strcmp(item->item.id, fetching->ids[fetching->done]) == 0;
    return STATUS_OK;
}

static enum status fetching_tell(struct fetching *fetching, enum status status,
                                 const char *sentence) {
    struct str bytes = status == STATUS_OK ? buffer_str(&fetching->bytes) : STR("");
    fetching->came += bytes.length;
    enum status seen = fetching->see(fetching->of, fetching->done, status, bytes, sentence);
    fetching->done++;
    fetching->ended = seen != STATUS_OK;
    return seen;
}

static enum status fetching_message(void *of, const struct ews_message *message,
                                    struct error *error) {
    struct fetching *fetching = of;
    struct error detail = {0};
    if (fetching->done == fetching->asked)
        return error_set(error, STATUS_PROTOCOL, "Exchange answered more than was asked");
    enum status status = ews_refusal(message, &detail);
    if (status == STATUS_BUSY)
        return ews_put_off(fetching->session, message);
    if (status == STATUS_OK && (!fetching->has_item || !fetching->is_right))
        return error_set(error, STATUS_PROTOCOL,
                         "Exchange answered with another item than the "
                         "one asked for");
    if (status == STATUS_OK && fetching->is_large)
        status = error_set(&detail, STATUS_UNMOVABLE, "the message is larger than %d bytes",
                           EWS_MESSAGE_MAX);
    else if (status == STATUS_OK && (fetching->is_broken || !base64_is_whole(&fetching->decoder)))
        status = error_set(&detail, STATUS_UNMOVABLE, "Exchange's base64 is not valid");
    else if (status == STATUS_OK && fetching->bytes.length == 0)
        status = error_set(&detail, STATUS_UNMOVABLE, "Exchange gave no MIME content");
    /* What is wrong with the session is no matter of one message. */
    if (status == STATUS_DENIED || status == STATUS_PROTOCOL) {
        if (error != NULL)
            *error = detail;
        return status;
    }
    if (status == STATUS_INVALID) /* an id that it gave itself and does not know any more */
        status = STATUS_NOT_FOUND;
    enum status seen = fetching_tell(fetching, status, detail.text);
    fetching_reset(fetching);
    return seen;
}

static size_t fetching_ids(const struct source_session *session) {
    return session->ids > 0 ? session->ids : EWS_IDS_FIRST;
}

/* How many ids the next request may name, after one of `named` ended so. */
static void fetching_learn(const struct fetching *fetching, size_t named, enum status status) {
    struct source_session *session = fetching->session;
    if (status != STATUS_OK || fetching->came > EWS_IDS_BYTES)
        session->ids = EWS_IDS_FIRST;
    else if (named == fetching_ids(session))
        session->ids = named * 2 < SOURCE_FETCH_MAX ? named * 2 : SOURCE_FETCH_MAX;
}

/* One request, for the next of what is left. */
static enum status fetching_ask(struct fetching *fetching, struct error *error) {
    static const struct ews_events events = {
        .mime = fetching_mime, .item = fetching_item, .message = fetching_message};
    struct source_session *session = fetching->session;
    size_t from = fetching->done, left = fetching->count - from, most = fetching_ids(session);
    size_t named = left < most ? left : most;
    ews_request_begin(&session->request, session->address);
    ews_request_messages(&session->request, fetching->ids + from, named);
    ews_request_end(&session->request);
    fetching_reset(fetching);
    fetching->asked = from + named;
    fetching->came = 0;
    enum status status = ews_ask(session, &events, fetching, error);
    fetching_learn(fetching, named, status);
    if (fetching->done > from)
        ews_be_patient(session);
    if (status == STATUS_BUSY && !fetching->ended)
        return ews_wait(session, error);
    if (status == STATUS_OK && fetching->done < fetching->asked)
        return error_set(error, STATUS_PROTOCOL, "Exchange answered %zu of %zu items",
                         fetching->done - from, named);
    return status;
}

enum status ews_fetch(struct source_session *session, const char *const *ids, size_t count,
                      enum status (*see)(void *of, size_t index, enum status status,
                                         struct str bytes, const char *sentence),
                      void *of, struct error *error) {
    struct fetching fetching = {
        .session = session, .ids = ids, .count = count, .see = see, .of = of};
    enum status status = STATUS_OK;
    ews_be_patient(session);
    while (status == STATUS_OK && fetching.done < count)
        status = fetching_ask(&fetching, error);
    buffer_release(&fetching.bytes);
    return status;
}
