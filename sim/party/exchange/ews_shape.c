/*
 * What of an item is shown. One table of properties in the order of the schema (types.xsd:
 * ItemType, then MessageType) says what each is called, which base shapes have it, and who writes
 * it. The mapping of flags is that of EWS.md §4.
 */
#include <string.h>

#include "../base64.h"
#include "ews.h"

struct ews_item_view { /* the item being written */
    struct ews_request *request;
    const struct ews_shape *shape;
    struct store_folder *folder;
    size_t index;
    struct store_item item; /* a copy: facts written meanwhile may move it */
    struct str content;     /* its bytes, where some property needs them */
    struct str date;        /* when it arrived, as text; empty until it is asked for */
    char date_text[INSTANT_TEXT_MAX];
};

/* An element whose name is a literal, so that its tags are two copies. What is in it is known to
 * need no escaping. */
#define EWS_PLAIN(out, name, text)                                                                 \
    do {                                                                                           \
        buffer_append_text(out, "<" name ">");                                                     \
        buffer_append_str(out, text);                                                              \
        buffer_append_text(out, "</" name ">");                                                    \
    } while (false)

#define EWS_BOOLEAN(out, name, value)                                                              \
    do {                                                                                           \
        if (value)                                                                                 \
            buffer_append_text(out, "<" name ">true</" name ">");                                  \
        else                                                                                       \
            buffer_append_text(out, "<" name ">false</" name ">");                                 \
    } while (false)

/* When an item arrived, in whole seconds. Two properties and two tags show it. */
static struct str ews_date(struct ews_item_view *view) {
    if (view->date.length == 0)
        view->date =
            str_of(instant_text(instant_whole_second(view->item.received), view->date_text));
    return view->date;
}

static struct ews_id ews_item_id(struct store_folder *folder, uint32_t uid) {
    return (struct ews_id){.mailbox = store_mailbox_number(store_folder_mailbox(folder)),
                           .folder = store_folder_number(folder),
                           .uid = uid};
}

void ews_item_id_write(struct ews_request *request, struct store_folder *folder, uint32_t uid,
                       uint64_t modseq) {
    struct ews_id id = ews_item_id(folder, uid);
    buffer_append_text(request->out, "<t:ItemId Id=\"");
    ews_item_id_append(request->exchange, request->stems, request->out, &id);
    buffer_append_text(request->out, "\" ChangeKey=\"");
    ews_item_key_append(request->exchange, request->stems, request->out, &id, modseq);
    buffer_append_text(request->out, "\"/>");
}

static void ews_write_mime(struct ews_item_view *view) {
    struct ews_request *request = view->request;
    struct str bytes = view->content;
    uint32_t mailbox = store_mailbox_number(store_folder_mailbox(view->folder));
    request->cut = EXCHANGE_ASK(request->exchange, cuts, mailbox, &view->item);
    if (request->cut)
        bytes.length = bytes.length / 6 * 3;
    buffer_append_text(request->out, "<t:MimeContent CharacterSet=\"UTF-8\">");
    base64_encode(request->out, bytes.data, bytes.length);
    store_item_downloaded(view->folder, request->process, view->index, bytes.length);
    if (request->exchange->options.work.bytes_per_second > 0)
        request->work += (int64_t)(view->item.declared_size * (uint64_t)SECOND /
                                   request->exchange->options.work.bytes_per_second);
    if (!request->cut)
        buffer_append_text(request->out, "</t:MimeContent>");
}

static void ews_write_item_id(struct ews_item_view *view) {
    ews_item_id_write(view->request, view->folder, view->item.uid, view->item.modseq);
}

static void ews_write_parent(struct ews_item_view *view) {
    struct ews_id id = ews_item_id(view->folder, 0);
    buffer_append_text(view->request->out, "<t:ParentFolderId Id=\"");
    ews_id_append(view->request->exchange, view->request->out, &id);
    buffer_append_text(view->request->out, "\" ChangeKey=\"");
    ews_change_key_append(view->request->out, 1, &id, id.folder);
    buffer_append_text(view->request->out, "\"/>");
}

