/* Quota (RFC 2087, 9208) and metadata (RFC 5464), the mailbox's own key among them. */
#include <string.h>

#include "../../../engine/base/check.h"
#include "imap_inside.h"

/* ---- Quota ---- */

static const char imap_quota_root[] = "User quota";

static void imap_quota_say(struct imap_session *imap) {
    uint64_t quota = store_mailbox_quota(imap->mailbox);
    uint64_t used = store_mailbox_used(imap->mailbox);
    imap_say(imap, "QUOTA \"%s\" (STORAGE %llu %llu)", imap_quota_root,
             (unsigned long long)((used + 1023) / 1024), (unsigned long long)(quota / 1024));
}

void imap_getquotaroot(struct imap_session *imap, struct imap_cursor *cursor) {
    struct str name;
    if (!imap_space(cursor) || !imap_astring(cursor, &name) || !imap_parser_at_end(cursor)) {
        imap_bad(imap, "Invalid arguments.");
        return;
    }
    struct store_folder *folder = imap_folder_named(imap, name, false);
    if (folder == NULL)
        return;
    if (store_mailbox_quota(imap->mailbox) == 0) {
        imap_ok(imap, "No quota.");
        return;
    }
    struct buffer wire = {0};
    imap_name_write(imap->settings, store_folder_path(folder), &wire);
    buffer_append_text(imap->out, "* QUOTAROOT ");
    imap_append_astring(imap->out, buffer_str(&wire));
    buffer_printf(imap->out, " \"%s\"\r\n", imap_quota_root);
    buffer_release(&wire);
    imap_quota_say(imap);
    imap_ok(imap, "Getquotaroot completed.");
}

void imap_getquota(struct imap_session *imap, struct imap_cursor *cursor) {
    struct str root;
    if (!imap_space(cursor) || !imap_astring(cursor, &root) || !imap_parser_at_end(cursor)) {
        imap_bad(imap, "Invalid arguments.");
        return;
    }
    if (!str_equal_text(root, imap_quota_root) || store_mailbox_quota(imap->mailbox) == 0) {
        imap_no(imap, "Quota root doesn't exist.");
        return;
    }
    imap_quota_say(imap);
    imap_ok(imap, "Getquota completed.");
}

void imap_setquota(struct imap_session *imap, struct imap_cursor *cursor) {
    (void)cursor;
    imap_no(imap, "[NOPERM] Permission denied");
}

/* ---- Metadata ---- */

enum { IMAP_ENTRIES_MAX = 64 };

static const char imap_key_entry[] = "/shared/vendor/landesmail/mailbox-key";

struct imap_metadata {
    struct store_folder *folder; /* NULL: the server */
    struct buffer wire;          /* its name */
    struct str entries[IMAP_ENTRIES_MAX];
    struct str values[IMAP_ENTRIES_MAX]; /* without data: NIL */
    size_t count;
};

static bool imap_is_entry(struct str entry) {
    for (size_t i = 0; i < entry.length; i++)
        if (entry.data[i] == '*' || entry.data[i] == '%' || (unsigned char)entry.data[i] < ' ')
            return false;
    return (str_starts_with_caseless(entry, "/shared/") ||
            str_starts_with_caseless(entry, "/private/")) &&
           entry.data[entry.length - 1] != '/';
}

/* The mailbox that the metadata is about. Answers and returns false where there is none. */
static bool imap_metadata_folder(struct imap_session *imap, struct str name,
                                 struct imap_metadata *metadata) {
    metadata->folder = NULL;
    if (name.length == 0)
        return true;
    metadata->folder = imap_folder_named(imap, name, false);
    if (metadata->folder == NULL)
        return false;
    imap_name_write(imap->settings, store_folder_path(metadata->folder), &metadata->wire);
    return true;
}

/* The key stands with INBOX, as provisioning wrote it for the account that is really open. */
static bool imap_is_key(const struct imap_metadata *metadata, struct str entry) {
    return metadata->folder != NULL && store_folder_role(metadata->folder) == FOLDER_INBOX &&
           str_equal_caseless(entry, str_of(imap_key_entry));
}

static struct str imap_metadata_value(struct imap_session *imap,
                                      const struct imap_metadata *metadata, struct str entry) {
    if (imap_is_key(metadata, entry) && imap->account->key[0] != '\0')
        return str_of(imap->account->key);
    uint32_t folder = metadata->folder == NULL ? 0 : store_folder_number(metadata->folder);
    const struct imap_annotation *annotation = openxchange_annotations(imap->openxchange);
    for (; annotation != NULL; annotation = annotation->next)
        if (annotation->mailbox == imap->account->mailbox && annotation->folder == folder &&
            str_equal_caseless(annotation->entry, entry))
            return annotation->value;
    return (struct str){NULL, 0};
}

