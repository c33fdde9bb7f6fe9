/* What store.c and store_folder.c share. Nobody else includes this. */
#ifndef SIM_PARTY_STORE_INSIDE_H
#define SIM_PARTY_STORE_INSIDE_H

#include "store.h"

struct store {
    struct store_options options;
    struct store_mailbox **mailboxes; /* owns; the index is the number */
    uint32_t mailbox_capacity;
    struct store_listener *listeners; /* borrows: the first of the list */
    struct store_disturbance disturbance;
    bool sums_reading;
};

struct store_mailbox {
    struct store *store;
    uint32_t number;
    uint32_t folder_number_last, folder_capacity;
    struct store_folder **folders; /* owns; by number; NULL: gone */
    uint64_t used, quota;          /* declared bytes */
    struct store_folder *first, *last;
    struct store_listener *listeners; /* borrows: the first of the list */
};

struct store_reading { /* since it was last told; process 0: nothing */
    uint32_t process, count;
    int64_t bytes;
};

struct store_folder {
    struct store_mailbox *mailbox;
    struct store_folder *parent; /* NULL at the top */
    struct store_folder *next, *previous;
    char *name, *path;     /* owns */
    uint32_t path_name;    /* the path as a name of the history */
    enum folder_role role; /* PLAIN while it is a container */
    uint32_t number, uid_validity, uid_next;
    uint64_t modseq;
    bool container;
    struct store_folder_marks marks;
    struct store_reading reading;
    struct store_item *items; /* owns; in order of UID */
    size_t count, capacity;
};

/* Writes the fact of a change and tells the listeners. `how` and `a` are 0 where the kind has
 * none. */
struct store_event {
    struct store_change change;
    uint32_t process;
    enum how how;
    int64_t a;
};
void store_tell(const struct store_event *event);
/* The same of an item that lies there. */
void store_item_tell(struct store_folder *folder, size_t index, const struct store_event *event);
void store_folder_tell_reading(struct store_folder *folder);

#endif
