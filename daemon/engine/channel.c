/* SPDX-License-Identifier: MIT */

/* One pipe and its way into the ring: one bounded read a turn, straight into the free part. Where there is no room
 * the pipe is left alone, and its writers wait; with LogOverflow=drop it is read on, and whole lines are counted and
 * forgotten: a line is in the log or it isn't, never a part of it. */

#include "engine/output.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "common/fd.h"
#include "engine/dialogue.h"

static Capture *channel_capture(const Channel *channel)
{
        return channel->run->capture;
}

static usec_t channel_realtime(const Channel *channel)
{
        return loop_realtime(channel_capture(channel)->delivery->loop);
}

/* What room there is isn't worth a read: the ring counts as full. */
static bool is_full(const Ring *ring)
{
        char *p;

        return ring_room(ring, &p) < ring->header->size / 16;
}

/* Enough to go on with: small, so that a pipe is not left alone for long while a slow log empties a full ring. */
static bool has_some_room(const Ring *ring)
{
        char *p;

        return ring_room(ring, &p) >= ring->header->size / 8;
}

/* Enough to end a dropping: big, so that one long gap in the log is not many short ones. */
static bool has_good_room(const Ring *ring)
{
        char *p;

        return ring_room(ring, &p) >= ring->header->size / 2;
}

static void tell_output(const Channel *channel, const char *data, size_t size)
{
        const Run *run = channel->run;
        const Capture *capture = run->capture;

        if (capture->listening && capture->current == run && capture->handler.on_output)
                capture->handler.on_output(capture->handler.userdata, (CaptureRole) (channel->index / 2),
                                           channel->index % 2, data, size);
}

static void note_read(Channel *channel, size_t n)
{
        channel->drain -= MIN(channel->drain, n);
        channel->until_cut -= MIN(channel->until_cut, n);
}

/* What one command wrote and what the next one writes are never read at once. */
static size_t bound_read(const Channel *channel, size_t size)
{
        return MIN(size, channel->cut ? channel->until_cut : READ_SIZE);
}

static void append(Channel *channel, size_t n)
{
        Run *run = channel->run;

        ring_append(&run->capture->ring, run->index, channel->index, run->pid, n, channel_realtime(channel));
        run_note_written(run, channel->index);
        if (channel->index / 2 == CAPTURE_MAIN)
                run->capture->stream_bytes[channel->index % 2] += n;
        delivery_mark_output(run->capture);
}

static void begin_dropping(Channel *channel)
{
        Run *run = channel->run;
        Ring *ring = &run->capture->ring;
        const RingRun *entry = ring_run(ring, run->index);

        channel->dropping = true;
        channel->dropped = 0;
        channel->in_line = entry ? entry->in_line[channel->index] : 0;
        /* The beginning of a line whose end is dropped goes with it. */
        if (channel->in_line > 0)
                ring_mark(ring, run->index, channel->index, run->pid, SEGMENT_DISCARD, channel_realtime(channel));
}

static void end_dropping(Channel *channel)
{
        Run *run = channel->run;

        channel->dropping = false;
        if (channel->dropped == 0)
                return;
        output_event(run->capture->delivery, run->capture, EVENT_ID_LINES_DROPPED, &run->id,
                     "%s: %" PRIu64 " lines of %s are dropped here, as the log is too slow (LogOverflow=drop)",
                     run->capture->service, channel->dropped, channel->index % 2 == 0 ? "stdout" : "stderr");
        channel->dropped = 0;
}

static void count_dropped(Channel *channel, uint64_t n)
{
        channel->dropped += n;
        channel->run->dropped += n;
}

/* What goes through here is dropped up to the end of a line behind which the ring takes on. */
static void drop(Channel *channel, char *data, size_t size)
{
        Ring *ring = &channel_capture(channel)->ring;
        uint32_t line_max = channel->run->rules.line_max;
        const char *newline;
        char *room;

        newline = has_good_room(ring) ? memchr(data, '\n', size) : NULL;
        if (newline && (size_t) (data + size - newline - 1) <= ring_room(ring, &room)) {
                size_t passed = (size_t) (newline - data) + 1;

                count_dropped(channel, lines_count(&channel->in_line, line_max, data, passed));
                end_dropping(channel);
                if (size > passed) {
                        memcpy(room, newline + 1, size - passed);
                        append(channel, size - passed);
                }
                return;
        }
        count_dropped(channel, lines_count(&channel->in_line, line_max, data, size));
}

