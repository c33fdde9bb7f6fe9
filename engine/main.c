/* `umzug` as a program: the command on threads and files of this machine. */
#include "posix_platform.h"
#include "umzug.h"

int main(int count, char **words) {
    struct platform *platform = posix_platform_new();
    (void)count; /* argv ends with NULL */
    int code = umzug_run(platform, (const char *const *)(words + 1));
    posix_platform_free(&platform);
    return code;
}
