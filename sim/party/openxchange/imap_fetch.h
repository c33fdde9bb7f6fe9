/* What a FETCH asks for, and how the pieces of a message are found and written. */
#ifndef SIM_PARTY_OPENXCHANGE_IMAP_FETCH_H
#define SIM_PARTY_OPENXCHANGE_IMAP_FETCH_H

#include "imap_inside.h"
#include "mime_structure.h"

enum { IMAP_SECTIONS_MAX = 32, IMAP_FIELDS_MAX = 256 };

enum imap_section_what {
    IMAP_SECTION_ALL,
    IMAP_SECTION_HEADER,
    IMAP_SECTION_FIELDS,
    IMAP_SECTION_FIELDS_NOT,
    IMAP_SECTION_TEXT,
    IMAP_SECTION_MIME,
};

struct imap_section {
    enum imap_section_what what;
    struct str label; /* as the answer says it: "BODY[1.MIME]<0>" */
    uint32_t path[MIME_DEPTH_MAX];
    size_t path_length;
    struct str *fields;
    size_t field_count;
    bool partial;
    uint64_t origin, octets;
    bool sets_seen;
};

/* Reads a section behind "BODY" or "BODY.PEEK": "[1.HEADER]<0.100>". */
bool imap_section_read(struct imap_cursor *cursor, struct imap_section *section_r);
/* One of RFC822, RFC822.HEADER, RFC822.TEXT by its name. */
bool imap_section_named(struct str name, struct imap_section *section_r);
/* Whether it carries content, so that sending it is a download. */
bool imap_section_is_content(const struct imap_section *section);
/* The bytes of it; data NULL when the message has no such part. `parts` is the tree of `message`
 * or NULL while no section with a path was asked for; `fields` holds what is put together. */
struct str imap_section_find(const struct imap_section *section, struct str message,
                             const struct mime_part *parts, struct buffer *fields);

#endif
