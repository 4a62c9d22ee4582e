/* SPDX-License-Identifier: ISC */
/*
 * Exemptions of fe-limit.
 */
#include "limit_exempt.h"

#include <stdlib.h>

#include "base/mem.h"

static int
add(struct limit_exempt *e, const char *text, struct err *err)
{
	struct slice item = slice_text(text);

	if (slice_is(item, "user")) {
		e->user = true;
		return 0;
	}
	if (slice_starts(item, "from:@") || slice_starts(item, "to:@") ||
	    ((slice_starts(item, "from:") || slice_starts(item, "to:")) &&
		slice_find(item, '@') < item.n)) {
		struct slice address = item;
		struct slice kind = slice_cut(&address, ':');

		if (slice_is(kind, "from"))
			e->from[e->from_n++] = address;
		else
			e->to[e->to_n++] = address;
		return 0;
	}
	if (network_parse(item, &e->networks[e->networks_n]) == 0) {
		e->networks_n++;
		return 0;
	}
	return err_set(err, ERR_CONFIG, "'%s' is no network, 'from:ADDRESS', "
	    "'from:@DOMAIN', 'to:...' or 'user'", text);
}

int
limit_exempt_check(const char *text, struct err *err)
{
	struct network network;
	struct slice from, to;
	struct limit_exempt e = {.networks = &network, .from = &from,
	    .to = &to};

	return add(&e, text, err);
}

int
limit_exempt_read(struct limit_exempt *e, const struct option_list *list,
    const struct option_list *networks, struct err *err)
{
	size_t n = list->n + networks->n + 1;

	*e = (struct limit_exempt){
	    .networks = mem_zalloc(n * sizeof(*e->networks)),
	    .from = mem_zalloc(n * sizeof(*e->from)),
	    .to = mem_zalloc(n * sizeof(*e->to))};
	for (size_t i = 0; i < list->n; i++)
		if (add(e, list->items[i], err) < 0)
			return -1;
	for (size_t i = 0; i < networks->n; i++)
		if (network_parse(slice_text(networks->items[i]),
			&e->networks[e->networks_n++]) < 0)
			return network_check(networks->items[i], err);
	return 0;
}

void
limit_exempt_free(struct limit_exempt *e)
{
	free(e->networks);
	free(e->from);
	free(e->to);
}

/* The address itself, or its domain as `@DOMAIN'. */
static bool
is_listed(const struct slice *list, size_t n, struct slice address)
{
	for (size_t i = 0; i < n; i++) {
		struct slice item = list[i];

		if (item.p[0] != '@' ? slice_case_equal(address, item)
		    : address.n > item.n && slice_case_equal(item,
			  slice_part(address, address.n - item.n, address.n)))
			return true;
	}
	return false;
}

static bool
string_is_listed(const struct slice *list, size_t n, struct slice value)
{
	struct buf text = BUF_LIMITED(META_ENVELOPE_MAX);
	bool listed = n > 0 && json_string(value, &text) == 0 &&
	    is_listed(list, n, buf_slice(&text));

	buf_free(&text);
	return listed;
}

static bool
all_recipients(const struct limit_exempt *e, const struct meta *meta)
{
	struct json_walk walk = json_walk(meta_at(meta, "envelope.to"));
	struct slice item;
	size_t n = 0;

	if (e->to_n == 0)
		return false;
	for (; json_next(&walk, NULL, &item); n++)
		if (!string_is_listed(
			e->to, e->to_n, json_get(item, "address")))
			return false;
	return n > 0;
}

bool
limit_exempt_has(const struct limit_exempt *e, const struct meta *meta,
    struct slice text)
{
	struct ip ip;

	if (e->user && json_type(meta_at(meta, "client.user")) == JSON_STRING)
		return true;
	if (text.p == NULL)
		text = json_plain(meta_at(meta, "client.ip"));
	if (e->networks_n > 0 && text.p != NULL && ip_parse(text, &ip) == 0)
		for (size_t i = 0; i < e->networks_n; i++)
			if (network_has(&e->networks[i], &ip))
				return true;
	return string_is_listed(e->from, e->from_n,
		   meta_at(meta, "envelope.from")) ||
	    all_recipients(e, meta);
}
