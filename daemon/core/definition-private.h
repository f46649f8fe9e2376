/* SPDX-License-Identifier: MIT */
#pragma once

/* What the files of the reading share: definition (its life), -section (headers), -assign (lines), -template
 * (instances), -relations (names of others), -config (what it becomes), -finish (the whole). */

#include "common/text.h"
#include "core/definition.h"
#include "core/directives.h"

/* A line that is kept until it is known for whom it is. */
typedef struct DraftLine {
        char *key, *value;
        Where where;
} DraftLine;

/* One section's object while it is read. */
typedef struct Draft {
        DirectiveSection section;
        char *name;                  /* `web`, `web@`, `web@1`, `web.target`; of a pool its own; NULL: [daemon] */
        ServiceConfig *service;      /* of SECTION_SERVICE, SECTION_TARGET; owned until it goes to the config */
        TemplateConfig *template;    /* of SECTION_TEMPLATE; likewise */
        PoolConfig *pool;            /* of SECTION_POOL; likewise */
        DaemonConfig *daemon;        /* of SECTION_DAEMON; weak, but for a draft that is thrown away */
        Where given[DIRECTIVES_MAX]; /* where each directive was assigned last; line 0: nowhere */
        char *begun_in;              /* name of the file that began it; NULL: not begun */
        Where where;                 /* of its first section */
        Where latest;                /* of its latest section */
        Text source;
        char *folder; /* of the file that began it */
        char **sources;
        DraftLine *lines; /* of a template, and of an instance's own section */
        size_t n_lines;
        bool mistaken;    /* a line of it could not be read */
        bool stands_in;   /* for the instances that a template has not */
        bool thrown_away; /* the section stands twice: its lines are read for their mistakes alone */
} Draft;

/* Drafts, sorted by name. */
typedef struct DraftList {
        Draft **items;
        size_t n;
} DraftList;

struct Definition {
        const SpecifierValues *values;
        Config *config;
        DraftList units;    /* services, templates, instances, targets */
        DraftList pools;    /* have names of their own */
        DraftList misnamed; /* sections of services and targets whose name is none, as they came */
        bool keep_places;
        const Config *others; /* weak; whom names in After and the like may mean; NULL: only its own */
        bool wants_ports;     /* a port was asked for that isn't known (yet) */
        Draft daemon;
        ServiceConfig defaults; /* owns nothing */

        /* the file in progress */
        const char *path; /* in config->files */
        char *folder, *name;
        bool drop_in;
        bool outside_told; /* lines before the first section have been complained of */
        size_t n_errors_before;

        /* the section in progress */
        Draft *draft; /* NULL: lines are passed over */
        Draft *spare; /* owned; the draft of a section that stands twice */
        bool in_section;
};

/* Begins the draft's name of a section whose name is none: no name has such a letter. A number follows. */
#define DRAFT_MISNAMED "!"

/* Whose mistakes a draft's are: a service's, a template's (`web@`) or a target's name; NULL: nobody's. */
static inline const char *draft_owner(const Draft *draft)
{
        return !draft || draft->section == SECTION_POOL ? NULL : draft->name;
}

/* definition.c */
/* A draft of `section`, with all defaults. `name`: NULL for [daemon], which is to be thrown away then. */
int draft_new(const Definition *definition, DirectiveSection section, const char *name, Draft **ret);
Draft *draft_free(Draft *draft);
DEFINE_CLEANUP(Draft *, draft_free);
/* The object that its section's rows describe. */
void *draft_base(const Draft *draft);
/* Adds to what `tendctl cat` shows, which is text whatever the file holds. */
void draft_add_source(Draft *draft, const char *source, size_t n);
/* Where the directive was given, or NULL. */
const Where *draft_given(const Draft *draft, const char *directive);
/* Index of the draft of this name, or -(index where it belongs) - 1. */
ssize_t draft_list_find(const DraftList *list, const char *name);
/* Takes `draft`, whatever comes of it. */
int draft_list_insert(DraftList *list, Draft *draft, size_t index);
/* Lines from here on belong to `draft`; NULL: they are passed over. */
void definition_enter(Definition *definition, Draft *draft);
/* Notes an error of `draft` at `where`. */
void definition_complain_of(Definition *definition, const Draft *draft, Where where, const char *format, ...)
        _printf_(4, 5);

/* definition-assign.c */
/* Reads a line into the draft's object. */
int definition_assign_to(Definition *definition, Draft *draft, const char *key, const char *value, Where where);

/* definition-template.c */
/* Makes the instances of all templates out of the lines that were kept: the drafts are services from then on, and
 * the templates stand in the config. */
int definition_make_instances(Definition *definition);

/* definition-config.c */
/* Puts sections whose name is none among the others, under names that are made of what was given. */
int definition_place_misnamed(Definition *definition);
/* Give the drafts' services and targets, and their pools, to the config. */
int definition_hand_over_units(Definition *definition);
int definition_hand_over_pools(Definition *definition);
/* When all mistakes are known. */
void definition_mark_bad(Config *config);

/* definition-relations.c */
/* Lets names of templates stand for all their instances, and complains of names that stand for nothing. `others`: of
 * whom they are the names, too, if it isn't NULL. */
int definition_check_relations(Config *config, const Config *others);
