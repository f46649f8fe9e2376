/* SPDX-License-Identifier: MIT */
/* The contents of an EnvironmentFile=: nearly a shell's assignments, as systemd reads them.
 *
 * One small state and a byte after the other. Comments begin with '#' or ';' at the start of a line, and a backslash
 * takes the next byte (a newline too) into them. Values may be made of parts: quoted ones first, then plain text, in
 * which quotes are letters; white space around both ends is dropped but for what stands in quotes or behind a
 * backslash. A backslash before a newline joins lines. */

#include "common/env-file.h"

#include <errno.h>
#include <string.h>

#include "common/environment.h"
#include "common/strv.h"
#include "common/text.h"

/* More complaints about one file are not told. */
#define WARNINGS_MAX 64

typedef enum EnvFileState {
        BEFORE_NAME,
        NAME,
        BEFORE_VALUE,
        VALUE,
        VALUE_ESCAPE,
        SINGLE_QUOTES,
        DOUBLE_QUOTES,
        DOUBLE_QUOTES_ESCAPE,
        COMMENT,
        COMMENT_ESCAPE,
} EnvFileState;

typedef struct EnvFile {
        EnvFileState state;
        unsigned line, first_line; /* of this byte, and of the assignment's first */
        Text name, value;
        size_t name_solid, value_solid; /* their lengths without white space at the end */
        char **environment;
        char **warnings;
        size_t n_warnings;
} EnvFile;

static void file_done(EnvFile *file)
{
        text_done(&file->name);
        text_done(&file->value);
        strv_free(file->environment);
        strv_free(file->warnings);
}

static bool is_newline(char c)
{
        return c == '\n' || c == '\r';
}

static bool is_space(char c)
{
        return c == ' ' || c == '\t' || is_newline(c);
}

static int warn(EnvFile *file, const char *name, const char *problem)
{
        int r;

        if (file->n_warnings >= WARNINGS_MAX)
                return 0;
        r = strv_extendf(&file->warnings, "line %u: '%.100s' %s", file->first_line, name, problem);
        file->n_warnings += r >= 0;
        return r;
}

static void start_line(EnvFile *file)
{
        file->state = BEFORE_NAME;
        file->name.n = file->value.n = file->name_solid = file->value_solid = 0;
}

/* The assignment is complete. */
static int finish_assignment(EnvFile *file)
{
        _cleanup_free_ char *assignment = NULL;
        Text text = TEXT_NULL;
        int r;

        text_add(&text, file->name.bytes, file->name_solid);
        text_add_char(&text, '=');
        text_add(&text, file->value.bytes, file->value_solid);
        text.failed = text.failed || file->name.failed || file->value.failed;
        r = text_take(&text, &assignment);
        if (r < 0)
                return r;
        start_line(file);

        if (!utf8_is_valid(assignment))
                return -EILSEQ;
        if (!environment_assignment_is_valid(assignment)) {
                assignment[strcspn(assignment, "=")] = '\0';
                return warn(file, assignment, "is not a name that a variable can have");
        }
        return environment_set(&file->environment, assignment);
}

static int in_name(EnvFile *file, char c)
{
        int r = 0;

        if (is_newline(c)) {
                text_add_char(&file->name, '\0');
                r = file->name.failed ? -ENOMEM : warn(file, file->name.bytes, "is not an assignment");
                start_line(file);
        } else if (c == '=')
                file->state = BEFORE_VALUE;
        else {
                text_add_char(&file->name, c);
                if (!is_space(c))
                        file->name_solid = file->name.n;
        }
        return r;
}

static void value_add(EnvFile *file, char c)
{
        text_add_char(&file->value, c);
        file->value_solid = file->value.n;
}

/* Between '=' and the first plain letter, where quoted parts may stand. */
static int before_value(EnvFile *file, char c)
{
        if (is_newline(c))
                return finish_assignment(file);
        if (c == '\'')
                file->state = SINGLE_QUOTES;
        else if (c == '"')
                file->state = DOUBLE_QUOTES;
        else if (c == '\\')
                file->state = VALUE_ESCAPE;
        else if (!is_space(c)) {
                file->state = VALUE;
                value_add(file, c);
        }
        return 0;
}

