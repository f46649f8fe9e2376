/* SPDX-License-Identifier: MIT */
#pragma once

/* A pair of sockets that keep packets apart, for handing entries to a client: our end never waits. */

#include "common/macro.h"

/* The other end is an ordinary, blocking one. */
int packet_pair(int *ret_ours, int *ret_theirs);
/* 0, -EAGAIN: no room now; -EMSGSIZE: never; -EPIPE and others: nobody is there. */
int packet_send(int fd, const void *data, size_t size);
