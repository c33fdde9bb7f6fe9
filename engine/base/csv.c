/* Decoding first, as a whole; then line by line. See csv.h. */
#include "csv.h"

#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "check.h"
#include "utf8.h"

struct csv {
    struct buffer text;     /* owns; UTF-8 without a byte order mark */
    struct buffer unquoted; /* owns; the fields of the present row */
    const char *encoding;
    size_t at;         /* where the next line begins */
    size_t line_start; /* of the row read last */
    uint32_t line;
    char separator;
};

/* 0x80 … 0x9F of Windows-1252, as the Unicode Consortium maps them; 0: not assigned. */
static const uint16_t csv_windows[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178,
};

static enum status csv_decode_windows(struct csv *csv, struct str bytes, struct error *error) {
    csv->encoding = "Windows-1252";
    uint32_t line = 1;
    for (size_t i = 0; i < bytes.length; i++) {
        uint32_t code = (uint8_t)bytes.data[i];
        if (code >= 0x80 && code < 0xA0)
            code = csv_windows[code - 0x80];
        if (code == 0)
            return error_set(error, STATUS_INVALID,
                             "line %u: byte 0x%02X is no character, neither in UTF-8 nor in "
                             "Windows-1252",
                             line, (unsigned)(uint8_t)bytes.data[i]);
        line += code == '\n';
        utf8_append(&csv->text, code);
    }
    return STATUS_OK;
}

static uint32_t csv_unit(struct str bytes, size_t at, bool big_endian) {
    uint32_t first = (uint8_t)bytes.data[at], second = (uint8_t)bytes.data[at + 1];
    return big_endian ? first << 8 | second : second << 8 | first;
}

static enum status csv_decode_utf16(struct csv *csv, struct str bytes, bool big_endian,
                                    struct error *error) {
    csv->encoding = big_endian ? "UTF-16BE" : "UTF-16LE";
    if (bytes.length % 2 != 0)
        return error_set(error, STATUS_INVALID, "%s text ends in the middle of a character",
                         csv->encoding);
    uint32_t line = 1;
    for (size_t i = 0; i < bytes.length; i += 2) {
        uint32_t code = csv_unit(bytes, i, big_endian);
        if (code >= 0xD800 && code < 0xDC00 && i + 2 < bytes.length) {
            uint32_t low = csv_unit(bytes, i + 2, big_endian);
            if (low >= 0xDC00 && low < 0xE000) {
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
                i += 2;
            }
        }
        if (code >= 0xD800 && code < 0xE000)
            return error_set(error, STATUS_INVALID, "line %u: half a character (surrogate U+%04X)",
                             line, code);
        line += code == '\n';
        utf8_append(&csv->text, code);
    }
    return STATUS_OK;
}

static enum status csv_decode(struct csv *csv, struct str bytes, struct error *error) {
    if (str_starts_with(bytes, "\xFF\xFE"))
        return csv_decode_utf16(csv, str_bytes(bytes.data + 2, bytes.length - 2), false, error);
    if (str_starts_with(bytes, "\xFE\xFF"))
        return csv_decode_utf16(csv, str_bytes(bytes.data + 2, bytes.length - 2), true, error);
    bool marked = str_starts_with(bytes, "\xEF\xBB\xBF");
    if (marked)
        bytes = str_bytes(bytes.data + 3, bytes.length - 3);
    if (!utf8_is_valid(bytes)) {
        if (marked)
            return error_set(error, STATUS_INVALID,
                             "the file says that it is UTF-8, but holds bytes that are not");
        return csv_decode_windows(csv, bytes, error);
    }
    csv->encoding = marked ? "UTF-8 with BOM" : "UTF-8";
    buffer_append_str(&csv->text, bytes);
    return STATUS_OK;
}

enum status csv_open(struct str bytes, struct csv **csv_r, struct error *error) {
    *csv_r = NULL;
    if (bytes.length > CSV_BYTES_MAX)
        return error_set(error, STATUS_LIMIT, "at most %d bytes are read, found %zu", CSV_BYTES_MAX,
                         bytes.length);
    struct csv *csv = memory_new(1, sizeof *csv);
    enum status status = csv_decode(csv, bytes, error);
    if (status != STATUS_OK)
        csv_close(&csv);
    else if (csv->text.length > 0 && memchr(csv->text.data, '\0', csv->text.length) != NULL) {
        csv_close(&csv);
        status = error_set(error, STATUS_INVALID, "the file holds NUL characters: it is no table");
    }
    *csv_r = csv;
    return status;
}

void csv_close(struct csv **csv) {
    if (*csv == NULL)
        return;
    buffer_release(&(*csv)->text);
    buffer_release(&(*csv)->unquoted);
    free(*csv);
    *csv = NULL;
}

const char *csv_encoding(const struct csv *csv) {
    return csv->encoding;
}

struct str csv_text_before(const struct csv *csv) {
    return str_bytes(buffer_text(&csv->text), csv->line_start);
}

