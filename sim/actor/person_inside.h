/* What person.c shares with the two programs a person works in. */
#ifndef SIM_ACTOR_PERSON_INSIDE_H
#define SIM_ACTOR_PERSON_INSIDE_H

#include "person.h"
#include "sending.h"

enum { PERSON_KNOWN_MAX = 4096 }; /* messages of the inbox a program remembers */

enum person_deed {
    DEED_LOOK,
    DEED_OPEN,
    DEED_REPLY,
    DEED_MOVE,
    DEED_DELETE,
    DEED_FLAG,
    DEED_OPEN_NEWEST,
    DEED_SYNC, /* nobody is there: the program fetches all that is new, from every folder */
};

struct person_folder { /* as his program keeps it */
    char *name;        /* owns; as the server wrote it, quoted */
    uint32_t uid_validity, uid_next;
};

struct person {
    struct world *world;
    struct process *process;     /* "person:<address>" */
    struct chance chance, night; /* what he does at night is drawn apart */
    uint32_t mailbox;
    struct imap_client *client; /* while he works in the new program */
    uint32_t *known;            /* UIDs of the inbox he has seen; owns */
    uint32_t known_count;
    struct person_folder *folders; /* what his program has fetched; owns */
    uint32_t folder_count;
    bool has_done_folder;    /* "Erledigt" is there */
    bool left_open, evening; /* he leaves his program running; he looks once more */
};

/* He looks for new mail or does something with a message. OK also when there was nothing to do;
 * anything else: it could not be done. */
enum status person_in_outlook(struct person *person, enum person_deed deed);
enum status person_in_thunderbird(struct person *person, enum person_deed deed);
void person_leaves_thunderbird(struct person *person);
/* person_sync.c: fetches what no earlier sync has fetched. Connected. */
enum status person_syncs(struct person *person);

/* He has it on the screen. */
void person_saw(const struct person *person, enum system system, uint32_t content);
/* He answers a message he has opened. */
enum status person_answers(struct person *person, uint32_t content);

#endif
