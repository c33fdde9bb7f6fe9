/*
 * Who reads what. A person's download is a fact of its own, since exposure is judged message by
 * message. What an engine reads, which is every message several times over, is summed by folder and
 * told when the next one reads there, when the folder goes, and at the end: else half of a history
 * would be rows that nobody asks about.
 */
#include "../../engine/base/check.h"
#include "store_inside.h"

/* As sim/actor names the processes of people, and reports/rest.c knows them again. */
#define PERSON "person:"

void store_sum_reading(struct store *store) {
    store->sums_reading = true;
}

void store_folder_tell_reading(struct store_folder *folder) {
    struct store_reading reading = folder->reading;
    folder->reading = (struct store_reading){0};
    if (reading.count == 0)
        return;
    history_fact(folder->mailbox->store->options.history,
                 &(struct fact){.at = folder->mailbox->store->options.clock->now,
                                .a = reading.bytes,
                                .b = reading.count,
                                .process = reading.process,
                                .mailbox = folder->mailbox->number,
                                .folder = folder->path_name,
                                .kind = FACT_FOLDER_READ,
                                .system = (uint8_t)folder->mailbox->store->options.system});
}

void store_tell_reading(struct store *store) {
    for (uint32_t i = 0; i < store->mailbox_capacity; i++)
        for (struct store_folder *folder = store->mailboxes[i] != NULL ? store->mailboxes[i]->first
                                                                       : NULL;
             folder != NULL; folder = folder->next)
            store_folder_tell_reading(folder);
}

static bool store_sums(const struct store_folder *folder, uint32_t process) {
    const struct store *store = folder->mailbox->store;
    return store->sums_reading &&
           (folder->reading.process == process ||
            !str_starts_with(history_text(store->options.history, process), PERSON));
}

void store_item_downloaded(struct store_folder *folder, uint32_t process, size_t index,
                           uint64_t bytes) {
    check_compare(index, <, folder->count);
    if (!store_sums(folder, process)) {
        store_item_tell(folder, index,
                        &(struct store_event){.change.kind = FACT_ITEM_DOWNLOADED,
                                              .process = process,
                                              .a = (int64_t)bytes});
        return;
    }
    if (folder->reading.process != process)
        store_folder_tell_reading(folder);
    folder->reading.process = process; /* never a person's: see store_sums() */
    folder->reading.count++;
    folder->reading.bytes += (int64_t)bytes;
}