/* Where all is read that an ended command wrote, its unfinished line is one. */
static void look_at_cut(Channel *channel)
{
        Run *run = channel->run;
        Ring *ring = &run->capture->ring;
        const RingRun *entry = ring->header ? ring_run(ring, run->index) : NULL;

        if (!channel->cut || channel->until_cut > 0)
                return;
        channel->cut = false;
        if (channel->dropping) {
                count_dropped(channel, channel->in_line > 0);
                channel->in_line = 0;
        } else if (entry && entry->in_line[channel->index] > 0) {
                ring_mark(ring, run->index, channel->index, run->pid, SEGMENT_EOF, channel_realtime(channel));
                delivery_mark(run->capture);
                follow_mark(run->capture);
        }
}

static bool read_and_drop(Channel *channel)
{
        Delivery *delivery = channel_capture(channel)->delivery;
        const uint64_t *stream_bytes = &channel_capture(channel)->stream_bytes[channel->index % 2];
        uint64_t before;
        ssize_t n;

        if (!delivery->scratch)
                delivery->scratch = malloc(READ_SIZE);
        if (!delivery->scratch) {
                stream_set_paused(&channel->stream, true);
                delivery_retry_later(delivery);
                return false;
        }

        if (!channel->dropping)
                begin_dropping(channel);
        before = *stream_bytes;
        n = stream_read(&channel->stream, delivery->scratch,
                        bound_read(channel, (size_t) channel_capture(channel)->ring.header->size / 4));
        if (n == -EAGAIN)
                return false;
        if (n <= 0) {
                channel_end(channel);
                return false;
        }
        note_read(channel, (size_t) n);
        drop(channel, delivery->scratch, (size_t) n);
        if (channel->index / 2 == CAPTURE_MAIN && channel_capture(channel)->dialogue)
                dialogue_on_dropped(channel_capture(channel)->dialogue, channel->index % 2,
                                    (size_t) n - (size_t) (*stream_bytes - before));
        look_at_cut(channel);
        follow_mark(channel_capture(channel));
        tell_output(channel, delivery->scratch, (size_t) n);
        return true;
}

/* What the ring may take without going over clients that must not lose anything. */
static size_t room_of_readers(const Capture *capture)
{
        return capture->dialogue ? dialogue_room(capture->dialogue) : SIZE_MAX;
}

static bool read_into_ring(Channel *channel)
{
        Capture *capture = channel_capture(channel);
        char *room = NULL;
        size_t size = ring_room(&capture->ring, &room);
        ssize_t n;

        n = stream_read(&channel->stream, room, bound_read(channel, MIN(size, room_of_readers(capture))));
        if (n == -EAGAIN)
                return false;
        if (n <= 0) {
                channel_end(channel);
                return false;
        }
        note_read(channel, (size_t) n);
        append(channel, (size_t) n);
        look_at_cut(channel);
        follow_mark(capture);
        tell_output(channel, room, (size_t) n);
        return true;
}

static void wait_for_memory(Channel *channel, int error)
{
        Capture *capture = channel_capture(channel);

        if (!capture->waits_told)
                output_event(capture->delivery, capture, EVENT_ID_OUTPUT_WAITS, &channel->run->id,
                             "%s: no memory for its output now (%s): it waits", capture->service, strerror(-error));
        capture->waits_told = true;
        stream_set_paused(&channel->stream, true);
        delivery_retry_later(capture->delivery);
}

/* True where the ring is there. The run's first byte brings it; a pipe that ends without one needs none. */
static bool prepare(Channel *channel)
{
        Run *run = channel->run;
        int r;

        if (run->capture->ring.header && ring_run(&run->capture->ring, run->index))
                return true;
        if (stream_pending(&channel->stream) == 0) {
                if (stream_is_ended(&channel->stream))
                        channel_end(channel);
                return false;
        }

        r = run_enter_ring(run);
        if (r < 0) {
                wait_for_memory(channel, r);
                return false;
        }
        run->capture->waits_told = false;
        return true;
}

