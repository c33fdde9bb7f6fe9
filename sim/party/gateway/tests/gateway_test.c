/*
 * The gateway without a network: letters come in by SMTP, are taken as errands and settled by hand.
 * Its books must balance at each step: accepted = delivered + bounced + held + queued.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../../engine/base/chance.h"
#include "small_world.h"

#define HOLD     "INSERT OR REPLACE INTO access VALUES (?1, 'HOLD')"
#define LET_PASS "DELETE FROM access WHERE recipient = ?1"
#define RELEASE  "INSERT OR IGNORE INTO release VALUES (?1)"
#define ROUTE_OX "INSERT OR REPLACE INTO transport VALUES (?1, 'lmtp:[open-xchange]')"
#define ROUTE_EX "INSERT OR REPLACE INTO transport VALUES (?1, 'smtp:[exchange]')"
#define NO_ROUTE "DELETE FROM transport WHERE recipient = ?1"

static const struct mail_reply taken = {250, "2.0.0 Ok"};
static const struct mail_reply later = {0, "connection refused"};
static const struct mail_reply never = {550, "5.1.1 nobody here"};

static void books_balance(struct small_world *world) {
    struct gateway_party_counts counts = gateway_party_counts(world->gateway);
    assert_int_equal(counts.accepted,
                     counts.delivered + counts.bounced + counts.held + counts.queued + counts.lost);
    assert_int_equal(counts.accepted, small_world_facts(world, FACT_MAIL_ACCEPTED, NULL));
    assert_int_equal(counts.held, small_world_ask(world, "SELECT count(*) FROM queue WHERE state = "
                                                         "'hold'"));
    assert_int_equal(counts.queued, small_world_ask(world, "SELECT count(*) FROM queue WHERE state "
                                                           "<> 'hold'"));
    assert_int_equal(counts.delivered, small_world_ask(world, "SELECT count(*) FROM journal WHERE "
                                                              "event = 'delivered'"));
    assert_int_equal(counts.bounced, small_world_ask(world, "SELECT count(*) FROM journal WHERE "
                                                            "event = 'bounced'"));
    assert_int_equal(counts.released, small_world_ask(world, "SELECT count(*) FROM journal WHERE "
                                                             "event = 'released'"));
}

/* Takes the letter that is due now and settles it; says where it went. */
static enum system hand_over(struct small_world *world, const struct mail_reply *reply) {
    struct gateway_errand errand;
    if (!gateway_party_take(world->gateway, &errand))
        return SYSTEM_NONE;
    buffer_release(&errand.bytes);
    assert_int_equal(gateway_party_settle(world->gateway, errand.id, reply, NULL), STATUS_OK);
    return errand.system;
}

static void every_recipient_has_an_entry_of_his_own(void **state) {
    (void)state;
    struct small_world world;
    small_world_open(&world);
    struct buffer both = {0};
    buffer_printf(&both, "%s>\r\nRCPT TO:<%s>\r\nRCPT TO:<%s", small_world_address(&world, 1),
                  small_world_address(&world, 2), small_world_address(&world, 1));
    assert_int_equal(
        small_world_send(&world, "a@x.test", buffer_text(&both), "Subject: hi\r\n\r\nhi"), 250);
    struct fact fact;
    assert_int_equal(small_world_facts(&world, FACT_MAIL_ACCEPTED, &fact), 2);
    assert_int_equal(fact.mailbox, 2);
    assert_int_equal(fact.uid, 2);
    assert_int_equal(fact.process, 7);
    assert_int_equal(small_world_ask(&world, "SELECT count(*) FROM queue WHERE size = 19"), 2);

    struct gateway_errand errand;
    assert_true(gateway_party_take(world.gateway, &errand));
    assert_int_equal(errand.system, SYSTEM_EXCHANGE);
    assert_string_equal(errand.recipient, small_world_address(&world, 1));
    assert_string_equal(errand.sender, "a@x.test");
    assert_non_null(strstr(buffer_text(&errand.bytes), "Received: from test\r\n\tby gateway.test"));
    assert_string_equal(buffer_text(&errand.bytes) + errand.bytes.length - 19,
                        "Subject: hi\r\n\r\nhi\r\n");
    /* What comes back over the network is known again, with the letter as its base. */
    uint32_t content = contents_learn(world.contents, buffer_str(&errand.bytes));
    assert_int_equal(contents_digest(world.contents, content).low,
                     digest_of(errand.bytes.data, errand.bytes.length).low);
    buffer_release(&errand.bytes);
    assert_int_equal(gateway_party_settle(world.gateway, 1, &taken, NULL), STATUS_OK);
    assert_int_equal(hand_over(&world, &taken), SYSTEM_EXCHANGE);
    assert_int_equal(hand_over(&world, &taken), SYSTEM_NONE);
    assert_int_equal(small_world_facts(&world, FACT_MAIL_DELIVERED, &fact), 2);
    assert_int_equal(fact.system, SYSTEM_EXCHANGE);
    assert_int_equal(fact.process, 9);
    books_balance(&world);
    buffer_release(&both);
    small_world_close(&world);
}

