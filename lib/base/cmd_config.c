/* SPDX-License-Identifier: ISC */
/* Options from the sections of fe.conf. */
#include <string.h>

#include "cmd_parser.h"
#include "home.h"
#include "mem.h"

/* What [fe] may hold, whether or not this program takes it. */
static const char *const shared_keys[] = {"hostname", "domain", "postmaster",
    "recipient-delimiter", "authserv-id", "trusted-network", "size-max",
    "log-personal", "log", "sandbox", NULL};

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
    const struct option_parser *p, struct slice section, const char *instance)
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
given_in(const struct option_parser *p, size_t index, enum option_layer layer)
{
	for (size_t i = 0; i < p->given_n; i++)
		if (p->given[i].def == &p->cmd->options[index] &&
		    p->given[i].layer == layer)
			return true;
	return false;
}

static int
take_entry(struct option_parser *p, const struct config_entry *entry,
    enum option_layer layer, struct err *err)
{
	size_t index = parser_find(p, entry->key);
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
	parser_add(p, index, layer, mem_dup(entry->value.p, entry->value.n),
	    entry->line);
	return 0;
}

int
parser_read_config(struct option_parser *p, struct err *err)
{
	const char *instance = parser_value(p, "instance");
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
