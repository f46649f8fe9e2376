/* SPDX-License-Identifier: MIT */

/* The words of `status`. A reader at three in the morning wants five things, in this order: what it is, since when,
 * why, what happens next, and the last lines. What goes without saying is left out. */

#include "ctl/status-print.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/exit-status.h"
#include "common/parse.h"
#include "common/protocol.h"
#include "ctl/display.h"
#include "ctl/property.h"
#include "ctl/ring.h"
#include "ctl/table.h"
#include "ctl/time-text.h"

#define LINES_DEFAULT 10

static const TableColumn overview_columns[] = {
        {.header = "", .tight = true},        {.header = "SERVICE"},
        {.header = "STATE", .shrinks = true}, {.header = "SINCE"},
        {.header = "PID", .right = true},     {.header = "RESTARTS", .right = true},
        {.header = "MEMORY", .right = true},  {.header = "REASON", .shrinks = true},
};

static bool is_state(JsonValue *row, const char *state)
{
        return strcmp(row_string(row, "ActiveState"), state) == 0;
}

/* A service that can't be started doesn't look like one that just isn't. */
static bool is_bad(JsonValue *row)
{
        return strcmp(row_string(row, "LoadState"), "bad-setting") == 0;
}

static const char *look_of(JsonValue *row)
{
        return is_bad(row) ? "failed" : row_string(row, "ActiveState");
}

static usec_t since_when(JsonValue *row)
{
        if (is_state(row, "active") || is_state(row, "reloading"))
                return row_number(row, "ActiveEnterTimestamp", 0);
        return row_number(row, "StateChangeTimestamp", 0);
}

/* A line of text from elsewhere on stdout. */
static int put_safe(const char *text)
{
        _cleanup_free_ char *safe = display_safe(text, strlen(text), false);

        if (!safe)
                return -ENOMEM;
        fputs(safe, stdout);
        return 0;
}

static void print_failed_names(const Context *context, JsonValue *rows)
{
        unsigned n = 0;

        for (size_t i = 0; i < json_object_array_length(rows); i++) {
                JsonValue *row = json_object_array_get_idx(rows, i);

                if (!is_state(row, "failed") && !is_bad(row))
                        continue;
                if (n++ < 10)
                        printf("%s%s", n > 1 ? ", " : "", row_string(row, "Id"));
        }
        if (n > 10)
                printf(" and %u more", n - 10);
}

static void print_counts(const Context *context, JsonValue *rows)
{
        const Style *style = &context->out;
        unsigned active = 0, bad = 0;
        size_t n = json_object_array_length(rows);

        for (size_t i = 0; i < n; i++) {
                JsonValue *row = json_object_array_get_idx(rows, i);

                active += is_state(row, "active") || is_state(row, "reloading");
                bad += is_state(row, "failed") || is_bad(row);
        }
        printf("; %u of %zu active", active, n);
        if (bad == 0)
                return;
        printf(", %s%u failed: ", style_on(style, STYLE_BAD), bad);
        print_failed_names(context, rows);
        fputs(style_off(style, STYLE_BAD), stdout);
}

static void print_daemon(const Context *context, JsonValue *manager, JsonValue *rows)
{
        const Style *style = &context->out;
        const char *log_state = row_string(manager, "LogState");
        usec_t started = row_number(manager, "StartTimestamp", 0);
        char up[TIME_TEXT_MAX], since[TIME_TEXT_MAX];

        printf("tended %s, process %" PRIu64 ", up %s (since %s); tracking by %s; log to %s",
               row_string(manager, "Version"), row_number(manager, "Pid", 0),
               time_rough(up, usec_sub(time_now(), started)), time_format(since, started, TIME_FULL),
               row_string(manager, "ProcessTracking"), row_string(manager, "LogTarget"));
        if (*log_state && strcmp(log_state, "delivering") != 0 &&
            strcmp(row_string(manager, "LogTarget"), "null") != 0)
                printf(": %s%s%s", style_on(style, STYLE_WARN), log_state, style_off(style, STYLE_WARN));
        print_counts(context, rows);
        putchar('\n');
}

