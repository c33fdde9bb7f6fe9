/* Exchange as a party: what it holds is the truth, and where its mail goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../declared.h"
#include "ews_world.h"

static void categories_become_declared_keywords(void **state) {
    (void)state;
    static const struct {
        const char *category, *keyword;
    } cases[] = {
        {"Vertraulich", "Vertraulich"},
        {"Rückfrage offen", "Rueckfrage_offen"},
        {"ÄÖÜäöüß", "AeOeUeaeoeuess"},
        {"A -- B", "A_--_B"},
        {"(wichtig!) ", "_wichtig_"},
        {"5 €/Tag", "5_Tag"},
        {"é", "_"},
        {"", ""},
        {"0123456789012345678901234567890123456789012345678ü", /* cut within "ue" */
         "0123456789012345678901234567890123456789012345678u"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char keyword[DECLARED_KEYWORD_MAX + 1];
        size_t length = declared_keyword(str_of(cases[i].category), keyword);
        assert_string_equal(keyword, cases[i].keyword);
        assert_int_equal(length, strlen(keyword));
    }
}

struct truth {
    struct ews_world *world;
    uint64_t items, folders;
};

static bool see_truth(void *of, const struct fact *fact) {
    struct truth *truth = of;
    struct population *population = truth->world->population;
    if (fact->kind == FACT_FOLDER_CREATED)
        truth->folders++;
    if (fact->kind != FACT_ITEM_STORED)
        return true;
    assert_int_equal(fact->how, HOW_FIXTURE);
    assert_int_equal(fact->system, SYSTEM_EXCHANGE);
    assert_false((fact->b & ITEM_ANSWERED) != 0 && (fact->b & ITEM_FORWARDED) != 0);
    uint32_t items, folders;
    const struct fixture_folder *tree = population_folders(population, fact->mailbox, &folders);
    const struct fixture_item *all = population_items(population, fact->mailbox, &items);
    struct str path = history_text(truth->world->history, fact->folder);
    bool is_there = false;
    for (uint32_t i = 0; i < items; i++)
        is_there |= all[i].content == fact->content && all[i].received == fact->a &&
                    str_equal_text(path, tree[all[i].folder].target_path);
    assert_true(is_there);
    truth->items++;
    return true;
}

static void what_it_holds_at_first_is_the_truth(void **state) {
    (void)state;
    struct ews_world world;
    struct error error;
    ews_world_open(&world);
    ews_world_start(&world);
    struct truth truth = {.world = &world};
    uint64_t items = 0, folders = 0;
    for (uint32_t i = 1; i <= population_mailbox_count(world.population); i++) {
        uint32_t count;
        (void)population_items(world.population, i, &count);
        items += count;
        (void)population_folders(world.population, i, &count);
        folders += count;
    }
    assert_int_equal(history_each_fact(world.history, see_truth, &truth, &error), STATUS_OK);
    assert_int_equal(truth.items, items);
    assert_int_equal(truth.folders, folders);
    ews_world_close(&world);
}

/* Mailbox 2 has moved. */
struct away {
    uint32_t forwarded, last;
};

static enum system home_of(void *of, uint32_t mailbox) {
    (void)of;
    return mailbox == 2 ? SYSTEM_OPENXCHANGE : SYSTEM_EXCHANGE;
}

static void forward(void *of, const struct exchange_letter *letter, uint32_t mailbox) {
    struct away *away = of;
    assert_int_not_equal(letter->content, 0);
    away->forwarded++;
    away->last = mailbox;
}

static size_t count_in(struct ews_world *world, uint32_t mailbox, enum folder_role role) {
    return store_item_count(
        store_folder_by_role(store_mailbox(exchange_store(world->exchange), mailbox), role));
}

