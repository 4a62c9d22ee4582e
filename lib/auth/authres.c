/* SPDX-License-Identifier: ISC */
/*
 * Readers downstream trust this field, so nothing that a sender chose may
 * stand in it but as a token or within quotes.
 */
#include "auth/authres.h"

#include <string.h>

#define FIELD_NAME "Authentication-Results"
#define COMMENT_DEPTH_MAX 16
#define VALUE_MAX 512 /* of one property */

/* Behind blanks, folds and comments; NULL where a comment does not end. */
static const char *
skip_comments(const char *p, const char *end)
{
	unsigned depth = 0;

	for (; p < end; p++) {
		if (*p == '(') {
			if (++depth > COMMENT_DEPTH_MAX)
				return NULL;
		} else if (*p == ')' && depth > 0) {
			depth--;
		} else if (*p == '\\' && depth > 0) {
			p++;
		} else if (depth == 0 && strchr(" \t\r\n", *p) == NULL) {
			return p;
		}
	}
	return depth == 0 ? end : NULL;
}

/* The authserv-id, quotes taken off; -1 where there is none. */
static int
read_id(struct slice value, struct buf *id)
{
	const char *end = value.p + value.n;
	const char *p = value.p != NULL ? skip_comments(value.p, end) : NULL;

	if (p == NULL || p == end)
		return -1;
	if (*p == '"') {
		for (p++; p < end && *p != '"'; p++) {
			if (*p == '\\' && p + 1 < end)
				p++;
			buf_append_char(id, *p);
		}
		return p < end ? 0 : -1;
	}
	while (p < end && *p != '\0' && strchr(" \t\r\n;(\"", *p) == NULL)
		buf_append_char(id, *p++);
	return id->n > 0 ? 0 : -1;
}

bool
authres_claims(struct slice value, struct slice id)
{
	struct buf theirs = BUF_LIMITED(1024);
	bool claims = read_id(value, &theirs) < 0 ||
	    slice_case_equal(buf_slice(&theirs), id);

	buf_free(&theirs);
	return claims;
}

static bool
is_token(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!ascii_is_alnum(text.p[i]) &&
		    (text.p[i] == '\0' || strchr("-._+", text.p[i]) == NULL))
			return false;
	return text.n > 0;
}

/* A token, else a quoted string of its printable ASCII. */
static void
put_value(struct buf *out, struct slice text)
{
	text = slice_part(text, 0, VALUE_MAX);
	if (is_token(text)) {
		buf_append_slice(out, text);
		return;
	}
	buf_append_char(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c < ' ' || c == 0x7f)
			continue;
		if (c == '"' || c == '\\')
			buf_append_char(out, '\\');
		buf_append_char(out, c);
	}
	buf_append_char(out, '"');
}

static void
put_property(struct buf *out, const char *name, struct slice value)
{
	if (value.n == 0)
		return;
	buf_format(out, " %s=", name);
	put_value(out, value);
}

static void
begin_result(struct buf *out, const char *method, enum auth_result result,
    struct slice reason)
{
	buf_format(out, ";\r\n\t%s=%s", method, auth_result_text(result));
	if (reason.n > 0 && result != AUTH_PASS && result != AUTH_NONE)
		put_property(out, "reason", slice_part(reason, 0, 200));
}

static void
write_spf(struct buf *out, const struct spf_result *r, const char *property)
{
	begin_result(out, "spf", r->result, buf_slice(&r->reason));
	put_property(out, property, buf_slice(&r->domain));
}

void
authres_write(const struct checks *checks, const struct checks_query *query,
    struct slice id, struct buf *out)
{
	char text[IP_TEXT_SIZE];

	put_value(out, id);
	begin_result(out, "iprev", checks->iprev.result, SLICE_NONE);
	put_property(out, "policy.iprev",
	    slice_text(ip_text(&query->spf.client, text)));
	write_spf(out, &checks->spf, checks->scope == SPF_MFROM ?
	    "smtp.mailfrom" : "smtp.helo");
	if (checks->dkim.n == 0)
		begin_result(out, "dkim", AUTH_NONE, SLICE_NONE);
	for (size_t i = 0; i < checks->dkim.n; i++) {
		const struct dkim_result *r = &checks->dkim.items[i];

		begin_result(out, "dkim", r->result, slice_text(r->reason));
		put_property(out, "header.d", buf_slice(&r->domain));
		put_property(out, "header.s", buf_slice(&r->selector));
		put_property(out, "header.a", buf_slice(&r->algorithm));
		put_property(out, "header.b", buf_slice(&r->b));
	}
	begin_result(out, "dmarc", checks->dmarc.result,
	    slice_text(checks->dmarc.reason));
	if (checks->dmarc.policy != DMARC_UNSET)
		buf_format(out, " policy.dmarc=%s",
		    dmarc_policy_text(checks->dmarc.policy));
	put_property(out, "header.from", buf_slice(&checks->dmarc.author));
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
    struct err *err)
{
	struct buf value = BUF_INIT;
	int result;

	meta_drop_header_ops(meta, by);
	authres_write(checks, query, id, &value);
	result = delete_forged(meta, query->header, id, by);
	if (result == 0)
		result = meta_add_header_op(meta, HEADER_PREPEND, FIELD_NAME,
		    buf_slice(&value), 0, by);
	if (result < 0)
		err_set(err, ERR_MESSAGE,
		    "no room left for changes to the header");
	buf_free(&value);
	return result;
}
