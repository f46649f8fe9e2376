/* SPDX-License-Identifier: MIT */

/* The settings of [service NAME], one row each; see core/directives.h for what the columns mean. */

#include "core/directives-private.h"

static const ChoiceWord type_words[] = {
        {"exec", SERVICE_EXEC},          {"simple", SERVICE_SIMPLE},      {"oneshot", SERVICE_ONESHOT},
        {"notify", SERVICE_NOTIFY},      {"forking", SERVICE_FORKING},    {"notify-reload", .state = WORD_SYSTEMD},
        {"dbus", .state = WORD_SYSTEMD}, {"idle", .state = WORD_SYSTEMD}, {},
};

static const ChoiceWord notify_access_words[] = {
        {"none", NOTIFY_NONE}, {"main", NOTIFY_MAIN}, {"exec", NOTIFY_EXEC}, {"all", NOTIFY_ALL}, {},
};

static const ChoiceWord restart_words[] = {
        {"no", RESTART_NO},
        {"always", RESTART_ALWAYS},
        {"on-success", RESTART_ON_SUCCESS},
        {"on-failure", RESTART_ON_FAILURE},
        {"on-abnormal", RESTART_ON_ABNORMAL},
        {"on-abort", RESTART_ON_ABORT},
        {"on-watchdog", RESTART_ON_WATCHDOG},
        {},
};

static const ChoiceWord kill_mode_words[] = {
        {"control-group", KILL_CONTROL_GROUP},
        {"mixed", KILL_MIXED},
        {"process", KILL_PROCESS},
        {"none", .state = WORD_SYSTEMD},
        {},
};

static const ChoiceWord input_words[] = {
        {"null", STREAM_NULL},
        {"file:", STREAM_FILE},
        {"data", STREAM_DATA},
        {"pipe", STREAM_PIPE},
        {"pty", STREAM_PTY},
        {"tty", .state = WORD_SYSTEMD},
        {"tty-force", .state = WORD_SYSTEMD},
        {"tty-fail", .state = WORD_SYSTEMD},
        {"socket", .state = WORD_SYSTEMD},
        {"fd", .state = WORD_SYSTEMD},
        {"fd:", .state = WORD_SYSTEMD},
        {},
};

#define OUTPUT_WORDS                                                                                             \
        {"journal", STREAM_JOURNAL}, {"null", STREAM_NULL}, {"file:", STREAM_FILE}, {"append:", STREAM_APPEND},  \
                {"truncate:", STREAM_TRUNCATE}, {"tty", .state = WORD_SYSTEMD}, {"kmsg", .state = WORD_SYSTEMD}, \
                {"journal+console", .state = WORD_SYSTEMD}, {"kmsg+console", .state = WORD_SYSTEMD},             \
                {"syslog", .state = WORD_SYSTEMD}, {"syslog+console", .state = WORD_SYSTEMD},                    \
                {"socket", .state = WORD_SYSTEMD}, {"fd", .state = WORD_SYSTEMD},                                \
        {                                                                                                        \
                "fd:", .state = WORD_SYSTEMD                                                                     \
        }

static const ChoiceWord output_words[] = {OUTPUT_WORDS, {}};
static const ChoiceWord error_words[] = {{"inherit", STREAM_INHERIT}, OUTPUT_WORDS, {}};

static const ChoiceWord overflow_words[] = {{"block", OVERFLOW_BLOCK}, {"drop", OVERFLOW_DROP}, {}};

#define COMMANDS(name_, which, takes_, text)                                                   \
        SERVICE_ROW(name_, name_, kind_commands, commands[which], takes_, .group = GROUP_WHAT, \
                    .documentation = (text))
#define RELATION(name_, which, text)                                                                   \
        SERVICE_ROW(name_, name_, kind_references, relations[which], TAKES_LIVE, .group = GROUP_ORDER, \
                    .documentation = (text))

#define PROCESS_ROW(name_, kind_, member, group_, ...) \
        SERVICE_ROW(name_, name_, kind_, member, TAKES_RESTART, .group = (group_), __VA_ARGS__)
