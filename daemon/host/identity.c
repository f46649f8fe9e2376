/* SPDX-License-Identifier: MIT */

/* Puts identities together.
 *
 * A user of digits is known without anybody's word. Its entry, where there is one, adds its group, its home and its
 * further groups; until it is known, and where there is none, its group is nobody's, which gives it no rights that it
 * might not have. */

#include "host/identity.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/strv.h"

#define NOBODYS_GROUP ((gid_t) 65534)

void identity_done(Identity *identity)
{
        free(identity->groups);
        free(identity->user);
        free(identity->home);
        free(identity->shell);
        *identity = (Identity){.uid = (uid_t) -1, .gid = (gid_t) -1};
}

/* The identity as it is put together; the first thing that is not known decides. */
typedef struct Draft {
        name_find_fn find;
        void *userdata;
        Identity identity;
        char *message;
        NamesState state;
        int error; /* negative: out of memory */
} Draft;

static void draft_fail(Draft *draft, const char *what, const char *name, const NameAnswer *answer)
{
        int r;

        if (draft->state == NAMES_FAILED)
                return;
        draft->state = NAMES_FAILED;
        if (answer->state == NAME_ERROR)
                r = asprintf(&draft->message, "the name service failed for the %s \"%s\": %s", what, name,
                             strerror(answer->error));
        else
                r = asprintf(&draft->message, "there is no %s \"%s\"", what, name);
        if (r < 0) {
                draft->message = NULL;
                draft->error = -ENOMEM;
        }
}

/* What is known of a name; NULL: not now, or not at all, which the draft says then. */
static const NameAnswer *draft_look_up(Draft *draft, NameKind kind, const char *name)
{
        const NameAnswer *answer = draft->find(draft->userdata, kind, name);

        if (answer && answer->state == NAME_KNOWN)
                return answer;
        if (!answer || answer->state == NAME_PENDING) {
                if (draft->state == NAMES_KNOWN)
                        draft->state = NAMES_PENDING;
        } else
                draft_fail(draft, kind == NAME_USER ? "user" : "group", name, answer);
        return NULL;
}

static gid_t draft_gid(Draft *draft, const char *name)
{
        const NameAnswer *answer;
        uint32_t id;

        if (id_parse(name, &id))
                return id;
        answer = draft_look_up(draft, NAME_GROUP, name);
        return answer ? answer->gid : (gid_t) -1;
}

/* Each group once. There is room. */
static void draft_add_group(Identity *identity, gid_t gid)
{
        for (size_t i = 0; i < identity->n_groups; i++)
                if (identity->groups[i] == gid)
                        return;
        identity->groups[identity->n_groups++] = gid;
}

static void draft_copy(Draft *draft, const char *from, char **to)
{
        if (!from)
                return;
        *to = strdup(from);
        if (!*to)
                draft->error = -ENOMEM;
}

/* The user's own part. Returns its entry, where there is one. */
static const NameAnswer *draft_user(Draft *draft, const char *name)
{
        Identity *identity = &draft->identity;
        const NameAnswer *answer;
        uint32_t id;

        if (id_parse(name, &id)) {
                answer = draft->find(draft->userdata, NAME_USER, name);
                if (answer && answer->state != NAME_KNOWN)
                        answer = NULL;
                identity->uid = id;
                identity->gid = NOBODYS_GROUP;
        } else
                answer = draft_look_up(draft, NAME_USER, name);
        if (!answer)
                return NULL;
        identity->uid = answer->uid;
        identity->gid = answer->gid;
        draft_copy(draft, answer->login, &identity->user);
        draft_copy(draft, answer->home, &identity->home);
        draft_copy(draft, answer->shell, &identity->shell);
        return answer;
}

static void draft_identity(Draft *draft, const ServiceConfig *config)
{
        const NameAnswer *user = config->user ? draft_user(draft, config->user) : NULL;
        size_t n = (user ? user->n_groups : 0) + strv_length(config->supplementary_groups) + 1;
        Identity *identity = &draft->identity;

        if (config->group)
                identity->gid = draft_gid(draft, config->group);
        /* Without a user of its own and without further groups it keeps the daemon's. */
        if (!config->user && !config->supplementary_groups)
                return;
        identity->groups = calloc(n, sizeof(gid_t));
        if (!identity->groups) {
                draft->error = -ENOMEM;
                return;
        }
        if (identity->gid != (gid_t) -1)
                draft_add_group(identity, identity->gid);
        for (size_t i = 0; user && i < user->n_groups; i++)
                /* Group= takes the place of the user's own. */
                if (!config->group || user->groups[i] != user->gid)
                        draft_add_group(identity, user->groups[i]);
        STRV_FOREACH (group, config->supplementary_groups)
                draft_add_group(identity, draft_gid(draft, *group));
}

NamesState identity_compose(const ServiceConfig *config, name_find_fn find, void *userdata, Identity *ret,
                            char **ret_error)
{
        Draft draft = {
                .find = find,
                .userdata = userdata,
                .identity = {.uid = (uid_t) -1, .gid = (gid_t) -1},
                .state = NAMES_KNOWN,
        };

        draft_identity(&draft, config);
        if (draft.error < 0) {
                free(TAKE_PTR(draft.message));
                draft.state = NAMES_FAILED;
        }
        if (draft.state == NAMES_KNOWN)
                *ret = draft.identity;
        else
                identity_done(&draft.identity);
        if (draft.state == NAMES_FAILED)
                *ret_error = draft.message;
        return draft.state;
}
