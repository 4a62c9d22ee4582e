/* SPDX-License-Identifier: ISC */
/* Opening and closing, and the plan shown. */
#include "ops/dns_desk.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/domain.h"
#include "base/mem.h"
#include "base/sandbox.h"
#include "ops/dns_plan_print.h"

/* ---- the host ---- */

static int
read_name(const char *text, struct buf *name, struct err *err)
{
	return domain_to_ascii(slice_text(text), name) == 0 ? 0 :
	    domain_check(text, err);
}

static int
read_host(struct dns_desk *desk, struct err *err)
{
	struct dns_plan_conf *plan = &desk->conf->plan;
	char system[256] = "";

	if (desk->conf->hostname == NULL &&
	    gethostname(system, sizeof(system) - 1) < 0)
		return err_errno(err, "cannot find the host name");
	if (read_name(desk->conf->hostname != NULL ? desk->conf->hostname :
	    system, &desk->host, err) < 0)
		return -1;
	plan->host = desk->host.p;
	if (plan->mta_sts_host == NULL)
		return 0;
	if (read_name(plan->mta_sts_host, &desk->web_host, err) < 0)
		return -1;
	plan->mta_sts_host = desk->web_host.p;
	return 0;
}

void
dns_desk_add_address(struct dns_desk *desk, const struct ip *ip)
{
	struct option_list *list = &desk->conf->plan.addresses;
	char text[IP_TEXT_SIZE];

	if (list->n < sizeof(desk->addresses) / sizeof(desk->addresses[0]))
		desk->addresses[list->n++] = mem_text(ip_text(ip, text));
}

/* Those of the settings, else of the interfaces. */
static void
find_addresses(struct dns_desk *desk)
{
	struct option_list *list = &desk->conf->plan.addresses;
	struct ip found[INTERFACE_ADDRESSES_MAX];
	size_t n;

	if (list->n > 0)
		return;
	list->items = desk->addresses;
	n = interface_addresses(found);
	for (size_t i = 0; i < n; i++)
		dns_desk_add_address(desk, &found[i]);
}

/* ---- the domains ---- */

static int
read_domains(struct dns_desk *desk, char **words, int n, struct err *err)
{
	for (int i = 0; i < n; i++) {
		/* a verb mistyped, rather than a domain for mail */
		if (strpbrk(words[i], ". ") == NULL)
			return err_set(err, ERR_USAGE, "'%s' is neither check "
			    "nor mta-sts, nor a domain", words[i]);
		if (domains_add(&desk->domains, slice_text(words[i]),
		    err) < 0)
			return -1;
	}
	desk->only = desk->domains.list;
	desk->conf->plan.all_keys = desk->only.n == 0;
	if (desk->only.n == 0 && domains_read_home(&desk->domains,
	    desk->conf->domain, err) < 0)
		return -1;
	if (desk->domains.list.n == 0)
		return err_set(err, ERR_USAGE, "no domain: neither typed, nor "
		    "in fe.conf, nor of an account");
	desk->conf->plan.domains = desk->domains.list;
	return 0;
}

int
dns_desk_open(struct dns_desk *desk, struct dns_desk_conf *conf, char **words,
    int n, struct err *err)
{
	*desk = (struct dns_desk){.conf = conf, .domains = DOMAINS_INIT,
	    .host = BUF_LIMITED(DOMAIN_SIZE_MAX),
	    .web_host = BUF_LIMITED(DOMAIN_SIZE_MAX), .plan = PLAN_INIT};
	if (read_host(desk, err) < 0 ||
	    read_domains(desk, words, n, err) < 0)
		return -1;
	find_addresses(desk);
	return 0;
}

void
dns_desk_close(struct dns_desk *desk)
{
	authorities_free(&desk->authorities);
	dns_close(desk->dns);
	dns_plan_free(&desk->plan);
	domains_free(&desk->domains);
	if (desk->conf->plan.addresses.items == desk->addresses)
		for (size_t i = 0; i < desk->conf->plan.addresses.n; i++)
			free((char *)(uintptr_t)desk->addresses[i]);
	buf_free(&desk->host);
	buf_free(&desk->web_host);
}

/* ---- show ---- */

int
dns_desk_show(struct dns_desk *desk, struct err *err)
{
	struct buf out = BUF_INIT;
	int result;

	if (dns_plan_make(&desk->plan, &desk->conf->plan, err) < 0 ||
	    sandbox_enter(SANDBOX_STDIO, NULL, 0,
	    desk->conf->cmd.sandbox == 1, err) < 0)
		return -1;
	dns_plan_print(&desk->plan, (enum dns_plan_form)desk->conf->output,
	    &desk->only, desk->conf->ttl, &out);
	result = cmd_put(&out, err);
	buf_free(&out);
	return result < 0 ? -1 : EXIT_DONE;
}
