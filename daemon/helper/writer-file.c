/* SPDX-License-Identifier: MIT */

/* The log in files: NAME.log for each service, tended.log for the daemon itself, in the format that container
 * run-times write and log shippers read:
 *
 *     2025-11-20T21:33:01.123456+01:00 stdout F the line
 *
 * The time is that of writing; the stream is stdout, stderr, stdin, or event for what tended has to say about the
 * service; P stands instead of F where the line goes on in the next. A file that would grow over its bound becomes
 * NAME.log.1, that one NAME.log.2, and so on; the oldest goes.
 *
 * A disk that is full, or a folder that is gone, is waited for: what was taken is kept, tried again every half
 * second, and stderr says so once each time it begins. Meanwhile the daemon's socket fills up, and nothing is lost.
 * Only after the end of file (the daemon shuts down) the waiting has an end. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/fd.h"
#include "helper/writer.h"

#define FILES_MAX  64
#define NAME_SIZE  240 /* with .log and a number */
#define RETRY_MSEC 500
#define LAST_TRIES 20 /* after the end of file */
#define STAMP_SIZE 64

typedef struct LogFile {
        char name[NAME_SIZE]; /* "" is a free place */
        int fd;
        uint64_t size;
        uint64_t used; /* a counter: the least is closed where a place is needed */
} LogFile;

typedef struct FileWriter {
        char *directory;
        int directory_fd; /* -EBADF: not there (yet) */
        uint64_t file_max;
        unsigned file_count;
        int input_fd;
        LogFile files[FILES_MAX];
        LogFile *current; /* what is in the outlet is for this one; NULL: nothing is in it */
        uint64_t clock;
        bool waiting;
        unsigned n_last_tries;
        char stamp[STAMP_SIZE]; /* of this datagram; "" where none was made yet */
        Outlet outlet;
} FileWriter;

/* Something is in the way: says so, and waits a little. Once nobody waits for us any more, we end, too. */
static void file_writer_wait(FileWriter *writer, const char *name, int error)
{
        struct pollfd end = {.fd = writer->input_fd, .events = POLLRDHUP};

        if (!writer->waiting)
                fprintf(stderr, "tended: can't write the log %s/%s: %s; trying again until it works\n",
                        writer->directory, name, strerror(-error));
        writer->waiting = true;

        if (poll(&end, 1, 0) > 0 && (end.revents & (POLLRDHUP | POLLHUP)) && ++writer->n_last_tries > LAST_TRIES) {
                fprintf(stderr, "tended: gave up writing the log %s/%s: %s; lines are lost\n", writer->directory,
                        name, strerror(-error));
                _exit(1);
        }
        (void) poll(NULL, 0, RETRY_MSEC);
}

static void log_file_close(LogFile *file)
{
        file->fd = fd_close(file->fd);
        file->size = 0;
}