bool channel_read(Channel *channel)
{
        Capture *capture = channel_capture(channel);

        if (!channel_is_open(channel) || !prepare(channel))
                return false;
        if (room_of_readers(capture) < capture->ring.header->size / 16) {
                stream_set_paused(&channel->stream, true);
                capture->held = true;
                return false;
        }

        if (channel->dropping || is_full(&capture->ring)) {
                if (channel->run->drops)
                        return read_and_drop(channel);
                stream_set_paused(&channel->stream, true);
                capture->blocked = true;
                delivery_mark(capture);
                return false;
        }
        return read_into_ring(channel);
}

static void on_readable(void *userdata)
{
        Channel *channel = userdata;
        bool drained = channel->drain > 0;

        (void) channel_read(channel);
        if (channel_is_open(channel) && channel->run->phase != RUN_OPEN && channel->drain == 0 &&
            (drained || channel->run->closing) && (channel->run->closing || stream_is_ended(&channel->stream)))
                channel_end(channel);
        run_look(channel->run);
}

void channel_catch_up(Channel *channel)
{
        if (stream_pending(&channel->stream) > 0)
                (void) channel_read(channel);
}

void channel_drain(Channel *channel)
{
        if (!channel_is_open(channel))
                return;

        channel->drain = stream_pending(&channel->stream);
        while (channel->drain > 0 && channel_read(channel))
                ;
        if (channel_is_open(channel) && channel->drain == 0 &&
            (channel->run->closing || (channel->write_fd < 0 && stream_is_ended(&channel->stream))))
                channel_end(channel);
}

void channel_cut(Channel *channel)
{
        if (!channel_is_open(channel) || channel->write_fd < 0)
                return;
        channel->cut = true;
        channel->until_cut = stream_pending(&channel->stream);
        channel_drain(channel);
        look_at_cut(channel);
}

void channel_end(Channel *channel)
{
        Run *run = channel->run;
        Ring *ring = &run->capture->ring;

        stream_done(&channel->stream);
        channel->write_fd = fd_close(channel->write_fd);
        channel->drain = channel->until_cut = 0;
        channel->cut = false;

        if (channel->dropping) {
                count_dropped(channel, channel->in_line > 0);
                channel->in_line = 0;
                end_dropping(channel);
        }
        if (ring->header && ring_run(ring, run->index)) {
                ring_mark(ring, run->index, channel->index, run->pid, SEGMENT_EOF, channel_realtime(channel));
                delivery_mark(run->capture);
                follow_mark(run->capture);
        }
}

int channel_open(Channel *channel, int *ret_write_fd)
{
        Run *run = channel->run;
        bool keeps = channel->index / 2 == CAPTURE_CONTROL || run->several_mains;
        _cleanup_close_ int write_fd = -EBADF;
        int copy, r;

        if (channel_is_open(channel) && channel->write_fd < 0) {
                /* The process for which it was made never came to be, or has ended. */
                channel_drain(channel);
                if (channel_is_open(channel))
                        return -EBUSY;
        }
        if (!channel_is_open(channel)) {
                r = stream_open(&channel->stream, run->capture->delivery->loop, on_readable, channel, &write_fd);
                if (r < 0)
                        return r;
                if (!keeps) {
                        *ret_write_fd = TAKE_FD(write_fd);
                        return 0;
                }
                channel->write_fd = TAKE_FD(write_fd);
        }

        copy = fcntl(channel->write_fd, F_DUPFD_CLOEXEC, 3);
        if (copy < 0)
                return -errno;
        *ret_write_fd = copy;
        return 0;
}

int channel_open_terminal(Channel *channel, int master_fd)
{
        int r;

        if (channel_is_open(channel))
                channel_drain(channel);
        if (channel_is_open(channel))
                channel_end(channel);
        r = stream_open_fd(&channel->stream, channel_capture(channel)->delivery->loop, master_fd, on_readable,
                           channel);
        if (r >= 0)
                channel->stream.terminal = true;
        return r;
}

void capture_look_at_room(Capture *capture)
{
        if (!capture->blocked || !has_some_room(&capture->ring))
                return;

        capture->blocked = false;
        capture_retry(capture);
}