/* "(MAXSIZE 1024 DEPTH infinity) ", or nothing. Depth is read and not followed. */
static bool imap_metadata_options(struct imap_cursor *cursor) {
    uint64_t number;
    if (!imap_byte(cursor, '('))
        return true;
    do {
        if (imap_word(cursor, "MAXSIZE")) {
            if (!imap_space(cursor) || !imap_number(cursor, &number))
                return false;
        } else if (imap_word(cursor, "DEPTH")) {
            if (!imap_space(cursor) ||
                (!imap_number(cursor, &number) && !imap_word(cursor, "infinity")))
                return false;
        } else {
            return false;
        }
    } while (imap_space(cursor));
    return imap_byte(cursor, ')') && imap_space(cursor);
}

static bool imap_metadata_entries(struct imap_cursor *cursor, struct imap_metadata *metadata,
                                  bool with_values) {
    bool several = imap_byte(cursor, '(');
    if (with_values && !several)
        return false;
    do {
        size_t i = metadata->count++;
        if (i == IMAP_ENTRIES_MAX || !imap_astring(cursor, &metadata->entries[i]))
            return false;
        metadata->values[i] = (struct str){NULL, 0};
        if (with_values && (!imap_space(cursor) || (!imap_word(cursor, "NIL") &&
                                                    !imap_string(cursor, &metadata->values[i]))))
            return false;
    } while (several && imap_space(cursor));
    return (!several || imap_byte(cursor, ')')) && imap_parser_at_end(cursor);
}

void imap_getmetadata(struct imap_session *imap, struct imap_cursor *cursor) {
    struct str name;
    struct imap_metadata *metadata = arena_take(imap->scratch, 1, sizeof *metadata);
    if (!imap_space(cursor) || !imap_metadata_options(cursor) || !imap_astring(cursor, &name) ||
        !imap_space(cursor) || !imap_metadata_entries(cursor, metadata, false)) {
        imap_bad(imap, "Invalid arguments.");
        return;
    }
    for (size_t i = 0; i < metadata->count; i++)
        if (!imap_is_entry(metadata->entries[i])) {
            imap_bad(imap, "Invalid metadata entry name.");
            return;
        }
    if (!imap_metadata_folder(imap, name, metadata))
        return;
    buffer_append_text(imap->out, "* METADATA ");
    imap_append_astring(imap->out, buffer_str(&metadata->wire));
    for (size_t i = 0; i < metadata->count; i++) {
        buffer_append_text(imap->out, i == 0 ? " (" : " ");
        imap_append_astring(imap->out, metadata->entries[i]);
        buffer_append_byte(imap->out, ' ');
        imap_append_nstring(imap->out, imap_metadata_value(imap, metadata, metadata->entries[i]));
    }
    buffer_append_text(imap->out, ")\r\n");
    buffer_release(&metadata->wire);
    imap_ok(imap, "Getmetadata completed.");
}

static void imap_setmetadata_all(struct imap_session *imap, const struct imap_metadata *metadata) {
    for (size_t i = 0; i < metadata->count; i++) {
        if (metadata->values[i].length > IMAP_ANNOTATION_BYTES_MAX) {
            imap_no(imap, "[METADATA MAXSIZE 4096] Value is too big");
            return;
        }
        if (imap_is_key(metadata, metadata->entries[i])) {
            imap_no(imap, "[NOPERM] Permission denied");
            return;
        }
    }
    uint32_t folder = metadata->folder == NULL ? 0 : store_folder_number(metadata->folder);
    for (size_t i = 0; i < metadata->count; i++)
        if (!openxchange_annotate(imap->openxchange,
                                  &(struct imap_annotation){.mailbox = imap->account->mailbox,
                                                            .folder = folder,
                                                            .entry = metadata->entries[i],
                                                            .value = metadata->values[i]})) {
            imap_no(imap, "[METADATA TOOMANY] Too many entries");
            return;
        }
    imap_ok(imap, "Setmetadata completed.");
}

void imap_setmetadata(struct imap_session *imap, struct imap_cursor *cursor) {
    struct str name;
    struct imap_metadata *metadata = arena_take(imap->scratch, 1, sizeof *metadata);
    if (!imap_space(cursor) || !imap_astring(cursor, &name) || !imap_space(cursor) ||
        !imap_metadata_entries(cursor, metadata, true)) {
        imap_bad(imap, "Invalid arguments.");
        return;
    }
    for (size_t i = 0; i < metadata->count; i++)
        if (!imap_is_entry(metadata->entries[i])) {
            imap_bad(imap, "Invalid metadata entry name.");
            return;
        }
    if (imap_metadata_folder(imap, name, metadata))
        imap_setmetadata_all(imap, metadata);
    buffer_release(&metadata->wire);
}
