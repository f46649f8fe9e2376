/* SPDX-License-Identifier: MIT */
#include "core/show.h"

#include <criterion/criterion.h>
#include <errno.h>

#include "define.h"

static const struct {
        const char *assignment, *shown;
} cases[] = {
        {"Description=a b", "Description=a b"},
        {"Documentation=man:a(1) http://x", "Documentation='man:a(1)' http://x"},
        {"Type=simple", "Type=simple"},
        {"ExecStartPre=-/bin/a 'b c' d", "ExecStartPre={ path=/bin/a ; argv[]=/bin/a 'b c' d ; ignore_errors=yes }"},
        {"ExecStop=@/bin/a b", "ExecStop={ path=/bin/a ; argv[]=b ; ignore_errors=no }"},
        {"RemainAfterExit=on", "RemainAfterExit=yes"},
        {"Restart=on-abnormal", "Restart=on-abnormal"},
        {"RestartSec=90", "RestartUSec=1min 30s"},
        {"RestartSteps=1\nRestartMaxDelaySec=1h", "RestartMaxDelayUSec=1h"},
        {"RestartJitter=0", "RestartJitter=0"},
        {"SuccessExitStatus=SIGUSR1 TEMPFAIL 3", "SuccessExitStatus=3 75 SIGUSR1"},
        {"KillSignal=INT", "KillSignal=2"},
        {"KillSignal=INT", "RestartKillSignal=2"},
        {"TimeoutStopSec=0", "TimeoutStopUSec=infinity"},
        {"TimeoutSec=5", "TimeoutStartUSec=5s"},
        {"RuntimeMaxSec=1d", "RuntimeMaxUSec=1d"},
        {"ReadyLine=100% ready", "ReadyLine=100% ready"},
        {"User=me", "User=me"},
        {"SupplementaryGroups=a b", "SupplementaryGroups=a b"},
        {"WorkingDirectory=~", "WorkingDirectory=~"},
        {"WorkingDirectory=-/x", "WorkingDirectory=!/x"},
        {"UMask=7", "UMask=0007"},
        {"Nice=-5", "Nice=-5"},
        {"OOMScoreAdjust=100", "OOMScoreAdjust=100"},
        {"LimitNOFILE=5:6", "LimitNOFILE=6"},
        {"LimitNOFILE=5:6", "LimitNOFILESoft=5"},
        {"LimitCORE=infinity", "LimitCORE=infinity"},
        {"Environment=A=1 \"B=x y\"", "Environment=A=1 'B=x y'"},
        {"EnvironmentFile=-/x", "EnvironmentFiles=/x (ignore_errors=yes)"},
        {"StandardInput=file:/x", "StandardInput=file:/x"},
        {"StandardOutput=append:/x", "StandardOutput=append:/x"},
        {"StandardError=inherit", "StandardError=inherit"},
        {"StandardInputText=x", "StandardInput=data"},
        {"SyslogLevel=err", "SyslogLevel=3"},
        {"LogExtraFields=A=1", "LogExtraFields=A=1"},
        {"LogOverflow=drop", "LogOverflow=drop"},
        {"LineMax=1K", "LineMax=1024"},
        {"AutoStart=no", "AutoStart=no"},
};

Test(show, each_kind_of_directive_as_systemctl_shows_it)
{
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char text[256], **lines = NULL;
                Config *config;

                snprintf(text, sizeof(text), "[service s]\nExecStart=/bin/true\n%s\n", cases[i].assignment);
                config = define(text);
                cr_assert_eq(config->diagnostics.n, 0, "%s", cases[i].assignment);
                cr_assert_eq(show_service_lines(config->services[0], &lines), 0);
                cr_expect(strv_contains(lines, cases[i].shown), "%s: no %s", cases[i].assignment, cases[i].shown);
                strv_free(lines);
                config_unref(config);
        }
}

Test(show, relations_are_names)
{
        Config *config = define("[service a]\nExecStart=/x\nRequires=b\nAfter=b c\n[service b]\nExecStart=/x\n"
                                "[service c]\nExecStart=/x\n");
        Value value;

        cr_assert_eq(show_service(config->services[0], "After", &value), 0);
        cr_assert_eq(value.type, VALUE_STRV);
        cr_assert(strv_equal(value.strings, (char *[]){(char *) "b", (char *) "c", NULL}));
        value_done(&value);
        config_unref(config);
}

Test(show, values_have_the_type_that_the_table_says)
{
        Config *config = define("[service a]\nExecStart=/x\n");
        size_t n;

        for (DirectiveSection section = SECTION_SERVICE; section <= SECTION_DAEMON; section++) {
                const Directive *rows = directives(section, &n);

                for (size_t i = 0; i < n; i++) {
                        const void *base =
                                section == SECTION_SERVICE ? (void *) config->services[0] : &config->daemon;
                        Value value;

                        cr_assert_eq(rows[i].kind->show(&rows[i], base, &value), 0);
                        cr_expect_eq(value.type, rows[i].kind->type, "%s", rows[i].property);
                        value_done(&value);
                }
        }
        config_unref(config);
}

Test(show, the_daemon_s_settings)
{
        Config *config = define("[daemon]\nLogTarget=file:/var/log/x\nLogFields=minimal\nReadyWhen=started\n");
        static const char *const wanted[][2] = {{"LogTarget", "file:/var/log/x"},
                                                {"LogFields", "minimal"},
                                                {"ReadyWhen", "started"},
                                                {"RingSize", "131072"},
                                                {"LogPatienceUSec", "10s"},
                                                {"LogFileCount", "5"},
                                                {"DefaultTimeoutStartUSec", "1min 30s"}};

        for (size_t i = 0; i < ELEMENTSOF(wanted); i++) {
                Value value;
                char *text;

                cr_assert_eq(show_daemon(&config->daemon, wanted[i][0], &value), 0, "%s", wanted[i][0]);
                cr_assert_eq(value_format(&value, &text), 0);
                cr_expect_str_eq(text, wanted[i][1]);
                free(text);
                value_done(&value);
        }
        cr_assert_eq(show_daemon(&config->daemon, "Nonsense", &(Value){0}), -ENOENT);
        config_unref(config);
}
