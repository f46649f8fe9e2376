/* SPDX-License-Identifier: MIT */
/* Names. They become file names, cgroups and D-Bus object paths, so letters are few and lengths bounded: no '/', no
 * leading dot, no leading dash, nothing that a shell or a pattern takes for its own. */

#include "common/name.h"

#include <errno.h>
#include <string.h>

#define FIRST_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"
#define LETTERS       FIRST_LETTERS ".:-"

static const char suffix[] = ".service";

/* Of `n` bytes, which hold no '@' where the name is right. */
static const char *part_problem(const char *s, size_t n)
{
        if (n > NAME_PART_MAX)
                return "is longer than 100 bytes";
        if (n > 0 && !strchr(FIRST_LETTERS, *s))
                return "does not begin with a letter, a digit or '_'";
        if (strspn(s, LETTERS) < n)
                return "has other bytes than letters, digits and '_' '.' ':' '-'";
        return NULL;
}

const char *name_problem(const char *s)
{
        size_t n = strcspn(s, "@");
        const char *problem;

        if (n == 0)
                return "is empty";
        problem = part_problem(s, n);
        if (problem || !s[n])
                return problem;
        return part_problem(s + n + 1, strlen(s + n + 1));
}

int name_classify(const char *s)
{
        const char *instance = name_instance(s);

        if (name_problem(s))
                return -EINVAL;
        if (!instance)
                return NAME_PLAIN;
        return *instance ? NAME_INSTANCE : NAME_TEMPLATE;
}

bool name_is_plain(const char *s)
{
        return name_classify(s) == NAME_PLAIN;
}

size_t name_stem_length(const char *s)
{
        size_t n = strlen(s), n_suffix = strlen(suffix);

        return n > n_suffix && strcmp(s + n - n_suffix, suffix) == 0 ? n - n_suffix : n;
}

int name_normalize(const char *s, char **ret)
{
        _cleanup_free_ char *name = strndup(s, name_stem_length(s));

        if (!name)
                return -ENOMEM;
        if (name_problem(name))
                return -EINVAL;
        *ret = TAKE_PTR(name);
        return 0;
}

const char *name_instance(const char *s)
{
        const char *at = strchr(s, '@');

        return at ? at + 1 : NULL;
}
