/* SPDX-License-Identifier: ISC */
/* IP addresses, and hardware addresses, in a line.  The text is hostile. */
#include "ops/personal.h"

/* No address is longer; what is goes in parts, so that a line of colons costs
 * no more than another. */
#define COLONS_MAX 128
#define QUADS_MAX 8

static bool
is_hex(char c)
{
	return ascii_hex(c) >= 0;
}

static bool
is_word(char c)
{
	return ascii_is_alnum(c) || c == '_';
}

/* Digits at i, at most 255; 0 none, else how many. */
static size_t
read_octet(struct slice text, size_t i, unsigned *value)
{
	size_t n = 0;

	*value = 0;
	while (ascii_is_digit(personal_octet(text, i + n)) && n < 4)
		*value = *value * 10 + (unsigned)(text.p[i + n++] - '0');
	return n > 3 || *value > 255 ? 0 : n;
}

/* Digits with `separator' between: how many octets, and where they end. */
static unsigned
read_quads(
    struct slice text, size_t i, char separator, unsigned octets[4], size_t *to)
{
	unsigned n = 0, value;

	for (;;) {
		size_t digits = read_octet(text, i, &value);

		if (digits == 0)
			return 0;
		if (n < 4)
			octets[n] = value;
		n++;
		*to = i + digits;
		if (n > QUADS_MAX || personal_octet(text, *to) != separator ||
		    !ascii_is_digit(personal_octet(text, *to + 1)))
			return n;
		i = *to + 1;
	}
}

/* `/24' behind it: its number and end. */
static bool
read_prefix(struct slice text, size_t at, unsigned *bits, size_t *to)
{
	size_t n;

	if (personal_octet(text, at) != '/')
		return false;
	n = read_octet(text, at + 1, bits);
	if (n == 0 || is_word(personal_octet(text, at + 1 + n)))
		return false;
	*to = at + 1 + n;
	return true;
}

static bool
continues_name(struct slice text, size_t at)
{
	char c = personal_octet(text, at), next = personal_octet(text, at + 1);

	return (c == '.' || c == '-') && ascii_is_alpha(next);
}

static bool
find_ipv4(struct slice text, size_t i, struct personal *found)
{
	unsigned octets[4] = {0}, bits = 32;
	size_t to;
	unsigned n = read_quads(text, i, '.', octets, &to);

	if (n < 4)
		return false;
	*found = (struct personal){PERSONAL_IP, i, to, to};
	if (n > 4 || continues_name(text, to) ||
	    ascii_is_digit(personal_octet(text, to))) {
		found->kind = PERSONAL_HIDDEN_IP;
		return true;
	}
	if (octets[0] == 127 || octets[0] == 255 ||
	    (octets[0] | octets[1] | octets[2] | octets[3]) == 0)
		return false;
	if (read_prefix(text, to, &bits, &found->to) && bits <= 24 &&
	    octets[3] == 0)
		return false;
	return true;
}

/* `192-0-2-77.dyn.example.net', `ip-192-0-2-77' */
static bool
find_dashed(struct slice text, size_t i, struct personal *found)
{
	unsigned octets[4] = {0};
	size_t to;
	char before = i > 0 ? text.p[i - 1] : ' ';
	bool named = ascii_is_alpha(before) ||
		     (i > 1 && (before == '-' || before == '.') &&
			 ascii_is_alpha(text.p[i - 2]));

	if (read_quads(text, i, '-', octets, &to) != 4 ||
	    personal_octet(text, to) == '-' ||
	    (!named && !continues_name(text, to)))
		return false;
	*found = (struct personal){PERSONAL_HIDDEN_IP, i, to, to};
	return true;
}

struct colons {
	unsigned colons, groups, twos; /* groups of two digits */
	bool doubled, dotted;
	size_t to;
};

static void
read_colons(struct slice text, size_t i, struct colons *c)
{
	size_t group = 0, last = i, end = i + COLONS_MAX;

	*c = (struct colons){.to = i};
	for (;
	     i < end && (is_hex(personal_octet(text, i)) ||
			    personal_octet(text, i) == ':' ||
			    (personal_octet(text, i) == '.' && c->colons > 1 &&
				ascii_is_digit(personal_octet(text, i + 1))));
	     i++) {
		if (text.p[i] == ':') {
			c->colons++;
			c->doubled |= last == i && c->colons > 1;
			last = i + 1;
			group = 0;
		} else if (text.p[i] == '.') {
			c->dotted = true;
		} else if (!c->dotted) {
			c->groups += group == 0;
			group++;
			c->twos += group == 2;
			c->twos -= group == 3;
		}
	}
	if (ascii_is_alnum(personal_octet(text, i)) && group > 0) {
		i = last; /* `fe80::1z': the last is no group */
		c->groups--;
	}
	/* a colon behind it is punctuation */
	if (c->groups > 0 && text.p[i - 1] == ':' && i >= 2 &&
	    text.p[i - 2] != ':')
		i--;
	c->to = i;
}

