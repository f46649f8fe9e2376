/* SPDX-License-Identifier: MIT */
#include "ctl-entry.h"

#include <criterion/criterion.h>
#include <errno.h>

Test(ctl_entry, a_datagram_is_read_entry_by_entry)
{
        static const char datagram[] =
                "MESSAGE=one\nTENDED_BATCH=7\n__REALTIME_TIMESTAMP=42\n\nMESSAGE\n\3\0\0\0\0\0\0\0a\nb\nPRIORITY=3\n";
        const char *data = datagram;
        size_t size = sizeof(datagram) - 1;
        Entry entry = ENTRY_NULL;

        cr_assert_eq(entry_read_native(&entry, &data, &size), 1);
        cr_assert(entry_field_is(entry_find(&entry, "MESSAGE"), "one"));
        cr_assert_eq(entry_number(&entry, "TENDED_BATCH", 0), 7);
        cr_assert_eq(entry.realtime, 42);
        cr_assert_null(entry_find(&entry, "__REALTIME_TIMESTAMP"));

        cr_assert_eq(entry_read_native(&entry, &data, &size), 1);
        cr_assert(entry_field_is(entry_find(&entry, "MESSAGE"), "a\nb"));
        cr_assert_eq(entry_priority(&entry), 3);
        cr_assert_eq(entry.realtime, 0);

        cr_assert_eq(entry_read_native(&entry, &data, &size), 0);
        entry_done(&entry);
}

Test(ctl_entry, every_cut_of_a_datagram_is_read_or_refused)
{
        static const char datagram[] = "MESSAGE=one\n\nMESSAGE\n\3\0\0\0\0\0\0\0a\nb\nPRIORITY=3\n";

        for (size_t n = 0; n < sizeof(datagram); n++) {
                char *copy = malloc(MAX(n, (size_t) 1));
                const char *data = copy;
                size_t size = n, turns = 0;
                Entry entry = ENTRY_NULL;
                int r;

                memcpy(copy, datagram, n);
                while ((r = entry_read_native(&entry, &data, &size)) > 0)
                        cr_assert_lt(turns++, 8, "cut at %zu", n);
                cr_assert(r == 0 || r == -EBADMSG, "cut at %zu: %d", n, r);
                entry_done(&entry);
                free(copy);
        }
}

Test(ctl_entry, a_copy_stands_alone)
{
        char text[] = "MESSAGE=hello";
        Entry entry = ENTRY_NULL, copy;

        ENTRY(&entry, 5, text, "PRIORITY=4");
        entry.sent = 6;
        entry.cursor = strdup("c");
        cr_assert_geq(entry_copy(&entry, &copy), 0);
        memset(text, 'x', sizeof(text) - 1);
        entry_done(&entry);

        cr_assert(entry_field_is(entry_find(&copy, "MESSAGE"), "hello"));
        cr_assert_eq(copy.realtime, 5);
        cr_assert_eq(copy.sent, 6);
        cr_assert_str_eq(copy.cursor, "c");
        entry_done(&copy);
}

Test(ctl_entry, too_many_fields_are_refused)
{
        Entry entry = ENTRY_NULL;

        for (size_t i = 0; i < ENTRY_FIELDS_MAX; i++)
                cr_assert_geq(entry_add(&entry, (EntryField){.name = "A", .name_size = 1, .value = ""}), 0);
        cr_assert_eq(entry_add(&entry, (EntryField){.name = "A", .name_size = 1, .value = ""}), -E2BIG);
        entry_done(&entry);
}

Test(ctl_entry, what_is_no_number_is_the_fallback)
{
        static const char *const bad[] = {"N=", "N=-1", "N=1x", "N= 1", "N=99999999999999999999"};
        Entry entry = ENTRY_NULL;

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                ENTRY(&entry, 0, bad[i]);
                cr_assert_eq(entry_number(&entry, "N", 5), 5, "%s", bad[i]);
        }
        ENTRY(&entry, 0, "PRIORITY=9");
        cr_assert_eq(entry_priority(&entry), 6);
        entry_done(&entry);
}

Test(ctl_entry, lines_and_events_are_told_apart)
{
        Entry entry = ENTRY_NULL;

        ENTRY(&entry, 0, "MESSAGE_ID=abc", "TENDED_SERVICE=web");
        cr_assert_eq(entry_stream(&entry), ENTRY_EVENT);
        /* LogExtraFields may give a line a MESSAGE_ID. */
        ENTRY(&entry, 0, "MESSAGE_ID=abc", "TENDED_BATCH=1", "TENDED_STREAM=stderr");
        cr_assert_eq(entry_stream(&entry), ENTRY_STDERR);
        ENTRY(&entry, 0, "TENDED_BATCH=1");
        cr_assert_eq(entry_stream(&entry), ENTRY_STDOUT);
        ENTRY(&entry, 0, "TENDED_BATCH=1", "TENDED_STREAM=stdin");
        cr_assert_eq(entry_stream(&entry), ENTRY_STDIN);
        entry_done(&entry);
}
