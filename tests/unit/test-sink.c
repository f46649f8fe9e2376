/* SPDX-License-Identifier: MIT */

/* The sink against sockets of the test: a datagram socket in a temporary folder plays journald, and the process table
 * is replaced by one that starts nothing, so that the test says how a probe or a writer ended. */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "common/fd.h"
#include "host/datagram.h"
#include "host/process.h"
#include "host/sink.h"

/* ---- the fake process table: remembers the last process asked for ---- */

static struct {
        unsigned n_spawned;
        ProcessHandler handler;
        char argv[4][256];
        int input_fd; /* the process's standard input */
        bool alive;
} helper = {.input_fd = -EBADF};

int process_spawn_helper(ProcessTable *table, char *const *argv, const int fds[3], const ProcessHandler *handler,
                         Process **ret)
{
        helper.n_spawned++;
        helper.handler = *handler;
        helper.alive = true;
        memset(helper.argv, 0, sizeof(helper.argv));
        for (size_t i = 0; argv[i] && i < ELEMENTSOF(helper.argv); i++)
                (void) snprintf(helper.argv[i], sizeof(helper.argv[i]), "%s", argv[i]);
        fd_close(helper.input_fd);
        helper.input_fd = fcntl(fds[0], F_DUPFD_CLOEXEC, 3);
        *ret = (Process *) &helper;
        return 0;
}

void process_forget(Process *process)
{
        helper.alive = false;
}

static void helper_ends(ProcessEnd end, int status)
{
        const ProcessOutcome outcome = {.exit = {.end = end, .status = status}};

        cr_assert(helper.alive);
        helper.alive = false;
        helper.input_fd = fd_close(helper.input_fd);
        helper.handler.on_end(helper.handler.userdata, (Process *) &helper, &outcome);
}

/* ---- the stage ---- */

typedef struct Stage {
        char folder[32], path[64], link[64];
        Loop *loop;
        Sink *sink;
        int journal_fd;
        unsigned n_writable, n_finished, n_lost, n_back;
        uint64_t in_flight;
        char last_event[256];
        bool in_send; /* handlers must not be called from within */
} Stage;

static Stage stage;

static void on_writable(void *userdata)
{
        cr_assert(!stage.in_send);
        stage.n_writable++;
}

static void on_event(void *userdata, SinkEvent event, const char *text, uint64_t in_flight)
{
        cr_assert(!stage.in_send);
        *(event == SINK_LOST ? &stage.n_lost : &stage.n_back) += 1;
        if (event == SINK_LOST)
                stage.in_flight = in_flight;
        (void) snprintf(stage.last_event, sizeof(stage.last_event), "%s", text);
}

static void on_finished(void *userdata)
{
        cr_assert(!stage.in_send);
        stage.n_finished++;
}

static void journald_starts(void)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};

        (void) snprintf(address.sun_path, sizeof(address.sun_path), "%s", stage.path);
        (void) unlink(stage.path);
        stage.journal_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        cr_assert(bind(stage.journal_fd, (struct sockaddr *) &address, sizeof(address)) >= 0, "%m");
}

static void journald_dies(void)
{
        stage.journal_fd = fd_close(stage.journal_fd);
}

/* systemd starts journald: the link is replaced as systemd does it. */
static void invocation_changes(const char *id)
{
        char next[160];

        (void) snprintf(next, sizeof(next), "%s.new", stage.link);
        cr_assert(symlink(id, next) >= 0, "%m");
        cr_assert(rename(next, stage.link) >= 0, "%m");
}

