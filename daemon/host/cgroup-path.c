/* SPDX-License-Identifier: MIT */

/* mountinfo names the mount of v2; /proc/self/cgroup our place in it, in the line `0::PATH`. On hybrid hosts both
 * stand between those of v1. What is mounted need not be the whole tree (a container sees a part of it), so the
 * mount's root is taken off the front of a path. */

#include "host/cgroup-path.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/strv.h"

void cgroup_place_done(CgroupPlace *place)
{
        free(place->mount);
        free(place->root);
        free(place->own);
        *place = (CgroupPlace){0};
}

/* mountinfo writes white space and backslashes as three octal digits. In place. */
static void unescape_octal(char *s)
{
        char *out = s;

        for (; *s; s++) {
                if (s[0] == '\\' && strspn(s + 1, "01234567") >= 3) {
                        *out++ = (char) ((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0'));
                        s += 3;
                } else
                        *out++ = *s;
        }
        *out = '\0';
}

/* One line: id, parent, device, root, mount point, options, optional fields, "-", type, … Returns 1 where it is one
 * of cgroup2. Takes the line apart. */
static int parse_mount(char *line, CgroupPlace *place)
{
        char *fields[5], *rest = line, *type = strstr(line, " - ");

        if (!type || strncmp(type + 3, "cgroup2 ", 8) != 0)
                return 0;
        for (size_t i = 0; i < ELEMENTSOF(fields); i++) {
                fields[i] = strsep(&rest, " ");
                if (!fields[i])
                        return 0;
        }
        unescape_octal(fields[3]);
        unescape_octal(fields[4]);
        place->root = strdup(fields[3]);
        place->mount = strdup(fields[4]);
        return place->root && place->mount ? 1 : -ENOMEM;
}

static int find_own(const char *self, CgroupPlace *place)
{
        for (const char *line = self; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
                if (strncmp(line, "0::/", 4) == 0) {
                        place->own = strndup(line + 3, strcspn(line + 3, "\n"));
                        return place->own ? 0 : -ENOMEM;
                }
        return -ENOENT;
}

int cgroup_place_find(const char *mountinfo, const char *self, CgroupPlace *ret)
{
        _cleanup_(cgroup_place_done) CgroupPlace place = {0};
        _cleanup_free_ char *copy = strdup(mountinfo), *folder = NULL;
        char *rest = copy, *line;
        int r = 0;

        if (!copy)
                return -ENOMEM;
        while (r == 0 && (line = strsep(&rest, "\n")))
                r = parse_mount(line, &place);
        if (r <= 0)
                return r < 0 ? r : -ENOENT;
        r = find_own(self, &place);
        if (r < 0)
                return r;
        folder = cgroup_place_folder(&place, place.own);
        if (!folder)
                return -EXDEV;

        *ret = place;
        place = (CgroupPlace){0};
        return 0;
}

/* `cgroup` is below `root`, or is it: what is left of it, with its '/'. */
static const char *below(const char *root, const char *cgroup)
{
        size_t length = strcmp(root, "/") == 0 ? 0 : strlen(root);

        if (strncmp(cgroup, root, length) != 0 || (cgroup[length] != '/' && cgroup[length] != '\0'))
                return NULL;
        return cgroup + length;
}

char *cgroup_place_folder(const CgroupPlace *place, const char *cgroup)
{
        const char *rest = below(place->root, cgroup);
        char *folder;

        /* "/../x" is what a namespace shows of a cgroup outside of it. */
        if (!rest || strncmp(rest, "/..", 3) == 0)
                return NULL;
        return asprintf(&folder, "%s%s", place->mount, strcmp(rest, "/") == 0 ? "" : rest) < 0 ? NULL : folder;
}

const char *cgroup_daemon_name(char buffer[CGROUP_NAME_MAX], const char *socket_path)
{
        uint64_t hash = 0xcbf29ce484222325U; /* FNV-1a */

        for (const char *c = socket_path; *c; c++)
                hash = (hash ^ (unsigned char) *c) * 0x100000001b3U;
        (void) snprintf(buffer, CGROUP_NAME_MAX, "tended-%016" PRIx64, hash);
        return buffer;
}

const char *cgroup_service_name(char buffer[CGROUP_NAME_MAX], const char *service)
{
        /* Files are called CONTROLLER.NAME; a service may be called so too. What begins with our mark gets another.
         */
        static const char *const prefixes[] = {
                "_",         "cgroup.",     "cpu.",  "cpuset.", "cpuacct.", "devices.", "dmem.",
                "freezer.",  "hugetlb.",    "io.",   "irq.",    "memory.",  "misc.",    "net_cls.",
                "net_prio.", "perf_event.", "pids.", "rdma.",   "blkio.",   "debug.",
        };
        bool marked = false;

        for (size_t i = 0; i < ELEMENTSOF(prefixes); i++)
                marked = marked || strncmp(service, prefixes[i], strlen(prefixes[i])) == 0;
        (void) snprintf(buffer, CGROUP_NAME_MAX, "%s%s", marked ? "_" : "", service);
        return buffer;
}

bool cgroup_is_ours(const char *cgroup, const char *socket_path, const char *service)
{
        char daemon_name[CGROUP_NAME_MAX], service_name[CGROUP_NAME_MAX], end[2 * CGROUP_NAME_MAX + 2];
        size_t length = strlen(cgroup), end_length;

        (void) snprintf(end, sizeof(end), "/%s/%s", cgroup_daemon_name(daemon_name, socket_path),
                        cgroup_service_name(service_name, service));
        end_length = strlen(end);
        return length >= end_length && strcmp(cgroup + length - end_length, end) == 0;
}
