/*
 * The SOAP reader: whatever a server sends, the handler is told the same, whether the plain
 * tokenizer read it as far as it goes or libxml2 all of it, and however it was cut into pieces.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "soap_trace.h"

#define DECLARATION "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
#define BEGIN       "<s:Envelope xmlns:s=\"" SOAP_NAMESPACE "\" xmlns:t=\"urn:t\"><s:Body>"
#define END         "</s:Body></s:Envelope>"

static const struct soap_way way_odd = {.fail = SOAP_TRACE_NEVER};
static const struct soap_way way_plain = {.distrust = SOAP_TRACE_NEVER, .fail = SOAP_TRACE_NEVER};

static void must_agree(struct str document, const struct soap_way *way,
                       const struct soap_trace *wanted) {
    struct soap_trace trace;
    soap_trace_read(document, way, &trace);
    if (!soap_traces_agree(&trace, wanted)) {
        soap_traces_show(document, &trace, wanted);
        fail_msg("pieces of %zu, cut at %zu, libxml2 from %ld, handler gives up at %ld", way->piece,
                 way->cut, way->distrust, way->fail);
    }
    soap_trace_release(&trace);
}

/* Reads in all ways that have a cut between two bytes. Returns what libxml2 alone made of it; the
 * caller releases it. */
static struct soap_trace read_all_ways(struct str document, size_t from, size_t to) {
    struct soap_trace wanted;
    soap_trace_read(document, &way_odd, &wanted);
    for (size_t piece = 0; piece <= 3; piece++) {
        struct soap_way way = way_plain;
        way.piece = piece;
        must_agree(document, &way, &wanted);
    }
    to = to < document.length ? to : document.length;
    for (size_t at = from; at < to; at++) {
        struct soap_way way = way_plain;
        way.cut = at;
        must_agree(document, &way, &wanted); /* the plain one, over a cut */
        way.distrust = (long)at;
        must_agree(document, &way, &wanted); /* libxml2 from here on, over the same cut */
        way.distrust = 0;
        must_agree(document, &way, &wanted); /* libxml2 alone */
    }
    return wanted;
}

static struct soap_trace read_cut(struct str document, size_t from, size_t to, bool *plain_r) {
    struct soap_trace trace, wanted = read_all_ways(document, from, to);
    soap_trace_read(document, &way_plain, &trace);
    *plain_r = trace.plain;
    soap_trace_release(&trace);
    return wanted;
}

static struct soap_trace read_text(const char *text, bool *plain_r) {
    return read_cut(str_of(text), 0, strlen(text), plain_r);
}

/* ---- documents ----------------------------------------------------------------------------- */

