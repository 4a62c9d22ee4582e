/* SPDX-License-Identifier: ISC */
/*
 * The table of commands.
 */
#include "ops/command_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/installation.h"
#include "base/io.h"
#include "base/mem.h"

int
command_table_read(struct command_table *table, struct err *err)
{
	struct buf path = BUF_INIT;
	struct slice rest, line;
	int result;

	memset(table, 0, sizeof(*table));
	table->file = (struct buf)BUF_LIMITED((size_t)1 << 20);
	result = installation_share(&path, "commands", err);
	if (result == 0)
		result = io_read_file(path.p, &table->file, err);
	rest = buf_slice(&table->file);
	while (result == 0 && (line = slice_line(&rest)).p != NULL) {
		struct command c;

		if (line.n > 0 && line.p[0] != '#') {
			c.name = slice_cut(&line, '\t');
			c.group = slice_cut(&line, '\t');
			c.text = line;
			if (c.text.n == 0 || !slice_starts(c.name, "fe"))
				result = err_set(err, ERR_CONFIG, "'%s': the "
				    "line of '%.*s' lacks a field", path.p,
				    SLICE_ARG(c.name));
			table->items = mem_array(table->items, table->n + 1,
			    sizeof(*table->items));
			table->items[table->n++] = c;
		}
		if (rest.p == NULL)
			break;
	}
	buf_free(&path);
	if (result < 0)
		command_table_free(table);
	return result;
}

void
command_table_free(struct command_table *table)
{
	free(table->items);
	buf_free(&table->file);
	table->items = NULL;
	table->n = 0;
}

const struct command *
command_table_find(const struct command_table *table, struct slice name)
{
	for (size_t i = 0; i < table->n; i++) {
		const struct command *c = &table->items[i];

		if (slice_equal(c->name, name) || (slice_starts(c->name,
			"fe-") && slice_equal(slice_part(c->name, 3,
			c->name.n), name)))
			return c;
	}
	return NULL;
}
