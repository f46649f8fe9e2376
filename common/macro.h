/* SPDX-License-Identifier: MIT */
#pragma once

/* The few words that every file of the house uses: cleanup attributes, moves of ownership, sizes, and time. */

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define _cleanup_(f)                    __attribute__((cleanup(f)))
#define _printf_(a, b)                  __attribute__((format(printf, a, b)))
#define _unused_                        __attribute__((unused))
#define _noreturn_                      __attribute__((noreturn))

#define ELEMENTSOF(x)                   (sizeof(x) / sizeof((x)[0]))
#define MIN(a, b)                       ((a) < (b) ? (a) : (b))
#define MAX(a, b)                       ((a) > (b) ? (a) : (b))
#define CONTAINER_OF(ptr, type, member) ((type *) ((char *) (ptr) -offsetof(type, member)))

#define assert_not_reached()            __builtin_unreachable_checked()
#define __builtin_unreachable_checked() (assert(!"not reached"), __builtin_unreachable())

/* Gives a pointer away and forgets it: `*ret = TAKE_PTR(x);` */
#define TAKE_PTR(p)                          \
        ({                                   \
                __typeof__(p) *_take = &(p); \
                __typeof__(p) _out = *_take; \
                *_take = NULL;               \
                _out;                        \
        })

/* Defines `name_p()` for `_cleanup_(name_p)` from a destructor that takes NULL. */
#define DEFINE_CLEANUP(type, destroy)               \
        static inline void destroy##p(type *object) \
        {                                           \
                if (*object)                        \
                        destroy(*object);           \
        }                                           \
        struct destroy##_wants_a_semicolon

static inline void freep(void *p)
{
        free(*(void **) p);
}
#define _cleanup_free_ _cleanup_(freep)

/* Microseconds: a point in time (of the clock that the context names) or a span. */
typedef uint64_t usec_t;
#define USEC_INFINITY UINT64_MAX
#define USEC_PER_MSEC ((usec_t) 1000)
#define USEC_PER_SEC  ((usec_t) 1000000)

/* a + b, staying at infinity. */
static inline usec_t usec_add(usec_t a, usec_t b)
{
        return a == USEC_INFINITY || b == USEC_INFINITY || a > USEC_INFINITY - b ? USEC_INFINITY : a + b;
}

/* a - b, never below 0. */
static inline usec_t usec_sub(usec_t a, usec_t b)
{
        return a > b ? a - b : 0;
}

/* A 128-bit random id, as of an invocation. */
typedef struct Id128 {
        uint8_t bytes[16];
} Id128;

#define ID128_STRING_MAX 33
