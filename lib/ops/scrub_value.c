/* SPDX-License-Identifier: ISC */
/* Values of which is known what they are. */
#include <string.h>

#include "ops/scrub_parts.h"

/* Who is nobody. */
static bool
is_nobody(struct slice name)
{
	static const char *const names[] = {"", "-", "root", "unknown", "none",
	    "(null)", "<>", "anonymous", SCRUB_GONE};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_is(name, names[i]))
			return true;
	return false;
}

/* Octets written as %XX, for the pseudonym only. */
static void
decode_percent(struct slice name, struct buf *out)
{
	for (size_t i = 0; i < name.n; i++) {
		int high = -1, low = -1;

		if (name.p[i] == '%' && i + 2 < name.n) {
			high = ascii_hex(name.p[i + 1]);
			low = ascii_hex(name.p[i + 2]);
		}
		if (high >= 0 && low >= 0) {
			buf_append_char(out, (char)(high << 4 | low));
			i += 2;
		} else {
			buf_append_char(out, name.p[i]);
		}
	}
}

void
scrub_name(const struct scrub *s, struct slice name, struct buf *out)
{
	char text[PSEUDONYM_SIZE];
	struct buf plain = BUF_INIT;

	name = slice_trim(name);
	if (is_nobody(name) || pseudonym_is_one(name)) {
		buf_append_slice(out, name);
		return;
	}
	if (memchr(name.p, '%', name.n) != NULL) {
		decode_percent(name, &plain);
		name = buf_slice(&plain);
	}
	pseudonym_make(s->key, name, text);
	buf_append(out, text, PSEUDONYM_SIZE - 1);
	buf_free(&plain);
}

void
scrub_found(struct scrub *s, struct slice text, const struct personal *found,
    struct buf *out)
{
	char network[PSEUDONYM_IP_SIZE];
	struct slice what = slice_part(text, found->from, found->to);

	switch (found->kind) {
	case PERSONAL_ADDRESS:
		scrub_name(s, what, out);
		break;
	case PERSONAL_IP:
		if (pseudonym_ip(slice_part(text, found->from, found->ip_to),
			network) == 0)
			buf_append_text(out, network);
		else
			buf_append_text(out, "[ip]");
		break;
	case PERSONAL_HIDDEN_IP:
		buf_append_char(out, 'x');
		break;
	default:
		buf_append_text(out, "[id]");
		break;
	}
}

void
scrub_spans(struct scrub *s, struct slice text, struct buf *out)
{
	struct personal_walk walk = personal_walk(text);
	struct personal found;
	size_t at = 0;

	while (personal_next(&walk, &found)) {
		buf_append(out, text.p + at, found.from - at);
		scrub_found(s, text, &found, out);
		at = found.to;
	}
	buf_append(out, text.p + at, text.n - at);
}

/* Two labels stay; three where the second is like `co' of `co.uk'. */
void
scrub_host(struct slice host, struct buf *out)
{
	size_t dots[4] = {0}, n = 0, last = host.n, keep;

	for (size_t i = host.n; i > 0 && n < 4; i--)
		if (host.p[i - 1] == '.' && i < host.n)
			dots[n++] = i - 1;
	if (n == 0) { /* a name without a domain */
		buf_append_slice(out, is_nobody(host) ||
			slice_is(host, "localhost") ? host : SLICE("*"));
		return;
	}
	if (host.p[last - 1] == '.')
		last--;
	keep = n > 2 && last - dots[0] == 3 && dots[0] - dots[1] <= 4 ? 2 : 1;
	if (n <= keep) {
		buf_append_slice(out, host);
		return;
	}
	buf_append_text(out, "*");
	buf_append_slice(out, slice_part(host, dots[keep], host.n));
}

static void
put_host(struct scrub *s, struct slice value, struct buf *out)
{
	struct personal_walk walk = personal_walk(value);
	struct personal found;
	struct buf cut = BUF_INIT;

	if (personal_next(&walk, &found) && found.kind != PERSONAL_HIDDEN_IP) {
		scrub_spans(s, value, out);
		return;
	}
	scrub_host(value, &cut);
	scrub_spans(s, buf_slice(&cut), out);
	buf_free(&cut);
}

/* `Alice <alice@example.org>', `<alice>', `alice'; and an `address' may be one
 * of IP. */
