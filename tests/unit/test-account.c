/* SPDX-License-Identifier: MIT */

#include "control/account.h"

#include <criterion/criterion.h>

#include "control/limits.h"

typedef struct Fixture {
        Loop *loop;
        Accounts accounts;
        const Account *rested;
        unsigned n_rested;
} Fixture;

static void on_rested(void *userdata, const Account *account)
{
        Fixture *f = userdata;

        f->rested = account;
        f->n_rested++;
        loop_exit(f->loop, 0);
}

static void fixture_init(Fixture *f)
{
        *f = (Fixture){.loop = NULL};
        cr_assert_eq(loop_new(&f->loop), 0);
        accounts_init(&f->accounts, f->loop, on_rested, f);
}

static void fixture_done(Fixture *f)
{
        accounts_done(&f->accounts);
        loop_free(f->loop);
}

static Account *join(Fixture *f, uid_t uid)
{
        Account *account = NULL;

        cr_assert_eq(accounts_join(&f->accounts, uid, &account), 0);
        return account;
}

Test(account, a_user_has_one_account_that_counts_connections)
{
        Fixture f;
        fixture_init(&f);

        Account *a = join(&f, 1), *again = join(&f, 1), *b = join(&f, 2);
        cr_assert_eq(a, again);
        cr_assert_neq(a, b);
        cr_assert_eq(accounts_count(&f.accounts, 1), 2);
        cr_assert_eq(accounts_count(&f.accounts, 2), 1);
        cr_assert_eq(accounts_count(&f.accounts, 3), 0);

        account_leave(a);
        cr_assert_eq(accounts_count(&f.accounts, 1), 1);
        account_leave(a);
        account_leave(b);
        cr_assert_eq(accounts_count(&f.accounts, 1), 0);
        fixture_done(&f);
}

Test(account, who_has_cost_too_much_rests_and_nobody_else, .timeout = 10)
{
        Fixture f;
        fixture_init(&f);

        Account *greedy = join(&f, 1), *modest = join(&f, 2);
        account_charge(greedy, SERVING_USEC);
        cr_assert_not(greedy->resting);
        account_charge(greedy, 1);
        account_charge(modest, SERVING_USEC / 2);
        cr_assert(greedy->resting);
        cr_assert_not(modest->resting);

        cr_assert_eq(loop_run(f.loop), 0);
        cr_assert_eq(f.rested, greedy);
        cr_assert_eq(f.n_rested, 1);
        cr_assert_not(greedy->resting);

        /* From then on it begins anew. */
        account_charge(greedy, SERVING_USEC);
        cr_assert_not(greedy->resting);
        account_leave(greedy);
        account_leave(modest);
        fixture_done(&f);
}

Test(account, a_new_connection_does_not_begin_with_a_clean_account)
{
        Fixture f;
        fixture_init(&f);

        Account *account = join(&f, 1);
        account_charge(account, SERVING_USEC);
        account_leave(account);
        account = join(&f, 1);
        account_charge(account, 1);
        cr_assert(account->resting);
        account_leave(account);
        fixture_done(&f);
}

Test(account, those_of_users_who_have_gone_do_not_pile_up)
{
        Fixture f;
        fixture_init(&f);

        for (uid_t uid = 1; uid < 1000; uid++) {
                size_t n = 0;

                account_leave(join(&f, uid));
                for (const List *i = f.accounts.list.next; i != &f.accounts.list; i = i->next)
                        n++;
                cr_assert_leq(n, 2);
        }
        fixture_done(&f);
}