/* A property that is a header field; left out where the message has none. */
static void ews_write_header(struct ews_item_view *view, const char *field, const char *element) {
    struct buffer value = {0};
    if (ews_header(view->content, field, &value))
        ews_element(view->request->out, element, buffer_str(&value));
    buffer_release(&value);
}

static void ews_write_class(struct ews_item_view *view) {
    EWS_PLAIN(view->request->out, "t:ItemClass", STR("IPM.Note"));
}

static void ews_write_subject(struct ews_item_view *view) {
    ews_write_header(view, "Subject", "t:Subject");
}

static void ews_write_sensitivity(struct ews_item_view *view) {
    EWS_PLAIN(view->request->out, "t:Sensitivity", STR("Normal"));
}

static void ews_write_received(struct ews_item_view *view) {
    EWS_PLAIN(view->request->out, "t:DateTimeReceived", ews_date(view));
}

static void ews_write_size(struct ews_item_view *view) {
    buffer_append_text(view->request->out, "<t:Size>");
    buffer_append_u64(view->request->out, view->item.declared_size + EWS_PROPERTIES_BYTES);
    buffer_append_text(view->request->out, "</t:Size>");
}

/* The store knows categories by their keywords; here they get their names back. */
static void ews_write_categories(struct ews_item_view *view) {
    const struct exchange *exchange = view->request->exchange;
    if (view->item.keywords == 0)
        return;
    struct str rest = history_text(exchange->options.history, view->item.keywords);
    buffer_append_text(view->request->out, "<t:Categories>");
    while (rest.length > 0) {
        struct str keyword = str_cut(&rest, ' ');
        struct str name = keyword;
        for (uint32_t i = 0; i < exchange->category_count; i++)
            if (str_equal_text(keyword, exchange->categories[i].keyword))
                name = str_of(exchange->categories[i].name);
        ews_element(view->request->out, "t:String", name);
    }
    buffer_append_text(view->request->out, "</t:Categories>");
}

static void ews_write_importance(struct ews_item_view *view) {
    EWS_PLAIN(view->request->out, "t:Importance", STR("Normal"));
}

static void ews_write_in_reply_to(struct ews_item_view *view) {
    ews_write_header(view, "In-Reply-To", "t:InReplyTo");
}

static void ews_write_is_draft(struct ews_item_view *view) {
    EWS_BOOLEAN(view->request->out, "t:IsDraft", (view->item.flags & ITEM_DRAFT) != 0);
}

static void ews_write_headers(struct ews_item_view *view) {
    struct str rest = view->content, name, value;
    struct buffer *out = view->request->out;
    buffer_append_text(out, "<t:InternetMessageHeaders>");
    while (ews_header_take(&rest, &name, &value)) {
        if (name.length == 0)
            continue;
        buffer_append_text(out, "<t:InternetMessageHeader HeaderName=\"");
        ews_escape(out, name);
        buffer_append_text(out, "\">");
        ews_escape(out, value);
        buffer_append_text(out, "</t:InternetMessageHeader>");
    }
    buffer_append_text(out, "</t:InternetMessageHeaders>");
}

static void ews_write_created(struct ews_item_view *view) {
    EWS_PLAIN(view->request->out, "t:DateTimeCreated", ews_date(view));
}

static void ews_write_has_attachments(struct ews_item_view *view) {
    struct buffer type = {0};
    bool has = ews_header(view->content, "Content-Type", &type) &&
               str_starts_with_caseless(buffer_str(&type), "multipart/mixed");
    EWS_BOOLEAN(view->request->out, "t:HasAttachments", has);
    buffer_release(&type);
}

static void ews_write_flag(struct ews_item_view *view) {
    struct buffer *out = view->request->out;
    if ((view->item.flags & ITEM_FLAGGED) != 0)
        buffer_append_text(out, "<t:Flag><t:FlagStatus>Flagged</t:FlagStatus></t:Flag>");
    else
        buffer_append_text(out, "<t:Flag><t:FlagStatus>NotFlagged</t:FlagStatus></t:Flag>");
}

