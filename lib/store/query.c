/* SPDX-License-Identifier: ISC */
/* Queries as people type them, read and turned into SQL. */
#include "query.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/mem.h"
#include "base/number.h"
#include "mail/terms.h"
#include "message.h"

enum item_kind {
	ITEM_TEXT, ITEM_SINCE, ITEM_BEFORE, ITEM_HAS, ITEM_IS, ITEM_FLAG,
	ITEM_LARGER, ITEM_SMALLER, ITEM_FOLDER, ITEM_ID
};

struct item {
	enum item_kind kind;
	bool not;
	struct buf text; /* FTS5 expression, keyword, folder or id */
	int64_t number;  /* time, size, flag bit; -1: unparsed */
	bool unset;      /* is:unseen */
};

struct query {
	struct item items[SEARCH_ITEMS_MAX];
	size_t n;
};

static const struct field {
	const char *name;
	enum item_kind kind;
	const char *prefix; /* of its terms in the index */
} fields[] = {
	{"text", ITEM_TEXT, ""},      {"from", ITEM_TEXT, "f:"},
	{"to", ITEM_TEXT, "t:"},      {"cc", ITEM_TEXT, "c:"},
	{"subject", ITEM_TEXT, "s:"}, {"since", ITEM_SINCE, NULL},
	{"before", ITEM_BEFORE, NULL}, {"has", ITEM_HAS, NULL},
	{"is", ITEM_IS, NULL},        {"flag", ITEM_FLAG, NULL},
	{"larger", ITEM_LARGER, NULL}, {"smaller", ITEM_SMALLER, NULL},
	{"folder", ITEM_FOLDER, NULL}, {"id", ITEM_ID, NULL}
};

static const struct state {
	const char *name;
	int64_t bit; /* 0: not a flag, unparsed */
	bool unset;
} states[] = {
	{"seen", MESSAGE_SEEN, false},
	{"unseen", MESSAGE_SEEN, true},
	{"flagged", MESSAGE_FLAGGED, false},
	{"answered", MESSAGE_ANSWERED, false},
	{"deleted", MESSAGE_DELETED, false},
	{"draft", MESSAGE_DRAFT, false},
	{"unparsed", 0, false}
};
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static int
err_item(struct slice item, const char *want, struct err *err)
{
	return err_set(err, ERR_USAGE, "query: '%.*s': %s", SLICE_ARG(item),
	    want);
}

/* Quotes around terms keep FTS5 from reading them: they hold no quote. */
static void
add_term(struct buf *out, struct slice term, bool beginning)
{
	if (out->n > 0)
		buf_append_text(out, " AND ");
	buf_append_char(out, '"');
	buf_append_slice(out, term);
	buf_append_text(out, beginning ? "\" *" : "\"");
}

static int
read_text(struct item *item, const char *prefix, struct slice value,
    struct slice whole, struct err *err)
{
	bool beginning = slice_ends(value, "*");
	struct terms terms;
	struct slice rest;

	terms_init(&terms);
	terms_add(&terms, prefix, value);
	rest = buf_slice(&terms.text);
	while (rest.p != NULL && rest.n > 0) {
		struct slice term = slice_cut(&rest, ' ');

		add_term(&item->text, term, beginning && rest.p == NULL);
	}
	terms_free(&terms);
	return item->text.n > 0 ? 0 : err_item(whole, "no word to search for",
	    err);
}

static int
read_time(struct item *item, struct slice value, int64_t now_ms,
    struct slice whole, struct err *err)
{
	int64_t seconds;

	if (number_parse_duration(value, &seconds) == 0) {
		item->number = now_ms - seconds * 1000;
		return 0;
	}
	if (clock_parse(value, &item->number) == 0)
		return 0;
	return err_item(whole, "want a date (2026-11-22) or an age (30d, 6h)",
	    err);
}

static int
read_state(struct item *item, struct slice value, struct slice whole,
    struct err *err)
{
	for (size_t i = 0; i < COUNT(states); i++) {
		if (!slice_case_is(value, states[i].name))
			continue;
		item->number = states[i].bit;
		item->unset = states[i].unset;
		return 0;
	}
	return err_item(whole, "want is:seen, unseen, flagged, answered, "
	    "deleted, draft or unparsed", err);
}

