/* SPDX-License-Identifier: MIT */

/* One model for all properties. The name of a property tells what its number means: …Timestamp is a point in time,
 * …USec a span; the largest number of 64 bits is "infinite" or "not known", and both are null from here on. */

#include "ctl/property.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/quote.h"
#include "common/timespan.h"
#include "ctl/time-text.h"

#define DEPTH_MAX 8

static bool ends_with(const char *s, const char *end)
{
        size_t n = strlen(s), m = strlen(end);

        return n >= m && strcmp(s + n - m, end) == 0;
}

static bool is_empty_null(const char *name)
{
        return strcmp(name, "ExecMainCode") == 0 || strcmp(name, "InvocationID") == 0;
}

static int read_value(sd_bus_message *m, const char *name, unsigned depth, JsonValue **ret);

/* A number as it stands for itself; NULL with 0 where it stands for nothing. */
static int number_to_json(const char *name, bool is_signed, uint64_t number, JsonValue **ret)
{
        JsonValue *value;

        if (!is_signed && (number == UINT64_MAX || (number == 0 && ends_with(name, "Timestamp")))) {
                *ret = NULL;
                return 0;
        }
        value = is_signed ? json_object_new_int64((int64_t) number) : json_object_new_uint64(number);
        if (!value)
                return -ENOMEM;
        *ret = value;
        return 0;
}

static int read_basic(sd_bus_message *m, char type, const char *name, JsonValue **ret)
{
        union {
                const char *s;
                uint8_t y;
                int b;
                int16_t n;
                uint16_t q;
                int32_t i;
                uint32_t u;
                int64_t x;
                uint64_t t;
                double d;
        } v;
        JsonValue *value;
        int r;

        r = sd_bus_message_read_basic(m, type, &v);
        if (r < 0)
                return r;

        switch (type) {
        case SD_BUS_TYPE_STRING:
        case SD_BUS_TYPE_OBJECT_PATH:
        case SD_BUS_TYPE_SIGNATURE:
                if (!*v.s && is_empty_null(name)) {
                        *ret = NULL;
                        return 0;
                }
                value = json_object_new_string(v.s);
                break;
        case SD_BUS_TYPE_BOOLEAN:
                value = json_object_new_boolean(v.b);
                break;
        case SD_BUS_TYPE_DOUBLE:
                value = json_object_new_double(v.d);
                break;
        case SD_BUS_TYPE_BYTE:
                return number_to_json(name, false, v.y, ret);
        case SD_BUS_TYPE_INT16:
                return number_to_json(name, true, (uint64_t) v.n, ret);
        case SD_BUS_TYPE_UINT16:
                return number_to_json(name, false, v.q, ret);
        case SD_BUS_TYPE_INT32:
                return number_to_json(name, true, (uint64_t) v.i, ret);
        case SD_BUS_TYPE_UINT32:
                return number_to_json(name, false, v.u, ret);
        case SD_BUS_TYPE_INT64:
                return number_to_json(name, true, (uint64_t) v.x, ret);
        case SD_BUS_TYPE_UINT64:
                return number_to_json(name, false, v.t, ret);
        default:
                return -EBADMSG;
        }
        if (!value)
                return -ENOMEM;
        *ret = value;
        return 0;
}

static int read_items(sd_bus_message *m, const char *name, unsigned depth, JsonValue *array)
{
        int r;

        for (;;) {
                JsonValue *item;

                r = sd_bus_message_at_end(m, false);
                if (r != 0)
                        return r < 0 ? r : 0;
                r = read_value(m, name, depth, &item);
                if (r < 0)
                        return r;
                if (json_object_array_add(array, item) < 0) {
                        json_object_put(item);
                        return -ENOMEM;
                }
        }
}

/* Arrays and structs alike. */
static int read_list(sd_bus_message *m, char type, const char *contents, const char *name, unsigned depth,
                     JsonValue **ret)
{
        _cleanup_json_ JsonValue *array = json_object_new_array();
        int r;

        if (!array)
                return -ENOMEM;
        r = sd_bus_message_enter_container(m, type, contents);
        if (r < 0)
                return r;
        r = read_items(m, name, depth, array);
        if (r < 0)
                return r;
        r = sd_bus_message_exit_container(m);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(array);
        return 0;
}

static int read_byte_array(sd_bus_message *m, JsonValue **ret)
{
        const void *data;
        size_t size;
        int r;

        r = sd_bus_message_read_array(m, 'y', &data, &size);
        if (r < 0)
                return r;
        *ret = json_bytes(data, size);
        return *ret ? 0 : -ENOMEM;
}

static int read_entry(sd_bus_message *m, unsigned depth, JsonValue *object)
{
        const char *key;
        JsonValue *value;
        int r;

        r = sd_bus_message_read_basic(m, 's', &key);
        if (r < 0)
                return r;
        r = read_value(m, key, depth, &value);
        if (r < 0)
                return r;
        return value ? json_add(object, key, value) : json_add_null(object, key);
}

