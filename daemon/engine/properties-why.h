/* SPDX-License-Identifier: MIT */
#pragma once

/* Getters of the properties that tell why, for the table in properties.c: each fills in `value`, whose type is set.
 * -ENOMEM. */

#include "core/value.h"
#include "engine/service.h"

int get_cause_type(Service *service, Value *value);
int get_cause_text(Service *service, Value *value);
int get_cause_timestamp(Service *service, Value *value);
int get_caused_by_uid(Service *service, Value *value);
int get_caused_by_pid(Service *service, Value *value);
int get_caused_by_command(Service *service, Value *value);
int get_caused_by_verb(Service *service, Value *value);
int get_caused_by_service(Service *service, Value *value);
int get_waits_for(Service *service, Value *value);
int get_need_restart(Service *service, Value *value);
int get_pending_directives(Service *service, Value *value);
int get_next_action(Service *service, Value *value);
int get_next_action_timestamp(Service *service, Value *value);
int get_last_run_invocation_id(Service *service, Value *value);
int get_last_run_start(Service *service, Value *value);
int get_last_run_end(Service *service, Value *value);
int get_last_run_result(Service *service, Value *value);
int get_last_run_text(Service *service, Value *value);
