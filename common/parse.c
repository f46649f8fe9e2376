/* SPDX-License-Identifier: MIT */
/* Single values. Numbers are read as systemd's own helpers read them, by strtoll() with one more prefix each for
 * binary and octal; the names of signals and levels stand in tables. */

#include "common/parse.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define WHITESPACE   " \t\n\r"

/* Signals 32 and 33 are glibc's own. musl takes one more, but what counts is what the children see. */
#define REALTIME_MIN 34
#define REALTIME_MAX 64

int boolean_parse(const char *s, bool *ret)
{
        static const char *const words[2][6] = {
                {"0", "no", "n", "false", "f", "off"},
                {"1", "yes", "y", "true", "t", "on"},
        };

        for (size_t value = 0; value < 2; value++)
                for (size_t i = 0; i < ELEMENTSOF(words[value]); i++)
                        if (strcasecmp(s, words[value][i]) == 0) {
                                *ret = value == 1;
                                return 0;
                        }
        return -EINVAL;
}

/* Skips white space and the prefixes that strtoll() does not know. */
static const char *read_base(const char *s, int *base)
{
        s += strspn(s, WHITESPACE);
        if (s[0] == '0' && (s[1] == 'b' || s[1] == 'B'))
                *base = 2;
        else if (s[0] == '0' && (s[1] == 'o' || s[1] == 'O'))
                *base = 8;
        else
                return s;
        return s + 2;
}

int integer_parse(const char *s, int64_t min, int64_t max, int64_t *ret)
{
        int base = 0;
        long long value;
        char *end;

        s = read_base(s, &base);
        errno = 0;
        value = strtoll(s, &end, base);
        if (end == s || *end)
                return -EINVAL;
        if (errno == ERANGE || value < min || value > max)
                return -ERANGE;
        *ret = value;
        return 0;
}

static int unsigned_parse_base(const char *s, int base, uint64_t max, uint64_t *ret)
{
        unsigned long long value;
        char *end;

        errno = 0;
        value = strtoull(s, &end, base);
        if (end == s || *end)
                return -EINVAL;
        /* strtoull() takes -1 for the greatest number there is. */
        if (errno == ERANGE || (value != 0 && *s == '-') || value > max)
                return -ERANGE;
        *ret = value;
        return 0;
}

int unsigned_parse(const char *s, uint64_t max, uint64_t *ret)
{
        int base = 0;

        s = read_base(s, &base);
        return unsigned_parse_base(s, base, max, ret);
}

int mode_parse(const char *s, unsigned *ret)
{
        uint64_t mode;
        int r;

        s += strspn(s, WHITESPACE);
        if (*s == '+' || *s == '-')
                return -EINVAL;
        r = unsigned_parse_base(s, 8, 07777, &mode);
        if (r < 0)
                return r;
        *ret = (unsigned) mode;
        return 0;
}

int percent_parse(const char *s, unsigned max, unsigned *ret)
{
        _cleanup_free_ char *number = NULL;
        size_t n = strlen(s);
        int64_t value;
        int r;

        if (n == 0 || s[n - 1] != '%')
                return -EINVAL;
        number = strndup(s, n - 1);
        if (!number)
                return -ENOMEM;
        r = integer_parse(number, 0, max, &value);
        if (r < 0)
                return r;
        *ret = (unsigned) value;
        return 0;
}

/* By number: the same on every architecture that Linux of today is built for but MIPS, PA-RISC, Alpha and SPARC, so
 * by their macros. */
static const char *const signal_names[] = {
        [SIGHUP] = "HUP",       [SIGINT] = "INT",     [SIGQUIT] = "QUIT", [SIGILL] = "ILL",   [SIGTRAP] = "TRAP",
        [SIGABRT] = "ABRT",     [SIGBUS] = "BUS",     [SIGFPE] = "FPE",   [SIGKILL] = "KILL", [SIGUSR1] = "USR1",
        [SIGSEGV] = "SEGV",     [SIGUSR2] = "USR2",   [SIGPIPE] = "PIPE", [SIGALRM] = "ALRM", [SIGTERM] = "TERM",
#ifdef SIGSTKFLT
        [SIGSTKFLT] = "STKFLT",
#endif
        [SIGCHLD] = "CHLD",     [SIGCONT] = "CONT",   [SIGSTOP] = "STOP", [SIGTSTP] = "TSTP", [SIGTTIN] = "TTIN",
        [SIGTTOU] = "TTOU",     [SIGURG] = "URG",     [SIGXCPU] = "XCPU", [SIGXFSZ] = "XFSZ", [SIGVTALRM] = "VTALRM",
        [SIGPROF] = "PROF",     [SIGWINCH] = "WINCH", [SIGIO] = "IO",     [SIGPWR] = "PWR",   [SIGSYS] = "SYS",
};

/* `RTMIN+n` and `RTMAX-n`: what follows the name. */
static int parse_realtime(const char *s, int base, char sign, int *ret)
{
        int64_t offset = 0;
        int r;

        if (*s) {
                if (*s != sign)
                        return -EINVAL;
                r = integer_parse(s, REALTIME_MIN - REALTIME_MAX, REALTIME_MAX - REALTIME_MIN, &offset);
                if (r < 0)
                        return r;
        }
        *ret = base + (int) offset;
        return 0;
}

int signal_parse(const char *s, int *ret)
{
        int64_t number;
        int r;

        r = integer_parse(s, 1, REALTIME_MAX, &number);
        if (r == -ERANGE)
                return r;
        if (r >= 0) {
                *ret = (int) number;
                return 0;
        }

        if (strncmp(s, "SIG", 3) == 0)
                s += 3;
        for (size_t i = 0; i < ELEMENTSOF(signal_names); i++)
                if (signal_names[i] && strcmp(s, signal_names[i]) == 0) {
                        *ret = (int) i;
                        return 0;
                }
        if (strncmp(s, "RTMIN", 5) == 0)
                return parse_realtime(s + 5, REALTIME_MIN, '+', ret);
        if (strncmp(s, "RTMAX", 5) == 0)
                return parse_realtime(s + 5, REALTIME_MAX, '-', ret);
        return -EINVAL;
}

const char *signal_format(char buf[SIGNAL_NAME_MAX], int signal)
{
        if (signal > 0 && (size_t) signal < ELEMENTSOF(signal_names) && signal_names[signal])
                snprintf(buf, SIGNAL_NAME_MAX, "SIG%s", signal_names[signal]);
        else if (signal >= REALTIME_MIN && signal <= REALTIME_MAX)
                snprintf(buf, SIGNAL_NAME_MAX, "SIGRTMIN+%d", signal - REALTIME_MIN);
        else
                snprintf(buf, SIGNAL_NAME_MAX, "%d", signal);
        return buf;
}

static const char *const level_names[] = {"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"};

int level_parse(const char *s, int *ret)
{
        uint64_t number;
        int r;

        for (size_t i = 0; i < ELEMENTSOF(level_names); i++)
                if (strcmp(s, level_names[i]) == 0) {
                        *ret = (int) i;
                        return 0;
                }
        r = unsigned_parse(s, ELEMENTSOF(level_names) - 1, &number);
        if (r < 0)
                return r;
        *ret = (int) number;
        return 0;
}

const char *level_to_string(int level)
{
        return level >= 0 && (size_t) level < ELEMENTSOF(level_names) ? level_names[level] : NULL;
}
