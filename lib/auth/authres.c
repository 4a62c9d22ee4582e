/* SPDX-License-Identifier: ISC */
/*
 * Readers downstream trust this field, so nothing that a sender chose may
 * stand in it but as a token or within quotes.
 */
#include "auth/authres.h"

#include "auth/received_spf.h"
#include "mail/authres.h"

#define FIELD_NAME "Authentication-Results"
#define REASON_MAX 200
#define VALUE_MAX 512 /* of one property */

/* The dot of the root names nobody else. */
static bool
is_same_id(struct slice a, struct slice b)
{
	if (slice_ends(a, "."))
		a = slice_part(a, 0, a.n - 1);
	return slice_case_equal(a, b);
}

bool
authres_claims(struct slice value, struct slice id)
{
	struct authres theirs;
	bool claims = authres_parse(&theirs, value) < 0 ||
	    is_same_id(buf_slice(&theirs.id), id);

	authres_free(&theirs);
	return claims;
}

static void
put_property(struct authres_writer *w, const char *name, struct slice value)
{
	if (value.n > 0)
		authres_put_property(w, name, slice_part(value, 0,
		    VALUE_MAX));
}

static void
begin_result(struct authres_writer *w, const char *method,
    enum auth_result result, struct slice reason)
{
	if (result == AUTH_PASS || result == AUTH_NONE || reason.n == 0)
		reason = SLICE_NONE;
	authres_put_result(w, method, auth_result_text(result),
	    slice_part(reason, 0, REASON_MAX));
}

static void
write_signature(struct authres_writer *w, const struct dkim_result *r)
{
	begin_result(w, "dkim", r->result, slice_text(r->reason));
	put_property(w, "header.d", buf_slice(&r->domain));
	put_property(w, "header.s", buf_slice(&r->selector));
	put_property(w, "header.a", buf_slice(&r->algorithm));
	put_property(w, "header.b", buf_slice(&r->b));
}

static void
write_dmarc(struct authres_writer *w, const struct dmarc_result *r)
{
	begin_result(w, "dmarc", r->result, slice_text(r->reason));
	put_property(w, "policy.dmarc", slice_text(
	    dmarc_policy_text(r->policy)));
	put_property(w, "header.from", buf_slice(&r->author));
}

void
authres_write(const struct checks *checks, const struct checks_query *query,
    struct slice id, struct buf *out)
{
	struct authres_writer w;
	char text[IP_TEXT_SIZE];

	authres_begin(&w, out, id);
	begin_result(&w, "iprev", checks->iprev.result, SLICE_NONE);
	put_property(&w, "policy.iprev",
	    slice_text(ip_text(&query->spf.client, text)));
	begin_result(&w, "spf", checks->spf.result,
	    buf_slice(&checks->spf.reason));
	put_property(&w, checks->scope == SPF_MFROM ? "smtp.mailfrom" :
	    "smtp.helo", buf_slice(&checks->spf.domain));
	if (checks->dkim.n == 0)
		begin_result(&w, "dkim", AUTH_NONE, SLICE_NONE);
	for (size_t i = 0; i < checks->dkim.n; i++)
		write_signature(&w, &checks->dkim.items[i]);
	if (checks->arc.result != AUTH_NONE)
		begin_result(&w, "arc", checks->arc.result,
		    slice_text(checks->arc.reason));
	write_dmarc(&w, &checks->dmarc);
	authres_end(&w);
}

/* Positions of the fields that go, the last first, since each deletion moves
 * those behind it. */
static int
delete_forged(struct meta *meta, const struct header *header, struct slice id,
    const char *by)
{
	int forged[AUTHRES_FORGED_MAX];
	int n = 0, index = 0;
	bool all = header->truncated;

	for (size_t i = 0; i < header->n; i++) {
		if (!slice_case_is(header->fields[i].name, FIELD_NAME))
			continue;
		index++;
		if (!authres_claims(header->fields[i].value, id))
			continue;
		if (n == AUTHRES_FORGED_MAX)
			all = true;
		else
			forged[n++] = index;
	}
	if (all)
		return meta_add_header_op(meta, HEADER_DELETE, FIELD_NAME,
		    SLICE_NONE, 0, by);
	while (n-- > 0)
		if (meta_add_header_op(meta, HEADER_DELETE, FIELD_NAME,
		    SLICE_NONE, forged[n], by) < 0)
			return -1;
	return 0;
}

int
authres_apply(struct meta *meta, const struct checks *checks,
    const struct checks_query *query, struct slice id, const char *by,
    bool received_spf, struct err *err)
{
	struct buf value = BUF_INIT;
	int result;

	meta_drop_header_ops(meta, by);
	authres_write(checks, query, id, &value);
	result = delete_forged(meta, query->header, id, by);
	if (result == 0)
		result = meta_add_header_op(meta, HEADER_PREPEND, FIELD_NAME,
		    buf_slice(&value), 0, by);
	if (result == 0 && received_spf) {
		buf_reset(&value);
		received_spf_write(&checks->spf, checks->scope, &query->spf,
		    &value);
		result = meta_add_header_op(meta, HEADER_PREPEND,
		    "Received-SPF", buf_slice(&value), 0, by);
	}
	if (result < 0)
		err_set(err, ERR_MESSAGE,
		    "no room left for changes to the header");
	buf_free(&value);
	return result;
}
