/* SPDX-License-Identifier: MIT */

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "host/path-watch.h"

static char folder[64];
static Loop *loop;
static PathWatch *watch;
static unsigned n_changes;

static void on_change(void *userdata)
{
        n_changes++;
}

/* Runs the loop until it is quiet; returns how many turns it had. */
static unsigned turn(void)
{
        unsigned n = 0;

        while (sd_event_run(loop_sd_event(loop), 20 * USEC_PER_MSEC) > 0)
                cr_assert_lt(++n, 100);
        return n;
}

static const char *at(const char *name)
{
        static char path[160];

        (void) snprintf(path, sizeof(path), "%s/%s", folder, name);
        return path;
}

static void make(const char *name)
{
        int fd = open(at(name), O_CREAT | O_WRONLY | O_EXCL | O_CLOEXEC, 0600);

        cr_assert_geq(fd, 0, "%m");
        close(fd);
}

static void up(const char *name)
{
        (void) snprintf(folder, sizeof(folder), "/tmp/test-path-watch-XXXXXX");
        cr_assert(mkdtemp(folder) != NULL);
        cr_assert_geq(loop_new(&loop), 0);
        if (strcmp(name, "a/b/thing") != 0)
                make(name);
        cr_assert_geq(path_watch_new(loop, at(name), on_change, NULL, &watch), 0);
}

static void down(void)
{
        char command[128];

        path_watch_free(watch);
        loop_free(loop);
        (void) snprintf(command, sizeof(command), "rm -rf '%s'", folder);
        cr_assert_eq(system(command), 0);
}

TestSuite(path_watch, .fini = down);

Test(path_watch, tells_when_the_thing_goes_and_comes)
{
        up("thing");
        cr_assert_eq(turn(), 0);
        cr_assert_geq(unlink(at("thing")), 0);
        turn();
        cr_assert_eq(n_changes, 1);
        make("thing");
        turn();
        cr_assert_eq(n_changes, 2);
        cr_assert_geq(unlink(at("thing")), 0);
        turn();
        cr_assert_eq(n_changes, 3);
}

Test(path_watch, tells_when_the_thing_is_replaced_and_again)
{
        char from[160];

        up("thing");
        for (unsigned i = 1; i <= 3; i++) {
                make("new");
                (void) snprintf(from, sizeof(from), "%s", at("new"));
                cr_assert_geq(rename(from, at("thing")), 0);
                turn();
                cr_assert_eq(n_changes, i);
        }
}

Test(path_watch, tells_when_a_path_whose_folders_are_missing_appears)
{
        up("a/b/thing");
        cr_assert_geq(mkdir(at("a"), 0700), 0);
        turn();
        cr_assert_geq(mkdir(at("a/b"), 0700), 0);
        turn();
        cr_assert_eq(n_changes, 0);
        make("a/b/thing");
        turn();
        cr_assert_eq(n_changes, 1);
}

Test(path_watch, tells_when_a_path_appears_at_once_with_its_folders)
{
        up("a/b/thing");
        cr_assert_geq(mkdir(at("a"), 0700), 0);
        cr_assert_geq(mkdir(at("a/b"), 0700), 0);
        make("a/b/thing");
        turn();
        cr_assert_eq(n_changes, 1);
}

Test(path_watch, finds_a_path_again_whose_folder_went_away)
{
        char command[160];

        up("a/b/thing");
        for (unsigned i = 1; i <= 3; i++) {
                cr_assert_geq(mkdir(at("a"), 0700), 0);
                cr_assert_geq(mkdir(at("a/b"), 0700), 0);
                make("a/b/thing");
                turn();
                cr_assert_eq(n_changes, 2 * i - 1);
                (void) snprintf(command, sizeof(command), "rm -r '%s/a'", folder);
                cr_assert_eq(system(command), 0);
                turn();
                cr_assert_eq(n_changes, 2 * i);
        }
}

Test(path_watch, does_not_wake_for_neighbours_while_the_thing_is_there)
{
        up("thing");
        make("other");
        cr_assert_geq(unlink(at("other")), 0);
        cr_assert_eq(turn(), 0);
        cr_assert_eq(n_changes, 0);
}
