/* Contents that are known again, and mailboxes whose every change is a fact that is heard of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../store.h"
#include "people.h"

enum { PROCESS = 1, MAILBOX = 3 }; /* PROCESS: the first name of a new history */

struct world {
    struct clock clock;
    struct history *history;
    struct contents *contents;
    struct store *store;
    struct store_mailbox *mailbox;
    struct store_folder *inbox;
};

static void world_begin(struct world *world) {
    *world = (struct world){.clock.now = 1000 * SECOND};
    world->history = people_history("umzug", MAILBOX);
    world->contents = contents_new(NULL, world->history);
    world->store = store_new(&(struct store_options){.system = SYSTEM_OPENXCHANGE,
                                                     .clock = &world->clock,
                                                     .contents = world->contents,
                                                     .history = world->history});
    world->mailbox = store_mailbox_add(world->store, MAILBOX, 0);
    struct store_folder_spec spec = {
        .name = STR("INBOX"), .path = STR("INBOX"), .role = FOLDER_INBOX, .uid_validity = 42};
    assert_int_equal(store_folder_add(world->mailbox, PROCESS, &spec, &world->inbox), STATUS_OK);
}

static void world_end(struct world *world) {
    store_close(&world->store);
    contents_close(&world->contents);
    history_close(&world->history);
}

static uint32_t world_add(struct world *world, struct store_folder *folder, const char *bytes) {
    uint32_t uid = 0;
    struct store_item item = {.content = contents_learn(world->contents, str_of(bytes)),
                              .received = 5 * SECOND};
    assert_int_equal(store_item_add(folder, PROCESS, HOW_APPENDED, item, &uid), STATUS_OK);
    return uid;
}

/* One line for each fact: "kind folder uid b". */
static bool world_say(void *of, const struct fact *fact) {
    struct buffer *out = of;
    buffer_printf(out, "%s %u %u %d\n", fact_kind_name((enum fact_kind)fact->kind), fact->folder,
                  fact->uid, (int)fact->b);
    return true;
}

static void bytes_are_known_again_and_kept_once(void **state) {
    (void)state;
    struct world world;
    world_begin(&world);
    uint32_t first = contents_learn(world.contents, STR("Subject: x\r\n\r\ny"));
    uint32_t other = contents_learn(world.contents, STR("Subject: x\r\n\r\nz"));
    assert_int_not_equal(first, other);
    assert_true(first >= CONTENT_LEARNED_FIRST);
    assert_int_equal(contents_learn(world.contents, STR("Subject: x\r\n\r\ny")), first);
    assert_int_equal(contents_bytes_kept(world.contents), 30);
    assert_int_equal(contents_bytes(world.contents, first), 15);
    uint32_t empty = contents_learn(world.contents, STR(""));
    assert_int_equal(contents_bytes(world.contents, empty), 0);
    world_end(&world);
}

static void a_prefixed_content_is_the_one_with_its_bytes(void **state) {
    (void)state;
    struct world world;
    world_begin(&world);
    uint32_t base = contents_learn(world.contents, STR("base"));
    contents_declare(world.contents, base, 4000);
    uint32_t once = contents_prefix(world.contents, base, STR("R: a\r\n"));
    uint32_t twice = contents_prefix(world.contents, once, STR("R: b\r\n"));
    struct buffer out = {0};
    contents_render(world.contents, twice, &out);
    assert_string_equal(buffer_text(&out), "R: b\r\nR: a\r\nbase");
    assert_int_equal(contents_learn(world.contents, buffer_str(&out)), twice);
    assert_int_equal(contents_prefix(world.contents, base, STR("R: a\r\n")), once);
    assert_int_equal(contents_bytes(world.contents, twice), out.length);
    assert_int_equal(contents_declared(world.contents, twice), 4012);
    assert_int_equal(contents_bytes_kept(world.contents), 4 + 6 + 6);
    assert_true(
        digest_equal(contents_digest(world.contents, twice), digest_of(out.data, out.length)));
    buffer_release(&out);
    world_end(&world);
}

static bool count_contents(void *of, const struct history_content *content) {
    uint32_t *bases = of;
    bases[content->content - CONTENT_LEARNED_FIRST] = content->base + 1;
    return true;
}

