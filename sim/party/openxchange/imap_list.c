/* LIST and LSUB with their extensions (RFC 3501, 5258, 5819, 6154). */
#include "../../../engine/base/check.h"
#include "imap_inside.h"

enum { IMAP_PATTERNS_MAX = 64 };

struct imap_listing {
    struct str reference;
    struct str patterns[IMAP_PATTERNS_MAX];
    size_t pattern_count;
    bool extended;                                           /* options of RFC 5258 were used */
    bool of_subscribed, of_special_use, of_matching_parents; /* which ones */
    bool say_subscribed, say_special_use;                    /* what of them */
    bool say_status;
    struct imap_status_items status;
    bool is_lsub;
};

/* ---- Patterns ---- */

/* Whether a name matches: "*" is any bytes, "%" any but separators. INBOX is INBOX however it is
 * written. `reach` holds for each place in the name whether the pattern so far can end there. */
static bool imap_pattern_matches(struct imap_session *imap, struct str pattern, struct str name) {
    char separator = imap_separator(imap->settings);
    size_t caseless = str_equal_text(name, "INBOX") || str_starts_with(name, "INBOX/") ||
                              str_starts_with(name, "INBOX.")
                          ? 5
                          : 0;
    bool *reach = arena_take(imap->scratch, name.length + 1, sizeof *reach);
    reach[0] = true;
    for (size_t i = 0; i < pattern.length; i++) {
        char byte = pattern.data[i];
        if (byte == '*' || byte == '%') {
            for (size_t at = 0; at < name.length; at++)
                if (reach[at] && (byte == '*' || name.data[at] != separator))
                    reach[at + 1] = true;
            continue;
        }
        for (size_t at = name.length; at > 0; at--)
            reach[at] = reach[at - 1] &&
                        (name.data[at - 1] == byte ||
                         (at <= caseless && ascii_lower(name.data[at - 1]) == ascii_lower(byte)));
        reach[0] = false;
    }
    return reach[name.length];
}

static bool imap_listing_matches(struct imap_session *imap, const struct imap_listing *listing,
                                 struct str name) {
    for (size_t i = 0; i < listing->pattern_count; i++) {
        struct buffer pattern = {0};
        buffer_append_str(&pattern, listing->reference);
        buffer_append_str(&pattern, listing->patterns[i]);
        bool matches = pattern.length <= IMAP_NAME_BYTES_MAX &&
                       imap_pattern_matches(imap, buffer_str(&pattern), name);
        buffer_release(&pattern);
        if (matches)
            return true;
    }
    return false;
}

/* ---- Saying ---- */

static const char *imap_special_use(enum folder_role role) {
    switch (role) {
    case FOLDER_PLAIN:
    case FOLDER_INBOX:
        return NULL;
    case FOLDER_SENT:
        return "\\Sent";
    case FOLDER_DRAFTS:
        return "\\Drafts";
    case FOLDER_TRASH:
        return "\\Trash";
    case FOLDER_JUNK:
        return "\\Junk";
    case FOLDER_ARCHIVE:
        return "\\Archive";
    }
    return NULL;
}

static void imap_list_say(struct imap_session *imap, const struct imap_listing *listing,
                          struct store_folder *folder, struct str name, bool child_info) {
    struct buffer *out = imap->out;
    const char *special_use = imap_special_use(store_folder_role(folder));
    bool subscribed = store_folder_marks(folder)->subscribed;
    buffer_append_text(out, listing->is_lsub ? "* LSUB (" : "* LIST (");
    size_t begin = out->length;
    if (subscribed && (listing->say_subscribed || listing->of_subscribed) && !listing->is_lsub)
        buffer_append_text(out, "\\Subscribed ");
    if (store_folder_is_container(folder) || (listing->is_lsub && !subscribed))
        buffer_append_text(out, "\\Noselect ");
    if (!listing->is_lsub)
        buffer_append_text(out, store_folder_has_children(folder) ? "\\HasChildren "
                                                                  : "\\HasNoChildren ");
    if (special_use != NULL && !listing->is_lsub &&
        (!listing->extended || listing->say_special_use || listing->of_special_use))
        buffer_printf(out, "%s ", special_use);
    buffer_truncate(out, out->length - (out->length > begin));
    buffer_printf(out, ") \"%c\" ", imap_separator(imap->settings));
    imap_append_astring(out, name);
    if (child_info)
        buffer_append_text(out, " (CHILDINFO (\"SUBSCRIBED\"))");
    buffer_append_text(out, "\r\n");
    if (listing->say_status && !store_folder_is_container(folder))
        imap_status_say(imap, folder, &listing->status);
}

static bool imap_has_subscribed_below(struct store_folder *folder) {
    struct store_folder *other = store_folder_first(store_folder_mailbox(folder));
    for (; other != NULL; other = store_folder_next(other)) {
        struct store_folder *above = store_folder_parent(other);
        while (above != NULL && above != folder)
            above = store_folder_parent(above);
        if (above == folder && store_folder_marks(other)->subscribed)
            return true;
    }
    return false;
}

