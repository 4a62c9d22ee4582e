/* SPDX-License-Identifier: ISC */
/*
 * A type is a string of fields: n a name, 1 2 4 a number of so many octets,
 * t a period, a A, b AAAA, w a word, s one string, S strings to the end, x hex
 * digits to the end, # the generic form of RFC 3597.
 */
#include "net/dns_rdata.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "net/dns_name.h"

#define TTL_MAX 2147483647
#define STRING_MAX 255

struct dns_rdata_type {
	const char *name;
	const char *fields;
	const char *why;
};

static const struct dns_rdata_type types[] = {
	{"A", "a", "an A record wants one IPv4 address"},
	{"AAAA", "b", "an AAAA record wants one IPv6 address"},
	{"NS", "n", "an NS record wants one name"},
	{"CNAME", "n", "a CNAME record wants one name"},
	{"DNAME", "n", "a DNAME record wants one name"},
	{"PTR", "n", "a PTR record wants one name"},
	{"MX", "2n", "an MX record wants a preference and a name"},
	{"TXT", "S", "a TXT record wants strings"},
	{"SPF", "S", "an SPF record wants strings"},
	{"SOA", "nn4tttt", "an SOA record wants two names and five numbers"},
	{"SRV", "222n", "an SRV record wants three numbers and a name"},
	{"CAA", "1ws", "a CAA record wants a number, a tag and a value"},
	{"TLSA", "111x", "a TLSA record wants three numbers and hex digits"},
};

static const struct dns_rdata_type generic = {
	"TYPE", "#", "a TYPEnnn record wants \\#, a length and hex digits"};

const struct dns_rdata_type *
dns_rdata_type(struct slice word, char name[16])
{
	int64_t number;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (slice_case_is(word, types[i].name)) {
			snprintf(name, 16, "%s", types[i].name);
			return &types[i];
		}
	if (!slice_case_starts(word, "TYPE") ||
	    number_parse(slice_part(word, 4, word.n), 1, 65535, &number) < 0)
		return NULL;
	snprintf(name, 16, "TYPE%u", (unsigned)number);
	return &generic;
}

int
dns_rdata_ttl(struct slice text, int64_t *ttl)
{
	int64_t total = 0, number = 0;
	bool digits = false;

	for (size_t i = 0; i < text.n; i++) {
		char c = ascii_lower(text.p[i]);

		if (ascii_is_digit(c)) {
			number = number * 10 + (c - '0');
			digits = true;
		} else {
			int64_t unit = c == 's' ? 1 : c == 'm' ? 60 :
			    c == 'h' ? 3600 : c == 'd' ? 86400 :
			    c == 'w' ? 604800 : 0;

			if (!digits || unit == 0)
				return -1;
			total += number * unit;
			number = 0;
			digits = false;
		}
		if (number > TTL_MAX || total > TTL_MAX)
			return -1;
	}
	total += number;
	if (text.n == 0 || total > TTL_MAX)
		return -1;
	*ttl = total;
	return 0;
}

/* The octets of a string with its escapes taken out. */
static int
read_string(struct slice text, struct buf *octets)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		int64_t value;

		if (c == '\\') {
			if (i + 1 >= text.n)
				return -1;
			if (ascii_is_digit(text.p[i + 1])) {
				if (number_parse(slice_part(text, i + 1, i + 4),
				    0, 255, &value) < 0 || i + 4 > text.n)
					return -1;
				c = (char)value;
				i += 3;
			} else {
				c = text.p[++i];
			}
		}
		if (buf_append_char(octets, c) < 0)
			return -1;
	}
	return 0;
}

static int
append_quoted(struct slice octets, struct buf *out)
{
	int failed = buf_append_char(out, '"');

	for (size_t i = 0; i < octets.n; i++) {
		unsigned char c = (unsigned char)octets.p[i];

		if (c < 0x20 || c > 0x7e || c == '"' || c == '\\' || c == ';')
			failed |= buf_format(out, "\\%03u", c);
		else
			failed |= buf_append_char(out, (char)c);
	}
	return failed | buf_append_char(out, '"');
}

