/* SPDX-License-Identifier: ISC */
/* TXT records: whether they can be read, and whether they mean the same. */
#include <string.h>

#include "auth/dkim_key.h"
#include "auth/dmarc_record.h"
#include "auth/spf.h"
#include "auth/spf_record.h"
#include "auth/tag_list.h"
#include "base/clock.h"
#include "mail/encoding.h"
#include "net/mta_sts.h"
#include "net/tlsrpt.h"
#include "ops/dns_check_item.h"

#define SPF_TIME_MS 20000

static bool
is_any(struct slice text)
{
	(void)text;
	return true;
}

/* The record of its sort: 1 and *found (first), 0 none, 2 more than one. */
static int
find_one(const struct dns_answer *answer, bool (*is_one)(struct slice),
    struct slice *found)
{
	int n = 0;

	for (size_t i = 0; i < answer->n && n < 2; i++)
		if (is_one(answer->records[i].data) && n++ == 0)
			*found = answer->records[i].data;
	return n;
}

static void
say_differs(struct checking *c, struct slice text, const char *why)
{
	struct buf quoted = BUF_INIT;

	checking_quote(text, &quoted);
	checking_say(c, FINDING_DIFFERENT, "%s: %s", quoted.p, why);
	buf_free(&quoted);
}

static void
say_should_be(struct checking *c, struct slice text)
{
	struct buf quoted = BUF_INIT;

	checking_quote(text, &quoted);
	checking_say(c, FINDING_DIFFERENT, "%s should be '%s'", quoted.p,
	    c->item.wanted[0]->value);
	buf_free(&quoted);
}

static void
say_missing(struct checking *c)
{
	const struct dns_plan_record *r = c->item.wanted[0];

	checking_say(c, FINDING_MISSING, "%s (%s)", r->value, r->why);
}

/* The next word of terms. */
static struct slice
next_word(struct slice *rest)
{
	struct slice word = SLICE_NONE;

	while (rest->p != NULL && word.n == 0)
		word = slice_cut(rest, ' ');
	return word;
}

static bool
same_words(struct slice a, struct slice b)
{
	for (;;) {
		struct slice x = next_word(&a), y = next_word(&b);

		if (!slice_case_equal(x, y))
			return false;
		if (x.n == 0)
			return true;
	}
}

/* Judges as receivers do. */
static void
evaluate_spf(struct checking *c, const struct ip *client, bool ours)
{
	struct auth_context context = {.dns = c->view->dns,
	    .now_ms = c->conf->now_ms,
	    .deadline_ms = clock_monotonic_ms() + SPF_TIME_MS};
	struct buf sender = BUF_INIT, reason = BUF_INIT;
	char text[IP_TEXT_SIZE];
	struct spf_query query = {.client = *client,
	    .helo = slice_text(c->conf->host),
	    .receiver = slice_text(c->conf->host)};
	struct spf_result result = {.result = AUTH_NONE, .domain = BUF_INIT,
	    .explanation = BUF_INIT, .reason = BUF_INIT};

	buf_format(&sender, "postmaster@%s", c->item.name);
	query.mail_from = buf_slice(&sender);
	spf_check(&context, &query, SPF_MFROM, &result);
	checking_quote(buf_slice(&result.reason), &reason);
	if (result.result == AUTH_TEMPERROR)
		checking_say(c, FINDING_UNKNOWN, "SPF cannot be evaluated: %s",
		    reason.p);
	else if (result.result == AUTH_PERMERROR)
		checking_say(c, FINDING_DIFFERENT, "receivers cannot evaluate "
		    "it (permerror): %s", reason.p);
	else if (ours && result.result != AUTH_PASS)
		checking_say(c, FINDING_DIFFERENT, "mail from %s gets %s: %s",
		    ip_text(client, text), auth_result_text(result.result),
		    reason.p);
	spf_result_free(&result);
	buf_free(&sender);
	buf_free(&reason);
}

