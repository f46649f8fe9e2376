/* SPDX-License-Identifier: MIT */

#include "host/helper-lines.h"

#include "host-world.h"

static World world;
static HelperLines *lines;
static char heard[4096];
static bool ended, free_at_line;

static void on_line(void *userdata, const char *line)
{
        size_t n = strlen(heard);

        (void) snprintf(heard + n, sizeof(heard) - n, "[%s]", line);
        if (free_at_line) {
                lines = helper_lines_free(lines);
                ended = true;
        }
}

static void on_end(void *userdata)
{
        ended = true;
}

static void ask(const char *command)
{
        char *argv[] = {(char *) "/bin/sh", (char *) "-c", (char *) command, NULL};

        heard[0] = '\0';
        ended = false;
        cr_assert_geq(helper_lines_new(world.loop, world.table, argv,
                                       &(HelperLinesHandler){.on_line = on_line, .on_end = on_end}, &lines),
                      0);
}

static void up(void)
{
        world_begin(&world, false);
}

static void down(void)
{
        lines = helper_lines_free(lines);
        world_end(&world);
}

TestSuite(helper_lines, .init = up, .fini = down, .timeout = 60);

Test(helper_lines, each_line_is_told_and_then_the_end)
{
        ask("echo one; printf tw; printf 'o\\n\\nthree'");
        cr_assert(world_turn_until(&world, &ended));
        cr_expect_str_eq(heard, "[one][two][]", "what has no newline is no line: %s", heard);
}

Test(helper_lines, a_helper_that_cannot_be_run_has_nothing_to_say)
{
        char *argv[] = {(char *) "/no/such/helper", NULL};

        ended = false;
        cr_assert_geq(helper_lines_new(world.loop, world.table, argv,
                                       &(HelperLinesHandler){.on_line = on_line, .on_end = on_end}, &lines),
                      0);
        cr_assert(world_turn_until(&world, &ended));
}

Test(helper_lines, a_long_line_is_cut)
{
        ask("head -c 5000 /dev/zero | tr '\\0' x; echo; echo next");
        cr_assert(world_turn_until(&world, &ended));
        cr_expect_eq(strlen(heard), HELPER_LINE_MAX - 1 + 2 + strlen("[next]"));
        cr_expect(strstr(heard, "x][next]"));
}

Test(helper_lines, who_listens_may_leave_in_the_midst)
{
        free_at_line = true;
        ask("echo one; echo two; sleep 1000");
        cr_assert(world_turn_until(&world, &ended));
        cr_expect_str_eq(heard, "[one]");
        cr_expect_null(lines);
}

Test(helper_lines, a_helper_goes_when_nobody_listens)
{
        ask("sleep 1000");
        lines = helper_lines_free(lines);
        world_turn_for(&world, 50 * USEC_PER_MSEC);
        cr_expect(!ended);
}
