/* SPDX-License-Identifier: MIT */

/* What `diff` and `apply` say of a change. A person wants to see in one line what will happen to a service, and below
 * it why; the values are cut to what can be compared at a glance. */

#include "ctl/change-text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl/display.h"

#define VALUE_WIDTH 60

typedef struct Words {
        const char *word, *text;
        StyleId style;
} Words;

static const Words changes[] = {
        {"added", "is new", STYLE_GOOD},
        {"removed", "is gone", STYLE_BAD},
        {"changed", "is changed", STYLE_BOLD},
        {"pending", "runs by an earlier definition", STYLE_BOLD},
        {"dragged", "goes with what it depends on", STYLE_PLAIN},
        {"wanted", "comes with the daemon from now on", STYLE_GOOD},
};

static const Words takes[] = {
        {"live", "in effect without a restart", STYLE_PLAIN},
        {"next-start", "in effect at its next start", STYLE_PLAIN},
        {"restart", "restart needed", STYLE_WARN},
        {"nothing", "nothing to be done", STYLE_PLAIN},
};

static const Words *find(const Words *words, size_t n, const char *word)
{
        static const Words unknown = {"", "", STYLE_PLAIN};

        for (size_t i = 0; i < n; i++)
                if (strcmp(words[i].word, word) == 0)
                        return &words[i];
        return &unknown;
}

/* What came of it; NULL: nothing was done yet. */
static const char *done(JsonValue *row)
{
        const char *action = row_string(row, "Action"), *outcome = row_string(row, "Outcome");

        if (!*outcome || strcmp(outcome, "pending") == 0)
                return NULL;
        if (strcmp(outcome, "done") != 0)
                return strcmp(action, "start") == 0  ? "start failed"
                       : strcmp(action, "stop") == 0 ? "stop failed"
                                                     : "restart failed";
        return strcmp(action, "start") == 0 ? "started" : strcmp(action, "stop") == 0 ? "stopped" : "restarted";
}

/* What it comes to, for a service. */
static const char *consequence(JsonValue *row)
{
        const char *change = row_string(row, "Change"), *action = row_string(row, "Action");
        bool service = row_string(row, "Id")[0] != '[';

        if (done(row))
                return done(row);
        if (!service && strcmp(row_string(row, "Takes"), "restart") == 0)
                return "in effect when the daemon is started anew";
        if (!service)
                return "in effect without a restart";
        if (strcmp(action, "start") == 0)
                return "to be started";
        if (strcmp(action, "stop") == 0)
                return "to be stopped";
        if (strcmp(change, "dragged") == 0)
                return "restarted as well";
        if (strcmp(change, "added") == 0)
                return "not started by itself";
        if (strcmp(change, "removed") == 0)
                return "it doesn't run";
        return find(takes, ELEMENTSOF(takes), row_string(row, "Takes"))->text;
}

static char *cut_value(const char *value, const Style *style)
{
        _cleanup_free_ char *safe = display_safe(value, strlen(value), false);

        if (!safe)
                return NULL;
        return *safe ? display_cut(safe, VALUE_WIDTH, style_ellipsis(style)) : strdup("(none)");
}

static int print_directive(FILE *f, JsonValue *row, const Style *style)
{
        _cleanup_free_ char *before = cut_value(row_string(row, "Before"), style);
        _cleanup_free_ char *after = cut_value(row_string(row, "After"), style);
        const Words *take = find(takes, ELEMENTSOF(takes), row_string(row, "Takes"));

        if (!before || !after)
                return -ENOMEM;
        fprintf(f, "    %s: %s -> %s%s (%s)%s\n", row_string(row, "Directive"), before, after,
                style_on(style, STYLE_DIM), take->text, style_off(style, STYLE_DIM));
        return 0;
}

static int print_change(FILE *f, JsonValue *row, const Style *style)
{
        const Words *change = find(changes, ELEMENTSOF(changes), row_string(row, "Change"));
        bool restart = strcmp(row_string(row, "Action"), "restart") == 0 && !done(row);
        JsonValue *directives = NULL;
        int r = 0;

        fprintf(f, "%s%s%s %s: %s%s%s\n", style_on(style, change->style), row_string(row, "Id"),
                style_off(style, change->style), change->text, style_on(style, restart ? STYLE_WARN : STYLE_PLAIN),
                consequence(row), style_off(style, restart ? STYLE_WARN : STYLE_PLAIN));
        if (!json_object_object_get_ex(row, "Directives", &directives))
                return 0;
        for (size_t i = 0; r >= 0 && i < json_object_array_length(directives); i++)
                r = print_directive(f, json_object_array_get_idx(directives, i), style);
        return r;
}

int change_format(JsonValue *row, const Style *style, char **ret)
{
        _cleanup_free_ char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);
        int r;

        if (!f)
                return -ENOMEM;
        r = print_change(f, row, style);
        if (fclose(f) != 0)
                r = -ENOMEM;
        if (r < 0)
                return r;
        *ret = TAKE_PTR(text);
        return 0;
}

static unsigned count(JsonValue *rows, const char *action)
{
        unsigned n = 0;

        for (size_t i = 0; i < json_object_array_length(rows); i++)
                n += strcmp(row_string(json_object_array_get_idx(rows, i), "Action"), action) == 0;
        return n;
}

int change_format_sum(JsonValue *rows, char **ret)
{
        unsigned stop = count(rows, "stop"), restart = count(rows, "restart"), start = count(rows, "start");
        int n;

        if (stop + restart + start == 0)
                n = asprintf(ret, "An apply would touch no service.");
        else
                n = asprintf(ret, "An apply would stop %u, restart %u and start %u.", stop, restart, start);
        return n < 0 ? -ENOMEM : 0;
}