static void stage_up(LogTarget target, bool with_journald, bool with_helper)
{
        SinkOptions options = {
                .target = target,
                .directory = "/nowhere",
                .file_max = 4096,
                .file_count = 3,
                .helper = "/libexec/tended-helper",
                .socket_path = stage.path,
                .invocation_path = stage.link,
                .handler = {on_writable, on_event, on_finished, &stage},
        };

        (void) snprintf(stage.folder, sizeof(stage.folder), "/tmp/test-sink-XXXXXX");
        cr_assert(mkdtemp(stage.folder) != NULL);
        (void) snprintf(stage.path, sizeof(stage.path), "%s/socket", stage.folder);
        (void) snprintf(stage.link, sizeof(stage.link), "%s/invocation", stage.folder);
        stage.journal_fd = -EBADF;
        if (with_journald)
                journald_starts();
        cr_assert(loop_new(&stage.loop) >= 0);
        cr_assert(sink_new(stage.loop, with_helper ? (ProcessTable *) &helper : NULL, &options, &stage.sink) >= 0);
}

static void stage_down(void)
{
        stage.sink = sink_free(stage.sink);
        stage.loop = loop_free(stage.loop);
        stage.journal_fd = fd_close(stage.journal_fd);
        helper.input_fd = fd_close(helper.input_fd);
        (void) unlink(stage.path);
        (void) unlink(stage.link);
        (void) rmdir(stage.folder);
}

/* Runs the loop until nothing happens for `msec`. Returns how many turns it had. */
static unsigned turn(unsigned msec)
{
        unsigned n = 0;

        while (sd_event_run(loop_sd_event(stage.loop), msec * USEC_PER_MSEC) > 0)
                cr_assert(++n < 1000, "the loop spins");
        return n;
}

/* Runs it until `*counter` reaches `wanted`, for two seconds at most. */
static void turn_until(const unsigned *counter, unsigned wanted)
{
        for (unsigned i = 0; i < 200 && *counter < wanted; i++)
                (void) sd_event_run(loop_sd_event(stage.loop), 10 * USEC_PER_MSEC);
        cr_assert(*counter >= wanted, "%u of %u", *counter, wanted);
}

static int send_entries(const char *text, size_t size, unsigned n_entries)
{
        struct iovec iov = {.iov_base = (char *) text, .iov_len = size};
        int r;

        stage.in_send = true;
        r = sink_send(stage.sink, &(SinkDatagram){.iov = &iov, .n_iov = 1, .n_entries = n_entries, .size = size}, 1);
        stage.in_send = false;
        return r;
}

static int send_number(unsigned number)
{
        char text[64];

        return send_entries(text, (size_t) snprintf(text, sizeof(text), "MESSAGE=%u\n", number), 1);
}

/* The next number that arrived at journald; -1 where there is none. What isn't a number (the probe) is passed over.
 */
static int receive_number(int fd)
{
        char buffer[1024];
        int number = -1;
        ssize_t n;

        while ((n = recv(fd, buffer, sizeof(buffer) - 1, MSG_DONTWAIT)) >= 0) {
                buffer[n] = '\0';
                if (sscanf(buffer, "MESSAGE=%d\n", &number) == 1)
                        return number;
        }
        return -1;
}

TestSuite(sink, .fini = stage_down);

Test(sink, datagrams_arrive_in_order)
{
        struct iovec iov[100];
        SinkDatagram datagrams[100];
        char texts[100][32];
        size_t sent = 0;

        stage_up(LOG_TARGET_JOURNAL, true, false);
        for (size_t i = 0; i < 100; i++) {
                iov[i].iov_base = texts[i];
                iov[i].iov_len = (size_t) snprintf(texts[i], sizeof(texts[i]), "MESSAGE=%zu\n", i);
                datagrams[i] = (SinkDatagram){.iov = &iov[i], .n_iov = 1, .n_entries = 1, .size = iov[i].iov_len};
        }

        /* The queue of a socket may be as short as ten. */
        for (int expected = 0; expected < 100;) {
                int r = sink_send(stage.sink, datagrams + sent, 100 - sent), number;

                cr_assert(r > 0 || r == -EAGAIN);
                sent += r > 0 ? (size_t) r : 0;
                while ((number = receive_number(stage.journal_fd)) >= 0)
                        cr_assert_eq(number, expected++);
        }
        cr_assert_eq(sent, 100);
        cr_assert_str_eq(sink_state(stage.sink), "waiting for journald, which takes nothing at the moment");
        turn(0);
        cr_assert_str_eq(sink_state(stage.sink), "delivering");
}

