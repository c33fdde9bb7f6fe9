/* GetFolder and FindFolder: folders by id, and the tree of a mailbox (EWS.md §3). */
#include "ews.h"

enum { /* bits of a folder's shape, in the order of the schema */
       FOLDER_ID,
       FOLDER_PARENT_ID,
       FOLDER_CLASS,
       FOLDER_DISPLAY_NAME,
       FOLDER_TOTAL_COUNT,
       FOLDER_CHILD_COUNT,
       FOLDER_EXTENDED,
       FOLDER_DISTINGUISHED,
       FOLDER_UNREAD_COUNT,
};

static const struct {
    const char *uri;
    int bit;
} ews_folder_uris[] = {
    {"folder:FolderId", FOLDER_ID},
    {"folder:ParentFolderId", FOLDER_PARENT_ID},
    {"folder:FolderClass", FOLDER_CLASS},
    {"folder:DisplayName", FOLDER_DISPLAY_NAME},
    {"folder:TotalCount", FOLDER_TOTAL_COUNT},
    {"folder:ChildFolderCount", FOLDER_CHILD_COUNT},
    {"folder:DistinguishedFolderId", FOLDER_DISTINGUISHED},
    {"folder:UnreadCount", FOLDER_UNREAD_COUNT},
};

enum {
    FOLDER_SHAPE_DEFAULT = 1 << FOLDER_ID | 1 << FOLDER_DISPLAY_NAME | 1 << FOLDER_TOTAL_COUNT |
                           1 << FOLDER_CHILD_COUNT | 1 << FOLDER_UNREAD_COUNT,
    FOLDER_SHAPE_ALL = FOLDER_SHAPE_DEFAULT | 1 << FOLDER_PARENT_ID | 1 << FOLDER_CLASS |
                       1 << FOLDER_DISTINGUISHED,
};

/* One entry of AdditionalProperties. Properties we do not have are left out of the answer. */
static bool ews_folder_shape_add(struct ews_shape *shape, const struct xml_node *node) {
    if (xml_is(node, EWS_TYPES, "ExtendedFieldURI")) {
        if (shape->extended_count == EWS_EXTENDED_MAX)
            return false;
        struct ews_extended *extended = &shape->extended[shape->extended_count];
        shape->extended_count += ews_extended_read(node, extended) ? 1 : 0;
        shape->properties |= 1 << FOLDER_EXTENDED;
        return true;
    }
    struct str uri = xml_attribute(node, "FieldURI");
    if (!xml_is(node, EWS_TYPES, "FieldURI") || !str_starts_with(uri, "folder:"))
        return false;
    for (size_t i = 0; i < sizeof ews_folder_uris / sizeof *ews_folder_uris; i++)
        if (str_equal_text(uri, ews_folder_uris[i].uri))
            shape->properties |= UINT64_C(1) << ews_folder_uris[i].bit;
    return true;
}

bool ews_folder_shape_read(struct ews_request *request, struct ews_shape *shape_r) {
    *shape_r = (struct ews_shape){.properties = 1 << FOLDER_ID};
    const struct xml_node *node = xml_child(request->operation, EWS_MESSAGES, "FolderShape");
    struct str base = xml_text(xml_child(node, EWS_TYPES, "BaseShape"));
    if (str_equal_text(base, "Default"))
        shape_r->properties = FOLDER_SHAPE_DEFAULT;
    else if (str_equal_text(base, "AllProperties"))
        shape_r->properties = FOLDER_SHAPE_ALL;
    else if (!str_equal_text(base, "IdOnly"))
        return ews_invalid(request, "FolderShape needs a BaseShape."), false;
    const struct xml_node *more = xml_first(xml_child(node, EWS_TYPES, "AdditionalProperties"));
    for (; more != NULL; more = xml_next(more))
        if (!ews_folder_shape_add(shape_r, more))
            return ews_invalid(request, "A property of FolderShape is not one of a folder."), false;
    return true;
}

