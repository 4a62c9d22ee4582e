/* SPDX-License-Identifier: ISC */
#include "scan/brand.h"

#include "unit.h"

static void
tells_whose_name_an_author_bears(void)
{
	static const struct {
		const char *name, *domain;
		enum brand_claim want;
	} rows[] = {
		{"PayPal Service", "evil.org", BRAND_FOREIGN},
		{"PayPal", "paypal.com", BRAND_OWN},
		/* in other countries, but not where names are for nothing */
		{"Amazon.com.mx", "amazon.com.mx", BRAND_OWN},
		{"DHL Paket", "dhl.fr", BRAND_OWN},
		{"Amazon", "amazon.tk", BRAND_FOREIGN},
		{"Amazon", "amazon.cfd", BRAND_FOREIGN},
		{"papaypal", "evil.org", BRAND_NONE},
		/* family names and words */
		{"Norton", "evil.org", BRAND_FOREIGN},
		{"Norton Customer Service", "evil.org", BRAND_FOREIGN},
		{"Ed Norton", "example.org", BRAND_NONE},
		{"Apple Core Weekly", "example.org", BRAND_NONE},
		{"Chase Smith", "example.org", BRAND_NONE},
		{"Your Apple ID", "evil.org", BRAND_FOREIGN},
		/* I for l, digits, other scripts, marks, full width */
		{"Amie from Iedger", "evil.org", BRAND_DISGUISED},
		{"PayPaI", "evil.org", BRAND_DISGUISED},
		{"M1crosoft 0ffice", "evil.org", BRAND_DISGUISED},
		{"\xd0\xa0" "ay\xd0\xa0" "al", "evil.org", BRAND_DISGUISED},
		{"N\xcd\x8f" "e\xcd\x8ftflix", "evil.org", BRAND_DISGUISED},
		{"\xef\xbc\xb0" "ayPal", "evil.org", BRAND_DISGUISED},
		{"PayPaI", "paypal.com", BRAND_NONE},
		{"Linda", "example.org", BRAND_NONE},
		{"", "example.org", BRAND_NONE},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		EXPECT_NUMBER(rows[i].name, rows[i].want,
		    brand_of_name(slice_text(rows[i].name),
		    slice_text(rows[i].domain)));
}

static void
sees_brands_in_hosts_of_others(void)
{
	static const struct {
		const char *host, *registrable;
		bool want;
	} rows[] = {
		{"paypal-login.com", "paypal-login.com", true},
		{"www.secure-netflix.xyz", "secure-netflix.xyz", true},
		{"paypal.com.evil.net", "evil.net", true},
		{"paypal.com-login.evil.net", "evil.net", true},
		{"paypa1.com", "paypa1.com", true},
		{"arnazon.com", "arnazon.com", true},
		{"xn--pypal-4ve.com", "xn--pypal-4ve.com", true},
		{"www.paypal.com", "paypal.com", false},
		{"www.amazon.com.mx", "amazon.com.mx", false},
		{"google-analytics.com", "google-analytics.com", false},
		/* what others write about them */
		{"apple.slashdot.org", "slashdot.org", false},
		{"facebook.github.io", "facebook.github.io", false},
		{"amazonas.gov.br", "amazonas.gov.br", false},
		{"big-apple-tours.com", "big-apple-tours.com", false},
		{"example.org", "example.org", false},
		{"", "", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		EXPECT_NUMBER(rows[i].host, rows[i].want,
		    brand_in_host(slice_text(rows[i].host),
		    slice_text(rows[i].registrable)));
}

static void
knows_the_domains_of_one_brand(void)
{
	EXPECT(brand_owns(brand_of_domain(SLICE("microsoft.com")),
	    SLICE("live.com")));
	EXPECT(!brand_owns(brand_of_domain(SLICE("microsoft.com")),
	    SLICE("evil.org")));
	EXPECT(!brand_owns(brand_of_domain(SLICE("example.org")),
	    SLICE("example.org")));
	EXPECT_NUMBER("none", 0, brand_of_domain(SLICE_NONE));
}

int
main(void)
{
	UNIT_RUN(tells_whose_name_an_author_bears);
	UNIT_RUN(sees_brands_in_hosts_of_others);
	UNIT_RUN(knows_the_domains_of_one_brand);
	return UNIT_RESULT;
}
