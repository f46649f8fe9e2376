/* SPDX-License-Identifier: MIT */
#pragma once

/* Questions to the journal that are answered by its index, without reading it through. */

#include <sys/types.h>

#include "common/macro.h"

typedef struct JournalAsk JournalAsk;

/* `uid`: whose entries count. -ENOENT and others: there is no journal to be read. */
int journal_ask_open(uid_t uid, JournalAsk **ret);
JournalAsk *journal_ask_free(JournalAsk *ask);
DEFINE_CLEANUP(JournalAsk *, journal_ask_free);

/* The number of the last line of a run's stream (`INVOCATION/STREAM`); 0: there is none. */
int journal_ask_last_number(JournalAsk *ask, const char *key, uint64_t *ret);
/* 1 where there is the event of that time; `key` is `SERVICE/MESSAGE_ID`. */
int journal_ask_event(JournalAsk *ask, const char *key, uint64_t timestamp);
/* The service of a run, for the caller to free. -ENOENT: not known. */
int journal_ask_owner(JournalAsk *ask, const char *invocation, char **ret);
/* The runs of a service, from the latest back, appended to *ret (each once) until there are `max`. */
int journal_ask_runs(JournalAsk *ask, const char *service, size_t max, char ***ret);
/* Every service that was ever heard of, each once. */
int journal_ask_services(JournalAsk *ask, char ***ret);
