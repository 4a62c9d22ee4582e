/* SPDX-License-Identifier: ISC */
#include "ops/dns_domains.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auth/domain.h"
#include "base/mem.h"
#include "mail/recipients.h"

int
domains_add(struct domains *domains, struct slice text, struct err *err)
{
	struct buf name = BUF_LIMITED(DOMAIN_SIZE_MAX);
	struct option_list *list = &domains->list;
	int result = 0;

	if (domain_to_ascii(text, &name) < 0)
		result = err_set(err, ERR_USAGE, "'%.*s' is no domain name",
		    SLICE_ARG(text));
	else if (!option_list_has(list, name.p) && list->n == DOMAINS_MAX)
		result = err_set(err, ERR_CONFIG, "more than %d domains",
		    DOMAINS_MAX);
	else if (!option_list_has(list, name.p)) {
		if (list->n == domains->capacity) {
			domains->capacity = domains->capacity * 2 + 8;
			list->items = mem_array(list->items,
			    domains->capacity, sizeof(*list->items));
		}
		list->items[list->n++] = buf_take(&name, NULL);
	}
	buf_free(&name);
	return result;
}

static int
add_recipients(struct domains *domains, struct err *err)
{
	struct recipients table;
	struct slice rest, before = SLICE_NONE;
	int result = recipients_open(&table, err);

	if (result < 0)
		return -1;
	rest = table.n > 0 ? slice_of(table.p, table.n) : SLICE_NONE;
	while (rest.p != NULL && result == 0) {
		struct slice line = slice_line(&rest);
		struct slice address = slice_cut(&line, '\t');

		while (slice_find(address, '@') < address.n)
			slice_cut(&address, '@');
		/* Neighbours are often of one domain. */
		if (address.n > 0 && !slice_equal(address, before))
			result = domains_add(domains, address, err);
		before = address;
	}
	recipients_close(&table);
	return result;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int
domains_read_home(struct domains *domains, const char *first, struct err *err)
{
	size_t kept;

	if (first != NULL && domains_add(domains, slice_text(first), err) < 0)
		return -1;
	kept = domains->list.n;
	if (add_recipients(domains, err) < 0)
		return -1;
	if (domains->list.n > kept)
		qsort(domains->list.items + kept, domains->list.n - kept,
		    sizeof(*domains->list.items), compare_names);
	return 0;
}

void
domains_free(struct domains *domains)
{
	for (size_t i = 0; i < domains->list.n; i++)
		free((char *)(uintptr_t)domains->list.items[i]);
	free(domains->list.items);
	*domains = (struct domains)DOMAINS_INIT;
}