/* A string over 255 octets is split: long keys are pasted that way. */
static int
format_string(const struct dns_token *token, struct buf *out)
{
	struct buf octets = BUF_LIMITED(65535);
	struct slice rest;
	int result = read_string(token->text, &octets);

	rest = octets.p != NULL ? buf_slice(&octets) : SLICE("");
	while (result == 0) {
		result = append_quoted(slice_part(rest, 0, STRING_MAX), out);
		rest = slice_part(rest, STRING_MAX, rest.n);
		if (rest.n == 0)
			break;
		buf_append_char(out, ' ');
	}
	buf_free(&octets);
	return result;
}

static int
format_address(struct slice text, int family, struct buf *out)
{
	unsigned char octets[16];
	char copy[INET6_ADDRSTRLEN], printed[INET6_ADDRSTRLEN];

	if (text.n >= sizeof(copy))
		return -1;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	if (inet_pton(family, copy, octets) != 1)
		return -1;
	inet_ntop(family, octets, printed, sizeof(printed));
	return buf_append_text(out, printed);
}

static int
format_number(struct slice text, int64_t max, struct buf *out)
{
	int64_t number;

	if (number_parse(text, 0, max, &number) < 0)
		return -1;
	return buf_format(out, "%lld", (long long)number);
}

static int
format_hex(const struct dns_token *tokens, size_t n, size_t *digits,
    struct buf *out)
{
	*digits = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < tokens[i].text.n; j++) {
			if (ascii_hex(tokens[i].text.p[j]) < 0)
				return -1;
			buf_append_char(out, tokens[i].text.p[j]);
			*digits += 1;
		}
	return *digits % 2 == 0 && *digits <= 2 * 65535 ? 0 : -1;
}

static int
format_generic(const struct dns_token *tokens, size_t n, struct buf *out)
{
	size_t digits = 0;
	int64_t length;

	if (n < 2 || !slice_is(tokens[0].text, "\\#") ||
	    number_parse(tokens[1].text, 0, 65535, &length) < 0)
		return -1;
	buf_format(out, "\\# %lld ", (long long)length);
	if (format_hex(tokens + 2, n - 2, &digits, out) < 0)
		return -1;
	return digits == (size_t)length * 2 ? 0 : -1;
}

static int
format_name(const struct dns_token *token, struct slice origin,
    struct buf *out)
{
	if (!token->quoted && slice_is(token->text, "@"))
		buf_append_slice(out, origin);
	else if (dns_name_normalize(token->text, origin, out) < 0)
		return -1;
	return buf_append_char(out, '.');
}

static int
format_word(struct slice word, struct buf *out)
{
	for (size_t i = 0; i < word.n; i++)
		if (!ascii_is_alnum(word.p[i]))
			return -1;
	return word.n > 0 ? buf_append_slice(out, word) : -1;
}

static int
format_field(char field, const struct dns_token *token, struct slice origin,
    struct buf *out)
{
	int64_t ttl;

	switch (field) {
	case 'n':
		return format_name(token, origin, out);
	case 'a':
		return format_address(token->text, AF_INET, out);
	case 'b':
		return format_address(token->text, AF_INET6, out);
	case 's':
	case 'S':
		return format_string(token, out);
	case 'w':
		return format_word(token->text, out);
	case 't':
		if (dns_rdata_ttl(token->text, &ttl) < 0)
			return -1;
		return buf_format(out, "%lld", (long long)ttl);
	default:
		return format_number(token->text, field == '1' ? 255 :
		    field == '2' ? 65535 : 4294967295, out);
	}
}

int
dns_rdata_format(const struct dns_rdata_type *type,
    const struct dns_token *tokens, size_t n, struct slice origin,
    struct buf *out, const char **why)
{
	size_t at = 0, digits;

	*why = type->why;
	for (const char *f = type->fields; *f != '\0'; f++) {
		if (at == n)
			return -1;
		if (*f == '#')
			return format_generic(tokens, n, out);
		if (at > 0)
			buf_append_char(out, ' ');
		if (*f == 'x')
			return format_hex(tokens + at, n - at, &digits, out);
		if (format_field(*f, &tokens[at++], origin, out) < 0)
			return -1;
		if (*f == 'S' && at < n)
			f--; /* once more */
	}
	return at == n ? 0 : -1;
}
