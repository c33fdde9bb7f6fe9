/* See exports.h. One function a file; each looks its rows up among the mailboxes of the list. */
#include "exports.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../engine/base/check.h"
#include "../../engine/mapping.h"
#include "../../fixtures/csv_file.h"
#include "exports_table.h"

static const char *exports_lower(struct exports *exports, struct str text) {
    char *lower = arena_text(exports->arena, text);
    for (size_t i = 0; i < text.length; i++)
        lower[i] = ascii_lower(lower[i]);
    return lower;
}

static bool exports_same(const char *text, struct str other) {
    return text[0] != '\0' && str_equal_caseless(str_of(text), other);
}

static struct export_mailbox *exports_by_key(struct exports *exports, struct str key) {
    for (uint32_t i = 0; i < exports->count; i++)
        if (exports_same(exports->mailboxes[i].key, key))
            return &exports->mailboxes[i];
    return NULL;
}

static struct export_mailbox *exports_by_address(struct exports *exports, struct str address) {
    for (uint32_t i = 0; i < exports->count; i++)
        if (exports_same(exports->mailboxes[i].address, address))
            return &exports->mailboxes[i];
    return NULL;
}

/* By any of the names Exchange may print; `several_r` when they fit more than one. */
static struct export_mailbox *exports_by_identity(struct exports *exports, struct str identity,
                                                  bool *several_r) {
    struct export_mailbox *found = NULL;
    *several_r = false;
    for (uint32_t i = 0; i < exports->count; i++) {
        struct export_mailbox *mailbox = &exports->mailboxes[i];
        if (!exports_same(mailbox->address, identity) && !exports_same(mailbox->key, identity) &&
            !exports_same(mailbox->identity, identity) && !exports_same(mailbox->account, identity))
            continue;
        *several_r = found != NULL;
        found = mailbox;
    }
    return found;
}

/* ---- the list of pairs ---- */

static enum status exports_mapping(struct exports *exports, const char *file, struct error *error) {
    struct mapping mapping = {0};
    struct buffer bytes = {0};
    enum status status = csv_file_load(file, &bytes, error);
    if (status == STATUS_OK)
        status = mapping_read(exports->arena, file, buffer_str(&bytes), &mapping,
                              &exports->complaints, error);
    if (status == STATUS_OK)
        status = mapping_bijective(&mapping, file, 0, &exports->complaints, error);
    if (status == STATUS_INVALID && exports->complaints.length == 0)
        buffer_printf(&exports->complaints, "%s: %s\n", file, error->text);
    if (status == STATUS_INVALID)
        exports->complaint_count++;
    exports->mailboxes = memory_new(mapping.count, sizeof *exports->mailboxes);
    for (size_t i = 0; i < mapping.count && status == STATUS_OK; i++)
        exports->mailboxes[exports->count++] = (struct export_mailbox){
            .address = exports_lower(exports, str_of(mapping.pairs[i].source)),
            .login = mapping.pairs[i].target,
            .key = mapping.pairs[i].key,
            .display_name = "",
            .database = "",
            .identity = "",
            .account = "",
        };
    buffer_release(&bytes);
    return status == STATUS_INVALID ? STATUS_OK : status;
}

/* ---- Get-Mailbox ---- */

static const struct {
    const char *name;
    enum mailbox_kind kind;
} exports_kinds[] = {
    {"UserMailbox", MAILBOX_PERSONAL},       {"LinkedMailbox", MAILBOX_PERSONAL},
    {"SharedMailbox", MAILBOX_FUNCTIONAL},   {"TeamMailbox", MAILBOX_FUNCTIONAL},
    {"RoomMailbox", MAILBOX_RESOURCE},       {"EquipmentMailbox", MAILBOX_RESOURCE},
    {"SchedulingMailbox", MAILBOX_RESOURCE},
};

static void exports_kind(const struct export_table *table, uint32_t column,
                         struct export_mailbox *mailbox) {
    for (size_t i = 0; i < sizeof exports_kinds / sizeof exports_kinds[0]; i++)
        if (str_equal_caseless(export_cell(table, column), str_of(exports_kinds[i].name))) {
            mailbox->kind = exports_kinds[i].kind;
            return;
        }
    export_complain(table, column, "UserMailbox, SharedMailbox, RoomMailbox, EquipmentMailbox, …");
}

