/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/macro.h"

/* Somebody answers one of the questions of this service: a connection of a probe, or a helper (of a look-up, a wait,
 * a PIDFile); with success or not. False: it asks nobody. */
bool fake_probes_answer(uint32_t index, bool success);
/* The moment of the next answer is somebody's choice: does it ask anybody? */
bool fake_probes_ask(uint32_t index);
