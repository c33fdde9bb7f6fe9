/*
 * Any bytes as what people write by hand: the first byte chooses a plan file or a mapping. A plan
 * that is taken has everything it needs; a mapping that is taken can be compared with itself.
 */
#include <stdint.h>
#include <string.h>

#include "../base/check.h"
#include "../base/fuzz/exact.h"
#include "../mapping.h"
#include "../plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct memory { /* a platform of one file; password files are not there */
    struct platform platform;
    struct str bytes;
};

static enum status memory_file_read(struct platform *platform, const char *path, struct buffer *out,
                                    struct error *error) {
    struct memory *memory = (struct memory *)platform;
    if (strcmp(path, "plan") != 0)
        return error_set(error, STATUS_NOT_FOUND, "%s: there is no such file", path);
    buffer_append_str(out, memory->bytes);
    return STATUS_OK;
}

static void fuzz_plan(struct arena *arena, struct str bytes) {
    static const struct platform_type type = {.file_read = memory_file_read};
    struct memory memory = {.platform = {.type = &type}, .bytes = bytes};
    struct plan plan;
    struct buffer read = {0};
    struct error error;
    if (plan_read(&memory.platform, arena, "plan", &plan, &read, &error) == STATUS_OK) {
        check(plan.campaign[0] != '\0' && plan.mapping[0] != '\0' && plan.state[0] != '\0');
        check(plan.workers >= 1 && plan.hold_max >= SECOND);
    } else {
        check(error.text[0] != '\0');
    }
    buffer_release(&read);
}

static void fuzz_mapping(struct arena *arena, struct str bytes) {
    struct mapping mapping;
    struct buffer said = {0};
    struct error error;
    if (mapping_read(arena, "list.csv", bytes, &mapping, &said, &error) == STATUS_OK) {
        (void)!mapping_bijective(&mapping, "list.csv", 0, &said, &error);
        check(!mapping_difference(&mapping, &mapping, &said));
        for (size_t i = 0; i < mapping.count; i++)
            check(mapping_find(&mapping, str_of(mapping.pairs[i].source)) != NULL);
    }
    buffer_release(&said);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    char *bytes = exact_copy(EXACT_PIECE, data + 1, size - 1);
    struct arena *arena = arena_new();
    if (data[0] == 'p')
        fuzz_plan(arena, str_bytes(bytes, size - 1));
    else
        fuzz_mapping(arena, str_bytes(bytes, size - 1));
    arena_close(&arena);
    return 0;
}
