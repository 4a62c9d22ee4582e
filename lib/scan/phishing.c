/* SPDX-License-Identifier: ISC */
/*
 * The phishing layer.  Words and names are compared in ASCII lower case; the
 * sender's texts become evidence only, cut and as UTF-8.
 */
#include "phishing.h"

#include <string.h>

#include "auth/domain.h"
#include "base/utf8.h"
#include "brand.h"
#include "free_host.h"
#include "lure.h"
#include "mail/address.h"
#include "net/ip.h"

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

/* A well-known name, from a domain that is not its own. */
static void
check_brand(struct phishing *p, struct slice name, struct slice domain,
    bool dmarc_failed)
{
	enum brand_claim claim = brand_of_name(name, domain);

	if (claim == BRAND_DISGUISED)
		add(p, "name_disguised", 0.9, name);
	else if (claim == BRAND_FOREIGN)
		add(p, "display_name", 0.8, name);
	else if (claim == BRAND_OWN && dmarc_failed)
		add(p, "brand_without_dmarc", 0.9, name);
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
		buf_append_lower(&lower, slice_part(name, at + 1, end));
	url_registrable(buf_slice(&lower), &named);
	if (named.n > 0 && !slice_equal(buf_slice(&named), domain))
		add(p, "name_is_other_address", 0.8, name);
	buf_free(&named);
	buf_free(&lower);
}

/* Strokes through letters and characters without width between them: a word
 * that is read and not found.  Joiners of other scripts stand between letters
 * of those. */
static bool
has_fillers(struct slice text)
{
	size_t found = 0;
	bool after_letter = false;
	uint32_t c;
	bool valid;

	while (text.n > 0) {
		size_t n = utf8_next(text, &c, &valid);

		text = slice_part(text, n, text.n);
		if (after_letter && text.n > 0 && ascii_is_alpha(text.p[0]))
			found += c == 0x34f || c == 0x2060 || c == 0xfeff ||
			    (c >= 0x200b && c <= 0x200d) ||
			    (c >= 0x334 && c <= 0x338);
		after_letter = c < 0x80 && ascii_is_alpha((char)c);
	}
	return found >= 2;
}

static void
check_scripts(struct phishing *p, struct slice text, const char *reason)
{
	struct slice rest = text;

	if (has_fillers(text))
		add(p, reason, 0.8, text);
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

	buf_append_lower(&lower, address->domain);
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

/* Letters, digits, hyphens and dots, in Unicode or not. */
static bool
can_exist(struct slice domain)
{
	struct buf ascii = BUF_INIT;
	bool result = domain_to_ascii(domain, &ascii) == 0 &&
	    slice_find(buf_slice(&ascii), '.') < ascii.n;

	for (size_t i = 0; i < ascii.n; i++)
		result = result && (ascii_is_alnum(ascii.p[i]) ||
		    ascii.p[i] == '.' || ascii.p[i] == '-' ||
		    ascii.p[i] == '_');
	buf_free(&ascii);
	return result;
}

/* One author with one address in a domain that can exist. */
static void
check_form(struct phishing *p, const struct address_list *from,
    struct slice value)
{
	if (from->n != 1 || from->malformed ||
	    !can_exist(slice_trim(from->items[0].domain)))
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
		buf_append_lower(&lower, word);
		url_registrable(buf_slice(&lower), &named);
	}
	if (named.n > 0 && !slice_equal(buf_slice(&named), domain))
		add(p, "name_is_other_domain", 0.6, name);
	buf_free(&lower);
	buf_free(&named);
}

/* Whose address is at a host for anybody, or at one like that of a brand. */
static void
check_domain(struct phishing *p, struct slice address, struct slice domain)
{
	struct buf host = BUF_LIMITED(253);

	buf_append_lower(&host, address);
	if (brand_in_host(buf_slice(&host), domain))
		add(p, "author_names_brand", 0.7, buf_slice(&host));
	if (free_host_is(&host) ||
	    domain_is_within(buf_slice(&host), SLICE("onmicrosoft.com")))
		add(p, "author_at_free_host", 0.4, buf_slice(&host));
	buf_free(&host);
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
	check_domain(p, from->domain, domain);
}

