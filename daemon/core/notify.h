/* SPDX-License-Identifier: MIT */
#pragma once

/* What a datagram on a notify socket says: the assignments of sd_notify(3), read with bounds. Who may say it, and
 * what it means to the service, is the engine's. */

#include <sys/types.h>

#include "common/macro.h"

/* systemd's bound, too: what is longer is no message. */
#define NOTIFY_SIZE_MAX 4096

/* Which words were there. */
typedef enum NotifyWord {
        NOTIFY_READY,            /* READY=1 */
        NOTIFY_RELOADING,        /* RELOADING=1 */
        NOTIFY_STOPPING,         /* STOPPING=1; of these three only the last in a message counts */
        NOTIFY_STATUS,           /* STATUS=…: `status`, may be empty */
        NOTIFY_ERRNO,            /* ERRNO=: `error` */
        NOTIFY_MAIN_PID,         /* MAINPID=: `main_pid` */
        NOTIFY_WATCHDOG,         /* WATCHDOG=1 */
        NOTIFY_WATCHDOG_TRIGGER, /* WATCHDOG=trigger */
        NOTIFY_WATCHDOG_USEC,    /* WATCHDOG_USEC=: `watchdog_usec` */
        NOTIFY_EXTEND_TIMEOUT,   /* EXTEND_TIMEOUT_USEC=: `extend_usec` */
        NOTIFY_BARRIER,          /* BARRIER=1 */
        NOTIFY_FDSTORE,          /* FDSTORE=1 */
        _NOTIFY_WORD_N,
} NotifyWord;

typedef struct NotifyMessage {
        unsigned words;       /* bit N: NotifyWord N */
        const char *status;   /* UTF-8 without control characters; in the message's own `text` */
        int error;            /* a positive errno, or 0 */
        pid_t main_pid;       /* > 0 */
        usec_t watchdog_usec; /* 0: no watchdog any more */
        usec_t extend_usec;
        char text[NOTIFY_SIZE_MAX + 1];
} NotifyMessage;

static inline bool notify_says(const NotifyMessage *message, NotifyWord word)
{
        return message->words & 1u << word;
}

/* Unknown assignments, and those whose value is none, are passed over; of two of the same name the first counts.
 * -EBADMSG: too long, or with a NUL in its midst (one at the end is nothing). */
int notify_parse(const char *data, size_t size, NotifyMessage *ret);
