/* SPDX-License-Identifier: MIT */

/* A file system that hangs: it mounts itself by /dev/fuse, says "mounted", and never answers a request. Whoever looks
 * into its folder waits until this process dies. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

int main(int argc, char **argv)
{
        char options[128];
        int fd;

        if (argc != 2)
                return 2;

        fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
        if (fd < 0) {
                fprintf(stderr, "/dev/fuse: %s\n", strerror(errno));
                return 1;
        }
        snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
        if (mount("hung", argv[1], "fuse.hung", MS_NOSUID | MS_NODEV, options) < 0) {
                fprintf(stderr, "mount %s: %s\n", argv[1], strerror(errno));
                return 1;
        }
        printf("mounted\n");
        fflush(stdout);
        pause();
        return 0;
}
