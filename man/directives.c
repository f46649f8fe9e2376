/* SPDX-License-Identifier: MIT */

/* Writes tended.service(5): a page with a few marks in it, of which each is a part that only the table of directives
 * knows. So the manual names no directive that isn't there, and no default that isn't so.
 *
 * Run at build time: directives PAGE > tended.service.5 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/directives.h"

/* Text for roff: `literal` bold, *word* italic. At the beginning of a line a dot or quote would be a request. */
static void write_text(const char *text)
{
        bool bold = false, italic = false;

        if (*text == '.' || *text == '\'')
                fputs("\\&", stdout);
        for (const char *c = text; *c; c++) {
                if (*c == '`') {
                        bold = !bold;
                        fputs(bold ? "\\fB" : "\\fR", stdout);
                } else if (*c == '*' && !bold) {
                        italic = !italic;
                        fputs(italic ? "\\fI" : "\\fR", stdout);
                } else if (*c == '\\') {
                        fputs("\\e", stdout);
                } else if (*c == '-') {
                        fputs("\\-", stdout);
                } else {
                        putchar(*c);
                }
        }
}

static void write_words(const Directive *directive)
{
        const char *separator = "\nOne of ";

        for (const ChoiceWord *word = directive->words; word && word->name; word++) {
                size_t n = strlen(word->name);

                if (word->state != WORD_BUILT)
                        continue;
                fputs(separator, stdout);
                fputs("\\fB", stdout);
                write_text(word->name);
                fputs(word->name[n - 1] == ':' ? "\\fR\\fIPATH\\fR" : "\\fR", stdout);
                separator = ", ";
        }
        if (directive->words)
                fputs(".", stdout);
}

static void write_default(const Directive *directive)
{
        if (directive->initial_note && directive->initial_note[0] == '\0')
                return;
        if (!directive->initial_note && !directive->initial)
                return;
        fputs("\nDefault: ", stdout);
        if (directive->initial_note) {
                write_text(directive->initial_note);
        } else {
                fputs("\\fB", stdout);
                write_text(directive->initial);
                fputs("\\fR", stdout);
        }
        fputs(".", stdout);
}

static void write_repetition(Repetition repetition)
{
        switch (repetition) {
        case REPETITION_REPLACES:
                break;
        case REPETITION_APPENDS:
                fputs("\nA list.", stdout);
                break;
        case REPETITION_ADDS:
                fputs("\nA list that can't be emptied.", stdout);
                break;
        }
}

static void write_takes(const Directive *directive)
{
        switch (directive->takes) {
        case TAKES_NEXT_START:
                fputs("\nA change is in force with the next start.", stdout);
                break;
        case TAKES_RESTART:
                printf("\nA change takes a restart%s.", directive->section == SECTION_DAEMON ? " of the daemon" : "");
                break;
        case TAKES_NOTHING:
        case TAKES_LIVE: /* the rule, which the page tells once */
        case _CHANGE_TAKES_N:
                break;
        }
}

static void write_directive(const Directive *directive)
{
        printf(".TP\n\\fB%s=\\fR\\fI%s\\fR\n", directive->name, directive->kind->syntax);
        write_text(directive->documentation);
        write_words(directive);
        write_default(directive);
        write_repetition(directive->kind->repetition);
        write_takes(directive);
        putchar('\n');
}

static void write_section(DirectiveSection section)
{
        DirectiveGroup group = _DIRECTIVE_GROUP_N;
        size_t n;
        const Directive *rows = directives(section, &n);

        for (size_t i = 0; i < n; i++) {
                if (!rows[i].name)
                        continue;
                if (rows[i].group != group && section == SECTION_SERVICE)
                        printf(".SS %s\n", directive_group_title(rows[i].group));
                group = rows[i].group;
                write_directive(&rows[i]);
        }
}

static void write_later(void)
{
        const char *separator = "";

        for (DirectiveSection section = 0; section < _DIRECTIVE_SECTION_N; section++)
                for (const char *const *name = directives_later(section); *name; name++) {
                        printf("%s\\fI%s\\fR", separator, *name);
                        separator = ",\n";
                }
        puts(".");
}

int main(int argc, char **argv)
{
        static char line[4096];
        FILE *page;

        if (argc != 2)
                return EXIT_FAILURE;
        page = fopen(argv[1], "re");
        if (!page) {
                fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
                return EXIT_FAILURE;
        }
        while (fgets(line, sizeof(line), page)) {
                if (strcmp(line, "@SERVICE@\n") == 0)
                        write_section(SECTION_SERVICE);
                else if (strcmp(line, "@TEMPLATE@\n") == 0)
                        write_section(SECTION_TEMPLATE);
                else if (strcmp(line, "@TARGET@\n") == 0)
                        write_section(SECTION_TARGET);
                else if (strcmp(line, "@POOL@\n") == 0)
                        write_section(SECTION_POOL);
                else if (strcmp(line, "@DAEMON@\n") == 0)
                        write_section(SECTION_DAEMON);
                else if (strcmp(line, "@LATER@\n") == 0)
                        write_later();
                else
                        fputs(line, stdout);
        }
        fclose(page);
        return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
