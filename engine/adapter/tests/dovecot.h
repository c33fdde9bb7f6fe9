/*
 * A real Dovecot for tests: on a loopback port of its own, with its files in a temporary directory,
 * accounts anna, bernd and klein (with a quota of 200 KiB) and the master user `umzug`.
 */
#ifndef ENGINE_ADAPTER_TESTS_DOVECOT_H
#define ENGINE_ADAPTER_TESTS_DOVECOT_H

#include <stdbool.h>
#include <stdint.h>

struct dovecot;

struct dovecot_options {
    const char *prefix; /* of the user's name space: "" or "INBOX." */
    char separator;
    const char *location; /* "sdbox" or "maildir" */
};

#define DOVECOT_MASTER   "umzug"
#define DOVECOT_PASSWORD "hering"

/* NULL when there is no Dovecot here; then the reason was printed. */
struct dovecot *dovecot_start(const struct dovecot_options *options);
void dovecot_stop(struct dovecot **dovecot);
uint16_t dovecot_port(const struct dovecot *dovecot);

/* Places the key of a mailbox where provisioning would. */
bool dovecot_set_key(const struct dovecot *dovecot, const char *login, const char *key);

#endif
