/*
 * Restrictions on items (EWS.md §4, "7-day cut"): And, Or, Not, Exists and comparisons with a
 * constant, on the date an item arrived, its size, and whether it was read. They are read once into
 * an array, in which a node's children follow it, and then asked of every item of a folder.
 */
#include "../../../engine/base/check.h"
#include "ews.h"

enum ews_test_kind {
    TEST_AND,
    TEST_OR,
    TEST_NOT,
    TEST_EXISTS,
    TEST_EQUAL,
    TEST_NOT_EQUAL,
    TEST_GREATER,
    TEST_GREATER_EQUAL,
    TEST_LESS,
    TEST_LESS_EQUAL,
};

enum ews_test_field { FIELD_RECEIVED, FIELD_SIZE, FIELD_IS_READ, FIELD_UID };

struct ews_test {
    enum ews_test_kind kind;
    enum ews_test_field field;
    int64_t constant;
    uint32_t end; /* index behind its last descendant */
};

static const struct {
    const char *name;
    enum ews_test_kind kind;
} ews_tests[] = {
    {"And", TEST_AND},
    {"Or", TEST_OR},
    {"Not", TEST_NOT},
    {"Exists", TEST_EXISTS},
    {"IsEqualTo", TEST_EQUAL},
    {"IsNotEqualTo", TEST_NOT_EQUAL},
    {"IsGreaterThan", TEST_GREATER},
    {"IsGreaterThanOrEqualTo", TEST_GREATER_EQUAL},
    {"IsLessThan", TEST_LESS},
    {"IsLessThanOrEqualTo", TEST_LESS_EQUAL},
};

static bool ews_test_kind_of(const struct xml_node *node, enum ews_test_kind *kind_r) {
    for (size_t i = 0; i < sizeof ews_tests / sizeof *ews_tests; i++)
        if (xml_is(node, EWS_TYPES, ews_tests[i].name)) {
            *kind_r = ews_tests[i].kind;
            return true;
        }
    return false;
}

bool ews_sort_field(const struct xml_node *node, unsigned *field_r) {
    struct ews_extended extended;
    struct str uri = xml_attribute(node, "FieldURI");
    bool by_uri = xml_is(node, EWS_TYPES, "FieldURI");
    bool by_tag = xml_is(node, EWS_TYPES, "ExtendedFieldURI") && ews_extended_read(node, &extended);
    if ((by_uri && (str_equal_text(uri, "item:DateTimeReceived") ||
                    str_equal_text(uri, "item:DateTimeCreated"))) ||
        (by_tag && (extended.tag == 0x0e06 || extended.tag == 0x3007)))
        *field_r = FIELD_RECEIVED;
    else if ((by_uri && str_equal_text(uri, "item:Size")) || (by_tag && extended.tag == 0x0e08))
        *field_r = FIELD_SIZE;
    else if (by_uri && str_equal_text(uri, "message:IsRead"))
        *field_r = FIELD_IS_READ;
    else if (by_tag && extended.tag == 0x0e23)
        *field_r = FIELD_UID;
    else
        return false;
    return true;
}

int64_t ews_sort_value(const struct store_item *item, unsigned field) {
    switch ((enum ews_test_field)field) {
    case FIELD_RECEIVED:
        return item->received;
    case FIELD_SIZE:
        return (int64_t)(item->declared_size + EWS_PROPERTIES_BYTES);
    case FIELD_IS_READ:
        return (item->flags & ITEM_SEEN) != 0;
    case FIELD_UID:
        return item->uid;
    }
    check(false);
    return 0;
}