static void an_answer_is_told_the_same_however_it_is_read(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool plain;
        enum status status;
    } cases[] = {
        {DECLARATION BEGIN "<t:Items/>" END, true, STATUS_OK},
        {DECLARATION "\n" BEGIN "<t:Items ></t:Items\n>" END "\n \t\n", true, STATUS_OK},
        {"<?xml version='1.0' encoding='UTF-8'?>" BEGIN "<t:Items/>" END, true, STATUS_OK},
        {BEGIN
         "<t:Items><t:Item Id=\"1\" Key='2'><t:Name>a &amp; b</t:Name></t:Item></t:Items>" END,
         true, STATUS_OK},
        {BEGIN "<t:Content>&lt;&gt;&amp;&quot;&apos;</t:Content>" END, true, STATUS_OK},
        {BEGIN "<t:Name>\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbd</t:Name>" END, true,
         STATUS_OK},
        {BEGIN "<t:Name>[a] ]</t:Name><t:Content>[a] ]\n]&lt;]</t:Content>" END, true, STATUS_OK},
        {BEGIN "<t:Name>a<t:Other>b</t:Other>c<t:Id>d</t:Id>e</t:Name>" END, true, STATUS_OK},
        {BEGIN "<t:Content>a<t:Other>b</t:Other>c<t:Id>d</t:Id>e</t:Content>" END, true, STATUS_OK},
        {BEGIN "<Name xmlns=\"urn:n\" xml:lang=\"de\" t:Id=\"3\">a</Name><s:Name>b</s:Name>" END,
         true, STATUS_OK},
        {"<Envelope xmlns=\"" SOAP_NAMESPACE "\"><Name/><Name xmlns=\"urn:n\"/></Envelope>", true,
         STATUS_OK},
        {"<s:Envelope xmlns:s=\"" SOAP_NAMESPACE "\" />", true, STATUS_OK},
        {"<s:Envelope xmlns:s=\"urn:s\"><s:Body/></s:Envelope>", true, STATUS_PROTOCOL},
        {"<html><body>Sign in</body></html>", true, STATUS_PROTOCOL},
        {BEGIN "<Name/>" END, true, STATUS_OK},
        /* A namespace ends where its element does. */
        {BEGIN "<t:Item xmlns:t=\"" SOAP_NAMESPACE "\"><t:Id/></t:Item><t:Name>a</t:Name>" END,
         true, STATUS_OK},
        {BEGIN "<t:Item xmlns:t=\"" SOAP_NAMESPACE "\"/><t:Name>a</t:Name>" END, true, STATUS_OK},
        {BEGIN "<t:Item xmlns:s=\"urn:s\"><s:Id/></t:Item><s:Name>a</s:Name>" END, true, STATUS_OK},
        {BEGIN "<t:Item xmlns:u=\"urn:u\"/><u:Name>a</u:Name>" END, false, STATUS_OK},
        {BEGIN "<t:Name>a</t:Name><t:Name xmlns:t=\"" SOAP_NAMESPACE "\">b</t:Name>"
               "<t:Name>c</t:Name><t:Id xmlns:t=\"" SOAP_NAMESPACE "\"><t:Name>d</t:Name></t:Id>"
               "<t:Name>e</t:Name>                                        " END,
         true, STATUS_OK},
        /* What is odd, and yet right. */
        {"\xef\xbb\xbf" DECLARATION BEGIN "<t:Name>a</t:Name>" END, false, STATUS_OK},
        {"<?xml version=\"1.0\" standalone=\"yes\"?>" BEGIN "<t:Name>a</t:Name>" END, false,
         STATUS_OK},
        {" " BEGIN "<t:Name>a</t:Name>" END, false, STATUS_OK},
        {BEGIN "<x:Name>a</x:Name>" END, false, STATUS_OK},
        {BEGIN "<Name xmlns=\"\">a</Name>" END, false, STATUS_OK},
        {BEGIN "<t:Name Id = \"1\">a</t:Name>" END, false, STATUS_OK},
        {BEGIN "<t:Name Id=\"a&amp;b>\n\">a</t:Name>" END, false, STATUS_OK},
        {BEGIN "<t:Name t:a=\"1\" s:a=\"2\">a</t:Name>" END, false, STATUS_OK},
        {BEGIN "<t:Name x:a=\"1\">a</t:Name>" END, false, STATUS_OK},
        {BEGIN "<t:Name xmlns:x=\"http://www.w3.org/2000/xmlns/\">a</t:Name>" END, false,
         STATUS_OK},
        {BEGIN "<t:Name xmlns:x=\"http://www.w3.org/XML/1998/namespace\">a</t:Name>" END, false,
         STATUS_OK},
        {BEGIN "<t:Name xmlns:xml=\"http://www.w3.org/XML/1998/namespace\">a</t:Name>" END, false,
         STATUS_OK},
        {BEGIN "<t:Name xml:space=\"preserve\"> </t:Name>" END, false, STATUS_OK},
        {BEGIN "<t:N\xc3\xa4me>a</t:N\xc3\xa4me><t:Name>b</t:Name>" END, false, STATUS_OK},
        {BEGIN "<t:Name>a\r\nb\rc&#13;d</t:Name>" END, false, STATUS_OK},
        {BEGIN "<t:Content>a<![CDATA[<b>]]>c<!-- d -->e<?f g?>h]]&gt;</t:Content>" END, false,
         STATUS_OK},
        {BEGIN END "<!-- a --><?b c?>\r\n", false, STATUS_OK},
        /* And what is wrong. */
        {" " DECLARATION BEGIN END, false, STATUS_PROTOCOL},
        {"<?xml version=\"1.0\" encoding=\"utf-16\"?>" BEGIN END, false, STATUS_PROTOCOL},
        {"<!DOCTYPE a>" BEGIN END, false, STATUS_PROTOCOL},
        {"<!DOCTYPE a [<!ENTITY b \"c\">]>" BEGIN "<t:Name>&b;</t:Name>" END, false,
         STATUS_PROTOCOL},
        {BEGIN "<t:Name>a</t:Nama>" END, false, STATUS_PROTOCOL},
        {BEGIN "<t:Name>a</Name>" END, false, STATUS_PROTOCOL},
        {BEGIN "<t:Name>a</t:Name" END, false, STATUS_PROTOCOL},
        {BEGIN "<t:Name>a</t:Name b>" END, false, STATUS_PROTOCOL},
        {BEGIN "<t:Name>a</t:Name/>" END, false, STATUS_PROTOCOL},
        {BEGIN "<t:Name Id=\"1\" Id=\"2\"/>" END, false, STATUS_PROTOCOL},
        {BEGIN "<t:Name Id=\"1\"Key=\"2\"/>" END, false, STATUS_PROTOCOL},
        {BEGIN "<t:Name Id=1/>" END, false, STATUS_PROTOCOL},
        {BEGIN "<t:Name Id/>" END, false, STATUS_PROTOCOL},
        {BEGIN "<t:Name Id=\"<\"/>" END, false, STATUS_PROTOCOL},
        {BEGIN "<t:Name xmlns:t=\"urn:a\" xmlns:t=\"urn:b\"/>" END, false, STATUS_PROTOCOL},
        {BEGIN "<t:Name / >" END, false, STATUS_PROTOCOL},
        {BEGIN "<t:Name//>" END, false, STATUS_PROTOCOL},
        {BEGIN "< t:Name/>" END, false, STATUS_PROTOCOL},
        {BEGIN "<:Name/>" END, false, STATUS_OK},
        {BEGIN "<1/>" END, false, STATUS_PROTOCOL},
        {BEGIN "<t:Name>a &amp b</t:Name>" END, false, STATUS_PROTOCOL},
        {BEGIN "<t:Name>a &nbsp; b</t:Name>" END, false, STATUS_PROTOCOL},
        {BEGIN "<t:Name>a & b</t:Name>" END, false, STATUS_PROTOCOL},
        {BEGIN "<t:Name>a ]]> b</t:Name>" END, false, STATUS_PROTOCOL},
        {BEGIN "<t:Name>a\x01</t:Name>" END, false, STATUS_PROTOCOL},
        {BEGIN "<t:Name>\xc3(</t:Name>" END, false, STATUS_PROTOCOL},
        {BEGIN "<t:Name>\xed\xa0\x80</t:Name>" END, false, STATUS_PROTOCOL},
        {BEGIN "<t:Name>\xef\xbf\xbe</t:Name>" END, false, STATUS_PROTOCOL},
        {BEGIN "<t:Name>\xc0\x80</t:Name>" END, false, STATUS_PROTOCOL},
        {BEGIN END "a", false, STATUS_PROTOCOL},
        {BEGIN END BEGIN END, false, STATUS_PROTOCOL},
        {DECLARATION, false, STATUS_PROTOCOL},
        {"a", false, STATUS_PROTOCOL},
        {"<a>", false, STATUS_PROTOCOL},
        {"<a/>", true, STATUS_PROTOCOL},
        {"", false, STATUS_PROTOCOL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool plain;
        struct soap_trace wanted = read_text(cases[i].text, &plain);
        if (wanted.status != cases[i].status || plain != cases[i].plain)
            fail_msg("%s: %s, plain %d", cases[i].text, status_name(wanted.status), plain);
        soap_trace_release(&wanted);
    }
}

