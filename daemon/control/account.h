/* SPDX-License-Identifier: MIT */
#pragma once

/* What the clients of one user cost together, so that no user's crowd keeps others from being served: when serving
 * them has taken too long they all have to wait for as long again. */

#include <sys/types.h>

#include "base/list.h"
#include "host/loop.h"

typedef struct Accounts Accounts;

typedef struct Account {
        Accounts *accounts; /* weak */
        List link;
        uid_t uid;
        size_t n_connections;
        usec_t window_begin; /* see SERVING_USEC */
        usec_t spent;        /* in this window */
        bool resting;        /* its clients are not served */
        Timer rest;
} Account;

/* Called when the clients of `account` may be served again. */
typedef void (*account_rested_fn)(void *userdata, const Account *account);

struct Accounts {
        Loop *loop; /* weak */
        List list;
        account_rested_fn on_rested;
        void *userdata;
};

void accounts_init(Accounts *accounts, Loop *loop, account_rested_fn on_rested, void *userdata);
/* There must be no connection left. */
void accounts_done(Accounts *accounts);
/* The account of a user, who gets one connection more. It is given back by account_leave(). */
int accounts_join(Accounts *accounts, uid_t uid, Account **ret);
void account_leave(Account *account);
/* Connections of the user. */
size_t accounts_count(const Accounts *accounts, uid_t uid);
/* Says that serving one of its clients took so much time of the processor. */
void account_charge(Account *account, usec_t cost);
