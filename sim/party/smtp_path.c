#include "smtp_path.h"

#include <string.h>

#include "smtp.h"

static bool smtp_path_is_word_byte(char byte) {
    return (unsigned char)byte > ' ' && (unsigned char)byte < 0x7f &&
           strchr("<>()[]\\,;:\"@", byte) == NULL;
}

/* The length of a quoted string at the front of `text`, 0 when there is none or no end. */
static size_t smtp_path_quoted(struct str text) {
    for (size_t i = 1; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte < ' ' || byte >= 0x7f)
            return 0;
        if (byte == '"')
            return i + 1;
        if (byte == '\\' && ++i < text.length &&
            ((unsigned char)text.data[i] < ' ' || (unsigned char)text.data[i] >= 0x7f))
            return 0;
    }
    return 0;
}

static bool smtp_path_is_domain(struct str domain) {
    bool literal =
        domain.length > 2 && domain.data[0] == '[' && domain.data[domain.length - 1] == ']';
    if (literal)
        domain = str_bytes(domain.data + 1, domain.length - 2);
    for (size_t i = 0; i < domain.length; i++)
        if (!smtp_path_is_word_byte(domain.data[i]) && !(literal && domain.data[i] == ':'))
            return false;
    return domain.length > 0;
}

/* local-part "@" domain, or "postmaster" alone (§4.1.1.3). */
static bool smtp_path_is_address(struct str address) {
    if (address.length == 0 || address.length > SMTP_ADDRESS_MAX - 2)
        return false;
    size_t local = 0;
    if (address.data[0] == '"')
        local = smtp_path_quoted(address);
    else
        while (local < address.length && smtp_path_is_word_byte(address.data[local]))
            local++;
    if (local == address.length)
        return str_equal_caseless(address, STR("postmaster"));
    return local > 0 && address.data[local] == '@' &&
           smtp_path_is_domain(str_bytes(address.data + local + 1, address.length - local - 1));
}

/* Where the closing bracket stands; a quoted local part may hold brackets of its own. */
static bool smtp_path_end(struct str text, size_t *end_r) {
    for (size_t i = 1; i < text.length; i++) {
        if (text.data[i] == '"') {
            size_t quoted = smtp_path_quoted(str_bytes(text.data + i, text.length - i));
            if (quoted == 0)
                return false;
            i += quoted - 1;
        } else if (text.data[i] == '>') {
            *end_r = i;
            return true;
        }
    }
    return false;
}

bool smtp_path_read(struct str text, bool null, struct smtp_path *path_r) {
    text = str_trim(text);
    size_t end;
    if (text.length < 2 || text.data[0] != '<' || !smtp_path_end(text, &end))
        return false;
    struct str address = str_bytes(text.data + 1, end - 1);
    if (address.length > 0 && address.data[0] == '@') { /* a source route is read and left out */
        str_cut(&address, ':');
        if (address.length == 0)
            return false;
    }
    struct str rest = str_bytes(text.data + end + 1, text.length - end - 1);
    if (rest.length > 0 && rest.data[0] != ' ')
        return false;
    *path_r = (struct smtp_path){.address = address, .parameters = str_trim(rest)};
    return (null && address.length == 0) || smtp_path_is_address(address);
}

bool smtp_path_knows_mail_parameters(struct smtp_path *path) {
    struct str rest = path->parameters;
    while (rest.length > 0) {
        struct str value = str_cut(&rest, ' ');
        if (value.length == 0)
            continue; /* two blanks in a row */
        struct str name = str_cut(&value, '=');
        bool known =
            (str_equal_caseless(name, STR("SIZE")) && str_to_u64(value, &path->size)) ||
            (str_equal_caseless(name, STR("BODY")) && (str_equal_caseless(value, STR("7BIT")) ||
                                                       str_equal_caseless(value, STR("8BITMIME"))));
        if (!known)
            return false;
    }
    return true;
}

struct str smtp_path_domain(struct str address) {
    for (size_t i = address.length; i > 0; i--)
        if (address.data[i - 1] == '@')
            return str_bytes(address.data + i, address.length - i);
    return STR("");
}
