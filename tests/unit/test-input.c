/* SPDX-License-Identifier: MIT */

/* The stdin of a service: what is written at once, what waits, what is dropped. */

#include "engine/input.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "common/fd.h"
#include "host/terminal.h"

typedef struct World {
        Loop *loop;
        Input input;
        int reader;
        size_t allowed; /* by the log */
        size_t n_logged;
        unsigned n_progress;
} World;

static size_t on_write(void *userdata, size_t size)
{
        World *world = userdata;

        return MIN(size, world->allowed);
}

static void on_written(void *userdata, const char *data, size_t size)
{
        World *world = userdata;

        world->n_logged += size;
}

static void on_progress(void *userdata)
{
        World *world = userdata;

        world->n_progress++;
}

static void begin(World *world)
{
        /* As the daemon has it. */
        cr_assert(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
        *world = (World){.allowed = SIZE_MAX};
        cr_assert_geq(loop_new(&world->loop), 0);
        input_init(&world->input, world->loop, &(InputHandler){on_write, on_written, on_progress, world});
        cr_assert_geq(input_open_pipe(&world->input, &world->reader), 0);
        cr_assert_geq(fcntl(world->reader, F_SETFL, O_NONBLOCK), 0);
}

static void end(World *world)
{
        input_done(&world->input);
        fd_close(world->reader);
        loop_free(world->loop);
}

/* Reads what is there and checks that it goes on counting. */
static size_t drain(World *world, size_t from)
{
        unsigned char buffer[4096];
        size_t got = 0;
        ssize_t n;

        while ((n = read(world->reader, buffer, sizeof(buffer))) > 0)
                for (ssize_t i = 0; i < n; i++, got++)
                        cr_assert_eq(buffer[i], (unsigned char) (from + got), "byte %zu", from + got);
        return got;
}

static void give(World *world, size_t from, size_t size)
{
        char *data = malloc(size);

        for (size_t i = 0; i < size; i++)
                data[i] = (char) (from + i);
        cr_assert_eq(input_give(&world->input, data, size), 0);
        free(data);
}

Test(input, what_fits_is_written_at_once_and_the_rest_in_order)
{
        World world;
        size_t given = 0, got = 0;

        begin(&world);
        give(&world, 0, 100);
        cr_assert_eq(world.input.n_written, 100);
        given = 100;
        while (input_room(&world.input) >= 10007) {
                give(&world, given, 10007);
                given += 10007;
        }
        cr_assert_gt(given, INPUT_QUEUE_MAX);
        cr_assert_eq(world.input.n_given, given);
        while (got < given) {
                size_t n = drain(&world, got);

                cr_assert_gt(n, 0);
                got += n;
                input_pump(&world.input);
        }
        cr_assert_eq(got, given);
        cr_assert_eq(world.input.n_written, given);
        cr_assert_eq(world.n_logged, given);
        cr_assert_gt(world.n_progress, 0);
        end(&world);
}

Test(input, what_the_log_has_no_room_for_waits)
{
        World world;

        begin(&world);
        world.allowed = 0;
        give(&world, 0, 50);
        cr_assert_eq(drain(&world, 0), 0);
        world.allowed = 7;
        input_pump(&world.input);
        cr_assert_eq(drain(&world, 0), 50);
        cr_assert_eq(world.n_logged, 50);
        end(&world);
}

Test(input, the_end_comes_behind_what_is_queued)
{
        World world;
        char byte;

        begin(&world);
        world.allowed = 0;
        give(&world, 0, 50);
        input_end(&world.input);
        cr_assert_eq(input_give(&world.input, "x", 1), -EPIPE);
        cr_assert_eq(read(world.reader, &byte, 1), -1);
        world.allowed = SIZE_MAX;
        input_pump(&world.input);
        cr_assert_eq(drain(&world, 0), 50);
        cr_assert_eq(read(world.reader, &byte, 1), 0);
        cr_assert(world.input.closed);
        end(&world);
}

Test(input, nobody_who_reads_is_an_error_and_a_new_run_is_a_new_pipe)
{
        World world;

        begin(&world);
        world.reader = fd_close(world.reader);
        cr_assert_not(outlet_is_heard(&world.input.outlet));
        cr_assert_eq(input_give(&world.input, "x", 1), -EPIPE);
        cr_assert_not(input_is_open(&world.input));
        input_close(&world.input);
        cr_assert_geq(input_open_pipe(&world.input, &world.reader), 0);
        cr_assert_geq(fcntl(world.reader, F_SETFL, O_NONBLOCK), 0);
        world.allowed = 0;
        give(&world, 200, 10);
        /* What was queued for a run that ended goes nowhere. */
        input_close(&world.input);
        fd_close(world.reader);
        cr_assert_geq(input_open_pipe(&world.input, &world.reader), 0);
        cr_assert_geq(fcntl(world.reader, F_SETFL, O_NONBLOCK), 0);
        world.allowed = SIZE_MAX;
        give(&world, 0, 10);
        cr_assert_eq(drain(&world, 0), 10);
        end(&world);
}

Test(input, the_end_of_a_terminals_input_is_a_letter_or_two)
{
        int master, slave;
        World world;
        char line[16];

        begin(&world);
        cr_assert_geq(terminal_open(&master, &slave), 0);
        cr_assert_geq(input_open_terminal(&world.input, master), 0);
        cr_assert_eq(input_give(&world.input, "all\n", 4), 0);
        input_end(&world.input);
        cr_assert_eq(read(slave, line, sizeof(line)), 4);
        cr_assert_eq(read(slave, line, sizeof(line)), 0);
        /* Within a line the first one sends that off. */
        cr_assert_eq(input_give(&world.input, "part", 4), 0);
        input_end(&world.input);
        cr_assert_eq(read(slave, line, sizeof(line)), 4);
        cr_assert_eq(read(slave, line, sizeof(line)), 0);
        close(master);
        close(slave);
        end(&world);
}
