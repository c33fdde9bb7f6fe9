/*
 * What the tests of the IMAP target share: the usual beginnings of a dialogue, and one target with
 * one session against a scripted server.
 */
#ifndef ENGINE_ADAPTER_TESTS_IMAP_SCRIPT_H
#define ENGINE_ADAPTER_TESTS_IMAP_SCRIPT_H

#include "../adapters.h"
#include "scripted.h"

#define HELLO                                                                                      \
    { "", "* OK ready\r\n", 0 }
#define LOGIN                                                                                      \
    { "LOGIN", "1 OK done\r\n", 0 }
#define CAN(what)                                                                                  \
    { "CAPABILITY\r\n", "* CAPABILITY IMAP4rev1 " what "\r\n2 OK done\r\n", 0 }
#define PLUS  HELLO, LOGIN, CAN("LITERAL+ UIDPLUS METADATA")
#define PLAIN HELLO, LOGIN, CAN("UIDPLUS")
#define LOGOUT                                                                                     \
    { "LOGOUT\r\n", "* BYE\r\n99 OK bye\r\n", 0 }

extern struct target *target;
extern struct target_session *imap_session;
extern struct error imap_error;

void imap_begin(const struct scripted_step *steps, size_t piece, bool one_by_one);
/* The same with a session opened for anna, which must work. */
void imap_begin_open(const struct scripted_step *steps, size_t piece, bool one_by_one);
/* Closes all; the script must have been played to its end. */
void imap_finish(struct buffer *heard);

#endif