static void mail_to_movers_and_stayers_is_split(void **state) {
    (void)state;
    struct ews_world world;
    struct away away = {0};
    ews_world_open(&world);
    world.options.home_of = home_of;
    world.options.forward = forward;
    world.options.of = &away;
    ews_world_start(&world);
    static const uint32_t recipients[] = {1, 2, 3};
    struct exchange_letter letter = {.process = history_name(world.history, STR("Britta")),
                                     .content = contents_learn(world.contents, STR("Hallo\r\n")),
                                     .mailboxes = recipients,
                                     .mailbox_count = 3};
    size_t sent = count_in(&world, 4, FOLDER_SENT), one = count_in(&world, 1, FOLDER_INBOX);
    size_t two = count_in(&world, 2, FOLDER_INBOX), three = count_in(&world, 3, FOLDER_INBOX);
    assert_int_equal(exchange_submit(world.exchange, 4, &letter), STATUS_OK);
    assert_int_equal(count_in(&world, 4, FOLDER_SENT), sent + 1);
    assert_int_equal(count_in(&world, 1, FOLDER_INBOX), one + 1);
    assert_int_equal(count_in(&world, 2, FOLDER_INBOX), two);
    assert_int_equal(count_in(&world, 3, FOLDER_INBOX), three + 1);
    assert_int_equal(away.forwarded, 1);
    assert_int_equal(away.last, 2);

    store_mailbox_set_quota(store_mailbox(exchange_store(world.exchange), 3), 1);
    assert_int_equal(exchange_deliver(world.exchange, &letter), STATUS_QUOTA);
    assert_int_equal(count_in(&world, 1, FOLDER_INBOX), one + 1); /* nobody has it then */
    assert_int_equal(away.forwarded, 1);
    ews_world_close(&world);
}

static void addresses_and_aliases_lead_to_a_mailbox(void **state) {
    (void)state;
    struct ews_world world;
    ews_world_open(&world);
    ews_world_start(&world);
    for (uint32_t i = 1; i <= population_mailbox_count(world.population); i++) {
        const struct fixture_mailbox *mailbox = population_mailbox(world.population, i);
        assert_int_equal(exchange_accepts(world.exchange, str_of(mailbox->address)), i);
        for (uint32_t j = 0; j < mailbox->alias_count; j++)
            assert_int_equal(exchange_accepts(world.exchange, str_of(mailbox->aliases[j])), i);
    }
    assert_int_equal(exchange_accepts(world.exchange, STR("nobody@nowhere.example")), 0);
    ews_world_close(&world);
}

static void outlook_leaves_the_persons_traces(void **state) {
    (void)state;
    struct ews_world world;
    ews_world_open(&world);
    ews_world_start(&world);
    uint32_t person = history_name(world.history, STR("Britta"));
    ews_world_deliver(&world, 1, world.clock.now, 1);
    struct store_folder *inbox =
        store_folder_by_role(store_mailbox(exchange_store(world.exchange), 1), FOLDER_INBOX);
    struct exchange_item item = {inbox, store_item_at(inbox, store_item_count(inbox) - 1)->uid};
    size_t trash = count_in(&world, 1, FOLDER_TRASH), drafts = count_in(&world, 1, FOLDER_DRAFTS);
    assert_int_equal(exchange_outlook_open(world.exchange, person, item), STATUS_OK);
    assert_int_equal(ews_world_facts(&world, FACT_ITEM_OPENED, 1), 1);
    assert_int_equal(ews_world_facts(&world, FACT_ITEM_DOWNLOADED, 1), 1);
    assert_int_equal(ews_world_facts(&world, FACT_ITEM_FLAGGED, 1), 1);
    struct exchange_item gone = item;
    assert_int_equal(exchange_outlook_delete(world.exchange, person, &item), STATUS_OK);
    assert_int_equal(count_in(&world, 1, FOLDER_TRASH), trash + 1);
    assert_ptr_not_equal(item.folder, inbox);
    assert_int_equal(exchange_outlook_open(world.exchange, person, gone), STATUS_NOT_FOUND);
    assert_int_equal(exchange_outlook_move(world.exchange, person, &item, inbox), STATUS_OK);
    assert_int_equal(item.uid, gone.uid + 1); /* back, but not the same any more */
    uint32_t content = contents_learn(world.contents, STR("Entwurf\r\n"));
    assert_int_equal(exchange_outlook_draft(world.exchange, person, 1, content, &item), STATUS_OK);
    assert_int_equal(count_in(&world, 1, FOLDER_DRAFTS), drafts + 1);
    ews_world_close(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(categories_become_declared_keywords),
        cmocka_unit_test(what_it_holds_at_first_is_the_truth),
        cmocka_unit_test(mail_to_movers_and_stayers_is_split),
        cmocka_unit_test(addresses_and_aliases_lead_to_a_mailbox),
        cmocka_unit_test(outlook_leaves_the_persons_traces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
