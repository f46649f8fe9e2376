/* SPDX-License-Identifier: MIT */

/* What is composed is read back by our own reader of journald's protocol. */

#include "core/entry.h"

#include "common/native-entry.h"
#include "ring-fixture.h"

static const EntryIdentity identity = {
        .service = "worker@2",
        .identifier = "worker",
        .invocation_id = {{0xab, 0xcd}},
        .extra_fields = (char *[]){(char *) "COLOUR=blue", (char *) "TWO=a\nb", NULL},
        .with_unit = true,
};

static void flatten(const EntryDatagram *datagram, Text *ret)
{
        for (unsigned i = 0; i < datagram->n_iov; i++)
                text_add(ret, datagram->iov[i].iov_base, datagram->iov[i].iov_len);
        cr_assert_eq(ret->n, datagram->size);
        cr_assert_not(ret->failed);
}

/* The value of a field of the entry at `entry` (from 0); NULL where it has none. */
static char *find(const char *data, size_t size, unsigned entry, const char *name, size_t *ret_size)
{
        NativeReader reader = NATIVE_READER(data, size);
        NativeField field;

        for (unsigned i = 0; native_reader_has_more(&reader); i++) {
                int r;

                while ((r = native_reader_next(&reader, &field)) > 0)
                        if (i == entry && native_field_is(&field, name)) {
                                char *copy = strndup("", 0);

                                copy = realloc(copy, field.value_size + 1);
                                memcpy(copy, field.value, field.value_size);
                                copy[field.value_size] = '\0';
                                if (ret_size)
                                        *ret_size = field.value_size;
                                return copy;
                        }
                cr_assert_eq(r, 0, "unreadable");
        }
        return NULL;
}

static void expect(const Text *text, unsigned entry, const char *name, const char *value)
{
        char *found = find(text->bytes, text->n, entry, name, NULL);

        if (!value)
                cr_assert_null(found, "entry %u has %s=%s", entry, name, found);
        else
                cr_assert(found && strcmp(found, value) == 0, "entry %u: %s is '%s', not '%s'", entry, name,
                          found ? found : "missing", value);
        free(found);
}

static unsigned count_entries(const Text *text)
{
        NativeReader reader = NATIVE_READER(text->bytes, text->n);
        NativeField field;
        unsigned n = 0;

        while (native_reader_has_more(&reader)) {
                int r;

                while ((r = native_reader_next(&reader, &field)) > 0)
                        ;
                cr_assert_eq(r, 0);
                n++;
        }
        return n;
}

static void make_batch(Fixture *fixture, LineBatch *batch, const char *data, size_t size)
{
        LineBatch skipped;

        fixture_init(fixture, 10);
        fixture_run(fixture, 0, 0, 10);
        fixture_write(fixture, 0, 1, "first\n", 6);
        cr_assert_eq(line_reader_peek(&fixture->reader, &fixture->ring, UINT64_MAX, 64, &skipped), 1);
        line_reader_commit(&fixture->reader, &fixture->ring);
        fixture_write(fixture, 0, 1, data, size);
        ring_mark(&fixture->ring, 0, 1, 100, SEGMENT_EOF, 0);
        cr_assert_eq(line_reader_peek(&fixture->reader, &fixture->ring, UINT64_MAX, 64, batch), 1);
}

static const char lines[] = "plain\n<3>grave\n\na\0b\n0123456789ABC\ntail";