static void a_content_is_announced_once_with_its_base(void **state) {
    (void)state;
    struct world world;
    world_begin(&world);
    uint32_t base = contents_learn(world.contents, STR("base"));
    contents_learn(world.contents, STR("base"));
    contents_prefix(world.contents, base, STR("R: a\r\n"));
    uint32_t bases[2] = {0};
    assert_int_equal(history_each_content(world.history, count_contents, bases, NULL), STATUS_OK);
    assert_int_equal(bases[0], 1);
    assert_int_equal(bases[1], base + 1);
    world_end(&world);
}

static void what_engines_read_is_summed_and_what_people_read_is_not(void **state) {
    (void)state;
    struct world world;
    world_begin(&world);
    uint32_t umzug = history_name(world.history, STR("umzug_core"));
    uint32_t other = history_name(world.history, STR("umzug_verify"));
    uint32_t person = history_name(world.history, STR("person:anna"));
    store_sum_reading(world.store);
    world_add(&world, world.inbox, "a");
    world_add(&world, world.inbox, "b");
    store_item_downloaded(world.inbox, umzug, 0, 1);
    store_item_downloaded(world.inbox, umzug, 1, 1);
    store_item_downloaded(world.inbox, person, 1, 1);
    store_item_downloaded(world.inbox, umzug, 1, 1);
    store_item_downloaded(world.inbox, other, 1, 1); /* tells what the first one read */
    store_tell_reading(world.store);
    store_tell_reading(world.store); /* nothing is left to tell */
    struct buffer said = {0}, expected = {0};
    assert_int_equal(history_each_fact(world.history, world_say, &said, NULL), STATUS_OK);
    uint32_t name = history_name(world.history, STR("INBOX"));
    buffer_printf(&expected,
                  "folder_created %u 0 0\nitem_stored %u 1 0\nitem_stored %u 2 0\n"
                  "item_downloaded %u 2 0\nfolder_read %u 0 3\nfolder_read %u 0 1\n",
                  name, name, name, name, name, name);
    assert_string_equal(buffer_text(&said), buffer_text(&expected));
    buffer_release(&said);
    buffer_release(&expected);
    world_end(&world);
}

static void every_change_is_a_fact(void **state) {
    (void)state;
    struct world world;
    world_begin(&world);
    uint32_t uid = world_add(&world, world.inbox, "a");
    assert_int_equal(uid, 1);
    store_item_flag(world.inbox, PROCESS, 0, ITEM_SEEN, 0);
    store_item_flag(world.inbox, PROCESS, 0, ITEM_SEEN, 0); /* changes nothing, says nothing */
    store_item_downloaded(world.inbox, PROCESS, 0, 1);
    store_item_remove(world.inbox, PROCESS, HOW_EXPUNGED, 0);
    struct buffer said = {0}, expected = {0};
    assert_int_equal(history_each_fact(world.history, world_say, &said, NULL), STATUS_OK);
    uint32_t name = history_name(world.history, STR("INBOX"));
    buffer_printf(&expected,
                  "folder_created %u 0 0\nitem_stored %u 1 0\nitem_flagged %u 1 1\n"
                  "item_downloaded %u 1 1\nitem_removed %u 1 1\n",
                  name, name, name, name, name);
    assert_string_equal(buffer_text(&said), buffer_text(&expected));
    buffer_release(&said);
    buffer_release(&expected);
    world_end(&world);
}

static void a_uid_is_never_given_twice_and_found_by_halving(void **state) {
    (void)state;
    struct world world;
    world_begin(&world);
    for (uint32_t i = 1; i <= 100; i++)
        assert_int_equal(world_add(&world, world.inbox, "a"), i);
    for (size_t i = 100; i-- > 0;)
        if (i % 3 == 0)
            store_item_remove(world.inbox, PROCESS, HOW_EXPUNGED, i);
    for (uint32_t uid = 1; uid <= 100; uid++) {
        size_t index;
        bool there = store_item_find(world.inbox, uid, &index);
        assert_int_equal(there, (uid - 1) % 3 != 0);
        if (there)
            assert_int_equal(store_item_at(world.inbox, index)->uid, uid);
    }
    store_item_remove(world.inbox, PROCESS, HOW_EXPUNGED, store_item_count(world.inbox) - 1);
    assert_int_equal(world_add(&world, world.inbox, "b"), 101);
    assert_int_equal(store_folder_uid_next(world.inbox), 102);
    world_end(&world);
}

/* While the folder is whole, with gaps and emptied from the front: an item or the next one behind.
 */