static int file_writer_open_directory(FileWriter *writer)
{
        struct stat status;

        /* One that somebody has deleted would take files into nowhere. */
        if (writer->directory_fd >= 0 && fstat(writer->directory_fd, &status) >= 0 && status.st_nlink == 0)
                writer->directory_fd = fd_close(writer->directory_fd);
        if (writer->directory_fd >= 0)
                return 0;
        if (mkdir(writer->directory, 0755) < 0 && errno != EEXIST)
                return -errno;
        writer->directory_fd = open(writer->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return writer->directory_fd < 0 ? -errno : 0;
}

static int log_file_open(LogFile *file, FileWriter *writer)
{
        struct stat status;
        int r;

        /* One that somebody has deleted would take lines into nowhere. */
        if (file->fd >= 0 && fstat(file->fd, &status) >= 0 && status.st_nlink == 0)
                log_file_close(file);
        if (file->fd >= 0)
                return 0;
        r = file_writer_open_directory(writer);
        if (r < 0)
                return r;

        /* O_NONBLOCK: a FIFO that somebody put there must not hold up the others. */
        _cleanup_close_ int fd =
                openat(writer->directory_fd, file->name,
                       O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0640);
        if (fd < 0)
                return -errno;
        if (fstat(fd, &status) < 0)
                return -errno;
        if (!S_ISREG(status.st_mode))
                return -ENXIO;
        file->size = (uint64_t) status.st_size;
        file->fd = TAKE_FD(fd);
        return 0;
}

/* Writes all of it, however long that takes. */
static void file_write_all(void *userdata, const char *data, size_t size)
{
        FileWriter *writer = userdata;
        LogFile *file = writer->current;

        while (size > 0) {
                ssize_t n = -1;
                int r = log_file_open(file, writer);

                if (r >= 0) {
                        n = write(file->fd, data, size);
                        r = n < 0 ? -errno : 0;
                }
                if (r < 0 && r != -EINTR)
                        file_writer_wait(writer, file->name, r);
                if (r < 0)
                        continue;

                data += n;
                size -= (size_t) n;
                file->size += (uint64_t) n;
                writer->waiting = false;
                writer->n_last_tries = 0;
        }
}

/* NAME.log becomes NAME.log.1, and so on; what was the last is overwritten. */
static void log_file_rotate(LogFile *file, FileWriter *writer)
{
        char from[NAME_SIZE + 16], to[NAME_SIZE + 16];

        log_file_close(file);
        if (writer->file_count == 0)
                (void) unlinkat(writer->directory_fd, file->name, 0);
        for (unsigned i = writer->file_count; i > 0; i--) {
                (void) snprintf(to, sizeof(to), "%s.%u", file->name, i);
                if (i > 1)
                        (void) snprintf(from, sizeof(from), "%s.%u", file->name, i - 1);
                else
                        (void) snprintf(from, sizeof(from), "%s", file->name);
                (void) renameat(writer->directory_fd, from, writer->directory_fd, to);
        }
}

/* The file of a service. A name that can't be a file's (none has it) goes to the daemon's own. */
static void entry_file_name(const WriterEntry *entry, char name[NAME_SIZE])
{
        const char *service = entry->service;
        size_t size = entry->service_size;

        if (!service || size == 0 || size > NAME_SIZE - 32 || service[0] == '.' || memchr(service, '/', size) ||
            memchr(service, '\0', size)) {
                service = "tended";
                size = strlen(service);
        }
        (void) snprintf(name, NAME_SIZE, "%.*s.log", (int) size, service);
}

static LogFile *file_writer_find(FileWriter *writer, const char *name)
{
        LogFile *oldest = &writer->files[0];

        for (size_t i = 0; i < FILES_MAX; i++) {
                LogFile *file = &writer->files[i];

                if (strcmp(file->name, name) == 0)
                        return file;
                if (file->used < oldest->used)
                        oldest = file;
        }

        log_file_close(oldest);
        (void) snprintf(oldest->name, sizeof(oldest->name), "%s", name);
        return oldest;
}

static void file_writer_select(FileWriter *writer, const WriterEntry *entry)
{
        char name[NAME_SIZE];

        entry_file_name(entry, name);
        if (!writer->current || strcmp(writer->current->name, name) != 0) {
                outlet_flush(&writer->outlet);
                writer->current = file_writer_find(writer, name);
                /* Its size is wanted; what is in the way is told when it is written to. */
                (void) log_file_open(writer->current, writer);
        }
        writer->current->used = ++writer->clock;
}

/* RFC 3339, local time with its offset, microseconds. */
static const char *file_writer_stamp(FileWriter *writer)
{
        struct timespec now;
        struct tm local;
        char zone[16];
        size_t n;

        if (writer->stamp[0] != '\0')
                return writer->stamp;

        (void) clock_gettime(CLOCK_REALTIME, &now);
        (void) localtime_r(&now.tv_sec, &local);
        n = strftime(writer->stamp, sizeof(writer->stamp), "%Y-%m-%dT%H:%M:%S", &local);
        (void) strftime(zone, sizeof(zone), "%z", &local);
        (void) snprintf(writer->stamp + n, sizeof(writer->stamp) - n, ".%06ld%.3s:%.2s", now.tv_nsec / 1000, zone,
                        zone + 3);
        return writer->stamp;
}

static void file_writer_add_line(FileWriter *writer, const WriterEntry *entry, const char *line, size_t size)
{
        static const char *const streams[] = {
                [WRITER_EVENT] = "event",
                [WRITER_STDOUT] = "stdout",
                [WRITER_STDERR] = "stderr",
                [WRITER_STDIN] = "stdin",
        };
        LogFile *file = writer->current;
        char head[STAMP_SIZE + 16];
        size_t n;

        n = (size_t) snprintf(head, sizeof(head), "%s %s %c ", file_writer_stamp(writer), streams[entry->stream],
                              entry->goes_on ? 'P' : 'F');
        if (writer->file_max > 0 && file->size + writer->outlet.n > 0 &&
            file->size + writer->outlet.n + n + size + 1 > writer->file_max) {
                outlet_flush(&writer->outlet);
                log_file_rotate(file, writer);
        }
        outlet_add(&writer->outlet, head, n);
        outlet_add(&writer->outlet, line, size);
        outlet_add(&writer->outlet, "\n", 1);
}

static void file_writer_write(void *userdata, const WriterEntry *entry)
{
        FileWriter *writer = userdata;
        const char *line = entry->message, *end = line + entry->message_size, *newline;

        file_writer_select(writer, entry);
        /* An event may have several lines. */
        for (; (newline = memchr(line, '\n', (size_t) (end - line))); line = newline + 1)
                file_writer_add_line(writer, entry, line, (size_t) (newline - line));
        file_writer_add_line(writer, entry, line, (size_t) (end - line));
}

static void file_writer_flush(void *userdata)
{
        FileWriter *writer = userdata;

        outlet_flush(&writer->outlet);
        writer->stamp[0] = '\0';
}

static void file_writer_free(void *userdata)
{
        FileWriter *writer = userdata;

        for (size_t i = 0; i < FILES_MAX; i++)
                log_file_close(&writer->files[i]);
        fd_close(writer->directory_fd);
        free(writer->directory);
        free(writer);
}

int writer_file_new(const char *directory, uint64_t file_max, unsigned file_count, int input_fd, WriterOutput *ret)
{
        FileWriter *writer = calloc(1, sizeof(FileWriter));

        if (!writer)
                return -ENOMEM;
        writer->directory_fd = -EBADF;
        writer->file_max = file_max;
        writer->file_count = file_count;
        writer->input_fd = input_fd;
        writer->outlet.write_all = file_write_all;
        writer->outlet.userdata = writer;
        for (size_t i = 0; i < FILES_MAX; i++)
                writer->files[i].fd = -EBADF;
        writer->directory = strdup(directory);
        if (!writer->directory) {
                free(writer);
                return -ENOMEM;
        }

        *ret = (WriterOutput){
                .write = file_writer_write,
                .flush = file_writer_flush,
                .free = file_writer_free,
                .userdata = writer,
        };
        return 0;
}