static int read_dictionary(sd_bus_message *m, const char *contents, unsigned depth, JsonValue **ret)
{
        _cleanup_json_ JsonValue *object = json_object_new_object();
        _cleanup_free_ char *entry = NULL;
        int r;

        /* `{sv}` without its braces is what a dictionary's entry holds. */
        entry = strndup(contents + 1, strlen(contents) - 2);
        if (!object || !entry)
                return -ENOMEM;
        r = sd_bus_message_enter_container(m, 'a', contents);
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(m, 'e', entry)) > 0) {
                r = read_entry(m, depth, object);
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;
        r = sd_bus_message_exit_container(m);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(object);
        return 0;
}

static int read_value(sd_bus_message *m, const char *name, unsigned depth, JsonValue **ret)
{
        const char *contents;
        char type;
        int r;

        if (depth >= DEPTH_MAX)
                return -EBADMSG;
        r = sd_bus_message_peek_type(m, &type, &contents);
        if (r <= 0)
                return r < 0 ? r : -EBADMSG;

        if (type == 'v') {
                r = sd_bus_message_enter_container(m, 'v', contents);
                if (r < 0)
                        return r;
                r = read_value(m, name, depth + 1, ret);
                return r < 0 ? r : sd_bus_message_exit_container(m);
        }
        if (type == 'a' && strcmp(contents, "y") == 0)
                return read_byte_array(m, ret);
        if (type == 'a' && strncmp(contents, "{s", 2) == 0)
                return read_dictionary(m, contents, depth + 1, ret);
        if (type == 'a' || type == 'r')
                return read_list(m, type, contents, name, depth + 1, ret);
        return read_basic(m, type, name, ret);
}

int property_read_row(sd_bus_message *message, JsonValue **ret)
{
        return read_dictionary(message, "{sv}", 0, ret);
}

int property_read_rows(sd_bus_message *message, JsonValue **ret)
{
        return read_list(message, 'a', "a{sv}", "", 0, ret);
}

static int format_null(const char *name, char **ret)
{
        const char *text = "";

        if (ends_with(name, "USec") || strncmp(name, "Limit", 5) == 0)
                text = "infinity";
        else if (ends_with(name, "Current"))
                text = "[not set]";

        *ret = strdup(text);
        return *ret ? 0 : -ENOMEM;
}

static int format_number(const char *name, JsonValue *value, char **ret)
{
        char span[TIMESPAN_MAX], time[TIME_TEXT_MAX];
        char *text;

        if (ends_with(name, "Timestamp"))
                text = strdup(time_format(time, json_object_get_uint64(value), TIME_FULL));
        else if (ends_with(name, "USec"))
                text = strdup(timespan_format(span, sizeof(span), json_object_get_uint64(value), 1));
        else if (strcmp(name, "UMask") == 0)
                return asprintf(ret, "%04o", (unsigned) json_object_get_uint64(value)) < 0 ? -ENOMEM : 0;
        else
                text = strdup(json_object_get_string(value));
        if (!text)
                return -ENOMEM;
        *ret = text;
        return 0;
}

/* Several values of one property: a word each, quoted where that is needed to tell them apart. */
static int format_array(const char *name, JsonValue *array, char **ret)
{
        size_t size, n = json_object_array_length(array);
        char *text = NULL;
        FILE *f = open_memstream(&text, &size);
        int r = 0;

        if (!f)
                return -errno;
        for (size_t i = 0; i < n && r >= 0; i++) {
                _cleanup_free_ char *item = NULL, *quoted = NULL;

                r = property_format(name, json_object_array_get_idx(array, i), &item);
                if (r < 0)
                        break;
                /* `{ path=… }` is a record, made to be read as it is. */
                quoted = strncmp(item, "{ ", 2) == 0 ? NULL : quote_word(item);
                fprintf(f, "%s%s", i > 0 ? " " : "", quoted ? quoted : item);
        }
        if (fclose(f) != 0 && r >= 0)
                r = -ENOMEM;
        if (r < 0) {
                free(text);
                return r;
        }
        *ret = text;
        return 0;
}

int property_format(const char *name, JsonValue *value, char **ret)
{
        char *text;

        if (!value)
                return format_null(name, ret);

        switch (json_object_get_type(value)) {
        case json_type_boolean:
                text = strdup(json_object_get_boolean(value) ? "yes" : "no");
                break;
        case json_type_int:
                return format_number(name, value, ret);
        case json_type_array:
                return format_array(name, value, ret);
        case json_type_object:
                text = strdup(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN));
                break;
        case json_type_null:
        case json_type_double:
        case json_type_string:
        default:
                text = strdup(json_object_get_string(value));
                break;
        }
        if (!text)
                return -ENOMEM;
        *ret = text;
        return 0;
}

const char *property_state(JsonValue *row, char buf[PROPERTY_STATE_MAX])
{
        const char *active = row_string(row, "ActiveState"), *sub = row_string(row, "SubState");

        if (strcmp(row_string(row, "LoadState"), "bad-setting") == 0)
                sub = "bad-setting";
        (void) snprintf(buf, PROPERTY_STATE_MAX, strcmp(active, sub) == 0 ? "%.40s" : "%.40s (%.40s)", active, sub);
        return buf;
}
