/* SPDX-License-Identifier: MIT */
#pragma once

/* The definitions as plain values: an immutable, reference-counted snapshot. A reload makes a new one; the old one
 * lives until its last user lets go. Every field's name, default and meaning stand in the table of directives. */

#include <sys/resource.h>

#include "common/command-line.h"
#include "common/macro.h"
#include "core/diagnostic.h"

typedef enum ServiceType {
        SERVICE_SIMPLE,
        SERVICE_EXEC,
        SERVICE_ONESHOT,
        SERVICE_NOTIFY,  /* ready when it says so (sd_notify) */
        SERVICE_FORKING, /* ready when its start command has ended and left a daemon behind */
        _SERVICE_TYPE_N,
} ServiceType;

typedef enum RestartPolicy {
        RESTART_NO,
        RESTART_ALWAYS,
        RESTART_ON_SUCCESS,
        RESTART_ON_FAILURE,
        RESTART_ON_ABNORMAL,
        RESTART_ON_ABORT,
        RESTART_ON_WATCHDOG,
        _RESTART_POLICY_N,
} RestartPolicy;

/* Whose words on the notify socket count. */
typedef enum NotifyAccess {
        NOTIFY_NONE,
        NOTIFY_MAIN, /* the main process' */
        NOTIFY_EXEC, /* and those of the commands */
        NOTIFY_ALL,  /* those of all processes of the service */
        _NOTIFY_ACCESS_N,
} NotifyAccess;

typedef enum KillMode {
        KILL_CONTROL_GROUP,
        KILL_MIXED,
        KILL_PROCESS,
        _KILL_MODE_N,
} KillMode;

typedef enum StreamTarget {
        STREAM_NULL,
        STREAM_JOURNAL,  /* a pipe of ours, line by line into the log target, whatever that is */
        STREAM_INHERIT,  /* StandardError only: stdout's own descriptor */
        STREAM_FILE,     /* file:PATH, also of StandardInput */
        STREAM_APPEND,   /* append:PATH */
        STREAM_TRUNCATE, /* truncate:PATH */
        STREAM_DATA,     /* StandardInput only: StandardInputText */
        STREAM_PIPE,     /* StandardInput only: the daemon holds it, clients write to it */
        STREAM_PTY,      /* StandardInput only: likewise, and all three streams are a terminal of ours */
        _STREAM_TARGET_N,
} StreamTarget;

typedef struct StreamSetting {
        StreamTarget target;
        char *path; /* of file:, append:, truncate: */
} StreamSetting;

typedef enum LogOverflow {
        OVERFLOW_BLOCK,
        OVERFLOW_DROP,
        _LOG_OVERFLOW_N,
} LogOverflow;

/* The lists of commands that a service has, in the order of its life. */
typedef enum CommandKind {
        COMMAND_CONDITION,
        COMMAND_START_PRE,
        COMMAND_START,
        COMMAND_START_POST,
        COMMAND_RELOAD,
        COMMAND_STOP,
        COMMAND_STOP_POST,
        _COMMAND_KIND_N,
} CommandKind;

/* What readiness and health can be asked of (core/probe). */
typedef enum ProbeKind {
        PROBE_TCP,
        PROBE_UNIX,
        PROBE_HTTP,
        PROBE_PATH, /* of readiness alone */
        PROBE_EXEC,
        _PROBE_KIND_N,
} ProbeKind;

/* All Ready… or all Health… conditions of this kind. */
typedef struct ProbeSettings {
        char **targets[PROBE_EXEC]; /* by kind; checked when they were read */
        CommandList commands;       /* of PROBE_EXEC */
} ProbeSettings;

/* A name in an ordering directive, with its place for messages. */
typedef struct Reference {
        char *name;
        Where where;
} Reference;

typedef struct ReferenceList {
        Reference *items;
        size_t n;
} ReferenceList;

