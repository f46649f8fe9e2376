/* SPDX-License-Identifier: MIT */

/* Each question is a set of matches and a step or two. Nothing is changed in what somebody else reads meanwhile: the
 * questions have a journal handle of their own. */

#include "ctl/journal-ask.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-journal.h>

#include "common/strv.h"

/* Entries looked at where the index can't tell the streams of a run apart. */
#define STEPS_MAX 4096

struct JournalAsk {
        sd_journal *journal;
        char uid[24];
};

JournalAsk *journal_ask_free(JournalAsk *ask)
{
        if (!ask)
                return NULL;
        if (ask->journal)
                sd_journal_close(ask->journal);
        free(ask);
        return NULL;
}

int journal_ask_open(uid_t uid, JournalAsk **ret)
{
        _cleanup_(journal_ask_freep) JournalAsk *ask = calloc(1, sizeof(*ask));
        int r;

        if (!ask)
                return -ENOMEM;
        (void) snprintf(ask->uid, sizeof(ask->uid), "%u", (unsigned) uid);
        r = sd_journal_open(&ask->journal, SD_JOURNAL_LOCAL_ONLY);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(ask);
        return 0;
}

typedef struct Match {
        const char *field, *value;
} Match;

/* Exactly these, and the sender's. */
static int set_matches(JournalAsk *ask, const Match *matches, size_t n)
{
        char text[512];
        int r;

        sd_journal_flush_matches(ask->journal);
        (void) snprintf(text, sizeof(text), "_UID=%s", ask->uid);
        r = sd_journal_add_match(ask->journal, text, 0);
        for (size_t i = 0; i < n && r >= 0; i++) {
                int size = snprintf(text, sizeof(text), "%s=%s", matches[i].field, matches[i].value);

                if (size < 0 || (size_t) size >= sizeof(text))
                        return -E2BIG;
                r = sd_journal_add_match(ask->journal, text, (size_t) size);
        }
        return r < 0 ? r : 0;
}

/* The value of a field of the current entry; "" where it has none. */
static void get_string(JournalAsk *ask, const char *field, char *buf, size_t size)
{
        size_t n, skip = strlen(field) + 1;
        const void *data;

        buf[0] = '\0';
        if (sd_journal_get_data(ask->journal, field, &data, &n) < 0 || n < skip)
                return;
        n = MIN(n - skip, size - 1);
        memcpy(buf, (const char *) data + skip, n);
        buf[n] = '\0';
}

static uint64_t get_number(JournalAsk *ask, const char *field)
{
        char text[24];

        get_string(ask, field, text, sizeof(text));
        return strtoull(text, NULL, 10);
}

int journal_ask_owner(JournalAsk *ask, const char *invocation, char **ret)
{
        const Match matches[] = {{"TENDED_INVOCATION_ID", invocation}, {"SYSLOG_IDENTIFIER", "tended"}};
        char service[256], *copy;
        int r;

        /* A run's events always name its service. */
        r = set_matches(ask, matches, ELEMENTSOF(matches));
        if (r >= 0)
                r = sd_journal_seek_head(ask->journal);
        if (r >= 0)
                r = sd_journal_next(ask->journal);
        if (r <= 0)
                return r < 0 ? r : -ENOENT;
        get_string(ask, "TENDED_SERVICE", service, sizeof(service));
        if (!*service)
                return -ENOENT;
        copy = strdup(service);
        if (!copy)
                return -ENOMEM;
        *ret = copy;
        return 0;
}

/* From the end back: the last batch of the stream, counted. Entries of one datagram were sent at once. */
static int count_back(JournalAsk *ask, const char *stream, uint64_t *ret)
{
        uint64_t batch = 0, sent = 0, n = 0;
        char text[16];
        int r;

        r = sd_journal_seek_tail(ask->journal);
        if (r < 0)
                return r;
        for (unsigned steps = 0; steps < STEPS_MAX && (r = sd_journal_previous(ask->journal)) > 0; steps++) {
                uint64_t b = get_number(ask, "TENDED_BATCH"), line = get_number(ask, "TENDED_LINE");

                get_string(ask, "TENDED_STREAM", text, sizeof(text));
                if (b == 0 || strcmp(*text ? text : "stdout", stream) != 0)
                        continue;
                if (line > 0 && n == 0) {
                        *ret = line;
                        return 0;
                }
                if (n > 0 && (b != batch || get_number(ask, "_SOURCE_REALTIME_TIMESTAMP") != sent))
                        break;
                batch = b;
                sent = get_number(ask, "_SOURCE_REALTIME_TIMESTAMP");
                n++;
        }
        if (r < 0)
                return r;
        *ret = n > 0 ? batch + n - 1 : 0;
        return 0;
}

