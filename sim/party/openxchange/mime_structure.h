/*
 * The structure of a message (RFC 5322, 2045, 2046) as IMAP tells of it: a tree of parts, each with
 * its header and its body as pieces of the message. Whatever the bytes are, there is a tree: what
 * cannot be understood is text/plain. Parts beyond the limits are left inside their parent.
 */
#ifndef SIM_PARTY_OPENXCHANGE_MIME_STRUCTURE_H
#define SIM_PARTY_OPENXCHANGE_MIME_STRUCTURE_H

#include "../../../engine/base/arena.h"
#include "../../../engine/base/buffer.h"
#include "../../../engine/base/str.h"

enum {
    MIME_DEPTH_MAX = 20,
    MIME_PARTS_MAX = 1000,
    MIME_PARAMETERS_MAX = 32,
    MIME_VALUE_BYTES_MAX = 16 * 1024, /* a longer Content-Type is read up to there */
};

struct mime_part {
    struct str header; /* with the empty line that ends it */
    struct str body;
    struct str type, subtype; /* as written */
    struct mime_parameter {
        struct str name, value;
    } parameters[MIME_PARAMETERS_MAX];
    size_t parameter_count;
    bool is_multipart, is_message; /* message/rfc822: its only child is the message inside */
    struct mime_part *first_child, *next;
};

/* Pieces point into `message` and `arena`. */
struct mime_part *mime_parse(struct arena *arena, struct str message);
/* The part that a path like 2.1 means (RFC 3501, 6.4.5); NULL when there is none. A part that is
 * no multipart has itself as its part 1. */
const struct mime_part *mime_part_at(const struct mime_part *root, const uint32_t *path,
                                     size_t length);

/* The value of the first field of that name, still folded, trimmed; data NULL when there is none.
 */
struct str mime_field(struct str header, const char *name);
/* Cuts the next field off, its line end included; its name is `name_r`. False at the empty line and
 * at the end. A line that is no field counts as one without a name. */
bool mime_field_next(struct str *header, struct str *field_r, struct str *name_r);
/* The header of a message with its empty line, and what follows it. */
struct str mime_split(struct str message, struct str *body_r);
/* Without line ends in it. */
struct str mime_unfold(struct arena *arena, struct str value);

/* "type/subtype; name=value …", also "attachment; filename=…" (then `subtype_r` is empty). */
size_t mime_parameters(struct arena *arena, struct str value, struct str *type_r,
                       struct str *subtype_r, struct mime_parameter *parameters, size_t most);

/* ---- As IMAP writes them (RFC 3501, 7.4.2) ---- */

void mime_write_envelope(struct buffer *out, struct arena *arena, struct str header);
void mime_write_structure(struct buffer *out, struct arena *arena, const struct mime_part *part,
                          bool extended);

#endif
