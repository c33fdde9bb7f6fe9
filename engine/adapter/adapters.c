/* What the adapters' libraries keep for the whole process. See adapters.h. */
#include "adapters.h"

#include <curl/curl.h>
#include <jansson.h>
#include <libxml/parser.h>

#include "../base/check.h"

void adapters_begin(void) {
    check(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
    xmlInitParser();
    json_object_seed(1); /* else jansson asks the machine for randomness */
}

void adapters_end(void) {
    xmlCleanupParser();
    curl_global_cleanup();
}
