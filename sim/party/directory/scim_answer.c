#include "scim_answer.h"

#include <inttypes.h>
#include <stdio.h>

#include "../../../engine/base/json.h"
#include "scim.h"

#define SCIM_TYPE "application/scim+json"

char *scim_version(const struct directory_record *record, char text[SCIM_VERSION_MAX]) {
    snprintf(text, SCIM_VERSION_MAX, "W/\"%" PRIu64 "\"", record->version);
    return text;
}

static void scim_schemas(struct json *json, const char *first, const char *second) {
    json_key(json, "schemas");
    json_array(json);
    json_text(json, str_of(first));
    if (second != NULL)
        json_text(json, str_of(second));
    json_array_end(json);
}

void scim_answer_error(struct http_answer *answer, unsigned status, const char *type,
                       const char *detail) {
    char number[8];
    snprintf(number, sizeof number, "%u", status);
    answer->status = status;
    answer->content_type = SCIM_TYPE;
    buffer_clear(&answer->body);
    struct json json = json_to(&answer->body);
    json_object(&json);
    scim_schemas(&json, "urn:ietf:params:scim:api:messages:2.0:Error", NULL);
    if (type != NULL)
        json_key_text(&json, "scimType", str_of(type));
    json_key_text(&json, "detail", str_of(detail));
    json_key_text(&json, "status", str_of(number));
    json_object_end(&json);
}

static void scim_emails(struct json *json, const struct directory_record *record) {
    json_key(json, "emails");
    json_array(json);
    for (uint32_t i = 0; i < record->address_count; i++) {
        json_object(json);
        json_key_text(json, "value", str_of(record->addresses[i]));
        json_key_text(json, "type", STR("work"));
        json_key_boolean(json, "primary", i == 0);
        json_object_end(json);
    }
    json_array_end(json);
}

static void scim_location(struct buffer *out, const struct directory_record *record,
                          const char *url) {
    buffer_printf(out, "%s/Users/%s", url, record->id);
}

static void scim_user(struct json *json, const struct directory_record *record, const char *url) {
    char version[SCIM_VERSION_MAX];
    struct buffer location = {0};
    scim_location(&location, record, url);
    json_object(json);
    scim_schemas(json, "urn:ietf:params:scim:schemas:core:2.0:User", SCIM_USER_EXTENSION);
    json_key_text(json, "id", str_of(record->id));
    json_key_text(json, "userName", str_of(record->addresses[0]));
    json_key_text(json, "displayName", str_of(record->display_name));
    json_key_boolean(json, "active", true);
    scim_emails(json, record);
    json_key(json, SCIM_USER_EXTENSION);
    json_object(json);
    json_key_text(json, "key", str_of(record->key));
    json_key_text(json, "login", str_of(record->login));
    json_key_text(json, "home",
                  record->home == SYSTEM_OPENXCHANGE ? STR("openxchange") : STR("exchange"));
    json_object_end(json);
    json_key(json, "meta");
    json_object(json);
    json_key_text(json, "resourceType", STR("User"));
    json_key_text(json, "location", buffer_str(&location));
    json_key_text(json, "version", str_of(scim_version(record, version)));
    json_object_end(json);
    json_object_end(json);
    buffer_release(&location);
}

void scim_answer_user(struct http_answer *answer, const struct directory_record *record,
                      const char *url) {
    char version[SCIM_VERSION_MAX];
    struct buffer location = {0};
    scim_location(&location, record, url);
    http_answer_header(answer, "ETag", str_of(scim_version(record, version)));
    http_answer_header(answer, "Location", buffer_str(&location));
    buffer_release(&location);
    answer->content_type = SCIM_TYPE;
    struct json json = json_to(&answer->body);
    scim_user(&json, record, url);
}

void scim_answer_list(struct http_answer *answer, const struct scim_list *list, const char *url) {
    answer->content_type = SCIM_TYPE;
    struct json json = json_to(&answer->body);
    json_object(&json);
    scim_schemas(&json, "urn:ietf:params:scim:api:messages:2.0:ListResponse", NULL);
    json_key_integer(&json, "totalResults", list->total);
    json_key_integer(&json, "startIndex", list->first);
    json_key_integer(&json, "itemsPerPage", list->count);
    json_key(&json, "Resources");
    json_array(&json);
    for (uint32_t i = 0; i < list->count; i++)
        scim_user(&json, list->records[i], url);
    json_array_end(&json);
    json_object_end(&json);
}

void scim_answer_config(struct http_answer *answer, const char *url) {
    static const struct {
        const char *name;
        bool supported;
    } features[] = {{"patch", true}, {"changePassword", false}, {"sort", false}, {"etag", true}};
    answer->content_type = SCIM_TYPE;
    struct json json = json_to(&answer->body);
    json_object(&json);
    scim_schemas(&json, "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig", NULL);
    for (size_t i = 0; i < sizeof features / sizeof features[0]; i++) {
        json_key(&json, features[i].name);
        json_object(&json);
        json_key_boolean(&json, "supported", features[i].supported);
        json_object_end(&json);
    }
    json_key(&json, "bulk");
    json_object(&json);
    json_key_boolean(&json, "supported", false);
    json_key_integer(&json, "maxOperations", 0);
    json_key_integer(&json, "maxPayloadSize", SCIM_BODY_MAX);
    json_object_end(&json);
    json_key(&json, "filter");
    json_object(&json);
    json_key_boolean(&json, "supported", true);
    json_key_integer(&json, "maxResults", SCIM_PAGE_MAX);
    json_object_end(&json);
    json_key(&json, "authenticationSchemes");
    json_array(&json);
    json_object(&json);
    json_key_text(&json, "type", STR("httpbasic"));
    json_key_text(&json, "name", STR("HTTP Basic"));
    json_key_text(&json, "description", STR("RFC 7617"));
    json_object_end(&json);
    json_array_end(&json);
    json_key(&json, "meta");
    json_object(&json);
    json_key_text(&json, "resourceType", STR("ServiceProviderConfig"));
    struct buffer location = {0};
    buffer_printf(&location, "%s/ServiceProviderConfig", url);
    json_key_text(&json, "location", buffer_str(&location));
    buffer_release(&location);
    json_object_end(&json);
    json_object_end(&json);
}