static int
read_has(struct item *item, struct slice value, struct slice whole,
    struct err *err)
{
	if (!slice_case_is(value, "attachment"))
		return err_item(whole, "want has:attachment", err);
	add_term(&item->text, SLICE("h:attachment"), false);
	item->kind = ITEM_TEXT;
	return 0;
}

/* A folder's blanks are written %20. */
static int
read_folder(struct item *item, struct slice value, struct slice whole,
    struct err *err)
{
	unsigned char octet;

	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == '%') {
			if (hex_decode(slice_part(value, i + 1, i + 3),
			    &octet, 1) < 0)
				return err_item(whole, "want %XX", err);
			buf_append_char(&item->text, (char)octet);
			i += 2;
		} else {
			buf_append_char(&item->text, value.p[i]);
		}
	}
	return 0;
}

static int
read_value(struct item *item, const struct field *field, struct slice value,
    int64_t now_ms, struct slice whole, struct err *err)
{
	item->kind = field->kind;
	switch (field->kind) {
	case ITEM_TEXT:
		return read_text(item, field->prefix, value, whole, err);
	case ITEM_SINCE:
	case ITEM_BEFORE:
		return read_time(item, value, now_ms, whole, err);
	case ITEM_HAS:
		return read_has(item, value, whole, err);
	case ITEM_IS:
		return read_state(item, value, whole, err);
	case ITEM_LARGER:
	case ITEM_SMALLER:
		return number_parse_size(value, &item->number) == 0 ? 0 :
		    err_item(whole, "want a size (1M)", err);
	case ITEM_FOLDER:
		return read_folder(item, value, whole, err);
	case ITEM_FLAG:
	case ITEM_ID:
		buf_append_slice(&item->text, value);
		return 0;
	}
	return -1;
}

static const struct field *
find_field(struct slice name)
{
	for (size_t i = 0; i < COUNT(fields); i++)
		if (slice_case_is(name, fields[i].name))
			return &fields[i];
	return NULL;
}

/* Cuts one item off: up to a blank outside of quotes. */
static struct slice
cut_item(struct slice *rest)
{
	bool quoted = false;
	size_t i = 0;

	for (; i < rest->n && (quoted || !ascii_is_space(rest->p[i])); i++)
		if (rest->p[i] == '"')
			quoted = !quoted;
	*rest = (struct slice){rest->p + i, rest->n - i};
	return slice_of(rest->p - i, i);
}

static bool
is_word(struct slice name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!ascii_is_alpha(name.p[i]))
			return false;
	return name.n > 0;
}

static int
read_item(struct query *q, struct slice whole, int64_t now_ms,
    struct err *err)
{
	struct item *item = &q->items[q->n++];
	struct slice text = whole, name;
	const struct field *field = &fields[0];
	size_t colon;

	if (text.p[0] == '-') {
		item->not = true;
		text = slice_part(text, 1, text.n);
	}
	colon = slice_find(text, ':');
	name = slice_part(text, 0, colon);
	if (colon < text.n && is_word(name)) {
		field = find_field(name);
		if (field == NULL)
			return err_item(whole, "no such field (to search for "
			    "this text, put it in quotes)", err);
		text = slice_part(text, colon + 1, text.n);
	}
	if (text.n >= 2 && text.p[0] == '"' && text.p[text.n - 1] == '"')
		text = slice_part(text, 1, text.n - 1);
	if (text.n == 0)
		return err_item(whole, "nothing to search for", err);
	return read_value(item, field, text, now_ms, whole, err);
}

static int
read_items(struct query *q, struct slice rest, int64_t now_ms,
    struct err *err)
{
	while (rest.n > 0) {
		struct slice item;

		if (ascii_is_space(rest.p[0])) {
			rest = slice_part(rest, 1, rest.n);
			continue;
		}
		if (q->n == SEARCH_ITEMS_MAX)
			return err_set(err, ERR_USAGE, "query: more than %d "
			    "items", SEARCH_ITEMS_MAX);
		item = cut_item(&rest);
		if (read_item(q, item, now_ms, err) < 0)
			return -1;
	}
	return 0;
}

