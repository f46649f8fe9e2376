/* SPDX-License-Identifier: MIT */

/* The settings of [daemon]. */

#include "common/timespan.h"
#include "core/directives-private.h"

static const ChoiceWord log_target_words[] = {
        {"auto", LOG_TARGET_AUTO},  {"journal", LOG_TARGET_JOURNAL}, {"console", LOG_TARGET_CONSOLE},
        {"file:", LOG_TARGET_FILE}, {"null", LOG_TARGET_NULL},       {},
};

static const ChoiceWord log_fields_words[] = {{"full", false}, {"minimal", true}, {}};
static const ChoiceWord ready_when_words[] = {{"loaded", false}, {"started", true}, {}};

const Directive daemon_directives[] = {
        DAEMON_ROW("LogTarget", "LogTarget", kind_log_target, log_target,
                   .offset2 = offsetof(DaemonConfig, log_directory), .takes = TAKES_RESTART,
                   .words = log_target_words, .initial = "auto",
                   .documentation = "Where lines and events go: `journal`; `console`, the daemon's standard output; "
                                    "`file:`*FOLDER*, one file a service; `null`. `auto` is the journal where "
                                    "`/run/systemd/journal/socket` answers, else the console. `--log-target` wins "
                                    "over it."),
        DAEMON_ROW("LogFileMax", "LogFileMax", kind_size, log_file_max, .takes = TAKES_RESTART, .initial = "10M",
                   .min = 4096, .max = INT64_MAX,
                   .documentation = "At this size a file of `LogTarget=file:` is put aside and a new one begun."),
        DAEMON_ROW("LogFileCount", "LogFileCount", kind_count, log_file_count, .takes = TAKES_RESTART, .initial = "5",
                   .min = 1, .max = 1000,
                   .documentation = "How many files a service may have then, the current one included."),
        DAEMON_ROW("LogPatienceSec", "LogPatienceUSec", kind_span, log_patience_usec, .takes = TAKES_LIVE,
                   .initial = "10s",
                   .documentation =
                           "At shutdown: how long a log that takes nothing is waited for, after its last "
                           "progress. What is lost then is told on standard error. As long is a lossless reader "
                           "waited for that takes nothing more of a run that is over."),
        DAEMON_ROW("LogFields", "LogFields", kind_choice_flag, log_fields_minimal, .takes = TAKES_RESTART,
                   .words = log_fields_words, .initial = "full",
                   .documentation = "`minimal` leaves those fields out of the entries that can be had from the run's "
                                    "`started` event."),
        DAEMON_ROW("RingSize", "RingSize", kind_size, ring_size, .takes = TAKES_NEXT_START, .initial = "128K",
                   .min = 0, .max = 1024 * 1024 * 1024,
                   .documentation =
                           "How much of each service's last output is kept in memory, for `tendctl logs` and "
                           "for a log that is slow. Never less than twice *LineMax*, nor than 16K."),
        DAEMON_ROW("ReadyWhen", "ReadyWhen", kind_choice_flag, ready_when_started, .takes = TAKES_RESTART,
                   .words = ready_when_words, .initial = "loaded",
                   .documentation = "When the daemon tells systemd that it is ready: `loaded`, when the definitions "
                                    "are read and the control socket answers; `started`, when each service that "
                                    "starts with it is ready or has failed."),
        DAEMON_ROW("MaxParallelStarts", "MaxParallelStarts", kind_count, max_parallel_starts, .takes = TAKES_LIVE,
                   .initial = "0", .max = INT32_MAX,
                   .documentation = "How many services may be on their way from their command's execution to being "
                                    "ready at the same time. One that isn't ready after 5 seconds gives its place "
                                    "up. `0`: no bound."),
        DAEMON_ROW("RestartBudget", "RestartBudget", kind_count, restart_budget, .takes = TAKES_LIVE, .initial = "0",
                   .max = INT32_MAX,
                   .documentation = "How many services, all taken together, may be restarted within a second without "
                                    "anybody having asked for it: by their *Restart*, or as something that they "
                                    "depend on restarts or is back. The others wait for their turn. `0`: no bound."),
        DAEMON_ROW("KillPatienceSec", "KillPatienceUSec", kind_span, kill_patience_usec, .takes = TAKES_LIVE,
                   .initial = "5s",
                   .documentation = "How long a stop waits for processes to vanish after *FinalKillSignal*."),
        DAEMON_ROW("DefaultTimeoutStartSec", "DefaultTimeoutStartUSec", kind_timeout, default_timeout_start_usec,
                   .takes = TAKES_LIVE, .initial = "90s",
                   .documentation = "*TimeoutStartSec* of services that don't set it, oneshots excepted."),
        DAEMON_ROW("DefaultTimeoutStopSec", "DefaultTimeoutStopUSec", kind_timeout, default_timeout_stop_usec,
                   .takes = TAKES_LIVE, .initial = "90s",
                   .documentation = "*TimeoutStopSec* of services that don't set it."),
        DAEMON_ROW("DefaultRestartSec", "DefaultRestartUSec", kind_span, default_restart_usec, .takes = TAKES_LIVE,
                   .initial = "100ms", .documentation = "*RestartSec* of services that don't set it."),
        DAEMON_ROW("DefaultEnvironment", "DefaultEnvironment", kind_assignments, default_environment,
                   .takes = TAKES_NEXT_START,
                   .documentation = "Variables for all services, as *Environment* takes them; a service's own win."),
};

const size_t n_daemon_directives = ELEMENTSOF(daemon_directives);