static void what_the_handler_is_told_is_what_stands_there(void **state) {
    (void)state;
    bool plain;
    struct soap_trace trace =
        read_text(DECLARATION BEGIN "<t:Item t:Id=\"1\"><t:Name>a &amp; \xc3\xbc</t:Name>"
                                    "<t:Content>Zm9v&lt;YmFy</t:Content></t:Item>" END,
                  &plain);
    assert_true(plain);
    assert_string_equal(buffer_text(&trace.events),
                        "start Item in 0 of 1 0 1 0 0 0 0 0 0 0 0 Id=1 id 1\n"
                        "start Name in 2 of 1 0 1 0 1 0 0 0 0 0 0\n"
                        "end Name in 2 of 1 0 1 0 1 0 0 0 0 0 0 a & \xc3\xbc\n"
                        "start Content in 2 of 1 0 1 0 0 1 0 0 0 0 0\n"
                        "streamed Zm9v<YmFy\n"
                        "end Content in 2 of 1 0 1 0 0 1 0 0 0 0 0 \n"
                        "end Item in 0 of 1 0 1 0 0 0 0 0 0 0 0 \n");
    soap_trace_release(&trace);
}

static void faults_are_told_the_same(void **state) {
    (void)state;
    static const char *const faults[] = {
        "<s:Fault><faultcode xmlns:a=\"urn:a\">a:ErrorServerBusy</faultcode>"
        "<faultstring xml:lang=\"en-US\">Not &lt;now&gt;.</faultstring><detail>"
        "<e:ResponseCode xmlns:e=\"urn:e\">ErrorServerBusy</e:ResponseCode><t:MessageXml>"
        "<t:Value Name=\"BackOffMilliseconds\"> 1500 </t:Value></t:MessageXml></detail></s:Fault>",
        "<s:Fault><faultcode>Client</faultcode><faultstring>a&#228;b</faultstring>"
        "<detail><t:NoSuchUser/></detail></s:Fault><t:Name>after</t:Name>",
        "<s:Fault><faultcode>Server</faultcode><faultstring><![CDATA[a]]></faultstring></s:Fault>",
        "<t:Fault><faultcode>none</faultcode></t:Fault><t:Name>a</t:Name>",
    };
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        char text[1000];
        bool plain;
        snprintf(text, sizeof text, "%s%s%s", BEGIN, faults[i], END);
        struct soap_trace trace = read_text(text, &plain);
        assert_int_equal(trace.status, STATUS_OK);
        assert_int_equal(trace.fault.present, i < 3);
        if (i == 0) {
            assert_string_equal(trace.fault.code, "ErrorServerBusy");
            assert_string_equal(trace.fault.text, "Not <now>.");
            assert_true(trace.fault.back_off == 1500 * 1000);
        }
        soap_trace_release(&trace);
    }
}

