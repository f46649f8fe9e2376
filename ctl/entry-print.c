/* SPDX-License-Identifier: MIT */

/* How an entry looks. For people a line: time, who, message, coloured by priority; for programs the entry as it is.
 * Where the output goes into a pipe or a file the message's bytes are given as the service wrote them. */

#include "ctl/entry-print.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "ctl/display.h"
#include "ctl/json.h"
#include "ctl/time-text.h"

static const char *const names[_ENTRY_FORMAT_N + 1] = {
        [FORMAT_SHORT] = "short",
        [FORMAT_SHORT_ISO] = "short-iso",
        [FORMAT_SHORT_ISO_PRECISE] = "short-iso-precise",
        [FORMAT_SHORT_PRECISE] = "short-precise",
        [FORMAT_SHORT_FULL] = "short-full",
        [FORMAT_SHORT_UNIX] = "short-unix",
        [FORMAT_WITH_SERVICE] = "with-service",
        [FORMAT_CAT] = "cat",
        [FORMAT_JSON] = "json",
        [FORMAT_JSON_PRETTY] = "json-pretty",
        [FORMAT_VERBOSE] = "verbose",
        [FORMAT_EXPORT] = "export",
};

const char *const *entry_format_names(void)
{
        return names;
}

int entry_format_from_string(const char *name)
{
        for (int i = 0; i < _ENTRY_FORMAT_N; i++)
                if (strcmp(names[i], name) == 0)
                        return i;
        return -EINVAL;
}

static TimeFormat time_format_of(EntryFormat format)
{
        switch (format) {
        case FORMAT_SHORT_ISO:
                return TIME_ISO;
        case FORMAT_SHORT_ISO_PRECISE:
                return TIME_ISO_PRECISE;
        case FORMAT_SHORT_PRECISE:
                return TIME_PRECISE;
        case FORMAT_SHORT_FULL:
        case FORMAT_WITH_SERVICE:
        case FORMAT_VERBOSE:
                return TIME_FULL;
        case FORMAT_SHORT_UNIX:
                return TIME_UNIX;
        case FORMAT_SHORT:
        case FORMAT_CAT:
        case FORMAT_JSON:
        case FORMAT_JSON_PRETTY:
        case FORMAT_EXPORT:
        case _ENTRY_FORMAT_N:
                return TIME_SHORT;
        }
        assert_not_reached();
}

static StyleId style_of_entry(const Entry *entry)
{
        int priority = entry_priority(entry);

        if (priority <= 3)
                return STYLE_BAD;
        if (priority == 4)
                return STYLE_WARN;
        if (priority == 5)
                return STYLE_BOLD;
        return priority == 7 || entry_is_event(entry) ? STYLE_DIM : STYLE_PLAIN;
}

/* The bytes of a message, the lines after its first one indented. */
static void write_lines(FILE *f, const char *text, size_t size, size_t indent)
{
        const char *newline;

        while ((newline = memchr(text, '\n', size))) {
                size_t n = (size_t) (newline - text) + 1;

                fwrite(text, 1, n, f);
                fprintf(f, "%*s", (int) indent, "");
                text += n;
                size -= n;
        }
        fwrite(text, 1, size, f);
}

static int write_message(FILE *f, const EntryPrinter *printer, const Entry *entry, size_t indent)
{
        const EntryField *message = entry_find(entry, "MESSAGE");
        StyleId style = style_of_entry(entry);
        _cleanup_free_ char *safe = NULL;
        const char *text = message ? message->value : "";
        size_t size = message ? message->size : 0;

        if (printer->safe && !display_is_safe(text, size, true)) {
                safe = display_safe(text, size, true);
                if (!safe)
                        return -ENOMEM;
                text = safe;
                size = strlen(safe);
        }

        fputs(style_on(&printer->style, style), f);
        write_lines(f, text, size, indent);
        fputs(style_off(&printer->style, style), f);
        fputc('\n', f);
        return 0;
}

/* `web[123]`, as journalctl has it. Names in the journal are foreign, too. */
static void format_sender(const Entry *entry, char *buf, size_t size)
{
        char name[128], pid[24];

        entry_string(entry, "SYSLOG_IDENTIFIER", name, sizeof(name));
        if (!*name)
                entry_string(entry, "TENDED_SERVICE", name, sizeof(name));
        entry_string(entry, "TENDED_PID", pid, sizeof(pid));
        for (char *c = name; *c; c++)
                if ((unsigned char) *c < 0x20 || *c == 0x7f)
                        *c = '?';

        (void) snprintf(buf, size, *pid ? "%s[%s]" : "%s", *name ? name : "tended", pid);
}