static bool
is_masked_ipv6(struct slice text, const struct colons *c, size_t from)
{
	unsigned bits;
	size_t to;

	return c->groups <= 3 && c->doubled && c->to - from >= 2 &&
	       text.p[c->to - 1] == ':' && text.p[c->to - 2] == ':' &&
	       read_prefix(text, c->to, &bits, &to) && bits <= 48;
}

/* Digits, then what joins octets. */
static bool
may_be_quads(struct slice text, size_t i)
{
	size_t n = 1;

	while (n < 4 && ascii_is_digit(personal_octet(text, i + n)))
		n++;
	return n < 4 && (personal_octet(text, i + n) == '.' ||
			    personal_octet(text, i + n) == '-');
}

/* At most four digits, then a colon: most words are seen to be none here. */
static bool
may_be_colons(struct slice text, size_t i)
{
	size_t end = i + 5 < text.n ? i + 5 : text.n;

	while (i < end && text.p[i] != ':')
		if (!is_hex(text.p[i++]))
			return false;
	return i < end;
}

static bool
find_colons(struct slice text, size_t i, struct personal *found)
{
	struct colons c;

	read_colons(text, i, &c);
	if (c.groups == 0 || c.to < i + 3)
		return false;
	*found = (struct personal){PERSONAL_IP, i, c.to, c.to};
	if (c.groups >= 6 && c.twos == c.groups && !c.doubled) {
		found->kind = PERSONAL_HARDWARE;
		return true;
	}
	if (!c.doubled && c.colons < 5) /* a time, a date */
		return false;
	if (slice_is(slice_part(text, i, c.to), "::1") ||
	    is_masked_ipv6(text, &c, i))
		return false;
	if (personal_octet(text, c.to) == '%') /* the zone */
		for (found->to++; is_word(personal_octet(text, found->to));)
			found->to++;
	if (personal_octet(text, found->to) == '/') {
		unsigned bits;

		read_prefix(text, found->to, &bits, &found->to);
	}
	return true;
}

/* What an IP address can begin with. */
static const bool begins[256] = {['0'] = 1,
    ['1'] = 1,
    ['2'] = 1,
    ['3'] = 1,
    ['4'] = 1,
    ['5'] = 1,
    ['6'] = 1,
    ['7'] = 1,
    ['8'] = 1,
    ['9'] = 1,
    ['a'] = 1,
    ['b'] = 1,
    ['c'] = 1,
    ['d'] = 1,
    ['e'] = 1,
    ['f'] = 1,
    ['A'] = 1,
    ['B'] = 1,
    ['C'] = 1,
    ['D'] = 1,
    ['E'] = 1,
    ['F'] = 1,
    [':'] = 1};

bool
personal_find_ip(
    struct slice text, size_t *at, size_t limit, struct personal *found)
{
	size_t i = *at;

	while (i < limit) {
		char c = text.p[i];
		bool starts;

		if (!begins[(unsigned char)c]) {
			i++;
			continue;
		}
		starts = i == 0 || !ascii_is_alnum(text.p[i - 1]);
		if (starts && may_be_colons(text, i) &&
		    find_colons(text, i, found))
			return true;
		if (ascii_is_digit(c) &&
		    (i == 0 || !ascii_is_digit(text.p[i - 1])) &&
		    may_be_quads(text, i) &&
		    (find_ipv4(text, i, found) || find_dashed(text, i, found)))
			return true;
		i++;
		if (!ascii_is_digit(c))
			continue;
		while (i < limit && ascii_is_digit(text.p[i]))
			i++;
		/* of digits and dots, the whole was looked at */
		while (i + 1 < limit && text.p[i] == '.' &&
		       ascii_is_digit(text.p[i + 1]))
			for (i++; i < limit && ascii_is_digit(text.p[i]);)
				i++;
	}
	*at = limit;
	return false;
}
