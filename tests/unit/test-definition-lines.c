/* SPDX-License-Identifier: MIT */
#include "core/definition.h"

#include <criterion/criterion.h>

#include "core/directives.h"
#include "define.h"

/* Every sentence that can be said about one line. The line is the third, behind `[service s]` and
 * `ExecStart=/bin/true`; what is told about it stands without its place, what is told elsewhere with it. */
static const struct {
        const char *lines, *told;
} cases[] = {
        {"Restrat=always", "unknown directive Restrat; did you mean Restart?"},
        {"Restart=allways", "Restart=allways: is unknown; did you mean always?"},
        {"Restart=",
         "Restart=: needs a value; possible: no, always, on-success, on-failure, on-abnormal, on-abort, on-watchdog"},
        {"Restart=perhaps", "Restart=perhaps: is unknown; possible: no, always, on-success, on-failure, on-abnormal, "
                            "on-abort, on-watchdog"},
        {"RestartSec=5 parsecs",
         "RestartSec=5 parsecs: is not a span of time, such as 5s, 500ms, 1min 30s or infinity"},
        {"RestartSec=", "RestartSec=: needs a value: a span of time, such as 5s, 500ms, 1min 30s or infinity"},
        {"RestartSec=99999999999999999999", "RestartSec=99999999999999999999: is out of range for a span of time, "
                                            "such as 5s, 500ms, 1min 30s or infinity"},
        {"RestartResetSec=infinity", "RestartResetSec=infinity: has to be finite"},
        {"RestartSteps=-1", "RestartSteps=-1: is not between 0 and 1000"},
        {"RestartSteps=1001", "RestartSteps=1001: is not between 0 and 1000"},
        {"RestartSteps=x", "RestartSteps=x: is not a whole number"},
        {"RestartJitter=101", "RestartJitter=101: is not a percentage from 0 to 100, such as 10%"},
        {"RestartJitter=20%", ""},
        {"KillSignal=SIGFOO", "KillSignal=SIGFOO: is not a signal, such as SIGTERM, TERM or 15"},
        {"KillMode=none", "KillMode=none: systemd's none is not supported by tended"},
        {"KillMode=proces", "KillMode=proces: is unknown; did you mean process?"},
        {"UMask=999", "UMask=999: is not an octal file mode, such as 0022"},
        {"UMask=", "UMask=: needs a value: an octal file mode, such as 0022"},
        {"LimitNOFILE=lots", "LimitNOFILE=lots: is not a limit, such as 1024, 1024:4096 or infinity"},
        {"LimitNOFILE=5:3", "LimitNOFILE=5:3: has a soft limit above the hard limit"},
        {"LimitNOFILE=-1", "LimitNOFILE=-1: is out of range for a limit, such as 1024, 1024:4096 or infinity"},
        {"Nice=20", "Nice=20: is not between -20 and 19"},
        {"Nice=x", "Nice=x: is not a whole number"},
        {"OOMScoreAdjust=-1001", "OOMScoreAdjust=-1001: is not between -1000 and 1000"},
        {"SendSIGKILL=perhaps", "SendSIGKILL=perhaps: is not a boolean (yes or no)"},
        {"ExecStartPre='unfinished", "ExecStartPre='unfinished: a quote is not closed: 'unfinished"},
        {"ExecStartPre=+/bin/true",
         "ExecStartPre=+/bin/true: the prefix '+' is not supported (those that are: - @ :)"},
        {"ExecStartPre=bin/true",
         "ExecStartPre=bin/true: the program is neither an absolute path nor a name without '/': bin/true"},
        {"ExecStartPre=/bin/echo \\q",
         "warning: ExecStartPre=/bin/echo \\q: there is no such escape sequence, it is kept as it is: \\q"},
        {"Description=%z", "Description=%z: %z is not a specifier (write %% for a percent sign)"},
        {"Description=%i|%n|%N|%p|%u|%U|%h|%t|%T|%y|%Y|%%", ""},
        {"Description=%H", "Description=%H: %H is not known here"},
        {"Description=%{web.http}",
         "Description=%{web.http}: %{web.http} is no port: expected %{SERVICE.NAME}, of a service with Ports=NAME"},
        {"Ports=http admin-2 x_y", ""},
        {"Ports=a.b", "Ports=a.b: a.b is not the name of a port (letters, digits, _ and -, at most 32)"},
        {"Ports=http HTTP", "Ports=http HTTP: names the port HTTP twice"},
        {"ReadyLine=(",
         "ReadyLine=(: is not a regular expression (PCRE2): missing closing parenthesis, at character 2"},
        {"ReadyAfterSec=infinity", "ReadyAfterSec=infinity: has to be finite"},
        {"StandardOutput=inherit",
         "StandardOutput=inherit: is possible with StandardError alone, which then follows StandardOutput"},
        {"StandardOutput=file", "StandardOutput=file: is unknown; did you mean file:?"},
        {"StandardOutput=file:x", "StandardOutput=file:x: needs an absolute path behind file:"},
        {"StandardOutput=fiel:/x", "StandardOutput=fiel:/x: is unknown; did you mean file:?"},
        {"StandardOutput=tty", "StandardOutput=tty: systemd's tty is not supported by tended"},
        {"StandardOutput=pty", "StandardOutput=pty: is unknown; possible: journal, null, file:, append:, truncate:"},
        {"StandardInput=inherit", "StandardInput=inherit: is unknown; possible: null, file:, data, pipe, pty"},
        {"StandardInput=socket", "StandardInput=socket: systemd's socket is not supported by tended"},
        {"StandardError=journal+console",
         "StandardError=journal+console: systemd's journal+console is not supported by tended"},
        {"Type=dbus", "Type=dbus: systemd's dbus is not supported by tended"},
        {"Type=exce", "Type=exce: is unknown; did you mean exec?"},
        {"Requires=nobody", "Requires=nobody: there is no service nobody"},
        {"Wants=nobody", "warning: Wants=nobody: there is no service nobody"},
        {"After=nobody", "warning: After=nobody: there is no service nobody"},
        {"Before=nobody", "warning: Before=nobody: there is no service nobody"},
        {"Requires=s", "Requires=s: s is the service itself"},
        {"After=s.service", "warning: After=s.service: s.service is the service itself"},
        {"After=net.target", "warning: After=net.target: there is no target net.target"},
        {"Requires=net.target", "Requires=net.target: there is no target net.target"},
        {"After=x.socket", "warning: After=x.socket: x.socket is a unit of systemd that tended does not have"},
        {"After=w@1", "warning: After=w@1: there is no service w@1"},
        {"After=w@", "warning: After=w@: there is no service w@"},
        {"Pool=a@1", "Pool=a@1: is not the name of a pool: it holds an @"},
        {"Pool=none", "Pool=none: there is no pool none"},
        {"Instances=3", "Instances belongs in [service NAME@]"},
        {"Slots=3", "Slots belongs in [pool NAME]"},
        {"After=.x", "After=.x: .x is not the name of a service: it does not begin with a letter, a digit or '_'"},
        {"Requires=", "warning: Requires=: does nothing: what a service depends on can't be taken back"},
        {"After='a", "After='a: a quote is not closed, or a backslash stands at the end"},
        {"ProtectSystem=full", "systemd's ProtectSystem is not supported by tended"},
        {"MemoryMax=1G", "MemoryMax is not yet built"},
        {"LogTarget=null", "LogTarget belongs in [daemon]"},
        {"MaxParallelStarts=1", "MaxParallelStarts belongs in [daemon]"},
        {"WantedBy=multi-user.target", "systemd's WantedBy is not supported by tended"},
        {"User=a:b", "User=a:b: is neither a name nor a number of a user or group"},
        {"User=65535", "User=65535: is no number that a user or group can have"},
        {"User=4294967295", "User=4294967295: is no number that a user or group can have"},
        {"User=-x", "User=-x: is neither a name nor a number of a user or group"},
        {"SupplementaryGroups=a:b", "SupplementaryGroups=a:b: is neither a name nor a number of a user or group"},
        {"WorkingDirectory=tmp", "WorkingDirectory=tmp: is neither an absolute path nor ~"},
        {"WorkingDirectory=-", "WorkingDirectory=-: is neither an absolute path nor ~"},
        {"Documentation=foo", "Documentation=foo: foo is not a URI (http:// https:// file:/ info: man:)"},
        {"RuntimeDirectory=/x", "RuntimeDirectory=/x: /x is not a relative path"},
        {"RuntimeDirectory=a/../b", "RuntimeDirectory=a/../b: a/../b leads out of its folder by .."},
        {"RuntimeDirectory=private/x",
         "RuntimeDirectory=private/x: private/x: the folder private is reserved, as in systemd"},
        {"RuntimeDirectory=a:b", "RuntimeDirectory=a:b: systemd's links behind a colon are not supported by tended"},
        {"Environment=1X=2", "Environment: 1X is not the name of a variable"},
        {"Environment=X", "Environment: a word is not NAME=VALUE (a value with blanks needs quotes around it all)"},
        {"Environment=\"X=1", "Environment: a quote is not closed, or a backslash stands at the end"},
        {"EnvironmentFile=x", "EnvironmentFile=x: is not an absolute path"},
        {"PassEnvironment=A=1", "PassEnvironment=A=1: A=1 is not the name of a variable"},
        {"UnsetEnvironment=1", "UnsetEnvironment=1: 1 is neither the name of a variable nor NAME=VALUE"},
        {"SyslogLevel=loud", "SyslogLevel=loud: is not a log level; there are emerg, alert, crit, err, warning, "
                             "notice, info, debug and 0 to 7"},
        {"LogExtraFields=foo=1", "LogExtraFields=foo=1: foo=1 is not NAME=VALUE with the name of a journal field: at "
                                 "most 64 capital letters, digits and _, no _ or digit first"},
        {"LogExtraFields=_X=1", "LogExtraFields=_X=1: _X=1 is not NAME=VALUE with the name of a journal field: at "
                                "most 64 capital letters, digits and _, no _ or digit first"},
        {"LogOverflow=wait", "LogOverflow=wait: is unknown; possible: block, drop"},
        {"LineMax=10", "LineMax=10: is not between 79 and 67108864 bytes"},
        {"LineMax=1G", "LineMax=1G: is not between 79 and 67108864 bytes"},
        {"LineMax=many", "LineMax=many: is not a size in bytes, such as 64K, 10M or 4096"},
        {"StandardInputText=\\q", "StandardInputText: has an unknown escape (\\\\ stands for a backslash)"},
        {"SuccessExitStatus=256",
         "SuccessExitStatus=256: 256 is neither an exit status (0 to 255, or a name like TEMPFAIL) nor a signal"},
        {"SuccessExitStatus=SIGFOO", "SuccessExitStatus=SIGFOO: SIGFOO is neither an exit status (0 to 255, or a "
                                     "name like TEMPFAIL) nor a signal"},
        {"SuccessExitStatus=TEMPFAIL SIGTERM 3", ""},
        {"TimeoutStopSec=5 s x",
         "TimeoutStopSec=5 s x: is not a span of time, such as 5s, 500ms, 1min 30s or infinity"},
        {"=x", "=x has no name in front of the ="},
        {"nothing", "nothing is neither a [section] nor KEY = VALUE nor a comment"},
        {"X-foo=bar", ""},
        {"x\xff=1", "the line is not valid UTF-8"},
        {"Foo\033[1m=1", "unknown directive Foo?[1m"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=1",
         "unknown directive aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
        {"SyslogIdentifier="
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "aaaaaaaaaaaa%Q",
         "SyslogIdentifier="
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…: %Q "
         "is not a specifier (write %% for a percent sign)"},
        {"Type=oneshot\nRestart=always", "x.ini:4: Restart: always and on-success are not possible with "
                                         "Type=oneshot, which ends with success when all is well"},
        {"ExecStart=/bin/a", "ExecStart: more than one command is possible with Type=oneshot alone"},
        {"Type=oneshot\nRestartForceExitStatus=1",
         "x.ini:4: RestartForceExitStatus: is not possible with Type=oneshot"},
        {"Type=oneshot\nReadyLine=x",
         "x.ini:4: ReadyLine: is not possible with Type=oneshot, which is ready when its commands have ended"},
        {"Type=oneshot\nReadyAfterSec=1",
         "x.ini:4: ReadyAfterSec: is not possible with Type=oneshot, which is ready when its commands have ended"},
        {"ReadyLine=x\nStandardOutput=null\nStandardError=inherit",
         "ReadyLine: neither StandardOutput nor StandardError goes to the log, so the daemon sees no line"},
        {"ReadyLine=x\nStandardOutput=null", ""},
        {"ExecStart=", "x.ini:1: the service has no ExecStart, which only Type=oneshot can do without"},
        {"Type=oneshot\nExecStart=", "x.ini:1: the service has neither ExecStart nor ExecStop"},
        {"Type=oneshot\nExecStart=\nExecStop=/bin/true",
         "x.ini:1: without ExecStart the service needs RemainAfterExit=yes"},
        {"Type=oneshot\nExecStart=\nExecStop=/bin/true\nRemainAfterExit=yes", ""},
        {"Type=oneshot\nRuntimeMaxSec=1",
         "x.ini:4: warning: RuntimeMaxSec: does nothing with Type=oneshot; see TimeoutStartSec"},
        {"StopInput=quit", "warning: StopInput: does nothing without StandardInput=pipe or pty"},
        {"StandardInput=pipe\nStopInput=quit\nStopInput=eof\nStopInputSec=2", ""},
        {"StandardInput=pipe\nStopInputSec=2", "x.ini:4: warning: StopInputSec: does nothing without StopInput"},
        {"LogInput=yes", "warning: LogInput: does nothing without StandardInput=pipe or pty"},
        {"StandardInput=pty\nLogInput=yes\nLineFlushSec=100ms", ""},
        {"RestartSteps=2", "warning: RestartSteps: does nothing without RestartMaxDelaySec"},
        {"RestartMaxDelaySec=2", "warning: RestartMaxDelaySec: does nothing without RestartSteps"},
        {"RestartSteps=2\nRestartMaxDelaySec=2", ""},
        {"RestartMaxDelaySec=2\nRestartSteps=2\nRestartSec=3",
         "warning: RestartMaxDelaySec: is shorter than RestartSec, so the delay doesn't grow"},
};

Test(definition_lines, each_mistake_has_its_sentence)
{
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char text[1024], wanted[1024];
                const char *place = cases[i].told[0] && strncmp(cases[i].told, "x.ini:", 6) != 0 ? "x.ini:3: " : "";
                Config *config;
                char *all;

                snprintf(text, sizeof(text), "[service s]\nExecStart=/bin/true\n%s\n", cases[i].lines);
                snprintf(wanted, sizeof(wanted), "%s%s", place, cases[i].told);
                config = define(text);
                all = told(config);
                cr_expect_str_eq(all, wanted, "%s\n  told:   %s\n  wanted: %s", cases[i].lines, all, wanted);
                cr_expect_eq(defined(config, "s")->bad, config->diagnostics.n_errors > 0, "%s", cases[i].lines);
                free(all);
                config_unref(config);
        }
}
