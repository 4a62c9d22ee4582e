/* SPDX-License-Identifier: ISC */
/*
 * From the option table: the command line, the sections of fe.conf, --help,
 * --completion and --config.  Values are collected as text in layers first
 * (default, [fe], program, instance, line) and applied at the end, so that a
 * bad value in fe.conf is found even where the line overrides it.
 */
#include "cmd.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "config.h"
#include "home.h"
#include "log.h"
#include "mem.h"
#include "number.h"
#include "option.h"
#include "sandbox.h"
#include "cmd_print.h"

enum {
	VALUE_HELP = 256, /* above every letter */
	VALUE_VERSION,
	VALUE_CONFIG,
	VALUE_COMPLETION,
	VALUE_OPTION, /* + 2 * index, + 1 for --no-NAME */
};

/* What [fe] may hold, whether or not this program takes it. */
static const char *const shared_keys[] = {"hostname", "domain", "postmaster",
    "recipient-delimiter", "authserv-id", "trusted-network", "size-max",
    "log-personal", "log", "sandbox", NULL};

/* The texts that conf points to live as long as the process. */
static struct option_given *kept;
static const char **kept_items; /* of all lists */

struct parser {
	const struct cmd *cmd;
	size_t count; /* options in the table */
	struct option_given *given;
	size_t given_n;
	struct config config;
	const char *config_mode; /* --config check|show */
};

static void
add_given(struct parser *p, size_t index, enum option_layer layer,
    const char *value, unsigned line)
{
	if (p->given_n % 32 == 0)
		p->given = mem_array(
		    p->given, p->given_n + 32, sizeof(*p->given));
	p->given[p->given_n++] = (struct option_given){&p->cmd->options[index],
	    layer, value, line};
}

static size_t
find_option(const struct parser *p, struct slice name)
{
	for (size_t i = 0; i < p->count; i++)
		if (slice_is(name, p->cmd->options[i].name))
			return i;
	return p->count;
}

