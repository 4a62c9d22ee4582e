/* SPDX-License-Identifier: ISC */
/*
 * The host of a URL: addresses in any base, escapes, letters of other scripts
 * and such without width.
 */
#include "url_host.h"

#include <idn2.h>
#include <libpsl.h>
#include <string.h>

#include "auth/domain.h"
#include "base/utf8.h"
#include "mail/encoding.h"
#include "net/ip.h"

void
url_registrable(struct slice host, struct buf *out)
{
	char name[DOMAIN_SIZE_MAX + 1];
	const char *domain = NULL, *at = name, *dot;

	if (host.n == 0 || host.n > DOMAIN_SIZE_MAX || host.p[0] == '.')
		return;
	memcpy(name, host.p, host.n);
	name[host.n] = '\0';
	/* a suffix that nobody has registered is none: `report.docx' */
	while (at != NULL && !psl_is_public_suffix2(psl_builtin(), at,
	    PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE)) {
		domain = at;
		dot = strchr(at, '.');
		at = dot != NULL ? dot + 1 : NULL;
	}
	if (at != NULL && domain != NULL)
		buf_append_text(out, domain);
}

/* Letters that in common fonts cannot be told from Latin ones. */
static bool
looks_latin(uint32_t c)
{
	static const uint32_t same[] = {0x391, 0x392, 0x395, 0x396, 0x397,
	    0x399, 0x39a, 0x39c, 0x39d, 0x39f, 0x3a1, 0x3a4, 0x3a5, 0x3a7,
	    0x3b1, 0x3b9, 0x3bd, 0x3bf, 0x3c1, 0x3c5, 0x405, 0x406, 0x408,
	    0x410, 0x412, 0x415, 0x41a, 0x41c, 0x41d, 0x41e, 0x420, 0x421,
	    0x422, 0x423, 0x425, 0x430, 0x435, 0x43e, 0x440, 0x441, 0x443,
	    0x445, 0x455, 0x456, 0x458, 0x4bb, 0x4cf, 0x501, 0x51b, 0x51d,
	    /* phonetic: small capitals, and the a and g of print */
	    0x251, 0x261, 0x262, 0x26a, 0x274, 0x280, 0x28f, 0x299, 0x29c,
	    0x29f, 0x1d00, 0x1d04, 0x1d05, 0x1d07, 0x1d0a, 0x1d0b, 0x1d0d,
	    0x1d0f, 0x1d18, 0x1d1b, 0x1d1c, 0x1d20, 0x1d21, 0x1d22};

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		if (same[i] == c)
			return true;
	return false;
}

unsigned
url_word_scripts(struct slice word)
{
	size_t latin = 0, foreign = 0, alike = 0, disguised = 0;
	uint32_t c;
	bool valid;

	while (word.n > 0) {
		size_t n = utf8_next(word, &c, &valid);

		word = slice_part(word, n, word.n);
		if (c < 0x80)
			latin += ascii_is_alpha((char)c);
		else if (c >= 0xc0 && c < 0x250)
			latin++;
		else if ((c >= 0x370 && c < 0x590) ||
		    (c >= 0x13a0 && c < 0x1400) ||
		    (c >= 0x1d400 && c < 0x1d800) ||
		    (c >= 0x250 && c < 0x1d80 && looks_latin(c)) ||
		    (c >= 0xe0000 && c < 0xe0fff)) {
			foreign++;
			alike += looks_latin(c);
			disguised += c >= 0x1d400;
		}
	}
	if (latin > 0 && foreign > 0)
		return URL_MIXED_SCRIPT;
	if (foreign > 0 && latin == 0 && alike == 0)
		return disguised == foreign ? URL_CONFUSABLE : 0;
	return foreign > 2 && alike == foreign ? URL_CONFUSABLE : 0;
}

/* Looks at the scripts of the U-label form, label by label. */
static unsigned
host_scripts(const char *ascii)
{
	struct slice rest;
	char *text = NULL;
	unsigned flags = 0;

	if (strstr(ascii, "xn--") == NULL ||
	    idn2_to_unicode_8z8z(ascii, &text, 0) != IDN2_OK)
		return 0;
	rest = slice_text(text);
	while (rest.p != NULL)
		flags |= url_word_scripts(slice_cut(&rest, '.'));
	idn2_free(text);
	return flags;
}

