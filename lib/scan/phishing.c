/* SPDX-License-Identifier: ISC */
/*
 * The phishing layer.  Words and names are compared in ASCII lower case; the
 * sender's texts become evidence only, cut and as UTF-8.
 */
#include "phishing.h"

#include <string.h>

#include "base/utf8.h"
#include "mail/address.h"

struct brand {
	const char *name; /* a word of a display name, in lower case */
	const char *domains; /* registrable ones, with blanks between */
};

static const struct brand brands[] = {
	{"adobe", "adobe.com adobesign.com"},
	{"aliexpress", "aliexpress.com alibaba.com"},
	{"amazon", "amazon.com amazon.de amazon.co.uk amazon.fr amazon.es "
	    "amazon.it amazonses.com amazonaws.com amazon.com.br amazon.ca"},
	{"american express", "americanexpress.com aexp.com"},
	{"apple", "apple.com icloud.com"},
	{"binance", "binance.com"}, {"bitcoin", "bitcoin.org"},
	{"bitvavo", "bitvavo.com"}, {"blockchain", "blockchain.com"},
	{"bradesco", "bradesco.com.br"}, {"caixa", "caixa.gov.br"},
	{"citibank", "citi.com citibank.com"},
	{"coinbase", "coinbase.com"},
	{"commerzbank", "commerzbank.com commerzbank.de"},
	{"dhl", "dhl.com dhl.de"},
	{"docusign", "docusign.com docusign.net"},
	{"dropbox", "dropbox.com dropboxmail.com"},
	{"ebay", "ebay.com ebay.de ebay.co.uk"},
	{"facebook", "facebook.com facebookmail.com"},
	{"fedex", "fedex.com"}, {"google", "google.com googlemail.com"},
	{"hermes", "myhermes.de hermesworld.com"},
	{"hsbc", "hsbc.com hsbc.co.uk"},
	{"instagram", "instagram.com facebookmail.com"},
	{"itau", "itau.com.br itau-unibanco.com.br"},
	{"kraken", "kraken.com"}, {"ledger", "ledger.com"},
	{"linkedin", "linkedin.com"}, {"mcafee", "mcafee.com"},
	{"mercado livre", "mercadolivre.com.br mercadolivre.com"},
	{"metamask", "metamask.io consensys.net"},
	{"microsoft", "microsoft.com microsoftonline.com office.com "
	    "outlook.com live.com"},
	{"netflix", "netflix.com"}, {"norton", "norton.com"},
	{"nubank", "nubank.com.br"}, {"opensea", "opensea.io"},
	{"paypal", "paypal.com paypal.de paypal.co.uk paypal.fr"},
	{"santander", "santander.com santander.com.br santander.co.uk "
	    "santander.de"},
	{"sparkasse", "sparkasse.de"}, {"spotify", "spotify.com"},
	{"telekom", "telekom.de telekom.com t-online.de"},
	{"trezor", "trezor.io"}, {"trust wallet", "trustwallet.com"},
	{"ups", "ups.com"}, {"usps", "usps.com usps.gov"},
	{"walmart", "walmart.com"}, {"wells fargo", "wellsfargo.com"},
	{"whatsapp", "whatsapp.com"}};

/* Hosts below which anybody may put a page. */
static const char *const free_hosts[] = {"000webhostapp.com",
	"appspot.com", "azurewebsites.net", "blob.core.windows.net",
	"firebaseapp.com", "fleek.co", "glitch.me",
	"herokuapp.com", "ipfs.io", "myqcloud.com", "netlify.app",
	"pages.dev", "r2.dev", "s3.amazonaws.com", "storage.googleapis.com",
	"surge.sh", "vercel.app", "web.app", "web.core.windows.net",
	"weebly.com", "wixsite.com", "workers.dev"};

/* What a stolen account is asked for with. */
static const char *const lures[] = {"account has been suspended",
	"account has been limited", "account is locked", "account suspended",
	"avoid suspension", "confirm your account",
	"confirm your identity", "confirm your payment",
	"expire soon", "keep same password",
	"kindly update", "log in to your account", "mailbox is full",
	"password expires", "password will expire", "reset your password",
	"secure your account", "seed phrase", "suspicious activity",
	"unusual activity", "unusual sign", "update your account",
	"update your billing", "update your payment", "upgrade your mailbox",
	"validate your", "verify your", "wallet will be", "your wallet",
	"your parcel", "your package", "atualize seus dados",
	"pontos expira", "payment declined", "payment failed",
	"payment was declined", "billing information", "account billing",
	"storage is full", "cloud storage", "will be deleted",
	"been deactivated", "has expired", "service termination",
	"best\xc3\xa4tigen sie", "ihr konto", "ihr paket", "ihre sendung",
	"verifizieren sie", "votre compte", "votre colis", "su cuenta"};

