/* SPDX-License-Identifier: MIT */

/* Whatever ends us, but SIGKILL, the terminal is left as it was found: signals are taken as something to be read, and
 * handled where there is order. */

#include "ctl/own-terminal.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/fd.h"

static int take_signals(OwnTerminal *terminal)
{
        static const int signals[] = {SIGWINCH, SIGTERM, SIGINT, SIGHUP, SIGQUIT};
        sigset_t mask;

        (void) sigemptyset(&mask);
        for (size_t i = 0; i < ELEMENTSOF(signals); i++)
                (void) sigaddset(&mask, signals[i]);
        if (sigprocmask(SIG_BLOCK, &mask, &terminal->saved_mask) < 0)
                return -errno;
        terminal->signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
        return terminal->signal_fd < 0 ? -errno : 0;
}

int own_terminal_open(OwnTerminal *terminal, int fd, bool raw)
{
        struct termios settings;
        int r;

        *terminal = OWN_TERMINAL_NULL;
        if (tcgetattr(fd, &terminal->saved) < 0)
                return -errno;
        r = take_signals(terminal);
        if (r < 0)
                return r;

        settings = terminal->saved;
        if (raw)
                cfmakeraw(&settings);
        else
                settings.c_cc[VEOL] = DETACH_LETTER;
        terminal->fd = fd;
        terminal->changed = true;
        return tcsetattr(fd, TCSADRAIN, &settings) < 0 ? -errno : 0;
}

void own_terminal_done(OwnTerminal *terminal)
{
        if (terminal->changed)
                (void) tcsetattr(terminal->fd, TCSADRAIN, &terminal->saved);
        if (terminal->signal_fd >= 0)
                (void) sigprocmask(SIG_SETMASK, &terminal->saved_mask, NULL);
        fd_close(terminal->signal_fd);
        *terminal = OWN_TERMINAL_NULL;
}

int own_terminal_read_signal(OwnTerminal *terminal)
{
        struct signalfd_siginfo info;
        ssize_t n = read(terminal->signal_fd, &info, sizeof(info));

        if (n < 0)
                return errno == EAGAIN || errno == EINTR ? 0 : -errno;
        return info.ssi_signo == SIGWINCH ? 1 : -EINTR;
}

int own_terminal_size(const OwnTerminal *terminal, unsigned *ret_rows, unsigned *ret_columns)
{
        struct winsize size;

        if (ioctl(terminal->fd, TIOCGWINSZ, &size) < 0)
                return -errno;
        if (size.ws_row == 0 || size.ws_col == 0)
                return -ENODATA;
        *ret_rows = size.ws_row;
        *ret_columns = size.ws_col;
        return 0;
}
