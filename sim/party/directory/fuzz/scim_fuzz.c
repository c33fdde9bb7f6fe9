/*
 * Any bytes as the filter of a query and as the body of a patch. What is read must hold together: a
 * home is one of two, a filter's value is never longer than its text.
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined sim/party/directory/fuzz/scim_fuzz.c
 *     sim/party/directory/scim_request.c engine/base/... -ljansson -lxxhash -lnettle
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../../../engine/base/check.h"
#include "../scim_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *bytes = malloc(size > 0 ? size : 1); /* ends where the input ends */
    check(bytes != NULL);
    if (size > 0)
        memcpy(bytes, data, size);
    struct str text = str_bytes(bytes, size);
    struct buffer value = {0}, quoted = {0};
    struct scim_filter filter;
    if (scim_query_value(text, "filter", &value) &&
        scim_filter_read(buffer_str(&value), &quoted, &filter))
        check(filter.value.length <= value.length);
    enum system home;
    enum scim_patch patch = scim_patch_read(text, &home);
    check(patch != SCIM_PATCH_HOME || home == SYSTEM_EXCHANGE || home == SYSTEM_OPENXCHANGE);
    buffer_release(&value);
    buffer_release(&quoted);
    free(bytes);
    return 0;
}
