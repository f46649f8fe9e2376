/* SPDX-License-Identifier: MIT */
#include "core/definition.h"

#include <criterion/criterion.h>

#include "core/directives.h"
#include "define.h"

/* `NAME EXECUTABLE ARGUMENTS…` of each service, a `!` before those that are bad; targets by their name. */
static char *describe(const Config *config)
{
        Text text = TEXT_NULL;
        char *all;

        for (size_t i = 0; i < config->n_services; i++) {
                const ServiceConfig *service = config->services[i];
                const CommandList *start = &service->commands[COMMAND_START];

                text_add_string(&text, i > 0 ? "\n" : "");
                text_add_string(&text, service->bad ? "!" : "");
                text_add_string(&text, service->name);
                for (size_t j = 0; start->n > 0 && start->items[0].argv[j]; j++) {
                        text_add_char(&text, ' ');
                        text_add_string(&text, start->items[0].argv[j]);
                }
        }
        assert(text_take(&text, &all) >= 0);
        return all;
}

static void check(const char *text, const char *services, const char *wanted)
{
        Config *config = define(text);
        char *all = told(config), *described = describe(config);

        cr_expect_str_eq(described, services, "%s\n  is:     %s\n  wanted: %s", text, described, services);
        cr_expect_str_eq(all, wanted, "%s\n  told:   %s\n  wanted: %s", text, all, wanted);
        free(all);
        free(described);
        config_unref(config);
}

#define W "ExecStart=/w %i\n"

Test(definition_template, instances_are_services)
{
        check("[service w@]\nInstances=2\n" W, "w@1 /w 1\nw@2 /w 2", "");
        check("[service w@]\n" W "Instances=a b:8-x c.d_\n", "w@a /w a\nw@b:8-x /w b:8-x\nw@c.d_ /w c.d_", "");
        check("[service w@]\nInstances='a' \"b\"\n" W, "w@a /w a\nw@b /w b", "");
        check("[service w@]\nInstances=2\n" W "Instances=1\n", "w@1 /w 1", "");
        check("[service w@]\nInstances=2\n" W "Instances=\n", "", "");
        check("[service w@]\nInstances=0\n" W, "", "");
        check("[service w@.service]\nInstances=1\nExecStart=/w %n %N %p %i %%i\n", "w@1 /w w@1 w@1 w 1 %i", "");
        check("[service w@]\nInstances=10\n" W "[service w]\nExecStart=/x\n",
              "w /x\nw@1 /w 1\nw@10 /w 10\nw@2 /w 2\nw@3 /w 3\nw@4 /w 4\nw@5 /w 5\nw@6 /w 6\nw@7 /w 7\nw@8 /w 8\n"
              "w@9 /w 9",
              "");
        check("[service w@]\n" W, "", "x.ini:1: warning: [service w@] makes no service: it has no Instances");
}

Test(definition_template, an_own_section_adds_to_the_template_s)
{
        Config *config;
        const ServiceConfig *one, *two;

        check("[service w@]\nInstances=2\n" W "[service w@2]\nExecStart=\nExecStart=/own %i\n",
              "w@1 /w 1\nw@2 /own 2", "");
        check("[service w@2]\nExecStart=\nExecStart=/own %i\n[service w@]\nInstances=2\n" W, "w@1 /w 1\nw@2 /own 2",
              "");
        check("[service w@]\nInstances=1\n" W "[service w@x]\nNice=1\n", "w@1 /w 1\nw@x /w x", "");
        check("[service w@]\n" W "[service w@x]\nNice=1\n", "w@x /w x", "");
        check("[service w@x]\nExecStart=/x %i %p\n", "w@x /x x w", "");

        config = define("--- t.ini\n[service w@]\nInstances=2\nExecStart=/w %y\nNice=3\nEnvironment=A=1\n--- o.ini\n"
                        "[service w@2]\nNice=4\nEnvironment=B=%y\n");
        one = defined(config, "w@1");
        two = defined(config, "w@2");
        cr_expect_eq(one->nice, 3);
        cr_expect_eq(two->nice, 4);
        cr_expect_str_eq(two->environment[0], "A=1");
        cr_expect_str_eq(two->environment[1], "B=/conf/t.ini");
        cr_expect_str_eq(one->template, "w");
        cr_expect_str_eq(two->instance, "2");
        cr_expect_str_eq(one->source, "# t.ini\n[service w@]Instances=2ExecStart=/w %yNice=3Environment=A=1");
        cr_expect_str_eq(two->where.file, "t.ini");
        cr_expect_eq(strv_length(two->sources), 2);
        cr_expect_str_eq(two->sources[0], "t.ini");
        cr_expect_str_eq(two->sources[1], "o.ini");
        cr_expect_str_eq(one->description, "w@1");
        config_unref(config);
}

