/*
 * GetItem: items by id, in the order asked for (EWS.md §3). The answer goes out in pieces, so that
 * however many messages one request names, only about one of them is in memory.
 */
#include "ews.h"

/* Where an id leads; an item that was moved or deleted since is not found. */
static enum ews_error ews_item_find(struct ews_request *request, const struct xml_node *node,
                                    struct ews_folder *folder_r, size_t *index_r) {
    struct ews_id id;
    struct str text = xml_attribute(node, "Id");
    enum ews_error error = xml_is(node, EWS_TYPES, "ItemId")
                               ? ews_item_id_read(request->exchange, request->stems, text, &id)
                               : EWS_ErrorInvalidIdMalformed;
    if (error != EWS_NoError)
        return error;
    if (id.uid == 0)
        return EWS_ErrorInvalidIdMalformed;
    struct store_mailbox *mailbox = ews_open(request, id.mailbox);
    bool is_there = mailbox != NULL && ews_folder_by_number(mailbox, id.folder, folder_r) &&
                    folder_r->folder != NULL && store_item_find(folder_r->folder, id.uid, index_r);
    return is_there ? EWS_NoError : EWS_ErrorItemNotFound;
}

static void ews_get_item_one(struct ews_request *request, const struct xml_node *node) {
    struct ews_folder folder;
    size_t index;
    enum ews_error error = ews_item_find(request, node, &folder, &index);
    request->work += request->exchange->options.work.item;
    if (error == EWS_NoError && ews_shape_has_mime(&request->shape) &&
        EXCHANGE_ASK(request->exchange, unreadable, store_mailbox_number(folder.mailbox),
                     store_item_at(folder.folder, index)))
        error = EWS_ErrorMimeContentConversionFailed;
    ews_message_begin(request->out, "GetItem", error);
    if (error == EWS_NoError) {
        buffer_append_text(request->out, "<m:Items>");
        ews_item_write(request, &request->shape, folder.folder, index);
        if (request->cut)
            return;
        buffer_append_text(request->out, "</m:Items>");
    } else {
        buffer_append_text(request->out, "<m:Items/>");
    }
    ews_message_end(request->out, "GetItem");
}

/* The content that an id leads to, if that is seen at once; 0 else. */
static uint32_t ews_item_guess(struct ews_request *request, const struct xml_node *node) {
    struct ews_id id;
    size_t index;
    if (!ews_item_id_guess(request->stems, xml_attribute(node, "Id"), &id))
        return 0;
    struct store_mailbox *mailbox = store_mailbox(request->exchange->store, id.mailbox);
    struct store_folder *folder =
        mailbox == NULL ? NULL : store_folder_by_number(mailbox, id.folder);
    bool is_there = folder != NULL && store_item_find(folder, id.uid, &index);
    return is_there ? store_item_at(folder, index)->content : 0;
}

enum http_next ews_get_item_go_on(struct ews_request *request) {
    if (request->cut)
        return HTTP_RESET;
    uint32_t soon = 0; /* content of the next item */
    while (request->next != NULL) {
        const struct xml_node *node = request->next;
        request->next = xml_next(node);
        uint32_t later = ews_item_guess(request, xml_next(request->next));
        contents_expect(request->exchange->options.contents, soon, later);
        soon = later;
        ews_get_item_one(request, node);
        if (request->cut || request->out->length >= EWS_PIECE)
            return HTTP_MORE;
    }
    ews_response_end(request->out, "GetItem");
    return HTTP_DONE;
}

enum http_next ews_get_item(struct ews_request *request) {
    if (!ews_item_shape_read(request, true, &request->shape))
        return HTTP_DONE;
    request->next = xml_first(xml_child(request->operation, EWS_MESSAGES, "ItemIds"));
    if (request->next == NULL)
        return ews_invalid(request, "ItemIds must name an item.");
    uint32_t count = 0;
    for (const struct xml_node *node = request->next; node != NULL; node = xml_next(node))
        count++;
    if (count > EWS_IDS_MAX)
        return ews_invalid(request, "ItemIds names too many items.");
    ews_response_begin(request->out, "GetItem");
    return ews_get_item_go_on(request);
}
