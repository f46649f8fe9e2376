/* SPDX-License-Identifier: MIT */

/* Moves as text, one a line: `start web db`, `exits web main 1`, `after 250000`. A definition's lines follow it, each
 * behind a bar; `&` at the end says that the next move comes at once. What begins with # is for people. */

#include "move.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static const MoveInfo infos[_MOVE_KIND_N] = {
        [MOVE_DAEMON] = {"daemon", "t"},
        [MOVE_DEFINE] = {"define", "nt"},
        [MOVE_UNDEFINE] = {"undefine", "n"},
        [MOVE_DAEMON_RELOAD] = {"daemon-reload", ""},
        [MOVE_APPLY] = {"apply", ""},
        [MOVE_SESSIONS] = {"sessions", ""},
        [MOVE_LEAVE_OVER] = {"leave-over", "n"},
        [MOVE_BOOT] = {"boot", ""},
        [MOVE_SHUTDOWN] = {"shutdown", ""},
        [MOVE_SHUTDOWN_NOW] = {"shutdown-now", ""},
        [MOVE_START] = {"start", "N"},
        [MOVE_STOP] = {"stop", "N"},
        [MOVE_RESTART] = {"restart", "N"},
        [MOVE_TRY_RESTART] = {"try-restart", "N"},
        [MOVE_RELOAD] = {"reload", "N"},
        [MOVE_WAIT_READY] = {"wait-ready", "N"},
        [MOVE_WAIT_ACTIVE] = {"wait-active", "N"},
        [MOVE_WAIT_INACTIVE] = {"wait-inactive", "N"},
        [MOVE_WAIT_FAILED] = {"wait-failed", "N"},
        [MOVE_VANISH] = {"vanish", "i"},
        [MOVE_KILL] = {"kill", "nri"},
        [MOVE_RESET_FAILED] = {"reset-failed", "n"},
        [MOVE_EXECUTES] = {"executes", "nr"},
        [MOVE_CANNOT_EXEC] = {"cannot-exec", "nri"},
        [MOVE_EXITS] = {"exits", "nri"},
        [MOVE_DIES] = {"dies", "nri"},
        [MOVE_DUMPS] = {"dumps", "nri"},
        [MOVE_OBEYS] = {"obeys", "nri"},
        [MOVE_FORKS] = {"forks", "nr"},
        [MOVE_IGNORES] = {"ignores", "nr"},
        [MOVE_FREEZES] = {"freezes", "nr"},
        [MOVE_THAWS] = {"thaws", "nr"},
        [MOVE_SAYS] = {"says", "nr"},
        [MOVE_SAYS_READY] = {"says-ready", "nr"},
        [MOVE_FLOODS] = {"floods", "nr"},
        [MOVE_NOTIFIES_READY] = {"notifies-ready", "nr"},
        [MOVE_NOTIFIES_RELOADING] = {"notifies-reloading", "nr"},
        [MOVE_NOTIFIES_STOPPING] = {"notifies-stopping", "nr"},
        [MOVE_NOTIFIES_WATCHDOG] = {"notifies-watchdog", "nr"},
        [MOVE_NOTIFIES_TRIGGER] = {"notifies-trigger", "nr"},
        [MOVE_NOTIFIES_EXTEND] = {"notifies-extend", "nr"},
        [MOVE_NOTIFIES_MAIN_PID] = {"notifies-main-pid", "nr"},
        [MOVE_PROBE_ANSWERS] = {"probe-answers", "n"},
        [MOVE_PROBE_FAILS] = {"probe-fails", "n"},
        [MOVE_SPAWNS_FAIL] = {"spawns-fail", "i"},
        [MOVE_LOG_STALLS] = {"log-stalls", ""},
        [MOVE_LOG_RECOVERS] = {"log-recovers", ""},
        [MOVE_LOG_LOST] = {"log-lost", ""},
        [MOVE_NAMES_SLOW] = {"names-slow", ""},
        [MOVE_NAMES_ANSWER] = {"names-answer", ""},
        [MOVE_NAMES_UNKNOWN] = {"names-unknown", ""},
        [MOVE_NAMES_KNOWN] = {"names-known", ""},
        [MOVE_AFTER] = {"after", "i"},
        [MOVE_DEADLINE] = {"deadline", "i"},
};

