/* SPDX-License-Identifier: MIT */

/* A datagram of NAME=VALUE lines, as sd_notify(3) sends them. It comes from anybody who may open the socket, so
 * nothing in it is believed before it is read to its end: numbers whole and within their bounds, texts that are
 * UTF-8. What is not understood is passed over, since newer programs say more than we know. */

#include "core/notify.h"

#include <errno.h>
#include <string.h>

#include "common/environment.h"
#include "common/parse.h"

#define ERRNO_MAX 4095

typedef struct Field {
        const char *name; /* with its '=' */
        void (*read)(NotifyMessage *message, char *value);
} Field;

static void note(NotifyMessage *message, NotifyWord word)
{
        message->words |= 1u << word;
}

/* The last one of the three tells how it is now. */
static void note_turn(NotifyMessage *message, NotifyWord word, const char *value)
{
        if (strcmp(value, "1") != 0)
                return;
        message->words &= ~(1u << NOTIFY_READY | 1u << NOTIFY_RELOADING | 1u << NOTIFY_STOPPING);
        note(message, word);
}

static void read_ready(NotifyMessage *message, char *value)
{
        note_turn(message, NOTIFY_READY, value);
}

static void read_reloading(NotifyMessage *message, char *value)
{
        note_turn(message, NOTIFY_RELOADING, value);
}

static void read_stopping(NotifyMessage *message, char *value)
{
        note_turn(message, NOTIFY_STOPPING, value);
}

/* It will stand on terminals. */
static void read_status(NotifyMessage *message, char *value)
{
        if (notify_says(message, NOTIFY_STATUS) || !utf8_is_valid(value))
                return;
        for (char *c = value; *c; c++)
                if ((unsigned char) *c < 0x20 || *c == 0x7f)
                        *c = ' ';
        message->status = value;
        note(message, NOTIFY_STATUS);
}

/* Decimal digits alone, as others may read signs and white space otherwise than we do. */
static bool read_number(const char *value, uint64_t max, uint64_t *ret)
{
        return value[0] >= '0' && value[0] <= '9' && strspn(value, "0123456789") == strlen(value) &&
               (value[0] != '0' || value[1] == '\0') && unsigned_parse(value, max, ret) >= 0;
}

static void read_errno(NotifyMessage *message, char *value)
{
        uint64_t number;

        if (notify_says(message, NOTIFY_ERRNO) || !read_number(value, ERRNO_MAX, &number))
                return;
        message->error = (int) number;
        note(message, NOTIFY_ERRNO);
}

static void read_main_pid(NotifyMessage *message, char *value)
{
        uint64_t number;

        if (notify_says(message, NOTIFY_MAIN_PID) || !read_number(value, INT32_MAX, &number) || number == 0)
                return;
        message->main_pid = (pid_t) number;
        note(message, NOTIFY_MAIN_PID);
}

static void read_watchdog(NotifyMessage *message, char *value)
{
        if (strcmp(value, "1") == 0)
                note(message, NOTIFY_WATCHDOG);
        else if (strcmp(value, "trigger") == 0)
                note(message, NOTIFY_WATCHDOG_TRIGGER);
}

static void read_watchdog_usec(NotifyMessage *message, char *value)
{
        uint64_t number;

        if (notify_says(message, NOTIFY_WATCHDOG_USEC) || !read_number(value, UINT64_MAX, &number))
                return;
        message->watchdog_usec = number == USEC_INFINITY ? 0 : number;
        note(message, NOTIFY_WATCHDOG_USEC);
}

/* For ever is no extension: a stop is bounded. */
static void read_extend_timeout(NotifyMessage *message, char *value)
{
        uint64_t number;

        if (notify_says(message, NOTIFY_EXTEND_TIMEOUT) || !read_number(value, UINT64_MAX / 4, &number) ||
            number == 0)
                return;
        message->extend_usec = number;
        note(message, NOTIFY_EXTEND_TIMEOUT);
}

static void read_barrier(NotifyMessage *message, char *value)
{
        if (strcmp(value, "1") == 0)
                note(message, NOTIFY_BARRIER);
}

static void read_fdstore(NotifyMessage *message, char *value)
{
        if (strcmp(value, "1") == 0)
                note(message, NOTIFY_FDSTORE);
}

static const Field fields[] = {
        {"READY=", read_ready},
        {"RELOADING=", read_reloading},
        {"STOPPING=", read_stopping},
        {"STATUS=", read_status},
        {"ERRNO=", read_errno},
        {"MAINPID=", read_main_pid},
        {"WATCHDOG=", read_watchdog},
        {"WATCHDOG_USEC=", read_watchdog_usec},
        {"EXTEND_TIMEOUT_USEC=", read_extend_timeout},
        {"BARRIER=", read_barrier},
        {"FDSTORE=", read_fdstore},
};

int notify_parse(const char *data, size_t size, NotifyMessage *ret)
{
        char *rest, *line;

        if (size > 0 && data[size - 1] == '\0')
                size--;
        if (size > NOTIFY_SIZE_MAX || memchr(data, '\0', size))
                return -EBADMSG;

        ret->words = 0;
        ret->status = NULL;
        ret->error = 0;
        ret->main_pid = 0;
        ret->watchdog_usec = ret->extend_usec = 0;
        memcpy(ret->text, data, size);
        ret->text[size] = '\0';

        rest = ret->text;
        while ((line = rest)) {
                rest = strchr(line, '\n');
                if (rest)
                        *rest++ = '\0';
                for (size_t i = 0; i < ELEMENTSOF(fields); i++) {
                        size_t length = strlen(fields[i].name);

                        if (strncmp(line, fields[i].name, length) == 0)
                                fields[i].read(ret, line + length);
                }
        }
        return 0;
}
