/* SPDX-License-Identifier: MIT */

/* Directives whose value is one number: counts, sizes, spans, modes, signals, levels, limits. The syntax is that of
 * common/; here it gets its bounds, its field, and its words when it is wrong. */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/parse.h"
#include "common/size.h"
#include "common/timespan.h"
#include "core/kinds.h"

static bool out_of_bounds(const Assignment *assignment, uint64_t value)
{
        return value < (uint64_t) assignment->directive->min || value > (uint64_t) assignment->directive->max;
}

static int refuse_bounds(const Assignment *assignment)
{
        return assignment_error(assignment, "is not between %" PRId64 " and %" PRId64, assignment->directive->min,
                                assignment->directive->max);
}

static int parse_bool(const Assignment *assignment)
{
        int r = boolean_parse(assignment->value, TARGET(bool, assignment));

        return r < 0 ? assignment_refused(assignment, r, "a boolean (yes or no)") : 0;
}

static int show_bool(const Directive *directive, const void *base, Value *ret)
{
        *ret = (Value){.type = VALUE_BOOL, .boolean = *FIELD(bool, directive, base)};
        return 0;
}

static bool equal_bool(const Directive *directive, const void *a, const void *b)
{
        return *FIELD(bool, directive, a) == *FIELD(bool, directive, b);
}

static int parse_count(const Assignment *assignment)
{
        uint64_t value;
        int r = unsigned_parse(assignment->value, UINT32_MAX, &value);

        if (r == -ERANGE || (r >= 0 && out_of_bounds(assignment, value)))
                return refuse_bounds(assignment);
        if (r < 0)
                return assignment_refused(assignment, r, "a whole number");
        *TARGET(unsigned, assignment) = value;
        return 0;
}

static int parse_percent(const Assignment *assignment)
{
        uint64_t value;
        unsigned percent;
        int r;

        if (percent_parse(assignment->value, 100, &percent) >= 0) {
                *TARGET(unsigned, assignment) = percent;
                return 0;
        }
        r = unsigned_parse(assignment->value, 100, &value);
        if (r < 0)
                return assignment_refused(assignment, -EINVAL, "a percentage from 0 to 100, such as 10%");
        *TARGET(unsigned, assignment) = value;
        return 0;
}

static int show_count(const Directive *directive, const void *base, Value *ret)
{
        *ret = (Value){.type = directive->kind->type, .number = *FIELD(unsigned, directive, base)};
        return 0;
}

static bool equal_count(const Directive *directive, const void *a, const void *b)
{
        return *FIELD(unsigned, directive, a) == *FIELD(unsigned, directive, b);
}

static int parse_optional_int(const Assignment *assignment)
{
        const Directive *directive = assignment->directive;
        int64_t value = 0;
        bool given = assignment->value[0] != '\0';
        int r;

        if (given) {
                r = integer_parse(assignment->value, directive->min, directive->max, &value);
                if (r == -ERANGE)
                        return refuse_bounds(assignment);
                if (r < 0)
                        return assignment_refused(assignment, r, "a whole number");
        }
        *TARGET(int, assignment) = value;
        *TARGET2(bool, assignment) = given;
        return 0;
}

static int show_int(const Directive *directive, const void *base, Value *ret)
{
        *ret = (Value){.type = VALUE_INT, .integer = *FIELD(int, directive, base)};
        return 0;
}

static bool equal_int(const Directive *directive, const void *a, const void *b)
{
        return *FIELD(int, directive, a) == *FIELD(int, directive, b);
}

static bool equal_optional_int(const Directive *directive, const void *a, const void *b)
{
        return equal_int(directive, a, b) && *FIELD2(bool, directive, a) == *FIELD2(bool, directive, b);
}

static int parse_size(const Assignment *assignment)
{
        uint64_t value;
        int r = size_parse(assignment->value, &value);

        if (r == -ERANGE || (r >= 0 && out_of_bounds(assignment, value)))
                return assignment_error(assignment, "is not between %" PRId64 " and %" PRId64 " bytes",
                                        assignment->directive->min, assignment->directive->max);
        if (r < 0)
                return assignment_refused(assignment, r, "a size in bytes, such as 64K, 10M or 4096");
        *TARGET(uint64_t, assignment) = value;
        return 0;
}

static int show_long(const Directive *directive, const void *base, Value *ret)
{
        *ret = (Value){.type = directive->kind->type, .number = *FIELD(uint64_t, directive, base)};
        return 0;
}

static bool equal_long(const Directive *directive, const void *a, const void *b)
{
        return *FIELD(uint64_t, directive, a) == *FIELD(uint64_t, directive, b);
}

static int read_span(const Assignment *assignment, usec_t *ret)
{
        int r = timespan_parse(assignment->value, USEC_PER_SEC, ret);

        return r < 0 ? assignment_refused(assignment, r, "a span of time, such as 5s, 500ms, 1min 30s or infinity")
                     : 0;
}

static int parse_span(const Assignment *assignment)
{
        return read_span(assignment, TARGET(usec_t, assignment));
}

static int parse_finite_span(const Assignment *assignment)
{
        usec_t span = USEC_INFINITY;
        int r;

        if (assignment->value[0] != '\0') {
                r = read_span(assignment, &span);
                if (r < 0)
                        return r;
                if (span == USEC_INFINITY)
                        return assignment_error(assignment, "has to be finite");
        }
        *TARGET(usec_t, assignment) = span;
        return 0;
}

