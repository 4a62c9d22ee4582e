/* SPDX-License-Identifier: ISC */
/*
 * Reads a master file (RFC 1035, 5) into the plainest form there is, one
 * record a line, so that libunbound meets nothing that we did not write.
 */
#include "net/dns_zone.h"

#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/number.h"
#include "net/dns_name.h"
#include "net/dns_rdata.h"

#define ENTRY_TOKENS_MAX 1024
#define DELAY_MAX_MS 3600000

struct loader {
	struct dns_zone *zone;
	const char *path;
	struct err *err;
	struct slice rest;  /* of the file */
	unsigned line;      /* of the next octet */
	unsigned entry_line; /* where the entry began */
	struct dns_token tokens[ENTRY_TOKENS_MAX];
	size_t n;
	bool blank_owner; /* the entry begins with a blank */
	struct buf origin, owner;
	bool has_owner, has_soa, has_ns;
	int64_t ttl;
	struct buf lines;  /* records, NUL behind each */
	size_t *starts;    /* their offsets */
	size_t starts_n, starts_capacity;
};

static int
bad_line(struct loader *l, const char *what)
{
	return err_set(l->err, ERR_CONFIG, "%s:%u: %s", l->path, l->entry_line,
	    what);
}

/* A token that begins at rest.p: quoted, or up to a blank, `;' or bracket. */
static int
read_token(struct loader *l)
{
	struct dns_token *token;
	struct slice s = l->rest;
	bool quoted = s.p[0] == '"';
	size_t i = quoted ? 1 : 0;

	if (l->n == ENTRY_TOKENS_MAX)
		return bad_line(l, "too many words in one record");
	token = &l->tokens[l->n++];
	for (; i < s.n; i++) {
		char c = s.p[i];

		if (c == '\\' && i + 1 < s.n && s.p[i + 1] != '\n')
			i++;
		else if (c == '\n' || (quoted && c == '"'))
			break;
		else if (!quoted && (ascii_is_space(c) || c == '\r' ||
		    c == ';' || c == '(' || c == ')' || c == '"'))
			break;
	}
	if (quoted && (i == s.n || s.p[i] != '"'))
		return bad_line(l, "string without its closing quote");
	token->quoted = quoted;
	token->text = slice_part(s, quoted ? 1 : 0, i);
	l->rest = slice_part(s, quoted ? i + 1 : i, s.n);
	return 0;
}

/* Collects the tokens of the next entry.  1, 0 at the end of the file, -1. */
static int
read_entry(struct loader *l)
{
	unsigned depth = 0;

	l->n = 0;
	l->entry_line = l->line;
	l->blank_owner = l->rest.n > 0 && ascii_is_space(l->rest.p[0]);
	while (l->rest.n > 0) {
		char c = l->rest.p[0];

		if (c == '\n') {
			l->rest = slice_part(l->rest, 1, l->rest.n);
			l->line++;
			if (depth == 0)
				return 1;
		} else if (ascii_is_space(c) || c == '\r') {
			l->rest = slice_part(l->rest, 1, l->rest.n);
		} else if (c == ';') {
			l->rest = slice_part(l->rest,
			    slice_find(l->rest, '\n'), l->rest.n);
		} else if (c == '(' || c == ')') {
			if (c == ')' && depth == 0)
				return bad_line(l, "')' without its '('");
			depth = c == '(' ? depth + 1 : depth - 1;
			l->rest = slice_part(l->rest, 1, l->rest.n);
		} else if (read_token(l) < 0) {
			return -1;
		}
	}
	if (depth > 0)
		return bad_line(l, "'(' without its ')'");
	return l->n > 0;
}

static int
read_name(struct loader *l, const struct dns_token *token, struct buf *out)
{
	buf_reset(out);
	if (!token->quoted && slice_is(token->text, "@"))
		return buf_append_slice(out, buf_slice(&l->origin));
	return dns_name_normalize(token->text, buf_slice(&l->origin), out);
}

