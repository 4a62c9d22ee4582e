/* SPDX-License-Identifier: ISC */
/*
 * The reader of fe.conf.  Trusts nobody's syntax: a line is a section, a key
 * with a value, a comment or empty, else it is an error with its number.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "io.h"
#include "mem.h"

static bool
is_name(struct slice text, bool blank_allowed)
{
	for (size_t i = 0; i < text.n; i++)
		if (!ascii_is_alnum(text.p[i]) && text.p[i] != '-' &&
		    text.p[i] != '_' && text.p[i] != '.' &&
		    !(blank_allowed && text.p[i] == ' '))
			return false;
	return text.n > 0;
}

static int
add_entry(struct config *config, struct slice section, struct slice line,
    unsigned number, struct err *err)
{
	struct slice value = line;
	struct slice key = slice_trim(slice_cut(&value, '='));
	struct config_entry *entry;

	if (value.p == NULL || !is_name(key, false))
		return err_set(err, ERR_CONFIG,
		    "%s:%u: neither 'key = value' nor '[section]'",
		    config->path, number);
	if (section.p == NULL)
		return err_set(err, ERR_CONFIG,
		    "%s:%u: '%.*s' stands before the first [section]",
		    config->path, number, SLICE_ARG(key));
	if (config->n % 64 == 0)
		config->entries = mem_array(config->entries, config->n + 64,
		    sizeof(*config->entries));
	entry = &config->entries[config->n++];
	entry->section = section;
	entry->key = key;
	entry->value = slice_trim(value);
	entry->line = number;
	return 0;
}

static int
parse_line(struct config *config, struct slice line, unsigned number,
    struct slice *section, struct err *err)
{
	if (slice_find(line, '\0') < line.n)
		return err_set(err, ERR_CONFIG, "%s:%u: a NUL in the line",
		    config->path, number);
	line = slice_trim(line);
	if (line.n == 0 || line.p[0] == '#')
		return 0;
	if (line.p[0] != '[')
		return add_entry(config, *section, line, number, err);
	*section = slice_part(line, 1, line.n - 1);
	if (line.p[line.n - 1] != ']' || !is_name(*section, true))
		return err_set(err, ERR_CONFIG,
		    "%s:%u: a section is written [program] or "
		    "[program instance]", config->path, number);
	return 0;
}

int
config_parse(struct config *config, const char *path, struct slice text,
    struct err *err)
{
	struct slice rest, section = SLICE_NONE;
	unsigned number = 0;

	*config = (struct config){.path = mem_text(path),
	    .text = BUF_LIMITED(CONFIG_SIZE_MAX)};
	if (buf_append_slice(&config->text, text) < 0)
		return err_set(err, ERR_CONFIG,
		    "'%s' is larger than %zu octets",
		    path, CONFIG_SIZE_MAX);
	rest = buf_slice(&config->text);
	while (rest.p != NULL && rest.n > 0)
		if (parse_line(config, slice_line(&rest), ++number, &section,
			err) < 0)
			return -1;
	return 0;
}

int
config_read(struct config *config, const char *path, struct err *err)
{
	struct buf text = BUF_LIMITED(CONFIG_SIZE_MAX);
	int result;

	errno = 0;
	if (io_read_file(path, &text, err) < 0) {
		if (errno == ENOENT || errno == ENOTDIR) {
			err_clear(err);
			return config_parse(config, path, SLICE(""), err);
		}
		*config = (struct config){.path = mem_text(path)};
		if (err != NULL)
			err->kind = ERR_CONFIG;
		buf_free(&text);
		return -1;
	}
	result = config_parse(config, path, buf_slice(&text), err);
	buf_free(&text);
	return result;
}

void
config_free(struct config *config)
{
	free(config->path);
	free(config->entries);
	buf_free(&config->text);
	*config = (struct config){0};
}