static void an_alias_is_rewritten_before_any_table_is_asked(void **state) {
    (void)state;
    struct small_world world;
    small_world_open(&world);
    for (uint32_t mailbox = 1; mailbox <= SMALL_WORLD_MAILBOXES; mailbox++) {
        const struct fixture_mailbox *one = population_mailbox(world.population, mailbox);
        for (uint32_t i = 0; i < one->alias_count; i++) {
            small_world_steer(&world, HOLD, one->address);
            assert_int_equal(small_world_send(&world, "a@x.test", one->aliases[i], "x"), 250);
            struct fact fact;
            assert_true(small_world_facts(&world, FACT_MAIL_HELD, &fact) > 0);
            assert_int_equal(fact.mailbox, mailbox);
        }
    }
    books_balance(&world);
    small_world_close(&world);
}

static void unknown_people_are_refused_and_outside_mail_leaves(void **state) {
    (void)state;
    struct small_world world;
    small_world_open(&world);
    assert_int_equal(small_world_send(&world, "a@x.test", "no.such.person@amt.test", "x"), 550);
    const char *sender = small_world_address(&world, 1);
    assert_int_equal(small_world_send(&world, sender, "b@elsewhere.test", "x"), 250);
    assert_int_equal(hand_over(&world, &taken), SYSTEM_OUTSIDE);
    struct fact fact;
    assert_int_equal(small_world_facts(&world, FACT_MAIL_LEFT, &fact), 1);
    assert_true(str_equal_text(history_text(world.history, fact.name), "b@elsewhere.test"));
    books_balance(&world);
    small_world_close(&world);
}

static void held_mail_goes_to_the_home_of_the_moment_it_is_released(void **state) {
    (void)state;
    struct small_world world;
    small_world_open(&world);
    const char *held = small_world_address(&world, 1), *other = small_world_address(&world, 2);
    small_world_steer(&world, HOLD, held);
    assert_int_equal(small_world_send(&world, "a@x.test", held, "one"), 250);
    assert_int_equal(small_world_send(&world, "a@x.test", held, "two"), 250);
    assert_int_equal(small_world_send(&world, "a@x.test", other, "three"), 250);
    assert_int_equal(small_world_facts(&world, FACT_MAIL_HELD, NULL), 2);
    assert_int_equal(hand_over(&world, &taken), SYSTEM_EXCHANGE); /* the one that is not held */
    assert_int_equal(hand_over(&world, &taken), SYSTEM_NONE);
    books_balance(&world);

    small_world_steer(&world, ROUTE_OX, held);
    world.clock.now += 6 * DAY; /* it is older than a letter may become, and does not age */
    assert_int_equal(gateway_party_look(world.gateway, NULL), STATUS_OK);
    struct fact fact;
    assert_int_equal(small_world_facts(&world, FACT_HOME_SET, &fact), 1);
    assert_int_equal(fact.mailbox, 1);
    assert_int_equal(fact.a, HOME_ROUTE);
    assert_int_equal(fact.system, SYSTEM_OPENXCHANGE);
    assert_int_equal(hand_over(&world, &taken), SYSTEM_NONE);

    small_world_steer(&world, RELEASE, held);
    assert_int_equal(hand_over(&world, &taken), SYSTEM_OPENXCHANGE);
    books_balance(&world);
    assert_int_equal(hand_over(&world, &later), SYSTEM_OPENXCHANGE);
    assert_int_equal(hand_over(&world, &taken), SYSTEM_NONE);
    world.clock.now += GATEWAY_RETRY_FIRST;
    assert_int_equal(hand_over(&world, &taken), SYSTEM_OPENXCHANGE);
    assert_int_equal(small_world_ask(&world, "SELECT count(*) FROM release"), 0);
    assert_int_equal(small_world_facts(&world, FACT_MAIL_RELEASED, NULL), 2);
    books_balance(&world);

    small_world_steer(&world, NO_ROUTE, held); /* and without a row it is Exchange's again */
    assert_int_equal(gateway_party_look(world.gateway, NULL), STATUS_OK);
    assert_int_equal(small_world_facts(&world, FACT_HOME_SET, &fact), 2);
    assert_int_equal(fact.system, SYSTEM_EXCHANGE);
    small_world_close(&world);
}

