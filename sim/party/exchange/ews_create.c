/*
 * CreateItem for messages that come with their MIME content (EWS.md §3): how tools bring mail into
 * a mailbox. Only what such a tool sends is understood: MessageDisposition SaveOnly, a folder to
 * save in, the message's bytes, whether it was read, its flag, and two extended properties without
 * which it would be an unsent draft of this minute: 0x0e07 (PidTagMessageFlags) and 0x0e06
 * (PidTagMessageDeliveryTime).
 */
#include <string.h>

#include "../base64.h"
#include "ews.h"
#include "exchange_inside.h"

enum {
    CREATE_FLAG_READ = 1,   /* mfRead */
    CREATE_FLAG_UNSENT = 8, /* mfUnsent */
    CREATE_VERB_REPLY = 102,
    CREATE_VERB_FORWARD = 104,
};

static void create_property(const struct xml_node *node, struct store_item *item) {
    struct ews_extended extended;
    uint64_t number = 0;
    instant at;
    struct str value = xml_text(xml_child(node, EWS_TYPES, "Value"));
    if (!ews_extended_read(xml_child(node, EWS_TYPES, "ExtendedFieldURI"), &extended))
        return;
    if (extended.tag == 0x0e06 && instant_parse(value, &at))
        item->received = instant_whole_second(at);
    if (!str_to_u64(value, &number))
        return;
    if (extended.tag == 0x0e07) {
        item->flags &= ~(uint32_t)(ITEM_SEEN | ITEM_DRAFT);
        item->flags |= (number & CREATE_FLAG_READ) != 0 ? ITEM_SEEN : 0;
        item->flags |= (number & CREATE_FLAG_UNSENT) != 0 ? ITEM_DRAFT : 0;
    } else if (extended.tag == 0x1081) {
        item->flags |= number == CREATE_VERB_REPLY ? ITEM_ANSWERED : 0;
        item->flags |= number == CREATE_VERB_FORWARD ? ITEM_FORWARDED : 0;
    }
}

/* What the client says of a message beside its bytes. */
static void create_properties(struct ews_request *request, const struct xml_node *message,
                              struct store_item *item) {
    bool read;
    *item = (struct store_item){
        .received = instant_whole_second(request->exchange->options.clock->now),
        .flags = ITEM_DRAFT, /* what is saved and not sent is a draft, unless 0x0e07 says else */
    };
    for (const struct xml_node *node = xml_first(message); node != NULL; node = xml_next(node)) {
        if (xml_is(node, EWS_TYPES, "ExtendedProperty"))
            create_property(node, item);
        else if (xml_is(node, EWS_TYPES, "IsRead") && ews_boolean(xml_text(node), &read))
            item->flags = (item->flags & ~(uint32_t)ITEM_SEEN) | (read ? ITEM_SEEN : 0);
        else if (xml_is(node, EWS_TYPES, "Flag") &&
                 str_equal_text(xml_text(xml_child(node, EWS_TYPES, "FlagStatus")), "Flagged"))
            item->flags |= ITEM_FLAGGED;
    }
}

static enum ews_error create_one(struct ews_request *request, const struct ews_folder *folder,
                                 const struct xml_node *message, uint32_t *uid_r) {
    struct store_item item;
    struct str mime = xml_text(xml_child(message, EWS_TYPES, "MimeContent"));
    if (!xml_is(message, EWS_TYPES, "Message") || mime.length == 0)
        return EWS_ErrorMimeContentInvalid;
    buffer_clear(request->content);
    if (!base64_decode(request->content, mime) || request->content->length == 0)
        return EWS_ErrorMimeContentInvalid;
    create_properties(request, message, &item);
    item.content =
        contents_learn(request->exchange->options.contents, buffer_str(request->content));
    enum status status =
        store_item_add(folder->folder, request->process, HOW_APPENDED, item, uid_r);
    request->work += request->exchange->options.work.item;
    return status == STATUS_OK ? EWS_NoError : EWS_ErrorQuotaExceeded;
}

static void create_answer(struct ews_request *request, const struct ews_folder *folder,
                          const struct xml_node *message) {
    uint32_t uid = 0;
    size_t index;
    enum ews_error error = create_one(request, folder, message, &uid);
    ews_message_begin(request->out, "CreateItem", error);
    buffer_append_text(request->out, error == EWS_NoError ? "<m:Items><t:Message>" : "<m:Items/>");
    if (error == EWS_NoError && store_item_find(folder->folder, uid, &index)) {
        ews_item_id_write(request, folder->folder, uid,
                          store_item_at(folder->folder, index)->modseq);
        buffer_append_text(request->out, "</t:Message></m:Items>");
    }
    ews_message_end(request->out, "CreateItem");
}

enum http_next ews_create_item(struct ews_request *request) {
    const struct xml_node *saved = xml_child(request->operation, EWS_MESSAGES, "SavedItemFolderId");
    const struct xml_node *message =
        xml_first(xml_child(request->operation, EWS_MESSAGES, "Items"));
    struct ews_folder folder;
    if (!str_equal_text(xml_attribute(request->operation, "MessageDisposition"), "SaveOnly"))
        return ews_invalid(request, "MessageDisposition must be SaveOnly.");
    if (saved == NULL || message == NULL)
        return ews_invalid(request, "SavedItemFolderId and Items are needed.");
    enum ews_error error = ews_folder_find(request, xml_first(saved), &folder);
    if (error == EWS_NoError && folder.folder == NULL)
        error = EWS_ErrorFolderNotFound;
    ews_response_begin(request->out, "CreateItem");
    for (; message != NULL; message = xml_next(message)) {
        if (error == EWS_NoError) {
            create_answer(request, &folder, message);
            continue;
        }
        ews_message_begin(request->out, "CreateItem", error);
        buffer_append_text(request->out, "<m:Items/>");
        ews_message_end(request->out, "CreateItem");
    }
    ews_response_end(request->out, "CreateItem");
    return HTTP_DONE;
}
