/* SPDX-License-Identifier: MIT */

/* Compares two definitions by the table of directives, and says each difference in the words of a definition: the
 * commands instead of the records that `show` prints, the names of signals instead of their numbers.
 *
 * A run that goes on while its definition changes is compared with what it was begun with, not with the reading
 * before: two changes that take each other back leave nothing to be done. Only what differs is kept, so the old
 * readings need not be. */

#include "core/directive-change.h"

#include <errno.h>
#include <string.h>

#include "common/parse.h"
#include "common/strv.h"
#include "common/text.h"
#include "core/kinds.h"

void directive_changes_done(DirectiveChanges *changes)
{
        for (size_t i = 0; i < changes->n; i++) {
                free(changes->items[i].before);
                free(changes->items[i].after);
        }
        free(changes->items);
        *changes = (DirectiveChanges){NULL, 0};
}

const DirectiveChange *directive_changes_get(const DirectiveChanges *changes, const char *name)
{
        for (size_t i = 0; i < changes->n; i++)
                if (strcmp(changes->items[i].name, name) == 0)
                        return &changes->items[i];
        return NULL;
}

int directive_changes_add(DirectiveChanges *changes, const DirectiveChange *change)
{
        _cleanup_free_ char *before = strdup(change->before), *after = strdup(change->after);
        DirectiveChange *grown;

        if (!before || !after)
                return -ENOMEM;
        grown = realloc(changes->items, (changes->n + 1) * sizeof(DirectiveChange));
        if (!grown)
                return -ENOMEM;

        changes->items = grown;
        grown[changes->n++] = (DirectiveChange){
                .name = change->name,
                .before = TAKE_PTR(before),
                .after = TAKE_PTR(after),
                .takes = change->takes,
        };
        return 0;
}

/* Of `{ path=/bin/sh ; argv[]=/bin/sh -c x ; ignore_errors=no }` the command line. */
static void add_command(Text *text, const char *record)
{
        static const char begin[] = "argv[]=", end[] = " ; ignore_errors=";
        const char *from = strstr(record, begin), *to = NULL;

        from = from ? from + strlen(begin) : record;
        /* The line itself may hold such words: its end is the last of them. */
        for (const char *p = strstr(from, end); p; p = strstr(p + 1, end))
                to = p;
        if (text->n > 0)
                text_add_string(text, " ; ");
        text_add(text, from, to ? (size_t) (to - from) : strlen(from));
}

static int format_commands(const Value *value, char **ret)
{
        Text text = TEXT_NULL;

        STRV_FOREACH (record, value->strings)
                add_command(&text, *record);
        return text_take(&text, ret);
}

static int format_signal(const Value *value, char **ret)
{
        char name[SIGNAL_NAME_MAX];

        *ret = strdup(value->integer == 0 ? "" : signal_format(name, (int) value->integer));
        return *ret ? 0 : -ENOMEM;
}

static int format(const Directive *row, const void *base, char **ret)
{
        _cleanup_(value_done) Value value = VALUE_NULL;
        int r;

        r = row->kind->show(row, base, &value);
        if (r < 0)
                return r;
        if (value.type == VALUE_RECORDS)
                return format_commands(&value, ret);
        if (row->kind == &kind_signal)
                return format_signal(&value, ret);
        return value_format(&value, ret);
}

/* As `show` has it. */
static int format_plain(const Directive *row, const void *base, char **ret)
{
        _cleanup_(value_done) Value value = VALUE_NULL;
        int r;

        r = row->kind->show(row, base, &value);
        return r < 0 ? r : value_format(&value, ret);
}

typedef int (*format_fn)(const Directive *row, const void *base, char **ret);

static int format_both(const Directive *row, format_fn fn, const DefinedBy *bases, DirectiveChange *ret)
{
        _cleanup_free_ char *before = NULL, *after = NULL;
        const void *old = row->section == SECTION_DAEMON ? (const void *) bases[0].daemon : bases[0].service;
        const void *new = row->section == SECTION_DAEMON ? (const void *) bases[1].daemon : bases[1].service;
        int r;

        r = fn(row, old, &before);
        if (r >= 0)
                r = fn(row, new, &after);
        if (r < 0)
                return r;
        free(ret->before);
        free(ret->after);
        ret->before = TAKE_PTR(before);
        ret->after = TAKE_PTR(after);
        return 0;
}

/* Two values that differ and look the same: commands in their prefixes, which the records tell; limits in the soft
 * one, which has a row of its own behind it. */
