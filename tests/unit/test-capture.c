/* SPDX-License-Identifier: MIT */

/* Capture, delivery and followers together, over real pipes and a sink that the test controls. */

#include "engine/capture.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "common/fd.h"
#include "engine/delivery.h"
#include "fake-sink.h"

typedef struct World {
        Loop *loop;
        Delivery *delivery;
        Capture *capture;
        DaemonConfig daemon;
        ServiceConfig config;
        unsigned n_idle, n_drained;
        Text output; /* what on_output told */
        uint8_t run;
} World;

static void on_idle(void *userdata)
{
        ((World *) userdata)->n_idle++;
}

static void on_drained(void *userdata)
{
        ((World *) userdata)->n_drained++;
}

static void on_output(void *userdata, CaptureRole role, unsigned stream, const char *data, size_t size)
{
        text_add(&((World *) userdata)->output, data, size);
}

static void world_init(World *world, LogTarget target)
{
        *world = (World){
                .daemon = {.ring_size = 16384},
                .config = {.name = (char *) "web",
                           .output = {.target = STREAM_JOURNAL},
                           .error = {.target = STREAM_JOURNAL},
                           .syslog_level = 6,
                           .syslog_level_prefix = true,
                           .log_level_max = 7,
                           .line_max = 1000},
        };
        cr_assert_eq(loop_new(&world->loop), 0);
        cr_assert_eq(delivery_new(world->loop, NULL,
                                  &(DeliveryOptions){.target = target,
                                                     .config = &world->daemon,
                                                     .on_idle = on_idle,
                                                     .userdata = world},
                                  &world->delivery),
                     0);
        cr_assert_eq(
                capture_new(world->delivery, "web", &(CaptureHandler){on_output, on_drained, world}, &world->capture),
                0);
}

static void world_done(World *world)
{
        capture_free(world->capture);
        delivery_free(world->delivery);
        loop_free(world->loop);
        text_done(&world->output);
}

/* Everything that can be done now. */
static void settle(World *world)
{
        while (sd_event_run(loop_sd_event(world->loop), 0) > 0)
                ;
}

static void begin(World *world)
{
        cr_assert(capture_may_begin(world->capture));
        cr_assert_eq(capture_begin_run(world->capture, &world->config, (Id128){{++world->run}}), 0);
}

typedef struct Pipes {
        int output, error;
} Pipes;

static Pipes open_pipes(World *world, CaptureRole role)
{
        Pipes pipes = {-EBADF, -EBADF};

        cr_assert_eq(capture_open(world->capture, role, &pipes.output, &pipes.error), 0);
        return pipes;
}

static void close_pipes(Pipes *pipes)
{
        pipes->output = fd_close(pipes->output);
        pipes->error = fd_close(pipes->error);
}

static void say(int fd, const char *text)
{
        cr_assert_eq(write(fd, text, strlen(text)), (ssize_t) strlen(text));
}

static void end_run(World *world)
{
        cr_assert_eq(capture_end_run(world->capture, &(EventRecord){.id = EVENT_ID_EXITED,
                                                                    .priority = 6,
                                                                    .service = "web",
                                                                    .invocation_id = &(Id128){{world->run}},
                                                                    .text = "over"}),
                     0);
}

static void event(World *world, EventId id, const char *text)
{
        delivery_event(world->delivery, &(EventRecord){.id = id, .priority = 6, .service = "web", .text = text});
}

static void expect_log(const char *expected)
{
        char *got = summary(the_sink->all.bytes, the_sink->all.n);

        cr_assert_str_eq(got, expected, "the log is:\n%s\nnot:\n%s", got, expected);
        free(got);
}

/* The last exit record. */
static EntryFields last_record(void)
{
        NativeReader reader = NATIVE_READER(the_sink->all.bytes, the_sink->all.n);
        EntryFields entry, found = {0};

        while (next_entry(&reader, &entry))
                if (strcmp(entry.event, "exited") == 0)
                        found = entry;
        return found;
}

