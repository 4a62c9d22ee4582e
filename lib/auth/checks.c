/* SPDX-License-Identifier: ISC */
/* Facts into JSON.  Their texts come from messages and from DNS: the writer
 * escapes, and every text has its own limit before. */
#include "auth/checks.h"

#include "base/json.h"
#include "record/meta.h"

#define RECORD_SHOWN_MAX 2048 /* octets of a DMARC record */

void
checks_run(struct checks *checks, struct auth_context *ctx,
    struct verifier *verifier, const struct checks_query *query)
{
	struct buf reverse = BUF_INIT;
	struct signed_message m;

	if (query->spf.client.size > 0) {
		iprev_reverse_name(&query->spf.client, &reverse);
		dns_prefetch(ctx->dns, buf_slice(&reverse), DNS_PTR);
	}
	spf_prefetch(ctx, &query->spf);
	dkim_prefetch(ctx, query->header);
	dmarc_prefetch(ctx, query->header);
	signed_message_init(&m, verifier, ctx, query->header);
	arc_read(&checks->arc, query->header);
	arc_prepare(&checks->arc, &m);
	buf_free(&reverse);

	iprev_check(ctx, &query->spf.client, &checks->iprev);
	checks->scope = query->spf.mail_from.n > 0 ? SPF_MFROM : SPF_HELO;
	spf_check(ctx, &query->spf, checks->scope, &checks->spf);
	spf_check(ctx, &query->spf, SPF_HELO, &checks->spf_helo);
	dkim_check(&m, &checks->dkim);
	arc_verify(&checks->arc, &m);
	signed_message_free(&m);
	checks->disagreements = (struct buf)BUF_INIT;
	if (query->review != NULL)
		query->review(query->cookie, checks);
	dmarc_check(ctx, query->rule, query->header, &checks->spf,
	    &checks->dkim, &checks->dmarc);
	dmarc_override(&checks->dmarc, &checks->arc, query->trust);
	bimi_check(ctx, query->header, &checks->dmarc, &checks->bimi);
}

void
checks_free(struct checks *checks)
{
	iprev_result_free(&checks->iprev);
	spf_result_free(&checks->spf);
	spf_result_free(&checks->spf_helo);
	dkim_report_free(&checks->dkim);
	arc_free(&checks->arc);
	dmarc_result_free(&checks->dmarc);
	bimi_result_free(&checks->bimi);
	buf_free(&checks->disagreements);
}

static const struct {
	const char *text;
	enum checks_name name;
} check_names[] = {{"iprev", CHECKS_IPREV}, {"spf", CHECKS_SPF},
    {"dkim", CHECKS_DKIM}, {"arc", CHECKS_ARC}, {"dmarc", CHECKS_DMARC}};

int
checks_read_names(struct slice list, struct slice *bad)
{
	const size_t n = sizeof(check_names) / sizeof(*check_names);
	int names = 0;

	while (list.p != NULL) {
		size_t i = 0;

		*bad = slice_trim(slice_cut(&list, ','));
		while (i < n && !slice_is(*bad, check_names[i].text))
			i++;
		if (i == n)
			return -1;
		names |= (int)check_names[i].name;
	}
	return names;
}

bool
checks_pass(const struct checks *checks, int names)
{
	bool signature = false;

	for (size_t i = 0; i < checks->dkim.n; i++)
		signature |= checks->dkim.items[i].result == AUTH_PASS;
	return ((names & CHECKS_IPREV) == 0 ||
	    checks->iprev.result == AUTH_PASS) &&
	    ((names & CHECKS_SPF) == 0 || checks->spf.result == AUTH_PASS) &&
	    ((names & CHECKS_DKIM) == 0 || signature) &&
	    ((names & CHECKS_ARC) == 0 || checks->arc.result == AUTH_PASS) &&
	    ((names & CHECKS_DMARC) == 0 ||
	    checks->dmarc.result == AUTH_PASS);
}

bool
checks_found(const struct checks *checks)
{
	enum auth_result dmarc = checks->dmarc.result;

	return dmarc == AUTH_FAIL || dmarc == AUTH_PERMERROR ||
	    (checks->spf.result == AUTH_FAIL && dmarc != AUTH_PASS);
}

static void
put_result(struct json_writer *w, enum auth_result result)
{
	json_put_text(w, "result", auth_result_text(result));
}

static void
put_given(struct json_writer *w, const char *name, const struct buf *text)
{
	if (text->n > 0)
		json_put_slice(w, name, buf_slice(text));
}

static void
write_iprev(struct json_writer *w, const struct iprev_result *r)
{
	json_open_object(w, "iprev");
	put_result(w, r->result);
	put_given(w, "name", &r->name);
	json_close_object(w);
}

static void
write_spf(struct json_writer *w, const struct checks *checks)
{
	json_open_object(w, "spf");
	put_result(w, checks->spf.result);
	json_put_slice(w, "domain", slice_part(
	    buf_slice(&checks->spf.domain), 0, 253));
	json_put_text(w, "scope", checks->scope == SPF_MFROM ? "mfrom" :
	    "helo");
	put_given(w, "reason", &checks->spf.reason);
	put_given(w, "explanation", &checks->spf.explanation);
	json_open_object(w, "helo");
	put_result(w, checks->spf_helo.result);
	json_put_slice(w, "domain", slice_part(
	    buf_slice(&checks->spf_helo.domain), 0, 253));
	json_close_object(w);
	json_close_object(w);
}

