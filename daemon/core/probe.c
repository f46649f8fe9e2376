/* SPDX-License-Identifier: MIT */

/* Targets of probes as people write them: HOST:PORT, http URLs, paths. What is accepted here can be asked for without
 * another look: names are letters of names, ports are numbers, a path holds nothing that would end a request early.
 */

#include "core/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "common/parse.h"

#define HOST_MAX      253
#define URL_MAX       4096 /* one send() takes its request */
#define UNIX_PATH_MAX 107  /* what an address of a socket holds */
#define STATUS_MIN    100
#define STATUS_MAX    999

#define TCP_SYNTAX    "is neither HOST:PORT, [IPV6]:PORT nor PORT"
#define URL_SYNTAX    "is not http://HOST[:PORT][/PATH] [STATUS], with an IPv6 address in brackets"
#define PORT_SYNTAX   "has a port that is no number from 1 to 65535"
#define HOST_SYNTAX   "has a host that is neither an address nor a name"
#define STATUS_SYNTAX "has behind the URL neither a status (200) nor a range of them (200-399)"

/* Of one probe: a share of the time that has passed, within these bounds. */
typedef struct RetryRule {
        unsigned share;
        usec_t min, max;
        usec_t soon, soon_max; /* at first the bound is another */
        unsigned per_second;   /* of all probes together */
} RetryRule;

/* A connection costs some 50 us; a command a process, and more. */
static const RetryRule retry_net = {8, USEC_PER_MSEC, USEC_PER_SEC / 4, 10 * USEC_PER_SEC, 20 * USEC_PER_MSEC, 5000};
static const RetryRule retry_exec = {4, 5 * USEC_PER_MSEC, USEC_PER_SEC, 0, 0, 400};

const char *probe_kind_to_string(ProbeKind kind)
{
        static const char *const names[_PROBE_KIND_N] = {
                [PROBE_TCP] = "TCP",   [PROBE_UNIX] = "Unix", [PROBE_HTTP] = "HTTP",
                [PROBE_PATH] = "Path", [PROBE_EXEC] = "Exec",
        };

        assert(kind < _PROBE_KIND_N);
        return names[kind];
}

void probe_target_done(ProbeTarget *target)
{
        free(target->host);
        free(target->authority);
        free(target->path);
        *target = PROBE_TARGET_NULL;
}

void probe_local_addresses(ProbeAddress ret[PROBE_LOCAL_ADDRESSES])
{
        ret[0] = (ProbeAddress){.bytes = {127, 0, 0, 1}};
        ret[1] = (ProbeAddress){.is_v6 = true, .bytes = {[15] = 1}};
}

int probe_address_parse(const char *text, ProbeAddress *ret)
{
        ProbeAddress address = {.is_v6 = strchr(text, ':') != NULL};

        if (inet_pton(address.is_v6 ? AF_INET6 : AF_INET, text, address.bytes) != 1)
                return -EINVAL;
        *ret = address;
        return 0;
}

static bool is_host_name(const char *text)
{
        size_t n = strlen(text);

        if (n == 0 || n > HOST_MAX || text[0] == '-' || text[0] == '.')
                return false;
        for (size_t i = 0; i < n; i++) {
                char c = text[i];

                if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                      c == '.' || c == '_'))
                        return false;
        }
        /* Digits and dots alone are an address with a mistake in it. */
        return text[strspn(text, "0123456789.")] != '\0';
}

static int read_port(const char *text, ProbeTarget *target, const char **ret_error)
{
        uint64_t port;

        if (text[0] == '\0' || text[strspn(text, "0123456789")] != '\0' || text[0] == '0' ||
            unsigned_parse(text, UINT16_MAX, &port) < 0) {
                *ret_error = PORT_SYNTAX;
                return -EINVAL;
        }
        target->port = (uint16_t) port;
        return 0;
}

