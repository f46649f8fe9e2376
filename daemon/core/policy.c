/* SPDX-License-Identifier: MIT */

/* The restart policy: pure arithmetic over a definition, a way to end, and a short history. It looks at no clock and
 * draws no random numbers; both come in. */

#include "core/policy.h"

#include <signal.h>

/* Without RestartResetSec a run of this length, or of twice the last delay, is a good one. */
#define RESET_MIN_USEC  (10 * USEC_PER_SEC)
/* A delay below this is exact. */
#define JITTER_MIN_USEC (1 * USEC_PER_SEC)

static bool ends_daemons(int signal)
{
        return signal == SIGHUP || signal == SIGINT || signal == SIGTERM || signal == SIGPIPE;
}

ServiceResult policy_judge_exit(const LifecyclePolicy *policy, ProcessExit exit, bool is_daemon)
{
        switch (exit.end) {
        case PROCESS_EXITED:
                return exit.status == 0 || exit_status_set_has_code(&policy->success, exit.status) ? RESULT_SUCCESS
                                                                                                   : RESULT_EXIT_CODE;
        case PROCESS_KILLED:
                if (is_daemon && ends_daemons(exit.status))
                        return RESULT_SUCCESS;
                return exit_status_set_has_signal(&policy->success, exit.status) ? RESULT_SUCCESS : RESULT_SIGNAL;
        case PROCESS_DUMPED:
                /* A core is never a success, whatever SuccessExitStatus says of its signal. */
                return RESULT_CORE_DUMP;
        }
        assert_not_reached();
}

static bool exit_is_in(const ExitStatusSet *set, const ProcessExit *exit)
{
        if (!exit)
                return false;
        return exit->end == PROCESS_EXITED ? exit_status_set_has_code(set, exit->status)
                                           : exit_status_set_has_signal(set, exit->status);
}

static bool setting_covers(RestartPolicy restart, ServiceResult result)
{
        switch (restart) {
        case RESTART_NO:
                return false;
        case RESTART_ALWAYS:
                return true;
        case RESTART_ON_SUCCESS:
                return result == RESULT_SUCCESS;
        case RESTART_ON_FAILURE:
                return result != RESULT_SUCCESS;
        case RESTART_ON_ABNORMAL:
                return result != RESULT_SUCCESS && result != RESULT_EXIT_CODE;
        case RESTART_ON_ABORT:
                return result == RESULT_SIGNAL || result == RESULT_CORE_DUMP;
        case RESTART_ON_WATCHDOG:
                return result == RESULT_WATCHDOG;
        case _RESTART_POLICY_N:
                break;
        }
        assert_not_reached();
}

bool policy_shall_restart(const LifecyclePolicy *policy, ServiceResult result, const ProcessExit *main_exit,
                          RestartReason *ret_reason)
{
        bool covered;

        if (result == RESULT_EXEC_CONDITION) {
                *ret_reason = RESTART_REASON_CONDITION;
                return false;
        }
        if (exit_is_in(&policy->restart_prevent, main_exit)) {
                *ret_reason = RESTART_REASON_PREVENTED;
                return false;
        }
        if (exit_is_in(&policy->restart_force, main_exit)) {
                /* A oneshot that has done its work is not to do it for ever. */
                bool done = policy->type == SERVICE_ONESHOT && result == RESULT_SUCCESS;

                *ret_reason = done ? RESTART_REASON_UNCOVERED : RESTART_REASON_FORCED;
                return !done;
        }

        covered = setting_covers(policy->restart, result);
        *ret_reason = covered ? RESTART_REASON_COVERED : RESTART_REASON_UNCOVERED;
        return covered;
}

static double power(double base, unsigned exponent)
{
        double result = 1;

        for (; exponent > 0; exponent >>= 1) {
                if (exponent & 1)
                        result *= base;
                base *= base;
        }
        return result;
}

/* The `degree`th root of `value` >= 1, by bisection: exact enough for a delay, and without the mathematics library.
 */
static double root(double value, unsigned degree)
{
        double low = 1, high = value;

        for (int i = 0; i < 64; i++) {
                double middle = low + (high - low) / 2;

                if (power(middle, degree) > value)
                        high = middle;
                else
                        low = middle;
        }
        return low;
}

usec_t policy_delay(const LifecyclePolicy *policy, unsigned n_delays)
{
        usec_t from = policy->restart_usec, to = policy->restart_max_delay_usec;
        bool grows = policy->restart_steps > 0 && to != USEC_INFINITY && from > 0 && from < to;
        double factor;

        if (!grows || n_delays == 0)
                return from;
        if (n_delays >= policy->restart_steps)
                return to;

        factor = root((double) to / (double) from, policy->restart_steps);
        return MIN((usec_t) ((double) from * power(factor, n_delays) + 0.5), to);
}

usec_t policy_jitter(const LifecyclePolicy *policy, usec_t delay, uint32_t random)
{
        usec_t spread = delay / 100 * policy->restart_jitter;

        if (delay < JITTER_MIN_USEC || delay == USEC_INFINITY)
                return delay;
        /* spread * random / 2^32, in two halves that don't overflow. */
        return usec_add(delay, (spread >> 32) * random + ((spread & UINT32_MAX) * random >> 32));
}

usec_t policy_take_delay(const LifecyclePolicy *policy, RestartHistory *history, uint32_t random)
{
        history->last_delay = policy_delay(policy, history->n_delays);
        if (history->n_delays < UINT32_MAX)
                history->n_delays++;
        return policy_jitter(policy, history->last_delay, random);
}

bool policy_count_start(const LifecyclePolicy *policy, RestartHistory *history, usec_t now)
{
        if (policy->start_limit_interval_usec == 0 || policy->start_limit_burst == 0)
                return true;

        if (history->n_in_interval == 0 ||
            usec_sub(now, history->interval_begin) > policy->start_limit_interval_usec) {
                history->interval_begin = now;
                history->n_in_interval = 1;
                return true;
        }
        if (history->n_in_interval >= policy->start_limit_burst)
                return false;
        history->n_in_interval++;
        return true;
}

void policy_note_end(const LifecyclePolicy *policy, RestartHistory *history, usec_t now)
{
        usec_t reset = policy->restart_reset_usec;

        if (reset == USEC_INFINITY)
                reset = MAX(RESET_MIN_USEC, usec_add(history->last_delay, history->last_delay));
        if (history->up_since > 0 && usec_sub(now, history->up_since) >= reset)
                history->n_delays = 0;
}

void policy_forget(RestartHistory *history)
{
        history->interval_begin = 0;
        history->n_in_interval = 0;
        history->n_delays = 0;
        history->last_delay = 0;
        history->n_restarts = 0;
}
