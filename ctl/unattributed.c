/* SPDX-License-Identifier: MIT */

/* Processes that have shed everything by which they could be told to be a service's. The daemon knows their numbers
 * and ends them with itself; what they are is looked up here, where a process that is gone by now is no trouble. */

#include "ctl/unattributed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/fd.h"
#include "ctl/display.h"

/* The command line, its words with blanks between them; "" where it can't be told. */
static void read_command(uint32_t pid, char *buffer, size_t size)
{
        _cleanup_close_ int fd = -EBADF;
        char path[32];
        ssize_t n;

        buffer[0] = '\0';
        (void) snprintf(path, sizeof(path), "/proc/%u/cmdline", pid);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        n = fd < 0 ? -1 : read(fd, buffer, size - 1);
        if (n <= 0)
                return;
        for (ssize_t i = 0; i + 1 < n; i++)
                if (buffer[i] == '\0')
                        buffer[i] = ' ';
        buffer[n] = '\0';
}

static int print_one(const Context *context, uint32_t pid)
{
        _cleanup_free_ char *safe = NULL;
        char command[256];

        read_command(pid, command, sizeof(command));
        safe = display_safe(command, strlen(command), false);
        if (!safe)
                return -ENOMEM;
        printf("%sUnattributed%s: process %u%s%s%s, which belongs to no service any more\n",
               style_on(&context->out, STYLE_WARN), style_off(&context->out, STYLE_WARN), pid, *safe ? " (" : "",
               safe, *safe ? ")" : "");
        return 0;
}

int unattributed_print(Context *context, sd_bus_error *ret_error)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        uint32_t pid;
        int r;

        r = client_manager_property(context->client, "Unattributed", &reply, ret_error);
        if (r >= 0)
                r = sd_bus_message_enter_container(reply, 'v', "au");
        if (r >= 0)
                r = sd_bus_message_enter_container(reply, 'a', "u");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_read_basic(reply, 'u', &pid)) > 0) {
                r = print_one(context, pid);
                if (r < 0)
                        return r;
        }
        return r;
}
