/* SPDX-License-Identifier: MIT */
#include "core/definition.h"

#include <criterion/criterion.h>

#include "core/directives.h"
#include "define.h"

static void check(const char *text, const char *wanted)
{
        Config *config = define(text);
        char *all = told(config);

        cr_expect_str_eq(all, wanted, "%s\n  told:   %s\n  wanted: %s", text, all, wanted);
        free(all);
        config_unref(config);
}

Test(definition, sections_and_what_is_wrong_with_them)
{
        static const struct {
                const char *text, *told;
        } cases[] = {
                {"[servce x]", "x.ini:1: unknown section [servce x]; did you mean [service NAME]?"},
                {"[nonsense]", "x.ini:1: unknown section [nonsense]; did you mean [service nonsense]?"},
                {"[Unit]",
                 "x.ini:1: [Unit] is a section of systemd; here everything about a service stands in [service NAME]"},
                {"[service]", "x.ini:1: [service] needs a name: [service NAME]"},
                {"[service a/b]", "x.ini:1: [service a/b] has a bad name: it has other bytes than letters, digits "
                                  "and '_' '.' ':' '-'"},
                {"[target x]", ""},
                {"[target]", "x.ini:1: [target] needs a name: [target NAME]"},
                {"[pool x]", "x.ini:1: [pool x] needs Slots: how many of its services may be up at once"},
                {"[pool]", "x.ini:1: [pool] needs a name: [pool NAME]"},
                {"[daemon x]", "x.ini:1: [daemon x]: [daemon] has no name"},
                {"[daemon]\nRingSize=1K",
                 "x.ini:2: warning: RingSize: a ring is never smaller than 16K; that is what it is now"},
                {"[daemon]\nLogTarget=files:/x", "x.ini:2: LogTarget=files:/x: is unknown; did you mean file:?"},
                {"[daemon]\nExecStart=1", "x.ini:2: ExecStart belongs in [service NAME]"},
                {"[daemon]\nMaxParallelStarts=-3", "x.ini:2: MaxParallelStarts=-3: is not between 0 and 2147483647"},
                {"[daemon]\nMaxParallelStarts=3\nRestartBudget=30", ""},
                {"[daemon]\nSlots=3", "x.ini:2: Slots belongs in [pool NAME]"},
                {"[daemon]\nFoo=1", "x.ini:2: unknown directive Foo"},
                {"[service x", "x.ini:1: [service x does not end with ]"},
                {"[]",
                 "x.ini:1: unknown section []; there are [service NAME], [target NAME], [pool NAME] and [daemon]"},
                {"[service x] foo", "x.ini:1: [service x] foo does not end with ]"},
                {"[X-other]\nfoo=1", ""},
                {"A=1\nB=2\n[service a]\nExecStart=/x",
                 "x.ini:1: A=1 stands before the first [section], and so belongs to nothing"},
                {"[service a]\nExecStart=/x\n[service a]\nExecStart=/y\nFoo=1",
                 "x.ini:3: [service a] stands twice: it is already in x.ini:1\nx.ini:5: unknown directive Foo"},
                {"[daemon]\n[daemon]", "x.ini:2: [daemon] stands twice: it is already in x.ini:1"},
                {"--- a.ini\n[service a]\nExecStart=/x\n--- a.ini.d/1.ini\n[service a]\nRestart=always\n[service "
                 "b]\nExecStart=/x\n--- b.ini.d/2.ini\n[service a]\nNice=1\n[daemon]\n",
                 "a.ini.d/1.ini:3: there is no [service b] in a.ini that this could add to\nb.ini.d/2.ini:1: "
                 "[service a] can't be added to from here: this file adds to b.ini, and the section stands in "
                 "a.ini:1"},
                {"--- a.ini\n[service a]\nExecStart=/x\n--- a.ini.d/1.ini\n[service a]\n[service a]\n",
                 "a.ini.d/1.ini:2: [service a] stands twice: it is already in a.ini.d/1.ini:1"},
                {"[service a]\nExecStart=/x\nAfter=b\n[service b]\nExecStart=/x\nAfter=c\n[service "
                 "c]\nExecStart=/x\nAfter=a",
                 "x.ini:3: ordering cycle: a after b after c after a\nx.ini:6: ordering cycle: b after c after a "
                 "after b\nx.ini:9: ordering cycle: c after a after b after c"},
                {"[service a.service]\nExecStart=/x\n[service  b ]\nExecStart=/x\nRequires=a.service", ""},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(cases[i].text, cases[i].told);
}

Test(definition, an_error_hurts_its_own_service_alone)
{
        Config *config = define("[service good]\nExecStart=/bin/true\n[service bad]\nExecStart=/bin/true\nRestart=x\n"
                                "[service twice]\nExecStart=/bin/true\n[service twice]\nExecStart=/bin/true\n"
                                "[service lonely]\nExecStart=/bin/true\nRequires=nobody\n"
                                "[service warned]\nExecStart=/bin/true\nWants=nobody\n");

        cr_assert_eq(config->n_services, 5);
        cr_assert(!defined(config, "good")->bad);
        cr_assert(defined(config, "bad")->bad);
        cr_assert(defined(config, "twice")->bad);
        cr_assert(defined(config, "lonely")->bad);
        cr_assert(!defined(config, "warned")->bad);
        cr_assert_eq(config->diagnostics.n, 4);
        cr_assert_eq(config->diagnostics.n_errors, 3);
        config_unref(config);
}

Test(definition, services_are_sorted_and_found_by_name)
{
        static const char *const names[] = {"a", "b", "b2", "c", "x"};
        Config *config = define("[service x]\nExecStart=/x\n[service a]\nExecStart=/x\n[service c]\nExecStart=/x\n"
                                "[service b2]\nExecStart=/x\n[service b.service]\nExecStart=/x\n");

        cr_assert_eq(config->n_services, ELEMENTSOF(names));
        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                cr_assert_str_eq(config->services[i]->name, names[i]);
                cr_assert_eq(config_find(config, names[i]), config->services[i]);
        }
        cr_assert_null(config_find(config, "b.service"));
        cr_assert_null(config_find(config, ""));
        cr_assert_null(config_find(config, "zz"));
        config_unref(config);
}

