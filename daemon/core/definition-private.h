/* SPDX-License-Identifier: MIT */
#pragma once

/* What definition.c and definition-finish.c share. */

#include "common/text.h"
#include "core/definition.h"
#include "core/directives.h"

/* One section's object while it is read: a service or [daemon]. */
typedef struct Draft {
        DirectiveSection section;
        ServiceConfig *service;      /* of SECTION_SERVICE; owned until it goes to the config */
        DaemonConfig *daemon;        /* of SECTION_DAEMON; weak, but for a draft that is thrown away */
        Where given[DIRECTIVES_MAX]; /* where each directive was assigned last; line 0: nowhere */
        char *begun_in;              /* name of the file that began it; NULL: not begun */
        Where where;                 /* of its first section */
        Where latest;                /* of its latest section */
        Text source;
        bool mistaken;    /* a line of it could not be read */
        bool thrown_away; /* the section stands twice: its lines are read for their mistakes alone */
} Draft;

struct Definition {
        const SpecifierValues *values;
        Config *config;
        Draft **drafts; /* services, sorted by name */
        size_t n_drafts;
        bool keep_places;
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

static inline const char *draft_service_name(const Draft *draft)
{
        return draft && draft->service ? draft->service->name : NULL;
}

Draft *draft_free(Draft *draft);
/* Adds to what `tendctl cat` shows, which is text whatever the file holds. */
void draft_add_source(Draft *draft, const char *source, size_t n);
/* Where the directive was given, or NULL. */
const Where *draft_given(const Draft *draft, const char *directive);
