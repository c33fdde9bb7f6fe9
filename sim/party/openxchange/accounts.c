/* Accounts and master users. See accounts.h. */
#include "accounts.h"

#include <string.h>

#include "../../../engine/base/arena.h"
#include "../../../engine/base/buffer.h"
#include "../../../engine/base/check.h"
#include "../../../engine/base/names.h"
#include "../../../engine/base/table.h"

enum { ACCOUNT_ID_FIRST = 3, ACCOUNT_TEXT_MAX = 1024, MASTERS_MAX = 64 };

struct accounts {
    struct arena *arena; /* owns, with all texts: they live as long as the accounts */
    struct account **all;
    size_t count, capacity;
    struct names *words;                              /* logins and addresses, in lower case */
    struct table *by_login, *by_address, *by_mailbox; /* to the index + 1 */
    struct master masters[MASTERS_MAX];
    size_t master_count;
};

struct accounts *accounts_new(void) {
    struct arena *arena = arena_new();
    struct accounts *accounts = arena_take(arena, 1, sizeof *accounts);
    accounts->arena = arena;
    accounts->words = names_new();
    accounts->by_login = table_new();
    accounts->by_address = table_new();
    accounts->by_mailbox = table_new();
    return accounts;
}

void accounts_close(struct accounts **accounts) {
    if (*accounts == NULL)
        return;
    struct accounts *old = *accounts;
    *accounts = NULL;
    names_close(&old->words);
    table_close(&old->by_login);
    table_close(&old->by_address);
    table_close(&old->by_mailbox);
    arena_close(&(struct arena *){old->arena});
}

/* The number of a word without regard to case; 0 for one that is too long or, unless `make`,
 * unknown. */
static uint32_t accounts_word(const struct accounts *accounts, struct str word, bool make) {
    char lower[ACCOUNT_TEXT_MAX];
    if (word.length > sizeof lower)
        return 0;
    for (size_t i = 0; i < word.length; i++)
        lower[i] = ascii_lower(word.data[i]);
    struct str text = {lower, word.length};
    return make ? names_number(accounts->words, text) : names_find(accounts->words, text);
}

static struct account *accounts_find(const struct accounts *accounts, const struct table *table,
                                     uint64_t key) {
    const uint64_t *place = key == 0 ? NULL : table_find(table, key);
    return place == NULL || *place == 0 ? NULL : accounts->all[*place - 1];
}

static const char *accounts_text(struct accounts *accounts, const char *text) {
    return arena_text(accounts->arena, str_of(text));
}

enum status accounts_add(struct accounts *accounts, const struct account *spec,
                         struct account **account_r) {
    check(spec->login != NULL && strlen(spec->login) < ACCOUNT_TEXT_MAX);
    if (accounts_by_login(accounts, str_of(spec->login)) != NULL ||
        accounts_by_mailbox(accounts, spec->mailbox) != NULL)
        return STATUS_EXISTS;
    if (accounts->count == accounts->capacity) {
        struct account **old = accounts->all;
        accounts->capacity = accounts->capacity * 2 + 64;
        accounts->all = arena_take(accounts->arena, accounts->capacity, sizeof(struct account *));
        if (old != NULL)
            memcpy(accounts->all, old, accounts->count * sizeof(struct account *));
    }
    struct account *account = arena_take(accounts->arena, 1, sizeof *account);
    *account = (struct account){.id = ACCOUNT_ID_FIRST + (uint32_t)accounts->count,
                                .mailbox = spec->mailbox,
                                .login = accounts_text(accounts, spec->login),
                                .address = accounts_text(accounts, spec->address),
                                .display_name = accounts_text(accounts, spec->display_name),
                                .given_name = accounts_text(accounts, spec->given_name),
                                .surname = accounts_text(accounts, spec->surname),
                                .password = accounts_text(accounts, spec->password),
                                .key = accounts_text(accounts, spec->key),
                                .node = accounts_text(accounts, spec->node),
                                .quota_bytes = spec->quota_bytes,
                                .mail_enabled = spec->mail_enabled};
    accounts->all[accounts->count++] = account;
    *table_at(accounts->by_login, accounts_word(accounts, str_of(account->login), true)) =
        accounts->count;
    if (account->address[0] != '\0')
        *table_at(accounts->by_address, accounts_word(accounts, str_of(account->address), true)) =
            accounts->count;
    *table_at(accounts->by_mailbox, account->mailbox) = accounts->count;
    *account_r = account;
    return STATUS_OK;
}