static const char *const prizes[] = {"airdrop", "been selected",
	"claim now", "claim your", "exclusive reward", "free spins",
	"gewinnen sie", "gewinner", "gewonnen", "gutschein",
	"gift card", "unclaimed", "welcome bonus", "you have won",
	"you've won", "your reward", "willkommensbonus", "cadeaukaart",
	"brinde", "carte cadeau", "vous avez gagn", "has ganado"};

static const char *const advances[] = {"advance fee", "beneficiary",
	"compensation fund", "donation to you", "inheritance",
	"late husband", "million dollars", "million euro", "million usd",
	"next of kin", "relief fund", "sum of us$", "pay me in bitcoin",
	"bitcoin wallet", "i hacked", "recorded you", "has been hacked"};

void
phishing_free(struct phishing *p)
{
	for (size_t i = 0; i < p->n; i++)
		buf_free(&p->items[i].evidence);
	p->n = 0;
}

/* Each reason once. */
static void
add(struct phishing *p, const char *reason, double weight,
    struct slice evidence)
{
	struct phishing_reason *item = &p->items[p->n];

	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->items[i].reason, reason) == 0)
			return;
	if (p->n == PHISHING_REASONS_MAX)
		return;
	*item = (struct phishing_reason){reason,
	    BUF_LIMITED(PHISHING_EVIDENCE_MAX), weight};
	utf8_append_clean(&item->evidence, evidence);
	p->n++;
}

static bool
has_word(struct slice list, struct slice word)
{
	while (list.p != NULL)
		if (slice_equal(slice_cut(&list, ' '), word))
			return true;
	return false;
}

static void
append_lower(struct buf *out, struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (buf_append_char(out, ascii_lower(s.p[i])) < 0)
			return;
}

/* As whole words. */
static bool
contains_name(struct slice text, const char *name)
{
	size_t n = strlen(name), at = 0;

	while (at + n <= text.n) {
		size_t found = slice_find_text(slice_part(text, at, text.n),
		    slice_text(name));

		if (at + found + n > text.n)
			return false;
		at += found;
		if ((at == 0 || !ascii_is_alnum(text.p[at - 1])) &&
		    (at + n == text.n || !ascii_is_alnum(text.p[at + n])))
			return true;
		at++;
	}
	return false;
}

/* A protected name in a display name, from a domain that is not its own. */
static void
check_brand(struct phishing *p, struct slice name, struct slice domain,
    bool dmarc_failed)
{
	struct buf lower = BUF_LIMITED(256);

	append_lower(&lower, name);
	for (size_t i = 0; i < sizeof(brands) / sizeof(brands[0]); i++) {
		bool own = has_word(slice_text(brands[i].domains), domain);

		if (!contains_name(buf_slice(&lower), brands[i].name))
			continue;
		if (!own)
			add(p, "display_name", 0.8, name);
		else if (dmarc_failed)
			add(p, "brand_without_dmarc", 0.9, name);
	}
	buf_free(&lower);
}

/* `"service@bank.example" <x@evil.example>': an address for a name. */
static void
check_name_address(struct phishing *p, struct slice name,
    struct slice domain)
{
	size_t at = slice_find(name, '@'), end = at + 1;
	struct buf named = BUF_INIT, lower = BUF_LIMITED(253);

	while (end < name.n && (ascii_is_alnum(name.p[end]) ||
	    name.p[end] == '.' || name.p[end] == '-'))
		end++;
	if (at < name.n)
		append_lower(&lower, slice_part(name, at + 1, end));
	url_registrable(buf_slice(&lower), &named);
	if (named.n > 0 && !slice_equal(buf_slice(&named), domain))
		add(p, "name_is_other_address", 0.8, name);
	buf_free(&named);
	buf_free(&lower);
}

static void
check_scripts(struct phishing *p, struct slice text, const char *reason)
{
	struct slice rest = text;

	while (rest.p != NULL)
		if (url_word_scripts(slice_cut(&rest, ' ')) != 0) {
			add(p, reason, 0.8, text);
			return;
		}
}

