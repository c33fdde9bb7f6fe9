/*
 * The directory by SCIM 2.0 (RFC 7643, 7644): fulfils directory.h. A record is found by address; a
 * home is set by PATCH with If-Match, so that two who decide at once cannot both be right. Where
 * the answer to a PATCH gets lost, the record is read again: it alone says what became of it.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "../base/check.h"
#include "adapters.h"
#include "http_client.h"

#define SCIM_EXTENSION "urn:ietf:params:scim:schemas:extension:landesmail:2.0:User"
#define SCIM_PATCH     "urn:ietf:params:scim:api:messages:2.0:PatchOp"

enum { SCIM_ANSWER_MAX = 1 << 20, SCIM_NESTING_MAX = 32 };

struct scim_directory {
    struct directory directory;
    struct platform *platform;  /* borrows: one lock, since workers share the connection */
    struct platform_lock *lock; /* owns */
    struct http_client *http;   /* owns */
};

static const char *const home_names[] = {
    [HOME_EXCHANGE] = "exchange", [HOME_OPENXCHANGE] = "openxchange"};

/* ---- JSON ----------------------------------------------------------------------------------- */

/* jansson reads nested values by recursion; a deep answer must not cost us the stack. */
static bool json_is_shallow(struct str text) {
    unsigned depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.data[i];
        if (quoted) {
            if (byte == '\\')
                i++;
            else if (byte == '"')
                quoted = false;
        } else if (byte == '"') {
            quoted = true;
        } else if (byte == '{' || byte == '[') {
            if (++depth > SCIM_NESTING_MAX)
                return false;
        } else if ((byte == '}' || byte == ']') && depth > 0) {
            depth--;
        }
    }
    return true;
}

static enum status scim_expected(const char *what, struct error *error) {
    return error_set(error, STATUS_PROTOCOL, "the directory's answer: expected %s", what);
}

/* Copies a text that must be there. */
static enum status take_text(const json_t *object, const char *key, char target[DIRECTORY_TEXT_MAX],
                             struct error *error) {
    const char *text = json_string_value(json_object_get(object, key));
    if (text == NULL || text[0] == '\0' || strlen(text) >= DIRECTORY_TEXT_MAX)
        return scim_expected(key, error);
    strcpy(target, text);
    return STATUS_OK;
}

/* The primary address, else the only one. */
static enum status take_address(const json_t *record, struct directory_entry *entry,
                                struct error *error) {
    const json_t *emails = json_object_get(record, "emails"), *best = json_array_get(emails, 0);
    for (size_t i = 0; i < json_array_size(emails); i++)
        if (json_is_true(json_object_get(json_array_get(emails, i), "primary")))
            best = json_array_get(emails, i);
    return take_text(best, "value", entry->address, error);
}

static enum status take_entry(const json_t *record, struct directory_entry *entry_r,
                              struct error *error) {
    const json_t *ours = json_object_get(record, SCIM_EXTENSION);
    char home[DIRECTORY_TEXT_MAX];
    *entry_r = (struct directory_entry){0};
    enum status status = take_text(record, "id", entry_r->id, error);
    if (status == STATUS_OK)
        status = take_text(json_object_get(record, "meta"), "version", entry_r->version, error);
    if (status == STATUS_OK)
        status = take_address(record, entry_r, error);
    if (status == STATUS_OK)
        status = take_text(ours, "key", entry_r->key, error);
    if (status == STATUS_OK)
        status = take_text(ours, "login", entry_r->login, error);
    if (status == STATUS_OK)
        status = take_text(ours, "home", home, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < sizeof home_names / sizeof home_names[0]; i++)
        if (strcmp(home, home_names[i]) == 0) {
            entry_r->home = (enum home)i;
            return STATUS_OK;
        }
    return scim_expected("the home \"exchange\" or \"openxchange\"", error);
}

/* ---- asking ---------------------------------------------------------------------------------- */

struct scim_request {
    const char *method, *path;
    struct str body;
    const char *if_match; /* NULL: none */
};

