/* The two readers of XML: whatever the plain one accepts, libxml2 reads the same way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../engine/base/buffer.h"
#include "../../../engine/base/chance.h"
#include "../xml.h"

#define S "http://schemas.xmlsoap.org/soap/envelope/"
#define T "http://schemas.microsoft.com/exchange/services/2006/types"

static void assert_str_equal(struct str left, struct str right) {
    assert_int_equal(left.length, right.length);
    assert_memory_equal(left.data, right.data, left.length);
}

static void assert_same(const struct xml_node *left, const struct xml_node *right) {
    for (; left != NULL && right != NULL; left = left->next, right = right->next) {
        assert_str_equal(left->name, right->name);
        assert_str_equal(left->space, right->space);
        assert_str_equal(left->text, right->text);
        assert_int_equal(left->has_text_only, right->has_text_only);
        assert_int_equal(left->line, right->line);
        const struct xml_attribute *one = left->attributes, *other = right->attributes;
        for (; one != NULL && other != NULL; one = one->next, other = other->next) {
            assert_str_equal(one->name, other->name);
            assert_str_equal(one->value, other->value);
        }
        assert_true(one == NULL && other == NULL);
        assert_same(left->first, right->first);
    }
    assert_true(left == NULL && right == NULL);
}

/* Reads with both. Whether the plain reader took it. */
static bool read_with_both(struct str bytes) {
    int line;
    struct arena *arena = arena_new();
    struct xml_node *plain = xml_read_plain(arena, bytes);
    struct xml_node *any = xml_read_any(arena, bytes, &line);
    if (plain != NULL) {
        assert_non_null(any);
        assert_same(plain, any);
    }
    arena_close(&arena);
    return plain != NULL;
}

static const char *const plain_ones[] = {
    "<a/>",
    "<a></a>",
    "<a> x </a>",
    "\n\t<a>\n<b/>\n</a >\n \n",
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<a b='1' c=\" 2 \"\n d='\"'\n><e\n/>\n<f> "
    "</f>\n</a>",
    "<s:Envelope xmlns:s=\"" S "\" xmlns=\"" T "\"><s:Header/><Body xmlns='" S "'><x y='z'/>"
    "</Body><s:Body xmlns:s='" T "' s:q='1' q='2'>t > u</s:Body></s:Envelope>",
};

static void plain_requests_are_read_alike(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof plain_ones / sizeof *plain_ones; i++)
        assert_true(read_with_both(str_of(plain_ones[i])));
}

static void what_is_not_plain_is_left_to_libxml2(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool is_xml;
    } cases[] = {
        {"", false},
        {"a", false},
        {"<a>", false},
        {"<a", false},
        {"<a/><b/>", false},
        {"<a/>b", false},
        {"</a>", false},
        {"<a></b>", false},
        {"<a b=1/>", false},
        {"<a b='1' b='2'/>", false},
        {"<a b='1'c='2'/>", false},
        {"<a b='<'/>", false},
        {"<a>]]></a>", false},
        {"<a>\1</a>", false},
        {"<!DOCTYPE a><a/>", false},
        {" <?xml version=\"1.0\"?><a/>", false},
        {"<a>\xff</a>", false},
        {"<a xmlns:p='" S "' xmlns:q='" S "' p:b='1' q:b='2'/>", true}, /* a namespace error only */
        {"<p:a/>", true},
        {"<a>&amp;</a>", true},
        {"<a b='&#65;'/>", true},
        {"<a>&b;</a>", false},
        {"<a><!-- c --></a>", true},
        {"<a><![CDATA[<b/>]]></a>", true},
        {"<?p q?><a/>", true},
        {"<a>x<b/></a>", true},
        {"<a>\xc3\xa4</a>", true},
        {"<a>\r\n</a>", true},
        {"<a b='\t'/>", true},
        {"<a b = '1'/>", true},
        {"<a xmlns='urn:b'/>", true},
        {"<a xml:lang='de'/>", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int line;
        struct arena *arena = arena_new();
        struct str text = str_of(cases[i].text);
        if (xml_read_plain(arena, text) != NULL)
            fail_msg("taken for plain: %s", cases[i].text);
        if ((xml_read(arena, text, &line) != NULL) != cases[i].is_xml)
            fail_msg("%s XML: %s", cases[i].is_xml ? "no" : "taken for", cases[i].text);
        arena_close(&arena);
    }
}

static void libxml2_reads_what_the_plain_reader_leaves(void **state) {
    (void)state;
    int line;
    struct arena *arena = arena_new();
    struct xml_node *root =
        xml_read(arena,
                 STR("<p:a xmlns:p='" S
                     "'><!-- c -->\n<b c=' &lt;&#228; '>x<![CDATA[ <y> ]]>&amp;</b></p:a>"),
                 &line);
    assert_non_null(root);
    assert_str_equal(root->space, STR(S));
    assert_false(root->has_text_only);
    assert_str_equal(root->text, STR(""));
    const struct xml_node *below = xml_child(root, "", "b");
    assert_non_null(below);
    assert_int_equal(below->line, 2);
    assert_str_equal(xml_attribute(below, "c"), STR("<\xc3\xa4"));
    assert_str_equal(below->text, STR("x <y> &"));
    assert_null(xml_read(arena, STR("<a>\n<b>\n</a>"), &line));
    assert_int_equal(line, 3);
    arena_close(&arena);
}

/* As deep as libxml2 goes, and beyond: both readers have a limit of their own. */
static void depth_is_limited(void **state) {
    (void)state;
    for (int depth = 50; depth <= 300; depth++) {
        struct buffer text = {0};
        for (int i = 0; i < depth; i++)
            buffer_append_text(&text, "<a>");
        for (int i = 0; i < depth; i++)
            buffer_append_text(&text, "</a>");
        assert_int_equal(read_with_both(buffer_str(&text)), depth <= 64);
        buffer_release(&text);
    }
}

/* Bytes of good documents changed, doubled and dropped at random: nothing is read in two ways. */
static void damaged_requests_are_read_alike_or_not_at_all(void **state) {
    (void)state;
    static const char interesting[] = "<>/=\"' \n:ab]&!?-x";
    struct chance chance = chance_of(1, "damage");
    unsigned plain = 0;
    for (int round = 0; round < 40000; round++) {
        struct buffer text = {0};
        size_t which = (size_t)chance_below(&chance, sizeof plain_ones / sizeof *plain_ones);
        buffer_append_text(&text, plain_ones[which]);
        for (uint64_t left = 1 + chance_below(&chance, 3); left > 0; left--) {
            size_t at = (size_t)chance_below(&chance, text.length);
            char byte = interesting[chance_below(&chance, sizeof interesting - 1)];
            if (chance_is(&chance, 1, 3)) {
                buffer_append_byte(&text, ' ');
                memmove(text.data + at + 1, text.data + at, text.length - at - 1);
            } else if (chance_is(&chance, 1, 3) && at > 0) {
                memmove(text.data + at - 1, text.data + at, text.length - at);
                buffer_truncate(&text, text.length - 1);
                continue;
            }
            text.data[at] = byte;
        }
        plain += read_with_both(buffer_str(&text));
        buffer_release(&text);
    }
    assert_in_range(plain, 1000, 20000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_requests_are_read_alike),
        cmocka_unit_test(what_is_not_plain_is_left_to_libxml2),
        cmocka_unit_test(libxml2_reads_what_the_plain_reader_leaves),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(damaged_requests_are_read_alike_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