static int
check_value(const struct parser *p, const struct option_given *g,
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

/* getopt_long accepts abbreviations; we do not, since a new option would
 * change what an old script means. */
static bool
is_whole_name(char **argv, const char *name)
{
	for (int at = optind - 1; at >= optind - 2 && at > 0; at--) {
		struct slice typed = slice_text(argv[at]);

		if (!slice_starts(typed, "--"))
			continue;
		typed = slice_part(typed, 2, typed.n);
		if (slice_is(slice_cut(&typed, '='), name))
			return true;
	}
	return false;
}

static void
build_getopt(const struct parser *p, struct option *longs, char **no_names,
    struct buf *shorts)
{
	size_t n = 0, no_n = 0;

	buf_append_text(
	    shorts, p->cmd->flags & CMD_FIRST_WORD_ENDS ? "+:hV" : ":hV");
	longs[n++] = (struct option){"help", no_argument, NULL, VALUE_HELP};
	longs[n++] =
	    (struct option){"version", no_argument, NULL, VALUE_VERSION};
	longs[n++] =
	    (struct option){"config", required_argument, NULL, VALUE_CONFIG};
	longs[n++] = (struct option){
	    "completion", no_argument, NULL, VALUE_COMPLETION};
	for (size_t i = 0; i < p->count; i++) {
		const struct option_def *def = &p->cmd->options[i];
		bool bare = def->kind == OPTION_FLAG ||
		    def->kind == OPTION_COUNT;
		int value = VALUE_OPTION + (int)(2 * i);

		longs[n++] = (struct option){def->name,
		    bare ? no_argument : required_argument, NULL, value};
		if (def->letter != 0) {
			buf_append_char(shorts, def->letter);
			if (!bare)
				buf_append_char(shorts, ':');
		}
		if (def->kind == OPTION_FLAG) {
			struct buf name = BUF_INIT;

			buf_format(&name, "no-%s", def->name);
			no_names[no_n] = buf_take(&name, NULL);
			longs[n++] = (struct option){
			    no_names[no_n++], no_argument, NULL, value + 1};
		}
	}
}

static size_t
option_by_letter(const struct parser *p, int letter)
{
	size_t i;

	for (i = 0; i < p->count; i++)
		if (p->cmd->options[i].letter == letter)
			break;
	return i;
}

static int
take_option(struct parser *p, int value, char **argv,
    const struct option *longs, int long_at, struct err *err)
{
	size_t index;
	bool no = false;

	if (value >= VALUE_HELP && !is_whole_name(argv, longs[long_at].name))
		return err_set(err, ERR_USAGE, "unknown option '%s'",
		    argv[optind - 1]);
	if (value == 'h' || value == VALUE_HELP)
		option_print_help(p->cmd);
	if (value == 'V' || value == VALUE_VERSION)
		option_print_version(p->cmd);
	if (value == VALUE_COMPLETION)
		option_print_completion(p->cmd);
	if (value == VALUE_CONFIG) {
		p->config_mode = optarg;
		return 0;
	}
	if (value >= VALUE_OPTION) {
		index = (size_t)(value - VALUE_OPTION) / 2;
		no = (value - VALUE_OPTION) % 2 == 1;
	} else {
		index = option_by_letter(p, value);
	}
	add_given(p, index, LAYER_LINE,
	    optarg != NULL ? optarg
		: no	   ? "no"
			   : "yes",
	    0);
	return 0;
}

static int
read_line(struct parser *p, int argc, char **argv, struct err *err)
{
	struct option *longs = mem_zalloc((2 * p->count + 5) * sizeof(*longs));
	char **no_names = mem_zalloc((p->count + 1) * sizeof(*no_names));
	struct buf shorts = BUF_INIT;
	int value, result = 0, long_at = 0;

	build_getopt(p, longs, no_names, &shorts);
	opterr = 0;
	optind = 1;
	while (result == 0 &&
	    (value = getopt_long(argc, argv, shorts.p, longs, &long_at)) !=
		-1) {
		if (value == '?' && optopt != 0 && optopt < 256)
			result = err_set(
			    err, ERR_USAGE, "unknown option '-%c'", optopt);
		else if (value == '?')
			result = err_set(err, ERR_USAGE, "unknown option '%s'",
			    argv[optind - 1]);
		else if (value == ':')
			result = err_set(err, ERR_USAGE,
			    "option '%s' needs a value", argv[optind - 1]);
		else
			result =
			    take_option(p, value, argv, longs, long_at, err);
	}
	for (size_t i = 0; no_names[i] != NULL; i++)
		free(no_names[i]);
	free(no_names);
	free(longs);
	buf_free(&shorts);
	return result;
}

static const char *
line_value(const struct parser *p, const char *name)
{
	const char *value = NULL;

	for (size_t i = 0; i < p->given_n; i++)
		if (strcmp(p->given[i].def->name, name) == 0)
			value = p->given[i].value;
	return value;
}

static bool
is_shared_key(struct slice key)
{
	for (size_t i = 0; shared_keys[i] != NULL; i++)
		if (slice_is(key, shared_keys[i]))
			return true;
	return false;
}

/* The layer of a section for this program, or LAYER_DEFAULT: not ours. */
static enum option_layer
section_layer(
    const struct parser *p, struct slice section, const char *instance)
{
	size_t n = strlen(p->cmd->name);

	if (slice_is(section, "fe"))
		return LAYER_SHARED;
	if (!slice_starts(section, p->cmd->name))
		return LAYER_DEFAULT;
	if (section.n == n)
		return LAYER_PROGRAM;
	if (instance != NULL && section.p[n] == ' ' &&
	    slice_is(slice_trim(slice_part(section, n, section.n)), instance))
		return LAYER_INSTANCE;
	return LAYER_DEFAULT;
}

static bool
given_in(const struct parser *p, size_t index, enum option_layer layer)
{
	for (size_t i = 0; i < p->given_n; i++)
		if (p->given[i].def == &p->cmd->options[index] &&
		    p->given[i].layer == layer)
			return true;
	return false;
}

static int
take_entry(struct parser *p, const struct config_entry *entry,
    enum option_layer layer, struct err *err)
{
	size_t index = find_option(p, entry->key);
	const struct option_def *def = &p->cmd->options[index];

	if (layer == LAYER_SHARED && !is_shared_key(entry->key))
		return err_set(err, ERR_CONFIG,
		    "%s:%u: unknown key '%.*s' in [fe]", p->config.path,
		    entry->line, SLICE_ARG(entry->key));
	if (layer == LAYER_SHARED &&
	    (index == p->count || !(def->flags & OPTION_SHARED)))
		return 0;
	if (index == p->count || def->kind == OPTION_COUNT)
		return err_set(err, ERR_CONFIG,
		    "%s:%u: unknown key '%.*s' in [%.*s]", p->config.path,
		    entry->line, SLICE_ARG(entry->key),
		    SLICE_ARG(entry->section));
	if (def->flags & OPTION_PER_RUN)
		return err_set(err, ERR_CONFIG,
		    "%s:%u: '%s' belongs on the command line, not here",
		    p->config.path, entry->line, def->name);
	if (def->kind != OPTION_LIST && given_in(p, index, layer))
		return err_set(err, ERR_CONFIG,
		    "%s:%u: a second value for '%s' in [%.*s]", p->config.path,
		    entry->line, def->name, SLICE_ARG(entry->section));
	add_given(p, index, layer, mem_dup(entry->value.p, entry->value.n),
	    entry->line);
	return 0;
}

static int
read_config(struct parser *p, struct err *err)
{
	const char *instance = line_value(p, "instance");
	struct buf path = BUF_INIT;
	bool seen = instance == NULL;
	int result;

	result = config_read(&p->config, home_file(&path, "fe.conf"), err);
	buf_free(&path);
	for (size_t i = 0; result == 0 && i < p->config.n; i++) {
		const struct config_entry *entry = &p->config.entries[i];
		enum option_layer layer =
		    section_layer(p, entry->section, instance);

		seen = seen || layer == LAYER_INSTANCE;
		if (layer != LAYER_DEFAULT)
			result = take_entry(p, entry, layer, err);
	}
	if (result == 0 && !seen)
		return err_set(err, ERR_CONFIG, "no section [%s %s] in '%s'",
		    p->cmd->name, instance, p->config.path);
	return result;
}

static int
apply(const struct parser *p, void *conf, struct err *err)
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
check_verbs(const struct parser *p, const char *verb, struct err *err)
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
close_descriptors(const struct parser *p, const void *conf)
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
	struct parser p = {.cmd = cmd};
	struct cmd_conf *common = conf;
	const char *home;
	int result = -1;

	while (cmd->options[p.count].kind != OPTION_END)
		p.count++;
	if (cmd->flags & CMD_DELIVERY)
		cmd_set_delivery(true);
	else if (cmd->flags & CMD_FILTER)
		guess_delivery(cmd, argc, argv);
	if (read_line(&p, argc, argv, err) < 0)
		goto out;
	home = line_value(&p, "home");
	if (home == NULL)
		home = getenv("FE_HOME");
	home_set(home);
	if (read_config(&p, err) < 0 || apply(&p, conf, err) < 0)
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