Test(capture, lines_and_events_come_in_the_order_of_what_happened)
{
        World world;
        Pipes pipes;

        world_init(&world, LOG_TARGET_JOURNAL);
        begin(&world);
        pipes = open_pipes(&world, CAPTURE_MAIN);
        capture_set_main_pid(world.capture, 4711);
        event(&world, EVENT_ID_STARTED, "up");
        say(pipes.output, "one\ntwo\nprompt: ");
        settle(&world);
        event(&world, EVENT_ID_READY, "ready");
        say(pipes.output, "answer\n");
        settle(&world);
        say(pipes.error, "<3>grave\n");
        settle(&world);
        say(pipes.output, "last");
        close_pipes(&pipes);
        capture_main_ended(world.capture);
        end_run(&world);
        event(&world, EVENT_ID_STOPPED, "down");
        settle(&world);

        expect_log("*started: up\n"
                   "stdout: one\n"
                   "stdout: two\n"
                   "*ready: ready\n"
                   "stdout: prompt: answer\n"
                   "stderr: grave\n"
                   "stdout: last [eof]\n"
                   "*exited: over\n"
                   "*stopped: down\n");
        cr_assert_eq(last_record().stdout_lines, 4);
        cr_assert_eq(last_record().stdout_bytes, 8 + 8 + 7 + 4);
        cr_assert_eq(last_record().stderr_lines, 1);
        cr_assert(delivery_is_idle(world.delivery));
        cr_assert_gt(world.n_idle, 0);
        world_done(&world);
}

Test(capture, what_a_main_process_wrote_before_its_end_comes_before_the_record_though_nobody_read_yet)
{
        World world;
        Pipes pipes;

        world_init(&world, LOG_TARGET_JOURNAL);
        begin(&world);
        pipes = open_pipes(&world, CAPTURE_MAIN);
        for (unsigned i = 0; i < 500; i++)
                say(i % 2 == 0 ? pipes.output : pipes.error, "the last words\n");
        close_pipes(&pipes);
        /* No turn of the loop in between: as when the child writes and dies at once. */
        capture_main_ended(world.capture);
        end_run(&world);
        settle(&world);
        cr_assert_eq(last_record().stdout_lines, 250);
        cr_assert_eq(last_record().stderr_lines, 250);
        cr_assert(capture_may_begin(world.capture));
        world_done(&world);
}

static size_t line_bytes(char *buffer, unsigned i)
{
        /* Of all lengths, so that batches, datagrams and the ring's end are met everywhere. */
        return (size_t) sprintf(
                buffer, "%u:%.*s\n", i, (int) (i * 7 % 199),
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
                "y");
}

/* A credit with which the sink also changes its mind about several entries in a datagram. */
#define FICKLE 11

/* `n` numbered lines, as fast as the pipe takes them; the sink takes some datagrams now and then. */
static void flood(World *world, int fd, unsigned n, uint64_t credit)
{
        bool fickle = credit == FICKLE;
        char line[300];
        size_t size = 0, done = 0;

        cr_assert_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
        for (unsigned i = 0, stalled = 0; i < n;) {
                ssize_t written;

                if (done == size) {
                        size = line_bytes(line, i);
                        done = 0;
                }
                written = write(fd, line + done, size - done);
                if (written > 0)
                        done += (size_t) written;
                if (done == size)
                        i++;
                if (written < 0) {
                        cr_assert_lt(++stalled, 1000000u, "nothing goes on");
                        if (credit > 0)
                                fake_sink_allow(credit);
                        if (fickle)
                                the_sink->max = stalled % 5 < 3 ? 1 : SINK_ENTRIES_MAX;
                        settle(world);
                }
        }
}

/* Every line is there once, in order, numbered, as it was written. */
static void check_flood(unsigned n, unsigned n_missing_allowed)
{
        NativeReader reader = NATIVE_READER(the_sink->all.bytes, the_sink->all.n);
        uint64_t batch = 0, in_batch = 0, expected_number = 1;
        EntryFields entry;
        unsigned i = 0;

        while (next_entry(&reader, &entry)) {
                char line[300];

                if (*entry.event)
                        continue;
                in_batch = entry.batch == batch ? in_batch + 1 : 0;
                batch = entry.batch;
                cr_assert_eq(batch + in_batch, expected_number, "line %u has number %llu", i,
                             (unsigned long long) (batch + in_batch));
                expected_number++;
                for (;; i++) {
                        cr_assert_lt(i, n);
                        line[line_bytes(line, i) - 1] = '\0';
                        if (strcmp(line, entry.message) == 0)
                                break;
                        cr_assert_gt(n_missing_allowed, 0, "line %u is '%.40s'", i, entry.message);
                }
                i++;
        }
        if (n_missing_allowed == 0)
                cr_assert_eq(i, n);
}

