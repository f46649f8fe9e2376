/* SPDX-License-Identifier: MIT */

/* Compares two readings of the definitions. Which fields there are, when two values are the same, and what a change
 * takes: all that is the table's. Both lists are sorted by name, so one walk along them does it. */

#include "core/config-diff.h"

#include <errno.h>
#include <string.h>

#include "common/strv.h"
#include "core/directives.h"

/* The most that any of the changed directives takes. */
static ChangeTakes compare(const ServiceConfig *before, const ServiceConfig *after)
{
        size_t n;
        const Directive *rows = directives(SECTION_SERVICE, &n);
        ChangeTakes takes =
                before->bad != after->bad || before->kind != after->kind ? TAKES_NEXT_START : TAKES_NOTHING;

        for (size_t i = 0; i < n; i++)
                if (!rows[i].kind->equal(&rows[i], before, after))
                        takes = MAX(takes, rows[i].takes);
        return takes;
}

/* What every service is made with and no service says. */
static ChangeTakes compare_daemon(const DaemonConfig *before, const DaemonConfig *after)
{
        return strv_equal(before->default_environment, after->default_environment) ? TAKES_NOTHING : TAKES_RESTART;
}

static int diff_units(const Config *before, const Config *after, ConfigDiff *diff)
{
        ChangeTakes all = compare_daemon(&before->daemon, &after->daemon);
        size_t i = 0, j = 0;

        diff->items = calloc(before->n_services + after->n_services + 1, sizeof(*diff->items));
        if (!diff->items)
                return -ENOMEM;

        while (i < before->n_services || j < after->n_services) {
                const ServiceConfig *old = i < before->n_services ? before->services[i] : NULL;
                const ServiceConfig *new = j < after->n_services ? after->services[j] : NULL;
                int order = !old ? 1 : !new ? -1 : strcmp(old->name, new->name);
                ConfigDiffItem item = {.service = order <= 0 ? old->name : new->name};

                i += order <= 0;
                j += order >= 0;
                if (order < 0) {
                        item.change = CONFIG_REMOVED;
                        item.takes = TAKES_RESTART;
                } else if (order > 0) {
                        item.change = CONFIG_ADDED;
                        item.takes = TAKES_NEXT_START;
                } else {
                        item.change = CONFIG_CHANGED;
                        item.takes = MAX(compare(old, new), new->kind == UNIT_TARGET ? TAKES_NOTHING : all);
                        if (item.takes == TAKES_NOTHING)
                                continue;
                }
                diff->items[diff->n++] = item;
        }
        return 0;
}

/* Who waits for a slot finds them as they are at that time. */
static void diff_pools(const Config *before, const Config *after, ConfigDiff *diff)
{
        size_t i = 0, j = 0;

        while (i < before->n_pools || j < after->n_pools) {
                const PoolConfig *old = i < before->n_pools ? before->pools[i] : NULL;
                const PoolConfig *new = j < after->n_pools ? after->pools[j] : NULL;
                int order = !old ? 1 : !new ? -1 : strcmp(old->name, new->name);

                i += order <= 0;
                j += order >= 0;
                if (order == 0 && old->slots == new->slots)
                        continue;
                diff->others[diff->n_others++] = (ConfigDiffOther){
                        .pool = order <= 0 ? old->name : new->name,
                        .change = order < 0   ? CONFIG_REMOVED
                                  : order > 0 ? CONFIG_ADDED
                                              : CONFIG_CHANGED,
                        .takes = TAKES_LIVE,
                };
        }
}

static int diff_others(const Config *before, const Config *after, ConfigDiff *diff)
{
        size_t n;
        const Directive *rows = directives(SECTION_DAEMON, &n);

        diff->others = calloc(before->n_pools + after->n_pools + n + 1, sizeof(*diff->others));
        if (!diff->others)
                return -ENOMEM;
        diff_pools(before, after, diff);
        for (size_t i = 0; i < n; i++)
                if (rows[i].name && !rows[i].kind->equal(&rows[i], &before->daemon, &after->daemon))
                        diff->others[diff->n_others++] = (ConfigDiffOther){
                                .directive = rows[i].name, .change = CONFIG_CHANGED, .takes = rows[i].takes};
        return 0;
}

int config_diff(const Config *before, const Config *after, ConfigDiff *ret)
{
        _cleanup_(config_diff_done) ConfigDiff diff = {};
        int r;

        r = diff_units(before, after, &diff);
        if (r >= 0)
                r = diff_others(before, after, &diff);
        if (r < 0)
                return r;
        *ret = diff;
        diff = (ConfigDiff){};
        return 0;
}

void config_diff_done(ConfigDiff *diff)
{
        free(diff->items);
        free(diff->others);
        *diff = (ConfigDiff){};
}

const char *config_change_to_string(ConfigChange change)
{
        static const char *const names[_CONFIG_CHANGE_N] = {
                [CONFIG_ADDED] = "added",
                [CONFIG_REMOVED] = "removed",
                [CONFIG_CHANGED] = "changed",
        };

        assert(change < _CONFIG_CHANGE_N);
        return names[change];
}

const char *change_takes_to_string(ChangeTakes takes)
{
        static const char *const names[_CHANGE_TAKES_N] = {
                [TAKES_NOTHING] = "nothing",
                [TAKES_LIVE] = "live",
                [TAKES_NEXT_START] = "next-start",
                [TAKES_RESTART] = "restart",
        };

        assert(takes < _CHANGE_TAKES_N);
        return names[takes];
}