Test(sink, a_full_socket_is_told_and_waited_for)
{
        unsigned sent = 0, n_waits = 0;
        int expected = 0, number;

        stage_up(LOG_TARGET_JOURNAL, true, false);
        while (sent < 3000) {
                int r = send_number(sent);

                if (r == 1) {
                        sent++;
                        continue;
                }
                cr_assert_eq(r, -EAGAIN);
                /* As long as it is full, nobody is woken. */
                if (n_waits == 0) {
                        turn(30);
                        cr_assert_eq(stage.n_writable, 0);
                }
                while ((number = receive_number(stage.journal_fd)) >= 0)
                        cr_assert_eq(number, expected++);
                turn_until(&stage.n_writable, ++n_waits);
                cr_assert_eq(stage.n_writable, n_waits);
        }
        cr_assert_gt(n_waits, 1);
        while ((number = receive_number(stage.journal_fd)) >= 0)
                cr_assert_eq(number, expected++);
        cr_assert_eq(expected, 3000);
        cr_assert_eq(stage.n_lost + stage.n_back, 0);
}

Test(sink, a_journald_that_dies_is_told_with_what_went_along_and_waited_for)
{
        unsigned sent = 0;

        stage_up(LOG_TARGET_JOURNAL, true, false);
        while (send_number(sent) == 1)
                sent++;
        /* Three are received: they may be in journald's hands, or stored. */
        for (int i = 0; i < 3; i++)
                cr_assert_eq(receive_number(stage.journal_fd), i);
        journald_dies();

        cr_assert_eq(send_number(sent), -EAGAIN);
        turn(0);
        cr_assert_eq(stage.n_lost, 1);
        /* One of the three counts, too. */
        cr_assert_geq(stage.in_flight, sent - 2);
        cr_assert_leq(stage.in_flight, sent + 1);
        cr_assert(strstr(stage.last_event, "at most"), "%s", stage.last_event);
        cr_assert_str_eq(sink_state(stage.sink), "waiting for journald, which is not there");

        /* It is tried now and then, and nothing more is said. */
        turn(150);
        cr_assert_eq(send_number(sent), -EAGAIN);
        cr_assert_eq(stage.n_lost, 1);
        cr_assert_eq(stage.n_back, 0);

        stage.n_writable = 0;
        journald_starts();
        turn_until(&stage.n_writable, 1);
        turn(0);
        cr_assert_eq(stage.n_back, 1);
        cr_assert_eq(send_number(sent), 1);
        cr_assert_eq(receive_number(stage.journal_fd), (int) sent);
        cr_assert_eq(stage.n_finished, 0);
}

Test(sink, waiting_for_room_ends_when_journald_dies)
{
        unsigned sent = 0;

        stage_up(LOG_TARGET_JOURNAL, true, false);
        while (send_number(sent) == 1)
                sent++;
        journald_dies();
        turn_until(&stage.n_writable, 1);
        cr_assert_eq(send_number(sent), -EAGAIN);
        turn(0);
        cr_assert_eq(stage.n_lost, 1);
}

Test(sink, a_journald_that_was_replaced_meanwhile_gets_the_entry_at_once)
{
        stage_up(LOG_TARGET_JOURNAL, true, false);
        cr_assert_eq(send_number(1), 1);
        cr_assert_eq(receive_number(stage.journal_fd), 1);
        journald_dies();
        journald_starts();
        /* Without a turn of the loop in between. */
        cr_assert_eq(send_number(2), 1);
        cr_assert_eq(receive_number(stage.journal_fd), 2);
        turn(0);
        cr_assert_eq(stage.n_lost, 1);
        cr_assert_eq(stage.n_back, 1);
        cr_assert_leq(stage.in_flight, 1);
}

