/* SPDX-License-Identifier: MIT */

/* The end of a trial: whoever is still there is killed and named, the lines that somebody wants to see are shown, the
 * report is written, the folder goes. Where the relay is dead there is nobody to be told, and all that counts is that
 * nothing stays. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/quote.h"
#include "common/text.h"
#include "run-below.h"
#include "run-cgroup.h"
#include "run-guard.h"
#include "run-log.h"

/* So long after SIGKILL, what still lives can't be ended. */
#define PATIENCE_USEC (5 * USEC_PER_SEC)
#define NAMED_MAX     8
#define TAIL_LINES    10

usec_t guard_now(void)
{
        struct timespec now;

        (void) clock_gettime(CLOCK_MONOTONIC, &now);
        return (usec_t) now.tv_sec * USEC_PER_SEC + (usec_t) now.tv_nsec / 1000;
}

int guard_poll_timeout(usec_t deadline)
{
        usec_t left;

        if (deadline == USEC_INFINITY)
                return -1;
        left = usec_sub(deadline, guard_now());
        return (int) MIN((left + USEC_PER_MSEC - 1) / USEC_PER_MSEC, (usec_t) INT32_MAX);
}

const char *guard_command_text(Guard *guard)
{
        snprintf(guard->command_text, sizeof(guard->command_text), "%s %d",
                 guard->command_killed ? "signal" : "exit code",
                 guard->command_killed ? guard->command_status - 128 : guard->command_status);
        return guard->command_text;
}

void guard_keep_case(Guard *guard, const TrialMessage *message)
{
        ReportCase *cases = reallocarray(guard->cases, guard->n_cases + 1, sizeof(ReportCase));
        const char *newline = strchr(message->text, '\n');
        ReportCase *fresh;

        if (!cases)
                return;
        guard->cases = cases;
        fresh = &cases[guard->n_cases];
        *fresh = (ReportCase){.class_name = "tended.service", .usec = message->usec};
        fresh->name = strndup(message->text, newline ? (size_t) (newline - message->text) : strlen(message->text));
        fresh->problem = newline && newline[1] ? strdup(newline + 1) : NULL;
        if (fresh->name)
                guard->n_cases++;
}

/* Those that are to be named, each once; `named` keeps whom. */
static void name_them(const PidList *list, PidList *named, Text *text)
{
        for (size_t i = 0; i < list->n; i++) {
                _cleanup_free_ char *line = NULL;
                char number[16];

                if (pid_list_contains(named, list->items[i]))
                        continue;
                (void) pid_list_add(named, list->items[i]);
                if (named->n > NAMED_MAX)
                        continue;
                line = proc_command_line(list->items[i]);
                snprintf(number, sizeof(number), "%d", list->items[i]);
                text_add_string(text, named->n > 1 ? ", " : "");
                text_add_string(text, number);
                text_add_string(text, " (");
                text_add_string(text, line ? line : "?");
                text_add_string(text, ")");
        }
}

static void tell_killed(Guard *guard, const char *what, const PidList *named, Text *text, bool alive)
{
        _cleanup_free_ char *sentence = NULL;
        char more[32] = "";

        if (named->n == 0 || text_take(text, &sentence) < 0)
                return;
        if (named->n > NAMED_MAX)
                snprintf(more, sizeof(more), ", and %zu more", named->n - NAMED_MAX);
        trial_say(guard->trial, "%s: %s%s%s", what, sentence, more, alive ? "; some can't be ended" : "");
}

void guard_end_below(Guard *guard, pid_t spare, usec_t grace, const char *what)
{
        _cleanup_(pid_list_done) PidList named = {0};
        _cleanup_(text_done) Text text = TEXT_NULL;
        usec_t kill_at = usec_add(guard_now(), grace), give_up = usec_add(kill_at, PATIENCE_USEC);
        bool alive = true;

        for (usec_t now = guard_now(); now < give_up; now = guard_now()) {
                _cleanup_(pid_list_done) PidList list = {0};
                struct pollfd fds[] = {{.fd = guard->signal_fd, .events = POLLIN}, {.fd = guard->relay_fd}};

                guard_reap(guard);
                (void) trial_below_collect(spare, &list);
                alive = list.n > 0;
                if (!alive)
                        break;
                if (now >= kill_at) {
                        name_them(&list, &named, &text);
                        (void) trial_below_kill(spare);
                }
                /* A caller who is gone has no patience. */
                if (poll(fds, ELEMENTSOF(fds), guard_poll_timeout(now < kill_at ? kill_at : give_up)) > 0 &&
                    fds[1].revents)
                        kill_at = now;
                guard_read_signals(guard);
        }
        tell_killed(guard, what, &named, &text, alive);
}