/* `0x7f.1', `2130706433', `0177.0.0.1'. */
static bool
parse_number(struct slice s, uint64_t *out)
{
	unsigned base = 10;

	*out = 0;
	if (slice_case_starts(s, "0x")) {
		base = 16;
		s = slice_part(s, 2, s.n);
	} else if (s.n > 1 && s.p[0] == '0') {
		base = 8;
	} else if (s.n == 0) {
		return false;
	}
	for (size_t i = 0; i < s.n; i++) {
		int digit = ascii_hex(s.p[i]);

		if (digit < 0 || (unsigned)digit >= base ||
		    *out > UINT32_MAX)
			return false;
		*out = *out * base + (unsigned)digit;
	}
	return true;
}

static bool
parse_ipv4(struct slice host, struct buf *out)
{
	uint64_t address = 0, number = 0;
	int parts = 0;

	while (host.p != NULL && parts < 4) {
		if (!parse_number(slice_cut(&host, '.'), &number))
			return false;
		parts++;
		if (host.p != NULL) {
			if (number > 255)
				return false;
			address |= number << (8 * (4 - parts));
		}
	}
	if (host.p != NULL || number >> (8 * (5 - parts)) != 0)
		return false;
	address |= number;
	buf_format(out, "%u.%u.%u.%u", (unsigned)(address >> 24 & 255),
	    (unsigned)(address >> 16 & 255), (unsigned)(address >> 8 & 255),
	    (unsigned)(address & 255));
	return true;
}

static bool
has_no_width(uint32_t c)
{
	return c < 0x20 || c == 0xad || c == 0x34f || c == 0x180e ||
	    (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
	    (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

/* Escapes and invisible characters out, dots of other scripts to `.'. */
static void
clean_host(struct slice raw, struct buf *out, unsigned *flags)
{
	struct buf decoded = BUF_LIMITED(URL_HOST_MAX);
	struct slice rest;
	uint32_t c;
	bool valid;

	percent_decode(slice_part(raw, 0, URL_HOST_MAX), &decoded);
	if (decoded.n != raw.n)
		*flags |= URL_HIDDEN;
	rest = buf_slice(&decoded);
	while (rest.n > 0) {
		size_t n = utf8_next(rest, &c, &valid);

		rest = slice_part(rest, n, rest.n);
		if (has_no_width(c))
			*flags |= URL_HIDDEN;
		else if (c == 0x3002 || c == 0xff0e || c == 0xff61)
			buf_append_char(out, '.');
		else
			utf8_append(out, c);
	}
	while (out->n > 0 && out->p[out->n - 1] == '.')
		buf_truncate(out, out->n - 1);
	buf_free(&decoded);
}

static bool
is_ascii(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

static void
read_ipv6(struct url *url, struct slice text)
{
	char shown[IP_TEXT_SIZE];
	struct ip ip;

	if (ip_parse(text, &ip) < 0) {
		utf8_append_clean(&url->host, text);
		return;
	}
	buf_append_text(&url->host, ip_text(&ip, shown));
	url->flags |= URL_IP;
}

/* A name that is spelt in letters of another kind, circled or of full width,
 * hides itself as escapes do; dots of another script do not. */
static void
read_name(struct url *url, struct slice host)
{
	if (domain_to_ascii(host, &url->host) < 0) {
		utf8_append_clean(&url->host, host);
		return;
	}
	url->flags |= host_scripts(buf_text(&url->host));
	if (!is_ascii(host) && strstr(buf_text(&url->host), "xn--") == NULL)
		url->flags |= URL_HIDDEN;
}

void
url_host_read(struct url *url, struct slice authority)
{
	struct buf host = BUF_LIMITED(URL_HOST_MAX);
	size_t at = authority.n;

	while (at > 0 && authority.p[at - 1] != '@')
		at--;
	if (at > 0)
		url->flags |= URL_CREDENTIALS;
	authority = slice_part(authority, at, authority.n);
	if (slice_starts(authority, "[")) {
		read_ipv6(url, slice_part(authority, 1,
		    slice_find(authority, ']')));
		return;
	}
	authority.n = slice_find(authority, ':');
	clean_host(authority, &host, &url->flags);
	if (parse_ipv4(buf_slice(&host), &url->host))
		url->flags |= URL_IP;
	else
		read_name(url, buf_slice(&host));
	buf_free(&host);
}