Test(entry, a_batch_becomes_one_datagram_that_reads_back)
{
        static EntryComposer composer;
        EntryStyle style = {.level = 6};
        Text fields = TEXT_NULL, text = TEXT_NULL;
        EntryDatagram datagram;
        Fixture fixture;
        LineBatch batch;
        size_t size;
        char *nul;

        entry_add_identity(&fields, &identity, 1, 4711);
        style.fields = fields.bytes;
        style.fields_size = fields.n;
        make_batch(&fixture, &batch, lines, sizeof(lines) - 1);
        cr_assert_eq(batch.n, 7);
        cr_assert_eq(entry_compose_several(&composer, &style, &batch, 0, batch.n, 65536, &datagram), 0);
        cr_assert_eq(datagram.n_entries, 7);
        /* A plain line costs two vectors. */
        cr_assert_leq(datagram.n_iov, 7 * 2 + 1 + 2 + 2);
        flatten(&datagram, &text);
        cr_assert_eq(count_entries(&text), 7);

        for (unsigned i = 0; i < 7; i++) {
                expect(&text, i, "SYSLOG_IDENTIFIER", "worker");
                expect(&text, i, "TENDED_SERVICE", "worker@2");
                expect(&text, i, "TENDED_STREAM", "stderr");
                expect(&text, i, "TENDED_INVOCATION_ID", "abcd0000000000000000000000000000");
                expect(&text, i, "TENDED_BATCH", "2");
                expect(&text, i, "TENDED_PID", "4711");
                expect(&text, i, "OBJECT_SYSTEMD_UNIT", "tended-worker@2.service");
                expect(&text, i, "COLOUR", "blue");
                expect(&text, i, "TWO", "a\nb");
                expect(&text, i, "PRIORITY", i == 1 ? "3" : "6");
                expect(&text, i, "TENDED_LINE", NULL);
                expect(&text, i, "TENDED_LINE_BREAK", i == 4 ? "line-max" : i == 6 ? "eof" : NULL);
        }
        expect(&text, 0, "MESSAGE", "plain");
        expect(&text, 1, "MESSAGE", "grave");
        expect(&text, 2, "MESSAGE", "");
        nul = find(text.bytes, text.n, 3, "MESSAGE", &size);
        cr_assert(size == 3 && memcmp(nul, "a\0b", 3) == 0);
        free(nul);
        expect(&text, 4, "MESSAGE", "0123456789");
        expect(&text, 5, "MESSAGE", "ABC");
        expect(&text, 6, "MESSAGE", "tail");

        text_done(&text);
        text_done(&fields);
        entry_composer_done(&composer);
        fixture_done(&fixture);
}

Test(entry, a_datagram_of_its_own_has_its_own_number)
{
        static EntryComposer composer;
        EntryStyle style = {.level = 6, .line_numbers = true};
        EntryIdentity minimal = identity;
        Text fields = TEXT_NULL;
        Fixture fixture;
        LineBatch batch;

        minimal.minimal = true;
        minimal.extra_fields = NULL;
        entry_add_identity(&fields, &minimal, 0, 4711);
        style.fields = fields.bytes;
        style.fields_size = fields.n;
        make_batch(&fixture, &batch, lines, sizeof(lines) - 1);
        entry_composer_reset(&composer);
        for (unsigned i = 0; i < batch.n; i++) {
                EntryDatagram datagram;
                Text text = TEXT_NULL;
                char number[16];

                entry_compose_one(&composer, &style, &batch, i, &datagram);
                cr_assert_eq(datagram.n_entries, 1);
                flatten(&datagram, &text);
                cr_assert_eq(count_entries(&text), 1);
                snprintf(number, sizeof(number), "%u", i + 2);
                expect(&text, 0, "TENDED_BATCH", number);
                expect(&text, 0, "TENDED_LINE", number);
                expect(&text, 0, "TENDED_SERVICE", NULL);
                expect(&text, 0, "TENDED_STREAM", NULL);
                expect(&text, 0, "TENDED_PID", NULL);
                expect(&text, 0, "OBJECT_SYSTEMD_UNIT", NULL);
                expect(&text, 0, "SYSLOG_IDENTIFIER", "worker");
                text_done(&text);
        }
        text_done(&fields);
        fixture_done(&fixture);
}

