/* SPDX-License-Identifier: ISC */
/* Two questions at most: the author's domain, then its organization's. */
#include "auth/bimi.h"

#include "auth/domain.h"
#include "auth/tag_list.h"

#define CHECK "bimi"

static void
judge(struct bimi_result *r, enum auth_result result, const char *reason)
{
	r->result = result;
	r->reason = reason;
}

/* `v=BIMI1; s=selector' */
static void
read_selector(const struct header *header, struct buf *selector)
{
	const struct header_field *field = header_find(header,
	    "BIMI-Selector", 0);
	struct tag_list tags;
	struct slice name;

	if (field != NULL && tag_list_parse(&tags, field->value) == 0 &&
	    slice_is(tag_list_get(&tags, "v"), "BIMI1")) {
		name = tag_list_get(&tags, "s");
		if (name.n > 0 && domain_to_ascii(name, selector) == 0)
			return;
	}
	buf_reset(selector);
	buf_append_text(selector, "default");
}

static void
read_record(struct bimi_result *r, struct slice text)
{
	struct tag_list tags;

	buf_append_slice(&r->record, slice_part(text, 0, BIMI_TEXT_MAX));
	if (tag_list_parse(&tags, text) < 0) {
		judge(r, AUTH_PERMERROR, "the record is no tag list");
		return;
	}
	buf_append_slice(&r->location, tag_list_get(&tags, "l"));
	buf_append_slice(&r->authority, tag_list_get(&tags, "a"));
	judge(r, AUTH_PASS, NULL);
}

/* True when the search ends here. */
static bool
ask(struct auth_context *ctx, struct slice domain, struct bimi_result *r)
{
	struct buf name = BUF_LIMITED(600);
	struct dns_answer answer;
	size_t found = 0;

	buf_format(&name, "%s._bimi.%.*s", buf_text(&r->selector),
	    SLICE_ARG(domain));
	auth_ask(ctx, CHECK, buf_slice(&name), DNS_TXT, &answer);
	if (answer.status == DNS_TEMPERROR)
		judge(r, AUTH_TEMPERROR, "DNS trouble on the way to the "
		    "record");
	for (size_t i = 0; i < answer.n; i++) {
		struct slice rest = answer.records[i].data;

		if (!slice_is(slice_trim(slice_cut(&rest, ';')), "v=BIMI1"))
			continue;
		if (++found == 1) {
			buf_append_slice(&r->domain, domain);
			read_record(r, answer.records[i].data);
		} else {
			judge(r, AUTH_PERMERROR, "more than one record");
		}
	}
	dns_answer_free(&answer);
	buf_free(&name);
	return r->result != AUTH_NONE;
}

void
bimi_check(struct auth_context *ctx, const struct header *header,
    const struct dmarc_result *dmarc, struct bimi_result *r)
{
	struct slice author = buf_slice(&dmarc->author);
	struct slice organization = buf_slice(&dmarc->organization);

	*r = (struct bimi_result){.domain = BUF_INIT,
	    .selector = BUF_LIMITED(DOMAIN_SIZE_MAX),
	    .location = BUF_LIMITED(BIMI_TEXT_MAX),
	    .authority = BUF_LIMITED(BIMI_TEXT_MAX), .record = BUF_INIT};
	judge(r, AUTH_NONE, NULL);
	if (dmarc->result != AUTH_PASS || dmarc->policy < DMARC_QUARANTINE) {
		r->reason = "DMARC does not pass under a policy";
		return;
	}
	read_selector(header, &r->selector);
	if (!ask(ctx, author, r) && !slice_equal(author, organization))
		ask(ctx, organization, r);
}

void
bimi_result_free(struct bimi_result *r)
{
	buf_free(&r->domain);
	buf_free(&r->selector);
	buf_free(&r->location);
	buf_free(&r->authority);
	buf_free(&r->record);
}