static int add_number(Table *table, uint64_t number, bool show)
{
        return show ? table_addf(table, STYLE_PLAIN, "%" PRIu64, number) : table_add(table, NULL, STYLE_PLAIN);
}

/* Why it is so, and what comes next. */
static int add_reason(Table *table, JsonValue *row, usec_t now)
{
        usec_t next = row_number(row, "NextRestartTimestamp", 0);
        const char *reason = row_string(row, "Reason");
        char when[TIME_TEXT_MAX];

        if (next == 0 && row_bool(row, "NeedRestart"))
                return table_addf(table, STYLE_PLAIN, "%s%sdefinition changed: restart needed", reason,
                                  *reason ? "; " : "");
        if (next == 0)
                return table_add(table, reason, STYLE_PLAIN);
        return table_addf(table, STYLE_PLAIN, "%s%snext try %s", reason, *reason ? "; " : "",
                          time_relative(when, next, now));
}

static int add_overview_row(Table *table, const Style *style, JsonValue *row, usec_t now)
{
        StyleId look = style_of_state(look_of(row));
        uint64_t memory = row_number(row, "MemoryCurrent", UINT64_MAX), pid = row_number(row, "MainPID", 0);
        char text[TIME_TEXT_MAX], state[PROPERTY_STATE_MAX];
        int r;

        r = table_add(table, style_mark(style, look_of(row)), look);
        if (r < 0)
                return r;
        r = table_add(table, row_string(row, "Id"), STYLE_BOLD);
        if (r < 0)
                return r;
        r = table_add(table, property_state(row, state), look);
        if (r < 0)
                return r;
        r = table_add(table, since_when(row) > 0 ? time_relative(text, since_when(row), now) : NULL, STYLE_PLAIN);
        if (r < 0)
                return r;
        r = add_number(table, pid, pid > 0);
        if (r < 0)
                return r;
        r = add_number(table, row_number(row, "NRestarts", 0), row_number(row, "NRestarts", 0) > 0);
        if (r < 0)
                return r;
        r = table_add(table, memory == UINT64_MAX ? NULL : size_format(text, memory), STYLE_PLAIN);
        if (r < 0)
                return r;
        return add_reason(table, row, now);
}

int status_print_overview(Context *context, JsonValue *manager, JsonValue *rows)
{
        _cleanup_(table_freep) Table *table = NULL;
        _cleanup_free_ char *text = NULL;
        usec_t now = time_now();
        int r;

        print_daemon(context, manager, rows);
        if (json_object_array_length(rows) == 0) {
                puts("No services are defined.");
                return 0;
        }

        r = table_new(overview_columns, ELEMENTSOF(overview_columns), &table);
        if (r < 0)
                return r;
        for (size_t i = 0; i < json_object_array_length(rows); i++) {
                r = add_overview_row(table, &context->out, json_object_array_get_idx(rows, i), now);
                if (r < 0)
                        return r;
        }
        r = table_format(table, &context->out, true, &text);
        if (r < 0)
                return r;
        fputs(text, stdout);
        return 0;
}

static void print_label(const char *label)
{
        printf("%12s: ", label);
}

static int print_text(const char *label, const char *text)
{
        int r;

        if (!*text)
                return 0;
        print_label(label);
        r = put_safe(text);
        putchar('\n');
        return r;
}

static void print_loaded(const Context *context, JsonValue *row)
{
        const char *state = row_string(row, "LoadState"), *path = row_string(row, "FragmentPath");
        bool fine = strcmp(state, "loaded") == 0;

        print_label("Loaded");
        printf("%s%s%s", style_on(&context->out, fine ? STYLE_PLAIN : STYLE_BAD), state,
               style_off(&context->out, fine ? STYLE_PLAIN : STYLE_BAD));
        if (*path)
                printf(" (%s)", path);
        if (strcmp(state, "not-found") == 0)
                fputs(": its definition is gone; it runs on until it is stopped", stdout);
        putchar('\n');
}

