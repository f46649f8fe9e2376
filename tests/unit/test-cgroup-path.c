/* SPDX-License-Identifier: MIT */

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/cgroup-path.h"

#define MOUNT_PURE "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
#define MOUNT_HYBRID                                                          \
        "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n" \
        "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"   \
        "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n"
#define MOUNT_PART  "9 8 0:26 /docker/ab /sys/fs/cgroup ro,nosuid master:4 propagate_from:2 - cgroup2 cgroup rw\n"
#define MOUNT_SPACE "9 8 0:26 / /odd\\040place\\134x rw - cgroup2 cgroup rw\n"

Test(cgroup_path, the_mount_and_our_place_are_found_in_every_kind_of_tree)
{
        static const struct {
                const char *mounts, *self;
                int r;
                const char *folder;
        } cases[] = {
                {MOUNT_PURE, "0::/system.slice/tended.service\n", 0, "/sys/fs/cgroup/system.slice/tended.service"},
                {MOUNT_PURE, "0::/\n", 0, "/sys/fs/cgroup"},
                {MOUNT_HYBRID, "9:name=systemd:/x\n4:memory:/y\n0::/\n", 0, "/sys/fs/cgroup/unified"},
                {MOUNT_HYBRID, "9:name=systemd:/x\n0::/user.slice/a b\n", 0, "/sys/fs/cgroup/unified/user.slice/a b"},
                {MOUNT_PART, "0::/docker/ab/c\n", 0, "/sys/fs/cgroup/c"},
                {MOUNT_PART, "0::/docker/ab\n", 0, "/sys/fs/cgroup"},
                {MOUNT_PART, "0::/docker/abc\n", -EXDEV, NULL},
                {MOUNT_PURE, "0::/../outside\n", -EXDEV, NULL},
                {MOUNT_SPACE, "0::/a\n", 0, "/odd place\\x/a"},
                {"31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n", "0::/\n", -ENOENT, NULL},
                {MOUNT_PURE, "4:memory:/y\n", -ENOENT, NULL},
                {"", "", -ENOENT, NULL},
                {"x - cgroup2 \n- - cgroup2 x\n", "0::/\n", -ENOENT, NULL},
                {"1 2 3 4 - cgroup2 cgroup2 rw\n", "0::/\n", -EXDEV, NULL},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                CgroupPlace place = {0};
                int r = cgroup_place_find(cases[i].mounts, cases[i].self, &place);

                cr_assert_eq(r, cases[i].r, "case %zu: %d", i, r);
                if (r == 0) {
                        char *folder = cgroup_place_folder(&place, place.own);

                        cr_assert_str_eq(folder, cases[i].folder);
                        free(folder);
                }
                cgroup_place_done(&place);
        }
}

Test(cgroup_path, names_of_files_of_cgroupfs_are_marked_and_no_two_names_meet)
{
        static const char *const cases[][2] = {
                {"web", "web"},
                {"web.api", "web.api"},
                {"worker@2", "worker@2"},
                {"cgroup.procs", "_cgroup.procs"},
                {"_cgroup.procs", "__cgroup.procs"},
                {"memory.max", "_memory.max"},
                {"cpu", "cpu"},
                {"cpux.y", "cpux.y"},
                {"_x", "__x"},
        };
        char buffer[CGROUP_NAME_MAX];

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                cr_assert_str_eq(cgroup_service_name(buffer, cases[i][0]), cases[i][1]);
}

Test(cgroup_path, only_a_group_of_this_socket_and_service_is_ours)
{
        char name[CGROUP_NAME_MAX], other[CGROUP_NAME_MAX], path[1024];

        cgroup_daemon_name(name, "/run/tended/control");
        cr_assert_neq(strcmp(name, cgroup_daemon_name(other, "/run/tended/control2")), 0);
        cr_assert_eq(strlen(name), strlen("tended-0123456789abcdef"));

        snprintf(path, sizeof(path), "/anywhere/else/%s/web", name);
        cr_assert(cgroup_is_ours(path, "/run/tended/control", "web"));
        cr_assert(!cgroup_is_ours(path, "/run/tended/control", "eb"));
        cr_assert(!cgroup_is_ours(path, "/run/tended/control2", "web"));
        snprintf(path, sizeof(path), "/%s/web", name);
        cr_assert(cgroup_is_ours(path, "/run/tended/control", "web"));
        snprintf(path, sizeof(path), "/%s/web/x", name);
        cr_assert(!cgroup_is_ours(path, "/run/tended/control", "web"));
        cr_assert(!cgroup_is_ours("/", "/run/tended/control", "web"));
        cr_assert(!cgroup_is_ours("", "/run/tended/control", "web"));
}