/* ---- everything odd, everywhere -------------------------------------------------------------- */

/* "@" marks the places. */
static const char places[] =
    "@" DECLARATION "@\n<s:Envelope@ xmlns:s=\"" SOAP_NAMESPACE "\"@>@<s:Body@>"
    "<t:Items xmlns:t=\"urn:t\" @Last=\"tr@ue\">@<t:Item>a@<t:Id Id=\"1\"/>@<t:Name>ab@cd</t:Name>"
    "<t:Content>Zm9vYmFyZm9vYmFy@Zm9vYmFy</t:Content@></t:Item></t:Items>@"
    "<s:Fault><faultstring>no@w</faultstring></s:Fault>@</s:Body>@</s:Envelope>@\n@";

static const char *const odd[] = {
    "<!-- a -->",
    "<!---->",
    "<!-- a -- b -->",
    "<!",
    "<?a b?>",
    "<?xml version=\"1.0\"?>",
    "<?",
    "<![CDATA[a<b]]>",
    "<![CDATA[]]>",
    "<![CDATA[",
    "<!DOCTYPE a>",
    "&#228;",
    "&#xe4;",
    "&#0;",
    "&#xFFFE;",
    "&#",
    "&b;",
    "&",
    "&amp",
    "&amp;",
    "&lt;",
    "&quot;",
    "&apos;",
    "&gt;",
    "\r",
    "\r\n",
    "]]>",
    "]]",
    "]",
    "]]]]>",
    ">",
    "<",
    "</",
    "/",
    "/>",
    "</a>",
    "</t:Item>",
    "</s:Body>",
    "<a>",
    "<a/>",
    "<b:a/>",
    "<t:Name/>",
    "<t:Name>",
    "\"",
    "'",
    "=",
    ":",
    "\x01",
    "\x7f",
    "\xc3\xbc",
    "\xc3",
    "\xe2\x82\xac",
    "\xe2\x82",
    "\xf0\x9f\x98\x80",
    "\xf5\x80\x80\x80",
    "\xef\xbf\xbe",
    "\xef\xbf\xbf",
    "\xed\xa0\x80",
    "\xef\xbb\xbf",
    "\xff",
    "\xe4",
    " ",
    "\t",
    "\n",
    "a",
    " a",
    " a=",
    " a=\"",
    " a=\"b\"",
    " a=\"b\" a=\"c\"",
    " a='&lt;'",
    " a=\"<\"",
    " t:a=\"b\"",
    " x:a=\"b\"",
    " s:a=\"b\" t:a=\"c\"",
    " xml:lang=\"de\"",
    " xml:id=\"1\"",
    " xmlns=\"\"",
    " xmlns=\"urn:u\"",
    " xmlns:u=\"\"",
    " xmlns:u=\"urn:u\" u:a=\"1\"",
    " xmlns:xml=\"urn:u\"",
    " xmlns:xmlns=\"urn:u\"",
    " xmlns:xmlu=\"urn:u\"",
    " xmlns:u=\"http://www.w3.org/2000/xmlns/\"",
    " xmlns:u=\"http://www.w3.org/XML/1998/namespace\"",
    " xmlns=\"" SOAP_NAMESPACE "\"",
};

