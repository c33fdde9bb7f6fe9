/*
 * The plain reader. See xml.h. It gives up (NULL) at the first byte that would need a second
 * thought: references, comments, declarations, CDATA, line ends other than LF, bytes beyond ASCII,
 * text beside elements, names that are bound nowhere, and at whatever is not well-formed.
 */
#include "xml.h"

enum {
    PLAIN_BYTES_MAX = 1 << 20,
    PLAIN_LINES_MAX = 60000, /* libxml2 counts a node's lines in 16 bits */
    PLAIN_DEPTH_MAX = 64,
    PLAIN_SPACES_MAX = 32, /* namespaces bound at a time */
    PLAIN_ATTRIBUTES_MAX = 16,
};

struct plain_space {
    struct str prefix, uri;
};

struct plain_name {
    struct str whole, prefix, local;
};

struct plain_element { /* one that is open */
    struct xml_node *node, *last;
    struct str name;    /* with its prefix */
    size_t space_count; /* outside it */
};

struct plain {
    struct arena *arena;
    const char *at, *end;
    uint32_t line;
    struct xml_node *root;
    struct plain_space spaces[PLAIN_SPACES_MAX];
    size_t space_count;
    struct plain_element open[PLAIN_DEPTH_MAX];
    size_t depth;
    struct plain_attribute {
        struct plain_name name;
        struct str value;
    } attributes[PLAIN_ATTRIBUTES_MAX]; /* of the start tag being read */
    size_t attribute_count;
};

/* What a byte may be: each look-up is one of some hundred a request. */
enum { IN_NAME = 1, STARTS_NAME = 2, IN_VALUE = 4 /* quotes apart */, IN_TEXT = 8 };
#define PUNCTUATION (IN_VALUE | IN_TEXT)
#define DIGIT       (IN_VALUE | IN_TEXT | IN_NAME)
#define LETTER      (IN_VALUE | IN_TEXT | IN_NAME | STARTS_NAME)
#define TEN(what)   what, what, what, what, what, what, what, what, what, what

static const unsigned char plain_classes[256] = {
    ['\t'] = IN_TEXT,    ['\n'] = IN_TEXT,     [' '] = PUNCTUATION, ['!'] = PUNCTUATION,
    ['#'] = PUNCTUATION, ['$'] = PUNCTUATION,  ['%'] = PUNCTUATION, ['('] = PUNCTUATION,
    [')'] = PUNCTUATION, ['*'] = PUNCTUATION,  ['+'] = PUNCTUATION, [','] = PUNCTUATION,
    ['-'] = DIGIT,       ['.'] = DIGIT,        ['/'] = PUNCTUATION, ['0'] = TEN(DIGIT),
    [':'] = PUNCTUATION, [';'] = PUNCTUATION,  ['='] = PUNCTUATION, ['>'] = PUNCTUATION,
    ['?'] = PUNCTUATION, ['@'] = PUNCTUATION,  ['A'] = TEN(LETTER), ['K'] = TEN(LETTER),
    ['U'] = LETTER,      ['V'] = LETTER,       ['W'] = LETTER,      ['X'] = LETTER,
    ['Y'] = LETTER,      ['Z'] = LETTER,       ['['] = PUNCTUATION, ['\\'] = PUNCTUATION,
    [']'] = IN_VALUE,    ['^'] = PUNCTUATION,  ['_'] = LETTER,      ['`'] = PUNCTUATION,
    ['a'] = TEN(LETTER), ['k'] = TEN(LETTER),  ['u'] = LETTER,      ['v'] = LETTER,
    ['w'] = LETTER,      ['x'] = LETTER,       ['y'] = LETTER,      ['z'] = LETTER,
    ['{'] = PUNCTUATION, ['|'] = PUNCTUATION,  ['}'] = PUNCTUATION, ['~'] = PUNCTUATION,
    ['"'] = PUNCTUATION, ['\''] = PUNCTUATION,
};

static bool plain_is(char byte, int class) {
    return (plain_classes[(unsigned char)byte] & class) != 0;
}

static bool plain_byte(struct plain *plain, char byte) {
    if (plain->at == plain->end || *plain->at != byte)
        return false;
    plain->at++;
    return true;
}

static bool plain_literal(struct plain *plain, const char *text) {
    size_t length = strlen(text);
    if ((size_t)(plain->end - plain->at) < length || memcmp(plain->at, text, length) != 0)
        return false;
    plain->at += length;
    return true;
}

