/* SPDX-License-Identifier: MIT */

/* `tendctl list`: a table for people, the rows as they are for programs. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ctl/property.h"
#include "ctl/services.h"
#include "ctl/table.h"
#include "ctl/time-text.h"

static const TableColumn columns[] = {
        {.header = "NAME"},
        {.header = "STATE", .shrinks = true},
        {.header = "PID", .right = true},
        {.header = "UPTIME", .right = true},
        {.header = "RESTARTS", .right = true},
        {.header = "MEMORY", .right = true},
        {.header = "DESCRIPTION", .shrinks = true},
};

static int add_number(Table *table, uint64_t number)
{
        return number > 0 ? table_addf(table, STYLE_PLAIN, "%" PRIu64, number) : table_add(table, "-", STYLE_DIM);
}

static int add_uptime(Table *table, JsonValue *row, usec_t now)
{
        uint64_t since = row_number(row, "ActiveEnterTimestamp", 0);
        char text[TIME_TEXT_MAX];
        const char *state = row_string(row, "ActiveState");

        if (since == 0 || (strcmp(state, "active") != 0 && strcmp(state, "reloading") != 0))
                return table_add(table, "-", STYLE_DIM);
        return table_add(table, time_rough(text, usec_sub(now, since)), STYLE_PLAIN);
}

static int add_memory(Table *table, JsonValue *row)
{
        uint64_t bytes = row_number(row, "MemoryCurrent", UINT64_MAX);
        char text[TIME_TEXT_MAX];

        return table_add(table, bytes == UINT64_MAX ? "-" : size_format(text, bytes),
                         bytes == UINT64_MAX ? STYLE_DIM : STYLE_PLAIN);
}

static int add_row(Table *table, JsonValue *row, usec_t now)
{
        char state[PROPERTY_STATE_MAX];
        int r;

        r = table_add(table, row_string(row, "Id"), STYLE_PLAIN);
        if (r < 0)
                return r;
        r = table_add(table, property_state(row, state), style_of_state(row_string(row, "ActiveState")));
        if (r < 0)
                return r;
        r = add_number(table, row_number(row, "MainPID", 0));
        if (r < 0)
                return r;
        r = add_uptime(table, row, now);
        if (r < 0)
                return r;
        r = table_addf(table, STYLE_PLAIN, "%" PRIu64, row_number(row, "NRestarts", 0));
        if (r < 0)
                return r;
        r = add_memory(table, row);
        if (r < 0)
                return r;
        return table_add(table, row_string(row, "Description"), STYLE_PLAIN);
}

static int print_table(const Context *context, JsonValue *rows)
{
        _cleanup_(table_freep) Table *table = NULL;
        _cleanup_free_ char *text = NULL;
        usec_t now = time_now();
        int r;

        r = table_new(columns, ELEMENTSOF(columns), &table);
        if (r < 0)
                return r;
        for (size_t i = 0; i < json_object_array_length(rows); i++) {
                r = add_row(table, json_object_array_get_idx(rows, i), now);
                if (r < 0)
                        return r;
        }
        r = table_format(table, &context->out, true, &text);
        if (r < 0)
                return r;
        fputs(text, stdout);
        return 0;
}

int verb_list(Context *context)
{
        _cleanup_json_ JsonValue *rows = NULL;
        int status, r;

        status = context_connect(context);
        if (status != STATUS_DONE)
                return status;
        status = services_list(context, context_names(context), NULL, &rows);
        if (!rows || context->options->quiet)
                return status;

        r = context->options->json ? json_print_rows(rows) : print_table(context, rows);
        return r < 0 ? status_worse(status, context_fail(context, NULL, r)) : status;
}
