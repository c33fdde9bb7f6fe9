/* What Exchange says, turned into events. See ews.h. */
#include <stdlib.h>
#include <string.h>

#include "../base/check.h"
#include "ews.h"

/* Words of the answers: element name. The order of the kinds of folder and item matters below. */
#define EWS_WORDS(X)                                                                               \
    X(GetFolderResponseMessage)                                                                    \
    X(FindFolderResponseMessage)                                                                   \
    X(FindItemResponseMessage)                                                                     \
    X(CreateItemResponseMessage)                                                                   \
    X(GetItemResponseMessage)                                                                      \
    X(MessageText)                                                                                 \
    X(ResponseCode)                                                                                \
    X(MessageXml)                                                                                  \
    X(Value)                                                                                       \
    X(RootFolder)                                                                                  \
    X(Folder)                                                                                      \
    X(SearchFolder)                                                                                \
    X(CalendarFolder)                                                                              \
    X(ContactsFolder)                                                                              \
    X(TasksFolder)                                                                                 \
    X(FolderId)                                                                                    \
    X(ParentFolderId)                                                                              \
    X(FolderClass)                                                                                 \
    X(DisplayName)                                                                                 \
    X(TotalCount)                                                                                  \
    X(Message)                                                                                     \
    X(MeetingMessage)                                                                              \
    X(MeetingRequest)                                                                              \
    X(MeetingResponse)                                                                             \
    X(MeetingCancellation)                                                                         \
    X(PostItem)                                                                                    \
    X(Item)                                                                                        \
    X(CalendarItem)                                                                                \
    X(Contact)                                                                                     \
    X(DistributionList)                                                                            \
    X(Task)                                                                                        \
    X(MimeContent)                                                                                 \
    X(ItemId)                                                                                      \
    X(DateTimeReceived)                                                                            \
    X(DateTimeCreated)                                                                             \
    X(Size)                                                                                        \
    X(Categories)                                                                                  \
    X(String)                                                                                      \
    X(IsDraft)                                                                                     \
    X(IsRead)                                                                                      \
    X(FlagStatus)                                                                                  \
    X(ExtendedFieldURI)                                                                            \
    X(ExtendedProperty)

enum word {
    WORD_NONE,
#define X(name) WORD_##name,
    EWS_WORDS(X)
#undef X
};

static const char *const words[] = {
#define X(name) #name,
    EWS_WORDS(X)
#undef X
        NULL,
};

enum { TAG_LAST_VERB = 0x1081, TAG_FLAG_STATUS = 0x1090 };
enum { VERB_REPLY = 102, VERB_REPLY_ALL = 103, VERB_FORWARD = 104, FLAG_FLAGGED = 2 };

struct ews_answer {
    const struct ews_events *events; /* borrows */
    void *of;
    struct ews_message message;
    enum { VALUE_OTHER, VALUE_BACK_OFF, VALUE_INNER_CODE, VALUE_INNER_TEXT } value;
    unsigned open; /* the folder or item under way: its word; 0: none */
    struct ews_folder folder;
    struct ews_item item;
    bool has_received;
    uint64_t tag;                                         /* of the extended property */
    struct buffer id, parent_id, name, class, categories; /* own what folder and item show */
};

struct ews_answer *ews_answer_new(const struct ews_events *events, void *of) {
    struct ews_answer *answer = memory_new(1, sizeof *answer);
    answer->events = events;
    answer->of = of;
    return answer;
}

void ews_answer_close(struct ews_answer **answer) {
    if (*answer == NULL)
        return;
    buffer_release(&(*answer)->id);
    buffer_release(&(*answer)->parent_id);
    buffer_release(&(*answer)->name);
    buffer_release(&(*answer)->class);
    buffer_release(&(*answer)->categories);
    free(*answer);
    *answer = NULL;
}

static bool is_response_message(unsigned word) {
    return word >= WORD_GetFolderResponseMessage && word <= WORD_GetItemResponseMessage;
}

static bool is_folder(unsigned word) {
    return word >= WORD_Folder && word <= WORD_TasksFolder;
}

static bool is_item(unsigned word) {
    return word >= WORD_Message && word <= WORD_Task;
}

static void keep(char *target, size_t capacity, struct str text) {
    size_t length = text.length < capacity ? text.length : capacity - 1;
    memcpy(target, text.data, length);
    target[length] = '\0';
}

/* xs:boolean has two spellings. */
static bool is_true(struct str text) {
    text = str_trim(text);
    return str_equal_text(text, "true") || str_equal_text(text, "1");
}

static enum status answer_expected(const char *what, struct error *error) {
    return error_set(error, STATUS_PROTOCOL, "expected %s in Exchange's answer", what);
}

