/* SPDX-License-Identifier: MIT */

/* Ports=: names of ports, as a list like any other. Each gets its number from who reserves them (the specifier
 * `%{SERVICE.NAME}` knows it, in this definition and in every other one). */

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/quote.h"
#include "common/strv.h"
#include "core/kinds.h"

#define PORTS_MAX     64
#define PORT_NAME_MAX 32

static void list_done(PortList *list)
{
        for (size_t i = 0; i < list->n; i++)
                free(list->items[i].name);
        free(list->items);
        *list = (PortList){0};
}

static bool name_is_good(const char *name)
{
        size_t n = strlen(name);

        for (size_t i = 0; i < n; i++)
                if (!isalnum((unsigned char) name[i]) && name[i] != '_' && name[i] != '-')
                        return false;
        return n > 0 && n <= PORT_NAME_MAX;
}

/* 0, where whoever reserves ports has not been asked yet. */
static int find_number(const Assignment *assignment, const char *name, uint16_t *ret)
{
        _cleanup_free_ char *key = NULL, *value = NULL, *error = NULL;
        int r;

        if (asprintf(&key, "%s.%s", assignment->service, name) < 0) {
                key = NULL;
                return -ENOMEM;
        }
        r = assignment->specifiers->resolve(assignment->specifiers->userdata, '{', key, &value, &error);
        if (r == -ENOMEM)
                return r;
        *ret = r < 0 ? 0 : (uint16_t) strtoul(value, NULL, 10);
        return 0;
}

static int add_name(const Assignment *assignment, PortList *list, const char *name)
{
        Port *items;
        int r;

        if (!name_is_good(name))
                return assignment_error(assignment,
                                        "%s is not the name of a port (letters, digits, _ and -, at most %d)", name,
                                        PORT_NAME_MAX);
        for (size_t i = 0; i < list->n; i++)
                if (strcasecmp(list->items[i].name, name) == 0)
                        return assignment_error(assignment, "names the port %s twice", name);
        if (list->n >= PORTS_MAX)
                return assignment_error(assignment, "names more than %d ports", PORTS_MAX);

        items = reallocarray(list->items, list->n + 1, sizeof(Port));
        if (!items)
                return -ENOMEM;
        list->items = items;
        items[list->n] = (Port){.name = strdup(name)};
        if (!items[list->n].name)
                return -ENOMEM;
        r = find_number(assignment, name, &items[list->n].number);
        list->n++;
        return r;
}

static int copy_names(const Assignment *assignment, const PortList *from, PortList *to)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < from->n; i++)
                r = add_name(assignment, to, from->items[i].name);
        return r;
}

static int parse_ports(const Assignment *assignment)
{
        PortList *field = TARGET(PortList, assignment);
        _cleanup_(list_done) PortList list = {0};
        const char *p = assignment->value;
        int r;

        if (assignment->value[0] == '\0') {
                list_done(field);
                return 0;
        }
        r = copy_names(assignment, field, &list);
        while (r >= 0) {
                _cleanup_free_ char *word = NULL;

                r = word_extract(&p, NULL, WORD_LIST, &word);
                if (r == -EINVAL || r == -EBADMSG)
                        return assignment_error(assignment, "%s", word_error(r));
                if (r <= 0)
                        break;
                r = add_name(assignment, &list, word);
        }
        if (r < 0)
                return r;
        list_done(field);
        *field = list;
        list = (PortList){0};
        return 0;
}

static int show_ports(const Directive *directive, const void *base, Value *ret)
{
        const PortList *list = FIELD(PortList, directive, base);
        _cleanup_(strv_freep) char **shown = NULL;

        for (size_t i = 0; i < list->n; i++) {
                int r = strv_extendf(&shown, "%s=%u", list->items[i].name, list->items[i].number);

                if (r < 0)
                        return r;
        }
        *ret = (Value){.type = VALUE_STRV, .strings = TAKE_PTR(shown)};
        return 0;
}

static bool equal_ports(const Directive *directive, const void *a, const void *b)
{
        const PortList *x = FIELD(PortList, directive, a), *y = FIELD(PortList, directive, b);

        for (size_t i = 0; i < x->n && i < y->n; i++)
                if (strcmp(x->items[i].name, y->items[i].name) != 0 || x->items[i].number != y->items[i].number)
                        return false;
        return x->n == y->n;
}

static void done_ports(const Directive *directive, void *base)
{
        list_done(FIELD(PortList, directive, base));
}

const DirectiveKind kind_ports = {"NAME…",    VALUE_STRV,  REPETITION_APPENDS, parse_ports,
                                  show_ports, equal_ports, done_ports};
