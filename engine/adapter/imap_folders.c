/* See imap_folders.h. */
#include "imap_folders.h"

#include <stdlib.h>
#include <string.h>

#include "../base/arena.h"
#include "../base/check.h"
#include "modified_utf7.h"

enum { ROLE_BIT_NOSELECT = 31 };

struct folder {
    const char *name; /* the server's */
    uint32_t roles;   /* 1 << enum target_role; bit 31: it cannot hold messages */
    struct folder *next;
};

struct imap_folders {
    struct imap_connection *connection;       /* borrows */
    struct arena *arena;                      /* owns all below */
    const char *prefix;                       /* of the user's own name space */
    char separator;                           /* 0: folders have no levels here */
    const char *foreign[IMAP_NAMESPACES_MAX]; /* prefixes of the other name spaces */
    size_t foreign_count;
    bool said;                    /* the server answered NAMESPACE */
    struct folder *first, **last; /* in the server's order */
    size_t count;
};

/* ---- name spaces ------------------------------------------------------------------------- */

/* "(prefix separator …)", RFC 2342 section 5; extensions are skipped. */
static enum status namespace_read(struct imap_reader *reader, struct buffer *prefix,
                                  struct buffer *separator, struct error *error) {
    bool has_prefix, has_separator;
    buffer_clear(prefix);
    buffer_clear(separator);
    enum status status = imap_take_string(reader, prefix, IMAP_NAME_MAX, &has_prefix, error);
    if (status != STATUS_OK)
        return status;
    if (!has_prefix || strlen(buffer_text(prefix)) != prefix->length ||
        !imap_take_byte(reader, ' '))
        return error_set(error, STATUS_PROTOCOL, "NAMESPACE: expected a prefix");
    status = imap_take_string(reader, separator, 1, &has_separator, error);
    while (status == STATUS_OK && imap_take_byte(reader, ' '))
        status = imap_skip_value(reader, error);
    if (status == STATUS_OK && !imap_take_byte(reader, ')'))
        return error_set(error, STATUS_PROTOCOL, "NAMESPACE: expected )");
    return status;
}

/* One of the three: NIL, or a list. The first personal one says where our folders lie; what belongs
 * to others is only remembered. */
static enum status folders_namespaces(struct imap_folders *folders, struct imap_reader *reader,
                                      bool personal, struct error *error) {
    struct buffer prefix = {0}, separator = {0};
    struct str word;
    enum status status = STATUS_OK;
    if (!imap_take_byte(reader, '('))
        return imap_take_word(reader, &word) && str_equal_caseless(word, STR("NIL"))
                   ? STATUS_OK
                   : error_set(error, STATUS_PROTOCOL, "NAMESPACE: expected ( or NIL");
    for (size_t count = 0; status == STATUS_OK && imap_take_byte(reader, '('); count++) {
        status = namespace_read(reader, &prefix, &separator, error);
        const char *name = arena_text(folders->arena, buffer_str(&prefix));
        if (status == STATUS_OK && personal && count == 0) {
            folders->prefix = name;
            folders->separator = separator.length == 1 ? separator.data[0] : '\0';
        } else if (status == STATUS_OK && !personal && name[0] != '\0' &&
                   folders->foreign_count < IMAP_NAMESPACES_MAX) {
            folders->foreign[folders->foreign_count++] = name;
        }
    }
    if (status == STATUS_OK && !imap_take_byte(reader, ')'))
        status = error_set(error, STATUS_PROTOCOL, "NAMESPACE: expected )");
    buffer_release(&prefix);
    buffer_release(&separator);
    return status;
}

static enum status folders_namespace_said(void *of, struct imap_reader *reader,
                                          const struct imap_response *response,
                                          struct error *error) {
    struct imap_folders *folders = of;
    enum status status = STATUS_OK;
    if (!str_equal_caseless(str_of(response->code), STR("NAMESPACE")))
        return STATUS_OK;
    folders->prefix = "";
    folders->foreign_count = 0;
    for (int i = 0; i < 3 && status == STATUS_OK; i++) {
        status = folders_namespaces(folders, reader, i == 0, error);
        if (status == STATUS_OK && i < 2 && !imap_take_byte(reader, ' '))
            status = error_set(error, STATUS_PROTOCOL, "NAMESPACE: expected three of them");
    }
    folders->said = true;
    return status;
}

/* Asked by ourselves: libetpan 1.9.4 crashes over an answer that is broken in the middle. */
static enum status folders_namespace(struct imap_folders *folders, struct error *error) {
    struct imap_connection *connection = folders->connection;
    if (!connection->has_namespace)
        return STATUS_OK;
    enum status status = imap_connection_command(connection, STR("NAMESPACE"),
                                                 folders_namespace_said, folders, error);
    if (status == STATUS_OK && !folders->said)
        return imap_connection_break(
            connection,
            error_set(error, STATUS_PROTOCOL, "NAMESPACE: the mail server says nothing of it"));
    return status;
}

/* ---- LIST -------------------------------------------------------------------------------- */

