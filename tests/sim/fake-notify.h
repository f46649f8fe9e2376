/* SPDX-License-Identifier: MIT */
#pragma once

#include "kernel.h"

/* The process says so to its service's notify socket. False: there is none, or its queue is full. */
bool fake_notify(const Task *task, const char *text);
/* Does anybody listen? */
bool fake_notify_is_open(uint32_t index);
