/* SPDX-License-Identifier: MIT */

/* A table measures all of its cells before it says a word: columns are as wide as their widest cell in display
 * columns, not bytes, and only where the terminal is narrower some of them give way. */

#include "ctl/table.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ctl/display.h"

#define COLUMN_GAP 2
#define TIGHT_GAP  1
#define SHRUNK_MIN 8

typedef struct Cell {
        char *text;
        size_t width;
        StyleId style;
} Cell;

struct Table {
        const TableColumn *columns; /* weak */
        size_t n_columns;
        Cell *cells;
        size_t n_cells;
};

int table_new(const TableColumn *columns, size_t n_columns, Table **ret)
{
        Table *table = calloc(1, sizeof(*table));

        if (!table)
                return -ENOMEM;
        table->columns = columns;
        table->n_columns = n_columns;
        *ret = table;
        return 0;
}

Table *table_free(Table *table)
{
        if (!table)
                return NULL;
        for (size_t i = 0; i < table->n_cells; i++)
                free(table->cells[i].text);
        free(table->cells);
        free(table);
        return NULL;
}

int table_add(Table *table, const char *text, StyleId style)
{
        _cleanup_free_ char *safe = NULL;
        Cell *cells;

        safe = display_safe(text ? text : "", text ? strlen(text) : 0, false);
        if (!safe)
                return -ENOMEM;

        /* Powers of two: room is made when the count is one. */
        if ((table->n_cells & (table->n_cells - 1)) == 0) {
                cells = reallocarray(table->cells, MAX(table->n_cells * 2, (size_t) 1), sizeof(*cells));
                if (!cells)
                        return -ENOMEM;
                table->cells = cells;
        }
        table->cells[table->n_cells++] = (Cell){.width = display_width(safe), .style = style, .text = safe};
        safe = NULL;
        return 0;
}

int table_addf(Table *table, StyleId style, const char *format, ...)
{
        _cleanup_free_ char *text = NULL;
        va_list args;
        int n;

        va_start(args, format);
        n = vasprintf(&text, format, args);
        va_end(args);
        return n < 0 ? -ENOMEM : table_add(table, text, style);
}

/* The width of each column; 0: nothing in it. */
static void measure(const Table *table, bool header, size_t *widths)
{
        for (size_t i = 0; i < table->n_cells; i++) {
                size_t column = i % table->n_columns;

                widths[column] = MAX(widths[column], table->cells[i].width);
        }
        for (size_t i = 0; header && i < table->n_columns; i++)
                if (widths[i] > 0 || table->n_cells == 0)
                        widths[i] = MAX(widths[i], display_width(table->columns[i].header));
}

static size_t gap(const TableColumn *column)
{
        return column->tight ? TIGHT_GAP : COLUMN_GAP;
}

static void shrink(const Table *table, size_t columns, size_t *widths)
{
        size_t total = 0;

        for (size_t i = 0; i < table->n_columns; i++)
                total += widths[i] > 0 ? widths[i] + gap(&table->columns[i]) : 0;
        total = total > COLUMN_GAP ? total - COLUMN_GAP : total;

        for (size_t i = table->n_columns; i-- > 0 && total > columns;) {
                size_t spare = widths[i] > SHRUNK_MIN ? widths[i] - SHRUNK_MIN : 0, less;

                if (!table->columns[i].shrinks)
                        continue;
                less = MIN(spare, total - columns);
                widths[i] -= less;
                total -= less;
        }
}

typedef struct Line {
        const Style *style;
        size_t owed; /* blanks, written only when something follows them */
} Line;

static int write_cell(FILE *f, Line *line, const TableColumn *column, const Cell *cell, size_t width)
{
        _cleanup_free_ char *cut = NULL;
        size_t used;

        cut = display_cut(cell->text, width, style_ellipsis(line->style));
        if (!cut)
                return -ENOMEM;
        used = display_width(cut);

        if (column->right)
                line->owed += width - used;
        if (*cut) {
                fprintf(f, "%*s%s%s%s", (int) line->owed, "", style_on(line->style, cell->style), cut,
                        style_off(line->style, cell->style));
                line->owed = 0;
        } else {
                line->owed += used;
        }
        line->owed += (column->right ? 0 : width - used) + gap(column);
        return 0;
}

static int write_row(FILE *f, const Table *table, const Style *style, const Cell *cells, const size_t *widths)
{
        Line line = {.style = style};
        int r;

        for (size_t i = 0; i < table->n_columns; i++) {
                if (widths[i] == 0)
                        continue;
                r = write_cell(f, &line, &table->columns[i], &cells[i], widths[i]);
                if (r < 0)
                        return r;
        }
        fputc('\n', f);
        return 0;
}

static int write_header(FILE *f, const Table *table, const Style *style, const size_t *widths)
{
        _cleanup_free_ Cell *cells = calloc(table->n_columns, sizeof(*cells));

        if (!cells)
                return -ENOMEM;
        for (size_t i = 0; i < table->n_columns; i++)
                cells[i] = (Cell){.text = (char *) table->columns[i].header, .style = STYLE_HEADER};
        return write_row(f, table, style, cells, widths);
}

static int write_table(FILE *f, const Table *table, const Style *style, bool header)
{
        _cleanup_free_ size_t *widths = calloc(table->n_columns, sizeof(*widths));
        int r;

        if (!widths)
                return -ENOMEM;
        measure(table, header, widths);
        if (style->columns > 0)
                shrink(table, style->columns, widths);

        if (header) {
                r = write_header(f, table, style, widths);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i + table->n_columns <= table->n_cells; i += table->n_columns) {
                r = write_row(f, table, style, &table->cells[i], widths);
                if (r < 0)
                        return r;
        }
        return 0;
}

int table_format(const Table *table, const Style *style, bool header, char **ret)
{
        char *text = NULL;
        size_t size;
        FILE *f;
        int r;

        f = open_memstream(&text, &size);
        if (!f)
                return -errno;
        r = write_table(f, table, style, header);
        if (fclose(f) != 0 && r >= 0)
                r = -ENOMEM;
        if (r < 0) {
                free(text);
                return r;
        }
        *ret = text;
        return 0;
}
