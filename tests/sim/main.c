/* SPDX-License-Identifier: MIT */

/* tended-sim: plays game after game, each from its own seed, until the time or the number of events is over, or a
 * promise is broken. The games run in a child that says which seed it plays: what breaks, crashes or hangs is then
 * recorded, shrunk and told as a story, which --history plays again. */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "shrink.h"

typedef struct Options {
        uint64_t seed, n_events;
        unsigned seconds, n_moves;
        const char *history, *seeds;
        bool has_seed, tells, expects_broken;
} Options;

/* Between the player and who waits for it. */
typedef struct Progress {
        uint64_t seed, n_games, n_moves, n_events;
        char broken[BROKEN_MAX];
} Progress;

static double now(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static void tell_story(const History *history)
{
        Game game;
        pid_t pid;

        fflush(NULL);
        pid = fork();
        if (pid == 0) {
                setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
                game_replay(history, stdout, &game);
                printf("# %s\n", game.broken);
                fflush(NULL);
                _exit(0);
        }
        while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
                ;
}

static void explain(const Options *options, uint64_t seed)
{
        History history;
        Game game;
        size_t n;

        trial_record(seed, options->n_moves, &history);
        trial_replay(&history, &game);
        n = history.n;
        printf("# seed %" PRIu64 " breaks a promise: %s\n", seed, game.broken[0] ? game.broken : "not when replayed");
        if (game.broken[0])
                shrink(&history, options->expects_broken ? 5 : 60);
        printf("# %zu moves, shrunk to %zu\n", n, history.n);
        tell_story(&history);
        history_done(&history);
}

/* In the child. A limit of 0 is none. */
static void play_games(const Options *options, Progress *progress)
{
        double until = now() + options->seconds;

        for (uint64_t seed = options->seed;; seed++) {
                Game game;

                progress->seed = seed;
                (void) alarm(30);
                game_play(seed, options->n_moves, NULL, options->tells ? stdout : NULL, &game);
                progress->n_games++;
                progress->n_moves += game.n_moves;
                progress->n_events += game.n_events;
                if (game.broken[0]) {
                        memcpy(progress->broken, game.broken, sizeof(game.broken));
                        return;
                }
                if ((options->n_events == 0 && options->seconds == 0) ||
                    (options->n_events > 0 && progress->n_moves >= options->n_events) ||
                    (options->seconds > 0 && now() >= until))
                        return;
        }
}

/* 0: all promises were kept. */
static int run(const Options *options)
{
        Progress *progress = mmap(NULL, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        double began = now(), took;
        int status = 0;
        pid_t pid;

        assert(progress != MAP_FAILED);
        fflush(NULL);
        pid = fork();
        if (pid == 0) {
                /* What the daemon says at its end; of a crash the story tells. */
                if (!freopen("/dev/null", "w", stderr))
                        _exit(1);
                play_games(options, progress);
                fflush(NULL);
                _exit(0);
        }
        while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
                ;
        took = now() - began;
        if (status == 0 && !progress->broken[0]) {
                printf("%" PRIu64 " events (%" PRIu64 " calls of the engine) in %" PRIu64
                       " worlds, %.1f s, %.0f a second: all promises are kept\n",
                       progress->n_moves, progress->n_events, progress->n_games, took,
                       (double) progress->n_moves / took);
                return 0;
        }
        printf("# found after %.1f s: %s\n", took, progress->broken[0] ? progress->broken : "it crashed, or hung");
        explain(options, progress->seed);
        return 1;
}

static int replay(const char *path)
{
        FILE *f = fopen(path, "re");
        History history;
        Game game;

        if (!f || history_read(f, path, &history) < 0) {
                fprintf(stderr, "%s: can't be read\n", path);
                return 2;
        }
        fclose(f);
        trial_replay(&history, &game);
        if (game.broken[0])
                tell_story(&history);
        printf("%s: %s\n", path, game.broken[0] ? game.broken : "all promises are kept");
        history_done(&history);
        return game.broken[0] ? 1 : 0;
}

/* One a line; what follows it is for people. */
static int play_seeds(const Options *options, const char *path)
{
        FILE *f = fopen(path, "re");
        char line[1024];
        int failed = 0;

        if (!f) {
                fprintf(stderr, "%s: %s\n", path, strerror(errno));
                return 2;
        }
        while (fgets(line, sizeof(line), f)) {
                Options one = *options;
                char *end;

                one.seed = strtoull(line, &end, 10);
                one.n_events = one.seconds = 0;
                if (end > line && run(&one) != 0)
                        failed = 1;
        }
        fclose(f);
        return failed;
}

static int usage(const char *name)
{
        fprintf(stderr,
                "%s [--seed N] [--seconds N] [--events N] [--moves N] [--tell] [--expect-broken]\n"
                "    [--seeds FILE] [--history FILE]\n"
                "  --seed N         the first world's seed (default: a random one, which is printed)\n"
                "  --seconds N, --events N   so long, or so many events; without both: one world\n"
                "  --moves N        of each world (default: 600)\n"
                "  --tell           tells all that happens\n"
                "  --seeds FILE     plays the world of each seed that stands at the beginning of a line\n"
                "  --history FILE   plays a story again\n"
                "  --expect-broken  fails where no promise is broken: for an engine with a broken rule\n",
                name);
        return 2;
}

static int parse(int argc, char **argv, Options *options)
{
        static const struct option words[] = {
                {"seed", required_argument, NULL, 's'},
                {"seconds", required_argument, NULL, 't'},
                {"events", required_argument, NULL, 'e'},
                {"moves", required_argument, NULL, 'm'},
                {"history", required_argument, NULL, 'h'},
                {"seeds", required_argument, NULL, 'f'},
                {"tell", no_argument, NULL, 'v'},
                {"expect-broken", no_argument, NULL, 'x'},
                {0},
        };
        int c;

        while ((c = getopt_long(argc, argv, "", words, NULL)) >= 0)
                if (c == 's') {
                        options->seed = strtoull(optarg, NULL, 10);
                        options->has_seed = true;
                } else if (c == 't') {
                        options->seconds = (unsigned) strtoul(optarg, NULL, 10);
                } else if (c == 'e') {
                        options->n_events = strtoull(optarg, NULL, 10);
                } else if (c == 'm') {
                        options->n_moves = (unsigned) strtoul(optarg, NULL, 10);
                } else if (c == 'h') {
                        options->history = optarg;
                } else if (c == 'f') {
                        options->seeds = optarg;
                } else if (c == 'v') {
                        options->tells = true;
                } else if (c == 'x') {
                        options->expects_broken = true;
                } else {
                        return -EINVAL;
                }
        return optind < argc ? -EINVAL : 0;
}

int main(int argc, char **argv)
{
        Options options = {.n_moves = 600};
        int broken;

        if (parse(argc, argv, &options) < 0)
                return usage(argv[0]);
        if (options.history)
                return replay(options.history);
        if (options.seeds)
                return play_seeds(&options, options.seeds);
        if (!options.has_seed && getrandom(&options.seed, 4, 0) == 4)
                printf("# --seed %" PRIu64 "\n", options.seed);
        broken = run(&options);
        return options.expects_broken ? !broken : broken;
}