static void a_uid_that_is_not_there_gives_the_place_behind(void **state) {
    (void)state;
    struct world world;
    world_begin(&world);
    for (uint32_t i = 1; i <= 40; i++)
        world_add(&world, world.inbox, "a");
    for (int round = 0; store_item_count(world.inbox) > 0; round++) {
        size_t count = store_item_count(world.inbox);
        for (uint32_t uid = 0; uid <= 43; uid++) {
            size_t index, below = 0;
            while (below < count && store_item_at(world.inbox, below)->uid < uid)
                below++;
            bool there = below < count && store_item_at(world.inbox, below)->uid == uid;
            assert_int_equal(store_item_find(world.inbox, uid, &index), there);
            assert_int_equal(index, below);
        }
        store_item_remove(world.inbox, PROCESS, HOW_EXPUNGED, round % 3 == 2 ? 0 : count / 2);
    }
    world_end(&world);
}

static void a_full_mailbox_takes_nothing_more(void **state) {
    (void)state;
    struct world world;
    world_begin(&world);
    store_mailbox_set_quota(world.mailbox, 1000);
    uint32_t uid, content = contents_learn(world.contents, STR("abc"));
    struct store_item item = {.content = content, .declared_size = 600};
    assert_int_equal(store_item_add(world.inbox, PROCESS, HOW_APPENDED, item, &uid), STATUS_OK);
    /* The declared size is remembered with the content. */
    item.declared_size = 0;
    assert_int_equal(store_item_add(world.inbox, PROCESS, HOW_APPENDED, item, &uid), STATUS_QUOTA);
    assert_int_equal(store_item_count(world.inbox), 1);
    store_item_remove(world.inbox, PROCESS, HOW_EXPUNGED, 0);
    assert_int_equal(store_mailbox_used(world.mailbox), 0);
    item.declared_size = 1000;
    assert_int_equal(store_item_add(world.inbox, PROCESS, HOW_APPENDED, item, &uid), STATUS_OK);
    world_end(&world);
}

static struct store_folder *world_folder(struct world *world, struct store_folder *parent,
                                         const char *name, const char *path) {
    struct store_folder *folder;
    struct store_folder_spec spec = {.parent = parent, .name = str_of(name), .path = str_of(path)};
    assert_int_equal(store_folder_add(world->mailbox, PROCESS, &spec, &folder), STATUS_OK);
    return folder;
}

static void a_folder_is_renamed_with_all_below_it(void **state) {
    (void)state;
    struct world world;
    world_begin(&world);
    struct store_folder *a = world_folder(&world, NULL, "a", "a");
    struct store_folder *b = world_folder(&world, a, "b", "a/b");
    struct store_folder *c = world_folder(&world, b, "c", "a/b/c");
    world_add(&world, c, "mail");
    struct store_folder_spec below = {.parent = c, .name = STR("x"), .path = STR("a/b/c/x")};
    assert_int_equal(store_folder_rename(b, PROCESS, &below), STATUS_INVALID);
    struct store_folder_spec taken = {.name = STR("INBOX"), .path = STR("INBOX")};
    assert_int_equal(store_folder_rename(b, PROCESS, &taken), STATUS_EXISTS);
    struct store_folder_spec top = {.name = STR("z"), .path = STR("z")};
    assert_int_equal(store_folder_rename(b, PROCESS, &top), STATUS_OK);
    assert_ptr_equal(store_folder_by_path(world.mailbox, STR("z/c")), c);
    assert_null(store_folder_by_path(world.mailbox, STR("a/b/c")));
    assert_ptr_equal(store_folder_by_number(world.mailbox, store_folder_number(c)), c);
    assert_null(store_folder_parent(b));
    assert_false(store_folder_has_children(a));
    world_end(&world);
}

static void a_folder_with_children_becomes_a_container(void **state) {
    (void)state;
    struct world world;
    world_begin(&world);
    struct store_folder *a = world_folder(&world, NULL, "a", "a");
    struct store_folder *b = world_folder(&world, a, "b", "a/b");
    world_add(&world, a, "mail");
    store_folder_remove(a, PROCESS);
    assert_true(store_folder_is_container(a));
    assert_int_equal(store_item_count(a), 0);
    assert_ptr_equal(world_folder(&world, NULL, "a", "a"), a);
    assert_false(store_folder_is_container(a));
    store_folder_remove(a, PROCESS);
    uint32_t number = store_folder_number(a);
    assert_ptr_equal(store_folder_by_number(world.mailbox, number), a);
    store_folder_remove(b, PROCESS); /* and the container goes with its last folder */
    assert_null(store_folder_by_number(world.mailbox, number));
    assert_null(store_folder_by_number(world.mailbox, UINT32_MAX));
    assert_null(store_folder_by_path(world.mailbox, STR("a")));
    assert_ptr_equal(store_folder_first(world.mailbox), world.inbox);
    assert_null(store_folder_next(world.inbox));
    world_end(&world);
}