typedef enum Relation {
        RELATION_REQUIRES,
        RELATION_WANTS,
        RELATION_BEFORE,
        RELATION_AFTER,
        RELATION_REQUISITE,
        RELATION_BINDS_TO,
        RELATION_PART_OF,
        RELATION_CONFLICTS,
        RELATION_ON_FAILURE,
        RELATION_ON_SUCCESS,
        _RELATION_N,
} Relation;

/* Exit codes and signals, as of SuccessExitStatus. */
typedef struct ExitStatusSet {
        uint64_t codes[4];
        uint64_t signals; /* bit N: signal N */
} ExitStatusSet;

/* A TCP port that is reserved for a service. */
typedef struct Port {
        char *name;
        uint16_t number; /* 0: nobody has reserved it (yet) */
} Port;

typedef struct PortList {
        Port *items;
        size_t n;
} PortList;

typedef struct ResourceLimit {
        bool set;
        uint64_t soft, hard; /* RLIM_INFINITY: none */
} ResourceLimit;

/* What a name of the control interface stands for. A target is a service without processes: it orders and groups. */
typedef enum UnitKind {
        UNIT_SERVICE,
        UNIT_TARGET, /* its name ends in `.target` */
        _UNIT_KIND_N,
} UnitKind;

typedef struct ServiceConfig {
        char *name;
        UnitKind kind;
        char *template;       /* of an instance: what stands before its '@'; NULL: it is none */
        const char *instance; /* what stands behind it, within `name`; NULL: it is none */
        Where where;          /* of its [service …] line */
        bool bad;             /* has an error: LoadState=bad-setting, never started */
        char *source;         /* its sections as they were read, with comments that name their files */
        char *folder;         /* the definition file's own folder, absolute */
        char **sources;       /* every file that added to it */
        Where *places;        /* where each directive was given last, by its row; NULL: not kept */

        /* what */
        char *description;
        char **documentation;
        ServiceType type;
        CommandList commands[_COMMAND_KIND_N];
        bool remain_after_exit;
        char *pid_file; /* absolute; NULL: none */
        bool auto_start;
        char *pool; /* NULL: none */

        /* order */
        ReferenceList relations[_RELATION_N];

        /* restart */
        RestartPolicy restart;
        usec_t restart_usec;
        unsigned restart_steps;
        usec_t restart_max_delay_usec; /* USEC_INFINITY: the delay does not grow */
        usec_t restart_reset_usec;     /* USEC_INFINITY: unset, 10 s or twice the last delay */
        unsigned restart_jitter;       /* percent */
        ExitStatusSet restart_prevent, restart_force, success;
        usec_t start_limit_interval_usec;
        unsigned start_limit_burst;

        /* stop */
        int kill_signal;
        int restart_kill_signal; /* 0: kill_signal */
        int final_kill_signal;
        bool send_sigkill, send_sighup;
        KillMode kill_mode;
        usec_t timeout_start_usec, timeout_stop_usec;
        usec_t timeout_abort_usec; /* where unset: timeout_stop_usec */
        usec_t runtime_max_usec;
        int reload_signal; /* 0: none */
        char *stop_input;  /* lines for stdin, the last of which may be `eof`; NULL: none */
        usec_t stop_input_usec;

        /* ready */
        char *ready_line; /* PCRE2; NULL: none */
        NotifyAccess notify_access;
        usec_t ready_after_usec;
        ProbeSettings ready;

        /* health */
        ProbeSettings health;
        usec_t health_interval_usec, health_timeout_usec, health_start_period_usec;
        unsigned health_retries;
        usec_t watchdog_usec; /* 0: none */
        int watchdog_signal;

        /* run as */
        char *user, *group;
        char **supplementary_groups;
        char *working_directory; /* "~": the user's home; NULL: by mode */
        bool working_directory_optional;
        unsigned umask;
        bool nice_set, oom_score_adjust_set;
        int nice, oom_score_adjust;
        ResourceLimit limits[RLIM_NLIMITS];
        char **runtime_directory, **state_directory, **logs_directory;

        /* ports */
        PortList ports;
        bool ports_hold;

        /* environment */
        char **environment;       /* NAME=VALUE */
        char **environment_files; /* each with its '-' where given */
        char **pass_environment;
        char **unset_environment;

        /* streams */
        StreamSetting input, output, error;
        char *input_text; /* StandardInputText, each line with its newline; NULL: none */
        char *syslog_identifier;
        int syslog_level; /* 0 to 7 */
        bool syslog_level_prefix;
        char **log_extra_fields; /* NAME=VALUE, names checked */
        int log_level_max;       /* 7: all */
        LogOverflow log_overflow;
        uint64_t line_max;
        usec_t line_flush_usec; /* USEC_INFINITY: an unfinished line waits for its end */
        bool log_line_numbers;
        bool log_input;
} ServiceConfig;

