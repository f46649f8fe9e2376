/* SPDX-License-Identifier: MIT */

/* LogInput: what is written to a service's stdin goes through the ring as a stream of its own, between what had been
 * read before and what is read after. Where the ring is full it has to wait, as output does. */

#include "engine/output.h"

size_t capture_input_room(Capture *capture, size_t size)
{
        return size;
}

void capture_note_input(Capture *capture, const char *data, size_t size)
{
}