static void
registrable_of(const struct address *address, struct buf *out)
{
	struct buf lower = BUF_LIMITED(253);

	append_lower(&lower, address->domain);
	url_registrable(buf_slice(&lower), out);
	buf_free(&lower);
}

/* Where an answer would go.  Lists set it, and say that they are lists. */
static void
check_reply_to(struct phishing *p, const struct header *h,
    struct slice domain)
{
	const struct header_field *field = header_find(h, "Reply-To", 0);
	struct address_list list;
	struct buf reply = BUF_INIT;

	if (field == NULL || header_find(h, "List-Id", 0) != NULL ||
	    header_find(h, "List-Post", 0) != NULL ||
	    header_find(h, "Mailing-List", 0) != NULL ||
	    header_find(h, "List-Unsubscribe", 0) != NULL ||
	    header_find(h, "Sender", 0) != NULL)
		return;
	address_list_parse(&list, field->value);
	if (list.n > 0)
		registrable_of(&list.items[0], &reply);
	if (reply.n > 0 && domain.n > 0 &&
	    !slice_equal(buf_slice(&reply), domain))
		add(p, "reply_to_elsewhere", 0.5,
		    buf_slice(&list.items[0].text));
	address_list_free(&list);
	buf_free(&reply);
}

/* One author with one address in a domain that can exist. */
static void
check_form(struct phishing *p, const struct address_list *from,
    struct slice value)
{
	struct slice domain = from->items[0].domain;

	if (from->n != 1 || from->malformed ||
	    slice_find(domain, '.') == domain.n ||
	    slice_find(domain, ',') < domain.n)
		add(p, "from_malformed", 0.5, slice_trim(value));
}

/* `Crypto.com <x@evil.example>': a name that begins with a host. */
static void
check_name_host(struct phishing *p, struct slice name, struct slice domain)
{
	struct slice word = slice_part(name, 0, slice_find(name, ' '));
	struct buf lower = BUF_LIMITED(253), named = BUF_INIT;

	if (slice_find(word, '.') > 2 && slice_find(word, '.') < word.n &&
	    slice_find(word, '@') == word.n) {
		append_lower(&lower, word);
		url_registrable(buf_slice(&lower), &named);
	}
	if (named.n > 0 && !slice_equal(buf_slice(&named), domain))
		add(p, "name_is_other_domain", 0.6, name);
	buf_free(&lower);
	buf_free(&named);
}

static void
check_author(struct phishing *p, const struct header *h,
    const struct address *from, struct slice domain, const struct meta *m)
{
	struct slice name = buf_slice(&from->name);
	bool failed = json_string_is(
	    meta_at(m, "checks.dmarc.result"), "fail");

	check_brand(p, name, domain, failed);
	check_name_address(p, name, domain);
	check_scripts(p, name, "name_of_mixed_letters");
	check_reply_to(p, h, domain);
	check_name_host(p, name, domain);
}

static void
check_subject(struct phishing *p, const struct header *h)
{
	struct buf subject = BUF_INIT;

	header_decoded(h, "Subject", &subject);
	check_scripts(p, buf_slice(&subject), "subject_of_mixed_letters");
	buf_free(&subject);
}

static bool
is_list_mail(const struct header *h)
{
	return header_find(h, "List-Id", 0) != NULL ||
	    header_find(h, "List-Post", 0) != NULL ||
	    header_find(h, "Mailing-List", 0) != NULL ||
	    header_find(h, "List-Archive", 0) != NULL;
}

static bool
is_free_host(struct slice host)
{
	for (size_t i = 0; i < sizeof(free_hosts) / sizeof(free_hosts[0]);
	    i++) {
		size_t n = strlen(free_hosts[i]);

		if (slice_ends(host, free_hosts[i]) && (host.n == n ||
		    host.p[host.n - n - 1] == '.'))
			return true;
	}
	return false;
}

/* An address that means another host to everybody is no way to deceive. */
static bool
is_private(struct slice address)
{
	static const char *const networks[] = {"10.", "127.", "169.254.",
	    "172.16.", "172.17.", "172.18.", "172.31.", "192.168."};

	for (size_t i = 0; i < sizeof(networks) / sizeof(networks[0]); i++)
		if (slice_starts(address, networks[i]))
			return true;
	return false;
}

