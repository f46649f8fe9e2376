/* SPDX-License-Identifier: MIT */
#pragma once

/* THE table: every directive with its place, type, default, property and documentation. The parser, the defaults,
 * what `show` prints, what a reload reports and the settings of tended.service(5) all come from it; a new setting is
 * a field in core/config.h and a row here. */

#include "common/specifier.h"
#include "core/config-diff.h"
#include "core/config.h"
#include "core/value.h"

typedef enum DirectiveSection {
        SECTION_SERVICE,
        SECTION_DAEMON,
        SECTION_TARGET,   /* of a ServiceConfig, too */
        SECTION_TEMPLATE, /* what a template has besides the directives of its instances */
        SECTION_POOL,
        _DIRECTIVE_SECTION_N,
} DirectiveSection;

typedef enum DirectiveGroup {
        GROUP_WHAT,
        GROUP_ORDER,
        GROUP_RESTART,
        GROUP_STOP,
        GROUP_READY,
        GROUP_HEALTH,
        GROUP_RUN_AS,
        GROUP_ENVIRONMENT,
        GROUP_STREAMS,
        GROUP_PORTS,
        GROUP_DAEMON,
        _DIRECTIVE_GROUP_N,
} DirectiveGroup;

/* What a further assignment of the same directive does. */
typedef enum Repetition {
        REPETITION_REPLACES,
        REPETITION_APPENDS, /* an empty assignment empties the list */
        REPETITION_ADDS,    /* an empty assignment does nothing: dependencies can't be taken back */
} Repetition;

typedef enum WordState {
        WORD_BUILT,
        WORD_LATER,   /* of the design, not built yet */
        WORD_SYSTEMD, /* systemd has it, tended has not */
} WordState;

/* One of a fixed set of values. */
typedef struct ChoiceWord {
        const char *name; /* NULL ends the list */
        unsigned value;
        WordState state;
} ChoiceWord;

typedef struct Directive Directive;

/* A value on its way into a field. */
typedef struct Assignment {
        const Directive *directive;
        const char *value;   /* without white space around it; may be empty */
        void *base;          /* the ServiceConfig, DaemonConfig, PoolConfig or TemplateConfig */
        const char *service; /* NULL: [daemon], [pool NAME] */
        const Specifiers *specifiers;
        Diagnostics *diagnostics;
        Where where;
} Assignment;

/* The type of a directive's value: how it is read, shown, compared and freed. */
typedef struct DirectiveKind {
        const char *syntax; /* for the manual: SPAN, SIZE, … */
        ValueType type;     /* of its property */
        Repetition repetition;
        /* 0; -EINVAL: the diagnostics say why (of a list of names, those before the wrong one are in); -ENOMEM. */
        int (*parse)(const Assignment *assignment);
        /* 0, -ENOMEM. `*ret` is of the type `type`. */
        int (*show)(const Directive *directive, const void *base, Value *ret);
        bool (*equal)(const Directive *directive, const void *a, const void *b);
        void (*done)(const Directive *directive, void *base); /* NULL: owns nothing */
        bool secret; /* values are not repeated in messages, which are for everybody */
} DirectiveKind;

struct Directive {
        const char *name;     /* NULL: a property without a directive of its own */
        const char *property; /* in `show` and on the bus; NULL: none */
        const DirectiveKind *kind;
        DirectiveSection section;
        DirectiveGroup group;
        ChangeTakes takes;
        size_t offset;             /* of the field */
        size_t offset2;            /* of a second field, where the kind has one */
        const ChoiceWord *words;   /* of kinds that choose */
        int64_t min, max;          /* of kinds with bounds */
        const char *initial;       /* the default, in the directive's own syntax; NULL: see `initial_note` */
        const char *initial_note;  /* the default for people, where `initial` alone doesn't say it */
        const char *documentation; /* sentences; *word* is emphasised, `text` is literal */
};

/* The rows of a section, in the order of the manual: group by group. */
const Directive *directives(DirectiveSection section, size_t *ret_n);
/* More than any section has. */
#define DIRECTIVES_MAX 192
/* NULL where the section has no such directive, or property. */
const Directive *directive_find(DirectiveSection section, const char *name);
const Directive *directive_find_property(DirectiveSection section, const char *property);

/* Names that are no row of the table. */
typedef enum DirectiveFate {
        FATE_UNKNOWN,
        FATE_LATER,   /* of the design, not built yet */
        FATE_SYSTEMD, /* systemd has it, tended has not */
} DirectiveFate;
DirectiveFate directive_fate(DirectiveSection section, const char *name);
/* Directives that are not built yet, in the design's order; ended by NULL. */
const char *const *directives_later(DirectiveSection section);

const char *directive_section_name(DirectiveSection section);
/* Its line, for messages: `[service NAME]`. */
const char *directive_section_header(DirectiveSection section);
const char *directive_group_title(DirectiveGroup group);

/* Every field at its default. The object must be zero. -ENOMEM. */
int service_config_init(ServiceConfig *config);
/* Of a target: the rows of its own section on top. */
int target_config_init(ServiceConfig *config);
int daemon_config_init(DaemonConfig *config);
/* Where the directive was given; where that was not kept, or it was not given: where the service's section begins. */
Where service_config_place(const ServiceConfig *config, const char *directive);
/* Frees what the fields own. */
void service_config_done(ServiceConfig *config);
void daemon_config_done(DaemonConfig *config);

/* Notes an error about the assigned value, as `KEY=VALUE: …`; -EINVAL. */
int assignment_error(const Assignment *assignment, const char *format, ...) _printf_(2, 3);
void assignment_warning(const Assignment *assignment, const char *format, ...) _printf_(2, 3);