Test(capture, a_slow_log_makes_the_child_wait_and_loses_nothing, .timeout = 30)
{
        static const struct {
                unsigned max, at_once;
                uint64_t credit;
        } cases[] = {{64, 1000, 3}, {1, 1000, 100}, {1, 3, 7}, {64, 1000, UINT64_MAX}, {64, 5, FICKLE}};

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                World world;
                Pipes pipes;

                world_init(&world, LOG_TARGET_JOURNAL);
                the_sink->max = cases[i].max;
                the_sink->at_once = cases[i].at_once;
                the_sink->credit = 0;
                begin(&world);
                pipes = open_pipes(&world, CAPTURE_MAIN);
                flood(&world, pipes.output, 10000, cases[i].credit);
                close_pipes(&pipes);
                capture_main_ended(world.capture);
                end_run(&world);
                for (unsigned j = 0; j < 100000 && !delivery_is_idle(world.delivery); j++) {
                        fake_sink_allow(cases[i].credit);
                        settle(&world);
                }
                check_flood(10000, 0);
                cr_assert_eq(last_record().stdout_lines, 10000);
                if (cases[i].credit != FICKLE)
                        cr_assert_leq(the_sink->most_entries, cases[i].max);
                if (cases[i].max > 1)
                        cr_assert_gt(the_sink->most_entries, 50u);
                world_done(&world);
        }
}

Test(capture, a_log_that_takes_nothing_holds_up_one_ended_run_and_no_more)
{
        World world;
        Pipes pipes;
        uint64_t lines, bytes;

        world_init(&world, LOG_TARGET_JOURNAL);
        the_sink->credit = 0;
        begin(&world);
        pipes = open_pipes(&world, CAPTURE_MAIN);
        say(pipes.output, "one\ntwo\npart");
        settle(&world);
        capture_undelivered(world.capture, &lines, &bytes);
        cr_assert_eq(lines, 3);
        cr_assert_eq(bytes, 12);
        say(pipes.output, "ial\nin the pipe\n");
        capture_undelivered(world.capture, &lines, &bytes);
        cr_assert_eq(lines, 4);
        cr_assert_eq(bytes, 28);
        close_pipes(&pipes);
        capture_main_ended(world.capture);
        end_run(&world);
        settle(&world);

        cr_assert_not(capture_may_begin(world.capture));
        cr_assert_eq(capture_begin_run(world.capture, &world.config, (Id128){{9}}), -EBUSY);
        cr_assert_eq(world.n_drained, 0);
        cr_assert_not(delivery_is_idle(world.delivery));
        fake_sink_allow(UINT64_MAX);
        settle(&world);
        cr_assert_eq(world.n_drained, 1);
        cr_assert(capture_may_begin(world.capture));
        cr_assert(delivery_is_idle(world.delivery));
        capture_undelivered(world.capture, &lines, &bytes);
        cr_assert_eq(lines, 0);
        cr_assert_eq(bytes, 0);
        expect_log("stdout: one\nstdout: two\nstdout: partial\nstdout: in the pipe\n*exited: over\n");
        world_done(&world);
}

Test(capture, a_silent_run_can_begin_again_while_the_log_hangs)
{
        World world;

        world_init(&world, LOG_TARGET_JOURNAL);
        the_sink->credit = 0;
        for (unsigned i = 0; i < 50; i++) {
                Pipes pipes;

                begin(&world);
                pipes = open_pipes(&world, CAPTURE_MAIN);
                close_pipes(&pipes);
                capture_main_ended(world.capture);
                end_run(&world);
                settle(&world);
        }
        fake_sink_allow(UINT64_MAX);
        settle(&world);
        cr_assert_eq(the_sink->n_datagrams, 50);
        world_done(&world);
}

Test(capture, a_leftover_is_heard_and_a_second_record_corrects_the_first)
{
        World world;
        Pipes pipes;

        world_init(&world, LOG_TARGET_JOURNAL);
        begin(&world);
        pipes = open_pipes(&world, CAPTURE_MAIN);
        say(pipes.output, "main\nbegin");
        capture_main_ended(world.capture);
        end_run(&world);
        settle(&world);
        cr_assert_eq(last_record().stdout_lines, 1);
        cr_assert(capture_may_begin(world.capture));

        begin(&world);
        Pipes second = open_pipes(&world, CAPTURE_MAIN);
        say(second.output, "second run\n");
        settle(&world);
        say(pipes.output, "ning\nleft over\n");
        settle(&world);
        close_pipes(&pipes);
        settle(&world);
        close_pipes(&second);
        capture_main_ended(world.capture);
        end_run(&world);
        settle(&world);
        expect_log("stdout: main\n*exited: over\nstdout: second run\nstdout: beginning\nstdout: left over\n"
                   "*exited: over (told before; left-over processes have written more since)\n*exited: over\n");
        world_done(&world);
}

