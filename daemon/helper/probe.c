/* SPDX-License-Identifier: MIT */

/* tended-helper probe ID
 *
 * Looks whether the two entries with TENDED_PROBE=ID, which the daemon sent in one datagram, are in the journal. Exit
 * status 0: both; 1: only one of them, so this journald keeps the first entry of a datagram and no more; 2: none came
 * within the time, or the journal can't be read. journald stores the entries of a datagram in one go, so a second one
 * that isn't there a moment after the first will not come.
 *
 * It looks again with growing pauses instead of waiting for a change: journald tells of changes only 250 ms later.
 * The journal is opened anew each time, as the files may be new, too. */

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-journal.h>
#include <time.h>
#include <unistd.h>

#include "helper/helper.h"

#define PATIENCE_SEC   10
#define PAUSE_MIN_USEC (2 * USEC_PER_MSEC)
#define PAUSE_MAX_USEC (200 * USEC_PER_MSEC)
/* The second entry gets so long after the first was seen. */
#define SECOND_USEC    (500 * USEC_PER_MSEC)

static usec_t now_usec(void)
{
        struct timespec now;

        (void) clock_gettime(CLOCK_MONOTONIC, &now);
        return (usec_t) now.tv_sec * USEC_PER_SEC + (usec_t) now.tv_nsec / 1000;
}

static int count_entries(const char *match)
{
        sd_journal *journal;
        int r, n = 0;

        r = sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY);
        if (r < 0)
                return r;
        r = sd_journal_add_match(journal, match, 0);
        if (r >= 0)
                r = sd_journal_seek_tail(journal);
        while (r >= 0 && n < 2 && (r = sd_journal_previous(journal)) > 0)
                n++;
        sd_journal_close(journal);
        return r < 0 ? r : n;
}

int helper_probe(int argc, char **argv)
{
        usec_t end = now_usec() + PATIENCE_SEC * USEC_PER_SEC, first_seen = USEC_INFINITY;
        char match[64];

        if (argc != 2 || strlen(argv[1]) > 32)
                return 2;
        (void) snprintf(match, sizeof(match), "TENDED_PROBE=%s", argv[1]);
        /* A journal on a disk that hangs is no reason to hang about: the daemon tries again. */
        (void) signal(SIGALRM, SIG_DFL);
        (void) alarm(3 * PATIENCE_SEC);

        for (usec_t pause = PAUSE_MIN_USEC; now_usec() < end; pause = MIN(2 * pause, PAUSE_MAX_USEC)) {
                int n = count_entries(match);

                if (n >= 2)
                        return 0;
                if (n == 1 && first_seen == USEC_INFINITY)
                        first_seen = now_usec();
                if (n == 1 && now_usec() > usec_add(first_seen, SECOND_USEC))
                        return 1;
                (void) usleep((useconds_t) pause);
        }
        return 2;
}
