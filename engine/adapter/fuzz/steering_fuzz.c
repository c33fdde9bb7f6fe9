/*
 * Directory and provisioning, each asked for one record and told to change it, by servers that
 * answer anything. The first byte says which, the second in which pieces answers come; the rest are
 * answers (curl_double.h). A record that is taken is one that was asked for and has all its parts.
 */
#include <stdint.h>
#include <string.h>

#include "../../base/check.h"
#include "../../base/fuzz/xml_mutator.h"
#include "../adapters.h"
#include "../tests/plain_platform.h"
#include "curl_double.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned seed);

static void said(enum status status, struct error *error) {
    check(status == STATUS_OK || error->text[0] != '\0');
    error->text[0] = '\0';
}

static void ask_directory(struct plain_platform *platform) {
    struct scim_directory_options options = {.platform = &platform->platform,
                                             .url = "http://x/scim/v2",
                                             .user = "u",
                                             .password = "p",
                                             .timeout = SECOND};
    struct directory *directory;
    struct directory_entry entry;
    struct error error = {0};
    check(scim_directory_open(&options, &directory, &error) == STATUS_OK);
    enum status status = directory->type->find(directory, "anna@example.org", &entry, &error);
    said(status, &error);
    if (status == STATUS_OK) {
        check(entry.id[0] != '\0' && entry.key[0] != '\0' && entry.login[0] != '\0');
        check(entry.home == HOME_EXCHANGE || entry.home == HOME_OPENXCHANGE);
        enum home other = entry.home == HOME_EXCHANGE ? HOME_OPENXCHANGE : HOME_EXCHANGE;
        said(directory->type->set_home(directory, &entry, other, &error), &error);
    }
    directory->type->free(&directory);
}

static void ask_provisioning(struct plain_platform *platform) {
    struct ox_provisioning_options options = {.platform = &platform->platform,
                                              .url = "http://x/webservices/OXUserService",
                                              .admin = "a",
                                              .password = "p",
                                              .context = 1,
                                              .timeout = SECOND};
    struct provisioning *provisioning;
    struct account account;
    struct error error = {0};
    check(ox_provisioning_open(&options, &provisioning, &error) == STATUS_OK);
    enum status status = provisioning->type->find(provisioning, "anna", &account, &error);
    said(status, &error);
    if (status == STATUS_OK)
        check(account.login[0] != '\0');
    said(provisioning->type->set_open(provisioning, "anna", false, &error), &error);
    provisioning->type->free(&provisioning);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct plain_platform platform = plain_platform();
    if (size < 2)
        return 0;
    curl_double_begin(str_bytes(data + 2, size - 2), 1 + data[1]);
    if (data[0] == 'd')
        ask_directory(&platform);
    else
        ask_provisioning(&platform);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned seed) {
    return xml_mutate_one(data, size, capacity, seed);
}