Test(definition_template, drop_ins_add_to_templates_and_instances)
{
        check("--- a.ini\n[service w@]\nInstances=1\n" W "--- a.ini.d/x.ini\n[service w@]\nInstances=2\n"
              "[service w@2]\nExecStart=\nExecStart=/own\n",
              "w@1 /w 1\nw@2 /own", "");
        check("--- a.ini\n[service w@]\nInstances=1\n" W "--- b.ini\n[service b]\nExecStart=/b\n--- b.ini.d/x.ini\n"
              "[service w@1]\nNice=1\n",
              "b /b\n!w@1 /w 1", "b.ini.d/x.ini:1: there is no [service w@1] in b.ini that this could add to");
}

Test(definition_template, what_is_wrong_for_all_is_told_once)
{
        static const struct {
                const char *text, *services, *told;
        } cases[] = {
                {"[service w@]\nInstances=3\n" W "Restart=x\n", "!w@1 /w 1\n!w@2 /w 2\n!w@3 /w 3",
                 "x.ini:4: Restart=x: is unknown; possible: no, always, on-success, on-failure, on-abnormal, "
                 "on-abort, on-watchdog"},
                {"[service w@]\nInstances=2\n" W "Frobnicate=%i\n", "!w@1 /w 1\n!w@2 /w 2",
                 "x.ini:4: unknown directive Frobnicate"},
                {"[service w@]\nInstances=2\n", "!w@1\n!w@2",
                 "x.ini:1: the service has no ExecStart, which only Type=oneshot can do without"},
                {"[service w@]\nInstances=2\n" W "Requires=nobody\nWants=none\n", "!w@1 /w 1\n!w@2 /w 2",
                 "x.ini:4: Requires=nobody: there is no service nobody\n"
                 "x.ini:5: warning: Wants=none: there is no service none"},
                {"[service w@]\nInstances=2\n" W "nonsense\n", "!w@1 /w 1\n!w@2 /w 2",
                 "x.ini:4: nonsense is neither a [section] nor KEY = VALUE nor a comment"},
                {"[service w@]\nInstances=2\n" W "Slots=1\n", "!w@1 /w 1\n!w@2 /w 2",
                 "x.ini:4: Slots belongs in [pool NAME]"},
                /* Of one instance alone. */
                {"[service w@]\nInstances=1 x 2\n" W "User=%i\n", "w@1 /w 1\nw@2 /w 2\nw@x /w x", ""},
                {"[service w@]\nInstances=a b: c\n" W "User=%i\n", "w@a /w a\n!w@b: /w b:\nw@c /w c",
                 "x.ini:4: w@b:: User=%i: is neither a name nor a number of a user or group"},
                {"[service w@]\nInstances=a: b: c\n" W "User=%i\n", "!w@a: /w a:\n!w@b: /w b:\nw@c /w c",
                 "x.ini:4: w@a:: User=%i: is neither a name nor a number of a user or group\n"
                 "x.ini:4: w@b:: User=%i: is neither a name nor a number of a user or group"},
                {"[service w@]\nInstances=a: b:\n" W "User=%i\n",
                 "!w@a: /w a:\n!w@b: /w b:", "x.ini:4: User=%i: is neither a name nor a number of a user or group"},
                {"[service w@]\nInstances=1 2\n" W "Requires=db@%i\n[service db@]\nInstances=2 3\nExecStart=/db\n",
                 "db@2 /db\ndb@3 /db\n!w@1 /w 1\nw@2 /w 2",
                 "x.ini:4: w@1: Requires=db@1: there is no service db@1; did you mean db@2?"},
                {"[service w@]\nInstances=2\n" W "[service w@2]\nNice=x\n", "w@1 /w 1\n!w@2 /w 2",
                 "x.ini:5: Nice=x: is not a whole number"},
                /* Nobody has them, and they are told. */
                {"[service w@]\nInstances=0\nRestart=x\n" W, "!w@",
                 "x.ini:3: Restart=x: is unknown; possible: no, always, on-success, on-failure, on-abnormal, "
                 "on-abort, on-watchdog"},
                {"[service w@]\nInstances=0\nUser=%i:\n" W, "", ""},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(cases[i].text, cases[i].services, cases[i].told);
}

Test(definition_template, which_instances_there_can_be)
{
        static const struct {
                const char *value, *told;
        } cases[] = {
                {"10001", "is not a number from 0 to 10000, nor names"},
                {"99999999999999999999", "is not a number from 0 to 10000, nor names"},
                {"010", "is not a number from 0 to 10000, nor names"},
                {"a a", "names the instance a twice"},
                {"-1", "-1 is not the name of an instance: it does not begin with a letter, a digit or '_'"},
                {"a@b", "a@b is not the name of an instance: it holds a second @"},
                {"a/b",
                 "a/b is not the name of an instance: it has other bytes than letters, digits and '_' '.' ':' '-'"},
                {"a b.service", "b.service is not the name of an instance: it ends in what is no part of a name"},
                {"x.target", "x.target is not the name of an instance: it ends in what is no part of a name"},
                {"'a", "a quote is not closed, or a backslash stands at the end"},
                {"''", " is not the name of an instance: it is empty"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char text[512], wanted[512];

                snprintf(text, sizeof(text), "[service w@]\nInstances=%s\nExecStart=/w\n", cases[i].value);
                snprintf(wanted, sizeof(wanted), "x.ini:2: Instances=%s: %s", cases[i].value, cases[i].told);
                /* So that it is seen in status, it has an entry of its own. */
                check(text, "!w@ /w", wanted);
        }
}

Test(definition_template, their_number_and_size_are_bounded)
{
        Text text = TEXT_NULL;
        char *definition;

        Config *config = define("[service a@]\nInstances=9999\nExecStart=/w\n[service b@]\nInstances=2\n" W
                                "[service c@]\nInstances=1\n" W);
        char *all = told(config);

        cr_expect_eq(config->n_services, 10001);
        cr_expect(defined(config, "b@")->bad);
        cr_expect(!defined(config, "a@9999")->bad && !defined(config, "c@1")->bad);
        cr_expect_str_eq(all, "x.ini:5: with its 2 instances templates make more than 10000 services");
        free(all);
        config_unref(config);

        text_add_string(&text, "[service w@]\nInstances=1000\nExecStart=/w\nDescription=");
        for (unsigned i = 0; i < 1000; i++)
                text_add_string(&text, "0123456789");
        text_add_string(&text, "\n");
        cr_assert_eq(text_take(&text, &definition), 0);
        check(definition, "!w@ /w", "x.ini:2: its 1000 instances are together longer than 8M");
        free(definition);
}

/* A hundred letters before the @ and behind it; of a target its suffix is among them. */
Test(definition_template, names_are_bounded)
{
        for (int kind = 0; kind < 4; kind++)
                for (int longer = 0; longer <= 1; longer++) {
                        static const struct {
                                const char *before, *behind;
                        } forms[] = {
                                {"[service ", "@]\nInstances=1\nExecStart=/x\n"},
                                {"[service a@]\nInstances=", "\nExecStart=/x\n"},
                                {"[target ", "]\n"},
                                {"[pool ", "]\nSlots=1\n"},
                        };
                        char name[128], text[512];
                        size_t n = (kind == 2 ? 93 : 100) + longer;
                        Config *config;

                        memset(name, 'n', n);
                        name[n] = '\0';
                        snprintf(text, sizeof(text), "%s%s%s", forms[kind].before, name, forms[kind].behind);
                        config = define(text);
                        cr_expect_eq(config->diagnostics.n_errors, (size_t) longer, "%s", text);
                        cr_expect_eq(config->n_services + config->n_pools, kind == 3 && longer ? 0 : 1, "%s", text);
                        config_unref(config);
                }
}

Test(definition_template, sections_stand_once)
{
        check("[service w@]\nInstances=1\n" W "[service w@]\nInstances=2\n", "!w@1 /w 1",
              "x.ini:4: [service w@] stands twice: it is already in x.ini:1");
        check("[service w@]\nInstances=1\n" W "--- y.ini\n[service w@1]\nNice=1\n--- z.ini\n[service w@1]\nNice=x\n",
              "!w@1 /w 1",
              "z.ini:1: [service w@1] stands twice: it is already in y.ini:1\nz.ini:2: Nice=x: is not a whole "
              "number");
        check("[service w@1]\nExecStart=/x\nInstances=1\n", "!w@1 /x",
              "x.ini:3: Instances belongs in [service NAME@]");
}

static char *relation(const Config *config, const char *name, Relation which)
{
        const ReferenceList *list = &defined(config, name)->relations[which];
        Text text = TEXT_NULL;
        char *all;

        for (size_t i = 0; i < list->n; i++) {
                text_add_string(&text, i > 0 ? " " : "");
                text_add_string(&text, list->items[i].name);
        }
        assert(text_take(&text, &all) >= 0);
        return all;
}

Test(definition_template, a_template_s_name_stands_for_all_its_instances)
{
        static const struct {
                const char *names, *stand_for;
        } cases[] = {
                {"w", "w@1 w@2 w@x"},
                {"w.service", "w@1 w@2 w@x"},
                {"w@", "w@1 w@2 w@x"},
                {"w@2", "w@2"},
                {"b w w@1", "b w@1 w@2 w@x w@1"},
                {"v", "v"},
                {"v@", "v@1"},
                {"none", ""},
                {"all.target", "all.target"},
                {"lone", "lone@1"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char text[1024], *all;
                Config *config;

                snprintf(text, sizeof(text),
                         "[service a]\nExecStart=/a\nAfter=%s\n[service b]\nExecStart=/b\n[service "
                         "w@]\nInstances=2\n"
                         "ExecStart=/w\n"
                         "[service w@x]\n[service v]\nExecStart=/v\n[service v@]\nInstances=1\n"
                         "ExecStart=/w\n"
                         "[service none@]\nInstances=0\n"
                         "ExecStart=/w\n"
                         "[target all]\n[service lone@1]\nExecStart=/l\n",
                         cases[i].names);
                config = define(text);
                all = told(config);
                cr_expect_str_eq(all, "", "%s: %s", cases[i].names, all);
                free(all);
                all = relation(config, "a", RELATION_AFTER);
                cr_expect_str_eq(all, cases[i].stand_for, "%s: %s", cases[i].names, all);
                free(all);
                config_unref(config);
        }
}

Test(definition_template, the_relations_of_an_instance_are_its_own)
{
        Config *config = define("[service db@]\nInstances=a b\nExecStart=/db\n[service w@]\nInstances=a b\n" W
                                "Requires=db@%i\nAfter=db@%i\n");
        char *all = relation(config, "w@b", RELATION_REQUIRES);

        cr_expect_eq(config->diagnostics.n, 0);
        cr_expect_str_eq(all, "db@b");
        free(all);
        config_unref(config);
}

Test(definition_template, targets)
{
        Config *config = define("[target all]\nDescription=everything: %n %N %p\nWants=a\n[service a]\nExecStart=/a\n"
                                "[target b.target]\nAutoStart=yes\nRequires=all.target\n");
        const ServiceConfig *all = defined(config, "all.target"), *b = defined(config, "b.target");

        cr_expect_eq(config->diagnostics.n, 0);
        cr_expect_eq(all->kind, UNIT_TARGET);
        cr_expect_eq(defined(config, "a")->kind, UNIT_SERVICE);
        cr_expect_str_eq(all->description, "everything: all.target all all");
        cr_expect_str_eq(b->description, "b.target");
        cr_expect(!all->auto_start && b->auto_start);
        cr_expect_eq(all->type, SERVICE_ONESHOT);
        cr_expect(all->remain_after_exit);
        cr_expect_eq(all->timeout_start_usec, USEC_INFINITY);
        cr_expect_str_eq(b->relations[RELATION_REQUIRES].items[0].name, "all.target");
        config_unref(config);

        check("[target a]\nExecStart=/x\n", "!a.target", "x.ini:2: ExecStart belongs in [service NAME]");
        check("[target a]\nWant=x\n", "!a.target", "x.ini:2: unknown directive Want; did you mean Wants?");
        check("[target a]\nWants=x\n", "a.target", "x.ini:2: warning: Wants=x: there is no service x");
        check("[target a]\nRequires=x.target\n", "!a.target",
              "x.ini:2: Requires=x.target: there is no target x.target");
        check("[target a]\nAfter=a.target\n", "a.target",
              "x.ini:2: warning: After=a.target: a.target is the service itself");
        check("[target a]\n[target a.target]\n", "!a.target",
              "x.ini:2: [target a] stands twice: it is already in x.ini:1");
        check("[target a@1]\n", "!a_1.target",
              "x.ini:1: [target a@1] has a bad name: it holds an @, which services alone can have");
        check("[service a.target]\nExecStart=/x\n", "!a.target /x",
              "x.ini:1: [service a.target] has a bad name: it ends in .target, as those of targets do "
              "([target NAME])");
}

Test(definition_template, pools)
{
        Config *config = define("[pool b]\nSlots=3\n[pool a]\nSlots=cpus\n[service s]\nExecStart=/s\nPool=b\n");

        cr_expect_eq(config->diagnostics.n, 0);
        cr_expect_eq(config->n_pools, 2);
        cr_expect_str_eq(config->pools[0]->name, "a");
        cr_expect_eq(config->pools[0]->slots, 1);
        cr_expect_eq(config_find_pool(config, "b")->slots, 3);
        cr_expect_null(config_find_pool(config, "c"));
        cr_expect_str_eq(defined(config, "s")->pool, "b");
        config_unref(config);

        check("[pool a]\nSlots=0\n[service s]\nExecStart=/s\nPool=a\n[service t]\nExecStart=/t\nPool=%n\n"
              "[service u]\nExecStart=/u\nPool=a\nPool=\n",
              "!s /s\n!t /t\nu /u",
              "x.ini:2: Slots=0: is not between 1 and 1000000\nx.ini:5: Pool=a: [pool a] in x.ini:1 has a mistake\n"
              "x.ini:8: Pool=t: there is no pool t");
        check("[pool a]\nSlots=many\n", "", "x.ini:2: Slots=many: is not a whole number, or cpus");
        check("[pool a]\nSlots=1\n[pool a]\nSlots=2\n", "",
              "x.ini:3: [pool a] stands twice: it is already in x.ini:1");
        check("[pool a@b]\nSlots=1\n", "",
              "x.ini:1: [pool a@b] has a bad name: it holds an @, which services alone can have");
        check("[pool a]\nNice=1\nSlots=1\n", "", "x.ini:2: Nice belongs in [service NAME]");
        /* A pool and a service may have the same name. */
        check("[pool s]\nSlots=1\n[service s]\nExecStart=/s\nPool=s\n", "s /s", "");
}

Test(definition_template, what_can_t_be_named_so_is_seen_all_the_same)
{
        check("[service a/b]\nExecStart=/x\nRestart=y\n", "!a_b /x",
              "x.ini:1: [service a/b] has a bad name: it has other bytes than letters, digits and '_' '.' ':' '-'\n"
              "x.ini:3: Restart=y: is unknown; possible: no, always, on-success, on-failure, on-abnormal, on-abort, "
              "on-watchdog");
        check("[servcie web]\nExecStart=/x\n", "!web /x",
              "x.ini:1: unknown section [servcie web]; did you mean [service NAME]?");
        /* Nobody else is hurt by it. */
        check("[service .a]\nRestart=y\n[service _a]\nExecStart=/x\n[servcie _a]\nFoo=1\n", "_a /x",
              "x.ini:1: [service .a] has a bad name: it does not begin with a letter, a digit or '_'\n"
              "x.ini:2: Restart=y: is unknown; possible: no, always, on-success, on-failure, on-abnormal, on-abort, "
              "on-watchdog\n"
              "x.ini:5: unknown section [servcie _a]; did you mean [service NAME]?\nx.ini:6: unknown directive Foo");
}