/* A limit has two properties, as in systemd: one for the hard limit, one for the soft one. */
#define LIMIT(which, text)                                                                                   \
        PROCESS_ROW("Limit" #which, kind_limit, limits[RLIMIT_##which], GROUP_RUN_AS, .min = RLIMIT_##which, \
                    .initial_note = "the daemon's", .documentation = (text)),                                \
        {                                                                                                    \
                .property = "Limit" #which "Soft", .kind = &kind_soft_limit, .section = SECTION_SERVICE,     \
                .group = GROUP_RUN_AS, .takes = TAKES_RESTART,                                               \
                .offset = offsetof(ServiceConfig, limits[RLIMIT_##which])                                    \
        }

const Directive service_directives[] = {
        SERVICE_ROW("Description", "Description", kind_string, description, TAKES_LIVE, .group = GROUP_WHAT,
                    .initial_note = "the service's name",
                    .documentation = "What the service is, in a few words for people."),
        SERVICE_ROW("Documentation", "Documentation", kind_documentation, documentation, TAKES_LIVE,
                    .group = GROUP_WHAT,
                    .documentation = "Where to read about it: URIs that begin with `http://`, `https://`, `file:/`, "
                                     "`info:` or `man:`."),
        SERVICE_ROW("Type", "Type", kind_choice, type, TAKES_NEXT_START, .group = GROUP_WHAT, .words = type_words,
                    .initial = "exec",
                    .documentation =
                            "When the service counts as started: with `exec` when its command is executed, so "
                            "that a command that can't be executed is a failed start; with `simple` when its "
                            "process is made; with `oneshot` when its commands have ended with success; with "
                            "`notify` when it says so itself (`READY=1`, *sd_notify*(3)); with `forking` when the "
                            "process of *ExecStart* has ended with success and left a daemon behind: see "
                            "*PIDFile*. What "
                            "the *Ready*… settings ask for comes on top."),
        COMMANDS(
                "ExecStart", COMMAND_START, TAKES_RESTART,
                "The command of the service. More than one is allowed with `Type=oneshot` alone, which runs them one "
                "after the other. See *COMMAND LINES*."),
        COMMANDS(
                "ExecCondition", COMMAND_CONDITION, TAKES_NEXT_START,
                "Commands that run before *ExecStartPre* and say whether the service is to run at all: yes if all of "
                "them exit with 0; no, which is no failure, if one exits with 1 to 254: the service is inactive "
                "then, "
                "with the result `exec-condition`, and what requires it is started all the same. With 255, by a "
                "signal, or when it can't be executed, the start has failed."),
        COMMANDS("ExecStartPre", COMMAND_START_PRE, TAKES_NEXT_START,
                 "Commands that run one after the other before *ExecStart*. If one fails, and has no prefix `-`, the "
                 "start has failed."),
        COMMANDS("ExecStartPost", COMMAND_START_POST, TAKES_NEXT_START,
                 "Commands that run when the service is ready; it is active when they have ended."),
        COMMANDS("ExecReload", COMMAND_RELOAD, TAKES_LIVE,
                 "Commands that make the service read its own configuration again, for `tendctl reload`. `$MAINPID` "
                 "is "
                 "the pid of the main process."),
        COMMANDS("ExecStop", COMMAND_STOP, TAKES_LIVE,
                 "Commands that stop the service, before *KillSignal* is sent to what is left. Both share "
                 "*TimeoutStopSec*."),
        COMMANDS("ExecStopPost", COMMAND_STOP_POST, TAKES_LIVE,
                 "Commands that run when the service has ended, however it did; `$SERVICE_RESULT`, `$EXIT_CODE` and "
                 "`$EXIT_STATUS` say how."),
        SERVICE_ROW("RemainAfterExit", "RemainAfterExit", kind_bool, remain_after_exit, TAKES_LIVE,
                    .group = GROUP_WHAT, .initial = "no",
                    .documentation = "Whether the service stays active when its processes have ended with success."),
        SERVICE_ROW("PIDFile", "PIDFile", kind_pid_file, pid_file, TAKES_NEXT_START, .group = GROUP_WHAT,
                    .documentation =
                            "The file in which a service with `Type=forking` writes the pid of its main process, "
                            "which has to be one of the service's own; below `%t` where the path is relative. The "
                            "service counts as started when that is so, and the file is removed when it has stopped. "
                            "Without *PIDFile* the main process is the one that the start command left behind; where "
                            "it left several, the service runs as long as one of them does, and no one is the main "
                            "one."),
        SERVICE_ROW("AutoStart", "AutoStart", kind_bool, auto_start, TAKES_LIVE, .group = GROUP_WHAT,
                    .initial = "yes",
                    .documentation = "Whether the service is started together with the daemon. It is started all the "
                                     "same if another one that is started requires or wants it."),
        SERVICE_ROW("Pool", "Pool", kind_pool, pool, TAKES_NEXT_START, .group = GROUP_WHAT, .initial_note = "none",
                    .documentation = "The pool that the service needs a slot of while it is up, as in *[POOL NAME]*. "
                                     "A start waits until one is free; who came first is served first."),
        SERVICE_ROW("OnFailure", "OnFailure", kind_references, relations[RELATION_ON_FAILURE], TAKES_LIVE,
                    .group = GROUP_WHAT,
                    .documentation =
                            "Services that are started when this one has failed and isn't tried again. They find in "
                            "their environment what happened; see *ENVIRONMENT OF PROCESSES*."),
        SERVICE_ROW("OnSuccess", "OnSuccess", kind_references, relations[RELATION_ON_SUCCESS], TAKES_LIVE,
                    .group = GROUP_WHAT,
                    .documentation = "Services that are started when this one has ended with success and isn't "
                                     "started again; likewise."),

        RELATION("Requires", RELATION_REQUIRES,
                 "Services that this one can't do without: they are started with it, and it is stopped or restarted "
                 "when they are. See *RELATIONS*. A name that doesn't exist is an error."),
        RELATION("Wants", RELATION_WANTS,
                 "Services that are started with this one; what becomes of them doesn't matter to it. A name that "
                 "doesn't exist is told, and the service runs."),
        RELATION("Requisite", RELATION_REQUISITE,
                 "Services that have to be ready already when this one is started, or else its start fails at once. "
                 "They are not started with it. A name that doesn't exist is an error."),
        RELATION("BindsTo", RELATION_BINDS_TO,
                 "As *Requires*, and closer: this one is stopped as well when they end or restart by themselves. See "
                 "*RELATIONS*. A name that doesn't exist is an error."),
        RELATION("PartOf", RELATION_PART_OF,
                 "Services with which this one is stopped and restarted. It is not started with them, and their "
                 "failure doesn't matter to it."),
        RELATION("Conflicts", RELATION_CONFLICTS,
                 "Services that can't be up together with this one: when it is started they are stopped, and when "
                 "one of them is started it is; the start waits until the stop is done."),
        RELATION("After", RELATION_AFTER,
                 "Services that have to be ready before this one is started, and that are stopped after it, if they "
                 "are started and stopped together."),
        RELATION("Before", RELATION_BEFORE, "The same the other way round: those services come after this one."),

        SERVICE_ROW("Restart", "Restart", kind_choice, restart, TAKES_LIVE, .group = GROUP_RESTART,
                    .words = restart_words, .initial = "no",
                    .documentation =
                            "After which ends the service is started again by itself, with systemd's meaning "
                            "of each word. A service that was stopped on request stays down."),
        SERVICE_ROW("RestartSec", "RestartUSec", kind_span, restart_usec, TAKES_LIVE, .group = GROUP_RESTART,
                    .initial_note = "*DefaultRestartSec*",
                    .documentation = "How long to wait before it is started again. `0` restarts at once."),
        SERVICE_ROW("RestartSteps", "RestartSteps", kind_count, restart_steps, TAKES_LIVE, .group = GROUP_RESTART,
                    .initial = "0", .max = 1000,
                    .documentation =
                            "In how many steps the delay grows from *RestartSec* to *RestartMaxDelaySec* when "
                            "restarts follow each other. With `0` it doesn't grow."),
        SERVICE_ROW("RestartMaxDelaySec", "RestartMaxDelayUSec", kind_span, restart_max_delay_usec, TAKES_LIVE,
                    .group = GROUP_RESTART, .initial = "infinity",
                    .documentation = "What the delay grows to. It grows only where this and *RestartSteps* are set."),
        SERVICE_ROW("RestartResetSec", "RestartResetUSec", kind_finite_span, restart_reset_usec, TAKES_LIVE,
                    .group = GROUP_RESTART, .initial = "",
                    .initial_note = "`10s`, or twice the last delay, whichever is longer",
                    .documentation = "After a run of this length the delay starts afresh from *RestartSec*."),
        SERVICE_ROW("RestartJitter", "RestartJitter", kind_percent, restart_jitter, TAKES_LIVE,
                    .group = GROUP_RESTART, .initial = "10",
                    .documentation =
                            "By how much of itself a delay is varied at random, so that services which failed "
                            "together don't come back together. Delays below one second are kept exactly."),
        SERVICE_ROW("RestartPreventExitStatus", "RestartPreventExitStatus", kind_exit_status, restart_prevent,
                    TAKES_LIVE, .group = GROUP_RESTART,
                    .documentation = "Exit codes and signals after which the service is not restarted, whatever "
                                     "*Restart* says."),
        SERVICE_ROW("RestartForceExitStatus", "RestartForceExitStatus", kind_exit_status, restart_force, TAKES_LIVE,
                    .group = GROUP_RESTART,
                    .documentation = "Exit codes and signals after which it is restarted, whatever *Restart* says."),
        SERVICE_ROW("SuccessExitStatus", "SuccessExitStatus", kind_exit_status, success, TAKES_LIVE,
                    .group = GROUP_RESTART,
                    .documentation = "Exit codes and signals that count as success, besides 0 and, of a service that "
                                     "is no oneshot, `SIGHUP`, `SIGINT`, `SIGTERM` and `SIGPIPE`."),
        SERVICE_ROW("StartLimitIntervalSec", "StartLimitIntervalUSec", kind_span, start_limit_interval_usec,
                    TAKES_LIVE, .group = GROUP_RESTART, .initial = "10s",
                    .documentation =
                            "A service that was started by itself *StartLimitBurst* times within this span is "
                            "not started again by itself. `0` switches the limit off. A start by hand is "
                            "never refused, and clears the count."),
        SERVICE_ROW("StartLimitBurst", "StartLimitBurst", kind_count, start_limit_burst, TAKES_LIVE,
                    .group = GROUP_RESTART, .initial = "5", .max = UINT32_MAX,
                    .documentation = "See *StartLimitIntervalSec*. `0` switches the limit off."),

        SERVICE_ROW("KillSignal", "KillSignal", kind_signal, kill_signal, TAKES_LIVE, .group = GROUP_STOP,
                    .initial = "SIGTERM", .documentation = "The signal that asks the service to end."),
        SERVICE_ROW("RestartKillSignal", "RestartKillSignal", kind_signal, restart_kill_signal, TAKES_LIVE,
                    .group = GROUP_STOP, .initial_note = "*KillSignal*",
                    .documentation = "The signal that asks it to end when it is to be started again."),
        SERVICE_ROW("FinalKillSignal", "FinalKillSignal", kind_signal, final_kill_signal, TAKES_LIVE,
                    .group = GROUP_STOP, .initial = "SIGKILL",
                    .documentation = "The signal for what is left when *TimeoutStopSec* is over."),
        SERVICE_ROW("SendSIGKILL", "SendSIGKILL", kind_bool, send_sigkill, TAKES_LIVE, .group = GROUP_STOP,
                    .initial = "yes",
                    .documentation =
                            "Whether *FinalKillSignal* is sent. With `no` a stop can leave processes behind; "
                            "it names them then."),
        SERVICE_ROW("SendSIGHUP", "SendSIGHUP", kind_bool, send_sighup, TAKES_LIVE, .group = GROUP_STOP,
                    .initial = "no",
                    .documentation = "Whether `SIGHUP` is sent right after *KillSignal*, as shells want it."),
        SERVICE_ROW("KillMode", "KillMode", kind_choice, kill_mode, TAKES_LIVE, .group = GROUP_STOP,
                    .words = kill_mode_words, .initial = "control-group",
                    .documentation =
                            "Whom a stop ends: `control-group` every process of the service; `mixed` likewise, "
                            "but *KillSignal* is for the main process alone; `process` only the main process, "
                            "so that others are left behind."),
        SERVICE_ROW("TimeoutStartSec", "TimeoutStartUSec", kind_timeout, timeout_start_usec, TAKES_NEXT_START,
                    .group = GROUP_STOP, .initial_note = "*DefaultTimeoutStartSec*; `infinity` with `Type=oneshot`",
                    .documentation = "How long a start may take until the service is ready, and each command before "
                                     "and after that. `0` and `infinity`: as long as it wants. A service that may "
                                     "notify can ask for more: see *NotifyAccess*."),
        SERVICE_ROW("TimeoutStopSec", "TimeoutStopUSec", kind_timeout, timeout_stop_usec, TAKES_LIVE,
                    .group = GROUP_STOP, .initial_note = "*DefaultTimeoutStopSec*",
                    .documentation =
                            "How long *ExecStop* and *KillSignal* together may take before *FinalKillSignal* "
                            "is sent. `0` and `infinity`: as long as it wants. A service that may notify can ask "
                            "for more: see *NotifyAccess*."),
        SERVICE_ROW("TimeoutAbortSec", "TimeoutAbortUSec", kind_timeout, timeout_abort_usec, TAKES_LIVE,
                    .group = GROUP_STOP, .initial_note = "*TimeoutStopSec*",
                    .documentation = "How long *WatchdogSignal* may take before *FinalKillSignal* is sent."),
        SERVICE_ROW("TimeoutSec", NULL, kind_both_timeouts, timeout_start_usec, TAKES_LIVE, .group = GROUP_STOP,
                    .offset2 = offsetof(ServiceConfig, timeout_stop_usec), .initial_note = "",
                    .documentation = "Sets *TimeoutStartSec* and *TimeoutStopSec* in one line."),
        SERVICE_ROW("RuntimeMaxSec", "RuntimeMaxUSec", kind_span, runtime_max_usec, TAKES_LIVE, .group = GROUP_STOP,
                    .initial = "infinity",
                    .documentation = "A service that has been active for so long is ended, and has failed with the "
                                     "result `timeout`."),
        SERVICE_ROW(
                "StopInput", "StopInput", kind_input_text, stop_input, TAKES_LIVE, .group = GROUP_STOP,
                .documentation =
                        "What a stop begins with: a line for the service's stdin (`quit`), with the escapes of C; "
                        "further assignments are further lines. `eof`, alone or as the last line, closes it. "
                        "*ExecStop* and *KillSignal* follow when the main process has ended or *StopInputSec* is "
                        "over. Needs `StandardInput=pipe` or `pty`."),
        SERVICE_ROW("StopInputSec", "StopInputUSec", kind_span, stop_input_usec, TAKES_LIVE, .group = GROUP_STOP,
                    .initial = "5s",
                    .documentation = "How long *StopInput* may take to work. It is a part of *TimeoutStopSec*."),
        SERVICE_ROW("ReloadSignal", "ReloadSignal", kind_signal, reload_signal, TAKES_LIVE, .group = GROUP_STOP,
                    .initial = "", .initial_note = "none",
                    .documentation = "The signal that `tendctl reload` sends to the main process where there is no "
                                     "*ExecReload*. With neither the service can't be reloaded."),

        SERVICE_ROW("ReadyLine", "ReadyLine", kind_pattern, ready_line, TAKES_NEXT_START, .group = GROUP_READY,
                    .documentation = "The service is ready when a line of its output matches this regular expression "
                                     "(PCRE2), the beginning of a line that is not complete yet included, so that a "
                                     "prompt will do. Needs a stream that goes to the log. Specifiers are not "
                                     "resolved in it."),
        SERVICE_ROW("ReadyAfterSec", "ReadyAfterUSec", kind_finite_span, ready_after_usec, TAKES_NEXT_START,
                    .group = GROUP_READY, .initial = "0",
                    .documentation = "The service is ready when it has run for so long."),
        SERVICE_ROW("NotifyAccess", "NotifyAccess", kind_choice, notify_access, TAKES_RESTART, .group = GROUP_READY,
                    .words = notify_access_words, .initial = "none",
                    .initial_note = "`main` with `Type=notify` or *WatchdogSec*, else `none`",
                    .documentation =
                            "Who may speak on the service's notify socket, `$NOTIFY_SOCKET`: nobody (`none`), the "
                            "main process (`main`), that and the processes of the Exec… commands (`exec`), or all "
                            "processes of the service (`all`). See *NOTIFICATIONS*."),
        SERVICE_ROW("ReadyTCP", "ReadyTCP", kind_probe_tcp, ready.targets[PROBE_TCP], TAKES_NEXT_START,
                    .group = GROUP_READY,
                    .documentation =
                            "The service is ready when this accepts a connection: `HOST:PORT`, `[IPV6]:PORT`, or "
                            "`PORT` alone. `localhost`, which a port alone means, is `127.0.0.1` or `::1`, "
                            "whichever answers. A port at which another process listened before the service was "
                            "started doesn't count. See *PROBES*."),
        SERVICE_ROW("ReadyUnix", "ReadyUnix", kind_probe_unix, ready.targets[PROBE_UNIX], TAKES_NEXT_START,
                    .group = GROUP_READY,
                    .documentation =
                            "Likewise for a Unix socket: a path, or `@NAME` for an abstract one. A socket at which "
                            "a process listens that is older than the service doesn't count."),
        SERVICE_ROW("ReadyHTTP", "ReadyHTTP", kind_probe_http, ready.targets[PROBE_HTTP], TAKES_NEXT_START,
                    .group = GROUP_READY,
                    .documentation =
                            "The service is ready when a GET of this URL is answered with this status, or one of "
                            "this range, `200-399` by default. `http` alone: for `https` take *ReadyExec* with "
                            "`curl -fsS`. A redirection is not followed. A `%` is written `%%`."),
        SERVICE_ROW("ReadyPath", "ReadyPath", kind_probe_path, ready.targets[PROBE_PATH], TAKES_NEXT_START,
                    .group = GROUP_READY,
                    .documentation =
                            "The service is ready when this path exists, whatever it is. What an earlier run has "
                            "left counts too: a folder of *RuntimeDirectory* is removed when the service stops."),
        SERVICE_ROW("ReadyExec", "ReadyExec", kind_commands, ready.commands, TAKES_NEXT_START, .group = GROUP_READY,
                    .documentation =
                            "The service is ready when this command exits with success. It runs as one of the "
                            "service's own processes, again and again until then. See *COMMAND LINES*."),

        SERVICE_ROW("HealthTCP", "HealthTCP", kind_probe_tcp, health.targets[PROBE_TCP], TAKES_LIVE,
                    .group = GROUP_HEALTH,
                    .documentation = "What has to accept a connection as long as the service runs, as of *ReadyTCP*. "
                                     "The kernel accepts for a process that hangs, until its queue is full. See "
                                     "*PROBES*."),
        SERVICE_ROW("HealthUnix", "HealthUnix", kind_probe_unix, health.targets[PROBE_UNIX], TAKES_LIVE,
                    .group = GROUP_HEALTH, .documentation = "Likewise a Unix socket, as of *ReadyUnix*."),
        SERVICE_ROW("HealthHTTP", "HealthHTTP", kind_probe_http, health.targets[PROBE_HTTP], TAKES_LIVE,
                    .group = GROUP_HEALTH, .documentation = "What has to be answered, as of *ReadyHTTP*."),
        SERVICE_ROW("HealthExec", "HealthExec", kind_commands, health.commands, TAKES_LIVE, .group = GROUP_HEALTH,
                    .documentation = "A command that has to exit with success, as of *ReadyExec*."),
        SERVICE_ROW("HealthIntervalSec", "HealthIntervalUSec", kind_finite_span, health_interval_usec, TAKES_LIVE,
                    .group = GROUP_HEALTH, .initial = "30s",
                    .documentation = "How long after the service is ready, and after the end of each check, the next "
                                     "check begins."),
        SERVICE_ROW("HealthTimeoutSec", "HealthTimeoutUSec", kind_finite_span, health_timeout_usec, TAKES_LIVE,
                    .group = GROUP_HEALTH, .initial = "30s",
                    .documentation = "How long a check may take before it counts as failed."),
        SERVICE_ROW("HealthRetries", "HealthRetries", kind_count, health_retries, TAKES_LIVE, .group = GROUP_HEALTH,
                    .initial = "3", .min = 1, .max = 1000000,
                    .documentation =
                            "After so many failed checks in a row the service is unhealthy. It counts as not ready "
                            "then and has failed, with the result `health`: it is stopped, and *Restart* says "
                            "whether it is started again."),
        SERVICE_ROW("HealthStartPeriodSec", "HealthStartPeriodUSec", kind_finite_span, health_start_period_usec,
                    TAKES_LIVE, .group = GROUP_HEALTH, .initial = "0",
                    .documentation =
                            "Failed checks don't count for so long after the main process was started, unless a "
                            "check has succeeded before."),
        SERVICE_ROW("WatchdogSec", "WatchdogUSec", kind_span, watchdog_usec, TAKES_RESTART, .group = GROUP_HEALTH,
                    .initial = "0",
                    .documentation =
                            "The longest time, from when the service is ready, between two words of it that it is "
                            "alive (`WATCHDOG=1`, *sd_notify*(3); `$WATCHDOG_USEC` tells it the span). A service "
                            "that lets it pass is ended by *WatchdogSignal*, and has failed with the result "
                            "`watchdog`. `0` switches it off."),
        SERVICE_ROW("WatchdogSignal", "WatchdogSignal", kind_signal, watchdog_signal, TAKES_LIVE,
                    .group = GROUP_HEALTH, .initial = "SIGABRT",
                    .documentation = "The signal that ends a service which failed its watchdog."),

        PROCESS_ROW("User", kind_user, user, GROUP_RUN_AS, .initial_note = "the daemon's user",
                    .documentation = "The user that the service's processes run as: a name or a number."),
        PROCESS_ROW("Group", kind_user, group, GROUP_RUN_AS, .initial_note = "the user's own group",
                    .documentation = "Their group."),
        PROCESS_ROW("SupplementaryGroups", kind_users, supplementary_groups, GROUP_RUN_AS,
                    .documentation = "More groups, besides those that the user database has for *User*."),
        PROCESS_ROW("WorkingDirectory", kind_working_directory, working_directory, GROUP_RUN_AS,
                    .offset2 = offsetof(ServiceConfig, working_directory_optional),
                    .initial_note = "`/`; in user mode the user's home",
                    .documentation =
                            "The folder that the processes start in: an absolute path, or `~` for the home of "
                            "*User*. With a `-` before it a missing folder is no error."),
        PROCESS_ROW("UMask", kind_mode, umask, GROUP_RUN_AS, .initial = "0022",
                    .documentation = "The file mode creation mask, in octal."),
        PROCESS_ROW("Nice", kind_optional_int, nice, GROUP_RUN_AS, .offset2 = offsetof(ServiceConfig, nice_set),
                    .min = -20, .max = 19, .initial_note = "the daemon's",
                    .documentation = "The nice level, from -20 (first) to 19 (last)."),
        PROCESS_ROW("OOMScoreAdjust", kind_optional_int, oom_score_adjust, GROUP_RUN_AS,
                    .offset2 = offsetof(ServiceConfig, oom_score_adjust_set), .min = -1000, .max = 1000,
                    .initial_note = "the daemon's",
                    .documentation = "How gladly the kernel ends the processes when memory is short, from -1000 "
                                     "(never) to 1000 (first)."),
        LIMIT(CPU,
              "Limits processor time, as a span. Of this and the other limits *setrlimit*(2) tells more: each is one "
              "value, or `soft:hard`; `infinity` is none."),
        LIMIT(FSIZE, "Limits the size of a file."),
        LIMIT(DATA, "Limits the data segment."),
        LIMIT(STACK, "Limits the stack."),
        LIMIT(CORE, "Limits the size of a core dump."),
        LIMIT(RSS, "Limits resident memory; Linux doesn't enforce it."),
        LIMIT(NOFILE,
              "Limits open descriptors. The default is what the daemon was started with, although it raises its "
              "own limit."),
        LIMIT(AS, "Limits the address space."),
        LIMIT(NPROC, "Limits the number of the user's processes."),
        LIMIT(MEMLOCK, "Limits locked memory."),
        LIMIT(LOCKS, "Limits file locks; Linux doesn't enforce it."),
        LIMIT(SIGPENDING, "Limits queued signals."),
        LIMIT(MSGQUEUE, "Limits the size of message queues."),
        LIMIT(NICE, "Limits the nice level, given as a level with its sign (`-5`, `+3`) or as the raw value."),
        LIMIT(RTPRIO, "Limits real-time priority."),
        LIMIT(RTTIME,
              "Limits processor time without a pause under real-time scheduling, as a span, without a unit in "
              "microseconds."),
        PROCESS_ROW("RuntimeDirectory", kind_directories, runtime_directory, GROUP_RUN_AS,
                    .documentation = "Folders made below `%t` before the start, owned by *User*, and named to the "
                                     "service in `$RUNTIME_DIRECTORY`. They are removed when it has stopped."),
        PROCESS_ROW("StateDirectory", kind_directories, state_directory, GROUP_RUN_AS,
                    .documentation = "Likewise below `/var/lib` (in user mode `$XDG_STATE_HOME`), and kept: "
                                     "`$STATE_DIRECTORY`."),
        PROCESS_ROW("LogsDirectory", kind_directories, logs_directory, GROUP_RUN_AS,
                    .documentation = "Likewise below `/var/log` (in user mode `$XDG_STATE_HOME/log`): "
                                     "`$LOGS_DIRECTORY`."),

        PROCESS_ROW("Environment", kind_assignments, environment, GROUP_ENVIRONMENT,
                    .documentation = "Variables for the processes, each `NAME=VALUE`, in quotes where the value has "
                                     "blanks. A later one takes the place of an earlier one of the same name."),
        SERVICE_ROW("EnvironmentFile", "EnvironmentFiles", kind_environment_files, environment_files, TAKES_RESTART,
                    .group = GROUP_ENVIRONMENT,
                    .documentation = "A file with more variables, a line each, read at each start; it wins over "
                                     "*Environment*. With a `-` before the path a missing file is no error."),
        PROCESS_ROW("PassEnvironment", kind_variable_names, pass_environment, GROUP_ENVIRONMENT,
                    .documentation = "Names of variables that are handed on from the daemon's own environment."),
        PROCESS_ROW("UnsetEnvironment", kind_variables_unset, unset_environment, GROUP_ENVIRONMENT,
                    .documentation = "Variables that are taken away again at the end: `NAME`, or `NAME=VALUE` only "
                                     "where it has that value."),

        PROCESS_ROW("StandardInput", kind_stream, input, GROUP_STREAMS, .words = input_words, .initial = "null",
                    .initial_note = "`null`; `data` where *StandardInputText* is given",
                    .documentation =
                            "What the main process reads: nothing (`null`), a file (`file:`*PATH*), "
                            "*StandardInputText* (`data`), or what clients write (`tendctl send`, `ask`, `attach`): "
                            "with `pipe` the daemon holds a pipe, with `pty` a terminal, which standard output and "
                            "error become, too, where they go to the log: for programs that behave differently "
                            "without one. `\\r\\n` becomes `\\n` in the log then; all its output counts as `stdout`, "
                            "and what is typed is echoed, as on any terminal."),
        PROCESS_ROW("StandardInputText", kind_input_text, input_text, GROUP_STREAMS,
                    .documentation =
                            "A line for `StandardInput=data`, with the escapes of C; further assignments are "
                            "further lines."),
        PROCESS_ROW("StandardOutput", kind_stream, output, GROUP_STREAMS, .words = output_words, .initial = "journal",
                    .documentation =
                            "Where output goes: line by line to the daemon's log (`journal`), whatever its "
                            "*LogTarget* is; nowhere (`null`); or into a file that the process opens itself: "
                            "`file:`*PATH* writes from its beginning, `append:`*PATH* at its end, "
                            "`truncate:`*PATH* empties it first. Of such a stream the daemon sees nothing."),
        PROCESS_ROW("StandardError", kind_stream, error, GROUP_STREAMS, .words = error_words, .initial = "journal",
                    .documentation = "The same for the error stream. `inherit` gives it the descriptor of standard "
                                     "output: the order of both is exact then, and all of it counts as `stdout`."),
        PROCESS_ROW("SyslogIdentifier", kind_string, syslog_identifier, GROUP_STREAMS,
                    .initial_note = "the service's name",
                    .documentation = "The name in front of its lines in the log: `SYSLOG_IDENTIFIER`."),
        PROCESS_ROW("SyslogLevel", kind_level, syslog_level, GROUP_STREAMS, .initial = "info",
                    .documentation = "The priority of a line that doesn't say its own."),
        PROCESS_ROW("SyslogLevelPrefix", kind_bool, syslog_level_prefix, GROUP_STREAMS, .initial = "yes",
                    .documentation = "Whether a line that begins with `<0>` to `<7>` says its priority that way."),
        PROCESS_ROW("LogExtraFields", kind_log_fields, log_extra_fields, GROUP_STREAMS,
                    .documentation = "More fields for each of its entries in the journal, `NAME=VALUE`."),
        PROCESS_ROW("LogLevelMax", kind_level, log_level_max, GROUP_STREAMS, .initial = "debug",
                    .documentation = "Lines of a lesser priority are not logged."),
        PROCESS_ROW("LogOverflow", kind_choice, log_overflow, GROUP_STREAMS, .words = overflow_words,
                    .initial = "block",
                    .documentation =
                            "When the log takes nothing and the ring is full: `block` lets the service wait "
                            "at its pipe, so that nothing is lost; `drop` drops the lines that come then, and the "
                            "log says how many."),
        PROCESS_ROW("LineMax", kind_size, line_max, GROUP_STREAMS, .initial = "48K", .min = 79,
                    .max = 64 * 1024 * 1024,
                    .documentation = "Longer lines are split, and marked by `TENDED_LINE_BREAK`."),
        PROCESS_ROW("LineFlushSec", kind_span, line_flush_usec, GROUP_STREAMS, .initial = "infinity",
                    .documentation =
                            "A line without its end is logged when nothing more came for so long, marked by "
                            "`TENDED_LINE_BREAK=idle`: for prompts, and for protocols without newlines. With `0` and "
                            "`infinity` it waits for its "
                            "end. Whoever "
                            "reads the output itself (`expect`, `read`, `attach`, *ReadyLine*) sees it at once in "
                            "any case."),
        PROCESS_ROW("LogInput", kind_bool, log_input, GROUP_STREAMS, .initial = "no",
                    .documentation =
                            "Whether what clients write to its stdin is logged, too, as lines with "
                            "`TENDED_STREAM=stdin` (on the console `name < line`), between what it had put out "
                            "before and what it put out after. Needs `StandardInput=pipe` or `pty`."),
        PROCESS_ROW("LogLineNumbers", kind_bool, log_line_numbers, GROUP_STREAMS, .initial = "no",
                    .documentation = "Whether each entry carries its number: `TENDED_LINE`."),

        PROCESS_ROW("Ports", kind_ports, ports, GROUP_PORTS,
                    .documentation =
                            "Names of TCP ports. A free one is reserved for each before anything starts, and kept "
                            "until the daemon ends, so that nobody else gets it by chance. `%{`*SERVICE*`.`*NAME*`}` "
                            "stands for its number in every definition, and every service has it in "
                            "`$TENDED_PORT_`*SERVICE*`_`*NAME*, in capital letters, with `_` for what is neither "
                            "letter nor digit. The service has to set `SO_REUSEADDR`, as servers do; see *PortsHold* "
                            "for one that doesn't."),
        PROCESS_ROW("PortsHold", kind_bool, ports_hold, GROUP_PORTS, .initial = "yes",
                    .documentation =
                            "Whether the daemon holds the ports while the service runs, too. A program that doesn't "
                            "set `SO_REUSEADDR` can't bind a port that is held: with `no` the ports are let go just "
                            "before it starts, and held again when it has ended. Until it has bound them, and after "
                            "it has let go of them, any other program may get them by chance."),
};

const size_t n_service_directives = ELEMENTSOF(service_directives);
