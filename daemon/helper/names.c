/* SPDX-License-Identifier: MIT */

/* Looks users and groups up, many at a time, one line each:
 *
 *     asked:    user<TAB>NAME | group<TAB>NAME
 *     answered: user<TAB>NAME<TAB>ok<TAB>UID<TAB>GID<TAB>LOGIN<TAB>HOME<TAB>SHELL<TAB>GID,GID,…
 *               group<TAB>NAME<TAB>ok<TAB>GID
 *               user|group<TAB>NAME<TAB>none             there is no such entry
 *               user|group<TAB>NAME<TAB>error<TAB>ERRNO  the name service failed
 *
 * Answers come in any order. A look-up that hangs must not hold up the others, so when nothing moves for a while one
 * more thread takes the next question. A user of digits is looked up by number. The program ends when all is
 * answered, or when nobody reads the answers any more. */

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/types.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/strv.h"
#include "helper/helper.h"

#define INPUT_MAX     (4U << 20)
#define ENTRY_MAX     (1U << 20) /* a passwd or group entry */
#define GROUPS_MAX    65536
#define PATIENCE_MSEC 50
#define THREADS_MAX   256

typedef struct Batch {
        pthread_mutex_t mutex; /* of all that follows, and of stdout */
        char **questions;
        size_t n_questions, next, n_answered;
        int moved_fd; /* an eventfd: something was answered */
} Batch;

/* A field of an answer: what would break the line is left out, as no sane entry has it. */
static const char *field(const char *s)
{
        for (const char *c = s; c && *c; c++)
                if ((unsigned char) *c < ' ' || *c == 0x7f)
                        return "";
        return s ? s : "";
}

static int answer_error(char **ret, const char *question, int error)
{
        /* POSIX lets "not found" come as any of these. */
        if (error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM)
                return asprintf(ret, "%s\tnone\n", question);
        return asprintf(ret, "%s\terror\t%d\n", question, error);
}

static int answer_user(char **ret, const char *question, const struct passwd *entry)
{
        _cleanup_free_ gid_t *groups = NULL;
        _cleanup_free_ char *list = NULL;
        int n = 64, r;
        size_t size = 0;
        FILE *stream;

        for (;;) {
                gid_t *more = realloc(groups, (size_t) n * sizeof(gid_t));
                int wanted = n;

                if (!more)
                        return -1;
                groups = more;
                r = getgrouplist(entry->pw_name, entry->pw_gid, groups, &wanted);
                if (r >= 0 || n >= GROUPS_MAX) {
                        n = MIN(r >= 0 ? r : n, n);
                        break;
                }
                n = MIN(MAX(wanted, 2 * n), GROUPS_MAX);
        }

        stream = open_memstream(&list, &size);
        if (!stream)
                return -1;
        for (int i = 0; i < n; i++)
                fprintf(stream, "%s%u", i > 0 ? "," : "", groups[i]);
        if (fclose(stream) != 0)
                return -1;

        return asprintf(ret, "%s\tok\t%u\t%u\t%s\t%s\t%s\t%s\n", question, entry->pw_uid, entry->pw_gid,
                        field(entry->pw_name), field(entry->pw_dir), field(entry->pw_shell), list);
}

static int look_up_user(char **ret, const char *question, const char *name, char *buffer, size_t size)
{
        struct passwd entry, *found = NULL;
        bool is_number = name[0] != '\0' && name[strspn(name, "0123456789")] == '\0';
        int r;

        if (is_number)
                r = getpwuid_r((uid_t) strtoul(name, NULL, 10), &entry, buffer, size, &found);
        else
                r = getpwnam_r(name, &entry, buffer, size, &found);
        return found ? answer_user(ret, question, found) : answer_error(ret, question, r);
}

static int look_up_group(char **ret, const char *question, const char *name, char *buffer, size_t size)
{
        struct group entry, *found = NULL;
        int r;

        r = getgrnam_r(name, &entry, buffer, size, &found);
        return found ? asprintf(ret, "%s\tok\t%u\n", question, found->gr_gid) : answer_error(ret, question, r);
}

