/* SPDX-License-Identifier: MIT */

/* The settings of [target NAME]. A target is a ServiceConfig that runs nothing, so its rows name fields that services
 * have, too: those that say what it is and what it has to do with others. All other fields stay at what
 * target_config_init() sets. */

#include "core/directives-private.h"

#define RELATION(name_, which, text) \
        TARGET_ROW(name_, kind_references, relations[which], .group = GROUP_ORDER, .documentation = (text))

const Directive target_directives[] = {
        TARGET_ROW("Description", kind_string, description, .group = GROUP_WHAT, .initial_note = "the target's name",
                   .documentation = "What the target stands for, in a few words for people."),
        TARGET_ROW("Documentation", kind_documentation, documentation, .group = GROUP_WHAT,
                   .documentation = "Where to read about it, as with services."),
        TARGET_ROW("AutoStart", kind_bool, auto_start, .group = GROUP_WHAT, .initial = "no",
                   .documentation = "Whether the target is started together with the daemon, where no "
                                    "`[target default]` is defined. Unlike a service it isn't, if this is not said."),
        RELATION("OnFailure", RELATION_ON_FAILURE,
                 "Services and targets that are started when this target can't be reached, as something that it "
                 "requires has failed."),
        RELATION("OnSuccess", RELATION_ON_SUCCESS, "Likewise, when it has ended with success."),
        RELATION("Wants", RELATION_WANTS,
                 "Services and targets that belong to this one: they are started with it. It is active when each of "
                 "them is ready or has failed. A name that doesn't exist is told, and the target works."),
        RELATION("Requires", RELATION_REQUIRES,
                 "Likewise, but it can't be reached without them. A name that doesn't exist is an error."),
        RELATION("Requisite", RELATION_REQUISITE,
                 "What has to be ready already when this target is started, or else its start fails at once."),
        RELATION("BindsTo", RELATION_BINDS_TO,
                 "As *Requires*, and closer: the target goes down as well when they end or restart by themselves."),
        RELATION("PartOf", RELATION_PART_OF, "With what this target is stopped and restarted."),
        RELATION("Conflicts", RELATION_CONFLICTS, "What can't be up together with this target."),
        RELATION("After", RELATION_AFTER,
                 "What has to be ready before this target is. What *Wants*, *Requires* and *BindsTo* name is so "
                 "without being named here again."),
        RELATION("Before", RELATION_BEFORE, "What comes after it, if both are started together."),
};

const size_t n_target_directives = ELEMENTSOF(target_directives);
