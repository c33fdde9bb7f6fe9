/*
 * Any bytes as the file that the engine and the gateway share. The first byte chooses: "f" and the
 * rest is the file itself; else a good one is damaged, three bytes a hit: where (a 16-bit number)
 * and what is written there. Whatever it is, each question is answered or refused with a reason.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../base/check.h"
#include "../adapters.h"
#include "../tests/plain_platform.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { GATEWAY_BYTES_MAX = 1 << 17 };

static const char *const recipients[] = {"anna@amt.test", "bernd@amt.test"};
static char path[64], journal[80];
static char good[GATEWAY_BYTES_MAX];
static size_t good_bytes;
static struct plain_platform platform;

static struct gateway *open_table(void) {
    struct gateway_table_options options = {.platform = &platform.platform, .path = path};
    struct gateway *gateway = NULL;
    struct error error = {0};
    if (gateway_table_open(&options, &gateway, &error) != STATUS_OK)
        check(error.text[0] != '\0' && gateway == NULL);
    return gateway;
}

static void remove_files(void) {
    unlink(path);
    unlink(journal);
}

static void write_good(void) {
    struct error error;
    platform = plain_platform();
    snprintf(path, sizeof path, "/dev/shm/gateway-fuzz-%d.sqlite", (int)getpid());
    snprintf(journal, sizeof journal, "%s-journal", path);
    atexit(remove_files);
    struct gateway *gateway = open_table();
    check(gateway->type->hold(gateway, recipients, 2, true, &error) == STATUS_OK);
    check(gateway->type->route(gateway, recipients, 1, HOME_OPENXCHANGE, &error) == STATUS_OK);
    gateway->type->free(&gateway);
    FILE *file = fopen(path, "rb");
    check(file != NULL);
    good_bytes = fread(good, 1, sizeof good, file);
    check(good_bytes > 0 && good_bytes < sizeof good);
    fclose(file);
}

static void put(const void *bytes, size_t length) {
    remove_files();
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    check(file >= 0 && write(file, bytes, length) == (ssize_t)length);
    close(file);
}

static void put_damaged(const uint8_t *hits, size_t size) {
    static char damaged[GATEWAY_BYTES_MAX];
    memcpy(damaged, good, good_bytes);
    for (size_t i = 0; i + 3 <= size; i += 3)
        damaged[((size_t)hits[i] << 8 | hits[i + 1]) % good_bytes] = (char)hits[i + 2];
    put(damaged, good_bytes);
}

static void said(enum status status, struct error *error) {
    check(status == STATUS_OK || error->text[0] != '\0');
    error->text[0] = '\0';
}

static void use(struct gateway *gateway) {
    struct error error = {0};
    struct gateway_count count;
    enum home home;
    bool held;
    const struct gateway_type *type = gateway->type;
    said(type->route_of(gateway, recipients[0], &home, &error), &error);
    said(type->is_held(gateway, recipients[1], &held, &error), &error);
    said(type->count(gateway, NULL, 0, &count, &error), &error);
    said(type->count(gateway, recipients[0], 0, &count, &error), &error);
    said(type->hold(gateway, recipients, 2, false, &error), &error);
    said(type->route(gateway, recipients, 2, HOME_EXCHANGE, &error), &error);
    said(type->release(gateway, recipients, 2, &error), &error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    if (good_bytes == 0)
        write_good();
    if (data[0] == 'f')
        put(data + 1, size - 1);
    else
        put_damaged(data + 1, size - 1);
    struct gateway *gateway = open_table();
    if (gateway != NULL) {
        use(gateway);
        gateway->type->free(&gateway);
    }
    return 0;
}
