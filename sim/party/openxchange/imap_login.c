/* Capabilities, login and what is said about server and client. Texts as Dovecot 2.3 says them. */
#include <string.h>

#include "../../../engine/base/check.h"
#include "../base64.h"
#include "imap_inside.h"

enum { IMAP_ID_PAIRS_MAX = 64 };

const char *imap_capabilities(const struct imap_session *imap, struct buffer *out) {
    const char *literal_plus = imap->settings->without_literal_plus ? "" : " LITERAL+";
    if (imap->state == IMAP_STRANGER)
        buffer_printf(out, "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE%s AUTH=PLAIN",
                      literal_plus);
    else
        buffer_printf(out,
                      "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE MULTIAPPEND UNSELECT "
                      "CHILDREN NAMESPACE%s LIST-EXTENDED CONDSTORE ESEARCH WITHIN LIST-STATUS "
                      "MOVE STATUS=SIZE%s SPECIAL-USE METADATA QUOTA",
                      imap->settings->without_uidplus ? "" : " UIDPLUS", literal_plus);
    return buffer_text(out);
}

void imap_capability(struct imap_session *imap, struct imap_cursor *cursor) {
    struct buffer capabilities = {0};
    if (imap_ends(imap, cursor)) {
        imap_say(imap, "CAPABILITY %s", imap_capabilities(imap, &capabilities));
        imap_ok(imap, "Capability completed.");
    }
    buffer_release(&capabilities);
}

void imap_starttls(struct imap_session *imap, struct imap_cursor *cursor) {
    if (imap_ends(imap, cursor))
        imap_bad(imap, "TLS support isn't enabled.");
}

/* ---- Login ---- */

static void imap_login_refused(struct imap_session *imap, const struct account *asked,
                               const char *text) {
    struct store *store = openxchange_store(imap->openxchange);
    struct history *history = store_history(store);
    history_fact(history, &(struct fact){.at = store_clock(store)->now,
                                         .process = imap->session.process,
                                         .mailbox = asked == NULL ? 0 : asked->mailbox,
                                         .name = history_name(history, buffer_str(&imap->login)),
                                         .kind = FACT_SESSION_REFUSED,
                                         .system = SYSTEM_OPENXCHANGE});
    imap->session.work += imap->settings->times.login_failed;
    imap_no(imap, text);
    if (++imap->login_tries == IMAP_LOGIN_TRIES_MAX)
        imap_bye(imap, "Disconnected for too many failed logins.");
}

/* The mailbox that is really opened is `mailbox`, whoever was asked for. */
static void imap_login_opened(struct imap_session *imap, uint32_t mailbox) {
    struct store *store = openxchange_store(imap->openxchange);
    struct history *history = store_history(store);
    imap->mailbox = store_mailbox(store, mailbox);
    imap->account = accounts_by_mailbox(openxchange_accounts(imap->openxchange), mailbox);
    check(imap->mailbox != NULL && imap->account != NULL);
    imap->settings = openxchange_settings_at(imap->openxchange, str_of(imap->account->node));
    imap->state = IMAP_AUTHENTICATED;
    store_mailbox_listen(imap->mailbox, &imap->listener);
    history_fact(history, &(struct fact){.at = store_clock(store)->now,
                                         .process = imap->session.process,
                                         .mailbox = mailbox,
                                         .name = history_name(history, buffer_str(&imap->login)),
                                         .kind = FACT_SESSION_OPENED,
                                         .system = SYSTEM_OPENXCHANGE});
    imap->session.work += imap->settings->times.login;
    struct buffer text = {0}, capabilities = {0};
    buffer_printf(&text, "[CAPABILITY %s] Logged in", imap_capabilities(imap, &capabilities));
    imap_ok(imap, buffer_text(&text));
    buffer_release(&text);
    buffer_release(&capabilities);
}

static const char *imap_login_text(enum login_answer answer) {
    switch (answer) {
    case LOGIN_OPENED:
        return NULL;
    case LOGIN_FAILED:
        return "[AUTHENTICATIONFAILED] Authentication failed.";
    case LOGIN_NOT_AUTHORISED:
        return "[AUTHORIZATIONFAILED] Authorization failed.";
    case LOGIN_EXPIRED:
        return "[EXPIRED] Password expired.";
    case LOGIN_MAIL_NOT_ENABLED:
        return "[CONTACTADMIN] Login to this account is disabled.";
    }
    return NULL;
}

/* A disturbance comes first, then the password, then how many sessions there are, and only then
 * which mailbox opens: that order is why a wrong mailbox looks like a good login. */
