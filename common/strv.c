/* SPDX-License-Identifier: MIT */
/* Vectors of strings. They keep no count of their own: the size of a vector's memory follows from its length, as it
 * grows at the powers of two only, so that any vector made here can be added to here. */

#include "common/strv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

size_t strv_length(char *const *strv)
{
        size_t n = 0;

        STRV_FOREACH (i, strv)
                n++;
        return n;
}

char **strv_free(char **strv)
{
        STRV_FOREACH (i, strv)
                free(*i);
        free(strv);
        return NULL;
}

int strv_consume_n(char ***strv, size_t *n, char *s)
{
        char **grown;

        if (!s)
                return -ENOMEM;

        /* Grows at powers of two, so that a vector of n strings is copied log n times. */
        if ((*n & (*n + 1)) == 0) {
                grown = realloc(*strv, 2 * (*n + 1) * sizeof(char *));
                if (!grown) {
                        free(s);
                        return -ENOMEM;
                }
                *strv = grown;
        }
        (*strv)[(*n)++] = s;
        (*strv)[*n] = NULL;
        return 0;
}

int strv_consume(char ***strv, char *s)
{
        size_t n = strv_length(*strv);

        return strv_consume_n(strv, &n, s);
}

int strv_extend(char ***strv, const char *s)
{
        return strv_consume(strv, strdup(s));
}

int strv_extendf(char ***strv, const char *format, ...)
{
        char *s = NULL;
        va_list args;
        int r;

        va_start(args, format);
        r = vasprintf(&s, format, args);
        va_end(args);
        return strv_consume(strv, r < 0 ? NULL : s);
}

int strv_copy(char *const *strv, char ***ret)
{
        _cleanup_(strv_freep) char **copy = NULL;
        int r;

        STRV_FOREACH (i, strv) {
                r = strv_extend(&copy, *i);
                if (r < 0)
                        return r;
        }
        *ret = TAKE_PTR(copy);
        return 0;
}

bool strv_contains(char *const *strv, const char *s)
{
        STRV_FOREACH (i, strv)
                if (strcmp(*i, s) == 0)
                        return true;
        return false;
}

bool strv_equal(char *const *a, char *const *b)
{
        if (strv_length(a) != strv_length(b))
                return false;
        for (size_t i = 0; a && a[i]; i++)
                if (strcmp(a[i], b[i]) != 0)
                        return false;
        return true;
}

char *strv_join(char *const *strv, const char *separator)
{
        size_t size = 1;
        char *joined, *end;

        STRV_FOREACH (i, strv)
                size += strlen(*i) + strlen(separator);
        joined = malloc(size);
        if (!joined)
                return NULL;
        end = joined;
        STRV_FOREACH (i, strv)
                end = stpcpy(i == strv ? end : stpcpy(end, separator), *i);
        *end = '\0';
        return joined;
}
