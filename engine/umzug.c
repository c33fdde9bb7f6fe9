/* The command with its real doors. What it does stands in command.c. */
#include "umzug.h"

#include "command.h"

int umzug_run_as(struct platform *platform, const char *version, const char *const *words) {
    static const struct engine_adapters adapters = {
        .source = ews_source_open,
        .target = imap_target_open,
        .directory = scim_directory_open,
        .provisioning = ox_provisioning_open,
        .gateway = gateway_table_open,
        .begin = adapters_begin,
        .end = adapters_end,
    };
    return command_run(platform, &adapters, version, words);
}

int umzug_run(struct platform *platform, const char *const *words) {
    return umzug_run_as(platform, NULL, words);
}
