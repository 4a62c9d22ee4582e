/* SPDX-License-Identifier: ISC */
/*
 * The phishing layer: where links lead, what HTML does, what words lure.  Words
 * are compared in ASCII lower case.
 */
#include "phishing.h"

#include "author.h"
#include "brand.h"
#include "free_host.h"
#include "lure.h"
#include "net/ip.h"

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
		phishing_add(p, "link_text", 0.6, buf_slice(&item->words));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if ((item->url.flags & rows[i].flag) != 0 &&
		    (rows[i].flag != URL_SHORTENER ||
		    (!in_list && item->followed)) &&
		    (rows[i].flag != URL_IP || (!is_private(host) &&
		    !(in_list && item->in_text))))
			phishing_add(p, rows[i].reason, rows[i].weight, text);
	if (!in_list && item->followed && free_host_is(&item->url.host))
		phishing_add(p, "link_to_free_host", 0.4, text);
	if (item->followed && brand_in_host(host,
	    buf_slice(&item->url.registrable)))
		phishing_add(p, "link_names_brand", 0.7, text);
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
			phishing_add(p, rows[i].reason, 0.5,
			    slice_text(found[rows[i].lure]));
	buf_free(&lower);
}

void
phishing_find(struct phishing *p, const struct header *h,
    const struct urls *u, const struct meta *m, const struct watch *watch)
{
	struct buf domain = BUF_INIT;
	bool in_list = is_list_mail(h);

	p->n = 0;
	p->score = 0;
	author_check(p, h, m, watch, &domain);
	for (size_t i = 0; i < u->n; i++)
		check_url(p, &u->items[i], in_list);
	if (u->has_form && u->asks_password)
		phishing_add(p, "form", 0.8,
		    SLICE("HTML with a form for a password"));
	if (u->hidden_n >= PHISHING_HIDDEN_MIN)
		phishing_add(p, "text_hidden", 0.6, buf_slice(&u->hidden));
	if (u->has_script)
		phishing_add(p, "script", 0.6, SLICE("HTML with a script"));
	if (!in_list)
		check_lures(p, h, u, buf_slice(&domain));
	for (size_t i = 0; i < p->n; i++)
		p->score = 1 - (1 - p->score) * (1 - p->items[i].weight);
	buf_free(&domain);
}
