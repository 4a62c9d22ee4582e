/* SPDX-License-Identifier: ISC */
/* The register of providers. */
#include "ops/providers.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/document.h"
#include "base/home.h"
#include "base/installation.h"
#include "base/io.h"
#include "base/mem.h"

#define WHAT "register of providers"

static char *
take(struct provider *p, struct slice item, const char *name)
{
	struct buf text = BUF_INIT;

	if (json_string(json_get(item, name), &text) < 0 || text.n == 0) {
		buf_free(&text);
		if (p->lacks == NULL)
			p->lacks = mem_text(name);
		return mem_text("");
	}
	return buf_take(&text, NULL);
}

static void
add(struct providers *all, struct slice item)
{
	struct provider p = {.lacks = NULL};

	p.name = take(&p, item, "name");
	p.purpose = take(&p, item, "purpose");
	p.data = take(&p, item, "data");
	p.country = take(&p, item, "country");
	p.transfer = take(&p, item, "transfer");
	p.privacy = take(&p, item, "privacy");
	if (p.lacks == NULL &&
	    !slice_starts(slice_text(p.privacy), "https://"))
		p.lacks = mem_text("privacy");
	all->items = mem_array(all->items, all->n + 1, sizeof(*all->items));
	all->items[all->n++] = p;
}

int
providers_parse(struct providers *providers, struct slice text,
    const char *name, struct err *err)
{
	struct json_walk walk;
	struct slice list, item;

	*providers = (struct providers){.n = 0};
	if (document_check(text, name, WHAT, err) < 0)
		return -1;
	text = slice_trim(text);
	list = json_get(text, "providers");
	if (json_type(list) != JSON_ARRAY)
		return document_fault(
		    name, WHAT, "'providers' is no list", err);
	if (json_count(list) > PROVIDERS_MAX)
		return document_fault(name, WHAT, "it is too long", err);
	(void)clock_parse(json_plain(json_get(text, "reviewed")),
	    &providers->reviewed_ms);
	walk = json_walk(list);
	while (json_next(&walk, NULL, &item))
		add(providers, item);
	return 0;
}

int
providers_read(struct providers *providers, struct err *err)
{
	struct buf path = BUF_INIT, text = BUF_LIMITED((size_t)1 << 20);
	bool ours;
	int result = -1;

	*providers = (struct providers){.n = 0};
	ours = access(home_file(&path, "providers.json"), F_OK) == 0;
	if ((ours || installation_share(&path, "providers.json", err) == 0) &&
	    io_read_file(path.p, &text, err) == 0)
		result = providers_parse(
		    providers, buf_slice(&text), path.p, err);
	if (result == 0) {
		providers->path = mem_text(path.p);
		providers->is_ours = ours;
	}
	buf_free(&path);
	buf_free(&text);
	return result;
}

void
providers_text(const struct providers *providers, struct buf *out)
{
	char time[CLOCK_TEXT_SIZE];

	for (size_t i = 0; i < providers->n; i++) {
		const struct provider *p = &providers->items[i];

		buf_format(out, "%s: %s\n\tdata: %s\n\tin: %s; transfer: %s\n"
		    "\tprivacy: %s\n%s%s%s", p->name, p->purpose, p->data,
		    p->country, p->transfer, p->privacy,
		    p->lacks != NULL ? "\tlacks: " : "",
		    p->lacks != NULL ? p->lacks : "",
		    p->lacks != NULL ? "\n" : "");
	}
	buf_format(out, "%zu providers, reviewed %.10s (%s)\n", providers->n,
	    providers->reviewed_ms == 0
		? "never"
		: clock_rfc3339(providers->reviewed_ms, time),
	    providers->path);
}

void
providers_json(const struct providers *providers, struct buf *out)
{
	for (size_t i = 0; i < providers->n; i++) {
		const struct provider *p = &providers->items[i];
		struct json_writer w = JSON_WRITER(out);

		json_open_object(&w, NULL);
		json_put_text(&w, "name", p->name);
		json_put_text(&w, "purpose", p->purpose);
		json_put_text(&w, "data", p->data);
		json_put_text(&w, "country", p->country);
		json_put_text(&w, "transfer", p->transfer);
		json_put_text(&w, "privacy", p->privacy);
		if (p->lacks != NULL)
			json_put_text(&w, "lacks", p->lacks);
		json_close_object(&w);
		buf_append_char(out, '\n');
	}
}

void
providers_free(struct providers *providers)
{
	for (size_t i = 0; i < providers->n; i++) {
		struct provider *p = &providers->items[i];

		free(p->name);
		free(p->purpose);
		free(p->data);
		free(p->country);
		free(p->transfer);
		free(p->privacy);
		free(p->lacks);
	}
	free(providers->items);
	free(providers->path);
	*providers = (struct providers){.n = 0};
}
