/* SPDX-License-Identifier: ISC */
/* One author domain at a time; the worst of them is what the record says. */
#include "auth/dmarc.h"

#include "auth/domain.h"
#include "mail/address.h"

#define CHECK "dmarc"

struct authors {
	struct buf domains[DMARC_AUTHORS_MAX];
	size_t n;
	bool too_many;
};

static void
add_author(struct authors *authors, struct slice domain)
{
	struct buf ascii = BUF_LIMITED(DOMAIN_SIZE_MAX);

	if (domain_to_ascii(domain, &ascii) < 0)
		return;
	for (size_t i = 0; i < authors->n; i++)
		if (slice_equal(buf_slice(&authors->domains[i]),
		    buf_slice(&ascii))) {
			buf_free(&ascii);
			return;
		}
	if (authors->n == DMARC_AUTHORS_MAX) {
		authors->too_many = true;
		buf_free(&ascii);
		return;
	}
	authors->domains[authors->n++] = ascii;
}

/* Of all From fields: there should be one, but the reader of the message may
 * be shown any of them. */
static void
collect_authors(const struct header *header, struct authors *authors)
{
	*authors = (struct authors){.n = 0};
	for (size_t i = 0; i < header->n; i++) {
		struct address_list list;

		if (!slice_case_is(header->fields[i].name, "From"))
			continue;
		address_list_parse(&list, header->fields[i].value);
		for (size_t j = 0; j < list.n; j++)
			add_author(authors, list.items[j].domain);
		authors->too_many |= list.truncated;
		address_list_free(&list);
	}
}

static void
free_authors(struct authors *authors)
{
	for (size_t i = 0; i < authors->n; i++)
		buf_free(&authors->domains[i]);
}

/* Is the identifier the author's own, as strictly as he wants it? */
static bool
is_aligned(struct auth_context *ctx, enum dmarc_rule rule, struct slice author,
    struct slice organization, bool strict, struct slice identifier)
{
	struct dmarc_walk walk;
	bool aligned;

	if (slice_case_equal(author, identifier))
		return true;
	if (strict || !domain_is_within(identifier, organization))
		return false;
	dmarc_walk(ctx, rule, identifier, &walk);
	aligned = !walk.trouble && slice_case_equal(walk.organization,
	    organization);
	dmarc_walk_free(&walk);
	return aligned;
}

/* Is the author's domain one that does not exist (RFC 9989, 4.7, np)? */
static bool
is_nonexistent(struct auth_context *ctx, struct slice domain)
{
	struct dns_answer answer;
	bool nonexistent;

	auth_ask(ctx, CHECK, domain, DNS_A, &answer);
	nonexistent = answer.status == DNS_NXDOMAIN;
	dns_answer_free(&answer);
	return nonexistent;
}

static enum dmarc_policy
policy_of(struct auth_context *ctx, struct slice author,
    const struct dmarc_record *record, bool inherited)
{
	if (inherited && record->np != DMARC_UNSET &&
	    is_nonexistent(ctx, author))
		return record->np;
	if (inherited && record->sp != DMARC_UNSET)
		return record->sp;
	return record->p;
}

static enum dmarc_policy
disposition_of(enum dmarc_policy policy, bool testing)
{
	if (!testing || policy <= DMARC_POLICY_NONE)
		return policy;
	return policy - 1;
}

/* SPF and DKIM against the author; true when DNS trouble stands in the way
 * of one that is aligned. */
static bool
align(struct auth_context *ctx, enum dmarc_rule rule, struct slice author,
    struct slice organization, const struct dmarc_record *record,
    const struct spf_result *spf, const struct dkim_report *dkim,
    struct dmarc_result *out)
{
	bool trouble = false;

	if ((spf->result == AUTH_PASS || spf->result == AUTH_TEMPERROR) &&
	    is_aligned(ctx, rule, author, organization, record->strict_spf,
	    buf_slice(&spf->domain))) {
		out->aligned_spf = spf->result == AUTH_PASS;
		trouble |= spf->result == AUTH_TEMPERROR;
	}
	for (size_t i = 0; i < dkim->n; i++) {
		const struct dkim_result *one = &dkim->items[i];

		if (out->aligned_dkim || (one->result != AUTH_PASS &&
		    one->result != AUTH_TEMPERROR) ||
		    !is_aligned(ctx, rule, author, organization,
		    record->strict_dkim, buf_slice(&one->domain)))
			continue;
		out->aligned_dkim = one->result == AUTH_PASS;
		trouble |= one->result == AUTH_TEMPERROR;
	}
	return trouble;
}

static void
judge(struct dmarc_result *out, enum auth_result result, const char *reason)
{
	out->result = result;
	out->reason = reason;
}

