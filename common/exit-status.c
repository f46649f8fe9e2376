/* SPDX-License-Identifier: MIT */
/* The names of exit codes: the C library's, those of LSB init scripts, of BSD's sysexits.h, and what a process ends
 * with where a step before its exec failed. */

#include "common/exit-status.h"

#include <errno.h>
#include <string.h>

#include "common/parse.h"

static const struct {
        int code;
        const char *name;
} names[] = {
        {0, "SUCCESS"},
        {1, "FAILURE"},
        {2, "INVALIDARGUMENT"},
        {3, "NOTIMPLEMENTED"},
        {4, "NOPERMISSION"},
        {5, "NOTINSTALLED"},
        {6, "NOTCONFIGURED"},
        {7, "NOTRUNNING"},
        {64, "USAGE"},
        {65, "DATAERR"},
        {66, "NOINPUT"},
        {67, "NOUSER"},
        {68, "NOHOST"},
        {69, "UNAVAILABLE"},
        {70, "SOFTWARE"},
        {71, "OSERR"},
        {72, "OSFILE"},
        {73, "CANTCREAT"},
        {74, "IOERR"},
        {75, "TEMPFAIL"},
        {76, "PROTOCOL"},
        {77, "NOPERM"},
        {78, "CONFIG"},
        {EXIT_CHDIR, "CHDIR"},
        {EXIT_NICE, "NICE"},
        {EXIT_FDS, "FDS"},
        {EXIT_EXEC, "EXEC"},
        {EXIT_MEMORY, "MEMORY"},
        {EXIT_LIMITS, "LIMITS"},
        {EXIT_OOM_ADJUST, "OOM_ADJUST"},
        {EXIT_SIGNAL_MASK, "SIGNAL_MASK"},
        {EXIT_STDIN, "STDIN"},
        {EXIT_STDOUT, "STDOUT"},
        {EXIT_CHROOT, "CHROOT"},
        {EXIT_IOPRIO, "IOPRIO"},
        {EXIT_TIMERSLACK, "TIMERSLACK"},
        {EXIT_SECUREBITS, "SECUREBITS"},
        {EXIT_SETSCHEDULER, "SETSCHEDULER"},
        {EXIT_CPUAFFINITY, "CPUAFFINITY"},
        {EXIT_GROUP, "GROUP"},
        {EXIT_USER, "USER"},
        {EXIT_CAPABILITIES, "CAPABILITIES"},
        {EXIT_CGROUP, "CGROUP"},
        {EXIT_SETSID, "SETSID"},
        {EXIT_CONFIRM, "CONFIRM"},
        {EXIT_STDERR, "STDERR"},
        {EXIT_PAM, "PAM"},
        {EXIT_NETWORK, "NETWORK"},
        {EXIT_NAMESPACE, "NAMESPACE"},
        {EXIT_NO_NEW_PRIVILEGES, "NO_NEW_PRIVILEGES"},
        {EXIT_SECCOMP, "SECCOMP"},
        {EXIT_SELINUX_CONTEXT, "SELINUX_CONTEXT"},
        {EXIT_PERSONALITY, "PERSONALITY"},
        {EXIT_APPARMOR_PROFILE, "APPARMOR"},
        {EXIT_ADDRESS_FAMILIES, "ADDRESS_FAMILIES"},
        {EXIT_RUNTIME_DIRECTORY, "RUNTIME_DIRECTORY"},
        {EXIT_CHOWN, "CHOWN"},
        {EXIT_SMACK_PROCESS_LABEL, "SMACK_PROCESS_LABEL"},
        {EXIT_KEYRING, "KEYRING"},
        {EXIT_STATE_DIRECTORY, "STATE_DIRECTORY"},
        {EXIT_CACHE_DIRECTORY, "CACHE_DIRECTORY"},
        {EXIT_LOGS_DIRECTORY, "LOGS_DIRECTORY"},
        {EXIT_CONFIGURATION_DIRECTORY, "CONFIGURATION_DIRECTORY"},
        {EXIT_NUMA_POLICY, "NUMA_POLICY"},
        {EXIT_CREDENTIALS, "CREDENTIALS"},
        {EXIT_BPF, "BPF"},
        {EXIT_EXCEPTION, "EXCEPTION"},
};

int exit_status_parse(const char *s, int *ret)
{
        uint64_t code;
        int r;

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (strcmp(s, names[i].name) == 0) {
                        *ret = names[i].code;
                        return 0;
                }
        r = unsigned_parse(s, 255, &code);
        if (r < 0)
                return r;
        *ret = (int) code;
        return 0;
}

const char *exit_status_to_string(int code)
{
        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (names[i].code == code)
                        return names[i].name;
        return NULL;
}
