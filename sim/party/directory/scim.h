/*
 * The directory over the network: SCIM 2.0 (RFC 7643, RFC 7644) over HTTP with Basic auth.
 *
 *   GET   /scim/v2/ServiceProviderConfig
 *   GET   /scim/v2/Users?filter=emails eq "…"      also userName, id and the extension's key,
 * login; startIndex and count page (§3.4.2.4) GET   /scim/v2/Users/{id}                      with
 * ETag; If-None-Match gives 304 PATCH /scim/v2/Users/{id}                      If-Match compares
 * and sets: 412 on a mismatch
 *
 * All that can be written is the attribute `home` of the extension, "exchange" or "openxchange".
 * Whoever sends no If-Match overwrites whatever is there, as RFC 7644 lets him.
 */
#ifndef SIM_PARTY_DIRECTORY_SCIM_H
#define SIM_PARTY_DIRECTORY_SCIM_H

#include "../session.h"
#include "directory_party.h"

#define SCIM_USER_EXTENSION "urn:ietf:params:scim:schemas:extension:landesmail:2.0:User"

enum {
    SCIM_BODY_MAX = 64 * 1024,
    SCIM_DEPTH_MAX = 16, /* of a request's JSON: its parser recurses */
    SCIM_PAGE_MAX = 200, /* records in one answer */
};

struct scim_server;

struct scim_options {
    struct directory_party *directory; /* borrows, as all pointers here */
    const struct clock *clock;
    const char *url; /* "http://10.0.0.3/scim/v2", for the locations it tells */
    const char *user, *password;
    int64_t work; /* how long a request takes; microseconds */
};

struct scim_server *scim_server_new(const struct scim_options *options);
void scim_server_close(struct scim_server **server); /* after the last of its sessions */

/* Asked at each request: whether the server is too busy for it (503). One at a time. */
void scim_server_disturb(struct scim_server *server, bool (*is_busy)(void *of), void *of);

/* An HTTP session for a connection that process `peer` opened; a carrier_factory. */
struct session *scim_server_session(void *server, uint32_t peer);

#endif
