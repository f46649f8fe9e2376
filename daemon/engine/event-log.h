/* SPDX-License-Identifier: MIT */
#pragma once

/* What is known of each event before it happens. */

#include "engine/delivery.h"

typedef struct EventInfo {
        const char *name;
        const char *message_id; /* 32 hexadecimal digits; the catalog has an entry for each */
        int priority;           /* 0 to 7, as a rule */
} EventInfo;

const EventInfo *event_info(EventId id);