static int parse_timeout(const Assignment *assignment)
{
        usec_t span;
        int r = read_span(assignment, &span);

        if (r < 0)
                return r;
        *TARGET(usec_t, assignment) = span ?: USEC_INFINITY;
        return 0;
}

static int parse_both_timeouts(const Assignment *assignment)
{
        int r = parse_timeout(assignment);

        if (r >= 0)
                *TARGET2(usec_t, assignment) = *TARGET(usec_t, assignment);
        return r;
}

static bool equal_both_timeouts(const Directive *directive, const void *a, const void *b)
{
        return true; /* the two timeouts have rows of their own */
}

static int parse_mode(const Assignment *assignment)
{
        int r = mode_parse(assignment->value, TARGET(unsigned, assignment));

        return r < 0 ? assignment_refused(assignment, r, "an octal file mode, such as 0022") : 0;
}

static int parse_signal(const Assignment *assignment)
{
        int r;

        if (assignment->value[0] == '\0') {
                *TARGET(int, assignment) = 0;
                return 0;
        }
        r = signal_parse(assignment->value, TARGET(int, assignment));
        return r < 0 ? assignment_refused(assignment, r, "a signal, such as SIGTERM, TERM or 15") : 0;
}

static int parse_level(const Assignment *assignment)
{
        int r = level_parse(assignment->value, TARGET(int, assignment));

        if (r < 0)
                return assignment_error(assignment, "is not a log level; there are emerg, alert, crit, err, warning, "
                                                    "notice, info, debug and 0 to 7");
        return 0;
}

static int parse_limit(const Assignment *assignment)
{
        ResourceLimit *limit = TARGET(ResourceLimit, assignment);
        ResourceLimit read = {.set = true};
        int r;

        if (assignment->value[0] == '\0') {
                *limit = (ResourceLimit){};
                return 0;
        }
        r = limit_parse(assignment->directive->min, assignment->value, &read.soft, &read.hard);
        if (r == -EILSEQ)
                return assignment_error(assignment, "has a soft limit above the hard limit");
        if (r < 0)
                return assignment_refused(assignment, r, "a limit, such as 1024, 1024:4096 or infinity");
        *limit = read;
        return 0;
}

static int show_limit(const Directive *directive, const void *base, Value *ret)
{
        const ResourceLimit *limit = FIELD(ResourceLimit, directive, base);

        *ret = (Value){.type = VALUE_UINT, .number = limit->set ? limit->hard : UINT64_MAX};
        return 0;
}

static int show_soft_limit(const Directive *directive, const void *base, Value *ret)
{
        const ResourceLimit *limit = FIELD(ResourceLimit, directive, base);

        *ret = (Value){.type = VALUE_UINT, .number = limit->set ? limit->soft : UINT64_MAX};
        return 0;
}

static bool equal_limit(const Directive *directive, const void *a, const void *b)
{
        const ResourceLimit *x = FIELD(ResourceLimit, directive, a), *y = FIELD(ResourceLimit, directive, b);

        return x->set == y->set && x->soft == y->soft && x->hard == y->hard;
}

const DirectiveKind kind_bool = {"BOOLEAN", VALUE_BOOL, REPETITION_REPLACES, parse_bool, show_bool, equal_bool};
const DirectiveKind kind_count = {"NUMBER", VALUE_UINT, REPETITION_REPLACES, parse_count, show_count, equal_count};
const DirectiveKind kind_percent = {"PERCENT",     VALUE_UINT, REPETITION_REPLACES,
                                    parse_percent, show_count, equal_count};
const DirectiveKind kind_optional_int = {"NUMBER",           VALUE_INT, REPETITION_REPLACES,
                                         parse_optional_int, show_int,  equal_optional_int};
const DirectiveKind kind_size = {"SIZE", VALUE_UINT, REPETITION_REPLACES, parse_size, show_long, equal_long};
const DirectiveKind kind_span = {"SPAN", VALUE_SPAN, REPETITION_REPLACES, parse_span, show_long, equal_long};
const DirectiveKind kind_finite_span = {"SPAN",    VALUE_SPAN, REPETITION_REPLACES, parse_finite_span,
                                        show_long, equal_long};
const DirectiveKind kind_timeout = {"SPAN", VALUE_SPAN, REPETITION_REPLACES, parse_timeout, show_long, equal_long};
const DirectiveKind kind_both_timeouts = {"SPAN",    VALUE_SPAN,         REPETITION_REPLACES, parse_both_timeouts,
                                          show_long, equal_both_timeouts};
const DirectiveKind kind_mode = {"MODE", VALUE_MODE, REPETITION_REPLACES, parse_mode, show_count, equal_count};
const DirectiveKind kind_signal = {"SIGNAL", VALUE_INT, REPETITION_REPLACES, parse_signal, show_int, equal_int};
const DirectiveKind kind_level = {"LEVEL", VALUE_INT, REPETITION_REPLACES, parse_level, show_int, equal_int};
const DirectiveKind kind_limit = {"LIMIT", VALUE_UINT, REPETITION_REPLACES, parse_limit, show_limit, equal_limit};
const DirectiveKind kind_soft_limit = {"LIMIT", VALUE_UINT, REPETITION_REPLACES, NULL, show_soft_limit, equal_limit};
