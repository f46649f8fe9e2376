/* SPDX-License-Identifier: MIT */

/* What the helper answers, what becomes of it, and the whole way with the real helper and one that hangs. */

#include <errno.h>
#include <sys/stat.h>

#include "host-world.h"
#include "host/identity.h"

TestSuite(names, .timeout = 60);

Test(names, an_answer_is_taken_apart)
{
        char user[] = "user\twww\tok\t33\t34\twww-data\t/var/www\t/bin/sh\t34,5,6";
        char group[] = "group\tadm\tok\t4", none[] = "user\tx\tnone", error[] = "group\ty\terror\t110";
        NameAnswer answer = {0};
        const char *name;
        NameKind kind;

        cr_assert_eq(name_answer_parse(user, &kind, &name, &answer), 0);
        cr_assert(kind == NAME_USER && answer.state == NAME_KNOWN);
        cr_assert_str_eq(name, "www");
        cr_assert(answer.uid == 33 && answer.gid == 34 && answer.n_groups == 3 && answer.groups[2] == 6);
        cr_assert_str_eq(answer.login, "www-data");
        cr_assert_str_eq(answer.home, "/var/www");
        cr_assert_str_eq(answer.shell, "/bin/sh");
        name_answer_done(&answer);

        cr_assert_eq(name_answer_parse(group, &kind, &name, &answer), 0);
        cr_assert(kind == NAME_GROUP && answer.state == NAME_KNOWN && answer.gid == 4);
        cr_assert_eq(name_answer_parse(none, &kind, &name, &answer), 0);
        cr_assert(kind == NAME_USER && answer.state == NAME_NONE);
        cr_assert_eq(name_answer_parse(error, &kind, &name, &answer), 0);
        cr_assert(answer.state == NAME_ERROR && answer.error == 110);
}

Test(names, a_home_or_shell_of_no_use_is_none)
{
        static const char *const homes[] = {"", "/", "//", "relative"};
        static const char *const shells[] = {"", "/usr/sbin/nologin", "/bin/false", "sh"};

        for (size_t i = 0; i < ELEMENTSOF(homes); i++) {
                NameAnswer answer = {0};
                const char *name;
                NameKind kind;
                char line[256];

                snprintf(line, sizeof(line), "user\tx\tok\t1\t1\tx\t%s\t%s\t1", homes[i], shells[i]);
                cr_assert_eq(name_answer_parse(line, &kind, &name, &answer), 0);
                cr_assert(!answer.home && !answer.shell, "case %zu", i);
                name_answer_done(&answer);
        }
}

Test(names, what_no_helper_says_is_refused)
{
        static const char *const cases[] = {
                "",
                "user",
                "user\tx",
                "thing\tx\tnone",
                "user\tx\tmaybe",
                "user\tx\tok",
                "user\tx\tok\t1\t1\tx\t/\t/bin/sh",
                "user\tx\tok\t-1\t1\tx\t/\t/bin/sh\t1",
                "user\tx\tok\t4294967295\t1\tx\t/\t/bin/sh\t1",
                "user\tx\tok\t1\t1\tx\t/home/x\t/bin/sh\t1,x",
                "user\tx\tok\t1\t1\tx\t/home/x\t/bin/sh\t1,,2",
                "user\tx\tok\t1\t1\tx\t/home/x\t/bin/sh\t1\tmore",
                "group\tx\tok",
                "group\tx\tok\t1\t2",
                "group\tx\terror\t-5",
                "user\tx\tnone\tmore",
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                NameAnswer answer = {.uid = 99};
                char *line = strdup(cases[i]);
                const char *name;
                NameKind kind;

                cr_assert_eq(name_answer_parse(line, &kind, &name, &answer), -EBADMSG, "%s", cases[i]);
                cr_assert_eq(answer.uid, 99U, "left alone");
                free(line);
        }
}

