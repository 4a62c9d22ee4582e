/* SPDX-License-Identifier: ISC */
/*
 * --help, --version, --completion and --config, from the option table.
 */
#include "cmd_print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

static void finish(void) __attribute__((noreturn));

static void
finish(void)
{
	struct err err = ERR_INIT;

	exit(cmd_finish(&err));
}

enum option_layer
option_top_layer(
    const struct option_given *given, size_t n, const struct option_def *def)
{
	enum option_layer top = LAYER_DEFAULT;

	for (size_t i = 0; i < n; i++)
		if (given[i].def == def && given[i].layer > top)
			top = given[i].layer;
	return top;
}

static void
print_synopsis(const struct cmd *cmd)
{
	struct slice rest = slice_text(cmd->synopsis);
	const char *lead = "usage:";

	while (rest.p != NULL) {
		struct slice line = slice_cut(&rest, '\n');

		printf("%s %s %.*s\n", lead, cmd->name, SLICE_ARG(line));
		lead = "      ";
	}
}

static void
print_sentence(const struct option_def *def)
{
	if (def->verbs != NULL)
		printf("%s: ", def->verbs);
	fputs(def->help, stdout);
}

static void
print_option(const struct option_def *def)
{
	char left[80];

	snprintf(left, sizeof(left), "%c%c%s --%s%s%s",
	    def->letter != 0 ? '-' : ' ', def->letter != 0 ? def->letter : ' ',
	    def->letter != 0 ? "," : " ", def->name,
	    def->argument != NULL ? " " : "",
	    def->argument != NULL ? def->argument : "");
	printf("  %-27s%s", left,
	    strlen(left) > 26 ? "\n                             " : "");
	print_sentence(def);
	if (def->choices != NULL)
		printf(": %s", def->choices);
	if (def->fallback != NULL)
		printf(" (default %s)", def->fallback);
	putchar('\n');
}

void
option_print_help(const struct cmd *cmd)
{
	print_synopsis(cmd);
	printf("%s\n\n", cmd->summary);
	printf("  -h, --help               this text\n");
	printf("  -V, --version            name and version\n");
	for (const struct option_def *def = cmd->options;
	     def->kind != OPTION_END; def++)
		print_option(def);
	printf("\nman %s tells the rest.\n", cmd->name);
	cmd_set_delivery(false);
	finish();
}

void
option_print_version(const struct cmd *cmd)
{
	printf("%s %s\n", cmd->name, FE_VERSION);
	cmd_set_delivery(false);
	finish();
}

void
option_print_completion(const struct cmd *cmd)
{
	printf("h\thelp\t\t\tthis text\nV\tversion\t\t\tname and version\n");
	for (const struct option_def *def = cmd->options;
	     def->kind != OPTION_END; def++) {
		printf("%.*s\t%s\t%s\t%s\t", def->letter != 0 ? 1 : 0,
		    &def->letter, def->name,
		    def->argument != NULL ? def->argument : "",
		    def->choices != NULL ? def->choices : "");
		print_sentence(def);
		putchar('\n');
	}
	finish();
}

static void
show_option(const struct cmd *cmd, const struct option_def *def,
    const struct option_given *given, size_t n, const char *path)
{
	enum option_layer top = option_top_layer(given, n, def);

	if (def->flags & OPTION_PER_RUN)
		return;
	if (top == LAYER_DEFAULT)
		printf("%s\t%s\tdefault\n", def->name,
		    def->fallback != NULL	 ? def->fallback
			: def->kind == OPTION_FLAG ? "no"
						   : "");
	for (size_t i = 0; i < n; i++) {
		if (given[i].def != def || given[i].layer != top ||
		    top == LAYER_DEFAULT)
			continue;
		if (top == LAYER_LINE)
			printf("%s\t%s\tcommand line\n", def->name,
			    given[i].value);
		else
			printf("%s\t%s\t%s:%u\n", def->name, given[i].value,
			    path, given[i].line);
	}
	(void)cmd;
}

void
option_print_config(const struct cmd *cmd, const char *mode,
    const struct option_given *given, size_t n, const char *path)
{
	bool show = strcmp(mode, "show") == 0;

	cmd_set_delivery(false);
	if (!show && strcmp(mode, "check") != 0)
		cmd_usage_exit("--config takes check or show, not '%s'", mode);
	for (const struct option_def *def = cmd->options;
	     show && def->kind != OPTION_END; def++)
		show_option(cmd, def, given, n, path);
	finish();
}
