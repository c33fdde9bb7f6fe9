/*
 * The tree of a mailbox as EWS shows it: the root, below it "Oberste Ebene des
 * Informationsspeichers" (msgfolderroot), below that the folders of the store and a few that hold
 * no mail at rest and exist only here: calendar, contacts, tasks, outbox, sync issues. Those have
 * fixed numbers.
 */
#include <string.h>

#include "ews.h"

enum {
    BARE_FIRST = 0x40000000,
    BARE_ROOT = BARE_FIRST,
    BARE_TOP,
    BARE_CALENDAR,
    BARE_CONTACTS,
    BARE_TASKS,
    BARE_OUTBOX,
    BARE_SYNC_ISSUES,
};

static const struct ews_bare ews_bares[] = {
    {BARE_ROOT, 0, "root", "", NULL, "t:Folder", 1},
    {BARE_TOP, BARE_ROOT, "msgfolderroot", "Oberste Ebene des Informationsspeichers", "IPF.Note",
     "t:Folder", 1},
    {BARE_CALENDAR, BARE_TOP, "calendar", "Kalender", "IPF.Appointment", "t:CalendarFolder", 2},
    {BARE_CONTACTS, BARE_TOP, "contacts", "Kontakte", "IPF.Contact", "t:ContactsFolder", 3},
    {BARE_TASKS, BARE_TOP, "tasks", "Aufgaben", "IPF.Task", "t:TasksFolder", 4},
    {BARE_OUTBOX, BARE_TOP, "outbox", "Postausgang", "IPF.Note", "t:Folder", 1},
    {BARE_SYNC_ISSUES, BARE_TOP, "syncissues", "Synchronisierungsprobleme", "IPF.Note", "t:Folder",
     1},
};
enum { BARE_COUNT = sizeof ews_bares / sizeof *ews_bares };

/* `archive` is no word of the schema, but clients ask for it (EWS.md §1). */
static const struct {
    const char *name;
    enum folder_role role;
} ews_distinguished[] = {
    {"inbox", FOLDER_INBOX},        {"sentitems", FOLDER_SENT}, {"drafts", FOLDER_DRAFTS},
    {"deleteditems", FOLDER_TRASH}, {"junkemail", FOLDER_JUNK}, {"archive", FOLDER_ARCHIVE},
};

static const struct ews_bare *ews_bare_by_number(uint32_t number) {
    for (size_t i = 0; i < BARE_COUNT; i++)
        if (ews_bares[i].number == number)
            return &ews_bares[i];
    return NULL;
}

uint32_t ews_folder_number(const struct ews_folder *folder) {
    return folder->folder != NULL ? store_folder_number(folder->folder) : folder->bare->number;
}

struct ews_id ews_folder_id(const struct ews_folder *folder) {
    return (struct ews_id){.mailbox = store_mailbox_number(folder->mailbox),
                           .folder = ews_folder_number(folder)};
}

bool ews_folder_by_number(struct store_mailbox *mailbox, uint32_t number,
                          struct ews_folder *folder_r) {
    *folder_r = (struct ews_folder){.mailbox = mailbox, .bare = ews_bare_by_number(number)};
    if (folder_r->bare != NULL)
        return true;
    folder_r->folder = store_folder_by_number(mailbox, number);
    return folder_r->folder != NULL;
}

bool ews_folder_parent(const struct ews_folder *folder, struct ews_folder *parent_r) {
    *parent_r = (struct ews_folder){.mailbox = folder->mailbox};
    if (folder->folder == NULL) {
        parent_r->bare = ews_bare_by_number(folder->bare->parent);
        return parent_r->bare != NULL;
    }
    parent_r->folder = store_folder_parent(folder->folder);
    if (parent_r->folder == NULL)
        parent_r->bare = ews_bare_by_number(BARE_TOP);
    return true;
}

bool ews_folder_by_name(struct store_mailbox *mailbox, struct str name,
                        struct ews_folder *folder_r) {
    *folder_r = (struct ews_folder){.mailbox = mailbox};
    for (size_t i = 0; i < BARE_COUNT; i++)
        if (str_equal_text(name, ews_bares[i].distinguished)) {
            folder_r->bare = &ews_bares[i];
            return true;
        }
    for (size_t i = 0; i < sizeof ews_distinguished / sizeof *ews_distinguished; i++)
        if (str_equal_text(name, ews_distinguished[i].name)) {
            folder_r->folder = store_folder_by_role(mailbox, ews_distinguished[i].role);
            return folder_r->folder != NULL;
        }
    return false;
}

const char *ews_folder_distinguished(const struct ews_folder *folder) {
    if (folder->folder == NULL)
        return folder->bare->distinguished;
    for (size_t i = 0; i < sizeof ews_distinguished / sizeof *ews_distinguished; i++)
        if (ews_distinguished[i].role == store_folder_role(folder->folder))
            return ews_distinguished[i].name;
    return NULL;
}

/* Whether `folder` lies below `below`, at any depth or as its child. */
static bool ews_folder_is_below(const struct ews_folder *folder, uint32_t below, bool deep) {
    struct ews_folder at = *folder, parent;
    while (ews_folder_parent(&at, &parent)) {
        if (ews_folder_number(&parent) == below)
            return true;
        if (!deep)
            return false;
        at = parent;
    }
    return false;
}

static void ews_folder_each_of(struct ews_request *request, const struct ews_folder *below,
                               bool deep, void (*see)(void *of, const struct ews_folder *folder),
                               void *of) {
    uint32_t number = store_mailbox_number(below->mailbox), root = ews_folder_number(below);
    struct ews_folder at = {.mailbox = below->mailbox};
    for (size_t i = 0; i < BARE_COUNT; i++) {
        at.bare = &ews_bares[i];
        if (ews_folder_is_below(&at, root, deep))
            see(of, &at);
    }
    at.bare = NULL;
    for (at.folder = store_folder_first(below->mailbox); at.folder != NULL;
         at.folder = store_folder_next(at.folder)) {
        bool hidden =
            EXCHANGE_ASK(request->exchange, hides_folder, number, store_folder_path(at.folder));
        if (!hidden && ews_folder_is_below(&at, root, deep))
            see(of, &at);
    }
}

void ews_folder_each(struct ews_request *request, const struct ews_folder *below, bool deep,
                     void (*see)(void *of, const struct ews_folder *folder), void *of) {
    ews_folder_each_of(request, below, deep, see, of);
    uint32_t exposed = below->folder != NULL || !deep
                           ? 0
                           : (uint32_t)EXCHANGE_ASK(request->exchange, exposes,
                                                    store_mailbox_number(below->mailbox));
    struct store_mailbox *foreign = exposed == 0 ? NULL : ews_open(request, exposed);
    struct ews_folder top = {.mailbox = foreign, .bare = ews_bare_by_number(BARE_TOP)};
    if (foreign != NULL)
        ews_folder_each_of(request, &top, true, see, of);
}
