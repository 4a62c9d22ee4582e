/* SPDX-License-Identifier: ISC */
/*
 * Single addresses: SMTP paths, and the form in which addresses are compared.
 * Trusts nothing.  libidn2 is asked only for domains that are not ASCII.
 */
#include "address.h"

#include <arpa/inet.h>
#include <idn2.h>
#include <string.h>

#include "base/utf8.h"

#define DOMAIN_SIZE_MAX 255
#define LABEL_SIZE_MAX 63

/* RFC 5322, 3.2.3, and the dot.  Dots may stand anywhere in a local part:
 * addresses like `a..b@docomo.ne.jp' are in real use. */
static bool
is_local_char(char c, bool utf8)
{
	if ((c & 0x80) != 0)
		return utf8;
	return ascii_is_alnum(c) ||
	    (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL);
}

/* RFC 5321, 4.1.2: Quoted-string, from quote to quote. */
static bool
is_quoted_local(struct slice s, bool utf8)
{
	if (s.n < 2 || s.p[0] != '"' || s.p[s.n - 1] != '"')
		return false;
	for (size_t i = 1; i < s.n - 1; i++) {
		if (s.p[i] == '"')
			return false;
		if (s.p[i] == '\\' && ++i == s.n - 1)
			return false;
		if ((s.p[i] & 0x80) != 0 ? !utf8 :
		    s.p[i] < ' ' || s.p[i] == 0x7f)
			return false;
	}
	return true;
}

static bool
is_local(struct slice s, bool utf8)
{
	if (s.n == 0)
		return false;
	if (s.p[0] == '"')
		return is_quoted_local(s, utf8);
	for (size_t i = 0; i < s.n; i++)
		if (!is_local_char(s.p[i], utf8))
			return false;
	return true;
}

/* RFC 5321, 4.1.3; of the general form only the shape. */
static bool
is_literal(struct slice s)
{
	char text[INET6_ADDRSTRLEN + 1];
	unsigned char room[16];
	struct slice inner;
	int family = AF_INET;

	if (s.n < 3 || s.p[0] != '[' || s.p[s.n - 1] != ']')
		return false;
	inner = slice_part(s, 1, s.n - 1);
	if (slice_case_starts(inner, "IPv6:")) {
		inner = slice_part(inner, 5, inner.n);
		family = AF_INET6;
	}
	if (inner.n >= sizeof(text) || memchr(inner.p, '\0', inner.n) != NULL)
		return false;
	memcpy(text, inner.p, inner.n);
	text[inner.n] = '\0';
	return inet_pton(family, text, room) == 1;
}

/* Host names with `_', which DNS has and people use. */
static bool
is_label(struct slice s, bool utf8)
{
	if (s.n == 0 || s.n > (utf8 ? DOMAIN_SIZE_MAX : LABEL_SIZE_MAX) ||
	    s.p[0] == '-' || s.p[s.n - 1] == '-')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_alnum(s.p[i]) && s.p[i] != '-' &&
		    s.p[i] != '_' && !((s.p[i] & 0x80) != 0 && utf8))
			return false;
	return true;
}

static bool
is_domain(struct slice s, bool utf8)
{
	if (s.n == 0 || s.n > DOMAIN_SIZE_MAX)
		return false;
	if (s.p[0] == '[')
		return is_literal(s);
	while (s.p != NULL)
		if (!is_label(slice_cut(&s, '.'), utf8))
			return false;
	return true;
}

int
address_split(struct slice address, struct slice *local, struct slice *domain)
{
	const char *at = address.n == 0 ? NULL :
	    memrchr(address.p, '@', address.n);
	size_t n;

	if (at == NULL)
		return -1;
	n = (size_t)(at - address.p);
	*local = slice_part(address, 0, n);
	*domain = slice_part(address, n + 1, address.n);
	return 0;
}

/* `@one,@two:rest': the rest (RFC 5321, appendix C). */
static struct slice
without_route(struct slice s)
{
	size_t colon;

	if (s.n == 0 || s.p[0] != '@')
		return s;
	colon = slice_find(s, ':');
	return colon < s.n ? slice_part(s, colon + 1, s.n) : s;
}

