/* What is said to Exchange. Element order follows the schema, which real servers check. */
#include "base64.h"
#include "ews.h"

void ews_request_begin(struct buffer *out, const char *address) {
    buffer_clear(out);
    buffer_append_text(
        out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
             "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\""
             " xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/messages\""
             " xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\"><s:Header>"
             "<t:RequestServerVersion Version=\"Exchange2013_SP1\"/>"
             "<t:ExchangeImpersonation><t:ConnectingSID>");
    soap_element(out, "t:PrimarySmtpAddress", str_of(address));
    buffer_append_text(out, "</t:ConnectingSID></t:ExchangeImpersonation></s:Header><s:Body>");
}

void ews_request_end(struct buffer *out) {
    buffer_append_text(out, "</s:Body></s:Envelope>");
}

/* <tag Id="…"/> */
static void request_id(struct buffer *out, const char *tag, const char *id) {
    buffer_append_byte(out, '<');
    buffer_append_text(out, tag);
    buffer_append_text(out, " Id=\"");
    soap_text(out, str_of(id));
    buffer_append_text(out, "\"/>");
}

void ews_request_distinguished(struct buffer *out, const char *const *names, size_t count) {
    buffer_append_text(out, "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape>"
                            "</m:FolderShape><m:FolderIds>");
    for (size_t i = 0; i < count; i++)
        request_id(out, "t:DistinguishedFolderId", names[i]);
    buffer_append_text(out, "</m:FolderIds></m:GetFolder>");
}

static void request_fields(struct buffer *out, const char *const *fields) {
    for (; *fields != NULL; fields++) {
        buffer_append_text(out, "<t:FieldURI FieldURI=\"");
        buffer_append_text(out, *fields);
        buffer_append_text(out, "\"/>");
    }
}

void ews_request_folders(struct buffer *out, uint32_t offset) {
    static const char *const fields[] = {"folder:ParentFolderId", "folder:FolderClass",
                                         "folder:DisplayName", "folder:TotalCount", NULL};
    buffer_append_text(out, "<m:FindFolder Traversal=\"Deep\"><m:FolderShape>"
                            "<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>");
    request_fields(out, fields);
    buffer_printf(out,
                  "</t:AdditionalProperties></m:FolderShape><m:IndexedPageFolderView "
                  "MaxEntriesReturned=\"%d\" Offset=\"%u\" BasePoint=\"Beginning\"/>"
                  "<m:ParentFolderIds><t:DistinguishedFolderId Id=\"msgfolderroot\"/>"
                  "</m:ParentFolderIds></m:FindFolder>",
                  EWS_FOLDER_PAGE, offset);
}

static void request_bound(struct buffer *out, const char *comparison, instant bound) {
    char text[INSTANT_TEXT_MAX];
    buffer_printf(out,
                  "<t:%s><t:FieldURI FieldURI=\"item:DateTimeReceived\"/><t:FieldURIOrConstant>"
                  "<t:Constant Value=\"%s\"/></t:FieldURIOrConstant></t:%s>",
                  comparison, instant_text(instant_whole_second(bound), text), comparison);
}

/* Items without a date (drafts of some clients) match no comparison: they go with the older part,
 * so that the two parts of a mailbox are all of it. */
static void request_restriction(struct buffer *out, struct source_range range) {
    bool from = range.from != -INSTANT_NEVER, until = range.until != INSTANT_NEVER;
    if (!from && !until)
        return;
    buffer_append_text(out, "<m:Restriction>");
    if (from && until)
        buffer_append_text(out, "<t:And>");
    else if (until)
        buffer_append_text(out, "<t:Or>");
    if (from)
        request_bound(out, "IsGreaterThanOrEqualTo", range.from);
    if (until)
        request_bound(out, "IsLessThan", range.until);
    if (from && until)
        buffer_append_text(out, "</t:And>");
    else if (until)
        buffer_append_text(out, "<t:Not><t:Exists><t:FieldURI FieldURI=\"item:DateTimeReceived\"/>"
                                "</t:Exists></t:Not></t:Or>");
    buffer_append_text(out, "</m:Restriction>");
}

