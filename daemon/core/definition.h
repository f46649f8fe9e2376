/* SPDX-License-Identifier: MIT */
#pragma once

/* Makes a Config out of the lines of definition files. Whoever reads the files (host/config-load) gives them one by
 * one; a reading takes everything, notes what is wrong with it, and ends in definition_finish(). All functions return
 * 0 or -ENOMEM: a wrong definition is no failure but a diagnostic. */

#include "core/config.h"

typedef struct Definition Definition;

/* What the specifiers stand for that are the same everywhere. NULL: not known, and an error where it is asked for. */
typedef struct SpecifierValues {
        const char *user_name;    /* %u, the daemon's */
        const char *user_id;      /* %U */
        const char *home;         /* %h */
        const char *runtime_root; /* %t */
        const char *host_name;    /* %H */
        const char *tmp;          /* %T */
        /* The number of a service's port (`%{SERVICE.NAME}`), 0: it has none; NULL: none are known. */
        unsigned (*find_port)(void *userdata, const char *service, const char *name);
        void *find_port_userdata;
        bool ports_may_come; /* a port that isn't known is no mistake: it may be reserved after this reading, for
                                another one; see definition_wants_ports() */
        unsigned n_cpus;     /* no specifier: Slots=cpus of a pool; 0: not known */
} SpecifierValues;

/* One file, before its lines. */
typedef struct DefinitionFile {
        const char *path;   /* as messages name it */
        const char *folder; /* absolute, as %Y names it */
        const char *name;   /* within its folder; of a drop-in: of the file that it adds to */
        bool drop_in;       /* adds to sections of that file, and can't begin any */
} DefinitionFile;

/* More mistakes than that in one file, and the rest of it isn't worth reading. */
#define DEFINITION_MISTAKES_MAX 1000

/* The strings of `values` have to live as long as the reading. */
int definition_new(const SpecifierValues *values, Definition **ret);
Definition *definition_free(Definition *definition);
DEFINE_CLEANUP(Definition *, definition_free);

/* A line that means something, continuation lines joined, without white space around it. */
typedef struct DefinitionLine {
        char *text;         /* is taken apart in place */
        unsigned number;    /* of its first physical line */
        const char *source; /* it as it stands in the file, with the comments before it: for `tendctl cat` */
        size_t source_size;
} DefinitionLine;

/* With `ports_may_come`: a port was asked for that was not known. */
bool definition_wants_ports(const Definition *definition);
/* Keep ServiceConfig.places: for who looks closer afterwards. */
void definition_keep_places(Definition *definition);
/* Names in Requires, After and the like, and those of templates, mean what `others` has: of it nothing but services
 * and templates is looked at, and it has to live as long as the reading. NULL: only what is read. */
void definition_refer_to(Definition *definition, const Config *others);
int definition_begin_file(Definition *definition, const DefinitionFile *file);
/* A line that begins with `[`. */
int definition_section(Definition *definition, const DefinitionLine *line);
/* A header that could not even be read: the lines behind it belong to nothing. */
void definition_skip_section(Definition *definition);
/* Any other line. */
int definition_assign(Definition *definition, const DefinitionLine *line);
/* An error at `line` (0: of the whole file), which is the service's in whose section it stands. */
void definition_complain(Definition *definition, unsigned line, const char *format, ...) _printf_(3, 4);
/* True once this file has DEFINITION_MISTAKES_MAX mistakes. */
bool definition_has_enough(const Definition *definition);
/* Checks what can be said only of the whole, and gives the config away. The reading may only be freed then. */
int definition_finish(Definition *definition, Config **ret);
