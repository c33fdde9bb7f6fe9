/*
 * How the engine gets at its adapters. Each is opened with its options and fulfils one contract;
 * all of them may be used from several threads as the contract says.
 */
#ifndef ENGINE_ADAPTER_ADAPTERS_H
#define ENGINE_ADAPTER_ADAPTERS_H

#include "../directory.h"
#include "../gateway.h"
#include "../platform.h"
#include "../source.h"
#include "../target.h"

/* All texts are copied. Servers are named by IP address or by host name; ports stand in the URL. */

struct ews_source_options {
    struct platform *platform;   /* borrows: for sleeping while the server is busy */
    const char *url;             /* "http://10.0.0.1/EWS/Exchange.asmx" */
    const char *user, *password; /* of the service account; HTTP Basic */
    int64_t timeout;             /* of one request; microseconds */
    int64_t patience;            /* how long one request may be put off by a busy server in all */
};
NODISCARD enum status ews_source_open(const struct ews_source_options *options,
                                      struct source **source_r, struct error *error);

struct imap_target_options {
    struct platform *platform;
    const char *host; /* "10.0.0.2" */
    uint16_t port;
    const char *master, *password; /* logs in as "<login>*<master>" */
    bool one_by_one;               /* no pipelining, no LITERAL+: an ordinary tool */
    int64_t timeout;               /* of one answer; microseconds */
};
NODISCARD enum status imap_target_open(const struct imap_target_options *options,
                                       struct target **target_r, struct error *error);

struct scim_directory_options {
    struct platform *platform;
    const char *url; /* "http://10.0.0.3/scim/v2" */
    const char *user, *password;
    int64_t timeout;
};
NODISCARD enum status scim_directory_open(const struct scim_directory_options *options,
                                          struct directory **directory_r, struct error *error);

struct ox_provisioning_options {
    struct platform *platform;
    const char *url;              /* "http://10.0.0.2/webservices/OXUserService" */
    const char *admin, *password; /* context administrator */
    uint32_t context;
    int64_t timeout;
};
NODISCARD enum status ox_provisioning_open(const struct ox_provisioning_options *options,
                                           struct provisioning **provisioning_r,
                                           struct error *error);

struct gateway_table_options {
    struct platform *platform; /* its sqlite_vfs is used */
    const char *path;          /* of the SQLite file that the gateway reads */
};
NODISCARD enum status gateway_table_open(const struct gateway_table_options *options,
                                         struct gateway **gateway_r, struct error *error);

/* Once in a process, before the first adapter is opened and after the last is freed. */
void adapters_begin(void);
void adapters_end(void);

/* Where a mailbox carries its immutable key at the target: an annotation on INBOX (RFC 5464). */
#define TARGET_KEY_ANNOTATION "/shared/vendor/landesmail/mailbox-key"

#endif