Test(definition, a_snapshot_lives_until_its_last_user_lets_go)
{
        Config *config = define("[service a]\nExecStart=/x\n"), *second = config_ref(config);

        cr_assert_null(config_unref(config));
        cr_assert_str_eq(defined(second, "a")->name, "a");
        cr_assert_null(config_unref(second));
        cr_assert_null(config_unref(NULL));
}

Test(definition, defaults_that_depend_on_other_settings)
{
        Config *config =
                define("[daemon]\nDefaultTimeoutStartSec=1s\nDefaultTimeoutStopSec=2s\nDefaultRestartSec=3s\n"
                       "[service plain]\nExecStart=/x\n"
                       "[service once]\nType=oneshot\nExecStart=/x\nKillSignal=SIGINT\n"
                       "[service own]\nExecStart=/x\nTimeoutSec=7s\nTimeoutAbortSec=8s\nRestartSec=9s\n"
                       "RestartKillSignal=SIGHUP\nStandardInputText=x\n"
                       "[service none]\nExecStart=/x\nTimeoutStopSec=0\nTimeoutStartSec=infinity\n"
                       "StandardInput=null\nStandardInputText=x\n");
        const ServiceConfig *plain = defined(config, "plain"), *once = defined(config, "once");
        const ServiceConfig *own = defined(config, "own"), *none = defined(config, "none");

        cr_assert_eq(config->diagnostics.n, 0);
        cr_assert_eq(plain->timeout_start_usec, 1 * USEC_PER_SEC);
        cr_assert_eq(plain->timeout_stop_usec, 2 * USEC_PER_SEC);
        cr_assert_eq(plain->timeout_abort_usec, 2 * USEC_PER_SEC);
        cr_assert_eq(plain->restart_usec, 3 * USEC_PER_SEC);
        cr_assert_eq(plain->restart_kill_signal, 15);
        cr_assert_eq(plain->input.target, STREAM_NULL);
        cr_assert_str_eq(plain->description, "plain");
        cr_assert_eq(once->timeout_start_usec, USEC_INFINITY);
        cr_assert_eq(once->restart_kill_signal, 2);
        cr_assert_eq(own->timeout_start_usec, 7 * USEC_PER_SEC);
        cr_assert_eq(own->timeout_stop_usec, 7 * USEC_PER_SEC);
        cr_assert_eq(own->timeout_abort_usec, 8 * USEC_PER_SEC);
        cr_assert_eq(own->restart_usec, 9 * USEC_PER_SEC);
        cr_assert_eq(own->restart_kill_signal, 1);
        cr_assert_eq(own->input.target, STREAM_DATA);
        cr_assert_eq(none->timeout_stop_usec, USEC_INFINITY);
        cr_assert_eq(none->timeout_start_usec, USEC_INFINITY);
        cr_assert_eq(none->input.target, STREAM_NULL);
        config_unref(config);
}

