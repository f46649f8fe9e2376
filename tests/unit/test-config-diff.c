/* SPDX-License-Identifier: MIT */
#include "core/config-diff.h"

#include <criterion/criterion.h>

#include "core/directives.h"
#include "define.h"

/* One line for each difference: `NAME CHANGE TAKES`. */
static char *differ(const char *before, const char *after)
{
        Config *old = define(before), *new = define(after);
        ConfigDiff diff = {0};
        Text text = TEXT_NULL;
        char *all;

        cr_assert_eq(config_diff(old, new, &diff), 0);
        for (size_t i = 0; i < diff.n; i++) {
                char line[256];

                snprintf(line, sizeof(line), "%s%s %s %s", i > 0 ? "\n" : "", diff.items[i].service,
                         config_change_to_string(diff.items[i].change), change_takes_to_string(diff.items[i].takes));
                text_add_string(&text, line);
        }
        for (size_t i = 0; i < diff.n_others; i++) {
                const ConfigDiffOther *other = &diff.others[i];
                char line[256];

                snprintf(line, sizeof(line), "%s%s %s %s %s", diff.n + i > 0 ? "\n" : "",
                         other->pool ? "pool" : "daemon", other->pool ? other->pool : other->directive,
                         config_change_to_string(other->change), change_takes_to_string(other->takes));
                text_add_string(&text, line);
        }
        cr_assert_eq(text_take(&text, &all), 0);
        config_diff_done(&diff);
        config_unref(old);
        config_unref(new);
        return all;
}

static void check(const char *before, const char *after, const char *wanted)
{
        char *all = differ(before, after);

        cr_expect_str_eq(all, wanted, "%s -> %s: %s instead of %s", before, after, all, wanted);
        free(all);
}

#define S(name) "[service " name "]\nExecStart=/bin/true\n"

Test(config_diff, what_came_what_went_what_changed)
{
        check(S("a") S("b"), S("a") S("b"), "");
        check(S("a"), S("a") S("b"), "b added next-start");
        check(S("a") S("b"), S("b"), "a removed restart");
        check("", S("a"), "a added next-start");
        check(S("a"), "", "a removed restart");
        check(S("a") S("c") S("e"), S("b") S("c") "Nice=1\n" S("d"),
              "a removed restart\nb added next-start\nc changed restart\nd added next-start\ne removed restart");
}

Test(config_diff, a_change_takes_what_the_worst_of_its_directives_takes)
{
        check(S("a"), S("a") "Restart=always\n", "a changed live");
        check(S("a"), S("a") "ExecStartPre=/x\nRestart=always\n", "a changed next-start");
        check(S("a"), S("a") "ExecStartPre=/x\nRestart=always\nUMask=0\n", "a changed restart");
        check(S("a"), "[service a]\nExecStart=/bin/false\n", "a changed restart");
        check(S("a"), S("a") "# a comment\n", "");
        check(S("a"), S("a") "Restart=no\n", "");
        check(S("a") "Environment=A=1\n", S("a") "Environment=\"A=1\"\n", "");
        check(S("a"), S("a") "Nonsense=1\n", "a changed next-start");
        check("[daemon]\nDefaultTimeoutStopSec=1\n" S("a"), S("a"),
              "a changed live\ndaemon DefaultTimeoutStopSec changed live");
        check("[daemon]\nDefaultEnvironment=A=1\n" S("a") S("b"), S("a") S("b"),
              "a changed restart\nb changed restart\ndaemon DefaultEnvironment changed next-start");
}

/* What is told is what means something else, not what stands somewhere else. */
Test(config_diff, a_service_may_move_to_another_file)
{
        static const char *const one[] = {
                "--- a.ini\n" S("a") S("b"),
                "--- a.ini\n" S("a") "--- b.ini\n" S("b"),
                "--- c.ini\n" S("b") "--- d.ini\n" S("a"),
                "--- a.ini\n[service a]\n" S("b") "--- a.ini.d/x.ini\n[service a]\nExecStart=/bin/true\n",
                "--- z.ini\n# why\n" S("b") "X-Mark=1\n" S("a.service"),
        };

        for (size_t i = 0; i < ELEMENTSOF(one); i++)
                for (size_t j = 0; j < ELEMENTSOF(one); j++)
                        check(one[i], one[j], "");
        check(one[0], "--- b.ini\n" S("b") "--- a.ini\n" S("c"), "a removed restart\nc added next-start");
        /* Where it is does mean something to who says so. */
        check("--- a.ini\n" S("a") "Environment=F=%y\n", "--- b.ini\n" S("a") "Environment=F=%y\n",
              "a changed restart");
}

