/* SPDX-License-Identifier: MIT */

/* A line's number says all: what the journal has of a stream is known by the greatest number seen, as one socket and
 * one journald keep the order. So when line 7 comes and the ring holds an unseen line 5, the journal has lost it, and
 * the ring has its word; when the journal is at its end, what the ring has beyond is still on its way. Entries of one
 * datagram share the time of sending, which tells a batch that was sent twice from a batch that goes on. */

#include "ctl/log-join.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NONE          SIZE_MAX
#define RECENT_EVENTS 16

/* Where the entries of one source stand in a stream. */
typedef struct Numbering {
        uint64_t batch, sent, n;
        bool begun;
} Numbering;

typedef struct LogStream {
        char *key;
        bool is_event;
        Numbering journal, ring, follow;
        uint64_t high;                  /* of a line in the journal; 0: none */
        uint64_t shown;                 /* greatest number that came from anywhere */
        bool heard;                     /* the journal has said something of it */
        size_t first, last;             /* items */
        uint64_t recent[RECENT_EVENTS]; /* events that came, the last ones */
        unsigned n_recent;
} LogStream;

typedef struct Item {
        size_t stream, next;
        uint64_t number;
        bool come;
} Item;

struct LogJoin {
        LogStream *streams;
        size_t n_streams, streams_allocated;
        size_t *table; /* hash to stream; NONE: free */
        size_t table_size;
        Item *items;
        size_t n_items, items_allocated;
        size_t latest; /* the stream of the last entry: mostly the next one's, too */
        bool midway;
};

int log_join_new(LogJoin **ret)
{
        LogJoin *join = calloc(1, sizeof(*join));

        if (!join)
                return -ENOMEM;
        join->latest = NONE;
        *ret = join;
        return 0;
}

LogJoin *log_join_free(LogJoin *join)
{
        if (!join)
                return NULL;
        for (size_t i = 0; i < join->n_streams; i++)
                free(join->streams[i].key);
        free(join->streams);
        free(join->table);
        free(join->items);
        free(join);
        return NULL;
}

void log_join_set_midway(LogJoin *join)
{
        join->midway = true;
}

static uint64_t hash(const char *key)
{
        uint64_t h = UINT64_C(0xcbf29ce484222325);

        for (; *key; key++)
                h = (h ^ (unsigned char) *key) * UINT64_C(0x100000001b3);
        return h ^ h >> 32;
}

static void table_put(LogJoin *join, size_t stream)
{
        size_t i = hash(join->streams[stream].key) & (join->table_size - 1);

        while (join->table[i] != NONE)
                i = (i + 1) & (join->table_size - 1);
        join->table[i] = stream;
}

static int table_grow(LogJoin *join)
{
        size_t size = MAX(join->table_size * 2, (size_t) 64);
        size_t *table = reallocarray(NULL, size, sizeof(*table));

        if (!table)
                return -ENOMEM;
        for (size_t i = 0; i < size; i++)
                table[i] = NONE;
        free(join->table);
        join->table = table;
        join->table_size = size;
        for (size_t i = 0; i < join->n_streams; i++)
                table_put(join, i);
        return 0;
}

static int stream_new(LogJoin *join, const char *key, bool is_event, size_t *ret)
{
        int r;

        if (join->n_streams == join->streams_allocated) {
                size_t n = MAX(join->streams_allocated * 2, (size_t) 16);
                LogStream *streams = reallocarray(join->streams, n, sizeof(*streams));

                if (!streams)
                        return -ENOMEM;
                join->streams = streams;
                join->streams_allocated = n;
        }
        /* At most half full: a search always ends. */
        if (join->n_streams * 2 >= join->table_size) {
                r = table_grow(join);
                if (r < 0)
                        return r;
        }

        join->streams[join->n_streams] =
                (LogStream){.key = strdup(key), .is_event = is_event, .first = NONE, .last = NONE};
        if (!join->streams[join->n_streams].key)
                return -ENOMEM;
        table_put(join, join->n_streams);
        *ret = join->n_streams++;
        return 0;
}

