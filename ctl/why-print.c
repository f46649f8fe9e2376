/* SPDX-License-Identifier: MIT */

/* The answer to "why is it so?" on one screen: the state, who or what brought it about, what it waits for, those
 * behind it, what comes next, how the last run ended, and the last lines. What there is nothing to say about is left
 * out. Users are known to the daemon by number alone; their names are looked up here, where that may take its time.
 */

#include "ctl/why-print.h"

#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "common/timespan.h"
#include "ctl/display.h"
#include "ctl/property.h"
#include "ctl/ring.h"
#include "ctl/time-text.h"

#define LINES_DEFAULT 10

const char *const why_properties[] = {
        "Id",
        "Description",
        "LoadState",
        "ActiveState",
        "SubState",
        "Result",
        "Ready",
        "Reason",
        "MainPID",
        "NRestarts",
        "NextRestartTimestamp",
        "ActiveEnterTimestamp",
        "StateChangeTimestamp",
        "InvocationID",
        "ExecMainCode",
        "ExecMainStatus",
        "CauseType",
        "CauseText",
        "CauseTimestamp",
        "CausedByUID",
        "CausedByPID",
        "CausedByCommand",
        "CausedByVerb",
        "CausedByService",
        "WaitsFor",
        "NeedRestart",
        "PendingDirectives",
        "NextAction",
        "NextActionTimestamp",
        "LastRunInvocationID",
        "LastRunStartTimestamp",
        "LastRunEndTimestamp",
        "LastRunResult",
        "LastRunText",
        "Requires",
        "BindsTo",
        "Wants",
        NULL,
};

static void print_label(const char *label)
{
        printf("%12s: ", label);
}

static int put_safe(const char *text)
{
        _cleanup_free_ char *safe = display_safe(text, strlen(text), false);

        if (!safe)
                return -ENOMEM;
        fputs(safe, stdout);
        return 0;
}

static usec_t since_when(JsonValue *row)
{
        const char *state = row_string(row, "ActiveState");

        return row_number(row, strcmp(state, "active") == 0 ? "ActiveEnterTimestamp" : "StateChangeTimestamp", 0);
}

/* ` since DATE; 5min ago` */
static void print_since(usec_t when, usec_t now)
{
        char date[TIME_TEXT_MAX], ago[TIME_TEXT_MAX];

        if (when > 0)
                printf(" since %s; %s", time_format(date, when, TIME_FULL), time_relative(ago, when, now));
}

static void print_state(const Context *context, JsonValue *row, usec_t now)
{
        const char *result = row_string(row, "Result");
        bool bad = strcmp(row_string(row, "LoadState"), "bad-setting") == 0;
        StyleId look = style_of_state(bad ? "failed" : row_string(row, "ActiveState"));
        char state[PROPERTY_STATE_MAX];

        print_label("State");
        printf("%s%s%s", style_on(&context->out, look), property_state(row, state), style_off(&context->out, look));
        if (strcmp(row_string(row, "ActiveState"), "active") == 0 && !row_bool(row, "Ready"))
                fputs(", not ready", stdout);
        if (*result && strcmp(result, "success") != 0)
                printf(" (Result: %s)", result);
        print_since(since_when(row), now);
        putchar('\n');
}

/* `restart, asked for by anna (uid 1000), process 4711 (tendctl)` */
static int print_caller(JsonValue *row)
{
        uint64_t uid = row_number(row, "CausedByUID", 0), pid = row_number(row, "CausedByPID", 0);
        const char *command = row_string(row, "CausedByCommand");
        const struct passwd *user = getpwuid((uid_t) uid);

        printf("%s, asked for by ", row_string(row, "CausedByVerb"));
        if (user)
                printf("%s (uid %" PRIu64 ")", user->pw_name, uid);
        else
                printf("uid %" PRIu64, uid);
        if (pid > 0)
                printf(", process %" PRIu64, pid);
        if (!*command)
                return 0;
        fputs(" (", stdout);
        if (put_safe(command) < 0)
                return -ENOMEM;
        putchar(')');
        return 0;
}

