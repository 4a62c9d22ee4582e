/* SPDX-License-Identifier: ISC */
/* Reads a master file (RFC 1035, 5) into a sorted table of records. */
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
#define RDATA_MAX 65535
#define TYPE_SOA 6

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
	bool has_owner, has_soa;
	int64_t ttl;
	size_t capacity; /* of the zone's records */
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

/* The record whose data is what the octets end in, from `data' on. */
static void
add_record(struct loader *l, uint16_t type, int64_t ttl, size_t data)
{
	struct dns_zone *zone = l->zone;
	struct dns_zone_record *r;

	if (zone->records_n == l->capacity) {
		l->capacity = l->capacity * 2 + 64;
		zone->records = mem_array(zone->records, l->capacity,
		    sizeof(*zone->records));
	}
	r = &zone->records[zone->records_n++];
	*r = (struct dns_zone_record){.data = data,
	    .data_n = zone->octets.n - data, .key = zone->octets.n,
	    .ttl = (uint32_t)ttl, .type = type};
	dns_zone_key(buf_slice(&l->owner), &zone->octets);
	r->key_n = zone->octets.n - r->key;
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
	zone->waits |= trouble != DNS_TROUBLE_SERVFAIL;
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

/* Left out: what would make another server of it. */
static int
is_of_a_server(struct loader *l, uint16_t type, bool *is)
{
	*is = (type == DNS_NS || type == TYPE_SOA) && l->owner.n > 0;
	if (type != TYPE_SOA || *is)
		return 0;
	if (l->has_soa)
		return bad_line(l, "a second SOA of the root");
	l->has_soa = true;
	return 0;
}

static int
read_record(struct loader *l)
{
	struct buf *octets = &l->zone->octets;
	const struct dns_rdata_type *type;
	uint16_t number;
	const char *why = NULL;
	size_t at = 0, start = octets->n;
	int64_t ttl = l->ttl;
	bool left_out;

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
	type = dns_rdata_type(l->tokens[at].text, &number);
	if (type == NULL)
		return bad_line(l, "unknown record type");
	at++;
	if (dns_rdata_read(type, l->tokens + at, l->n - at,
	    buf_slice(&l->origin), octets, &why) < 0)
		return bad_line(l, why);
	if (octets->n - start > RDATA_MAX)
		return bad_line(l, "a record of over 65535 octets");
	if (is_of_a_server(l, number, &left_out) < 0)
		return -1;
	if (left_out)
		buf_truncate(octets, start);
	else
		add_record(l, number, ttl, start);
	return 0;
}

static int
compare_records(const void *a, const void *b, void *octets)
{
	const struct dns_zone_record *x = a, *y = b;
	const char *p = octets;
	int order = slice_compare(slice_of(p + x->key, x->key_n),
	    slice_of(p + y->key, y->key_n));

	if (order == 0 && x->type != y->type)
		order = x->type < y->type ? -1 : 1;
	if (order == 0)
		order = slice_compare(slice_of(p + x->data, x->data_n),
		    slice_of(p + y->data, y->data_n));
	return order;
}

static void
sort_records(struct dns_zone *zone)
{
	size_t kept = 0;

	if (zone->records_n == 0)
		return;
	qsort_r(zone->records, zone->records_n, sizeof(*zone->records),
	    compare_records, zone->octets.p);
	for (size_t i = 1; i < zone->records_n; i++)
		if (compare_records(&zone->records[kept], &zone->records[i],
		    zone->octets.p) != 0)
			zone->records[++kept] = zone->records[i];
	zone->records_n = kept + 1;
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

	*zone = (struct dns_zone){.octets = BUF_INIT};
	l->zone = zone;
	l->path = path;
	l->err = err;
	l->rest = text;
	l->line = 1;
	l->ttl = DNS_ZONE_TTL;
	l->origin.max = l->owner.max = DNS_NAME_TEXT_MAX;
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
		sort_records(zone);
		if (zone->specials_n > 0)
			qsort(zone->specials, zone->specials_n,
			    sizeof(*zone->specials), compare_specials);
	} else {
		dns_zone_free(zone);
	}
	buf_free(&l->origin);
	buf_free(&l->owner);
	free(l);
	return result;
}

int
dns_zone_read(struct dns_zone *zone, const char *path, struct err *err)
{
	struct buf text = BUF_LIMITED(DNS_ZONE_SIZE_MAX);
	int result;

	*zone = (struct dns_zone){.octets = BUF_INIT};
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
	free(zone->records);
	buf_free(&zone->octets);
	*zone = (struct dns_zone){.octets = BUF_INIT};
}