static enum status take_u32(struct str text, uint32_t *number_r, const char *what,
                            struct error *error) {
    uint64_t number;
    if (!str_to_u64(str_trim(text), &number) || number > UINT32_MAX)
        return answer_expected(what, error);
    *number_r = (uint32_t)number;
    return STATUS_OK;
}

/* "0x1081" or "4225" */
static uint64_t tag_of(struct str text) {
    uint64_t tag = 0;
    if (!str_starts_with_caseless(text, "0x"))
        return str_to_u64(text, &tag) ? tag : 0;
    for (size_t i = 2; i < text.length && i < 10; i++) {
        char digit = ascii_lower(text.data[i]);
        if (digit >= '0' && digit <= '9')
            tag = tag << 4 | (uint64_t)(digit - '0');
        else if (digit >= 'a' && digit <= 'f')
            tag = tag << 4 | (uint64_t)(digit - 'a' + 10);
        else
            return 0;
    }
    return tag;
}

/* ---- beginnings --------------------------------------------------------------------------- */

static enum status start_page(struct ews_answer *answer, const struct soap_attributes *attributes,
                              struct error *error) {
    struct ews_page page = {0};
    struct str text;
    enum status status = STATUS_OK;
    if (!soap_attribute(attributes, "IncludesLastItemInRange", &text))
        return answer_expected("IncludesLastItemInRange", error);
    page.is_last = is_true(text);
    if (!soap_attribute(attributes, "TotalItemsInView", &text))
        return answer_expected("TotalItemsInView", error);
    status = take_u32(text, &page.total, "a number in TotalItemsInView", error);
    page.has_next = soap_attribute(attributes, "IndexedPagingOffset", &text);
    if (status == STATUS_OK && page.has_next)
        status = take_u32(text, &page.next_offset, "a number in IndexedPagingOffset", error);
    if (status != STATUS_OK || answer->events->page == NULL)
        return status;
    return answer->events->page(answer->of, &page, error);
}

static void start_entry(struct ews_answer *answer, unsigned word) {
    answer->open = word;
    answer->folder = (struct ews_folder){.is_plain = word == WORD_Folder};
    answer->item = (struct ews_item){.is_mail = word <= WORD_Item};
    answer->has_received = false;
    buffer_clear(&answer->id);
    buffer_clear(&answer->parent_id);
    buffer_clear(&answer->name);
    buffer_clear(&answer->class);
    buffer_clear(&answer->categories);
}

static enum status start_id(struct buffer *out, const struct soap_attributes *attributes,
                            struct error *error) {
    struct str id;
    buffer_clear(out);
    if (!soap_attribute(attributes, "Id", &id) || id.length == 0 || id.length >= EWS_ID_MAX)
        return answer_expected("an Id", error);
    buffer_append_str(out, id);
    return STATUS_OK;
}

static enum status answer_start(void *of, const struct soap_reader *reader, unsigned word,
                                const struct soap_attributes *attributes, struct error *error) {
    struct ews_answer *answer = of;
    struct str text;
    if (is_response_message(word)) {
        answer->message = (struct ews_message){0};
        answer->message.success =
            soap_attribute(attributes, "ResponseClass", &text) && str_equal_text(text, "Success");
        return STATUS_OK;
    }
    if (word == WORD_RootFolder)
        return start_page(answer, attributes, error);
    if (answer->open == WORD_NONE && (is_folder(word) || is_item(word))) {
        start_entry(answer, word);
        return STATUS_OK;
    }
    if (word == WORD_Value && soap_inside(reader, WORD_MessageXml)) {
        answer->value = VALUE_OTHER;
        if (soap_attribute(attributes, "Name", &text))
            answer->value = str_equal_text(text, "BackOffMilliseconds")      ? VALUE_BACK_OFF
                            : str_equal_text(text, "InnerErrorResponseCode") ? VALUE_INNER_CODE
                            : str_equal_text(text, "InnerErrorMessageText")  ? VALUE_INNER_TEXT
                                                                             : VALUE_OTHER;
        return STATUS_OK;
    }
    if (word == WORD_ExtendedFieldURI)
        answer->tag = soap_attribute(attributes, "PropertyTag", &text) ? tag_of(text) : 0;
    /* Ids of the entry itself: directly in it. */
    if (answer->open == WORD_NONE || soap_parent(reader) != answer->open)
        return STATUS_OK;
    if (word == WORD_FolderId || word == WORD_ItemId)
        return start_id(&answer->id, attributes, error);
    if (word == WORD_ParentFolderId)
        return start_id(&answer->parent_id, attributes, error);
    return STATUS_OK;
}

/* ---- ends --------------------------------------------------------------------------------- */