static void a_letter_is_tried_later_each_time_and_bounces_at_its_age(void **state) {
    (void)state;
    struct small_world world;
    small_world_open(&world);
    static const int64_t spans[] = {300, 600, 1200, 2400, 4000, 4000};
    const char *sender = small_world_address(&world, 3);
    assert_int_equal(small_world_send(&world, sender, small_world_address(&world, 1), "x"), 250);
    instant began = world.clock.now;
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
        assert_int_equal(hand_over(&world, &later), SYSTEM_EXCHANGE);
        assert_int_equal(gateway_party_next(world.gateway), world.clock.now + spans[i] * SECOND);
        world.clock.now = gateway_party_next(world.gateway);
    }
    while (gateway_party_counts(world.gateway).bounced == 0) {
        assert_true(world.clock.now <= began + GATEWAY_AGE_MAX + GATEWAY_RETRY_LAST);
        assert_int_equal(hand_over(&world, &later), SYSTEM_EXCHANGE);
        books_balance(&world);
        world.clock.now = gateway_party_next(world.gateway);
    }
    struct fact fact;
    assert_int_equal(small_world_facts(&world, FACT_MAIL_BOUNCED, &fact), 1);
    assert_int_equal(fact.mailbox, 1);
    assert_true(fact.at >= began + GATEWAY_AGE_MAX);

    /* The notice is mail that somebody must get: due, and on its way from nobody. */
    assert_int_equal(small_world_facts(&world, FACT_MAIL_DUE, &fact), 1);
    assert_int_equal(fact.mailbox, 3);
    struct gateway_errand errand;
    assert_true(gateway_party_take(world.gateway, &errand));
    assert_string_equal(errand.sender, "");
    assert_string_equal(errand.recipient, sender);
    assert_non_null(strstr(buffer_text(&errand.bytes), "Status: 4.4.7"));
    assert_non_null(strstr(buffer_text(&errand.bytes), "connection refused"));
    buffer_release(&errand.bytes);
    assert_int_equal(gateway_party_settle(world.gateway, errand.id, &never, NULL), STATUS_OK);
    assert_int_equal(hand_over(&world, &taken), SYSTEM_NONE); /* nobody hears of a lost notice */
    books_balance(&world);
    small_world_close(&world);
}

static void a_letter_refused_for_ever_comes_back_at_once(void **state) {
    (void)state;
    struct small_world world;
    small_world_open(&world);
    assert_int_equal(small_world_send(&world, "a@x.test", small_world_address(&world, 1), "x"),
                     250);
    assert_int_equal(hand_over(&world, &never), SYSTEM_EXCHANGE);
    assert_int_equal(small_world_facts(&world, FACT_MAIL_BOUNCED, NULL), 1);
    assert_int_equal(hand_over(&world, &taken), SYSTEM_OUTSIDE);
    assert_int_equal(small_world_facts(&world, FACT_MAIL_LEFT, NULL), 1);
    books_balance(&world);
    small_world_close(&world);
}

