/* SPDX-License-Identifier: MIT */
#include "core/directives.h"

#include <criterion/criterion.h>
#include <string.h>

#include "common/strv.h"

/* The design's directives, group by group, as they are written there. */
static const char design_service[] =
        "Description Documentation Type ExecStart ExecStartPre ExecStartPost ExecReload ExecStop ExecStopPost "
        "ExecCondition "
        "RemainAfterExit PIDFile AutoStart Pool OnFailure OnSuccess "
        "Requires Wants Requisite BindsTo PartOf Conflicts Before After "
        "Restart RestartSec RestartSteps RestartMaxDelaySec RestartResetSec RestartJitter RestartPreventExitStatus "
        "RestartForceExitStatus SuccessExitStatus StartLimitIntervalSec StartLimitBurst "
        "KillSignal RestartKillSignal FinalKillSignal SendSIGKILL SendSIGHUP KillMode StopInput StopInputSec "
        "TimeoutStartSec TimeoutStopSec TimeoutAbortSec TimeoutSec RuntimeMaxSec ReloadSignal "
        "ReadyLine ReadyTCP ReadyUnix ReadyHTTP ReadyPath ReadyExec ReadyAfterSec NotifyAccess "
        "HealthTCP HealthHTTP HealthExec HealthUnix HealthIntervalSec HealthTimeoutSec HealthRetries "
        "HealthStartPeriodSec WatchdogSec WatchdogSignal "
        "User Group SupplementaryGroups WorkingDirectory RootDirectory UMask Nice OOMScoreAdjust CPUAffinity "
        "LimitCPU LimitFSIZE LimitDATA LimitSTACK LimitCORE LimitRSS LimitNOFILE LimitAS LimitNPROC LimitMEMLOCK "
        "LimitLOCKS LimitSIGPENDING LimitMSGQUEUE LimitNICE LimitRTPRIO LimitRTTIME "
        "NoNewPrivileges CapabilityBoundingSet AmbientCapabilities RuntimeDirectory StateDirectory LogsDirectory "
        "MemoryMax MemoryHigh MemoryMin CPUQuota CPUWeight IOWeight TasksMax "
        "Environment EnvironmentFile PassEnvironment UnsetEnvironment LoadCredential "
        "StandardInput StandardInputText StandardOutput StandardError SyslogIdentifier SyslogLevel SyslogLevelPrefix "
        "LogExtraFields LogLevelMax LogOverflow LogInput LineMax LineFlushSec LogLineNumbers "
        "ListenStream ListenDatagram FileDescriptorName Backlog PortsHold Ports";
static const char design_daemon[] =
        "LogTarget LogFileMax LogFileCount LogPatienceSec LogFields RingSize ReadyWhen MaxParallelStarts "
        "RestartBudget "
        "KillPatienceSec DefaultTimeoutStartSec DefaultTimeoutStopSec DefaultRestartSec DefaultEnvironment";

static void check_design(DirectiveSection section, const char *names)
{
        char *copy = strdup(names), *rest = copy;

        for (char *name; (name = strsep(&rest, " "));) {
                bool built = directive_find(section, name), later = directive_fate(section, name) == FATE_LATER;

                cr_expect_neq(built, later, "%s is %s", name, built ? "built and later" : "neither built nor later");
        }
        free(copy);
}

Test(directives, each_of_the_design_is_built_or_known_as_not_yet_built)
{
        check_design(SECTION_SERVICE, design_service);
        check_design(SECTION_DAEMON, design_daemon);
        check_design(SECTION_TEMPLATE, "Instances");
        check_design(SECTION_POOL, "Slots");
}

/* It is a ServiceConfig, and nobody should have to look twice where a field of it comes from. */
Test(directives, a_target_has_no_directive_that_services_have_not)
{
        size_t n;
        const Directive *rows = directives(SECTION_TARGET, &n);

        cr_assert_gt(n, 0);
        for (size_t i = 0; i < n; i++) {
                const Directive *row = directive_find(SECTION_SERVICE, rows[i].name);

                cr_assert_not_null(row, "%s", rows[i].name);
                cr_expect_eq(row->offset, rows[i].offset, "%s", rows[i].name);
                cr_expect_eq(row->kind, rows[i].kind, "%s", rows[i].name);
                cr_expect_str_eq(row->property, rows[i].property, "%s", rows[i].name);
        }
}

