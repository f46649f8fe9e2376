/* SPDX-License-Identifier: MIT */

/* Stands in for host/notify-socket.c: a short queue of datagrams for each service. */

#include "fake-notify.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/notify-socket.h"
#include "world.h"

#define QUEUE_MAX 4u

struct NotifySocket {
        uint32_t index; /* of the service's name */
        char path[64];
        notify_fn fn;
        void *userdata;
        Deferred readable;
        struct {
                char text[64];
                pid_t pid;
        } queue[QUEUE_MAX];
        size_t n;
        bool is_draining;
};

static NotifySocket *sockets[NAMES_MAX];

/* The handler may free it. */
static void drain(NotifySocket *socket)
{
        uint32_t index = socket->index;

        if (socket->is_draining)
                return;
        while (sockets[index] == socket && socket->n > 0) {
                char text[sizeof(socket->queue[0].text)];
                pid_t pid = socket->queue[0].pid;

                strcpy(text, socket->queue[0].text);
                memmove(socket->queue, socket->queue + 1, --socket->n * sizeof(socket->queue[0]));
                socket->is_draining = true;
                if (socket->fn)
                        socket->fn(
                                socket->userdata,
                                &(NotifyDatagram){.data = text, .size = strlen(text), .pid = pid, .uid = geteuid()});
                if (sockets[index] == socket)
                        socket->is_draining = false;
        }
}

static void on_readable(void *userdata)
{
        drain(userdata);
}

int notify_socket_new(Loop *loop, const char *folder, const char *name, uid_t owner, NotifySocket **ret)
{
        NotifySocket *socket = calloc(1, sizeof(NotifySocket));

        assert(socket);
        socket->index = sim_name_index(name);
        snprintf(socket->path, sizeof(socket->path), "/notify/%s", name);
        (void) deferred_init(&socket->readable, loop, PRIORITY_STREAM, on_readable, socket, "notify");
        assert(!sockets[socket->index]);
        sockets[socket->index] = socket;
        *ret = socket;
        return 0;
}

void notify_socket_set_handler(NotifySocket *socket, notify_fn fn, void *userdata)
{
        socket->fn = fn;
        socket->userdata = userdata;
}

NotifySocket *notify_socket_free(NotifySocket *socket)
{
        if (!socket)
                return NULL;
        sockets[socket->index] = NULL;
        deferred_done(&socket->readable);
        free(socket);
        return NULL;
}

const char *notify_socket_path(const NotifySocket *socket)
{
        return socket->path;
}

void notify_socket_drain(NotifySocket *socket)
{
        drain(socket);
}

bool fake_notify_is_open(uint32_t index)
{
        return sockets[index] != NULL;
}

bool fake_notify(const Task *task, const char *text)
{
        NotifySocket *socket = sockets[task->cell->index];

        if (!socket || socket->n == QUEUE_MAX)
                return false;
        snprintf(socket->queue[socket->n].text, sizeof(socket->queue[0].text), "%s", text);
        socket->queue[socket->n++].pid = task->pid;
        (void) deferred_schedule(&socket->readable);
        return true;
}
