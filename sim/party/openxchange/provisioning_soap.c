#include "provisioning_soap.h"

#include <stdarg.h>

#define SOAP_ENVELOPE "http://schemas.xmlsoap.org/soap/envelope/"

enum { MEGABYTE = 1 << 20 };

const struct xml_node *provisioning_operation(const struct xml_node *root) {
    if (!xml_is(root, SOAP_ENVELOPE, "Envelope"))
        return NULL;
    const struct xml_node *operation = xml_first(xml_child(root, SOAP_ENVELOPE, "Body"));
    if (operation == NULL || xml_next(operation) != NULL)
        return NULL;
    return operation;
}

/* ---- Writing ---- */

static void provisioning_escape(struct buffer *out, struct str text) {
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte == '<')
            buffer_append_text(out, "&lt;");
        else if (byte == '>')
            buffer_append_text(out, "&gt;");
        else if (byte == '&')
            buffer_append_text(out, "&amp;");
        else
            buffer_append_byte(out, byte < ' ' ? '?' : (char)byte);
    }
}

static void provisioning_open_envelope(struct http_answer *answer) {
    answer->content_type = "text/xml;charset=UTF-8";
    buffer_clear(&answer->body);
    buffer_append_text(&answer->body,
                       "<soap:Envelope xmlns:soap=\"" SOAP_ENVELOPE "\"><soap:Body>");
}

static void provisioning_close_envelope(struct http_answer *answer) {
    buffer_append_text(&answer->body, "</soap:Body></soap:Envelope>");
}

void provisioning_begin(struct http_answer *answer, const char *operation) {
    provisioning_open_envelope(answer);
    buffer_printf(&answer->body,
                  "<ns1:%sResponse xmlns:ns1=\"" PROVISIONING_OPERATIONS
                  "\" xmlns:ns2=\"" PROVISIONING_OBJECTS "\">",
                  operation);
}

void provisioning_end(struct http_answer *answer, const char *operation) {
    buffer_printf(&answer->body, "</ns1:%sResponse>", operation);
    provisioning_close_envelope(answer);
}

void provisioning_return_text(struct http_answer *answer, const char *text) {
    buffer_printf(&answer->body, "<ns1:return>%s</ns1:return>", text);
}

static void provisioning_field(struct buffer *out, const char *name, const char *text) {
    buffer_printf(out, "<ns2:%s>", name);
    provisioning_escape(out, str_of(text));
    buffer_printf(out, "</ns2:%s>", name);
}

void provisioning_return_user(struct http_answer *answer, const struct account *account) {
    struct buffer *out = &answer->body;
    buffer_append_text(out, "<ns1:return>");
    provisioning_field(out, "aliases", account->address);
    provisioning_field(out, "display_name", account->display_name);
    provisioning_field(out, "email1", account->address);
    provisioning_field(out, "given_name", account->given_name);
    buffer_printf(out, "<ns2:id>%u</ns2:id>", account->id);
    provisioning_field(out, "imapLogin", account->login);
    provisioning_field(out, "imapServerString", "imap://10.0.0.2:143");
    provisioning_field(out, "mailenabled", account->mail_enabled ? "true" : "false");
    if (account->quota_bytes > 0) /* whole megabytes, rounded up */
        buffer_printf(out, "<ns2:maxQuota>%llu</ns2:maxQuota>",
                      (unsigned long long)((account->quota_bytes - 1) / MEGABYTE + 1));
    else
        provisioning_field(out, "maxQuota", "-1");
    provisioning_field(out, "name", account->login);
    provisioning_field(out, "primaryEmail", account->address);
    provisioning_field(out, "sur_name", account->surname);
    provisioning_field(out, "userfield01", account->key);
    buffer_append_text(out, "</ns1:return>");
}

void provisioning_fault(struct http_answer *answer, const char *exception, const char *format,
                        ...) {
    struct buffer text = {0};
    va_list arguments;
    va_start(arguments, format);
    buffer_vprintf(&text, format, arguments);
    va_end(arguments);
    answer->status = 500;
    provisioning_open_envelope(answer);
    buffer_printf(&answer->body, "<soap:Fault><faultcode>soap:%s</faultcode><faultstring>",
                  exception != NULL ? "Server" : "Client");
    provisioning_escape(&answer->body, buffer_str(&text));
    buffer_append_text(&answer->body, "</faultstring>");
    if (exception != NULL)
        buffer_printf(&answer->body,
                      "<detail><ns1:%sException xmlns:ns1=\"" PROVISIONING_OPERATIONS
                      "\"/></detail>",
                      exception);
    buffer_append_text(&answer->body, "</soap:Fault>");
    provisioning_close_envelope(answer);
    buffer_release(&text);
}
