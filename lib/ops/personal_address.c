/* SPDX-License-Identifier: ISC */
/*
 * E-mail addresses in a line.  Around each @ as much is taken as can belong
 * to the address: too much costs a join, too little costs a person.
 */
#include <string.h>

#include "ops/personal.h"

/* Quotes and brackets further left are another one's. */
#define LOOK_BACK 2048

static size_t
lowest(size_t floor, size_t i)
{
	return i > floor + LOOK_BACK ? i - LOOK_BACK : floor;
}

bool
personal_is_key(struct slice name)
{
	static const struct slice keys[] = {
	    SLICE("user"), SLICE("from"), SLICE("to"), SLICE("orig_to"),
	    SLICE("sender"), SLICE("recipient"), SLICE("rcpt"),
	    SLICE("rcpt_to"), SLICE("mail_from"), SLICE("cc"), SLICE("bcc"),
	    SLICE("reply-to"), SLICE("account"), SLICE("acct"), SLICE("login"),
	    SLICE("username"), SLICE("sasl_username"), SLICE("sasl_sender"),
	    SLICE("mail"), SLICE("email"), SLICE("e-mail"), SLICE("addr"),
	    SLICE("address"), SLICE("ctladdr"), SLICE("ruser"),
	    SLICE("logname"), SLICE("auth_user"), SLICE("authid"),
	    SLICE("authzid"), SLICE("remote_user"), SLICE("owner"),
	    SLICE("envelope_from"), SLICE("original_user"),
	    SLICE("master_user"), SLICE("login_user"), SLICE("emailaddress")};
	char first = name.n > 0 ? ascii_lower(name.p[0]) : '\0';

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (name.n == keys[i].n && first == keys[i].p[0] &&
		    slice_case_equal(name, keys[i]))
			return true;
	return false;
}

static bool
is_domain_char(char c)
{
	return ascii_is_alnum(c) || c == '-' || c == '.' || c == '_' ||
	       c == '@' || c == '%' || (unsigned char)c >= 0x80;
}

static bool
is_local_char(char c)
{
	return (unsigned char)c > 0x20 && strchr("<>()[],;:\"", c) == NULL;
}

/* The domain, or the literal, behind the @ at a. */
static size_t
find_end(struct slice text, size_t a)
{
	size_t to = a + 1;

	if (to < text.n && text.p[to] == '[') {
		size_t end = to + 1;

		while (end < text.n && end < to + 80 && text.p[end] != ']' &&
		       text.p[end] != ' ')
			end++;
		if (end < text.n && text.p[end] == ']')
			return end + 1;
	}
	while (to < text.n && is_domain_char(text.p[to]))
		to++;
	while (to > a + 1 && text.p[to - 1] == '.')
		to--;
	return to;
}

/* How many backslashes stand before i. */
static size_t
escapes_before(struct slice text, size_t floor, size_t i)
{
	size_t n = 0;

	while (i - n > floor && text.p[i - n - 1] == '\\')
		n++;
	return n;
}

static size_t
last_angle(struct slice text, size_t floor, size_t i)
{
	floor = lowest(floor, i);
	for (size_t at = i; at > floor; at--)
		if (text.p[at - 1] == '<')
			return at;
	return floor;
}

/* Where the quoted string begins whose closing quote is at q. */
static size_t
find_quote(struct slice text, size_t floor, size_t q)
{
	size_t level = escapes_before(text, floor, q);

	floor = lowest(floor, q);
	for (size_t i = q; i > floor; i--) {
		size_t n;

		if (text.p[i - 1] != '"')
			continue;
		n = escapes_before(text, floor, i - 1);
		if (level % 2 == 0 ? n % 2 == 0 : n == 1)
			return i - 1 - (level % 2 == 0 ? 0 : 1);
	}
	return last_angle(text, floor, q);
}

/* nginx writes quotes of its clients as \x22. */
static size_t
find_hex_quote(struct slice text, size_t floor, size_t q)
{
	floor = lowest(floor, q);
	for (size_t i = q; i >= floor + 4; i--)
		if (memcmp(text.p + i - 4, "\\x22", 4) == 0)
			return i - 4;
	return last_angle(text, floor, q);
}

