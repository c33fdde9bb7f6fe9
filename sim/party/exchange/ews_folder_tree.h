/* The folders that exist only in EWS, and the names that clients know folders by. */
#ifndef SIM_PARTY_EXCHANGE_EWS_FOLDER_TREE_H
#define SIM_PARTY_EXCHANGE_EWS_FOLDER_TREE_H

#include "ews.h"

struct ews_bare {
    uint32_t number, parent;
    const char *distinguished, *name;
    const char *class;   /* NULL: none */
    const char *element; /* "t:CalendarFolder" */
    unsigned kind;       /* of its change key */
};

/* By a DistinguishedFolderId: "inbox". */
bool ews_folder_by_name(struct store_mailbox *mailbox, struct str name,
                        struct ews_folder *folder_r);
/* The other way; NULL for an ordinary folder. */
const char *ews_folder_distinguished(const struct ews_folder *folder);

#endif
