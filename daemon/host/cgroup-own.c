/* SPDX-License-Identifier: MIT */

/* Reads the two files of /proc that tell where cgroup v2 is mounted and where we are in it; what they mean is
 * cgroup-path's. */

#include "host/cgroup-own.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/proc.h"

#define TEXT_MAX ((size_t) 16 << 20)

static int read_text(const char *path, char **ret)
{
        for (size_t room = 16384; room <= TEXT_MAX; room *= 4) {
                _cleanup_free_ char *text = malloc(room);
                int r;

                if (!text)
                        return -ENOMEM;
                r = proc_read(AT_FDCWD, path, text, room, NULL);
                if (r >= 0)
                        *ret = TAKE_PTR(text);
                if (r != -E2BIG)
                        return r;
        }
        return -E2BIG;
}

int cgroup_place_read(CgroupPlace *ret)
{
        _cleanup_free_ char *mounts = NULL, *self = NULL;
        int r;

        r = read_text("/proc/self/mountinfo", &mounts);
        if (r >= 0)
                r = read_text("/proc/self/cgroup", &self);
        return r < 0 ? r : cgroup_place_find(mounts, self, ret);
}

int cgroup_daemon_folder(const char *socket_path, char **ret)
{
        _cleanup_(cgroup_place_done) CgroupPlace place = {0};
        _cleanup_free_ char *own = NULL;
        char name[CGROUP_NAME_MAX];
        int r;

        r = cgroup_place_read(&place);
        if (r < 0)
                return r;
        own = cgroup_place_folder(&place, place.own);
        if (!own)
                return -EXDEV;
        return asprintf(ret, "%s/%s", own, cgroup_daemon_name(name, socket_path)) < 0 ? -ENOMEM : 0;
}
