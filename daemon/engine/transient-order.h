/* SPDX-License-Identifier: MIT */
#pragma once

/* A transient service among the others: whom it names. */

#include "engine/transient.h"

/* What names in its definition may mean: the services and targets that there are, and the templates. It is `ret`'s
 * as long as none comes or goes; the caller frees `ret->services`. */
int transient_order_others(Manager *manager, Config *ret);
/* Finds out whether it has to do with others. Those of them that are transient have to do with it, too. */
void transient_order_note(Manager *manager, Service *service);
/* Why it is as it is: its reason; where another has failed, without which it can't be, who that is and why, in
 * `buffer`. */
const char *transient_order_reason(const Service *service, char *buffer, size_t size);
