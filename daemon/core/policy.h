/* SPDX-License-Identifier: MIT */
#pragma once

/* What an end means, and what comes after it: is it a failure, is the service tried again, when, and how often. Each
 * decision comes with its reason. */

#include "core/lifecycle.h"

/* How the end of a process counts: RESULT_SUCCESS, _EXIT_CODE, _SIGNAL or _CORE_DUMP. A daemon may die of SIGHUP,
 * SIGINT, SIGTERM or SIGPIPE; a command (each one but the main process, and that too of a oneshot) may not. */
ServiceResult policy_judge_exit(const LifecyclePolicy *policy, ProcessExit exit, bool is_daemon);

/* Whether a run that ended by itself is followed by another, by systemd's table "Exit causes and the effect of the
 * Restart= settings". `main_exit`: NULL where no main process ended. */
bool policy_shall_restart(const LifecyclePolicy *policy, ServiceResult result, const ProcessExit *main_exit,
                          RestartReason *ret_reason);

/* How long to wait before the restart that follows `n_delays` others, without jitter: RestartSec, then growing by the
 * same factor at each of the RestartSteps, up to RestartMaxDelaySec. */
usec_t policy_delay(const LifecyclePolicy *policy, unsigned n_delays);
/* `delay` and up to RestartJitter percent more; delays under 1 s are exact. Never less than what was asked for. */
usec_t policy_jitter(const LifecyclePolicy *policy, usec_t delay, uint32_t random);
/* The two together for the next restart, which counts from here on. */
usec_t policy_take_delay(const LifecyclePolicy *policy, RestartHistory *history, uint32_t random);

/* Counts a start at `now`. False where the start limit forbids it (it isn't counted then). */
bool policy_count_start(const LifecyclePolicy *policy, RestartHistory *history, usec_t now);
/* A run is about to end: one that was up long enough lets the delay start afresh. */
void policy_note_end(const LifecyclePolicy *policy, RestartHistory *history, usec_t now);
/* Somebody asked by hand: the past is forgotten. */
void policy_forget(RestartHistory *history);
