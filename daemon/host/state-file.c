/* SPDX-License-Identifier: MIT */

/* Lines of KEY=VALUE, the version first. Unknown keys are left to later versions; a file that is cut, or that holds
 * anything but what the executor writes, is none. */

#include "host/state-file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/id128.h"
#include "host/proc.h"

#define STATE_FILE_MAX 8192

void state_file_done(StateFile *state)
{
        free(state->cgroup);
        *state = (StateFile){0};
}

static int parse_number(const char *value, uint64_t max, uint64_t *ret)
{
        uint64_t number = 0;

        if (*value == '\0')
                return -EBADMSG;
        for (const char *c = value; *c; c++) {
                unsigned digit = (unsigned) (*c - '0');

                if (digit > 9 || number > (max - digit) / 10)
                        return -EBADMSG;
                number = number * 10 + digit;
        }
        *ret = number;
        return 0;
}

static int parse_cgroup(const char *value, StateFile *state)
{
        if (*value == '\0')
                return 0;
        /* It is opened below the cgroup root, and must stay there. */
        if (value[0] != '/' || strstr(value, "/../") ||
            strcmp(value + strlen(value) - MIN(strlen(value), 3U), "/..") == 0)
                return -EBADMSG;
        free(state->cgroup);
        state->cgroup = strdup(value);
        return state->cgroup ? 0 : -ENOMEM;
}

static int parse_line(const char *key, const char *value, StateFile *state)
{
        uint64_t number;
        int r;

        if (strcmp(key, "pid") == 0) {
                r = parse_number(value, INT32_MAX, &number);
                if (r < 0 || number == 0)
                        return -EBADMSG;
                state->pid = (pid_t) number;
                return 0;
        }
        if (strcmp(key, "start") == 0)
                return parse_number(value, UINT64_MAX, &state->start);
        if (strcmp(key, "boot") == 0) {
                if (strlen(value) >= sizeof(state->boot_id))
                        return -EBADMSG;
                strcpy(state->boot_id, value);
                return 0;
        }
        if (strcmp(key, "run") == 0)
                return *value == '\0' || id128_parse(value, &state->invocation_id) >= 0 ? 0 : -EBADMSG;
        return strcmp(key, "group") == 0 ? parse_cgroup(value, state) : 0;
}

int state_file_parse(const char *text, size_t size, StateFile *ret)
{
        _cleanup_(state_file_done) StateFile state = {0};
        _cleanup_free_ char *copy = NULL;
        char *rest, *line;
        int r;

        /* Whole lines only: what has no newline at its end was cut. */
        if (size == 0 || size > STATE_FILE_MAX || text[size - 1] != '\n' || memchr(text, '\0', size))
                return -EBADMSG;
        copy = strndup(text, size - 1);
        if (!copy)
                return -ENOMEM;

        rest = copy;
        line = strsep(&rest, "\n");
        if (strcmp(line, "version=1") != 0)
                return -EBADMSG;
        while ((line = strsep(&rest, "\n"))) {
                char *value = strchr(line, '=');

                if (!value)
                        return -EBADMSG;
                *value++ = '\0';
                r = parse_line(line, value, &state);
                if (r < 0)
                        return r;
        }
        if (state.pid == 0)
                return -EBADMSG;
        *ret = state;
        state = (StateFile){0};
        return 0;
}

int state_file_load(const char *path, StateFile *ret)
{
        char text[STATE_FILE_MAX + 1];
        size_t size;
        int r;

        r = proc_read(AT_FDCWD, path, text, sizeof(text), &size);
        return r < 0 ? r : state_file_parse(text, size, ret);
}

int state_file_save(const char *path, const StateFile *state)
{
        _cleanup_free_ char *text = NULL, *temporary = NULL;
        _cleanup_close_ int fd = -EBADF;
        char id[ID128_STRING_MAX];
        int n;

        n = asprintf(&text, "version=1\npid=%d\nstart=%" PRIu64 "\nboot=%s\nrun=%s\ngroup=%s\n", state->pid,
                     state->start, state->boot_id, id128_format(state->invocation_id, id),
                     state->cgroup ? state->cgroup : "");
        if (n < 0) {
                text = NULL; /* undefined after a failure */
                return -ENOMEM;
        }
        if (asprintf(&temporary, "%s.new", path) < 0) {
                temporary = NULL;
                return -ENOMEM;
        }
        fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (fd < 0)
                return -errno;
        if (write(fd, text, (size_t) n) != n)
                return -EIO;
        return rename(temporary, path) < 0 ? -errno : 0;
}
