/* SPDX-License-Identifier: MIT */
#pragma once

/* What another reading of the definitions changes, service by service, and what each change takes. */

#include "core/config.h"

typedef enum ConfigChange {
        CONFIG_ADDED,
        CONFIG_REMOVED,
        CONFIG_CHANGED,
        _CONFIG_CHANGE_N,
} ConfigChange;

/* What a change of a directive takes until it is in force, the least first. */
typedef enum ChangeTakes {
        TAKES_NOTHING,    /* it is as it was */
        TAKES_LIVE,       /* in force at once */
        TAKES_NEXT_START, /* with the next start; the running process is right as it is */
        TAKES_RESTART,    /* the running process is not what the definition says any more */
        _CHANGE_TAKES_N,
} ChangeTakes;

/* A service or a target. */
typedef struct ConfigDiffItem {
        const char *service; /* of one of the two configs */
        ConfigChange change;
        ChangeTakes takes;
} ConfigDiffItem;

/* A pool, or a setting of [daemon], whose TAKES_RESTART is one of the daemon. */
typedef struct ConfigDiffOther {
        const char *pool;      /* of one of the two configs; NULL: none */
        const char *directive; /* of [daemon]; NULL: none */
        ConfigChange change;
        ChangeTakes takes;
} ConfigDiffOther;

/* What is the same is left out: that is what means the same, in whichever file and words it stands. */
typedef struct ConfigDiff {
        ConfigDiffItem *items; /* sorted by service */
        size_t n;
        ConfigDiffOther *others; /* pools, sorted, then [daemon] in the table's order */
        size_t n_others;
} ConfigDiff;

int config_diff(const Config *before, const Config *after, ConfigDiff *ret);
void config_diff_done(ConfigDiff *diff);
/* "added", "removed", "changed" */
const char *config_change_to_string(ConfigChange change);
/* "nothing", "live", "next-start", "restart" */
const char *change_takes_to_string(ChangeTakes takes);
