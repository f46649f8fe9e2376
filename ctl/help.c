/* SPDX-License-Identifier: MIT */

/* The help says what is there, in the order of the tables, and what is not there yet. */

#include "ctl/help.h"

#include <stdio.h>
#include <string.h>

#include "ctl/entry-print.h"

/* Of several options with one letter a verb means the last. */
static bool has_letter(OptionId id, uint64_t options)
{
        for (OptionId other = id + 1; other < _OPTION_N; other++)
                if ((options & OPTION_BIT(other)) && option_infos[other].letter == option_infos[id].letter)
                        return false;
        return option_infos[id].letter != 0;
}

/* As one of these options. */
static void print_option(OptionId id, uint64_t options)
{
        const OptionInfo *info = &option_infos[id];
        char text[64], letter[8] = "    ";

        if (has_letter(id, options))
                (void) snprintf(letter, sizeof(letter), "-%c, ", info->letter);
        (void) snprintf(text, sizeof(text), "%s--%s%s%s%s%s", letter, info->name,
                        info->argument == ARGUMENT_COUNT ? "[" : "", info->value ? " " : "",
                        info->value ? info->value : "", info->argument == ARGUMENT_COUNT ? "]" : "");
        printf("  %-28s %s\n", text, info->help);
}

static void print_common_options(void)
{
        printf("Options of every verb (before or after it):\n");
        for (OptionId id = 0; id < _OPTION_N; id++)
                if (OPTIONS_COMMON & OPTION_BIT(id))
                        print_option(id, OPTIONS_COMMON);
}

static void print_unbuilt(void)
{
        unsigned column = 0;

        printf("\nNot yet built:");
        for (size_t i = 0; i < n_verbs; i++) {
                if (verbs[i].run)
                        continue;
                column += (unsigned) strlen(verbs[i].name) + 1;
                if (column > 62) {
                        printf("\n              ");
                        column = (unsigned) strlen(verbs[i].name) + 1;
                }
                printf(" %s", verbs[i].name);
        }
        printf("\n");
}

void help_print(void)
{
        printf("Usage: tendctl [OPTION...] VERB [ARGUMENT...]\n\n"
               "Asks the tended daemon how its services are, and has it start and stop them.\n"
               "NAME is a service, NAME.target, a template for all its instances, or a pattern\n"
               "such as 'worker@*'.\n\nVerbs:\n");
        for (size_t i = 0; i < n_verbs; i++) {
                char text[64];

                if (!verbs[i].run)
                        continue;
                (void) snprintf(text, sizeof(text), "%s%s%s", verbs[i].name, *verbs[i].arguments ? " " : "",
                                verbs[i].arguments);
                printf("  %-24s %s\n", text, verbs[i].summary);
        }
        printf("\n");
        print_common_options();
        print_unbuilt();
        printf("\nExit status: 0 done, 1 failed, 2 usage, 3 not so, 4 no such service, 5 no daemon,\n"
               "6 not permitted, 124 timed out. More: tendctl VERB --help, man tendctl\n");
}

void help_print_verb(const Verb *verb)
{
        printf("Usage: tendctl [OPTION...] %s%s%s\n\n%c%s.\n\n", verb->name, *verb->arguments ? " " : "",
               verb->arguments, verb->summary[0] - ('a' <= verb->summary[0] && verb->summary[0] <= 'z' ? 32 : 0),
               verb->summary + 1);

        if (verb->options) {
                printf("Options of %s:\n", verb->name);
                for (OptionId id = 0; id < _OPTION_N; id++)
                        if (verb->options & OPTION_BIT(id))
                                print_option(id, verb->options);
                printf("\n");
        }
        if (verb->options & OPTION_BIT(OPTION_OUTPUT)) {
                printf("Formats:");
                for (const char *const *name = entry_format_names(); *name; name++)
                        printf(" %s", *name);
                printf("\n\n");
        }
        print_common_options();
}
