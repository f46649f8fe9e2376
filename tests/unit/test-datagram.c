/* SPDX-License-Identifier: MIT */

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/datagram.h"

/* Sends `n` datagrams of 64 entries and `size` bytes, as far as the account goes. */
static void fly(Flight *flight, unsigned n, size_t size)
{
        for (unsigned i = 0; i < n; i++)
                flight_add(flight, &(SinkDatagram){.n_entries = 64, .size = size});
}

Test(flight, nothing_sent_is_nothing_in_flight)
{
        Flight flight = {0};

        cr_assert_eq(flight_entries(&flight), 0);
}

Test(flight, an_empty_queue_leaves_one_datagram_in_the_receivers_hands)
{
        Flight flight = {0};

        fly(&flight, 10, 10000);
        flight_observe(&flight, 0);
        flight_observe(&flight, 0);
        cr_assert_eq(flight_entries(&flight), 64);
        flight_settle(&flight);
        cr_assert_eq(flight_entries(&flight), 0);
}

Test(flight, a_queue_is_counted_from_its_end)
{
        Flight flight = {0};

        fly(&flight, 10, 100);
        fly(&flight, 3, 10000);
        /* Two whole ones, one that has begun to count, and one in hand. */
        flight_observe(&flight, 25000);
        flight_observe(&flight, 25000);
        cr_assert_eq(flight_entries(&flight), 4 * 64);
        flight_settle(&flight);
        fly(&flight, 2, 10000);
        flight_observe(&flight, 1000000);
        cr_assert_eq(flight_entries(&flight), 2 * 64, "never more than was sent since");
}

Test(flight, a_queue_found_empty_is_not_believed_at_once)
{
        Flight flight = {0};

        fly(&flight, 3, 10000);
        flight_observe(&flight, 25000);
        fly(&flight, 1, 10000);
        /* The receiver has died before this was asked. */
        flight_observe(&flight, 0);
        cr_assert_eq(flight_entries(&flight), 4 * 64);
        flight_observe(&flight, 0);
        cr_assert_eq(flight_entries(&flight), 64);
}

Test(flight, more_than_it_remembers_is_no_harm)
{
        Flight flight = {0};

        fly(&flight, 3 * FLIGHT_MAX, 1);
        flight_observe(&flight, 1 << 30);
        cr_assert_eq(flight_entries(&flight), FLIGHT_MAX * 64);
}

Test(flight, the_kernel_never_holds_more_than_the_account_says)
{
        static const size_t sizes[] = {1, 200, 1000, 7000, 14000, 60000};

        for (size_t i = 0; i < ELEMENTSOF(sizes); i++) {
                int pair[2], size = DATAGRAM_SEND_BUFFER;
                char *bytes = calloc(1, sizes[i]);
                struct iovec iov = {.iov_base = bytes, .iov_len = sizes[i]};
                SinkDatagram datagram = {.iov = &iov, .n_iov = 1, .n_entries = 1, .size = sizes[i]};
                Flight flight = {0};
                uint64_t n = 0;

                /* A stream of messages has no other bound on its queue. */
                cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
                cr_assert_eq(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), 0);
                for (; datagram_send(pair[0], &datagram, 1) == 1; n++)
                        flight_add(&flight, &datagram);
                flight_observe(&flight, socket_queued(pair[0]));
                cr_assert_geq(flight_entries(&flight), n, "size %zu: %lu of %lu", sizes[i], flight_entries(&flight),
                              n);
                for (unsigned k = 0; k < 2 && n > 0; k++, n--)
                        cr_assert_gt(recv(pair[1], bytes, sizes[i], 0), 0);
                flight_observe(&flight, socket_queued(pair[0]));
                cr_assert_geq(flight_entries(&flight), n);
                close(pair[0]);
                close(pair[1]);
                free(bytes);
        }
}

Test(datagram, every_error_of_sending_has_a_meaning)
{
        static const struct {
                int error;
                SendTrouble trouble;
        } table[] = {
                {EAGAIN, SEND_FULL},      {ENOBUFS, SEND_LATER},     {ENOMEM, SEND_LATER},  {EMFILE, SEND_LATER},
                {EMSGSIZE, SEND_TOO_BIG}, {ECONNREFUSED, SEND_GONE}, {ENOTCONN, SEND_GONE}, {EPIPE, SEND_GONE},
                {ECONNRESET, SEND_GONE},  {ENOENT, SEND_GONE},       {EPERM, SEND_GONE},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                cr_assert_eq(datagram_trouble(-table[i].error), table[i].trouble, "%s", strerror(table[i].error));
                cr_assert_eq(datagram_trouble(table[i].error), table[i].trouble);
        }
}