static void
check_url(struct phishing *p, const struct urls_item *item, bool in_list)
{
	static const struct {
		unsigned flag;
		const char *reason;
		double weight;
	} rows[] = {
		{URL_IP, "link_to_address", 0.6},
		{URL_CREDENTIALS, "link_with_user", 0.6},
		{URL_MIXED_SCRIPT, "link_of_mixed_letters", 0.9},
		{URL_CONFUSABLE, "link_of_lookalike_letters", 0.9},
		{URL_SHORTENER, "link_shortened", 0.3},
		{URL_SCRIPT, "link_runs_script", 0.7},
		{URL_DATA, "link_holds_data", 0.3},
		{URL_HIDDEN, "link_hides_host", 0.7}};
	struct slice text = buf_slice(&item->url.text);

	if ((item->url.flags & URL_TEXT_DIFFERS) != 0)
		add(p, "link_text", 0.6, buf_slice(&item->words));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if ((item->url.flags & rows[i].flag) != 0 &&
		    (!in_list || rows[i].flag != URL_SHORTENER) &&
		    (rows[i].flag != URL_IP ||
		    !is_private(buf_slice(&item->url.host))))
			add(p, rows[i].reason, rows[i].weight, text);
	if (!in_list && is_free_host(buf_slice(&item->url.host)))
		add(p, "link_to_free_host", 0.4, text);
}

static void
check_words(struct phishing *p, struct slice text, const char *reason,
    const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slice_find_text(text, slice_text(words[i])) < text.n) {
			add(p, reason, 0.5, slice_text(words[i]));
			return;
		}
}

/* Words that ask for an account or promise a prize, with a link that leads
 * away from who says that he wrote them; and those of advance fees. */
static void
check_lures(struct phishing *p, const struct header *h,
    const struct urls *u, struct slice domain)
{
	struct buf lower = BUF_LIMITED(URLS_WORDS_MAX + 1000);
	bool away = false;

	if (is_list_mail(h))
		return;
	for (size_t i = 0; i < u->n && !away; i++)
		away = u->items[i].url.host.n > 0 && !slice_equal(domain,
		    buf_slice(&u->items[i].url.registrable));
	header_decoded(h, "Subject", &lower);
	buf_truncate(&lower, lower.n < 1000 ? lower.n : 1000);
	for (size_t i = 0; i < lower.n; i++)
		lower.p[i] = ascii_lower(lower.p[i]);
	buf_append_char(&lower, '\n');
	append_lower(&lower, buf_slice(&u->words));
	if (away) {
		check_words(p, buf_slice(&lower), "asks_for_account", lures,
		    sizeof(lures) / sizeof(lures[0]));
		check_words(p, buf_slice(&lower), "promises_prize", prizes,
		    sizeof(prizes) / sizeof(prizes[0]));
	}
	check_words(p, buf_slice(&lower), "advance_fee", advances,
	    sizeof(advances) / sizeof(advances[0]));
	buf_free(&lower);
}

void
phishing_find(struct phishing *p, const struct header *h,
    const struct urls *u, const struct meta *m)
{
	const struct header_field *field = header_find(h, "From", 0);
	struct address_list from = {.items = NULL};
	struct buf domain = BUF_INIT;

	p->n = 0;
	p->score = 0;
	if (field != NULL)
		address_list_parse(&from, field->value);
	if (from.n > 0) {
		registrable_of(&from.items[0], &domain);
		check_form(p, &from, field->value);
		check_author(p, h, &from.items[0], buf_slice(&domain), m);
	}
	check_subject(p, h);
	for (size_t i = 0; i < u->n; i++)
		check_url(p, &u->items[i], is_list_mail(h));
	if (u->has_form && u->asks_password)
		add(p, "form", 0.8, SLICE("HTML with a form for a password"));
	if (u->has_script)
		add(p, "script", 0.6, SLICE("HTML with a script"));
	check_lures(p, h, u, buf_slice(&domain));
	for (size_t i = 0; i < p->n; i++)
		p->score = 1 - (1 - p->score) * (1 - p->items[i].weight);
	address_list_free(&from);
	buf_free(&domain);
}

void
phishing_write(const struct phishing *p, struct json_writer *w)
{
	json_open_object(w, "phishing");
	json_put_real(w, "score", p->score, 4);
	json_open_array(w, "reasons");
	for (size_t i = 0; i < p->n; i++) {
		json_open_object(w, NULL);
		json_put_text(w, "reason", p->items[i].reason);
		json_put_slice(w, "evidence",
		    buf_slice(&p->items[i].evidence));
		json_close_object(w);
	}
	json_close_array(w);
	json_close_object(w);
}
