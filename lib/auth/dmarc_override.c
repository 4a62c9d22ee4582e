/* SPDX-License-Identifier: ISC */
/* A trusted sealer's word against a policy. */
#include "auth/dmarc.h"
#include "auth/domain.h"
#include "mail/authres.h"

static bool
is_trusted(const struct dmarc_trust *trust, struct slice sealer)
{
	for (size_t i = 0; i < trust->n; i++)
		if (slice_case_is(sealer, trust->sealers[i]))
			return true;
	return false;
}

/* Is this result DMARC's pass, and for nobody but that author? */
static bool
is_pass_for(const struct authres_result *r, struct slice author)
{
	if (!slice_case_is(r->method, "dmarc") ||
	    !slice_case_is(r->result, "pass"))
		return false;
	for (size_t i = 0; i < r->n; i++)
		if (slice_case_is(r->properties[i].type, "header") &&
		    slice_case_is(r->properties[i].name, "from"))
			return slice_case_equal(
			    buf_slice(&r->properties[i].value), author);
	return true;
}

static bool
saw_pass(struct slice results, struct slice author)
{
	struct authres parsed;
	bool saw = false;

	if (authres_parse(&parsed, results) == 0)
		for (size_t i = 0; i < parsed.n && !saw; i++)
			saw = is_pass_for(&parsed.items[i], author);
	authres_free(&parsed);
	return saw;
}

/* RFC 8617, 7.2.2 shows the form. */
static void
write_comment(struct dmarc_result *r, const struct arc *arc)
{
	buf_append_text(&r->override, "arc=pass");
	for (size_t i = arc->n; i > 0; i--)
		buf_format(&r->override, " as[%zu].d=%.*s as[%zu].s=%.*s", i,
		    SLICE_ARG(arc_sealer(arc, i)), i,
		    SLICE_ARG(slice_part(arc_selector(arc, i), 0, 63)));
}

void
dmarc_override(struct dmarc_result *r, const struct arc *arc,
    const struct dmarc_trust *trust)
{
	if (trust == NULL || r->result != AUTH_FAIL || r->authors != 1 ||
	    arc->result != AUTH_PASS || !arc->from_is_signed)
		return;
	/* Below the first sealer whom we do not know, nothing counts. */
	for (size_t i = arc->n; i > 0; i--) {
		if (!is_trusted(trust, arc_sealer(arc, i)))
			return;
		if (saw_pass(arc->sets[i - 1].text, buf_slice(&r->author))) {
			write_comment(r, arc);
			r->disposition = DMARC_POLICY_NONE;
			return;
		}
	}
}