/* To connect to "any" is to connect to this machine. */
static void settle_any(ProbeAddress *address)
{
        static const uint8_t zero[sizeof(address->bytes)];
        ProbeAddress local[PROBE_LOCAL_ADDRESSES];

        probe_local_addresses(local);
        if (memcmp(address->bytes, zero, sizeof(zero)) == 0)
                *address = local[address->is_v6];
}

static int read_host(const char *text, bool in_brackets, ProbeTarget *target, const char **ret_error)
{
        bool is_v6 = strchr(text, ':') != NULL;

        *ret_error = HOST_SYNTAX;
        if (in_brackets != is_v6)
                return -EINVAL;
        if (probe_address_parse(text, &target->address) >= 0) {
                target->host_kind = PROBE_HOST_ADDRESS;
                settle_any(&target->address);
        } else if (!is_v6 && strcasecmp(text, "localhost") == 0)
                target->host_kind = PROBE_HOST_LOCAL;
        else if (!is_v6 && is_host_name(text))
                target->host_kind = PROBE_HOST_NAME;
        else
                return -EINVAL;
        target->host = strdup(text);
        return target->host ? 0 : -ENOMEM;
}

/* HOST, HOST:PORT, [IPV6] or [IPV6]:PORT, with `port` where none is given; 0: one has to be. */
static int read_authority(const char *text, uint16_t port, ProbeTarget *target, const char **ret_error)
{
        bool in_brackets = text[0] == '[';
        const char *host = text + in_brackets, *end = strchr(text, in_brackets ? ']' : ':'), *rest;
        _cleanup_free_ char *copy = NULL;
        int r;

        if (in_brackets && !end) {
                *ret_error = HOST_SYNTAX;
                return -EINVAL;
        }
        rest = end ? end + in_brackets : text + strlen(text);
        copy = strndup(host, (size_t) ((end ?: rest) - host));
        if (!copy)
                return -ENOMEM;
        r = read_host(copy, in_brackets, target, ret_error);
        if (r < 0)
                return r;
        if (rest[0] == ':')
                return read_port(rest + 1, target, ret_error);
        if (rest[0] != '\0' || port == 0) {
                *ret_error = rest[0] != '\0' ? HOST_SYNTAX : TCP_SYNTAX;
                return -EINVAL;
        }
        target->port = port;
        return 0;
}

static int read_tcp(const char *text, ProbeTarget *target, const char **ret_error)
{
        if (text[0] != '\0' && text[strspn(text, "0123456789")] == '\0') {
                target->host_kind = PROBE_HOST_LOCAL;
                target->host = strdup("localhost");
                return target->host ? read_port(text, target, ret_error) : -ENOMEM;
        }
        if (!strchr(text, ':')) {
                *ret_error = TCP_SYNTAX;
                return -EINVAL;
        }
        return read_authority(text, 0, target, ret_error);
}

static int read_status(const char *text, ProbeTarget *target, const char **ret_error)
{
        const char *dash = strchr(text, '-');
        uint64_t min, max;
        _cleanup_free_ char *first = NULL;

        if (text[0] == '\0') {
                target->status_min = 200;
                target->status_max = 399;
                return 0;
        }
        first = strndup(text, dash ? (size_t) (dash - text) : strlen(text));
        if (!first)
                return -ENOMEM;
        *ret_error = STATUS_SYNTAX;
        if (text[strspn(text, "0123456789-")] != '\0' || unsigned_parse(first, STATUS_MAX, &min) < 0 ||
            unsigned_parse(dash ? dash + 1 : first, STATUS_MAX, &max) < 0 || min < STATUS_MIN || max < min)
                return -EINVAL;
        target->status_min = (unsigned) min;
        target->status_max = (unsigned) max;
        return 0;
}

