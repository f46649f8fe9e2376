/* SPDX-License-Identifier: MIT */

/* Looks the addresses of one host up, as a name service may hang. Answers in lines: `address ADDRESS`, one for each,
 * or `error TEXT`. */

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "helper/helper.h"

#define ADDRESSES_MAX 8

int helper_resolve(int argc, char **argv)
{
        struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *found = NULL;
        unsigned n = 0;
        int r;

        if (argc != 2)
                return EXIT_FAILURE;

        r = getaddrinfo(argv[1], NULL, &hints, &found);
        if (r != 0) {
                printf("error %s\n", gai_strerror(r));
                return EXIT_SUCCESS;
        }
        for (const struct addrinfo *i = found; i && n < ADDRESSES_MAX; i = i->ai_next) {
                char text[INET6_ADDRSTRLEN];
                const void *bytes = i->ai_family == AF_INET6
                                            ? (const void *) &((struct sockaddr_in6 *) i->ai_addr)->sin6_addr
                                            : (const void *) &((struct sockaddr_in *) i->ai_addr)->sin_addr;

                if ((i->ai_family == AF_INET || i->ai_family == AF_INET6) &&
                    inet_ntop(i->ai_family, bytes, text, sizeof(text))) {
                        printf("address %s\n", text);
                        n++;
                }
        }
        freeaddrinfo(found);
        return EXIT_SUCCESS;
}
