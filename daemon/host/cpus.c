/* SPDX-License-Identifier: MIT */

/* How many processors there are for us, for a pool that asks for `cpus`. A container is mostly given time, not
 * processors: the machine's all stand in its affinity, and how many of them it may keep busy stands in cpu.max. */

#include "host/cpus.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "host/cgroup-own.h"
#include "host/proc.h"

/* More than any kernel is built for. */
#define PROCESSORS_MAX (64 * 1024)

static unsigned count_affinity(void)
{
        /* The kernel refuses a set that is smaller than its own. */
        for (int room = 1024; room <= PROCESSORS_MAX; room *= 2) {
                size_t size = CPU_ALLOC_SIZE(room);
                cpu_set_t *set = CPU_ALLOC(room);
                int n = -1;

                if (!set)
                        return 1;
                if (sched_getaffinity(0, size, set) >= 0)
                        n = CPU_COUNT_S(size, set);
                CPU_FREE(set);
                if (n > 0)
                        return (unsigned) n;
        }
        return 1;
}

unsigned cpus_of_quota(const char *text)
{
        unsigned long long quota, period;

        if (sscanf(text, "%20llu %20llu", &quota, &period) != 2 || period == 0)
                return UINT_MAX;
        quota = quota / period + (quota % period > 0);
        return (unsigned) MAX(MIN(quota, (unsigned long long) UINT_MAX), 1ULL);
}

static unsigned read_quota(const char *folder)
{
        _cleanup_free_ char *path = NULL;
        char text[128];

        if (asprintf(&path, "%s/cpu.max", folder) < 0) {
                path = NULL;
                return UINT_MAX;
        }
        return proc_read(AT_FDCWD, path, text, sizeof(text), NULL) < 0 ? UINT_MAX : cpus_of_quota(text);
}

/* From our own cgroup up to what is seen as the root. */
static unsigned count_quota(void)
{
        _cleanup_(cgroup_place_done) CgroupPlace place = {0};
        _cleanup_free_ char *folder = NULL;
        unsigned n = UINT_MAX;
        size_t n_mount;

        if (cgroup_place_read(&place) < 0)
                return UINT_MAX;
        folder = cgroup_place_folder(&place, place.own);
        n_mount = strlen(place.mount);
        while (folder && strlen(folder) >= n_mount) {
                char *slash = strrchr(folder, '/');

                n = MIN(n, read_quota(folder));
                if (!slash)
                        break;
                *slash = '\0';
        }
        return n;
}

unsigned cpus_count(void)
{
        return MIN(count_affinity(), count_quota());
}
