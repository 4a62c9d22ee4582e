/* SPDX-License-Identifier: ISC */
/* From the name that was given to the addresses that are looked at. */
#include "ops/probe_target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

/* A datagram socket says so without a packet. */
static bool
has_route(const struct ip *ip, uint16_t port)
{
	struct sockaddr_storage address;
	socklen_t n = ip_to_sockaddr(ip, port, &address);
	int fd = socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool found = fd >= 0 &&
	    connect(fd, (const struct sockaddr *)&address, n) == 0;

	if (fd >= 0)
		close(fd);
	return found;
}

static struct probe_target *
add(struct probe_targets *targets, struct slice host)
{
	struct probe_target *one;

	if (targets->n == PROBE_TARGETS_MAX) {
		targets->cut = true;
		return NULL;
	}
	targets->items = mem_array(
	    targets->items, targets->n + 1, sizeof(*targets->items));
	one = &targets->items[targets->n++];
	*one = (struct probe_target){.host = mem_dup(host.p, host.n)};
	return one;
}

static void
add_ip(struct probe_targets *targets, struct slice host, const struct ip *ip,
    uint16_t port)
{
	size_t before = targets->n;
	struct probe_target *one = add(targets, host);

	if (one == NULL)
		return;
	one->ip = *ip;
	one->has_route = has_route(ip, port);
	one->first = before == 0 ||
	    strcmp(targets->items[before - 1].host, one->host) != 0;
}

/* All addresses of a type: how many, or -1 where nobody answers. */
static int
add_type(struct probe_targets *targets, struct slice host, uint16_t port,
    struct dns *dns, enum dns_type type)
{
	struct dns_answer answer;
	int n;

	dns_ask(dns, host, type, 0, &answer);
	n = answer.status == DNS_TEMPERROR ? -1 : (int)answer.n;
	for (size_t i = 0; i < answer.n; i++) {
		struct ip ip = {.size = type == DNS_A ? 4 : 16};

		memcpy(ip.octets, answer.records[i].data.p, ip.size);
		add_ip(targets, host, &ip, port);
	}
	dns_answer_free(&answer);
	return n;
}

static int
add_host(struct probe_targets *targets, struct slice host, uint16_t port,
    struct dns *dns, struct err *err)
{
	int four = add_type(targets, host, port, dns, DNS_A);
	int six = add_type(targets, host, port, dns, DNS_AAAA);

	if (four > 0 || six > 0)
		return 0;
	if (four < 0 || six < 0)
		return err_set(err, ERR_SYSTEM, "nobody answers for the "
		    "address of '%.*s' in DNS", SLICE_ARG(host));
	return err_set(err, ERR_SYSTEM, "'%.*s' has no address in DNS",
	    SLICE_ARG(host));
}

/* 1: MX records tell who takes the mail; 0: there are none. */
static int
follow_mx(struct probe_targets *targets, const struct probe_conf *conf,
    struct dns *dns, struct err *err)
{
	struct dns_answer answer;
	int result;

	dns_ask(dns, slice_text(conf->host), DNS_MX, 0, &answer);
	result = answer.n > 0;
	if (answer.n == 1 && answer.records[0].data.n == 0) /* RFC 7505 */
		result = err_set(err, ERR_SYSTEM, "'%s' takes no mail: its MX "
		    "record says so", conf->host);
	for (size_t i = 0; result > 0 && i < answer.n; i++) {
		struct slice host = answer.records[i].data;
		struct err fault = ERR_INIT;
		struct probe_target *one;

		if (add_host(targets, host, conf->port, dns, &fault) < 0 &&
		    (one = add(targets, host)) != NULL)
			one->fault = mem_text(fault.text);
	}
	dns_answer_free(&answer);
	return result;
}

int
probe_targets_find(struct probe_targets *targets,
    const struct probe_conf *conf, struct dns *dns, struct err *err)
{
	const char *literal =
	    conf->address != NULL ? conf->address : conf->host;
	struct slice host = slice_text(conf->host);
	struct ip ip;
	int result;

	*targets = (struct probe_targets){.n = 0};
	if (ip_parse(slice_text(literal), &ip) == 0) {
		add_ip(targets, host, &ip, conf->port);
		return 0;
	}
	if (conf->address != NULL)
		return err_set(err, ERR_USAGE,
		    "--address: '%s' is no IP address", literal);
	if (strcmp(literal, "localhost") == 0) { /* RFC 6761, 6.3 */
		(void)ip_parse(SLICE("127.0.0.1"), &ip);
		add_ip(targets, host, &ip, conf->port);
		return 0;
	}
	if (dns == NULL)
		return err_set(err, ERR_USAGE, "without DNS there must be an "
		    "IP address, or --address");
	if (probe_takes_mail(conf) && conf->domain == NULL) {
		result = follow_mx(targets, conf, dns, err);
		targets->by_mx = result > 0;
		if (result != 0)
			return result < 0 ? -1 : 0;
	}
	return add_host(targets, host, conf->port, dns, err);
}

const char *
probe_target_hindrance(const struct probe_target *target)
{
	if (target->fault != NULL)
		return target->fault;
	return target->has_route ? NULL : "there is no way to it from here";
}

void
probe_targets_free(struct probe_targets *targets)
{
	for (size_t i = 0; i < targets->n; i++) {
		free(targets->items[i].host);
		free(targets->items[i].fault);
	}
	free(targets->items);
	*targets = (struct probe_targets){.n = 0};
}
