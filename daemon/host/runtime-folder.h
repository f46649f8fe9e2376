/* SPDX-License-Identifier: MIT */
#pragma once

/* RuntimeDirectory=: what the executor made for a run goes when the run is over. */

#include "host/process.h"

/* Takes the folders (relative to `root`) out of the way at once, so that the next run may make them anew, and has a
 * helper remove them; nothing here waits for what a service may have mounted in them. What isn't there is no error.
 */
int runtime_folders_remove(ProcessTable *processes, const char *helper, const char *root, char *const *names);
