/*
 * Dialogues with the IMAP server: what a client says and all that it hears. Each is held twice, fed
 * at once and byte by byte, and must give the same bytes both times.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "imap_world.h"

#define MAIL_ONE                                                                                   \
    "Subject: Hallo\r\nFrom: \"B. Berg\" <b@x.example>, c@y.example\r\n"                           \
    "To: Amt: a@z.example;\r\nContent-Type: multipart/mixed; boundary=\"q\"\r\n\r\nvor\r\n"        \
    "--q\r\nContent-Type: text/plain\r\n\r\nText\r\n--q\r\nContent-Type: message/rfc822\r\n\r\n"   \
    "Subject: innen\r\n\r\nInnerer\r\n--q--\r\n"
#define MAIL_TWO "Subject: zwei\r\nMessage-ID: <2@x>\r\n\r\nzweiter Text\r\n"

#define FLAGS "\\Answered \\Flagged \\Deleted \\Seen \\Draft $Forwarded"
#define SELECTED                                                                                   \
    "* FLAGS (" FLAGS ")\r\n* OK [PERMANENTFLAGS (" FLAGS " \\*)] Flags permitted.\r\n"            \
    "* 2 EXISTS\r\n* 2 RECENT\r\n* OK [UNSEEN 1] First unseen.\r\n"                                \
    "* OK [UIDVALIDITY 1754546400] UIDs valid\r\n* OK [UIDNEXT 3] Predicted next UID\r\n"          \
    "* OK [HIGHESTMODSEQ 3] Highest\r\ns OK [READ-WRITE] Select completed.\r\n"
#define SELECT "s SELECT INBOX\r\n"

/* anna's INBOX holds MAIL_ONE, unseen, and MAIL_TWO, seen. She is logged in. */
static const struct dialogue {
    const char *claim, *input, *output;
} dialogues[] = {
    {"a list in the order of making", "a LIST \"\" \"%\"\r\n",
     "* LIST (\\HasNoChildren) \"/\" INBOX\r\n* LIST (\\HasNoChildren \\Drafts) \"/\" Drafts\r\n"
     "* LIST (\\HasNoChildren \\Sent) \"/\" Sent\r\n* LIST (\\HasNoChildren \\Trash) \"/\" "
     "Trash\r\n"
     "* LIST (\\HasNoChildren \\Junk) \"/\" Junk\r\na OK List completed.\r\n"},
    {"special use alone", "a LIST (SPECIAL-USE) \"\" (S* T*)\r\n",
     "* LIST (\\HasNoChildren \\Sent) \"/\" Sent\r\n* LIST (\\HasNoChildren \\Trash) \"/\" "
     "Trash\r\n"
     "a OK List completed.\r\n"},
    {"the separator", "a LIST \"\" \"\"\r\n",
     "* LIST (\\Noselect) \"/\" \"\"\r\na OK List completed.\r\n"},
    {"status of the listed", "a LIST \"\" inbox RETURN (STATUS (MESSAGES UNSEEN))\r\n",
     "* LIST (\\HasNoChildren) \"/\" INBOX\r\n* STATUS INBOX (MESSAGES 2 UNSEEN 1)\r\n"
     "a OK List completed.\r\n"},
    {"parents of what is made are containers",
     "a CREATE \"M&APw-ller/2024\"\r\nb LIST \"\" M*\r\nc SELECT M&APw-ller\r\n",
     "a OK Create completed.\r\n* LIST (\\Noselect \\HasChildren) \"/\" M&APw-ller\r\n"
     "* LIST (\\HasNoChildren) \"/\" M&APw-ller/2024\r\nb OK List completed.\r\n"
     "c NO [NONEXISTENT] Mailbox doesn't exist\r\n"},
    {"names are refused",
     "a CREATE sent//x\r\nb CREATE &Jjo\r\nc CREATE Sent\r\nd CREATE a&AGE-\r\n",
     "a NO [CANNOT] Invalid mailbox name: Adjacent hierarchy separators\r\n"
     "b NO [CANNOT] Mailbox name is not valid mUTF-7\r\n"
     "c NO [ALREADYEXISTS] Mailbox already exists\r\n"
     "d NO [CANNOT] Mailbox name is not valid mUTF-7\r\n"},
    {"a role for a new folder", "a CREATE Archiv (USE (\\Archive))\r\nb LIST \"\" A*\r\n",
     "a OK Create completed.\r\n* LIST (\\HasNoChildren \\Archive) \"/\" Archiv\r\n"
     "b OK List completed.\r\n"},
    {"rename and delete",
     "a CREATE x/y\r\nb RENAME x/y z\r\nc DELETE z\r\nd DELETE z\r\ne DELETE INBOX\r\n",
     "a OK Create completed.\r\nb OK Rename completed.\r\nc OK Delete completed.\r\n"
     "d NO [NONEXISTENT] Mailbox doesn't exist\r\ne NO [CANNOT] INBOX can't be deleted.\r\n"},
    {"subscriptions", "a UNSUBSCRIBE Junk\r\nb LSUB \"\" J*\r\nc LSUB \"\" \"inb*\"\r\n",
     "a OK Unsubscribe completed.\r\nb OK Lsub completed.\r\n"
     "* LSUB () \"/\" INBOX\r\nc OK Lsub completed.\r\n"},
    {"select says what is there", SELECT, SELECTED},
    {"select closes what was open", SELECT "b EXAMINE Sent\r\n",
     SELECTED "* OK [CLOSED] Previous mailbox closed.\r\n* FLAGS (" FLAGS ")\r\n"
              "* OK [PERMANENTFLAGS ()] Read-only mailbox.\r\n* 0 EXISTS\r\n* 0 RECENT\r\n"
              "* OK [UIDVALIDITY 1754546402] UIDs valid\r\n* OK [UIDNEXT 1] Predicted next UID\r\n"
              "* OK [HIGHESTMODSEQ 1] Highest\r\nb OK [READ-ONLY] Examine completed.\r\n"},
    {"flags and dates", SELECT "a FETCH 2 FAST\r\nb UID FETCH 2:* (FLAGS)\r\n",
     SELECTED "* 2 FETCH (FLAGS (\\Seen \\Recent) INTERNALDATE \"31-Jul-2025 22:13:20 +0000\" "
              "RFC822.SIZE 50)\r\na OK Fetch completed.\r\n"
              "* 2 FETCH (UID 2 FLAGS (\\Seen \\Recent))\r\nb OK Fetch completed.\r\n"},
    {"a body, and it was seen", SELECT "a FETCH 1 BODY[2.TEXT]\r\nb FETCH 2 BODY.PEEK[]\r\n",
     SELECTED "* 1 FETCH (FLAGS (\\Seen \\Recent) BODY[2.TEXT] {7}\r\nInnerer)\r\n"
              "a OK Fetch completed.\r\n* 2 FETCH (BODY[] {50}\r\n" MAIL_TWO ")\r\n"
              "b OK Fetch completed.\r\n"},
    {"parts of parts",
     SELECT "a FETCH 1 (BODY.PEEK[1] BODY.PEEK[2.HEADER] BODY.PEEK[2.1]<2.3> BODY.PEEK[7] "
            "BODY.PEEK[1.MIME])\r\n",
     SELECTED "* 1 FETCH (BODY[1] {4}\r\nText BODY[2.HEADER] {18}\r\nSubject: innen\r\n\r\n "
              "BODY[2.1]<2> {3}\r\nner BODY[7] NIL BODY[1.MIME] {28}\r\n"
              "Content-Type: text/plain\r\n\r\n)\r\na OK Fetch completed.\r\n"},
    {"chosen fields", SELECT "a FETCH 2 BODY.PEEK[HEADER.FIELDS (message-id Date)]\r\n",
     SELECTED "* 2 FETCH (BODY[HEADER.FIELDS (MESSAGE-ID DATE)] {21}\r\n"
              "Message-ID: <2@x>\r\n\r\n)\r\na OK Fetch completed.\r\n"},
    {"envelope and structure", SELECT "a FETCH 1 (ENVELOPE BODY)\r\n",
     SELECTED "* 1 FETCH (ENVELOPE (NIL \"Hallo\" "
              "((\"B. Berg\" NIL \"b\" \"x.example\")(NIL NIL \"c\" \"y.example\")) "
              "((\"B. Berg\" NIL \"b\" \"x.example\")(NIL NIL \"c\" \"y.example\")) "
              "((\"B. Berg\" NIL \"b\" \"x.example\")(NIL NIL \"c\" \"y.example\")) "
              "((NIL NIL \"Amt\" NIL)(NIL NIL \"a\" \"z.example\")(NIL NIL NIL NIL)) "
              "NIL NIL NIL NIL) BODY ((\"text\" \"plain\" NIL NIL NIL \"7bit\" 4 0)"
              "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 25 "
              "(NIL \"innen\" NIL NIL NIL NIL NIL NIL NIL NIL) "
              "(\"text\" \"plain\" NIL NIL NIL \"7bit\" 7 0) 2) \"mixed\"))\r\n"
              "a OK Fetch completed.\r\n"},
    {"append gives the UID and tells",
     SELECT "a APPEND INBOX (\\Seen $Forwarded wichtig) \"07-Aug-2025 01:02:03 +0200\" "
            "{5+}\r\nhallo\r\nb FETCH 3 (FLAGS INTERNALDATE)\r\n",
     SELECTED "* 3 EXISTS\r\n* 3 RECENT\r\na OK [APPENDUID 1754546400 3] Append completed.\r\n"
              "* FLAGS (" FLAGS " wichtig)\r\n* OK [PERMANENTFLAGS (" FLAGS
              " wichtig \\*)] Flags permitted.\r\n"
              "* 3 FETCH (FLAGS (\\Seen $Forwarded \\Recent wichtig) INTERNALDATE "
              "\"06-Aug-2025 23:02:03 +0000\")\r\nb OK Fetch completed.\r\n"},
    {"several messages in one append", "a APPEND Sent {2+}\r\nab (\\Draft) {2}\r\ncd\r\n",
     "+ OK\r\na OK [APPENDUID 1754546402 1:2] Append completed.\r\n"},
    {"an append that cannot be",
     "a APPEND Fort {2+}\r\nab\r\nb APPEND Fort {2}\r\nc APPEND Sent {0+}\r\n\r\n"
     "d APPEND Sent (\\Blau) {1+}\r\nx\r\n",
     "a NO [TRYCREATE] Mailbox doesn't exist\r\nb NO [TRYCREATE] Mailbox doesn't exist\r\n"
     "c NO Can't save a zero byte message.\r\n"
     "d BAD Error in IMAP command APPEND: Invalid system flag\r\n"},
    {"the folder of an append may be a literal", "a APPEND {4+}\r\nSent {2+}\r\nab\r\n",
     "a OK [APPENDUID 1754546402 1] Append completed.\r\n"},
    {"a date in the future is now",
     "a APPEND INBOX \"07-Aug-2025 08:00:01 +0000\" {1+}\r\nx\r\n"
     "b APPEND INBOX \"07-Aug-2025 07:59:59 +0000\" {1+}\r\nx\r\nc EXAMINE INBOX\r\n"
     "d UID FETCH 3:4 INTERNALDATE\r\n",
     "a OK [APPENDUID 1754546400 3] Append completed.\r\n"
     "b OK [APPENDUID 1754546400 4] Append completed.\r\n* FLAGS (" FLAGS ")\r\n"
     "* OK [PERMANENTFLAGS ()] Read-only mailbox.\r\n* 4 EXISTS\r\n* 4 RECENT\r\n"
     "* OK [UNSEEN 1] First unseen.\r\n* OK [UIDVALIDITY 1754546400] UIDs valid\r\n"
     "* OK [UIDNEXT 5] Predicted next UID\r\n* OK [HIGHESTMODSEQ 5] Highest\r\n"
     "c OK [READ-ONLY] Examine completed.\r\n"
     "* 3 FETCH (UID 3 INTERNALDATE \"07-Aug-2025 06:00:00 +0000\")\r\n"
     "* 4 FETCH (UID 4 INTERNALDATE \"07-Aug-2025 07:59:59 +0000\")\r\nd OK Fetch completed.\r\n"},
    {"flags are added and taken away",
     SELECT
     "a STORE 1 +FLAGS (\\Deleted rot)\r\nb STORE 1 -FLAGS.SILENT ROT\r\nc STORE 1 FLAGS ()\r\n",
     SELECTED "* FLAGS (" FLAGS " rot)\r\n* OK [PERMANENTFLAGS (" FLAGS
              " rot \\*)] Flags permitted.\r\n* 1 FETCH (FLAGS (\\Deleted \\Recent rot))\r\n"
              "a OK Store completed.\r\nb OK Store completed.\r\n"
              "* 1 FETCH (FLAGS (\\Recent))\r\nc OK Store completed.\r\n"},
    {"a store on condition",
     SELECT "a UID STORE 1:2 (UNCHANGEDSINCE 2) +FLAGS.SILENT \\Flagged\r\n"
            "b UID FETCH 1:* FLAGS (CHANGEDSINCE 3)\r\n",
     SELECTED
     "* 1 FETCH (UID 1 MODSEQ (4))\r\na OK [MODIFIED 2] Conditional store failed.\r\n"
     "* 1 FETCH (UID 1 MODSEQ (4) FLAGS (\\Flagged \\Recent))\r\nb OK Fetch completed.\r\n"},
    {"expunge of some",
     SELECT "a STORE 1:2 +FLAGS.SILENT \\Deleted\r\nb UID EXPUNGE 2:9\r\nc EXPUNGE\r\n",
     SELECTED "a OK Store completed.\r\n* 2 EXPUNGE\r\nb OK Expunge completed.\r\n"
              "* 1 EXPUNGE\r\nc OK Expunge completed.\r\n"},
    {"copy and move", SELECT "a COPY 1:2 Trash\r\nb UID MOVE 1 Sent\r\nc COPY 1 Fort\r\n",
     SELECTED "a OK [COPYUID 1754546403 1,2 1,2] Copy completed.\r\n"
              "* OK [COPYUID 1754546402 1 1] Moved UIDs.\r\n* 1 EXPUNGE\r\nb OK Move completed.\r\n"
              "c NO [TRYCREATE] Mailbox doesn't exist\r\n"},
    {"search",
     SELECT
     "a SEARCH UNSEEN\r\nb UID SEARCH HEADER Message-ID \"<2@x>\"\r\nc SEARCH BODY zweiter\r\n"
     "d SEARCH OR SEEN NOT SEEN SINCE 31-Jul-2025 BEFORE 1-Aug-2025\r\n"
     "e SEARCH RETURN (MIN COUNT) ALL\r\nf SEARCH CHARSET x ALL\r\ng SEARCH (1 SMALLER 9)\r\n",
     SELECTED "* SEARCH 1\r\na OK Search completed.\r\n* SEARCH 2\r\nb OK Search completed.\r\n"
              "* SEARCH 2\r\nc OK Search completed.\r\n* SEARCH 1 2\r\nd OK Search completed.\r\n"
              "* ESEARCH (TAG \"e\") MIN 1 COUNT 2\r\ne OK Search completed.\r\n"
              "f NO [BADCHARSET (US-ASCII UTF-8)] Unknown charset\r\n"
              "* SEARCH\r\ng OK Search completed.\r\n"},
    {"the key of the mailbox",
     "a GETMETADATA INBOX /shared/vendor/landesmail/mailbox-key\r\n"
     "b SETMETADATA INBOX (/shared/vendor/landesmail/mailbox-key \"x\")\r\n"
     "c SETMETADATA \"\" (/private/comment {1+}\r\ny)\r\n"
     "d GETMETADATA (DEPTH 0) \"\" (/private/comment /shared/none)\r\n",
     "* METADATA INBOX (/shared/vendor/landesmail/mailbox-key \"0000-anna\")\r\n"
     "a OK Getmetadata completed.\r\nb NO [NOPERM] Permission denied\r\n"
     "c OK Setmetadata completed.\r\n* METADATA \"\" (/private/comment \"y\" /shared/none NIL)\r\n"
     "d OK Getmetadata completed.\r\n"},
    {"close expunges silently",
     SELECT "a STORE 1 +FLAGS.SILENT \\Deleted\r\nb CLOSE\r\n"
            "c STATUS INBOX (MESSAGES)\r\nd CLOSE\r\n",
     SELECTED
     "a OK Store completed.\r\nb OK Close completed.\r\n* STATUS INBOX (MESSAGES 1)\r\n"
     "c OK Status completed.\r\nd BAD Error in IMAP command CLOSE: No mailbox selected.\r\n"},
    {"small things",
     "a NAMESPACE\r\nb ID (\"name\" \"x\" \"y\" NIL)\r\nc ENABLE CONDSTORE\r\n"
     "d GETQUOTAROOT INBOX\r\ne NOOP\r\nf IDLE\r\nDONE\r\ng LOGOUT\r\n",
     "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\na OK Namespace completed.\r\n"
     "* ID (\"name\" \"Dovecot\")\r\nb OK ID completed.\r\n* ENABLED CONDSTORE\r\nc OK Enabled.\r\n"
     "d OK No quota.\r\ne OK NOOP completed.\r\n+ idling\r\nf OK Idle completed.\r\n"
     "* BYE Logging out\r\ng OK Logout completed.\r\n"},
    {"what is no command",
     "a\r\n\r\nb FLIEGE\r\nc UID NOOP\r\nd FETCH 1 FLAGS\r\ne NOOP x\r\nf NOOP\n",
     "* BAD Error in IMAP command received by server: "
     "Missing or invalid tag.\r\n"
     "* BAD Error in IMAP command received by server: "
     "Missing or invalid tag.\r\n"
     "b BAD Error in IMAP command received by server: Unknown command.\r\n"
     "c BAD Error in IMAP command received by server: Unknown command.\r\n"
     "d BAD Error in IMAP command FETCH: No mailbox selected.\r\n"
     "e BAD Error in IMAP command NOOP: Invalid arguments.\r\n"
     "f OK NOOP completed.\r\n"},
    {"a literal that looks like one", "a STATUS {3+}\r\n{5}\r\n",
     "a BAD Error in IMAP command STATUS: Invalid status item list.\r\n"},
};

static void dialogue_hold(const struct dialogue *dialogue, size_t piece) {
    struct imap_world world;
    imap_world_begin(&world);
    imap_world_store(&world, WORLD_ANNA, "INBOX", MAIL_ONE, 0);
    imap_world_store(&world, WORLD_ANNA, "INBOX", MAIL_TWO, ITEM_SEEN);
    struct session *session = imap_world_login(&world, "anna");
    struct buffer said = {0};
    imap_world_feed(session, str_of(dialogue->input), piece, &said);
    assert_string_equal(buffer_text(&said), dialogue->output);
    buffer_release(&said);
    imap_world_hang_up(&session);
    imap_world_end(&world);
}

static void dialogues_are_the_same_at_once_and_byte_by_byte(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof dialogues / sizeof dialogues[0]; i++) {
        print_message("  %s\n", dialogues[i].claim);
        dialogue_hold(&dialogues[i], 0);
        dialogue_hold(&dialogues[i], 1);
        dialogue_hold(&dialogues[i], 7);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dialogues_are_the_same_at_once_and_byte_by_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