static bool is_word_of(const char *names, const char *name)
{
        size_t n = strlen(name);

        for (const char *p = names; (p = strstr(p, name)); p += n)
                if ((p == names || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0'))
                        return true;
        return false;
}

Test(directives, there_are_none_but_the_design_s)
{
        for (DirectiveSection section = SECTION_SERVICE; section <= SECTION_DAEMON; section++) {
                const char *names = section == SECTION_SERVICE ? design_service : design_daemon;
                size_t n;
                const Directive *rows = directives(section, &n);

                for (size_t i = 0; i < n; i++)
                        cr_expect(!rows[i].name || is_word_of(names, rows[i].name), "%s", rows[i].name);
                for (const char *const *later = directives_later(section); *later; later++)
                        cr_expect(is_word_of(names, *later), "%s", *later);
        }
}

static void check_row(const Directive *rows, size_t i, size_t n)
{
        const Directive *row = &rows[i];
        const char *name = row->name ? row->name : row->property;

        cr_expect(row->name || row->property);
        cr_expect_not_null(row->kind, "%s", name);
        cr_expect_not_null(row->kind->show, "%s", name);
        cr_expect_not_null(row->kind->equal, "%s", name);
        cr_expect_lt(row->takes, _CHANGE_TAKES_N, "%s", name);
        if (row->name) {
                cr_expect_not_null(row->kind->parse, "%s", name);
                cr_expect_not_null(row->kind->syntax, "%s", name);
                cr_expect_not_null(row->documentation, "%s", name);
                cr_expect_neq(row->takes, TAKES_NOTHING, "%s", name);
                cr_expect_eq(row->documentation[strlen(row->documentation) - 1], '.', "%s", name);
                cr_expect_eq(directive_find(row->section, name), row, "%s stands twice", name);
                cr_expect_eq(directive_fate(row->section, name), FATE_UNKNOWN, "%s", name);
        }
        if (row->property)
                cr_expect_eq(directive_find_property(row->section, row->property), row, "%s stands twice",
                             row->property);
        /* A group that was left is not come back to. */
        for (size_t j = i + 1; j < n && i > 0 && row->group != rows[i - 1].group; j++)
                cr_expect_neq(rows[j].group, rows[i - 1].group, "%s", name);
}

Test(directives, the_table_is_sane)
{
        for (DirectiveSection section = 0; section < _DIRECTIVE_SECTION_N; section++) {
                size_t n;
                const Directive *rows = directives(section, &n);

                cr_assert_leq(n, DIRECTIVES_MAX);
                cr_assert_not_null(directive_section_name(section));
                for (size_t i = 0; i < n; i++) {
                        cr_expect_eq(rows[i].section, section);
                        check_row(rows, i, n);
                }
        }
        for (DirectiveGroup group = 0; group < _DIRECTIVE_GROUP_N; group++)
                cr_assert_not_null(directive_group_title(group));
}

/* Two rows must not write into the same bytes, but for limits (one field, two properties) and TimeoutSec. */
Test(directives, each_has_a_field_of_its_own)
{
        size_t n;
        const Directive *rows = directives(SECTION_SERVICE, &n);

        for (size_t i = 0; i < n; i++)
                for (size_t j = i + 1; j < n; j++)
                        if (rows[i].name && rows[j].name && strcmp(rows[i].name, "TimeoutSec") != 0 &&
                            strcmp(rows[j].name, "TimeoutSec") != 0)
                                cr_expect_neq(rows[i].offset, rows[j].offset, "%s and %s", rows[i].name,
                                              rows[j].name);
}

Test(directives, systemd_s_own_are_known)
{
        static const char *const names[] = {"ProtectSystem",       "WantedBy",   "Alias", "UtmpMode",
                                            "ConditionPathExists", "PrivateTmp", "Slice", "Delegate",
                                            "SyslogFacility"};

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                cr_expect_eq(directive_fate(SECTION_SERVICE, names[i]), FATE_SYSTEMD, "%s", names[i]);
        cr_expect_eq(directive_fate(SECTION_SERVICE, "Frobnicate"), FATE_UNKNOWN);
        cr_expect_eq(directive_fate(SECTION_SERVICE, ""), FATE_UNKNOWN);
}