int
query_parse(struct query **out, struct slice text, int64_t now_ms,
    struct err *err)
{
	struct query *q;

	*out = NULL;
	if (text.n > SEARCH_QUERY_MAX || memchr(text.p, '\0', text.n) != NULL)
		return err_set(err, ERR_USAGE, "query: more than %d octets",
		    SEARCH_QUERY_MAX);
	q = mem_zalloc(sizeof(*q));
	for (size_t i = 0; i < SEARCH_ITEMS_MAX; i++)
		q->items[i].text = (struct buf)BUF_INIT;
	if (read_items(q, text, now_ms, err) < 0) {
		query_free(q);
		return -1;
	}
	*out = q;
	return 0;
}

void
query_free(struct query *q)
{
	if (q == NULL)
		return;
	for (size_t i = 0; i < SEARCH_ITEMS_MAX; i++)
		buf_free(&q->items[i].text);
	free(q);
}

bool
query_needs_index(const struct query *q)
{
	for (size_t i = 0; q != NULL && i < q->n; i++)
		if (q->items[i].kind == ITEM_TEXT)
			return true;
	return false;
}

/* ---- SQL ---- */

static void
bind_number(struct query_sql *sql, int64_t number)
{
	sql->values[sql->n++] = (struct query_value){false, BUF_INIT, number};
}

static void
bind_text(struct query_sql *sql, struct slice text)
{
	struct query_value *v = &sql->values[sql->n++];

	*v = (struct query_value){true, BUF_INIT, 0};
	buf_append_slice(&v->text, text);
}

static void
condition(struct query_sql *sql, const struct item *item)
{
	static const char *const conditions[] = {
		[ITEM_TEXT] = "m.body IN (SELECT rowid FROM fts WHERE fts"
		    " MATCH ?)",
		[ITEM_SINCE] = "m.received >= ?",
		[ITEM_BEFORE] = "m.received < ?",
		[ITEM_IS] = "m.flags & ? <> 0",
		[ITEM_FLAG] = "instr(' ' || lower(coalesce(m.keywords, '')) ||"
		    " ' ', ' ' || lower(?) || ' ') > 0",
		[ITEM_LARGER] = "m.octets > ?",
		[ITEM_SMALLER] = "m.octets < ?",
		[ITEM_FOLDER] = "m.folder IN (SELECT id FROM folder WHERE"
		    " lower(name) = lower(?))",
		[ITEM_ID] = "m.body IN (SELECT id FROM letter WHERE"
		    " record = ?)"
	};
	bool unparsed = item->kind == ITEM_IS && item->number == 0;

	buf_append_text(&sql->text, item->not != item->unset ? " AND NOT (" :
	    " AND (");
	buf_append_text(&sql->text, unparsed ? "m.body IN (SELECT id FROM"
	    " letter WHERE summary IS NULL)" : conditions[item->kind]);
	buf_append_char(&sql->text, ')');
	if (unparsed)
		return;
	if (item->text.n > 0)
		bind_text(sql, buf_slice(&item->text));
	else
		bind_number(sql, item->number);
}

void
query_sql_make(struct query_sql *sql, const struct query *q, int64_t folder,
    int64_t since_ms)
{
	*sql = (struct query_sql){.text = BUF_INIT};
	buf_append_text(&sql->text, "SELECT m.folder, m.uid FROM message m"
	    " WHERE 1");
	if (folder != 0) {
		buf_append_text(&sql->text, " AND m.folder = ?");
		bind_number(sql, folder);
	}
	if (since_ms != 0) {
		buf_append_text(&sql->text, " AND m.received >= ?");
		bind_number(sql, since_ms);
	}
	for (size_t i = 0; q != NULL && i < q->n; i++)
		condition(sql, &q->items[i]);
	buf_append_text(&sql->text, " ORDER BY m.received, m.folder, m.uid");
}

void
query_sql_free(struct query_sql *sql)
{
	for (size_t i = 0; i < sql->n; i++)
		buf_free(&sql->values[i].text);
	buf_free(&sql->text);
}
