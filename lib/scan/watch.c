/* SPDX-License-Identifier: ISC */
/* What this site watches for (watch.h). */
#include "watch.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "lookalike.h"

#define NAME_MAX_SIZE 256

void
watch_open(struct watch *w, const struct option_list *domains,
    const char *own, const struct option_list *names,
    const struct option_list *lists)
{
	*w = (struct watch){.domains = *domains, .names = *names,
	    .own = own, .lists_n = lists->n};
	w->lists = mem_array(NULL, lists->n + 1, sizeof(*w->lists));
	for (size_t i = 0; i < lists->n; i++)
		blocklist_init(&w->lists[i], lists->items[i]);
}

void
watch_close(struct watch *w)
{
	for (size_t i = 0; i < w->lists_n; i++)
		blocklist_free(&w->lists[i]);
	free(w->lists);
	w->lists = NULL;
	w->lists_n = 0;
}

static size_t
domains_n(const struct watch *w)
{
	return w->domains.n + (w->own != NULL);
}

static struct slice
domain_at(const struct watch *w, size_t i)
{
	return slice_text(i < w->domains.n ? w->domains.items[i] : w->own);
}

bool
watch_is_own(const struct watch *w, struct slice host)
{
	for (size_t i = 0; i < domains_n(w); i++) {
		struct slice domain = domain_at(w, i);

		if (slice_case_equal(host, domain) || (host.n > domain.n &&
		    host.p[host.n - domain.n - 1] == '.' &&
		    slice_case_equal(slice_part(host, host.n - domain.n,
		    host.n), domain)))
			return true;
	}
	return false;
}

bool
watch_is_lookalike(const struct watch *w, struct slice host,
    struct slice registrable, struct slice *which)
{
	if (watch_is_own(w, host))
		return false;
	for (size_t i = 0; i < domains_n(w); i++) {
		*which = domain_at(w, i);
		if (lookalike(host, registrable, *which))
			return true;
	}
	return false;
}

static bool
holds(struct slice text, struct slice part)
{
	for (size_t i = 0; i + part.n <= text.n; i++)
		if (slice_case_equal(slice_part(text, i, i + part.n), part))
			return true;
	return false;
}

bool
watch_is_name(const struct watch *w, struct slice name)
{
	name = slice_trim(slice_part(name, 0, NAME_MAX_SIZE));
	for (size_t i = 0; i < w->names.n; i++)
		if (slice_case_is(name, w->names.items[i]))
			return true;
	for (size_t i = 0; i < domains_n(w); i++)
		if (holds(name, domain_at(w, i)))
			return true;
	return false;
}

void
watch_mark(struct watch *w, struct urls *u)
{
	struct slice which;

	for (size_t i = 0; i < u->n; i++) {
		struct url *url = &u->items[i].url;

		for (size_t k = 0; k < w->lists_n; k++)
			if (blocklist_has(&w->lists[k], buf_slice(&url->host)))
				url->flags |= URL_BLOCKED;
		if (watch_is_lookalike(w, buf_slice(&url->host),
		    buf_slice(&url->registrable), &which))
			url->flags |= URL_LOOKALIKE;
	}
}
