/* What may stand in a scenario. A row with name NULL ends each table. See scenario_fields.h. */
#include "scenario_fields.h"

#include "scenario.h"

#define TEXT(of, member, preset, sentence)                                                         \
    { #member, FIELD_TEXT, offsetof(struct of, member), preset, NULL, NULL, 0, sentence }
#define VALUE(of, member, kind, preset, sentence)                                                  \
    { #member, FIELD_##kind, offsetof(struct of, member), preset, NULL, NULL, 0, sentence }
#define CHOICE(of, member, preset, choices, sentence)                                              \
    { #member, FIELD_CHOICE, offsetof(struct of, member), preset, choices, NULL, 0, sentence }
#define SECTION(member, sentence)                                                                  \
    {                                                                                              \
#member, FIELD_SECTION, offsetof(struct scenario, member), "", NULL, member##_fields, 0,   \
            sentence                                                                               \
    }
#define LIST(of, member, element, preset, sentence)                                                \
    {                                                                                              \
#member, FIELD_LIST, offsetof(struct of, member), preset, NULL, element##_fields,          \
            sizeof(struct scenario_##element), sentence                                            \
    }
#define END                                                                                        \
    { NULL, FIELD_TEXT, 0, NULL, NULL, NULL, 0, NULL }

static const struct field office_fields[] = {
    TEXT(scenario_office, organisation, NULL, "the authority the office belongs to"),
    TEXT(scenario_office, name, NULL, "the office"),
    TEXT(scenario_office, domain, NULL, "the part of its addresses behind the @"),
    VALUE(scenario_office, people, COUNT, NULL, "people, each with a personal mailbox"),
    VALUE(scenario_office, functional, COUNT, "0", "functional mailboxes (Funktionspostfächer)"),
    VALUE(scenario_office, resources, COUNT, "0", "mailboxes of rooms and cars"),
    VALUE(scenario_office, batch, COUNT, NULL,
          "how many of its mailboxes are in the batch; the others are bystanders"),
    END,
};

static const struct field world_fields[] = {
    VALUE(scenario_world, day, DATE, NULL, "the migration day"),
    VALUE(scenario_world, begins, CLOCK, "06:00", "when the rehearsal begins"),
    VALUE(scenario_world, lasts, SPAN, "24 h", "how long it plays"),
    LIST(scenario_world, offices, office, NULL, "who is there"),
    VALUE(scenario_world, messages, COUNT, "60", "items a mailbox at the mean, with a heavy tail"),
    VALUE(scenario_world, years, COUNT, "6", "how far back mail goes"),
    VALUE(scenario_world, scale, COUNT, "100",
          "a body on the wire is its declared size divided by this"),
    VALUE(scenario_world, databases, COUNT, "4", "mailbox databases at Exchange"),
    VALUE(scenario_world, nodes, COUNT, "3", "storage nodes at Open-Xchange"),
    VALUE(scenario_world, oddities, SWITCH, "yes", "8-bit headers, malformed MIME, endless lines"),
    TEXT(scenario_world, import, "",
         "mail from outside that comes on top, byte for byte: a folder of .eml files, an mbox or a "
         "Maildir, found from where the scenario lies"),
    CHOICE(scenario_world, import_into, "all", "all personal functional resources first",
           "the mailboxes that take it, a message each in turn"),
    TEXT(scenario_world, shapes, "",
         "a file with the shapes of real mailboxes, made by `generalprobe world`; found from where "
         "the scenario lies"),
    VALUE(scenario_world, latency, SPAN, "1 ms", "of every connection, one way"),
    VALUE(scenario_world, jitter, SPAN, "200 us", "what latency varies by"),
    VALUE(scenario_world, bandwidth, RATE, "100 MB/s", "of every connection"),
    VALUE(scenario_world, quota, SIZE, "0 B", "of a mailbox at the target; 0 B: none"),
    END,
};

static const struct field exchange_fields[] = {
    VALUE(scenario_exchange, request_time, SPAN, "15 ms", "how long it works on a request"),
    VALUE(scenario_exchange, item_time, SPAN, "60 ms", "and on each item with its content"),
    VALUE(scenario_exchange, bandwidth, RATE, "0 B/s",
          "how fast it reads declared bytes from its database; 0 B/s: at once"),
    VALUE(scenario_exchange, busy_after, COUNT, "0",
          "requests a minute and mailbox before it says ErrorServerBusy; 0: never"),
    VALUE(scenario_exchange, back_off, SPAN, "30 s", "what it then asks to wait"),
    VALUE(scenario_exchange, replication, SPAN, "5 min", "until it hears that a mailbox moved"),
    END,
};

static const struct field openxchange_fields[] = {
    VALUE(scenario_openxchange, command_time, SPAN, "1 ms", "how long it works on a command"),
    VALUE(scenario_openxchange, append_time, SPAN, "8 ms", "and on each APPEND, made durable"),
    VALUE(scenario_openxchange, login_time, SPAN, "20 ms", "and on a login"),
    VALUE(scenario_openxchange, equal_uid_validity, SWITCH, "yes",
          "folders made in the same second get the same UIDVALIDITY, as in Dovecot"),
    END,
};

static const struct field gateway_fields[] = {
    VALUE(scenario_gateway, retry, SPAN, "5 min", "until it tries a deferred mail again"),
    VALUE(scenario_gateway, lifetime, SPAN, "5 d", "until it gives a mail back"),
    END,
};

static const struct field plan_fields[] = {
    TEXT(scenario_plan, batch, "", "its name; the day's date when nothing stands here"),
    VALUE(scenario_plan, cut_off, SPAN, "7 d",
          "what is younger, counted from 00:00 UTC of the day, goes with the core"),
    VALUE(scenario_plan, workers, COUNT, "16", "mailboxes moved at the same time"),
    VALUE(scenario_plan, canary, COUNT, "4", "mailboxes of the first wave"),
    VALUE(scenario_plan, cap, COUNT, "50", "mailboxes written between two independent checks"),
    VALUE(scenario_plan, batch_size, COUNT, "32", "messages between two commits of the ledger"),
    VALUE(scenario_plan, pipelined, SWITCH, "yes", "APPENDs go out without waiting"),
    CHOICE(scenario_plan, credential, "batch", "master batch",
           "what umzug logs in with: the master credential, or one limited to the batch"),
    CHOICE(scenario_plan, dialect, "utf8_bom", "utf8 utf8_bom utf16 windows_1252",
           "how the mapping is encoded"),
    CHOICE(scenario_plan, separator, "semicolon", "comma semicolon", "between its columns"),
    TEXT(scenario_plan, measures, "all", "all, none, or a list: \"all, -cross_phase\""),
    END,
};

static const struct field attempt_fields[] = {
    VALUE(scenario_attempt, day, DATE, NULL, "the migration day of this attempt"),
    VALUE(scenario_attempt, cut_off, SPAN, "7 d", "as in the plan, counted from this day"),
    TEXT(scenario_attempt, measures, "",
         "as in the plan; those of the plan when nothing stands here"),
    END,
};

static const struct field step_fields[] = {
    VALUE(scenario_step, at, CLOCK, "00:00",
          "the step waits for this time, and for the step before it"),
    TEXT(scenario_step, run, NULL, "what the operator types"),
    TEXT(scenario_step, if_refused, "", "what he types when that was refused"),
    TEXT(scenario_step, process, "umzug", "the name under which it runs"),
    CHOICE(scenario_step, engine, "umzug", "umzug old_script by_hand",
           "umzug; the old copying script with the master credential; or no engine at all: "
           "\"restore\" puts back what a fault replaced, \"restore_target\" the batch's mailboxes "
           "at the "
           "target as they were before, \"lock_offices\" and \"unlock_offices\" let nobody of the "
           "batch's offices into Exchange, and let them in again"),
    VALUE(scenario_step, restart_after, SPAN, "5 min",
          "until the operator types again what was killed"),
    VALUE(scenario_step, beside, SWITCH, "no",
          "typed at a second terminal: the next step does not wait until this one has ended"),
    VALUE(scenario_step, attempt, COUNT, "1", "by the plan of which attempt"),
    END,
};

static const struct field postman_fields[] = {
    VALUE(scenario_postman, inside, COUNT, "4", "mails among colleagues, a mailbox and day"),
    VALUE(scenario_postman, outside, COUNT, "4", "mails from outside, a mailbox and day"),
    VALUE(scenario_postman, unknown, COUNT, "2", "mails a day to addresses nobody has"),
    VALUE(scenario_postman, from, CLOCK, "07:00", "from when mail is dense"),
    VALUE(scenario_postman, until, CLOCK, "18:00", "until when; a tenth arrives at night"),
    VALUE(scenario_postman, days, COUNT, "1", "on how many days, one after the other"),
    END,
};

static const struct field persons_fields[] = {
    VALUE(scenario_persons, working, SHARE, "80 %", "of the people who work this day"),
    VALUE(scenario_persons, begin, CLOCK, "07:30", "when they come"),
    VALUE(scenario_persons, end, CLOCK, "16:30", "when they go"),
    VALUE(scenario_persons, check_every, SPAN, "15 min", "how often they look for new mail"),
    VALUE(scenario_persons, opens, COUNT, "10", "messages opened, a day"),
    VALUE(scenario_persons, replies, COUNT, "2", "replies sent, a day"),
    VALUE(scenario_persons, moves, COUNT, "2", "messages put into another folder, a day"),
    VALUE(scenario_persons, deletes, COUNT, "1", "messages deleted, a day"),
    VALUE(scenario_persons, flags, COUNT, "1", "messages flagged, a day"),
    VALUE(
        scenario_persons, left_open, SHARE, "0 %",
        "of them leave their mail program running when they go: it fetches what comes, all night"),
    VALUE(scenario_persons, evening, SHARE, "0 %",
          "of them look once more between 19:00 and 22:00, and open the newest"),
    CHOICE(scenario_persons, behaviour, "work", "work only_read stay_away", "what they do"),
    VALUE(scenario_persons, days, COUNT, "1", "on how many days, one after the other"),
    END,
};

static const struct field fault_fields[] = {
    TEXT(scenario_fault, name, NULL, "its name in the catalogue of faults"),
    VALUE(scenario_fault, at, CLOCK, "00:00", "when it strikes, where it needs a time"),
    VALUE(scenario_fault, count, COUNT, "0", "how many it strikes; 0: all"),
    CHOICE(scenario_fault, way, "argument",
           "argument sealed_file past_the_engine plan list version",
           "how a wrong list comes in, or what is another one when the engine comes back"),
    VALUE(scenario_fault, keys_follow, SWITCH, "no",
          "the keys in the list were rotated along with its wrong column"),
    CHOICE(scenario_fault, within, "batch", "batch office", "among whom a list is rotated"),
    VALUE(scenario_fault, lasts, SPAN, "10 min", "how long, where it ends by itself"),
    TEXT(scenario_fault, phase, "",
         "the phase whose process a crash strikes, or in which a disk runs full; any when nothing "
         "stands here"),
    VALUE(
        scenario_fault, step, COUNT, "1",
        "the durable step or APPEND, from its time on, at which a crash strikes or a disk is full"),
    CHOICE(scenario_fault, disk, "kept", "kept lost torn sectors garbage reordered",
           "what a crash leaves of what was not yet synced: all, nothing, a part, any sectors, any "
           "sectors and noise, later writes and not the earlier ones"),
    END,
};

const struct field scenario_fields[] = {
    TEXT(scenario, story, NULL, "what happens, in prose"),
    SECTION(world, "who and what is there"),
    SECTION(exchange, "how the source behaves"),
    SECTION(openxchange, "how the target behaves"),
    SECTION(gateway, "how the mail gateway behaves"),
    SECTION(plan, "what the engine is told"),
    LIST(scenario, attempts, attempt, "",
         "further attempts at the same batch: the second and so on, each with a plan of its own"),
    LIST(scenario, runbook, step, NULL, "what the operator types, step by step"),
    SECTION(postman, "the mail of the day"),
    SECTION(persons, "what people do"),
    LIST(scenario, faults, fault, "", "what is broken on purpose"),
    VALUE(scenario, promises, PROMISES, "", "what must hold"),
    VALUE(scenario, expect, PROMISES, "", "in a canary: the exact wrong that must be found"),
    END,
};
