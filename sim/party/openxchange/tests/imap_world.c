/* See imap_world.h. */
#include "imap_world.h"

#include <stdlib.h>
#include <string.h>

#include "../../../../engine/base/check.h"
#include "../../tests/people.h"

static struct buffer imap_world_said; /* what was said last */

static const char *const imap_world_logins[] = {"anna", "bernd", "clara"};

static void imap_world_open(struct imap_world *world) {
    world->clock.now = PEOPLE_NOW;
    world->openxchange = openxchange_new(&(struct openxchange_options){
        .clock = &world->clock, .contents = world->contents, .history = world->history});
    for (uint32_t number = 1; number <= WORLD_MAILBOXES; number++) {
        struct account *account;
        struct account spec = {.mailbox = number,
                               .login = imap_world_logins[number - 1],
                               .address = imap_world_logins[number - 1],
                               .password = "geheim",
                               .key = number == WORLD_ANNA ? "0000-anna" : "0000-other",
                               .node = number == WORLD_CLARA ? "store-2" : "store-1",
                               .quota_bytes = number == WORLD_CLARA ? 8192 : 0,
                               .mail_enabled = true};
        check(openxchange_provision(world->openxchange, world->process, &spec, &account) ==
              STATUS_OK);
    }
    accounts_master_set(openxchange_accounts(world->openxchange),
                        &(struct master){.name = "umzug", .password = "kranich"});
}

void imap_world_begin(struct imap_world *world) {
    *world = (struct imap_world){0};
    world->history = people_history("umzug", WORLD_MAILBOXES);
    world->process = 1;
    world->contents = contents_new(NULL, world->history);
    imap_world_open(world);
}

void imap_world_again(struct imap_world *world) {
    openxchange_close(&world->openxchange);
    imap_world_open(world);
}

void imap_world_end(struct imap_world *world) {
    openxchange_close(&world->openxchange);
    contents_close(&world->contents);
    history_close(&world->history);
    buffer_release(&imap_world_said);
}

struct store_folder *imap_world_folder(struct imap_world *world, uint32_t mailbox,
                                       const char *path) {
    struct store *store = openxchange_store(world->openxchange);
    struct store_folder *folder = store_folder_by_path(store_mailbox(store, mailbox), str_of(path));
    check(folder != NULL);
    return folder;
}

uint32_t imap_world_store(struct imap_world *world, uint32_t mailbox, const char *path,
                          const char *bytes, uint32_t flags) {
    uint32_t uid;
    struct store_item item = {.content = contents_learn(world->contents, str_of(bytes)),
                              .received = INT64_C(1754000000) * SECOND,
                              .flags = flags};
    check(store_item_add(imap_world_folder(world, mailbox, path), 0, HOW_DELIVERED, item, &uid) ==
          STATUS_OK);
    return uid;
}

struct imap_world_count {
    enum fact_kind kind;
    size_t count;
};

static bool imap_world_count(void *of, const struct fact *fact) {
    struct imap_world_count *counting = of;
    counting->count += fact->kind == counting->kind;
    return true;
}

size_t imap_world_facts(struct imap_world *world, enum fact_kind kind) {
    struct imap_world_count counting = {kind, 0};
    check(history_each_fact(world->history, imap_world_count, &counting, NULL) == STATUS_OK);
    return counting.count;
}

enum session_next imap_world_feed(struct session *session, struct str bytes, size_t piece,
                                  struct buffer *out) {
    enum session_next next = SESSION_READ;
    if (piece == 0)
        piece = bytes.length;
    for (size_t at = 0; at < bytes.length && next == SESSION_READ; at += piece) {
        size_t length = bytes.length - at < piece ? bytes.length - at : piece;
        char *exact = malloc(length);
        check(exact != NULL);
        memcpy(exact, bytes.data + at, length);
        next = session->type->feed(session, exact, length, out);
        free(exact);
        while (next == SESSION_MORE)
            next = session->type->poll(session, out);
    }
    return next;
}

struct session *imap_world_session(struct imap_world *world) {
    struct session *session = openxchange_imap(world->openxchange, world->process);
    struct buffer greeting = {0};
    check(session->type->poll(session, &greeting) == SESSION_READ);
    check(str_starts_with(buffer_str(&greeting), "* OK [CAPABILITY IMAP4rev1 "));
    buffer_release(&greeting);
    return session;
}

struct session *imap_world_login(struct imap_world *world, const char *login) {
    struct session *session = imap_world_session(world);
    struct buffer text = {0};
    buffer_printf(&text, "A LOGIN %s %s\r\n", login,
                  strchr(login, '*') == NULL ? "geheim" : "kranich");
    const char *answer = imap_world_say(session, buffer_text(&text));
    check(str_starts_with(str_of(answer), "A OK [CAPABILITY IMAP4rev1 "));
    buffer_release(&text);
    return session;
}

const char *imap_world_say(struct session *session, const char *text) {
    buffer_clear(&imap_world_said);
    imap_world_feed(session, str_of(text), 0, &imap_world_said);
    return buffer_text(&imap_world_said);
}

void imap_world_hang_up(struct session **session) {
    (*session)->type->close(*session);
    *session = NULL;
}