/* "Köhler, Britta <britta.koehler@…>" or a bare address. */
static void ews_write_from(struct ews_item_view *view) {
    struct buffer value = {0};
    struct buffer *out = view->request->out;
    if (ews_header(view->content, "From", &value)) {
        struct str address = buffer_str(&value);
        struct str name = str_trim(str_cut(&address, '<'));
        if (address.length == 0)
            address = name;
        if (name.length >= 2 && name.data[0] == '"' && name.data[name.length - 1] == '"')
            name = (struct str){name.data + 1, name.length - 2};
        buffer_append_text(out, "<t:From><t:Mailbox>");
        ews_element(out, "t:Name", name);
        ews_element(out, "t:EmailAddress", str_trim(str_cut(&address, '>')));
        buffer_append_text(out, "<t:RoutingType>SMTP</t:RoutingType></t:Mailbox></t:From>");
    }
    buffer_release(&value);
}

static void ews_write_message_id(struct ews_item_view *view) {
    ews_write_header(view, "Message-ID", "t:InternetMessageId");
}

static void ews_write_is_read(struct ews_item_view *view) {
    EWS_BOOLEAN(view->request->out, "t:IsRead", (view->item.flags & ITEM_SEEN) != 0);
}

static void ews_write_references(struct ews_item_view *view) {
    ews_write_header(view, "References", "t:References");
}

/* ---- Extended properties ---- */

enum {
    EXTENDED_COMMON = 0x10000, /* + id: of the property set "Common" */
    EXTENDED_DIGITS = 20,
};

/* What a property of an item is written as, in `text` where it has to be made; the empty text:
 * the item does not have that property. */
static struct str ews_extended_value(struct ews_item_view *view, uint32_t tag,
                                     char text[EXTENDED_DIGITS]) {
    const struct store_item *item = &view->item;
    uint32_t flags = item->flags;
    uint64_t number = 0;
    bool is_shown_if_zero = false;
    switch (tag) {
    case 0x001a: /* PidTagMessageClass */
        return STR("IPM.Note");
    case 0x0e06: /* PidTagMessageDeliveryTime */
    case 0x3007: /* PidTagCreationTime */
        return ews_date(view);
    case 0x0e07: /* PidTagMessageFlags: mfRead, mfUnsent */
        number = ((flags & ITEM_SEEN) != 0 ? 1 : 0) + ((flags & ITEM_DRAFT) != 0 ? 8 : 0);
        is_shown_if_zero = true;
        break;
    case 0x0e08: /* PidTagMessageSize */
        number = item->declared_size + EWS_PROPERTIES_BYTES;
        break;
    case 0x0e23: /* PidTagInternetArticleNumber: what IMAP calls UID */
        number = item->uid;
        break;
    case 0x1080: /* PidTagIconIndex */
        number = (flags & ITEM_ANSWERED) != 0 ? 261 : (flags & ITEM_FORWARDED) != 0 ? 262 : 0;
        break;
    case 0x1081: /* PidTagLastVerbExecuted */
        number = (flags & ITEM_ANSWERED) != 0 ? 102 : (flags & ITEM_FORWARDED) != 0 ? 104 : 0;
        break;
    case 0x1090: /* PidTagFlagStatus */
        number = (flags & ITEM_FLAGGED) != 0 ? 2 : 0;
        break;
    case EXTENDED_COMMON + 0x8570: /* ImapDeleted */
        number = (flags & ITEM_DELETED) != 0 ? 1 : 0;
        break;
    default:
        break;
    }
    if (number == 0 && !is_shown_if_zero)
        return STR("");
    char *digits = text + EXTENDED_DIGITS;
    do {
        *--digits = (char)('0' + number % 10);
    } while ((number /= 10) > 0);
    return (struct str){digits, (size_t)(text + EXTENDED_DIGITS - digits)};
}

static void ews_write_extended(struct ews_item_view *view) {
    struct buffer *out = view->request->out;
    char text[EXTENDED_DIGITS];
    for (uint32_t i = 0; i < view->shape->extended_count; i++) {
        const struct ews_extended *extended = &view->shape->extended[i];
        struct str value = ews_extended_value(view, extended->tag, text);
        if (value.length == 0)
            continue;
        buffer_append_text(out, "<t:ExtendedProperty><t:ExtendedFieldURI ");
        if (extended->tag >= EXTENDED_COMMON)
            buffer_printf(out, "DistinguishedPropertySetId=\"Common\" PropertyId=\"%u\"",
                          extended->tag - EXTENDED_COMMON);
        else
            buffer_printf(out, "PropertyTag=\"0x%x\"", extended->tag);
        buffer_append_text(out, " PropertyType=\"");
        buffer_append_text(out, extended->type);
        buffer_append_text(out, "\"/>");
        EWS_PLAIN(out, "t:Value", value);
        buffer_append_text(out, "</t:ExtendedProperty>");
    }
}