static void ews_folder_count(void *of, const struct ews_folder *folder) {
    (void)folder;
    ++*(uint64_t *)of;
}

static uint64_t ews_folder_unread(const struct ews_folder *folder) {
    uint64_t count = 0;
    for (size_t i = 0; folder->folder != NULL && i < store_item_count(folder->folder); i++)
        count += (store_item_at(folder->folder, i)->flags & ITEM_SEEN) == 0;
    return count;
}

static const char *ews_folder_class(const struct ews_folder *folder) {
    return folder->folder != NULL ? "IPF.Note" : folder->bare->class;
}

/* `element`: t:FolderId or t:ParentFolderId. */
static void ews_folder_id_write(struct ews_request *request, const char *element,
                                const struct ews_folder *folder) {
    struct ews_id id = ews_folder_id(folder);
    unsigned kind = folder->folder != NULL ? 1 : folder->bare->kind;
    buffer_append_byte(request->out, '<');
    buffer_append_text(request->out, element);
    buffer_append_text(request->out, " Id=\"");
    ews_folder_id_append(request->exchange, request->stems, request->out, &id);
    buffer_append_text(request->out, "\" ChangeKey=\"");
    ews_folder_key_append(request->exchange, request->stems, request->out, &id, kind);
    buffer_append_text(request->out, "\"/>");
}

/* The few tags that clients ask of folders: container class, counts, sub-folders. */
static void ews_folder_extended(struct ews_request *request, const struct ews_extended *extended,
                                const struct ews_folder *folder, uint64_t children) {
    struct buffer value = {0};
    if (extended->tag == 0x3613 && ews_folder_class(folder) != NULL)
        buffer_append_text(&value, ews_folder_class(folder));
    else if (extended->tag == 0x3602)
        buffer_append_u64(&value, folder->folder == NULL ? 0 : store_item_count(folder->folder));
    else if (extended->tag == 0x3603)
        buffer_append_u64(&value, ews_folder_unread(folder));
    else if (extended->tag == 0x360a)
        buffer_append_text(&value, children > 0 ? "true" : "false");
    if (value.length > 0)
        buffer_printf(request->out,
                      "<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag=\"0x%x\" "
                      "PropertyType=\"%s\"/><t:Value>%s</t:Value></t:ExtendedProperty>",
                      extended->tag, extended->type, buffer_text(&value));
    buffer_release(&value);
}

void ews_folder_write(struct ews_request *request, const struct ews_shape *shape,
                      const struct ews_folder *folder) {
    struct buffer *out = request->out;
    uint64_t wanted = shape->properties, children = 0;
    const char *element = folder->folder != NULL ? "t:Folder" : folder->bare->element;
    const char *class = ews_folder_class(folder);
    const char *distinguished = ews_folder_distinguished(folder);
    struct ews_folder parent;
    if ((wanted & (1 << FOLDER_CHILD_COUNT | 1 << FOLDER_EXTENDED)) != 0)
        ews_folder_each(request, folder, false, ews_folder_count, &children);
    buffer_append_byte(out, '<');
    buffer_append_text(out, element);
    buffer_append_byte(out, '>');
    ews_folder_id_write(request, "t:FolderId", folder);
    if ((wanted & 1 << FOLDER_PARENT_ID) != 0 && ews_folder_parent(folder, &parent))
        ews_folder_id_write(request, "t:ParentFolderId", &parent);
    if ((wanted & 1 << FOLDER_CLASS) != 0 && class != NULL)
        ews_element(out, "t:FolderClass", str_of(class));
    if ((wanted & 1 << FOLDER_DISPLAY_NAME) != 0)
        ews_element(out, "t:DisplayName",
                    folder->folder != NULL ? store_folder_name(folder->folder)
                                           : str_of(folder->bare->name));
    if ((wanted & 1 << FOLDER_TOTAL_COUNT) != 0)
        ews_element_u64(out, "t:TotalCount",
                        folder->folder == NULL ? 0 : store_item_count(folder->folder));
    if ((wanted & 1 << FOLDER_CHILD_COUNT) != 0)
        ews_element_u64(out, "t:ChildFolderCount", children);
    for (uint32_t i = 0; i < shape->extended_count; i++)
        ews_folder_extended(request, &shape->extended[i], folder, children);
    if ((wanted & 1 << FOLDER_DISTINGUISHED) != 0 && distinguished != NULL)
        ews_element(out, "t:DistinguishedFolderId", str_of(distinguished));
    bool has_unread = folder->folder != NULL || folder->bare->kind == 1 || folder->bare->kind == 4;
    if ((wanted & 1 << FOLDER_UNREAD_COUNT) != 0 && has_unread)
        ews_element_u64(out, "t:UnreadCount", ews_folder_unread(folder));
    buffer_append_text(out, "</");
    buffer_append_text(out, element);
    buffer_append_byte(out, '>');
}