static void imap_login_as(struct imap_session *imap, struct str user, struct str master,
                          struct str password) {
    struct openxchange *openxchange = imap->openxchange;
    const struct openxchange_disturbance *disturbance = openxchange_disturbance(openxchange);
    struct account *account;
    enum login_answer answer =
        accounts_login(openxchange_accounts(openxchange), user, master, password,
                       store_clock(openxchange_store(openxchange))->now, &account);
    struct openxchange_moment moment = imap_moment(imap, NULL);
    moment.account = account;
    enum openxchange_answer before = disturbance->before == NULL
                                         ? OPENXCHANGE_USUAL
                                         : disturbance->before(disturbance->of, &moment);
    if (before == OPENXCHANGE_DROP) {
        imap->end = SESSION_RESET;
        return;
    }
    if (before != OPENXCHANGE_USUAL) {
        imap_login_refused(imap, account,
                           before == OPENXCHANGE_REFUSED ? imap_login_text(LOGIN_FAILED)
                                                         : imap_answer_text(before));
        return;
    }
    if (answer != LOGIN_OPENED) {
        imap_login_refused(imap, account, imap_login_text(answer));
        return;
    }
    uint32_t most =
        openxchange_settings_at(openxchange, str_of(account->node))->sessions_per_user_max;
    if (most > 0 && openxchange_session_count(openxchange, account) >= most) {
        imap_login_refused(imap, account,
                           "[LIMIT] Maximum number of connections from user+IP exceeded "
                           "(mail_max_userip_connections)");
        return;
    }
    uint32_t opens = disturbance->opens == NULL ? 0 : disturbance->opens(disturbance->of, &moment);
    bool other = accounts_by_mailbox(openxchange_accounts(openxchange), opens) != NULL;
    imap_login_opened(imap, other ? opens : account->mailbox);
}

static void imap_login_typed(struct imap_session *imap, struct str user, struct str master) {
    buffer_clear(&imap->login);
    buffer_append_str(&imap->login, user);
    if (master.length > 0) {
        buffer_append_byte(&imap->login, '*');
        buffer_append_str(&imap->login, master);
    }
}

void imap_login(struct imap_session *imap, struct imap_cursor *cursor) {
    struct str name, password;
    if (!imap_space(cursor) || !imap_astring(cursor, &name) || !imap_space(cursor) ||
        !imap_astring(cursor, &password) || !imap_parser_at_end(cursor)) {
        imap_bad(imap, "Invalid arguments.");
        return;
    }
    struct str master = name, user = str_cut(&master, '*');
    imap_login_typed(imap, user, master);
    imap_login_as(imap, user, master, password);
}

/* RFC 4616: whom to be, NUL, who asks, NUL, the password. */
static void imap_authenticate_plain(struct imap_session *imap, struct str text) {
    struct buffer plain = {0};
    imap->line = NULL;
    if (str_equal_text(text, "*") ||
        !base64_decode(&plain, str_equal_text(text, "=") ? STR("") : text)) {
        buffer_release(&plain);
        imap_bad(imap, "Authentication aborted, or invalid base64 data.");
        return;
    }
    struct str password = buffer_str(&plain);
    struct str whom = str_cut(&password, '\0');
    struct str asks = str_cut(&password, '\0');
    struct str master = asks, user = str_cut(&master, '*');
    if (whom.length > 0 && !str_equal_caseless(whom, asks)) {
        user = whom;
        master = asks;
    }
    imap_login_typed(imap, user, master);
    imap_login_as(imap, user, master, password);
    buffer_release(&plain);
}

void imap_authenticate(struct imap_session *imap, struct imap_cursor *cursor) {
    struct str mechanism;
    if (!imap_space(cursor) || !imap_atom(cursor, &mechanism)) {
        imap_bad(imap, "Invalid arguments.");
        return;
    }
    if (!str_equal_caseless(mechanism, STR("PLAIN"))) {
        imap_no(imap, "Unsupported authentication mechanism.");
        return;
    }
    if (imap_space(cursor)) {
        imap_authenticate_plain(imap, imap_rest(cursor));
        return;
    }
    if (!imap_ends(imap, cursor))
        return;
    imap->line = imap_authenticate_plain;
    buffer_append_text(imap->out, "+ \r\n");
}

/* ---- Who is who (RFC 2971), what to switch on (RFC 5161), where folders are (RFC 2342) ---- */

void imap_id(struct imap_session *imap, struct imap_cursor *cursor) {
    struct str piece;
    bool good = imap_space(cursor);
    if (good && imap_byte(cursor, '(')) {
        for (int i = 0; i < 2 * IMAP_ID_PAIRS_MAX && !imap_byte(cursor, ')'); i++) {
            good = good && (i == 0 || imap_space(cursor)) &&
                   (imap_string(cursor, &piece) || imap_word(cursor, "NIL"));
            if (!good)
                break;
        }
    } else {
        good = good && imap_word(cursor, "NIL");
    }
    if (!good || !imap_parser_at_end(cursor)) {
        imap_bad(imap, "Invalid arguments.");
        return;
    }
    imap_say(imap, "ID (\"name\" \"Dovecot\")");
    imap_ok(imap, "ID completed.");
}

void imap_enable(struct imap_session *imap, struct imap_cursor *cursor) {
    struct str name;
    bool condstore = false;
    while (imap_space(cursor)) {
        if (!imap_atom(cursor, &name)) {
            imap_bad(imap, "Invalid arguments.");
            return;
        }
        condstore = condstore || str_equal_caseless(name, STR("CONDSTORE"));
    }
    if (!imap_ends(imap, cursor))
        return;
    imap->condstore = imap->condstore || condstore;
    imap_say(imap, "ENABLED%s", condstore ? " CONDSTORE" : "");
    imap_ok(imap, "Enabled.");
}

void imap_namespace(struct imap_session *imap, struct imap_cursor *cursor) {
    if (!imap_ends(imap, cursor))
        return;
    imap_say(imap, "NAMESPACE ((\"%s\" \"%c\")) NIL NIL",
             imap->settings->inbox_prefix ? "INBOX." : "", imap_separator(imap->settings));
    imap_ok(imap, "Namespace completed.");
}