/* A little name service for the composition. */
static const NameAnswer *find_in_table(void *userdata, NameKind kind, const char *name)
{
        static gid_t groups[] = {100, 7, 8};
        static const struct {
                NameKind kind;
                const char *name;
                NameAnswer answer;
        } table[] = {
                {NAME_USER,
                 "joe",
                 {.state = NAME_KNOWN,
                  .uid = 1000,
                  .gid = 100,
                  .login = (char *) "joe",
                  .home = (char *) "/home/joe",
                  .groups = groups,
                  .n_groups = 3}},
                {NAME_USER,
                 "1000",
                 {.state = NAME_KNOWN,
                  .uid = 1000,
                  .gid = 100,
                  .login = (char *) "joe",
                  .groups = groups,
                  .n_groups = 3}},
                {NAME_USER, "2000", {.state = NAME_NONE}},
                {NAME_USER, "3000", {.state = NAME_PENDING}},
                {NAME_USER, "slow", {.state = NAME_PENDING}},
                {NAME_USER, "ghost", {.state = NAME_NONE}},
                {NAME_USER, "broken", {.state = NAME_ERROR, .error = ETIMEDOUT}},
                {NAME_GROUP, "web", {.state = NAME_KNOWN, .gid = 33}},
                {NAME_GROUP, "slow", {.state = NAME_PENDING}},
                {NAME_GROUP, "ghost", {.state = NAME_NONE}},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                if (table[i].kind == kind && strcmp(table[i].name, name) == 0)
                        return &table[i].answer;
        return NULL;
}

Test(names, identities_are_put_together_from_what_is_known)
{
        static const struct {
                const char *user, *group, *more[3];
                NamesState state;
                const char *error;
                uid_t uid;
                gid_t gid, groups[5];
                int n_groups; /* -1: they stay */
        } cases[] = {
                {"joe", NULL, {NULL}, NAMES_KNOWN, NULL, 1000, 100, {100, 7, 8}, 3},
                {"joe", "web", {NULL}, NAMES_KNOWN, NULL, 1000, 33, {33, 7, 8}, 3},
                {"joe", "7", {"web", "9"}, NAMES_KNOWN, NULL, 1000, 7, {7, 8, 33, 9}, 4},
                {NULL, "web", {NULL}, NAMES_KNOWN, NULL, (uid_t) -1, 33, {0}, -1},
                {NULL, NULL, {"web", "web"}, NAMES_KNOWN, NULL, (uid_t) -1, (gid_t) -1, {33}, 1},
                {"1000", NULL, {NULL}, NAMES_KNOWN, NULL, 1000, 100, {100, 7, 8}, 3},
                {"2000", NULL, {NULL}, NAMES_KNOWN, NULL, 2000, 65534, {65534}, 1},
                {"3000", "5", {NULL}, NAMES_KNOWN, NULL, 3000, 5, {5}, 1},
                {"slow", NULL, {NULL}, NAMES_PENDING, NULL, 0, 0, {0}, 0},
                {"never-asked", NULL, {NULL}, NAMES_PENDING, NULL, 0, 0, {0}, 0},
                {"joe", "slow", {NULL}, NAMES_PENDING, NULL, 0, 0, {0}, 0},
                {"joe", NULL, {"slow"}, NAMES_PENDING, NULL, 0, 0, {0}, 0},
                {"ghost", NULL, {NULL}, NAMES_FAILED, "there is no user \"ghost\"", 0, 0, {0}, 0},
                {"slow", "ghost", {NULL}, NAMES_FAILED, "there is no group \"ghost\"", 0, 0, {0}, 0},
                {"joe", NULL, {"slow", "ghost"}, NAMES_FAILED, "there is no group \"ghost\"", 0, 0, {0}, 0},
                {"broken",
                 NULL,
                 {NULL},
                 NAMES_FAILED,
                 "the name service failed for the user \"broken\": Connection timed out",
                 0,
                 0,
                 {0},
                 0},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                ServiceConfig config = {
                        .user = (char *) cases[i].user,
                        .group = (char *) cases[i].group,
                        .supplementary_groups = cases[i].more[0] ? (char **) cases[i].more : NULL,
                };
                Identity identity = {0};
                char *error = NULL;

                cr_assert_eq(identity_compose(&config, find_in_table, NULL, &identity, &error), cases[i].state,
                             "case %zu", i);
                cr_assert(cases[i].error ? error && strcmp(error, cases[i].error) == 0 : !error, "case %zu: %s", i,
                          error);
                free(error);
                if (cases[i].state != NAMES_KNOWN)
                        continue;
                cr_assert(identity.uid == cases[i].uid && identity.gid == cases[i].gid, "case %zu", i);
                cr_assert_eq(cases[i].n_groups < 0, !identity.groups, "case %zu", i);
                for (int k = 0; k < cases[i].n_groups; k++)
                        cr_assert_eq(identity.groups[k], cases[i].groups[k], "case %zu, group %d", i, k);
                cr_assert_eq((int) identity.n_groups, MAX(cases[i].n_groups, 0), "case %zu", i);
                identity_done(&identity);
        }
}

static void on_change(void *userdata)
{
        (*(unsigned *) userdata)++;
}

static Config config_of(ServiceConfig **services, size_t n)
{
        return (Config){.services = services, .n_services = n};
}

Test(names, the_real_helper_answers)
{
        ServiceConfig root = {.user = (char *) "root"}, ghost = {.user = (char *) "no-such-user-here"},
                      number = {.user = (char *) "12345", .group = (char *) "54321"};
        ServiceConfig *services[] = {&root, &ghost, &number};
        Config config = config_of(services, 3);
        const Identity *identity;
        unsigned n_changes = 0;
        const char *error;
        Names *names;
        World world;

        world_begin(&world, false);
        cr_assert(names_new(world.loop, world.table, world_program("helper/tended-helper"), on_change, &n_changes,
                            &names) >= 0);
        cr_assert(names_request(names, &config, NULL, 0) >= 0);
        cr_assert(names_is_pending(names));
        cr_assert_eq(names_lookup(names, &root, &identity, &error), NAMES_PENDING);
        cr_assert_eq(names_lookup(names, &number, &identity, &error), NAMES_KNOWN, "a number waits for nobody");
        cr_assert(identity->uid == 12345 && identity->gid == 54321);

        for (usec_t end = world_now() + PATIENCE_USEC; names_is_pending(names) && world_now() < end;)
                world_turn_for(&world, USEC_PER_MSEC);
        cr_assert(!names_is_pending(names));
        cr_assert_gt(n_changes, 0U);
        cr_assert_eq(names_lookup(names, &root, &identity, &error), NAMES_KNOWN);
        cr_assert(identity->uid == 0 && identity->gid == 0);
        cr_assert_str_eq(identity->user, "root");
        cr_assert_eq(names_lookup(names, &ghost, &identity, &error), NAMES_FAILED);
        cr_assert_str_eq(error, "there is no user \"no-such-user-here\"");
        names_free(names);
        world_end(&world);
}

Test(names, a_helper_that_hangs_is_replaced_and_what_was_known_stays)
{
        ServiceConfig one = {.user = (char *) "one"}, two = {.user = (char *) "two"};
        ServiceConfig *services[] = {&one, &two};
        Config config = config_of(services, 2);
        const Identity *identity;
        unsigned n_changes = 0;
        const char *error;
        Names *names;
        World world;
        FILE *file;

        world_begin(&world, false);
        /* Answers the first question, then hangs; the second time it hangs at once. */
        file = fopen(world_path(&world, "helper"), "we");
        fprintf(file,
                "#!/bin/sh\nif [ ! -e %s/ran ]; then printf "
                "'garbage\\nuser\\tone\\tok\\t5\\t6\\tone\\t/h\\t/bin/sh\\t6\\n'; fi\n"
                "touch %s/ran\nexec sleep 1000\n",
                world.folder, world.folder);
        fclose(file);
        chmod(world_path(&world, "helper"), 0755);

        cr_assert(names_new(world.loop, world.table, world_path(&world, "helper"), on_change, &n_changes, &names) >=
                  0);
        cr_assert(names_request(names, &config, NULL, 0) >= 0);
        for (usec_t end = world_now() + PATIENCE_USEC; n_changes == 0 && world_now() < end;)
                world_turn_for(&world, USEC_PER_MSEC);
        cr_assert_eq(names_lookup(names, &one, &identity, &error), NAMES_KNOWN);
        cr_assert_eq(names_lookup(names, &two, &identity, &error), NAMES_PENDING);
        cr_assert(names_is_pending(names));

        cr_assert(names_request(names, &config, NULL, 0) >= 0);
        world_turn_for(&world, 100 * USEC_PER_MSEC);
        cr_assert_eq(names_lookup(names, &one, &identity, &error), NAMES_KNOWN);
        cr_assert_eq(identity->uid, 5U);
        cr_assert_eq(names_lookup(names, &two, &identity, &error), NAMES_PENDING);
        names_free(names);
        world_turn_for(&world, 100 * USEC_PER_MSEC);
        world_end(&world);
}

Test(names, a_helper_that_ends_early_is_a_failure_of_the_name_service)
{
        ServiceConfig one = {.user = (char *) "one"};
        ServiceConfig *services[] = {&one};
        Config config = config_of(services, 1);
        const Identity *identity;
        unsigned n_changes = 0;
        const char *error;
        Names *names;
        World world;

        world_begin(&world, false);
        cr_assert(names_new(world.loop, world.table, "/bin/true", on_change, &n_changes, &names) >= 0);
        cr_assert(names_request(names, &config, NULL, 0) >= 0);
        for (usec_t end = world_now() + PATIENCE_USEC; names_is_pending(names) && world_now() < end;)
                world_turn_for(&world, USEC_PER_MSEC);
        cr_assert_eq(names_lookup(names, &one, &identity, &error), NAMES_FAILED);
        cr_assert_str_eq(error, "the name service failed for the user \"one\": No data available");
        names_free(names);
        world_end(&world);
}
