/* SPDX-License-Identifier: MIT */
/* Specifiers in values. The walk knows the syntax only; what a letter means is its caller's knowledge. A '%' before
 * what can't be a specifier (a blank, a sign) stands for itself, as systemd has it, so that `date +%s` is an error
 * that names `%s`, and `50% of` is text. */

#include "common/specifier.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"

static bool is_letter(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static int complain_unknown(const char *specifier, size_t length, char **ret_error)
{
        int n = asprintf(ret_error, "%%%.*s is not a specifier (write %%%% for a percent sign)",
                         (int) MIN(length, (size_t) 100), specifier);

        if (n < 0)
                *ret_error = NULL;
        return n < 0 ? -ENOMEM : -EINVAL;
}

/* `s` stands behind the '%'; *ret_length is how much of it the specifier takes. */
static int resolve_one(const char *s, const Specifiers *specifiers, Text *text, size_t *ret_length, char **ret_error)
{
        _cleanup_free_ char *name = NULL, *value = NULL;
        char *error = NULL;
        size_t length = 1;
        int r;

        if (*s == '{') {
                const char *end = strchr(s, '}');

                if (!end) {
                        *ret_error = strdup("%{ is not closed by }");
                        return *ret_error ? -EINVAL : -ENOMEM;
                }
                length = (size_t) (end - s) + 1;
                name = strndup(s + 1, length - 2);
                if (!name)
                        return -ENOMEM;
        }

        r = specifiers ? specifiers->resolve(specifiers->userdata, *s, name, &value, &error) : -ENOENT;
        if (r == -ENOENT) {
                free(error);
                return complain_unknown(s, length, ret_error);
        }
        if (r < 0) {
                *ret_error = error;
                return r;
        }
        text_add_string(text, value);
        *ret_length = length;
        return 0;
}

int specifier_expand(const char *text, const Specifiers *specifiers, char **ret, char **ret_error)
{
        _cleanup_(text_done) Text result = TEXT_NULL;
        size_t length;
        int r;

        *ret_error = NULL;
        while (*text) {
                length = strcspn(text, "%");
                text_add(&result, text, length);
                text += length;
                if (!*text)
                        break;

                text++;
                length = 0;
                if (*text == '%')
                        length = 1;
                if (is_letter(*text) || *text == '{') {
                        r = resolve_one(text, specifiers, &result, &length, ret_error);
                        if (r < 0)
                                return r;
                } else
                        text_add_char(&result, '%');
                text += length;

                if (result.n > SPECIFIER_RESULT_MAX) {
                        *ret_error = strdup("longer than 128 KiB once its specifiers are resolved");
                        return *ret_error ? -E2BIG : -ENOMEM;
                }
        }
        return text_take(&result, ret);
}
