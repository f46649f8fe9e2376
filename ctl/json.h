/* SPDX-License-Identifier: MIT */
#pragma once

/* JSON for programs, and rows of properties for all: a row is a JSON object from the moment it came from the daemon,
 * whether it is printed as JSON in the end or not. Its values are final: what is not set, or infinite, is null. */

#include <json-c/json.h>

#include "common/macro.h"

typedef struct json_object JsonValue;

static inline void json_value_putp(JsonValue **value)
{
        if (*value)
                json_object_put(*value);
}
#define _cleanup_json_ _cleanup_(json_value_putp)

/* A string, or an array of numbers where the bytes are no UTF-8, as journalctl has it. NULL when out of memory. */
JsonValue *json_bytes(const void *data, size_t size);
/* Adds `value` (taken over in every case; NULL is out of memory, use json_add_null() for null). */
int json_add(JsonValue *object, const char *name, JsonValue *value);
int json_add_null(JsonValue *object, const char *name);

/* One object on stderr. */
void json_print_error(const char *name, const char *message);
/* An array of objects on stdout, a line each; a single object on a line of its own. */
int json_print_rows(JsonValue *array);
int json_print_line(JsonValue *object);

/* What stands in a row; the fallback where it is missing or null. */
const char *row_string(JsonValue *row, const char *name);
uint64_t row_number(JsonValue *row, const char *name, uint64_t fallback);
bool row_bool(JsonValue *row, const char *name);
bool row_has(JsonValue *row, const char *name);
