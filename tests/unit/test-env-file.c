/* SPDX-License-Identifier: MIT */
#include "common/env-file.h"

#include <criterion/criterion.h>
#include <errno.h>

#include "cases.h"
#include "common/strv.h"

/* An environment has no order. */
static int by_name(const void *a, const void *b)
{
        return strcmp(*(char *const *) a, *(char *const *) b);
}

static char *sorted(char **strv)
{
        if (strv)
                qsort(strv, strv_length(strv), sizeof(char *), by_name);
        return strv_join(strv, "|");
}

static void check_file(const char *contents, unsigned number, bool refused, char **theirs)
{
        _cleanup_(strv_freep) char **ours = NULL;
        _cleanup_free_ char *a = NULL, *b = NULL;
        int r = env_file_parse(contents, strlen(contents), &ours, NULL);

        a = sorted(ours);
        b = sorted(theirs);
        cr_assert_eq(r < 0, refused, "file %u: %s", number, contents);
        cr_assert_str_eq(a, b, "file %u: %s\nours %s\ntheirs %s", number, contents, a, b);
}

Test(env_file, files_are_read_as_a_booted_systemd_does)
{
        CaseFile file = cases_open("env-files.txt");
        _cleanup_(strv_freep) char **theirs = NULL;
        char *contents = NULL, *text;
        unsigned n = 0, number = 0;
        bool refused = false;
        const char *word;

        while (cases_next(&file, &word, &text)) {
                if (strcmp(word, "file") == 0) {
                        if (contents)
                                check_file(contents, number, refused, theirs);
                        free(contents);
                        theirs = strv_free(theirs);
                        refused = false;
                        contents = strdup(cases_number(text, &number));
                        n++;
                } else if (strcmp(word, "refused") == 0)
                        refused = true;
                else if (strcmp(word, "variable") == 0)
                        strv_extend(&theirs, text);
        }
        check_file(contents, number, refused, theirs);
        free(contents);
        cases_close(&file);
        cr_assert_gt(n, 200);
}

Test(env_file, what_is_left_out_is_told_with_its_line)
{
        static const char contents[] = "A=1\n# x\\\ny\nno assignment \n9X=\"a\nb\"\n=x\nB=2\nend";
        _cleanup_(strv_freep) char **environment = NULL, **warnings = NULL;
        _cleanup_free_ char *joined = NULL, *told = NULL;

        cr_assert_eq(env_file_parse(contents, strlen(contents), &environment, &warnings), 0);
        joined = strv_join(environment, "|");
        told = strv_join(warnings, "|");
        cr_assert_str_eq(joined, "A=1|B=2");
        cr_assert_str_eq(told, "line 4: 'no assignment ' is not an assignment|"
                               "line 5: '9X' is not a name that a variable can have|"
                               "line 7: '=x' is not an assignment|"
                               "line 9: 'end' is not an assignment");
}

Test(env_file, later_assignments_win_over_what_is_there)
{
        _cleanup_(strv_freep) char **environment = NULL;
        _cleanup_free_ char *joined = NULL;

        strv_extend(&environment, "A=old");
        strv_extend(&environment, "B=old");
        cr_assert_eq(env_file_parse("B=new\nC=1\nC=2", 13, &environment, NULL), 0);
        joined = strv_join(environment, "|");
        cr_assert_str_eq(joined, "A=old|B=new|C=2");
}

Test(env_file, a_file_that_is_no_text_changes_nothing)
{
        _cleanup_(strv_freep) char **environment = NULL;

        strv_extend(&environment, "A=old");
        cr_assert_eq(env_file_parse("A=1\nB=\0x\n", 9, &environment, NULL), -EBADMSG);
        cr_assert_eq(env_file_parse("A=1\nB=\xff\n", 8, &environment, NULL), -EILSEQ);
        cr_assert_eq(strv_length(environment), 1);
        cr_assert_str_eq(environment[0], "A=old");
}
