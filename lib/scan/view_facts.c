/* SPDX-License-Identifier: ISC */
/*
 * The facts of a record in a few lines.  A record may come from anywhere:
 * its texts are shown as those of a message are.
 */
#include "view_facts.h"

#include "base/utf8.h"
#include "link.h"
#include "record/render.h"
#include "view.h"

#define FACT_MAX 300 /* octets of one text */

static void
put_string(struct slice value, struct buf *out)
{
	struct buf text = BUF_INIT;

	if (json_string(value, &text) < 0)
		render_safe(out, slice_part(value, 0, FACT_MAX));
	else if (slice_find(buf_slice(&text), ' ') < text.n)
		link_defang_text(utf8_cut(buf_slice(&text), FACT_MAX), out);
	else
		link_defang(utf8_cut(buf_slice(&text), FACT_MAX), out);
	buf_free(&text);
}

/* `LABEL VALUE' of a member, if it is there; true then. */
static bool
put_member(struct slice object, const char *path, const char *before,
    struct buf *out)
{
	struct slice value = json_get(object, path);

	if (value.p == NULL || json_type(value) == JSON_NULL)
		return false;
	buf_append_text(out, before);
	put_string(value, out);
	return true;
}

static void
put_verdict(struct slice verdict, struct buf *out)
{
	if (!put_member(verdict, "action", "verdict   ", out))
		return;
	put_member(verdict, "by", " by ", out);
	put_member(verdict, "text", ": ", out);
	put_member(verdict, "why", "; why: ", out);
	buf_append_char(out, '\n');
}

static void
put_checks(struct slice checks, struct buf *out)
{
	struct json_walk walk = json_walk(json_get(checks, "dkim"));
	struct slice signature;
	size_t from = out->n, n = 0;

	put_member(checks, "iprev.result", " iprev=", out);
	put_member(checks, "spf.result", " spf=", out);
	while (n++ < VIEW_REASONS_MAX && json_next(&walk, NULL, &signature))
		if (put_member(signature, "result", " dkim=", out))
			put_member(signature, "domain", " by ", out);
	put_member(checks, "arc.result", " arc=", out);
	put_member(checks, "dmarc.result", " dmarc=", out);
	if (out->n > from) {
		struct buf line = BUF_INIT;

		buf_append_slice(&line,
		    slice_part(buf_slice(out), from, out->n));
		buf_truncate(out, from);
		buf_append_text(out, "checks   ");
		buf_append_slice(out, buf_slice(&line));
		buf_append_char(out, '\n');
		buf_free(&line);
	}
}

/* One line for each item: two of its members. */
static void
put_list(struct slice list, const char *label, const char *first,
    const char *second, struct buf *out)
{
	struct json_walk walk = json_walk(list);
	struct slice item;
	size_t n = 0;

	while (n < VIEW_REASONS_MAX && json_next(&walk, NULL, &item)) {
		buf_format(out, "%-10s", label);
		put_member(item, first, "", out);
		put_member(item, second, ": ", out);
		buf_append_char(out, '\n');
		n++;
	}
	if (json_count(list) > n)
		buf_format(out, "%-10s(%zu more)\n", label,
		    json_count(list) - n);
}

static void
put_scan(struct slice scan, struct buf *out)
{
	if (put_member(scan, "spam.class", "spam      ", out)) {
		put_member(scan, "spam.score", ", score ", out);
		buf_append_char(out, '\n');
	}
	if (put_member(scan, "virus.result", "virus     ", out)) {
		put_member(scan, "virus.name", ": ", out);
		buf_append_char(out, '\n');
	}
	put_list(json_get(scan, "phishing.reasons"), "phishing", "reason",
	    "evidence", out);
}

void
view_facts(const struct meta *m, struct buf *out)
{
	put_verdict(meta_get(m, "verdict"), out);
	put_checks(meta_get(m, "checks"), out);
	put_scan(meta_get(m, "scan"), out);
}
