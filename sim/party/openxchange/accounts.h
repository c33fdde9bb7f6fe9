/*
 * The accounts of Open-Xchange and who may open them: what provisioning wrote, and Dovecot's
 * password database reads. One account belongs to one mailbox; the key it carries says whose it is.
 *
 * Two kinds of credential open a mailbox. The account's own password, while mail is enabled for it.
 * And a master user (Dovecot's `login*master`), for all mailboxes or a set, within a span of time:
 * that one opens whatever a list names, which is why a wrong list meets no resistance here.
 */
#ifndef SIM_PARTY_OPENXCHANGE_ACCOUNTS_H
#define SIM_PARTY_OPENXCHANGE_ACCOUNTS_H

#include "../../../engine/base/instant.h"
#include "../../../engine/base/status.h"
#include "../../../engine/base/str.h"

struct accounts;

struct account {
    uint32_t id;      /* the user's number in context 1: from 3 (2 is the administrator) */
    uint32_t mailbox; /* the truth's number */
    const char *login, *address, *display_name, *given_name, *surname;
    const char *password;
    const char *key;  /* userfield01: the immutable key of the mailbox */
    const char *node; /* where it lies */
    uint64_t quota_bytes;
    bool mail_enabled;
};

struct accounts *accounts_new(void);
void accounts_close(struct accounts **accounts);

/* Adds an account; texts are copied, NULL counts as "". `id` is given. EXISTS when login or mailbox
 * are taken. Logins and addresses are compared without case. */
enum status accounts_add(struct accounts *accounts, const struct account *spec,
                         struct account **account_r);
/* Changes them; EXISTS when another account has the login. */
enum status accounts_set_login(struct accounts *accounts, struct account *account,
                               struct str login);
void accounts_set_key(struct accounts *accounts, struct account *account, struct str key);
void accounts_set_password(struct accounts *accounts, struct account *account, struct str password);

/* In order of adding. Accounts never move. */
size_t accounts_count(const struct accounts *accounts);
struct account *accounts_at(const struct accounts *accounts, size_t index);
struct account *accounts_by_login(const struct accounts *accounts, struct str login);
struct account *accounts_by_address(const struct accounts *accounts, struct str address);
struct account *accounts_by_mailbox(const struct accounts *accounts, uint32_t mailbox);
struct account *accounts_by_id(const struct accounts *accounts, uint32_t id);

/* ---- Master users ---- */

struct master {
    const char *name, *password;
    const uint32_t *mailboxes; /* which it may open; NULL: all */
    size_t mailbox_count;
    instant valid_from, valid_until; /* half-open; both 0: always */
    bool disabled;
};

/* Adds one or replaces the one of that name; all is copied. */
struct master *accounts_master_set(struct accounts *accounts, const struct master *spec);
struct master *accounts_master(const struct accounts *accounts, struct str name);

/* ---- The password database ---- */

enum login_answer {
    LOGIN_OPENED,
    LOGIN_FAILED,          /* no such user, or not that password */
    LOGIN_NOT_AUTHORISED,  /* the master user may not open that mailbox */
    LOGIN_EXPIRED,         /* the master user's time is over or has not come */
    LOGIN_MAIL_NOT_ENABLED /* the right password, but the account is closed */
};

/* Asks for `user` by itself, or, where `master` is not empty, on behalf of that master user.
 * `account_r` is the account named, also when it is refused; NULL when there is none. */
enum login_answer accounts_login(const struct accounts *accounts, struct str user,
                                 struct str master, struct str password, instant now,
                                 struct account **account_r);

#endif
