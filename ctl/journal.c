/* SPDX-License-Identifier: MIT */

/* Reading through sd-journal, which matches by index. Lines name their service themselves, or (LogFields=minimal)
 * only their run: whose that is stands in the run's events. So there are two ways to match a service, by its name and
 * by its identifier, and what comes the second way is looked at. */

#include "ctl/journal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>

#include "common/strv.h"
#include "common/text.h"
#include "ctl/entry.h"

/* Beyond that many values matching each of them costs more than looking at everything. */
#define MATCHED_VALUES_MAX 48

/* Whose run it is. */
typedef struct RunOwner {
        char invocation[40];
        char *service; /* NULL: nobody's that we know */
} RunOwner;

struct Journal {
        sd_journal *journal;
        JournalAsk *ask;
        const JournalQuery *query; /* weak */
        char boot[SD_ID128_STRING_MAX];
        Text bytes; /* behind the current entry's fields */
        RunOwner *owners;
        size_t n_owners;
};

Journal *journal_free(Journal *journal)
{
        if (!journal)
                return NULL;
        if (journal->journal)
                sd_journal_close(journal->journal);
        journal_ask_free(journal->ask);
        for (size_t i = 0; i < journal->n_owners; i++)
                free(journal->owners[i].service);
        free(journal->owners);
        text_done(&journal->bytes);
        free(journal);
        return NULL;
}

static int add_match(sd_journal *j, const char *field, const char *value)
{
        char match[512];
        int n = snprintf(match, sizeof(match), "%s=%s", field, value);

        return n < 0 || (size_t) n >= sizeof(match) ? -E2BIG : sd_journal_add_match(j, match, (size_t) n);
}

/* What every entry of ours has. */
static int match_sender(const Journal *journal, sd_journal *j)
{
        char uid[24];
        int r;

        (void) snprintf(uid, sizeof(uid), "%u", (unsigned) journal->query->uid);
        r = add_match(j, "_UID", uid);
        if (r < 0)
                return r;
        if (journal->query->this_boot) {
                r = add_match(j, "_BOOT_ID", journal->boot);
                if (r < 0)
                        return r;
        }
        return journal->query->invocation ? add_match(j, "TENDED_INVOCATION_ID", journal->query->invocation) : 0;
}

