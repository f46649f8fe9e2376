/* SPDX-License-Identifier: MIT */
/* A datagram on a notify socket: whatever it holds, what is read out of it is within its bounds. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/notify.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *exact = malloc(size > 0 ? size : 1);
        NotifyMessage message;

        assert(exact);
        if (size > 0)
                memcpy(exact, data, size);
        if (notify_parse(exact, size, &message) >= 0) {
                assert(message.words < 1u << _NOTIFY_WORD_N);
                assert(message.error >= 0 && message.error <= 4095);
                assert(!notify_says(&message, NOTIFY_MAIN_PID) || message.main_pid > 0);
                assert(!notify_says(&message, NOTIFY_EXTEND_TIMEOUT) ||
                       (message.extend_usec > 0 && message.extend_usec < USEC_INFINITY / 2));
                assert(!notify_says(&message, NOTIFY_STATUS) || strlen(message.status) < size);
                for (const char *c = notify_says(&message, NOTIFY_STATUS) ? message.status : ""; *c; c++)
                        assert((unsigned char) *c >= 0x20 && *c != 0x7f);
        }
        free(exact);
        return 0;
}
