/*
 * Exchange as a party: what lies in it when the day begins, and who lives there. See exchange.h.
 *
 * The store keeps an item's categories as the keywords that the declared mapping makes of them,
 * since that is what the facts must say; EWS turns them back into the names that people gave them.
 */
#include "exchange.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "../../../engine/base/check.h"
#include "exchange_inside.h"

static uint64_t exchange_guid_key(struct str guid) {
    return digest_of(guid.data, guid.length).low;
}

uint32_t exchange_by_guid(const struct exchange *exchange, struct str guid) {
    uint64_t *found = table_find(exchange->by_guid, exchange_guid_key(guid));
    if (found == NULL)
        return 0;
    uint32_t mailbox = (uint32_t)*found;
    bool is_it =
        str_equal_text(guid, population_mailbox(exchange->options.population, mailbox)->guid);
    return is_it ? mailbox : 0;
}

/* ---- What lies in it when the day begins ---- */

static int exchange_category_order(const void *left, const void *right) {
    const struct exchange_category *const *one = left, *const *other = right;
    return strcmp((*one)->keyword, (*other)->keyword);
}

static void exchange_learn_categories(struct exchange *exchange) {
    const char *name;
    while ((name = population_category(exchange->category_count)) != NULL) {
        check_compare(exchange->category_count, <, EXCHANGE_CATEGORIES_MAX);
        struct exchange_category *category = &exchange->categories[exchange->category_count++];
        category->name = name;
        declared_keyword(str_of(name), category->keyword);
    }
}

/* The declared keywords of a set of categories, as a name of the history. */
static uint32_t exchange_keywords(struct exchange *exchange, uint32_t set) {
    const struct exchange_category *chosen[EXCHANGE_CATEGORIES_MAX];
    size_t count = 0;
    for (uint32_t bit = 0; bit < exchange->category_count; bit++)
        if ((set >> bit & 1) != 0)
            chosen[count++] = &exchange->categories[bit];
    if (count == 0)
        return 0;
    qsort(chosen, count, sizeof *chosen, exchange_category_order);
    struct buffer text = {0};
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && strcmp(chosen[i]->keyword, chosen[i - 1]->keyword) == 0)
            continue;
        if (i > 0)
            buffer_append_byte(&text, ' ');
        buffer_append_text(&text, chosen[i]->keyword);
    }
    uint32_t name = history_name(exchange->options.history, buffer_str(&text));
    buffer_release(&text);
    return name;
}

/* The folders of a mailbox, in the population's order. Returns an array to be freed. */
static struct store_folder **
exchange_load_folders(struct exchange *exchange, struct store_mailbox *mailbox, uint32_t process) {
    uint32_t count;
    const struct fixture_folder *folders =
        population_folders(exchange->options.population, store_mailbox_number(mailbox), &count);
    struct store_folder **made = memory_new(count + 1, sizeof *made);
    for (uint32_t i = 0; i < count; i++) {
        check_compare(folders[i].parent, <, (int32_t)i);
        struct store_folder_spec spec = {
            .parent = folders[i].parent < 0 ? NULL : made[folders[i].parent],
            .name = str_of(folders[i].name),
            .path = str_of(folders[i].target_path),
            .role = folders[i].role,
            .uid_validity = i + 1,
        };
        enum status status = store_folder_add(mailbox, process, &spec, &made[i]);
        check_compare(status, ==, STATUS_OK);
    }
    return made;
}

