/* SPDX-License-Identifier: MIT */

/* Random definitions. What a directive is given is chosen so that much can go wrong in little time. A directive that
 * the table does not have is left out. */

#include <stdarg.h>

#include "common/text.h"
#include "core/directives.h"
#include "move.h"

typedef struct Draft {
        Random *random;
        Text text;
        DirectiveSection section;
} Draft;

static void say(Draft *draft, const char *directive, const char *value)
{
        if (!directive_find(draft->section, directive))
                return;
        text_add_string(&draft->text, directive);
        text_add_string(&draft->text, " = ");
        text_add_string(&draft->text, value);
        text_add_char(&draft->text, '\n');
}

/* In so many cases of a hundred one of the values, which are `n`. */
static void maybe(Draft *draft, unsigned percent, const char *directive, const char *const *values, size_t n)
{
        if (random_percent(draft->random, percent))
                say(draft, directive, values[random_below(draft->random, (uint32_t) n)]);
}

#define MAYBE(draft, percent, directive, ...)                                \
        maybe(draft, percent, directive, (const char *const[]){__VA_ARGS__}, \
              sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static void say_commands(Draft *draft, bool oneshot)
{
        MAYBE(draft, 15, "ExecCondition", "/bin/condition");
        MAYBE(draft, 15, "ExecStartPre", "/bin/pre", "-/bin/pre");
        MAYBE(draft, 5, "ExecStartPre", "/bin/pre2");
        say(draft, "ExecStart", "/bin/main");
        if (oneshot)
                MAYBE(draft, 25, "ExecStart", "/bin/main2", "-/bin/main2");
        MAYBE(draft, 12, "ExecStartPost", "/bin/post", "-/bin/post");
        MAYBE(draft, 20, "ExecReload", "/bin/reload");
        MAYBE(draft, 15, "ReloadSignal", "HUP");
        MAYBE(draft, 15, "ExecStop", "/bin/stop", "-/bin/stop");
        MAYBE(draft, 12, "ExecStopPost", "/bin/stop-post", "-/bin/stop-post");
}

/* One whose user is not found fails at once, and with RestartSec=0 would do so for ever, in no time. */
static void say_restart(Draft *draft, bool oneshot, bool has_user)
{
        if (oneshot)
                MAYBE(draft, 50, "Restart", "on-failure", "on-abnormal", "no");
        else
                MAYBE(draft, 75, "Restart", "always", "always", "on-failure", "on-success", "on-abnormal",
                      "on-abort");
        if (has_user)
                say(draft, "User", "alice");
        if (has_user)
                say(draft, "RestartSec", "100ms");
        else
                MAYBE(draft, 80, "RestartSec", "0", "10ms", "100ms", "1s", "3s", "1500ms");
        if (random_percent(draft->random, 20)) {
                MAYBE(draft, 100, "RestartSteps", "1", "3");
                MAYBE(draft, 100, "RestartMaxDelaySec", "5s", "20s");
                MAYBE(draft, 50, "RestartJitter", "0", "50");
                MAYBE(draft, 30, "RestartResetSec", "2s");
        }
        MAYBE(draft, 20, "StartLimitBurst", "1", "2", "20");
        MAYBE(draft, 20, "StartLimitIntervalSec", "1s", "60s");
        MAYBE(draft, 8, "RestartPreventExitStatus", "3", "SIGABRT");
        MAYBE(draft, 8, "SuccessExitStatus", "3", "SIGABRT");
}

static void say_stop(Draft *draft)
{
        MAYBE(draft, 80, "TimeoutStartSec", "1s", "2s", "5s", "10s", "infinity");
        MAYBE(draft, 90, "TimeoutStopSec", "500ms", "1s", "2s", "5s");
        MAYBE(draft, 3, "TimeoutStopSec", "infinity");
        MAYBE(draft, 25, "KillMode", "mixed", "process", "control-group");
        MAYBE(draft, 8, "SendSIGKILL", "no");
        MAYBE(draft, 8, "SendSIGHUP", "yes");
        MAYBE(draft, 10, "KillSignal", "SIGINT", "SIGQUIT");
        MAYBE(draft, 8, "RestartKillSignal", "SIGINT");
        MAYBE(draft, 3, "FinalKillSignal", "SIGABRT");
        MAYBE(draft, 6, "RuntimeMaxSec", "1s", "5s");
}

/* Questions, of which somebody answers one now and then. */
static void say_probes(Draft *draft)
{
        MAYBE(draft, 8, "ReadyTCP", "127.0.0.1:80", "localhost:80", "db.example:80");
        MAYBE(draft, 4, "ReadyHTTP", "http://127.0.0.1/");
        MAYBE(draft, 4, "ReadyUnix", "/run/x");
        MAYBE(draft, 4, "ReadyPath", "/run/y");
        MAYBE(draft, 6, "ReadyExec", "/bin/probe", "-/bin/probe");
        MAYBE(draft, 8, "HealthTCP", "127.0.0.1:80");
        MAYBE(draft, 6, "HealthExec", "/bin/health");
        MAYBE(draft, 60, "HealthIntervalSec", "300ms", "2s");
        MAYBE(draft, 60, "HealthTimeoutSec", "100ms", "1s");
        MAYBE(draft, 60, "HealthRetries", "1", "2");
        MAYBE(draft, 20, "HealthStartPeriodSec", "1s");
        MAYBE(draft, 10, "WatchdogSec", "1s", "3s");
        MAYBE(draft, 6, "NotifyAccess", "all", "exec", "main");
}

static void say_ready(Draft *draft, bool oneshot)
{
        bool line = !oneshot && random_percent(draft->random, 12);

        if (!line)
                MAYBE(draft, 60, "StandardOutput", "null");
        if (line)
                say(draft, "ReadyLine", "^ready");
        if (!oneshot)
                MAYBE(draft, 12, "ReadyAfterSec", "300ms", "2s");
        if (!oneshot && random_percent(draft->random, 40))
                say_probes(draft);
        MAYBE(draft, 100, "LineMax", "1K");
        MAYBE(draft, 8, "LogOverflow", "drop");
        MAYBE(draft, 30, "AutoStart", "no");
        MAYBE(draft, 15, "Pool", "build");
}

/* Names by relations that mean an order, or none. Who comes later names who comes earlier. */
static void say_relations(Draft *draft, uint32_t index, uint32_t others)
{
        static const char *const bonds[] = {"Requires", "Requires", "Wants", "BindsTo", "PartOf", "Requisite"};
        unsigned percent = random_percent(draft->random, 50) ? 35 : 12;

        for (uint32_t other = 0; other < NAMES_MAX; other++) {
                bool earlier = other < index;

                if (other == index || !(others >> other & 1) || sim_name_is_template(other) ||
                    !random_percent(draft->random, percent))
                        continue;
                if (random_percent(draft->random, earlier ? 80 : 15))
                        say(draft, earlier ? "After" : "Before", sim_names[other]);
                if (random_percent(draft->random, earlier ? 80 : 5))
                        say(draft, bonds[random_below(draft->random, ELEMENTSOF(bonds))], sim_names[other]);
                if (random_percent(draft->random, 4))
                        say(draft, "Conflicts", sim_names[other]);
                if (random_percent(draft->random, 4))
                        say(draft, random_percent(draft->random, 50) ? "OnFailure" : "OnSuccess", sim_names[other]);
        }
}

static char *draft_take(Draft *draft)
{
        char *lines;

        text_add_char(&draft->text, '\0');
        (void) text_take(&draft->text, &lines);
        return lines;
}

static char *invent_target(Draft *draft, uint32_t index, uint32_t others)
{
        draft->section = SECTION_TARGET;
        say_relations(draft, index, others);
        return draft_take(draft);
}

char *definition_invent(Random *random, uint32_t index, uint32_t others)
{
        Draft draft = {.random = random, .text = TEXT_NULL, .section = SECTION_SERVICE};
        bool oneshot = random_percent(random, 25);

        if (sim_name_is_target(index))
                return invent_target(&draft, index, others);
        if (sim_name_is_template(index)) {
                static const char *const instances[] = {"Instances = 1\n", "Instances = 2\n", "Instances = 3\n"};

                /* Its instances stand where it is named first: in the midst. */
                text_add_string(&draft.text, instances[random_below(random, ELEMENTSOF(instances))]);
                index = sim_name_index("worker@1");
        }
        if (oneshot)
                say(&draft, "Type", "oneshot");
        else
                MAYBE(&draft, 65, "Type", "simple", "exec", "notify", "notify", "forking");
        if (oneshot)
                MAYBE(&draft, 50, "RemainAfterExit", "yes");
        else
                MAYBE(&draft, 8, "RemainAfterExit", "yes");
        say_commands(&draft, oneshot);
        say_relations(&draft, index, others);
        say_restart(&draft, oneshot, random_percent(random, 6));
        say_stop(&draft);
        say_ready(&draft, oneshot);
        return draft_take(&draft);
}

char *definition_invent_daemon(Random *random)
{
        Draft draft = {.random = random, .text = TEXT_NULL, .section = SECTION_DAEMON};

        say(&draft, "RingSize", "16K");
        MAYBE(&draft, 80, "KillPatienceSec", "500ms", "2s");
        say(&draft, "LogPatienceSec", "3s");
        MAYBE(&draft, 20, "MaxParallelStarts", "1", "2");
        MAYBE(&draft, 20, "RestartBudget", "1", "3");
        text_add_string(&draft.text,
                        random_percent(random, 50) ? "[pool build]\nSlots = 1\n" : "[pool build]\nSlots = 2\n");
        return draft_take(&draft);
}
