/* SPDX-License-Identifier: MIT */

/* Pseudo-terminals. The other side is opened through the master itself, so that neither the mount of /dev/pts nor a
 * name in it matters, and never becomes the daemon's own controlling terminal. */

#include "host/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "common/fd.h"

#define ROWS    24
#define COLUMNS 80

int terminal_open(int *ret_master, int *ret_slave)
{
        _cleanup_close_ int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK), slave = -EBADF;
        struct termios settings;
        int r;

        if (master < 0)
                return -errno;
        if (unlockpt(master) < 0)
                return -errno;
        slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (slave < 0)
                return -errno;

        /* Bytes of UTF-8 are letters: one backspace takes one of them away. */
        if (tcgetattr(slave, &settings) < 0)
                return -errno;
        settings.c_iflag |= IUTF8;
        if (tcsetattr(slave, TCSANOW, &settings) < 0)
                return -errno;
        r = terminal_set_size(master, ROWS, COLUMNS);
        if (r < 0)
                return r;

        *ret_master = TAKE_FD(master);
        *ret_slave = TAKE_FD(slave);
        return 0;
}

int terminal_set_size(int master, unsigned rows, unsigned columns)
{
        struct winsize size = {.ws_row = (unsigned short) MIN(rows, 0xffffu),
                               .ws_col = (unsigned short) MIN(columns, 0xffffu)};

        return ioctl(master, TIOCSWINSZ, &size) < 0 ? -errno : 0;
}

size_t terminal_end_of_file(int master, bool in_line, char ret[static 2])
{
        struct termios settings;
        bool canonical = true;

        ret[0] = ret[1] = 0x04;
        if (tcgetattr(master, &settings) >= 0) {
                canonical = settings.c_lflag & ICANON;
                /* Whoever reads single letters looks for ^D himself. */
                if (canonical)
                        ret[0] = ret[1] = (char) settings.c_cc[VEOF];
        }
        return canonical && in_line ? 2 : 1;
}