/* The mailbox that a DistinguishedFolderId names, or the one the request is made for. */
static enum ews_error ews_folder_mailbox(struct ews_request *request, const struct xml_node *id,
                                         uint32_t *mailbox_r) {
    const struct xml_node *mailbox = xml_child(id, EWS_TYPES, "Mailbox");
    *mailbox_r = request->actor;
    if (mailbox != NULL) {
        struct str address = xml_text(xml_child(mailbox, EWS_TYPES, "EmailAddress"));
        *mailbox_r = exchange_accepts(request->exchange, address);
        return *mailbox_r == 0 ? EWS_ErrorNonExistentMailbox : EWS_NoError;
    }
    return *mailbox_r == 0 ? EWS_ErrorMissingEmailAddress : EWS_NoError;
}

enum ews_error ews_folder_find(struct ews_request *request, const struct xml_node *id,
                               struct ews_folder *folder_r) {
    struct str text = xml_attribute(id, "Id");
    bool by_name = xml_is(id, EWS_TYPES, "DistinguishedFolderId");
    struct ews_id meant = {0};
    enum ews_error error = by_name ? ews_folder_mailbox(request, id, &meant.mailbox)
                                   : ews_id_read(request->exchange, text, &meant);
    if (error != EWS_NoError)
        return error;
    if (meant.uid != 0)
        return EWS_ErrorInvalidIdMalformed;
    struct store_mailbox *mailbox = ews_open(request, meant.mailbox);
    if (mailbox == NULL)
        return by_name ? EWS_ErrorAccessDenied : EWS_ErrorFolderNotFound;
    bool found = by_name ? ews_folder_by_name(mailbox, text, folder_r)
                         : ews_folder_by_number(mailbox, meant.folder, folder_r);
    return found ? EWS_NoError : EWS_ErrorFolderNotFound;
}

enum ews_error ews_folder_top(struct ews_request *request, struct ews_folder *folder_r) {
    struct store_mailbox *mailbox = ews_open(request, request->actor);
    if (request->actor == 0 || mailbox == NULL)
        return EWS_ErrorMissingEmailAddress;
    return ews_folder_by_name(mailbox, STR("msgfolderroot"), folder_r) ? EWS_NoError
                                                                       : EWS_ErrorFolderNotFound;
}

enum http_next ews_get_folder(struct ews_request *request) {
    struct ews_shape shape;
    if (!ews_folder_shape_read(request, &shape))
        return HTTP_DONE;
    const struct xml_node *id = xml_first(xml_child(request->operation, EWS_MESSAGES, "FolderIds"));
    if (id == NULL)
        return ews_invalid(request, "FolderIds must name a folder.");
    ews_response_begin(request->out, "GetFolder");
    for (uint32_t count = 0; id != NULL; id = xml_next(id)) {
        if (++count > EWS_IDS_MAX)
            return ews_invalid(request, "FolderIds names too many folders.");
        struct ews_folder folder;
        enum ews_error error = ews_folder_find(request, id, &folder);
        ews_message_begin(request->out, "GetFolder", error);
        if (error == EWS_NoError) {
            buffer_append_text(request->out, "<m:Folders>");
            ews_folder_write(request, &shape, &folder);
            buffer_append_text(request->out, "</m:Folders>");
        } else {
            buffer_append_text(request->out, "<m:Folders/>");
        }
        ews_message_end(request->out, "GetFolder");
    }
    ews_response_end(request->out, "GetFolder");
    return HTTP_DONE;
}

