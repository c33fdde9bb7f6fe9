/*
 * Bringing a message back to Exchange: CreateItem with its MIME content, one message a request. A
 * request whose answer never came may have been carried out: that is AMBIGUOUS, and the caller has
 * to look.
 */
#include "ews.h"

struct putting {
    struct source_session *session; /* borrows */
    bool answered;
};

static enum status putting_message(void *of, const struct ews_message *message,
                                   struct error *error) {
    struct putting *putting = of;
    enum status status = ews_refusal(message, error);
    if (status == STATUS_BUSY)
        return ews_put_off(putting->session, message);
    putting->answered = true;
    return status;
}

enum status ews_put(struct source_session *session, const char *folder_id,
                    const struct source_message *message, struct error *error) {
    static const struct ews_events events = {.message = putting_message};
    struct putting putting = {.session = session};
    enum status status;
    ews_be_patient(session);
    do {
        ews_request_begin(&session->request, session->address);
        ews_request_create(&session->request, folder_id, message);
        ews_request_end(&session->request);
        status = ews_ask(session, &events, &putting, error);
    } while (status == STATUS_BUSY && (status = ews_wait(session, error)) == STATUS_OK);
    if (status == STATUS_OK && !putting.answered)
        status = error_set(error, STATUS_PROTOCOL, "Exchange did not say what became of a message");
    bool unheard =
        status == STATUS_NETWORK || status == STATUS_TIMEOUT || status == STATUS_PROTOCOL;
    if (unheard && !putting.answered) {
        error_context(error, "nobody knows whether it was saved");
        status = error->status = STATUS_AMBIGUOUS;
    }
    return status;
}
