/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_DNS_DOMAINS_H
#define FE_OPS_DNS_DOMAINS_H

#include "base/err.h"
#include "base/option.h"
#include "base/slice.h"

/*
 * The domains of a home: the first one of its settings, then those of all
 * addresses of accounts (run/recipients), sorted.
 */
#define DOMAINS_MAX 1000

struct domains {
	struct option_list list; /* A-labels, each once */
	size_t capacity;
};
#define DOMAINS_INIT {{NULL, 0}, 0}

/* ERR_USAGE for a text that is no domain name. */
int domains_add(struct domains *domains, struct slice text, struct err *err);
/* `first' may be NULL. */
int domains_read_home(struct domains *domains, const char *first,
    struct err *err);
void domains_free(struct domains *domains);

#endif
