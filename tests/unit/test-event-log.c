/* SPDX-License-Identifier: MIT */

/* Table and catalog say the same: each event has an id of its own, and each id a text that helps. */

#include "engine/event-log.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/id128.h"

#define CATALOG TEST_DATA_FOLDER "/../../../units/tended.catalog"

static char *read_catalog(void)
{
        static char text[65536];
        FILE *file = fopen(CATALOG, "re");

        cr_assert(file, "%s", CATALOG);
        text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
        fclose(file);
        return text;
}

Test(event_log, every_event_has_a_name_and_an_id_of_its_own)
{
        for (unsigned i = 0; i < _EVENT_ID_N; i++) {
                const EventInfo *info = event_info((EventId) i);
                Id128 id;

                cr_assert(info->name, "event %u has no row", i);
                cr_assert_eq(id128_parse(info->message_id, &id), 0, "%s", info->name);
                cr_assert(info->priority >= 0 && info->priority <= 7);
                for (unsigned j = 0; j < i; j++) {
                        cr_assert_str_neq(info->message_id, event_info((EventId) j)->message_id, "%s", info->name);
                        cr_assert_str_neq(info->name, event_info((EventId) j)->name);
                }
        }
}

Test(event_log, every_id_has_one_entry_in_the_catalog_with_subject_and_text)
{
        const char *catalog = read_catalog();

        for (unsigned i = 0; i < _EVENT_ID_N; i++) {
                const EventInfo *info = event_info((EventId) i);
                const char *entry, *subject, *body, *next;
                char mark[64];

                snprintf(mark, sizeof(mark), "\n-- %s\n", info->message_id);
                entry = strstr(catalog, mark);
                cr_assert(entry, "the catalog lacks %s (%s)", info->message_id, info->name);
                cr_assert_null(strstr(entry + 1, mark), "%s stands there twice", info->name);
                next = strstr(entry + 1, "\n-- ");
                subject = strstr(entry, "\nSubject: ");
                cr_assert(subject && (!next || subject < next), "%s has no subject", info->name);
                body = strstr(entry, "\n\n");
                cr_assert(body && (!next || body < next), "%s has no text", info->name);
                cr_assert_gt((next ? next : catalog + strlen(catalog)) - body, 80, "%s says too little", info->name);
        }
}

Test(event_log, the_catalog_explains_nothing_that_does_not_happen)
{
        const char *catalog = read_catalog();
        unsigned n = 0;

        for (const char *p = catalog; (p = strstr(p, "\n-- ")); p++)
                n++;
        cr_assert_eq(n, (unsigned) _EVENT_ID_N);
}
