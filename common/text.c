/* SPDX-License-Identifier: MIT */
/* A string that grows by doubling. Callers add without checking and learn of a lack of memory when they take the
 * result: one check instead of one a letter. */

#include "common/text.h"

#include <string.h>

void text_done(Text *text)
{
        free(text->bytes);
        *text = TEXT_NULL;
}

static bool text_reserve(Text *text, size_t more)
{
        size_t wanted, size;
        char *grown;

        if (text->failed)
                return false;
        /* One byte is kept for the terminator. */
        if (__builtin_add_overflow(text->n, more, &wanted) || __builtin_add_overflow(wanted, (size_t) 1, &wanted)) {
                text->failed = true;
                return false;
        }
        if (wanted <= text->allocated)
                return true;

        size = MAX(wanted, MAX(text->allocated > SIZE_MAX / 2 ? SIZE_MAX : 2 * text->allocated, (size_t) 32));
        grown = realloc(text->bytes, size);
        if (!grown) {
                text->failed = true;
                return false;
        }
        text->bytes = grown;
        text->allocated = size;
        return true;
}

void text_add(Text *text, const char *bytes, size_t n)
{
        if (n == 0 || !text_reserve(text, n))
                return;
        memcpy(text->bytes + text->n, bytes, n);
        text->n += n;
}

void text_add_string(Text *text, const char *s)
{
        text_add(text, s, strlen(s));
}

void text_add_char(Text *text, char c)
{
        text_add(text, &c, 1);
}

int text_take(Text *text, char **ret)
{
        if (!text_reserve(text, 0)) {
                text_done(text);
                return -ENOMEM;
        }
        text->bytes[text->n] = '\0';
        *ret = text->bytes;
        *text = TEXT_NULL;
        return 0;
}
