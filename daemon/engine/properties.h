/* SPDX-License-Identifier: MIT */
#pragma once

/* Everything that `show` knows of a service: a table of how it is, followed by how it is defined (the table of
 * directives). From it come the bus's properties, List and JSON. */

#include "core/value.h"
#include "engine/service.h"

struct RunProperty;
struct Directive;

/* One property, as a value to be handed around: exactly one of the two is set. */
typedef struct Property {
        const struct RunProperty *run;
        const struct Directive *directive;
} Property;

typedef enum PropertyFlags {
        PROPERTY_COMMON = 1 << 0,  /* in every JSON object, and in a List that names none */
        PROPERTY_CHANGES = 1 << 1, /* told when it changes */
        PROPERTY_SECRET = 1 << 2,  /* for callers that may change things */
} PropertyFlags;

/* Goes through all of them, in the order in which `show` prints them: begin with PROPERTY_NULL; false at the end. */
bool property_next(Property *property);
/* -ENOENT. */
int property_find(const char *name, Property *ret);

#define PROPERTY_NULL ((Property){.run = NULL})

const char *property_name(Property property);
/* D-Bus's signature of it: value_type_signature()'s, or "u" and "i" of a VALUE_UINT and VALUE_INT known to be small.
 */
const char *property_signature(Property property);
/* Of PropertyFlags. */
unsigned property_flags(Property property);
/* Does it mean anything of this service? (A target has no command.) */
bool property_applies(Property property, const Service *service);
/* -ENOMEM. `*ret` is the caller's to free by value_done(). */
int property_get(Property property, Service *service, Value *ret);
