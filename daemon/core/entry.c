/* SPDX-License-Identifier: MIT */

/* The writer's side of journald's native protocol. A line costs two vectors: one for all the fields that it shares
 * with the other lines of its datagram, up to and with `MESSAGE=`, and one for the line where it lies in the ring,
 * together with its newline, which ends the field. Only a line with something of its own (a level, a number, a break,
 * a carried beginning) costs one or two more. */

#include "core/entry.h"

#include <string.h>

#include "common/id128.h"

static char *add_literal(char *p, const char *literal)
{
        size_t size = strlen(literal);

        memcpy(p, literal, size);
        return p + size;
}

/* With a newline behind it. */
static char *add_digits(char *p, uint64_t value)
{
        char digits[20];
        unsigned n = 0;

        do
                digits[n++] = (char) ('0' + value % 10);
        while ((value /= 10) > 0);
        while (n > 0)
                *p++ = digits[--n];
        *p++ = '\n';
        return p;
}

void entry_add_field(Text *text, const char *name, const char *value, size_t size)
{
        text_add_string(text, name);
        if (!memchr(value, '\n', size)) {
                text_add_char(text, '=');
        } else {
                text_add_char(text, '\n');
                for (unsigned i = 0; i < 8; i++)
                        text_add_char(text, (char) ((uint64_t) size >> (8 * i) & 0xff));
        }
        text_add(text, value, size);
        text_add_char(text, '\n');
}

void entry_add_string(Text *text, const char *name, const char *value)
{
        entry_add_field(text, name, value, strlen(value));
}

void entry_add_number(Text *text, const char *name, uint64_t value)
{
        char digits[24];

        text_add_string(text, name);
        text_add_char(text, '=');
        text_add(text, digits, (size_t) (add_digits(digits, value) - digits));
}

void entry_add_assignment(Text *text, const char *assignment)
{
        const char *equals = strchr(assignment, '=');
        char name[65];
        size_t size;

        size = equals ? (size_t) (equals - assignment) : 0;
        /* The definitions' parser lets no other name through; a bad one would spoil the whole datagram. */
        if (size == 0 || size >= sizeof(name))
                return;
        memcpy(name, assignment, size);
        name[size] = '\0';
        entry_add_string(text, name, equals + 1);
}

void entry_add_identity(Text *text, const EntryIdentity *identity, unsigned stream, uint32_t pid)
{
        static const char *const names[RING_STREAMS] = {"stdout", "stderr", "stdin"};
        char id[ID128_STRING_MAX];

        entry_add_string(text, "SYSLOG_IDENTIFIER", identity->identifier);
        if (!identity->minimal)
                entry_add_string(text, "TENDED_SERVICE", identity->service);
        if (!identity->minimal || stream != 0)
                entry_add_string(text, "TENDED_STREAM", names[stream]);
        entry_add_string(text, "TENDED_INVOCATION_ID", id128_format(identity->invocation_id, id));
        if (!identity->minimal && pid != 0)
                entry_add_number(text, "TENDED_PID", pid);
        if (!identity->minimal && identity->with_unit) {
                text_add_string(text, "OBJECT_SYSTEMD_UNIT=tended-");
                text_add_string(text, identity->service);
                text_add_string(text, ".service\n");
        }
        for (char *const *i = identity->extra_fields; i && *i; i++)
                entry_add_assignment(text, *i);
}

void entry_composer_reset(EntryComposer *composer)
{
        composer->n_iov = composer->n_scratch = 0;
        composer->common.n = 0;
        composer->common.failed = false;
}

void entry_composer_done(EntryComposer *composer)
{
        text_done(&composer->common);
}

static size_t add_iov(EntryComposer *composer, const char *data, size_t size)
{
        assert(composer->n_iov < ELEMENTSOF(composer->iov));
        composer->iov[composer->n_iov++] = (struct iovec){.iov_base = (void *) data, .iov_len = size};
        return size;
}

#define MESSAGE_BEGIN      "PRIORITY=0\nMESSAGE="
#define MESSAGE_BEGIN_SIZE (sizeof(MESSAGE_BEGIN) - 1)

static char *add_message_begin(char *p, uint8_t priority)
{
        memcpy(p, MESSAGE_BEGIN, MESSAGE_BEGIN_SIZE);
        p[strlen("PRIORITY=")] = (char) ('0' + priority);
        return p + MESSAGE_BEGIN_SIZE;
}

/* What belongs to this line alone, up to MESSAGE=. `number` is the line's. */
static size_t compose_own(char *buffer, const EntryStyle *style, const Line *line, uint64_t number, bool own_batch)
{
        const char *line_break = line_break_to_string(line->line_break);
        char *p = buffer;

        if (own_batch)
                p = add_digits(add_literal(p, "TENDED_BATCH="), number);
        if (style->line_numbers)
                p = add_digits(add_literal(p, "TENDED_LINE="), number);
        if (line_break)
                p = add_literal(add_literal(add_literal(p, "TENDED_LINE_BREAK="), line_break), "\n");
        p = add_message_begin(p, line->priority);
        return (size_t) (p - buffer);
}

