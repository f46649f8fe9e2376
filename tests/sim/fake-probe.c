/* SPDX-License-Identifier: MIT */

/* Stands in for host/net-probe.c, host/listeners.c and host/helper-lines.c: questions stand in a list until somebody
 * answers them, or until their time is over. */

#include "fake-probe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine/probe.h"
#include "host/helper-lines.h"
#include "host/net-probe.h"
#include "world.h"

#define ASKED_MAX 64u

struct HelperLines {
        HelperLinesHandler handler;
        Service *service;
        bool is_pid_file;
        bool is_over;
};

static NetProbe *net_probes[ASKED_MAX];
static HelperLines *helpers[ASKED_MAX];

static Service *service_of(const NetProbe *probe)
{
        return ((const Probe *) probe->request.userdata)->service;
}

static void on_patience(void *userdata, usec_t now)
{
        NetProbe *probe = userdata;

        probe->request.fn(probe->request.userdata, "no answer");
}

int net_probe_begin(NetProbe *probe, Loop *loop, const NetProbeRequest *request)
{
        for (size_t i = 0; i < ASKED_MAX; i++) {
                if (net_probes[i])
                        continue;
                net_probes[i] = probe;
                probe->loop = loop;
                probe->request = *request;
                (void) timer_init(&probe->timer, loop, on_patience, probe);
                (void) timer_set(&probe->timer, usec_add(loop_now(loop), request->timeout));
                return 0;
        }
        return -EMFILE;
}

void net_probe_done(NetProbe *probe)
{
        for (size_t i = 0; i < ASKED_MAX; i++)
                if (net_probes[i] == probe)
                        net_probes[i] = NULL;
        if (probe->loop)
                timer_done(&probe->timer);
        *probe = NET_PROBE_NULL;
}

void listeners_look(uint16_t port, Listeners *ret)
{
        *ret = LISTENERS_NULL;
}

void listeners_done(Listeners *listeners)
{
}

int helper_lines_new(Loop *loop, ProcessTable *processes, char *const *argv, const HelperLinesHandler *handler,
                     HelperLines **ret)
{
        HelperLines *lines = calloc(1, sizeof(HelperLines));
        size_t i = 0;

        assert(lines);
        while (i < ASKED_MAX && helpers[i])
                i++;
        assert(i < ASKED_MAX);
        *lines = (HelperLines){.handler = *handler, .is_pid_file = strcmp(argv[1], "pid-file") == 0};
        lines->service = lines->is_pid_file ? handler->userdata : ((const Probe *) handler->userdata)->service;
        helpers[i] = lines;
        *ret = lines;
        return 0;
}

HelperLines *helper_lines_free(HelperLines *lines)
{
        for (size_t i = 0; lines && i < ASKED_MAX; i++)
                if (helpers[i] == lines)
                        helpers[i] = NULL;
        free(lines);
        return NULL;
}

/* What a helper says that has found what it looks for: an address, the youngest of the service's processes, or that
 * it is there. */
static void write_line(const HelperLines *lines, char line[64])
{
        const Task *task = kernel_find(&the_world->kernel, sim_name_index(lines->service->name), TASK_STRAY);
        const Probe *probe = lines->handler.userdata;

        if (lines->is_pid_file)
                snprintf(line, 64, "%d", task ? task->pid : 99);
        else
                snprintf(line, 64, "%s", probe->phase == PROBE_RESOLVES ? "address 127.0.0.1" : "ok");
}

static bool is_there(const HelperLines *lines)
{
        for (size_t i = 0; i < ASKED_MAX; i++)
                if (helpers[i] == lines)
                        return true;
        return false;
}

static void answer_helper(HelperLines *lines, bool success)
{
        HelperLinesHandler handler = lines->handler;
        char line[64] = "error it is not there";

        if (success)
                write_line(lines, line);
        /* Either call may free it; one that looks for a PIDFile goes on looking. */
        handler.on_line(handler.userdata, line);
        if (is_there(lines) && !(lines->is_pid_file && success))
                handler.on_end(handler.userdata);
}

static HelperLines *find_helper(uint32_t index)
{
        for (size_t i = 0; i < ASKED_MAX; i++)
                if (helpers[i] && sim_name_index(helpers[i]->service->name) == index)
                        return helpers[i];
        return NULL;
}

static NetProbe *find_probe(uint32_t index)
{
        for (size_t i = 0; i < ASKED_MAX; i++)
                if (net_probes[i] && sim_name_index(service_of(net_probes[i])->name) == index)
                        return net_probes[i];
        return NULL;
}

bool fake_probes_ask(uint32_t index)
{
        return find_helper(index) || find_probe(index);
}

bool fake_probes_answer(uint32_t index, bool success)
{
        HelperLines *lines = find_helper(index);
        NetProbe *probe = find_probe(index);

        if (lines)
                answer_helper(lines, success);
        else if (probe)
                probe->request.fn(probe->request.userdata, success ? NULL : "Connection refused");
        return lines || probe;
}
