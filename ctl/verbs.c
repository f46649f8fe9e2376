/* SPDX-License-Identifier: MIT */

/* The two tables. A verb that has its place in the design and no code yet stands here as well: asking for it gets an
 * honest answer instead of a suggestion. */

#include "ctl/verbs.h"

#include <limits.h>
#include <string.h>

const OptionInfo option_infos[_OPTION_N] = {
        [OPTION_HELP] = {"help", 'h', ARGUMENT_NONE, NULL, "this text"},
        [OPTION_VERSION] = {"version", 0, ARGUMENT_NONE, NULL, "the version"},
        [OPTION_SOCKET] = {"socket", 0, ARGUMENT_REQUIRED, "PATH", "the daemon's control socket"},
        [OPTION_USER] = {"user", 0, ARGUMENT_NONE, NULL, "this user's daemon"},
        [OPTION_SYSTEM] = {"system", 0, ARGUMENT_NONE, NULL, "the system's daemon"},
        [OPTION_JSON] = {"json", 0, ARGUMENT_NONE, NULL, "output for programs"},
        [OPTION_QUIET] = {"quiet", 'q', ARGUMENT_NONE, NULL, "only errors, no output"},
        [OPTION_NO_PAGER] = {"no-pager", 0, ARGUMENT_NONE, NULL, "no pager for long output"},
        [OPTION_TIMEOUT] = {"timeout", 0, ARGUMENT_REQUIRED, "SPAN", "wait at most so long (then exit 124)"},
        [OPTION_NO_BLOCK] = {"no-block", 0, ARGUMENT_NONE, NULL, "only ask, don't wait until it is done"},
        [OPTION_DRY_RUN] = {"dry-run", 0, ARGUMENT_NONE, NULL, "only tell what would be done"},
        [OPTION_REVERSE] = {"reverse", 0, ARGUMENT_NONE, NULL, "what depends on it, instead of what it depends on"},
        [OPTION_SIGNAL] = {"signal", 's', ARGUMENT_REQUIRED, "SIGNAL", "the signal (SIGTERM)"},
        [OPTION_WHOM] = {"whom", 0, ARGUMENT_REQUIRED, "main|all", "who gets it (all)"},
        [OPTION_FOR] = {"for", 0, ARGUMENT_REQUIRED, "STATE", "ready (the default), active, inactive or failed"},
        [OPTION_FOLLOW] = {"follow", 'f', ARGUMENT_NONE, NULL, "go on with new lines as they come"},
        [OPTION_LINES] = {"lines", 'n', ARGUMENT_COUNT, "N",
                          "so many lines; of a log the last ones, 10 without N, or all"},
        [OPTION_SINCE] = {"since", 'S', ARGUMENT_REQUIRED, "TIME", "lines not older than that"},
        [OPTION_UNTIL] = {"until", 'U', ARGUMENT_REQUIRED, "WHERE",
                          "up to a time (logs), or to a match of a pattern (ask)"},
        [OPTION_GREP] = {"grep", 'g', ARGUMENT_REQUIRED, "PCRE", "lines that match"},
        [OPTION_STREAM] = {"stream", 0, ARGUMENT_REQUIRED, "STREAM", "stdout or stderr alone (of logs stdin, too)"},
        [OPTION_INVOCATION] = {"invocation", 0, ARGUMENT_REQUIRED, "N", "0: the latest run, -1: the one before"},
        [OPTION_NO_EVENTS] = {"no-events", 0, ARGUMENT_NONE, NULL, "output alone, without started, exited, ..."},
        [OPTION_VERIFY] = {"verify", 0, ARGUMENT_NONE, NULL, "prove that no line is missing"},
        [OPTION_OUTPUT] = {"output", 'o', ARGUMENT_REQUIRED, "FORMAT", "how lines look; see below"},
        [OPTION_PROPERTY] = {"property", 'p', ARGUMENT_REQUIRED, "NAME", "only this property (repeatable)"},
        [OPTION_VALUE] = {"value", 0, ARGUMENT_NONE, NULL, "values without their names"},
        [OPTION_NO_NEWLINE] = {"no-newline", 'n', ARGUMENT_NONE, NULL, "no newline behind TEXT"},
        [OPTION_EOF] = {"eof", 0, ARGUMENT_NONE, NULL, "close the service's stdin (behind TEXT, where it is given)"},
        [OPTION_FROM] = {"from", 0, ARGUMENT_REQUIRED, "WHERE", "the mark (the default), now, or the run's start"},
        [OPTION_START] = {"start", 0, ARGUMENT_NONE, NULL, "start the service where it doesn't run"},
        [OPTION_READ_ONLY] = {"read-only", 0, ARGUMENT_NONE, NULL, "only look on"},
        [OPTION_LOSSLESS] = {"lossless", 0, ARGUMENT_NONE, NULL, "the service waits for a slow reader"},
        [OPTION_NAME] = {"name", 0, ARGUMENT_REQUIRED, "NAME", "what it is called (made of the command)"},
        [OPTION_DIRECTIVE] = {"directive", 'p', ARGUMENT_REQUIRED, "KEY=VALUE", "of its definition (repeatable)"},
        [OPTION_POOL] = {"pool", 0, ARGUMENT_REQUIRED, "POOL", "wait for a slot of this pool"},
        [OPTION_PIPE] = {"pipe", 0, ARGUMENT_NONE, NULL, "it gets our stdin, stdout and stderr themselves"},
        [OPTION_LOG] = {"log", 0, ARGUMENT_NONE, NULL, "with --pipe: relayed, and logged"},
        [OPTION_PTY] = {"pty", 0, ARGUMENT_NONE, NULL, "on a terminal of its own, which is shown on ours"},
        [OPTION_WAIT] = {"wait", 0, ARGUMENT_NONE, NULL, "until it has ended, and exit as it did"},
};

