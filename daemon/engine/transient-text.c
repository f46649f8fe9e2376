/* SPDX-License-Identifier: MIT */

/* Words and directives that a client gives become the lines of a section, so that one reading checks everything. The
 * command's words are quoted so that each arrives as it is: no variable, specifier or separator is seen in them. */

#include "engine/transient-text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/environment.h"
#include "common/name.h"
#include "common/strv.h"
#include "common/text.h"
#include "core/kinds.h"

#define STEM_MAX 60

static bool is_name_letter(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

int transient_make_name(const char *command, unsigned number, char **ret)
{
        const char *slash = strrchr(command, '/');
        char stem[STEM_MAX + 1];
        size_t n = 0;

        for (const char *c = slash ? slash + 1 : command; *c && n < STEM_MAX; c++) {
                if (is_name_letter(*c) || (n > 0 && (*c == '.' || *c == '-')))
                        stem[n++] = *c;
                else if (n > 0)
                        stem[n++] = '_';
        }
        stem[n] = '\0';
        return asprintf(ret, "%s-%u", n > 0 ? stem : "run", number) < 0 ? -ENOMEM : 0;
}

int transient_check_name(const char *name, char **ret, char **ret_error)
{
        _cleanup_free_ char *stem = strndup(name, name_stem_length(name));
        const char *problem;

        if (!stem)
                return -ENOMEM;
        problem = name_problem(stem);
        if (!problem && name_is_target(stem))
                problem = "is a target's";
        if (!problem && name_classify(stem) != NAME_PLAIN)
                problem = "is an instance's or a template's";
        if (problem)
                return asprintf(ret_error, "%.200s is no name for it: it %s", name, problem) < 0 ? -ENOMEM : -EINVAL;
        *ret = TAKE_PTR(stem);
        return 0;
}

/* What a line of a definition can't hold (control characters, bytes that are no UTF-8) is escaped. */
static void add_quoted(Text *text, const char *word)
{
        bool is_text = utf8_is_valid(word);

        text_add_char(text, '"');
        for (const char *c = word; *c; c++) {
                char escape[8];

                if (*c == '"' || *c == '\\') {
                        text_add_char(text, '\\');
                        text_add_char(text, *c);
                } else if (*c == '%')
                        text_add_string(text, "%%");
                else if ((unsigned char) *c < 0x20 || *c == 0x7f || (!is_text && (unsigned char) *c >= 0x80)) {
                        snprintf(escape, sizeof(escape), "\\x%02x", (unsigned char) *c);
                        text_add_string(text, escape);
                } else
                        text_add_char(text, *c);
        }
        text_add_char(text, '"');
}

static int add_command(char *const *command, char ***lines)
{
        _cleanup_(text_done) Text text = TEXT_NULL;
        char *line;
        int r;

        /* The colon: no variable is replaced. */
        text_add_string(&text, "ExecStart=:");
        STRV_FOREACH (word, command) {
                add_quoted(&text, *word);
                text_add_char(&text, ' ');
        }
        r = text_take(&text, &line);
        return r < 0 ? r : strv_consume(lines, line);
}

/* -EINVAL where it can't be a directive here. */
static int check_directive(const char *directive, char **ret_error)
{
        size_t length = strcspn(directive, "= \t");
        _cleanup_free_ char *key = strndup(directive, length);
        int n = 0;

        if (!key)
                return -ENOMEM;
        if (!strchr(directive, '=') || length == 0)
                n = asprintf(ret_error, "%.100s is not DIRECTIVE=VALUE", directive);
        else if (directive[0] == '[' || directive[0] == '#' || directive[0] == ';' || strpbrk(directive, "\n\r"))
                n = asprintf(ret_error, "%.60s: not a directive of one line", key);
        else if (strcmp(key, "ExecStart") == 0)
                n = asprintf(ret_error, "ExecStart is the command that is given behind --");
        else
                return 0;
        return n < 0 ? -ENOMEM : -EINVAL;
}

/* The pools of the definitions, so that one that isn't there is an error with the nearest name. */
static int add_pools(const Config *config, char ***lines)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < config->n_pools; i++) {
                r = strv_extendf(lines, "[pool %s]", config->pools[i]->name);
                if (r >= 0)
                        r = strv_extendf(lines, "Slots=%u", config->pools[i]->slots);
        }
        return r;
}

bool transient_may_name_others(const TransientRequest *request)
{
        STRV_FOREACH (directive, request->directives) {
                char key[64];
                const Directive *row;

                snprintf(key, sizeof(key), "%.*s", (int) strcspn(*directive, "= \t"), *directive);
                row = directive_find(SECTION_SERVICE, key);
                if (row && row->kind == &kind_references)
                        return true;
        }
        return false;
}

static bool names_pool(const TransientRequest *request)
{
        STRV_FOREACH (directive, request->directives)
                if (strncmp(*directive, "Pool", 4) == 0)
                        return true;
        return false;
}

int transient_lines(const Config *config, const TransientRequest *request, const char *name, char ***ret,
                    char **ret_error)
{
        _cleanup_(strv_freep) char **lines = NULL;
        int r = 0;

        if (names_pool(request))
                r = add_pools(config, &lines);
        if (r >= 0)
                r = strv_extendf(&lines, "[service %s]", name);
        STRV_FOREACH (directive, request->directives) {
                if (r >= 0)
                        r = check_directive(*directive, ret_error);
                if (r >= 0)
                        r = strv_extend(&lines, *directive);
        }
        if (r >= 0)
                r = add_command(request->command, &lines);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(lines);
        return 0;
}
