/* SPDX-License-Identifier: MIT */
#pragma once

/* Values of ours on their way into a message. */

#include <systemd/sd-bus.h>

#include "core/value.h"

/* D-Bus carries UTF-8 and nothing else: a byte that is none becomes `\xNN`. The caller frees it. */
int wire_clean(const char *s, char **ret);
/* Appends a string, cleaned; NULL is "". */
int wire_append_string(sd_bus_message *m, const char *s);
int wire_append_strv(sd_bus_message *m, char *const *strv);
/* Appends a value as what `signature` says (see property_signature()). */
int wire_append_value(sd_bus_message *m, const char *signature, const Value *value);
/* Appends a dictionary's entry `{sv}`. */
int wire_append_entry(sd_bus_message *m, const char *name, const char *signature, const Value *value);
