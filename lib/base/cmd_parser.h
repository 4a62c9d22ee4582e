/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_CMD_PARSER_H
#define FE_BASE_CMD_PARSER_H

#include "cmd_print.h"
#include "config.h"

/*
 * The parts of option_parse (cmd.h), for those alone: the command line
 * (cmd_line.c), the sections of fe.conf (cmd_config.c), and what is made of
 * both (cmd_parse.c).
 */
struct option_parser {
	const struct cmd *cmd;
	size_t count; /* options in the table */
	struct option_given *given;
	size_t given_n;
	struct config config;
	const char *config_mode; /* --config check|show */
};

/* The value lives as long as the process. */
void parser_add(struct option_parser *p, size_t index, enum option_layer layer,
    const char *value, unsigned line);
/* The index of the option; `count' where there is none. */
size_t parser_find(const struct option_parser *p, struct slice name);
/* The last value that was given, or NULL. */
const char *parser_value(const struct option_parser *p, const char *name);

/* Of --help and the like it does not return. */
int parser_read_line(struct option_parser *p, int argc, char **argv,
    struct err *err);
int parser_read_config(struct option_parser *p, struct err *err);

#endif
