/* SPDX-License-Identifier: ISC */
/*
 * The meta of a record as a list of raw members.  A line from a neighbour is
 * checked once as a whole; after that a member is only looked into when
 * somebody asks for it, and what was not set is written back as it came.
 */
#include "record/meta.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

struct meta_owned {
	struct meta_owned *next;
	char octets[];
};

/* A copy that lives as long as the meta. */
static struct slice
keep(struct meta *m, struct slice octets)
{
	struct meta_owned *owned;

	owned = mem_alloc(sizeof(*owned) + octets.n + 1);
	if (octets.n > 0)
		memcpy(owned->octets, octets.p, octets.n);
	owned->octets[octets.n] = '\0';
	owned->next = m->owned;
	m->owned = owned;
	return slice_of(owned->octets, octets.n);
}

/* The end of a copy that nobody points to any more; what was not one of ours
 * stays. */
static void
drop(struct meta *m, struct slice octets)
{
	for (struct meta_owned **at = &m->owned; *at != NULL;
	    at = &(*at)->next) {
		struct meta_owned *owned = *at;

		if (owned->octets == octets.p) {
			*at = owned->next;
			free(owned);
			return;
		}
	}
}

static void
add_member(struct meta *m, struct slice name, struct slice value)
{
	if (m->n == m->capacity) {
		m->capacity = m->capacity == 0 ? 16 : m->capacity * 2;
		m->members = mem_array(
		    m->members, m->capacity, sizeof(*m->members));
	}
	m->members[m->n++] = (struct meta_member){name, value};
}

void
meta_init(struct meta *m)
{
	*m = (struct meta){.text = BUF_INIT};
	add_member(m, SLICE("fe"), SLICE("1"));
}

void
meta_copy(struct meta *m, const struct meta *from)
{
	*m = (struct meta){.text = BUF_INIT};
	for (size_t i = 0; i < from->n; i++)
		add_member(m, keep(m, from->members[i].name),
		    keep(m, from->members[i].value));
}

int
meta_parse(struct meta *m, struct slice line, struct err *err)
{
	struct json_walk walk;
	struct slice name, value;

	*m = (struct meta){.text = BUF_INIT};
	if (line.n >= META_SIZE_MAX)
		return err_set(err, ERR_MESSAGE, "a meta is over 1 MiB");
	if (json_check(line, err) < 0)
		return err_prefix(err, "a meta is no record");
	buf_append_slice(&m->text, line);
	walk = json_walk(buf_slice(&m->text));
	while (json_next(&walk, &name, &value))
		add_member(m, name, value);
	if (!walk.in_object || m->n == 0 ||
	    !json_name_is(m->members[0].name, SLICE("fe"))) {
		meta_free(m);
		return err_set(err, ERR_MESSAGE,
		    "a meta is no record: it does not begin with \"fe\":1");
	}
	m->members[0].name = SLICE("fe"); /* however it was written */
	if (!slice_is(m->members[0].value, "1")) {
		err_set(err, ERR_MESSAGE,
		    "a record has the format version '%.*s', known is 1",
		    (int)slice_part(m->members[0].value, 0, 20).n,
		    m->members[0].value.p);
		meta_free(m);
		return -1;
	}
	return 0;
}

void
meta_free(struct meta *m)
{
	while (m->owned != NULL) {
		struct meta_owned *next = m->owned->next;

		free(m->owned);
		m->owned = next;
	}
	free(m->members);
	m->members = NULL;
	m->n = m->capacity = 0;
	buf_free(&m->text);
}

static struct meta_member *
find(const struct meta *m, struct slice name)
{
	for (size_t i = 0; i < m->n; i++)
		if (json_name_is(m->members[i].name, name))
			return &m->members[i];
	return NULL;
}

struct slice
meta_get(const struct meta *m, const char *name)
{
	struct meta_member *member = find(m, slice_text(name));

	return member == NULL ? SLICE_NONE : member->value;
}

struct slice
meta_at(const struct meta *m, const char *path)
{
	const char *dot = strchr(path, '.');
	struct meta_member *member;

	if (dot == NULL)
		return meta_get(m, path);
	member = find(m, slice_of(path, (size_t)(dot - path)));
	return member == NULL ? SLICE_NONE : json_get(member->value, dot + 1);
}

void
meta_set(struct meta *m, const char *name, struct slice value)
{
	struct meta_member *member = find(m, slice_text(name));

	if (value.p == NULL) {
		if (member == NULL)
			return;
		drop(m, member->name);
		drop(m, member->value);
		m->n--;
		memmove(member, member + 1,
		    (size_t)(m->members + m->n - member) * sizeof(*member));
	} else if (member != NULL) {
		struct slice old = member->value;

		member->value = keep(m, value);
		drop(m, old);
	} else {
		add_member(m, keep(m, slice_text(name)), keep(m, value));
	}
}

void
meta_set_text(struct meta *m, const char *name, struct slice text)
{
	struct buf value = BUF_INIT;
	struct json_writer w = JSON_WRITER(&value);

	json_put_slice(&w, NULL, text);
	meta_set(m, name, buf_slice(&value));
	buf_free(&value);
}

void
meta_set_integer(struct meta *m, const char *name, int64_t number)
{
	struct buf value = BUF_INIT;
	struct json_writer w = JSON_WRITER(&value);

	json_put_integer(&w, NULL, number);
	meta_set(m, name, buf_slice(&value));
	buf_free(&value);
}

