/* SPDX-License-Identifier: MIT */

/* What is read out of the datagrams of sd_notify. */

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "core/notify.h"

static int parse(const char *text, NotifyMessage *ret)
{
        return notify_parse(text, strlen(text), ret);
}

Test(notify, words_that_it_knows)
{
        static const struct {
                const char *text;
                unsigned words;
        } cases[] = {
                {"", 0},
                {"READY=1", 1u << NOTIFY_READY},
                {"READY=1\n", 1u << NOTIFY_READY},
                {"\n\nREADY=1\n\n", 1u << NOTIFY_READY},
                {"RELOADING=1\nMONOTONIC_USEC=12", 1u << NOTIFY_RELOADING},
                {"STOPPING=1", 1u << NOTIFY_STOPPING},
                {"RELOADING=1\nREADY=1", 1u << NOTIFY_READY},
                {"READY=1\nSTOPPING=1", 1u << NOTIFY_STOPPING},
                {"WATCHDOG=1", 1u << NOTIFY_WATCHDOG},
                {"WATCHDOG=trigger", 1u << NOTIFY_WATCHDOG_TRIGGER},
                {"BARRIER=1", 1u << NOTIFY_BARRIER},
                {"FDSTORE=1\nFDNAME=x", 1u << NOTIFY_FDSTORE},
                {"READY=0", 0},
                {"READY=", 0},
                {"READY", 0},
                {"ready=1", 0},
                {" READY=1", 0},
                {"READY=1 ", 0},
                {"WATCHDOG=2", 0},
                {"EXIT_STATUS=1\nBUSERROR=a.b\nX_MINE=1", 0},
        };
        NotifyMessage message;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                cr_assert_eq(parse(cases[i].text, &message), 0);
                cr_expect_eq(message.words, cases[i].words, "%s", cases[i].text);
        }
}

Test(notify, numbers_are_whole_and_within_their_bounds)
{
        static const struct {
                const char *text;
                bool is_one;
        } cases[] = {
                {"ERRNO=0", true},
                {"ERRNO=4095", true},
                {"ERRNO=4096", false},
                {"ERRNO=-1", false},
                {"ERRNO=", false},
                {"ERRNO=2x", false},
                {"ERRNO=0x2", false},
                {"ERRNO=02", false},
                {"MAINPID=1", true},
                {"MAINPID=2147483647", true},
                {"MAINPID=2147483648", false},
                {"MAINPID=0", false},
                {"MAINPID=+1", false},
                {"WATCHDOG_USEC=0", true},
                {"WATCHDOG_USEC=18446744073709551615", true},
                {"WATCHDOG_USEC=18446744073709551616", false},
                {"EXTEND_TIMEOUT_USEC=1", true},
                {"EXTEND_TIMEOUT_USEC=0", false},
                {"EXTEND_TIMEOUT_USEC=18446744073709551615", false},
        };
        NotifyMessage message;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                cr_assert_eq(parse(cases[i].text, &message), 0);
                cr_expect_eq(message.words != 0, cases[i].is_one, "%s", cases[i].text);
        }
}

Test(notify, of_two_of_a_name_the_first_counts)
{
        NotifyMessage message;

        cr_assert_eq(parse("STATUS=a\nSTATUS=b\nERRNO=1\nERRNO=2\nMAINPID=3\nMAINPID=4\nEXTEND_TIMEOUT_USEC=5\n"
                           "EXTEND_TIMEOUT_USEC=6\nWATCHDOG_USEC=18446744073709551615\nWATCHDOG_USEC=8",
                           &message),
                     0);
        cr_assert_str_eq(message.status, "a");
        cr_assert_eq(message.error, 1);
        cr_assert_eq(message.main_pid, 3);
        cr_assert_eq(message.extend_usec, 5u);
        cr_assert_eq(message.watchdog_usec, 0u, "infinity is no watchdog");
}

Test(notify, a_status_is_text_for_a_terminal)
{
        NotifyMessage message;

        cr_assert_eq(parse("STATUS=", &message), 0);
        cr_assert(notify_says(&message, NOTIFY_STATUS));
        cr_assert_str_eq(message.status, "");
        cr_assert_eq(parse("STATUS=gr\xc3\xbc\xc3\x9f dich\tund \x1b[1m\x7f", &message), 0);
        cr_assert_str_eq(message.status, "gr\xc3\xbc\xc3\x9f dich und  [1m ");
        cr_assert_eq(parse("STATUS=no \xff text\nREADY=1", &message), 0);
        cr_assert_eq(message.words, 1u << NOTIFY_READY);
}

Test(notify, what_is_too_long_or_holds_a_nul_is_no_message)
{
        static char big[NOTIFY_SIZE_MAX + 2];
        NotifyMessage message;

        memset(big, 'X', sizeof(big));
        memcpy(big, "READY=1\n", 8);
        cr_assert_eq(notify_parse(big, NOTIFY_SIZE_MAX, &message), 0);
        cr_assert_eq(message.words, 1u << NOTIFY_READY);
        cr_assert_eq(notify_parse(big, NOTIFY_SIZE_MAX + 1, &message), -EBADMSG);
        cr_assert_eq(notify_parse("READY=1\0", 8, &message), 0);
        cr_assert_eq(message.words, 1u << NOTIFY_READY);
        cr_assert_eq(notify_parse("READY=1\0\0", 9, &message), -EBADMSG);
        cr_assert_eq(notify_parse("READY=1\0READY=1", 15, &message), -EBADMSG);
        cr_assert_eq(notify_parse("", 0, &message), 0);
}
