/* SPDX-License-Identifier: MIT */
#include "ctl/dependency-tree.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define ROW(name, state, more) "{\"Id\":\"" name "\",\"ActiveState\":\"" state "\"" more "}"

static const Style utf8 = {.utf8 = true}, ascii = {.utf8 = false};

static void expect(const char *rows, bool reverse, char *const *roots, const Style *style, const char *wanted)
{
        _cleanup_json_ JsonValue *array = json_tokener_parse(rows);
        DependencyTree *tree;
        char *text;

        cr_assert(array);
        cr_assert_eq(dependency_tree_new(array, reverse, &tree), 0);
        cr_assert_eq(dependency_tree_format(tree, roots, style, &text), 0);
        cr_expect_str_eq(text, wanted, "\n%sinstead of\n%s", text, wanted);
        free(text);
        dependency_tree_free(tree);
}

static const char chain[] = "[" ROW("web", "active", ",\"Requires\":[\"db\"],\"After\":[\"db\",\"net\"]") "," ROW(
        "db", "failed", ",\"Before\":[\"log\"]") "," ROW("net", "inactive", "") "," ROW("log", "active",
                                                                                        ",\"Wants\":[\"net\"]") "]";

Test(dependency_tree, what_is_named_stands_below_with_the_relations_that_name_it)
{
        char *const web[] = {(char *) "web", NULL};

        expect(chain, false, web, &utf8,
               "● web\n"
               "× ├─db (Requires, After)\n"
               "○ └─net (After)\n");
        expect(chain, false, web, &ascii,
               "* web\n"
               "x |-db (Requires, After)\n"
               "- `-net (After)\n");
}

Test(dependency_tree, reversed_it_tells_who_needs_a_service)
{
        char *const db[] = {(char *) "db", NULL};

        expect(chain, true, db, &utf8,
               "× db\n"
               "● ├─log (Before)\n"
               "● └─web (RequiredBy, Before)\n");
}

Test(dependency_tree, without_a_name_it_begins_where_nothing_stands_above)
{
        expect(chain, false, NULL, &utf8,
               "● log\n"
               "× ├─db (After)\n"
               "○ └─net (Wants)\n"
               "● web\n"
               "× ├─db (Requires, After)\n"
               "○ └─net (After)\n");
        expect("[" ROW("a", "active", "") "," ROW("default.target", "active",
                                                  ",\"Wants\":[\"b\"]") "," ROW("b", "active", "") "]",
               false, NULL, &utf8,
               "● default.target\n"
               "● └─b (Wants)\n");
}

Test(dependency_tree, what_stands_there_already_is_not_unfolded_again)
{
        expect("[" ROW("a", "active", ",\"Wants\":[\"b\",\"c\"]") "," ROW(
                       "b", "active", ",\"Wants\":[\"c\"]") "," ROW("c", "active",
                                                                    ",\"Wants\":[\"d\"]") "," ROW("d", "active",
                                                                                                  "") "]",
               false, NULL, &utf8,
               "● a\n"
               "● ├─b (Wants)\n"
               "● │ └─c (Wants)\n"
               "● │   └─d (Wants)\n"
               "● └─c (Wants) [see above]\n");
}

Test(dependency_tree, relations_that_go_round_come_to_an_end)
{
        expect("[" ROW("a", "active", ",\"Wants\":[\"b\"]") "," ROW("b", "active", ",\"Wants\":[\"a\"]") "]", false,
               NULL, &utf8,
               "● a\n"
               "● └─b (Wants)\n"
               "●   └─a (Wants) [see above]\n");
}

Test(dependency_tree, a_template_stands_for_its_instances_and_a_stranger_for_nothing)
{
        expect("[" ROW("a", "active", ",\"Wants\":[\"w\",\"gone\",\"a\"]") "," ROW("w@1", "active", "") "," ROW(
                       "w@2", "active", "") "," ROW("wx", "active", "") "]",
               false, (char *const[]){(char *) "a", NULL}, &utf8,
               "● a\n"
               "● ├─w@1 (Wants)\n"
               "● └─w@2 (Wants)\n");
}

Test(dependency_tree, as_objects_each_service_stands_once)
{
        _cleanup_json_ JsonValue *rows = json_tokener_parse(chain), *array = NULL;
        DependencyTree *tree;

        cr_assert_eq(dependency_tree_new(rows, false, &tree), 0);
        cr_assert_eq(dependency_tree_to_json(tree, NULL, &array), 0);
        cr_assert_eq(json_object_array_length(array), 4);
        cr_assert(strstr(json_object_to_json_string_ext(array, JSON_C_TO_STRING_PLAIN),
                         "{\"Id\":\"db\",\"Relations\":[\"Requires\",\"After\"]}"));
        dependency_tree_free(tree);
}

Test(dependency_tree, a_thousand_in_a_row_are_no_trouble)
{
        _cleanup_json_ JsonValue *rows = json_object_new_array();
        DependencyTree *tree;
        char *text, name[16];
        unsigned n = 0;

        for (unsigned i = 0; i < 1000; i++) {
                JsonValue *row = json_object_new_object(), *names = json_object_new_array();

                snprintf(name, sizeof(name), "s%04u", i + 1);
                json_object_array_add(names, json_object_new_string(name));
                snprintf(name, sizeof(name), "s%04u", i);
                json_object_object_add(row, "Id", json_object_new_string(name));
                json_object_object_add(row, "After", names);
                json_object_array_add(rows, row);
        }
        cr_assert_eq(dependency_tree_new(rows, false, &tree), 0);
        cr_assert_eq(dependency_tree_format(tree, NULL, &utf8, &text), 0);
        for (const char *p = text; (p = strchr(p, '\n')); p++)
                n++;
        cr_assert_eq(n, 1000);
        free(text);
        dependency_tree_free(tree);
}