static void
check_spf(struct checking *c, const struct dns_answer *answer)
{
	/* Nobody's address, so that every term is looked at. */
	static const struct ip stranger = {{0, 0, 0, 1}, 4};
	struct slice found = SLICE_NONE, bad;
	struct spf_record record;
	int n = find_one(answer, spf_record_is_one, &found);

	if (n == 0) {
		say_missing(c);
	} else if (n > 1) {
		checking_say(c, FINDING_EXTRA, "two SPF records: receivers "
		    "take neither (permerror)");
	} else if (spf_record_parse(&record, found, &bad) < 0) {
		say_differs(c, bad, "this is no term of SPF");
	} else {
		spf_record_free(&record);
		if (!same_words(found,
		    slice_text(c->item.wanted[0]->value)))
			say_should_be(c, found);
		evaluate_spf(c, &stranger, false);
		for (size_t i = 0; i < c->conf->addresses.n; i++) {
			struct ip ip;

			if (ip_parse(slice_text(c->conf->addresses.items[i]),
			    &ip) == 0)
				evaluate_spf(c, &ip, true);
		}
	}
}

/* The octets of p=. */
static void
key_octets(struct slice record, struct buf *out)
{
	struct tag_list tags;

	if (tag_list_parse(&tags, record) == 0)
		base64_decode_strict(tag_list_get(&tags, "p"), true, out);
}

static bool
same_key(struct slice a, struct slice b)
{
	struct buf x = BUF_INIT, y = BUF_INIT;
	bool same;

	key_octets(a, &x);
	key_octets(b, &y);
	same = x.n > 0 && slice_equal(buf_slice(&x), buf_slice(&y));
	buf_free(&x);
	buf_free(&y);
	return same;
}

static void
check_key(struct checking *c, struct slice found)
{
	struct dkim_key key, wanted;
	struct slice want = slice_text(c->item.wanted[0]->value);
	const char *why;

	if (dkim_key_parse(&key, found, &why) < 0) {
		say_differs(c, found, why);
		return;
	}
	if (dkim_key_parse(&wanted, want, &why) == 0) {
		if (key.revoked)
			checking_say(c, FINDING_DIFFERENT, "the key is "
			    "revoked (p= is empty), and should be '%s'",
			    c->item.wanted[0]->value);
		else if (key.type != wanted.type || !same_key(found, want))
			say_should_be(c, found);
		else if (!key.takes_sha256 || !key.for_email)
			say_differs(c, found, "h= or s= keep it from being "
			    "used for mail");
		dkim_key_free(&wanted);
	}
	if (key.testing)
		checking_say(c, FINDING_HINT, "t=y: verifiers may take mail "
		    "with this key as unsigned");
	dkim_key_free(&key);
}

static void
check_dkim(struct checking *c, const struct dns_answer *answer)
{
	struct slice found = SLICE_NONE;
	int n = find_one(answer, is_any, &found);
	struct tag_list tags;

	if (c->item.wanted[0]->value == NULL) {
		if (n > 0 && (tag_list_parse(&tags, found) < 0 ||
		    tag_list_get(&tags, "p").n > 0))
			checking_say(c, FINDING_EXTRA, "the key was withdrawn "
			    "and is still published: delete the record");
	} else if (n == 0) {
		say_missing(c);
	} else if (n > 1) {
		checking_say(c, FINDING_EXTRA, "two records: verifiers take "
		    "one of them");
	} else {
		check_key(c, found);
	}
}

static struct slice
value_of(const struct tag_list *tags, struct slice name)
{
	for (size_t i = 0; i < tags->n; i++)
		if (slice_equal(tags->tags[i].name, name))
			return tags->tags[i].value;
	return SLICE_NONE;
}

/* What a tag of the wanted record says must be said, lists in any order. */
static bool
says_the_same(const struct tag_list *have, const struct tag *want)
{
	struct slice value = value_of(have, want->name);
	struct slice items = want->value;

	while (items.p != NULL) {
		struct slice item = slice_trim(slice_cut(&items, ','));
		struct slice rest = value;
		bool found = false;

		while (rest.p != NULL && !found)
			found = slice_case_equal(item,
			    slice_trim(slice_cut(&rest, ',')));
		if (!found)
			return false;
	}
	return true;
}

static void
say_weaker(struct checking *c, const struct dmarc_record *have)
{
	if (have->testing)
		checking_say(c, FINDING_DIFFERENT, "t=y takes a step off the "
		    "policy");
	if (have->sp != DMARC_UNSET && have->sp < have->p)
		checking_say(c, FINDING_DIFFERENT, "sp=%s: whoever makes up a "
		    "subdomain is spared", dmarc_policy_text(have->sp));
	if (have->np != DMARC_UNSET && have->np < have->p)
		checking_say(c, FINDING_DIFFERENT, "np=%s: whoever makes up a "
		    "subdomain is spared", dmarc_policy_text(have->np));
	if (have->p == DMARC_POLICY_NONE)
		checking_say(c, FINDING_HINT, "p=none only watches: mail that "
		    "pretends to be yours is delivered");
}

