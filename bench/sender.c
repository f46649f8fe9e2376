/* SPDX-License-Identifier: MIT */

/* sender LINES [--size BYTES] [--text TEXT] [--batch N] [--numbered] [--minimal] [--stamp FILE]: gives journald the
 * same entries as the daemon would make of `flood`, with the same fields and batches, composed by the same code, over
 * a blocking socket, as fast as that goes: what a supervisor with no work of its own would need. */

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/entry.h"

#define LINE_SIZE 4096

typedef struct Sender {
        int fd;
        uint64_t n_lines;
        unsigned n_batch;
        const char *text, *stamp;
        size_t line_size;
        bool minimal, numbered;
        char lines[LINE_BATCH_MAX][LINE_SIZE];
} Sender;

static void stamp(const Sender *sender)
{
        struct timespec now;
        FILE *file;

        if (!sender->stamp)
                return;
        (void) clock_gettime(CLOCK_MONOTONIC, &now);
        file = fopen(sender->stamp, "ae");
        if (!file)
                return;
        fprintf(file, "%" PRIu64 "\n", (uint64_t) now.tv_sec * 1000000 + (uint64_t) now.tv_nsec / 1000);
        (void) fclose(file);
}

static int sender_connect(void)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/run/systemd/journal/socket"};
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        if (fd < 0 || connect(fd, (struct sockaddr *) &address, sizeof(address)) < 0) {
                perror(address.sun_path);
                exit(1);
        }
        return fd;
}

static void sender_fields(const Sender *sender, Text *fields)
{
        EntryIdentity identity = {
                .service = "sender",
                .identifier = "sender",
                .with_unit = geteuid() == 0,
                .minimal = sender->minimal,
        };

        if (getrandom(&identity.invocation_id, sizeof(Id128), 0) != sizeof(Id128))
                exit(1);
        entry_add_identity(fields, &identity, 0, (uint32_t) getpid());
}

/* The lines of a batch as flood writes them. Returns the length of each, without its newline. */
static size_t sender_line(Sender *sender, char *line, uint64_t number)
{
        size_t n = 0;

        if (sender->numbered)
                n = (size_t) sprintf(line, "%" PRIu64 " ", number);
        n = (size_t) (stpcpy(line + n, sender->text) - line);
        while (n + 1 < sender->line_size)
                line[n++] = '.';
        line[n] = '\n';
        return n;
}

static void sender_fill(Sender *sender, LineBatch *batch)
{
        for (unsigned i = 0; i < batch->n; i++)
                batch->lines[i] = (Line){
                        .tail = sender->lines[i],
                        .tail_size = sender_line(sender, sender->lines[i], batch->number - 1 + i),
                        .priority = 6,
                };
}

static void sender_send(Sender *sender)
{
        static EntryComposer composer;
        static LineBatch batch;
        Text fields = TEXT_NULL;
        EntryStyle style;

        sender_fields(sender, &fields);
        style = (EntryStyle){.fields = fields.bytes, .fields_size = fields.n, .level = 6};
        batch.number = 1;
        batch.n = LINE_BATCH_MAX;
        sender_fill(sender, &batch);

        for (uint64_t i = 0; i < sender->n_lines; i += batch.n) {
                EntryDatagram datagram;
                struct msghdr message;

                batch.number = i + 1;
                batch.n = (unsigned) MIN(sender->n_lines - i, (uint64_t) sender->n_batch);
                if (sender->numbered)
                        sender_fill(sender, &batch);
                entry_composer_reset(&composer);
                if (entry_compose_several(&composer, &style, &batch, 0, batch.n, 64 * 1024, &datagram) < 0)
                        exit(1);
                batch.n = datagram.n_entries;
                message = (struct msghdr){.msg_iov = (struct iovec *) datagram.iov, .msg_iovlen = datagram.n_iov};
                if (sendmsg(sender->fd, &message, MSG_NOSIGNAL) < 0) {
                        perror("sendmsg");
                        exit(1);
                }
        }
        entry_composer_done(&composer);
        text_done(&fields);
}

static int sender_options(Sender *sender, int argc, char **argv)
{
        static const struct option options[] = {
                {"size", required_argument, NULL, 's'},
                {"text", required_argument, NULL, 't'},
                {"batch", required_argument, NULL, 'b'},
                {"minimal", no_argument, NULL, 'm'},
                {"numbered", no_argument, NULL, 'n'},
                {"stamp", required_argument, NULL, 'f'},
                {},
        };
        int c;

        while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0)
                switch (c) {
                case 's':
                        sender->line_size = strtoull(optarg, NULL, 10);
                        break;
                case 't':
                        sender->text = optarg;
                        break;
                case 'b':
                        sender->n_batch = (unsigned) strtoul(optarg, NULL, 10);
                        break;
                case 'm':
                        sender->minimal = true;
                        break;
                case 'n':
                        sender->numbered = true;
                        break;
                case 'f':
                        sender->stamp = optarg;
                        break;
                default:
                        return -1;
                }
        if (optind + 1 != argc || sender->n_batch == 0 || sender->n_batch > LINE_BATCH_MAX ||
            MAX(sender->line_size, strlen(sender->text)) + 2 > LINE_SIZE - 32)
                return -1;
        sender->n_lines = strtoull(argv[optind], NULL, 10);
        return 0;
}

int main(int argc, char **argv)
{
        static Sender sender = {.text = "Hello there!!", .n_batch = LINE_BATCH_MAX};

        if (sender_options(&sender, argc, argv) < 0)
                return 2;
        stamp(&sender);
        sender.fd = sender_connect();
        sender_send(&sender);
        (void) close(sender.fd);
        stamp(&sender);
        return 0;
}