struct ear {
    struct store_listener listener; /* first */
    int heard;
    size_t index;
};

static void ear_hear(struct store_listener *listener, const struct store_change *change) {
    struct ear *ear = (struct ear *)listener;
    ear->heard++;
    ear->index = change->index;
}

static void listeners_hear_until_they_leave(void **state) {
    (void)state;
    struct world world;
    world_begin(&world);
    struct ear ears[3] = {
        {.listener.hear = ear_hear}, {.listener.hear = ear_hear}, {.listener.hear = ear_hear}};
    for (size_t i = 0; i < 3; i++)
        store_listen(world.store, &ears[i].listener);
    world_add(&world, world.inbox, "a");
    world_add(&world, world.inbox, "b");
    store_unlisten(&ears[1].listener);
    store_item_remove(world.inbox, PROCESS, HOW_EXPUNGED, 1);
    assert_int_equal(ears[0].heard, 3);
    assert_int_equal(ears[1].heard, 2);
    assert_int_equal(ears[2].heard, 3);
    assert_int_equal(ears[2].index, 1);
    world_end(&world);
}

static void listeners_of_a_mailbox_hear_of_no_other(void **state) {
    (void)state;
    struct world world;
    world_begin(&world);
    struct store_mailbox *other = store_mailbox_add(world.store, 1, 0);
    struct ear here = {.listener.hear = ear_hear}, there = {.listener.hear = ear_hear};
    store_mailbox_listen(world.mailbox, &here.listener);
    store_mailbox_listen(other, &there.listener);
    world_add(&world, world.inbox, "a");
    store_unlisten(&here.listener);
    world_add(&world, world.inbox, "b");
    assert_int_equal(here.heard, 1);
    assert_int_equal(there.heard, 0);
    store_unlisten(&there.listener);
    world_end(&world);
}

static enum status divert(void *of, struct store_folder **folder, struct store_item *item) {
    (void)item;
    *folder = of;
    return STATUS_OK;
}

static void a_disturbed_write_rests_where_it_really_went(void **state) {
    (void)state;
    struct world world;
    world_begin(&world);
    struct store_mailbox *other = store_mailbox_add(world.store, 1, 0);
    struct store_folder *elsewhere;
    struct store_folder_spec spec = {.name = STR("INBOX"), .path = STR("INBOX")};
    assert_int_equal(store_folder_add(other, PROCESS, &spec, &elsewhere), STATUS_OK);
    store_disturb(world.store, &(struct store_disturbance){.of = elsewhere, .before_add = divert});
    world_add(&world, world.inbox, "a");
    store_disturb(world.store, NULL);
    world_add(&world, world.inbox, "a");
    assert_int_equal(store_item_count(elsewhere), 1);
    assert_int_equal(store_item_count(world.inbox), 1);
    world_end(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_known_again_and_kept_once),
        cmocka_unit_test(a_prefixed_content_is_the_one_with_its_bytes),
        cmocka_unit_test(a_content_is_announced_once_with_its_base),
        cmocka_unit_test(every_change_is_a_fact),
        cmocka_unit_test(what_engines_read_is_summed_and_what_people_read_is_not),
        cmocka_unit_test(a_uid_is_never_given_twice_and_found_by_halving),
        cmocka_unit_test(a_uid_that_is_not_there_gives_the_place_behind),
        cmocka_unit_test(a_full_mailbox_takes_nothing_more),
        cmocka_unit_test(a_folder_is_renamed_with_all_below_it),
        cmocka_unit_test(a_folder_with_children_becomes_a_container),
        cmocka_unit_test(listeners_hear_until_they_leave),
        cmocka_unit_test(listeners_of_a_mailbox_hear_of_no_other),
        cmocka_unit_test(a_disturbed_write_rests_where_it_really_went),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
