/* SPDX-License-Identifier: MIT */

/* verify FIELD=VALUE [--text TEXT] [--numbered] [--size BYTES]: looks at all entries of the journal with that field,
 * oldest first, and prints as JSON how many there are, how many have another text, how many numbers (of flood
 * --numbered) are missing, came twice or came out of order, and whether the TENDED_BATCH numbers agree with the
 * count. */

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-journal.h>

#include "common/macro.h"

typedef struct Check {
        const char *text;
        size_t size;
        bool numbered;
        uint64_t n, n_wrong, n_missing, n_again;
        uint64_t expected; /* the next number */
        uint64_t batch, batch_lines, n_batches, n_batch_wrong;
} Check;

/* The field's value; false where the entry has none. */
static bool get(sd_journal *journal, const char *name, const char **ret, size_t *ret_size)
{
        const void *data;
        size_t size;

        if (sd_journal_get_data(journal, name, &data, &size) < 0)
                return false;
        *ret = (const char *) data + strlen(name) + 1;
        *ret_size = size - strlen(name) - 1;
        return true;
}

static void check_number(Check *check, const char **text, size_t *size)
{
        uint64_t number = 0;
        size_t i = 0;

        for (; i < *size && (*text)[i] >= '0' && (*text)[i] <= '9'; i++)
                number = 10 * number + (uint64_t) ((*text)[i] - '0');
        if (i == 0 || i >= *size || (*text)[i] != ' ') {
                check->n_wrong++;
                return;
        }
        *text += i + 1;
        *size -= i + 1;

        if (number > check->expected)
                check->n_missing += number - check->expected;
        if (number < check->expected)
                check->n_again++;
        else
                check->expected = number + 1;
}

static void check_text(Check *check, const char *text, size_t size)
{
        size_t length = strlen(check->text), whole = size;

        if (check->numbered)
                check_number(check, &text, &size);
        if (size < length || memcmp(text, check->text, length) != 0 || (check->size == 0 && size != length) ||
            (check->size > 0 && whole != check->size - 1))
                check->n_wrong++;
}

/* The lines of a batch follow each other, and the next batch's number is what these add up to. */
static void check_batch(Check *check, sd_journal *journal)
{
        const char *value;
        uint64_t batch = 0;
        size_t size;

        if (!get(journal, "TENDED_BATCH", &value, &size))
                return;
        for (size_t i = 0; i < size; i++)
                batch = 10 * batch + (uint64_t) (value[i] - '0');

        if (batch == check->batch) {
                check->batch_lines++;
                return;
        }
        if (batch != check->batch + check->batch_lines)
                check->n_batch_wrong++;
        check->batch = batch;
        check->batch_lines = 1;
        check->n_batches++;
}

static int check_all(Check *check, const char *match)
{
        sd_journal *journal;
        const char *text;
        size_t size;
        int r;

        r = sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY);
        if (r < 0)
                return r;
        (void) sd_journal_set_data_threshold(journal, 0);
        r = sd_journal_add_match(journal, match, 0);
        while (r >= 0 && (r = sd_journal_next(journal)) > 0) {
                if (!get(journal, "MESSAGE", &text, &size))
                        continue;
                check->n++;
                check_text(check, text, size);
                check_batch(check, journal);
        }
        sd_journal_close(journal);
        return r;
}

int main(int argc, char **argv)
{
        static const struct option options[] = {
                {"size", required_argument, NULL, 's'},
                {"numbered", no_argument, NULL, 'n'},
                {"text", required_argument, NULL, 't'},
                {},
        };
        Check check = {.text = "Hello there!!", .batch = 1};
        int c, r;

        while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0)
                switch (c) {
                case 's':
                        check.size = strtoull(optarg, NULL, 10);
                        break;
                case 'n':
                        check.numbered = true;
                        break;
                case 't':
                        check.text = optarg;
                        break;
                default:
                        return 2;
                }
        if (optind + 1 != argc)
                return 2;

        r = check_all(&check, argv[optind]);
        if (r < 0) {
                fprintf(stderr, "verify: %s\n", strerror(-r));
                return 1;
        }
        printf("{\"lines\": %" PRIu64 ", \"wrong\": %" PRIu64 ", \"missing\": %" PRIu64 ", \"again\": %" PRIu64
               ", \"batches\": %" PRIu64 ", \"batch_wrong\": %" PRIu64 "}\n",
               check.n, check.n_wrong, check.n_missing, check.n_again, check.n_batches, check.n_batch_wrong);
        return 0;
}
