/*
 * ResolveNames: who is meant by an address, an alias or a part of a display name (EWS.md §3). Two
 * people of one name are two answers and a warning: a client that takes the first one guesses.
 */
#include <string.h>

#include "ews.h"

enum { NAMES_MAX = 100 }; /* as many as a real server gives */

/* Whether `whole` holds `part`, ASCII letters without case. */
static bool ews_holds(struct str whole, struct str part) {
    for (size_t at = 0; at + part.length <= whole.length; at++)
        if (str_equal_caseless((struct str){whole.data + at, part.length}, part))
            return true;
    return false;
}

static bool ews_name_fits(const struct fixture_mailbox *mailbox, struct str entry) {
    struct str local = str_of(mailbox->address);
    return ews_holds(str_of(mailbox->display_name), entry) ||
           str_equal_caseless(str_cut(&local, '@'), entry);
}

static void ews_resolution(struct buffer *out, const struct fixture_mailbox *mailbox) {
    buffer_append_text(out, "<t:Resolution><t:Mailbox>");
    ews_element(out, "t:Name", str_of(mailbox->display_name));
    ews_element(out, "t:EmailAddress", str_of(mailbox->address));
    buffer_append_text(out, "<t:RoutingType>SMTP</t:RoutingType>"
                            "<t:MailboxType>Mailbox</t:MailboxType></t:Mailbox></t:Resolution>");
}

enum http_next ews_resolve_names(struct ews_request *request) {
    struct str entry = xml_text(xml_child(request->operation, EWS_MESSAGES, "UnresolvedEntry"));
    if (entry.length == 0)
        return ews_invalid(request, "UnresolvedEntry must not be empty.");
    if (str_starts_with_caseless(entry, "smtp:"))
        entry = (struct str){entry.data + 5, entry.length - 5};
    const struct population *population = request->exchange->options.population;
    struct buffer found = {0};
    uint32_t count = 0, exact = exchange_accepts(request->exchange, entry);
    uint32_t last = population_mailbox_count(population);
    for (uint32_t number = 1; number <= last; number++) {
        const struct fixture_mailbox *mailbox = population_mailbox(population, number);
        bool fits = exact != 0 ? number == exact : ews_name_fits(mailbox, entry);
        if (fits && ++count <= NAMES_MAX)
            ews_resolution(&found, mailbox);
    }
    request->work += (int64_t)count * request->exchange->options.work.row;
    enum ews_error error = count == 1   ? EWS_NoError
                           : count == 0 ? EWS_ErrorNameResolutionNoResults
                                        : EWS_ErrorNameResolutionMultipleResults;
    ews_response_begin(request->out, "ResolveNames");
    ews_message_begin(request->out, "ResolveNames", error);
    if (count > 0) {
        buffer_printf(request->out,
                      "<m:ResolutionSet TotalItemsInView=\"%u\" IncludesLastItemInRange=\"%s\">",
                      count <= NAMES_MAX ? count : NAMES_MAX,
                      count <= NAMES_MAX ? "true" : "false");
        buffer_append_str(request->out, buffer_str(&found));
        buffer_append_text(request->out, "</m:ResolutionSet>");
    }
    ews_message_end(request->out, "ResolveNames");
    ews_response_end(request->out, "ResolveNames");
    buffer_release(&found);
    return HTTP_DONE;
}