Test(sink, a_journald_that_was_replaced_is_noticed_in_silence)
{
        stage_up(LOG_TARGET_JOURNAL, true, false);
        journald_dies();
        journald_starts();
        turn_until(&stage.n_back, 1);
        cr_assert_eq(stage.n_lost, 1);
        cr_assert_eq(stage.in_flight, 0);
        cr_assert_eq(send_number(7), 1);
        cr_assert_eq(receive_number(stage.journal_fd), 7);
}

Test(sink, a_journald_that_dies_with_the_last_entries_is_told_although_nothing_follows)
{
        stage_up(LOG_TARGET_JOURNAL, true, false);
        for (unsigned i = 0; i < 5; i++)
                cr_assert_eq(send_number(i), 1);
        journald_dies();
        turn_until(&stage.n_lost, 1);
        cr_assert_geq(stage.in_flight, 5);
}

Test(sink, entries_that_were_stored_long_ago_are_not_told_as_lost)
{
        stage_up(LOG_TARGET_JOURNAL, true, false);
        for (unsigned i = 0; i < 5; i++)
                cr_assert_eq(send_number(i), 1);
        for (int i = 0; i < 5; i++)
                cr_assert_eq(receive_number(stage.journal_fd), i);
        for (unsigned i = 0; i < 230; i++) {
                (void) sd_event_run(loop_sd_event(stage.loop), 10 * USEC_PER_MSEC);
                /* It is asked by an empty message whether it lives. */
                cr_assert_eq(receive_number(stage.journal_fd), -1);
        }
        journald_dies();
        cr_assert_eq(send_number(5), -EAGAIN);
        turn(0);
        cr_assert_eq(stage.n_lost, 1);
        cr_assert_eq(stage.in_flight, 0);
}

Test(sink, a_journald_that_is_not_there_at_first_is_waited_for)
{
        stage_up(LOG_TARGET_JOURNAL, false, false);
        turn(0);
        cr_assert_eq(stage.n_lost, 1);
        cr_assert_eq(send_number(1), -EAGAIN);
        journald_starts();
        turn_until(&stage.n_writable, 1);
        cr_assert_eq(send_number(1), 1);
        cr_assert_eq(receive_number(stage.journal_fd), 1);
}

