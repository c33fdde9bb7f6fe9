/*
 * FindItem: the rows of a folder (EWS.md §3, §4). Without SortOrder they come as they arrived, the
 * newest first. However many rows are asked for, a page holds at most EWS_ROWS_MAX of them, with a
 * restriction EWS_ROWS_RESTRICTED_MAX, and says so by IncludesLastItemInRange="false" alone: a
 * client that does not go on paging loses the rest without an error.
 */
#include <stdlib.h>

#include "ews.h"

enum { SORTS_MAX = 4 };

struct ews_listing {
    struct ews_restriction restriction;
    struct {
        unsigned field;
        bool descending;
    } sorts[SORTS_MAX];
    uint32_t sort_count;
    uint64_t offset, rows;
    bool from_end; /* BasePoint="End" */
};

struct ews_row {
    uint32_t index;               /* in the folder */
    const struct ews_listing *of; /* for the sort */
    const struct store_item *item;
};

static bool ews_sorts_read(struct ews_request *request, struct ews_listing *listing) {
    const struct xml_node *node =
        xml_first(xml_child(request->operation, EWS_MESSAGES, "SortOrder"));
    for (; node != NULL; node = xml_next(node)) {
        struct str order = xml_attribute(node, "Order");
        bool descending = str_equal_text(order, "Descending");
        if (!xml_is(node, EWS_TYPES, "FieldOrder") || listing->sort_count == SORTS_MAX ||
            (!descending && !str_equal_text(order, "Ascending")) ||
            !ews_sort_field(xml_first(node), &listing->sorts[listing->sort_count].field))
            return false;
        listing->sorts[listing->sort_count++].descending = descending;
    }
    return true;
}

static bool ews_view_read(struct ews_request *request, struct ews_listing *listing) {
    const struct xml_node *view =
        xml_child(request->operation, EWS_MESSAGES, "IndexedPageItemView");
    uint64_t most = listing->restriction.count > 0 ? EWS_ROWS_RESTRICTED_MAX : EWS_ROWS_MAX;
    listing->rows = most;
    if (view == NULL)
        return true;
    struct str rows = xml_attribute(view, "MaxEntriesReturned");
    struct str base = xml_attribute(view, "BasePoint");
    listing->from_end = str_equal_text(base, "End");
    bool is_right = str_to_u64(xml_attribute(view, "Offset"), &listing->offset) &&
                    (listing->from_end || str_equal_text(base, "Beginning")) &&
                    (rows.length == 0 || (str_to_u64(rows, &listing->rows) && listing->rows > 0));
    if (listing->rows > most)
        listing->rows = most;
    return is_right;
}

/* A total order: rows that are equal in all that was asked for stand newest first. */
static int ews_row_order(const void *left, const void *right) {
    const struct ews_row *one = left, *other = right;
    const struct ews_listing *listing = one->of;
    for (uint32_t i = 0; i < listing->sort_count; i++) {
        int64_t first = ews_sort_value(one->item, listing->sorts[i].field);
        int64_t second = ews_sort_value(other->item, listing->sorts[i].field);
        if (first != second)
            return (first < second) == listing->sorts[i].descending ? 1 : -1;
    }
    return one->index < other->index ? 1 : -1;
}

/* The rows that pass, in their order. */
static struct ews_row *ews_rows(struct ews_request *request, const struct ews_listing *listing,
                                struct store_folder *folder, size_t *count_r) {
    size_t items = store_item_count(folder), count = 0;
    uint32_t mailbox = store_mailbox_number(store_folder_mailbox(folder));
    struct ews_row *rows = arena_take(request->arena, items + 1, sizeof *rows);
    for (size_t i = items; i-- > 0;) {
        const struct store_item *item = store_item_at(folder, i);
        if (ews_restriction_passes(&listing->restriction, item) &&
            !EXCHANGE_ASK(request->exchange, hides, mailbox, item))
            rows[count++] = (struct ews_row){.index = (uint32_t)i, .of = listing, .item = item};
    }
    if (listing->sort_count > 0)
        qsort(rows, count, sizeof *rows, ews_row_order);
    *count_r = count;
    return rows;
}

static void ews_find_item_in(struct ews_request *request, const struct ews_listing *listing,
                             const struct ews_folder *folder) {
    size_t total = 0;
    struct ews_row *rows =
        folder->folder == NULL ? NULL : ews_rows(request, listing, folder->folder, &total);
    uint64_t offset = listing->offset < total ? listing->offset : total;
    uint64_t left = total - offset, count = left < listing->rows ? left : listing->rows;
    uint64_t first = listing->from_end ? left - count : offset;
    buffer_printf(request->out,
                  "<m:RootFolder IndexedPagingOffset=\"%llu\" TotalItemsInView=\"%zu\" "
                  "IncludesLastItemInRange=\"%s\"><t:Items>",
                  (unsigned long long)(offset + count), total, count == left ? "true" : "false");
    for (uint64_t i = first; i < first + count; i++) {
        size_t before = request->out->length;
        ews_item_write(request, &request->shape, folder->folder, rows[i].index);
        if (i == first) /* the others will be much like it: one growth, not ten */
            buffer_reserve(request->out, (request->out->length - before) * count);
    }
    buffer_append_text(request->out, "</t:Items></m:RootFolder>");
    request->work += (int64_t)count * request->exchange->options.work.row;
}

enum http_next ews_find_item(struct ews_request *request) {
    struct ews_listing listing = {0};
    if (!ews_item_shape_read(request, false, &request->shape))
        return HTTP_DONE;
    struct str traversal = xml_attribute(request->operation, "Traversal");
    const struct xml_node *id =
        xml_first(xml_child(request->operation, EWS_MESSAGES, "ParentFolderIds"));
    if (id == NULL)
        return ews_invalid(request, "ParentFolderIds must name a folder.");
    if (!str_equal_text(traversal, "Shallow"))
        return ews_fault(request, EWS_ErrorInvalidOperation);
    if (xml_child(request->operation, EWS_MESSAGES, "QueryString") != NULL)
        return ews_fault(request, EWS_ErrorUnsupportedPathForQuery);
    enum ews_error wrong = ews_restriction_read(
        request, xml_child(request->operation, EWS_MESSAGES, "Restriction"), &listing.restriction);
    if (!ews_view_read(request, &listing))
        return ews_fault(request, EWS_ErrorInvalidPagingMaxRows);
    if (wrong == EWS_NoError && !ews_sorts_read(request, &listing))
        wrong = EWS_ErrorUnsupportedPathForSortGroup;
    ews_response_begin(request->out, "FindItem");
    for (uint32_t count = 0; id != NULL && count < EWS_PARENTS_MAX; id = xml_next(id), count++) {
        struct ews_folder folder;
        enum ews_error error = wrong != EWS_NoError ? wrong : ews_folder_find(request, id, &folder);
        ews_message_begin(request->out, "FindItem", error);
        if (error == EWS_NoError)
            ews_find_item_in(request, &listing, &folder);
        ews_message_end(request->out, "FindItem");
    }
    ews_response_end(request->out, "FindItem");
    return HTTP_DONE;
}
