/* SPDX-License-Identifier: MIT */

/* Dependencies as a tree. The edges are collected once, from all relations, with a set of relations for each pair;
 * then the tree is walked from its roots. Every service is unfolded only where it stands first: so the tree has at
 * most a line for each edge, and relations without order, which may go round, end it as well as any other. */

#include "ctl/dependency-tree.h"

#include <errno.h>
#include <string.h>

#include "common/strv.h"
#include "common/text.h"

typedef struct RelationName {
        const char *property, *reversed;
        bool turned; /* it says the same as the relation before it, seen from the other side */
} RelationName;

static const RelationName relations[] = {
        {"Requires", "RequiredBy", false},
        {"Requisite", "RequisiteOf", false},
        {"BindsTo", "BoundBy", false},
        {"Wants", "WantedBy", false},
        {"PartOf", "ConsistsOf", false},
        {"After", "Before", false},
        {"Before", NULL, true},
};

const char *const dependency_properties[] = {
        "Id",      "LoadState", "ActiveState", "SubState", "Requires", "Requisite",
        "BindsTo", "Wants",     "PartOf",      "After",    "Before",   NULL,
};

typedef struct Edge {
        size_t from, to;
        unsigned relations; /* bit i: relations[i] */
} Edge;

struct DependencyTree {
        bool reverse;
        JsonValue **rows; /* sorted by Id; weak */
        size_t n;
        Edge *edges; /* sorted */
        size_t n_edges, allocated;
        size_t *starts; /* where the edges of each row begin, and one more */
        bool *seen;
};

DependencyTree *dependency_tree_free(DependencyTree *tree)
{
        if (!tree)
                return NULL;
        free(tree->rows);
        free(tree->edges);
        free(tree->starts);
        free(tree->seen);
        free(tree);
        return NULL;
}

static const char *id_of(const DependencyTree *tree, size_t i)
{
        return row_string(tree->rows[i], "Id");
}

static int compare_rows(const void *a, const void *b)
{
        return strcmp(row_string(*(JsonValue *const *) a, "Id"), row_string(*(JsonValue *const *) b, "Id"));
}

static int compare_edges(const void *a, const void *b)
{
        const Edge *x = a, *y = b;

        if (x->from != y->from)
                return x->from < y->from ? -1 : 1;
        return x->to < y->to ? -1 : x->to > y->to;
}