Test(capture, leftovers_of_many_runs_are_bounded)
{
        Pipes pipes[12];
        char *log;
        World world;

        world_init(&world, LOG_TARGET_JOURNAL);
        for (unsigned i = 0; i < ELEMENTSOF(pipes); i++) {
                begin(&world);
                pipes[i] = open_pipes(&world, CAPTURE_MAIN);
                say(pipes[i].output, "hello\n");
                capture_main_ended(world.capture);
                end_run(&world);
                settle(&world);
        }
        log = summary(the_sink->all.bytes, the_sink->all.n);
        cr_assert(strstr(log, "*output-closed: "));
        free(log);
        /* The last four are still heard. */
        say(pipes[ELEMENTSOF(pipes) - 4].output, "still here\n");
        settle(&world);
        log = summary(the_sink->all.bytes, the_sink->all.n);
        cr_assert(strstr(log, "stdout: still here\n"));
        free(log);
        for (unsigned i = 0; i < ELEMENTSOF(pipes); i++)
                close_pipes(&pipes[i]);
        settle(&world);
        cr_assert(delivery_is_idle(world.delivery));
        world_done(&world);
}

Test(capture, many_runs_with_output_follow_each_other)
{
        World world;

        world_init(&world, LOG_TARGET_JOURNAL);
        for (unsigned i = 0; i < 200; i++) {
                Pipes pipes;

                begin(&world);
                pipes = open_pipes(&world, CAPTURE_MAIN);
                say(pipes.output, "hello\nworld\n");
                close_pipes(&pipes);
                capture_main_ended(world.capture);
                end_run(&world);
                settle(&world);
                cr_assert_eq(last_record().stdout_lines, 2);
        }
        world_done(&world);
}

Test(capture, dropping_loses_whole_lines_and_says_how_many, .timeout = 30)
{
        NativeReader reader;
        EntryFields entry;
        uint64_t told = 0, lines = 0;
        World world;
        Pipes pipes;

        world_init(&world, LOG_TARGET_JOURNAL);
        world.config.log_overflow = OVERFLOW_DROP;
        the_sink->credit = 0;
        begin(&world);
        pipes = open_pipes(&world, CAPTURE_MAIN);
        for (unsigned i = 0; i < 20; i++) {
                flood(&world, pipes.output, 1000, 0);
                settle(&world);
                fake_sink_allow(i % 3);
                settle(&world);
        }
        close_pipes(&pipes);
        capture_main_ended(world.capture);
        end_run(&world);
        for (unsigned i = 0; i < 1000 && !delivery_is_idle(world.delivery); i++) {
                fake_sink_allow(UINT64_MAX);
                settle(&world);
        }

        reader = NATIVE_READER(the_sink->all.bytes, the_sink->all.n);
        while (next_entry(&reader, &entry)) {
                char expected[300];
                unsigned i;

                if (strcmp(entry.event, "lines-dropped") == 0)
                        told += strtoull(entry.message + strlen("web: "), NULL, 10);
                if (*entry.event)
                        continue;
                lines++;
                i = (unsigned) strtoul(entry.message, NULL, 10);
                expected[line_bytes(expected, i) - 1] = '\0';
                cr_assert_str_eq(entry.message, expected, "torn: '%s'", entry.message);
                cr_assert_str_eq(entry.line_break, "");
        }
        cr_assert_gt(told, 10000);
        cr_assert_gt(lines, 100);
        cr_assert_eq(lines + told, 20000, "%llu lines, %llu dropped", (unsigned long long) lines,
                     (unsigned long long) told);
        cr_assert_eq(last_record().stdout_lines, lines);
        cr_assert_eq(last_record().dropped, told);
        world_done(&world);
}

Test(capture, log_level_max_keeps_lines_out_and_the_record_counts_them)
{
        World world;
        Pipes pipes;

        world_init(&world, LOG_TARGET_JOURNAL);
        world.config.log_level_max = 4;
        begin(&world);
        pipes = open_pipes(&world, CAPTURE_MAIN);
        say(pipes.output, "info\n<4>warning\n<3>error\n<7>debug\ninfo\n<0>panic\n");
        close_pipes(&pipes);
        capture_main_ended(world.capture);
        end_run(&world);
        settle(&world);
        expect_log("stdout: warning\nstdout: error\nstdout: panic\n*exited: over\n");
        cr_assert_eq(last_record().stdout_lines, 6);
        cr_assert_eq(last_record().filtered, 3);
        world_done(&world);
}