static int in_value(EnvFile *file, char c)
{
        if (is_newline(c))
                return finish_assignment(file);
        if (c == '\\') {
                file->state = VALUE_ESCAPE;
                file->value_solid = file->value.n;
        } else {
                text_add_char(&file->value, c);
                if (!is_space(c))
                        file->value_solid = file->value.n;
        }
        return 0;
}

/* Within quotes, of either kind, and behind a backslash. */
static void in_protected(EnvFile *file, char c)
{
        switch (file->state) {
        case VALUE_ESCAPE:
                file->state = VALUE;
                if (!is_newline(c))
                        value_add(file, c);
                return;
        case SINGLE_QUOTES:
                if (c == '\'')
                        file->state = BEFORE_VALUE;
                else
                        value_add(file, c);
                return;
        case DOUBLE_QUOTES:
                if (c == '"')
                        file->state = BEFORE_VALUE;
                else if (c == '\\')
                        file->state = DOUBLE_QUOTES_ESCAPE;
                else
                        value_add(file, c);
                return;
        case DOUBLE_QUOTES_ESCAPE:
                file->state = DOUBLE_QUOTES;
                if (c == '\n')
                        return;
                /* Before what needs no escape in a shell's double quotes, the backslash stays. */
                if (!strchr("\"\\`$", c))
                        value_add(file, '\\');
                value_add(file, c);
                return;
        case BEFORE_NAME:
        case NAME:
        case BEFORE_VALUE:
        case VALUE:
        case COMMENT:
        case COMMENT_ESCAPE:
                break;
        }
        assert_not_reached();
}

static int step(EnvFile *file, char c)
{
        switch (file->state) {
        case BEFORE_NAME:
                if (c == '#' || c == ';')
                        file->state = COMMENT;
                else if (!is_space(c)) {
                        file->state = NAME;
                        file->first_line = file->line;
                        text_add_char(&file->name, c);
                        file->name_solid = 1;
                }
                return 0;
        case NAME:
                return in_name(file, c);
        case BEFORE_VALUE:
                return before_value(file, c);
        case VALUE:
                return in_value(file, c);
        case VALUE_ESCAPE:
        case SINGLE_QUOTES:
        case DOUBLE_QUOTES:
        case DOUBLE_QUOTES_ESCAPE:
                in_protected(file, c);
                return 0;
        case COMMENT:
                if (c == '\\')
                        file->state = COMMENT_ESCAPE;
                else if (is_newline(c))
                        file->state = BEFORE_NAME;
                return 0;
        case COMMENT_ESCAPE:
                file->state = COMMENT;
                return 0;
        }
        assert_not_reached();
}

/* The file may end within a line, and even within quotes. */
static int finish_file(EnvFile *file)
{
        switch (file->state) {
        case BEFORE_VALUE:
        case VALUE:
        case VALUE_ESCAPE:
        case SINGLE_QUOTES:
        case DOUBLE_QUOTES:
        case DOUBLE_QUOTES_ESCAPE:
                return finish_assignment(file);
        case NAME:
                return in_name(file, '\n');
        case BEFORE_NAME:
        case COMMENT:
        case COMMENT_ESCAPE:
                return 0;
        }
        assert_not_reached();
}

int env_file_parse(const char *contents, size_t size, char ***environment, char ***warnings)
{
        _cleanup_(file_done) EnvFile file = {.line = 1};
        _cleanup_(strv_freep) char **merged = NULL;
        int r;

        if (memchr(contents, '\0', size))
                return -EBADMSG;

        for (size_t i = 0; i < size; i++) {
                r = step(&file, contents[i]);
                if (r < 0)
                        return r;
                file.line += contents[i] == '\n';
        }
        r = finish_file(&file);
        if (r < 0)
                return r;

        r = strv_copy(*environment, &merged);
        if (r < 0)
                return r;
        r = environment_merge(&merged, file.environment);
        if (r < 0)
                return r;
        if (warnings)
                STRV_FOREACH (i, file.warnings) {
                        r = strv_extend(warnings, *i);
                        if (r < 0)
                                return r;
                }

        strv_free(*environment);
        *environment = TAKE_PTR(merged);
        return 0;
}