/* Skips white space. Whether there was any. */
static bool plain_blanks(struct plain *plain) {
    const char *begin = plain->at;
    for (; plain->at < plain->end; plain->at++)
        if (*plain->at == '\n')
            plain->line++;
        else if (*plain->at != ' ' && *plain->at != '\t')
            break;
    return plain->at > begin;
}

static bool plain_part(struct plain *plain, struct str *part_r) {
    const char *begin = plain->at;
    if (begin == plain->end || !plain_is(*begin, STARTS_NAME))
        return false;
    while (plain->at < plain->end && plain_is(*plain->at, IN_NAME))
        plain->at++;
    *part_r = (struct str){begin, (size_t)(plain->at - begin)};
    return true;
}

static bool plain_name(struct plain *plain, struct plain_name *name_r) {
    const char *begin = plain->at;
    name_r->prefix = STR("");
    if (!plain_part(plain, &name_r->local))
        return false;
    if (plain_byte(plain, ':')) {
        name_r->prefix = name_r->local;
        if (!plain_part(plain, &name_r->local))
            return false;
    }
    name_r->whole = (struct str){begin, (size_t)(plain->at - begin)};
    return true;
}

/* ---- Attributes ---- */

static bool plain_value(struct plain *plain, struct str *value_r) {
    char quote = plain_byte(plain, '"') ? '"' : plain_byte(plain, '\'') ? '\'' : '\0';
    if (quote == '\0')
        return false;
    const char *begin = plain->at, *at = begin;
    const char *end = memchr(begin, quote, (size_t)(plain->end - begin));
    if (end == NULL)
        return false;
    while (at < end && plain_is(*at, IN_VALUE))
        at++;
    *value_r = (struct str){begin, (size_t)(at - begin)};
    plain->at = end + 1;
    return at == end;
}

/* The attributes of a start tag, up to its ">" or "/>". */
static bool plain_attributes(struct plain *plain) {
    plain->attribute_count = 0;
    while (plain_blanks(plain) && plain->at < plain->end && plain_is(*plain->at, STARTS_NAME)) {
        if (plain->attribute_count == PLAIN_ATTRIBUTES_MAX)
            return false;
        struct plain_attribute *attribute = &plain->attributes[plain->attribute_count++];
        if (!plain_name(plain, &attribute->name) || !plain_byte(plain, '=') ||
            !plain_value(plain, &attribute->value))
            return false;
        for (const struct plain_attribute *other = plain->attributes; other != attribute; other++)
            if (str_equal(other->name.whole, attribute->name.whole))
                return false;
    }
    return true;
}

/* ---- Namespaces ---- */

static bool plain_is_binding(const struct plain_attribute *attribute) {
    return str_equal_text(attribute->name.prefix, "xmlns") ||
           str_equal_text(attribute->name.whole, "xmlns");
}

/* Binds what the start tag declares. What is odd about a URI is for libxml2 to tell. */
static bool plain_bind(struct plain *plain) {
    for (size_t i = 0; i < plain->attribute_count; i++) {
        const struct plain_attribute *attribute = &plain->attributes[i];
        if (!plain_is_binding(attribute))
            continue;
        bool is_default = attribute->name.prefix.length == 0;
        bool is_usual = str_starts_with(attribute->value, "http://schemas.") ||
                        str_starts_with(attribute->value, "http://soap.") ||
                        str_starts_with(attribute->value, "http://dataobjects.") ||
                        str_starts_with(attribute->value, "http://www.w3.org/2001/XMLSchema");
        for (size_t k = 0; is_usual && k < attribute->value.length; k++)
            is_usual = plain_is(attribute->value.data[k], IN_NAME) ||
                       attribute->value.data[k] == '/' || attribute->value.data[k] == ':';
        if (!is_usual || plain->space_count == PLAIN_SPACES_MAX ||
            (!is_default && str_starts_with_caseless(attribute->name.local, "xml")))
            return false;
        plain->spaces[plain->space_count++] = (struct plain_space){
            .prefix = is_default ? STR("") : attribute->name.local, .uri = attribute->value};
    }
    return true;
}

/* The namespace of a prefix. No default namespace is none; any other prefix must be bound. */
static bool plain_resolve(const struct plain *plain, struct str prefix, struct str *uri_r) {
    *uri_r = STR("");
    for (size_t i = plain->space_count; i-- > 0;)
        if (str_equal(plain->spaces[i].prefix, prefix)) {
            *uri_r = plain->spaces[i].uri;
            return true;
        }
    return prefix.length == 0;
}

