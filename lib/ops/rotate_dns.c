/* SPDX-License-Identifier: ISC */
/* Records of keys in DNS, by what `fe-dns check' knows. */
#include "ops/rotate_dns.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ops/dns_check.h"

struct rotate_dns {
	struct dns *dns;
	struct dns_servers servers;
	struct authorities authorities;
};

int
rotate_dns_open(struct rotation *r, struct err *err)
{
	const struct rotate_conf *conf = r->conf;
	struct rotate_dns *d;
	struct dns_conf dns = {.zone_file = conf->dns_zone,
	    .timeout_ms = conf->dns_timeout * 1000,
	    .local_zones_asked = true,
	    .require_landlock = conf->cmd.sandbox == 1};

	if (r->dns != NULL || conf->no_dns || conf->force)
		return 0;
	r->dns = d = mem_zalloc(sizeof(*d));
	d->servers = (struct dns_servers){.zone = ""};
	if (dns_servers_read(&d->servers, &conf->dns_server, err) < 0)
		return -1;
	if (d->servers.n > 0)
		dns.servers = &d->servers;
	d->dns = dns_open(&dns, err);
	if (d->dns == NULL)
		return -1;
	authorities_init(&d->authorities, d->dns, conf->dns_zone == NULL &&
	    !conf->resolver && d->servers.n == 0, conf->dns_timeout * 1000,
	    conf->cmd.sandbox == 1);
	return 0;
}

void
rotate_dns_close(struct rotation *r)
{
	if (r->dns == NULL)
		return;
	if (r->dns->dns != NULL)
		authorities_free(&r->dns->authorities);
	dns_close(r->dns->dns);
	free(r->dns);
	r->dns = NULL;
}

/* What is in the way of a DKIM record makes it useless; beside a TLSA record
 * others may stand. */
static enum rotate_dns_answer
judge(const struct rotate_dns_question *q, const struct findings *findings,
    struct buf *why)
{
	enum rotate_dns_answer answer = ROTATE_DNS_THERE;

	for (size_t i = 0; i < findings->n; i++) {
		const struct finding *f = &findings->items[i];
		bool counts = f->kind == FINDING_MISSING ||
		    f->kind == FINDING_DIFFERENT ||
		    (f->kind == FINDING_EXTRA && q->kind != PLAN_TLSA);

		if (answer == ROTATE_DNS_MISSING ||
		    (!counts && f->kind != FINDING_UNKNOWN))
			continue;
		answer = counts ? ROTATE_DNS_MISSING : ROTATE_DNS_UNKNOWN;
		buf_truncate(why, 0);
		buf_append_text(why, f->text);
	}
	return answer;
}

int
rotate_dns_ask(struct rotation *r, const struct rotate_dns_question *question,
    enum rotate_dns_answer *answer, struct buf *why, struct err *err)
{
	struct dns_plan_record record = {.kind = question->kind,
	    .type = question->type,
	    .name = (char *)(uintptr_t)question->name,
	    .value = (char *)(uintptr_t)question->value, .why = "wanted"};
	const struct dns_plan plan = {.records = &record, .n = 1};
	const struct dns_plan_conf conf = {.host = ""};
	struct findings findings = FINDINGS_INIT;

	buf_truncate(why, 0);
	*answer = question->value != NULL ? ROTATE_DNS_THERE :
	    ROTATE_DNS_MISSING;
	if (r->conf->no_dns || r->conf->force)
		return 0;
	if (rotate_dns_open(r, err) < 0 || r->dns->dns == NULL ||
	    authorities_find(&r->dns->authorities, slice_text(question->name),
	    err) < 0)
		return -1;
	dns_check(&plan, &conf, &r->dns->authorities, &findings);
	*answer = judge(question, &findings, why);
	/* of what shall not be there, the other way round */
	if (question->value == NULL && *answer != ROTATE_DNS_UNKNOWN)
		*answer = *answer == ROTATE_DNS_THERE ? ROTATE_DNS_MISSING :
		    ROTATE_DNS_THERE;
	findings_free(&findings);
	return 0;
}