/* ---- FindFolder ---- */

struct ews_folder_page {
    struct ews_request *request;
    const struct ews_shape *shape;
    uint64_t offset, rows; /* which rows are wanted */
    uint64_t seen;         /* rows there are, so far */
    struct buffer *folders;
};

static void ews_find_folder_see(void *of, const struct ews_folder *folder) {
    struct ews_folder_page *page = of;
    uint64_t row = page->seen++;
    if (row < page->offset || row - page->offset >= page->rows)
        return;
    struct buffer *out = page->request->out;
    page->request->out = page->folders;
    ews_folder_write(page->request, page->shape, folder);
    page->request->out = out;
    page->request->work += page->request->exchange->options.work.row;
}

static void ews_find_folder_below(struct ews_request *request, struct ews_folder_page *page,
                                  const struct xml_node *id, bool deep) {
    struct ews_folder below;
    enum ews_error error = ews_folder_find(request, id, &below);
    ews_message_begin(request->out, "FindFolder", error);
    if (error == EWS_NoError) {
        page->seen = 0;
        buffer_clear(page->folders);
        ews_folder_each(request, &below, deep, ews_find_folder_see, page);
        uint64_t last = page->seen;
        if (page->offset < last && page->rows < last - page->offset)
            last = page->offset + page->rows;
        buffer_printf(request->out,
                      "<m:RootFolder IndexedPagingOffset=\"%llu\" TotalItemsInView=\"%llu\" "
                      "IncludesLastItemInRange=\"%s\"><t:Folders>",
                      (unsigned long long)last, (unsigned long long)page->seen,
                      last == page->seen ? "true" : "false");
        buffer_append_str(request->out, buffer_str(page->folders));
        buffer_append_text(request->out, "</t:Folders></m:RootFolder>");
    }
    ews_message_end(request->out, "FindFolder");
}

enum http_next ews_find_folder(struct ews_request *request) {
    struct ews_shape shape;
    if (!ews_folder_shape_read(request, &shape))
        return HTTP_DONE;
    struct str traversal = xml_attribute(request->operation, "Traversal");
    bool deep = str_equal_text(traversal, "Deep");
    const struct xml_node *id =
        xml_first(xml_child(request->operation, EWS_MESSAGES, "ParentFolderIds"));
    if (id == NULL || (!deep && !str_equal_text(traversal, "Shallow")))
        return ews_invalid(request, "FindFolder needs Traversal and ParentFolderIds.");
    if (xml_child(request->operation, EWS_MESSAGES, "Restriction") != NULL)
        return ews_fault(request, EWS_ErrorUnsupportedPathForQuery);
    struct ews_folder_page page = {
        .request = request, .shape = &shape, .rows = EWS_ROWS_MAX, .folders = request->content};
    const struct xml_node *view =
        xml_child(request->operation, EWS_MESSAGES, "IndexedPageFolderView");
    struct str rows = xml_attribute(view, "MaxEntriesReturned");
    struct str offset = xml_attribute(view, "Offset");
    if ((rows.length > 0 && (!str_to_u64(rows, &page.rows) || page.rows == 0)) ||
        (view != NULL && !str_to_u64(offset, &page.offset)))
        return ews_fault(request, EWS_ErrorInvalidPagingMaxRows);
    if (page.rows > EWS_ROWS_MAX)
        page.rows = EWS_ROWS_MAX;
    ews_response_begin(request->out, "FindFolder");
    for (uint32_t count = 0; id != NULL && count < EWS_PARENTS_MAX; id = xml_next(id), count++)
        ews_find_folder_below(request, &page, id, deep);
    ews_response_end(request->out, "FindFolder");
    return HTTP_DONE;
}