static bool csv_line(struct csv *csv, struct str *line_r) {
    if (csv->at >= csv->text.length)
        return false;
    csv->line_start = csv->at;
    struct str rest = str_bytes(csv->text.data + csv->at, csv->text.length - csv->at);
    struct str line = str_cut(&rest, '\n');
    csv->at += line.length + (line.length < csv->text.length - csv->at ? 1 : 0);
    csv->line++;
    if (line.length > 0 && line.data[line.length - 1] == '\r')
        line.length--;
    *line_r = line;
    return true;
}

static enum status csv_broken(struct csv *csv, struct csv_row *row, struct str before,
                              const char *what, struct error *error) {
    row->line = csv->line;
    row->bad_column = (uint32_t)utf8_count(before) + 1;
    return error_set(error, STATUS_INVALID, "%s", what);
}

/* What follows the first `length` bytes; unlike str_bytes() it keeps its place when it is empty. */
static struct str csv_behind(struct str piece, size_t length) {
    return (struct str){piece.data + length, piece.length - length};
}

/* Takes one quoted field, whose opening quote is the first of `*rest`, into csv->unquoted. */
static bool csv_quoted(struct csv *csv, struct str *rest) {
    size_t i = 1;
    for (; i < rest->length; i++) {
        if (rest->data[i] == '"') {
            if (i + 1 >= rest->length || rest->data[i + 1] != '"')
                break;
            i++;
        }
        buffer_append_byte(&csv->unquoted, rest->data[i]);
    }
    if (i >= rest->length)
        return false;
    *rest = csv_behind(*rest, i + 1);
    return true;
}

static enum status csv_split(struct csv *csv, struct str line, struct csv_row *row,
                             struct error *error) {
    /* Unquoting never lengthens, so this reservation keeps earlier fields where they are. */
    buffer_clear(&csv->unquoted);
    buffer_reserve(&csv->unquoted, line.length + 1);
    *row = (struct csv_row){.line = csv->line};
    struct str rest = line;
    for (;;) {
        struct str before = str_bytes(line.data, (size_t)(rest.data - line.data));
        if (row->field_count == CSV_FIELDS_MAX)
            return csv_broken(csv, row, before, "more fields than a row may have", error);
        struct csv_field *field = &row->fields[row->field_count++];
        field->column = (uint32_t)utf8_count(before) + 1;
        if (rest.length > 0 && rest.data[0] == '"') {
            size_t start = csv->unquoted.length;
            if (!csv_quoted(csv, &rest))
                return csv_broken(csv, row, before,
                                  "expected the quoted field to end on its line, found no closing "
                                  "quote",
                                  error);
            field->text =
                str_bytes(buffer_text(&csv->unquoted) + start, csv->unquoted.length - start);
        } else {
            size_t length = 0;
            while (length < rest.length && rest.data[length] != csv->separator &&
                   rest.data[length] != '"')
                length++;
            field->text = str_bytes(rest.data, length);
            rest = csv_behind(rest, length);
        }
        if (rest.length == 0)
            return STATUS_OK;
        if (rest.data[0] != csv->separator)
            return csv_broken(csv, row, str_bytes(line.data, (size_t)(rest.data - line.data)),
                              "expected the separator after a field, found something else (a quote "
                              "inside a field is doubled, and the field stands in quotes)",
                              error);
        rest = csv_behind(rest, 1);
    }
}

/* The only separator that stands outside quotes. */
static enum status csv_detect(struct csv *csv, struct str line, struct error *error) {
    bool quoted = false;
    char found = '\0';
    for (size_t i = 0; i < line.length; i++) {
        char byte = line.data[i];
        quoted ^= byte == '"';
        if (quoted || (byte != ',' && byte != ';' && byte != '\t') || byte == found)
            continue;
        if (found != '\0')
            return error_set(error, STATUS_INVALID,
                             "expected one kind of separator in the header row, found both '%c' "
                             "and '%c'",
                             found == '\t' ? 't' : found, byte == '\t' ? 't' : byte);
        found = byte;
    }
    if (found == '\0')
        return error_set(error, STATUS_INVALID,
                         "expected a header row with columns separated by comma, semicolon or tab, "
                         "found none of them");
    csv->separator = found;
    return STATUS_OK;
}

enum status csv_header(struct csv *csv, struct csv_row *row_r, struct error *error) {
    *row_r = (struct csv_row){.line = 1, .bad_column = 1};
    struct str line;
    if (!csv_line(csv, &line))
        return error_set(error, STATUS_INVALID, "expected a header row, found an empty file");
    if (str_starts_with(line, "#TYPE") && !csv_line(csv, &line))
        return error_set(error, STATUS_INVALID, "expected a header row after the #TYPE line");
    row_r->line = csv->line;
    enum status status = csv_detect(csv, line, error);
    return status == STATUS_OK ? csv_split(csv, line, row_r, error) : status;
}

enum status csv_next(struct csv *csv, struct csv_row *row_r, struct error *error) {
    struct str line;
    struct str rest = str_bytes(buffer_text(&csv->text) + csv->at, csv->text.length - csv->at);
    if (str_trim(rest).length == 0 || !csv_line(csv, &line)) /* editors leave empty lines */
        return error_set(error, STATUS_NOT_FOUND, "there are no more rows");
    return csv_split(csv, line, row_r, error);
}