static void
write_signature(struct json_writer *w, const struct dkim_result *r)
{
	json_open_object(w, NULL);
	put_result(w, r->result);
	json_put_slice(w, "domain", buf_slice(&r->domain));
	json_put_slice(w, "selector", buf_slice(&r->selector));
	json_put_slice(w, "algorithm", buf_slice(&r->algorithm));
	if (r->reason != NULL)
		json_put_text(w, "reason", r->reason);
	put_given(w, "identity", &r->identity);
	if (r->bits > 0)
		json_put_integer(w, "bits", r->bits);
	if (r->testing)
		json_put_bool(w, "testing", true);
	if (r->unsigned_octets > 0)
		json_put_integer(w, "unsigned", (int64_t)r->unsigned_octets);
	json_close_object(w);
}

static void
write_arc(struct json_writer *w, const struct arc *arc)
{
	json_open_object(w, "arc");
	put_result(w, arc->result);
	json_put_integer(w, "instance", (int64_t)arc->n);
	if (arc->reason != NULL)
		json_put_text(w, "reason", arc->reason);
	if (arc->failed_at > 0)
		json_put_integer(w, "at", arc->failed_at);
	json_open_array(w, "chain");
	for (size_t i = 1; i <= arc->n; i++) {
		const struct arc_set *set = &arc->sets[i - 1];

		json_open_object(w, NULL);
		json_put_integer(w, "instance", (int64_t)i);
		json_put_slice(w, "domain", arc_sealer(arc, i));
		json_put_slice(w, "selector", slice_part(
		    arc_selector(arc, i), 0, 253));
		json_put_slice(w, "cv", slice_part(set->seal_signature.chain,
		    0, 16));
		if (set->judged)
			put_result(w, set->result);
		json_close_object(w);
	}
	json_close_array(w);
	json_close_object(w);
}

static void
write_dmarc(struct json_writer *w, const struct dmarc_result *r)
{
	json_open_object(w, "dmarc");
	put_result(w, r->result);
	if (r->policy != DMARC_UNSET) {
		json_put_text(w, "policy", dmarc_policy_text(r->policy));
		json_put_text(w, "disposition",
		    dmarc_policy_text(r->disposition));
	}
	put_given(w, "domain", &r->domain);
	json_open_object(w, "aligned");
	json_put_bool(w, "spf", r->aligned_spf);
	json_put_bool(w, "dkim", r->aligned_dkim);
	json_close_object(w);
	if (r->record.n > 0)
		json_put_slice(w, "record", slice_part(buf_slice(&r->record),
		    0, RECORD_SHOWN_MAX));
	put_given(w, "author", &r->author);
	if (r->authors > 1)
		json_put_integer(w, "authors", (int64_t)r->authors);
	if (r->reason != NULL)
		json_put_text(w, "reason", r->reason);
	if (r->override.n > 0) {
		json_open_object(w, "override");
		json_put_text(w, "reason", "local_policy");
		json_put_slice(w, "comment", buf_slice(&r->override));
		json_close_object(w);
	}
	json_close_object(w);
}

static void
write_bimi(struct json_writer *w, const struct bimi_result *r)
{
	json_open_object(w, "bimi");
	put_result(w, r->result);
	if (r->reason != NULL)
		json_put_text(w, "reason", r->reason);
	put_given(w, "domain", &r->domain);
	put_given(w, "selector", &r->selector);
	put_given(w, "location", &r->location);
	put_given(w, "authority", &r->authority);
	put_given(w, "record", &r->record);
	json_close_object(w);
}

/* The lines of auth_context.explained, a list for each check. */
static void
write_explain(struct json_writer *w, const struct auth_context *ctx)
{
	static const char *const names[] = {"iprev", "spf", "dkim", "arc",
	    "dmarc", "bimi"};

	json_open_object(w, "explain");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct slice rest = buf_slice(&ctx->explained);
		bool open = false;

		while (rest.p != NULL && rest.n > 0) {
			struct slice text = slice_line(&rest);
			struct slice check = slice_cut(&text, '\t');

			if (!slice_is(check, names[i]))
				continue;
			if (!open)
				json_open_array(w, names[i]);
			open = true;
			json_put_slice(w, NULL, text);
		}
		if (open)
			json_close_array(w);
	}
	json_close_object(w);
}

static bool
write_cut(const struct checks *checks, const struct auth_context *ctx,
    size_t signatures, bool explain, struct buf *out)
{
	struct json_writer w = JSON_WRITER(out);
	size_t start = out->n;
	size_t cut = checks->dkim.n - signatures + checks->dkim.truncated;

	json_open_object(&w, NULL);
	write_iprev(&w, &checks->iprev);
	write_spf(&w, checks);
	json_open_array(&w, "dkim");
	for (size_t i = 0; i < signatures; i++)
		write_signature(&w, &checks->dkim.items[i]);
	json_close_array(&w);
	write_arc(&w, &checks->arc);
	write_dmarc(&w, &checks->dmarc);
	write_bimi(&w, &checks->bimi);
	if (checks->disagreements.n > 0)
		json_put_raw(&w, "disagreements",
		    buf_slice(&checks->disagreements));
	if (cut > 0)
		json_put_integer(&w, "truncated", (int64_t)cut);
	if (explain)
		write_explain(&w, ctx);
	json_close_object(&w);
	if (!w.failed && out->n - start <= META_CHECKS_MAX)
		return true;
	buf_truncate(out, start);
	return false;
}

void
checks_write(const struct checks *checks, const struct auth_context *ctx,
    struct buf *out)
{
	if (ctx->explain && write_cut(checks, ctx, checks->dkim.n, true, out))
		return;
	for (size_t n = checks->dkim.n;; n--)
		if (write_cut(checks, ctx, n, false, out) || n == 0)
			return;
}
