/* SPDX-License-Identifier: MIT */

/* Words JUnit XML, as far as its readers agree on it: suites, suite, cases with a failure or a skipped mark and the
 * output of what failed. Values in, text out. */

#include "run-report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"

/* How many bytes the UTF-8 sequence at `s` has; 0: it is none, or of a character that XML has no place for. */
static size_t sequence_length(const unsigned char *s)
{
        size_t n = s[0] < 0x80             ? 1
                   : (s[0] & 0xe0) == 0xc0 ? 2
                   : (s[0] & 0xf0) == 0xe0 ? 3
                   : (s[0] & 0xf8) == 0xf0 ? 4
                                           : 0;
        static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
        uint32_t code = n == 1 ? s[0] : s[0] & (0x7fU >> n);

        for (size_t i = 1; i < n; i++) {
                if ((s[i] & 0xc0) != 0x80)
                        return 0;
                code = code << 6 | (s[i] & 0x3f);
        }
        if (n == 0 || code < least[n] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
                return 0;
        if ((code < 0x20 && code != '\t' && code != '\n') || code == 0xfffe || code == 0xffff)
                return 0;
        return n;
}

/* Text, or the value of an attribute (where a newline has to be spelled). */
static void add_escaped(Text *text, const char *s, bool attribute)
{
        while (*s) {
                size_t n = sequence_length((const unsigned char *) s);

                if (n == 0) {
                        text_add_char(text, '?');
                        s++;
                        continue;
                }
                if (*s == '&')
                        text_add_string(text, "&amp;");
                else if (*s == '<')
                        text_add_string(text, "&lt;");
                else if (*s == '>')
                        text_add_string(text, "&gt;");
                else if (*s == '"')
                        text_add_string(text, "&quot;");
                else if (attribute && *s == '\n')
                        text_add_string(text, "&#10;");
                else
                        text_add(text, s, n);
                s += n;
        }
}

static void add_attribute(Text *text, const char *name, const char *value)
{
        text_add_char(text, ' ');
        text_add_string(text, name);
        text_add_string(text, "=\"");
        add_escaped(text, value, true);
        text_add_char(text, '"');
}

static void add_number(Text *text, const char *name, size_t number)
{
        char buffer[32];

        snprintf(buffer, sizeof(buffer), "%zu", number);
        add_attribute(text, name, buffer);
}

static void add_seconds(Text *text, usec_t usec)
{
        char buffer[48];

        snprintf(buffer, sizeof(buffer), "%" PRIu64 ".%06" PRIu64, usec / USEC_PER_SEC, usec % USEC_PER_SEC);
        add_attribute(text, "time", buffer);
}

static void add_case(Text *text, const ReportCase *report_case)
{
        text_add_string(text, "    <testcase");
        add_attribute(text, "classname", report_case->class_name);
        add_attribute(text, "name", report_case->name);
        add_seconds(text, report_case->usec);
        if (!report_case->problem && !report_case->skipped) {
                text_add_string(text, "/>\n");
                return;
        }
        text_add_string(text, ">\n");
        if (report_case->problem) {
                text_add_string(text, "      <failure");
                add_attribute(text, "message", report_case->problem);
                text_add_string(text, "/>\n");
        } else
                text_add_string(text, "      <skipped/>\n");
        if (report_case->problem && report_case->output) {
                text_add_string(text, "      <system-out>");
                add_escaped(text, report_case->output, false);
                text_add_string(text, "</system-out>\n");
        }
        text_add_string(text, "    </testcase>\n");
}

static void add_suite_attributes(Text *text, const ReportCase *cases, size_t n, usec_t total)
{
        size_t failures = 0, skipped = 0;

        for (size_t i = 0; i < n; i++) {
                failures += cases[i].problem != NULL;
                skipped += !cases[i].problem && cases[i].skipped;
        }
        add_attribute(text, "name", "tended run");
        add_number(text, "tests", n);
        add_number(text, "failures", failures);
        add_number(text, "errors", 0);
        add_number(text, "skipped", skipped);
        add_seconds(text, total);
}

int report_format(const ReportCase *cases, size_t n, usec_t total, const char *timestamp, char **ret)
{
        _cleanup_(text_done) Text text = TEXT_NULL;

        text_add_string(&text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
        add_suite_attributes(&text, cases, n, total);
        text_add_string(&text, ">\n  <testsuite");
        add_suite_attributes(&text, cases, n, total);
        add_attribute(&text, "timestamp", timestamp);
        text_add_string(&text, ">\n");
        for (size_t i = 0; i < n; i++)
                add_case(&text, &cases[i]);
        text_add_string(&text, "  </testsuite>\n</testsuites>\n");
        return text_take(&text, ret);
}

void report_case_done(ReportCase *report_case)
{
        free(report_case->name);
        free(report_case->problem);
        free(report_case->output);
        *report_case = (ReportCase){0};
}