static void a_letter_in_a_loop_is_refused(void **state) {
    (void)state;
    struct small_world world;
    small_world_open(&world);
    struct buffer text = {0};
    for (int i = 0; i < GATEWAY_HOPS_MAX; i++)
        buffer_append_text(&text, "received: from there\r\n");
    const char *recipient = small_world_address(&world, 1);
    assert_int_equal(small_world_send(&world, "a@x.test", recipient, buffer_text(&text)), 250);
    buffer_append_text(&text, "Received: once more\r\n\r\nReceived: in the body\r\n");
    assert_int_equal(small_world_send(&world, "a@x.test", recipient, buffer_text(&text)), 554);
    books_balance(&world);
    buffer_release(&text);
    small_world_close(&world);
}

static void what_was_accepted_survives_the_process(void **state) {
    (void)state;
    struct small_world world;
    small_world_open(&world);
    small_world_steer(&world, HOLD, small_world_address(&world, 1));
    small_world_send(&world, "a@x.test", small_world_address(&world, 1), "held");
    small_world_send(&world, "a@x.test", small_world_address(&world, 2), "deferred");
    small_world_send(&world, "a@x.test", small_world_address(&world, 3), "in hand");
    small_world_send(&world, "a@x.test", small_world_address(&world, 4), "gone");
    assert_int_equal(hand_over(&world, &later), SYSTEM_EXCHANGE);
    struct gateway_errand errand;
    assert_true(gateway_party_take(world.gateway, &errand)); /* and killed before it heard */
    buffer_release(&errand.bytes);
    assert_int_equal(hand_over(&world, &taken), SYSTEM_EXCHANGE);

    assert_int_equal(gateway_party_begin(world.gateway, 10, NULL, NULL, NULL), STATUS_OK);
    books_balance(&world);
    assert_int_equal(hand_over(&world, &taken), SYSTEM_EXCHANGE);
    assert_int_equal(hand_over(&world, &taken), SYSTEM_EXCHANGE);
    assert_int_equal(hand_over(&world, &taken), SYSTEM_NONE);
    small_world_steer(&world, RELEASE, small_world_address(&world, 1));
    assert_int_equal(hand_over(&world, &taken), SYSTEM_EXCHANGE);
    struct gateway_party_counts counts = gateway_party_counts(world.gateway);
    assert_int_equal(counts.delivered, 4);
    books_balance(&world);
    small_world_close(&world);
}

static void nothing_is_accepted_while_the_file_is_locked(void **state) {
    (void)state;
    struct small_world world;
    small_world_open(&world);
    small_world_send(&world, "a@x.test", small_world_address(&world, 1), "before");
    struct gateway_errand errand;
    assert_true(gateway_party_take(world.gateway, &errand));
    buffer_release(&errand.bytes);
    small_world_steer(&world, "BEGIN EXCLUSIVE", NULL);
    assert_int_equal(small_world_send(&world, "a@x.test", small_world_address(&world, 1), "x"),
                     451);
    assert_int_equal(gateway_party_settle(world.gateway, errand.id, &taken, NULL), STATUS_BUSY);
    assert_int_equal(gateway_party_settle(world.gateway, errand.id, &taken, NULL), STATUS_BUSY);
    small_world_steer(&world, "COMMIT", NULL);
    assert_int_equal(gateway_party_settle(world.gateway, errand.id, &taken, NULL), STATUS_OK);
    assert_int_equal(small_world_facts(&world, FACT_MAIL_DELIVERED, NULL), 1); /* told once */
    assert_int_equal(small_world_facts(&world, FACT_MAIL_ACCEPTED, NULL), 1);
    assert_int_equal(small_world_send(&world, "a@x.test", small_world_address(&world, 1), "x"),
                     250);
    books_balance(&world);
    small_world_close(&world);
}

static void a_letter_is_taken_for_all_its_recipients_or_for_none(void **state) {
    (void)state;
    struct small_world world;
    small_world_open(&world);
    struct buffer both = {0};
    buffer_printf(&both, "%s>\r\nRCPT TO:<%s", small_world_address(&world, 1),
                  small_world_address(&world, 2));
    small_world_steer(&world, "BEGIN", NULL); /* a reader lets writers begin, but not commit */
    assert_int_equal(small_world_ask(&world, "SELECT count(*) FROM queue"), 0);
    assert_int_equal(small_world_send(&world, "a@x.test", buffer_text(&both), "x"), 451);
    small_world_steer(&world, "COMMIT", NULL);
    assert_int_equal(small_world_send(&world, "a@x.test", buffer_text(&both), "x"), 250);
    struct fact fact;
    assert_int_equal(small_world_facts(&world, FACT_MAIL_ACCEPTED, &fact), 2);
    assert_int_equal(fact.uid, 2); /* no number was used up by what was not taken */
    books_balance(&world);
    buffer_release(&both);
    small_world_close(&world);
}