static enum status exports_recipients(struct exports *exports, const char *file,
                                      struct error *error) {
    enum { ADDRESS, GUID, TYPE, DISPLAY, IDENTITY, ACCOUNT, QUOTA, COLUMNS };
    static const char *const columns[COLUMNS] = {
        "PrimarySmtpAddress", "ExchangeGuid",    "RecipientTypeDetails",     "?DisplayName",
        "?Identity",          "?SamAccountName", "?ProhibitSendReceiveQuota"};
    struct export_table table;
    enum status status = export_table_open(exports, file, columns, COLUMNS, &table, error);
    while (status == STATUS_OK && export_table_next(&table)) {
        struct str key = export_cell(&table, GUID);
        struct export_mailbox *mailbox = exports_by_address(exports, export_cell(&table, ADDRESS));
        if (mailbox == NULL) {
            exports->others++;
            continue;
        }
        if (mailbox->has_recipient)
            export_complain(&table, ADDRESS, "each mailbox once");
        if (key.length != 36)
            export_complain(&table, GUID, "a GUID of 36 characters");
        else if (mailbox->key[0] != '\0' && !exports_same(mailbox->key, key))
            export_complain(&table, GUID, "the key that the list of pairs has for this address");
        export_name(&table, DISPLAY);
        export_name(&table, IDENTITY);
        mailbox->has_recipient = true;
        mailbox->key = exports_lower(exports, key);
        mailbox->display_name = arena_text(exports->arena, export_cell(&table, DISPLAY));
        mailbox->identity = arena_text(exports->arena, export_cell(&table, IDENTITY));
        mailbox->account = arena_text(exports->arena, export_cell(&table, ACCOUNT));
        (void)export_size(&table, QUOTA, true);
        exports_kind(&table, TYPE, mailbox);
    }
    export_table_close(&table);
    return status;
}

/* ---- Get-MailboxStatistics ---- */

static enum status exports_statistics(struct exports *exports, const char *file,
                                      struct error *error) {
    enum { GUID, DISPLAY, ITEMS, SIZE, DATABASE, COLUMNS };
    static const char *const columns[COLUMNS] = {"MailboxGuid", "?DisplayName", "ItemCount",
                                                 "TotalItemSize", "?DatabaseName|Database"};
    struct export_table table;
    enum status status = export_table_open(exports, file, columns, COLUMNS, &table, error);
    while (status == STATUS_OK && export_table_next(&table)) {
        struct str key = export_cell(&table, GUID);
        struct export_mailbox *mailbox = exports_by_key(exports, key);
        if (key.length != 36)
            export_complain(&table, GUID, "a GUID of 36 characters");
        else if (mailbox == NULL)
            exports->others++;
        (void)export_number(&table, ITEMS);
        (void)export_size(&table, SIZE, false);
        if (mailbox == NULL)
            continue;
        if (mailbox->has_statistics)
            export_complain(&table, GUID, "each mailbox once");
        mailbox->has_statistics = true;
        export_name(&table, DISPLAY);
        if (mailbox->display_name[0] == '\0')
            mailbox->display_name = arena_text(exports->arena, export_cell(&table, DISPLAY));
        mailbox->database = arena_text(exports->arena, export_cell(&table, DATABASE));
    }
    export_table_close(&table);
    return status;
}

/* ---- Get-MailboxFolderStatistics ---- */

/* The types of folders are the same in every language. A role, or what holds no mail that moves. */
static const struct {
    const char *type;
    int role; /* enum folder_role; −1: passed over */
} exports_folder_types[] = {
    {"User Created", FOLDER_PLAIN},
    {"UserCreated", FOLDER_PLAIN},
    {"Inbox", FOLDER_INBOX},
    {"SentItems", FOLDER_SENT},
    {"Drafts", FOLDER_DRAFTS},
    {"DeletedItems", FOLDER_TRASH},
    {"JunkEmail", FOLDER_JUNK},
    {"Archive", FOLDER_ARCHIVE},
    {"Root", -1},
    {"Outbox", -1},
    {"Calendar", -1},
    {"Contacts", -1},
    {"Tasks", -1},
    {"Notes", -1},
    {"Journal", -1},
    {"SyncIssues", -1},
    {"Conflicts", -1},
    {"LocalFailures", -1},
    {"ServerFailures", -1},
    {"RssSubscription", -1},
    {"ConversationActions", -1},
    {"RecoverableItemsRoot", -1},
    {"RecoverableItemsDeletions", -1},
    {"RecoverableItemsPurges", -1},
    {"RecoverableItemsVersions", -1},
    {"RecoverableItemsDiscoveryHolds", -1},
    {"Audits", -1},
    {"CalendarLogging", -1},
    {"QuickContacts", -1},
    {"ImContactList", -1},
    {"RecipientCache", -1},
    {"GalContacts", -1},
    {"CommunicatorHistory", -1},
    {"WorkingSet", -1},
    {"ExternalContacts", -1},
};

