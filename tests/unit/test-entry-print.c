/* SPDX-License-Identifier: MIT */
#include "ctl/entry-print.h"

#include <criterion/criterion.h>
#include <time.h>

#include "ctl-entry.h"

#define WHEN UINT64_C(1795209185000042)

static void utc(void)
{
        setenv("TZ", "UTC", 1);
        tzset();
}

static void expect(const EntryPrinter *printer, const Entry *entry, const char *text, size_t size)
{
        char *printed = NULL;
        size_t n;
        FILE *f = open_memstream(&printed, &n);

        cr_assert_geq(entry_print(f, printer, entry), 0);
        fclose(f);
        cr_assert_eq(n, size, "%s: %zu, not %zu: %s", entry_format_names()[printer->format], n, size, printed);
        cr_assert_eq(memcmp(printed, text, size), 0, "%s: %s", entry_format_names()[printer->format], printed);
        free(printed);
}

Test(entry_print, every_format_of_one_line, .init = utc)
{
        static const struct {
                EntryFormat format;
                const char *text;
        } cases[] = {
                {FORMAT_SHORT, "Nov 20 21:13:05 web[12]: hi\n"},
                {FORMAT_SHORT_ISO, "2026-11-20T21:13:05+0000 web[12]: hi\n"},
                {FORMAT_SHORT_ISO_PRECISE, "2026-11-20T21:13:05.000042+0000 web[12]: hi\n"},
                {FORMAT_SHORT_PRECISE, "Nov 20 21:13:05.000042 web[12]: hi\n"},
                {FORMAT_SHORT_FULL, "Fri 2026-11-20 21:13:05 UTC web[12]: hi\n"},
                {FORMAT_SHORT_UNIX, "1795209185.000042 web[12]: hi\n"},
                {FORMAT_WITH_SERVICE, "Fri 2026-11-20 21:13:05 UTC web@1 web[12]: hi\n"},
                {FORMAT_CAT, "hi\n"},
                {FORMAT_JSON, "{\"__REALTIME_TIMESTAMP\":\"1795209185000042\",\"MESSAGE\":\"hi\","
                              "\"SYSLOG_IDENTIFIER\":\"web\",\"TENDED_SERVICE\":\"web@1\",\"TENDED_PID\":\"12\"}\n"},
                {FORMAT_EXPORT, "__REALTIME_TIMESTAMP=1795209185000042\nMESSAGE=hi\nSYSLOG_IDENTIFIER=web\n"
                                "TENDED_SERVICE=web@1\nTENDED_PID=12\n\n"},
                {FORMAT_VERBOSE, "Fri 2026-11-20 21:13:05 UTC\n    MESSAGE=hi\n    SYSLOG_IDENTIFIER=web\n"
                                 "    TENDED_SERVICE=web@1\n    TENDED_PID=12\n"},
        };
        Entry entry = ENTRY_NULL;

        ENTRY(&entry, WHEN, "MESSAGE=hi", "SYSLOG_IDENTIFIER=web", "TENDED_SERVICE=web@1", "TENDED_PID=12");
        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                expect(&(EntryPrinter){.format = cases[i].format}, &entry, cases[i].text, strlen(cases[i].text));
        entry_done(&entry);
}

Test(entry_print, bytes_pass_into_a_pipe_and_not_to_a_terminal, .init = utc)
{
        static const char message[] = "\x1b[2Ja\0\xff";
        Entry entry = ENTRY_NULL;

        entry_add(&entry, (EntryField){.name = "MESSAGE", .name_size = 7, .value = message, .size = 7});
        expect(&(EntryPrinter){.format = FORMAT_CAT}, &entry, "\x1b[2Ja\0\xff\n", 8);
        expect(&(EntryPrinter){.format = FORMAT_CAT, .safe = true}, &entry, "\\x1b[2Ja\\x00\\xff\n", 17);
        expect(&(EntryPrinter){.format = FORMAT_EXPORT}, &entry,
               "__REALTIME_TIMESTAMP=0\nMESSAGE\n\7\0\0\0\0\0\0\0\x1b[2Ja\0\xff\n\n", 48);
        entry_done(&entry);
}

Test(entry_print, json_gives_bytes_as_numbers_and_repeated_fields_as_lists, .init = utc)
{
        static const char json[] = "{\"__REALTIME_TIMESTAMP\":\"0\",\"MESSAGE\":[97,255],\"X\":[\"1\",\"2\"]}\n";
        Entry entry = ENTRY_NULL;

        ENTRY(&entry, 0, "MESSAGE=a\xff", "X=1", "X=2");
        expect(&(EntryPrinter){.format = FORMAT_JSON}, &entry, json, sizeof(json) - 1);
        entry_done(&entry);
}

Test(entry_print, further_lines_of_a_message_are_indented, .init = utc)
{
        static const char text[] = "Nov 20 21:13:05 tended: one\n                        two\n";
        Entry entry = ENTRY_NULL;

        ENTRY(&entry, WHEN, "MESSAGE=one\ntwo", "SYSLOG_IDENTIFIER=tended");
        expect(&(EntryPrinter){.format = FORMAT_SHORT}, &entry, text, sizeof(text) - 1);
        entry_done(&entry);
}

Test(entry_print, missed_lines_are_told)
{
        static const char text[] = "-- web: 12 lines were missed: this reader was too slow --\n";
        Entry entry = ENTRY_NULL;

        ENTRY(&entry, WHEN, "TENDED_MISSED=12", "TENDED_SERVICE=web");
        expect(&(EntryPrinter){.format = FORMAT_SHORT}, &entry, text, sizeof(text) - 1);
        entry_done(&entry);
}

Test(entry_print, colours_follow_the_priority, .init = utc)
{
        static const char text[] = "Nov 20 21:13:05 web: \x1b[0;1;31mbad\x1b[0m\n";
        Entry entry = ENTRY_NULL;

        ENTRY(&entry, WHEN, "MESSAGE=bad", "SYSLOG_IDENTIFIER=web", "PRIORITY=3");
        expect(&(EntryPrinter){.format = FORMAT_SHORT, .style = {.colours = true}}, &entry, text, sizeof(text) - 1);
        entry_done(&entry);
}

Test(entry_print, every_format_has_a_name)
{
        for (int i = 0; i < _ENTRY_FORMAT_N; i++)
                cr_assert_eq(entry_format_from_string(entry_format_names()[i]), i);
        cr_assert_lt(entry_format_from_string("nonsense"), 0);
}