Test(capture, control_commands_share_a_pipe_that_lives_as_long_as_the_run)
{
        World world;
        Pipes first, second, main;

        world_init(&world, LOG_TARGET_JOURNAL);
        begin(&world);
        first = open_pipes(&world, CAPTURE_CONTROL);
        say(first.output, "pre ");
        close_pipes(&first);
        settle(&world);
        main = open_pipes(&world, CAPTURE_MAIN);
        say(main.output, "main ");
        settle(&world);
        second = open_pipes(&world, CAPTURE_CONTROL);
        say(second.output, "post\n");
        settle(&world);
        say(main.output, "line\n");
        settle(&world);
        close_pipes(&main);
        close_pipes(&second);
        settle(&world);
        expect_log("stdout: pre  [eof]\nstdout: post\nstdout: main line\n");
        capture_main_ended(world.capture);
        end_run(&world);
        settle(&world);
        expect_log("stdout: pre  [eof]\nstdout: post\nstdout: main line\n*exited: over\n");
        world_done(&world);
}

Test(capture, what_two_commands_wrote_is_never_joined)
{
        Pipes first, second, main;
        World world;

        world_init(&world, LOG_TARGET_JOURNAL);
        /* With a log that takes nothing, and then with one that does. */
        the_sink->credit = 0;
        begin(&world);
        first = open_pipes(&world, CAPTURE_CONTROL);
        say(first.output, "whole\nfirst, unfinished");
        close_pipes(&first);
        second = open_pipes(&world, CAPTURE_CONTROL);
        say(second.output, "second\nunfinished, too");
        close_pipes(&second);
        main = open_pipes(&world, CAPTURE_MAIN);
        say(main.output, "main\n");
        settle(&world);
        fake_sink_allow(UINT64_MAX);
        settle(&world);
        expect_log("stdout: whole\nstdout: first, unfinished [eof]\nstdout: second\n"
                   "stdout: unfinished, too [eof]\nstdout: main\n");
        close_pipes(&main);
        capture_main_ended(world.capture);
        end_run(&world);
        settle(&world);
        cr_assert_eq(last_record().stdout_lines, 5);
        world_done(&world);
}

Test(capture, streams_that_go_elsewhere_have_no_pipe)
{
        World world;
        Pipes pipes;

        world_init(&world, LOG_TARGET_JOURNAL);
        world.config.output.target = STREAM_APPEND;
        begin(&world);
        pipes = open_pipes(&world, CAPTURE_MAIN);
        cr_assert_eq(pipes.output, -EBADF);
        cr_assert_geq(pipes.error, 0);
        close_pipes(&pipes);
        world_done(&world);
}

Test(capture, whoever_listens_hears_a_prompt_at_once)
{
        World world;
        Pipes pipes;

        world_init(&world, LOG_TARGET_JOURNAL);
        begin(&world);
        pipes = open_pipes(&world, CAPTURE_MAIN);
        say(pipes.output, "not heard\n");
        settle(&world);
        capture_set_listening(world.capture, true);
        say(pipes.output, "login: ");
        settle(&world);
        capture_set_listening(world.capture, false);
        say(pipes.output, "not heard\n");
        settle(&world);
        cr_assert(world.output.n == 7 && memcmp(world.output.bytes, "login: ", 7) == 0);
        close_pipes(&pipes);
        world_done(&world);
}

Test(capture, a_flood_of_events_is_bounded_and_counted)
{
        char *log;
        World world;

        world_init(&world, LOG_TARGET_JOURNAL);
        the_sink->credit = 0;
        for (unsigned i = 0; i < 5000; i++)
                event(&world, EVENT_ID_READY, "again");
        fake_sink_allow(UINT64_MAX);
        settle(&world);
        cr_assert_eq(the_sink->n_datagrams, 1024 + 1);
        log = summary(the_sink->all.bytes, the_sink->all.n);
        cr_assert(strstr(log, "*events-lost: 3976 events"), "%.200s", log + strlen(log) - 200);
        free(log);
        world_done(&world);
}

