/* SPDX-License-Identifier: MIT */

/* A proof by numbers: the lines of a run and stream are numbered from 1, the exit record says how many there were,
 * and how many of them LogLevelMax= kept out. What is neither there nor accounted for is missing. Lines that were
 * dropped (LogOverflow=drop) never had a number: they excuse no gap. */

#include "ctl/log-verify.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define GAPS_MAX 64u /* told one by one */

typedef struct Gap {
        uint64_t first, last;
} Gap;

typedef struct StreamCount {
        uint64_t n;       /* lines that are there */
        uint64_t next;    /* number that comes next, less 1 */
        uint64_t missing; /* between those that are there */
        uint64_t total;   /* as of the exit record */
        Gap gaps[GAPS_MAX];
        unsigned n_gaps;
} StreamCount;

typedef struct VerifiedRun {
        char invocation[40], service[128];
        bool ended;   /* there is an exit record */
        bool filters; /* LogLevelMax= keeps lines out; only the record will say how many */
        uint64_t dropped, filtered;
        StreamCount streams[3]; /* by EntryStream */
} VerifiedRun;

struct LogVerify {
        VerifiedRun *runs;
        size_t n_runs;
};

static const char *const stream_names[] = {"stdout", "stderr", "stdin"};

int log_verify_new(LogVerify **ret)
{
        LogVerify *verify = calloc(1, sizeof(*verify));

        if (!verify)
                return -ENOMEM;
        *ret = verify;
        return 0;
}

LogVerify *log_verify_free(LogVerify *verify)
{
        if (!verify)
                return NULL;
        free(verify->runs);
        free(verify);
        return NULL;
}

size_t log_verify_n_runs(const LogVerify *verify)
{
        return verify->n_runs;
}

static VerifiedRun *find_run(LogVerify *verify, const Entry *entry)
{
        char invocation[40];
        VerifiedRun *runs, *run;

        entry_string(entry, "TENDED_INVOCATION_ID", invocation, sizeof(invocation));
        for (size_t i = verify->n_runs; i-- > 0;)
                if (strcmp(verify->runs[i].invocation, invocation) == 0)
                        return &verify->runs[i];

        runs = reallocarray(verify->runs, verify->n_runs + 1, sizeof(*runs));
        if (!runs)
                return NULL;
        verify->runs = runs;
        run = &runs[verify->n_runs++];
        *run = (VerifiedRun){0};
        memcpy(run->invocation, invocation, sizeof(invocation));
        entry_string(entry, "TENDED_SERVICE", run->service, sizeof(run->service));
        return run;
}

static void add_gap(StreamCount *stream, uint64_t first, uint64_t last)
{
        stream->missing += last - first + 1;
        if (stream->n_gaps < GAPS_MAX)
                stream->gaps[stream->n_gaps++] = (Gap){first, last};
}

static void add_line(StreamCount *stream, uint64_t number)
{
        if (number <= stream->next)
                return;
        if (number > stream->next + 1)
                add_gap(stream, stream->next + 1, number - 1);
        stream->next = number;
        stream->n++;
}

int log_verify_add(LogVerify *verify, const Entry *entry, uint64_t number)
{
        EntryStream stream = entry_stream(entry);
        VerifiedRun *run;

        if (!entry_find(entry, "TENDED_INVOCATION_ID"))
                return 0;
        run = find_run(verify, entry);
        if (!run)
                return -ENOMEM;

        if (stream != ENTRY_EVENT) {
                add_line(&run->streams[stream], number);
                return 0;
        }
        run->filters = run->filters || entry_find(entry, "TENDED_LOG_LEVEL_MAX");
        /* The exit record; a second one corrects the first. */
        if (entry_find(entry, "TENDED_STDOUT_LINES")) {
                run->ended = true;
                run->streams[0].total = entry_number(entry, "TENDED_STDOUT_LINES", 0);
                run->streams[1].total = entry_number(entry, "TENDED_STDERR_LINES", 0);
                run->streams[2].total = entry_number(entry, "TENDED_STDIN_LINES", 0);
                run->dropped = entry_number(entry, "TENDED_DROPPED_LINES", 0);
                run->filtered = entry_number(entry, "TENDED_FILTERED_LINES", 0);
        }
        return 0;
}

/* Lines that should be there and are not, at the end too. */
static uint64_t missing_of(const VerifiedRun *run, const StreamCount *stream)
{
        uint64_t tail = run->ended && stream->total > stream->next ? stream->total - stream->next : 0;

        return stream->missing + tail;
}

