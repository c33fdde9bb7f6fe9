/* Folders as EWS shows them: ews_folder_tree.c and ews_folders.c. */
#ifndef SIM_PARTY_EXCHANGE_EWS_FOLDERS_H
#define SIM_PARTY_EXCHANGE_EWS_FOLDERS_H

#include "ews_ids.h"
#include "ews_xml.h"

struct ews_request;
struct ews_shape;

/* A folder of the store, or one that is bare: no mail ever lies in it, so the store does not know
 * it (the root, the calendar, the outbox …). */
struct ews_bare {
    uint32_t number, parent;
    const char *distinguished, *name;
    const char *class;   /* NULL: none */
    const char *element; /* "t:CalendarFolder" */
    unsigned kind;       /* of its change key */
};

struct ews_folder {
    struct store_mailbox *mailbox;
    struct store_folder *folder; /* NULL: `bare` */
    const struct ews_bare *bare;
};

uint32_t ews_folder_number(const struct ews_folder *folder);
/* The folder with that number, or of the parent; false when there is none. */
bool ews_folder_by_number(struct store_mailbox *mailbox, uint32_t number,
                          struct ews_folder *folder_r);
bool ews_folder_parent(const struct ews_folder *folder, struct ews_folder *parent_r);
struct ews_id ews_folder_id(const struct ews_folder *folder);
/* What a t:FolderId or t:DistinguishedFolderId means, rights checked. */
enum ews_error ews_folder_find(struct ews_request *request, const struct xml_node *id,
                               struct ews_folder *folder_r);
/* msgfolderroot of the mailbox that the request is made for. */
enum ews_error ews_folder_top(struct ews_request *request, struct ews_folder *folder_r);
/* Calls for each folder below one, parents first; `deep`: not only children. Folders that a
 * disturbance hides are left out. */
void ews_folder_each(struct ews_request *request, const struct ews_folder *below, bool deep,
                     void (*see)(void *of, const struct ews_folder *folder), void *of);
/* Reads m:FolderShape; false: a fault is set. */
bool ews_folder_shape_read(struct ews_request *request, struct ews_shape *shape_r);
void ews_folder_write(struct ews_request *request, const struct ews_shape *shape,
                      const struct ews_folder *folder);

/* By a DistinguishedFolderId: "inbox". */
bool ews_folder_by_name(struct store_mailbox *mailbox, struct str name,
                        struct ews_folder *folder_r);
/* The other way; NULL for an ordinary folder. */
const char *ews_folder_distinguished(const struct ews_folder *folder);

#endif
