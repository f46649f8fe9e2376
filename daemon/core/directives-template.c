/* SPDX-License-Identifier: MIT */

/* The settings of sections that say how many: [service NAME@], besides what its instances have as services, and
 * [pool NAME]. */

#include "core/directives-private.h"

const Directive template_directives[] = {
        {.name = "Instances",
         .property = "Instances",
         .kind = &kind_instances,
         .section = SECTION_TEMPLATE,
         .group = GROUP_WHAT,
         .takes = TAKES_LIVE,
         .offset = offsetof(TemplateConfig, instances),
         .initial_note = "none",
         .documentation =
                 "Which services the template makes: as a single number how many, which are called *NAME*`@1`, "
                 "*NAME*`@2` and so on, none with `0`; else their names. A later assignment takes the place of an "
                 "earlier one. An instance that is added or taken away is a service that is added or removed; the "
                 "others are left alone."},
};

const size_t n_template_directives = ELEMENTSOF(template_directives);

const Directive pool_directives[] = {
        {.name = "Slots",
         .property = "Slots",
         .kind = &kind_slots,
         .section = SECTION_POOL,
         .group = GROUP_WHAT,
         .takes = TAKES_LIVE,
         .offset = offsetof(PoolConfig, slots),
         .min = 1,
         .max = 1000000,
         .documentation = "How many services of the pool may be up at the same time: a number, or `cpus`, as many as "
                          "there are processors that the daemon may use, by its affinity and by the *cpu.max* of its "
                          "control groups, when the definitions are read. It has to be given. If it shrinks, nothing "
                          "that is up is stopped."},
};

const size_t n_pool_directives = ELEMENTSOF(pool_directives);
