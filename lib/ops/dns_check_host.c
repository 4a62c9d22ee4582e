/* SPDX-License-Identifier: ISC */
/* MX, addresses, PTR, TLSA and CAA: what is there against what shall be. */
#include <string.h>

#include "net/caa.h"
#include "net/dane.h"
#include "ops/dns_check_item.h"

#define CAA_CLIMB_MAX 10

/* A record of an answer as a web form has it; -1 where it is malformed. */
static int
format_record(enum dns_type type, const struct dns_record *r, struct buf *out)
{
	char text[IP_TEXT_SIZE];
	struct ip ip = {.size = type == DNS_A ? 4 : 16};
	struct tlsa tlsa;
	struct caa caa;

	switch (type) {
	case DNS_A:
	case DNS_AAAA:
		memcpy(ip.octets, r->data.p, ip.size);
		return buf_append_text(out, ip_text(&ip, text));
	case DNS_MX:
		return buf_format(out, "%u %.*s", r->preference,
		    SLICE_ARG(r->data));
	case DNS_TLSA:
		if (tlsa_parse(&tlsa, r->data) < 0)
			return -1;
		tlsa_text(&tlsa, out);
		return 0;
	case DNS_CAA:
		if (caa_parse(&caa, r->data) < 0)
			return -1;
		buf_format(out, "%u %.*s ", caa.flags, SLICE_ARG(caa.tag));
		return buf_append_slice(out, caa.value);
	default:
		return buf_append_slice(out, r->data);
	}
}

static bool
has_value(const struct dns_answer *answer, enum dns_type type,
    const char *value)
{
	struct buf text = BUF_INIT;
	bool found = false;

	for (size_t i = 0; i < answer->n && !found; i++) {
		buf_truncate(&text, 0);
		found = format_record(type, &answer->records[i], &text) ==
		    0 && slice_case_is(buf_slice(&text), value);
	}
	buf_free(&text);
	return found;
}

static bool
is_wanted(const struct dns_item *item, struct slice text)
{
	for (size_t i = 0; i < item->n; i++)
		if (item->wanted[i]->value != NULL &&
		    slice_case_is(text, item->wanted[i]->value))
			return true;
	return false;
}

static const char *
extra_why(const struct dns_item *item)
{
	switch (item->kind) {
	case PLAN_MX: return "mail goes there, too";
	case PLAN_TLSA: return "it fits no key of this host";
	case PLAN_PTR: return "the address has another name";
	case PLAN_CAA: return "it may issue, too";
	default: return "this host has no such address";
	}
}

static void
say_missing(struct checking *c, const struct dns_answer *answer)
{
	for (size_t i = 0; i < c->item.n; i++) {
		const struct dns_plan_record *r = c->item.wanted[i];

		if (!has_value(answer, c->item.type, r->value))
			checking_say(c, FINDING_MISSING, "%s (%s)", r->value,
			    r->why);
	}
}

static void
say_extra(struct checking *c, const struct dns_answer *answer)
{
	struct buf text = BUF_INIT, quoted = BUF_INIT;

	for (size_t i = 0; i < answer->n; i++) {
		buf_truncate(&text, 0);
		buf_truncate(&quoted, 0);
		if (format_record(c->item.type, &answer->records[i],
		    &text) < 0) {
			checking_say(c, FINDING_EXTRA,
			    "a malformed record");
		} else if (!is_wanted(&c->item, buf_slice(&text))) {
			checking_quote(buf_slice(&text), &quoted);
			checking_say(c, FINDING_EXTRA, "%s: %s", quoted.p,
			    extra_why(&c->item));
		}
	}
	buf_free(&text);
	buf_free(&quoted);
}

/* One MX of ours alone, with another number: that is no matter of where. */
static bool
differs_in_number(struct checking *c, const struct dns_answer *answer)
{
	struct slice want = slice_text(c->item.wanted[0]->value), host;
	int64_t number;

	if (c->item.n != 1 || answer->n != 1 ||
	    dns_plan_mx_parse(want, &number, &host) < 0 ||
	    !slice_case_equal(answer->records[0].data, host))
		return false;
	if (number != answer->records[0].preference)
		checking_say(c, FINDING_HINT, "the number is %u, not %lld; "
		    "with one host it means nothing",
		    answer->records[0].preference, (long long)number);
	return true;
}

static void
check_set(struct checking *c)
{
	struct dns_answer answer;

	if (!checking_ask(c, c->item.name, c->item.type, &answer))
		return;
	if (c->item.kind == PLAN_MX && differs_in_number(c, &answer)) {
		dns_answer_free(&answer);
		return;
	}
	say_missing(c, &answer);
	say_extra(c, &answer);
	dns_answer_free(&answer);
}

/* The records that count are those of the nearest name that has any (RFC
 * 8659, 3): those further up may do as well. */
static void
check_caa(struct checking *c)
{
	struct slice name = slice_text(c->item.name);
	struct buf owner = BUF_INIT;
	struct dns_answer answer = {.n = 0};

	for (int i = 0; i < CAA_CLIMB_MAX && name.n > 0; i++) {
		buf_truncate(&owner, 0);
		buf_append_slice(&owner, name);
		if (!checking_ask(c, owner.p, DNS_CAA, &answer))
			goto out;
		if (answer.n > 0)
			break;
		dns_answer_free(&answer);
		slice_cut(&name, '.');
	}
	say_missing(c, &answer);
	if (slice_is(name, c->item.name))
		say_extra(c, &answer);
out:
	dns_answer_free(&answer);
	buf_free(&owner);
}

void
checking_host(struct checking *c)
{
	if (c->item.kind == PLAN_CAA)
		check_caa(c);
	else
		check_set(c);
}

void
checking_mx_target(struct checking *c, const char *host)
{
	struct dns_answer answer;
	bool somewhere = false;
	struct buf quoted = BUF_INIT;

	if (!checking_ask(c, host, DNS_CNAME, &answer))
		return;
	if (answer.n > 0) {
		checking_quote(answer.records[0].data, &quoted);
		checking_say(c, FINDING_DIFFERENT, "an MX must not lead to an "
		    "alias (CNAME %s): give it addresses", quoted.p);
		buf_free(&quoted);
	}
	dns_answer_free(&answer);
	for (int i = 0; i < 2; i++) {
		if (!checking_ask(c, host, i == 0 ? DNS_A : DNS_AAAA, &answer))
			return;
		somewhere |= answer.n > 0;
		dns_answer_free(&answer);
	}
	if (!somewhere)
		checking_say(c, FINDING_MISSING, "mail goes to a host without "
		    "an address");
}