static uint32_t roles_of(struct str attribute) {
    static const struct {
        const char *name;
        unsigned bit;
    } names[] = {
        {"\\Sent", TARGET_SENT},
        {"\\Drafts", TARGET_DRAFTS},
        {"\\Trash", TARGET_TRASH},
        {"\\Junk", TARGET_JUNK},
        {"\\Archive", TARGET_ARCHIVE},
        {"\\Noselect", ROLE_BIT_NOSELECT},
        {"\\NonExistent", ROLE_BIT_NOSELECT},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (str_equal_caseless(attribute, str_of(names[i].name)))
            return 1u << names[i].bit;
    return 0;
}

static enum status folders_add(struct imap_folders *folders, const char *name, uint32_t roles,
                               struct error *error) {
    if (++folders->count > IMAP_FOLDERS_MAX)
        return error_set(error, STATUS_LIMIT, "a mailbox of more than %d folders",
                         IMAP_FOLDERS_MAX);
    struct folder *folder = arena_take(folders->arena, 1, sizeof *folder);
    folder->name = arena_text(folders->arena, str_of(name));
    folder->roles = roles;
    if (str_equal_caseless(str_of(name), STR("INBOX")))
        folder->roles |= 1u << TARGET_INBOX;
    *folders->last = folder;
    folders->last = &folder->next;
    return STATUS_OK;
}

/* "(attributes) separator name" */
static enum status folders_listed(void *of, struct imap_reader *reader,
                                  const struct imap_response *response, struct error *error) {
    struct imap_folders *folders = of;
    struct buffer separator = {0}, name = {0};
    struct str word;
    uint32_t roles = 0;
    bool has_separator, has_name;
    if (!str_equal_caseless(str_of(response->code), STR("LIST")))
        return STATUS_OK;
    bool listed = imap_take_byte(reader, '(');
    while (listed && imap_take_word(reader, &word)) {
        roles |= roles_of(word);
        (void)imap_take_byte(reader, ' ');
    }
    if (!listed || !imap_take_byte(reader, ')') || !imap_take_byte(reader, ' '))
        return error_set(error, STATUS_PROTOCOL, "LIST: expected a list of attributes");
    enum status status = imap_take_string(reader, &separator, 1, &has_separator, error);
    if (status == STATUS_OK && !imap_take_byte(reader, ' '))
        status = error_set(error, STATUS_PROTOCOL, "LIST: expected a blank before the name");
    if (status == STATUS_OK)
        status = imap_take_string(reader, &name, IMAP_NAME_MAX, &has_name, error);
    if (status == STATUS_OK && (!has_name || strlen(buffer_text(&name)) != name.length))
        status = error_set(error, STATUS_PROTOCOL, "LIST: expected a name");
    if (status == STATUS_OK && folders->separator == 0 && has_separator && separator.length == 1)
        folders->separator = separator.data[0];
    if (status == STATUS_OK)
        status = folders_add(folders, buffer_text(&name), roles, error);
    buffer_release(&separator);
    buffer_release(&name);
    return status;
}

static enum status folders_list(struct imap_folders *folders, struct error *error) {
    struct buffer command = {0};
    bool special = folders->connection->special_use;
    buffer_append_text(&command, "LIST \"\" \"*\"");
    if (special)
        buffer_append_text(&command, " RETURN (SPECIAL-USE)");
    enum status status = imap_connection_command(folders->connection, buffer_str(&command),
                                                 folders_listed, folders, error);
    buffer_release(&command);
    return status;
}

enum status imap_folders_open(struct imap_connection *connection, struct imap_folders **folders_r,
                              struct error *error) {
    struct imap_folders *folders = memory_new(1, sizeof *folders);
    folders->connection = connection;
    folders->arena = arena_new();
    folders->prefix = "";
    folders->last = &folders->first;
    enum status status = folders_namespace(folders, error);
    if (status == STATUS_OK)
        status = folders_list(folders, error);
    if (status != STATUS_OK)
        imap_folders_close(&folders);
    *folders_r = folders;
    return status;
}

void imap_folders_close(struct imap_folders **folders) {
    if (*folders == NULL)
        return;
    arena_close(&(*folders)->arena);
    free(*folders);
    *folders = NULL;
}

/* ---- finding and making ------------------------------------------------------------------ */

/* One level, in the server's spelling, behind what stands in `name` already. */
static enum status path_level(const struct imap_folders *folders, const char *level,
                              struct buffer *name, struct error *error) {
    size_t length = strlen(level);
    if (length == 0)
        return error_set(error, STATUS_INVALID, "a folder level without a name");
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)level[i] < 0x20 || level[i] == 0x7f)
            return error_set(error, STATUS_INVALID,
                             "the folder level \"%.60s\" holds a control "
                             "character",
                             level);
    if (folders->separator != 0 && strchr(level, folders->separator) != NULL)
        return error_set(error, STATUS_INVALID,
                         "the folder level \"%.60s\" holds the server's "
                         "separator \"%c\"",
                         level, folders->separator);
    size_t start = name->length;
    if (!modified_utf7_encode(str_of(level), name))
        return error_set(error, STATUS_INVALID, "the folder level \"%.60s\" is not UTF-8", level);
    if (name->length - start > IMAP_LEVEL_BYTES_MAX || name->length > IMAP_NAME_MAX)
        return error_set(error, STATUS_INVALID, "the folder level \"%.60s\" is too long for IMAP",
                         level);
    return STATUS_OK;
}