static void
put_person(struct scrub *s, struct slice value, struct buf *out)
{
	char network[PSEUDONYM_IP_SIZE];
	size_t open;

	value = slice_trim(value);
	open = slice_find(value, '<');
	if (pseudonym_ip(value, network) == 0) {
		buf_append_text(out, network);
		return;
	}
	if (value.n > 1 && value.p[value.n - 1] == '>' && open < value.n - 1) {
		buf_append_char(out, '<');
		scrub_name(s, slice_part(value, open + 1, value.n - 1), out);
		buf_append_char(out, '>');
		return;
	}
	scrub_name(s, value, out);
}

static void
put_folder(struct scrub *s, struct slice value, struct buf *out)
{
	static const char *const known[] = {"INBOX", "Drafts", "Sent", "Junk",
	    "Spam", "Trash", "Archive", "Sent Messages", "Sent Items"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (slice_case_is(value, known[i])) {
			buf_append_slice(out, value);
			return;
		}
	scrub_name(s, value, out);
}

/* A `?' within an address is no query. */
static size_t
find_query(struct slice value)
{
	struct personal_walk walk = personal_walk(value);
	struct personal found = {.to = 0};
	bool have = personal_next(&walk, &found);

	for (size_t i = 0; i < value.n; i++) {
		while (have && found.to <= i)
			have = personal_next(&walk, &found);
		if (strchr("?#;", value.p[i]) != NULL &&
		    (!have || found.from > i))
			return i;
	}
	return value.n;
}

static void
put_url(struct scrub *s, struct slice value, struct buf *out)
{
	size_t end = find_query(value);

	scrub_spans(s, slice_part(value, 0, end), out);
	if (end < value.n)
		buf_append_text(out, "?*");
}

/* `GET /path?query HTTP/1.1'; what is not of that form goes. */
static void
put_request(struct scrub *s, struct slice value, struct buf *out)
{
	struct slice rest = value, method = slice_cut(&rest, ' ');
	size_t last = rest.n;

	for (size_t i = 0; i < method.n; i++)
		if (method.p[i] < 'A' || method.p[i] > 'Z')
			last = 0;
	while (last > 0 && rest.p[last - 1] != ' ')
		last--;
	if (last == 0 || method.n == 0 || method.n > 20 ||
	    !slice_starts(slice_part(rest, last, rest.n), "HTTP/")) {
		buf_append_text(out, value.n == 0 ? "" : SCRUB_GONE);
		return;
	}
	buf_append_slice(out, method);
	buf_append_char(out, ' ');
	put_url(s, slice_part(rest, 0, last - 1), out);
	buf_append_char(out, ' ');
	scrub_spans(s, slice_part(rest, last, rest.n), out);
}

/* The first product of it: `Mozilla/5.0'. */
static void
put_agent(struct slice value, struct buf *out)
{
	size_t n = 0, digits;

	while (n < value.n && (ascii_is_alpha(value.p[n]) ||
				  value.p[n] == '-' || value.p[n] == '_'))
		n++;
	digits = n;
	if (n < value.n && value.p[n] == '/')
		for (digits++; digits < value.n && digits < n + 8 &&
			       (ascii_is_digit(value.p[digits]) ||
				   value.p[digits] == '.');)
			digits++;
	if (slice_is(value, "-") || slice_is(value, ""))
		buf_append_slice(out, value);
	else if (n == 0 || n > 24 || digits < n + 2)
		buf_append_text(out, SCRUB_GONE);
	else
		buf_append(out, value.p, digits);
}

void
scrub_value(
    struct scrub *s, enum scrub_kind kind, struct slice value, struct buf *out)
{
	switch (kind) {
	case SCRUB_PERSON:
		put_person(s, value, out);
		break;
	case SCRUB_HOST:
		put_host(s, value, out);
		break;
	case SCRUB_TEXT:
	case SCRUB_REST:
		buf_append_text(out, value.n > 0 ? SCRUB_GONE : "");
		break;
	case SCRUB_TOKEN:
		scrub_name(s, value, out);
		break;
	case SCRUB_FOLDER:
		put_folder(s, value, out);
		break;
	case SCRUB_URL:
		put_url(s, value, out);
		break;
	case SCRUB_REQUEST:
		put_request(s, value, out);
		break;
	case SCRUB_AGENT:
		put_agent(value, out);
		break;
	default:
		scrub_text(s, value, out);
		break;
	}
}
