/* SPDX-License-Identifier: MIT */
#pragma once

/* A property's value, typed: what D-Bus and JSON carry, and what `show` prints. */

#include "common/macro.h"

typedef enum ValueType {
        VALUE_BOOL,      /* b */
        VALUE_INT,       /* x; signals, nice levels, pids */
        VALUE_UINT,      /* t; counts and sizes; UINT64_MAX: none, infinite */
        VALUE_SPAN,      /* t; microseconds; USEC_INFINITY: infinite */
        VALUE_TIMESTAMP, /* t; CLOCK_REALTIME in microseconds; USEC_INFINITY: not set */
        VALUE_MODE,      /* t; shown in octal, as of UMask */
        VALUE_STRING,    /* s; never NULL */
        VALUE_STRV,      /* as; shown in one line, what needs it in quotes */
        VALUE_RECORDS,   /* as; each shown as it is: `{ path=… ; argv[]=… ; ignore_errors=no }` */
        _VALUE_TYPE_N,
} ValueType;

typedef struct Value {
        ValueType type;
        union {
                bool boolean;
                int64_t integer;
                uint64_t number; /* of UINT, SPAN, TIMESTAMP, MODE */
                char *string;    /* owned */
                char **strings;  /* owned */
        };
} Value;

#define VALUE_NULL ((Value){.type = VALUE_BOOL})

/* Frees what it owns, and leaves VALUE_NULL. */
void value_done(Value *value);
/* D-Bus's signature of the type: one of "b" "x" "t" "s" "as". */
const char *value_type_signature(ValueType type);
/* As `systemctl show` prints it behind the `=`: yes and no, `1min 30s`, `infinity`. A timestamp is printed as the
 * number that it is: what a date is called depends on the reader's time zone. The caller frees it. */
int value_format(const Value *value, char **ret);
