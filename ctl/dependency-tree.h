/* SPDX-License-Identifier: MIT */
#pragma once

/* Who depends on whom, as a tree, from the rows of List. Pure. */

#include "ctl/json.h"
#include "ctl/style.h"

typedef struct DependencyTree DependencyTree;

/* The properties that the rows need; ended by NULL. */
extern const char *const dependency_properties[];

/* `rows` are all services there are; they are the caller's and outlive the tree. `reverse`: what depends on a service
 * stands below it, instead of what it depends on. -ENOMEM. */
int dependency_tree_new(JsonValue *rows, bool reverse, DependencyTree **ret);
DependencyTree *dependency_tree_free(DependencyTree *tree);
DEFINE_CLEANUP(DependencyTree *, dependency_tree_free);

/* Appends the tree below each of `roots` (by their Ids; NULL: default.target, or where there is none all that nothing
 * stands above). What stands in it a second time is not unfolded again. The caller frees the text. */
int dependency_tree_format(DependencyTree *tree, char *const *roots, const Style *style, char **ret);
/* The same as an array with one object for each service in it, each once. */
int dependency_tree_to_json(DependencyTree *tree, char *const *roots, JsonValue **ret);