/* The document with `inserted` at the place of that number, and no other. NULL: there is none. */
static const char *put(unsigned number, const char *inserted, char text[2000], size_t *place_r) {
    size_t length = 0;
    const char *found = NULL;
    for (const char *at = places; *at != '\0'; at++)
        if (*at != '@') {
            text[length++] = *at;
        } else if (number-- == 0) {
            found = text;
            *place_r = length;
            memcpy(text + length, inserted, strlen(inserted));
            length += strlen(inserted);
        }
    text[length] = '\0';
    return found;
}

static void what_is_odd_is_told_as_libxml2_would_wherever_it_stands(void **state) {
    (void)state;
    char text[2000];
    size_t place, documents = 0, plain = 0, good = 0;
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        for (unsigned number = 0; put(number, odd[i], text, &place) != NULL; number++) {
            struct str document = str_of(text);
            struct soap_trace trace;
            size_t end = place + strlen(odd[i]) + 3;
            struct soap_trace wanted = read_all_ways(document, place > 2 ? place - 2 : 0, end);
            soap_trace_read(document, &way_plain, &trace);
            documents++;
            plain += trace.plain;
            good += trace.status == STATUS_OK;
            soap_trace_release(&trace);
            soap_trace_release(&wanted);
            /* Cut off behind it, too. */
            document.length = end < document.length ? end : document.length;
            wanted = read_all_ways(document, end, end);
            soap_trace_release(&wanted);
        }
    print_message("%zu documents, %zu plain, %zu good\n", documents, plain, good);
    assert_true(plain > documents / 20 && plain < documents / 2 && good > plain);
}

static void an_answer_that_is_cut_off_is_told_the_same(void **state) {
    (void)state;
    char text[2000];
    size_t place;
    put(0, "", text, &place);
    for (size_t length = 0; length < strlen(text); length++) {
        struct soap_trace wanted = read_all_ways(str_bytes(text, length), length, length);
        bool whole = length > 0 && text[length - 1] == '>' && strstr(text + length, "<") == NULL;
        assert_int_equal(wanted.status == STATUS_OK, whole);
        soap_trace_release(&wanted);
    }
}

static void what_the_handler_says_ends_the_reading(void **state) {
    (void)state;
    char text[2000];
    size_t place;
    put(0, "", text, &place);
    for (long event = 0; event < 10; event++) {
        struct soap_way way = way_odd;
        struct soap_trace wanted;
        way.fail = event;
        soap_trace_read(str_of(text), &way, &wanted);
        assert_int_equal(wanted.status, STATUS_REFUSED);
        assert_string_equal(wanted.error.text, "as asked");
        way.distrust = SOAP_TRACE_NEVER;
        for (way.piece = 0; way.piece < 40; way.piece++)
            must_agree(str_of(text), &way, &wanted);
        soap_trace_release(&wanted);
    }
}