static size_t add_message(EntryComposer *composer, const Line *line)
{
        size_t size = 0;

        if (line->head_size > 0)
                size += add_iov(composer, line->head, line->head_size);
        if (line->line_break == LINE_BREAK_NEWLINE && !line->crlf)
                return size + add_iov(composer, line->tail, line->tail_size + 1);
        if (line->tail_size > 0)
                size += add_iov(composer, line->tail, line->tail_size);
        return size + add_iov(composer, "\n", 1);
}

static size_t line_size(const Line *line)
{
        return line->head_size + line->tail_size + 1;
}

int entry_compose_several(EntryComposer *composer, const EntryStyle *style, const LineBatch *batch, unsigned first,
                          unsigned n, size_t size_max, EntryDatagram *ret)
{
        Text *common = &composer->common;
        unsigned first_iov = composer->n_iov, i;
        char own[ENTRY_SCRATCH_MAX];
        size_t size = 0, shared;

        assert(common->n == 0);

        /* An empty line, the fields, the batch; then what most lines go on with. */
        text_add_char(common, '\n');
        text_add(common, style->fields, style->fields_size);
        text_add(common, own, (size_t) (add_digits(add_literal(own, "TENDED_BATCH="), batch->number + first) - own));
        shared = common->n;
        text_add(common, own, (size_t) (add_message_begin(own, style->level) - own));
        if (common->failed)
                return -ENOMEM;

        for (i = 0; i < n; i++) {
                const Line *line = &batch->lines[first + i];
                bool plain = line->line_break == LINE_BREAK_NEWLINE && line->priority == style->level &&
                             !style->line_numbers;
                size_t skip = i == 0 ? 1 : 0;

                if (i > 0 && size + common->n + ENTRY_SCRATCH_MAX + line_size(line) > size_max)
                        break;
                size += add_iov(composer, common->bytes + skip, (plain ? common->n : shared) - skip);
                if (!plain) {
                        char *scratch = composer->scratch[composer->n_scratch++];

                        size += add_iov(composer, scratch,
                                        compose_own(scratch, style, line, batch->number + first + i, false));
                }
                size += add_message(composer, line);
        }

        *ret = (EntryDatagram){
                .iov = composer->iov + first_iov,
                .n_iov = composer->n_iov - first_iov,
                .n_entries = i,
                .size = size,
        };
        return 0;
}

void entry_compose_one(EntryComposer *composer, const EntryStyle *style, const LineBatch *batch, unsigned index,
                       EntryDatagram *ret)
{
        const Line *line = &batch->lines[index];
        unsigned first_iov = composer->n_iov;
        char *scratch;
        size_t size;

        assert(composer->n_scratch < ELEMENTSOF(composer->scratch));

        scratch = composer->scratch[composer->n_scratch++];
        size = add_iov(composer, style->fields, style->fields_size);
        size += add_iov(composer, scratch, compose_own(scratch, style, line, batch->number + index, true));
        size += add_message(composer, line);

        *ret = (EntryDatagram){
                .iov = composer->iov + first_iov,
                .n_iov = composer->n_iov - first_iov,
                .n_entries = 1,
                .size = size,
        };
}

/* `size` bytes of the line from `offset` on. */
static void add_part(Text *text, const Line *line, size_t offset, size_t size)
{
        size_t of_head = offset < line->head_size ? MIN(size, line->head_size - offset) : 0;

        /* Mostly there is no head, and NULL has no offsets. */
        if (of_head > 0)
                text_add(text, line->head + offset, of_head);
        if (size > of_head)
                text_add(text, line->tail + (offset + of_head - line->head_size), size - of_head);
}

void entry_add_line(Text *text, const EntryStyle *style, const LineBatch *batch, unsigned index, size_t message_max)
{
        const Line *line = &batch->lines[index];
        size_t whole = line->head_size + line->tail_size, offset = 0;
        uint64_t number = batch->number + index;

        do {
                size_t size = MIN(whole - offset, message_max);
                Line part = *line;
                char own[ENTRY_SCRATCH_MAX];

                if (offset + size < whole)
                        part.line_break = LINE_BREAK_CONTINUED;

                if (text->n > 0)
                        text_add_char(text, '\n');
                text_add(text, style->fields, style->fields_size);
                entry_add_number(text, "__REALTIME_TIMESTAMP", line->realtime);
                text_add(text, own, compose_own(own, style, &part, number, true));
                add_part(text, line, offset, size);
                text_add_char(text, '\n');
                offset += size;
        } while (offset < whole);
}
