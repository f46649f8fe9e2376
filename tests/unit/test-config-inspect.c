/* SPDX-License-Identifier: MIT */
#include "host/config-inspect.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "define.h"

static char folder[] = "/tmp/tended-inspect-XXXXXX";

/* Stands in for the helper: knows what has "good" in its name, hangs at what has "hang". */
static const char helper[] = "#!/bin/sh\n"
                             "[ \"$1\" = names ] || exit 1\n"
                             "while read -r line; do\n"
                             "  case \"$line\" in\n"
                             "    *good*) printf '%s\\tok\\t1\\n' \"$line\" ;;\n"
                             "    *hang*) exec sleep 1000 ;;\n"
                             "    *) printf '%s\\tnone\\n' \"$line\" ;;\n"
                             "  esac\n"
                             "done\n";

static void write_file(const char *path, const char *text, mode_t mode)
{
        FILE *f = fopen(path, "we");

        cr_assert_not_null(f);
        cr_assert_geq(fputs(text, f), 0);
        cr_assert_eq(fclose(f), 0);
        cr_assert_eq(chmod(path, mode), 0);
}

static void make_folder(void)
{
        cr_assert_not_null(mkdtemp(folder));
        cr_assert_eq(chdir(folder), 0);
        write_file("helper", helper, 0755);
        write_file("program", "#!/bin/sh\n", 0755);
        write_file("text", "", 0644);
}

static void remove_folder(void)
{
        unlink("helper");
        unlink("program");
        unlink("text");
        (void) !chdir("/");
        rmdir(folder);
}

TestSuite(config_inspect, .init = make_folder, .fini = remove_folder);

/* What is told about a service of these lines; for the caller to free. `@` stands for the test's folder. */
static char *inspect(const char *lines, bool *ret_bad)
{
        char text[2048] = "[service s]\n", path[256];
        Config *config;
        char *all;

        for (const char *c = lines; *c; c++) {
                size_t n = strlen(text);

                if (*c == '@')
                        snprintf(text + n, sizeof(text) - n, "%s", folder);
                else
                        snprintf(text + n, sizeof(text) - n, "%c", *c);
        }
        snprintf(path, sizeof(path), "%s/helper", folder);
        config = define(text);
        cr_assert_eq(config->diagnostics.n, 0);
        cr_assert_eq(config_inspect(config, &(ConfigInspectOptions){.system = true, .helper = path}), 0);
        all = told(config);
        *ret_bad = config->services[0]->bad;
        config_unref(config);
        return all;
}

Test(config_inspect, looks_at_what_is_named)
{
        static const struct {
                const char *lines, *told;
                bool bad;
                unsigned line; /* 0: that of the section */
        } cases[] = {
                {"ExecStart=/bin/sh\nUser=good\nGroup=goodgroup\nWorkingDirectory=@\nSupplementaryGroups=good 5\n",
                 "", false},
                {"ExecStart=@/program", "", false},
                {"ExecStart=sh", "", false},
                {"ExecStart=program\nEnvironment=PATH=/nowhere:@", "", false},
                {"ExecStart=@/nothing", "ExecStart: @/nothing does not exist", true, 2},
                {"ExecStart=@/text/x", "ExecStart: @/text/x does not exist", true, 2},
                {"ExecStart=@/text", "ExecStart: @/text is not executable", true, 2},
                {"ExecStart=@", "ExecStart: @ is a directory", true, 2},
                {"ExecStart=/dev/null", "ExecStart: /dev/null is not a file", true, 2},
                {"ExecStart=no-such-program", "ExecStart: no-such-program is in no folder of PATH", true, 2},
                {"ExecStart=-@/nothing", "warning: ExecStart: @/nothing does not exist", false, 2},
                {"ExecStart=/bin/sh\nExecStopPost=@/nothing", "ExecStopPost: @/nothing does not exist", true, 3},
                {"ExecStart=/bin/sh\nWorkingDirectory=@/nothing", "WorkingDirectory: @/nothing does not exist", true},
                {"ExecStart=/bin/sh\nWorkingDirectory=@/text", "WorkingDirectory: @/text is not a folder", true},
                {"ExecStart=/bin/sh\nWorkingDirectory=-@/nothing", "", false},
                {"ExecStart=/bin/sh\nWorkingDirectory=~", "", false},
                {"ExecStart=/bin/sh\nWorkingDirectory=@/nothing\nStateDirectory=x",
                 "warning: WorkingDirectory: @/nothing does not exist", false},
                {"ExecStart=/bin/sh\nEnvironmentFile=@/nothing", "warning: EnvironmentFile: @/nothing does not exist",
                 false},
                {"ExecStart=/bin/sh\nEnvironmentFile=-@/nothing", "", false},
                {"ExecStart=/bin/sh\nStandardInput=file:@", "warning: StandardInput: @ is a directory", false},
                {"ExecStart=/bin/sh\nUser=missing", "User: missing does not exist", true},
                {"ExecStart=/bin/sh\nGroup=missing", "Group: missing does not exist", true},
                {"ExecStart=/bin/sh\nSupplementaryGroups=good missing", "SupplementaryGroups: missing does not exist",
                 true},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char wanted[512] = "";
                bool bad;
                char *all = inspect(cases[i].lines, &bad);

                if (cases[i].told[0])
                        snprintf(wanted, sizeof(wanted), "x.ini:%u: ", MAX(cases[i].line, 1u));
                for (const char *c = cases[i].told; *c; c++) {
                        size_t n = strlen(wanted);

                        if (*c == '@')
                                snprintf(wanted + n, sizeof(wanted) - n, "%s", folder);
                        else
                                snprintf(wanted + n, sizeof(wanted) - n, "%c", *c);
                }
                cr_expect_str_eq(all, wanted, "%s\n  told:   %s\n  wanted: %s", cases[i].lines, all, wanted);
                cr_expect_eq(bad, cases[i].bad, "%s", cases[i].lines);
                free(all);
        }
}

Test(config_inspect, a_name_service_that_hangs_is_not_waited_for_long)
{
        struct timespec before, after;
        bool bad;
        char *all;

        clock_gettime(CLOCK_MONOTONIC, &before);
        all = inspect("ExecStart=/bin/sh\nUser=missing\nGroup=hang\nSupplementaryGroups=good", &bad);
        clock_gettime(CLOCK_MONOTONIC, &after);
        cr_assert_str_eq(all,
                         "warning: not all users and groups could be looked up: the name service does not answer\n"
                         "x.ini:1: User: missing does not exist");
        cr_assert(bad);
        cr_assert_lt(after.tv_sec - before.tv_sec, 10);
        free(all);
}