const MoveInfo *move_info(MoveKind kind)
{
        return &infos[kind];
}

static void print_lines(FILE *f, const char *text)
{
        while (*text) {
                size_t n = strcspn(text, "\n");

                fprintf(f, "| %.*s\n", (int) n, text);
                text += n + (text[n] == '\n');
        }
}

void move_print(FILE *f, const Move *move)
{
        const MoveInfo *info = move_info(move->kind);

        fputs(info->verb, f);
        for (unsigned i = 0; i < move->n_names; i++)
                fprintf(f, " %s", sim_names[move->names[i]]);
        if (strchr(info->arguments, 'r'))
                fprintf(f, " %s", task_role_to_string(move->role));
        if (strchr(info->arguments, 'i'))
                fprintf(f, " %" PRId64, move->number);
        fputs(move->together ? " &\n" : "\n", f);
        if (move->text)
                print_lines(f, move->text);
}

void history_add(History *history, Move move)
{
        if (history->n == history->room) {
                history->room = MAX(2 * history->room, (size_t) 64);
                history->items = reallocarray(history->items, history->room, sizeof(Move));
                assert(history->items);
        }
        history->items[history->n++] = move;
}

void history_copy(const History *history, History *ret)
{
        *ret = HISTORY_NULL;
        for (size_t i = 0; i < history->n; i++) {
                Move move = history->items[i];

                move.text = move.text ? strdup(move.text) : NULL;
                history_add(ret, move);
        }
}

void history_done(History *history)
{
        for (size_t i = 0; i < history->n; i++)
                free(history->items[i].text);
        free(history->items);
        *history = HISTORY_NULL;
}

void history_print(FILE *f, const History *history)
{
        for (size_t i = 0; i < history->n; i++)
                move_print(f, &history->items[i]);
}

static bool parse_role(const char *word, TaskRole *ret)
{
        for (TaskRole role = 0; role < _TASK_ROLE_N; role++)
                if (strcmp(task_role_to_string(role), word) == 0) {
                        *ret = role;
                        return true;
                }
        return false;
}

static bool parse_word(Move *move, const char *arguments, const char *word)
{
        uint32_t index = sim_name_index(word);
        char *end;

        if (strcmp(word, "&") == 0)
                return move->together = true;
        if (index != NAME_NONE && strpbrk(arguments, "nN") && move->n_names < MOVE_NAMES) {
                move->names[move->n_names++] = (uint8_t) index;
                return true;
        }
        if (strchr(arguments, 'r') && parse_role(word, &move->role))
                return true;
        move->number = strtoll(word, &end, 10);
        return strchr(arguments, 'i') && end > word && *end == '\0';
}

static bool parse_move(char *line, Move *ret)
{
        char *save = NULL, *word = strtok_r(line, " \n", &save);
        MoveKind kind = 0;

        while (kind < _MOVE_KIND_N && strcmp(infos[kind].verb, word) != 0)
                kind++;
        if (kind == _MOVE_KIND_N)
                return false;
        *ret = (Move){.kind = kind, .text = strchr(infos[kind].arguments, 't') ? strdup("") : NULL};
        while ((word = strtok_r(NULL, " \n", &save)))
                if (!parse_word(ret, infos[kind].arguments, word))
                        return false;
        return ret->n_names > 0 || !strpbrk(infos[kind].arguments, "nN");
}

static bool add_line(History *history, const char *line)
{
        Move *move = history->n > 0 ? &history->items[history->n - 1] : NULL;
        char *text = NULL;

        if (!move || !move->text || asprintf(&text, "%s%s", move->text, line) < 0)
                return false;
        free(move->text);
        move->text = text;
        return true;
}

int history_read(FILE *f, const char *name, History *ret)
{
        History history = HISTORY_NULL;
        char line[1024];
        unsigned number = 0;

        while (fgets(line, sizeof(line), f)) {
                Move move;
                bool good = true;

                number++;
                if (line[0] == '#' || line[0] == '\n')
                        continue;
                if (strncmp(line, "| ", 2) == 0)
                        good = add_line(&history, line + 2);
                else if ((good = parse_move(line, &move)))
                        history_add(&history, move);
                if (!good) {
                        fprintf(stderr, "%s:%u: what is that?\n", name, number);
                        history_done(&history);
                        return -EINVAL;
                }
        }
        *ret = history;
        return 0;
}
