/* SPDX-License-Identifier: MIT */

/* Delta debugging: moves are left out, many at once first, then one by one, and then the lines of the definitions, as
 * long as the same promise is broken without them. A history crosses from the child that made it up as text. */

#include "shrink.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A game that takes longer has no end. */
#define TRIAL_SECONDS 20

static Game *shared_game(void)
{
        static Game *game;

        if (!game) {
                game = mmap(NULL, sizeof(Game), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
                assert(game != MAP_FAILED);
        }
        return game;
}

static void quieten(void)
{
        if (!freopen("/dev/null", "w", stderr))
                _exit(1);
        (void) alarm(TRIAL_SECONDS);
}

static void wait_for(pid_t pid, Game *game)
{
        int status;

        while (waitpid(pid, &status, 0) < 0)
                ;
        if (WIFSIGNALED(status))
                snprintf(game->broken, sizeof(game->broken), "crash: signal %d (%s)", WTERMSIG(status),
                         strsignal(WTERMSIG(status)));
        else if (WEXITSTATUS(status) != 0)
                snprintf(game->broken, sizeof(game->broken), "crash: exit %d", WEXITSTATUS(status));
}

void trial_replay(const History *history, Game *ret)
{
        Game *game = shared_game();
        pid_t pid;

        *game = (Game){0};
        fflush(NULL);
        pid = fork();
        assert(pid >= 0);
        if (pid == 0) {
                quieten();
                game_replay(history, NULL, game);
                _exit(0);
        }
        wait_for(pid, game);
        *ret = *game;
}

/* The story is written as it goes, so that it is there when the child crashes. */
void trial_record(uint64_t seed, unsigned n_moves, History *ret)
{
        Game *game = shared_game();
        FILE *story = tmpfile();
        pid_t pid;

        assert(story);
        fflush(NULL);
        pid = fork();
        assert(pid >= 0);
        if (pid == 0) {
                quieten();
                setvbuf(story, NULL, _IOLBF, BUFSIZ);
                game_play(seed, n_moves, NULL, story, game);
                fflush(story);
                _exit(0);
        }
        wait_for(pid, game);
        rewind(story);
        if (history_read(story, "story", ret) < 0)
                *ret = HISTORY_NULL;
        fclose(story);
}

typedef struct Shrinker {
        History *history;
        const char *kind; /* of what is to stay broken */
        time_t until;
} Shrinker;

/* Takes the candidate, where it is broken in the same way. */
static bool try(Shrinker *shrinker, History *candidate)
{
        Game game;

        trial_replay(candidate, &game);
        if (!game.broken[0] || game.broken_kind != shrinker->kind) {
                history_done(candidate);
                return false;
        }
        history_done(shrinker->history);
        *shrinker->history = *candidate;
        return true;
}

static bool try_without(Shrinker *shrinker, size_t from, size_t n)
{
        History candidate = HISTORY_NULL;

        for (size_t i = 0; i < shrinker->history->n; i++) {
                Move move = shrinker->history->items[i];

                if (i >= from && i < from + n)
                        continue;
                move.text = move.text ? strdup(move.text) : NULL;
                history_add(&candidate, move);
        }
        return try(shrinker, &candidate);
}

static bool is_over(const Shrinker *shrinker)
{
        return time(NULL) >= shrinker->until;
}

static bool drop_moves(Shrinker *shrinker)
{
        size_t before = shrinker->history->n;

        for (size_t n = MAX(before / 2, (size_t) 1); n > 0 && !is_over(shrinker); n /= 2)
                for (size_t from = shrinker->history->n; from > 0 && !is_over(shrinker);) {
                        size_t begin = from > n ? from - n : 0;

                        (void) try_without(shrinker, begin, from - begin);
                        from = begin;
                }
        return shrinker->history->n < before;
}

/* Without the line that begins at `from`; NULL: there is none. */
static char *without_line(const char *text, size_t from)
{
        size_t n = strcspn(text + from, "\n");
        char *rest = NULL;

        if (text[from] == '\0' ||
            asprintf(&rest, "%.*s%s", (int) from, text, text + from + n + (text[from + n] == '\n')) < 0)
                return NULL;
        return rest;
}

static void drop_lines(Shrinker *shrinker, size_t i)
{
        for (size_t from = 0; !is_over(shrinker);) {
                const char *text = shrinker->history->items[i].text;
                char *rest = without_line(text, from);
                size_t length = strcspn(text + from, "\n") + 1;
                History candidate;

                if (!rest)
                        return;
                history_copy(shrinker->history, &candidate);
                free(candidate.items[i].text);
                candidate.items[i].text = rest;
                if (!try(shrinker, &candidate))
                        from += length;
        }
}

static bool drop_togetherness(Shrinker *shrinker, size_t i)
{
        History candidate;

        history_copy(shrinker->history, &candidate);
        candidate.items[i].together = false;
        return try(shrinker, &candidate);
}

void shrink(History *history, unsigned seconds)
{
        Shrinker shrinker = {.history = history, .until = time(NULL) + (time_t) seconds};
        Game game;

        trial_replay(history, &game);
        shrinker.kind = game.broken_kind;
        while (drop_moves(&shrinker) && !is_over(&shrinker))
                ;
        for (size_t i = 0; i < history->n && !is_over(&shrinker); i++) {
                if (history->items[i].text)
                        drop_lines(&shrinker, i);
                if (history->items[i].together)
                        (void) drop_togetherness(&shrinker, i);
        }
        while (drop_moves(&shrinker) && !is_over(&shrinker))
                ;
}
