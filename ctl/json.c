/* SPDX-License-Identifier: MIT */

/* The JSON side of tendctl: building, asking, printing. Nothing here knows the bus. */

#include "ctl/json.h"

#include <errno.h>
#include <stdio.h>

#include "ctl/display.h"

#define PRINT_FLAGS (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

JsonValue *json_bytes(const void *data, size_t size)
{
        _cleanup_json_ JsonValue *array = NULL;

        if (utf8_is_valid(data, size) && size < INT32_MAX)
                return json_object_new_string_len(data, (int) size);

        array = json_object_new_array();
        if (!array)
                return NULL;
        for (size_t i = 0; i < size; i++) {
                JsonValue *byte = json_object_new_int(((const uint8_t *) data)[i]);

                if (!byte || json_object_array_add(array, byte) < 0)
                        return NULL;
        }
        return TAKE_PTR(array);
}

int json_add(JsonValue *object, const char *name, JsonValue *value)
{
        if (!value)
                return -ENOMEM;
        if (json_object_object_add(object, name, value) < 0) {
                json_object_put(value);
                return -ENOMEM;
        }
        return 0;
}

int json_add_null(JsonValue *object, const char *name)
{
        return json_object_object_add(object, name, NULL) < 0 ? -ENOMEM : 0;
}

void json_print_error(const char *name, const char *message)
{
        _cleanup_json_ JsonValue *object = json_object_new_object();

        if (!object || json_add(object, "Error", json_object_new_string(name ? name : "")) < 0 ||
            json_add(object, "Message", json_object_new_string(message)) < 0)
                return;
        fprintf(stderr, "%s\n", json_object_to_json_string_ext(object, PRINT_FLAGS));
}

int json_print_line(JsonValue *object)
{
        size_t size;
        const char *text = json_object_to_json_string_length(object, PRINT_FLAGS, &size);

        if (!text)
                return -ENOMEM;
        fwrite(text, 1, size, stdout);
        fputc('\n', stdout);
        return 0;
}

int json_print_rows(JsonValue *array)
{
        size_t n = json_object_array_length(array);

        fputc('[', stdout);
        for (size_t i = 0; i < n; i++) {
                const char *text = json_object_to_json_string_ext(json_object_array_get_idx(array, i), PRINT_FLAGS);

                if (!text)
                        return -ENOMEM;
                printf("%s%s", i > 0 ? ",\n " : "", text);
        }
        fputs("]\n", stdout);
        return 0;
}

static JsonValue *row_get(JsonValue *row, const char *name)
{
        JsonValue *value = NULL;

        return json_object_object_get_ex(row, name, &value) ? value : NULL;
}

const char *row_string(JsonValue *row, const char *name)
{
        JsonValue *value = row_get(row, name);

        return value && json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

uint64_t row_number(JsonValue *row, const char *name, uint64_t fallback)
{
        JsonValue *value = row_get(row, name);

        return value && json_object_is_type(value, json_type_int) ? json_object_get_uint64(value) : fallback;
}

bool row_bool(JsonValue *row, const char *name)
{
        JsonValue *value = row_get(row, name);

        return value && json_object_get_boolean(value);
}

bool row_has(JsonValue *row, const char *name)
{
        return row_get(row, name);
}