typedef enum LogTarget {
        LOG_TARGET_AUTO,
        LOG_TARGET_JOURNAL,
        LOG_TARGET_CONSOLE,
        LOG_TARGET_FILE,
        LOG_TARGET_NULL,
        _LOG_TARGET_N,
} LogTarget;

typedef struct DaemonConfig {
        LogTarget log_target;
        char *log_directory; /* of file:DIR */
        uint64_t log_file_max;
        unsigned log_file_count;
        usec_t log_patience_usec;
        bool log_fields_minimal;
        uint64_t ring_size;
        bool ready_when_started;
        usec_t kill_patience_usec;
        usec_t default_timeout_start_usec, default_timeout_stop_usec, default_restart_usec;
        char **default_environment;
        unsigned max_parallel_starts; /* 0: no bound */
        unsigned restart_budget;      /* automatic restarts a second; 0: no bound */
} DaemonConfig;

/* [pool NAME]: so many of its services may be up at once. */
typedef struct PoolConfig {
        char *name;
        Where where;    /* of its [pool …] line */
        unsigned slots; /* at least 1 */
        char *source;   /* as a service's */
} PoolConfig;

/* [service NAME@]: what its instances are made of. It is no service itself. */
typedef struct TemplateConfig {
        char *name; /* without the '@' */
        Where where;
        char **instances; /* as Instances names them */
        char *source;
        size_t n_instances; /* with those that have a section of their own */
} TemplateConfig;

typedef struct Config {
        unsigned n_ref;
        ServiceConfig **services; /* and targets; sorted by name, each name once */
        size_t n_services;
        PoolConfig **pools; /* sorted by name, each name once */
        size_t n_pools;
        TemplateConfig **templates; /* likewise */
        size_t n_templates;
        DaemonConfig daemon;
        Diagnostics diagnostics; /* of this reading, sorted */
        char **files;            /* every file read; Where.file points into it */
} Config;

Config *config_ref(Config *config);
/* Returns NULL. Takes NULL. */
Config *config_unref(Config *config);
DEFINE_CLEANUP(Config *, config_unref);
/* A config that nobody else has yet: no service may leave a process behind, whatever its KillMode and SendSIGKILL
 * are.
 */
void config_renounce_nothing(Config *config);
/* NULL where there is none. */
const ServiceConfig *config_find(const Config *config, const char *name);
const PoolConfig *config_find_pool(const Config *config, const char *name);
/* By its name without the '@'. */
const TemplateConfig *config_find_template(const Config *config, const char *name);
/* Is `name` (of a mistake, in Diagnostic) this service's, or, with its '@' at the end, that of its template? */
bool service_config_is_named(const ServiceConfig *config, const char *name);

static inline bool probe_settings_any(const ProbeSettings *settings)
{
        for (unsigned i = 0; i < PROBE_EXEC; i++)
                if (settings->targets[i])
                        return true;
        return settings->commands.n > 0;
}

static inline bool exit_status_set_has_code(const ExitStatusSet *set, int code)
{
        return code >= 0 && code < 256 && (set->codes[code / 64] >> (code % 64) & 1);
}

static inline bool exit_status_set_has_signal(const ExitStatusSet *set, int signal)
{
        return signal > 0 && signal < 64 && (set->signals >> signal & 1);
}
