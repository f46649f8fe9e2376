/* SPDX-License-Identifier: MIT */

/* tended-helper writer console | file DIRECTORY MAX COUNT [console]
 *
 * Writes the log where no journald is: to the daemon's stdout, or into files. Standard input is a socket of the
 * daemon with the same datagrams that journald would get; an entry too big for a datagram comes as a memfd. The
 * writer waits in its write(2) for as long as it takes, and the daemon sees a full socket. It ends at the end of
 * file, when all it got is written, and for nothing else: the signals that end a terminal's programs are not for it,
 * as the daemon's last words are still to come. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/native-entry.h"
#include "helper/helper.h"
#include "helper/writer.h"

#define DATAGRAM_MAX ((size_t) 1024 * 1024)

void outlet_flush(Outlet *outlet)
{
        if (outlet->n > 0)
                outlet->write_all(outlet->userdata, outlet->bytes, outlet->n);
        outlet->n = 0;
}

void outlet_add(Outlet *outlet, const char *data, size_t size)
{
        if (size > OUTLET_SIZE - outlet->n)
                outlet_flush(outlet);
        if (size > OUTLET_SIZE) {
                outlet->write_all(outlet->userdata, data, size);
                return;
        }
        memcpy(outlet->bytes + outlet->n, data, size);
        outlet->n += size;
}

static bool field_value_is(const NativeField *field, const char *value)
{
        return strlen(value) == field->value_size && memcmp(value, field->value, field->value_size) == 0;
}

static WriterStream stream_of(const NativeField *field)
{
        if (field_value_is(field, "stderr"))
                return WRITER_STDERR;
        return field_value_is(field, "stdin") ? WRITER_STDIN : WRITER_STDOUT;
}

static void entry_take_field(WriterEntry *entry, const NativeField *field)
{
        if (native_field_is(field, "MESSAGE")) {
                entry->message = field->value;
                entry->message_size = field->value_size;
        } else if (native_field_is(field, "TENDED_SERVICE") ||
                   (!entry->service && native_field_is(field, "SYSLOG_IDENTIFIER"))) {
                entry->service = field->value;
                entry->service_size = field->value_size;
        } else if (native_field_is(field, "TENDED_STREAM"))
                entry->stream = stream_of(field);
        else if (native_field_is(field, "TENDED_BATCH") && entry->stream == WRITER_EVENT)
                entry->stream = WRITER_STDOUT;
        else if (native_field_is(field, "TENDED_LINE_BREAK"))
                entry->goes_on = !field_value_is(field, "eof");
}

int writer_parse(const char *data, size_t size, const WriterOutput *output)
{
        NativeReader reader = NATIVE_READER(data, size);

        while (native_reader_has_more(&reader)) {
                WriterEntry entry = {};
                NativeField field;
                int r;

                while ((r = native_reader_next(&reader, &field)) > 0)
                        entry_take_field(&entry, &field);
                if (r < 0)
                        return r;
                if (entry.message)
                        output->write(output->userdata, &entry);
        }
        return 0;
}

/* An entry that came as a memfd: sealed, so that it can be looked at where it is. */
static int write_memfd(int fd, const WriterOutput *output)
{
        struct stat status;
        char *data;
        int r;

        if (fstat(fd, &status) < 0)
                return -errno;
        if (status.st_size <= 0)
                return -EBADMSG;
        data = mmap(NULL, (size_t) status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (data == MAP_FAILED)
                return -errno;
        r = writer_parse(data, (size_t) status.st_size, output);
        (void) munmap(data, (size_t) status.st_size);
        return r;
}

/* Receives one message. Returns its size, 0 at the end of file, with its descriptor where it has one. */
static ssize_t receive(int fd, char *buffer, int *ret_fd)
{
        _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
        struct iovec iov = {.iov_base = buffer, .iov_len = DATAGRAM_MAX};
        struct msghdr message = {
                .msg_iov = &iov,
                .msg_iovlen = 1,
                .msg_control = control,
                .msg_controllen = sizeof(control),
        };
        struct cmsghdr *header;
        ssize_t n;

        do
                n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
        while (n < 0 && errno == EINTR);
        if (n < 0)
                return -errno;

        header = CMSG_FIRSTHDR(&message);
        *ret_fd = -EBADF;
        if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
                memcpy(ret_fd, CMSG_DATA(header), sizeof(int));
        return n;
}

static int write_all_that_comes(int fd, const WriterOutput *output)
{
        _cleanup_free_ char *buffer = malloc(DATAGRAM_MAX);

        if (!buffer)
                return -ENOMEM;

        for (;;) {
                _cleanup_close_ int memory_fd = -EBADF;
                ssize_t n;
                int r;

                n = receive(fd, buffer, &memory_fd);
                if (n <= 0)
                        return (int) n;
                r = memory_fd >= 0 ? write_memfd(memory_fd, output) : writer_parse(buffer, (size_t) n, output);
                if (r < 0)
                        fprintf(stderr, "tended: the log's writer was given what is no log entry (%s)\n",
                                strerror(-r));
                output->flush(output->userdata);
        }
}

static bool wants_colour(int fd)
{
        const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

        return isatty(fd) && (!no_color || !*no_color) && !(term && strcmp(term, "dumb") == 0);
}

/* Files hold everything, the console shows lines alone: where both are asked for, somebody else tells of events. */
typedef struct BothOutputs {
        WriterOutput file, console;
} BothOutputs;

static void both_write(void *userdata, const WriterEntry *entry)
{
        BothOutputs *both = userdata;

        both->file.write(both->file.userdata, entry);
        if (entry->stream != WRITER_EVENT)
                both->console.write(both->console.userdata, entry);
}

static void both_flush(void *userdata)
{
        BothOutputs *both = userdata;

        both->file.flush(both->file.userdata);
        both->console.flush(both->console.userdata);
}

static void both_free(void *userdata)
{
        BothOutputs *both = userdata;

        if (both->file.free)
                both->file.free(both->file.userdata);
        if (both->console.free)
                both->console.free(both->console.userdata);
        free(both);
}

static int open_both(char **argv, WriterOutput *ret)
{
        BothOutputs *both = calloc(1, sizeof(BothOutputs));
        int r;

        if (!both)
                return -ENOMEM;
        *ret = (WriterOutput){.write = both_write, .flush = both_flush, .free = both_free, .userdata = both};
        r = writer_file_new(argv[2], strtoull(argv[3], NULL, 10), (unsigned) strtoul(argv[4], NULL, 10), STDIN_FILENO,
                            &both->file);
        if (r >= 0)
                r = writer_console_new(STDOUT_FILENO, wants_colour(STDOUT_FILENO), &both->console);
        return r;
}

int helper_writer(int argc, char **argv)
{
        static const int ignored[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGTSTP, SIGTTOU};
        WriterOutput output = {};
        int r;

        /* It leads a process group of its own, so Ctrl-C isn't for it; and with `stty tostop` a terminal would stop
         * who writes from the background. */
        for (size_t i = 0; i < ELEMENTSOF(ignored); i++)
                (void) signal(ignored[i], SIG_IGN);

        if (argc == 2 && strcmp(argv[1], "console") == 0)
                r = writer_console_new(STDOUT_FILENO, wants_colour(STDOUT_FILENO), &output);
        else if (argc == 6 && strcmp(argv[1], "file") == 0 && strcmp(argv[5], "console") == 0)
                r = open_both(argv, &output);
        else if (argc == 5 && strcmp(argv[1], "file") == 0)
                r = writer_file_new(argv[2], strtoull(argv[3], NULL, 10), (unsigned) strtoul(argv[4], NULL, 10),
                                    STDIN_FILENO, &output);
        else
                return 2;
        if (r >= 0)
                r = write_all_that_comes(STDIN_FILENO, &output);
        if (r < 0)
                fprintf(stderr, "tended: the log's writer can't go on: %s\n", strerror(-r));
        if (output.free)
                output.free(output.userdata);
        return r < 0;
}
