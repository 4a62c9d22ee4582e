/* SPDX-License-Identifier: ISC */
/* A record's meta cut down to one recipient. */
#include "kept_meta.h"

#include "base/json.h"

static const char *const left_out[] = {"size", "deadline", "headers",
    "source", "timing", NULL};
/* Of an entry of the plan: what was done when it was stored, and would be
 * done again by whoever stores what fe-cat reads. */
static const char *const done[] = {"headers", "marks", "cases", NULL};

static bool
is_of(struct slice name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (slice_is(name, *names))
			return true;
	return false;
}

/* An array of the one item. */
static int
append_only(struct buf *out, struct slice array, size_t index,
    int (*append)(struct buf *out, struct slice item))
{
	struct json_walk walk = json_walk(array);
	struct slice item;
	int result = buf_append_char(out, '[');

	for (size_t i = 0; json_next(&walk, NULL, &item) && result == 0; i++)
		if (i == index)
			result = append(out, item);
	return result < 0 ? -1 : buf_append_char(out, ']');
}

static int
append_name(struct buf *out, struct slice name, bool *first)
{
	if (!*first && buf_append_char(out, ',') < 0)
		return -1;
	*first = false;
	if (buf_append_char(out, '"') < 0 || buf_append_slice(out, name) < 0)
		return -1;
	return buf_append_text(out, "\":");
}

static int
append_entry(struct buf *out, struct slice entry)
{
	struct json_walk walk = json_walk(entry);
	struct slice name, value;
	bool first = true;

	if (json_type(entry) != JSON_OBJECT)
		return buf_append_slice(out, entry);
	if (buf_append_char(out, '{') < 0)
		return -1;
	while (json_next(&walk, &name, &value))
		if (!is_of(name, done) &&
		    (append_name(out, name, &first) < 0 ||
		    buf_append_slice(out, value) < 0))
			return -1;
	return buf_append_char(out, '}');
}

static int
append_envelope(struct buf *out, struct slice envelope, size_t recipient)
{
	struct json_walk walk = json_walk(envelope);
	struct slice name, value;
	bool first = true;

	if (buf_append_char(out, '{') < 0)
		return -1;
	while (json_next(&walk, &name, &value)) {
		if (append_name(out, name, &first) < 0)
			return -1;
		if ((slice_is(name, "to") ?
		    append_only(out, value, recipient, buf_append_slice) :
		    buf_append_slice(out, value)) < 0)
			return -1;
	}
	return buf_append_char(out, '}');
}

static int
append_member(struct buf *out, const struct meta_member *member,
    size_t recipient)
{
	if (slice_is(member->name, "envelope") &&
	    json_type(member->value) == JSON_OBJECT)
		return append_envelope(out, member->value, recipient);
	if (slice_is(member->name, "plan"))
		return append_only(out, member->value, recipient,
		    append_entry);
	return buf_append_slice(out, member->value);
}

int
kept_meta_format(const struct meta *m, size_t recipient, struct buf *out)
{
	bool first = true;

	if (buf_append_char(out, '{') < 0)
		return -1;
	for (size_t i = 0; i < m->n; i++) {
		if (is_of(m->members[i].name, left_out))
			continue;
		if (append_name(out, m->members[i].name, &first) < 0 ||
		    append_member(out, &m->members[i], recipient) < 0)
			return -1;
	}
	return buf_append_char(out, '}');
}
