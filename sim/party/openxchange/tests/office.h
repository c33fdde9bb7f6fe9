/* A small Open-Xchange for tests: three accounts, and its administration (provisioning). */
#ifndef SIM_PARTY_OPENXCHANGE_TESTS_OFFICE_H
#define SIM_PARTY_OPENXCHANGE_TESTS_OFFICE_H

#include "../provisioning.h"

enum { OFFICE_ACCOUNTS = 3 };

struct office {
    struct clock clock; /* 7 August 2025, 06:00:00Z */
    struct history *history;
    struct contents *contents;
    struct openxchange *openxchange;
    struct provisioning_server *server; /* context 1, oxadmin with password hering */
    enum provisioning_answer trouble;   /* with the second account; usual at first */
};

void office_open(struct office *office);
void office_close(struct office *office);

#endif
