/* SPDX-License-Identifier: MIT */
#pragma once

/* What a service manager above us is told (sd_notify's protocol), without ever waiting for it. Without one nothing is
 * sent. */

#include "host/loop.h"

typedef struct Notifier Notifier;

/* By $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID. */
int notifier_new(Loop *loop, Notifier **ret);
Notifier *notifier_free(Notifier *notifier);
DEFINE_CLEANUP(Notifier *, notifier_free);

/* Is there anybody who listens? */
bool notifier_is_enabled(const Notifier *notifier);
/* Sends `message` ("READY=1"), at once or as soon as it can be taken. */
void notifier_send(Notifier *notifier, const char *message);
/* While this is on the manager is told, now and then, that it takes longer. */
void notifier_set_busy(Notifier *notifier, bool busy);
