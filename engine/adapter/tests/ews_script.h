/*
 * What the tests of the EWS source share: answers of Exchange as text, and one source with one
 * session against a scripted server.
 */
#ifndef ENGINE_ADAPTER_TESTS_EWS_SCRIPT_H
#define ENGINE_ADAPTER_TESTS_EWS_SCRIPT_H

#include "../adapters.h"
#include "plain_platform.h"
#include "scripted.h"

#define XML "text/xml; charset=utf-8"
#define END "</s:Envelope>" /* of each request */
#define HEAD                                                                                       \
    "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope "                                       \
    "xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Header><h:ServerVersionInfo "        \
    "MajorVersion=\"15\" xmlns:h=\"urn:h\"/></s:Header><s:Body>"
#define TAIL "</s:Body></s:Envelope>"
#define OPEN(op)                                                                                   \
    "<m:" op "Response xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/messages\" "  \
    "xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\"><m:ResponseMessages>"
#define CLOSE(op) "</m:ResponseMessages></m:" op "Response>"
#define GOOD(op)                                                                                   \
    "<m:" op "ResponseMessage ResponseClass=\"Success\"><m:ResponseCode>NoError</m:ResponseCode>"
#define BAD(op, code, rest)                                                                        \
    "<m:" op "ResponseMessage ResponseClass=\"Error\"><m:MessageText>No.</m:MessageText>"          \
    "<m:ResponseCode>" code "</m:ResponseCode>" rest "</m:" op "ResponseMessage>"
#define DONE(op) "</m:" op "ResponseMessage>"
#define BACK_OFF(ms)                                                                               \
    "<m:MessageXml><t:Value Name=\"BackOffMilliseconds\">" ms "</t:Value></m:MessageXml>"
#define FAULT(code, ms)                                                                            \
    "<?xml version=\"1.0\"?><s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">"    \
    "<s:Body><s:Fault><faultcode xmlns:a=\"urn:t\">a:" code "</faultcode>"                         \
    "<faultstring xml:lang=\"en-US\">The server says no.</faultstring><detail>"                    \
    "<e:ResponseCode xmlns:e=\"urn:e\">" code "</e:ResponseCode>"                                  \
    "<t:MessageXml xmlns:t=\"urn:t\"><t:Value Name=\"BackOffMilliseconds\">" ms                    \
    "</t:Value></t:MessageXml></detail></s:Fault></s:Body></s:Envelope>"

/* AAMk, then the GUID 2f1b7a3c-0000-4c4d-8e8e-9a9a1a1a2b2b */
#define TOP_ID "AAMkADJmMWI3YTNjLTAwMDAtNGM0ZC04ZThlLTlhOWExYTFhMmIyYgAu"
#define PLACE(id)                                                                                  \
    GOOD("GetFolder")                                                                              \
    "<m:Folders><t:Folder><t:FolderId Id=\"" id                                                    \
    "\" ChangeKey=\"c\"/></t:Folder></m:Folders>" DONE("GetFolder")
#define PLACES                                                                                     \
    HEAD OPEN("GetFolder") PLACE(TOP_ID) PLACE("inbox&amp;1") PLACE("sent1") PLACE("drafts1")      \
        PLACE("trash1") PLACE("junk1") PLACE("outbox1") PLACE("issues1")                           \
            BAD("GetFolder", "ErrorFolderNotFound", "<m:Folders/>") CLOSE("GetFolder") TAIL

extern struct plain_platform platform;
extern struct source *source;
extern struct source_session *ews_session;
extern struct error ews_error;

/* Opens the source; the script begins with the request for the places. */
void ews_begin(const struct scripted_step *steps, size_t piece);
enum status ews_open(void);
/* Both, and it must work. */
void ews_begin_open(const struct scripted_step *steps, size_t piece);
/* Closes all; the script must have been played to its end. */
void ews_finish(struct buffer *heard);
/* The answer to the first request. */
const char *places(void);

int group_begin(void **state);
int group_end(void **state);

#endif