#define ANY UINT_MAX

#define LOG_OPTIONS                                                                                 \
        (OPTION_BIT(OPTION_FOLLOW) | OPTION_BIT(OPTION_LINES) | OPTION_BIT(OPTION_SINCE) |          \
         OPTION_BIT(OPTION_UNTIL) | OPTION_BIT(OPTION_GREP) | OPTION_BIT(OPTION_STREAM) |           \
         OPTION_BIT(OPTION_INVOCATION) | OPTION_BIT(OPTION_NO_EVENTS) | OPTION_BIT(OPTION_VERIFY) | \
         OPTION_BIT(OPTION_OUTPUT))
#define NO_BLOCK OPTION_BIT(OPTION_NO_BLOCK)

const Verb verbs[] = {
        {"status", "[NAME...]", "what runs and how it is; with names: in detail, with the last lines", 0, ANY,
         OPTION_BIT(OPTION_LINES), verb_status},
        {"list", "[NAME...]", "a table of services", 0, ANY, 0, verb_list},
        {"start", "NAME...", "start, and wait until ready", 1, ANY, NO_BLOCK, verb_start},
        {"stop", "NAME...", "stop, and wait until nothing is left", 1, ANY, NO_BLOCK, verb_start},
        {"restart", "NAME...", "stop, then start", 1, ANY, NO_BLOCK, verb_start},
        {"try-restart", "NAME...", "restart what runs", 1, ANY, NO_BLOCK, verb_start},
        {"reload", "NAME...", "have services read their configuration again", 1, ANY, NO_BLOCK, verb_start},
        {"kill", "NAME...", "send a signal", 1, ANY, OPTION_BIT(OPTION_SIGNAL) | OPTION_BIT(OPTION_WHOM), verb_kill},
        {"is-active", "NAME...", "exit 0 if all are active, else 3", 1, ANY, 0, verb_is},
        {"is-ready", "NAME...", "exit 0 if all are ready, else 3", 1, ANY, 0, verb_is},
        {"is-failed", "NAME...", "exit 0 if all have failed, else 3", 1, ANY, 0, verb_is},
        {"reset-failed", "[NAME...]", "forget failures and restart counters", 0, ANY, 0, verb_reset_failed},
        {"wait", "NAME...", "wait until services are ready", 1, ANY, OPTION_BIT(OPTION_FOR), verb_wait},
        {"logs", "[NAME...]", "what services printed, and what happened to them", 0, ANY, LOG_OPTIONS, verb_logs},
        {"send", "NAME [TEXT...]", "write a line (or our own stdin) to a service's stdin", 1, ANY,
         OPTION_BIT(OPTION_NO_NEWLINE) | OPTION_BIT(OPTION_EOF), verb_send, .text = true},
        {"read", "NAME", "take what it has put out since the mark", 1, 1,
         OPTION_BIT(OPTION_LINES) | OPTION_BIT(OPTION_STREAM), verb_read},
        {"expect", "NAME PCRE", "wait until what it puts out matches", 2, 2,
         OPTION_BIT(OPTION_FROM) | OPTION_BIT(OPTION_STREAM), verb_expect},
        {"ask", "NAME TEXT...", "write a line, and print the answer", 2, ANY,
         OPTION_BIT(OPTION_NO_NEWLINE) | OPTION_BIT(OPTION_UNTIL) | OPTION_BIT(OPTION_LINES) |
                 OPTION_BIT(OPTION_STREAM),
         verb_ask, .text = true},
        {"attach", "NAME", "its stdin, stdout and stderr here", 1, 1,
         OPTION_BIT(OPTION_START) | OPTION_BIT(OPTION_READ_ONLY) | OPTION_BIT(OPTION_LOSSLESS), verb_attach},
        {"run", "COMMAND...", "run a command as a service that is gone when it has ended", 1, ANY,
         OPTION_BIT(OPTION_NAME) | OPTION_BIT(OPTION_DIRECTIVE) | OPTION_BIT(OPTION_POOL) | OPTION_BIT(OPTION_PIPE) |
                 OPTION_BIT(OPTION_LOG) | OPTION_BIT(OPTION_PTY) | OPTION_BIT(OPTION_WAIT),
         verb_run, .command = true},
        {"cat", "NAME...", "definitions as they were read, with their files", 1, ANY, 0, verb_cat},
        {"show", "[NAME...]", "all properties; without names the daemon's", 0, ANY,
         OPTION_BIT(OPTION_PROPERTY) | OPTION_BIT(OPTION_VALUE), verb_show},
        {"why", "NAME...", "why a service is as it is, and what comes next", 1, ANY, OPTION_BIT(OPTION_LINES),
         verb_why},
        {"list-dependencies", "[NAME...]", "what services depend on, as a tree", 0, ANY, OPTION_BIT(OPTION_REVERSE),
         verb_list_dependencies},
        {"events", "[NAME...]", "what happens, as it happens", 0, ANY, 0, verb_events},
        {"diff", "", "what has changed in the definitions, and what an apply would do; exit 10 if anything", 0, 0, 0,
         verb_apply},
        {"apply", "", "read the definitions again, and start, stop and restart what that takes", 0, 0,
         NO_BLOCK | OPTION_BIT(OPTION_DRY_RUN), verb_apply},
        {"daemon-reload", "", "read the definitions again", 0, 0, 0, verb_daemon_reload},
        {"shutdown", "", "stop everything in order, then end the daemon", 0, 0, 0, verb_shutdown},

        {.name = "daemon-reexec"},
        {.name = "top"},
        {.name = "plot"},
        {.name = "blame"},
        {.name = "metrics"},
};

const size_t n_verbs = ELEMENTSOF(verbs);

const Verb *verb_find(const char *name)
{
        for (size_t i = 0; i < n_verbs; i++)
                if (strcmp(verbs[i].name, name) == 0)
                        return &verbs[i];
        return NULL;
}