/* Sends a request; on OK `json_r` is the answer, NULL for one without a body. */
static enum status scim_ask(struct scim_directory *directory, const struct scim_request *ask,
                            struct http_answer *answer_r, json_t **json_r, struct error *error) {
    static const char *const types[] = {"application/scim+json", "application/json", NULL};
    struct http_collector collector = {.limit = SCIM_ANSWER_MAX};
    struct buffer match = {0};
    const char *headers[4] = {"Accept: application/scim+json"};
    *json_r = NULL;
    if (ask->if_match != NULL) {
        buffer_printf(&match, "If-Match: %s", ask->if_match);
        headers[1] = "Content-Type: application/scim+json";
        headers[2] = buffer_text(&match);
    }
    struct http_request request = {.method = ask->method,
                                   .path = ask->path,
                                   .body = ask->body,
                                   .headers = headers,
                                   .types = types,
                                   .see = http_collect,
                                   .of = &collector};
    enum status status = http_client_send(directory->http, &request, answer_r, error);
    if (status == STATUS_LIMIT)
        status = error_set(error, STATUS_PROTOCOL, "the directory's answer is over %d bytes",
                           SCIM_ANSWER_MAX);
    else if (status == STATUS_OK)
        status = http_status(answer_r, error);
    if (status == STATUS_OK && collector.body.length > 0) {
        if (json_is_shallow(buffer_str(&collector.body)))
            *json_r = json_loadb(collector.body.data, collector.body.length, JSON_REJECT_DUPLICATES,
                                 NULL);
        if (*json_r == NULL)
            status = scim_expected("JSON", error);
    }
    buffer_release(&match);
    buffer_release(&collector.body);
    return status;
}

/* ---- the contract ---------------------------------------------------------------------------- */

/* /Users?filter=emails eq "…" (RFC 7644 section 3.4.2.2: the value is a JSON string) */
static void filter_path(const char *address, struct buffer *path) {
    struct buffer filter = {0};
    buffer_append_text(&filter, "emails eq \"");
    for (const char *at = address; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\')
            buffer_append_byte(&filter, '\\');
        buffer_append_byte(&filter, *at);
    }
    buffer_append_byte(&filter, '"');
    buffer_append_text(path, "/Users?filter=");
    http_escape(buffer_str(&filter), path);
    buffer_release(&filter);
}

static enum status find_taken(const json_t *list, const char *address,
                              struct directory_entry *entry_r, struct error *error) {
    const json_t *total = json_object_get(list, "totalResults");
    const json_t *records = json_object_get(list, "Resources");
    if (!json_is_integer(total))
        return scim_expected("totalResults", error);
    if (json_integer_value(total) == 0)
        return error_set(error, STATUS_NOT_FOUND, "the directory has no record of %s", address);
    if (json_integer_value(total) != 1)
        return error_set(error, STATUS_INVALID,
                         "%lld records of the directory claim %s; the "
                         "address must be one mailbox's before that can be moved",
                         (long long)json_integer_value(total), address);
    if (json_array_size(records) != 1)
        return scim_expected("one record where it counts one", error);
    return take_entry(json_array_get(records, 0), entry_r, error);
}

static enum status scim_find(struct directory *base, const char *address,
                             struct directory_entry *entry_r, struct error *error) {
    struct scim_directory *directory = (struct scim_directory *)base;
    struct buffer path = {0};
    struct http_answer answer;
    json_t *list = NULL;
    *entry_r = (struct directory_entry){0};
    filter_path(address, &path);
    struct scim_request ask = {.method = "GET", .path = buffer_text(&path)};
    directory->platform->type->lock(directory->platform, directory->lock);
    enum status status = scim_ask(directory, &ask, &answer, &list, error);
    directory->platform->type->unlock(directory->platform, directory->lock);
    if (status == STATUS_NOT_FOUND) /* no such service is not "no such record" */
        status = error_set(error, STATUS_PROTOCOL, "the directory has no SCIM service here");
    if (status == STATUS_OK)
        status = find_taken(list, address, entry_r, error);
    json_decref(list);
    buffer_release(&path);
    return status;
}

static void record_path(const struct directory_entry *entry, struct buffer *path) {
    buffer_append_text(path, "/Users/");
    http_escape(str_of(entry->id), path);
}

static void patch_body(enum home home, struct buffer *out) {
    buffer_printf(out,
                  "{\"schemas\":[\"" SCIM_PATCH "\"],\"Operations\":[{\"op\":\"replace\","
                  "\"path\":\"" SCIM_EXTENSION ":home\",\"value\":\"%s\"}]}",
                  home_names[home]);
}

