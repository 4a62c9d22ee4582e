/* SPDX-License-Identifier: ISC */
/*
 * From the option table: the command line, the sections of fe.conf, --help,
 * --completion and --config.  Values are collected as text in layers first
 * (default, [fe], program, instance, line) and applied at the end, so that a
 * bad value in fe.conf is found even where the line overrides it.
 */
#include "cmd_parser.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "home.h"
#include "log.h"
#include "mem.h"
#include "number.h"
#include "option.h"
#include "sandbox.h"

/* The texts that conf points to live as long as the process. */
static struct option_given *kept;
static const char **kept_items; /* of all lists */

void
parser_add(struct option_parser *p, size_t index, enum option_layer layer,
    const char *value, unsigned line)
{
	if (p->given_n % 32 == 0)
		p->given = mem_array(
		    p->given, p->given_n + 32, sizeof(*p->given));
	p->given[p->given_n++] = (struct option_given){&p->cmd->options[index],
	    layer, value, line};
}

size_t
parser_find(const struct option_parser *p, struct slice name)
{
	for (size_t i = 0; i < p->count; i++)
		if (slice_is(name, p->cmd->options[i].name))
			return i;
	return p->count;
}

const char *
parser_value(const struct option_parser *p, const char *name)
{
	const char *value = NULL;

	for (size_t i = 0; i < p->given_n; i++)
		if (strcmp(p->given[i].def->name, name) == 0)
			value = p->given[i].value;
	return value;
}

static int
check_value(const struct option_parser *p, const struct option_given *g,
    struct err *err)
{
	struct err wrong = ERR_INIT;
	char want[160];

	if (option_apply(g->def, g->value, NULL) < 0) {
		option_describe(g->def, want, sizeof(want));
		if (g->layer == LAYER_LINE)
			return err_set(err, ERR_USAGE, "--%s takes %s, not "
			    "'%s'", g->def->name, want, g->value);
		return err_set(err, ERR_CONFIG, "%s:%u: '%s' takes %s, not "
		    "'%s'", p->config.path, g->line, g->def->name, want,
		    g->value);
	}
	if (g->def->check == NULL || g->def->check(g->value, &wrong) == 0)
		return 0;
	if (g->layer == LAYER_LINE)
		return err_set(err, ERR_USAGE, "--%s: %s", g->def->name,
		    wrong.text);
	return err_set(err, ERR_CONFIG, "%s:%u: %s: %s", p->config.path,
	    g->line, g->def->name, wrong.text);
}

static int
apply(const struct option_parser *p, void *conf, struct err *err)
{
	const char **items;

	for (size_t i = 0; i < p->given_n; i++)
		if (check_value(p, &p->given[i], err) < 0)
			return -1;
	free(kept_items);
	items = mem_zalloc((p->given_n + p->count) * sizeof(*items));
	kept_items = items;
	for (size_t i = 0; i < p->count; i++) {
		const struct option_def *def = &p->cmd->options[i];
		char *member = (char *)conf + def->offset;
		enum option_layer top =
		    option_top_layer(p->given, p->given_n, def);

		if (def->kind == OPTION_LIST)
			((struct option_list *)(void *)member)->items = items;
		if (def->kind == OPTION_FD)
			*(int *)(void *)member = -1;
		if (def->kind == OPTION_TIME)
			*(int64_t *)(void *)member = -1;
		if (top == LAYER_DEFAULT && def->fallback != NULL &&
		    option_apply(def, def->fallback, member) < 0)
			return err_set(err, ERR_BUG,
			    "the default of --%s is no value", def->name);
		for (size_t k = 0; k < p->given_n; k++)
			if (p->given[k].def == def && p->given[k].layer == top)
				option_apply(def, p->given[k].value, member);
		if (def->kind == OPTION_LIST)
			items += ((struct option_list *)(void *)member)->n;
	}
	return 0;
}

static bool
is_of_verb(const struct option_def *def, const char *verb)
{
	struct slice rest = slice_text(def->verbs);

	while (rest.p != NULL)
		if (slice_is(slice_trim(slice_cut(&rest, ',')), verb))
			return true;
	return false;
}

/* What is typed for one verb and does nothing with another would be believed
 * to have done something. */
static int
check_verbs(const struct option_parser *p, const char *verb, struct err *err)
{
	for (size_t i = 0; verb != NULL && i < p->given_n; i++) {
		const struct option_def *def = p->given[i].def;

		if (p->given[i].layer == LAYER_LINE && def->verbs != NULL &&
		    !is_of_verb(def, verb))
			return err_set(err, ERR_USAGE, "--%s is of %s, not "
			    "of '%s'", def->name, def->verbs, verb);
	}
	return 0;
}

