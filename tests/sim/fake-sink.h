/* SPDX-License-Identifier: MIT */
#pragma once

#include "host/sink.h"

/* The world's will has changed: who waits is told. */
void fake_sink_look(Sink *sink);
/* journald went away, or is back. */
void fake_sink_tell(Sink *sink, SinkEvent event);
