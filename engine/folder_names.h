/*
 * Where a source folder lies at the target. The rule is declared, so that people can be told where
 * their folders went and so that others can work it out without us:
 *
 * 1. The top folders Inbox, Sent, Drafts, Trash, Junk and Archive go by their role and are called
 *    INBOX, Sent, Drafts, Trash, Junk, Archive. Every other folder keeps its place and its name.
 * 2. Within a name "/" and control characters become "_", blanks at both ends go, and what is
 *    empty then becomes "_"; "." and ".." become "_" and "__", and a "~" in front becomes "_".
 * 3. A name that then equals an earlier sibling's, or at the top one of the six, without regard to
 *    case (A–Z, Ä, Ö, Ü), gets " (2)", " (3)" … until it is alone. Earlier: in the source's order.
 */
#ifndef ENGINE_FOLDER_NAMES_H
#define ENGINE_FOLDER_NAMES_H

#include <stdint.h>

#include "base/arena.h"
#include "source.h"
#include "target.h"

enum { FOLDERS_MAX = 20000, FOLDER_DEPTH_MAX = 32 };

struct folder_place {
    const char *id;            /* at the source */
    const char *const *levels; /* at the target */
    uint32_t level_count;
    enum target_role role;
    const char *path; /* the levels joined by "/": for people */
    uint32_t items;   /* as the source counts them */
};

struct folder_list; /* collects folders in the source's order, parents before children */

/* Lives and dies with the arena. */
struct folder_list *folder_list_new(struct arena *arena);
/* LIMIT beyond FOLDERS_MAX or FOLDER_DEPTH_MAX. Copies what it keeps. */
NODISCARD enum status folder_list_add(struct folder_list *list, const struct source_folder *folder,
                                      struct error *error);
const struct folder_place *folder_list_places(const struct folder_list *list, uint32_t *count_r);

#endif
