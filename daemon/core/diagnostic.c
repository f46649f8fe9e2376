/* SPDX-License-Identifier: MIT */

/* The list of what is wrong with the definitions. It only collects: whoever finds something words it, whoever reads
 * the definitions decides what follows from it. Running out of memory while noting a mistake is a mistake by itself,
 * so that a reading that is short of memory can't pass for a good one. */

#include "core/diagnostic.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void diagnostics_done(Diagnostics *diagnostics)
{
        for (size_t i = 0; i < diagnostics->n; i++) {
                free(diagnostics->items[i].file);
                free(diagnostics->items[i].service);
                free(diagnostics->items[i].text);
        }
        free(diagnostics->items);
        *diagnostics = (Diagnostics){};
}

/* Room for one more: sizes are powers of two. */
static bool diagnostics_reserve(Diagnostics *diagnostics)
{
        size_t n = diagnostics->n;
        Diagnostic *items;

        if (n & (n - 1))
                return true;
        items = reallocarray(diagnostics->items, n ? n * 2 : 1, sizeof(*items));
        if (!items)
                return false;
        diagnostics->items = items;
        return true;
}

static bool copy(const char *s, char **ret)
{
        *ret = s ? strdup(s) : NULL;
        return *ret || !s;
}

/* What would move the cursor of the terminal that it is printed on. */
static void tame(char *text)
{
        for (char *p = text; *p; p++)
                if ((unsigned char) *p < ' ' || *p == 0x7f)
                        *p = '?';
}

static bool diagnostics_append(Diagnostics *diagnostics, Severity severity, Where where, const char *service,
                               const char *text)
{
        _cleanup_free_ char *file_copy = NULL, *service_copy = NULL, *text_copy = NULL;

        if (!copy(where.file, &file_copy) || !copy(service, &service_copy) || !copy(text, &text_copy) ||
            !diagnostics_reserve(diagnostics))
                return false;

        tame(text_copy);
        diagnostics->items[diagnostics->n++] = (Diagnostic){
                .severity = severity,
                .file = TAKE_PTR(file_copy),
                .line = where.line,
                .service = TAKE_PTR(service_copy),
                .text = TAKE_PTR(text_copy),
        };
        return true;
}

void diagnostics_add(Diagnostics *diagnostics, Severity severity, Where where, const char *service,
                     const char *format, ...)
{
        _cleanup_free_ char *text = NULL;
        va_list ap;
        int n;

        if (severity == SEVERITY_ERROR)
                diagnostics->n_errors++;

        va_start(ap, format);
        n = vasprintf(&text, format, ap);
        va_end(ap);
        if (n < 0) {
                text = NULL; /* undefined after a failure */
                diagnostics->out_of_memory = true;
                return;
        }
        if (!diagnostics_append(diagnostics, severity, where, service, text))
                diagnostics->out_of_memory = true;
}

static int diagnostic_compare(const Diagnostic *a, const Diagnostic *b)
{
        int r = strcmp(a->file ?: "", b->file ?: "");

        return r ?: (a->line > b->line) - (a->line < b->line);
}

/* Merges two sorted halves: what is equal stays in the order in which it was found. */
static void merge(const Diagnostic *from, size_t middle, size_t n, Diagnostic *to)
{
        size_t a = 0, b = middle;

        for (size_t i = 0; i < n; i++) {
                bool first = b >= n || (a < middle && diagnostic_compare(&from[a], &from[b]) <= 0);

                to[i] = from[first ? a++ : b++];
        }
}

static void sort(Diagnostic *items, size_t n, Diagnostic *spare)
{
        if (n < 2)
                return;
        sort(items, n / 2, spare);
        sort(items + n / 2, n - n / 2, spare);
        memcpy(spare, items, n * sizeof(*items));
        merge(spare, n / 2, n, items);
}

void diagnostics_sort(Diagnostics *diagnostics)
{
        _cleanup_free_ Diagnostic *spare = calloc(diagnostics->n, sizeof(*spare));

        if (spare)
                sort(diagnostics->items, diagnostics->n, spare);
        else if (diagnostics->n > 0)
                diagnostics->out_of_memory = true;
}

char *diagnostic_format(const Diagnostic *diagnostic)
{
        const char *severity = diagnostic->severity == SEVERITY_WARNING ? "warning: " : "";
        char *text;
        int n;

        if (!diagnostic->file)
                n = asprintf(&text, "%s%s", severity, diagnostic->text);
        else if (diagnostic->line == 0)
                n = asprintf(&text, "%s: %s%s", diagnostic->file, severity, diagnostic->text);
        else
                n = asprintf(&text, "%s:%u: %s%s", diagnostic->file, diagnostic->line, severity, diagnostic->text);
        return n < 0 ? NULL : text;
}

int diagnostic_shown(const char *s, size_t max)
{
        size_t n = strnlen(s, max + 1);

        if (n <= max)
                return n;
        n = max;
        while (n > 0 && ((unsigned char) s[n] & 0xc0) == 0x80)
                n--;
        return n;
}