Test(config_diff, instances_come_and_go_alone)
{
#define W(n) "[service w@]\nInstances=" n "\nExecStart=/bin/w %i\n"
        check(W("2"), W("3"), "w@3 added next-start");
        check(W("3"), W("2"), "w@3 removed restart");
        check(W("3"), W("0"), "w@1 removed restart\nw@2 removed restart\nw@3 removed restart");
        check(W("a b"), W("b c"), "w@a removed restart\nw@c added next-start");
        check(W("b a"), W("a b"), "");
        check(W("2"), W("2") "[service w@2]\nNice=1\n", "w@2 changed restart");
        check(W("2"), W("2") "Restart=always\n", "w@1 changed live\nw@2 changed live");
        check(W("1") "[service w@x]\n", W("1"), "w@x removed restart");
        /* Who names all of them names others now. */
        check(W("1") S("a") "After=w\n", W("2") S("a") "After=w\n", "a changed live\nw@2 added next-start");
}

Test(config_diff, targets_pools_and_the_daemon)
{
        check(S("a"), S("a") "[target t]\nWants=a\n", "t.target added next-start");
        check(S("a") "[target t]\n", S("a") "[target t]\nWants=a\n", "t.target changed live");
        check("[target t]\n", "", "t.target removed restart");
        check("[daemon]\nDefaultEnvironment=A=1\n[target t]\n", "[target t]\n",
              "daemon DefaultEnvironment changed next-start");
        check("[pool p]\nSlots=1\n", "[pool p]\nSlots=2\n[pool q]\nSlots=1\n",
              "pool p changed live\npool q added live");
        check("[pool p]\nSlots=1\n", "", "pool p removed live");
        check("[pool p]\nSlots=1\n", "[pool p]\n# so few\nSlots=01\n", "");
        check("", "[daemon]\nLogTarget=null\nRingSize=1M\nRestartBudget=3\nLogPatienceSec=10\n",
              "daemon LogTarget changed restart\ndaemon RingSize changed next-start\ndaemon RestartBudget changed "
              "live");
}

/* Of a thousand, three: those. */
Test(config_diff, three_of_a_thousand)
{
        Text before = TEXT_NULL, after = TEXT_NULL;
        char *old, *new, line[256];

        for (unsigned i = 0; i < 1000; i++) {
                snprintf(line, sizeof(line), "[service s%03u]\nExecStart=/bin/sleep %u\n%s\nRestart=always\n", i, i,
                         i > 0 ? "After=s000" : "Nice=1");
                text_add_string(&before, line);
                if (i == 17 || i == 500 || i == 999)
                        text_add_string(&before, "Description=old\n");
                text_add_string(&after, i == 500 ? "[service s500]\nExecStart=/bin/sleep 0\nAfter=s000\n" : line);
        }
        cr_assert(text_take(&before, &old) >= 0 && text_take(&after, &new) >= 0);
        check(old, new, "s017 changed live\ns500 changed restart\ns999 changed live");
        free(old);
        free(new);
}

Test(config_diff, the_order_of_names_means_nothing)
{
        check(S("a") "After=b c\n" S("b") S("c"), S("a") "After=c b\n" S("b") S("c"), "");
        check(S("a") "After=b c\n" S("b") S("c"), S("a") "After=c\n" S("b") S("c"), "a changed live");
        check(S("a") "After=b\n" S("b") S("c"), S("a") "After=c\n" S("b") S("c"), "a changed live");
}

