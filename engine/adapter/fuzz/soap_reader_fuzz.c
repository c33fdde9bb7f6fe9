/*
 * Reads any bytes as a SOAP answer three times: by libxml2 alone; by the plain tokenizer, with
 * libxml2 where that gives up, from the same pieces; and by libxml2 from some byte on. What the
 * handler is told must be the same. The first byte of the input chooses pieces and that place.
 *
 * Where an answer is broken and declares another encoding, what libxml2 tells depends on the cuts
 * between the pieces, and taking over makes one more. Then it must be what libxml2 tells with some
 * cut.
 *
 *   clang -fsanitize=fuzzer,address,undefined … engine/adapter/fuzz/soap_reader_fuzz.c
 */
#include <stdint.h>

#include "../../base/chance.h"
#include "../../base/check.h"
#include "../../base/fuzz/xml_mutator.h"
#include "../tests/soap_trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned seed);

/* In one piece but for that cut, or in the same pieces and that cut. */
static bool is_told_with_some_cut(struct str document, const struct soap_way *way,
                                  const struct soap_trace *trace) {
    bool agree = false;
    for (size_t at = 0; at < 2 * document.length && !agree; at++) {
        struct soap_way cut = {.cut = at / 2, .fail = SOAP_TRACE_NEVER};
        struct soap_trace odd;
        cut.piece = at % 2 == 0 ? 0 : way->piece;
        cut.seed = at % 2 == 0 ? 0 : way->seed;
        soap_trace_read(document, &cut, &odd);
        agree = soap_traces_agree(&odd, trace);
        soap_trace_release(&odd);
    }
    return agree;
}

static void must_agree(struct str document, const struct soap_way *way,
                       const struct soap_trace *wanted) {
    struct soap_trace trace;
    soap_trace_read(document, way, &trace);
    if (!soap_traces_agree(&trace, wanted) && !is_told_with_some_cut(document, way, &trace)) {
        soap_traces_show(document, &trace, wanted);
        check_failed("the readings agree", __FILE__, __LINE__, __func__);
    }
    soap_trace_release(&trace);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const size_t pieces[] = {0, 1, 2, 5, 16, 40, 300, 2000};
    if (size == 0)
        return 0;
    struct str document = str_bytes(data + 1, size - 1);
    struct chance chance = chance_of(data[0], "place");
    struct soap_way way = {
        .piece = pieces[data[0] % 8], .seed = data[0] / 8, .fail = SOAP_TRACE_NEVER};
    struct soap_trace wanted;
    soap_trace_read(document, &way, &wanted);
    way.distrust = SOAP_TRACE_NEVER;
    must_agree(document, &way, &wanted);
    way.distrust = (long)chance_below(&chance, size);
    must_agree(document, &way, &wanted);
    soap_trace_release(&wanted);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned seed) {
    return xml_mutate_one(data, size, capacity, seed);
}