static int stream_find(LogJoin *join, const char *key, bool is_event, size_t *ret)
{
        if (join->latest != NONE && strcmp(join->streams[join->latest].key, key) == 0) {
                *ret = join->latest;
                return 0;
        }
        for (size_t i = hash(key); join->table_size > 0; i++) {
                size_t stream = join->table[i & (join->table_size - 1)];

                if (stream == NONE)
                        break;
                if (strcmp(join->streams[stream].key, key) == 0) {
                        *ret = join->latest = stream;
                        return 0;
                }
        }
        return stream_new(join, key, is_event, ret);
}

/* The stream that an entry belongs to. */
static int stream_of(LogJoin *join, const Entry *entry, size_t *ret)
{
        char key[256], a[128], b[64];
        EntryStream stream = entry_stream(entry);

        if (stream == ENTRY_EVENT) {
                entry_string(entry, "TENDED_SERVICE", a, sizeof(a));
                entry_string(entry, "MESSAGE_ID", b, sizeof(b));
                (void) snprintf(key, sizeof(key), "%s/%s", a, b);
        } else {
                entry_string(entry, "TENDED_INVOCATION_ID", a, sizeof(a));
                (void) snprintf(key, sizeof(key), "%s/%u", a, (unsigned) stream);
        }
        return stream_find(join, key, stream == ENTRY_EVENT, ret);
}

static uint64_t number_of(const Entry *entry, bool is_event, Numbering *numbering)
{
        uint64_t batch, line;

        if (is_event)
                return entry_number(entry, "TENDED_EVENT_TIMESTAMP", entry->realtime);

        line = entry_number(entry, "TENDED_LINE", 0);
        if (line > 0)
                return line;
        batch = entry_number(entry, "TENDED_BATCH", 0);
        if (numbering->begun && numbering->batch == batch && numbering->sent == entry->sent)
                numbering->n++;
        else
                *numbering = (Numbering){.batch = batch, .sent = entry->sent, .begun = true};
        return batch + numbering->n;
}

int log_join_add_ring(LogJoin *join, const Entry *entry)
{
        size_t index;
        LogStream *stream;
        int r;

        r = stream_of(join, entry, &index);
        if (r < 0)
                return r;
        stream = &join->streams[index];

        if (join->n_items == join->items_allocated) {
                size_t n = MAX(join->items_allocated * 2, (size_t) 64);
                Item *items = reallocarray(join->items, n, sizeof(*items));

                if (!items)
                        return -ENOMEM;
                join->items = items;
                join->items_allocated = n;
        }
        join->items[join->n_items] =
                (Item){.stream = index, .next = NONE, .number = number_of(entry, stream->is_event, &stream->ring)};
        if (stream->last == NONE)
                stream->first = join->n_items;
        else
                join->items[stream->last].next = join->n_items;
        stream->last = join->n_items++;
        return 0;
}

static bool event_is_known(const LogStream *stream, uint64_t number)
{
        for (unsigned i = 0; i < MIN(stream->n_recent, (unsigned) RECENT_EVENTS); i++)
                if (stream->recent[i] == number)
                        return true;
        return false;
}

static void event_note(LogStream *stream, uint64_t number)
{
        stream->recent[stream->n_recent++ % RECENT_EVENTS] = number;
}

static int item_come(LogJoin *join, size_t index, log_item_fn on_item, void *userdata)
{
        Item *item = &join->items[index];
        LogStream *stream = &join->streams[item->stream];

        item->come = true;
        stream->shown = MAX(stream->shown, item->number);
        if (stream->is_event)
                event_note(stream, item->number);
        return on_item(userdata, index, stream->is_event ? 0 : item->number);
}

static int add_event(LogJoin *join, LogStream *stream, uint64_t number)
{
        for (size_t i = stream->first; i != NONE; i = join->items[i].next)
                if (!join->items[i].come && join->items[i].number == number) {
                        join->items[i].come = true;
                        break;
                }
        event_note(stream, number);
        return 1;
}

/* Items below `number` that have not come: skipped, or given. */
static int catch_up(LogJoin *join, LogStream *stream, uint64_t number, log_item_fn on_item, void *userdata)
{
        int r;

        for (; stream->first != NONE; stream->first = join->items[stream->first].next) {
                Item *item = &join->items[stream->first];

                if (item->number > number)
                        return 0;
                if (item->come || item->number == number || !on_item) {
                        item->come = true;
                        continue;
                }
                r = item_come(join, stream->first, on_item, userdata);
                if (r < 0)
                        return r;
        }
        return 0;
}

