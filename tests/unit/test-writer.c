/* SPDX-License-Identifier: MIT */

/* What the writer makes of entries: lines on a console, files and their rotation. */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fd.h"
#include "helper/writer.h"

static char folder[64];
static WriterOutput output;

static void done(void)
{
        char command[128];

        if (output.free)
                output.free(output.userdata);
        if (folder[0]) {
                (void) snprintf(command, sizeof(command), "rm -rf '%s'", folder);
                cr_assert_eq(system(command), 0);
        }
}

static void give(const char *entries)
{
        cr_assert_eq(writer_parse(entries, strlen(entries), &output), 0);
        output.flush(output.userdata);
}

/* The file's text, or "" where there is none; the caller frees it. */
static char *slurp(const char *name)
{
        char path[160], *text = calloc(1, 1 << 20);
        _cleanup_close_ int fd = -EBADF;

        (void) snprintf(path, sizeof(path), "%s/%s", folder, name);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd >= 0)
                cr_assert_geq(read(fd, text, (1 << 20) - 1), 0);
        return text;
}

static char *console(bool colour, const char *entries)
{
        int fd = memfd_create("console", MFD_CLOEXEC);
        char *text = calloc(1, 1 << 16);

        cr_assert_eq(writer_console_new(fd, colour, &output), 0);
        give(entries);
        cr_assert_geq(pread(fd, text, (1 << 16) - 1, 0), 0);
        close(fd);
        return text;
}

#define LINE(service, stream, line) \
        "MESSAGE=" line "\nPRIORITY=6\nTENDED_SERVICE=" service "\nTENDED_STREAM=" stream "\nTENDED_BATCH=1\n"

TestSuite(writer, .fini = done);

Test(writer, a_console_line_is_name_and_text_aligned)
{
        _cleanup_free_ char *text =
                console(false, LINE("web", "stdout", "one") "\n" LINE("database", "stderr",
                                                                      "two") "\n" LINE("web", "stdout", ""));

        cr_assert_str_eq(text, "web    | one\n"
                               "database | two\n"
                               "web      | \n");
}

Test(writer, what_tended_says_stands_under_its_name)
{
        _cleanup_free_ char *text = console(false, "MESSAGE=web is ready\nMESSAGE_ID=x\nTENDED_SERVICE=web\n");

        cr_assert_str_eq(text, "tended | web is ready\n");
}

Test(writer, an_event_of_several_lines_gets_its_name_on_each)
{
        static const char entry[] = "MESSAGE\n\x07\0\0\0\0\0\0\0one\ntwo\nSYSLOG_IDENTIFIER=tended\n";
        int fd = memfd_create("console", MFD_CLOEXEC);
        char text[256] = {};

        cr_assert_eq(writer_console_new(fd, false, &output), 0);
        cr_assert_eq(writer_parse(entry, sizeof(entry) - 1, &output), 0);
        output.flush(output.userdata);
        cr_assert_gt(pread(fd, text, sizeof(text) - 1, 0), 0);
        cr_assert_str_eq(text, "tended | one\ntended | two\n");
        close(fd);
}

Test(writer, colours_only_where_wanted)
{
        _cleanup_free_ char *text =
                console(true, LINE("web", "stderr", "\033[1mloud") "\n" LINE("web", "stdout", "x"));

        cr_assert(strstr(text, "\033[31m | \033[0m\033[1mloud\033[0m\n"), "%s", text);
        cr_assert(strstr(text, " | \033[0mx\n"), "%s", text);
}

Test(writer, minimal_fields_are_enough)
{
        _cleanup_free_ char *text = console(false, "MESSAGE=x\nPRIORITY=6\nSYSLOG_IDENTIFIER=web\nTENDED_BATCH=4\n");

        cr_assert_str_eq(text, "web    | x\n");
}

