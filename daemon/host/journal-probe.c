/* SPDX-License-Identifier: MIT */

/* Up to systemd 252 journald takes any number of entries from one datagram; later ones keep the first and drop the
 * rest without a word. No version can be asked for, so it is tried. Reading the journal may take long or hang, so a
 * helper does it; its exit status is the answer: 0 both entries, 1 the first alone, anything else nothing. Nothing
 * found may only mean that journald is slow or that its files can't be read: it is tried again a few times with
 * growing pauses, and then left, as the log works without the answer, only slower. */

#include "host/journal-probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/id128.h"
#include "host/process.h"
#include "host/random.h"

#define TRIES_MAX  4
#define RETRY_USEC (2 * USEC_PER_SEC)

struct JournalProbe {
        ProcessTable *processes; /* weak */
        char *helper;
        int socket_fd; /* the caller's; -EBADF: stopped */
        Process *process;
        ProbeAnswer answer;
        unsigned n_tries;
        usec_t pause;
        Loop *loop; /* weak */
        Timer retry;
        journal_probe_fn on_answer;
        void *userdata;
};

static void probe_retry_later(JournalProbe *probe)
{
        if (probe->n_tries >= TRIES_MAX)
                return;
        (void) timer_set(&probe->retry, usec_add(loop_now(probe->loop), probe->pause));
        probe->pause *= 4;
}

static void on_helper_end(void *userdata, Process *process, const ProcessOutcome *outcome)
{
        JournalProbe *probe = userdata;

        probe->process = NULL;
        if (!outcome->failed_step && outcome->exit.end == PROCESS_EXITED && outcome->exit.status <= 1) {
                probe->answer = outcome->exit.status == 0 ? PROBE_SEVERAL : PROBE_ONE;
                probe->on_answer(probe->userdata, probe->answer);
                return;
        }
        probe_retry_later(probe);
}

static int probe_send(int fd, const char *id)
{
        char text[1024];
        size_t size = 0;

        for (unsigned i = 1; i <= 2; i++)
                size += (size_t) snprintf(text + size, sizeof(text) - size,
                                          "%sMESSAGE=Checking how many log entries journald takes at once (%u of 2)\n"
                                          "PRIORITY=7\nSYSLOG_IDENTIFIER=tended\nTENDED_PROBE=%s\n",
                                          i == 1 ? "" : "\n", i, id);
        return send(fd, text, size, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int probe_spawn(JournalProbe *probe, char *id)
{
        _cleanup_close_ int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
        char *argv[] = {probe->helper, (char *) "probe", id, NULL};
        const ProcessHandler handler = {.on_end = on_helper_end, .userdata = probe};

        if (null_fd < 0)
                return -errno;
        return process_spawn_helper(probe->processes, argv, (int[3]){null_fd, null_fd, null_fd}, &handler,
                                    &probe->process);
}

static void probe_try(JournalProbe *probe)
{
        char id[ID128_STRING_MAX];
        Id128 random;
        int r;

        probe->n_tries++;
        r = random_id128(&random);
        if (r >= 0)
                r = probe_send(probe->socket_fd, id128_format(random, id));
        if (r >= 0)
                r = probe_spawn(probe, id);
        if (r < 0)
                probe_retry_later(probe);
}

static void on_retry(void *userdata, usec_t now)
{
        probe_try(userdata);
}

int journal_probe_new(Loop *loop, ProcessTable *processes, const char *helper, journal_probe_fn on_answer,
                      void *userdata, JournalProbe **ret)
{
        _cleanup_(journal_probe_freep) JournalProbe *probe = calloc(1, sizeof(JournalProbe));
        int r;

        if (!probe)
                return -ENOMEM;
        *probe = (JournalProbe){
                .loop = loop,
                .processes = processes,
                .socket_fd = -EBADF,
                .on_answer = on_answer,
                .userdata = userdata,
        };

        probe->helper = strdup(helper ? helper : "");
        if (!probe->helper)
                return -ENOMEM;
        r = timer_init(&probe->retry, loop, on_retry, probe);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(probe);
        return 0;
}

JournalProbe *journal_probe_free(JournalProbe *probe)
{
        if (!probe)
                return NULL;

        if (probe->process)
                process_forget(probe->process);
        timer_done(&probe->retry);
        free(probe->helper);
        free(probe);
        return NULL;
}

void journal_probe_stop(JournalProbe *probe)
{
        if (probe->process)
                process_forget(TAKE_PTR(probe->process));
        (void) timer_set(&probe->retry, USEC_INFINITY);
        probe->socket_fd = -EBADF;
        probe->answer = PROBE_UNKNOWN;
}

void journal_probe_start(JournalProbe *probe, int socket_fd)
{
        journal_probe_stop(probe);
        if (!probe->processes || probe->helper[0] == '\0')
                return;

        probe->socket_fd = socket_fd;
        probe->n_tries = 0;
        probe->pause = RETRY_USEC;
        probe_try(probe);
}

ProbeAnswer journal_probe_answer(const JournalProbe *probe)
{
        return probe->answer;
}
