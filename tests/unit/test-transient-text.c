/* SPDX-License-Identifier: MIT */

#include "engine/transient-text.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
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

static int read_lines_among(const Config *others, char *const *command, char *const *directives, Config **ret,
                            char **ret_error)
{
        _cleanup_(strv_freep) char **lines = NULL;
        int r;

        r = transient_lines(others, &(TransientRequest){.command = command, .directives = directives}, "t", &lines,
                            ret_error);
        if (r < 0)
                return r;
        return config_load(
                &(ConfigLoadOptions){
                        .lines = lines, .lines_folder = "/here", .others = others, .runtime_root = "/run"},
                ret);
}

static int read_lines(char *const *command, char *const *directives, Config **ret, char **ret_error)
{
        return read_lines_among(&(Config){0}, command, directives, ret, ret_error);
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
                {"Nonsense", "not DIRECTIVE=VALUE"}, {"=x", "not DIRECTIVE=VALUE"}, {"A=b\nC=d", "one line"},
                {"[service x]=", "one line"},        {"#A=b", "one line"},          {"ExecStart=/bin/x", "behind --"},
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

static Config *read_others(void)
{
        char *lines[] = {(char *) "[service w@]",
                         (char *) "Instances=1 2",
                         (char *) "ExecStart=/bin/true",
                         (char *) "[service db]",
                         (char *) "ExecStart=/bin/true",
                         (char *) "[target all]",
                         (char *) "Wants=db",
                         NULL};
        Config *config = NULL;

        cr_assert_eq(config_load(&(ConfigLoadOptions){.lines = lines, .lines_folder = "/here"}, &config), 0);
        cr_assert_eq(config->n_services, 4);
        return config;
}

/* As if it stood in one file with them. */
Test(transient_text, names_mean_the_services_targets_and_templates_that_there_are)
{
        static const struct {
                const char *directive, *names, *told;
        } rows[] = {
                {"Requires=db", "db", NULL},
                {"Requires = all.target db.service", "all.target db", NULL},
                {"BindsTo=w", "w@1 w@2", NULL},
                {"PartOf=w@", "w@1 w@2", NULL},
                {"After=w@2", "w@2", NULL},
                {"OnFailure=dbb", "dbb", "OnFailure=dbb: there is no service dbb; did you mean db?"},
                {"Requires=w@3", "w@3", "Requires=w@3: there is no service w@3; did you mean w@1?"},
                {"Requisite=t", "", "Requisite=t: t is the service itself"},
        };
        _cleanup_(config_unrefp) Config *others = read_others();
        char *command[] = {(char *) "true", NULL};

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                char *directives[] = {(char *) rows[i].directive, NULL};
                _cleanup_(config_unrefp) Config *config = NULL;
                _cleanup_free_ char *error = NULL;
                char names[100] = "";

                cr_assert_eq(read_lines_among(others, command, directives, &config, &error), 0, "%s", error);
                cr_assert_eq(config->n_services, 1);
                for (Relation relation = 0; relation < _RELATION_N; relation++) {
                        const ReferenceList *list = &config->services[0]->relations[relation];

                        for (size_t k = 0; k < list->n; k++)
                                snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s",
                                         *names ? " " : "", list->items[k].name);
                }
                cr_assert_str_eq(names, rows[i].names);
                cr_assert_eq(config->diagnostics.n, rows[i].told ? 1 : 0, "%s", rows[i].directive);
                if (rows[i].told)
                        cr_assert_str_eq(config->diagnostics.items[0].text, rows[i].told);
        }
}

Test(transient_text, only_directives_of_names_need_the_others)
{
        static const struct {
                const char *directive;
                bool names;
        } rows[] = {
                {"After=x", true},          {"Requires =x", true}, {"OnSuccess=x", true}, {"Conflicts=x", true},
                {"Environment=A=b", false}, {"After", true},       {"=", false},          {"Pool=x", false},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                char *directives[] = {(char *) "UMask=1", (char *) rows[i].directive, NULL};

                cr_assert_eq(transient_may_name_others(&(TransientRequest){.directives = directives}), rows[i].names,
                             "%s", rows[i].directive);
        }
        cr_assert_not(transient_may_name_others(&(TransientRequest){0}));
}
