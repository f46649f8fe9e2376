/* SPDX-License-Identifier: MIT */

/* Sorts what was said of instances by what it says, and counts who it was said of. The order in which the rest was
 * found stays as it is. */

#include "core/instances.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/name.h"

/* A diagnostic of an instance. */
typedef struct Claim {
        Diagnostic *diagnostic; /* its `text` is NULL once it is dropped */
        const TemplateConfig *template;
} Claim;

/* The template that the instance is one of; NULL: it is none, or has none. */
static const TemplateConfig *find_template(const Config *config, const char *service)
{
        const char *instance = service ? name_instance(service) : NULL;
        _cleanup_free_ char *name = NULL;

        if (!instance || *instance == '\0')
                return NULL;
        name = strndup(service, instance - service - 1);
        return name ? config_find_template(config, name) : NULL;
}

static int compare_words(const Claim *x, const Claim *y)
{
        const Diagnostic *a = x->diagnostic, *b = y->diagnostic;
        int r = (a->line > b->line) - (a->line < b->line);

        if (r == 0)
                r = (int) a->severity - (int) b->severity;
        if (r == 0)
                r = strcmp(x->template->name, y->template->name);
        if (r == 0)
                r = strcmp(a->file ?: "", b->file ?: "");
        return r ?: strcmp(a->text, b->text);
}

static int compare_claims(const void *a, const void *b)
{
        const Claim *x = a, *y = b;
        int r = compare_words(x, y);

        if (r == 0)
                r = strcmp(x->diagnostic->service, y->diagnostic->service);
        return r ?: (x->diagnostic > y->diagnostic) - (x->diagnostic < y->diagnostic);
}

static size_t count_instances(const Claim *claims, size_t n)
{
        size_t n_instances = 1;

        for (size_t i = 1; i < n; i++)
                n_instances += strcmp(claims[i - 1].diagnostic->service, claims[i].diagnostic->service) != 0;
        return n_instances;
}

static void drop(Config *config, Diagnostic *diagnostic)
{
        if (diagnostic->severity == SEVERITY_ERROR)
                config->diagnostics.n_errors--;
        free(diagnostic->file);
        free(diagnostic->service);
        free(diagnostic->text);
        *diagnostic = (Diagnostic){};
}

static int rename_owner(Diagnostic *diagnostic, const char *owner)
{
        char *copy = strdup(owner);

        if (!copy)
                return -ENOMEM;
        free(diagnostic->service);
        diagnostic->service = copy;
        return 0;
}

/* The same words, of every instance there is: the first that was found stays. */
static int give_to_template(Config *config, const Claim *claims, size_t n)
{
        Diagnostic *first = claims[0].diagnostic;
        _cleanup_free_ char *owner = NULL;

        if (asprintf(&owner, "%s@", claims[0].template->name) < 0)
                return -ENOMEM;
        for (size_t i = 1; i < n; i++)
                if (claims[i].diagnostic < first)
                        first = claims[i].diagnostic;
        for (size_t i = 0; i < n; i++)
                if (claims[i].diagnostic != first)
                        drop(config, claims[i].diagnostic);
        return rename_owner(first, owner);
}

static int put_name_before(Diagnostic *diagnostic)
{
        char *text;

        if (asprintf(&text, "%s: %s", diagnostic->service, diagnostic->text) < 0)
                return -ENOMEM;
        free(diagnostic->text);
        diagnostic->text = text;
        return 0;
}

static int settle(Config *config, const Claim *claims, size_t n)
{
        int r = 0;

        if (count_instances(claims, n) >= claims[0].template->n_instances)
                return give_to_template(config, claims, n);
        for (size_t i = 0; i < n && r >= 0; i++)
                r = put_name_before(claims[i].diagnostic);
        return r;
}

static void close_gaps(Diagnostics *diagnostics, size_t first)
{
        size_t n = first;

        for (size_t i = first; i < diagnostics->n; i++)
                if (diagnostics->items[i].text)
                        diagnostics->items[n++] = diagnostics->items[i];
        diagnostics->n = n;
}

int instances_merge(Config *config, size_t first)
{
        Diagnostics *diagnostics = &config->diagnostics;
        _cleanup_free_ Claim *claims = NULL;
        size_t n = 0;
        int r = 0;

        if (diagnostics->n == first)
                return 0;
        claims = calloc(diagnostics->n - first, sizeof(*claims));
        if (!claims)
                return -ENOMEM;
        for (size_t i = first; i < diagnostics->n; i++) {
                const TemplateConfig *template = find_template(config, diagnostics->items[i].service);

                if (template)
                        claims[n++] = (Claim){.diagnostic = &diagnostics->items[i], .template = template};
        }
        if (n > 1)
                qsort(claims, n, sizeof(*claims), compare_claims);
        for (size_t begin = 0, end; begin < n && r >= 0; begin = end) {
                for (end = begin + 1; end < n && compare_words(&claims[begin], &claims[end]) == 0;)
                        end++;
                r = settle(config, &claims[begin], end - begin);
        }
        close_gaps(diagnostics, first);
        return r;
}

int instances_claim(Config *config, size_t first, const char *owner)
{
        int r = 0;

        for (size_t i = first; i < config->diagnostics.n && r >= 0; i++)
                r = rename_owner(&config->diagnostics.items[i], owner);
        return r;
}
