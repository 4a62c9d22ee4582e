/* SPDX-License-Identifier: ISC */
/* Reverse, then forwards: a reverse zone may claim any name for itself. */
#include "auth/iprev.h"

void
iprev_reverse_name(const struct ip *ip, struct buf *out)
{
	if (ip->size == 4) {
		buf_format(out, "%u.%u.%u.%u.in-addr.arpa", ip->octets[3],
		    ip->octets[2], ip->octets[1], ip->octets[0]);
		return;
	}
	for (size_t i = 16; i-- > 0;)
		buf_format(out, "%x.%x.", ip->octets[i] & 15u,
		    ip->octets[i] >> 4);
	buf_append_text(out, "ip6.arpa");
}

enum auth_result
iprev_confirm(struct auth_context *ctx, const char *check,
    const struct ip *ip, struct slice name)
{
	struct dns_answer answer;
	enum auth_result result = AUTH_FAIL;

	auth_ask(ctx, check, name, ip->size == 4 ? DNS_A : DNS_AAAA, &answer);
	if (answer.status == DNS_TEMPERROR)
		result = AUTH_TEMPERROR;
	for (size_t i = 0; i < answer.n; i++)
		if (slice_equal(answer.records[i].data,
		    slice_of(ip->octets, ip->size)))
			result = AUTH_PASS;
	dns_answer_free(&answer);
	return result;
}

static void
check_names(struct auth_context *ctx, const struct ip *ip,
    const struct dns_answer *answer, struct iprev_result *out)
{
	out->result = AUTH_FAIL;
	buf_append_slice(&out->name, answer->records[0].data);
	for (size_t i = 0; i < answer->n && i < IPREV_NAMES_MAX; i++) {
		struct slice name = answer->records[i].data;
		enum auth_result one = iprev_confirm(ctx, "iprev", ip, name);

		if (one == AUTH_PASS) {
			buf_reset(&out->name);
			buf_append_slice(&out->name, name);
			out->result = AUTH_PASS;
			return;
		}
		if (one == AUTH_TEMPERROR)
			out->result = AUTH_TEMPERROR;
	}
}

void
iprev_check(struct auth_context *ctx, const struct ip *ip,
    struct iprev_result *out)
{
	struct buf name = BUF_INIT;
	struct dns_answer answer;

	*out = (struct iprev_result){.result = AUTH_NONE, .name = BUF_INIT};
	if (ip->size == 0)
		return;
	iprev_reverse_name(ip, &name);
	auth_ask(ctx, "iprev", buf_slice(&name), DNS_PTR, &answer);
	if (answer.status == DNS_FOUND)
		check_names(ctx, ip, &answer, out);
	else if (answer.status == DNS_TEMPERROR)
		out->result = AUTH_TEMPERROR;
	else if (answer.status != DNS_OFF)
		out->result = AUTH_PERMERROR;
	dns_answer_free(&answer);
	buf_free(&name);
}

void
iprev_result_free(struct iprev_result *r)
{
	buf_free(&r->name);
}
