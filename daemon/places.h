/* SPDX-License-Identifier: MIT */
#pragma once

/* Where everything is: the control socket, the run folder, the roots of services' folders, and our own programs. */

#include "options.h"

typedef struct Places {
        bool system;
        char *socket_path; /* absolute */
        char *run_folder;
        char *socket_folder;  /* to be made, too; NULL: it has to exist */
        bool own_run_folder;  /* SOCKET.d, which goes with the daemon */
        char *default_folder; /* where services run that say nothing */
        char *runtime_root, *state_root, *logs_root;
        char *executor, *helper;
} Places;

#define PLACES_NULL ((Places){.system = false})

/* Decides by options and environment. `*ret_error` is a sentence, the caller's to free. */
int places_init(Places *places, const Options *options, char **ret_error);
/* Everything below `folder`, which is there: of a daemon that leaves nothing behind. `default_folder` stays NULL. */
int places_init_below(Places *places, const char *folder, char **ret_error);
void places_done(Places *places);
/* A copy of `paths` as they are from the root. Negative errno. */
int places_absolute(char *const *paths, char ***ret);

/* Makes the folders that are to be there before the lock: the socket's own. */
int places_make_socket_folder(const Places *places, char **ret_error);
/* Makes the run folder and what stands in it. */
int places_make_run_folder(const Places *places, char **ret_error);
/* Removes what is empty of it. */
void places_remove_run_folder(const Places *places);
