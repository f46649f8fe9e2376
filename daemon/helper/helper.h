/* SPDX-License-Identifier: MIT */
#pragma once

/* The helper program: whatever may hang runs here, in a process that the daemon can lose. One subcommand a file. */

#include "common/macro.h"

/* Each takes its own words (argv[0] is the subcommand) and returns the exit status. */
int helper_await(int argc, char **argv);
int helper_names(int argc, char **argv);
int helper_pid_file(int argc, char **argv);
int helper_pid_file_remove(int argc, char **argv);
int helper_probe(int argc, char **argv);
int helper_remove(int argc, char **argv);
int helper_resolve(int argc, char **argv);
int helper_writer(int argc, char **argv);