Test(capture, without_a_descriptor_for_the_ring_the_output_waits, .timeout = 20)
{
        struct rlimit limit, none;
        World world;
        Pipes pipes;
        char *log;

        world_init(&world, LOG_TARGET_JOURNAL);
        begin(&world);
        pipes = open_pipes(&world, CAPTURE_MAIN);
        cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
        none = (struct rlimit){3, limit.rlim_max};
        cr_assert_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
        say(pipes.output, "patience\n");
        settle(&world);
        /* Twice in vain. */
        for (unsigned i = 0; i < 25; i++) {
                usleep(100000);
                settle(&world);
        }
        log = summary(the_sink->all.bytes, the_sink->all.n);
        cr_assert(strstr(log, "*output-waits: "));
        cr_assert_null(strstr(strstr(log, "*output-waits: ") + 1, "*output-waits: "), "told again and again");
        cr_assert_null(strstr(log, "stdout"));
        free(log);

        cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
        for (unsigned i = 0; i < 12; i++) {
                usleep(100000);
                settle(&world);
        }
        log = summary(the_sink->all.bytes, the_sink->all.n);
        cr_assert(strstr(log, "stdout: patience\n"));
        free(log);
        close_pipes(&pipes);
        world_done(&world);
}

Test(capture, a_changed_line_max_brings_a_ring_that_fits)
{
        char line[5001];
        World world;

        memset(line, 'x', sizeof(line) - 2);
        line[sizeof(line) - 2] = '\n';
        line[sizeof(line) - 1] = '\0';
        world_init(&world, LOG_TARGET_JOURNAL);
        for (unsigned i = 0; i < 6; i++) {
                Pipes pipes;

                /* 20000 asks for a bigger ring, 4000 for smaller carry buffers. */
                world.config.line_max = i % 2 == 0 ? 20000 : 4000;
                begin(&world);
                pipes = open_pipes(&world, CAPTURE_MAIN);
                say(pipes.output, line);
                close_pipes(&pipes);
                capture_main_ended(world.capture);
                end_run(&world);
                settle(&world);
                cr_assert_eq(last_record().stdout_lines, i % 2 == 0 ? 1 : 2);
        }
        world_done(&world);
}

Test(capture, closing_delivers_what_is_there_and_says_when_it_is_done)
{
        World world;
        Pipes pipes;

        world_init(&world, LOG_TARGET_JOURNAL);
        the_sink->credit = 0;
        begin(&world);
        pipes = open_pipes(&world, CAPTURE_MAIN);
        say(pipes.output, "main\n");
        capture_main_ended(world.capture);
        end_run(&world);
        say(pipes.output, "left over, unfinished");
        delivery_event(world.delivery, &(EventRecord){.id = EVENT_ID_DAEMON_STOPPED, .priority = 5, .text = "bye"});
        delivery_close(world.delivery);
        settle(&world);
        cr_assert_not(delivery_is_idle(world.delivery));
        cr_assert_not(the_sink->closed);
        world.n_idle = 0;
        fake_sink_allow(UINT64_MAX);
        settle(&world);
        cr_assert(the_sink->closed);
        cr_assert(delivery_is_idle(world.delivery));
        cr_assert_eq(world.n_idle, 1);
        expect_log("*daemon-stopped: bye\nstdout: main\n*exited: over\nstdout: left over, unfinished [eof]\n"
                   "*exited: over (told before; left-over processes have written more since)\n");
        close_pipes(&pipes);
        world_done(&world);
}

Test(capture, without_a_target_lines_are_counted_all_the_same)
{
        World world;
        Pipes pipes;

        world_init(&world, LOG_TARGET_NULL);
        begin(&world);
        pipes = open_pipes(&world, CAPTURE_MAIN);
        flood(&world, pipes.output, 10000, 0);
        close_pipes(&pipes);
        capture_main_ended(world.capture);
        end_run(&world);
        settle(&world);
        cr_assert(delivery_is_idle(world.delivery));
        cr_assert_eq(the_sink->n_calls, 0);
        world_done(&world);
}

/* Followers */

/* All that the follower has got until now, as a summary. `ret_ended`: its socket is at its end. */
static char *take(World *world, int fd, bool *ret_ended)
{
        static char buffer[256 * 1024];
        Text text = TEXT_NULL;
        char *s;

        *ret_ended = false;
        for (;;) {
                ssize_t n;

                settle(world);
                n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
                if (n == 0)
                        *ret_ended = true;
                if (n <= 0)
                        break;
                if (text.n > 0)
                        text_add_char(&text, '\n');
                text_add(&text, buffer, (size_t) n);
        }
        s = summary(text.bytes, text.n);
        text_done(&text);
        return s;
}

