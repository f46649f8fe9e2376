/* SPDX-License-Identifier: MIT */
#pragma once

/* The types of directives' values (see DirectiveKind), one object each, and what their files share. */

#include <limits.h>

#include "core/directives.h"

/* kind-number.c */
extern const DirectiveKind kind_bool;          /* bool */
extern const DirectiveKind kind_count;         /* unsigned, from min to max */
extern const DirectiveKind kind_percent;       /* unsigned, `10` or `10%` */
extern const DirectiveKind kind_optional_int;  /* int, from min to max; offset2: bool, given */
extern const DirectiveKind kind_size;          /* uint64_t, from min to max */
extern const DirectiveKind kind_span;          /* usec_t, `infinity` allowed */
extern const DirectiveKind kind_finite_span;   /* usec_t; USEC_INFINITY: not given */
extern const DirectiveKind kind_timeout;       /* usec_t; 0 means infinity, as in systemd */
extern const DirectiveKind kind_both_timeouts; /* a timeout into both fields */
extern const DirectiveKind kind_mode;          /* unsigned, octal */
extern const DirectiveKind kind_signal;        /* int; empty: 0, none */
extern const DirectiveKind kind_level;         /* int, 0 to 7 */
extern const DirectiveKind kind_limit;         /* ResourceLimit; min: RLIMIT_…; shows the hard limit */
extern const DirectiveKind kind_soft_limit;    /* the same field; shows the soft limit */

/* kind-choice.c */
extern const DirectiveKind kind_choice;      /* an enum, by `words` */
extern const DirectiveKind kind_choice_flag; /* a bool, by `words` */
extern const DirectiveKind kind_stream;      /* StreamSetting, by `words` */
extern const DirectiveKind kind_log_target;  /* LogTarget, by `words`; offset2: char *, folder of `file:` */

/* kind-text.c */
extern const DirectiveKind kind_string;            /* char * */
extern const DirectiveKind kind_user;              /* char *, user or group by name or number */
extern const DirectiveKind kind_pattern;           /* char *, PCRE2 */
extern const DirectiveKind kind_working_directory; /* char *; offset2: bool, may be missing */
extern const DirectiveKind kind_pid_file;          /* char *, absolute; relative ones are below %t */
extern const DirectiveKind kind_input_text;        /* char *, a line for each assignment */

/* kind-list.c */
extern const DirectiveKind kind_documentation;     /* char **, URIs */
extern const DirectiveKind kind_users;             /* char **, groups */
extern const DirectiveKind kind_directories;       /* char **, relative paths */
extern const DirectiveKind kind_assignments;       /* char **, NAME=VALUE; each name once */
extern const DirectiveKind kind_log_fields;        /* char **, NAME=VALUE for the journal */
extern const DirectiveKind kind_environment_files; /* char **, each with its '-' */
extern const DirectiveKind kind_variable_names;    /* char **, NAME */
extern const DirectiveKind kind_variables_unset;   /* char **, NAME or NAME=VALUE */

/* kind-probe.c */
extern const DirectiveKind kind_probe_tcp;  /* char **, HOST:PORT */
extern const DirectiveKind kind_probe_unix; /* char **, paths and @NAME */
extern const DirectiveKind kind_probe_http; /* char **, URL and status */
extern const DirectiveKind kind_probe_path; /* char **, paths */

/* kind-ports.c */
extern const DirectiveKind kind_ports; /* PortList */

/* kind-service.c */
extern const DirectiveKind kind_commands;    /* CommandList */
extern const DirectiveKind kind_references;  /* ReferenceList */
extern const DirectiveKind kind_exit_status; /* ExitStatusSet */

/* kind-many.c */
extern const DirectiveKind kind_instances; /* char **, names */
extern const DirectiveKind kind_slots;     /* unsigned, at least 1; POOL_SLOTS_CPUS */
extern const DirectiveKind kind_pool;      /* char *, a pool's name */

/* As many as there are processors: what the reading puts a number for. */
#define POOL_SLOTS_CPUS    UINT_MAX
/* All templates together make so many services at most. */
#define INSTANCES_MAX      10000
/* What their lines come to, once for each instance. */
#define INSTANCES_SIZE_MAX ((size_t) 8 * 1024 * 1024)

static inline void *field_of(size_t offset, const void *base)
{
        return (char *) base + offset;
}
#define FIELD(type, directive, base)  ((type *) field_of((directive)->offset, (base)))
#define FIELD2(type, directive, base) ((type *) field_of((directive)->offset2, (base)))
/* The field of an assignment. */
#define TARGET(type, assignment)      FIELD(type, (assignment)->directive, (assignment)->base)
#define TARGET2(type, assignment)     FIELD2(type, (assignment)->directive, (assignment)->base)

/* The value with its specifiers resolved, for the caller to free. -EINVAL: said. */
int assignment_expand(const Assignment *assignment, const char *text, char **ret);
/* Says why a parser of common/ refused the value: `expected` is what it should have been. Returns -EINVAL, or -ENOMEM
 * as it came. */
int assignment_refused(const Assignment *assignment, int error, const char *expected);
/* Shared by kinds that own one string, or one vector of strings. */
int show_string(const Directive *directive, const void *base, Value *ret);
bool equal_string(const Directive *directive, const void *a, const void *b);
void done_string(const Directive *directive, void *base);
int show_words(const Directive *directive, const void *base, Value *ret);
bool equal_words(const Directive *directive, const void *a, const void *b);
void done_words(const Directive *directive, void *base);
/* A user's or group's name, or a number; else says why not. */
int assignment_check_user(const Assignment *assignment, const char *name);