Test(writer, what_is_no_entry_is_refused_and_what_stood_before_it_is_written)
{
        static const char *const bad[] = {"NOTHING", "=x\n", "MESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xff",
                                          "MESSAGE\n\5\0"};
        int fd = memfd_create("console", MFD_CLOEXEC);
        char text[256] = {};

        cr_assert_eq(writer_console_new(fd, false, &output), 0);
        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                char data[128];
                int n = snprintf(data, sizeof(data), "%s\n%s", LINE("web", "stdout", "good"), bad[i]);

                cr_assert_eq(writer_parse(data, (size_t) n, &output), -EBADMSG, "%zu", i);
        }
        output.flush(output.userdata);
        cr_assert_gt(pread(fd, text, sizeof(text) - 1, 0), 0);
        cr_assert_str_eq(text, "web    | good\nweb    | good\nweb    | good\nweb    | good\n");
        close(fd);
}

Test(writer, a_console_that_takes_little_at_a_time_gets_all)
{
        size_t size = 300 << 10, got = 0;
        char *entry = malloc(size + 64), buffer[4096];
        int fds[2];
        pid_t pid;
        ssize_t n;

        /* Somebody has made the shared description non-blocking: that is no reason to lose a byte. */
        cr_assert_eq(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
        memcpy(entry, "MESSAGE=", 8);
        memset(entry + 8, 'x', size);
        strcpy(entry + 8 + size, "\nTENDED_SERVICE=web\nTENDED_STREAM=stdout\n");
        pid = fork();
        if (pid == 0) {
                close(fds[0]);
                if (writer_console_new(fds[1], false, &output) == 0)
                        give(entry);
                _exit(0);
        }
        close(fds[1]);
        while ((n = read(fds[0], buffer, sizeof(buffer))) != 0) {
                got += n > 0 ? (size_t) n : 0;
                if (n < 0)
                        usleep(1000);
        }
        cr_assert_eq(got, size + strlen("web    | \n"));
        close(fds[0]);
        free(entry);
}

Test(writer, a_console_that_nobody_reads_stops_nobody)
{
        int fds[2];

        signal(SIGPIPE, SIG_IGN);
        cr_assert_eq(pipe2(fds, O_CLOEXEC), 0);
        close(fds[0]);
        cr_assert_eq(writer_console_new(fds[1], false, &output), 0);
        for (unsigned i = 0; i < 1000; i++)
                give(LINE("web", "stdout", "x"));
        close(fds[1]);
}

static void files(uint64_t max, unsigned count, int input_fd)
{
        char path[80];

        (void) snprintf(folder, sizeof(folder), "/tmp/test-writer-XXXXXX");
        cr_assert(mkdtemp(folder) != NULL);
        /* The writer makes the last folder itself. */
        (void) snprintf(path, sizeof(path), "%s/log", folder);
        cr_assert_eq(writer_file_new(path, max, count, input_fd, &output), 0);
}

Test(writer, each_service_has_a_file_with_time_and_stream)
{
        static const char pattern[] = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}[+-][0-9]{2}:"
                                      "[0-9]{2} stdout F one\n"
                                      "[^ ]+ stderr P two\n[^ ]+ event F web is ready\n$";
        regex_t regex;

        files(0, 0, -EBADF);
        give(LINE("web", "stdout", "one") "\n" LINE(
                "web", "stderr", "two") "TENDED_LINE_BREAK=line-max\n"
                                        "\n" LINE("worker@2", "stdout",
                                                  "three") "\n"
                                                           "MESSAGE=web is ready\nMESSAGE_ID=x\nTENDED_SERVICE=web\n"
                                                           "\n"
                                                           "MESSAGE=going down\nSYSLOG_IDENTIFIER=tended\n");

        _cleanup_free_ char *web = slurp("log/web.log"), *worker = slurp("log/worker@2.log"),
                            *own = slurp("log/tended.log");
        cr_assert_eq(regcomp(&regex, pattern, REG_EXTENDED), 0);
        cr_assert_eq(regexec(&regex, web, 0, NULL, 0), 0, "%s", web);
        regfree(&regex);
        cr_assert(strstr(worker, " stdout F three\n"), "%s", worker);
        cr_assert(strstr(own, " event F going down\n"), "%s", own);
}