/* What those to blame said last. */
static void show_blamed(Guard *guard)
{
        for (const char *name = guard->blamed; name && *name;) {
                size_t n = strcspn(name, "\n");
                _cleanup_free_ char *service = strndup(name, n), *tail = NULL;

                name += n + (name[n] == '\n');
                if (service && trial_log_tail(guard->trial->folder.logs, service, TAIL_LINES, &tail) >= 0)
                        trial_log_show(guard->trial, service, tail);
        }
}

static void show_logs(Guard *guard)
{
        TrialLogs logs = guard->trial->options->logs;

        if (logs != TRIAL_LOGS_FAILED)
                return;
        if (!guard->command_began)
                show_blamed(guard);
        else if (guard->status != 0)
                trial_log_print(guard->trial, guard->trial->folder.logs);
}

/* The command is a case like the services, and the last. */
static void add_command_case(Guard *guard)
{
        ReportCase *cases = reallocarray(guard->cases, guard->n_cases + 1, sizeof(ReportCase));
        char *name = quote_words(guard->trial->options->command);

        if (!cases || !name) {
                guard->cases = cases ? cases : guard->cases;
                free(name);
                return;
        }
        guard->cases = cases;
        cases[guard->n_cases++] = (ReportCase){
                .class_name = "tended.command",
                .name = name,
                .usec = guard->command_began ? usec_sub(guard->command_ended, guard->ready_at) : 0,
                .problem = guard->command_failed ? strdup(guard_command_text(guard)) : NULL,
                .skipped = !guard->command_began,
        };
}

static void add_outputs(Guard *guard)
{
        for (size_t i = 0; i < guard->n_cases; i++)
                if (guard->cases[i].problem)
                        (void) trial_log_tail(guard->trial->folder.logs, guard->cases[i].name, 100,
                                              &guard->cases[i].output);
}

static int write_file(const char *path, const char *text)
{
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
        size_t n = strlen(text);

        if (fd < 0)
                return -errno;
        while (n > 0) {
                ssize_t written = write(fd, text, n);

                if (written < 0 && errno != EINTR)
                        return -errno;
                text += MAX(written, 0);
                n -= (size_t) MAX(written, 0);
        }
        return 0;
}

static void write_report(Guard *guard)
{
        const char *path = guard->trial->options->report;
        _cleanup_free_ char *text = NULL;
        char timestamp[64];
        time_t now = time(NULL);
        struct tm broken;
        int r;

        if (!path)
                return;
        add_outputs(guard);
        add_command_case(guard);
        (void) gmtime_r(&now, &broken);
        (void) strftime(timestamp, sizeof(timestamp), "%Y-%m-%dT%H:%M:%SZ", &broken);
        r = report_format(guard->cases, guard->n_cases, usec_sub(guard_now(), guard->started_at), timestamp, &text);
        if (r >= 0)
                r = write_file(path, text);
        if (r < 0)
                trial_say(guard->trial, "can't write the report %s: %s", path, strerror(-r));
}

void guard_finish(Guard *guard)
{
        bool told = guard->relay_fd >= 0;

        trial_progress(guard->trial, "");
        if (!told) {
                guard->trial->unheard = true;
                /* The daemon goes last: if we are killed, too, in the middle of it, it ends and removes the rest. */
                trial_cgroup_end(guard->trial->folder.socket);
                (void) trial_below_kill(guard->daemon);
                trial_folder_remove(&guard->trial->folder);
        }
        /* Whoever of them lives is one of many now. */
        guard->command = guard->daemon = 0;
        guard_end_below(guard, 0, 0, "left behind, and killed");
        trial_cgroup_end(guard->trial->folder.socket);
        if (told) {
                show_logs(guard);
                write_report(guard);
        }
        trial_folder_remove(&guard->trial->folder);
        if (told)
                (void) trial_send(guard->relay_fd,
                                  &(TrialHead){.word = WORD_STATUS,
                                               .number = guard->status >= 0 ? guard->status : TRIAL_EXIT_FAILED},
                                  NULL);
}