int
meta_write(const struct meta *m, struct buf *out, struct err *err)
{
	size_t from = out->n;

	for (size_t i = 0; i < m->n; i++) {
		buf_append_text(out, i == 0 ? "{\"" : ",\"");
		buf_append_slice(out, m->members[i].name);
		buf_append_text(out, "\":");
		buf_append_slice(out, m->members[i].value);
	}
	if (buf_append_text(out, "}\n") == 0 && out->n - from <= META_SIZE_MAX)
		return 0;
	buf_truncate(out, from);
	return err_set(err, ERR_MESSAGE, "the meta of record '%.*s' is over "
	    "1 MiB", SLICE_ARG(meta_id(m)));
}

struct slice
meta_id(const struct meta *m)
{
	return json_plain(meta_get(m, "id"));
}

int64_t
meta_size(const struct meta *m)
{
	int64_t size;

	if (json_integer(meta_get(m, "size"), &size) < 0 || size < 0)
		return -1;
	return size;
}

int64_t
meta_deadline_ms(const struct meta *m)
{
	int64_t ms;

	if (clock_parse(json_plain(meta_get(m, "deadline")), &ms) < 0)
		return -1;
	return ms;
}

void
meta_add_timing(struct meta *m, const char *program, int64_t cpu_us,
    int64_t wall_us)
{
	struct json_walk walk = json_walk(meta_get(m, "timing"));
	struct slice name, value;
	struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER(&out);

	json_open_object(&w, NULL);
	while (walk.in_object && json_next(&walk, &name, &value)) {
		if (json_name_is(name, slice_text(program)))
			continue;
		buf_format(&out, "%s\"%.*s\":", w.comma ? "," : "",
		    SLICE_ARG(name));
		buf_append_slice(&out, value);
		w.comma = true;
	}
	json_open_object(&w, program);
	json_put_real(&w, "cpu", (double)cpu_us / 1000, 3);
	json_put_real(&w, "wall", (double)wall_us / 1000, 3);
	json_close_object(&w);
	json_close_object(&w);
	meta_set(m, "timing", buf_slice(&out));
	buf_free(&out);
}

void
meta_drop_header_ops(struct meta *m, const char *by)
{
	struct json_walk walk = json_walk(meta_get(m, "headers"));
	struct slice op;
	struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER(&out);
	size_t kept = 0, dropped = 0;

	json_open_array(&w, NULL);
	while (json_next(&walk, NULL, &op)) {
		if (json_string_is(json_get(op, "by"), by)) {
			dropped++;
			continue;
		}
		json_put_raw(&w, NULL, op);
		kept++;
	}
	json_close_array(&w);
	if (dropped > 0)
		meta_set(m, "headers",
		    kept == 0 ? SLICE_NONE : buf_slice(&out));
	buf_free(&out);
}

int
meta_add_header_op(struct meta *m, enum header_op op, const char *name,
    struct slice value, int index, const char *by)
{
	static const char *const names[] = {"prepend", "append", "delete"};
	struct slice old = slice_trim(meta_get(m, "headers"));
	struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER(&out);
	bool more = json_type(old) == JSON_ARRAY && json_count(old) > 0;

	if (more)
		buf_append_slice(&out, slice_part(old, 0, old.n - 1));
	else
		buf_append_char(&out, '[');
	w.comma = more;
	json_open_object(&w, NULL);
	json_put_text(&w, "op", names[op]);
	json_put_text(&w, "name", name);
	if (op != HEADER_DELETE)
		json_put_slice(&w, "value", value);
	else if (index != 0)
		json_put_integer(&w, "index", index);
	json_put_text(&w, "by", by);
	json_close_object(&w);
	buf_append_char(&out, ']');
	if (out.n + meta_get(m, "plan").n > META_PLAN_MAX) {
		buf_free(&out);
		return -1;
	}
	meta_set(m, "headers", buf_slice(&out));
	buf_free(&out);
	return 0;
}

enum verdict_action
verdict_action(struct slice verdict)
{
	static const char *const names[] = {[VERDICT_ACCEPT] = "accept",
	    [VERDICT_JUNK] = "junk", [VERDICT_QUARANTINE] = "quarantine",
	    [VERDICT_REJECT] = "reject", [VERDICT_DISCARD] = "discard",
	    [VERDICT_TEMPFAIL] = "tempfail"};
	struct slice action = json_get(verdict, "action");

	for (int i = VERDICT_ACCEPT; i <= VERDICT_TEMPFAIL; i++)
		if (json_string_is(action, names[i]))
			return (enum verdict_action)i;
	return VERDICT_NONE;
}

bool
verdict_is_final(enum verdict_action action)
{
	return action == VERDICT_REJECT || action == VERDICT_DISCARD ||
	    action == VERDICT_TEMPFAIL;
}

void
meta_set_tempfail(struct meta *m, const char *by, const char *text)
{
	struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER(&out);

	json_open_object(&w, NULL);
	json_put_text(&w, "action", "tempfail");
	json_put_integer(&w, "code", 451);
	json_put_text(&w, "enhanced", "4.3.0");
	json_put_text(&w, "text", text);
	json_put_text(&w, "by", by);
	json_close_object(&w);
	meta_set(m, "verdict", buf_slice(&out));
	buf_free(&out);
}
