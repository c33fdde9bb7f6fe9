/* Sync: a client that only follows its states ends up with what is there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ews_world.h"

enum { CLIENT_MAX = 500 };

/* What a client has of one folder. */
struct client {
    char state[400];
    char ids[CLIENT_MAX][160];
    int count;
};

static int client_find(const struct client *client, const char *id) {
    for (int i = 0; i < client->count; i++)
        if (strcmp(client->ids[i], id) == 0)
            return i;
    return -1;
}

static void client_ask(struct ews_world *world, const struct client *client, const char *folder,
                       int most) {
    char ask[1500];
    snprintf(ask, sizeof ask,
             "<m:SyncFolderItems>" EWS_SHAPE_ID "<m:SyncFolderId><t:DistinguishedFolderId "
             "Id=\"%s\"/></m:SyncFolderId><m:SyncState>%s</m:SyncState><m:MaxChangesReturned>%d"
             "</m:MaxChangesReturned></m:SyncFolderItems>",
             folder, client->state, most);
    ews_world_ask(world, 1, ask);
}

/* Syncs until nothing is left; returns how many changes of that kind came. */
static int client_sync(struct ews_world *world, struct client *client, int most, const char *kind) {
    char last[8] = "false", path[60];
    int told = 0;
    for (int round = 0; strcmp(last, "true") != 0; round++) {
        assert_true(round < CLIENT_MAX);
        client_ask(world, client, "inbox", most);
        ews_world_expect(world, "//m:ResponseCode", "NoError");
        char *state = ews_world_text(world, "//m:SyncState", 0);
        char *flag = ews_world_text(world, "//m:IncludesLastItemInRange", 0);
        snprintf(client->state, sizeof client->state, "%s", state);
        snprintf(last, sizeof last, "%s", flag);
        free(state);
        free(flag);
        assert_true(ews_world_count(world, "//m:Changes/*") <= most);
        snprintf(path, sizeof path, "//m:Changes/t:%s", kind);
        told += ews_world_count(world, path);
        for (int i = ews_world_count(world, "//t:Create//t:ItemId"); i-- > 0;) {
            char *id = ews_world_text(world, "//t:Create//t:ItemId/@Id", i);
            assert_int_equal(client_find(client, id), -1);
            assert_true(client->count < CLIENT_MAX);
            snprintf(client->ids[client->count++], sizeof client->ids[0], "%s", id);
            free(id);
        }
        for (int i = ews_world_count(world, "//t:Delete/t:ItemId"); i-- > 0;) {
            char *id = ews_world_text(world, "//t:Delete/t:ItemId/@Id", i);
            int at = client_find(client, id);
            assert_true(at >= 0);
            memcpy(client->ids[at], client->ids[--client->count], sizeof client->ids[0]);
            free(id);
        }
        for (int i = ews_world_count(world, "//t:Update//t:ItemId"); i-- > 0;) {
            char *id = ews_world_text(world, "//t:Update//t:ItemId/@Id", i);
            assert_true(client_find(client, id) >= 0);
            free(id);
        }
    }
    return told;
}

static void a_client_that_follows_has_what_is_there(void **state) {
    (void)state;
    static const int mosts[] = {1, 7, 512};
    for (size_t i = 0; i < sizeof mosts / sizeof *mosts; i++) {
        struct ews_world world;
        static struct client client;
        client = (struct client){.count = 0};
        ews_world_open(&world);
        ews_world_start(&world);
        ews_world_deliver(&world, 1, world.clock.now, 30);
        struct store_folder *inbox =
            store_folder_by_role(store_mailbox(exchange_store(world.exchange), 1), FOLDER_INBOX);
        int before = (int)store_item_count(inbox);
        assert_int_equal(client_sync(&world, &client, mosts[i], "Create"), before);
        assert_int_equal(client.count, before);
        assert_int_equal(client_sync(&world, &client, mosts[i], "*"), 0);

        ews_world_deliver(&world, 1, world.clock.now + HOUR, 3);
        struct exchange_item item = {inbox, store_item_at(inbox, 2)->uid};
        assert_int_equal(
            exchange_outlook_flag(world.exchange, 0, item, ITEM_FLAGGED | ITEM_DELETED), STATUS_OK);
        for (int gone = 0; gone < 4; gone++) {
            struct exchange_item old = {inbox, store_item_at(inbox, 5)->uid};
            assert_int_equal(exchange_outlook_delete(world.exchange, 0, &old), STATUS_OK);
        }
        struct client copy = client;
        assert_int_equal(client_sync(&world, &client, mosts[i], "Delete"), 4);
        assert_int_equal(client.count, before + 3 - 4);
        assert_int_equal(client_sync(&world, &copy, mosts[i], "Update"), 1);
        ews_world_close(&world);
    }
}