Test(entry, a_datagram_takes_what_fits_and_one_line_at_least)
{
        static EntryComposer composer;
        EntryStyle style = {.level = 6, .fields = "A=1\n", .fields_size = 4};
        EntryDatagram datagram;
        Fixture fixture;
        LineBatch batch;
        unsigned before = 0;

        make_batch(&fixture, &batch, lines, sizeof(lines) - 1);
        for (size_t max = 0; max < 2000; max += 10) {
                Text text = TEXT_NULL;

                entry_composer_reset(&composer);
                cr_assert_eq(entry_compose_several(&composer, &style, &batch, 0, batch.n, max, &datagram), 0);
                cr_assert(datagram.n_entries == 1 || datagram.size <= max);
                cr_assert_geq(datagram.n_entries, MAX(before, 1u));
                before = datagram.n_entries;
                flatten(&datagram, &text);
                cr_assert_eq(count_entries(&text), datagram.n_entries);
                text_done(&text);
        }
        cr_assert_eq(before, batch.n);

        /* The rest follows as a datagram of its own, numbered where it begins. */
        entry_composer_reset(&composer);
        cr_assert_eq(entry_compose_several(&composer, &style, &batch, 5, 2, 65536, &datagram), 0);
        Text rest = TEXT_NULL;
        flatten(&datagram, &rest);
        expect(&rest, 0, "TENDED_BATCH", "7");
        expect(&rest, 0, "MESSAGE", "ABC");
        expect(&rest, 1, "MESSAGE", "tail");
        text_done(&rest);
        entry_composer_done(&composer);
        fixture_done(&fixture);
}

Test(entry, a_follower_gets_a_long_line_in_parts)
{
        EntryStyle style = {.level = 6, .fields = "A=1\n", .fields_size = 4};
        Fixture fixture;
        LineBatch batch;

        fixture_init(&fixture, 100);
        fixture_run(&fixture, 0, 0, 100);
        fixture_write(&fixture, 0, 0, "0123", 4);
        fixture_write(&fixture, 0, 1, "x\n", 2);
        fixture_write(&fixture, 0, 0, "456789ABC\n", 10);
        cr_assert_eq(line_reader_peek(&fixture.reader, &fixture.ring, UINT64_MAX, 1, &batch), 1);
        line_reader_commit(&fixture.reader, &fixture.ring);
        cr_assert_eq(line_reader_peek(&fixture.reader, &fixture.ring, UINT64_MAX, 1, &batch), 1);
        cr_assert_eq(batch.n, 1);
        for (size_t max = 1; max < 20; max++) {
                Text text = TEXT_NULL;
                char whole[64] = "";
                unsigned n;

                entry_add_line(&text, &style, &batch, 0, max);
                n = count_entries(&text);
                cr_assert_eq(n, (13 + max - 1) / max);
                for (unsigned i = 0; i < n; i++) {
                        char *part = find(text.bytes, text.n, i, "MESSAGE", NULL);

                        strcat(whole, part);
                        free(part);
                        expect(&text, i, "TENDED_LINE_BREAK", i + 1 < n ? "continued" : NULL);
                        expect(&text, i, "TENDED_BATCH", "1");
                }
                cr_assert_str_eq(whole, "0123456789ABC");
                text_done(&text);
        }
        fixture_done(&fixture);
}

Test(entry, a_field_with_a_newline_takes_the_binary_form)
{
        Text text = TEXT_NULL;

        entry_add_string(&text, "ONE", "line");
        entry_add_field(&text, "TWO", "li\nne\0", 6);
        entry_add_number(&text, "THREE", UINT64_MAX);
        cr_assert_eq(text.n, sizeof("ONE=line\nTWO\n12345678li\nne\0\nTHREE=18446744073709551615\n") - 1);
        cr_assert_eq(memcmp(text.bytes, "ONE=line\nTWO\n\6\0\0\0\0\0\0\0li\nne\0\nTHREE=", 34), 0);
        expect(&text, 0, "THREE", "18446744073709551615");
        text_done(&text);
}

Test(entry, a_bad_assignment_cannot_spoil_the_entry)
{
        Text text = TEXT_NULL;
        char long_name[200];

        memset(long_name, 'A', sizeof(long_name));
        memcpy(long_name + 190, "=x", 3);
        entry_add_assignment(&text, "=x");
        entry_add_assignment(&text, "nothing");
        entry_add_assignment(&text, long_name);
        cr_assert_eq(text.n, 0);
}
