/* SPDX-License-Identifier: MIT */

/* Events in two languages. The daemon's fields are the journal's; programs that read `status --json` shall find the
 * same names here, so a table translates. A field that the table doesn't know keeps its name: nothing is left out. */

#include "ctl/event-text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl/display.h"
#include "ctl/time-text.h"

typedef enum FieldType {
        FIELD_TEXT,
        FIELD_NUMBER,
        FIELD_TRUTH,
        FIELD_DROPPED,
} FieldType;

typedef struct FieldName {
        const char *native, *name;
        FieldType type;
} FieldName;

static const FieldName names[] = {
        {"TENDED_EVENT", "Event", FIELD_TEXT},
        {"TENDED_SERVICE", "Id", FIELD_TEXT},
        {"MESSAGE", "Message", FIELD_TEXT},
        {"MESSAGE_ID", "MessageID", FIELD_TEXT},
        {"PRIORITY", "Priority", FIELD_NUMBER},
        {"TENDED_ACTIVE_STATE", "ActiveState", FIELD_TEXT},
        {"TENDED_SUB_STATE", "SubState", FIELD_TEXT},
        {"TENDED_RESULT", "Result", FIELD_TEXT},
        {"TENDED_READY", "Ready", FIELD_TRUTH},
        {"TENDED_REASON", "Reason", FIELD_TEXT},
        {"TENDED_CAUSE", "CauseText", FIELD_TEXT},
        {"TENDED_PID", "MainPID", FIELD_NUMBER},
        {"TENDED_RESTARTS", "NRestarts", FIELD_NUMBER},
        {"TENDED_NEXT_RESTART", "NextRestartTimestamp", FIELD_NUMBER},
        {"TENDED_INVOCATION_ID", "InvocationID", FIELD_TEXT},
        {"TENDED_MISSED", "Missed", FIELD_NUMBER},
        {"TENDED_VERB", "CausedByVerb", FIELD_TEXT},
        {"TENDED_BY_UID", "CausedByUID", FIELD_NUMBER},
        {"TENDED_BY_PID", "CausedByPID", FIELD_NUMBER},
        {"TENDED_BY_COMMAND", "CausedByCommand", FIELD_TEXT},
        {"EXIT_CODE", "ExecMainCode", FIELD_TEXT},
        {"EXIT_STATUS", "ExecMainStatus", FIELD_NUMBER},
        {"SYSLOG_IDENTIFIER", "", FIELD_DROPPED},
        {"OBJECT_SYSTEMD_UNIT", "", FIELD_DROPPED},
};

static JsonValue *to_value(const Entry *entry, const EntryField *field, FieldType type, const char *native)
{
        switch (type) {
        case FIELD_NUMBER:
                return json_object_new_uint64(entry_number(entry, native, 0));
        case FIELD_TRUTH:
                return json_object_new_boolean(entry_field_is(field, "yes"));
        case FIELD_TEXT:
        case FIELD_DROPPED:
                break;
        }
        return json_bytes(field->value, field->size);
}

static bool is_named(const EntryField *field, const char *name)
{
        return field->name_size == strlen(name) && memcmp(field->name, name, field->name_size) == 0;
}

static const FieldName *find_name(const EntryField *field)
{
        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (is_named(field, names[i].native))
                        return &names[i];
        return NULL;
}

int event_to_json(const Entry *entry, JsonValue **ret)
{
        _cleanup_json_ JsonValue *object = json_object_new_object();
        int r;

        if (!object)
                return -ENOMEM;
        r = json_add(object, "Timestamp", json_object_new_uint64(entry->realtime));
        if (r < 0)
                return r;
        /* In the table's order, whatever the daemon's is. */
        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                const EntryField *field = entry_find(entry, names[i].native);

                if (!field || names[i].type == FIELD_DROPPED)
                        continue;
                r = json_add(object, names[i].name, to_value(entry, field, names[i].type, names[i].native));
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < entry->n_fields; i++) {
                const EntryField *field = &entry->fields[i];
                _cleanup_free_ char *name = NULL;

                if (find_name(field))
                        continue;
                name = strndup(field->name, field->name_size);
                if (!name)
                        return -ENOMEM;
                r = json_add(object, name, json_bytes(field->value, field->size));
                if (r < 0)
                        return r;
        }
        *ret = TAKE_PTR(object);
        return 0;
}

int event_format(const Entry *entry, const Style *style, char **ret)
{
        const EntryField *message = entry_find(entry, "MESSAGE");
        int priority = entry_priority(entry);
        StyleId look = priority <= 3 ? STYLE_BAD : priority == 4 ? STYLE_WARN : STYLE_PLAIN;
        _cleanup_free_ char *safe = NULL;
        char time[TIME_TEXT_MAX];

        safe = message ? display_safe(message->value, message->size, false) : strdup("");
        if (!safe)
                return -ENOMEM;
        if (asprintf(ret, "%s %s%s%s", time_format(time, entry->realtime, TIME_PRECISE), style_on(style, look), safe,
                     style_off(style, look)) < 0)
                return -ENOMEM;
        return 0;
}
