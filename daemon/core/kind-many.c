/* SPDX-License-Identifier: MIT */

/* Directives that say how many, and of which: the instances of a template, the slots of a pool, and whose slot it is
 * that a service needs. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/name.h"
#include "common/parse.h"
#include "common/quote.h"
#include "common/strv.h"
#include "core/kinds.h"

static int compare_names(const void *a, const void *b)
{
        return strcmp(*(char *const *) a, *(char *const *) b);
}

/* Each name may stand once. NULL: it does. */
static int find_twice(char *const *names, size_t n, const char **ret)
{
        _cleanup_free_ const char **sorted = calloc(n + 1, sizeof(*sorted));

        if (!sorted)
                return -ENOMEM;
        memcpy(sorted, names, n * sizeof(*sorted));
        qsort(sorted, n, sizeof(*sorted), compare_names);
        *ret = NULL;
        for (size_t i = 1; i < n && !*ret; i++)
                if (strcmp(sorted[i - 1], sorted[i]) == 0)
                        *ret = sorted[i];
        return 0;
}

/* 1, 2, … */
static int count_instances(unsigned n, char ***ret)
{
        _cleanup_(strv_freep) char **names = NULL;
        size_t n_names = 0;

        for (unsigned i = 1; i <= n; i++) {
                char *name;
                int r;

                if (asprintf(&name, "%u", i) < 0)
                        return -ENOMEM;
                r = strv_consume_n(&names, &n_names, name);
                if (r < 0)
                        return r;
        }
        *ret = TAKE_PTR(names);
        return 0;
}

static int check_instance(const Assignment *assignment, const char *word)
{
        const char *problem = word[0] == '\0' ? "is empty" : strchr(word, '@') ? "holds a second @" : NULL;

        if (!problem)
                problem = name_problem(word);
        if (!problem && (name_stem_length(word) < strlen(word) || name_is_target(word)))
                problem = "ends in what is no part of a name";
        return problem ? assignment_error(assignment, "%.200s is not the name of an instance: it %s", word, problem)
                       : 0;
}

static int name_instances(const Assignment *assignment, char ***ret)
{
        _cleanup_(strv_freep) char **names = NULL;
        const char *p = assignment->value, *twice;
        size_t n = 0;
        int r;

        for (;;) {
                char *word = NULL;

                r = word_extract(&p, NULL, WORD_UNQUOTE | WORD_RETAIN_ESCAPE, &word);
                if (r == -EINVAL || r == -EBADMSG)
                        return assignment_error(assignment, "%s", word_error(r));
                if (r < 0)
                        return r;
                if (r == 0)
                        break;
                r = check_instance(assignment, word);
                if (r < 0) {
                        free(word);
                        return r;
                }
                r = strv_consume_n(&names, &n, word);
                if (r < 0)
                        return r;
                if (n > INSTANCES_MAX)
                        return assignment_error(assignment, "makes more than %d instances", INSTANCES_MAX);
        }
        r = find_twice(names, n, &twice);
        if (r < 0)
                return r;
        if (twice)
                return assignment_error(assignment, "names the instance %s twice", twice);
        *ret = TAKE_PTR(names);
        return 0;
}

static int parse_instances(const Assignment *assignment)
{
        const char *value = assignment->value;
        char ***field = TARGET(char **, assignment), **names = NULL;
        size_t n = strlen(value);
        uint64_t count;
        int r = 0;

        if (n > 0 && strspn(value, "0123456789") == n) {
                /* Decimal, whatever it begins with: what would `010` be? */
                r = value[0] == '0' && n > 1 ? -EINVAL : unsigned_parse(value, INSTANCES_MAX, &count);
                if (r == -ENOMEM)
                        return r;
                if (r < 0)
                        return assignment_error(assignment, "is not a number from 0 to %d, nor names", INSTANCES_MAX);
                r = count_instances(count, &names);
        } else if (n > 0) {
                r = name_instances(assignment, &names);
        }
        if (r < 0)
                return r;
        strv_free(*field);
        *field = names;
        return 0;
}

static int show_instances(const Directive *directive, const void *base, Value *ret)
{
        _cleanup_(strv_freep) char **names = NULL;
        int r = strv_copy(*FIELD(char **, directive, base), &names);

        if (r < 0)
                return r;
        *ret = (Value){.type = VALUE_STRV, .strings = TAKE_PTR(names)};
        return 0;
}

static bool equal_instances(const Directive *directive, const void *a, const void *b)
{
        return strv_equal(*FIELD(char **, directive, a), *FIELD(char **, directive, b));
}

static void done_instances(const Directive *directive, void *base)
{
        strv_free(*FIELD(char **, directive, base));
}

static int parse_slots(const Assignment *assignment)
{
        const Directive *directive = assignment->directive;
        unsigned *field = TARGET(unsigned, assignment);
        uint64_t value;
        int r;

        if (strcmp(assignment->value, "cpus") == 0) {
                *field = POOL_SLOTS_CPUS;
                return 0;
        }
        r = unsigned_parse(assignment->value, directive->max, &value);
        if (r == -ERANGE || (r >= 0 && (int64_t) value < directive->min))
                return assignment_error(assignment, "is not between %d and %d", (int) directive->min,
                                        (int) directive->max);
        if (r < 0)
                return assignment_refused(assignment, r, "a whole number, or cpus");
        *field = value;
        return 0;
}

static int show_slots(const Directive *directive, const void *base, Value *ret)
{
        *ret = (Value){.type = VALUE_UINT, .number = *FIELD(unsigned, directive, base)};
        return 0;
}

static bool equal_slots(const Directive *directive, const void *a, const void *b)
{
        return *FIELD(unsigned, directive, a) == *FIELD(unsigned, directive, b);
}

static int parse_pool(const Assignment *assignment)
{
        _cleanup_free_ char *value = NULL;
        char **field = TARGET(char *, assignment);
        int r = assignment_expand(assignment, assignment->value, &value);

        if (r < 0)
                return r;
        if (value[0] != '\0' && !name_is_plain(value))
                return assignment_error(assignment, "is not the name of a pool: it %s",
                                        name_problem(value) ?: "holds an @");
        free(*field);
        *field = value[0] != '\0' ? TAKE_PTR(value) : NULL;
        return 0;
}

const DirectiveKind kind_instances = {"NUMBER or NAME…", VALUE_STRV,      REPETITION_REPLACES, parse_instances,
                                      show_instances,    equal_instances, done_instances};
const DirectiveKind kind_slots = {"NUMBER or cpus", VALUE_UINT, REPETITION_REPLACES,
                                  parse_slots,      show_slots, equal_slots};
const DirectiveKind kind_pool = {"NAME",      VALUE_STRING, REPETITION_REPLACES, parse_pool,
                                 show_string, equal_string, done_string};