/* Receives one message that is nothing but a descriptor. -EAGAIN where there is none. */
static int receive_memfd(int fd)
{
        _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
        char buffer[65536];
        struct iovec iov = {buffer, sizeof(buffer)};
        struct msghdr message = {
                .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
        int received;

        if (recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0)
                return -errno;
        cr_assert(CMSG_FIRSTHDR(&message) != NULL);
        memcpy(&received, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
        return received;
}

Test(sink, an_entry_too_big_for_a_datagram_goes_as_a_sealed_memfd)
{
        size_t size = 3 << 20;
        char *text = malloc(size);
        unsigned sent = 0;
        struct stat status;
        int fd;

        stage_up(LOG_TARGET_JOURNAL, true, false);
        memset(text, 'x', size);
        cr_assert_eq(send_number(1), 1);
        while (send_entries(text, size, 1) == 1)
                cr_assert_lt(++sent, 10, "their number is bounded");
        cr_assert_gt(sent, 0);

        cr_assert_eq(receive_number(stage.journal_fd), 1);
        stage.n_writable = 0;
        for (unsigned i = 0; i < sent; i++) {
                fd = receive_memfd(stage.journal_fd);
                cr_assert_geq(fd, 0);
                cr_assert_eq(fcntl(fd, F_GET_SEALS), F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
                cr_assert_geq(fstat(fd, &status), 0);
                cr_assert_eq((size_t) status.st_size, size);
                close(fd);
        }
        turn_until(&stage.n_writable, 1);
        cr_assert_eq(send_entries(text, size, 1), 1);
        free(text);
}

Test(sink, several_entries_share_a_datagram_only_after_the_probe_was_read_back)
{
        static const char two[] = "MESSAGE=1\n\nMESSAGE=2\n";
        char buffer[2048];
        ssize_t n;

        stage_up(LOG_TARGET_JOURNAL, true, true);
        cr_assert_eq(helper.n_spawned, 1);
        cr_assert_str_eq(helper.argv[1], "probe");
        cr_assert_eq(sink_max_entries(stage.sink), 1);
        cr_assert_eq(send_entries(two, sizeof(two) - 1, 2), -E2BIG);

        /* What the helper looks for is in the probe, twice. */
        n = recv(stage.journal_fd, buffer, sizeof(buffer) - 1, 0);
        cr_assert_gt(n, 0);
        buffer[n] = '\0';
        char *first = strstr(buffer, helper.argv[2]);
        cr_assert(first && strstr(first + 1, helper.argv[2]), "%s", buffer);

        helper_ends(PROCESS_EXITED, 0);
        cr_assert_eq(sink_max_entries(stage.sink), SINK_ENTRIES_MAX);
        cr_assert_eq(send_entries(two, sizeof(two) - 1, 2), 1);
}

Test(sink, a_journald_that_keeps_one_entry_gets_one)
{
        stage_up(LOG_TARGET_JOURNAL, true, true);
        helper_ends(PROCESS_EXITED, 1);
        turn(0);
        cr_assert_eq(sink_max_entries(stage.sink), 1);
        cr_assert_eq(helper.n_spawned, 1);
        cr_assert_eq(stage.n_lost, 0);
}

Test(sink, a_probe_without_an_answer_is_repeated)
{
        stage_up(LOG_TARGET_JOURNAL, true, true);
        helper_ends(PROCESS_KILLED, 14);
        cr_assert_eq(sink_max_entries(stage.sink), 1);
        for (unsigned i = 0; i < 300 && helper.n_spawned < 2; i++)
                (void) sd_event_run(loop_sd_event(stage.loop), 10 * USEC_PER_MSEC);
        cr_assert_eq(helper.n_spawned, 2);
        helper_ends(PROCESS_EXITED, 0);
        cr_assert_eq(sink_max_entries(stage.sink), SINK_ENTRIES_MAX);
}

Test(sink, a_journald_started_anew_is_probed_anew)
{
        static const char two[] = "MESSAGE=1\n\nMESSAGE=2\n";

        stage_up(LOG_TARGET_JOURNAL, true, true);
        helper_ends(PROCESS_EXITED, 0);
        invocation_changes("one");
        turn_until(&helper.n_spawned, 2);
        cr_assert_eq(sink_max_entries(stage.sink), 1);
        helper_ends(PROCESS_EXITED, 0);
        cr_assert_eq(sink_max_entries(stage.sink), SINK_ENTRIES_MAX);

        /* The link is replaced, and this journald keeps only one of what is on its way. */
        cr_assert_eq(send_entries(two, sizeof(two) - 1, 2), 1);
        invocation_changes("two");
        turn_until(&helper.n_spawned, 3);
        helper_ends(PROCESS_EXITED, 1);
        turn(0);
        cr_assert_eq(stage.n_lost, 1);
        cr_assert_geq(stage.in_flight, 2);
        cr_assert_eq(sink_max_entries(stage.sink), 1);
}

Test(sink, a_new_connection_is_probed_anew)
{
        stage_up(LOG_TARGET_JOURNAL, true, true);
        helper_ends(PROCESS_EXITED, 0);
        journald_dies();
        journald_starts();
        turn_until(&stage.n_back, 1);
        cr_assert_eq(helper.n_spawned, 2);
        cr_assert_eq(sink_max_entries(stage.sink), 1);
}

Test(sink, nothing_wakes_a_quiet_loop)
{
        char other[160];

        stage_up(LOG_TARGET_JOURNAL, true, true);
        helper_ends(PROCESS_EXITED, 0);
        invocation_changes("one");
        turn_until(&helper.n_spawned, 2);
        helper_ends(PROCESS_EXITED, 0);
        turn(10);

        /* Its neighbours come and go. */
        (void) snprintf(other, sizeof(other), "%s/other", stage.folder);
        for (unsigned i = 0; i < 10; i++) {
                cr_assert(symlink("x", other) >= 0);
                cr_assert(unlink(other) >= 0);
        }
        cr_assert_eq(turn(50), 0);
}

Test(sink, closing_is_answered_once)
{
        stage_up(LOG_TARGET_JOURNAL, true, false);
        sink_close(stage.sink);
        cr_assert_eq(stage.n_finished, 0);
        sink_close(stage.sink);
        turn(0);
        cr_assert_eq(stage.n_finished, 1);
}

Test(sink, nowhere_takes_everything)
{
        stage_up(LOG_TARGET_NULL, false, false);
        cr_assert_eq(sink_max_entries(stage.sink), SINK_ENTRIES_MAX);
        for (unsigned i = 0; i < 10000; i++)
                cr_assert_eq(send_number(i), 1);
        sink_close(stage.sink);
        turn(0);
        cr_assert_eq(stage.n_finished, 1);
}

Test(sink, a_writer_is_started_with_its_orders)
{
        stage_up(LOG_TARGET_FILE, false, true);
        cr_assert_eq(helper.n_spawned, 1);
        cr_assert_str_eq(helper.argv[0], "/libexec/tended-helper");
        cr_assert_str_eq(helper.argv[1], "writer");
        cr_assert_str_eq(helper.argv[2], "file");
        cr_assert_str_eq(helper.argv[3], "/nowhere");
        /* Its end is a description of its own: a writer waits, the daemon doesn't. */
        cr_assert_eq(fcntl(helper.input_fd, F_GETFL) & O_NONBLOCK, 0);
}

Test(sink, a_writer_gets_everything_big_entries_too)
{
        size_t size = 1 << 20;
        char *text = malloc(size);
        unsigned sent = 0, n_big = 0;
        int number, expected = 0, fd;

        stage_up(LOG_TARGET_CONSOLE, false, true);
        memset(text, 'x', size);
        for (; sent < 5; sent++)
                cr_assert_eq(send_number(sent), 1);
        while (send_entries(text, size, 1) == 1)
                cr_assert_lt(++n_big, 10, "their number is bounded");
        cr_assert_gt(n_big, 1);
        turn(20);
        cr_assert_eq(stage.n_writable, 0);

        for (unsigned i = 0; i < sent; i++) {
                number = receive_number(helper.input_fd);
                cr_assert_eq(number, expected++);
        }
        for (unsigned i = 0; i < n_big; i++) {
                fd = receive_memfd(helper.input_fd);
                cr_assert_geq(fd, 0);
                close(fd);
        }
        turn_until(&stage.n_writable, 1);
        free(text);
}

Test(sink, a_writer_that_dies_is_replaced_and_told)
{
        unsigned sent = 0;

        stage_up(LOG_TARGET_CONSOLE, false, true);
        while (send_number(sent) == 1)
                sent++;
        helper_ends(PROCESS_KILLED, 9);
        turn(0);
        cr_assert_eq(stage.n_lost, 1);
        cr_assert_geq(stage.in_flight, sent);
        cr_assert_eq(send_number(sent), -EAGAIN);

        stage.n_writable = 0;
        turn_until(&stage.n_back, 1);
        cr_assert_eq(helper.n_spawned, 2);
        turn_until(&stage.n_writable, 1);
        cr_assert_eq(send_number(sent), 1);
        cr_assert_eq(receive_number(helper.input_fd), (int) sent);
}

Test(sink, a_writer_is_waited_for_at_the_end)
{
        char byte;

        stage_up(LOG_TARGET_CONSOLE, false, true);
        cr_assert_eq(send_number(1), 1);
        sink_close(stage.sink);
        turn(10);
        cr_assert_eq(stage.n_finished, 0);
        cr_assert_eq(receive_number(helper.input_fd), 1);
        cr_assert_eq(recv(helper.input_fd, &byte, 1, MSG_DONTWAIT), 0, "end of file");
        helper_ends(PROCESS_EXITED, 0);
        turn(0);
        cr_assert_eq(stage.n_finished, 1);
        cr_assert_eq(stage.n_lost, 0);
}
