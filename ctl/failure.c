/* SPDX-License-Identifier: MIT */

/* Errors on their way to the person or program that asked. A name decides the exit status, here and nowhere else. */

#include "ctl/failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/protocol.h"
#include "ctl/display.h"
#include "ctl/json.h"

/* From bad to good; DESIGN's order is 6, 5, 4, 1, 3, and a wrong command line comes before all. */
static const int by_badness[] = {
        STATUS_USAGE,     STATUS_NOT_PERMITTED, STATUS_NO_DAEMON, STATUS_NO_SUCH_SERVICE,
        STATUS_TIMED_OUT, STATUS_FAILED,        STATUS_NOT_SO,    STATUS_DONE,
};

int status_worse(int a, int b)
{
        for (size_t i = 0; i < ELEMENTSOF(by_badness); i++)
                if (a == by_badness[i] || b == by_badness[i])
                        return by_badness[i];
        return MAX(a, b);
}

typedef struct StatusOfName {
        const char *name;
        int status;
} StatusOfName;

static const StatusOfName statuses[] = {
        {FAILURE_USAGE, STATUS_USAGE},
        {FAILURE_NO_DAEMON, STATUS_NO_DAEMON},
        {FAILURE_NOT_SO, STATUS_NOT_SO},
        {TENDED_ERROR_NO_SUCH_SERVICE, STATUS_NO_SUCH_SERVICE},
        {TENDED_ERROR_NOT_PERMITTED, STATUS_NOT_PERMITTED},
        {TENDED_ERROR_TIMED_OUT, STATUS_TIMED_OUT},
        {TENDED_ERROR_NOT_ACTIVE, STATUS_NOT_SO},
        {SD_BUS_ERROR_ACCESS_DENIED, STATUS_NOT_PERMITTED},
        {SD_BUS_ERROR_NO_REPLY, STATUS_NO_DAEMON},
        {SD_BUS_ERROR_DISCONNECTED, STATUS_NO_DAEMON},
};

int failure_status(const char *error_name)
{
        for (size_t i = 0; error_name && i < ELEMENTSOF(statuses); i++)
                if (strcmp(statuses[i].name, error_name) == 0)
                        return statuses[i].status;
        return STATUS_FAILED;
}

int failure_set(sd_bus_error *error, int r, const char *name, const char *format, ...)
{
        va_list args;

        if (!error || sd_bus_error_is_set(error))
                return r;
        va_start(args, format);
        (void) sd_bus_error_setfv(error, name, format, args);
        va_end(args);
        return r;
}

static size_t length_without_newlines(const char *text)
{
        size_t n = strlen(text);

        while (n > 0 && text[n - 1] == '\n')
                n--;
        return n;
}

void failure_print(bool json, const char *name, const char *message)
{
        _cleanup_free_ char *text = NULL, *safe = NULL;

        /* What was asked for stands on stdout before the complaint. */
        (void) fflush(stdout);
        /* Others end their sentences with a newline. */
        text = strndup(message, length_without_newlines(message));
        if (!text)
                return;
        if (json) {
                json_print_error(name, text);
                return;
        }

        safe = display_safe(text, strlen(text), true);
        /* Errors of definitions are lines of their own, FILE:LINE first, as --check prints them. */
        if (name && strcmp(name, TENDED_ERROR_BAD_SETTING) == 0)
                fprintf(stderr, "%s\n", safe ? safe : text);
        else
                fprintf(stderr, "tendctl: %s\n", safe ? safe : text);
}

int failure_report(bool json, const sd_bus_error *error, int r)
{
        if (error && sd_bus_error_is_set(error)) {
                failure_print(json, error->name, error->message ? error->message : error->name);
                return failure_status(error->name);
        }
        failure_print(json, TENDED_ERROR_FAILED, strerror(-r));
        return STATUS_FAILED;
}
