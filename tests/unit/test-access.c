/* SPDX-License-Identifier: MIT */

#include "control/access.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/fd.h"

Test(access, who_may_change_things)
{
        static const gid_t with[] = {4, 27, 990}, without[] = {4, 27};
        static const struct {
                AccessPolicy policy;
                Peer peer;
                bool privileged;
        } cases[] = {
                {{.own_uid = 0, .group = 990}, {.uid = 0, .gid = 0}, true},
                {{.own_uid = 500, .group = 990}, {.uid = 0, .gid = 0}, true},
                {{.own_uid = 500, .group = 990}, {.uid = 500, .gid = 500}, true},
                {{.own_uid = 500, .group = 990}, {.uid = 501, .gid = 500}, false},
                {{.own_uid = 0, .group = 990}, {.uid = 501, .gid = 990}, true},
                {{.own_uid = 0, .group = 990}, {501, 501, 1, (gid_t *) with, ELEMENTSOF(with)}, true},
                {{.own_uid = 0, .group = 990}, {501, 501, 1, (gid_t *) without, ELEMENTSOF(without)}, false},
                {{.own_uid = 0, .group = (gid_t) -1}, {501, 501, 1, (gid_t *) with, ELEMENTSOF(with)}, false},
                {{.own_uid = 0, .group = (gid_t) -1}, {.uid = 501, .gid = (gid_t) -1}, false},
                {{.own_uid = (uid_t) -1, .group = (gid_t) -1}, {.uid = (uid_t) -1, .gid = (gid_t) -1}, false},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                cr_assert_eq(access_is_privileged(&cases[i].policy, &cases[i].peer), cases[i].privileged, "case %zu",
                             i);
}

Test(access, the_group_is_found_by_its_whole_name)
{
        static const struct {
                const char *text;
                int r;
                gid_t gid;
        } cases[] = {
                {"root:x:0:\ntended:x:990:alice,bob\nzz:x:7:\n", 0, 990},
                {"tended:x:990", 0, 990},
                {"tended::12:\n", 0, 12},
                {"tended2:x:5:\nxtended:x:6:\n", -ENOENT, 0},
                {"root:x:0:tended\n", -ENOENT, 0},
                {"", -ENOENT, 0},
                {"tended", -ENOENT, 0},
                {"tended:", -ENOENT, 0},
                {"tended:x", -ENOENT, 0},
                {"tended:x:", -ENOENT, 0},
                {"tended:x:-1:", -ENOENT, 0},
                {"tended:x:12a:", -ENOENT, 0},
                {"tended:x:4294967295:", -ENOENT, 0},
                {"tended:x:99999999999999999999:", -ENOENT, 0},
                {"tended:x\n:7:\n", -ENOENT, 0},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                gid_t gid = 0;

                cr_assert_eq(access_parse_group(cases[i].text, "tended", &gid), cases[i].r, "%s", cases[i].text);
                cr_assert_eq(gid, cases[i].gid, "%s", cases[i].text);
        }
}

Test(access, a_file_that_is_none_is_not_read)
{
        char path[] = "/tmp/test-access-XXXXXX";
        int fd = mkstemp(path);
        gid_t gid = 0;

        cr_assert_eq(write(fd, "tended:x:990:\n", 14), 14);
        cr_assert_eq(access_read_group(path, "tended", &gid), 0);
        cr_assert_eq(gid, 990);
        cr_assert_eq(ftruncate(fd, 1L << 40), 0);
        cr_assert_eq(access_read_group(path, "tended", &gid), -EINVAL);
        fd_close(fd);
        unlink(path);
        cr_assert_eq(access_read_group(path, "tended", &gid), -ENOENT);
        cr_assert_eq(access_read_group("/tmp", "tended", &gid), -EINVAL);
}

Test(access, the_kernel_tells_who_is_at_the_other_end)
{
        Peer peer = PEER_NULL;
        gid_t groups[64];
        int fds[2], n;

        cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        cr_assert_eq(peer_init(&peer, fds[0]), 0);
        cr_assert_eq(peer.uid, geteuid());
        cr_assert_eq(peer.gid, getegid());
        n = getgroups(ELEMENTSOF(groups), groups);
        cr_assert_eq(peer.n_groups, (size_t) n);
        for (int i = 0; i < n; i++)
                cr_assert_eq(peer.groups[i], groups[i]);
        peer_done(&peer);
        fd_close(fds[0]);
        fd_close(fds[1]);
}
