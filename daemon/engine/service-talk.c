/* SPDX-License-Identifier: MIT */

/* A service's streams: what a process about to be spawned reads and writes, and how clients get to talk with it. The
 * dialogue is made when it is first needed, so that a service that nobody talks with costs nothing. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "common/fd.h"
#include "engine/dialogue.h"
#include "engine/manager-private.h"
#include "host/terminal.h"

static int ensure_dialogue(Service *service)
{
        if (service->dialogue)
                return 0;
        return dialogue_new(service->manager->loop, service->capture, &service->dialogue);
}

void spawn_streams_done(SpawnStreams *streams)
{
        fd_close(streams->input_fd);
        fd_close(streams->output_fd);
        fd_close(streams->error_fd);
        *streams = SPAWN_STREAMS_NULL;
}

static int copy_fd(int fd, int *ret)
{
        int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

        if (copy < 0)
                return -errno;
        *ret = copy;
        return 0;
}

/* All three are one terminal, but what the definition sends elsewhere. */
static int open_terminal(Service *service, SpawnStreams *streams)
{
        const ServiceConfig *config = service->config;
        _cleanup_close_ int master = -EBADF;
        int r;

        r = terminal_open(&master, &streams->input_fd);
        if (r >= 0)
                r = ensure_dialogue(service);
        if (r >= 0)
                r = dialogue_open_terminal(service->dialogue, master);
        if (r >= 0 && config->output.target == STREAM_JOURNAL)
                r = copy_fd(streams->input_fd, &streams->output_fd);
        if (r >= 0 && config->error.target == STREAM_JOURNAL)
                r = copy_fd(streams->input_fd, &streams->error_fd);
        if (r < 0)
                return r;
        return capture_open_terminal(service->capture, TAKE_FD(master));
}

static int open_streams(Service *service, bool is_main, SpawnStreams *streams)
{
        const ServiceConfig *config = service->config;
        int r;

        if (is_main && config->input.target == STREAM_PTY)
                return open_terminal(service, streams);
        if (is_main && config->input.target == STREAM_PIPE) {
                r = ensure_dialogue(service);
                if (r >= 0)
                        r = dialogue_open_pipe(service->dialogue, &streams->input_fd);
                if (r < 0)
                        return r;
        }
        return capture_open(service->capture, is_main ? CAPTURE_MAIN : CAPTURE_CONTROL, &streams->output_fd,
                            &streams->error_fd);
}

int service_open_streams(Service *service, bool is_main, SpawnStreams *ret)
{
        _cleanup_(spawn_streams_done) SpawnStreams streams = SPAWN_STREAMS_NULL;
        int r;

        if (is_main && service->dialogue)
                dialogue_begin(service->dialogue);
        if (!is_main || !transient_open_streams(service, &streams)) {
                r = open_streams(service, is_main, &streams);
                if (r < 0)
                        return r;
        }
        *ret = streams;
        streams = SPAWN_STREAMS_NULL;
        return 0;
}

void service_end_streams(Service *service, const ProcessOutcome *outcome)
{
        static const TalkEnd ends[] = {
                [PROCESS_EXITED] = TALK_END_EXITED,
                [PROCESS_KILLED] = TALK_END_KILLED,
                [PROCESS_DUMPED] = TALK_END_DUMPED,
        };

        /* A shutdown waits for no client. */
        if (service->dialogue && manager_is_shutting_down(service->manager))
                dialogue_let_go(service->dialogue);
        capture_main_ended(service->capture);
        if (!service->dialogue)
                return;
        dialogue_set_patience(service->dialogue, service->manager->config->daemon.log_patience_usec);
        if (outcome->failed_step)
                dialogue_end(service->dialogue, TALK_END_NOT_EXECUTED, outcome->error);
        else
                dialogue_end(service->dialogue, ends[outcome->exit.end], outcome->exit.status);
}

void service_streams_rest(Service *service)
{
        if (service->dialogue && !service->main)
                dialogue_end(service->dialogue, TALK_END_NOT_EXECUTED, 0);
}

bool service_hears_stop_input(const Service *service)
{
        return service->config->stop_input && service->dialogue && dialogue_is_heard(service->dialogue);
}

void service_give_stop_input(Service *service)
{
        static const char end[] = "eof\n";
        const char *text = service->config->stop_input;
        size_t size = text ? strlen(text) : 0, end_size = sizeof(end) - 1;
        bool ends = size >= end_size && strcmp(text + size - end_size, end) == 0 &&
                    (size == end_size || text[size - end_size - 1] == '\n');

        if (service->dialogue)
                dialogue_stop(service->dialogue, text, ends ? size - end_size : size, ends);
}

void service_describe_talks(const Service *service, char *buffer, size_t size)
{
        buffer[0] = '\0';
        if (service->dialogue)
                dialogue_describe(service->dialogue, buffer, size);
}

/* Does the daemon see any of what is asked for? */
static bool has_output(const ServiceConfig *config, unsigned streams)
{
        bool output = config->output.target == STREAM_JOURNAL || config->input.target == STREAM_PTY;
        bool error = config->error.target == STREAM_JOURNAL;

        return ((streams & 1u << TALK_STDOUT) && output) || ((streams & 1u << TALK_STDERR) && error);
}

int service_talk(Service *service, const TalkOptions *options, int *ret_fd)
{
        TalkOptions mine = *options;
        int r;

        mine.running = service->main != NULL;
        mine.coming = !mine.running &&
                      (options->coming || !service_state_info(service->life.state)->resting || service->life.wanted);
        if (options->input && !mine.running && !options->coming)
                return -ESRCH;
        if (options->from != TALK_FROM_NONE && !options->alone && !has_output(service->config, options->streams))
                return -ENODATA;
        r = ensure_dialogue(service);
        return r < 0 ? r : dialogue_talk(service->dialogue, &mine, ret_fd);
}
