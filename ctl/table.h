/* SPDX-License-Identifier: MIT */
#pragma once

/* Rows that stand in columns. Pure: what comes out is a string. */

#include "ctl/style.h"

typedef struct TableColumn {
        const char *header;
        bool right;   /* numbers */
        bool tight;   /* only one blank behind it: a mark */
        bool shrinks; /* cut where the line is too long for the terminal; the last of them first */
} TableColumn;

typedef struct Table Table;

/* `columns` are the caller's and outlive the table. */
int table_new(const TableColumn *columns, size_t n_columns, Table **ret);
Table *table_free(Table *table);
DEFINE_CLEANUP(Table *, table_free);

/* The next cell, row by row; what is no harmless text is made so. NULL is an empty cell. */
int table_add(Table *table, const char *text, StyleId style);
int table_addf(Table *table, StyleId style, const char *format, ...) _printf_(3, 4);

/* All lines, without blanks at their ends; a column that is empty in all rows is left out with its header. The caller
 * frees the string. */
int table_format(const Table *table, const Style *style, bool header, char **ret);
