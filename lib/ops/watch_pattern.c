/* SPDX-License-Identifier: ISC */
/*
 * Patterns of log messages.  Messages hold what strangers wrote; one pass over
 * a message from either side, no backtracking, so that no message is slow.
 */
#include "ops/watch_pattern.h"

#include <string.h>

static const struct {
	const char *name;
	enum watch_field field;
} fields[] = {{"address", WATCH_ADDRESS}, {"network", WATCH_NETWORK},
    {"port", WATCH_PORT}, {"number", WATCH_NUMBER}, {"word", WATCH_WORD},
    {"account", WATCH_ACCOUNT}, {"object", WATCH_OBJECT},
    {"detail", WATCH_DETAIL}, {"skip", WATCH_SKIP}};

static bool
is_free(enum watch_field field)
{
	return field == WATCH_ACCOUNT || field == WATCH_OBJECT ||
	    field == WATCH_DETAIL;
}

static int
find_field(struct slice name, enum watch_field *field)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (slice_is(name, fields[i].name)) {
			*field = fields[i].field;
			return 0;
		}
	return -1;
}

static int
add(struct watch_pattern *p, enum watch_field field, struct slice text,
    struct err *err)
{
	if (field == WATCH_TEXT && text.n == 0)
		return 0;
	if (p->n == WATCH_PARTS_MAX)
		return err_set(err, ERR_CONFIG, "a pattern has at most %d "
		    "parts", WATCH_PARTS_MAX);
	if (field != WATCH_TEXT && p->n > 0 &&
	    p->parts[p->n - 1].field != WATCH_TEXT)
		return err_set(err, ERR_CONFIG,
		    "two fields without a text in between");
	if (is_free(field))
		p->pivot = p->n;
	p->parts[p->n++] = (struct watch_part){field, text};
	return 0;
}

int
watch_pattern_read(
    struct watch_pattern *p, struct slice text, struct err *err)
{
	p->n = 0;
	p->pivot = SIZE_MAX;
	while (text.n > 0) {
		size_t open = slice_find(text, '{');
		size_t close = slice_find(text, '}');
		enum watch_field field;

		if (add(p, WATCH_TEXT, slice_part(text, 0, open), err) < 0)
			return -1;
		if (open == text.n)
			break;
		if (close < open || close == text.n ||
		    find_field(slice_part(text, open + 1, close), &field) < 0)
			return err_set(err, ERR_CONFIG, "'%.*s' begins with "
			    "no field",
			    SLICE_ARG(slice_part(text, open, text.n)));
		if (add(p, field, SLICE_NONE, err) < 0)
			return -1;
		text = slice_part(text, close + 1, text.n);
	}
	if (p->pivot == SIZE_MAX)
		p->pivot = p->n;
	if (p->n == 0)
		return err_set(err, ERR_CONFIG, "a pattern is missing");
	return 0;
}

static bool
is_digits(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!ascii_is_digit(text.p[i]))
			return false;
	return text.n > 0 && text.n < 20;
}

static bool
take(enum watch_field field, struct slice value, struct watch_match *m)
{
	switch (field) {
	case WATCH_ADDRESS:
		m->has_address = ip_parse(value, &m->network.ip) == 0;
		m->network.bits = m->network.ip.size * 8u;
		return m->has_address;
	case WATCH_NETWORK:
		m->has_network = network_parse(value, &m->network) == 0;
		return m->has_network;
	case WATCH_PORT:
		m->port = value;
		return is_digits(value);
	case WATCH_NUMBER:
		return is_digits(value);
	case WATCH_WORD:
		return memchr(value.p, ' ', value.n) == NULL;
	case WATCH_ACCOUNT:
		m->account = value;
		return true;
	case WATCH_OBJECT:
		m->object = value;
		return true;
	case WATCH_DETAIL:
		m->detail = value;
		return true;
	default:
		return true;
	}
}

/* Parts [from, to) from the left of *rest; a field ends where the text behind
 * it is first. */
static bool
match_left(const struct watch_pattern *p, size_t to, struct slice *rest,
    struct watch_match *m)
{
	for (size_t i = 0; i < to; i++) {
		const struct watch_part *part = &p->parts[i];
		size_t end = rest->n;

		if (part->field == WATCH_TEXT) {
			if (rest->n < part->text.n ||
			    memcmp(rest->p, part->text.p, part->text.n) != 0)
				return false;
			*rest = slice_part(*rest, part->text.n, rest->n);
			continue;
		}
		if (i + 1 < p->n) {
			end = slice_find_text(*rest, p->parts[i + 1].text);
			if (end == rest->n)
				return false;
		}
		if (!take(part->field, slice_part(*rest, 0, end), m))
			return false;
		*rest = slice_part(*rest, end, rest->n);
	}
	return true;
}

/* Where the text is last, or whole.n. */
static size_t
find_last(struct slice whole, struct slice text)
{
	if (whole.n < text.n)
		return whole.n;
	for (size_t i = whole.n - text.n + 1; i-- > 0;)
		if (whole.p[i] == text.p[0] &&
		    memcmp(whole.p + i, text.p, text.n) == 0)
			return i;
	return whole.n;
}

/* Parts behind `from' from the right. */
static bool
match_right(const struct watch_pattern *p, size_t from, struct slice *rest,
    struct watch_match *m)
{
	for (size_t i = p->n; i-- > from + 1;) {
		const struct watch_part *part = &p->parts[i];
		size_t begin;

		if (part->field == WATCH_TEXT) {
			if (rest->n < part->text.n ||
			    memcmp(rest->p + rest->n - part->text.n,
				part->text.p, part->text.n) != 0)
				return false;
			*rest = slice_part(*rest, 0, rest->n - part->text.n);
			continue;
		}
		/* a text is ahead of it: two fields never touch */
		begin = find_last(*rest, p->parts[i - 1].text);
		if (begin == rest->n)
			return false;
		begin += p->parts[i - 1].text.n;
		if (!take(part->field, slice_part(*rest, begin, rest->n), m))
			return false;
		*rest = slice_part(*rest, 0, begin);
	}
	return true;
}

bool
watch_pattern_match(const struct watch_pattern *p, struct slice message,
    struct watch_match *m)
{
	struct slice rest = message;

	*m = (struct watch_match){.has_address = false};
	if (!match_left(p, p->pivot, &rest, m))
		return false;
	if (p->pivot == p->n)
		return rest.n == 0;
	if (!match_right(p, p->pivot, &rest, m))
		return false;
	return take(p->parts[p->pivot].field, rest, m);
}