static void
close_between(unsigned from, unsigned to)
{
	if (from <= to)
		close_range(from, to, 0);
}

/* Closes everything above 2 but what an option or systemd handed to us. */
static void
close_descriptors(const struct option_parser *p, const void *conf)
{
	const char *listen = getenv("LISTEN_FDS");
	int64_t listen_n = 0;
	unsigned next;

	if (listen != NULL)
		number_parse(slice_text(listen), 0, 1000, &listen_n);
	next = 3 + (unsigned)listen_n;
	for (;;) {
		unsigned lowest = ~0U;

		for (size_t i = 0; i < p->count; i++) {
			const struct option_def *def = &p->cmd->options[i];
			int fd;

			if (def->kind != OPTION_FD)
				continue;
			fd = *(const int *)(const void *)((const char *)conf +
			    def->offset);
			if (fd >= (int)next && (unsigned)fd < lowest)
				lowest = (unsigned)fd;
		}
		if (lowest == ~0U)
			break;
		close_between(next, lowest - 1);
		next = lowest + 1;
	}
	close_between(next, ~0U);
}

static bool
is_no_filter(const struct cmd *cmd, const char *word)
{
	struct slice name = slice_text(word);

	if (!slice_starts(name, "--"))
		return false;
	name = slice_part(name, 2, name.n);
	name = slice_cut(&name, '=');
	for (const struct option_def *def = cmd->options;
	     def->kind != OPTION_END; def++)
		if ((def->flags & OPTION_NO_FILTER) != 0 &&
		    slice_is(name, def->name))
			return true;
	return false;
}

/* Usage errors of a filter are on the delivery path unless a person asked for
 * text or JSON; -o must be known before the line is parsed. */
static void
guess_delivery(const struct cmd *cmd, int argc, char **argv)
{
	bool verb = (cmd->flags & CMD_VERBS) != 0 && argc > 1 &&
	    argv[1][0] != '-';
	const char *output = verb ? "text" : NULL;

	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "-o") == 0 ||
		    strcmp(argv[i], "--output") == 0)
			output = argv[i + 1];
		else if (strncmp(argv[i], "-o", 2) == 0)
			output = argv[i] + 2;
		else if (strncmp(argv[i], "--output=", 9) == 0)
			output = argv[i] + 9;
		else if (is_no_filter(cmd, argv[i]))
			output = "text";
	}
	if (output != NULL)
		cmd_set_delivery(strcmp(output, "text") != 0 &&
		    strcmp(output, "json") != 0);
	else
		cmd_set_delivery(!isatty(STDOUT_FILENO));
}

int
option_parse(const struct cmd *cmd, int argc, char **argv, void *conf,
    struct err *err)
{
	struct option_parser p = {.cmd = cmd};
	struct cmd_conf *common = conf;
	const char *home;
	int result = -1;

	while (cmd->options[p.count].kind != OPTION_END)
		p.count++;
	if (cmd->flags & CMD_DELIVERY)
		cmd_set_delivery(true);
	else if (cmd->flags & CMD_FILTER)
		guess_delivery(cmd, argc, argv);
	if (parser_read_line(&p, argc, argv, err) < 0)
		goto out;
	home = parser_value(&p, "home");
	if (home == NULL)
		home = getenv("FE_HOME");
	home_set(home);
	if (parser_read_config(&p, err) < 0 || apply(&p, conf, err) < 0)
		goto out;
	if (p.config_mode != NULL)
		option_print_config(
		    cmd, p.config_mode, p.given, p.given_n, p.config.path);
	common->words = argv + optind;
	common->words_n = argc - optind;
	if (check_verbs(&p, common->words[0], err) < 0)
		goto out;
	if (common->sandbox == 1 && !sandbox_has_landlock()) {
		err_set(err, ERR_SYSTEM,
		    "this kernel has no Landlock (sandbox = require)");
		goto out;
	}
	if (common->now >= 0)
		clock_fix_ms(common->now);
	log_start(cmd->name, (enum log_format)common->log,
	    common->quiet		 ? LOG_ERROR
		: common->verbose == 0	 ? LOG_WARNING
		: common->verbose == 1 ? LOG_INFO
					 : LOG_DEBUG);
	close_descriptors(&p, conf);
	result = 0;
out:
	config_free(&p.config);
	free(kept);
	kept = p.given;
	return result;
}