static void expect_taken(World *world, int fd, const char *expected, bool expected_end)
{
        bool ended;
        char *got = take(world, fd, &ended);

        cr_assert_str_eq(got, expected, "the follower got:\n%s\nnot:\n%s", got, expected);
        cr_assert_eq(ended, expected_end);
        free(got);
}

static int follow(World *world, uint64_t lines, bool follow, bool events)
{
        char *services[] = {(char *) "web", NULL};
        int fd = -EBADF;

        cr_assert_eq(delivery_follow(world->delivery, services, lines, follow, events, &fd), 0);
        return fd;
}

Test(follow, history_is_what_the_ring_holds_with_the_events_between)
{
        World world;
        Pipes pipes;
        int fd;

        world_init(&world, LOG_TARGET_NULL);
        begin(&world);
        event(&world, EVENT_ID_STARTED, "up");
        pipes = open_pipes(&world, CAPTURE_MAIN);
        say(pipes.output, "one\ntwo\n");
        settle(&world);
        event(&world, EVENT_ID_READY, "ready");
        say(pipes.error, "three\n");
        settle(&world);
        say(pipes.output, "four\nunfinished");
        settle(&world);

        fd = follow(&world, UINT64_MAX, false, true);
        expect_taken(&world, fd,
                     "*started: up\nstdout: one\nstdout: two\n*ready: ready\nstderr: three\nstdout: four\n", true);
        close(fd);
        fd = follow(&world, UINT64_MAX, false, false);
        expect_taken(&world, fd, "stdout: one\nstdout: two\nstderr: three\nstdout: four\n", true);
        close(fd);
        fd = follow(&world, 3, false, true);
        expect_taken(&world, fd, "stdout: two\n*ready: ready\nstderr: three\nstdout: four\n", true);
        close(fd);
        fd = follow(&world, 2, false, true);
        expect_taken(&world, fd, "stderr: three\nstdout: four\n", true);
        close(fd);
        fd = follow(&world, 0, false, true);
        expect_taken(&world, fd, "", true);
        close(fd);
        close_pipes(&pipes);
        world_done(&world);
}

static unsigned count_parts(const char *text)
{
        unsigned n = 0;

        for (; (text = strstr(text, "[continued]\n")); text++)
                n++;
        return n;
}

Test(follow, a_line_longer_than_any_packet_comes_in_several)
{
        enum { LENGTH = 1500 * 1000 };
        char *part = malloc(30001), *got;
        World world;
        Pipes pipes;
        bool ended;
        int fd;

        memset(part, 'x', 30000);
        part[30000] = '\0';
        world_init(&world, LOG_TARGET_NULL);
        world.config.line_max = 2 * 1024 * 1024;
        begin(&world);
        event(&world, EVENT_ID_STARTED, "up");
        pipes = open_pipes(&world, CAPTURE_MAIN);
        for (unsigned i = 0; i < LENGTH / 30000; i++) {
                say(pipes.output, part);
                settle(&world);
        }
        say(pipes.output, "\nafter\n");
        settle(&world);

        fd = follow(&world, UINT64_MAX, false, true);
        got = take(&world, fd, &ended);
        cr_assert(ended);
        cr_assert_eq(strncmp(got, "*started: up\n", strlen("*started: up\n")), 0);
        /* The last one doesn't say so. */
        cr_assert_eq(count_parts(got), LENGTH / (48 * 1024));
        cr_assert_str_eq(got + strlen(got) - strlen("stdout: after\n"), "stdout: after\n");
        free(got);
        free(part);
        close(fd);
        close_pipes(&pipes);
        world_done(&world);
}

Test(follow, a_follower_sees_what_comes_though_the_log_hangs)
{
        World world;
        Pipes pipes;
        int fd;

        world_init(&world, LOG_TARGET_JOURNAL);
        the_sink->credit = 0;
        fd = follow(&world, 10, true, true);
        expect_taken(&world, fd, "", false);
        begin(&world);
        event(&world, EVENT_ID_STARTED, "up");
        pipes = open_pipes(&world, CAPTURE_MAIN);
        expect_taken(&world, fd, "*started: up\n", false);
        say(pipes.output, "one\npart");
        expect_taken(&world, fd, "stdout: one\n", false);
        say(pipes.output, "ial\n");
        expect_taken(&world, fd, "stdout: partial\n", false);
        close_pipes(&pipes);
        capture_main_ended(world.capture);
        end_run(&world);
        expect_taken(&world, fd, "*exited: over\n", false);
        close(fd);
        settle(&world);
        world_done(&world);
}