static int print_cause(JsonValue *row, usec_t now)
{
        usec_t when = row_number(row, "CauseTimestamp", 0);
        char ago[TIME_TEXT_MAX];
        int r;

        if (!*row_string(row, "CauseType"))
                return 0;
        print_label("Caused by");
        if (strcmp(row_string(row, "CauseType"), "caller") == 0)
                r = print_caller(row);
        else
                r = put_safe(row_string(row, "CauseText"));
        if (when > 0)
                printf("; %s", time_relative(ago, when, now));
        putchar('\n');
        return r;
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

/* Another one, in a line. */
static int print_other(const char *label, JsonValue *row, usec_t now)
{
        const char *reason = row_string(row, "Reason"), *cause = row_string(row, "CauseText");
        char state[PROPERTY_STATE_MAX], ago[TIME_TEXT_MAX];
        usec_t since = since_when(row);
        int r;

        print_label(label);
        printf("%s is %s", row_string(row, "Id"), property_state(row, state));
        if (since > 0)
                printf(", %s", time_relative(ago, since, now));
        fputs(*reason || *cause ? ": " : "", stdout);
        r = put_safe(*reason ? reason : cause);
        putchar('\n');
        return r;
}

static void print_pending(const Context *context, JsonValue *row)
{
        JsonValue *names = NULL;

        if (!row_bool(row, "NeedRestart"))
                return;
        print_label("Pending");
        printf("%sdefinition changed: restart needed%s", style_on(&context->out, STYLE_WARN),
               style_off(&context->out, STYLE_WARN));
        if (json_object_object_get_ex(row, "PendingDirectives", &names) &&
            json_object_is_type(names, json_type_array))
                for (size_t i = 0; i < json_object_array_length(names); i++)
                        printf("%s%s", i > 0 ? ", " : " for ",
                               json_object_get_string(json_object_array_get_idx(names, i)));
        putchar('\n');
}

static void print_next(JsonValue *row, usec_t now)
{
        usec_t next = row_number(row, "NextActionTimestamp", 0);
        char when[TIME_TEXT_MAX], date[TIME_TEXT_MAX];

        if (next == 0)
                return;
        print_label("Next");
        printf("%s (%s): %s\n", time_relative(when, next, now), time_format(date, next, TIME_FULL),
               row_string(row, "NextAction"));
}

static int print_last_run(JsonValue *row, usec_t now)
{
        usec_t begin = row_number(row, "LastRunStartTimestamp", 0), end = row_number(row, "LastRunEndTimestamp", 0);
        const char *text = row_string(row, "LastRunText"), *result = row_string(row, "LastRunResult");
        char ago[TIME_TEXT_MAX], span[TIMESPAN_MAX];
        usec_t length = usec_sub(end, begin);
        int r;

        if (end == 0)
                return 0;
        print_label("Last run");
        timespan_format(span, sizeof(span), length, length < USEC_PER_SEC ? USEC_PER_MSEC : USEC_PER_SEC);
        printf("ended %s after %s", time_relative(ago, end, now), span);
        if (strcmp(result, "success") != 0)
                printf(" (Result: %s)", result);
        fputs(*text ? ": " : "", stdout);
        r = put_safe(text);
        putchar('\n');
        if (row_number(row, "NRestarts", 0) > 0) {
                print_label("Restarts");
                printf("%" PRIu64 "\n", row_number(row, "NRestarts", 0));
        }
        return r;
}

static void print_lines(Context *context, const char *name)
{
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        const Options *options = context->options;
        uint64_t lines = options_given(options, OPTION_LINES) ? options->lines : LINES_DEFAULT;

        if (lines == 0)
                return;
        putchar('\n');
        if (ring_print_last(context, stdout, &context->out, name, lines, &error) < 0)
                printf("%s%s%s\n", style_on(&context->out, STYLE_DIM),
                       error.message ? error.message : "its last lines can't be read",
                       style_off(&context->out, STYLE_DIM));
}

static int print_others(const char *label, JsonValue *rows, usec_t now)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < json_object_array_length(rows); i++)
                r = print_other(label, json_object_array_get_idx(rows, i), now);
        return r;
}

int why_print(Context *context, JsonValue *row, const WhyContext *others)
{
        const Style *style = &context->out;
        const char *description = row_string(row, "Description");
        StyleId look = style_of_state(row_string(row, "ActiveState"));
        usec_t now = time_now();
        int r;

        printf("%s%s%s %s%s%s%s", style_on(style, look), style_mark(style, row_string(row, "ActiveState")),
               style_off(style, look), style_on(style, STYLE_BOLD), row_string(row, "Id"),
               style_off(style, STYLE_BOLD), *description ? " - " : "");
        r = put_safe(description);
        putchar('\n');
        if (r < 0)
                return r;

        print_state(context, row, now);
        r = print_cause(row, now);
        if (r >= 0)
                r = print_text("Reason", row_string(row, "Reason"));
        if (r >= 0)
                r = print_others("Behind it", others->chain, now);
        if (r >= 0)
                r = print_others("Not active", others->missing, now);
        print_pending(context, row);
        print_next(row, now);
        if (r >= 0)
                r = print_last_run(row, now);
        if (r >= 0)
                print_lines(context, row_string(row, "Id"));
        return r;
}
