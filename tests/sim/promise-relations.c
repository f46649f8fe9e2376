/* SPDX-License-Identifier: MIT */

/* Who names whom, taken from the definitions by name, and closed over by going round until nothing is new. */

#include "ledger.h"

static NameSet names_of(const ReferenceList *list)
{
        NameSet set = 0;

        for (size_t i = 0; i < list->n; i++) {
                uint32_t index = sim_name_index(list->items[i].name);

                if (index != NAME_NONE)
                        set |= NAME_BIT(index);
        }
        return set;
}

static void read_one(Relations *relations, const ServiceConfig *service)
{
        uint32_t index = sim_name_index(service->name), other;

        for (Relation relation = 0; relation < _RELATION_N; relation++)
                relations->named[relation][index] =
                        names_of(&service->relations[relation]) & relations->known & ~NAME_BIT(index);
        relations->needs[index] =
                relations->named[RELATION_REQUIRES][index] | relations->named[RELATION_BINDS_TO][index];
        relations->after[index] |= relations->named[RELATION_AFTER][index];
        NAMES_FOREACH (other, relations->named[RELATION_BEFORE][index])
                relations->after[other] |= NAME_BIT(index);
        relations->members[index] =
                service->kind == UNIT_TARGET ? relations->needs[index] | relations->named[RELATION_WANTS][index] : 0;
        relations->conflicts[index] |= relations->named[RELATION_CONFLICTS][index];
        NAMES_FOREACH (other, relations->named[RELATION_CONFLICTS][index])
                relations->conflicts[other] |= NAME_BIT(index);
}

/* What is gone from the definitions goes by those that it had, as long as it is there. */
static void read_all(Relations *relations, const Manager *manager)
{
        *relations = (Relations){.is_known = true};
        for (size_t i = 0; i < manager->n_services; i++)
                if (manager->services[i]->index != ORDER_NONE)
                        relations->known |= NAME_BIT(sim_name_index(manager->services[i]->name));
        for (size_t i = 0; i < manager->n_services; i++)
                if (manager->services[i]->index != ORDER_NONE)
                        read_one(relations, manager->services[i]->config);
        for (uint32_t index = 0; index < NAMES_MAX; index++) {
                uint32_t other;

                /* A target comes after what belongs to it, where nobody says that it is the other way. */
                NAMES_FOREACH (other, relations->members[index])
                        if (!(relations->named[RELATION_BEFORE][index] & NAME_BIT(other)) &&
                            !(relations->named[RELATION_AFTER][other] & NAME_BIT(index)))
                                relations->after[index] |= NAME_BIT(other);
                NAMES_FOREACH (other, relations->after[index])
                        relations->before[other] |= NAME_BIT(index);
        }
}

const Relations *relations_now(World *world)
{
        Relations *relations = &world->ledger->relations;

        if (!relations->is_known)
                read_all(relations, world->manager);
        return relations;
}

NameSet relations_start_closure(const Relations *relations, NameSet set)
{
        NameSet before;

        do {
                uint32_t index;

                before = set;
                NAMES_FOREACH (index, before)
                        set |= relations->needs[index] | relations->named[RELATION_WANTS][index];
        } while (set != before);
        return set;
}

NameSet relations_stop_closure(const Relations *relations, NameSet set, unsigned relation_bits, NameSet through)
{
        NameSet before, reached = set;

        through |= set;
        do {
                before = reached;
                for (Relation relation = 0; relation < _RELATION_N; relation++)
                        for (uint32_t index = 0; relation_bits >> relation & 1 && index < NAMES_MAX; index++)
                                if (relations->named[relation][index] & reached & through)
                                        reached |= NAME_BIT(index);
        } while (reached != before);
        return reached;
}

NameSet relations_fellows(const Relations *relations, NameSet set)
{
        NameSet before;

        do {
                uint32_t index;

                before = set;
                NAMES_FOREACH (index, before)
                        set |= relations->needs[index] | relations->named[RELATION_PART_OF][index] |
                               relations->named[RELATION_REQUISITE][index];
        } while (set != before);
        return set;
}

NameSet relations_earlier(const Relations *relations, uint32_t index)
{
        NameSet set = relations->after[index], before;

        do {
                uint32_t other;

                before = set;
                NAMES_FOREACH (other, before)
                        set |= relations->after[other];
        } while (set != before);
        return set;
}