static void
add_line(struct loader *l, const char *owner, int64_t ttl, const char *type,
    const char *rdata)
{
	if (l->starts_n == l->starts_capacity) {
		l->starts_capacity = l->starts_capacity * 2 + 64;
		l->starts = mem_array(l->starts, l->starts_capacity,
		    sizeof(*l->starts));
	}
	l->starts[l->starts_n++] = l->lines.n;
	buf_format(&l->lines, "%s. %lld IN %s %s", owner, (long long)ttl, type,
	    rdata);
	buf_append_char(&l->lines, '\0');
}

static int
add_special(struct loader *l, enum dns_trouble trouble)
{
	size_t want = trouble == DNS_TROUBLE_DELAY ? 3 : 2;
	struct dns_special special = {trouble, NULL, 0};
	struct buf name = BUF_LIMITED(DNS_NAME_TEXT_MAX);
	struct dns_zone *zone = l->zone;

	if (l->n != want || read_name(l, &l->tokens[1], &name) < 0 ||
	    (want == 3 && number_parse(l->tokens[2].text, 0, DELAY_MAX_MS,
	    &special.delay_ms) < 0)) {
		buf_free(&name);
		return bad_line(l, want == 3 ? "want '$DELAY name ms'" :
		    "want a name behind the word");
	}
	special.name = buf_take(&name, NULL);
	zone->specials = mem_array(zone->specials, zone->specials_n + 1,
	    sizeof(*zone->specials));
	zone->specials[zone->specials_n++] = special;
	return 0;
}

static int
read_directive(struct loader *l)
{
	struct slice word = l->tokens[0].text;
	struct buf name = BUF_LIMITED(DNS_NAME_TEXT_MAX);
	int result = -1;

	if (slice_case_is(word, "$SERVFAIL"))
		return add_special(l, DNS_TROUBLE_SERVFAIL);
	if (slice_case_is(word, "$TIMEOUT"))
		return add_special(l, DNS_TROUBLE_TIMEOUT);
	if (slice_case_is(word, "$DELAY"))
		return add_special(l, DNS_TROUBLE_DELAY);
	if (slice_case_is(word, "$TTL")) {
		if (l->n != 2 || dns_rdata_ttl(l->tokens[1].text, &l->ttl) < 0)
			return bad_line(l, "want '$TTL seconds'");
		return 0;
	}
	if (!slice_case_is(word, "$ORIGIN"))
		return bad_line(l, slice_case_is(word, "$INCLUDE") ?
		    "$INCLUDE is not read" : "unknown '$' word");
	if (l->n == 2 && read_name(l, &l->tokens[1], &name) == 0) {
		buf_reset(&l->origin);
		buf_append_slice(&l->origin, buf_slice(&name));
		result = 0;
	} else {
		bad_line(l, "want '$ORIGIN name'");
	}
	buf_free(&name);
	return result;
}

/* [ttl] [class] or [class] [ttl] from token *at on. */
static int
read_ttl_and_class(struct loader *l, size_t *at, int64_t *ttl)
{
	bool ttl_seen = false, class_seen = false;

	for (; *at < l->n; *at += 1) {
		struct slice word = l->tokens[*at].text;

		if (l->tokens[*at].quoted)
			break;
		if (!ttl_seen && word.n > 0 && ascii_is_digit(word.p[0]) &&
		    dns_rdata_ttl(word, ttl) == 0)
			ttl_seen = true;
		else if (!class_seen && slice_case_is(word, "IN"))
			class_seen = true;
		else if (slice_case_is(word, "CH") || slice_case_is(word, "HS"))
			return bad_line(l, "only class IN is served");
		else
			break;
	}
	return 0;
}

