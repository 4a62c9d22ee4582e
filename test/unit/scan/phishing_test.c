/* SPDX-License-Identifier: ISC */
#include "scan/phishing.h"

#include "unit.h"

#define HTML "Content-Type: text/html\n\n"
#define BOB "From: Bob <bob@example.com>\n"

static const char passed[] =
    "{\"fe\":1,\"checks\":{\"dmarc\":{\"result\":\"pass\"}}}";
static const char failed[] =
    "{\"fe\":1,\"checks\":{\"dmarc\":{\"result\":\"fail\"}}}";

/* Each reason, of a message that has it and of one that nearly has. */
static const struct {
	const char *reason, *deceit, *honest;
} rows[] = {
	{"display_name", "From: PayPal <a@evil.example.net>\n\n",
	    "From: PayPal <a@paypal.com>\n\n"},
	{"name_disguised", "From: PayPaI <a@evil.example.net>\n\n",
	    "From: Paula <a@evil.example.net>\n\n"},
	{"name_is_other_address",
	    "From: \"x@bank.com\" <x@evil.net>\n\n",
	    "From: \"x@bank.com\" <x@mail.bank.com>\n\n"},
	{"name_is_other_domain", "From: Crypto.com <x@evil.net>\n\n",
	    "From: Crypto.com <x@mail.crypto.com>\n\n"},
	{"name_of_mixed_letters", "From: P\xd0\xb0yments <x@example.com>\n\n",
	    "From: \xd0\x90\xd0\xbd\xd0\xbd\xd0\xb0 <x@example.com>\n\n"},
	{"subject_of_mixed_letters",
	    BOB "Subject: your p\xd0\xb0rcel\n\n",
	    BOB "Subject: \xd0\xbc\xd0\xbe\xd0\xb9 parcel\n\n"},
	{"reply_to_elsewhere", BOB "Reply-To: bob@example.org\n\n",
	    BOB "Reply-To: bob@mail.example.com\n\n"},
	{"from_malformed", "From: Bob <bob>\n\n", BOB "\n"},
	{"author_at_free_host", "From: Bob <bob@x.web.app>\n\n", BOB "\n"},
	{"author_names_brand", "From: Bob <bob@paypal-login.com>\n\n",
	    "From: Bob <bob@mail.paypal.com>\n\n"},
	{"author_lookalike", "From: Bob <bob@examp1e.org>\n\n",
	    "From: Bob <bob@www.example.org>\n\n"},
	{"link_to_address", BOB "\nhttp://192.0.2.1/x\n",
	    BOB "\nhttp://192.168.0.1/x\n"},
	{"link_with_user", BOB "\nhttp://bank.com@evil.net/\n",
	    BOB "\nhttp://evil.net/bank.com@\n"},
	{"link_of_mixed_letters", BOB "\nhttp://b\xd0\xb0nk.net/\n",
	    BOB "\nhttp://b\xc3\xa4nk.net/\n"},
	{"link_of_lookalike_letters",
	    BOB "\nhttp://\xd0\xb0\xd1\x81\xd0\xb5.com/\n",
	    BOB "\nhttp://\xd0\xb4\xd0\xbe\xd0\xbc.com/\n"},
	{"link_shortened", BOB "\nhttp://bit.ly/x\n",
	    BOB "List-Id: <x.example.com>\n\nhttp://bit.ly/x\n"},
	{"link_runs_script", BOB HTML "<a href='javascript:x()'>x</a>",
	    BOB HTML "<a href='http://example.com/javascript:x'>x</a>"},
	{"link_holds_data", BOB HTML "<a href='data:text/html,x'>x</a>",
	    BOB HTML "<a href='http://example.com/?data:x'>x</a>"},
	{"link_hides_host", BOB "\nhttp://b%61nk.com/\n",
	    BOB "\nhttp://bank.com/b%61nk\n"},
	{"link_to_lookalike", BOB "\nhttp://examp1e.org/\n",
	    BOB "\nhttp://www.example.org/\n"},
	{"link_opens_file",
	    BOB HTML "<a href='file://192.0.2.1/x/y'>x</a>",
	    BOB HTML "<a href='http://example.com/file:x'>x</a>"},
	{"link_text", BOB HTML "<a href='http://evil.net/'>www.bank.com</a>",
	    BOB HTML "<a href='http://bank.com/'>www.bank.com</a>"},
	{"link_to_free_host", BOB "\nhttp://x.web.app/\n",
	    BOB HTML "<img src='http://x.web.app/'>"},
	{"link_names_brand", BOB "\nhttp://paypal-login.com/\n",
	    BOB "\nhttp://login.paypal.com/\n"},
	{"form", BOB HTML "<form><input type=password></form>",
	    BOB HTML "<form><input type=text></form>"},
	{"script", BOB HTML "<script>x</script>",
	    BOB HTML "<script type='application/ld+json'>{}</script>"},
	{"asks_for_account",
	    BOB "\nVerify your account: http://evil.net/\n",
	    BOB "\nVerify your account: http://www.example.com/\n"},
	{"promises_prize", BOB "\nClaim your prize: http://evil.net/\n",
	    BOB "\nClaim your prize: http://www.example.com/\n"},
	{"advance_fee", BOB "\nmy late husband left it\n",
	    BOB "\nmy husband was late\n"},
};

static bool
has_reason(const char *message, const char *record, const char *reason)
{
	const char *names[] = {"example.org"};
	const struct option_list domains = {names, 1}, none = {NULL, 0};
	struct phishing phishing;
	struct reading reading;
	struct watch watch;
	struct urls urls;
	struct meta meta;
	bool found = false;

	EXPECT(meta_parse(&meta, slice_text(record), NULL) == 0);
	reading_open(&reading, slice_text(message));
	urls_init(&urls);
	while (reading_next(&reading))
		urls_add_text(&urls, &reading);
	watch_open(&watch, &domains, NULL, &none, &none);
	watch_mark(&watch, &urls);
	phishing_find(&phishing, &reading.header, &urls, &meta, &watch);
	for (size_t i = 0; i < phishing.n; i++)
		found = found || (strcmp(phishing.items[i].reason,
		    reason) == 0 && phishing.items[i].evidence.n > 0);
	EXPECT(phishing.n == 0 || phishing.score > 0);
	phishing_free(&phishing);
	watch_close(&watch);
	urls_free(&urls);
	reading_close(&reading);
	meta_free(&meta);
	return found;
}

static void
each_reason_is_told_and_what_nearly_has_it_is_not(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		EXPECT_NUMBER(rows[i].reason, true, has_reason(
		    rows[i].deceit, passed, rows[i].reason));
		EXPECT_NUMBER(rows[i].reason, false, has_reason(
		    rows[i].honest, passed, rows[i].reason));
	}
}

static void
a_brand_counts_as_itself_unless_its_policy_says_no(void)
{
	static const char brand[] = "From: PayPal <a@paypal.com>\n\n";

	EXPECT(!has_reason(brand, passed, "brand_without_dmarc"));
	EXPECT(has_reason(brand, failed, "brand_without_dmarc"));
	EXPECT(!has_reason(BOB "\n", failed, "brand_without_dmarc"));
}

int
main(void)
{
	UNIT_RUN(each_reason_is_told_and_what_nearly_has_it_is_not);
	UNIT_RUN(a_brand_counts_as_itself_unless_its_policy_says_no);
	return UNIT_RESULT;
}