/* It runs by another definition than the one that is shown. */
static void print_pending(const Context *context, JsonValue *row)
{
        if (!row_bool(row, "NeedRestart"))
                return;
        print_label("Pending");
        printf("%sdefinition changed: restart needed%s\n", style_on(&context->out, STYLE_WARN),
               style_off(&context->out, STYLE_WARN));
}

static void print_active(const Context *context, JsonValue *row, usec_t now)
{
        StyleId look = style_of_state(row_string(row, "ActiveState"));
        const char *result = row_string(row, "Result");
        char date[TIME_TEXT_MAX], ago[TIME_TEXT_MAX], state[PROPERTY_STATE_MAX];
        usec_t since = since_when(row);

        print_label("Active");
        printf("%s%s%s", style_on(&context->out, look), property_state(row, state), style_off(&context->out, look));
        if (*result && strcmp(result, "success") != 0)
                printf(" (Result: %s)", result);
        if (since > 0)
                printf(" since %s; %s", time_format(date, since, TIME_FULL), time_relative(ago, since, now));
        if (is_state(row, "active") && !row_bool(row, "Ready"))
                printf("; %snot ready%s", style_on(&context->out, STYLE_WARN), style_off(&context->out, STYLE_WARN));
        putchar('\n');
}

static int print_health(const Context *context, JsonValue *row)
{
        const char *health = row_string(row, "Health"), *error = row_string(row, "HealthError");
        bool bad = strcmp(health, "unhealthy") == 0;
        int r = 0;

        if (!*health || strcmp(health, "none") == 0)
                return 0;
        print_label("Health");
        printf("%s%s%s", style_on(&context->out, bad ? STYLE_BAD : STYLE_PLAIN), health,
               style_off(&context->out, bad ? STYLE_BAD : STYLE_PLAIN));
        if (*error) {
                fputs("; the last check failed: ", stdout);
                r = put_safe(error);
        }
        putchar('\n');
        return r;
}

static void print_next(JsonValue *row, usec_t now)
{
        usec_t next = row_number(row, "NextRestartTimestamp", 0);
        char date[TIME_TEXT_MAX], when[TIME_TEXT_MAX];

        if (next == 0)
                return;
        print_label("Next try");
        printf("%s (%s)\n", time_relative(when, next, now), time_format(date, next, TIME_FULL));
}

/* The name of a process that lives, as the kernel has it; "" where it can't be told. */
static void process_name(uint64_t pid, char *buf, size_t size)
{
        char path[64];
        FILE *f;

        buf[0] = '\0';
        (void) snprintf(path, sizeof(path), "/proc/%" PRIu64 "/comm", pid);
        f = fopen(path, "re");
        if (!f)
                return;
        if (fgets(buf, (int) size, f))
                buf[strcspn(buf, "\n")] = '\0';
        fclose(f);
}

/* `code=exited, status=1/FAILURE`, in systemctl's words. */
static void print_exit(JsonValue *row)
{
        const char *code = row_string(row, "ExecMainCode"), *name;
        int status = (int) row_number(row, "ExecMainStatus", 0);
        char signal[SIGNAL_NAME_MAX];

        if (strcmp(code, "exited") == 0) {
                name = exit_status_to_string(status);
        } else {
                name = signal_format(signal, status);
                name += strncmp(name, "SIG", 3) == 0 ? 3 : 0;
        }
        printf(" (code=%s, status=%d%s%s)", code, status, name ? "/" : "", name ? name : "");
}

