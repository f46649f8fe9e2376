/* SPDX-License-Identifier: MIT */

/* Errors on their way to the caller: a name for programs, a sentence for people. */

#include "control/errors.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "common/protocol.h"

int control_error(sd_bus_error *error, const char *name, const char *format, ...)
{
        va_list args;
        int r;

        va_start(args, format);
        r = sd_bus_error_setfv(error, name, format, args);
        va_end(args);
        return r < 0 ? r : -EINVAL;
}

int control_error_errno(sd_bus_error *error, int r, const char *doing)
{
        switch (-r) {
        case ENOMEM:
                return -ENOMEM;
        case EMFILE:
        case ENFILE:
                return control_error(error, TENDED_ERROR_BUSY, "%s: no file descriptor is left", doing);
        case EAGAIN:
        case EBUSY:
                return control_error(error, TENDED_ERROR_BUSY, "%s: busy, try again", doing);
        case ESHUTDOWN:
                return control_error(error, TENDED_ERROR_BUSY, "%s: the daemon is shutting down", doing);
        default:
                return control_error(error, TENDED_ERROR_FAILED, "%s: %s", doing, strerror(-r));
        }
}
