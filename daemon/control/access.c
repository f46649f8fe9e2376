/* SPDX-License-Identifier: MIT */

/* Who may do what. The kernel says who is at the other end, supplementary groups included, so that nothing here asks
 * a name service, which may hang. The group's own number is read from /etc/group at the start of the daemon: a group
 * that exists only in a directory service is none. */

#include "control/access.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"

#define GROUP_FILE_MAX (4 * 1024 * 1024)

static int peer_read_groups(Peer *peer, int fd)
{
        socklen_t length = 0;

        /* The first call tells the size; between the two nothing changes, they are those of the connect(). */
        if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &length) >= 0)
                return 0;
        if (errno != ERANGE)
                return -errno;

        peer->groups = malloc(length);
        if (!peer->groups)
                return -ENOMEM;
        if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, peer->groups, &length) < 0)
                return -errno;
        peer->n_groups = length / sizeof(gid_t);
        return 0;
}

int peer_init(Peer *peer, int fd)
{
        Peer new = PEER_NULL;
        struct ucred credentials;
        socklen_t length = sizeof(credentials);
        int r;

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) < 0)
                return -errno;
        new.uid = credentials.uid;
        new.gid = credentials.gid;
        new.pid = credentials.pid;

        r = peer_read_groups(&new, fd);
        if (r < 0) {
                peer_done(&new);
                return r;
        }
        *peer = new;
        return 0;
}

void peer_command(const Peer *peer, char *buffer, size_t size)
{
        _cleanup_close_ int fd = -EBADF;
        char path[32];
        ssize_t n;

        buffer[0] = '\0';
        (void) snprintf(path, sizeof(path), "/proc/%d/comm", peer->pid);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        n = fd < 0 ? -1 : read(fd, buffer, size - 1);
        if (n <= 0)
                return;
        buffer[n] = '\0';
        buffer[strcspn(buffer, "\n")] = '\0';
        /* A process gives itself its name: nothing of it may act on a terminal or look like two fields. */
        for (char *p = buffer; *p; p++)
                if ((unsigned char) *p < 0x20 || *p == 0x7f)
                        *p = '?';
}

void peer_done(Peer *peer)
{
        free(peer->groups);
        *peer = PEER_NULL;
}

bool access_is_privileged(const AccessPolicy *policy, const Peer *peer)
{
        if (peer->uid == (uid_t) -1)
                return false;
        if (peer->uid == 0 || peer->uid == policy->own_uid)
                return true;
        if (policy->group == (gid_t) -1)
                return false;
        if (peer->gid == policy->group)
                return true;
        for (size_t i = 0; i < peer->n_groups; i++)
                if (peer->groups[i] == policy->group)
                        return true;
        return false;
}

/* `NAME:PASSWORD:GID:MEMBERS`; false where the line is none of `name`, or no such line at all. */
static bool parse_group_line(const char *line, const char *name, gid_t *ret)
{
        size_t length = strlen(name);
        const char *p = line;
        uint64_t gid = 0;

        if (strncmp(p, name, length) != 0 || p[length] != ':')
                return false;
        p += length + 1;
        p += strcspn(p, ":\n");
        if (*p++ != ':' || *p < '0' || *p > '9')
                return false;
        for (; *p >= '0' && *p <= '9'; p++) {
                gid = gid * 10 + (uint64_t) (*p - '0');
                if (gid >= (gid_t) -1)
                        return false;
        }
        if (*p != ':' && *p != '\n' && *p != '\0')
                return false;
        *ret = (gid_t) gid;
        return true;
}

int access_parse_group(const char *text, const char *name, gid_t *ret)
{
        for (const char *line = text; *line;) {
                if (parse_group_line(line, name, ret))
                        return 0;
                line += strcspn(line, "\n");
                line += *line == '\n';
        }
        return -ENOENT;
}

int access_read_group(const char *path, const char *name, gid_t *ret)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        _cleanup_free_ char *text = NULL;
        size_t size = 0;
        struct stat st;

        if (fd < 0)
                return -errno;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode) || st.st_size > GROUP_FILE_MAX)
                return -EINVAL;

        text = malloc((size_t) st.st_size + 1);
        if (!text)
                return -ENOMEM;
        while (size < (size_t) st.st_size) {
                ssize_t n = read(fd, text + size, (size_t) st.st_size - size);

                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                size += (size_t) n;
        }
        text[size] = '\0';
        return access_parse_group(text, name, ret);
}