enum status accounts_set_login(struct accounts *accounts, struct account *account,
                               struct str login) {
    uint32_t word = accounts_word(accounts, login, true);
    if (word == 0 || login.length == 0)
        return STATUS_INVALID;
    struct account *holder = accounts_find(accounts, accounts->by_login, word);
    if (holder != NULL && holder != account)
        return STATUS_EXISTS;
    *table_at(accounts->by_login, accounts_word(accounts, str_of(account->login), true)) = 0;
    *table_at(accounts->by_login, word) = account->id - ACCOUNT_ID_FIRST + 1;
    account->login = arena_text(accounts->arena, login);
    return STATUS_OK;
}

void accounts_set_key(struct accounts *accounts, struct account *account, struct str key) {
    account->key = arena_text(accounts->arena, key);
}

void accounts_set_password(struct accounts *accounts, struct account *account,
                           struct str password) {
    account->password = arena_text(accounts->arena, password);
}

size_t accounts_count(const struct accounts *accounts) {
    return accounts->count;
}

struct account *accounts_at(const struct accounts *accounts, size_t index) {
    check_compare(index, <, accounts->count);
    return accounts->all[index];
}

struct account *accounts_by_login(const struct accounts *accounts, struct str login) {
    return accounts_find(accounts, accounts->by_login, accounts_word(accounts, login, false));
}

struct account *accounts_by_address(const struct accounts *accounts, struct str address) {
    return accounts_find(accounts, accounts->by_address, accounts_word(accounts, address, false));
}

struct account *accounts_by_mailbox(const struct accounts *accounts, uint32_t mailbox) {
    return accounts_find(accounts, accounts->by_mailbox, mailbox);
}

struct account *accounts_by_id(const struct accounts *accounts, uint32_t id) {
    if (id < ACCOUNT_ID_FIRST || id - ACCOUNT_ID_FIRST >= accounts->count)
        return NULL;
    return accounts->all[id - ACCOUNT_ID_FIRST];
}

struct master *accounts_master(const struct accounts *accounts, struct str name) {
    for (size_t i = 0; i < accounts->master_count; i++)
        if (str_equal_caseless(name, str_of(accounts->masters[i].name)))
            return (struct master *)(uintptr_t)&accounts->masters[i];
    return NULL;
}

struct master *accounts_master_set(struct accounts *accounts, const struct master *spec) {
    struct master *master = accounts_master(accounts, str_of(spec->name));
    if (master == NULL) {
        check_compare(accounts->master_count, <, MASTERS_MAX);
        master = &accounts->masters[accounts->master_count++];
    }
    *master = *spec;
    master->name = accounts_text(accounts, spec->name);
    master->password = accounts_text(accounts, spec->password);
    if (spec->mailboxes != NULL) {
        uint32_t *mailboxes = arena_take(accounts->arena, spec->mailbox_count, sizeof *mailboxes);
        memcpy(mailboxes, spec->mailboxes, spec->mailbox_count * sizeof *mailboxes);
        master->mailboxes = mailboxes;
    }
    return master;
}

static bool accounts_master_may(const struct master *master, uint32_t mailbox) {
    if (master->mailboxes == NULL)
        return true;
    for (size_t i = 0; i < master->mailbox_count; i++)
        if (master->mailboxes[i] == mailbox)
            return true;
    return false;
}

enum login_answer accounts_login(const struct accounts *accounts, struct str user,
                                 struct str master, struct str password, instant now,
                                 struct account **account_r) {
    struct account *account = accounts_by_login(accounts, user);
    *account_r = account;
    if (master.length == 0) {
        if (account == NULL || !str_equal_text(password, account->password))
            return LOGIN_FAILED;
        return account->mail_enabled ? LOGIN_OPENED : LOGIN_MAIL_NOT_ENABLED;
    }
    const struct master *as = accounts_master(accounts, master);
    if (as == NULL || as->disabled || !str_equal_text(password, as->password))
        return LOGIN_FAILED;
    bool always = as->valid_from == 0 && as->valid_until == 0;
    if (!always && (now < as->valid_from || now >= as->valid_until))
        return LOGIN_EXPIRED;
    if (account == NULL)
        return LOGIN_FAILED;
    return accounts_master_may(as, account->mailbox) ? LOGIN_OPENED : LOGIN_NOT_AUTHORISED;
}