static int
read_record(struct loader *l)
{
	struct buf rdata = BUF_INIT;
	const struct dns_rdata_type *type;
	char type_text[16];
	const char *why = NULL;
	size_t at = 0;
	int64_t ttl = l->ttl;
	int result = -1;

	if (!l->blank_owner) {
		if (read_name(l, &l->tokens[at++], &l->owner) < 0)
			return bad_line(l, "the owner is no domain name");
		l->has_owner = true;
	} else if (!l->has_owner) {
		return bad_line(l, "no owner before this record");
	}
	if (read_ttl_and_class(l, &at, &ttl) < 0)
		return -1;
	if (at == l->n)
		return bad_line(l, "record without a type");
	type = dns_rdata_type(l->tokens[at].text, type_text);
	if (type == NULL)
		return bad_line(l, "unknown record type");
	at++;
	if (dns_rdata_format(type, l->tokens + at, l->n - at,
	    buf_slice(&l->origin), &rdata, &why) < 0) {
		bad_line(l, why);
		goto out;
	}
	result = 0;
	if (slice_is(slice_text(type_text), "NS")) {
		if (l->owner.n > 0)
			goto out;
		l->has_ns = true;
	}
	if (slice_is(slice_text(type_text), "SOA")) {
		if (l->owner.n > 0)
			goto out;
		if (l->has_soa) {
			result = bad_line(l, "a second SOA of the root");
			goto out;
		}
		l->has_soa = true;
	}
	add_line(l, buf_text(&l->owner), ttl, type_text, buf_text(&rdata));
out:
	buf_free(&rdata);
	return result;
}

static int
compare_lines(const void *a, const void *b, void *base)
{
	const char *text = base;

	return strcmp(text + *(const size_t *)a, text + *(const size_t *)b);
}

static void
write_lines(struct loader *l)
{
	const char *before = NULL;

	if (!l->has_soa)
		add_line(l, "", DNS_ZONE_TTL, "SOA",
		    "zone.invalid. zone.invalid. 1 3600 600 86400 300");
	if (!l->has_ns)
		add_line(l, "", DNS_ZONE_TTL, "NS", "zone.invalid.");
	qsort_r(l->starts, l->starts_n, sizeof(*l->starts), compare_lines,
	    l->lines.p);
	for (size_t i = 0; i < l->starts_n; i++) {
		const char *line = l->lines.p + l->starts[i];

		if (before == NULL || strcmp(before, line) != 0)
			buf_format(&l->zone->text, "%s\n", line);
		before = line;
	}
}

static int
compare_specials(const void *a, const void *b)
{
	const struct dns_special *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int
dns_zone_parse(struct dns_zone *zone, const char *path, struct slice text,
    struct err *err)
{
	struct loader *l = mem_zalloc(sizeof(*l));
	int result;

	*zone = (struct dns_zone){.text = BUF_INIT};
	l->zone = zone;
	l->path = path;
	l->err = err;
	l->rest = text;
	l->line = 1;
	l->ttl = DNS_ZONE_TTL;
	l->origin.max = l->owner.max = DNS_NAME_TEXT_MAX;
	l->lines.max = BUF_MAX;
	while ((result = read_entry(l)) > 0) {
		if (l->n == 0)
			continue;
		if (!l->blank_owner && !l->tokens[0].quoted &&
		    slice_starts(l->tokens[0].text, "$"))
			result = read_directive(l);
		else
			result = read_record(l);
		if (result < 0)
			break;
	}
	if (result == 0) {
		write_lines(l);
		if (zone->specials_n > 0)
			qsort(zone->specials, zone->specials_n,
			    sizeof(*zone->specials), compare_specials);
	} else {
		dns_zone_free(zone);
	}
	buf_free(&l->origin);
	buf_free(&l->owner);
	buf_free(&l->lines);
	free(l->starts);
	free(l);
	return result;
}

int
dns_zone_read(struct dns_zone *zone, const char *path, struct err *err)
{
	struct buf text = BUF_LIMITED(DNS_ZONE_SIZE_MAX);
	int result;

	*zone = (struct dns_zone){.text = BUF_INIT};
	result = io_read_file(path, &text, err);
	if (result == 0)
		result = dns_zone_parse(zone, path, buf_slice(&text), err);
	else if (err != NULL)
		err->kind = ERR_CONFIG;
	buf_free(&text);
	return result;
}

void
dns_zone_free(struct dns_zone *zone)
{
	for (size_t i = 0; i < zone->specials_n; i++)
		free(zone->specials[i].name);
	free(zone->specials);
	buf_free(&zone->text);
	*zone = (struct dns_zone){.text = BUF_INIT};
}

const struct dns_special *
dns_zone_special(const struct dns_zone *zone, struct slice name)
{
	size_t low = 0, high = zone->specials_n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = slice_compare(name,
		    slice_text(zone->specials[middle].name));

		if (order == 0)
			return &zone->specials[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}
