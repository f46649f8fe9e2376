/* SPDX-License-Identifier: MIT */

/* What is known of users and groups. One helper process asks for all names of a config at once; where the name
 * service hangs, it hangs there, its names stay pending, and nothing else is touched. A new request ends the helper
 * of the one before.
 *
 * A user of digits is known without anybody's word. Its entry, where the helper finds one, adds its group, its home
 * and its further groups; until then, and where there is none, its group is nobody's, which gives it no rights that
 * it might not have. */

#include "host/names.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/list.h"
#include "common/fd.h"
#include "common/strv.h"
#include "host/identity.h"
#include "host/process.h"

#define LINE_MAX_SIZE ((size_t) 1 << 20)

typedef struct Entry {
        NameKind kind;
        char *name;
        NameAnswer answer;
        bool is_asked; /* the helper has not answered yet */
} Entry;

/* What was looked up in this turn. */
typedef struct Loan {
        List link;
        Identity identity;
        char *error;
} Loan;

struct Names {
        Loop *loop;              /* weak */
        ProcessTable *processes; /* weak */
        char *helper;            /* path */
        void (*on_change)(void *userdata);
        void *userdata;
        Entry *entries; /* sorted by kind and name */
        size_t n;
        Process *process; /* the helper; NULL: none runs */
        int answers_fd;
        Watch watch;
        char *buffer;
        size_t held, room;
        List loans;
        Deferred end_loans;
};

static void entry_done(Entry *entry)
{
        free(entry->name);
        name_answer_done(&entry->answer);
}

static void entries_free(Entry *entries, size_t n)
{
        for (size_t i = 0; i < n; i++)
                entry_done(&entries[i]);
        free(entries);
}

static int compare(const void *a, const void *b)
{
        const Entry *x = a, *y = b;

        return x->kind != y->kind ? (x->kind > y->kind) - (x->kind < y->kind) : strcmp(x->name, y->name);
}

static Entry *find(const Names *names, NameKind kind, const char *name)
{
        Entry key = {.kind = kind, .name = (char *) name};

        return names->n > 0 ? bsearch(&key, names->entries, names->n, sizeof(Entry), compare) : NULL;
}

static void end_loans(void *userdata)
{
        Names *names = userdata;

        while (!list_is_empty(&names->loans)) {
                Loan *loan = CONTAINER_OF(names->loans.next, Loan, link);

                list_remove(&loan->link);
                identity_done(&loan->identity);
                free(loan->error);
                free(loan);
        }
}

/* The helper is of no use any more. */
static void dismiss_helper(Names *names)
{
        if (names->process) {
                (void) process_signal(names->process, SIGKILL);
                process_forget(names->process);
                names->process = NULL;
        }
        watch_done(&names->watch);
        names->answers_fd = fd_close(names->answers_fd);
        names->held = 0;
}

int names_new(Loop *loop, ProcessTable *processes, const char *helper, void (*on_change)(void *userdata),
              void *userdata, Names **ret)
{
        _cleanup_(names_freep) Names *names = calloc(1, sizeof(Names));
        int r;

        if (!names)
                return -ENOMEM;
        list_init(&names->loans);
        names->answers_fd = -EBADF;
        names->loop = loop;
        names->processes = processes;
        names->on_change = on_change;
        names->userdata = userdata;
        names->helper = strdup(helper);
        if (!names->helper)
                return -ENOMEM;
        r = deferred_init(&names->end_loans, loop, PRIORITY_NORMAL, end_loans, names, "names");
        if (r < 0)
                return r;
        *ret = TAKE_PTR(names);
        return 0;
}

Names *names_free(Names *names)
{
        if (!names)
                return NULL;
        dismiss_helper(names);
        end_loans(names);
        deferred_done(&names->end_loans);
        entries_free(names->entries, names->n);
        free(names->buffer);
        free(names->helper);
        free(names);
        return NULL;
}

bool names_is_pending(const Names *names)
{
        return names->answers_fd >= 0;
}

static void on_helper_end(void *userdata, Process *process, const ProcessOutcome *outcome)
{
        Names *names = userdata;

        /* What it has said may still be in the pipe, whose end finishes everything. */
        names->process = NULL;
}