static int print_short(FILE *f, const EntryPrinter *printer, const Entry *entry)
{
        char time[TIME_TEXT_MAX], sender[192], service[128];
        uint64_t missed = entry_number(entry, "TENDED_MISSED", 0);
        int n;

        if (missed > 0) {
                entry_string(entry, "TENDED_SERVICE", service, sizeof(service));
                fprintf(f, "%s-- %s%s%" PRIu64 " lines were missed: this reader was too slow --%s\n",
                        style_on(&printer->style, STYLE_WARN), service, *service ? ": " : "", missed,
                        style_off(&printer->style, STYLE_WARN));
                return 0;
        }

        time_format(time, entry->realtime, time_format_of(printer->format));
        format_sender(entry, sender, sizeof(sender));
        if (printer->format == FORMAT_WITH_SERVICE)
                n = fprintf(f, "%s %s %s: ", time, entry_string(entry, "TENDED_SERVICE", service, sizeof(service)),
                            sender);
        else
                n = fprintf(f, "%s %s: ", time, sender);
        return write_message(f, printer, entry, n > 0 ? (size_t) n : 0);
}

static int print_cat(FILE *f, const EntryPrinter *printer, const Entry *entry)
{
        return entry_find(entry, "MESSAGE") ? write_message(f, printer, entry, 0) : 0;
}

/* A name that an object has already gets a list of values. */
static int add_field(JsonValue *object, const EntryField *field)
{
        _cleanup_free_ char *name = strndup(field->name, field->name_size);
        JsonValue *value = json_bytes(field->value, field->size), *there = NULL, *list;

        if (!name || !value) {
                json_object_put(value);
                return -ENOMEM;
        }
        if (!json_object_object_get_ex(object, name, &there))
                return json_add(object, name, value);

        list = json_object_new_array();
        if (!list || json_object_array_add(list, json_object_get(there)) < 0 ||
            json_object_array_add(list, value) < 0) {
                json_object_put(list);
                return -ENOMEM;
        }
        return json_add(object, name, list);
}

static int print_json(FILE *f, const EntryPrinter *printer, const Entry *entry)
{
        int flags = JSON_C_TO_STRING_NOSLASHESCAPE, r;
        _cleanup_json_ JsonValue *object = json_object_new_object();
        char time[24];
        const char *text;

        if (!object)
                return -ENOMEM;
        if (entry->cursor && json_add(object, "__CURSOR", json_object_new_string(entry->cursor)) < 0)
                return -ENOMEM;
        (void) snprintf(time, sizeof(time), "%" PRIu64, entry->realtime);
        if (json_add(object, "__REALTIME_TIMESTAMP", json_object_new_string(time)) < 0)
                return -ENOMEM;
        for (size_t i = 0; i < entry->n_fields; i++) {
                r = add_field(object, &entry->fields[i]);
                if (r < 0)
                        return r;
        }

        if (printer->format == FORMAT_JSON_PRETTY)
                flags |= JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED;
        text = json_object_to_json_string_ext(object, flags);
        if (!text)
                return -ENOMEM;
        fprintf(f, "%s\n", text);
        return 0;
}

static bool is_plain_text(const EntryField *field)
{
        return display_is_safe(field->value, field->size, false);
}

static void print_export_field(FILE *f, const EntryField *field)
{
        fwrite(field->name, 1, field->name_size, f);
        if (is_plain_text(field)) {
                fputc('=', f);
        } else {
                fputc('\n', f);
                for (unsigned i = 0; i < 8; i++)
                        fputc((int) ((uint64_t) field->size >> (8 * i) & 0xff), f);
        }
        fwrite(field->value, 1, field->size, f);
        fputc('\n', f);
}

static void print_export(FILE *f, const Entry *entry)
{
        if (entry->cursor)
                fprintf(f, "__CURSOR=%s\n", entry->cursor);
        fprintf(f, "__REALTIME_TIMESTAMP=%" PRIu64 "\n", entry->realtime);
        for (size_t i = 0; i < entry->n_fields; i++)
                print_export_field(f, &entry->fields[i]);
        fputc('\n', f);
}

static int print_verbose(FILE *f, const EntryPrinter *printer, const Entry *entry)
{
        char time[TIME_TEXT_MAX];

        fprintf(f, "%s\n", time_format(time, entry->realtime, TIME_FULL));
        for (size_t i = 0; i < entry->n_fields; i++) {
                const EntryField *field = &entry->fields[i];
                _cleanup_free_ char *safe = display_safe(field->value, field->size, true);

                if (!safe)
                        return -ENOMEM;
                fprintf(f, "    %.*s=", (int) field->name_size, field->name);
                write_lines(f, safe, strlen(safe), field->name_size + 5);
                fputc('\n', f);
        }
        return 0;
}

int entry_print(FILE *f, const EntryPrinter *printer, const Entry *entry)
{
        switch (printer->format) {
        case FORMAT_SHORT:
        case FORMAT_SHORT_ISO:
        case FORMAT_SHORT_ISO_PRECISE:
        case FORMAT_SHORT_PRECISE:
        case FORMAT_SHORT_FULL:
        case FORMAT_SHORT_UNIX:
        case FORMAT_WITH_SERVICE:
                return print_short(f, printer, entry);
        case FORMAT_CAT:
                return print_cat(f, printer, entry);
        case FORMAT_JSON:
        case FORMAT_JSON_PRETTY:
                return print_json(f, printer, entry);
        case FORMAT_VERBOSE:
                return print_verbose(f, printer, entry);
        case FORMAT_EXPORT:
                print_export(f, entry);
                return 0;
        case _ENTRY_FORMAT_N:
                break;
        }
        assert_not_reached();
}
