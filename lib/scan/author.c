/* SPDX-License-Identifier: ISC */
/*
 * The author as the header names him.  Names are compared in ASCII lower
 * case, and as the eye takes them (brand.h).
 */
#include "author.h"

#include "auth/domain.h"
#include "base/utf8.h"
#include "brand.h"
#include "free_host.h"
#include "mail/address.h"

/* A well-known name, from a domain that is not its own. */
static void
check_brand(struct phishing *p, struct slice name, struct slice domain,
    bool dmarc_failed)
{
	enum brand_claim claim = brand_of_name(name, domain);

	if (claim == BRAND_DISGUISED)
		phishing_add(p, "name_disguised", 0.9, name);
	else if (claim == BRAND_FOREIGN)
		phishing_add(p, "display_name", 0.8, name);
	else if (claim == BRAND_OWN && dmarc_failed)
		phishing_add(p, "brand_without_dmarc", 0.9, name);
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
		phishing_add(p, "name_is_other_address", 0.8, name);
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
		phishing_add(p, reason, 0.8, text);
	while (rest.p != NULL)
		if (url_word_scripts(slice_cut(&rest, ' ')) != 0) {
			phishing_add(p, reason, 0.8, text);
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
		phishing_add(p, "reply_to_elsewhere", 0.5,
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
		phishing_add(p, "from_malformed", 0.5, slice_trim(value));
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
		phishing_add(p, "name_is_other_domain", 0.6, name);
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
		phishing_add(p, "author_names_brand", 0.7, buf_slice(&host));
	if (free_host_is(&host) ||
	    domain_is_within(buf_slice(&host), SLICE("onmicrosoft.com")))
		phishing_add(p, "author_at_free_host", 0.4, buf_slice(&host));
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
		phishing_add(p, "display_name", 0.8, buf_slice(&from->name));
	if (watch_is_lookalike(watch, buf_slice(&host), domain, &which))
		phishing_add(p, "author_lookalike", 0.9, buf_slice(&host));
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

void
author_check(struct phishing *p, const struct header *h,
    const struct meta *m, const struct watch *watch, struct buf *domain)
{
	const struct header_field *field = header_find(h, "From", 0);
	struct address_list from = {.items = NULL};

	if (field != NULL)
		address_list_parse(&from, field->value);
	if (from.n > 0) {
		registrable_of(&from.items[0], domain);
		check_form(p, &from, field->value);
		check_author(p, h, &from.items[0], buf_slice(domain), m);
		check_watched(p, watch, &from.items[0], buf_slice(domain));
	}
	check_subject(p, h);
	address_list_free(&from);
}