static void
check_dmarc(struct checking *c, const struct dns_answer *answer)
{
	struct slice found = SLICE_NONE;
	struct tag_list have, want;
	struct dmarc_record record;
	int n = find_one(answer, dmarc_record_is_one, &found);
	bool same = true;

	if (n == 0) {
		say_missing(c);
		return;
	}
	if (n > 1) {
		checking_say(c, FINDING_EXTRA, "two DMARC records: receivers "
		    "take neither");
		return;
	}
	tag_list_parse_lenient(&have, found);
	tag_list_parse_lenient(&want,
	    slice_text(c->item.wanted[0]->value));
	for (size_t i = 0; i < want.n; i++)
		same = same && says_the_same(&have, &want.tags[i]);
	if (!same)
		say_should_be(c, found);
	dmarc_record_parse(&record, found);
	say_weaker(c, &record);
}

static void
check_reports(struct checking *c, const struct dns_answer *answer)
{
	struct slice found;

	if (find_one(answer, dmarc_record_is_one, &found) == 0)
		say_missing(c);
}

static void
check_sts_record(struct checking *c, const struct dns_answer *answer)
{
	struct slice found = SLICE_NONE, id, want;
	const char *why;
	int n = find_one(answer, mta_sts_record_is_one, &found);

	if (n == 0)
		say_missing(c);
	else if (n > 1)
		checking_say(c, FINDING_EXTRA, "two MTA-STS records: senders "
		    "take neither");
	else if (mta_sts_record_parse(found, &id, &why) < 0)
		say_differs(c, found, why);
	else if (mta_sts_record_parse(slice_text(c->item.wanted[0]->value),
	    &want, &why) == 0 && !slice_equal(id, want))
		say_should_be(c, found);
}

static void
check_tlsrpt(struct checking *c, const struct dns_answer *answer)
{
	struct slice found = SLICE_NONE;
	struct tlsrpt_record have, want;
	const char *why;
	int n = find_one(answer, tlsrpt_record_is_one, &found);
	bool same = true;

	if (n == 0) {
		say_missing(c);
	} else if (n > 1) {
		checking_say(c, FINDING_EXTRA, "two TLSRPT records: senders "
		    "take neither");
	} else if (tlsrpt_record_parse(&have, found, &why) < 0) {
		say_differs(c, found, why);
	} else if (tlsrpt_record_parse(&want,
	    slice_text(c->item.wanted[0]->value), &why) == 0) {
		for (size_t i = 0; i < want.n; i++) {
			size_t j = 0;

			while (j < have.n && !slice_case_equal(want.uris[i],
			    have.uris[j]))
				j++;
			same = same && j < have.n;
		}
		if (!same)
			say_should_be(c, found);
	}
}

/* The web server may have its own addresses: any will do. */
static void
check_web_host(struct checking *c)
{
	static const enum dns_type types[] = {DNS_A, DNS_AAAA};
	struct dns_answer answer;
	bool somewhere = false;

	for (size_t i = 0; i < 2; i++) {
		if (!checking_ask(c, c->item.name, types[i], &answer))
			return;
		somewhere |= answer.n > 0;
		dns_answer_free(&answer);
	}
	if (!somewhere)
		say_missing(c);
}

void
checking_text(struct checking *c)
{
	struct dns_answer answer;

	if (c->item.type == DNS_CNAME) {
		check_web_host(c);
		return;
	}
	if (!checking_ask(c, c->item.name, DNS_TXT, &answer))
		return;
	switch (c->item.kind) {
	case PLAN_SPF:
		check_spf(c, &answer);
		break;
	case PLAN_DKIM:
		check_dkim(c, &answer);
		break;
	case PLAN_DMARC:
		check_dmarc(c, &answer);
		break;
	case PLAN_REPORTS:
		check_reports(c, &answer);
		break;
	case PLAN_TLSRPT:
		check_tlsrpt(c, &answer);
		break;
	default:
		check_sts_record(c, &answer);
	}
	dns_answer_free(&answer);
}