/* What was kept out by configuration is counted for all streams together. */
static bool is_complete(const VerifiedRun *run)
{
        uint64_t missing = 0;

        for (size_t i = 0; i < ELEMENTSOF(run->streams); i++)
                missing += missing_of(run, &run->streams[i]);
        return missing <= run->filtered || (run->filters && !run->ended);
}

static void print_gaps(FILE *f, const VerifiedRun *run, unsigned index)
{
        const StreamCount *stream = &run->streams[index];

        for (unsigned i = 0; i < stream->n_gaps; i++)
                fprintf(f, "    %s lines %" PRIu64 " to %" PRIu64 " are not there\n", stream_names[index],
                        stream->gaps[i].first, stream->gaps[i].last);
        if (stream->n_gaps == GAPS_MAX)
                fprintf(f, "    (more gaps follow)\n");
        if (run->ended && stream->total > stream->next)
                fprintf(f, "    %s lines %" PRIu64 " to %" PRIu64 " are not there: the end\n", stream_names[index],
                        stream->next + 1, stream->total);
}

static void print_run(FILE *f, const VerifiedRun *run)
{
        fprintf(f, "%s run %.8s: %" PRIu64 " lines of stdout, %" PRIu64 " of stderr", run->service, run->invocation,
                run->streams[0].n, run->streams[1].n);
        if (run->streams[2].n > 0 || run->streams[2].total > 0)
                fprintf(f, ", %" PRIu64 " of stdin", run->streams[2].n);
        fprintf(f, "%s: %s", run->ended ? "" : " until now",
                is_complete(run) ? "none is missing" : "LINES ARE MISSING");
        if (run->filtered > 0)
                fprintf(f, " (%" PRIu64 " were kept out by LogLevelMax)", run->filtered);
        if (run->filters && !run->ended)
                fprintf(f, ", as far as can be told before the run's end (LogLevelMax keeps some out)");
        if (run->dropped > 0)
                fprintf(f, " (%" PRIu64 " more were dropped, as configured)", run->dropped);
        fputc('\n', f);
        for (unsigned i = 0; i < ELEMENTSOF(run->streams) && !is_complete(run); i++)
                print_gaps(f, run, i);
}

unsigned log_verify_print(const LogVerify *verify, FILE *f)
{
        unsigned incomplete = 0;

        for (size_t i = 0; i < verify->n_runs; i++) {
                print_run(f, &verify->runs[i]);
                incomplete += !is_complete(&verify->runs[i]);
        }
        return incomplete;
}

static int add_stream(JsonValue *object, const char *lines, const char *missing, const VerifiedRun *run,
                      unsigned index)
{
        const StreamCount *stream = &run->streams[index];
        int r;

        r = json_add(object, lines, json_object_new_uint64(stream->n));
        if (r < 0)
                return r;
        return json_add(object, missing, json_object_new_uint64(missing_of(run, stream)));
}

static int add_run(JsonValue *array, const VerifiedRun *run)
{
        JsonValue *object = json_object_new_object();
        int r;

        if (!object || json_object_array_add(array, object) < 0) {
                json_object_put(object);
                return -ENOMEM;
        }
        if (json_add(object, "Id", json_object_new_string(run->service)) < 0 ||
            json_add(object, "InvocationID", json_object_new_string(run->invocation)) < 0 ||
            json_add(object, "Ended", json_object_new_boolean(run->ended)) < 0 ||
            json_add(object, "Complete", json_object_new_boolean(is_complete(run))) < 0)
                return -ENOMEM;
        r = add_stream(object, "StdoutLines", "StdoutMissing", run, 0);
        if (r >= 0)
                r = add_stream(object, "StderrLines", "StderrMissing", run, 1);
        if (r >= 0)
                r = add_stream(object, "StdinLines", "StdinMissing", run, 2);
        if (r >= 0)
                r = json_add(object, "DroppedLines", json_object_new_uint64(run->dropped));
        return r < 0 ? r : json_add(object, "FilteredLines", json_object_new_uint64(run->filtered));
}

int log_verify_to_json(const LogVerify *verify, JsonValue **ret, unsigned *ret_incomplete)
{
        _cleanup_json_ JsonValue *array = json_object_new_array();
        unsigned incomplete = 0;
        int r;

        if (!array)
                return -ENOMEM;
        for (size_t i = 0; i < verify->n_runs; i++) {
                r = add_run(array, &verify->runs[i]);
                if (r < 0)
                        return r;
                incomplete += !is_complete(&verify->runs[i]);
        }
        *ret = TAKE_PTR(array);
        *ret_incomplete = incomplete;
        return 0;
}
