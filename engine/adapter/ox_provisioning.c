/*
 * Provisioning by Open-Xchange's SOAP service OXUserService: fulfils `struct provisioning` of
 * directory.h. An account is asked for by its login name with getData and changed with change,
 * which carries only what changes. `userfield01` holds the key of the mailbox it stands for.
 */
#include <stdlib.h>
#include <string.h>

#include "../base/check.h"
#include "adapters.h"
#include "soap.h"

enum { OX_MEGABYTE = 1 << 20 };
#define OX_OPERATIONS  "http://soap.admin.openexchange.com"
#define OX_OBJECTS     "http://dataobjects.soap.admin.openexchange.com/xsd"
#define OX_CREDENTIALS "http://dataobjects.rmi.admin.openexchange.com/xsd"

struct ox_provisioning {
    struct provisioning provisioning;
    struct platform *platform;  /* borrows: one lock, since workers share the connection */
    struct platform_lock *lock; /* owns */
    struct http_client *http;   /* owns */
    char *admin, *password;     /* owns */
    uint32_t context;
};

enum word {
    WORD_NONE,
    WORD_RETURN,
    WORD_NAME,
    WORD_IMAP_LOGIN,
    WORD_PRIMARY_EMAIL,
    WORD_MAIL_ENABLED,
    WORD_MAX_QUOTA,
    WORD_KEY,
    WORD_CHANGED,
};

static const char *const words[] = {"return",       "name",           "imapLogin",
                                    "primaryEmail", "mailenabled",    "maxQuota",
                                    "userfield01",  "changeResponse", NULL};

struct reading {
    struct account account;
    char name[DIRECTORY_TEXT_MAX];
    unsigned returns;
    bool has_enabled, changed;
};

static enum status ox_start(void *of, const struct soap_reader *reader, unsigned word,
                            const struct soap_attributes *attributes, struct error *error) {
    struct reading *reading = of;
    (void)reader;
    (void)attributes;
    (void)error;
    reading->returns += word == WORD_RETURN;
    reading->changed |= word == WORD_CHANGED;
    return STATUS_OK;
}

static enum status ox_text(char target[DIRECTORY_TEXT_MAX], struct str text, struct error *error) {
    if (text.length >= DIRECTORY_TEXT_MAX || memchr(text.data, '\0', text.length) != NULL)
        return error_set(error, STATUS_PROTOCOL, "provisioning: a field of over %d bytes",
                         DIRECTORY_TEXT_MAX);
    memcpy(target, text.data, text.length);
    target[text.length] = '\0';
    return STATUS_OK;
}

/* maxQuota is in MB; negative: none. */
static enum status ox_quota(struct account *account, struct str text, struct error *error) {
    uint64_t megabytes = 0;
    if (str_starts_with(text, "-") || text.length == 0)
        return STATUS_OK;
    if (!str_to_u64(text, &megabytes) || megabytes > UINT64_MAX / OX_MEGABYTE)
        return error_set(error, STATUS_PROTOCOL, "provisioning: a quota that is no number");
    account->quota_bytes = megabytes * OX_MEGABYTE;
    return STATUS_OK;
}

static enum status ox_end(void *of, const struct soap_reader *reader, unsigned word,
                          struct str text, struct error *error) {
    struct reading *reading = of;
    text = str_trim(text);
    if (soap_parent(reader) != WORD_RETURN)
        return STATUS_OK;
    switch ((enum word)word) {
    case WORD_NAME:
        return ox_text(reading->name, text, error);
    case WORD_IMAP_LOGIN:
        return ox_text(reading->account.login, text, error);
    case WORD_PRIMARY_EMAIL:
        return ox_text(reading->account.address, text, error);
    case WORD_KEY:
        return ox_text(reading->account.key, text, error);
    case WORD_MAX_QUOTA:
        return ox_quota(&reading->account, text, error);
    case WORD_MAIL_ENABLED:
        reading->has_enabled = true;
        reading->account.open = str_equal_text(text, "true") || str_equal_text(text, "1");
        return STATUS_OK;
    case WORD_NONE:
    case WORD_RETURN:
    case WORD_CHANGED:
        break;
    }
    return STATUS_OK;
}

static const struct soap_handler ox_handler = {.words = words, .start = ox_start, .end = ox_end};

/* <operation> with context, the user by name, what changes, and who asks */
static void ox_request(const struct ox_provisioning *provisioning, const char *operation,
                       const char *login, const char *change, struct buffer *out) {
    buffer_printf(out,
                  "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
                  "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\""
                  " xmlns:o=\"" OX_OPERATIONS "\" xmlns:d=\"" OX_OBJECTS "\""
                  " xmlns:c=\"" OX_CREDENTIALS "\"><s:Body><o:%s>"
                  "<o:ctx><d:id>%u</d:id></o:ctx><o:%s>",
                  operation, provisioning->context, change != NULL ? "usrdata" : "user");
    soap_element(out, "d:name", str_of(login));
    buffer_append_text(out, change != NULL ? change : "");
    buffer_append_text(out, change != NULL ? "</o:usrdata><o:auth>" : "</o:user><o:auth>");
    soap_element(out, "c:login", str_of(provisioning->admin));
    soap_element(out, "c:password", str_of(provisioning->password));
    buffer_printf(out, "</o:auth></o:%s></s:Body></s:Envelope>", operation);
}