int log_join_add_journal(LogJoin *join, const Entry *entry, log_item_fn on_item, void *userdata, uint64_t *ret_number)
{
        LogStream *stream;
        uint64_t number;
        size_t index;
        bool first;
        int r;

        r = stream_of(join, entry, &index);
        if (r < 0)
                return r;
        stream = &join->streams[index];
        number = number_of(entry, stream->is_event, &stream->journal);
        first = !stream->heard;
        stream->heard = true;

        if (stream->is_event) {
                *ret_number = 0;
                return add_event(join, stream, number);
        }
        if (number <= stream->high)
                return 0;

        r = catch_up(join, stream, number, first && join->midway ? NULL : on_item, userdata);
        if (r < 0)
                return r;
        stream->high = number;
        stream->shown = MAX(stream->shown, number);
        *ret_number = number;
        return 1;
}

int log_join_finish(LogJoin *join, log_item_fn on_item, void *userdata)
{
        int r;

        for (size_t i = 0; i < join->n_items; i++) {
                if (join->items[i].come)
                        continue;
                r = item_come(join, i, on_item, userdata);
                if (r < 0)
                        return r;
        }
        return 0;
}

int log_join_add_new(LogJoin *join, const Entry *entry, uint64_t *ret_number)
{
        LogStream *stream;
        uint64_t number;
        size_t index;
        int r;

        r = stream_of(join, entry, &index);
        if (r < 0)
                return r;
        stream = &join->streams[index];
        number = number_of(entry, stream->is_event, &stream->follow);

        if (stream->is_event) {
                *ret_number = 0;
                if (event_is_known(stream, number))
                        return 0;
                event_note(stream, number);
                return 1;
        }
        if (number <= stream->shown)
                return 0;
        stream->shown = number;
        *ret_number = number;
        return 1;
}

static bool has_pending(const LogJoin *join, const LogStream *stream)
{
        for (size_t i = stream->first; i != NONE; i = join->items[i].next)
                if (!join->items[i].come)
                        return true;
        return false;
}

/* Is there a hole in front of an item that has not come? */
static bool is_behind(const LogJoin *join, const LogStream *stream)
{
        uint64_t before = stream->high;

        for (size_t i = stream->first; i != NONE; i = join->items[i].next) {
                const Item *item = &join->items[i];

                if (!item->come && item->number > before + 1)
                        return true;
                before = MAX(before, item->number);
        }
        return false;
}

bool log_join_is_behind(const LogJoin *join)
{
        for (size_t i = 0; i < join->n_streams; i++)
                if (!join->streams[i].is_event && is_behind(join, &join->streams[i]))
                        return true;
        return false;
}

bool log_join_next_unsettled(const LogJoin *join, size_t *position, LogUnsettled *ret)
{
        while (*position < join->n_streams) {
                size_t index = (*position)++;
                const LogStream *stream = &join->streams[index];

                /* Of events the journal may have an earlier one, and not this: each one counts. */
                if ((stream->heard && !stream->is_event) || !has_pending(join, stream))
                        continue;
                *ret = (LogUnsettled){.stream = index, .is_event = stream->is_event, .key = stream->key};
                return true;
        }
        return false;
}

size_t log_join_pending(const LogJoin *join, size_t stream, uint64_t *numbers, size_t max)
{
        size_t n = 0, total = 0, skip;

        for (size_t i = join->streams[stream].first; i != NONE; i = join->items[i].next)
                total += !join->items[i].come;
        skip = total > max ? total - max : 0;
        total = MIN(total, max);

        for (size_t i = join->streams[stream].first; i != NONE && n < total; i = join->items[i].next) {
                if (join->items[i].come)
                        continue;
                if (skip > 0)
                        skip--;
                else
                        numbers[total - ++n] = join->items[i].number;
        }
        return total;
}

void log_join_settle(LogJoin *join, size_t stream, uint64_t number)
{
        LogStream *s = &join->streams[stream];

        for (size_t i = s->first; i != NONE; i = join->items[i].next)
                if (join->items[i].number <= number)
                        join->items[i].come = true;
        s->high = MAX(s->high, s->is_event ? 0 : number);
        s->shown = MAX(s->shown, s->high);
        s->heard = true;
}