static void a_look_that_failed_is_made_up_for(void **state) {
    (void)state;
    struct small_world world;
    small_world_open(&world);
    const char *held = small_world_address(&world, 1);
    small_world_steer(&world, HOLD, held);
    small_world_send(&world, "a@x.test", held, "x");
    small_world_steer(&world, RELEASE, held);
    small_world_steer(&world, "BEGIN IMMEDIATE", NULL);
    assert_int_equal(gateway_party_look(world.gateway, NULL), STATUS_BUSY);
    assert_int_equal(gateway_party_counts(world.gateway).released, 0);
    small_world_steer(&world, "ROLLBACK", NULL);
    assert_int_equal(gateway_party_look(world.gateway, NULL), STATUS_OK);
    assert_int_equal(gateway_party_counts(world.gateway).released, 1);
    books_balance(&world);
    small_world_close(&world);
}

/* ---- Disturbances ---- */

static bool strike(void *of, enum gateway_trouble trouble, uint32_t mailbox) {
    return trouble == *(enum gateway_trouble *)of && mailbox == 1;
}

static void each_disturbance_does_its_harm_and_no_other(void **state) {
    (void)state;
    static const struct {
        enum gateway_trouble trouble;
        enum system first, second; /* where the released letter goes, and once more */
        uint64_t held, lost, bounced;
    } cases[] = {
        {GATEWAY_LOSES_HELD, SYSTEM_NONE, SYSTEM_NONE, 1, 1, 0},
        {GATEWAY_AGE_COUNTS_ON, SYSTEM_OUTSIDE, SYSTEM_NONE, 1, 0, 1}, /* the notice */
        {GATEWAY_DELIVERS_TWICE, SYSTEM_OPENXCHANGE, SYSTEM_OPENXCHANGE, 1, 0, 0},
        {GATEWAY_STALE_ROUTE, SYSTEM_EXCHANGE, SYSTEM_NONE, 1, 0, 0},
        {GATEWAY_OLD_HOME, SYSTEM_EXCHANGE, SYSTEM_NONE, 1, 0, 0},
        {GATEWAY_IGNORES_HOLD, SYSTEM_OPENXCHANGE, SYSTEM_NONE, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct small_world world;
        small_world_open(&world);
        enum gateway_trouble trouble = cases[i].trouble;
        gateway_party_disturb(world.gateway, &(struct gateway_disturbance){&trouble, strike});
        const char *held = small_world_address(&world, 1);
        small_world_steer(&world, HOLD, held);
        small_world_send(&world, "a@x.test", held, "x");
        assert_int_equal(gateway_party_counts(world.gateway).held, cases[i].held);
        small_world_steer(&world, ROUTE_OX, held);
        small_world_steer(&world, RELEASE, held);
        world.clock.now += 6 * DAY;
        assert_int_equal(hand_over(&world, &taken), cases[i].first);
        world.clock.now += 1 * HOUR;
        assert_int_equal(hand_over(&world, &taken), cases[i].second);
        assert_int_equal(hand_over(&world, &taken), SYSTEM_NONE);
        struct gateway_party_counts counts = gateway_party_counts(world.gateway);
        assert_int_equal(counts.lost, cases[i].lost);
        assert_int_equal(counts.bounced, cases[i].bounced);
        books_balance(&world);
        small_world_close(&world);
    }
}

/* ---- Whatever happens ---- */

static void the_books_balance_whatever_happens(void **state) {
    (void)state;
    static const struct mail_reply *const replies[] = {&taken, &taken, &later, &never};
    static const char *const steering[] = {HOLD, LET_PASS, RELEASE, ROUTE_OX, ROUTE_EX, NO_ROUTE};
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct small_world world;
        small_world_open(&world);
        struct chance chance = chance_of(seed, "gateway test");
        for (int step = 0; step < 200; step++) {
            uint32_t one = 1 + (uint32_t)chance_below(&chance, SMALL_WORLD_MAILBOXES);
            uint32_t other = 1 + (uint32_t)chance_below(&chance, SMALL_WORLD_MAILBOXES);
            uint64_t act = chance_below(&chance, 8);
            char text[32];
            snprintf(text, sizeof text, "letter %d", step);
            if (act < 3)
                assert_int_equal(small_world_send(&world, small_world_address(&world, other),
                                                  small_world_address(&world, one), text),
                                 250);
            else if (act < 6)
                (void)hand_over(&world, replies[chance_below(&chance, 4)]);
            else if (act < 7)
                small_world_steer(&world, steering[chance_below(&chance, 6)],
                                  small_world_address(&world, one));
            else
                world.clock.now += (instant)chance_below(&chance, 3600) * SECOND;
            if (step % 50 == 49)
                assert_int_equal(gateway_party_begin(world.gateway, 9, NULL, NULL, NULL),
                                 STATUS_OK);
            assert_int_equal(gateway_party_look(world.gateway, NULL), STATUS_OK);
            books_balance(&world);
        }
        for (uint32_t mailbox = 1; mailbox <= SMALL_WORLD_MAILBOXES; mailbox++) {
            small_world_steer(&world, LET_PASS, small_world_address(&world, mailbox));
            small_world_steer(&world, RELEASE, small_world_address(&world, mailbox));
        }
        world.clock.now += GATEWAY_RETRY_LAST;
        while (hand_over(&world, &taken) != SYSTEM_NONE)
            continue;
        struct gateway_party_counts counts = gateway_party_counts(world.gateway);
        assert_int_equal(counts.accepted, counts.delivered + counts.bounced);
        assert_int_equal(counts.delivered, small_world_facts(&world, FACT_MAIL_DELIVERED, NULL));
        assert_true(counts.bounced > 0 && counts.released > 0);
        small_world_close(&world);
    }
}

