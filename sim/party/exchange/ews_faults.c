/* The shapes of failure (EWS.md §4, "Errors"): SOAP faults, and codes in response messages. */
#include "ews.h"

static const struct {
    const char *name, *sentence;
} ews_errors[] = {
#define X(name, sentence) {#name, sentence},
    EWS_ERROR_LIST(X)
#undef X
};

const char *ews_error_name(enum ews_error error) {
    return ews_errors[error].name;
}

const char *ews_error_sentence(enum ews_error error) {
    return ews_errors[error].sentence;
}

enum http_next ews_fault(struct ews_request *request, enum ews_error error) {
    request->fault = error;
    return HTTP_DONE;
}

enum http_next ews_invalid(struct ews_request *request, const char *violation) {
    request->violation = violation;
    request->line = (int)request->operation->line;
    return ews_fault(request, EWS_ErrorSchemaValidation);
}

/* A fault has no s:Header. */
void ews_fault_write(const struct ews_request *request, struct buffer *out) {
    const char *name = ews_error_name(request->fault);
    const char *sentence = ews_error_sentence(request->fault);
    buffer_append_text(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
                            "<s:Envelope xmlns:s=\"" EWS_SOAP "\"><s:Body><s:Fault>"
                            "<faultcode xmlns:a=\"" EWS_TYPES "\">a:");
    buffer_append_text(out, name);
    buffer_append_text(out, "</faultcode><faultstring xml:lang=\"en-US\">");
    ews_escape(out, str_of(sentence));
    buffer_append_text(out, "</faultstring><detail><e:ResponseCode xmlns:e=\"" EWS_ERRORS "\">");
    buffer_append_text(out, name);
    buffer_append_text(out, "</e:ResponseCode><e:Message xmlns:e=\"" EWS_ERRORS "\">");
    ews_escape(out, str_of(sentence));
    buffer_append_text(out, "</e:Message>");
    if (request->back_off > 0) {
        buffer_append_text(out, "<t:MessageXml xmlns:t=\"" EWS_TYPES
                                "\"><t:Value Name=\"BackOffMilliseconds\">");
        buffer_append_u64(out, (uint64_t)((request->back_off + MILLISECOND - 1) / MILLISECOND));
        buffer_append_text(out, "</t:Value></t:MessageXml>");
    } else if (request->violation != NULL) {
        buffer_printf(out,
                      "<t:MessageXml xmlns:t=\"" EWS_TYPES "\"><t:LineNumber>%d</t:LineNumber>"
                      "<t:LinePosition>1</t:LinePosition><t:Violation>",
                      request->line);
        ews_escape(out, str_of(request->violation));
        buffer_append_text(out, "</t:Violation></t:MessageXml>");
    }
    buffer_append_text(out, "</detail></s:Fault></s:Body></s:Envelope>");
}
