/*
 * How fast Exchange answers: GetItem with MIME in batches of ten, as engines ask, and a listing by
 * pages. The mark is 6 µs a message of 1.4 KB on the server's side, its rendering and its fact
 * included. Not a test: figures depend on the machine. Time is
 * the processor's, so that neighbours do not count.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "ews_world.h"

enum { MAILBOX = 1, ITEMS = 20000, BATCH = 10, ROUNDS = 5 };

static int64_t bench_microseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * SECOND + now.tv_nsec / 1000;
}

/* A request, made before the watch starts. */
static struct buffer bench_request(const struct ews_world *world, const char *operation) {
    struct buffer body = {0}, request = {0};
    buffer_printf(&body,
                  "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "
                  "xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/messages\" "
                  "xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\"><s:Header>"
                  "<t:ExchangeImpersonation><t:ConnectingSID><t:SmtpAddress>%s</t:SmtpAddress>"
                  "</t:ConnectingSID></t:ExchangeImpersonation></s:Header><s:Body>%s</s:Body>"
                  "</s:Envelope>",
                  ews_world_address(world, MAILBOX), operation);
    buffer_printf(&request,
                  "POST /EWS/Exchange.asmx HTTP/1.1\r\nHost: x\r\nAuthorization: Basic "
                  "c3ZjLXVtenVnOmtyYW5pY2g=\r\nContent-Length: %zu\r\n\r\n%s",
                  body.length, buffer_text(&body));
    buffer_release(&body);
    return request;
}

static uint64_t bench_send(struct ews_world *world, const struct buffer *request,
                           struct buffer *out) {
    const struct session_type *type = world->session->type;
    uint64_t bytes = 0;
    enum session_next next = type->feed(world->session, request->data, request->length, out);
    for (; next == SESSION_MORE; next = type->poll(world->session, out)) {
        bytes += out->length;
        buffer_clear(out);
    }
    bytes += out->length;
    buffer_clear(out);
    return bytes;
}

static void bench_fill(struct ews_world *world) {
    uint32_t mailbox = MAILBOX;
    for (uint32_t i = 0; i < ITEMS; i++) {
        struct buffer bytes = {0};
        buffer_printf(&bytes, "Subject: Nr. %u\r\nMessage-ID: <%u@x>\r\n\r\n", i, i);
        while (bytes.length < 1400)
            buffer_printf(&bytes, "Mit freundlichen Grüßen %u\r\n", i);
        struct exchange_letter letter = {.content =
                                             contents_learn(world->contents, buffer_str(&bytes)),
                                         .mailboxes = &mailbox,
                                         .mailbox_count = 1};
        buffer_release(&bytes);
        if (exchange_deliver(world->exchange, &letter) != STATUS_OK)
            exit(1);
    }
}

static void bench_fetch(struct ews_world *world) {
    struct buffer out = {0};
    struct buffer requests[ITEMS / BATCH] = {0};
    size_t count = 0;
    for (uint32_t offset = 0; offset < ITEMS; offset += 1000) {
        char ask[600];
        snprintf(ask, sizeof ask,
                 "<m:FindItem Traversal=\"Shallow\">" EWS_SHAPE_ID
                 "<m:IndexedPageItemView MaxEntriesReturned=\"1000\" Offset=\"%u\" "
                 "BasePoint=\"Beginning\"/><m:ParentFolderIds><t:DistinguishedFolderId "
                 "Id=\"inbox\"/></m:ParentFolderIds></m:FindItem>",
                 offset);
        ews_world_ask(world, MAILBOX, ask);
        const char *at = buffer_text(&world->body);
        for (uint32_t i = 0; i < 1000 / BATCH; i++) {
            struct buffer get = {0};
            buffer_append_text(&get, "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>"
                                     "<t:IncludeMimeContent>true</t:IncludeMimeContent>"
                                     "</m:ItemShape><m:ItemIds>");
            for (uint32_t j = 0; j < BATCH; j++) {
                at = strstr(at, "<t:ItemId ");
                buffer_append(&get, at, (size_t)(strchr(at, '>') + 1 - at));
                at++;
            }
            buffer_append_text(&get, "</m:ItemIds></m:GetItem>");
            requests[count++] = bench_request(world, buffer_text(&get));
            buffer_release(&get);
        }
    }
    uint64_t bytes = 0;
    int64_t began = bench_microseconds();
    for (int round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < count; i++)
            bytes += bench_send(world, &requests[i], &out);
    int64_t took = bench_microseconds() - began;
    printf("GetItem with MIME: %lld items, %lld ns an item, %lld MB/s sent\n",
           (long long)ITEMS * ROUNDS, (long long)(took * 1000 / (ITEMS * ROUNDS)),
           (long long)(bytes / (uint64_t)took));
    for (size_t i = 0; i < count; i++)
        buffer_release(&requests[i]);
    buffer_release(&out);
}

static void bench_list(struct ews_world *world) {
    struct buffer out = {0};
    int64_t took = 0;
    for (uint32_t offset = 0; offset < ITEMS; offset += 250) {
        char ask[1500];
        snprintf(ask, sizeof ask,
                 "<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>IdOnly"
                 "</t:BaseShape><t:AdditionalProperties><t:FieldURI "
                 "FieldURI=\"item:DateTimeReceived\"/><t:FieldURI FieldURI=\"item:Size\"/>"
                 "<t:FieldURI FieldURI=\"message:IsRead\"/><t:ExtendedFieldURI "
                 "PropertyTag=\"0x1081\" PropertyType=\"Integer\"/></t:AdditionalProperties>"
                 "</m:ItemShape><m:IndexedPageItemView MaxEntriesReturned=\"250\" Offset=\"%u\" "
                 "BasePoint=\"Beginning\"/><m:Restriction><t:IsLessThan><t:FieldURI "
                 "FieldURI=\"item:DateTimeReceived\"/><t:FieldURIOrConstant><t:Constant "
                 "Value=\"2026-01-01T00:00:00Z\"/></t:FieldURIOrConstant></t:IsLessThan>"
                 "</m:Restriction><m:ParentFolderIds><t:DistinguishedFolderId Id=\"inbox\"/>"
                 "</m:ParentFolderIds></m:FindItem>",
                 offset);
        struct buffer request = bench_request(world, ask);
        int64_t began = bench_microseconds();
        (void)bench_send(world, &request, &out);
        took += bench_microseconds() - began;
        buffer_release(&request);
    }
    printf("FindItem by pages of 250 in a folder of %d: %lld ns a row\n", ITEMS,
           (long long)(took * 1000 / ITEMS));
    buffer_release(&out);
}

int main(void) {
    struct ews_world world;
    struct rusage usage;
    ews_world_open(&world);
    ews_world_start(&world);
    bench_fill(&world);
    bench_fetch(&world);
    bench_list(&world);
    getrusage(RUSAGE_SELF, &usage);
    printf("memory at most: %ld MB\n", usage.ru_maxrss / 1024);
    ews_world_close(&world);
    return 0;
}
