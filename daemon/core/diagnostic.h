/* SPDX-License-Identifier: MIT */
#pragma once

/* What is wrong with the definitions, told as `FILE:LINE: sentence`: all of it, not the first. */

#include "common/macro.h"

/* Where a piece of a definition stands. `file` is owned by the Config (or outlives it). */
typedef struct Where {
        const char *file;
        unsigned line;
} Where;

typedef enum Severity {
        SEVERITY_WARNING, /* the service runs */
        SEVERITY_ERROR,   /* the service is bad, a reload changes nothing, --check fails */
} Severity;

typedef struct Diagnostic {
        Severity severity;
        char *file;    /* NULL where it belongs to no file */
        unsigned line; /* 0 where it belongs to a whole file */
        char *service; /* the section's service; NULL where there is none */
        char *text;
} Diagnostic;

typedef struct Diagnostics {
        Diagnostic *items;
        size_t n;
        size_t n_errors;
        bool out_of_memory; /* something could not even be noted: counts as an error */
} Diagnostics;

void diagnostics_done(Diagnostics *diagnostics);
/* Notes one finding; the strings are copied. Never fails: see `out_of_memory`. */
void diagnostics_add(Diagnostics *diagnostics, Severity severity, Where where, const char *service,
                     const char *format, ...) _printf_(5, 6);
/* By file and line, errors and warnings mixed, in the order found within a line. */
void diagnostics_sort(Diagnostics *diagnostics);
/* `FILE:LINE: text` (`warning: ` before a warning's text), without newline; the caller frees it. */
char *diagnostic_format(const Diagnostic *diagnostic);
/* How many bytes of `s` a message should repeat, at most `max`, no letter of UTF-8 cut: for `%.*s`. */
int diagnostic_shown(const char *s, size_t max);