/* A number as clients write it: "0xe07", "0x0E07" or "3591". */
static bool ews_tag_read(struct str text, uint32_t *tag_r) {
    uint64_t value = 0;
    if (!str_starts_with_caseless(text, "0x")) {
        if (!str_to_u64(text, &value))
            return false;
    } else {
        if (text.length < 3 || text.length > 10)
            return false;
        for (size_t i = 2; i < text.length; i++) {
            const char *digits = "0123456789abcdef";
            const char *digit = strchr(digits, ascii_lower(text.data[i]));
            if (digit == NULL || *digit == '\0')
                return false;
            value = value * 16 + (uint64_t)(digit - digits);
        }
    }
    *tag_r = (uint32_t)value;
    return value <= 0xffff;
}

bool ews_extended_read(const struct xml_node *node, struct ews_extended *extended_r) {
    static const char *const types[] = {"Integer", "Boolean", "SystemTime", "String",
                                        "Long",    "Short",   "Binary",     "StringArray"};
    struct str type = xml_attribute(node, "PropertyType");
    extended_r->type = NULL;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (str_equal_text(type, types[i]))
            extended_r->type = types[i];
    if (extended_r->type == NULL)
        return false;
    if (ews_tag_read(xml_attribute(node, "PropertyTag"), &extended_r->tag))
        return true;
    struct str set = xml_attribute(node, "DistinguishedPropertySetId");
    if (!str_equal_text(set, "Common") ||
        !ews_tag_read(xml_attribute(node, "PropertyId"), &extended_r->tag))
        return false;
    extended_r->tag += EXTENDED_COMMON;
    return true;
}

/* ---- The table ---- */

enum ews_base { BASE_ID, BASE_DEFAULT, BASE_ALL, BASE_ASKED /* in no base shape */ };

static const struct ews_property {
    const char *uri;    /* NULL: cannot be asked for by FieldURI */
    enum ews_base base; /* the first of the base shapes that has it */
    bool needs_content;
    void (*write)(struct ews_item_view *view);
} ews_properties[] = {
    {"item:MimeContent", BASE_ASKED, true, ews_write_mime},
    {"item:ItemId", BASE_ID, false, ews_write_item_id},
    {"item:ParentFolderId", BASE_ALL, false, ews_write_parent},
    {"item:ItemClass", BASE_ALL, false, ews_write_class},
    {"item:Subject", BASE_DEFAULT, true, ews_write_subject},
    {"item:Sensitivity", BASE_DEFAULT, false, ews_write_sensitivity},
    {"item:DateTimeReceived", BASE_DEFAULT, false, ews_write_received},
    {"item:Size", BASE_DEFAULT, false, ews_write_size},
    {"item:Categories", BASE_ALL, false, ews_write_categories},
    {"item:Importance", BASE_ALL, false, ews_write_importance},
    {"item:InReplyTo", BASE_ALL, true, ews_write_in_reply_to},
    {"item:IsDraft", BASE_ALL, false, ews_write_is_draft},
    {"item:InternetMessageHeaders", BASE_ASKED, true, ews_write_headers},
    {"item:DateTimeCreated", BASE_ALL, false, ews_write_created},
    {"item:HasAttachments", BASE_DEFAULT, true, ews_write_has_attachments},
    {NULL, BASE_ASKED, false, ews_write_extended},
    {"item:Flag", BASE_ALL, false, ews_write_flag},
    {"message:From", BASE_DEFAULT, true, ews_write_from},
    {"message:InternetMessageId", BASE_ALL, true, ews_write_message_id},
    {"message:IsRead", BASE_DEFAULT, false, ews_write_is_read},
    {"message:References", BASE_ALL, true, ews_write_references},
};
enum { PROPERTY_COUNT = sizeof ews_properties / sizeof *ews_properties, PROPERTY_MIME = 0 };

