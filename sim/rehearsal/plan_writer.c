/* See plan_writer.h. The keys are those of engine/plan.c. */
#include "plan_writer.h"

#include <stdio.h>

static void write_hours(struct buffer *out, const char *key, int64_t span) {
    buffer_printf(out, "%s = %lld h\n", key, (long long)(span / HOUR));
}

static void write_addresses(struct buffer *out) {
    buffer_append_text(out, "source_url = http://10.0.0.1/EWS/Exchange.asmx\n"
                            "source_user = " CREDENTIAL_EWS_USER "\n"
                            "source_password = " CREDENTIAL_EWS_PASSWORD "\n"
                            "target_host = 10.0.0.2\n"
                            "target_port = 143\n"
                            "directory_url = http://10.0.0.3/scim/v2\n"
                            "directory_user = " CREDENTIAL_SCIM_USER "\n"
                            "directory_password = " CREDENTIAL_SCIM_PASSWORD "\n"
                            "provisioning_url = http://10.0.0.2/webservices/OXUserService\n"
                            "provisioning_context = 1\n"
                            "provisioning_admin = " CREDENTIAL_OX_ADMIN "\n"
                            "provisioning_password = " CREDENTIAL_OX_PASSWORD "\n"
                            "gateway_table = " GATEWAY_TABLE "\n");
}

static const char *write_date(instant day, char text[INSTANT_TEXT_MAX]) {
    instant_text(day, text);
    text[10] = '\0'; /* the date alone */
    return text;
}

/* What all plans share: the day, the batch, the cut-off, how hard to work. A further attempt keeps
 * the batch's name; its day and its cut-off are its own. */
static void write_common(const struct world *world, uint32_t attempt, struct buffer *out) {
    const struct scenario *scenario = world->scenario;
    const struct scenario_plan *plan = &scenario->plan;
    char cut_off[INSTANT_TEXT_MAX], day[INSTANT_TEXT_MAX], first[INSTANT_TEXT_MAX];
    const struct scenario_attempt *later =
        attempt > 1 ? scenario_attempt(scenario, attempt - 2) : NULL;
    buffer_printf(out, "campaign = landesmail\nday = %s\nbatch = %.40s\n",
                  write_date(later != NULL ? later->day : scenario->world.day, day),
                  plan->batch[0] == '\0' ? write_date(scenario->world.day, first) : plan->batch);
    if (later != NULL)
        buffer_printf(out, "attempt = %u\n", attempt);
    instant_text(later != NULL ? later->day - later->cut_off : world->cut_off, cut_off);
    buffer_printf(out, "cut_off = %s\n", cut_off);
    buffer_printf(out, "mapping = " PLAN_LIST "\nmailboxes = %u\n", world->batch_count);
    buffer_printf(out, "workers = %llu\ncanary = %llu\ncap = %llu\nbatch_size = %llu\n",
                  (unsigned long long)plan->workers, (unsigned long long)plan->canary,
                  (unsigned long long)plan->cap, (unsigned long long)plan->batch_size);
    write_hours(out, "core_age", later != NULL ? later->cut_off : plan->cut_off);
    write_addresses(out);
}

static void write_credential(struct buffer *out, bool limited) {
    buffer_printf(out, "target_master = %s\ntarget_password = %s\n",
                  limited ? CREDENTIAL_BATCH_NAME : CREDENTIAL_MASTER_NAME,
                  limited ? CREDENTIAL_BATCH_PASSWORD : CREDENTIAL_MASTER_PASSWORD);
}

static const char *write_measures(const struct scenario *scenario, uint32_t attempt) {
    const char *own = attempt > 1 ? scenario_attempt(scenario, attempt - 2)->measures : "";
    return own[0] != '\0' ? own : scenario->plan.measures;
}

void plan_file_name(uint32_t attempt, char name[PLAN_FILE_NAME_MAX]) {
    if (attempt <= 1)
        snprintf(name, PLAN_FILE_NAME_MAX, PLAN_FILE);
    else
        snprintf(name, PLAN_FILE_NAME_MAX, "plan-%u.conf", attempt);
}

static enum status write_umzug(struct world *world, uint32_t attempt) {
    const struct scenario_plan *plan = &world->scenario->plan;
    char name[PLAN_FILE_NAME_MAX];
    struct buffer out = {0};
    buffer_append_text(&out, "# The plan of one batch, as it was approved.\n");
    write_common(world, attempt, &out);
    write_credential(&out, plan->credential == CREDENTIAL_BATCH);
    uint32_t outsider = world_outsider(world);
    if (outsider != 0)
        buffer_printf(&out, "outside_login = %s\n",
                      population_mailbox(world->population, outsider)->login);
    buffer_printf(&out, "state = " PLAN_STATE "\nmeasures = %s\none_by_one = %d\n",
                  write_measures(world->scenario, attempt), plan->pipelined ? 0 : 1);
    plan_file_name(attempt, name);
    enum status status = disk_replace(world->disk, name, buffer_str(&out));
    buffer_release(&out);
    return status;
}

static enum status write_old_script(struct world *world) {
    struct buffer out = {0};
    buffer_append_text(&out, "# The copying script that was used before there was umzug.\n");
    write_common(world, 1, &out);
    write_credential(&out, false);
    buffer_append_text(&out, "state = " PLAN_STATE_OLD "\nmeasures = none\none_by_one = 1\n");
    enum status status = disk_replace(world->disk, PLAN_FILE_OLD, buffer_str(&out));
    buffer_release(&out);
    return status;
}

static enum status write_list(struct world *world, struct faults *faults) {
    const struct scenario_plan *plan = &world->scenario->plan;
    struct mapping_row_spec *rows = fault_right_list(world);
    faults_rewrite_list(faults, rows, world->batch_count);
    struct list_spec list = {
        .rows = rows,
        .row_count = world->batch_count,
        .dialect = (enum list_dialect)plan->dialect,
        .separator = plan->separator == SEPARATOR_COMMA ? ',' : ';',
        .keys_follow_target = faults_keys_follow(faults),
    };
    struct buffer out = {0};
    population_list(world->population, &list, &out);
    enum status status = disk_replace(world->disk, PLAN_LIST, buffer_str(&out));
    buffer_release(&out);
    return status;
}

enum status plan_write(struct world *world, struct faults *faults, struct error *error) {
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i <= world->scenario->attempts.count && status == STATUS_OK; i++)
        status = write_umzug(world, i + 1);
    if (status == STATUS_OK)
        status = write_old_script(world);
    if (status == STATUS_OK)
        status = write_list(world, faults);
    return status == STATUS_OK ? STATUS_OK : error_set(error, status, "the plan cannot be written");
}
