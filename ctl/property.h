/* SPDX-License-Identifier: MIT */
#pragma once

/* Properties: from the bus into rows, from rows into the text of `show`. */

#include <systemd/sd-bus.h>

#include "ctl/json.h"

/* The reply of List (aa{sv}) as an array of rows. */
int property_read_rows(sd_bus_message *message, JsonValue **ret);
/* One a{sv} as a row. */
int property_read_row(sd_bus_message *message, JsonValue **ret);

/* As `systemctl show` prints it behind the '=': yes and no, spans as 1min 30s, times as dates. `value` may be NULL
 * (null). The caller frees it. */
int property_format(const char *name, JsonValue *value, char **ret);

#define PROPERTY_STATE_MAX 96

/* `active (running)`, `inactive (bad-setting)`; `failed` says all by itself. Returns `buf`. */
const char *property_state(JsonValue *row, char buf[PROPERTY_STATE_MAX]);