/* The answer's line, or NULL: the question is none, or there is no memory. */
static char *look_up(const char *question)
{
        _cleanup_free_ char *buffer = malloc(ENTRY_MAX);
        char *answer = NULL;
        int r = -1;

        if (!buffer)
                return NULL;
        if (strncmp(question, "user\t", 5) == 0)
                r = look_up_user(&answer, question, question + 5, buffer, ENTRY_MAX);
        else if (strncmp(question, "group\t", 6) == 0)
                r = look_up_group(&answer, question, question + 6, buffer, ENTRY_MAX);
        return r < 0 ? NULL : answer;
}

static void write_all(int fd, const char *data, size_t size)
{
        while (size > 0) {
                ssize_t n = write(fd, data, size);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        _exit(EXIT_FAILURE); /* nobody listens */
                data += n;
                size -= (size_t) n;
        }
}

static void *work(void *userdata)
{
        Batch *batch = userdata;

        pthread_mutex_lock(&batch->mutex);
        while (batch->next < batch->n_questions) {
                const char *question = batch->questions[batch->next++];
                _cleanup_free_ char *answer = NULL;

                pthread_mutex_unlock(&batch->mutex);
                answer = look_up(question);
                pthread_mutex_lock(&batch->mutex);
                if (answer)
                        write_all(STDOUT_FILENO, answer, strlen(answer));
                batch->n_answered++;
                (void) eventfd_write(batch->moved_fd, 1);
        }
        pthread_mutex_unlock(&batch->mutex);
        return NULL;
}

static int read_questions(Batch *batch)
{
        _cleanup_free_ char *input = malloc(INPUT_MAX + 1);
        size_t size = 0;
        char *rest, *line;

        if (!input)
                return -ENOMEM;
        for (;;) {
                ssize_t n = read(STDIN_FILENO, input + size, INPUT_MAX - size);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                size += (size_t) n;
        }
        input[size] = '\0';

        rest = input;
        while ((line = strsep(&rest, "\n")))
                if (*line && strv_extend(&batch->questions, line) < 0)
                        return -ENOMEM;
        batch->n_questions = strv_length(batch->questions);
        return 0;
}

/* Waits until something was answered; false where nothing was for a while. */
static bool wait_for_answer(Batch *batch, bool forever)
{
        struct pollfd fds[] = {
                {.fd = batch->moved_fd, .events = POLLIN}, {.fd = STDOUT_FILENO}, /* POLLERR: the reader is gone */
        };
        eventfd_t moved;

        if (poll(fds, ELEMENTSOF(fds), forever ? -1 : PATIENCE_MSEC) < 0)
                return errno == EINTR;
        if (fds[1].revents)
                _exit(EXIT_FAILURE);
        return (fds[0].revents & POLLIN) && eventfd_read(batch->moved_fd, &moved) == 0;
}

int helper_names(int argc, char **argv)
{
        Batch batch = {.mutex = PTHREAD_MUTEX_INITIALIZER};
        unsigned n_threads = 0;
        bool wants_thread = true;

        batch.moved_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (batch.moved_fd < 0 || read_questions(&batch) < 0)
                return EXIT_FAILURE;

        for (;;) {
                bool all_answered, all_taken;
                pthread_t thread;

                pthread_mutex_lock(&batch.mutex);
                all_answered = batch.n_answered == batch.n_questions;
                all_taken = batch.next == batch.n_questions;
                pthread_mutex_unlock(&batch.mutex);
                if (all_answered)
                        break;

                if (wants_thread && !all_taken && n_threads < THREADS_MAX &&
                    pthread_create(&thread, NULL, work, &batch) == 0) {
                        n_threads++;
                        pthread_detach(thread);
                }
                wants_thread = !wait_for_answer(&batch, all_taken || n_threads >= THREADS_MAX);
        }

        /* Threads that still hold something end with the process. */
        fflush(stdout);
        _exit(EXIT_SUCCESS);
}
