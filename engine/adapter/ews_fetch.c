/*
 * Messages as RFC 5322 bytes: GetItem with MIME content, up to ten ids a request, decoded as they
 * stream in. One message is held at a time. An answer must name the item that was asked for; when
 * the server puts off a part of a batch, the rest is asked for again from there.
 */
#include <string.h>

#include "base64.h"
#include "ews.h"

struct fetching {
    struct source_session *session; /* borrows */
    const char *const *ids;         /* borrows: of this request */
    size_t count, done;             /* asked for, seen */
    size_t first;                   /* index of ids[0] for `see` */
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
    fetching->is_right = fetching->done < fetching->count &&
                         strcmp(item->item.id, fetching->ids[fetching->done]) == 0;
    return STATUS_OK;
}

static enum status fetching_tell(struct fetching *fetching, enum status status,
                                 const char *sentence) {
    struct str bytes = status == STATUS_OK ? buffer_str(&fetching->bytes) : STR("");
    enum status seen =
        fetching->see(fetching->of, fetching->first + fetching->done, status, bytes, sentence);
    fetching->done++;
    fetching->ended = seen != STATUS_OK;
    return seen;
}

static enum status fetching_message(void *of, const struct ews_message *message,
                                    struct error *error) {
    struct fetching *fetching = of;
    struct error detail = {0};
    if (fetching->done == fetching->count)
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

/* One request and, as far as it was put off, what is left of it. */
static enum status fetching_batch(struct fetching *fetching, struct error *error) {
    static const struct ews_events events = {
        .mime = fetching_mime, .item = fetching_item, .message = fetching_message};
    struct source_session *session = fetching->session;
    ews_be_patient(session);
    while (fetching->done < fetching->count) {
        size_t before = fetching->done;
        ews_request_begin(&session->request, session->address);
        ews_request_messages(&session->request, fetching->ids + before, fetching->count - before);
        ews_request_end(&session->request);
        fetching_reset(fetching);
        enum status status = ews_ask(session, &events, fetching, error);
        if (fetching->done > before)
            ews_be_patient(session);
        if (status == STATUS_BUSY && !fetching->ended)
            status = ews_wait(session, error);
        else if (status == STATUS_OK && fetching->done < fetching->count)
            status = error_set(error, STATUS_PROTOCOL, "Exchange answered %zu of %zu items",
                               fetching->done, fetching->count);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

enum status ews_fetch(struct source_session *session, const char *const *ids, size_t count,
                      enum status (*see)(void *of, size_t index, enum status status,
                                         struct str bytes, const char *sentence),
                      void *of, struct error *error) {
    struct fetching fetching = {.session = session, .see = see, .of = of};
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < count; i += fetching.count) {
        fetching.ids = ids + i;
        fetching.first = i;
        fetching.count = count - i < EWS_IDS_MAX ? count - i : EWS_IDS_MAX;
        fetching.done = 0;
        status = fetching_batch(&fetching, error);
    }
    buffer_release(&fetching.bytes);
    return status;
}