/* Reads the record once more; OK leaves it in `now_r`. */
static enum status scim_reread(struct scim_directory *directory, const char *path,
                               struct directory_entry *now_r, struct error *error) {
    struct http_answer answer;
    json_t *record = NULL;
    struct scim_request ask = {.method = "GET", .path = path};
    enum status status = scim_ask(directory, &ask, &answer, &record, error);
    if (status == STATUS_OK)
        status = take_entry(record, now_r, error);
    json_decref(record);
    return status;
}

/* The answer got lost on the way: what does the record say? */
static enum status scim_settle(struct scim_directory *directory, const char *path,
                               struct directory_entry *entry, enum home home, enum status lost,
                               struct error *error) {
    struct directory_entry now;
    if (scim_reread(directory, path, &now, NULL) != STATUS_OK)
        return lost; /* with its own sentence */
    bool unchanged = strcmp(now.version, entry->version) == 0;
    if (now.home == home) {
        *entry = now;
        return STATUS_OK;
    }
    if (unchanged)
        return lost;
    return error_set(error, STATUS_CONFLICT, "%s: somebody else changed the record meanwhile",
                     entry->address);
}

/* Brings the entry up to date from what the PATCH answered, or by asking. */
static enum status scim_updated(struct scim_directory *directory, const char *path,
                                const json_t *record, enum home home, struct directory_entry *entry,
                                struct error *error) {
    struct directory_entry now;
    enum status status = record != NULL ? take_entry(record, &now, error)
                                        : scim_reread(directory, path, &now, error);
    if (status != STATUS_OK)
        return status;
    if (strcmp(now.id, entry->id) != 0 || now.home != home)
        return error_set(error, STATUS_PROTOCOL,
                         "%s: the directory said yes, but its record says "
                         "\"%s\"",
                         entry->address, home_names[now.home]);
    *entry = now;
    return STATUS_OK;
}

static enum status scim_set_home(struct directory *base, struct directory_entry *entry,
                                 enum home home, struct error *error) {
    struct scim_directory *directory = (struct scim_directory *)base;
    struct buffer path = {0}, body = {0};
    struct http_answer answer;
    json_t *record = NULL;
    record_path(entry, &path);
    patch_body(home, &body);
    struct scim_request ask = {.method = "PATCH",
                               .path = buffer_text(&path),
                               .body = buffer_str(&body),
                               .if_match = entry->version};
    directory->platform->type->lock(directory->platform, directory->lock);
    enum status status = scim_ask(directory, &ask, &answer, &record, error);
    if (status == STATUS_NETWORK || status == STATUS_TIMEOUT)
        status = scim_settle(directory, buffer_text(&path), entry, home, status, error);
    else if (status == STATUS_OK)
        status = scim_updated(directory, buffer_text(&path), record, home, entry, error);
    else if (status == STATUS_CONFLICT)
        error_set(error, STATUS_CONFLICT, "%s: the record is no longer at version %s",
                  entry->address, entry->version);
    directory->platform->type->unlock(directory->platform, directory->lock);
    json_decref(record);
    buffer_release(&body);
    buffer_release(&path);
    return status;
}

static void scim_free(struct directory **base) {
    struct scim_directory *directory = (struct scim_directory *)*base;
    if (directory == NULL)
        return;
    directory->platform->type->lock_free(directory->platform, directory->lock);
    http_client_close(&directory->http);
    free(directory);
    *base = NULL;
}

static const struct directory_type scim_directory_type = {
    .find = scim_find, .set_home = scim_set_home, .free = scim_free};

enum status scim_directory_open(const struct scim_directory_options *options,
                                struct directory **directory_r, struct error *error) {
    *directory_r = NULL;
    struct scim_directory *directory = memory_new(1, sizeof *directory);
    struct http_client_options http = {.url = options->url,
                                       .user = options->user,
                                       .password = options->password,
                                       .timeout = options->timeout};
    enum status status = http_client_open(&http, &directory->http, error);
    if (status != STATUS_OK) {
        free(directory);
        return status;
    }
    directory->directory.type = &scim_directory_type;
    directory->platform = options->platform;
    directory->lock = options->platform->type->lock_new(options->platform);
    *directory_r = &directory->directory;
    return STATUS_OK;
}
