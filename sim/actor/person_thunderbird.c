/* A person after the switch: a mail program that speaks IMAP with Open-Xchange. It keeps its
 * connection while it lasts, remembers what it has seen, and reads what is opened with BODY.PEEK.
 */
#include <stdlib.h>

#include "../../engine/base/check.h"
#include "person_inside.h"

static enum status thunderbird_connects(struct person *person) {
    if (person->client != NULL)
        return STATUS_OK;
    struct account *account =
        accounts_by_mailbox(openxchange_accounts(person->world->openxchange), person->mailbox);
    check(account != NULL);
    enum status status = imap_client_open(person->process, PLACE_OX_IMAP, account->login,
                                          account->password, &person->client);
    if (status == STATUS_OK)
        status = imap_client_command(person->client, "SELECT INBOX");
    return status;
}

void person_leaves_thunderbird(struct person *person) {
    imap_client_close(&person->client);
}

/* Asks what is in the inbox: the headers of a list, as far as the server is concerned. */
static enum status thunderbird_looks(struct person *person) {
    enum status status = imap_client_command(person->client, "NOOP");
    if (status == STATUS_OK)
        status = imap_client_command(
            person->client,
            "UID FETCH 1:* (UID FLAGS RFC822.SIZE BODY.PEEK[HEADER.FIELDS (From Subject Date)])");
    if (status != STATUS_OK)
        return status;
    if (person->known == NULL)
        person->known = memory_new(PERSON_KNOWN_MAX, sizeof *person->known);
    person->known_count = 0;
    struct str rest = imap_client_answer(person->client);
    struct imap_fetched fetched;
    while (person->known_count < PERSON_KNOWN_MAX && imap_client_next_fetch(&rest, &fetched))
        person->known[person->known_count++] = fetched.uid;
    return STATUS_OK;
}

static enum status thunderbird_opens(struct person *person, uint32_t uid, uint32_t *content_r) {
    *content_r = 0;
    enum status status = imap_client_command(person->client, "UID FETCH %u (UID BODY.PEEK[])", uid);
    struct str rest = imap_client_answer(person->client);
    struct imap_fetched fetched;
    if (status != STATUS_OK || !imap_client_next_fetch(&rest, &fetched))
        return status;
    *content_r = contents_learn(person->world->contents, fetched.literal);
    person_saw(person, SYSTEM_OPENXCHANGE, *content_r);
    return imap_client_command(person->client, "UID STORE %u +FLAGS.SILENT (\\Seen)", uid);
}

static enum status thunderbird_moves(struct person *person, uint32_t uid) {
    if (!person->has_done_folder) {
        /* NO: it is there already. */
        enum status status = imap_client_command(person->client, "CREATE Erledigt");
        if (status != STATUS_OK && status != STATUS_REFUSED)
            return status;
        person->has_done_folder = true;
    }
    return imap_client_command(person->client, "UID MOVE %u Erledigt", uid);
}

static enum status thunderbird_does(struct person *person, enum person_deed deed) {
    if (deed == DEED_SYNC)
        return person_syncs(person);
    if (deed == DEED_LOOK || person->known_count == 0)
        return thunderbird_looks(person);
    uint32_t uid = person->known[chance_below(&person->chance, person->known_count)];
    uint32_t content;
    switch (deed) {
    case DEED_LOOK:
    case DEED_SYNC:
        break;
    case DEED_OPEN:
        return thunderbird_opens(person, uid, &content);
    case DEED_OPEN_NEWEST:
        return thunderbird_opens(person, person->known[person->known_count - 1], &content);
    case DEED_REPLY: {
        enum status status = thunderbird_opens(person, uid, &content);
        return status == STATUS_OK && content != 0 ? person_answers(person, content) : status;
    }
    case DEED_MOVE:
        return thunderbird_moves(person, uid);
    case DEED_DELETE:
        return imap_client_command(person->client, "UID MOVE %u Trash", uid);
    case DEED_FLAG:
        return imap_client_command(person->client, "UID STORE %u +FLAGS.SILENT (\\Flagged)", uid);
    }
    return STATUS_OK;
}

enum status person_in_thunderbird(struct person *person, enum person_deed deed) {
    enum status status = thunderbird_connects(person);
    if (status == STATUS_OK)
        status = thunderbird_does(person, deed);
    /* A refusal leaves the connection as it is; anything else has cost it. */
    if (status != STATUS_OK && status != STATUS_REFUSED)
        imap_client_close(&person->client);
    return status == STATUS_REFUSED ? STATUS_OK : status;
}