/* What is asked for: from the first `/` or `?` on. */
static int read_url_path(const char *text, ProbeTarget *target, const char **ret_error)
{
        size_t n = strlen(text);

        for (size_t i = 0; i < n; i++)
                if (text[i] <= ' ' || text[i] >= 0x7f) {
                        *ret_error = "has a letter that can't stand in a URL: it is written %%XX there";
                        return -EINVAL;
                }
        if (strchr(text, '#')) {
                *ret_error = "has a fragment (#), which is never sent to a server";
                return -EINVAL;
        }
        target->path = malloc(n + 2);
        if (!target->path)
                return -ENOMEM;
        target->path[0] = '/';
        memcpy(target->path + (text[0] != '/'), text, n + 1);
        return 0;
}

static int read_http(const char *text, ProbeTarget *target, const char **ret_error)
{
        _cleanup_free_ char *url = NULL;
        size_t n = strcspn(text, " \t");
        const char *host, *path;
        int r;

        *ret_error = URL_SYNTAX;
        if (strncasecmp(text, "https:", 6) == 0) {
                *ret_error = "is not built for https: take Exec in place of HTTP, with curl -fsS URL as its command";
                return -EINVAL;
        }
        if (strncasecmp(text, "http://", 7) != 0)
                return -EINVAL;
        if (n > URL_MAX) {
                *ret_error = "has a URL of more than 4096 bytes";
                return -EINVAL;
        }
        url = strndup(text, n);
        if (!url)
                return -ENOMEM;
        host = url + 7;
        path = host + strcspn(host, "/?#");
        target->authority = strndup(host, (size_t) (path - host));
        if (!target->authority)
                return -ENOMEM;
        if (strchr(target->authority, '@')) {
                *ret_error = "has a user in its URL, which is not supported";
                return -EINVAL;
        }
        r = read_authority(target->authority, 80, target, ret_error);
        if (r >= 0)
                r = read_url_path(path, target, ret_error);
        if (r >= 0)
                r = read_status(text + n + strspn(text + n, " \t"), target, ret_error);
        return r;
}

static int read_unix(const char *text, ProbeTarget *target, const char **ret_error)
{
        if (text[0] != '/' && (text[0] != '@' || text[1] == '\0')) {
                *ret_error = "is neither an absolute path nor @NAME, the name of an abstract socket";
                return -EINVAL;
        }
        if (text[0] == '@' && strlen(text) > UNIX_PATH_MAX) {
                *ret_error = "is longer than the name of an abstract socket can be";
                return -EINVAL;
        }
        target->path = strdup(text);
        return target->path ? 0 : -ENOMEM;
}

static int read_path(const char *text, ProbeTarget *target, const char **ret_error)
{
        if (text[0] != '/') {
                *ret_error = "is not an absolute path";
                return -EINVAL;
        }
        target->path = strdup(text);
        return target->path ? 0 : -ENOMEM;
}

int probe_target_parse(ProbeKind kind, const char *text, ProbeTarget *ret, const char **ret_error)
{
        static int (*const readers[_PROBE_KIND_N])(const char *, ProbeTarget *, const char **) = {
                [PROBE_TCP] = read_tcp,
                [PROBE_UNIX] = read_unix,
                [PROBE_HTTP] = read_http,
                [PROBE_PATH] = read_path,
        };
        _cleanup_(probe_target_done) ProbeTarget target = {.kind = kind};
        int r;

        assert(kind < PROBE_EXEC);
        r = readers[kind](text, &target, ret_error);
        if (r < 0)
                return r;
        *ret = target;
        target = PROBE_TARGET_NULL;
        return 0;
}

usec_t probe_retry_delay(ProbeKind kind, usec_t elapsed, unsigned n)
{
        const RetryRule *rule = kind == PROBE_EXEC ? &retry_exec : &retry_net;
        usec_t delay = MAX(elapsed / rule->share, rule->min);

        delay = MIN(delay, elapsed < rule->soon ? rule->soon_max : rule->max);
        return MAX(delay, n * USEC_PER_SEC / rule->per_second);
}
