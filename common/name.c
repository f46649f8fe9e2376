/* SPDX-License-Identifier: MIT */
/* Names. They become file names, cgroups and D-Bus object paths, so letters are few and lengths bounded: no '/', no
 * leading dot, no leading dash, nothing that a shell or a pattern takes for its own. */

#include "common/name.h"

#include <errno.h>
#include <string.h>

#define FIRST_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"
#define LETTERS       FIRST_LETTERS ".:-"

static const char suffix[] = ".service", target_suffix[] = ".target";

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

static bool ends_in(const char *s, size_t n, const char *end)
{
        size_t n_end = strlen(end);

        return n > n_end && strcmp(s + n - n_end, end) == 0;
}

size_t name_stem_length(const char *s)
{
        size_t n = strlen(s);

        return ends_in(s, n, suffix) ? n - strlen(suffix) : n;
}

bool name_is_target(const char *s)
{
        return ends_in(s, strlen(s), target_suffix);
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

char *name_tame(const char *s, bool target)
{
        size_t n_suffix = target ? strlen(target_suffix) : 0, n = strlen(s);
        char name[NAME_PART_MAX + 1] = "_";

        if (target && name_is_target(s))
                n -= n_suffix;
        n = MIN(n, NAME_PART_MAX - n_suffix);
        for (size_t i = 0; i < n; i++)
                name[i] = strchr(i == 0 ? FIRST_LETTERS : LETTERS, s[i]) ? s[i] : '_';
        n = MAX(n, (size_t) 1);
        memcpy(name + n, target_suffix, n_suffix);
        name[n + n_suffix] = '\0';
        return strdup(name);
}

const char *name_instance(const char *s)
{
        const char *at = strchr(s, '@');

        return at ? at + 1 : NULL;
}
