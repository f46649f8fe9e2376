/* SPDX-License-Identifier: MIT */
#include "engine/watchers.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "core/entry.h"

static Loop *loop;
static Watchers watchers;

static void begin(void)
{
        cr_assert(loop_new(&loop) >= 0);
        cr_assert(watchers_init(&watchers, loop) >= 0);
}

static void end(void)
{
        watchers_done(&watchers);
        cr_assert_eq(watchers.n, 0);
        cr_assert_eq(watchers.kept, 0);
        loop_free(loop);
}

static int add(char *const *patterns)
{
        int fd;

        cr_assert(watchers_add(&watchers, patterns, &fd) >= 0);
        return fd;
}

static void turn(void)
{
        while (sd_event_run(loop_sd_event(loop), 0) > 0)
                ;
}

static void tell(const char *service, const char *event, size_t padding)
{
        char *fill = calloc(1, padding + 1);
        Text text = TEXT_NULL;

        memset(fill, 'x', padding);
        entry_add_string(&text, "TENDED_EVENT", event);
        entry_add_string(&text, "MESSAGE", fill);
        watchers_tell(&watchers, service, &text);
        text_done(&text);
        free(fill);
}

/* The names of the events in the next packet, behind each other; the sum of what was missed. */
static bool next(int fd, char *names, size_t size, unsigned long *missed)
{
        static char data[256 * 1024];
        ssize_t n = recv(fd, data, sizeof(data) - 1, MSG_DONTWAIT);

        if (n <= 0)
                return false;
        data[n] = '\0';
        for (const char *p = data; (p = strstr(p, "TENDED_EVENT=")); p += 13) {
                size_t length = strcspn(p + 13, "\n");

                if (strlen(names) + length + 2 < size) {
                        strcat(names, *names ? " " : "");
                        strncat(names, p + 13, length);
                }
        }
        for (const char *p = data; missed && (p = strstr(p, "TENDED_MISSED=")); p += 14)
                *missed += strtoul(p + 14, NULL, 10);
        return true;
}

static void expect(int fd, const char *wanted)
{
        char names[512] = "";

        turn();
        while (next(fd, names, sizeof(names), NULL))
                ;
        cr_expect_str_eq(names, wanted, "%s instead of %s", names, wanted);
}

Test(watchers, each_hears_of_what_it_named_from_the_beginning_on, .init = begin, .fini = end)
{
        int all = add(NULL), one = add((char *[]){(char *) "web.service", NULL});
        int globs = add((char *[]){(char *) "w*", (char *) "db", NULL});
        int template = add((char *[]){(char *) "w", NULL});

        tell("web", "a", 1);
        tell("w@1", "b", 1);
        tell("wx@1", "c", 1);
        tell("db", "d", 1);
        tell(NULL, "e", 1);
        expect(all, "watching a b c d e");
        expect(one, "watching a");
        expect(globs, "watching a b c d");
        expect(template, "watching b");
        close(all);
        close(one);
        close(globs);
        close(template);
        turn();
        cr_assert(!watchers_any(&watchers));
}

Test(watchers, what_is_told_in_one_turn_comes_in_few_packets, .init = begin, .fini = end)
{
        int fd = add(NULL);
        char names[4096] = "";
        unsigned n = 0;

        for (unsigned i = 0; i < 500; i++)
                tell("web", "a", 300);
        turn();
        while (next(fd, names, sizeof(names), NULL))
                n++;
        cr_assert_eq(strlen(names), strlen("watching") + 500 * 2);
        cr_assert(n > 1 && n < 10, "%u packets", n);
        close(fd);
        turn();
}

Test(watchers, who_does_not_read_is_told_how_much_he_has_missed, .init = begin, .fini = end)
{
        unsigned long missed = 0, n = 0;
        int lazy = add(NULL), busy = add(NULL);
        char names[32];

        for (unsigned i = 0; i < 2000; i++) {
                tell("web", "a", 8000);
                turn();
                names[0] = '\0';
                cr_assert(next(busy, names, sizeof(names), &missed));
        }
        cr_assert_eq(missed, 0, "the one who reads misses nothing");
        cr_assert(watchers.kept < 5 * 1024 * 1024);

        for (;;) {
                char seen[64 * 1024] = "";

                turn();
                if (!next(lazy, seen, sizeof(seen), &missed))
                        break;
                for (const char *p = seen; (p = strstr(p, "a")); p++)
                        n += (p == seen || p[-1] == ' ') && (p[1] == ' ' || p[1] == '\0');
        }
        cr_assert(missed > 0);
        cr_assert_eq(n + missed, 2000, "%lu seen, %lu missed", n, missed);
        tell("web", "b", 1);
        expect(lazy, "b");
        close(lazy);
        close(busy);
        turn();
}

Test(watchers, all_together_have_a_bound, .init = begin, .fini = end)
{
        int fds[16];

        for (unsigned i = 0; i < ELEMENTSOF(fds); i++)
                fds[i] = add(NULL);
        for (unsigned i = 0; i < 1000; i++) {
                tell("web", "a", 8000);
                turn();
        }
        cr_assert(watchers.kept <= 16 * 1024 * 1024 + 1024 * 1024, "%zu", watchers.kept);
        for (unsigned i = 0; i < ELEMENTSOF(fds); i++)
                close(fds[i]);
        turn();
}
