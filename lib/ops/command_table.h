/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_COMMAND_TABLE_H
#define FE_OPS_COMMAND_TABLE_H

#include "base/buf.h"
#include "base/err.h"

/*
 * share/commands: a line a command, `name TAB group TAB one line'; `#' begins
 * a comment.
 */
struct command {
	struct slice name, group, text;
};
struct command_table {
	struct command *items;
	size_t n;
	struct buf file;
};

/* ERR_CONFIG when the table is not installed or a line lacks a field. */
int command_table_read(struct command_table *table, struct err *err);
void command_table_free(struct command_table *table);
/* By `fe-verify' or `verify'; NULL if there is none. */
const struct command *command_table_find(
    const struct command_table *table, struct slice name);

#endif
