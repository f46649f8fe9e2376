/* SPDX-License-Identifier: MIT */

#include "core/ring.h"

#include "ring-fixture.h"

Test(ring, a_layout_holds_twice_the_longest_line)
{
        for (uint64_t size = 0; size < 1024 * 1024; size += 7777)
                for (uint32_t line_max = 1; line_max < 1024 * 1024; line_max = 3 * line_max + 1) {
                        RingLayout layout = ring_layout(size, line_max, 4096);

                        cr_assert_geq(layout.size, RING_SIZE_MIN);
                        cr_assert_geq(layout.size, size);
                        cr_assert_geq(layout.size, 2 * (uint64_t) line_max);
                        cr_assert_geq(layout.carry_size, line_max);
                        cr_assert_eq(layout.size % 4096, 0);
                        cr_assert_eq(layout.header_size % 4096, 0);
                        cr_assert_eq(layout.carry_size % 4096, 0);
                        cr_assert_geq(layout.header_size, sizeof(RingHeader) + layout.n_segments * sizeof(Segment));
                }
}

Test(ring, counting_lines_is_the_same_at_every_cut)
{
        static const char text[] = "a\n\nbcdefghij\nklmnopqrstuvwxyz\n\n\0\n12345678901\nend";
        size_t size = sizeof(text) - 1;

        for (uint32_t line_max = 1; line_max < 20; line_max++) {
                uint32_t whole_in_line = 0;
                uint64_t whole = lines_count(&whole_in_line, line_max, text, size);

                for (size_t i = 0; i <= size; i++)
                        for (size_t j = i; j <= size; j++) {
                                uint32_t in_line = 0;
                                uint64_t n = lines_count(&in_line, line_max, text, i);

                                n += lines_count(&in_line, line_max, text + i, j - i);
                                n += lines_count(&in_line, line_max, text + j, size - j);
                                cr_assert_eq(n, whole, "line_max %u, cut at %zu and %zu", line_max, i, j);
                                cr_assert_eq(in_line, whole_in_line);
                        }
        }
}

Test(ring, newlines_are_counted_among_all_bytes)
{
        char data[256 * 3];
        uint32_t in_line = 0;

        for (size_t i = 0; i < sizeof(data); i++)
                data[i] = (char) i;
        for (size_t begin = 0; begin < 20; begin++) {
                in_line = 0;
                cr_assert_eq(lines_count(&in_line, 10000, data + begin, sizeof(data) - begin), begin <= '\n' ? 3 : 2);
        }
}

Test(ring, what_is_pinned_is_never_given_as_room)
{
        Fixture fixture;
        char *room, line[64];
        size_t written = 0;

        memset(line, 'x', sizeof(line));
        line[63] = '\n';
        fixture_init(&fixture, 100);
        fixture_run(&fixture, 0, 0, 100);
        while (fixture_write(&fixture, 0, 0, line, sizeof(line)))
                written += sizeof(line);
        cr_assert_eq(written, FIXTURE_SIZE);
        cr_assert_eq(ring_pinned(&fixture.ring), FIXTURE_SIZE);
        cr_assert_eq(ring_room(&fixture.ring, &room), 0);
        fixture_done(&fixture);
}

Test(ring, tiny_pieces_use_up_segments_before_marks_do)
{
        SeenList seen = {0};
        Fixture fixture;
        unsigned n = 0;

        fixture_init(&fixture, 100);
        fixture_run(&fixture, 0, 0, 100);
        /* Each in a segment of its own: the table is full long before the bytes are. */
        while (fixture_write(&fixture, 0, n % 4, "x\n", 2))
                n++;
        cr_assert_lt(2 * n, FIXTURE_SIZE / 2);
        cr_assert_gt(n, 50);
        for (unsigned i = 0; i < 2 * RING_CHANNELS; i++)
                ring_mark(&fixture.ring, 0, i % 4, 0, SEGMENT_EOF, fixture.clock);
        fixture_pump(&fixture, &seen, 64, false);
        cr_assert_eq(seen.n, n);
        cr_assert(fixture_write(&fixture, 0, 0, "x\n", 2));
        seen_done(&seen);
        fixture_done(&fixture);
}

Test(ring, bytes_that_come_together_share_a_segment)
{
        Fixture fixture;

        fixture_init(&fixture, 100);
        fixture_run(&fixture, 0, 0, 100);
        for (unsigned i = 0; i < 20; i++)
                fixture_write(&fixture, 0, 0, "hello\n", 6);
        cr_assert_eq(fixture.ring.header->segment_head, 1);
        cr_assert_eq(ring_segment(&fixture.ring, 0)->length, 120);
        cr_assert_eq(ring_segment(&fixture.ring, 0)->n_lines, 20);

        fixture.clock += USEC_PER_SEC;
        fixture_write(&fixture, 0, 0, "later\n", 6);
        cr_assert_eq(fixture.ring.header->segment_head, 2);
        fixture_write(&fixture, 0, 1, "other\n", 6);
        cr_assert_eq(fixture.ring.header->segment_head, 3);
        ring_seal(&fixture.ring);
        fixture_write(&fixture, 0, 1, "after\n", 6);
        cr_assert_eq(fixture.ring.header->segment_head, 4);
        cr_assert_eq(ring_segment(&fixture.ring, 3)->line, 1);
        cr_assert_eq(ring_segment(&fixture.ring, 3)->total, 22);
        fixture_done(&fixture);
}

Test(ring, a_forgotten_run_is_passed_over_and_holds_nobody_up)
{
        SeenList seen = {0}, late = {0};
        Fixture fixture;
        LineReader reader;

        fixture_init(&fixture, 100);
        fixture_run(&fixture, 0, 0, 100);
        fixture_write(&fixture, 0, 0, "old\n", 4);
        fixture_run(&fixture, 1, 1, 100);
        fixture_write(&fixture, 1, 0, "new\n", 4);
        fixture_write(&fixture, 0, 0, "left over\n", 10);
        fixture_write(&fixture, 1, 0, "newer\n", 6);
        fixture_pump(&fixture, &seen, 64, false);
        cr_assert_eq(seen.n, 4);

        line_reader_init(&reader, &fixture.ring, ring_first_whole(&fixture.ring));
        fixture_run(&fixture, RING_RUNS, 0, 100);
        cr_assert_null(ring_run(&fixture.ring, 0));
        cr_assert_not(line_reader_is_valid(&reader, &fixture.ring));
        cr_assert_eq(line_reader_restart(&reader, &fixture.ring), 1);
        fixture_pump_to(&fixture, &reader, &late, 64, false, UINT64_MAX);
        cr_assert_eq(late.n, 2);
        cr_assert_str_eq(late.items[0].text, "new");
        cr_assert_str_eq(late.items[1].text, "newer");
        line_reader_done(&reader);
        seen_done(&seen);
        seen_done(&late);
        fixture_done(&fixture);
}
