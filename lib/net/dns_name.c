/* SPDX-License-Identifier: ISC */
/*
 * One form for every domain name, so that names can be compared and looked up
 * as octets.  Reads hostile text and hostile wire data.
 */
#include "net/dns_name.h"

static int
append_octet(struct buf *out, unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		c = (unsigned char)(c | 0x20);
	if (ascii_is_alnum((char)c) || c == '-' || c == '_' || c == '*' ||
	    c == '/')
		return buf_append_char(out, (char)c);
	return buf_format(out, "\\%03u", c);
}

/* One octet of a name at text[*at]: *dot tells a separating dot. */
static int
read_octet(struct slice text, size_t *at, unsigned char *octet, bool *dot)
{
	const char *p = text.p + *at;
	size_t left = text.n - *at;
	unsigned value;

	*dot = false;
	if (p[0] != '\\') {
		*dot = p[0] == '.';
		*octet = (unsigned char)p[0];
		*at += 1;
		return 0;
	}
	if (left < 2)
		return -1;
	if (!ascii_is_digit(p[1])) {
		*octet = (unsigned char)p[1];
		*at += 2;
		return 0;
	}
	if (left < 4 || !ascii_is_digit(p[2]) || !ascii_is_digit(p[3]))
		return -1;
	value = (unsigned)(p[1] - '0') * 100 + (unsigned)(p[2] - '0') * 10 +
	    (unsigned)(p[3] - '0');
	if (value > 255)
		return -1;
	*octet = (unsigned char)value;
	*at += 4;
	return 0;
}

/* Octets on the wire of a normal form, without the root's. */
static size_t
wire_size(struct slice normal)
{
	size_t n = normal.n > 0 ? 1 : 0;

	for (size_t i = 0; i < normal.n; i++) {
		n++;
		if (normal.p[i] == '\\')
			i += 3;
	}
	return n;
}

int
dns_name_normalize(struct slice text, struct slice origin, struct buf *out)
{
	size_t start = out->n, at = 0, label = 0, wire = 0;
	bool absolute = false, dot;
	unsigned char octet;

	if (slice_is(text, "."))
		return 0;
	if (text.n == 0)
		return -1;
	while (at < text.n) {
		if (read_octet(text, &at, &octet, &dot) < 0)
			goto bad;
		if (dot) {
			if (label == 0)
				goto bad;
			wire += label + 1;
			label = 0;
			absolute = at == text.n;
			if (!absolute && buf_append_char(out, '.') < 0)
				goto bad;
			continue;
		}
		if (++label > DNS_LABEL_MAX || append_octet(out, octet) < 0)
			goto bad;
	}
	if (label > 0)
		wire += label + 1;
	if (!absolute && origin.n > 0) {
		wire += wire_size(origin);
		if (buf_append_char(out, '.') < 0 ||
		    buf_append_slice(out, origin) < 0)
			goto bad;
	}
	if (wire + 1 > DNS_NAME_MAX)
		goto bad;
	return 0;
bad:
	buf_truncate(out, start);
	return -1;
}

int
dns_name_from_wire(const unsigned char *p, size_t n, struct buf *out)
{
	size_t start = out->n, at = 0;

	while (at < n && p[at] != 0) {
		size_t label = p[at++];

		if (label > DNS_LABEL_MAX || label >= n - at ||
		    at + label + 1 > DNS_NAME_MAX)
			goto bad;
		if (at > 1 && buf_append_char(out, '.') < 0)
			goto bad;
		for (; label > 0; label--)
			if (append_octet(out, p[at++]) < 0)
				goto bad;
	}
	if (at >= n)
		goto bad;
	return (int)at + 1;
bad:
	buf_truncate(out, start);
	return -1;
}

int
dns_name_to_wire(struct slice normal, struct buf *out)
{
	size_t at = 0;
	unsigned char octet;
	bool dot;

	while (at < normal.n) {
		size_t length_at = out->n;

		if (buf_append_char(out, 0) < 0)
			return -1;
		while (at < normal.n) {
			if (read_octet(normal, &at, &octet, &dot) < 0)
				return -1;
			if (dot)
				break;
			if (buf_append_char(out, (char)octet) < 0)
				return -1;
		}
		out->p[length_at] = (char)(out->n - length_at - 1);
	}
	return buf_append_char(out, 0);
}
