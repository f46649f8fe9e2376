/* SPDX-License-Identifier: MIT */

/* Accounts, one for each user who is or lately was connected. An account outlives its last connection, as otherwise
 * everybody who connects anew for each request would begin with a clean one; it goes when somebody new comes. */

#include "control/account.h"

#include <errno.h>

#include "control/limits.h"

void accounts_init(Accounts *accounts, Loop *loop, account_rested_fn on_rested, void *userdata)
{
        *accounts = (Accounts){.loop = loop, .on_rested = on_rested, .userdata = userdata};
        list_init(&accounts->list);
}

static void account_free(Account *account)
{
        assert(account->n_connections == 0);
        list_remove(&account->link);
        timer_done(&account->rest);
        free(account);
}

void accounts_done(Accounts *accounts)
{
        Account *account;

        if (!accounts->list.next)
                return;
        while ((account = LIST_FIRST(&accounts->list, Account, link)))
                account_free(account);
}

static void on_rest_over(void *userdata, usec_t now)
{
        Account *account = userdata;

        account->resting = false;
        account->spent = 0;
        account->accounts->on_rested(account->accounts->userdata, account);
}

static Account *accounts_find(const Accounts *accounts, uid_t uid)
{
        Account *account;

        LIST_FOREACH (account, (List *) &accounts->list, Account, link)
                if (account->uid == uid)
                        return account;
        return NULL;
}

static void accounts_prune(Accounts *accounts)
{
        Account *account;

        LIST_FOREACH (account, &accounts->list, Account, link)
                if (account->n_connections == 0 && !account->resting)
                        account_free(account);
}

int accounts_join(Accounts *accounts, uid_t uid, Account **ret)
{
        Account *account = accounts_find(accounts, uid);
        int r;

        if (!account) {
                accounts_prune(accounts);
                account = calloc(1, sizeof(Account));
                if (!account)
                        return -ENOMEM;
                *account = (Account){.accounts = accounts, .uid = uid};
                r = timer_init(&account->rest, accounts->loop, on_rest_over, account);
                if (r < 0) {
                        free(account);
                        return r;
                }
                list_append(&accounts->list, &account->link);
        }

        account->n_connections++;
        *ret = account;
        return 0;
}

void account_leave(Account *account)
{
        assert(account->n_connections > 0);
        account->n_connections--;
}

size_t accounts_count(const Accounts *accounts, uid_t uid)
{
        const Account *account = accounts_find(accounts, uid);

        return account ? account->n_connections : 0;
}

void account_charge(Account *account, usec_t cost)
{
        usec_t now = loop_now(account->accounts->loop), rest;

        if (account->resting)
                return;
        if (usec_sub(now, account->window_begin) > SERVING_WINDOW_USEC) {
                account->window_begin = now;
                account->spent = 0;
        }
        account->spent += cost;
        if (account->spent <= SERVING_USEC)
                return;

        account->resting = true;
        /* The turn, whose beginning is "now", may have taken as long as the rest is to be. */
        rest = 2 * MIN(account->spent, SERVING_WINDOW_USEC);
        (void) timer_set(&account->rest, usec_add(now, rest));
}
