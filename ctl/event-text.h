/* SPDX-License-Identifier: MIT */
#pragma once

/* What happened, as the daemon tells it to those who watch: for people a line, for programs an object. Pure, but for
 * the time zone. */

#include "ctl/entry.h"
#include "ctl/json.h"
#include "ctl/style.h"

/* `Nov 21 00:30:01.123456 web is ready`, without newline. The caller frees it. -ENOMEM. */
int event_format(const Entry *entry, const Style *style, char **ret);
/* -ENOMEM. */
int event_to_json(const Entry *entry, JsonValue **ret);