Test(writer, a_file_that_grows_is_rotated_and_the_oldest_goes)
{
        char line[256], name[64];
        unsigned last = 0, total = 0;

        files(1000, 3, -EBADF);
        for (unsigned i = 0; i < 200; i++) {
                (void) snprintf(line, sizeof(line), LINE("web", "stdout", "number %u"), i);
                give(line);
        }

        /* What is kept is the end of it, in order, no line cut, no file over its bound. */
        for (int i = 3; i >= 0; i--) {
                (void) snprintf(name, sizeof(name), i > 0 ? "log/web.log.%d" : "log/web.log", i);
                _cleanup_free_ char *text = slurp(name);

                cr_assert_leq(strlen(text), 1000);
                cr_assert_gt(strlen(text), 0, "%s", name);
                for (char *p = strtok(text, "\n"); p; p = strtok(NULL, "\n")) {
                        unsigned number;

                        cr_assert_eq(sscanf(strstr(p, "F number"), "F number %u", &number), 1, "%s", p);
                        cr_assert(total == 0 || number == last + 1);
                        last = number;
                        total++;
                }
        }
        cr_assert_eq(last, 199);
        cr_assert_gt(total, 40);
        _cleanup_free_ char *gone = slurp("log/web.log.4");
        cr_assert_str_empty(gone);
}

Test(writer, a_file_that_was_deleted_is_made_anew)
{
        char command[160];

        files(0, 0, -EBADF);
        give(LINE("web", "stdout", "one"));
        (void) snprintf(command, sizeof(command), "rm -r '%s/log'", folder);
        cr_assert_eq(system(command), 0);
        give(LINE("web", "stdout", "two"));
        _cleanup_free_ char *text = slurp("log/web.log");
        cr_assert(strstr(text, "two\n"), "%s", text);
}

Test(writer, more_services_than_open_files_lose_nothing)
{
        char line[256], name[64];

        files(0, 0, -EBADF);
        for (unsigned round = 0; round < 3; round++)
                for (unsigned i = 0; i < 100; i++) {
                        (void) snprintf(line, sizeof(line), LINE("service%u", "stdout", "round %u"), round, i);
                        give(line);
                }
        for (unsigned i = 0; i < 100; i++) {
                (void) snprintf(name, sizeof(name), "log/service%u.log", i);
                _cleanup_free_ char *text = slurp(name);
                unsigned n = 0;

                for (char *p = text; (p = strstr(p, "round")); p++)
                        n++;
                cr_assert_eq(n, 3, "%s: %u", name, n);
        }
}

Test(writer, a_name_that_is_no_file_name_goes_to_the_daemons_file)
{
        files(0, 0, -EBADF);
        give(LINE("../../etc/passwd", "stdout", "one") "\n" LINE("..", "stdout", "two"));
        _cleanup_free_ char *text = slurp("log/tended.log");
        cr_assert(strstr(text, "one\n") && strstr(text, "two\n"), "%s", text);
}

Test(writer, a_disk_without_room_is_waited_for)
{
        char line[256], path[160];
        int pair[2], status;
        pid_t pid;

        /* A folder that can't be made, as a file stands in its place. */
        cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
        files(0, 0, pair[1]);
        (void) snprintf(path, sizeof(path), "%s/log", folder);
        cr_assert_geq(close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)), 0);
        pid = fork();
        if (pid == 0) {
                close(pair[0]);
                stderr = fopen("/dev/null", "w");
                (void) snprintf(line, sizeof(line), LINE("web", "stdout", "kept"));
                give(line);
                _exit(0);
        }
        usleep(300 * 1000);
        cr_assert_eq(waitpid(pid, &status, WNOHANG), 0, "it waits");
        cr_assert_eq(unlink(path), 0);
        cr_assert_eq(waitpid(pid, &status, 0), pid);
        cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        _cleanup_free_ char *text = slurp("log/web.log");
        cr_assert(strstr(text, "kept\n"), "%s", text);
        close(pair[0]);
        close(pair[1]);
}
