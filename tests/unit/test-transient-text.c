/* SPDX-License-Identifier: MIT */

#include "engine/transient-text.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "common/strv.h"
#include "host/config-load.h"

Test(transient_text, a_name_is_made_of_the_command_and_a_number)
{
        static const struct {
                const char *command, *name;
        } rows[] = {
                {"gpg", "gpg-7"},     {"/usr/bin/gpg", "gpg-7"}, {"./my prog", "my_prog-7"}, {"-x", "x-7"},
                {"/", "run-7"},       {"拿铁", "run-7"},         {"a.out", "a.out-7"},       {"..", "run-7"},
                {"web@1", "web_1-7"},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_free_ char *name = NULL;

                cr_assert_eq(transient_make_name(rows[i].command, 7, &name), 0);
                cr_assert_str_eq(name, rows[i].name);
        }
}

Test(transient_text, a_given_name_is_checked)
{
        static const char *const bad[] = {"", "a b", "-x", "all.target", "web@1", "web@"};
        _cleanup_free_ char *name = NULL, *error = NULL;

        cr_assert_eq(transient_check_name("web.service", &name, &error), 0);
        cr_assert_str_eq(name, "web");
        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                _cleanup_free_ char *other = NULL, *why = NULL;

                cr_assert_eq(transient_check_name(bad[i], &other, &why), -EINVAL, "%s", bad[i]);
                cr_assert_not_null(why);
        }
}

static int read_lines(char *const *command, char *const *directives, Config **ret, char **ret_error)
{
        _cleanup_(strv_freep) char **lines = NULL;
        Config none = {0};
        int r;

        r = transient_lines(&none, &(TransientRequest){.command = command, .directives = directives}, "t", &lines,
                            ret_error);
        if (r < 0)
                return r;
        return config_load(&(ConfigLoadOptions){.lines = lines, .lines_folder = "/here", .runtime_root = "/run"},
                           ret);
}

/* Whatever a word holds, the reading gives it back as it was. */
Test(transient_text, words_survive_the_reading)
{
        char *command[] = {(char *) "printf",
                           (char *) "a b",
                           (char *) "%n %% %{x.y}",
                           (char *) "$HOME ${X} $$",
                           (char *) "it's",
                           (char *) "\"\\\"",
                           (char *) ";",
                           (char *) "",
                           (char *) "\t\n\r",
                           (char *) "\xff\xfe",
                           (char *) "拿铁",
                           (char *) "-@:",
                           (char *) "\\x41",
                           (char *) "#",
                           NULL};
        _cleanup_(config_unrefp) Config *config = NULL;
        _cleanup_free_ char *error = NULL;
        const Command *read;

        cr_assert_eq(read_lines(command, NULL, &config, &error), 0, "%s", error);
        cr_assert_eq(config->n_services, 1);
        cr_assert_eq(config->diagnostics.n_errors, 0, "%s", config->diagnostics.items[0].text);
        cr_assert_eq(config->services[0]->commands[COMMAND_START].n, 1);
        read = &config->services[0]->commands[COMMAND_START].items[0];
        cr_assert(strv_equal(read->argv, command));
        cr_assert_str_eq(config->services[0]->folder, "/here");
}

Test(transient_text, directives_that_are_none_are_refused)
{
        static const char *const rows[][2] = {
                {"Nonsense", "not DIRECTIVE=VALUE"},
                {"=x", "not DIRECTIVE=VALUE"},
                {"A=b\nC=d", "one line"},
                {"[service x]=", "one line"},
                {"#A=b", "one line"},
                {"After=x", "not possible"},
                {"Requires =x", "not possible"},
                {"ExecStart=/bin/x", "behind --"},
        };
        char *command[] = {(char *) "true", NULL};

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                char *directives[] = {(char *) rows[i][0], NULL};
                _cleanup_(config_unrefp) Config *config = NULL;
                _cleanup_free_ char *error = NULL;

                cr_assert_eq(read_lines(command, directives, &config, &error), -EINVAL, "%s", rows[i][0]);
                cr_assert(error && strstr(error, rows[i][1]), "%s: %s", rows[i][0], error);
        }
}
