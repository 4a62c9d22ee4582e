/* SPDX-License-Identifier: ISC */
/* The order of a probe, and what it knows before it asks. */
#include "ops/probe.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/mem.h"
#include "ops/probe_link.h"

static const struct service {
	const char *name;
	uint16_t port;
	enum probe_protocol protocol;
	bool tls_first;
} services[] = {{"smtp", 25, PROBE_SMTP, false},
    {"submission", 587, PROBE_SMTP, false},
    {"submissions", 465, PROBE_SMTP, true}, {"imap", 143, PROBE_IMAP, false},
    {"imaps", 993, PROBE_IMAP, true}, {"pop3", 110, PROBE_POP3, false},
    {"pop3s", 995, PROBE_POP3, true}, {"https", 443, PROBE_HTTP, true}};
#define SERVICES (sizeof(services) / sizeof(services[0]))

static const char *const state_texts[PROBE_STATES] = {
    "pass", "advice", "fail", "unknown", "skip"};

const char *
probe_state_text(enum probe_state state)
{
	return state_texts[state];
}

void
probe_say(struct probe *p, const char *check, enum probe_state state,
    const char *format, ...)
{
	char text[600];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	for (char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f)
			*c = '?';
	p->findings = mem_array(p->findings, p->n + 1, sizeof(*p->findings));
	p->findings[p->n++] =
	    (struct probe_finding){check, state, mem_text(text)};
}

const char *
probe_name(const struct probe *p)
{
	struct ip ip;

	return ip_parse(slice_text(p->conf->host), &ip) == 0 ? NULL
							     : p->conf->host;
}

const char *
probe_domain(const struct probe *p)
{
	return p->domain.n > 0 ? p->domain.p : p->conf->host;
}

void
probe_make_nobody(char out[PROBE_NOBODY_SIZE], const char *domain)
{
	unsigned char random[6];
	char hex[2 * sizeof(random) + 1];

	random_octets(random, sizeof(random));
	hex_encode(random, sizeof(random), hex);
	snprintf(out, PROBE_NOBODY_SIZE, "fe-probe-%s@%.250s", hex, domain);
}

/* As the service or else the port says; of no known port: mail. */
static const struct service *
find_service(const struct probe_conf *conf)
{
	for (size_t i = 0; i < SERVICES; i++)
		if (conf->service != NULL
			? strcmp(services[i].name, conf->service) == 0
			: services[i].port == conf->port)
			return &services[i];
	return &services[0];
}

bool
probe_takes_mail(const struct probe_conf *conf)
{
	return find_service(conf) == &services[0];
}

void
probe_open(struct probe *p, const struct probe_conf *conf, const struct ip *ip,
    struct dns *dns)
{
	const struct service *service = find_service(conf);

	*p = (struct probe){.conf = conf,
	    .dns = dns,
	    .ip = *ip,
	    .protocol = service->protocol,
	    .tls_first = service->tls_first,
	    .relays = probe_takes_mail(conf),
	    .greeting = BUF_INIT,
	    .features = BUF_INIT,
	    .chain = BUF_INIT,
	    .domain = BUF_INIT};
	if (conf->domain != NULL)
		buf_append_text(&p->domain, conf->domain);
}

uint16_t
probe_port(const char *service)
{
	for (size_t i = 0; i < SERVICES; i++)
		if (strcmp(services[i].name, service) == 0)
			return services[i].port;
	return 0;
}

/* Does the domain's MX lead here? */
static bool
is_mx(struct probe *p, struct slice domain)
{
	struct dns_answer answer;
	bool found = false;

	dns_ask(p->dns, domain, DNS_MX, 0, &answer);
	for (size_t i = 0; i < answer.n; i++)
		found |= slice_case_is(answer.records[i].data, p->conf->host);
	dns_answer_free(&answer);
	return found;
}

/* `example.org' of mx.example.org, if that is its MX, or the name itself. */
static void
find_domain(struct probe *p)
{
	struct slice host = slice_text(p->conf->host), parent = host;

	if (p->domain.n > 0 || p->dns == NULL || !p->relays)
		return;
	slice_cut(&parent, '.');
	if (is_mx(p, host))
		buf_append_slice(&p->domain, host);
	else if (parent.n > 0 && is_mx(p, parent))
		buf_append_slice(&p->domain, parent);
}

/* What it says before TLS, and whether TLS can be had. */
static int
look(struct probe *p, struct err *err)
{
	struct probe_link l;
	struct probe_reply reply;
	const char *word = p->protocol == PROBE_POP3 ? "STLS" : "STARTTLS";

	if (link_open(&l, p, true, err) < 0)
		return -1;
	if (p->protocol == PROBE_HTTP) {
		link_drop(&l);
		return 0;
	}
	buf_append_slice(&p->greeting, slice_part(buf_slice(&l.in), 0, l.used));
	if (link_hello(&l, &reply, err) < 0) {
		link_drop(&l);
		return -1;
	}
	if (reply.code < 400)
		buf_append_slice(&p->features, reply.text);
	p->starttls =
	    !p->tls_first && link_has_feature(buf_slice(&p->features), word);
	link_close(&l);
	return 0;
}

int
probe_run(struct probe *p, struct err *err)
{
	char text[IP_TEXT_SIZE];

	if (look(p, err) < 0)
		return -1;
	probe_say(p, "connect", PROBE_PASS, "%s port %u answers",
	    ip_text(&p->ip, text), p->conf->port);
	find_domain(p);
	probe_tls(p);
	probe_certificate(p);
	probe_dane(p);
	probe_injection(p);
	if (p->protocol == PROBE_SMTP) {
		probe_relay(p);
		probe_smuggling(p);
	}
	if (p->protocol != PROBE_HTTP)
		probe_leaks(p);
	if (p->protocol != PROBE_HTTP && !p->relays)
		probe_accounts(p);
	if (p->relays && !p->conf->again)
		probe_mta_sts(p);
	return 0;
}

int
probe_check_up(struct probe *p, struct err *err)
{
	struct tls_client_conf conf = {.host = probe_name(p)};
	struct probe_link l;
	struct probe_reply reply;
	int result = -1;

	if (look(p, err) < 0)
		return -1;
	if (!p->tls_first && !p->starttls)
		return err_set(err, ERR_MESSAGE, "TLS is not offered");
	if (link_open(&l, p, !p->tls_first, err) < 0)
		return -1;
	if (link_starttls(&l, err) == 0 && link_tls(&l, &conf, err) == 0) {
		tls_client_chain(l.tls, &p->chain);
		result = probe_judge_certificate(p, err);
	}
	if (result == 0 && p->protocol != PROBE_HTTP && !p->tls_first)
		result = link_hello(&l, &reply, err);
	link_drop(&l);
	return result;
}

void
probe_close(struct probe *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->findings[i].text);
	free(p->findings);
	buf_free(&p->greeting);
	buf_free(&p->features);
	buf_free(&p->chain);
	buf_free(&p->domain);
	dns_answer_free(&p->tlsa);
}
