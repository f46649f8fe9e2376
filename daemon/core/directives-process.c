/* SPDX-License-Identifier: MIT */

/* The second half of [service NAME]: when it is ready, and what its processes run as: user, limits, environment,
 * streams. */

#include "core/directives-private.h"

static const ChoiceWord input_words[] = {
        {"null", STREAM_NULL},
        {"file:", STREAM_FILE},
        {"data", STREAM_DATA},
        {"pipe", .state = WORD_LATER},
        {"pty", .state = WORD_LATER},
        {"tty", .state = WORD_SYSTEMD},
        {"tty-force", .state = WORD_SYSTEMD},
        {"tty-fail", .state = WORD_SYSTEMD},
        {"socket", .state = WORD_SYSTEMD},
        {"fd", .state = WORD_SYSTEMD},
        {"fd:", .state = WORD_SYSTEMD},
        {},
};

#define OUTPUT_WORDS                                                                                            \
        {"journal", STREAM_JOURNAL}, {"null", STREAM_NULL}, {"file:", STREAM_FILE}, {"append:", STREAM_APPEND}, \
                {"truncate:", STREAM_TRUNCATE}, {"pty", .state = WORD_LATER}, {"tty", .state = WORD_SYSTEMD},   \
                {"kmsg", .state = WORD_SYSTEMD}, {"journal+console", .state = WORD_SYSTEMD},                    \
                {"kmsg+console", .state = WORD_SYSTEMD}, {"syslog", .state = WORD_SYSTEMD},                     \
                {"syslog+console", .state = WORD_SYSTEMD}, {"socket", .state = WORD_SYSTEMD},                   \
                {"fd", .state = WORD_SYSTEMD},                                                                  \
        {                                                                                                       \
                "fd:", .state = WORD_SYSTEMD                                                                    \
        }

static const ChoiceWord output_words[] = {OUTPUT_WORDS, {}};
static const ChoiceWord error_words[] = {{"inherit", STREAM_INHERIT}, OUTPUT_WORDS, {}};

static const ChoiceWord overflow_words[] = {{"block", OVERFLOW_BLOCK}, {"drop", OVERFLOW_DROP}, {}};

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

const Directive process_directives[] = {
        SERVICE_ROW("ReadyLine", "ReadyLine", kind_pattern, ready_line, TAKES_NEXT_START, .group = GROUP_READY,
                    .documentation = "The service is ready when a line of its output matches this regular expression "
                                     "(PCRE2), the beginning of a line that is not complete yet included, so that a "
                                     "prompt will do. Needs a stream that goes to the log. Specifiers are not "
                                     "resolved in it."),
        SERVICE_ROW("ReadyAfterSec", "ReadyAfterUSec", kind_finite_span, ready_after_usec, TAKES_NEXT_START,
                    .group = GROUP_READY, .initial = "0",
                    .documentation = "The service is ready when it has run for so long. Where several conditions are "
                                     "given, all have to hold."),

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
              "Resource limits, see *setrlimit*(2): one value, or `soft:hard`; `infinity` for none. Of processor "
              "time, as a span."),
        LIMIT(FSIZE, "Of the size of a file."),
        LIMIT(DATA, "Of the data segment."),
        LIMIT(STACK, "Of the stack."),
        LIMIT(CORE, "Of a core dump."),
        LIMIT(RSS, "Of resident memory; Linux doesn't enforce it."),
        LIMIT(NOFILE, "Of open descriptors. The default is what the daemon was started with, although it raises its "
                      "own."),
        LIMIT(AS, "Of the address space."),
        LIMIT(NPROC, "Of the user's processes."),
        LIMIT(MEMLOCK, "Of locked memory."),
        LIMIT(LOCKS, "Of file locks; Linux doesn't enforce it."),
        LIMIT(SIGPENDING, "Of queued signals."),
        LIMIT(MSGQUEUE, "Of message queues."),
        LIMIT(NICE, "Of the nice level, as a level with its sign (`-5`, `+3`) or as the raw value."),
        LIMIT(RTPRIO, "Of real-time priority."),
        LIMIT(RTTIME, "Of processor time without a pause under real-time scheduling, as a span; microseconds without "
                      "a unit."),
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
                    .documentation = "What the main process reads: nothing (`null`), a file (`file:`*PATH*), or "
                                     "*StandardInputText* (`data`)."),
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
        PROCESS_ROW(
                "LogOverflow", kind_choice, log_overflow, GROUP_STREAMS, .words = overflow_words, .initial = "block",
                .documentation = "When the log takes nothing and the ring is full: `block` lets the service wait "
                                 "at its pipe, so that nothing is lost; `drop` drops its oldest lines, and the log "
                                 "says how many."),
        PROCESS_ROW("LineMax", kind_size, line_max, GROUP_STREAMS, .initial = "48K", .min = 79,
                    .max = 64 * 1024 * 1024,
                    .documentation = "Longer lines are split, and marked by `TENDED_LINE_BREAK`."),
        PROCESS_ROW("LogLineNumbers", kind_bool, log_line_numbers, GROUP_STREAMS, .initial = "no",
                    .documentation = "Whether each entry carries its number: `TENDED_LINE`."),
};

const size_t n_process_directives = ELEMENTSOF(process_directives);
