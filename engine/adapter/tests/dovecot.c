/* See dovecot.h. */
#include "dovecot.h"

#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../base/buffer.h"
#include "../../base/check.h"
#include "../adapters.h"

#define DOVECOT "/usr/sbin/dovecot"

struct dovecot {
    char folder[64];
    uint16_t port;
    pid_t pid;
};

/* Words between @ are filled in. */
static const char configuration[] =
    "base_dir = @folder@/run\n"
    "state_dir = @folder@/run\n"
    "log_path = @folder@/log\n"
    "protocols = imap\n"
    "listen = 127.0.0.1\n"
    "ssl = no\n"
    "disable_plaintext_auth = no\n"
    "auth_failure_delay = 0\n"
    "default_internal_user = @user@\n"
    "default_internal_group = @group@\n"
    "default_login_user = @login@\n"
    "first_valid_uid = 0\n"
    "first_valid_gid = 0\n"
    "mail_max_userip_connections = 100\n"
    "mail_location = @location@:@folder@/mail/%u\n"
    "mail_fsync = never\n"
    "mail_plugins = quota\n"
    "mail_attribute_dict = file:%h/attributes\n"
    "service imap-login {\n  chroot =\n  inet_listener imap {\n    port = @port@\n  }\n"
    "  inet_listener imaps {\n    port = 0\n  }\n}\n"
    "service anvil {\n  chroot =\n  unix_listener anvil-auth-penalty {\n    mode = 0\n  }\n}\n"
    "service stats {\n  chroot =\n}\n"
    "protocol imap {\n  imap_metadata = yes\n  mail_plugins = quota imap_quota\n}\n"
    "namespace inbox {\n  inbox = yes\n  separator = @separator@\n  prefix = @prefix@\n"
    "  mailbox Drafts {\n    special_use = \\Drafts\n    auto = subscribe\n  }\n"
    "  mailbox Sent {\n    special_use = \\Sent\n    auto = subscribe\n  }\n"
    "  mailbox Trash {\n    special_use = \\Trash\n    auto = subscribe\n  }\n"
    "  mailbox Junk {\n    special_use = \\Junk\n    auto = subscribe\n  }\n}\n"
    "plugin {\n  quota = count:User quota\n  quota_vsizes = yes\n  quota_grace = 0\n}\n"
    "auth_master_user_separator = *\n"
    "passdb {\n  driver = passwd-file\n  args = @folder@/masters\n  master = yes\n"
    "  result_success = continue\n}\n"
    "passdb {\n  driver = passwd-file\n  args = @folder@/users\n}\n"
    "userdb {\n  driver = passwd-file\n  args = @folder@/users\n}\n";

static void write_file(const char *folder, const char *name, const char *format, ...)
    PRINTF_LIKE(3, 4);

static void write_file(const char *folder, const char *name, const char *format, ...) {
    char path[128];
    va_list arguments;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    check(file != NULL);
    va_start(arguments, format);
    vfprintf(file, format, arguments);
    va_end(arguments);
    check(fclose(file) == 0);
}

/* A port that was free a moment ago. */
static uint16_t free_port(void) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    check(bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
    check(getsockname(fd, (struct sockaddr *)&address, &length) == 0);
    close(fd);
    return ntohs(address.sin_port);
}

static bool answers(uint16_t port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    char byte;
    bool open =
        connect(fd, (struct sockaddr *)&address, sizeof address) == 0 && recv(fd, &byte, 1, 0) == 1;
    close(fd);
    return open;
}