static void imap_list_folder(struct imap_session *imap, const struct imap_listing *listing,
                             struct store_folder *folder) {
    const struct openxchange_disturbance *disturbance = openxchange_disturbance(imap->openxchange);
    struct buffer name = {0};
    imap_name_write(imap->settings, store_folder_path(folder), &name);
    bool subscribed = store_folder_marks(folder)->subscribed;
    bool parent_counts = listing->of_matching_parents && imap_has_subscribed_below(folder);
    bool chosen =
        (!listing->of_subscribed || subscribed || parent_counts) &&
        (!listing->of_special_use || imap_special_use(store_folder_role(folder)) != NULL) &&
        imap_listing_matches(imap, listing, buffer_str(&name));
    if (chosen && disturbance->hides != NULL)
        chosen = !disturbance->hides(disturbance->of, folder);
    if (chosen)
        imap_list_say(imap, listing, folder, buffer_str(&name), parent_counts && !listing->is_lsub);
    buffer_release(&name);
}

static void imap_list_all(struct imap_session *imap, const struct imap_listing *listing) {
    struct store_folder *folder = store_folder_first(imap->mailbox);
    for (; folder != NULL; folder = store_folder_next(folder))
        imap_list_folder(imap, listing, folder);
    imap_ok(imap, listing->is_lsub ? "Lsub completed." : "List completed.");
}

/* ---- Reading ---- */

struct imap_list_option {
    const char *name;
    bool *asked;
};

/* "(" options ")"; each one known. STATUS brings its own list. */
static bool imap_list_options(struct imap_cursor *cursor, const struct imap_list_option *options,
                              size_t count, struct imap_status_items *status) {
    struct str name;
    if (!imap_byte(cursor, '('))
        return false;
    if (imap_byte(cursor, ')'))
        return true;
    do {
        if (!imap_atom(cursor, &name))
            return false;
        size_t i = 0;
        while (i < count && !str_equal_caseless(name, str_of(options[i].name)))
            i++;
        if (i == count)
            return false;
        *options[i].asked = true;
        if (status != NULL && str_equal_caseless(name, STR("STATUS")) &&
            (!imap_space(cursor) || !imap_status_items(cursor, status)))
            return false;
    } while (imap_space(cursor));
    return imap_byte(cursor, ')');
}

static bool imap_list_patterns(struct imap_cursor *cursor, struct imap_listing *listing) {
    bool several = imap_byte(cursor, '(');
    do {
        if (listing->pattern_count == IMAP_PATTERNS_MAX ||
            !imap_astring(cursor, &listing->patterns[listing->pattern_count++]))
            return false;
    } while (several && imap_space(cursor));
    listing->extended = listing->extended || several;
    return !several || imap_byte(cursor, ')');
}

static bool imap_list_read(struct imap_cursor *cursor, struct imap_listing *listing) {
    bool ignored;
    const struct imap_list_option selections[] = {{"SUBSCRIBED", &listing->of_subscribed},
                                                  {"SPECIAL-USE", &listing->of_special_use},
                                                  {"RECURSIVEMATCH", &listing->of_matching_parents},
                                                  {"REMOTE", &ignored}};
    const struct imap_list_option returns[] = {{"SUBSCRIBED", &listing->say_subscribed},
                                               {"SPECIAL-USE", &listing->say_special_use},
                                               {"CHILDREN", &ignored},
                                               {"STATUS", &listing->say_status}};
    if (!imap_space(cursor))
        return false;
    if (cursor->at < cursor->end && *cursor->at == '(') {
        listing->extended = true;
        if (!imap_list_options(cursor, selections, 4, NULL) || !imap_space(cursor))
            return false;
    }
    if (!imap_astring(cursor, &listing->reference) || !imap_space(cursor) ||
        !imap_list_patterns(cursor, listing))
        return false;
    if (imap_space(cursor)) {
        listing->extended = true;
        if (!imap_word(cursor, "RETURN") || !imap_space(cursor) ||
            !imap_list_options(cursor, returns, 4, &listing->status))
            return false;
    }
    return imap_parser_at_end(cursor) && (!listing->of_matching_parents || listing->of_subscribed);
}

void imap_list(struct imap_session *imap, struct imap_cursor *cursor) {
    struct imap_listing *listing = arena_take(imap->scratch, 1, sizeof *listing);
    if (!imap_list_read(cursor, listing)) {
        imap_bad(imap, "Invalid arguments.");
        return;
    }
    if (!listing->extended && listing->patterns[0].length == 0) {
        imap_say(imap, "LIST (\\Noselect) \"%c\" \"\"", imap_separator(imap->settings));
        imap_ok(imap, "List completed.");
        return;
    }
    imap_list_all(imap, listing);
}

void imap_lsub(struct imap_session *imap, struct imap_cursor *cursor) {
    struct imap_listing *listing = arena_take(imap->scratch, 1, sizeof *listing);
    *listing = (struct imap_listing){.is_lsub = true, .of_subscribed = true};
    if (!imap_space(cursor) || !imap_astring(cursor, &listing->reference) || !imap_space(cursor) ||
        !imap_list_patterns(cursor, listing) || !imap_parser_at_end(cursor)) {
        imap_bad(imap, "Invalid arguments.");
        return;
    }
    /* A parent stands for what is below it where the pattern cannot reach deeper. */
    struct str pattern = listing->patterns[0];
    listing->of_matching_parents = pattern.length > 0 && pattern.data[pattern.length - 1] == '%';
    imap_list_all(imap, listing);
}