static void end_value(struct ews_answer *answer, struct str text) {
    text = str_trim(text);
    switch (answer->value) {
    case VALUE_OTHER:
        break;
    case VALUE_BACK_OFF:
        answer->message.back_off = soap_back_off(text);
        break;
    case VALUE_INNER_CODE:
        keep(answer->message.code, sizeof answer->message.code, text);
        break;
    case VALUE_INNER_TEXT:
        keep(answer->message.text, sizeof answer->message.text, text);
        break;
    }
}

static enum status end_entry(struct ews_answer *answer, struct error *error) {
    const struct ews_events *events = answer->events;
    unsigned open = answer->open;
    answer->open = WORD_NONE;
    if (answer->id.length == 0)
        return answer_expected("an id in each folder and item", error);
    if (is_folder(open)) {
        answer->folder.id = buffer_text(&answer->id);
        answer->folder.parent_id = buffer_text(&answer->parent_id);
        answer->folder.name = buffer_text(&answer->name);
        answer->folder.class = buffer_text(&answer->class);
        return events->folder == NULL ? STATUS_OK
                                      : events->folder(answer->of, &answer->folder, error);
    }
    answer->item.item.id = buffer_text(&answer->id);
    answer->item.item.categories = buffer_text(&answer->categories);
    return events->item == NULL ? STATUS_OK : events->item(answer->of, &answer->item, error);
}

static enum status end_folder_field(struct ews_answer *answer, unsigned word, struct str text,
                                    struct error *error) {
    if (word == WORD_DisplayName) {
        buffer_clear(&answer->name);
        buffer_append_str(&answer->name, text);
    } else if (word == WORD_FolderClass) {
        buffer_clear(&answer->class);
        buffer_append_str(&answer->class, str_trim(text));
    } else if (word == WORD_TotalCount) {
        return take_u32(text, &answer->folder.items, "a number in TotalCount", error);
    }
    return STATUS_OK;
}

static enum status end_date(struct ews_answer *answer, unsigned word, struct str text,
                            struct error *error) {
    instant at;
    bool received = word == WORD_DateTimeReceived;
    if (!received && answer->has_received)
        return STATUS_OK;
    if (!instant_parse(str_trim(text), &at))
        return answer_expected("a date and time", error);
    answer->item.item.received = instant_whole_second(at);
    answer->has_received |= received;
    answer->item.has_date = true;
    return STATUS_OK;
}

/* One category a line; what would look like the end of a line becomes a blank. */
static enum status end_category(struct ews_answer *answer, struct str text, struct error *error) {
    struct buffer *out = &answer->categories;
    if (out->length + text.length > EWS_CATEGORIES_MAX)
        return error_set(error, STATUS_LIMIT, "an item's categories are longer than %d bytes",
                         EWS_CATEGORIES_MAX);
    if (out->length > 0)
        buffer_append_byte(out, '\n');
    for (size_t i = 0; i < text.length; i++)
        buffer_append_byte(out, (unsigned char)text.data[i] < 0x20 ? ' ' : text.data[i]);
    return STATUS_OK;
}

static void end_property(struct ews_answer *answer, struct str text) {
    uint64_t value;
    if (!str_to_u64(str_trim(text), &value))
        return;
    uint32_t *flags = &answer->item.item.flags;
    if (answer->tag == TAG_FLAG_STATUS && value == FLAG_FLAGGED)
        *flags |= SOURCE_FLAGGED;
    if (answer->tag == TAG_LAST_VERB && (value == VERB_REPLY || value == VERB_REPLY_ALL))
        *flags |= SOURCE_ANSWERED;
    if (answer->tag == TAG_LAST_VERB && value == VERB_FORWARD)
        *flags |= SOURCE_FORWARDED;
}

static enum status end_item_field(struct ews_answer *answer, const struct soap_reader *reader,
                                  unsigned word, struct str text, struct error *error) {
    uint32_t *flags = &answer->item.item.flags;
    if (word == WORD_DateTimeReceived || word == WORD_DateTimeCreated)
        return end_date(answer, word, text, error);
    if (word == WORD_String && soap_parent(reader) == WORD_Categories)
        return end_category(answer, text, error);
    if (word == WORD_Value && soap_parent(reader) == WORD_ExtendedProperty)
        end_property(answer, text);
    else if (word == WORD_IsRead && is_true(text))
        *flags |= SOURCE_SEEN;
    else if (word == WORD_IsDraft && is_true(text))
        *flags |= SOURCE_DRAFT;
    else if (word == WORD_FlagStatus && str_equal_text(str_trim(text), "Flagged"))
        *flags |= SOURCE_FLAGGED;
    else if (word == WORD_Size && !str_to_u64(str_trim(text), &answer->item.item.size))
        return answer_expected("a number in Size", error);
    return STATUS_OK;
}