/* ---- limits ---------------------------------------------------------------------------------- */

enum { DEPTH_INSIDE = SOAP_DEPTH_MAX - 2 };

static void deep(struct buffer *out, const char *tag, unsigned depth) {
    buffer_append_text(out, BEGIN);
    for (unsigned i = 0; i < depth; i++)
        buffer_printf(out, "<%s>", tag);
    for (unsigned i = 0; i < depth; i++)
        buffer_printf(out, "</%.*s>", (int)strcspn(tag, " "), tag);
    buffer_append_text(out, END);
}

static void limits_are_where_they_are(void **state) {
    (void)state;
    char long_name[400];
    memset(long_name, 'n', sizeof long_name);
    long_name[sizeof long_name - 1] = '\0';
    const struct {
        const char *tag;
        unsigned depth;
        enum status status;
        bool plain;
    } deeps[] = {{"t:Name", DEPTH_INSIDE, STATUS_OK, true},
                 {"t:Name", DEPTH_INSIDE + 1, STATUS_PROTOCOL, true},
                 {"t:Name xmlns:t='urn:t'", 30, STATUS_OK, true},
                 {"t:Name xmlns:t='urn:t'", 31, STATUS_OK, false},
                 {long_name, 9, STATUS_OK, true},
                 {long_name, 11, STATUS_OK, false},
                 {"a a='1' b='1' c='1' d='1' e='1' f='1' g='1' h='1' i='1' j='1' k='1' l='1' m='1' "
                  "n='1' o='1' p='1'",
                  1, STATUS_OK, true},
                 {"a a='1' b='1' c='1' d='1' e='1' f='1' g='1' h='1' i='1' j='1' k='1' l='1' m='1' "
                  "n='1' o='1' p='1' q='1'",
                  1, STATUS_OK, false}};
    for (size_t i = 0; i < sizeof deeps / sizeof deeps[0]; i++) {
        struct buffer out = {0};
        bool plain;
        deep(&out, deeps[i].tag, deeps[i].depth);
        struct soap_trace trace = read_text(buffer_text(&out), &plain);
        assert_int_equal(trace.status, deeps[i].status);
        assert_int_equal(plain, deeps[i].plain);
        soap_trace_release(&trace);
        buffer_release(&out);
    }
}

static void held_texts_have_a_limit_and_streamed_ones_none(void **state) {
    (void)state;
    static const struct {
        const char *name;
        size_t length;
        enum status status;
    } cases[] = {{"t:Name", SOAP_TEXT_MAX, STATUS_OK},
                 {"t:Name", SOAP_TEXT_MAX + 1, STATUS_PROTOCOL},
                 {"t:Other", SOAP_TEXT_MAX + 1, STATUS_OK},
                 {"t:Content", SOAP_TEXT_MAX * 10, STATUS_OK}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int odd_end = 0; odd_end < 2; odd_end++) {
            struct buffer out = {0};
            struct soap_trace wanted;
            buffer_printf(&out, BEGIN "<%s>", cases[i].name);
            for (size_t k = 0; k < cases[i].length; k++)
                buffer_append_byte(&out, (char)('a' + k % 26));
            buffer_printf(&out, "%s</%s>" END, odd_end ? "<!-- -->" : "", cases[i].name);
            soap_trace_read(buffer_str(&out), &way_odd, &wanted);
            assert_int_equal(wanted.status, cases[i].status);
            struct soap_way way = way_plain;
            for (way.piece = 0; way.piece < 40000; way.piece += 9973)
                must_agree(buffer_str(&out), &way, &wanted);
            soap_trace_release(&wanted);
            buffer_release(&out);
        }
}

/* An element whose name is so long and ends so. */
static void named(struct buffer *out, size_t length, const char *text, char start, char end) {
    char name[100];
    memset(name, 'n', length);
    name[length] = '\0';
    buffer_printf(out, "<t:%s%c>%s</t:%s%c>", name, start, text, name, end);
}

