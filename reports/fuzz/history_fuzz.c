/*
 * Any bytes as a recorded history. The first byte chooses: "f" and the rest is the file itself;
 * else a good history is written and damaged, by the rest, three bytes a hit: where (a 16-bit
 * number) and what is written there. Whatever it is, it is judged and printed, or refused with a
 * reason.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../engine/base/buffer.h"
#include "../../engine/base/check.h"
#include "../report.h"
#include "../tests/script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HISTORY_BYTES_MAX = 1 << 18 };

static char history_path[64];
static char good[HISTORY_BYTES_MAX];
static size_t good_bytes;
static uint32_t places[HISTORY_BYTES_MAX]; /* where it is not zero */
static size_t place_count;

static void remove_file(void) {
    unlink(history_path);
}

/* A day in a few lines, written through the same functions as any rehearsal. Most of its file is
 * zero; only what is not is worth a hit. */
static void write_good(void) {
    snprintf(history_path, sizeof history_path, "/dev/shm/history-fuzz-%d.sqlite", (int)getpid());
    atexit(remove_file);
    struct history *history = script_play_to(
        history_path, "set scenario drill\nset seed 4\nset complete yes\nset cut_off "
                      "2025-07-31T04:00:00Z\npromise foreign_at_rest_end 0\n"
                      "promise complete_by 07:00\n"
                      "0 item_stored h=fixture s=X m=1 f=INBOX c=1 u=1 d=-30\n"
                      "0 item_stored h=fixture s=X m=2 f=INBOX c=2 u=1 d=-30\n"
                      "10 phase_begun n=switch\n10 home_set m=1 s=O a=0\n"
                      "12 phase_ended n=switch\n"
                      "15 access_tried p=person:anna m=1 a=0 b=0 s=X\n"
                      "900 fault_fired n=swap m=1 f=list.csv\n900:1 fault_effect n=swap m=2\n"
                      "901 item_stored h=appended p=umzug s=O m=2 f=INBOX c=1 u=1 d=-30\n"
                      "903 item_downloaded p=person:anna s=O m=2 f=INBOX c=1 u=1\n"
                      "claim 904 mailbox_done m=1 phase=backfill messages=1\n"
                      "1210 alarm n=reconcile m=1 c=words\n");
    history_close(&history);
    FILE *file = fopen(history_path, "rb");
    check(file != NULL);
    good_bytes = fread(good, 1, sizeof good, file);
    check(good_bytes > 0 && good_bytes < sizeof good);
    fclose(file);
    for (size_t i = 0; i < good_bytes; i++)
        if (good[i] != 0)
            places[place_count++] = (uint32_t)i;
}

static void put_file(const void *bytes, size_t length) {
    int file = open(history_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    check(file >= 0 && write(file, bytes, length) == (ssize_t)length);
    close(file);
}

static void put_damaged(const uint8_t *hits, size_t size) {
    static char damaged[HISTORY_BYTES_MAX];
    memcpy(damaged, good, good_bytes);
    for (size_t i = 0; i + 3 <= size; i += 3) {
        size_t place = ((size_t)hits[i] << 8 | hits[i + 1]) % place_count;
        damaged[places[place]] = (char)hits[i + 2];
    }
    put_file(damaged, good_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct history *history = NULL;
    struct judgement *judgement = NULL;
    struct error error = {0};
    if (size == 0)
        return 0;
    if (good_bytes == 0)
        write_good();
    if (data[0] == 'f')
        put_file(data + 1, size - 1);
    else
        put_damaged(data + 1, size - 1);
    if (history_open(history_path, &history, &error) == STATUS_OK &&
        judge(history, &(struct judge_options){0}, &judgement, &error) == STATUS_OK) {
        struct buffer out = {0};
        report_json(judgement, &out);
        report_text(judgement, &(struct report_options){.again = "again"}, &out);
        buffer_release(&out);
    } else {
        check(error.text[0] != '\0');
    }
    judgement_close(&judgement);
    history_close(&history);
    return 0;
}