Test(definition, the_defaults_are_those_of_the_design)
{
        Config *config = define("[service a]\nExecStart=/x\n");
        const ServiceConfig *a = defined(config, "a");
        const DaemonConfig *daemon = &config->daemon;

        cr_assert_eq(a->type, SERVICE_EXEC);
        cr_assert_eq(a->restart, RESTART_NO);
        cr_assert_eq(a->restart_usec, 100 * USEC_PER_MSEC);
        cr_assert_eq(a->restart_max_delay_usec, USEC_INFINITY);
        cr_assert_eq(a->restart_reset_usec, USEC_INFINITY);
        cr_assert_eq(a->restart_jitter, 10);
        cr_assert_eq(a->start_limit_interval_usec, 10 * USEC_PER_SEC);
        cr_assert_eq(a->start_limit_burst, 5);
        cr_assert_eq(a->kill_signal, 15);
        cr_assert_eq(a->final_kill_signal, 9);
        cr_assert(a->send_sigkill);
        cr_assert(!a->send_sighup);
        cr_assert_eq(a->kill_mode, KILL_CONTROL_GROUP);
        cr_assert_eq(a->timeout_start_usec, 90 * USEC_PER_SEC);
        cr_assert_eq(a->timeout_stop_usec, 90 * USEC_PER_SEC);
        cr_assert_eq(a->runtime_max_usec, USEC_INFINITY);
        cr_assert_eq(a->reload_signal, 0);
        cr_assert(a->auto_start);
        cr_assert_eq(a->umask, 022);
        cr_assert_eq(a->output.target, STREAM_JOURNAL);
        cr_assert_eq(a->error.target, STREAM_JOURNAL);
        cr_assert_eq(a->syslog_level, 6);
        cr_assert(a->syslog_level_prefix);
        cr_assert_eq(a->log_level_max, 7);
        cr_assert_eq(a->log_overflow, OVERFLOW_BLOCK);
        cr_assert_eq(a->line_max, 48 * 1024);
        cr_assert_eq(daemon->log_target, LOG_TARGET_AUTO);
        cr_assert_eq(daemon->ring_size, 128 * 1024);
        cr_assert_eq(daemon->log_patience_usec, 10 * USEC_PER_SEC);
        cr_assert_eq(daemon->kill_patience_usec, 5 * USEC_PER_SEC);
        config_unref(config);
}

Test(definition, lists_append_and_an_empty_assignment_empties_them)
{
        Config *config = define("[service a]\nExecStart=/x 1\nExecStart=\nExecStart=/x 2\n"
                                "ExecStartPre=/a\nExecStartPre=/b ; /c\n"
                                "Environment=A=1 \"B=x y\"\nEnvironment=A=2\n"
                                "PassEnvironment=C\nPassEnvironment=\nPassEnvironment=D E\n"
                                "SuccessExitStatus=1 2\nSuccessExitStatus=SIGUSR1 TEMPFAIL\n"
                                "RestartPreventExitStatus=1\nRestartPreventExitStatus=\n"
                                "StandardInputText=one\nStandardInputText=t\\twö %n\n"
                                "After=b c b\nAfter=c\n"
                                "[service b]\nExecStart=/x\n[service c]\nExecStart=/x\n");
        const ServiceConfig *a = defined(config, "a");

        cr_assert_eq(config->diagnostics.n, 0);
        cr_assert_eq(a->commands[COMMAND_START].n, 1);
        cr_assert_str_eq(a->commands[COMMAND_START].items[0].argv[1], "2");
        cr_assert_eq(a->commands[COMMAND_START_PRE].n, 3);
        cr_assert_str_eq(a->commands[COMMAND_START_PRE].items[2].path, "/c");
        cr_assert(strv_equal(a->environment, (char *[]){(char *) "A=2", (char *) "B=x y", NULL}));
        cr_assert(strv_equal(a->pass_environment, (char *[]){(char *) "D", (char *) "E", NULL}));
        cr_assert(exit_status_set_has_code(&a->success, 2));
        cr_assert(exit_status_set_has_code(&a->success, 75));
        cr_assert(exit_status_set_has_signal(&a->success, 10));
        cr_assert(!exit_status_set_has_code(&a->restart_prevent, 1));
        cr_assert_str_eq(a->input_text, "one\nt\twö a\n");
        cr_assert_eq(a->relations[RELATION_AFTER].n, 2);
        cr_assert_eq(a->relations[RELATION_AFTER].items[1].where.line, 18);
        config_unref(config);
}

