/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_CONFIG_H
#define FE_BASE_CONFIG_H

#include "buf.h"
#include "err.h"

/*
 * fe.conf(5): `[section]' or `[program instance]', `key = value' where the
 * value is the rest of the line, trimmed; `#' at the start of a line.  Our
 * own reader, since libinih strips `;' comments inside values, joins repeated
 * keys and limits a line to 200 octets by default.
 */
struct config_entry {
	struct slice section; /* `fe-receive submission' */
	struct slice key;
	struct slice value;
	unsigned line;
};

struct config {
	char *path;
	struct buf text;
	struct config_entry *entries;
	size_t n;
};

#define CONFIG_SIZE_MAX ((size_t)1 << 20)

/* Reads a file; a missing one is an empty config.  ERR_CONFIG with
 * `PATH:LINE: '. */
int config_read(struct config *config, const char *path, struct err *err);
/* The same from memory; copies the text. */
int config_parse(struct config *config, const char *path, struct slice text,
    struct err *err);
void config_free(struct config *config);

#endif
