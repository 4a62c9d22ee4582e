/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_PROVIDERS_H
#define FE_OPS_PROVIDERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Who else handles data of the service: HOME/providers.json, else
 * share/providers.json.
 *
 *	{"fe":1,"reviewed":DATE,"providers":[{"name":TEXT,"purpose":TEXT,
 *	 "data":TEXT,"country":TEXT,"transfer":TEXT,"privacy":URL}]}
 *
 * transfer says by which right data may go there: `none needed' (it stays in
 * the EEA), an adequacy decision, standard contractual clauses.
 */
struct provider {
	char *name, *purpose, *data, *country, *transfer, *privacy;
	char *lacks; /* the first member that is missing or wrong; NULL */
};
struct providers {
	struct provider *items;
	size_t n;
	int64_t reviewed_ms; /* 0: never */
	char *path;
	bool is_ours; /* the home has its own */
};
#define PROVIDERS_MAX 1000

/* ERR_CONFIG for a file that is no register; members that a provider lacks
 * are no error. */
int providers_read(struct providers *providers, struct err *err);
int providers_parse(struct providers *providers, struct slice text,
    const char *name, struct err *err);
/* For people, with a last line that counts; JSON lines. */
void providers_text(const struct providers *providers, struct buf *out);
void providers_json(const struct providers *providers, struct buf *out);
void providers_free(struct providers *providers);

#endif
