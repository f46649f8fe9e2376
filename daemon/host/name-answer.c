/* SPDX-License-Identifier: MIT */

/* Reads the helper's lines. What a name service says is as foreign as any input: numbers are checked, lists bounded,
 * and a home or shell that can't be meant (as systemd sees it) is none. */

#include "host/name-answer.h"

#include <errno.h>
#include <string.h>

#include "common/strv.h"

#define FIELDS_MAX 9
#define GROUPS_MAX 65536

void name_answer_done(NameAnswer *answer)
{
        free(answer->login);
        free(answer->home);
        free(answer->shell);
        free(answer->groups);
        *answer = (NameAnswer){0};
}

bool id_parse(const char *s, uint32_t *ret)
{
        uint64_t number = 0;

        if (*s == '\0')
                return false;
        for (; *s; s++) {
                if (*s < '0' || *s > '9')
                        return false;
                number = number * 10 + (unsigned) (*s - '0');
                if (number >= UINT32_MAX)
                        return false;
        }
        *ret = (uint32_t) number;
        return true;
}

static int parse_groups(char *list, NameAnswer *answer)
{
        size_t room = 1;
        char *part;

        for (const char *c = list; *c; c++)
                room += *c == ',';
        if (room > GROUPS_MAX)
                return -EBADMSG;
        answer->groups = calloc(room, sizeof(gid_t));
        if (!answer->groups)
                return -ENOMEM;
        while (*list && (part = strsep(&list, ","))) {
                if (!id_parse(part, &answer->groups[answer->n_groups++]))
                        return -EBADMSG;
                if (!list)
                        break;
        }
        return 0;
}

/* A copy, or NULL where there is nothing to copy. */
static int copy_useful(const char *s, bool useful, char **ret)
{
        if (!useful || *s == '\0')
                return 0;
        *ret = strdup(s);
        return *ret ? 0 : -ENOMEM;
}

static bool home_is_useful(const char *home)
{
        return home[0] == '/' && home[strspn(home, "/")] != '\0';
}

static bool shell_is_useful(const char *shell)
{
        static char *const none[] = {
                (char *) "/bin/nologin",      (char *) "/sbin/nologin", (char *) "/usr/bin/nologin",
                (char *) "/usr/sbin/nologin", (char *) "/bin/false",    (char *) "/usr/bin/false",
                (char *) "/bin/true",         (char *) "/usr/bin/true", NULL,
        };

        return shell[0] == '/' && !strv_contains(none, shell);
}

static int parse_user(char **fields, size_t n, NameAnswer *answer)
{
        int r;

        if (n != 9 || !id_parse(fields[3], &answer->uid) || !id_parse(fields[4], &answer->gid))
                return -EBADMSG;
        r = copy_useful(fields[5], true, &answer->login);
        if (r >= 0)
                r = copy_useful(fields[6], home_is_useful(fields[6]), &answer->home);
        if (r >= 0)
                r = copy_useful(fields[7], shell_is_useful(fields[7]), &answer->shell);
        if (r >= 0)
                r = parse_groups(fields[8], answer);
        return r;
}

static int parse_fields(char **fields, size_t n, NameKind kind, NameAnswer *answer)
{
        uint32_t error;

        if (strcmp(fields[2], "none") == 0 && n == 3) {
                answer->state = NAME_NONE;
                return 0;
        }
        if (strcmp(fields[2], "error") == 0 && n == 4 && id_parse(fields[3], &error) && error < 4096) {
                answer->state = NAME_ERROR;
                answer->error = (int) error;
                return 0;
        }
        if (strcmp(fields[2], "ok") != 0)
                return -EBADMSG;
        answer->state = NAME_KNOWN;
        if (kind == NAME_USER)
                return parse_user(fields, n, answer);
        return n == 4 && id_parse(fields[3], &answer->gid) ? 0 : -EBADMSG;
}

int name_answer_parse(char *line, NameKind *ret_kind, const char **ret_name, NameAnswer *ret)
{
        _cleanup_(name_answer_done) NameAnswer answer = {0};
        char *fields[FIELDS_MAX + 1], *rest = line;
        NameKind kind;
        size_t n = 0;
        int r;

        while (rest && n < ELEMENTSOF(fields))
                fields[n++] = strsep(&rest, "\t");
        if (n < 3 || n > FIELDS_MAX)
                return -EBADMSG;
        if (strcmp(fields[0], "user") == 0)
                kind = NAME_USER;
        else if (strcmp(fields[0], "group") == 0)
                kind = NAME_GROUP;
        else
                return -EBADMSG;
        r = parse_fields(fields, n, kind, &answer);
        if (r < 0)
                return r;

        *ret_kind = kind;
        *ret_name = fields[1];
        *ret = answer;
        answer = (NameAnswer){0};
        return 0;
}
