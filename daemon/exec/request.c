/* SPDX-License-Identifier: MIT */

/* Reads the request, which is the command line, and answers it. The words are looked at where they stand. */

#include <errno.h>
#include <string.h>

#include "exec/exec.h"

bool request_parse(int argc, char **argv, Request *ret)
{
        Request request = {.words = argv + 1, .report_fd = -EBADF};
        long long fd;

        while (request.n_words < argc - 1 && strcmp(request.words[request.n_words], "--") != 0)
                request.n_words++;
        /* The mark, the path and at least one word of the command follow. */
        if (argc - 1 - request.n_words < 3)
                return false;
        request.path = request.words[request.n_words + 1];
        request.argv = request.words + request.n_words + 2;

        if (!request_get_number(&request, "report", &fd))
                return false;
        request.report_fd = (int) fd;
        *ret = request;
        return true;
}

const char *request_next(const Request *request, const char *key, int *index)
{
        size_t length = strlen(key);

        while (*index < request->n_words) {
                const char *word = request->words[(*index)++];

                if (strncmp(word, key, length) == 0 && word[length] == '=')
                        return word + length + 1;
        }
        return NULL;
}

const char *request_get(const Request *request, const char *key)
{
        int index = 0;

        return request_next(request, key, &index);
}

bool request_get_number(const Request *request, const char *key, long long *ret)
{
        const char *value = request_get(request, key);
        char *end;

        if (!value)
                return false;
        errno = 0;
        *ret = strtoll(value, &end, 10);
        if (errno != 0 || end == value || *end != '\0')
                fail(request, EXEC_STEP_REQUEST, EINVAL, key);
        return true;
}

static void report(const Request *request, ExecStep step, int error, const char *detail)
{
        ExecReport message = {.step = step, .error = error};

        strncpy(message.detail, detail ? detail : "", sizeof(message.detail) - 1);
        /* Where nobody reads it any more, the exit code says it all the same. */
        while (write(request->report_fd, &message, sizeof(message)) < 0 && errno == EINTR)
                continue;
}

void report_ready(const Request *request)
{
        report(request, EXEC_STEP_NONE, 0, NULL);
}

void fail(const Request *request, ExecStep step, int error, const char *detail)
{
        report(request, step, error, detail);
        _exit(exec_step_exit_code(step));
}
