/* SPDX-License-Identifier: ISC */
/* What this site watches for (watch.h). */
#include "watch.h"

#include <stdlib.h>
#include <string.h>

#include "auth/domain.h"
#include "base/mem.h"
#include "lookalike.h"

#define NAME_MAX_SIZE 256

int
watch_check_name(const char *name, struct err *err)
{
	return slice_trim(slice_text(name)).n > 0 ? 0
	    : err_set(err, ERR_USAGE, "'%s' is no name", name);
}

/* One that is no name was refused before, and is passed over here. */
static void
add_domain(struct watch *w, const char *text)
{
	struct buf *domain = &w->domains[w->domains_n];

	*domain = (struct buf)BUF_INIT;
	if (domain_to_ascii(slice_text(text), domain) == 0)
		w->domains_n++;
	else
		buf_free(domain);
}

void
watch_open(struct watch *w, const struct option_list *domains,
    const char *own, const struct option_list *names,
    const struct option_list *lists)
{
	*w = (struct watch){.names = *names, .lists_n = lists->n};
	w->domains = mem_array(NULL, domains->n + 1, sizeof(*w->domains));
	for (size_t i = 0; i < domains->n; i++)
		add_domain(w, domains->items[i]);
	if (own != NULL)
		add_domain(w, own);
	w->lists = mem_array(NULL, lists->n + 1, sizeof(*w->lists));
	for (size_t i = 0; i < lists->n; i++)
		blocklist_init(&w->lists[i], lists->items[i]);
}

void
watch_close(struct watch *w)
{
	for (size_t i = 0; i < w->domains_n; i++)
		buf_free(&w->domains[i]);
	for (size_t i = 0; i < w->lists_n; i++)
		blocklist_free(&w->lists[i]);
	free(w->domains);
	free(w->lists);
	w->domains = NULL;
	w->lists = NULL;
	w->domains_n = w->lists_n = 0;
}

bool
watch_is_own(const struct watch *w, struct slice host)
{
	for (size_t i = 0; i < w->domains_n; i++)
		if (domain_is_within(host, buf_slice(&w->domains[i])))
			return true;
	return false;
}

bool
watch_is_lookalike(const struct watch *w, struct slice host,
    struct slice registrable, struct slice *which)
{
	if (watch_is_own(w, host))
		return false;
	for (size_t i = 0; i < w->domains_n; i++) {
		*which = buf_slice(&w->domains[i]);
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
	for (size_t i = 0; i < w->domains_n; i++)
		if (holds(name, buf_slice(&w->domains[i])))
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