static enum status answer_end(void *of, const struct soap_reader *reader, unsigned word,
                              struct str text, struct error *error) {
    struct ews_answer *answer = of;
    if (is_response_message(word)) {
        if (answer->message.code[0] == '\0')
            return answer_expected("a ResponseCode", error);
        return answer->events->message(answer->of, &answer->message, error);
    }
    if (answer->open != WORD_NONE && word == answer->open &&
        !soap_inside(reader, WORD_ExtendedProperty)) {
        return end_entry(answer, error);
    }
    if (word == WORD_Value && soap_inside(reader, WORD_MessageXml))
        end_value(answer, text);
    else if (word == WORD_ResponseCode && answer->message.code[0] == '\0')
        keep(answer->message.code, sizeof answer->message.code, str_trim(text));
    else if (word == WORD_MessageText && answer->message.text[0] == '\0')
        keep(answer->message.text, sizeof answer->message.text, str_trim(text));
    else if (is_folder(answer->open))
        return end_folder_field(answer, word, text, error);
    else if (is_item(answer->open))
        return end_item_field(answer, reader, word, text, error);
    return STATUS_OK;
}

static enum status answer_piece(void *of, struct str piece, struct error *error) {
    struct ews_answer *answer = of;
    return answer->events->mime == NULL ? STATUS_OK
                                        : answer->events->mime(answer->of, piece, error);
}

const struct soap_handler ews_answer_handler = {
    .words = words,
    .streamed = WORD_MimeContent,
    .start = answer_start,
    .piece = answer_piece,
    .end = answer_end,
};

/* ---- codes -------------------------------------------------------------------------------- */

enum status ews_meaning(const char *code) {
    static const struct {
        const char *code;
        enum status status;
    } meanings[] = {
        {"NoError", STATUS_OK},
        {"ErrorServerBusy", STATUS_BUSY},
        {"ErrorExceededConnectionCount", STATUS_BUSY},
        {"ErrorExceededFindCountLimit", STATUS_BUSY},
        {"ErrorTimeoutExpired", STATUS_BUSY},
        {"ErrorBatchProcessingStopped", STATUS_BUSY},
        {"ErrorMailboxMoveInProgress", STATUS_BUSY},
        {"ErrorMailboxStoreUnavailable", STATUS_BUSY},
        {"ErrorConnectionFailed", STATUS_BUSY},
        {"ErrorInternalServerTransientError", STATUS_BUSY},
        {"ErrorInsufficientResources", STATUS_BUSY},
        {"ErrorADUnavailable", STATUS_BUSY},
        {"ErrorTooManyObjectsOpened", STATUS_BUSY},
        {"ErrorItemNotFound", STATUS_NOT_FOUND},
        {"ErrorFolderNotFound", STATUS_NOT_FOUND},
        {"ErrorNonExistentMailbox", STATUS_NOT_FOUND},
        {"ErrorMimeContentConversionFailed", STATUS_UNMOVABLE},
        {"ErrorMimeContentInvalid", STATUS_UNMOVABLE},
        {"ErrorUnsupportedMimeConversion", STATUS_UNMOVABLE},
        {"ErrorContentConversionFailed", STATUS_UNMOVABLE},
        {"ErrorItemCorrupt", STATUS_UNMOVABLE},
        {"ErrorCorruptData", STATUS_UNMOVABLE},
        {"ErrorMessageSizeExceeded", STATUS_UNMOVABLE},
        {"ErrorQuotaExceeded", STATUS_QUOTA},
        {"ErrorAccessDenied", STATUS_DENIED},
        {"ErrorImpersonateUserDenied", STATUS_DENIED},
        {"ErrorImpersonationDenied", STATUS_DENIED},
        {"ErrorImpersonationFailed", STATUS_DENIED},
        {"ErrorInvalidExchangeImpersonationHeaderData", STATUS_DENIED},
        {"ErrorInvalidUserPrincipalName", STATUS_DENIED},
        {"ErrorMissingEmailAddress", STATUS_DENIED},
        {"ErrorInvalidIdMalformed", STATUS_INVALID},
        {"ErrorInvalidId", STATUS_INVALID},
        {"ErrorSchemaValidation", STATUS_INVALID},
        {"ErrorInvalidRequest", STATUS_INVALID},
        {"ErrorInvalidServerVersion", STATUS_INVALID},
    };
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
        if (strcmp(code, meanings[i].code) == 0)
            return meanings[i].status;
    return STATUS_PROTOCOL;
}

enum status ews_refusal(const struct ews_message *message, struct error *error) {
    enum status status = ews_meaning(message->code);
    if (status == STATUS_OK && message->success)
        return STATUS_OK;
    if (status == STATUS_OK) /* "Error" with "NoError" contradicts itself */
        status = STATUS_PROTOCOL;
    return error_set(error, status, "Exchange answered %s: %s", message->code, message->text);
}
