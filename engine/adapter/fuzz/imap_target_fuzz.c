/*
 * A whole session of the IMAP target against a server that says anything: login, whose mailbox,
 * folders, state, append, survey, fetch, remove. All the server will ever say lies in the socket
 * before the first command, as a broken or hostile one could send it; then it has hung up its half.
 * The first byte chooses one by one or pipelined. Sockets and libetpan are the real ones.
 */
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../base/check.h"
#include "../adapters.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 64 * 1024 };

static const uint8_t *says;
static size_t says_bytes;
static int peer = -1;

/* In place of the system's: the other end is ours, and has spoken already. */
int connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t length) {
    int ends[2];
    (void)address;
    (void)length;
    check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    check(send(ends[1], says, says_bytes, MSG_NOSIGNAL) == (ssize_t)says_bytes);
    check(shutdown(ends[1], SHUT_WR) == 0);
    check(dup2(ends[0], fd) == fd);
    close(ends[0]);
    peer = ends[1];
    return 0;
}

static void said(enum status status, struct error *error) {
    check(status == STATUS_OK || error->text[0] != '\0');
    error->text[0] = '\0';
}

static enum status see_message(void *of, const struct target_seen *seen) {
    (void)of;
    check_compare(seen->uid, >, 0);
    return STATUS_OK;
}

static enum status see_folder(void *of, const char *folder) {
    (void)of;
    check(folder != NULL);
    return STATUS_OK;
}

static void append(struct target *target, struct target_session *session, const char *folder) {
    static const struct target_message messages[] = {
        {.bytes = {"eins\r\n", 6}, .flags = TARGET_SEEN, .keywords = ""},
        {.bytes = {"zwei", 4}, .keywords = "Rot Blau"},
        {.bytes = {"dr\nei\r", 6}, .keywords = ""},
    };
    struct target_result results[3];
    struct error error = {0};
    enum status status = target->type->append(session, folder, messages, 3, results, &error);
    said(status, &error);
    for (size_t i = 0; i < 3; i++)
        check(results[i].status == STATUS_OK || results[i].uid == 0);
}

static void use(struct target *target, struct target_session *session) {
    static const char *const levels[] = {"Archiv", "M\303\244rz/2024"};
    static const uint32_t uids[] = {1, 2, 7};
    struct target_folder_state state;
    struct error error = {0};
    struct buffer name = {0}, bytes = {0};
    char key[64];
    said(target->type->who(session, key, sizeof key, &error), &error);
    said(target->type->folder(session, levels, 2, TARGET_PLAIN, &name, &error), &error);
    said(target->type->folder(session, levels, 1, TARGET_SENT, &name, &error), &error);
    said(target->type->state(session, "Sent", &state, &error), &error);
    append(target, session, "Sent");
    said(target->type->survey(session, "Sent", 1, 0, true, see_message, NULL, &error), &error);
    said(target->type->fetch(session, "Sent", 7, &bytes, &error), &error);
    said(target->type->remove(session, "Sent", 5, uids, 3, &error), &error);
    said(target->type->folders(session, see_folder, NULL, &error), &error);
    buffer_release(&name);
    buffer_release(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0 || size > INPUT_MAX)
        return 0;
    struct imap_target_options options = {.host = "127.0.0.1",
                                          .port = 143,
                                          .master = "umzug",
                                          .password = "p",
                                          .one_by_one = data[0] == '1',
                                          .timeout = 50 * MILLISECOND};
    struct target *target;
    struct target_session *session;
    struct error error = {0};
    says = data + 1;
    says_bytes = size - 1;
    check(imap_target_open(&options, &target, &error) == STATUS_OK);
    enum status status = target->type->open(target, "anna", &session, &error);
    said(status, &error);
    if (status == STATUS_OK)
        use(target, session);
    target->type->close(&session);
    target->type->free(&target);
    close(peer);
    return 0;
}
