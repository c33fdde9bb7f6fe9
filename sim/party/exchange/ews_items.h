/* Items as EWS shows, tests and sorts them: ews_shape.c, ews_header.c, ews_restriction.c. */
#ifndef SIM_PARTY_EXCHANGE_EWS_ITEMS_H
#define SIM_PARTY_EXCHANGE_EWS_ITEMS_H

#include "ews_folders.h"

enum {
    EWS_EXTENDED_MAX = 64,       /* extended properties in one shape */
    EWS_TESTS_MAX = 64,          /* nodes of a restriction */
    EWS_PROPERTIES_BYTES = 1187, /* what item:Size counts beside the message itself */
};

struct ews_shape {       /* which properties are asked for */
    uint64_t properties; /* bits of the table in ews_shape.c */
    struct ews_extended {
        uint32_t tag;     /* a property tag, or 0x10000 and the long id of a named one */
        const char *type; /* as the client wrote it, if it is one we know */
    } extended[EWS_EXTENDED_MAX];
    uint32_t extended_count;
};

/* Reads m:ItemShape; false: a fault is set. Without `mime` message bodies are never part of it. */
bool ews_item_shape_read(struct ews_request *request, bool mime, struct ews_shape *shape_r);
bool ews_shape_has_mime(const struct ews_shape *shape);
/* t:Message with what the shape asks for. Where a fault cuts the message, request->cut is set and
 * nothing may follow. */
void ews_item_write(struct ews_request *request, const struct ews_shape *shape,
                    struct store_folder *folder, size_t index);
/* t:ItemId alone. */
void ews_item_id_write(struct ews_request *request, struct store_folder *folder, uint32_t uid,
                       uint64_t modseq);
/* "0xe07" of an ExtendedFieldURI; 0x10000 + id for a named property; false when it is neither. */
bool ews_extended_read(const struct xml_node *node, struct ews_extended *extended_r);

/* ---- Header fields: ews_header.c ---- */

/* Appends the first field of that name as people read it: unfolded, encoded words (RFC 2047)
 * decoded. False when the message has none. */
bool ews_header(struct str message, const char *name, struct buffer *out);
/* Takes one field, as it stands, off the front; false at the end of the header. */
bool ews_header_take(struct str *message, struct str *name_r, struct str *value_r);

/* ---- Restrictions: ews_restriction.c ---- */

struct ews_test; /* one node of a restriction, an array of them all of it */
struct ews_restriction {
    struct ews_test *tests;
    uint32_t count; /* 0: everything passes */
};
enum ews_error ews_restriction_read(struct ews_request *request, const struct xml_node *node,
                                    struct ews_restriction *restriction_r);
bool ews_restriction_passes(const struct ews_restriction *restriction,
                            const struct store_item *item);

/* Which property a FieldURI or ExtendedFieldURI names, of those that can be tested and sorted by.
 */
bool ews_sort_field(const struct xml_node *node, unsigned *field_r);
int64_t ews_sort_value(const struct store_item *item, unsigned field);

#endif