static enum status ox_fault_meaning(const struct soap_fault *fault) {
    static const struct {
        const char *detail;
        enum status status;
    } meanings[] = {
        {"NoSuchUser", STATUS_NOT_FOUND},      {"NoSuchContext", STATUS_NOT_FOUND},
        {"InvalidCredentials", STATUS_DENIED}, {"InvalidData", STATUS_INVALID},
        {"DatabaseUpdate", STATUS_BUSY},       {"Storage", STATUS_BUSY},
    };
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
        if (str_starts_with(str_of(fault->detail), meanings[i].detail))
            return meanings[i].status;
    return STATUS_PROTOCOL;
}

static enum status ox_ask(struct ox_provisioning *provisioning, const char *operation,
                          const char *login, const char *change, struct reading *reading,
                          struct error *error) {
    struct buffer envelope = {0};
    struct soap_fault fault;
    char action[64] = "SOAPAction: urn:";
    strcat(action, operation);
    const char *const headers[] = {action, NULL};
    *reading = (struct reading){0};
    ox_request(provisioning, operation, login, change, &envelope);
    provisioning->platform->type->lock(provisioning->platform, provisioning->lock);
    enum status status = soap_call(provisioning->http,
                                   &(struct soap_call){.envelope = buffer_str(&envelope),
                                                       .headers = headers,
                                                       .handler = &ox_handler,
                                                       .of = reading},
                                   &fault, error);
    provisioning->platform->type->unlock(provisioning->platform, provisioning->lock);
    buffer_release(&envelope);
    if (fault.present && status == STATUS_PROTOCOL) {
        status = ox_fault_meaning(&fault);
        error_set(error, status, "provisioning refused (%s): %s",
                  fault.detail[0] != '\0' ? fault.detail : fault.code, fault.text);
    }
    if (status != STATUS_OK)
        error_context(error, "account %s", login);
    return status;
}

static enum status ox_find(struct provisioning *base, const char *login, struct account *account_r,
                           struct error *error) {
    struct ox_provisioning *provisioning = (struct ox_provisioning *)base;
    struct reading reading;
    *account_r = (struct account){0};
    enum status status = ox_ask(provisioning, "getData", login, NULL, &reading, error);
    if (status != STATUS_OK)
        return status;
    if (reading.returns == 0)
        return error_set(error, STATUS_NOT_FOUND, "account %s: provisioning knows none", login);
    if (reading.returns != 1 || !reading.has_enabled)
        return error_set(error, STATUS_PROTOCOL,
                         "account %s: expected one account with "
                         "mailenabled, found %u accounts",
                         login, reading.returns);
    /* Whoever asks for one account must not be given another. */
    if (strcmp(reading.name, login) != 0)
        return error_set(error, STATUS_PROTOCOL,
                         "asked provisioning for %s, it answered with "
                         "\"%s\"",
                         login, reading.name);
    *account_r = reading.account;
    if (account_r->login[0] == '\0')
        strcpy(account_r->login, reading.name);
    return STATUS_OK;
}

static enum status ox_set_open(struct provisioning *base, const char *login, bool open,
                               struct error *error) {
    struct ox_provisioning *provisioning = (struct ox_provisioning *)base;
    struct reading reading;
    const char *change =
        open ? "<d:mailenabled>true</d:mailenabled>" : "<d:mailenabled>false</d:mailenabled>";
    enum status status = ox_ask(provisioning, "change", login, change, &reading, error);
    if (status == STATUS_OK && !reading.changed)
        status = error_set(error, STATUS_PROTOCOL, "account %s: expected a changeResponse", login);
    return status;
}

static void ox_free(struct provisioning **base) {
    struct ox_provisioning *provisioning = (struct ox_provisioning *)*base;
    if (provisioning == NULL)
        return;
    provisioning->platform->type->lock_free(provisioning->platform, provisioning->lock);
    http_client_close(&provisioning->http);
    free(provisioning->admin);
    free(provisioning->password);
    free(provisioning);
    *base = NULL;
}

static const struct provisioning_type ox_provisioning_type = {
    .find = ox_find, .set_open = ox_set_open, .free = ox_free};

enum status ox_provisioning_open(const struct ox_provisioning_options *options,
                                 struct provisioning **provisioning_r, struct error *error) {
    *provisioning_r = NULL;
    struct ox_provisioning *provisioning = memory_new(1, sizeof *provisioning);
    struct http_client_options http = {.url = options->url, .timeout = options->timeout};
    enum status status = http_client_open(&http, &provisioning->http, error);
    if (status != STATUS_OK) {
        free(provisioning);
        return status;
    }
    provisioning->provisioning.type = &ox_provisioning_type;
    provisioning->platform = options->platform;
    provisioning->lock = options->platform->type->lock_new(options->platform);
    provisioning->admin = memory_copy_text(options->admin);
    provisioning->password = memory_copy_text(options->password);
    provisioning->context = options->context;
    *provisioning_r = &provisioning->provisioning;
    return STATUS_OK;
}