/* Somebody of this site, by name or by a domain like ours. */
static void
check_watched(struct phishing *p, const struct watch *watch,
    const struct address *from, struct slice domain)
{
	struct buf host = BUF_INIT;
	struct slice which;

	if (domain_to_ascii(from->domain, &host) < 0)
		buf_append_lower(&host, slice_part(from->domain, 0, 253));
	if (!watch_is_own(watch, buf_slice(&host)) &&
	    watch_is_name(watch, buf_slice(&from->name)))
		add(p, "display_name", 0.8, buf_slice(&from->name));
	if (watch_is_lookalike(watch, buf_slice(&host), domain, &which))
		add(p, "author_lookalike", 0.9, buf_slice(&host));
	buf_free(&host);
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

/* An address that means another host to everybody is no way to deceive
 * (RFC 1918, 3927, 4193, 4291). */
static bool
is_private(struct slice address)
{
	static const char *const networks[] = {"10.0.0.0/8", "127.0.0.0/8",
	    "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "::1",
	    "fc00::/7", "fe80::/10"};
	struct network network;
	struct ip ip;

	if (ip_parse(address, &ip) < 0)
		return false;
	for (size_t i = 0; i < sizeof(networks) / sizeof(networks[0]); i++)
		if (network_parse(slice_text(networks[i]), &network) == 0 &&
		    network_has(&network, &ip))
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
		{URL_HIDDEN, "link_hides_host", 0.7},
		{URL_BLOCKED, "link_blocked", 0.9},
		{URL_LOOKALIKE, "link_to_lookalike", 0.9},
		{URL_FILE, "link_opens_file", 0.7}};
	struct slice text = buf_slice(&item->url.text);
	struct slice host = buf_slice(&item->url.host);

	if ((item->url.flags & URL_TEXT_DIFFERS) != 0)
		add(p, "link_text", 0.6, buf_slice(&item->words));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if ((item->url.flags & rows[i].flag) != 0 &&
		    (rows[i].flag != URL_SHORTENER ||
		    (!in_list && item->followed)) &&
		    (rows[i].flag != URL_IP || (!is_private(host) &&
		    !(in_list && item->in_text))))
			add(p, rows[i].reason, rows[i].weight, text);
	if (!in_list && item->followed && free_host_is(&item->url.host))
		add(p, "link_to_free_host", 0.4, text);
	if (item->followed && brand_in_host(host,
	    buf_slice(&item->url.registrable)))
		add(p, "link_names_brand", 0.7, text);
}

/* Links of which none leads to the author's domain, or to another of the
 * brand that he is of. */
static bool
leads_away(const struct urls *u, struct slice domain)
{
	size_t links = 0, brand;

	for (size_t i = 0; i < u->n; i++) {
		const struct urls_item *item = &u->items[i];

		if (!item->followed || item->url.host.n == 0)
			continue;
		if (slice_equal(domain, buf_slice(&item->url.registrable)))
			return false;
		links++;
	}
	brand = links > 0 ? brand_of_domain(domain) : 0;
	for (size_t i = 0; brand > 0 && i < u->n; i++)
		if (u->items[i].followed && brand_owns(brand,
		    buf_slice(&u->items[i].url.registrable)))
			return false;
	return links > 0;
}

/* Words that ask for an account or promise a prize, with links of which none
 * leads to who says that he wrote them; and those of advance fees. */
static void
check_lures(struct phishing *p, const struct header *h,
    const struct urls *u, struct slice domain)
{
	static const struct {
		enum lure lure;
		const char *reason;
	} rows[] = {{LURE_ACCOUNT, "asks_for_account"},
	    {LURE_PRIZE, "promises_prize"}, {LURE_ADVANCE, "advance_fee"}};
	struct buf lower = BUF_LIMITED(URLS_WORDS_MAX + 1000);
	const char *found[LURES_N];
	bool away = leads_away(u, domain);

	header_decoded(h, "Subject", &lower);
	buf_truncate(&lower, lower.n < 1000 ? lower.n : 1000);
	for (size_t i = 0; i < lower.n; i++)
		lower.p[i] = ascii_lower(lower.p[i]);
	buf_append_char(&lower, '\n');
	buf_append_lower(&lower, buf_slice(&u->words));
	lure_find(buf_slice(&lower), found);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (found[rows[i].lure] != NULL &&
		    (away || rows[i].lure == LURE_ADVANCE))
			add(p, rows[i].reason, 0.5,
			    slice_text(found[rows[i].lure]));
	buf_free(&lower);
}

void
phishing_find(struct phishing *p, const struct header *h,
    const struct urls *u, const struct meta *m, const struct watch *watch)
{
	const struct header_field *field = header_find(h, "From", 0);
	struct address_list from = {.items = NULL};
	struct buf domain = BUF_INIT;
	bool in_list = is_list_mail(h);

	p->n = 0;
	p->score = 0;
	if (field != NULL)
		address_list_parse(&from, field->value);
	if (from.n > 0) {
		registrable_of(&from.items[0], &domain);
		check_form(p, &from, field->value);
		check_author(p, h, &from.items[0], buf_slice(&domain), m);
		check_watched(p, watch, &from.items[0], buf_slice(&domain));
	}
	check_subject(p, h);
	for (size_t i = 0; i < u->n; i++)
		check_url(p, &u->items[i], in_list);
	if (u->has_form && u->asks_password)
		add(p, "form", 0.8, SLICE("HTML with a form for a password"));
	if (u->hidden_n >= PHISHING_HIDDEN_MIN)
		add(p, "text_hidden", 0.6, buf_slice(&u->hidden));
	if (u->has_script)
		add(p, "script", 0.6, SLICE("HTML with a script"));
	if (!in_list)
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