static int match_values(const Journal *journal, sd_journal *j, const char *field, char *const *values)
{
        int r;

        r = match_sender(journal, j);
        if (r < 0)
                return r;
        STRV_FOREACH (value, values) {
                r = add_match(j, field, *value);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Does the index do the choosing? */
static bool is_matched(const JournalQuery *query)
{
        return query->services &&
               strv_length(query->services) + strv_length(query->identifiers) <= MATCHED_VALUES_MAX;
}

static int match_query(const Journal *journal, sd_journal *j)
{
        const JournalQuery *query = journal->query;
        int r;

        if (!is_matched(query))
                return match_sender(journal, j);

        r = match_values(journal, j, "TENDED_SERVICE", query->services);
        if (r < 0)
                return r;
        r = sd_journal_add_disjunction(j);
        if (r < 0)
                return r;
        return match_values(journal, j, "SYSLOG_IDENTIFIER", query->identifiers);
}

int journal_open(const JournalQuery *query, Journal **ret)
{
        _cleanup_(journal_freep) Journal *journal = NULL;
        sd_id128_t boot;
        int r;

        journal = calloc(1, sizeof(*journal));
        if (!journal)
                return -ENOMEM;
        journal->query = query;
        r = sd_id128_get_boot(&boot);
        if (r < 0)
                return r;
        (void) sd_id128_to_string(boot, journal->boot);

        r = sd_journal_open(&journal->journal, SD_JOURNAL_LOCAL_ONLY);
        if (r < 0)
                return r;
        r = journal_ask_open(query->uid, &journal->ask);
        if (r < 0)
                return r;
        (void) sd_journal_set_data_threshold(journal->journal, 0);
        r = match_query(journal, journal->journal);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(journal);
        return 0;
}

JournalAsk *journal_ask(Journal *journal)
{
        return journal->ask;
}

int journal_seek_head(Journal *journal)
{
        return sd_journal_seek_head(journal->journal);
}

int journal_seek_tail(Journal *journal)
{
        return sd_journal_seek_tail(journal->journal);
}

int journal_seek_time(Journal *journal, usec_t realtime)
{
        return sd_journal_seek_realtime_usec(journal->journal, realtime);
}

int journal_wait(Journal *journal, usec_t timeout)
{
        return sd_journal_wait(journal->journal, timeout);
}

/* Fields that only a machine wants. */
static bool is_wanted(const Journal *journal, const char *data, size_t size)
{
        static const char source[] = "_SOURCE_REALTIME_TIMESTAMP=";

        if (journal->query->all_fields || size == 0 || data[0] != '_')
                return true;
        return size > sizeof(source) && memcmp(data, source, sizeof(source) - 1) == 0;
}

/* The library lends one field at a time; what is kept is copied. Fields point to the copies once all are there. */
static int read_fields(Journal *journal, Entry *entry)
{
        const void *data;
        size_t size;
        int r;

        journal->bytes.n = 0;
        sd_journal_restart_data(journal->journal);
        while ((r = sd_journal_enumerate_available_data(journal->journal, &data, &size)) > 0) {
                const char *equals = memchr(data, '=', size);

                if (!equals || !is_wanted(journal, data, size))
                        continue;
                text_add(&journal->bytes, data, size);
                r = entry_add(entry, (EntryField){.name_size = (size_t) (equals - (const char *) data),
                                                  .size = size - (size_t) (equals - (const char *) data) - 1});
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;
        if (journal->bytes.failed)
                return -ENOMEM;

        data = journal->bytes.bytes;
        for (size_t i = 0; i < entry->n_fields; i++) {
                EntryField *field = &entry->fields[i];

                field->name = data;
                field->value = field->name + field->name_size + 1;
                data = field->value + field->size;
        }
        return 0;
}

static int read_entry(Journal *journal, Entry *entry)
{
        int r;

        entry_clear(entry);
        r = read_fields(journal, entry);
        if (r < 0)
                return r;
        r = sd_journal_get_realtime_usec(journal->journal, &entry->realtime);
        if (r < 0)
                return r;
        entry->sent = entry_number(entry, "_SOURCE_REALTIME_TIMESTAMP", 0);
        if (journal->query->all_fields)
                (void) sd_journal_get_cursor(journal->journal, &entry->cursor);
        return 0;
}

/* The service of a run, "" where it is not known. */
static const char *owner_of(Journal *journal, const char *invocation)
{
        RunOwner *owners, *owner;

        /* The runs whose lines come are the last ones that were asked for. */
        for (size_t i = journal->n_owners; i-- > 0;)
                if (strcmp(journal->owners[i].invocation, invocation) == 0)
                        return journal->owners[i].service ? journal->owners[i].service : "";

        owners = reallocarray(journal->owners, journal->n_owners + 1, sizeof(*owners));
        if (!owners)
                return "";
        journal->owners = owners;
        owner = &owners[journal->n_owners++];
        *owner = (RunOwner){0};
        (void) snprintf(owner->invocation, sizeof(owner->invocation), "%s", invocation);
        (void) journal_ask_owner(journal->ask, invocation, &owner->service);
        return owner->service ? owner->service : "";
}

/* Does the entry belong to what was asked for? An entry that doesn't name its service is given the name. */
static int accept(Journal *journal, Entry *entry)
{
        char service[256], invocation[40];
        const char *owner;
        int r;

        entry_string(entry, "TENDED_SERVICE", service, sizeof(service));
        entry_string(entry, "TENDED_INVOCATION_ID", invocation, sizeof(invocation));
        if (!*service && !*invocation)
                return journal->query->all && entry_find(entry, "TENDED_EVENT_TIMESTAMP");

        if (!*service) {
                owner = owner_of(journal, invocation);
                (void) snprintf(service, sizeof(service), "%s", owner);
                r = entry_add(entry, (EntryField){.name = "TENDED_SERVICE",
                                                  .name_size = strlen("TENDED_SERVICE"),
                                                  .value = owner,
                                                  .size = strlen(owner)});
                if (r < 0)
                        return r;
        }
        return journal->query->all || strv_contains(journal->query->services, service);
}

/* A cheap look before all fields are read. */
static bool may_be_ours(const Journal *journal)
{
        const void *data;
        size_t size;

        if (is_matched(journal->query))
                return true;
        return sd_journal_get_data(journal->journal, "TENDED_INVOCATION_ID", &data, &size) >= 0 ||
               sd_journal_get_data(journal->journal, "TENDED_EVENT_TIMESTAMP", &data, &size) >= 0;
}

static int step(Journal *journal, Entry *entry, int (*move)(sd_journal *j))
{
        int r;

        while ((r = move(journal->journal)) > 0) {
                if (!may_be_ours(journal))
                        continue;
                r = read_entry(journal, entry);
                /* A file that is broken, or was removed meanwhile: what is left is worth reading. */
                if (r == -EBADMSG || r == -EADDRNOTAVAIL || r == -EIO)
                        continue;
                if (r >= 0)
                        r = accept(journal, entry);
                if (r != 0)
                        return r;
        }
        return r;
}

int journal_next(Journal *journal, Entry *entry)
{
        return step(journal, entry, sd_journal_next);
}

int journal_previous(Journal *journal, Entry *entry)
{
        return step(journal, entry, sd_journal_previous);
}
