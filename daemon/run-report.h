/* SPDX-License-Identifier: MIT */
#pragma once

/* A trial's report as JUnit XML, which CI systems show: each service and the command are a test case. */

#include "common/macro.h"

typedef struct ReportCase {
        const char *class_name;
        char *name;
        usec_t usec;   /* of a service: until it was ready; of the command: from beginning to end */
        char *problem; /* one sentence; NULL: all is well */
        char *output;  /* the last lines of one with a problem; NULL: none are known */
        bool skipped;  /* never begun */
} ReportCase;

/* The whole document. What XML can't hold (control characters, bytes that are no UTF-8) becomes `?`. `timestamp` as
 * of ISO 8601. -ENOMEM. The caller frees it. */
int report_format(const ReportCase *cases, size_t n, usec_t total, const char *timestamp, char **ret);
void report_case_done(ReportCase *report_case);
