/* See imap_survey.h. */
#include "imap_survey.h"

#include "imap_fetched.h"

struct surveying {
    const struct imap_survey *survey; /* borrows */
    struct digest_stream *stream;     /* owns; NULL without digests */
    uint64_t exists;
};

static enum status survey_exists(void *of, struct imap_reader *reader,
                                 const struct imap_response *response, struct error *error) {
    (void)reader;
    (void)error;
    struct surveying *surveying = of;
    if (str_equal_caseless(str_of(response->code), STR("EXISTS")))
        surveying->exists = response->number;
    return STATUS_OK;
}

static enum status survey_fetched(void *of, struct imap_reader *reader,
                                  const struct imap_response *response, struct error *error) {
    struct surveying *surveying = of;
    const struct imap_survey *survey = surveying->survey;
    struct imap_fetched fetched;
    if (response->number == 0 || !str_equal_caseless(str_of(response->code), STR("FETCH")))
        return STATUS_OK;
    enum status status = imap_fetched_take(reader, surveying->stream, &fetched, error);
    if (status != STATUS_OK)
        return status;
    /* A FETCH nobody asked for tells of flags that another session changed. */
    bool asked = fetched.uid && fetched.size && fetched.flags && fetched.received &&
                 (fetched.body || !survey->digests);
    uint32_t last = survey->last_uid == 0 ? UINT32_MAX : survey->last_uid;
    /* "n:*" is never empty: it always means the last message too (RFC 3501 section 9, seq-range).
     */
    if (!asked || fetched.seen.uid < survey->first_uid || fetched.seen.uid > last)
        return STATUS_OK;
    status = survey->see(survey->of, &fetched.seen);
    if (status != STATUS_OK)
        return error_set(error, status, "the survey was ended early");
    return STATUS_OK;
}

static enum status survey_fetch(struct imap_connection *connection, struct surveying *surveying,
                                struct error *error) {
    const struct imap_survey *survey = surveying->survey;
    struct buffer command = {0};
    buffer_printf(&command, "UID FETCH %u:", survey->first_uid > 0 ? survey->first_uid : 1);
    if (survey->last_uid > 0)
        buffer_append_u64(&command, survey->last_uid);
    else
        buffer_append_byte(&command, '*');
    buffer_append_text(&command, " (UID RFC822.SIZE FLAGS INTERNALDATE");
    buffer_append_text(&command, survey->digests ? " BODY.PEEK[])" : ")");
    enum status status =
        imap_connection_command(connection, buffer_str(&command), survey_fetched, surveying, error);
    buffer_release(&command);
    return status;
}

enum status imap_survey(struct imap_connection *connection, const struct imap_survey *survey,
                        struct error *error) {
    struct surveying surveying = {.survey = survey};
    struct buffer command = {0};
    if (survey->last_uid != 0 && survey->last_uid < survey->first_uid)
        return STATUS_OK;
    buffer_append_text(&command, "EXAMINE ");
    if (!imap_quote(str_of(survey->folder), &command)) {
        buffer_release(&command);
        return error_set(error, STATUS_INVALID, "a folder name that IMAP cannot carry");
    }
    enum status status =
        imap_connection_command(connection, buffer_str(&command), survey_exists, &surveying, error);
    buffer_release(&command);
    if (status == STATUS_UNMOVABLE) /* EXAMINE is refused for want of a folder, whatever the code */
        status = imap_means(error, STATUS_NOT_FOUND);
    if (status != STATUS_OK || surveying.exists == 0)
        return status;
    if (survey->digests)
        surveying.stream = digest_stream_new();
    status = survey_fetch(connection, &surveying, error);
    digest_stream_close(&surveying.stream);
    return status;
}
