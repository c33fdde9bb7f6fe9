/* See xml_mutator.h. */
#include "xml_mutator.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <string.h>

#include "../chance.h"
#include "../check.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t capacity);

enum { NODES_MAX = 2000, TEXT_MAX = 256 };

struct tree { /* what can be chosen from */
    xmlNode *nodes[NODES_MAX];
    size_t count;
};

static void tree_collect(struct tree *tree, xmlNode *node) {
    for (; node != NULL && tree->count < NODES_MAX; node = node->next) {
        tree->nodes[tree->count++] = node;
        if (node->type != XML_ELEMENT_NODE)
            continue;
        for (xmlAttr *attribute = node->properties; attribute != NULL && tree->count < NODES_MAX;
             attribute = attribute->next)
            tree->nodes[tree->count++] = (xmlNode *)attribute;
        tree_collect(tree, node->children);
    }
}

static xmlNode *tree_any(const struct tree *tree, struct chance *chance) {
    return tree->nodes[chance_below(chance, tree->count)];
}

static const char *any_value(struct chance *chance) {
    static char text[TEXT_MAX + 1];
    static const char *const values[] = {
        "",         "0",          "1",
        "-1",       "2147483648", "18446744073709551616",
        "true",     "FALSE",      "2025-08-07T06:00:00Z",
        "x",        "a@amt.test", "9999-12-31T23:59:59.9999999+14:00",
        "1e9",      "AAMkAGE=",   "\xF0\x9F\x98\x80\xC3\xA4",
        "inbox",    "*",          "2025-02-30T00:00:00",
        "NaN",      "=",          "Zm9v",
        "IPF.Note", "0x0E17",     "SchemaVersion=1",
    };
    uint64_t which = chance_below(chance, sizeof values / sizeof values[0] + 2);
    if (which < sizeof values / sizeof values[0])
        return values[which];
    size_t length = 1 + chance_below(chance, TEXT_MAX);
    for (size_t i = 0; i < length; i++) /* printable, else it is no document */
        text[i] = (char)(which % 2 == 0 ? 'A' : 0x20 + chance_below(chance, 0x5f));
    text[length] = '\0';
    return text;
}

static void put_value(xmlNode *node, struct chance *chance) {
    xmlChar *escaped = xmlEncodeSpecialChars(node->doc, (const xmlChar *)any_value(chance));
    if (node->type == XML_TEXT_NODE || node->type == XML_ATTRIBUTE_NODE ||
        node->type == XML_ELEMENT_NODE)
        xmlNodeSetContent(node, escaped);
    xmlFree(escaped);
}

static bool is_around(const xmlNode *outer, const xmlNode *inner) {
    for (; inner != NULL; inner = inner->parent)
        if (inner == outer)
            return true;
    return false;
}

/* Below `parent`, with name spaces that are declared there: those of its old place may go. */
static void tree_put(xmlNode *parent, xmlNode *node) {
    xmlAddChild(parent, node);
    xmlReconciliateNs(node->doc, node);
}

/* One change; whatever does not fit the node is left. */
static void tree_change(const struct tree *tree, struct chance *chance) {
    xmlNode *node = tree_any(tree, chance), *other = tree_any(tree, chance);
    bool is_root = node == xmlDocGetRootElement(node->doc);
    bool elements = node->type == XML_ELEMENT_NODE && other->type == XML_ELEMENT_NODE;
    switch (chance_below(chance, 6)) {
    case 0:
        if (is_root)
            return;
        xmlUnlinkNode(node);
        if (node->type == XML_ATTRIBUTE_NODE)
            xmlFreeProp((xmlAttr *)node);
        else
            xmlFreeNode(node);
        return;
    case 1: /* doubled, where it is or elsewhere */
        if (elements && !is_root)
            tree_put(chance_below(chance, 2) == 0 ? node->parent : other, xmlCopyNode(node, 1));
        return;
    case 2: /* moved */
        if (elements && !is_root && !is_around(node, other)) {
            xmlUnlinkNode(node);
            tree_put(other, node);
        }
        return;
    case 3:
        if (elements)
            xmlNodeSetName(node, other->name);
        return;
    case 4:
        if (node->type == XML_ELEMENT_NODE && other->type == XML_ATTRIBUTE_NODE)
            xmlSetProp(node, other->name, (const xmlChar *)any_value(chance));
        return;
    default:
        put_value(node, chance);
        return;
    }
}

size_t xml_mutate(uint8_t *data, size_t size, size_t capacity, unsigned seed) {
    struct chance chance = chance_of(seed, "xml");
    xmlDoc *document =
        chance_below(&chance, 4) == 0
            ? NULL
            : xmlReadMemory((const char *)data, (int)size, NULL, NULL,
                            XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (document == NULL || xmlDocGetRootElement(document) == NULL) {
        xmlFreeDoc(document);
        return LLVMFuzzerMutate(data, size, capacity);
    }
    for (uint64_t left = 1 + chance_below(&chance, 3); left > 0; left--) {
        static struct tree tree;
        tree.count = 0;
        tree_collect(&tree, xmlDocGetRootElement(document));
        tree_change(&tree, &chance);
    }
    xmlChar *text = NULL;
    int length = 0;
    xmlDocDumpMemoryEnc(document, &text, &length, "UTF-8");
    xmlFreeDoc(document);
    if (text != NULL && length > 0 && (size_t)length <= capacity) {
        memcpy(data, text, (size_t)length);
        size = (size_t)length;
    }
    xmlFree(text);
    return size;
}

size_t xml_mutate_one(uint8_t *data, size_t size, size_t capacity, unsigned seed) {
    static uint8_t room[1 << 20];
    struct chance chance = chance_of(seed, "which");
    size_t count = 1;
    for (size_t i = 0; i < size; i++)
        count += data[i] == 0xff;
    if (size == 0 || capacity > sizeof room || chance_below(&chance, 8) == 0)
        return LLVMFuzzerMutate(data, size, capacity);
    uint64_t chosen = chance_below(&chance, count);
    size_t begin = 0, end = size;
    for (size_t i = 0; i < size; i++) {
        if (data[i] != 0xff)
            continue;
        if (chosen-- == 0) {
            end = i;
            break;
        }
        begin = i + 1;
    }
    /* A byte of its own stands before the document in some targets. */
    begin += begin < end && data[begin] != '<' && end - begin > 1;
    size_t others = size - (end - begin);
    if (others >= capacity || size > capacity)
        return LLVMFuzzerMutate(data, size, capacity);
    memcpy(room, data + begin, end - begin);
    size_t length = xml_mutate(room, end - begin, capacity - others, seed);
    if (length > capacity - others) /* libFuzzer's own can go beyond what it was given */
        return size;
    memmove(data + begin + length, data + end, size - end);
    memcpy(data + begin, room, length);
    return others + length;
}
