/* SPDX-License-Identifier: MIT */
#pragma once

/* `tended run`: services for as long as a command takes. One such run is called a trial here, as a run is one life of
 * a service elsewhere. Three processes make it up, and whichever dies, the others end everything:
 *
 *     relay        what the caller started: hands signals on, and exits as the command did
 *     └─ guard     in a process group of its own; adopts whatever is orphaned below it, starts, ends, reports
 *        ├─ daemon    in a session of its own: the ordinary daemon with a supervisor beside it
 *        └─ command   in the relay's process group: terminal and signals are as without us
 */

#include <signal.h>
#include <sys/types.h>

#include "common/macro.h"

/* Something failed before the command was run, or --strict ended it. */
#define TRIAL_EXIT_FAILED     125
#define TRIAL_EXIT_TIMED_OUT  124
#define TRIAL_EXIT_CANNOT     126 /* the command is there, and can't be executed */
#define TRIAL_EXIT_NO_COMMAND 127

typedef enum TrialLogs {
        TRIAL_LOGS_FAILED, /* lines of the command's time, when it has failed */
        TRIAL_LOGS_ALWAYS, /* all, as they come */
        TRIAL_LOGS_NEVER,
} TrialLogs;

typedef struct TrialOptions {
        bool help;
        char **config_paths; /* NULL: tended.ini or conf.d of the working folder */
        usec_t timeout;      /* until all is ready */
        TrialLogs logs;
        char *log_directory; /* absolute; NULL: in the trial's own folder */
        char *report;        /* JUnit XML goes there; NULL: nowhere */
        bool strict;
        char **command; /* weak: words of the command line */
} TrialOptions;

#define TRIAL_OPTIONS_NULL ((TrialOptions){.timeout = 90 * USEC_PER_SEC})

/* `arguments`: what stands behind the word `run`. -EINVAL: `*ret_error` is a sentence, the caller's to free. */
int trial_options_parse(TrialOptions *options, char **arguments, char **ret_error);
void trial_options_done(TrialOptions *options);
const char *trial_options_help(void);

/* What the caller gave to us and the command shall find: main() changes it for the daemon. */
typedef struct TrialInheritance {
        bool ignores_pipe; /* SIGPIPE was ignored */
        unsigned umask;
} TrialInheritance;

/* All of it. Returns the exit status. `config_paths`: those given before the word `run`; NULL: none. */
int trial_main(char *const *config_paths, char **arguments, const TrialInheritance *inheritance);

/* run-folder.c: the trial's own folder */
typedef struct TrialFolder {
        char *path;   /* absolute, mode 0700 */
        char *socket; /* in it */
        char *logs;   /* in it, or --log-dir */
} TrialFolder;

#define TRIAL_FOLDER_NULL ((TrialFolder){.path = NULL})

/* `*ret_error` as above. */
int trial_folder_make(TrialFolder *folder, const char *log_directory, char **ret_error);
/* Removes it with all that is in it. May be called twice, by several processes. */
void trial_folder_remove(const TrialFolder *folder);
void trial_folder_done(TrialFolder *folder);

/* One trial, as its processes know it from the beginning. */
typedef struct Trial {
        const TrialOptions *options;
        const TrialInheritance *inheritance;
        TrialFolder folder;
        pid_t relay_pid;
        pid_t command_group;   /* the relay's process group, which the command joins */
        sigset_t signal_mask;  /* as the caller gave it */
        bool ignores_children; /* likewise SIGCHLD's disposition */
        int caller_fd;         /* hangs up when there is nobody left to be told anything; -EBADF: none */
        bool progress_shown;   /* a line on the terminal that is to be overwritten */
        bool unheard;          /* nobody reads stderr: nobody is waited for any more */
} Trial;

#define TRIAL_NULL ((Trial){.caller_fd = -EBADF})

/* run-guard.c: the guard's whole life. Returns when nothing is left; it ends then. */
void trial_guard(Trial *trial, int relay_fd);
/* run-supervisor.c: the daemon's. Returns its exit status. */
int trial_supervise(const Trial *trial, int guard_fd);

/* run-say.c: a sentence on stderr, behind `tended run: `. Who doesn't read it is waited for a while, once, and not at
 * all when the caller is gone. */
void trial_say(Trial *trial, const char *format, ...) _printf_(2, 3);
/* Bytes as they are. */
void trial_write(Trial *trial, const char *bytes, size_t n);
/* The line that tells a person what is waited for, in place of the last; "" takes it away. Waits for nobody. */
void trial_progress(Trial *trial, const char *text);
