/* SPDX-License-Identifier: MIT */

/* The smallest service: it waits for its end. */

#include <unistd.h>

int main(void)
{
        for (;;)
                pause();
}
