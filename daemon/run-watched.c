/* SPDX-License-Identifier: MIT */

/* Reads a service's life for a trial. A service counts as up when it is ready, or when it has ended with success; it
 * has failed for good when nothing will try it again. What its definition has it tried again for is a problem that is
 * told, and no failure. */

#include "run-watched.h"

#include <string.h>

void watched_done(WatchedList *list)
{
        for (size_t i = 0; i < list->n; i++) {
                free(list->items[i].name);
                free(list->items[i].problem);
        }
        free(list->items);
        *list = (WatchedList){0};
}

Watched *watched_get(WatchedList *list, const Service *service)
{
        const char *name = service_name(service);
        size_t low = 0, high = list->n;
        Watched *items;
        char *copy;

        while (low < high) {
                size_t middle = (low + high) / 2;
                int order = strcmp(name, list->items[middle].name);

                if (order == 0)
                        return &list->items[middle];
                if (order < 0)
                        high = middle;
                else
                        low = middle + 1;
        }
        items = reallocarray(list->items, list->n + 1, sizeof(Watched));
        if (!items)
                return NULL;
        list->items = items;
        copy = strdup(name);
        if (!copy)
                return NULL;
        memmove(items + low + 1, items + low, (list->n - low) * sizeof(Watched));
        items[low] = (Watched){.name = copy};
        list->n++;
        return &items[low];
}

static bool is_up(const Service *service)
{
        const Lifecycle *life = service_lifecycle(service);

        if (service_is_ready(service))
                return true;
        return life->state == STATE_DEAD && !life->wanted &&
               (life->result == RESULT_SUCCESS || life->result == RESULT_EXEC_CONDITION);
}

static bool has_given_up(const Service *service)
{
        const Lifecycle *life = service_lifecycle(service);

        return life->state == STATE_FAILED ||
               (life->state == STATE_DEAD && !life->wanted && life->result != RESULT_SUCCESS &&
                life->result != RESULT_EXEC_CONDITION);
}

static void note_problem(Watched *watched, const Service *service, const char *otherwise)
{
        const char *reason = service_reason(service);

        free(watched->problem);
        watched->problem = strdup(*reason ? reason : otherwise);
}

/* A restart may be over before anybody looks: then its counter alone tells of it. */
static bool is_tried_again(Watched *watched, const Service *service)
{
        const Lifecycle *life = service_lifecycle(service);
        bool waits = life->state == STATE_AUTO_RESTART, waited = watched->waits_to_be_tried;
        bool restarted = life->history.n_restarts > watched->n_restarts;

        watched->n_restarts = life->history.n_restarts;
        watched->waits_to_be_tried = waits;
        return (waits && !waited) || (restarted && !waited);
}

WatchedChange watched_look(Watched *watched, const Service *service, usec_t now)
{
        bool was_up = watched->up, had_given_up = watched->given_up, tried = is_tried_again(watched, service);

        watched->up = is_up(service);
        watched->given_up = has_given_up(service);
        if (watched->up && !watched->was_up) {
                watched->was_up = true;
                watched->up_at = now;
        }
        if (watched->given_up && !had_given_up) {
                note_problem(watched, service, service_result_to_string(service_lifecycle(service)->result));
                return WATCHED_GIVEN_UP;
        }
        if (tried) {
                note_problem(watched, service, "it ended");
                return WATCHED_TRIED;
        }
        return watched->up && !was_up ? WATCHED_UP : WATCHED_NOTHING;
}

size_t watched_count_up(const WatchedList *list, size_t *ret_n)
{
        size_t up = 0, n = 0;

        for (size_t i = 0; i < list->n; i++) {
                n += list->items[i].awaited;
                up += list->items[i].awaited && list->items[i].up;
        }
        *ret_n = n;
        return up;
}