static int run(char *const *words) {
    pid_t pid = fork();
    check(pid >= 0);
    if (pid == 0) {
        execv(words[0], words);
        _exit(127);
    }
    int status = -1;
    check(waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void dovecot_configure(const struct dovecot *dovecot,
                              const struct dovecot_options *options) {
    const struct passwd *me = getpwuid(geteuid());
    const struct group *mine = getgrgid(getegid());
    bool root = geteuid() == 0;
    check(me != NULL && mine != NULL);
    const char *internal = root ? "dovecot" : me->pw_name;
    const char *login = root ? "dovenull" : me->pw_name;
    char port[8], separator[2] = {options->separator, '\0'};
    snprintf(port, sizeof port, "%u", (unsigned)dovecot->port);
    const char *const words[][2] = {
        {"folder", dovecot->folder},
        {"user", internal},
        {"group", root ? "dovecot" : mine->gr_name},
        {"login", login},
        {"location", options->location},
        {"port", port},
        {"separator", separator},
        {"prefix", options->prefix},
    };
    struct buffer filled = {0};
    struct str rest = str_of(configuration);
    for (bool word = false; rest.length > 0; word = !word) {
        struct str piece = str_cut(&rest, '@');
        for (size_t i = 0; word && i < sizeof words / sizeof words[0]; i++)
            if (str_equal_text(piece, words[i][0]))
                buffer_append_text(&filled, words[i][1]);
        if (!word)
            buffer_append_str(&filled, piece);
    }
    write_file(dovecot->folder, "dovecot.conf", "%s", buffer_text(&filled));
    buffer_release(&filled);
    write_file(dovecot->folder, "masters", DOVECOT_MASTER ":{PLAIN}" DOVECOT_PASSWORD "\n");
    /* Dovecot opens no mailbox as root: then it is the user nobody of Debian. */
    unsigned owner = root ? 65534 : (unsigned)geteuid(), group = root ? 65534 : (unsigned)getegid();
    check(chown(dovecot->folder, owner, group) == 0);
    static const char user[] = "%s:{PLAIN}geheim:%u:%u::%s/home/%s::%s\n";
    char users[1024] = "";
    static const char *const logins[] = {"anna", "bernd", "klein"};
    for (size_t i = 0; i < 3; i++) {
        size_t length = strlen(users);
        snprintf(users + length, sizeof users - length, user, logins[i], owner, group,
                 dovecot->folder, logins[i], i == 2 ? "userdb_quota_rule=*:storage=200K" : "");
    }
    write_file(dovecot->folder, "users", "%s", users);
}

struct dovecot *dovecot_start(const struct dovecot_options *options) {
    if (access(DOVECOT, X_OK) != 0) {
        printf("skipped: there is no %s here (package dovecot-imapd)\n", DOVECOT);
        return NULL;
    }
    struct dovecot *dovecot = memory_new(1, sizeof *dovecot);
    const char *where = getenv("TMPDIR");
    if (where == NULL || strlen(where) > 32)
        where = "/tmp";
    snprintf(dovecot->folder, sizeof dovecot->folder, "%s/dovecot-test.XXXXXX", where);
    check(mkdtemp(dovecot->folder) != NULL);
    check(chmod(dovecot->folder, 0755) == 0);
    dovecot->port = free_port();
    dovecot_configure(dovecot, options);
    char file[96];
    snprintf(file, sizeof file, "%s/dovecot.conf", dovecot->folder);
    dovecot->pid = fork();
    check(dovecot->pid >= 0);
    if (dovecot->pid == 0) {
        execl(DOVECOT, DOVECOT, "-F", "-c", file, (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < 200; i++) {
        if (answers(dovecot->port))
            return dovecot;
        if (waitpid(dovecot->pid, NULL, WNOHANG) != 0)
            break;
        usleep(50 * 1000);
    }
    printf("skipped: Dovecot does not start; see %s/log\n", dovecot->folder);
    kill(dovecot->pid, SIGTERM);
    free(dovecot);
    return NULL;
}

void dovecot_stop(struct dovecot **dovecot) {
    if (*dovecot == NULL)
        return;
    kill((*dovecot)->pid, SIGTERM);
    waitpid((*dovecot)->pid, NULL, 0);
    char remove[] = "/bin/rm", options[] = "-rf";
    char *words[] = {remove, options, (*dovecot)->folder, NULL};
    run(words);
    free(*dovecot);
    *dovecot = NULL;
}

uint16_t dovecot_port(const struct dovecot *dovecot) {
    return dovecot->port;
}

bool dovecot_set_key(const struct dovecot *dovecot, const char *login, const char *key) {
    char text[10][128] = {
        "/usr/bin/doveadm",   "-c", "", "mailbox", "metadata", "set", "-u", "", "INBOX",
        TARGET_KEY_ANNOTATION};
    char value[128];
    snprintf(text[2], sizeof text[2], "%s/dovecot.conf", dovecot->folder);
    snprintf(text[7], sizeof text[7], "%s", login);
    snprintf(value, sizeof value, "%s", key);
    char *words[12];
    for (size_t i = 0; i < 10; i++)
        words[i] = text[i];
    words[10] = value;
    words[11] = NULL;
    return run(words) == 0;
}