int journal_ask_last_number(JournalAsk *ask, const char *key, uint64_t *ret)
{
        static const char *const streams[] = {"stdout", "stderr", "stdin"};
        const char *slash = strchr(key, '/');
        _cleanup_free_ char *invocation = NULL;
        unsigned index;
        uint64_t number;
        int r;

        if (!slash || slash[1] < '0' || (index = (unsigned) (slash[1] - '0')) >= ELEMENTSOF(streams))
                return -EINVAL;
        invocation = strndup(key, (size_t) (slash - key));
        if (!invocation)
                return -ENOMEM;

        r = set_matches(ask, (Match[]){{"TENDED_INVOCATION_ID", invocation}, {"TENDED_STREAM", streams[index]}}, 2);
        if (r >= 0)
                r = count_back(ask, streams[index], &number);
        if (r < 0)
                return r;
        if (number == 0 && index == 0) {
                /* With few fields stdout has no TENDED_STREAM. */
                r = set_matches(ask, (Match[]){{"TENDED_INVOCATION_ID", invocation}}, 1);
                if (r >= 0)
                        r = count_back(ask, streams[index], &number);
                if (r < 0)
                        return r;
        }
        *ret = number;
        return 0;
}

int journal_ask_event(JournalAsk *ask, const char *key, uint64_t timestamp)
{
        const char *slash = strchr(key, '/');
        _cleanup_free_ char *service = NULL;
        char number[24];
        int r;

        if (!slash)
                return -EINVAL;
        service = strndup(key, (size_t) (slash - key));
        if (!service)
                return -ENOMEM;
        (void) snprintf(number, sizeof(number), "%" PRIu64, timestamp);

        r = set_matches(
                ask,
                (Match[]){{"MESSAGE_ID", slash + 1}, {"TENDED_EVENT_TIMESTAMP", number}, {"TENDED_SERVICE", service}},
                *service ? 3 : 2);
        if (r >= 0)
                r = sd_journal_seek_head(ask->journal);
        return r < 0 ? r : sd_journal_next(ask->journal);
}

int journal_ask_runs(JournalAsk *ask, const char *service, size_t max, char ***ret)
{
        const Match matches[] = {{"TENDED_SERVICE", service}, {"SYSLOG_IDENTIFIER", "tended"}};
        char invocation[40];
        int r;

        r = set_matches(ask, matches, ELEMENTSOF(matches));
        if (r >= 0)
                r = sd_journal_seek_tail(ask->journal);
        if (r < 0)
                return r;

        while (strv_length(*ret) < max && (r = sd_journal_previous(ask->journal)) > 0) {
                get_string(ask, "TENDED_INVOCATION_ID", invocation, sizeof(invocation));
                if (!*invocation || strv_contains(*ret, invocation))
                        continue;
                r = strv_extend(ret, invocation);
                if (r < 0)
                        return r;
        }
        return r < 0 ? r : 0;
}

static int add_service(char ***services, const char *name, size_t size)
{
        _cleanup_free_ char *copy = strndup(name, size);

        if (!copy)
                return -ENOMEM;
        return strv_contains(*services, copy) ? 0 : strv_extend(services, copy);
}

int journal_ask_services(JournalAsk *ask, char ***ret)
{
        static const size_t prefix = sizeof("TENDED_SERVICE=") - 1;
        _cleanup_(strv_freep) char **services = NULL;
        const void *data;
        size_t size;
        int r;

        r = sd_journal_query_unique(ask->journal, "TENDED_SERVICE");
        while (r >= 0 && (r = sd_journal_enumerate_available_unique(ask->journal, &data, &size)) > 0)
                if (size > prefix)
                        r = add_service(&services, (const char *) data + prefix, size - prefix);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(services);
        return 0;
}