/* Keeps the attributes that have no namespace. Of others there may be one, since two could be the
 * same by different prefixes. */
static bool plain_keep(struct plain *plain, struct xml_node *node) {
    struct xml_attribute **place = &node->attributes;
    struct str uri;
    size_t prefixed = 0;
    for (size_t i = 0; i < plain->attribute_count; i++) {
        const struct plain_attribute *attribute = &plain->attributes[i];
        if (plain_is_binding(attribute))
            continue;
        if (attribute->name.prefix.length > 0) {
            if (!plain_resolve(plain, attribute->name.prefix, &uri) || ++prefixed > 1)
                return false;
            continue;
        }
        *place = arena_take(plain->arena, 1, sizeof **place);
        **place = (struct xml_attribute){.name = attribute->name.local,
                                         .value = str_trim(attribute->value)};
        place = &(*place)->next;
    }
    return true;
}

/* ---- Elements ---- */

static bool plain_start(struct plain *plain) {
    size_t space_count = plain->space_count;
    struct plain_name name;
    struct xml_node *node = arena_take(plain->arena, 1, sizeof *node);
    if (plain->root == NULL)
        plain->root = node;
    if (plain->depth == PLAIN_DEPTH_MAX || !plain_name(plain, &name) || !plain_attributes(plain) ||
        !plain_bind(plain) || !plain_resolve(plain, name.prefix, &node->space) ||
        !plain_keep(plain, node))
        return false;
    node->name = name.local;
    node->text = STR("");
    node->line = plain->line;
    if (plain->depth > 0) {
        struct plain_element *above = &plain->open[plain->depth - 1];
        *(above->last == NULL ? &above->node->first : &above->last->next) = node;
        above->last = node;
    }
    if (plain_literal(plain, "/>")) {
        plain->space_count = space_count;
        return true;
    }
    plain->open[plain->depth++] =
        (struct plain_element){.node = node, .name = name.whole, .space_count = space_count};
    return plain_byte(plain, '>');
}

static bool plain_end(struct plain *plain, struct str text) {
    struct plain_element *element = &plain->open[--plain->depth];
    struct plain_name name;
    if (!plain_name(plain, &name) || !str_equal(name.whole, element->name))
        return false;
    plain_blanks(plain);
    if (!plain_byte(plain, '>'))
        return false;
    if (element->last == NULL) {
        element->node->text = str_trim(text);
        element->node->has_text_only = text.length > 0;
    }
    plain->space_count = element->space_count;
    return true;
}

/* Text up to the next "<". */
static bool plain_text(struct plain *plain, struct str *text_r, bool *is_blank_r) {
    const char *begin = plain->at;
    plain_blanks(plain);
    *is_blank_r = plain->at < plain->end && *plain->at == '<';
    for (; plain->at < plain->end && plain_is(*plain->at, IN_TEXT); plain->at++)
        if (*plain->at == '\n')
            plain->line++;
    *text_r = (struct str){begin, (size_t)(plain->at - begin)};
    return plain->at < plain->end && *plain->at == '<';
}

static void plain_declaration(struct plain *plain) {
    if (!plain_literal(plain, "<?xml version=\"1.0\" encoding=\"utf-8\"?>"))
        (void)plain_literal(plain, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    plain_blanks(plain);
}

struct xml_node *xml_read_plain(struct arena *arena, struct str bytes) {
    struct plain plain;
    if (bytes.length > PLAIN_BYTES_MAX)
        return NULL;
    plain.arena = arena;
    plain.at = bytes.data;
    plain.end = bytes.data + bytes.length;
    plain.line = 1;
    plain.root = NULL;
    plain.space_count = plain.depth = 0;
    plain_declaration(&plain);
    if (!plain_byte(&plain, '<') || !plain_start(&plain))
        return NULL;
    while (plain.depth > 0) {
        struct str text;
        bool is_blank;
        if (!plain_text(&plain, &text, &is_blank))
            return NULL;
        plain.at++;
        bool is_end = plain_byte(&plain, '/');
        if (!is_blank && (!is_end || plain.open[plain.depth - 1].last != NULL))
            return NULL;
        if (!(is_end ? plain_end(&plain, text) : plain_start(&plain)))
            return NULL;
    }
    plain_blanks(&plain);
    return plain.at == plain.end && plain.line <= PLAIN_LINES_MAX ? plain.root : NULL;
}