static void the_newest_come_first(void **state) {
    (void)state;
    struct ews_world world;
    ews_world_open(&world);
    ews_world_start(&world);
    ews_world_deliver(&world, 1, world.clock.now, 5);
    char ask[900];
    snprintf(ask, sizeof ask,
             "<m:SyncFolderItems><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>"
             "<m:SyncFolderId><t:DistinguishedFolderId Id=\"inbox\"/></m:SyncFolderId>"
             "<m:MaxChangesReturned>5</m:MaxChangesReturned></m:SyncFolderItems>");
    ews_world_ask(&world, 1, ask);
    for (int i = 0; i < 5; i++) {
        char expected[20];
        char *subject = ews_world_text(&world, "//t:Create//t:Subject", i);
        snprintf(expected, sizeof expected, "Nr. %d", 4 - i);
        assert_string_equal(subject, expected);
        free(subject);
    }
    ews_world_close(&world);
}

static void a_state_that_is_not_of_this_folder_is_refused(void **state) {
    (void)state;
    struct ews_world world;
    static struct client client;
    client = (struct client){.count = 0};
    ews_world_open(&world);
    ews_world_start(&world);
    (void)client_sync(&world, &client, 512, "Create");
    client_ask(&world, &client, "sentitems", 10);
    ews_world_expect(&world, "//m:ResponseCode", "ErrorInvalidSyncStateData");
    ews_world_expect(&world, "//m:IncludesLastItemInRange", "true");
    assert_int_equal(ews_world_count(&world, "//m:SyncState"), 1);
    size_t length = strlen(client.state);
    for (size_t cut = 1; cut < length; cut += 3) {
        client.state[length - cut] = '\0';
        client_ask(&world, &client, "inbox", 10);
        ews_world_expect(&world, "//m:ResponseCode", "ErrorInvalidSyncStateData");
    }
    snprintf(client.state, sizeof client.state, "%s", "");
    client_ask(&world, &client, "inbox", 513);
    ews_world_expect(&world, "//e:ResponseCode", "ErrorSchemaValidation");
    ews_world_close(&world);
}

static void the_hierarchy_tells_what_came_and_went(void **state) {
    (void)state;
    static const char ask_first[] =
        "<m:SyncFolderHierarchy>" EWS_FOLDER_ID "</m:SyncFolderHierarchy>";
    struct ews_world world;
    ews_world_open(&world);
    ews_world_start(&world);
    uint32_t folders;
    (void)population_folders(world.population, 1, &folders);
    ews_world_ask(&world, 1, ask_first);
    assert_int_equal(ews_world_count(&world, "//t:Create"), folders + 5);
    char *state_text = ews_world_text(&world, "//m:SyncState", 0);
    struct store_mailbox *mailbox = store_mailbox(exchange_store(world.exchange), 1);
    struct store_folder *made;
    assert_int_equal(
        store_folder_add(
            mailbox, 0,
            &(struct store_folder_spec){.name = STR("Neu"), .path = STR("Neu"), .uid_validity = 99},
            &made),
        STATUS_OK);
    store_folder_remove(store_folder_by_role(mailbox, FOLDER_JUNK), 0);
    struct buffer ask = {0};
    buffer_printf(&ask,
                  "<m:SyncFolderHierarchy><m:FolderShape><t:BaseShape>Default</t:BaseShape>"
                  "</m:FolderShape><m:SyncState>%s</m:SyncState></m:SyncFolderHierarchy>",
                  state_text);
    ews_world_ask(&world, 1, buffer_text(&ask));
    assert_int_equal(ews_world_count(&world, "//t:Create"), 1);
    assert_int_equal(ews_world_count(&world, "//t:Delete"), 1);
    ews_world_expect(&world, "//t:Create//t:DisplayName", "Neu");
    ews_world_ask(&world, 2, buffer_text(&ask));
    ews_world_expect(&world, "//m:ResponseCode", "ErrorInvalidSyncStateData");
    buffer_release(&ask);
    free(state_text);
    ews_world_close(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_that_follows_has_what_is_there),
        cmocka_unit_test(the_newest_come_first),
        cmocka_unit_test(a_state_that_is_not_of_this_folder_is_refused),
        cmocka_unit_test(the_hierarchy_tells_what_came_and_went),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