static int tell_apart(const Directive *row, const DefinedBy *bases, DirectiveChange *change)
{
        if (strcmp(change->before, change->after) != 0)
                return 0;
        if (row->kind == &kind_limit)
                return format_both(row + 1, format_plain, bases, change);
        return format_both(row, format_plain, bases, change);
}

/* `bases`: before and after. */
static int add_row(const Directive *row, const DefinedBy *bases, DirectiveChanges *changes)
{
        DirectiveChange change = {.name = row->name, .takes = row->takes};
        int r;

        r = format_both(row, format, bases, &change);
        if (r >= 0)
                r = tell_apart(row, bases, &change);
        if (r >= 0)
                r = directive_changes_add(changes, &change);
        free(change.before);
        free(change.after);
        return r;
}

/* The rows of a section that differ. A property without a directive is a part of another, a directive without a
 * property the sum of two: both are seen in those. */
static int add_section(DirectiveSection section, const DefinedBy *bases, DirectiveChanges *changes)
{
        const void *before = section == SECTION_DAEMON ? (const void *) bases[0].daemon : bases[0].service;
        const void *after = section == SECTION_DAEMON ? (const void *) bases[1].daemon : bases[1].service;
        size_t n;
        const Directive *rows = directives(section, &n);

        for (size_t i = 0; i < n; i++) {
                int r;

                if (!rows[i].name || !rows[i].property || rows[i].kind->equal(&rows[i], before, after))
                        continue;
                r = add_row(&rows[i], bases, changes);
                if (r < 0)
                        return r;
        }
        return 0;
}

int directive_changes_find(const DefinedBy *before, const DefinedBy *after, DirectiveChanges *ret)
{
        _cleanup_(directive_changes_done) DirectiveChanges changes = {NULL, 0};
        const Directive *environment = directive_find(SECTION_DAEMON, "DefaultEnvironment");
        const DefinedBy bases[] = {*before, *after};
        int r;

        r = add_section(SECTION_SERVICE, bases, &changes);
        if (r < 0)
                return r;
        if (after->service->kind != UNIT_TARGET &&
            !environment->kind->equal(environment, before->daemon, after->daemon)) {
                r = add_row(environment, bases, &changes);
                if (r < 0)
                        return r;
                /* Of the run, for a service. */
                changes.items[changes.n - 1].takes = TAKES_RESTART;
        }

        *ret = changes;
        changes = (DirectiveChanges){NULL, 0};
        return 0;
}

int directive_changes_find_daemon(const DaemonConfig *before, const DaemonConfig *after, DirectiveChanges *ret)
{
        _cleanup_(directive_changes_done) DirectiveChanges changes = {NULL, 0};
        const DefinedBy bases[] = {{.daemon = before}, {.daemon = after}};
        int r;

        r = add_section(SECTION_DAEMON, bases, &changes);
        if (r < 0)
                return r;
        *ret = changes;
        changes = (DirectiveChanges){NULL, 0};
        return 0;
}

int directive_changes_copy(const DirectiveChanges *changes, DirectiveChanges *ret)
{
        _cleanup_(directive_changes_done) DirectiveChanges copy = {NULL, 0};

        for (size_t i = 0; i < changes->n; i++) {
                int r = directive_changes_add(&copy, &changes->items[i]);

                if (r < 0)
                        return r;
        }
        *ret = copy;
        copy = (DirectiveChanges){NULL, 0};
        return 0;
}

static void take_out(DirectiveChanges *changes, size_t i)
{
        free(changes->items[i].before);
        free(changes->items[i].after);
        changes->n--;
        memmove(&changes->items[i], &changes->items[i + 1], (changes->n - i) * sizeof(DirectiveChange));
}

static int follow_one(DirectiveChanges *pending, const DirectiveChange *change)
{
        for (size_t i = 0; i < pending->n; i++) {
                DirectiveChange *item = &pending->items[i];
                char *after;

                if (strcmp(item->name, change->name) != 0)
                        continue;
                if (strcmp(item->before, change->after) == 0) {
                        take_out(pending, i);
                        return 0;
                }
                after = strdup(change->after);
                if (!after)
                        return -ENOMEM;
                free(item->after);
                item->after = after;
                return 0;
        }
        return change->takes == TAKES_RESTART ? directive_changes_add(pending, change) : 0;
}

int directive_changes_follow(DirectiveChanges *pending, const DirectiveChanges *more)
{
        for (size_t i = 0; i < more->n; i++) {
                int r = follow_one(pending, &more->items[i]);

                if (r < 0)
                        return r;
        }
        return 0;
}
