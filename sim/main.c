/* `generalprobe`: picks the command and says what there is. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "../engine/base/check.h"
#include "command/command.h"
#include "command/process.h"
#include "kernel/seam.h"

const struct command commands[] = {
    {"run", "SCENARIO|FOLDER… [--seed N | --seeds A..B] [--jobs N] [--size A/B] [--json] [--keep]",
     "plays scenarios and judges them",
     "  generalprobe run scenarios/smoke/clean-day.yaml\n"
     "  generalprobe run scenarios/smoke scenarios/drills --jobs 2 --seeds 1..20 --json\n\n"
     "  --seed N       one seed (1 if not given); --seeds A..B plays each of them\n"
     "  --jobs N       so many rehearsals at a time\n"
     "  --size A/B     offices and batch shrunk to that part (at least two mailboxes each)\n"
     "  --measures L   in place of the scenario's, e.g. none, or \"all, -cross_phase\"\n"
     "  --json         one object a rehearsal, on one line, on standard output\n"
     "  --keep         keeps the history of every rehearsal, not only of those with a finding\n"
     "  --verbose      shows what appears on the operator's terminal\n"
     "  --no-twin      does not play the same seed with all measures off beside it\n"
     "  --profile      says where the time went, by stage and phase; no twin then\n\n"
     "  Exit code 0: every promise and expectation kept; 1: a finding; 2: inconclusive or\n"
     "  vacuous; 65: a broken scenario; 130: interrupted.\n",
     run_command},
    {"plan", "SCENARIO [--seed N]", "shows what a scenario will play, without playing it",
     "  generalprobe plan scenarios/incidents/2025-08-07.yaml\n", plan_command},
    {"judge", "HISTORY…", "judges recorded histories again, from their facts alone",
     "  generalprobe run smoke/clean-day --keep\n"
     "  generalprobe judge build/rehearsals/smoke/clean-day/1/history.sqlite\n",
     judge_command},
    {"report", "HISTORY… [--format text|json|junit] [--beside]", "prints a judged history",
     "  generalprobe run smoke/clean-day --keep\n"
     "  generalprobe report --format junit build/rehearsals/smoke/clean-day/1/history.sqlite\n"
     "\n  A history is kept where there was a finding, and with --keep.\n"
     "  --beside   two histories: how wrong each went and what was done, side by side\n",
     report_command},
    {"list", "[FOLDER…]", "lists scenarios with the first sentence of their stories",
     "  generalprobe list scenarios/incidents\n", list_command},
    {"explain", "[WORD]", "explains a word, or lists all that may stand in a scenario",
     "  generalprobe explain cut_off\n  generalprobe explain missing\n"
     "  generalprobe explain faults\n\n"
     "  Without a word: what may stand in a scenario. faults, measures, promises, findings,\n"
     "  phases and words list all there are.\n",
     explain_command},
    {"lint", "[SCENARIO|FOLDER…]", "reads scenarios without playing them",
     "  generalprobe lint scenarios/\n", lint_command},
    {"torture", "SCENARIO [--seed N] [--jobs N] [--modes LIST] [--every K] [--json]",
     "kills the engine at its durable steps and compares the ends",
     "  generalprobe torture smoke/small-day --jobs 2 --every 7\n"
     "  generalprobe torture smoke/small-day --only core:17:torn\n\n"
     "  --modes L      of kept, lost, torn, sectors, garbage, reordered (what a loss of power\n"
     "                 leaves of unsynced writes) and between (killed between two steps); all if\n"
     "                 not given\n"
     "  --every K      every K-th step only\n"
     "  --phases L     in these phases only\n"
     "  --pairs K      one kill in K is followed by one of the recovery (10 if not given; 0: "
     "none)\n"
     "  --each         plays each day to its end, those too whose kill left the world, to the\n"
     "                 byte, as an earlier one had\n"
     "  --only CASE    this one, with every difference\n"
     "  --size A/B, --measures L   as in run\n\n"
     "  Every command is typed twice, and its second run must write nothing. People stay away.\n"
     "  The day may be one that goes wrong on purpose and is undone: without a kill it must keep\n"
     "  what it promises, and then each end must be like its own.\n"
     "  Exit code 0: all ends are the same; 1: some differ.\n",
     torture_command},
    {"fixtures", "export SCENARIO -o DIR [--seed N]", "writes a population as Maildir",
     "  generalprobe fixtures export scenarios/smoke/clean-day.yaml -o /tmp/post\n"
     "  mutt -f /tmp/post/…  or any other mail program\n",
     fixtures_command},
    {"world",
     "--mapping FILE --statistics FILE --folders FILE [--recipients FILE] [--permissions FILE] "
     "-o DIR [--name NAME] [--day YYYY-MM-DD] [--pseudonym-key KEY]",
     "makes a scenario in the shape of a real batch, out of exported tables",
     "  In the Exchange Management Shell (UTF8, or umlauts are lost; -Delimiter \";\" is taken "
     "too):\n"
     "    Get-Mailbox -ResultSize Unlimited | Export-Csv mailboxes.csv -Encoding UTF8\n"
     "    Get-Mailbox -ResultSize Unlimited | Get-MailboxStatistics |\n"
     "        Export-Csv statistics.csv -Encoding UTF8\n"
     "    Get-Mailbox -ResultSize Unlimited | Get-MailboxFolderStatistics |\n"
     "        Export-Csv folders.csv -Encoding UTF8\n\n"
     "  generalprobe world --mapping charge-17.csv --statistics statistics.csv \\\n"
     "      --folders folders.csv --recipients mailboxes.csv -o tomorrow\n"
     "  generalprobe run tomorrow/batch.yaml\n\n"
     "  --mapping      the list of pairs that the operator will load; it says who is in the "
     "batch,\n"
     "                 rows of all others are passed over\n"
     "  --statistics   of Get-MailboxStatistics: MailboxGuid, ItemCount, TotalItemSize, Database\n"
     "  --folders      of Get-MailboxFolderStatistics: Identity, FolderPath, FolderType,\n"
     "                 ItemsInFolder, FolderSize\n"
     "  --recipients   of Get-Mailbox: PrimarySmtpAddress, ExchangeGuid, RecipientTypeDetails,\n"
     "                 Identity; needed unless the list has keys and each folder's Identity "
     "begins\n"
     "                 with an address or GUID\n"
     "  --permissions  of Get-MailboxPermission: Identity, User, AccessRights\n"
     "  -o DIR         where NAME.yaml and NAME.shapes.csv are written; NAME is batch if not "
     "given\n"
     "  --day          the migration day; 2025-08-07 if not given\n"
     "  --pseudonym-key  replaces every name in both files, but those of Inbox, Sent Items and "
     "the\n"
     "                 like; the same key gives the same pseudonyms\n\n"
     "  Encoding, separator and a #TYPE line are found out; numbers and sizes may be German or\n"
     "  English. Nothing is guessed: each cell that cannot be understood is named with file, line\n"
     "  and column, nothing is written, and the exit code is 65. Samples: fixtures/samples/.\n",
     world_command},
    {NULL, NULL, NULL, NULL, NULL},
};

static void print_help(FILE *out) {
    fprintf(out, "generalprobe: the dress rehearsal of a mailbox migration day\n\n"
                 "  generalprobe run scenarios/incidents/2025-08-07.yaml\n\n"
                 "plays the founding incident and says whether the engine detected and contained "
                 "it.\n\n");
    for (const struct command *command = commands; command->name != NULL; command++)
        fprintf(out, "  %-9s %s\n", command->name, command->sentence);
    fprintf(out, "\n  generalprobe help COMMAND says more.\n");
}

static const struct command *find_command(const char *name) {
    for (const struct command *command = commands; command->name != NULL; command++)
        if (strcmp(command->name, name) == 0)
            return command;
    return NULL;
}

static int unknown_command(const char *name) {
    const struct command *nearest = NULL;
    size_t nearest_distance = 4;
    for (const struct command *command = commands; command->name != NULL; command++) {
        size_t distance = str_distance(str_of(name), str_of(command->name), 100);
        if (distance < nearest_distance) {
            nearest = command;
            nearest_distance = distance;
        }
    }
    fprintf(stderr, "generalprobe: there is no command \"%s\"", name);
    if (nearest != NULL)
        fprintf(stderr, "; did you mean \"%s\"?", nearest->name);
    fprintf(stderr, "\n\n");
    print_help(stderr);
    return EXIT_WRONG_USAGE;
}

static int print_command_help(const char *name) {
    const struct command *command = find_command(name);
    if (command == NULL)
        return unknown_command(name);
    printf("generalprobe %s: %s\n\n%s\nUsage: generalprobe %s %s\n", command->name,
           command->sentence, command->help, command->name, command->usage);
    return EXIT_KEPT;
}

int main(int count, char **words) {
    if (count < 2) {
        print_help(stderr);
        return EXIT_WRONG_USAGE;
    }
    const char *name = words[1];
    bool help = strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0;
    if (help && count > 2)
        return print_command_help(words[2]);
    if (help) {
        print_help(stdout);
        return EXIT_KEPT;
    }
    const struct command *command = find_command(name);
    if (command == NULL)
        return unknown_command(name);
    for (int i = 2; i < count; i++)
        if (strcmp(words[i], "--help") == 0 || strcmp(words[i], "-h") == 0)
            return print_command_help(name);
    process_prepare_heap(words);
    return command->run(count - 1, words + 1);
}