static void exchange_load(struct exchange *exchange, uint32_t number, struct table *keywords) {
    uint32_t process = history_name(exchange->options.history, STR("fixtures"));
    struct store_mailbox *mailbox = store_mailbox_add(exchange->store, number, 0);
    struct store_folder **folders = exchange_load_folders(exchange, mailbox, process);
    uint32_t count;
    const struct fixture_item *items =
        population_items(exchange->options.population, number, &count);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t *name = items[i].categories == 0 ? NULL : table_at(keywords, items[i].categories);
        if (name != NULL && *name == 0)
            *name = exchange_keywords(exchange, items[i].categories);
        uint32_t flags = items[i].flags;
        if ((flags & ITEM_ANSWERED) != 0)
            flags &= ~(uint32_t)ITEM_FORWARDED;
        struct store_item item = {
            .content = items[i].content,
            .received = items[i].received,
            .declared_size = items[i].declared_size,
            .keywords = name == NULL ? 0 : (uint32_t)*name,
            .flags = flags,
        };
        uint32_t uid;
        enum status status =
            store_item_add(folders[items[i].folder], process, HOW_FIXTURE, item, &uid);
        check_compare(status, ==, STATUS_OK);
    }
    free(folders);
}

/* ---- What leaves ---- */

static void exchange_hear(struct store_listener *listener, const struct store_change *change) {
    if (change->kind != FACT_ITEM_REMOVED)
        return;
    struct exchange *exchange =
        (struct exchange *)((char *)listener - offsetof(struct exchange, listener));
    if (exchange->grave_count + 1 >= exchange->grave_capacity) {
        exchange->grave_capacity = exchange->grave_capacity * 2 + 64;
        exchange->graves =
            memory_grow(exchange->graves, exchange->grave_capacity, sizeof *exchange->graves);
    }
    uint64_t *last = table_at(exchange->graves_of, store_mailbox_number(change->mailbox));
    exchange->graves[++exchange->grave_count] = (struct exchange_grave){
        .modseq = store_folder_modseq(change->folder),
        .folder = store_folder_number(change->folder),
        .uid = change->item.uid,
        .next = (uint32_t)*last,
    };
    *last = exchange->grave_count;
}

/* ---- Life ---- */

struct exchange *exchange_new(const struct exchange_options *options) {
    check(options->clock != NULL && options->history != NULL && options->contents != NULL);
    check(options->population != NULL);
    check((options->home_of == NULL) == (options->forward == NULL));
    struct exchange *exchange = memory_new(1, sizeof *exchange);
    exchange->options = *options;
    exchange->by_guid = table_new();
    exchange->locked = table_new();
    exchange->graves_of = table_new();
    exchange->budget_of = table_new();
    exchange->store = store_new(&(struct store_options){.system = SYSTEM_EXCHANGE,
                                                        .clock = options->clock,
                                                        .contents = options->contents,
                                                        .history = options->history});
    exchange_learn_categories(exchange);
    struct table *keywords = table_new();
    uint32_t count = population_mailbox_count(options->population);
    for (uint32_t number = 1; number <= count; number++) {
        const struct fixture_mailbox *mailbox = population_mailbox(options->population, number);
        uint64_t *place = table_at(exchange->by_guid, exchange_guid_key(str_of(mailbox->guid)));
        check_compare(*place, ==, 0);
        *place = number;
        exchange_load(exchange, number, keywords);
    }
    table_close(&keywords);
    exchange->listener.hear = exchange_hear;
    store_listen(exchange->store, &exchange->listener);
    return exchange;
}

void exchange_close(struct exchange **exchange) {
    struct exchange *old = *exchange;
    if (old == NULL)
        return;
    store_unlisten(&old->listener);
    store_close(&old->store);
    table_close(&old->by_guid);
    table_close(&old->locked);
    table_close(&old->graves_of);
    table_close(&old->budget_of);
    free(old->graves);
    free(old->budgets);
    free(old);
    *exchange = NULL;
}

struct store *exchange_store(struct exchange *exchange) {
    return exchange->store;
}

const struct population *exchange_population(const struct exchange *exchange) {
    return exchange->options.population;
}

void exchange_disturb(struct exchange *exchange, const struct exchange_disturbance *disturbance) {
    exchange->disturbance = disturbance == NULL ? (struct exchange_disturbance){0} : *disturbance;
}