/* No more answers come. */
static void finish(Names *names)
{
        dismiss_helper(names);
        for (size_t i = 0; i < names->n; i++) {
                Entry *entry = &names->entries[i];

                if (entry->is_asked && entry->answer.state == NAME_PENDING)
                        entry->answer = (NameAnswer){.state = NAME_ERROR, .error = ENODATA};
                entry->is_asked = false;
        }
}

static void take_line(Names *names, char *line)
{
        NameAnswer answer = {0};
        const char *name;
        NameKind kind;
        Entry *entry;

        if (name_answer_parse(line, &kind, &name, &answer) < 0)
                return;
        entry = find(names, kind, name);
        if (!entry || !entry->is_asked) {
                name_answer_done(&answer);
                return;
        }
        entry->is_asked = false;
        /* A name service that is out of order does not undo what it said before. */
        if (answer.state == NAME_ERROR && entry->answer.state == NAME_KNOWN)
                return;
        name_answer_done(&entry->answer);
        entry->answer = answer;
}

/* Takes the whole lines out of the buffer. */
static void take_lines(Names *names)
{
        char *line = names->buffer, *end;

        while ((end = memchr(line, '\n', names->held - (size_t) (line - names->buffer)))) {
                *end = '\0';
                take_line(names, line);
                line = end + 1;
        }
        names->held -= (size_t) (line - names->buffer);
        memmove(names->buffer, line, names->held);
}

static int reserve_buffer(Names *names)
{
        size_t room = MAX(2 * names->room, 4096U);
        char *grown;

        if (names->held < names->room)
                return 0;
        if (names->room >= LINE_MAX_SIZE)
                return -E2BIG;
        grown = realloc(names->buffer, room);
        if (!grown)
                return -ENOMEM;
        names->buffer = grown;
        names->room = room;
        return 0;
}

static void on_answers(void *userdata, int fd, uint32_t events)
{
        Names *names = userdata;
        ssize_t n = -1;

        if (reserve_buffer(names) >= 0)
                n = read(fd, names->buffer + names->held, names->room - names->held);
        else
                errno = ENOBUFS;
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return;
        if (n > 0) {
                names->held += (size_t) n;
                take_lines(names);
        } else
                finish(names);
        if (names->on_change)
                names->on_change(names->userdata);
}

/* All names of a config, sorted, each once. */
typedef struct Wanted {
        Entry *items;
        size_t n, room;
} Wanted;

static int want(Wanted *wanted, NameKind kind, const char *name)
{
        uint32_t id;

        /* A group's number says all; a user's entry has more. */
        if (!name || (kind == NAME_GROUP && id_parse(name, &id)))
                return 0;
        if (wanted->n == wanted->room) {
                size_t room = MAX(2 * wanted->room, 16U);
                Entry *grown = reallocarray(wanted->items, room, sizeof(Entry));

                if (!grown)
                        return -ENOMEM;
                wanted->items = grown;
                wanted->room = room;
        }
        wanted->items[wanted->n] = (Entry){.kind = kind, .name = strdup(name)};
        return wanted->items[wanted->n].name ? (int) (wanted->n++, 0) : -ENOMEM;
}

static void wanted_done(Wanted *wanted)
{
        entries_free(wanted->items, wanted->n);
}

static int want_names_of(Wanted *wanted, const ServiceConfig *service)
{
        int r;

        r = want(wanted, NAME_USER, service->user);
        if (r >= 0)
                r = want(wanted, NAME_GROUP, service->group);
        STRV_FOREACH (group, service->supplementary_groups)
                if (r >= 0)
                        r = want(wanted, NAME_GROUP, *group);
        return r;
}