/* True when the folder holds mail. */
static bool exports_role(const struct export_table *table, uint32_t type, uint32_t class,
                         enum folder_role *role_r) {
    struct str text = export_cell(table, type), contents = export_cell(table, class);
    bool is_mail = contents.length == 0 || str_equal_caseless(contents, STR("IPF")) ||
                   str_starts_with_caseless(contents, "IPF.Note");
    for (size_t i = 0; i < sizeof exports_folder_types / sizeof exports_folder_types[0]; i++) {
        if (!str_equal_caseless(text, str_of(exports_folder_types[i].type)))
            continue;
        int role = exports_folder_types[i].role;
        *role_r = role < 0 ? FOLDER_PLAIN : (enum folder_role)role;
        return role >= 0 && is_mail;
    }
    export_complain(table, type, "a FolderType, such as Inbox or User Created");
    return false;
}

static void exports_add_folder(struct export_mailbox *mailbox, struct export_folder folder) {
    if (mailbox->folder_count == mailbox->folder_capacity) {
        mailbox->folder_capacity = mailbox->folder_capacity * 2 + 16;
        mailbox->folders = memory_grow(mailbox->folders, mailbox->folder_capacity, sizeof folder);
    }
    mailbox->folders[mailbox->folder_count++] = folder;
}

/* Folders of somebody outside the batch, or of somebody whom nothing tells to be in it. */
static void exports_unknown(struct exports *exports, const struct export_table *table,
                            uint32_t identity) {
    char place[200];
    struct str text = export_cell(table, identity);
    if (exports->others++ > 0 && exports->first_unknown[0] != '\0')
        return;
    export_place(table, identity, place, sizeof place);
    snprintf(exports->first_unknown, sizeof exports->first_unknown, "%s is \"%.*s\"", place,
             (int)(text.length < 80 ? text.length : 80), text.data);
}

static enum status exports_folders(struct exports *exports, const char *file, struct error *error) {
    enum { IDENTITY, PATH, TYPE, ITEMS, SIZE, CLASS, COLUMNS };
    static const char *const columns[COLUMNS] = {"Identity",   "FolderPath",
                                                 "FolderType", "VisibleItemsInFolder|ItemsInFolder",
                                                 "FolderSize", "?ContainerClass"};
    struct export_table table;
    enum status status = export_table_open(exports, file, columns, COLUMNS, &table, error);
    while (status == STATUS_OK && export_table_next(&table)) {
        struct str path = export_cell(&table, PATH), identity = export_cell(&table, IDENTITY);
        struct export_folder folder = {.items = export_number(&table, ITEMS),
                                       .bytes = export_size(&table, SIZE, false)};
        bool several, is_mail = exports_role(&table, TYPE, CLASS, &folder.role);
        struct export_mailbox *mailbox =
            exports_by_identity(exports, str_cut(&identity, '\\'), &several);
        if (path.length < 2 || path.data[0] != '/')
            export_complain(&table, PATH, "a path that begins with \"/\"");
        else if (several)
            export_complain(&table, IDENTITY,
                            "a mailbox, but several of the batch are called that");
        else if (mailbox == NULL)
            exports_unknown(exports, &table, IDENTITY);
        else if (!is_mail)
            exports->other_folders++;
        else if (mailbox->folder_count == SHAPE_FOLDERS_MAX)
            export_complain(&table, PATH, "at most 1800 folders a mailbox");
        else {
            export_name(&table, PATH);
            folder.path = arena_text(exports->arena, path);
            exports_add_folder(mailbox, folder);
        }
    }
    export_table_close(&table);
    return status;
}

/* ---- Get-MailboxPermission ---- */

static bool exports_full_access(const struct export_table *table, uint32_t column) {
    static const char *const known[] = {"FullAccess", "ReadPermission", "ExternalAccount",
                                        "DeleteItem", "SendAs",         "ChangePermission",
                                        "ChangeOwner"};
    struct str rest = export_cell(table, column);
    bool full = false;
    while (rest.length > 0) {
        struct str right = str_trim(str_cut(&rest, ','));
        if (right.length > 0 && right.data[0] == '{')
            right = str_bytes(right.data + 1, right.length - 1);
        if (right.length > 0 && right.data[right.length - 1] == '}')
            right.length--;
        size_t i = 0;
        while (i < sizeof known / sizeof known[0] && !str_equal_caseless(right, str_of(known[i])))
            i++;
        if (i == sizeof known / sizeof known[0])
            export_complain(table, column, "rights, such as FullAccess");
        full = full || i == 0;
    }
    return full;
}

/* Who may: "DOMAIN\\account" or an address. NULL for the mailbox itself and for strangers. */
static struct export_mailbox *exports_user(struct exports *exports,
                                           const struct export_table *table, uint32_t column) {
    struct str user = export_cell(table, column), rest = user;
    struct str domain = str_cut(&rest, '\\');
    bool several;
    if (str_equal_caseless(domain, STR("NT AUTHORITY")) ||
        str_equal_caseless(domain, STR("NT-AUTORIT\xC3\x84T")))
        return NULL;
    bool account = rest.length > 0;
    if (!account && memchr(user.data, '@', user.length) == NULL &&
        !str_starts_with(user, "S-1-5-")) {
        export_complain(table, column, "DOMAIN\\account or an address");
        return NULL;
    }
    struct export_mailbox *found = exports_by_identity(exports, account ? rest : user, &several);
    if (several)
        export_complain(table, column, "one person, but several of the batch are called that");
    exports->strangers += found == NULL;
    return found;
}

