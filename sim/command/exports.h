/*
 * What an administrator exports before a migration day, read strictly: the list of pairs that the
 * operator will load, Get-MailboxStatistics, Get-MailboxFolderStatistics, Get-Mailbox and
 * Get-MailboxPermission, as Export-Csv and Excel write them (base/csv.h).
 *
 * The list says who is in the batch; rows of others are passed over and counted. Nothing is
 * guessed: statistics are paired by GUID, folders by the first part of their Identity (an address,
 * a GUID, or the Identity or SamAccountName of Get-Mailbox). Whatever cannot be understood is put
 * into `complaints`, one a line: "file:line:column: column: expected …, found …".
 */
#ifndef SIM_COMMAND_EXPORTS_H
#define SIM_COMMAND_EXPORTS_H

#include "../../engine/base/arena.h"
#include "../../engine/base/buffer.h"
#include "../../engine/base/status.h"
#include "../../fixtures/shapes.h"

enum { EXPORTS_COMPLAINTS_MAX = 200 };

struct export_folder {
    const char *path;
    enum folder_role role;
    uint64_t items, bytes;
};

struct export_mailbox {
    const char *address, *login, *key, *display_name, *database;
    const char *identity, *account; /* of Get-Mailbox; "" when there is none */
    enum mailbox_kind kind;
    bool has_recipient, has_statistics;
    struct buffer principals; /* addresses, a blank between */
    struct export_folder *folders;
    uint32_t folder_count, folder_capacity;
};

struct exports {
    struct arena *arena; /* owns the texts */
    struct export_mailbox *mailboxes;
    uint32_t count;
    struct buffer complaints;
    uint32_t complaint_count;
    uint32_t others;        /* rows of mailboxes outside the batch */
    uint32_t other_folders; /* calendars, contacts and the like, which hold no mail */
    uint32_t strangers;     /* permissions of people outside the batch */
    bool unread; /* a file has a header that cannot be used: nobody knows what its rows say */
    uint32_t question_marks; /* cells with a "?", which Export-Csv writes for what it cannot */
    char first_question_mark[300];
    char first_unknown[300]; /* whose folders nobody knows: file:line:column and the Identity */
};

struct export_files {
    const char *mapping, *statistics, *folders;
    const char *recipients, *permissions; /* or NULL */
};

/* INVALID when there is any complaint, and `error` says how many and what may help; else the status
 * of the file that could not be read. */
NODISCARD enum status exports_read(const struct export_files *files, struct exports *exports_r,
                                   struct error *error);
void exports_release(struct exports *exports);

#endif