/* The whole path. "INBOX" as first level is INBOX itself, which no prefix stands before. */
static enum status path_name(const struct imap_folders *folders, const struct imap_path *path,
                             struct buffer *name, struct error *error) {
    if (path->count == 0 || path->count > IMAP_LEVELS_MAX)
        return error_set(error, STATUS_INVALID, "a folder path of %zu levels", path->count);
    if (path->count > 1 && folders->separator == 0)
        return error_set(error, STATUS_INVALID, "the mail server has no folders within folders");
    bool inbox = str_equal_caseless(str_of(path->levels[0]), STR("INBOX"));
    if (!inbox)
        buffer_append_text(name, folders->prefix);
    for (size_t i = 0; i < path->count; i++) {
        if (i > 0)
            buffer_append_byte(name, folders->separator);
        const char *level = i == 0 && inbox ? "INBOX" : path->levels[i];
        enum status status = path_level(folders, level, name, error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static struct folder *folders_named(const struct imap_folders *folders, const char *name) {
    for (struct folder *at = folders->first; at != NULL; at = at->next)
        if (strcmp(at->name, name) == 0)
            return at;
    return NULL;
}

/* Several folders may have one role: the one at the wished path, else the first by name. */
static struct folder *folders_with_role(const struct imap_folders *folders, enum target_role role,
                                        const char *wished) {
    struct folder *best = NULL;
    for (struct folder *at = folders->first; at != NULL; at = at->next) {
        uint32_t bit = 1u << role, noselect = 1u << ROLE_BIT_NOSELECT;
        if ((at->roles & (bit | noselect)) != bit)
            continue;
        if (strcmp(at->name, wished) == 0)
            return at;
        if (best == NULL || strcmp(at->name, best->name) < 0)
            best = at;
    }
    return best;
}

static enum status folders_say(struct imap_folders *folders, const char *verb, const char *name,
                               struct error *error) {
    struct buffer command = {0};
    buffer_append_text(&command, verb);
    enum status status = STATUS_OK;
    if (!imap_quote(str_of(name), &command))
        status = error_set(error, STATUS_INVALID, "a folder name that IMAP cannot carry");
    if (status == STATUS_OK)
        status =
            imap_connection_command(folders->connection, buffer_str(&command), NULL, NULL, error);
    buffer_release(&command);
    return status;
}

static enum status folders_make(struct imap_folders *folders, const char *name,
                                struct error *error) {
    enum status status = folders_say(folders, "CREATE ", name, error);
    if (status == STATUS_UNMOVABLE)
        status = imap_means(error, STATUS_INVALID);
    if (status != STATUS_OK && status != STATUS_EXISTS) { /* somebody else may have been faster */
        error_context(error, "folder %s", name);
        return status;
    }
    status = folders_say(folders, "SUBSCRIBE ", name, error);
    if (status != STATUS_OK)
        return status;
    struct folder *known = folders_named(folders, name);
    if (known == NULL)
        return folders_add(folders, name, 0, error);
    known->roles &= ~(1u << ROLE_BIT_NOSELECT);
    return STATUS_OK;
}

enum status imap_folders_find(struct imap_folders *folders, const struct imap_path *path,
                              struct buffer *name_r, struct error *error) {
    struct buffer wished = {0};
    struct folder *found = NULL;
    enum status status = STATUS_OK;
    buffer_clear(name_r);
    /* INBOX always is (RFC 3501 section 5.1), whatever path the source had for it. */
    if (path->role == TARGET_INBOX)
        buffer_append_text(&wished, "INBOX");
    else
        status = path_name(folders, path, &wished, error);
    if (status == STATUS_OK && path->role == TARGET_INBOX)
        buffer_append_str(name_r, buffer_str(&wished));
    else if (status == STATUS_OK) {
        if (path->role != TARGET_PLAIN)
            found = folders_with_role(folders, path->role, buffer_text(&wished));
        if (found == NULL)
            found = folders_named(folders, buffer_text(&wished));
        if (found == NULL || found->roles >> ROLE_BIT_NOSELECT)
            status = folders_make(folders, buffer_text(&wished), error);
        if (status == STATUS_OK)
            buffer_append_text(name_r, found != NULL ? found->name : buffer_text(&wished));
    }
    buffer_release(&wished);
    return status;
}

enum status imap_folders_each(struct imap_folders *folders,
                              enum status (*see)(void *of, const char *folder), void *of) {
    for (struct folder *at = folders->first; at != NULL; at = at->next) {
        bool own = !(at->roles >> ROLE_BIT_NOSELECT);
        for (size_t i = 0; i < folders->foreign_count; i++)
            own = own && !str_starts_with(str_of(at->name), folders->foreign[i]);
        enum status status = own ? see(of, at->name) : STATUS_OK;
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}