static void
check_policy(struct auth_context *ctx, enum dmarc_rule rule,
    const struct dmarc_walk *walk, const struct spf_result *spf,
    const struct dkim_report *dkim, struct dmarc_result *out)
{
	bool inherited = !walk->own.is_there, trouble;
	const struct dmarc_found *found = inherited ? &walk->inherited :
	    &walk->own;
	struct slice author = buf_slice(&out->author);

	if (!found->is_there) {
		judge(out, AUTH_NONE, "no DMARC record");
		return;
	}
	buf_append_slice(&out->domain, found->name);
	buf_append_slice(&out->record, buf_slice(&found->text));
	if (!found->record.has_policy) {
		judge(out, AUTH_NONE, "the record has no valid policy");
		return;
	}
	out->policy = policy_of(ctx, author, &found->record, inherited);
	trouble = align(ctx, rule, author, walk->organization, &found->record,
	    spf, dkim, out);
	out->disposition = DMARC_POLICY_NONE;
	if (out->aligned_spf || out->aligned_dkim) {
		judge(out, AUTH_PASS, NULL);
	} else if (trouble) {
		judge(out, AUTH_TEMPERROR, "DNS trouble in an aligned check");
	} else {
		judge(out, AUTH_FAIL,
		    "neither SPF nor DKIM passes for this domain");
		out->disposition = disposition_of(out->policy,
		    found->record.testing);
	}
}

static void
check_author(struct auth_context *ctx, enum dmarc_rule rule,
    struct slice author, const struct spf_result *spf,
    const struct dkim_report *dkim, struct dmarc_result *out)
{
	struct dmarc_walk walk;

	*out = (struct dmarc_result){.author = BUF_INIT, .domain = BUF_INIT,
	    .organization = BUF_INIT, .record = BUF_INIT,
	    .override = BUF_LIMITED(DMARC_OVERRIDE_MAX)};
	buf_append_slice(&out->author, author);
	dmarc_walk(ctx, rule, author, &walk);
	if (walk.off)
		judge(out, AUTH_NONE, "dns is off");
	else if (walk.trouble)
		judge(out, AUTH_TEMPERROR, "DNS trouble on the way to the "
		    "policy");
	else
		check_policy(ctx, rule, &walk, spf, dkim, out);
	buf_append_slice(&out->organization, walk.organization);
	auth_explain(ctx, CHECK, "author %s: %s%s%s", buf_text(&out->author),
	    auth_result_text(out->result), out->reason ? ", " : "",
	    out->reason ? out->reason : "");
	dmarc_walk_free(&walk);
}

/* The higher, the worse. */
static int
badness(const struct dmarc_result *r)
{
	switch (r->result) {
	case AUTH_FAIL: return 10 + (int)r->disposition;
	case AUTH_TEMPERROR: return 5;
	case AUTH_PASS: return 0;
	default: return 1;
	}
}

void
dmarc_check(struct auth_context *ctx, enum dmarc_rule rule,
    const struct header *header, const struct spf_result *spf,
    const struct dkim_report *dkim, struct dmarc_result *out)
{
	struct authors authors;

	*out = (struct dmarc_result){.author = BUF_INIT, .domain = BUF_INIT,
	    .organization = BUF_INIT, .record = BUF_INIT,
	    .override = BUF_LIMITED(DMARC_OVERRIDE_MAX)};
	collect_authors(header, &authors);
	judge(out, AUTH_NONE, "no author domain in From");
	for (size_t i = 0; i < authors.n && !authors.too_many; i++) {
		struct dmarc_result one;

		check_author(ctx, rule, buf_slice(&authors.domains[i]), spf,
		    dkim, &one);
		if (i == 0 || badness(&one) > badness(out)) {
			dmarc_result_free(out);
			*out = one;
		} else {
			dmarc_result_free(&one);
		}
	}
	if (authors.too_many)
		judge(out, AUTH_PERMERROR, "too many author domains");
	out->authors = authors.n;
	free_authors(&authors);
}

void
dmarc_result_free(struct dmarc_result *r)
{
	buf_free(&r->author);
	buf_free(&r->domain);
	buf_free(&r->organization);
	buf_free(&r->record);
	buf_free(&r->override);
}

void
dmarc_prefetch(struct auth_context *ctx, const struct header *header)
{
	struct authors authors;
	struct buf name = BUF_LIMITED(512);

	collect_authors(header, &authors);
	for (size_t i = 0; i < authors.n; i++) {
		buf_reset(&name);
		buf_format(&name, "_dmarc.%s", buf_text(&authors.domains[i]));
		dns_prefetch(ctx->dns, buf_slice(&name), DNS_TXT);
	}
	buf_free(&name);
	free_authors(&authors);
}
