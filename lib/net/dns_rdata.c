/* SPDX-License-Identifier: ISC */
/*
 * A type is a string of fields: n a name, 1 2 4 a number of so many octets,
 * t a period, a A, b AAAA, w a word with its length, s one string to the end,
 * S strings with their lengths, x hex digits to the end, # the generic form of
 * RFC 3597.
 */
#include "net/dns_rdata.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/number.h"
#include "net/dns_name.h"

#define TTL_MAX 2147483647
#define STRING_MAX 255
#define RDATA_MAX 65535

struct dns_rdata_type {
	const char *name;
	uint16_t number;
	const char *fields;
	const char *why;
};

static const struct dns_rdata_type types[] = {
	{"A", 1, "a", "an A record wants one IPv4 address"},
	{"AAAA", 28, "b", "an AAAA record wants one IPv6 address"},
	{"NS", 2, "n", "an NS record wants one name"},
	{"CNAME", 5, "n", "a CNAME record wants one name"},
	{"DNAME", 39, "n", "a DNAME record wants one name"},
	{"PTR", 12, "n", "a PTR record wants one name"},
	{"MX", 15, "2n", "an MX record wants a preference and a name"},
	{"TXT", 16, "S", "a TXT record wants strings"},
	{"SPF", 99, "S", "an SPF record wants strings"},
	{"SOA", 6, "nn4tttt", "an SOA record wants two names and five numbers"},
	{"SRV", 33, "222n", "an SRV record wants three numbers and a name"},
	{"CAA", 257, "1ws", "a CAA record wants a number, a tag and a value"},
	{"TLSA", 52, "111x",
	    "a TLSA record wants three numbers and hex digits"},
};

static const struct dns_rdata_type generic = {
	"TYPE", 0, "#", "a TYPEnnn record wants \\#, a length and hex digits"};

const struct dns_rdata_type *
dns_rdata_type(struct slice word, uint16_t *number)
{
	int64_t value;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (slice_case_is(word, types[i].name)) {
			*number = types[i].number;
			return &types[i];
		}
	if (!slice_case_starts(word, "TYPE") ||
	    number_parse(slice_part(word, 4, word.n), 1, 65535, &value) < 0)
		return NULL;
	*number = (uint16_t)value;
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
append_number(int64_t number, size_t octets, struct buf *out)
{
	int failed = 0;

	while (octets-- > 0)
		failed |= buf_append_char(out,
		    (char)((uint64_t)number >> (8 * octets) & 0xff));
	return failed;
}

/* Character strings (RFC 1035, 3.3); one of over 255 octets is split, for long
 * keys are pasted that way. */
static int
read_strings(struct slice text, struct buf *out)
{
	struct buf octets = BUF_LIMITED(RDATA_MAX);
	struct slice rest;
	int result = read_string(text, &octets);

	rest = buf_slice(&octets);
	while (result == 0) {
		struct slice part = slice_part(rest, 0, STRING_MAX);

		result = append_number((int64_t)part.n, 1, out) |
		    buf_append_slice(out, part);
		rest = slice_part(rest, STRING_MAX, rest.n);
		if (rest.n == 0)
			break;
	}
	buf_free(&octets);
	return result;
}

static int
read_address(struct slice text, int family, struct buf *out)
{
	unsigned char octets[16];
	char copy[INET6_ADDRSTRLEN];

	if (text.n >= sizeof(copy))
		return -1;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	if (inet_pton(family, copy, octets) != 1)
		return -1;
	return buf_append(out, octets, family == AF_INET ? 4 : 16);
}

static int
read_number(struct slice text, size_t octets, struct buf *out)
{
	int64_t number;

	if (number_parse(text, 0, (INT64_C(1) << (8 * octets)) - 1,
	    &number) < 0)
		return -1;
	return append_number(number, octets, out);
}

static int
read_hex(const struct dns_token *tokens, size_t n, struct buf *out)
{
	int high = -1;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < tokens[i].text.n; j++) {
			int digit = ascii_hex(tokens[i].text.p[j]);

			if (digit < 0)
				return -1;
			if (high < 0) {
				high = digit;
				continue;
			}
			if (buf_append_char(out, (char)(high << 4 | digit)) < 0)
				return -1;
			high = -1;
		}
	return high < 0 ? 0 : -1;
}

static int
read_generic(const struct dns_token *tokens, size_t n, struct buf *out)
{
	size_t start = out->n;
	int64_t length;

	if (n < 2 || !slice_is(tokens[0].text, "\\#") ||
	    number_parse(tokens[1].text, 0, RDATA_MAX, &length) < 0 ||
	    read_hex(tokens + 2, n - 2, out) < 0)
		return -1;
	return out->n - start == (size_t)length ? 0 : -1;
}

static int
read_name(const struct dns_token *token, struct slice origin, struct buf *out)
{
	struct buf name = BUF_LIMITED(DNS_NAME_TEXT_MAX);
	int result = 0;

	if (!token->quoted && slice_is(token->text, "@"))
		result = buf_append_slice(&name, origin);
	else
		result = dns_name_normalize(token->text, origin, &name);
	if (result == 0)
		result = dns_name_to_wire(buf_slice(&name), out);
	buf_free(&name);
	return result;
}

static int
read_word(struct slice word, struct buf *out)
{
	for (size_t i = 0; i < word.n; i++)
		if (!ascii_is_alnum(word.p[i]))
			return -1;
	if (word.n == 0 || word.n > STRING_MAX)
		return -1;
	return append_number((int64_t)word.n, 1, out) |
	    buf_append_slice(out, word);
}

static int
read_field(char field, const struct dns_token *token, struct slice origin,
    struct buf *out)
{
	int64_t ttl;

	switch (field) {
	case 'n':
		return read_name(token, origin, out);
	case 'a':
		return read_address(token->text, AF_INET, out);
	case 'b':
		return read_address(token->text, AF_INET6, out);
	case 's':
		return read_string(token->text, out);
	case 'S':
		return read_strings(token->text, out);
	case 'w':
		return read_word(token->text, out);
	case 't':
		if (dns_rdata_ttl(token->text, &ttl) < 0)
			return -1;
		return append_number(ttl, 4, out);
	default:
		return read_number(token->text, (size_t)(field - '0'), out);
	}
}

int
dns_rdata_read(const struct dns_rdata_type *type,
    const struct dns_token *tokens, size_t n, struct slice origin,
    struct buf *out, const char **why)
{
	size_t at = 0;

	*why = type->why;
	for (const char *f = type->fields; *f != '\0'; f++) {
		if (at == n)
			return -1;
		if (*f == '#')
			return read_generic(tokens, n, out);
		if (*f == 'x')
			return read_hex(tokens + at, n - at, out);
		if (read_field(*f, &tokens[at++], origin, out) < 0)
			return -1;
		if (*f == 'S' && at < n)
			f--; /* once more */
	}
	return at == n ? 0 : -1;
}