Test(definition, specifiers_know_the_service_and_its_file)
{
        Config *config = define("--- web.ini\n[service web]\nExecStart=/x\n"
                                "Description=%n %N %p [%i] %u %U %h %t %T %y %Y %%\n"
                                "--- web.ini.d/more.ini\n[service web]\nSyslogIdentifier=%y\n");

        cr_assert_str_eq(defined(config, "web")->description,
                         "web web web [] me 1000 /home/me /run /tmp /conf/web.ini /conf %");
        cr_assert_str_eq(defined(config, "web")->syslog_identifier, "/conf/web.ini",
                         "the service's file, not the drop-in");
        config_unref(config);
}

Test(definition, drop_ins_add_to_the_sections_of_their_file)
{
        Config *config =
                define("--- web.ini\n# about it\n[service web]\nExecStart=/x\nNice=1\n"
                       "--- web.ini.d/a.ini\n[service web]\nNice=2\n--- web.ini.d/b.ini\n[service web]\nUMask=0\n");
        const ServiceConfig *web = defined(config, "web");

        cr_assert_eq(config->diagnostics.n, 0);
        cr_assert_eq(web->nice, 2);
        cr_assert_eq(web->umask, 0);
        cr_assert_eq(strv_length(web->sources), 3);
        cr_assert_str_eq(web->sources[0], "web.ini");
        cr_assert_str_eq(web->where.file, "web.ini");
        cr_assert_eq(web->where.line, 2);
        cr_assert_str_eq(web->folder, "/conf");
        config_unref(config);
}

Test(definition, mistakes_are_ordered_by_file_and_line)
{
        check("--- b.ini\n[service back]\nExecStart=/x\nFoo=1\nRequires=frond\nBar=2\n"
              "--- a.ini\n[service front]\nExecStart=/x\nAfter=bakc\nRestart=perhaps\n",
              "a.ini:3: warning: After=bakc: there is no service bakc; did you mean back?\n"
              "a.ini:4: Restart=perhaps: is unknown; possible: no, always, on-success, on-failure, on-abnormal, "
              "on-abort, on-watchdog\n"
              "b.ini:3: unknown directive Foo\n"
              "b.ini:4: Requires=frond: there is no service frond; did you mean front?\n"
              "b.ini:5: unknown directive Bar");
}

Test(definition, a_service_is_not_suggested_to_itself)
{
        check("[service front]\nExecStart=/x\nAfter=frond\n",
              "x.ini:3: warning: After=frond: there is no service frond");
}

Test(definition, places_are_kept_on_request)
{
        Definition *definition = NULL;
        Config *config = NULL;
        DefinitionFile file = {.path = "x.ini", .folder = "/", .name = "x.ini"};
        char header[] = "[service a]", command[] = "ExecStart = /x";

        cr_assert_eq(definition_new(&(SpecifierValues){0}, &definition), 0);
        definition_keep_places(definition);
        cr_assert_eq(definition_begin_file(definition, &file), 0);
        cr_assert_eq(definition_section(definition, &(DefinitionLine){.text = header, .number = 4, .source = ""}), 0);
        cr_assert_eq(definition_assign(definition, &(DefinitionLine){.text = command, .number = 9, .source = ""}), 0);
        cr_assert_eq(definition_finish(definition, &config), 0);
        cr_assert_eq(service_config_place(config->services[0], "ExecStart").line, 9);
        cr_assert_eq(service_config_place(config->services[0], "User").line, 4, "not given: the section");
        definition_free(definition);
        config_unref(config);
}

Test(definition, a_file_with_too_many_mistakes_says_so)
{
        Definition *definition = NULL;
        Config *config = NULL;
        DefinitionFile file = {.path = "x.ini", .folder = "/", .name = "x.ini"};
        char header[] = "[service a]";

        cr_assert_eq(definition_new(&(SpecifierValues){0}, &definition), 0);
        cr_assert_eq(definition_begin_file(definition, &file), 0);
        cr_assert_eq(definition_section(definition, &(DefinitionLine){.text = header, .number = 1, .source = ""}), 0);
        for (unsigned i = 0; i < DEFINITION_MISTAKES_MAX; i++) {
                char line[] = "Wrong=1";

                cr_assert(!definition_has_enough(definition));
                cr_assert_eq(
                        definition_assign(definition, &(DefinitionLine){.text = line, .number = i, .source = ""}), 0);
        }
        cr_assert(definition_has_enough(definition));
        cr_assert_eq(definition_begin_file(definition, &file), 0);
        cr_assert(!definition_has_enough(definition), "each file anew");
        cr_assert_eq(definition_finish(definition, &config), 0);
        definition_free(definition);
        config_unref(config);
}