static void the_queue_of_an_earlier_rehearsal_is_refused(void **state) {
    (void)state;
    struct small_world world;
    small_world_open(&world);
    small_world_send(&world, "a@x.test", small_world_address(&world, 1), "x");
    struct gateway_party_options options = {
        .host = "gateway.test",
        .clock = &world.clock,
        .contents = world.contents,
        .history = world.history,
        .population = world.population,
        .file = {.path = world.path},
        .retry_first = 1,
        .retry_last = 1,
        .age_max = 1,
    };
    struct gateway_party *second;
    struct error error;
    assert_int_equal(gateway_party_open(&options, &second, &error), STATUS_INVALID);
    assert_null(second);
    assert_non_null(strstr(error.text, "earlier rehearsal"));
    options.file.path = "/nonexistent/gateway.db";
    assert_int_equal(gateway_party_open(&options, &second, &error), STATUS_STORAGE);
    small_world_close(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_recipient_has_an_entry_of_his_own),
        cmocka_unit_test(an_alias_is_rewritten_before_any_table_is_asked),
        cmocka_unit_test(unknown_people_are_refused_and_outside_mail_leaves),
        cmocka_unit_test(held_mail_goes_to_the_home_of_the_moment_it_is_released),
        cmocka_unit_test(a_letter_is_tried_later_each_time_and_bounces_at_its_age),
        cmocka_unit_test(a_letter_refused_for_ever_comes_back_at_once),
        cmocka_unit_test(a_letter_in_a_loop_is_refused),
        cmocka_unit_test(what_was_accepted_survives_the_process),
        cmocka_unit_test(nothing_is_accepted_while_the_file_is_locked),
        cmocka_unit_test(a_letter_is_taken_for_all_its_recipients_or_for_none),
        cmocka_unit_test(a_look_that_failed_is_made_up_for),
        cmocka_unit_test(each_disturbance_does_its_harm_and_no_other),
        cmocka_unit_test(the_books_balance_whatever_happens),
        cmocka_unit_test(the_queue_of_an_earlier_rehearsal_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