/* Another value for every directive of a service: each has to be seen, with its own column. */
static const char *const values[] = {
        "Description=x",
        "Documentation=man:x",
        "Type=simple",
        "ExecStart=/bin/false",
        "ExecCondition=/x",
        "ExecStartPre=/x",
        "ExecStartPost=/x",
        "ExecReload=/x",
        "ExecStop=/x",
        "ExecStopPost=/x",
        "RemainAfterExit=yes",
        "PIDFile=/x",
        "AutoStart=no",
        "Pool=p",
        "Requires=b",
        "Wants=b",
        "Requisite=b",
        "BindsTo=b",
        "PartOf=b",
        "Conflicts=b",
        "OnFailure=b",
        "OnSuccess=b",
        "After=b",
        "Before=b",
        "Restart=always",
        "RestartSec=1h",
        "RestartSteps=1",
        "RestartMaxDelaySec=1",
        "RestartResetSec=1",
        "RestartJitter=1",
        "RestartPreventExitStatus=1",
        "RestartForceExitStatus=1",
        "SuccessExitStatus=SIGUSR1",
        "StartLimitIntervalSec=1",
        "StartLimitBurst=1",
        "KillSignal=1",
        "RestartKillSignal=1",
        "FinalKillSignal=1",
        "SendSIGKILL=no",
        "SendSIGHUP=yes",
        "KillMode=mixed",
        "TimeoutStartSec=1",
        "TimeoutStopSec=1",
        "TimeoutAbortSec=1",
        "TimeoutSec=1",
        "RuntimeMaxSec=1",
        "ReloadSignal=1",
        "ReadyLine=x",
        "ReadyAfterSec=1",
        "NotifyAccess=all",
        "ReadyTCP=1",
        "ReadyUnix=/x",
        "ReadyHTTP=http://x",
        "ReadyPath=/x",
        "ReadyExec=/x",
        "HealthTCP=1",
        "HealthUnix=/x",
        "HealthHTTP=http://x",
        "HealthExec=/x",
        "HealthIntervalSec=1",
        "HealthTimeoutSec=1",
        "HealthRetries=1",
        "HealthStartPeriodSec=1",
        "WatchdogSec=1",
        "WatchdogSignal=1",
        "User=1",
        "Group=1",
        "SupplementaryGroups=1",
        "WorkingDirectory=~",
        "UMask=0",
        "Nice=0",
        "OOMScoreAdjust=0",
        "LimitCPU=1",
        "LimitFSIZE=1",
        "LimitDATA=1",
        "LimitSTACK=1",
        "LimitCORE=1",
        "LimitRSS=1",
        "LimitNOFILE=1",
        "LimitAS=1",
        "LimitNPROC=1",
        "LimitMEMLOCK=1",
        "LimitLOCKS=1",
        "LimitSIGPENDING=1",
        "LimitMSGQUEUE=1",
        "LimitNICE=1",
        "LimitRTPRIO=1",
        "LimitRTTIME=1",
        "RuntimeDirectory=x",
        "StateDirectory=x",
        "LogsDirectory=x",
        "Environment=A=1",
        "EnvironmentFile=/x",
        "PassEnvironment=A",
        "UnsetEnvironment=A",
        "StandardInput=file:/x",
        "StandardInputText=x",
        "StandardOutput=null",
        "StandardError=null",
        "SyslogIdentifier=x",
        "SyslogLevel=1",
        "SyslogLevelPrefix=no",
        "LogExtraFields=A=1",
        "LogLevelMax=1",
        "LogOverflow=drop",
        "LineMax=1K",
        "LogLineNumbers=yes",
        "StopInput=x",
        "StopInputSec=1",
        "LogInput=yes",
        "LineFlushSec=1",
        "Ports=http",
        "PortsHold=no",
};

static const char *value_of(const char *name)
{
        size_t n = strlen(name);

        for (size_t i = 0; i < ELEMENTSOF(values); i++)
                if (strncmp(values[i], name, n) == 0 && values[i][n] == '=')
                        return values[i];
        return NULL;
}

Test(config_diff, no_directive_is_forgotten)
{
        size_t n;
        const Directive *rows = directives(SECTION_SERVICE, &n);

        for (size_t i = 0; i < n; i++) {
                char before[256], after[256], wanted[256];
                const char *value = rows[i].name ? value_of(rows[i].name) : NULL;
                bool is_command;

                if (!rows[i].name)
                        continue;
                cr_assert_not_null(value, "no value for %s: add one", rows[i].name);
                is_command = strcmp(rows[i].name, "ExecStart") == 0;
                snprintf(before, sizeof(before), "[service a]\n%s" S("b") "[pool p]\nSlots=1\n",
                         is_command ? "ExecStart=/x\n" : "ExecStart=/y\n");
                snprintf(after, sizeof(after), "[service a]\n%s%s\n" S("b") "[pool p]\nSlots=1\n",
                         is_command ? "" : "ExecStart=/y\n", value);
                snprintf(wanted, sizeof(wanted), "a changed %s",
                         /* It sets both, and the start's timeout takes more. */
                         strcmp(rows[i].name, "TimeoutSec") == 0 ? "next-start"
                                                                 : change_takes_to_string(rows[i].takes));
                /* With it standard input becomes data, which takes as much. */
                check(before, after, wanted);
        }
}