/* The first row whose Id is not before `name`. */
static size_t find_place(const DependencyTree *tree, const char *name)
{
        size_t low = 0, high = tree->n;

        while (low < high) {
                size_t middle = (low + high) / 2;

                if (strcmp(id_of(tree, middle), name) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static int add_edge(DependencyTree *tree, size_t from, size_t to, size_t relation)
{
        bool turned = relations[relation].turned;
        /* Twice turned is as it was. */
        bool swap = turned != tree->reverse;

        if (from == to)
                return 0;
        if (tree->n_edges == tree->allocated) {
                size_t n = MAX(2 * tree->allocated, (size_t) 64);
                Edge *grown = reallocarray(tree->edges, n, sizeof(Edge));

                if (!grown)
                        return -ENOMEM;
                tree->edges = grown;
                tree->allocated = n;
        }
        tree->edges[tree->n_edges++] =
                (Edge){swap ? to : from, swap ? from : to, 1u << (turned ? relation - 1 : relation)};
        return 0;
}

/* A service, or all instances of a template. A name that stands for nothing is nobody's dependency. */
static int add_name(DependencyTree *tree, size_t from, const char *name, size_t relation)
{
        size_t to = find_place(tree, name), length = strlen(name);
        int r = 0;

        if (to < tree->n && strcmp(id_of(tree, to), name) == 0)
                return add_edge(tree, from, to, relation);
        for (; r >= 0 && to < tree->n && strncmp(id_of(tree, to), name, length) == 0; to++)
                if (id_of(tree, to)[length] == '@')
                        r = add_edge(tree, from, to, relation);
        return r;
}

static int add_edges_of(DependencyTree *tree, size_t from)
{
        for (size_t relation = 0; relation < ELEMENTSOF(relations); relation++) {
                JsonValue *names = NULL;

                if (!json_object_object_get_ex(tree->rows[from], relations[relation].property, &names) ||
                    !json_object_is_type(names, json_type_array))
                        continue;
                for (size_t i = 0; i < json_object_array_length(names); i++) {
                        const char *name = json_object_get_string(json_object_array_get_idx(names, i));
                        int r = name ? add_name(tree, from, name, relation) : 0;

                        if (r < 0)
                                return r;
                }
        }
        return 0;
}

/* Sorts the edges, makes one of those between the same two, and notes where each row's begin. */
static void sort_edges(DependencyTree *tree)
{
        size_t n = 0, i = 0;

        if (tree->n_edges > 0)
                qsort(tree->edges, tree->n_edges, sizeof(Edge), compare_edges);
        for (size_t j = 0; j < tree->n_edges; j++) {
                if (n > 0 && compare_edges(&tree->edges[n - 1], &tree->edges[j]) == 0)
                        tree->edges[n - 1].relations |= tree->edges[j].relations;
                else
                        tree->edges[n++] = tree->edges[j];
        }
        tree->n_edges = n;
        for (size_t row = 0; row <= tree->n; row++) {
                while (i < n && tree->edges[i].from < row)
                        i++;
                tree->starts[row] = i;
        }
}

int dependency_tree_new(JsonValue *rows, bool reverse, DependencyTree **ret)
{
        _cleanup_(dependency_tree_freep) DependencyTree *tree = calloc(1, sizeof(DependencyTree));
        size_t n = json_object_array_length(rows);
        int r;

        if (!tree)
                return -ENOMEM;
        tree->reverse = reverse;
        tree->n = n;
        tree->rows = calloc(n + 1, sizeof(JsonValue *));
        tree->starts = calloc(n + 2, sizeof(size_t));
        tree->seen = calloc(n + 1, sizeof(bool));
        if (!tree->rows || !tree->starts || !tree->seen)
                return -ENOMEM;

        for (size_t i = 0; i < n; i++)
                tree->rows[i] = json_object_array_get_idx(rows, i);
        if (n > 0)
                qsort(tree->rows, n, sizeof(JsonValue *), compare_rows);
        for (size_t i = 0; i < n; i++) {
                r = add_edges_of(tree, i);
                if (r < 0)
                        return r;
        }
        sort_edges(tree);

        *ret = TAKE_PTR(tree);
        return 0;
}

static const char *relation_name(const DependencyTree *tree, size_t relation)
{
        return tree->reverse ? relations[relation].reversed : relations[relation].property;
}

static void add_relations(const DependencyTree *tree, unsigned set, Text *text)
{
        bool first = true;

        for (size_t i = 0; i < ELEMENTSOF(relations); i++) {
                if (!(set & 1u << i))
                        continue;
                text_add_string(text, first ? " (" : ", ");
                text_add_string(text, relation_name(tree, i));
                first = false;
        }
        if (!first)
                text_add_char(text, ')');
}

/* A walk down the tree, as text. */
typedef struct Walk {
        DependencyTree *tree;
        const Style *style;
        Text prefix; /* the branches that pass by on the left */
        Text text;
} Walk;

static void add_line(Walk *walk, size_t i, unsigned set, const char *branch)
{
        JsonValue *row = walk->tree->rows[i];
        bool bad = strcmp(row_string(row, "LoadState"), "bad-setting") == 0;
        const char *state = bad ? "failed" : row_string(row, "ActiveState");
        StyleId look = style_of_state(state);
        bool again = walk->tree->seen[i] && walk->tree->starts[i] < walk->tree->starts[i + 1];
        Text *text = &walk->text;

        text_add_string(text, style_on(walk->style, look));
        text_add_string(text, style_mark(walk->style, state));
        text_add_string(text, style_off(walk->style, look));
        text_add_char(text, ' ');
        text_add(text, walk->prefix.bytes, walk->prefix.n);
        text_add_string(text, branch);
        text_add_string(text, id_of(walk->tree, i));
        text_add_string(text, style_on(walk->style, STYLE_DIM));
        add_relations(walk->tree, set, text);
        if (again)
                text_add_string(text, " [see above]");
        text_add_string(text, style_off(walk->style, STYLE_DIM));
        text_add_char(text, '\n');
}

static void walk_below(Walk *walk, size_t i)
{
        const DependencyTree *tree = walk->tree;
        bool utf8 = walk->style->utf8;

        if (tree->seen[i])
                return;
        tree->seen[i] = true;
        for (size_t j = tree->starts[i]; j < tree->starts[i + 1]; j++) {
                bool last = j + 1 == tree->starts[i + 1];
                size_t before = walk->prefix.n;

                add_line(walk, tree->edges[j].to, tree->edges[j].relations,
                         last ? (utf8 ? "└─" : "`-") : (utf8 ? "├─" : "|-"));
                text_add_string(&walk->prefix, last ? "  " : (utf8 ? "│ " : "| "));
                walk_below(walk, tree->edges[j].to);
                walk->prefix.n = before;
        }
}

/* Calls `fn` for each root, in their order; then, where all are meant, for what was reached from none of them. */
typedef void (*root_fn)(void *userdata, size_t i);

static void for_all_roots(DependencyTree *tree, root_fn fn, void *userdata)
{
        _cleanup_free_ bool *below = calloc(tree->n + 1, sizeof(bool));

        for (size_t j = 0; below && j < tree->n_edges; j++)
                below[tree->edges[j].to] = true;
        for (size_t i = 0; below && i < tree->n; i++)
                if (!below[i])
                        fn(userdata, i);
        for (size_t i = 0; i < tree->n; i++)
                if (!tree->seen[i])
                        fn(userdata, i);
}

static void for_roots(DependencyTree *tree, char *const *roots, root_fn fn, void *userdata)
{
        static char *const by_default[] = {(char *) "default.target", NULL};
        size_t place = find_place(tree, by_default[0]);
        bool has_default = place < tree->n && strcmp(id_of(tree, place), by_default[0]) == 0;

        memset(tree->seen, 0, tree->n * sizeof(bool));
        if (!roots && !has_default) {
                for_all_roots(tree, fn, userdata);
                return;
        }
        STRV_FOREACH (root, roots ? roots : by_default) {
                place = find_place(tree, *root);
                if (place < tree->n && strcmp(id_of(tree, place), *root) == 0)
                        fn(userdata, place);
        }
}

static void format_root(void *userdata, size_t i)
{
        Walk *walk = userdata;

        add_line(walk, i, 0, "");
        walk_below(walk, i);
}

int dependency_tree_format(DependencyTree *tree, char *const *roots, const Style *style, char **ret)
{
        Walk walk = {.tree = tree, .style = style, .prefix = TEXT_NULL, .text = TEXT_NULL};
        bool failed;

        for_roots(tree, roots, format_root, &walk);
        failed = walk.prefix.failed;
        text_done(&walk.prefix);
        if (failed) {
                text_done(&walk.text);
                return -ENOMEM;
        }
        return text_take(&walk.text, ret);
}

/* The same, as objects. */
typedef struct Collection {
        DependencyTree *tree;
        JsonValue *array;
        int r;
} Collection;

static int add_dependency(const DependencyTree *tree, const Edge *edge, JsonValue *array)
{
        JsonValue *object = json_object_new_object(), *names = json_object_new_array();

        if (!object || json_object_array_add(array, object) < 0) {
                json_object_put(object);
                json_object_put(names);
                return -ENOMEM;
        }
        if (json_add(object, "Id", json_object_new_string(id_of(tree, edge->to))) < 0) {
                json_object_put(names);
                return -ENOMEM;
        }
        if (json_add(object, "Relations", names) < 0)
                return -ENOMEM;
        for (size_t i = 0; i < ELEMENTSOF(relations); i++)
                if (edge->relations & 1u << i &&
                    json_object_array_add(names, json_object_new_string(relation_name(tree, i))) < 0)
                        return -ENOMEM;
        return 0;
}

static int add_object(const DependencyTree *tree, size_t i, JsonValue *array)
{
        static const char *const copied[] = {"Id", "LoadState", "ActiveState", "SubState"};
        JsonValue *object = json_object_new_object(), *dependencies = json_object_new_array();
        int r = 0;

        if (!object || json_object_array_add(array, object) < 0) {
                json_object_put(object);
                json_object_put(dependencies);
                return -ENOMEM;
        }
        for (size_t j = 0; r >= 0 && j < ELEMENTSOF(copied); j++)
                r = json_add(object, copied[j], json_object_new_string(row_string(tree->rows[i], copied[j])));
        if (r < 0) {
                json_object_put(dependencies);
                return r;
        }
        r = json_add(object, "Dependencies", dependencies);
        for (size_t j = tree->starts[i]; r >= 0 && j < tree->starts[i + 1]; j++)
                r = add_dependency(tree, &tree->edges[j], dependencies);
        return r;
}

static void collect(void *userdata, size_t i)
{
        Collection *collection = userdata;
        DependencyTree *tree = collection->tree;

        if (tree->seen[i] || collection->r < 0)
                return;
        tree->seen[i] = true;
        collection->r = add_object(tree, i, collection->array);
        for (size_t j = tree->starts[i]; j < tree->starts[i + 1]; j++)
                collect(collection, tree->edges[j].to);
}

int dependency_tree_to_json(DependencyTree *tree, char *const *roots, JsonValue **ret)
{
        _cleanup_json_ JsonValue *array = json_object_new_array();
        Collection collection = {.tree = tree, .array = array, .r = array ? 0 : -ENOMEM};

        if (array)
                for_roots(tree, roots, collect, &collection);
        if (collection.r < 0)
                return collection.r;
        *ret = TAKE_PTR(array);
        return 0;
}
