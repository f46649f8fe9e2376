/* SPDX-License-Identifier: MIT */
#pragma once

/* An intrusive, circular, doubly linked list: linking cannot fail, unlinking needs no head. */

#include "common/macro.h"

typedef struct List {
        struct List *prev, *next;
} List;

#define LIST_INIT(list) ((List){.prev = &(list), .next = &(list)})

static inline void list_init(List *list)
{
        list->prev = list->next = list;
}

/* True for a head without elements, and for a link that is in no list (initialised or zero). */
static inline bool list_is_empty(const List *list)
{
        return !list->next || list->next == list;
}

static inline void list_append(List *head, List *link)
{
        assert(list_is_empty(link));
        link->prev = head->prev;
        link->next = head;
        head->prev->next = link;
        head->prev = link;
}

/* Takes `link` out of its list, where it is in one. */
static inline void list_remove(List *link)
{
        if (link->next) {
                link->prev->next = link->next;
                link->next->prev = link->prev;
        }
        list_init(link);
}

#define LIST_FIRST(head, type, member) (list_is_empty(head) ? NULL : CONTAINER_OF((head)->next, type, member))

/* `item` may be removed or freed in the body; its successor may not. */
#define LIST_FOREACH(item, head, type, member)                                                                       \
        for (List *_i = (head)->next, *_n = _i->next; _i != (head) && (item = CONTAINER_OF(_i, type, member), true); \
             _i = _n, _n = _i->next)