Test(follow, a_follower_that_does_not_read_slows_nobody_and_learns_what_it_missed, .timeout = 30)
{
        uint64_t lines = 0, missed = 0;
        const char *p;
        World world;
        Pipes pipes;
        bool ended;
        char *got;
        int fd;

        world_init(&world, LOG_TARGET_JOURNAL);
        fd = follow(&world, 0, true, false);
        begin(&world);
        pipes = open_pipes(&world, CAPTURE_MAIN);
        flood(&world, pipes.output, 30000, 0);
        settle(&world);
        cr_assert_eq(the_sink->n_refused, 0);
        check_flood(30000, 0);

        got = take(&world, fd, &ended);
        for (p = got; *p; p = strchr(p, '\n') + 1)
                if (strncmp(p, "missed ", 7) == 0)
                        missed += strtoull(p + 7, NULL, 10);
                else
                        lines++;
        cr_assert_gt(missed, 1000);
        cr_assert_gt(lines, 1000);
        cr_assert_eq(lines + missed, 30000, "%llu lines, %llu missed", (unsigned long long) lines,
                     (unsigned long long) missed);
        free(got);
        close(fd);
        settle(&world);
        close_pipes(&pipes);
        world_done(&world);
}

Test(follow, several_services_come_merged_by_time_and_new_ones_are_seen)
{
        Capture *other;
        Pipes web, db;
        World world;
        int fd;

        world_init(&world, LOG_TARGET_NULL);
        begin(&world);
        web = open_pipes(&world, CAPTURE_MAIN);
        cr_assert_eq(delivery_follow(world.delivery, NULL, UINT64_MAX, true, false, &fd), 0);
        cr_assert_eq(capture_new(world.delivery, "db", &(CaptureHandler){.userdata = &world}, &other), 0);
        cr_assert_eq(capture_begin_run(other, &world.config, (Id128){{77}}), 0);
        cr_assert_eq(capture_open(other, CAPTURE_MAIN, &db.output, &db.error), 0);
        for (unsigned i = 0; i < 3; i++) {
                say(i % 2 == 0 ? web.output : db.output, i == 0 ? "first\n" : i == 1 ? "second\n" : "third\n");
                settle(&world);
                usleep(20000);
        }
        expect_taken(&world, fd, "stdout: first\nstdout: second\nstdout: third\n", false);
        close(fd);
        cr_assert_eq(delivery_follow(world.delivery, NULL, UINT64_MAX, false, false, &fd), 0);
        expect_taken(&world, fd, "stdout: first\nstdout: second\nstdout: third\n", true);
        close(fd);
        close_pipes(&web);
        close_pipes(&db);
        capture_free(other);
        world_done(&world);
}

Test(follow, who_watches_everything_sees_the_daemons_own_events)
{
        World world;
        int all, web;

        world_init(&world, LOG_TARGET_NULL);
        delivery_event(world.delivery, &(EventRecord){.id = EVENT_ID_DAEMON_STARTED, .priority = 5, .text = "up"});
        settle(&world);
        cr_assert_eq(delivery_follow(world.delivery, NULL, UINT64_MAX, true, true, &all), 0);
        web = follow(&world, UINT64_MAX, true, true);
        event(&world, EVENT_ID_READY, "ready");
        delivery_event(world.delivery, &(EventRecord){.id = EVENT_ID_RELOADED, .priority = 5, .text = "again"});
        expect_taken(&world, all, "*daemon-started: up\n*ready: ready\n*reloaded: again\n", false);
        expect_taken(&world, web, "*ready: ready\n", false);
        close(all);
        close(web);
        settle(&world);
        world_done(&world);
}

Test(follow, there_are_not_too_many)
{
        int fds[300], r = 0, extra;
        unsigned n;
        World world;

        world_init(&world, LOG_TARGET_NULL);
        for (n = 0; n < ELEMENTSOF(fds) && r >= 0; n++)
                r = delivery_follow(world.delivery, NULL, 0, true, false, &fds[n]);
        cr_assert_eq(r, -EUSERS);
        n--;
        cr_assert_eq(n, 256);
        close(fds[--n]);
        settle(&world);
        cr_assert_eq(delivery_follow(world.delivery, NULL, 0, true, false, &extra), 0);
        close(extra);
        while (n > 0)
                close(fds[--n]);
        settle(&world);
        world_done(&world);
}