/* A date without a zone is taken for UTC. */
static bool ews_constant_read(const struct xml_node *node, enum ews_test_field field,
                              int64_t *constant_r) {
    struct str text = xml_attribute(
        xml_child(xml_child(node, EWS_TYPES, "FieldURIOrConstant"), EWS_TYPES, "Constant"),
        "Value");
    bool is_read;
    uint64_t number;
    switch (field) {
    case FIELD_RECEIVED: {
        struct buffer zoned = {0};
        buffer_append_str(&zoned, text);
        buffer_append_byte(&zoned, 'Z');
        bool is_date =
            instant_parse(text, constant_r) || instant_parse(buffer_str(&zoned), constant_r);
        buffer_release(&zoned);
        return is_date;
    }
    case FIELD_IS_READ:
        if (!ews_boolean(text, &is_read))
            return false;
        *constant_r = is_read;
        return true;
    case FIELD_SIZE:
    case FIELD_UID:
        if (!str_to_u64(text, &number) || number > INT64_MAX)
            return false;
        *constant_r = (int64_t)number;
        return true;
    }
    return false;
}

/* Reads one node and what is below it. At most EWS_TESTS_MAX, so it cannot go deep either. */
static enum ews_error ews_test_read(struct ews_request *request, const struct xml_node *node,
                                    struct ews_restriction *restriction) {
    if (restriction->count == EWS_TESTS_MAX)
        return EWS_ErrorInvalidRestriction;
    struct ews_test *test = &restriction->tests[restriction->count++];
    if (!ews_test_kind_of(node, &test->kind))
        return EWS_ErrorInvalidRestriction;
    const struct xml_node *child = xml_first(node);
    if (child == NULL)
        return EWS_ErrorInvalidRestriction;
    if (test->kind <= TEST_NOT) {
        for (uint32_t count = 0; child != NULL; child = xml_next(child)) {
            enum ews_error error = test->kind == TEST_NOT && ++count > 1
                                       ? EWS_ErrorInvalidRestriction
                                       : ews_test_read(request, child, restriction);
            if (error != EWS_NoError)
                return error;
        }
    } else {
        unsigned field;
        if (!ews_sort_field(child, &field))
            return EWS_ErrorUnsupportedPathForQuery;
        test->field = (enum ews_test_field)field;
        if (test->kind != TEST_EXISTS && !ews_constant_read(node, test->field, &test->constant))
            return EWS_ErrorInvalidRestriction;
    }
    test->end = restriction->count;
    return EWS_NoError;
}

enum ews_error ews_restriction_read(struct ews_request *request, const struct xml_node *node,
                                    struct ews_restriction *restriction_r) {
    *restriction_r = (struct ews_restriction){0};
    if (node == NULL)
        return EWS_NoError;
    restriction_r->tests = arena_take(request->arena, EWS_TESTS_MAX, sizeof(struct ews_test));
    const struct xml_node *first = xml_first(node);
    if (first == NULL || xml_next(first) != NULL)
        return EWS_ErrorInvalidRestriction;
    return ews_test_read(request, first, restriction_r);
}

static bool ews_test_passes(const struct ews_restriction *restriction, uint32_t at,
                            const struct store_item *item) {
    const struct ews_test *test = &restriction->tests[at];
    int64_t value = ews_sort_value(item, test->field);
    uint32_t child = at + 1;
    switch (test->kind) {
    case TEST_AND:
        while (child < test->end && ews_test_passes(restriction, child, item))
            child = restriction->tests[child].end;
        return child == test->end;
    case TEST_OR:
        while (child < test->end && !ews_test_passes(restriction, child, item))
            child = restriction->tests[child].end;
        return child < test->end;
    case TEST_NOT:
        return !ews_test_passes(restriction, child, item);
    case TEST_EXISTS:
        return true;
    case TEST_EQUAL:
        return value == test->constant;
    case TEST_NOT_EQUAL:
        return value != test->constant;
    case TEST_GREATER:
        return value > test->constant;
    case TEST_GREATER_EQUAL:
        return value >= test->constant;
    case TEST_LESS:
        return value < test->constant;
    case TEST_LESS_EQUAL:
        return value <= test->constant;
    }
    check(false);
    return false;
}

bool ews_restriction_passes(const struct ews_restriction *restriction,
                            const struct store_item *item) {
    return restriction->count == 0 || ews_test_passes(restriction, 0, item);
}
