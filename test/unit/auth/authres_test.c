/* SPDX-License-Identifier: ISC */
#include "auth/authres.h"
#include "unit.h"

static void
knows_fields_in_our_name(void)
{
	static const struct {
		const char *value;
		bool claims;
	} rows[] = {
		{" mx.example.org; spf=pass", true},
		{"MX.Example.ORG 1; none", true},
		{"\"mx.example.org\"; none", true},
		{"\"mx\\.example.org\"; none", true},
		{"(x (y) \\) ) mx.example.org; none", true},
		{"\r\n\tmx.example.org(c); none", true},
		{"mx.example.org", true},
		{"MX.EXAMPLE.ORG.; dmarc=pass", true},
		{"(never ends mx.other.org; none", true},
		{"\"open", true},
		{"", true},
		{" ; spf=pass", true},
		{"other.example.org; spf=pass", false},
		{"mx.example.org.evil.test; spf=pass", false},
		{"(mx.example.org) other.test; spf=pass", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		EXPECT_NUMBER(rows[i].value, rows[i].claims,
		    authres_claims(slice_text(rows[i].value),
		    SLICE("mx.example.org")));
}

int
main(void)
{
	UNIT_RUN(knows_fields_in_our_name);
	return UNIT_RESULT;
}