static size_t
skip_local(struct slice text, size_t floor, size_t from)
{
	while (from > floor && is_local_char(text.p[from - 1]))
		from--;
	return from;
}

static bool
is_key_char(char c)
{
	return ascii_is_alnum(c) || c == '_' || c == '-';
}

/* Takes names of values off the front: `user=', `/x?email='. */
static size_t
cut_key(struct slice text, size_t from, size_t a)
{
	for (size_t i = a; i > from; i--) {
		size_t name = i - 1;

		if (text.p[i - 1] != '=')
			continue;
		while (name > from && is_key_char(text.p[name - 1]))
			name--;
		if ((name == from || strchr("?&;/|!#", text.p[name - 1])) &&
		    personal_is_key(slice_part(text, name, i - 1)))
			return i;
	}
	return from;
}

static size_t
cut_path(struct slice text, size_t from, size_t a)
{
	struct slice local = slice_part(text, from, a);

	if (local.n == 0 || (local.p[0] != '/' &&
				slice_find_text(local, SLICE("//")) == local.n))
		return from;
	while (a > from && text.p[a - 1] != '/')
		a--;
	return a;
}

/* `https://user:password@host': all behind the slashes. */
static size_t
take_userinfo(struct slice text, size_t floor, size_t from)
{
	size_t i = from;

	if (from == floor || text.p[from - 1] != ':')
		return from;
	while (i > floor &&
	       is_local_char(text.p[i - 1] == ':' ? 'x' : text.p[i - 1]) &&
	       text.p[i - 1] != '/')
		i--;
	return i >= floor + 2 && text.p[i - 1] == '/' && text.p[i - 2] == '/'
		   ? i
		   : from;
}

static size_t
find_start(struct slice text, size_t floor, size_t a)
{
	size_t from = a;
	bool quoted = false;

	for (;;) {
		if (from > floor && text.p[from - 1] == '"')
			from = find_quote(text, floor, from - 1);
		else if (from >= floor + 4 &&
			 memcmp(text.p + from - 4, "\\x22", 4) == 0)
			from = find_hex_quote(text, floor, from - 4);
		else
			break;
		quoted = true;
		if (from == floor || text.p[from - 1] != '.')
			return from; /* `a."b c"@d' is one, too */
		from = skip_local(text, floor, from);
	}
	from = skip_local(text, floor, from);
	if (quoted)
		return from;
	from = cut_path(text, from, a);
	from = cut_key(text, from, a);
	while (from + 1 < a && strchr("'`{", text.p[from]) != NULL)
		from++;
	return take_userinfo(text, floor, from);
}

/* Between angle brackets all is the address, whatever it is. */
static size_t
find_bracket(struct slice text, size_t floor, size_t from, size_t to)
{
	size_t low = lowest(floor, from);

	if (to >= text.n || text.p[to] != '>')
		return from;
	for (size_t i = from; i > low && text.p[i - 1] != '>'; i--)
		if (text.p[i - 1] == '<')
			return i;
	return from;
}

/* `user@1000.service' is none. */
static bool
is_unit(struct slice domain)
{
	static const char *const ends[] = {".service", ".socket", ".timer",
	    ".slice", ".scope", ".mount", ".target", ".path", ".device"};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (slice_case_ends(domain, ends[i]))
			return true;
	return false;
}

bool
personal_find_address(struct slice text, size_t floor, struct personal *found)
{
	for (size_t at = floor; at < text.n;) {
		const char *p = memchr(text.p + at, '@', text.n - at);
		size_t a, from, to;

		if (p == NULL)
			break;
		a = (size_t)(p - text.p);
		to = find_end(text, a);
		from = find_start(text, floor, a);
		from = find_bracket(text, floor, from, to);
		if (from < a && is_unit(slice_part(text, a + 1, to))) {
			at = floor = to;
			continue;
		}
		if (from < a) {
			*found =
			    (struct personal){PERSONAL_ADDRESS, from, to, to};
			return true;
		}
		at = a + 1;
	}
	return false;
}