/* Whether an item is flagged is asked as PidTagFlagStatus (0x1090), of which item:Flag is made. */
static void request_item_shape(struct buffer *out, enum source_detail detail) {
    static const char *const dates[] = {"item:DateTimeReceived", "item:DateTimeCreated", NULL};
    static const char *const sizes[] = {"item:Size", NULL};
    static const char *const rest[] = {"item:Categories", "item:IsDraft", "message:IsRead", NULL};
    buffer_append_text(out, "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>"
                            "<t:AdditionalProperties>");
    request_fields(out, dates);
    if (detail != SOURCE_DATES)
        request_fields(out, sizes);
    if (detail == SOURCE_ALL) {
        request_fields(out, rest);
        buffer_append_text(out,
                           "<t:ExtendedFieldURI PropertyTag=\"0x1081\" PropertyType=\"Integer\"/>"
                           "<t:ExtendedFieldURI PropertyTag=\"0x1090\" PropertyType=\"Integer\"/>");
    }
    buffer_append_text(out, "</t:AdditionalProperties></m:ItemShape>");
}

void ews_request_items(struct buffer *out, const struct ews_listing_of *of) {
    buffer_append_text(out, "<m:FindItem Traversal=\"Shallow\">");
    request_item_shape(out, of->query->detail);
    buffer_printf(out,
                  "<m:IndexedPageItemView MaxEntriesReturned=\"%u\" Offset=\"%u\" "
                  "BasePoint=\"Beginning\"/>",
                  of->rows, of->offset);
    request_restriction(out, of->query->range);
    if (of->query->newest > 0)
        buffer_append_text(out, "<m:SortOrder><t:FieldOrder Order=\"Descending\"><t:FieldURI "
                                "FieldURI=\"item:DateTimeReceived\"/></t:FieldOrder>"
                                "</m:SortOrder>");
    buffer_append_text(out, "<m:ParentFolderIds>");
    for (size_t i = 0; i < of->count; i++)
        request_id(out, "t:FolderId", of->folder_ids[i]);
    buffer_append_text(out, "</m:ParentFolderIds></m:FindItem>");
}

void ews_request_messages(struct buffer *out, const char *const *ids, size_t count) {
    buffer_append_text(out, "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>"
                            "<t:IncludeMimeContent>true</t:IncludeMimeContent></m:ItemShape>"
                            "<m:ItemIds>");
    for (size_t i = 0; i < count; i++)
        request_id(out, "t:ItemId", ids[i]);
    buffer_append_text(out, "</m:ItemIds></m:GetItem>");
}

static void request_property(struct buffer *out, const char *tag, const char *type,
                             const char *value) {
    buffer_printf(out,
                  "<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag=\"%s\" PropertyType=\"%s\"/>"
                  "<t:Value>%s</t:Value></t:ExtendedProperty>",
                  tag, type, value);
}

/* Without PidTagMessageFlags (0x0e07) it would be an unsent draft, and without
 * PidTagMessageDeliveryTime (0x0e06) it would have arrived just now. */
void ews_request_create(struct buffer *out, const char *folder_id,
                        const struct source_message *message) {
    bool seen = (message->flags & SOURCE_SEEN) != 0, draft = (message->flags & SOURCE_DRAFT) != 0;
    char text[INSTANT_TEXT_MAX];
    buffer_append_text(out, "<m:CreateItem MessageDisposition=\"SaveOnly\"><m:SavedItemFolderId>");
    request_id(out, "t:FolderId", folder_id);
    buffer_append_text(out, "</m:SavedItemFolderId><m:Items><t:Message>"
                            "<t:MimeContent CharacterSet=\"UTF-8\">");
    base64_write(message->bytes, out);
    buffer_append_text(out, "</t:MimeContent>");
    request_property(out, "0x0E07", "Integer",
                     seen && draft ? "9"
                     : seen        ? "1"
                     : draft       ? "8"
                                   : "0");
    request_property(out, "0x0E06", "SystemTime",
                     instant_text(instant_whole_second(message->received), text));
    if ((message->flags & (SOURCE_ANSWERED | SOURCE_FORWARDED)) != 0)
        request_property(out, "0x1081", "Integer",
                         (message->flags & SOURCE_ANSWERED) != 0 ? "102" : "104");
    if ((message->flags & SOURCE_FLAGGED) != 0)
        buffer_append_text(out, "<t:Flag><t:FlagStatus>Flagged</t:FlagStatus></t:Flag>");
    buffer_printf(out, "<t:IsRead>%s</t:IsRead></t:Message></m:Items></m:CreateItem>",
                  seen ? "true" : "false");
}
