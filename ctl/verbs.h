/* SPDX-License-Identifier: MIT */
#pragma once

/* What tendctl can be told: one table of verbs, one of options. Parser, help and suggestions come from them. */

#include "common/macro.h"

typedef struct Context Context;

typedef enum OptionId {
        /* of every verb */
        OPTION_HELP,
        OPTION_VERSION,
        OPTION_SOCKET,
        OPTION_USER,
        OPTION_SYSTEM,
        OPTION_JSON,
        OPTION_QUIET,
        OPTION_NO_PAGER,
        OPTION_TIMEOUT,
        /* of some */
        OPTION_NO_BLOCK,
        OPTION_DRY_RUN,
        OPTION_REVERSE,
        OPTION_SIGNAL,
        OPTION_WHOM,
        OPTION_FOR,
        OPTION_FOLLOW,
        OPTION_LINES,
        OPTION_SINCE,
        OPTION_UNTIL,
        OPTION_GREP,
        OPTION_STREAM,
        OPTION_INVOCATION,
        OPTION_NO_EVENTS,
        OPTION_VERIFY,
        OPTION_OUTPUT,
        OPTION_PROPERTY,
        OPTION_VALUE,
        OPTION_NO_NEWLINE,
        OPTION_EOF,
        OPTION_FROM,
        OPTION_START,
        OPTION_READ_ONLY,
        OPTION_LOSSLESS,
        OPTION_NAME,
        OPTION_DIRECTIVE,
        OPTION_POOL,
        OPTION_PIPE,
        OPTION_LOG,
        OPTION_PTY,
        OPTION_WAIT,
        _OPTION_N,
} OptionId;

#define OPTION_BIT(id) (UINT64_C(1) << (id))
#define OPTIONS_COMMON (OPTION_BIT(OPTION_TIMEOUT + 1) - 1)

typedef enum OptionArgument {
        ARGUMENT_NONE,
        ARGUMENT_REQUIRED,
        ARGUMENT_COUNT, /* may be left out: taken only where it is a number or `all` */
} OptionArgument;

typedef struct OptionInfo {
        const char *name; /* without dashes */
        char letter;      /* 0: none */
        OptionArgument argument;
        const char *value; /* what the argument is called in the help */
        const char *help;
} OptionInfo;

extern const OptionInfo option_infos[_OPTION_N];

typedef struct Verb {
        const char *name;
        const char *arguments; /* for the help */
        const char *summary;
        unsigned min_arguments, max_arguments;
        uint64_t options; /* OPTION_BIT()s beside the common ones */
        /* Returns the exit status. NULL: not yet built. */
        int (*run)(Context *context);
        bool command; /* its arguments are a command: from the first one on nothing is an option */
        bool text;    /* behind the name stands text: a word that is none of its options, too */
} Verb;

extern const Verb verbs[];
extern const size_t n_verbs;

/* NULL where there is none. */
const Verb *verb_find(const char *name);

int verb_status(Context *context);
int verb_list(Context *context);
int verb_start(Context *context); /* stop, restart, try-restart and reload, too */
int verb_kill(Context *context);
int verb_is(Context *context); /* is-active, is-ready, is-failed */
int verb_reset_failed(Context *context);
int verb_wait(Context *context);
int verb_logs(Context *context);
int verb_cat(Context *context);
int verb_show(Context *context);
int verb_daemon_reload(Context *context);
int verb_apply(Context *context); /* diff, too */
int verb_why(Context *context);
int verb_list_dependencies(Context *context);
int verb_events(Context *context);
int verb_shutdown(Context *context);
int verb_send(Context *context);
int verb_read(Context *context);
int verb_expect(Context *context);
int verb_ask(Context *context);
int verb_attach(Context *context);
/* The same, for who has more to do where --timeout has ended it and not the service: that is not told then, and only
 * then is `*ret_timed_out` changed to true. */
int attach_until_end(Context *context, bool *ret_timed_out);
int verb_run(Context *context);