bool ews_shape_has_mime(const struct ews_shape *shape) {
    return (shape->properties & 1 << PROPERTY_MIME) != 0;
}

/* One entry of AdditionalProperties. Known prefixes with properties we do not have are accepted and
 * left out of the answer, as real servers do with empty ones. */
static bool ews_item_shape_add(struct ews_shape *shape, const struct xml_node *node) {
    if (xml_is(node, EWS_TYPES, "ExtendedFieldURI")) {
        if (shape->extended_count == EWS_EXTENDED_MAX)
            return false;
        struct ews_extended *extended = &shape->extended[shape->extended_count];
        shape->extended_count += ews_extended_read(node, extended) ? 1 : 0;
        return true;
    }
    struct str uri = xml_attribute(node, "FieldURI");
    if (xml_is(node, EWS_TYPES, "IndexedFieldURI"))
        return true;
    if (!xml_is(node, EWS_TYPES, "FieldURI") || memchr(uri.data, ':', uri.length) == NULL)
        return false;
    for (size_t i = 0; i < PROPERTY_COUNT; i++)
        if (ews_properties[i].uri != NULL && str_equal_text(uri, ews_properties[i].uri))
            shape->properties |= UINT64_C(1) << i;
    return true;
}

bool ews_item_shape_read(struct ews_request *request, bool mime, struct ews_shape *shape_r) {
    *shape_r = (struct ews_shape){0};
    const struct xml_node *node = xml_child(request->operation, EWS_MESSAGES, "ItemShape");
    struct str base = xml_text(xml_child(node, EWS_TYPES, "BaseShape"));
    enum ews_base reach = str_equal_text(base, "IdOnly")          ? BASE_ID
                          : str_equal_text(base, "Default")       ? BASE_DEFAULT
                          : str_equal_text(base, "AllProperties") ? BASE_ALL
                                                                  : BASE_ASKED;
    if (reach == BASE_ASKED)
        return ews_invalid(request, "ItemShape needs a BaseShape."), false;
    for (size_t i = 0; i < PROPERTY_COUNT; i++)
        if (ews_properties[i].base <= reach)
            shape_r->properties |= UINT64_C(1) << i;
    const struct xml_node *more = xml_first(xml_child(node, EWS_TYPES, "AdditionalProperties"));
    for (; more != NULL; more = xml_next(more))
        if (!ews_item_shape_add(shape_r, more))
            return ews_invalid(request, "A property of ItemShape is not one of an item."), false;
    bool asked = false;
    const struct xml_node *include = xml_child(node, EWS_TYPES, "IncludeMimeContent");
    if (include != NULL && !ews_boolean(xml_text(include), &asked))
        return ews_invalid(request, "IncludeMimeContent is neither true nor false."), false;
    if (asked)
        shape_r->properties |= 1 << PROPERTY_MIME;
    if (!mime)
        shape_r->properties &= ~(UINT64_C(1) << PROPERTY_MIME);
    for (size_t i = 0; i < PROPERTY_COUNT; i++)
        if (ews_properties[i].write == ews_write_extended && shape_r->extended_count > 0)
            shape_r->properties |= UINT64_C(1) << i;
    return true;
}

void ews_item_write(struct ews_request *request, const struct ews_shape *shape,
                    struct store_folder *folder, size_t index) {
    struct ews_item_view view = {.request = request,
                                 .shape = shape,
                                 .folder = folder,
                                 .index = index,
                                 .item = *store_item_at(folder, index),
                                 .content = STR(""),
                                 .date = STR("")};
    bool needs_content = false;
    for (uint64_t left = shape->properties; left != 0; left &= left - 1)
        needs_content |= ews_properties[__builtin_ctzll(left)].needs_content;
    if (needs_content) {
        buffer_clear(request->content);
        contents_render(request->exchange->options.contents, view.item.content, request->content);
        view.content = buffer_str(request->content);
    }
    buffer_append_text(request->out, "<t:Message>");
    for (uint64_t left = shape->properties; left != 0 && !request->cut; left &= left - 1)
        ews_properties[__builtin_ctzll(left)].write(&view);
    if (!request->cut)
        buffer_append_text(request->out, "</t:Message>");
}
