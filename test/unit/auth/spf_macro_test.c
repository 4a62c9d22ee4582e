/* SPDX-License-Identifier: ISC */
/* The examples of RFC 7208, 7.4. */
#include "auth/spf_macro.h"
#include "unit.h"

static struct slice
no_name(void *cookie)
{
	(void)cookie;
	return SLICE("unknown");
}

static const struct spf_macro_values v4 = {
	.sender = {"strong-bad@email.example.com", 28},
	.local = {"strong-bad", 10}, .sender_domain = {"email.example.com", 17},
	.domain = {"email.example.com", 17}, .helo = {"mx", 2},
	.ip_dotted = {"192.0.2.3", 9}, .ip_text = {"192.0.2.3", 9},
	.version = {"in-addr", 7}, .receiver = {"us", 2}, .now_s = 42,
	.validated_name = no_name};

static void
expands_the_examples_of_the_rfc(void)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{"%{s}", "strong-bad@email.example.com"},
		{"%{o}", "email.example.com"},
		{"%{d}", "email.example.com"},
		{"%{d4}", "email.example.com"},
		{"%{d3}", "email.example.com"},
		{"%{d2}", "example.com"},
		{"%{d1}", "com"},
		{"%{dr}", "com.example.email"},
		{"%{d2r}", "example.email"},
		{"%{l}", "strong-bad"},
		{"%{l-}", "strong.bad"},
		{"%{lr}", "strong-bad"},
		{"%{lr-}", "bad.strong"},
		{"%{l1r-}", "strong"},
		{"%{ir}.%{v}._spf.%{d2}",
		    "3.2.0.192.in-addr._spf.example.com"},
		{"%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"},
		{"%{lr-}.lp.%{ir}.%{v}._spf.%{d2}",
		    "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"},
		{"%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}",
		    "3.2.0.192.in-addr.strong.lp._spf.example.com"},
		{"%{d2}.trusted-domains.example.net",
		    "example.com.trusted-domains.example.net"},
		{"%{S}", "strong-bad%40email.example.com"},
		{"%%%_%-", "% %20"},
		{"%{c} %{r} %{t} %{p}", "192.0.2.3 us 42 unknown"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct buf out = BUF_INIT;

		EXPECT(spf_macro_is_valid(slice_text(rows[i].text),
		    SPF_MACRO_EXPLANATION));
		EXPECT(spf_macro_expand(slice_text(rows[i].text), &v4,
		    &out) == 0);
		EXPECT_SLICE(rows[i].text, slice_text(rows[i].want),
		    buf_slice(&out));
		buf_free(&out);
	}
}

static void
knows_what_is_no_domain_spec(void)
{
	static const struct {
		const char *text;
		bool valid;
	} rows[] = {{"example.com", true}, {"example.com.", true},
	    {"%{d}", true}, {"x.%{d}", true}, {"x.museum-x", true},
	    {"com", false}, {"example.123", false}, {"example.-a", false},
	    {"example.c_m", false}, {"", false}, {"%{x}.com", false},
	    {"%{d0}.com", false}, {"%{c}.com", false}, {"%{d.com", false},
	    {"%", false}, {"a.com%", false}, {"a b.com", false},
	    {"%{d}x.", false}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		EXPECT_NUMBER(rows[i].text, rows[i].valid,
		    spf_domain_spec_is_valid(slice_text(rows[i].text)));
}

int
main(void)
{
	UNIT_RUN(expands_the_examples_of_the_rfc);
	UNIT_RUN(knows_what_is_no_domain_spec);
	return UNIT_RESULT;
}