int
address_parse_path(struct slice text, bool utf8, struct slice *local,
    struct slice *domain)
{
	struct slice path = text;

	if (path.n > 0 && path.p[0] == '<') {
		if (path.n < 2 || path.p[path.n - 1] != '>')
			return -1;
		path = slice_part(path, 1, path.n - 1);
		path = without_route(path);
	}
	if (path.n == 0 || slice_case_is(path, "postmaster")) {
		*local = path;
		*domain = slice_part(path, path.n, path.n);
		return 0;
	}
	if (path.n > ADDRESS_SIZE_MAX ||
	    address_split(path, local, domain) < 0 ||
	    !is_local(*local, utf8) || !is_domain(*domain, utf8) ||
	    (utf8 && !utf8_is_valid(path)))
		return -1;
	return 0;
}

static bool
is_ascii(struct slice s)
{
	return utf8_ascii_run(s) == s.n;
}

static int
append_lower(struct slice s, struct buf *out)
{
	if (buf_reserve(out, s.n) < 0)
		return -1;
	for (size_t i = 0; i < s.n; i++)
		out->p[out->n++] = ascii_lower(s.p[i]);
	out->p[out->n] = '\0';
	return 0;
}

/* Domain as A-labels (RFC 5891), in lower case. */
static int
append_domain(struct slice domain, struct buf *out)
{
	char u[DOMAIN_SIZE_MAX + 1];
	char *a = NULL;
	int result = -1;

	if (!is_domain(domain, true))
		return -1;
	if (is_ascii(domain))
		return is_domain(domain, false) ? append_lower(domain, out) :
		    -1;
	memcpy(u, domain.p, domain.n);
	u[domain.n] = '\0';
	if (utf8_is_valid(domain) && idn2_to_ascii_8z(u, &a,
	    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK &&
	    is_domain(slice_text(a), false))
		result = append_lower(slice_text(a), out);
	idn2_free(a);
	return result;
}

/* `"john"' is john (RFC 5321, 4.1.2: the quotes are no part of the name);
 * what needs them keeps them, with no more backslashes than it needs. */
static int
append_local(struct slice local, struct buf *out)
{
	struct buf plain = BUF_INIT;
	int result = -1;

	if (local.n == 0 || local.p[0] != '"')
		return append_lower(local, out);
	if (!is_quoted_local(local, true))
		return -1;
	for (size_t i = 1; i < local.n - 1; i++) {
		i += local.p[i] == '\\';
		buf_append_char(&plain, local.p[i]);
	}
	if (is_local(buf_slice(&plain), true) && plain.p[0] != '"') {
		result = append_lower(buf_slice(&plain), out);
	} else if (buf_append_char(out, '"') == 0) {
		for (size_t i = 0; i < plain.n; i++) {
			if (plain.p[i] == '"' || plain.p[i] == '\\')
				buf_append_char(out, '\\');
			buf_append_char(out, ascii_lower(plain.p[i]));
		}
		result = buf_append_char(out, '"');
	}
	buf_free(&plain);
	return result;
}

int
address_normalize(struct slice address, struct buf *out)
{
	struct slice local, domain;
	size_t before = out->n;

	if (address.n > ADDRESS_SIZE_MAX ||
	    address_split(address, &local, &domain) < 0 ||
	    !is_local(local, true) || append_local(local, out) < 0 ||
	    buf_append_char(out, '@') < 0 || append_domain(domain, out) < 0) {
		buf_truncate(out, before);
		return -1;
	}
	return 0;
}

int
address_check(const char *text, struct err *err)
{
	struct buf normal = BUF_INIT;
	int result = address_normalize(slice_text(text), &normal);

	buf_free(&normal);
	return result == 0 ? 0 : err_set(err, ERR_USAGE,
	    "'%s' is no address", text);
}

struct slice
address_base(struct slice local, const char *delimiter)
{
	if (delimiter == NULL)
		return local;
	for (size_t i = 1; i < local.n; i++)
		if (local.p[i] != '\0' && strchr(delimiter, local.p[i]) != NULL)
			return slice_part(local, 0, i);
	return local;
}
