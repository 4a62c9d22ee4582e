/* SPDX-License-Identifier: ISC */
/*
 * Walks the plan, item by item and server by server; what all servers of a
 * zone have alike is one finding.
 */
#include "ops/dns_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ops/dns_check_item.h"

#define QUOTED_MAX 300
#define TEXT_MAX 2048
#define FAILURES_MAX 2

const char *
finding_kind_text(enum finding_kind kind)
{
	static const char *const texts[] = {"missing", "different", "extra",
	    "unknown", "hint"};

	return texts[kind];
}

void
findings_free(struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++) {
		free(findings->items[i].name);
		free(findings->items[i].text);
		buf_free(&findings->items[i].servers);
	}
	free(findings->items);
	*findings = (struct findings)FINDINGS_INIT;
}

void
checking_quote(struct slice octets, struct buf *out)
{
	buf_append_char(out, '\'');
	for (size_t i = 0; i < octets.n && i < QUOTED_MAX; i++) {
		unsigned char c = (unsigned char)octets.p[i];

		if (c < 0x20 || c > 0x7e)
			buf_format(out, "\\%03u", c);
		else
			buf_append_char(out, (char)c);
	}
	buf_append_text(out, octets.n > QUOTED_MAX ? "...'" : "'");
}

static struct finding *
find_finding(struct findings *all, enum finding_kind kind, const char *name,
    enum dns_type type, const char *text)
{
	for (size_t i = 0; i < all->n; i++) {
		struct finding *f = &all->items[i];

		if (f->kind == kind && f->type == type &&
		    strcmp(f->name, name) == 0 && strcmp(f->text, text) == 0)
			return f;
	}
	return NULL;
}

static void
add_finding(struct findings *all, enum finding_kind kind, const char *name,
    enum dns_type type, const char *text, const char *server)
{
	struct finding *f = find_finding(all, kind, name, type, text);

	if (f == NULL) {
		if (all->n == FINDINGS_MAX)
			return;
		all->items = mem_array(all->items, all->n + 1,
		    sizeof(*all->items));
		f = &all->items[all->n++];
		*f = (struct finding){kind, mem_text(name), type,
		    mem_text(text), BUF_INIT, 0};
	}
	f->views++;
	if (server != NULL)
		buf_format(&f->servers, "%s%s", f->servers.n > 0 ? ", " : "",
		    server);
}

void
checking_say(struct checking *c, enum finding_kind kind, const char *format,
    ...)
{
	char text[TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	add_finding(c->out, kind, c->item.name, c->item.type, text,
	    c->view->server);
}

bool
checking_ask(struct checking *c, const char *name, enum dns_type type,
    struct dns_answer *answer)
{
	dns_ask(c->view->dns, slice_text(name), type, 0, answer);
	if (answer->status != DNS_TEMPERROR && answer->status != DNS_OFF) {
		c->view->answers++;
		return true;
	}
	c->view->failures++;
	checking_say(c, FINDING_UNKNOWN, "no answer for %s %s",
	    dns_plan_type_text(type), name);
	return false;
}

/* The rest would wait as long. */
static bool
gave_up(const struct dns_view *view)
{
	return view->answers == 0 && view->failures >= FAILURES_MAX;
}

/* A finding that every server of the zone has alike needs no names. */
static void
forget_servers(struct findings *all, size_t from, size_t views)
{
	for (size_t i = from; i < all->n; i++)
		if (all->items[i].views == views)
			buf_reset(&all->items[i].servers);
}

static void
look(struct checking *c, struct authorities *authorities,
    const char *host)
{
	struct dns_views *views = authorities_of(authorities,
	    slice_text(c->item.name));
	size_t from = c->out->n, asked = 0;

	for (size_t i = 0; i < views->n; i++) {
		c->view = &views->items[i];
		if (c->view->dns == NULL || gave_up(c->view))
			continue;
		asked++;
		if (host != NULL)
			checking_mx_target(c, host);
		else if (c->item.type == DNS_TXT ||
		    c->item.kind == PLAN_MTA_STS)
			checking_text(c);
		else
			checking_host(c);
	}
	forget_servers(c->out, from, asked);
}

static bool
begins_item(const struct dns_plan *plan, size_t i)
{
	const struct dns_plan_record *r = &plan->records[i];

	for (size_t j = 0; j < i; j++)
		if (plan->records[j].type == r->type &&
		    plan->records[j].kind == r->kind &&
		    strcmp(plan->records[j].name, r->name) == 0)
			return false;
	return true;
}

static void
make_item(const struct dns_plan *plan, size_t first, struct dns_item *item)
{
	const struct dns_plan_record *r = &plan->records[first];

	*item = (struct dns_item){.kind = r->kind, .type = r->type,
	    .name = r->name};
	for (size_t i = first; i < plan->n && item->n < CHECK_WANTED_MAX; i++)
		if (plan->records[i].kind == r->kind &&
		    plan->records[i].type == r->type &&
		    strcmp(plan->records[i].name, r->name) == 0)
			item->wanted[item->n++] = &plan->records[i];
}

/* All questions at once; the answers come while the first is looked at. */
static void
ask_ahead(const struct dns_plan *plan, struct authorities *authorities)
{
	for (size_t i = 0; i < plan->n; i++) {
		struct slice name = slice_text(plan->records[i].name);
		const struct dns_views *views = authorities_of(authorities,
		    name);

		for (size_t j = 0; j < views->n; j++)
			if (views->items[j].dns != NULL)
				dns_prefetch(views->items[j].dns, name,
				    plan->records[i].type);
	}
}

static void
say_dead(struct authorities *authorities, struct findings *out)
{
	for (size_t i = 0; i < authorities->n; i++) {
		const struct dns_views *zone = &authorities->zones[i];

		for (size_t j = 0; j < zone->n; j++)
			if (zone->items[j].dns == NULL) {
				struct buf text = BUF_INIT;

				buf_format(&text, "the name server %s does "
				    "not answer", zone->items[j].server);
				add_finding(out, FINDING_UNKNOWN, zone->zone,
				    DNS_NS, text.p, NULL);
				buf_free(&text);
			}
	}
}

/* The hosts of all MX records, each once. */
static void
check_targets(struct checking *c, struct authorities *authorities)
{
	for (size_t i = 0; i < c->plan->n; i++) {
		const struct dns_plan_record *r = &c->plan->records[i];
		const char *host = r->value != NULL ? strchr(r->value, ' ') :
		    NULL;
		bool seen = false;

		if (r->kind != PLAN_MX || host == NULL)
			continue;
		host++;
		for (size_t j = 0; j < i; j++)
			seen |= c->plan->records[j].kind == PLAN_MX &&
			    strcmp(strchr(c->plan->records[j].value, ' ') + 1,
				host) == 0;
		if (!seen) {
			c->item = (struct dns_item){.kind = PLAN_MX,
			    .type = DNS_A, .name = host};
			look(c, authorities, host);
		}
	}
}

void
dns_check(const struct dns_plan *plan, const struct dns_plan_conf *conf,
    struct authorities *authorities, struct findings *out)
{
	struct checking c = {.plan = plan, .conf = conf, .out = out};

	say_dead(authorities, out);
	ask_ahead(plan, authorities);
	for (size_t i = 0; i < plan->n; i++) {
		if (!begins_item(plan, i))
			continue;
		make_item(plan, i, &c.item);
		look(&c, authorities, NULL);
	}
	check_targets(&c, authorities);
}
