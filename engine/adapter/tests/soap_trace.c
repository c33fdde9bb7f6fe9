/* See soap_trace.h. */
#include "soap_trace.h"

#include <stdio.h>

#include "../../base/chance.h"
#include "../../base/fuzz/exact.h"

/* Some of one length, and of one first and last letter. */
static const char *const trace_words[] = {"Items", "Item",  "Id",  "Name", "Content", "Value",
                                          "Nbme",  "Names", "Ida", "None", NULL};
enum { TRACE_CONTENT = 5, TRACE_WORDS = 10 };

/* Texts go on one line. */
static void trace_bytes(struct buffer *out, struct str bytes) {
    for (size_t i = 0; i < bytes.length; i++)
        if (bytes.data[i] == '\n' || bytes.data[i] == '\\')
            buffer_append_text(out, bytes.data[i] == '\n' ? "\\n" : "\\\\");
        else
            buffer_append_byte(out, bytes.data[i]);
}

static void trace_streamed(struct soap_trace *trace) {
    if (trace->streamed.length == 0)
        return;
    buffer_append_text(&trace->events, "streamed ");
    trace_bytes(&trace->events, buffer_str(&trace->streamed));
    buffer_append_byte(&trace->events, '\n');
    buffer_clear(&trace->streamed);
}

static enum status trace_event(struct soap_trace *trace, const struct soap_reader *reader,
                               const char *what, unsigned word, struct error *error) {
    trace_streamed(trace);
    buffer_printf(&trace->events, "%s %s in %u of", what, trace_words[word - 1],
                  soap_parent(reader));
    for (unsigned i = 0; i <= TRACE_WORDS; i++)
        buffer_append_text(&trace->events, soap_inside(reader, i) ? " 1" : " 0");
    if (trace->left-- == 0)
        return error_set(error, STATUS_REFUSED, "as asked");
    return STATUS_OK;
}

static enum status trace_start(void *of, const struct soap_reader *reader, unsigned word,
                               const struct soap_attributes *attributes, struct error *error) {
    struct soap_trace *trace = of;
    struct str value;
    enum status status = trace_event(trace, reader, "start", word, error);
    for (size_t i = 0; i < attributes->count; i++) {
        buffer_append_byte(&trace->events, ' ');
        buffer_append_str(&trace->events, attributes->first[i].name);
        buffer_append_byte(&trace->events, '=');
        trace_bytes(&trace->events, attributes->first[i].value);
    }
    if (soap_attribute(attributes, "Id", &value)) {
        buffer_append_text(&trace->events, " id ");
        trace_bytes(&trace->events, value);
    }
    buffer_append_byte(&trace->events, '\n');
    return status;
}

static enum status trace_piece(void *of, struct str piece, struct error *error) {
    struct soap_trace *trace = of;
    (void)error;
    buffer_append_str(&trace->streamed, piece);
    return STATUS_OK;
}

static enum status trace_end(void *of, const struct soap_reader *reader, unsigned word,
                             struct str text, struct error *error) {
    struct soap_trace *trace = of;
    enum status status = trace_event(trace, reader, "end", word, error);
    buffer_append_byte(&trace->events, ' ');
    trace_bytes(&trace->events, text);
    buffer_append_byte(&trace->events, '\n');
    return status;
}

static const struct soap_handler trace_handler = {.words = trace_words,
                                                  .streamed = TRACE_CONTENT,
                                                  .start = trace_start,
                                                  .piece = trace_piece,
                                                  .end = trace_end};

/* Where the piece that begins at `at` ends. */
static size_t way_next(const struct soap_way *way, struct chance *chance, size_t at, size_t end) {
    size_t next = way->piece == 0  ? end
                  : way->seed == 0 ? at + way->piece
                                   : at + 1 + (size_t)chance_below(chance, way->piece);
    if (at < way->cut && way->cut < next)
        next = way->cut;
    if (way->distrust > (long)at && (size_t)way->distrust < next)
        next = (size_t)way->distrust;
    return next < end ? next : end;
}

void soap_trace_read(struct str document, const struct soap_way *way, struct soap_trace *trace_r) {
    *trace_r = (struct soap_trace){.left = way->fail};
    struct chance chance = chance_of(way->seed, "cuts");
    struct soap_reader *reader = soap_reader_new(&trace_handler, trace_r);
    size_t next;
    for (size_t at = 0; at < document.length && trace_r->status == STATUS_OK; at = next) {
        if (way->distrust == (long)at)
            soap_distrust(reader);
        next = way_next(way, &chance, at, document.length);
        const char *piece = exact_copy(EXACT_PIECE, document.data + at, next - at);
        trace_r->status = soap_reader_feed(reader, str_bytes(piece, next - at), &trace_r->error);
    }
    if (trace_r->status == STATUS_OK)
        trace_r->status = soap_reader_end(reader, &trace_r->error);
    trace_r->fault = *soap_reader_fault(reader);
    trace_r->plain = soap_is_plain(reader);
    soap_reader_close(&reader);
    if (trace_r->status == STATUS_OK)
        trace_streamed(trace_r);
}

void soap_trace_release(struct soap_trace *trace) {
    buffer_release(&trace->events);
    buffer_release(&trace->streamed);
}

static bool is_broken(const struct soap_trace *trace) {
    struct str text = str_of(trace->error.text);
    return str_equal(text, STR("the server's XML is not well-formed")) ||
           str_equal(text, STR("the server's XML ends before its envelope does"));
}

bool soap_traces_agree(const struct soap_trace *left, const struct soap_trace *right) {
    const struct soap_fault *one = &left->fault, *other = &right->fault;
    struct str shorter = buffer_str(&left->streamed), longer = buffer_str(&right->streamed);
    if (shorter.length > longer.length) {
        shorter = longer;
        longer = buffer_str(&left->streamed);
    }
    longer.length = shorter.length;
    return left->status == right->status &&
           (strcmp(left->error.text, right->error.text) == 0 ||
            (is_broken(left) && is_broken(right))) &&
           str_equal(buffer_str(&left->events), buffer_str(&right->events)) &&
           str_equal(shorter, longer) && one->present == other->present &&
           strcmp(one->code, other->code) == 0 && strcmp(one->detail, other->detail) == 0 &&
           strcmp(one->text, other->text) == 0 && one->back_off == other->back_off;
}

static void trace_show(const struct soap_trace *trace) {
    fprintf(stderr, "%s%s: %s\n%.*s[%.*s]\nfault %d %s/%s/%s/%lld\n", trace->plain ? "plain, " : "",
            status_name(trace->status), trace->error.text, STR_ARG(buffer_str(&trace->events)),
            STR_ARG(buffer_str(&trace->streamed)), trace->fault.present, trace->fault.code,
            trace->fault.detail, trace->fault.text, (long long)trace->fault.back_off);
}

void soap_traces_show(struct str document, const struct soap_trace *left,
                      const struct soap_trace *right) {
    fprintf(stderr, "%.*s\n--- one\n", STR_ARG(document));
    trace_show(left);
    fprintf(stderr, "--- other\n");
    trace_show(right);
}
