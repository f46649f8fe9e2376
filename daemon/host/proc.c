/* SPDX-License-Identifier: MIT */

/* Reading /proc. Everything in it is a snapshot that may be old by the time it is looked at, may be huge, and holds
 * names that anybody chose: hence bounds on every read, the last ')' as the end of a name, and start times. */

#include "host/proc.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#include "common/fd.h"
#include "common/id128.h"

#define PATH_SIZE        64
#define STAT_SIZE        1024
#define CHUNK_SIZE       4096
#define ENVIRONMENT_MAX  ((size_t) 4 << 20)
#define COMMAND_LINE_MAX 160

static ssize_t read_some(int fd, void *buffer, size_t size)
{
        ssize_t n;

        do
                n = read(fd, buffer, size);
        while (n < 0 && errno == EINTR);
        return n < 0 ? -errno : n;
}

int proc_read(int folder_fd, const char *path, char *buffer, size_t room, size_t *ret_size)
{
        _cleanup_close_ int fd = openat(folder_fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        size_t size = 0;

        if (fd < 0)
                return -errno;
        for (;;) {
                ssize_t n = read_some(fd, buffer + size, room - size);

                if (n < 0)
                        return (int) n;
                if (n == 0)
                        break;
                size += (size_t) n;
                if (size == room)
                        return -E2BIG;
        }
        buffer[size] = '\0';
        if (ret_size)
                *ret_size = size;
        return 0;
}

int proc_stat_parse(const char *text, ProcStat *ret)
{
        const char *after_name = strrchr(text, ')');
        unsigned long long start;
        ProcStat stat;

        /* Of the 52 fields: 1 pid, 3 state, 4 parent, 6 session, 22 start. */
        if (!after_name || sscanf(text, "%d", &stat.pid) != 1 ||
            sscanf(after_name + 1, " %c %d %*d %d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
                   &stat.state, &stat.parent, &stat.session, &start) != 4)
                return -EBADMSG;
        stat.start = start;
        *ret = stat;
        return 0;
}

int proc_stat(pid_t pid, ProcStat *ret)
{
        char path[PATH_SIZE], text[STAT_SIZE];
        int r;

        (void) snprintf(path, sizeof(path), "/proc/%d/stat", pid);
        r = proc_read(AT_FDCWD, path, text, sizeof(text), NULL);
        if (r == -ENOENT)
                return -ESRCH;
        return r < 0 ? r : proc_stat_parse(text, ret);
}

/* Of a process whose new program is being set up the kernel tells no end of its environment (field 51). */
bool proc_is_in_exec(pid_t pid)
{
        char path[PATH_SIZE], text[STAT_SIZE];
        const char *c;

        (void) snprintf(path, sizeof(path), "/proc/%d/stat", pid);
        if (proc_read(AT_FDCWD, path, text, sizeof(text), NULL) < 0 || !(c = strrchr(text, ')')) || c[1] != ' ' ||
            c[2] == 'Z')
                return false;
        for (unsigned field = 2; c && field < 51; field++)
                c = strchr(c + 1, ' ');
        return c && strncmp(c, " 0 ", 3) == 0;
}

uint64_t proc_ticks_now(void)
{
        uint64_t per_second = (uint64_t) MAX(sysconf(_SC_CLK_TCK), 1L);
        struct timespec now = {0};

        (void) clock_gettime(CLOCK_BOOTTIME, &now);
        return (uint64_t) now.tv_sec * per_second + (uint64_t) now.tv_nsec * per_second / 1000000000;
}

void pid_list_done(PidList *list)
{
        free(list->items);
        *list = (PidList){0};
}

int pid_list_add(PidList *list, pid_t pid)
{
        if (list->n == list->room) {
                size_t room = MAX(2 * list->room, 16U);
                pid_t *grown;

                if (list->n >= PID_LIST_MAX)
                        return -E2BIG;
                grown = reallocarray(list->items, room, sizeof(pid_t));
                if (!grown)
                        return -ENOMEM;
                list->items = grown;
                list->room = room;
        }
        list->items[list->n++] = pid;
        return 0;
}

bool pid_list_contains(const PidList *list, pid_t pid)
{
        for (size_t i = 0; i < list->n; i++)
                if (list->items[i] == pid)
                        return true;
        return false;
}

void pid_list_remove(PidList *list, pid_t pid)
{
        for (size_t i = 0; i < list->n;)
                if (list->items[i] == pid)
                        list->items[i] = list->items[--list->n];
                else
                        i++;
}

/* Takes one more byte of a text of numbers. */
static int take_digit(char c, uint64_t *number, PidList *list)
{
        int r = 0;

        if (isdigit((unsigned char) c)) {
                *number = MIN(*number * 10 + (unsigned) (c - '0'), (uint64_t) INT32_MAX);
                return 0;
        }
        if (*number > 0)
                r = pid_list_add(list, (pid_t) *number);
        *number = 0;
        return r;
}

int pid_list_parse(const char *text, PidList *list)
{
        uint64_t number = 0;
        int r;

        do {
                r = take_digit(*text, &number, list);
                if (r < 0)
                        return r;
        } while (*text++);
        return 0;
}

int proc_read_pids(int folder_fd, const char *path, PidList *list)
{
        _cleanup_close_ int fd = openat(folder_fd, path, O_RDONLY | O_CLOEXEC);
        char chunk[CHUNK_SIZE];
        uint64_t number = 0;
        ssize_t n;
        int r;

        if (fd < 0)
                return -errno;
        while ((n = read_some(fd, chunk, sizeof(chunk))) > 0)
                for (ssize_t i = 0; i < n; i++) {
                        r = take_digit(chunk[i], &number, list);
                        if (r < 0)
                                return r;
                }
        return n < 0 ? (int) n : take_digit('\n', &number, list);
}

/* A kernel without the children files: everybody is asked for his parent. */
static int find_children(pid_t pid, PidList *list)
{
        _cleanup_(pid_list_done) PidList all = {0};
        ProcStat stat;
        int r;

        r = proc_all(&all);
        for (size_t i = 0; r >= 0 && i < all.n; i++)
                if (proc_stat(all.items[i], &stat) >= 0 && stat.parent == pid)
                        r = pid_list_add(list, all.items[i]);
        return r;
}

static void closedirp(DIR **folder)
{
        if (*folder)
                closedir(*folder);
}

int proc_children(pid_t pid, PidList *list)
{
        _cleanup_(closedirp) DIR *folder = NULL;
        char path[PATH_SIZE];
        struct dirent *entry;
        int r;

        (void) snprintf(path, sizeof(path), "/proc/%d/task", pid);
        folder = opendir(path);
        if (!folder)
                return errno == ENOENT ? 0 : -errno;
        while ((entry = readdir(folder))) {
                if (!isdigit((unsigned char) entry->d_name[0]))
                        continue;
                (void) snprintf(path, sizeof(path), "%.20s/children", entry->d_name);
                r = proc_read_pids(dirfd(folder), path, list);
                if (r == -ENOENT && access("/proc/thread-self/children", F_OK) < 0)
                        return find_children(pid, list);
                /* A thread that has just ended has handed its children on to another one. */
                if (r < 0 && r != -ENOENT && r != -ESRCH)
                        return r;
        }
        return 0;
}

int proc_all(PidList *list)
{
        _cleanup_(closedirp) DIR *folder = opendir("/proc");
        struct dirent *entry;
        int r;

        if (!folder)
                return -errno;
        while ((entry = readdir(folder))) {
                char *end;
                long pid = strtol(entry->d_name, &end, 10);

                if (pid <= 0 || *end != '\0')
                        continue;
                r = pid_list_add(list, (pid_t) pid);
                if (r < 0)
                        return r;
        }
        return 0;
}

int proc_invocation_id(pid_t pid, Id128 *ret)
{
        static const char key[] = "\0INVOCATION_ID=";
        const size_t wanted = sizeof(key) - 1 + ID128_STRING_MAX - 1;
        char path[PATH_SIZE], chunk[CHUNK_SIZE + 1] = "";
        _cleanup_close_ int fd = -EBADF;
        size_t held = 1, total = 0; /* begins with a NUL, as if there were a variable before the first */
        ssize_t n;

        (void) snprintf(path, sizeof(path), "/proc/%d/environ", pid);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        while (total < ENVIRONMENT_MAX && (n = read_some(fd, chunk + held, CHUNK_SIZE - held)) != 0) {
                char *found, id[ID128_STRING_MAX];
                size_t rest;

                if (n < 0)
                        return (int) n;
                held += (size_t) n;
                total += (size_t) n;
                found = memmem(chunk, held, key, sizeof(key) - 1);
                if (found && (size_t) (chunk + held - found) >= wanted) {
                        memcpy(id, found + sizeof(key) - 1, sizeof(id) - 1);
                        id[sizeof(id) - 1] = '\0';
                        return id128_parse(id, ret) >= 0;
                }
                /* What may be the beginning of it goes on in the next chunk. */
                rest = found ? (size_t) (chunk + held - found) : MIN(held, sizeof(key) - 2);
                memmove(chunk, chunk + held - rest, rest);
                held = rest;
        }
        return 0;
}

char *proc_command_line(pid_t pid)
{
        char path[PATH_SIZE], text[COMMAND_LINE_MAX + 8] = "";
        _cleanup_close_ int fd = -EBADF;
        ssize_t n;

        (void) snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return NULL;
        n = read_some(fd, text, COMMAND_LINE_MAX);
        if (n <= 0) {
                /* A kernel thread, or one that has ended. */
                (void) snprintf(path, sizeof(path), "/proc/%d/comm", pid);
                if (proc_read(AT_FDCWD, path, text + 1, 64, NULL) < 0)
                        return NULL;
                text[0] = '[';
                text[strcspn(text, "\n")] = '\0';
                return strdup(strcat(text, "]"));
        }
        if (n == COMMAND_LINE_MAX)
                n = (ssize_t) (stpcpy(text + n, "...") - text);
        while (n > 0 && text[n - 1] == '\0')
                n--;
        for (ssize_t i = 0; i < n; i++)
                if (text[i] == '\0' || (unsigned char) text[i] < ' ' || text[i] == 0x7f)
                        text[i] = text[i] == '\0' ? ' ' : '?';
        text[n] = '\0';
        return strdup(text);
}

int proc_signal(pid_t pid, uint64_t start, int signal)
{
        _cleanup_close_ int fd = (int) syscall(SYS_pidfd_open, pid, 0);
        ProcStat now;
        int r;

        if (fd < 0)
                return -errno;
        /* The descriptor holds on to whoever has the pid now; is that still the one who was meant? */
        r = proc_stat(pid, &now);
        if (r < 0)
                return r;
        if (now.start != start)
                return -ESRCH;
        return syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0) < 0 ? -errno : 0;
}
