/* SPDX-License-Identifier: MIT */
#include "common/exit-status.h"

#include <criterion/criterion.h>
#include <sysexits.h>

#include "cases.h"

Test(exit_status, names_and_numbers_are_read_as_systemd_does)
{
        CaseFile file = cases_open("values.txt");
        char question[2][256], answer[256];
        unsigned n = 0;

        while (cases_next_value(&file, " SuccessExitStatus ", question, answer)) {
                int status = 4711, r = exit_status_parse(question[1], &status);

                if (*answer)
                        cr_assert_eq(status, atoi(answer), "%s: %i", question[1], status);
                else {
                        cr_assert_lt(r, 0, "%s", question[1]);
                        cr_assert_eq(status, 4711);
                }
                n++;
        }
        cases_close(&file);
        cr_assert_gt(n, 20);
}

Test(exit_status, a_name_leads_to_its_code_and_back)
{
        unsigned n = 0;

        for (int i = -1; i <= 256; i++) {
                const char *name = exit_status_to_string(i);
                int status;

                if (!name)
                        continue;
                n++;
                cr_assert_eq(exit_status_parse(name, &status), 0, "%s", name);
                cr_assert_eq(status, i, "%s", name);
        }
        cr_assert_eq(n, 8 + 15 + 43 + 1);
        cr_assert_str_eq(exit_status_to_string(EX_TEMPFAIL), "TEMPFAIL");
        cr_assert_str_eq(exit_status_to_string(217), "USER");
        cr_assert_null(exit_status_to_string(223));
}
