/* SPDX-License-Identifier: MIT */
#pragma once

/* The executor's own parts. Each takes the request, does its steps, and does not return where one fails. */

#include "common/exec-protocol.h"
#include "common/fd.h"

/* The words of the request; see common/exec-protocol.h. */
typedef struct Request {
        char **words; /* KEY=VALUE */
        int n_words;
        const char *path; /* of the command */
        char **argv;
        int report_fd;
} Request;

/* Splits the command line. False: this is none that the daemon made. */
bool request_parse(int argc, char **argv, Request *ret);
/* The value of the next word with `key`, from *index on, which moves behind it. NULL: there is none. */
const char *request_next(const Request *request, const char *key, int *index);
const char *request_get(const Request *request, const char *key);
/* False: the key is not there. Ends the process where the value is no number. */
bool request_get_number(const Request *request, const char *key, long long *ret);

/* Tells the daemon what failed, and ends with systemd's exit code for it. `detail` may be NULL. */
_noreturn_ void fail(const Request *request, ExecStep step, int error, const char *detail);
/* Tells that the exec is next. */
void report_ready(const Request *request);

void reset_signals(const Request *request);
void join_cgroup(const Request *request);
void write_state(const Request *request);
void open_streams(const Request *request);
/* Where stdin is a terminal of the daemon's: the session's own, and the user's. */
void take_terminal(const Request *request);
void apply_limits(const Request *request);
void make_folders(const Request *request);
/* The environment of the command: the given one, the files, what is set and unset after them. */
char **build_environment(const Request *request);
void change_identity(const Request *request);
void change_folder(const Request *request);
_noreturn_ void execute(const Request *request, char **environment);