static void print_main_process(JsonValue *row)
{
        uint64_t pid = row_number(row, "MainPID", 0), last = row_number(row, "ExecMainPID", 0);
        char name[64], exited[TIME_TEXT_MAX];
        _cleanup_free_ char *safe = NULL;

        if (pid > 0) {
                process_name(pid, name, sizeof(name));
                safe = display_safe(name, strlen(name), false);
                print_label("Main PID");
                printf("%" PRIu64, pid);
                if (safe && *safe)
                        printf(" (%s)", safe);
                putchar('\n');
        }
        /* How the run before this one ended is worth a line as well. */
        if (*row_string(row, "ExecMainCode")) {
                usec_t when = row_number(row, "ExecMainExitTimestamp", 0);

                print_label(pid > 0 ? "Last run" : "Main PID");
                if (pid == 0 && last > 0)
                        printf("%" PRIu64, last);
                else
                        printf("ended");
                print_exit(row);
                if (when > 0)
                        printf(", %s", time_relative(exited, when, time_now()));
                putchar('\n');
        }
}

/* What the service says of itself, in systemctl's words. */
static int print_own_words(JsonValue *row)
{
        int error = (int) row_number(row, "StatusErrno", 0), r = 0;
        const char *text = row_string(row, "StatusText");

        if (*text) {
                print_label("Status");
                putchar('"');
                r = put_safe(text);
                fputs("\"\n", stdout);
        }
        if (error > 0) {
                print_label("Error");
                printf("%d (%s)\n", error, strerror(error));
        }
        return r;
}

static void print_numbers(JsonValue *row)
{
        uint64_t tasks = row_number(row, "TasksCurrent", UINT64_MAX);
        uint64_t memory = row_number(row, "MemoryCurrent", UINT64_MAX);
        char text[TIME_TEXT_MAX];

        if (tasks != UINT64_MAX && tasks > 0) {
                print_label("Tasks");
                printf("%" PRIu64 "\n", tasks);
        }
        if (memory != UINT64_MAX && memory > 0) {
                print_label("Memory");
                printf("%s\n", size_format(text, memory));
        }
        if (row_number(row, "NRestarts", 0) > 0) {
                print_label("Restarts");
                printf("%" PRIu64 "\n", row_number(row, "NRestarts", 0));
        }
}

/* The lines come last, with room before them; where they may not be read, that is said. */
static int print_lines(Context *context, const char *name)
{
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        const Options *options = context->options;
        uint64_t lines = options_given(options, OPTION_LINES) ? options->lines : LINES_DEFAULT;
        _cleanup_free_ char *text = NULL;
        size_t size;
        FILE *f;
        int r;

        if (lines == 0)
                return 0;
        f = open_memstream(&text, &size);
        if (!f)
                return -errno;
        r = ring_print_last(context, f, &context->out, name, lines, &error);
        if (fclose(f) != 0)
                return -ENOMEM;

        if (r > 0)
                printf("\n%s", text);
        else if (r < 0)
                printf("\n%s%s%s\n", style_on(&context->out, STYLE_DIM),
                       error.message ? error.message : "its last lines can't be read",
                       style_off(&context->out, STYLE_DIM));
        return 0;
}

int status_print_service(Context *context, JsonValue *row)
{
        const Style *style = &context->out;
        StyleId look = style_of_state(look_of(row));
        const char *name = row_string(row, "Id"), *description = row_string(row, "Description");
        usec_t now = time_now();
        int r;

        printf("%s%s%s %s%s%s%s", style_on(style, look), style_mark(style, look_of(row)), style_off(style, look),
               style_on(style, STYLE_BOLD), name, style_off(style, STYLE_BOLD), *description ? " - " : "");
        r = put_safe(description);
        putchar('\n');
        if (r < 0)
                return r;

        print_loaded(context, row);
        print_pending(context, row);
        print_active(context, row, now);
        r = print_text("Reason", row_string(row, "Reason"));
        if (r < 0)
                return r;
        r = print_health(context, row);
        if (r < 0)
                return r;
        print_next(row, now);
        print_main_process(row);
        r = print_own_words(row);
        if (r < 0)
                return r;
        print_numbers(row);
        r = print_text("Attached", row_string(row, "Attached"));
        if (r < 0)
                return r;
        r = print_text("Pool", row_string(row, "Pool"));
        if (r < 0)
                return r;
        r = print_text("CGroup", row_string(row, "ControlGroup"));
        if (r < 0)
                return r;
        return print_lines(context, name);
}