/* Names are known again, and compared with those of end tags, 32 bytes wide. */
static void names_of_any_length_are_told_apart(void **state) {
    (void)state;
    for (size_t length = 1; length < 70; length++)
        for (int kind = 0; kind < 5; kind++) {
            struct buffer out = {0};
            bool plain;
            buffer_append_text(&out, BEGIN);
            named(&out, length, "<t:Name>a</t:Name>", 'x', 'x');
            named(&out, length, "<t:Name>b</t:Name>", 'y', 'y');
            named(&out, length, "<t:Name>c</t:Name>", 'x', kind == 1 ? 'y' : 'x');
            /* Where the next begins in what is kept, another is left over. */
            buffer_append_text(&out, "<t:Value Id='0123456789012345678901234567890'>c</t:Value>");
            if (kind >= 2) /* libxml2 takes over within */
                named(&out, length, "<t:Name>d<!-- --></t:Name>", 'x', kind == 3 ? 'y' : 'x');
            if (kind == 4)
                named(&out, length, "<t:Name>e</t:Name>", 'x', '/');
            buffer_append_text(&out, END);
            struct soap_trace trace = read_text(buffer_text(&out), &plain);
            assert_int_equal(trace.status,
                             kind % 2 == 1 || kind == 4 ? STATUS_PROTOCOL : STATUS_OK);
            assert_int_equal(plain, kind == 0);
            soap_trace_release(&trace);
            buffer_release(&out);
        }
}

/* They are looked at 64 bytes at a time. */
static void what_is_odd_is_seen_anywhere_in_a_long_text(void **state) {
    (void)state;
    static const char *const among[] = {
        "]]>",     "]",        "\x01", "&lt;", "&",  "\xc3\xbc", "\xef\xbf\xbe", "\xff",
        "<t:Id/>", "<!-- -->", "\n",   "\r\n", "\t", "\x7f",     "\x00",         "&#65;"};
    enum { LENGTH = 400 };
    for (size_t i = 0; i < sizeof among / sizeof among[0]; i++)
        for (size_t place = 0; place < LENGTH; place++) {
            char text[LENGTH + 1];
            struct buffer out = {0};
            struct soap_trace wanted;
            memset(text, 'A', LENGTH);
            text[LENGTH] = '\0';
            buffer_printf(&out, BEGIN "<t:Content>%.*s", (int)place, text);
            buffer_append(&out, among[i], among[i][0] == '\0' ? 1 : strlen(among[i]));
            buffer_printf(&out, "%s</t:Content>" END, text + place);
            soap_trace_read(buffer_str(&out), &way_odd, &wanted);
            must_agree(buffer_str(&out), &way_plain, &wanted);
            soap_trace_release(&wanted);
            buffer_release(&out);
        }
}

static void a_tag_beyond_all_room_is_read_all_the_same(void **state) {
    (void)state;
    struct buffer out = {0};
    buffer_append_text(&out, BEGIN "<t:Item Id=\"");
    for (int i = 0; i < 20000; i++)
        buffer_append_byte(&out, 'x');
    buffer_append_text(&out, "\"><t:Name>a</t:Name></t:Item>" END);
    struct soap_trace wanted = read_all_ways(buffer_str(&out), 4000, 4200);
    assert_int_equal(wanted.status, STATUS_OK);
    assert_non_null(strstr(buffer_text(&wanted.events), "xxx"));
    soap_trace_release(&wanted);
    buffer_release(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_told_the_same_however_it_is_read),
        cmocka_unit_test(what_the_handler_is_told_is_what_stands_there),
        cmocka_unit_test(faults_are_told_the_same),
        cmocka_unit_test(what_is_odd_is_told_as_libxml2_would_wherever_it_stands),
        cmocka_unit_test(an_answer_that_is_cut_off_is_told_the_same),
        cmocka_unit_test(what_the_handler_says_ends_the_reading),
        cmocka_unit_test(limits_are_where_they_are),
        cmocka_unit_test(held_texts_have_a_limit_and_streamed_ones_none),
        cmocka_unit_test(names_of_any_length_are_told_apart),
        cmocka_unit_test(what_is_odd_is_seen_anywhere_in_a_long_text),
        cmocka_unit_test(a_tag_beyond_all_room_is_read_all_the_same),
    };
    return cmocka_run_group_tests_name("soap_reader", tests, NULL, NULL);
}