static enum status exports_permissions(struct exports *exports, const char *file,
                                       struct error *error) {
    enum { IDENTITY, USER, RIGHTS, INHERITED, DENY, COLUMNS };
    static const char *const columns[COLUMNS] = {"Identity", "User", "AccessRights", "?IsInherited",
                                                 "?Deny"};
    struct export_table table;
    enum status status = export_table_open(exports, file, columns, COLUMNS, &table, error);
    while (status == STATUS_OK && export_table_next(&table)) {
        bool several, full = exports_full_access(&table, RIGHTS);
        /* Both are read, so that a word in either that is none is complained of. */
        bool denied = export_switch(&table, DENY), inherited = export_switch(&table, INHERITED);
        struct export_mailbox *mailbox =
            exports_by_identity(exports, export_cell(&table, IDENTITY), &several);
        struct export_mailbox *user = exports_user(exports, &table, USER);
        if (several)
            export_complain(&table, IDENTITY,
                            "a mailbox, but several of the batch are called that");
        else if (mailbox == NULL)
            exports->others++;
        else if (user != NULL && user != mailbox && full && !denied && !inherited)
            buffer_printf(&mailbox->principals, "%s%s", mailbox->principals.length == 0 ? "" : " ",
                          user->address);
    }
    export_table_close(&table);
    return status;
}

/* ---- all of it ---- */

/* What the list names and the other files must tell of. */
static void exports_whole(struct exports *exports, const struct export_files *files) {
    for (uint32_t i = 0; i < exports->count; i++) {
        const struct export_mailbox *mailbox = &exports->mailboxes[i];
        const char *missing = NULL, *file = NULL;
        if (files->recipients != NULL && !mailbox->has_recipient) {
            missing = "a row with this PrimarySmtpAddress";
            file = files->recipients;
        } else if (mailbox->key[0] == '\0') {
            missing = "a key of this mailbox (or --recipients with ExchangeGuid)";
            file = files->mapping;
        } else if (!mailbox->has_statistics) {
            missing = "a row with the GUID of this mailbox";
            file = files->statistics;
        } else if (mailbox->folder_count == 0) {
            missing = "rows with the folders of this mailbox";
            file = files->folders;
        }
        if (missing != NULL && ++exports->complaint_count <= EXPORTS_COMPLAINTS_MAX)
            buffer_printf(&exports->complaints, "%s: expected %s, found none: %s\n", file, missing,
                          mailbox->address);
    }
}

/* Counts the complaints, and says what may help where one thing lies behind many of them. */
static enum status exports_complained(const struct exports *exports,
                                      const struct export_files *files, struct error *error) {
    bool nameless = files->recipients == NULL && exports->first_unknown[0] != '\0';
    error_set(error, STATUS_INVALID, "%u %s not understood", exports->complaint_count,
              exports->complaint_count == 1 ? "thing was" : "things were");
    if (nameless)
        error_set(error, STATUS_INVALID,
                  "%u %s not understood; whose folders these are is said by their Identity (%s), "
                  "which is no address and no GUID: give --recipients, the export of Get-Mailbox, "
                  "which has the same Identity beside the address",
                  exports->complaint_count,
                  exports->complaint_count == 1 ? "thing was" : "things were",
                  exports->first_unknown);
    return STATUS_INVALID;
}

enum status exports_read(const struct export_files *files, struct exports *exports_r,
                         struct error *error) {
    *exports_r = (struct exports){.arena = arena_new()};
    enum status status = exports_mapping(exports_r, files->mapping, error);
    if (status == STATUS_OK && files->recipients != NULL)
        status = exports_recipients(exports_r, files->recipients, error);
    if (status == STATUS_OK)
        status = exports_statistics(exports_r, files->statistics, error);
    if (status == STATUS_OK)
        status = exports_folders(exports_r, files->folders, error);
    if (status == STATUS_OK && files->permissions != NULL)
        status = exports_permissions(exports_r, files->permissions, error);
    if (status == STATUS_OK && !exports_r->unread)
        exports_whole(exports_r, files);
    if (status == STATUS_OK && exports_r->complaint_count > 0)
        status = exports_complained(exports_r, files, error);
    return status;
}

void exports_release(struct exports *exports) {
    for (uint32_t i = 0; i < exports->count; i++) {
        buffer_release(&exports->mailboxes[i].principals);
        free(exports->mailboxes[i].folders);
    }
    free(exports->mailboxes);
    buffer_release(&exports->complaints);
    arena_close(&exports->arena);
}