static int collect_wanted(const Config *config, const ServiceConfig *const *others, size_t n_others, Wanted *wanted)
{
        size_t kept = 0;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < config->n_services; i++)
                r = want_names_of(wanted, config->services[i]);
        for (size_t i = 0; r >= 0 && i < n_others; i++)
                r = want_names_of(wanted, others[i]);
        if (r < 0)
                return r;
        if (wanted->n > 1)
                qsort(wanted->items, wanted->n, sizeof(Entry), compare);
        for (size_t i = 0; i < wanted->n; i++)
                if (kept > 0 && compare(&wanted->items[kept - 1], &wanted->items[i]) == 0)
                        entry_done(&wanted->items[i]);
                else
                        wanted->items[kept++] = wanted->items[i];
        wanted->n = kept;
        return 0;
}

/* A file with the questions, as the helper wants them on its stdin. */
static int write_questions(Names *names, int *ret_fd)
{
        _cleanup_close_ int fd = memfd_create("tended-names", MFD_CLOEXEC);
        _cleanup_free_ char *text = NULL;
        size_t size = 0;
        FILE *stream;

        if (fd < 0)
                return -errno;
        stream = open_memstream(&text, &size);
        if (!stream)
                return -errno;
        for (size_t i = 0; i < names->n; i++) {
                Entry *entry = &names->entries[i];

                entry->is_asked = true;
                fprintf(stream, "%s\t%s\n", entry->kind == NAME_USER ? "user" : "group", entry->name);
        }
        if (fclose(stream) != 0)
                return -ENOMEM;
        if (write(fd, text, size) != (ssize_t) size || lseek(fd, 0, SEEK_SET) < 0)
                return -EIO;
        *ret_fd = TAKE_FD(fd);
        return 0;
}

static int start_helper(Names *names)
{
        char *argv[] = {names->helper, (char *) "names", NULL};
        _cleanup_close_ int questions_fd = -EBADF, helper_end = -EBADF;
        int fds[2], r;

        r = write_questions(names, &questions_fd);
        if (r < 0)
                return r;
        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        names->answers_fd = fds[0];
        helper_end = fds[1];
        (void) fcntl(fds[0], F_SETFL, O_NONBLOCK);
        r = watch_init(&names->watch, names->loop, fds[0], EPOLLIN, PRIORITY_NORMAL, on_answers, names);
        if (r < 0)
                return r;
        return process_spawn_helper(names->processes, argv, (int[3]){questions_fd, helper_end, -EBADF},
                                    &(ProcessHandler){.on_end = on_helper_end, .userdata = names}, &names->process);
}

int names_request(Names *names, const Config *config, const ServiceConfig *const *others, size_t n_others)
{
        _cleanup_(wanted_done) Wanted wanted = {0};
        int r;

        r = collect_wanted(config, others, n_others, &wanted);
        if (r < 0)
                return r;
        dismiss_helper(names);
        for (size_t i = 0; i < wanted.n; i++) {
                Entry *before = find(names, wanted.items[i].kind, wanted.items[i].name);

                if (before && before->answer.state == NAME_KNOWN) {
                        wanted.items[i].answer = before->answer;
                        before->answer = (NameAnswer){0};
                }
        }
        entries_free(names->entries, names->n);
        names->entries = wanted.items;
        names->n = wanted.n;
        wanted = (Wanted){0};
        if (names->n == 0)
                return 0;

        r = start_helper(names);
        if (r < 0)
                finish(names);
        return r;
}

static const NameAnswer *find_answer(void *userdata, NameKind kind, const char *name)
{
        const Entry *entry = find(userdata, kind, name);

        return entry ? &entry->answer : NULL;
}

NamesState names_lookup(Names *names, const ServiceConfig *config, const Identity **ret, const char **ret_error)
{
        NamesState state;
        Loan *loan;

        *ret = NULL;
        *ret_error = NULL;
        if (!config->user && !config->group && !config->supplementary_groups)
                return NAMES_KNOWN;

        *ret_error = "out of memory";
        loan = calloc(1, sizeof(Loan));
        if (!loan)
                return NAMES_FAILED;
        list_append(&names->loans, &loan->link);
        (void) deferred_schedule(&names->end_loans);

        state = identity_compose(config, find_answer, names, &loan->identity, &loan->error);
        if (state != NAMES_FAILED || loan->error)
                *ret_error = loan->error;
        if (state == NAMES_KNOWN)
                *ret = &loan->identity;
        return state;
}
