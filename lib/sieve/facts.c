/* SPDX-License-Identifier: ISC */
/* Members of a record: JSON that was checked when it was read. */
#include "facts.h"

#include "base/number.h"

struct finder {
	struct sieve_run *run;
	int (*found)(void *context, const struct fact *fact);
	void *context;
	size_t values;
};

static int find(struct finder *f, struct slice value, struct slice path);

static int
tell(struct finder *f, struct slice value)
{
	struct fact fact = {value, json_type(value) == JSON_NUMBER};
	struct slice plain;
	struct buf text = BUF_INIT;

	if (json_type(value) == JSON_NULL || ++f->values > FACT_VALUES_MAX)
		return 0;
	if (json_type(value) == JSON_STRING) {
		plain = json_plain(value);
		fact.text = plain;
		if (plain.p == NULL) {
			(void)json_string(value, &text);
			fact.text = arena_copy(f->run->arena,
			    buf_slice(&text));
			buf_free(&text);
		}
	}
	return f->found(f->context, &fact);
}

static int
find_in_list(struct finder *f, struct slice list, struct slice path)
{
	struct json_walk walk = json_walk(list);
	struct slice item, rest = path, first = slice_cut(&rest, '.');
	int64_t index = -1;
	int got = 0;

	if (path.p != NULL)
		(void)number_parse(first, 0, INT32_MAX, &index);
	if (index < 0)
		rest = path;
	for (int64_t i = 0; got == 0 && json_next(&walk, NULL, &item); i++)
		if (index < 0 || i == index)
			got = find(f, item, rest);
	return got;
}

/* Depth is that of the JSON, at most JSON_DEPTH_MAX. */
static int
find(struct finder *f, struct slice value, struct slice path)
{
	struct json_walk walk = json_walk(value);
	struct slice first, name, item;

	if (json_type(value) == JSON_ARRAY)
		return find_in_list(f, value, path);
	if (path.p == NULL)
		return tell(f, value);
	if (json_type(value) != JSON_OBJECT)
		return 0;
	first = slice_cut(&path, '.');
	while (json_next(&walk, &name, &item))
		if (json_name_is(name, first))
			return find(f, item, path);
	return 0;
}

int
facts_find(struct sieve_run *run, struct slice path,
    int (*found)(void *context, const struct fact *fact), void *context)
{
	const struct meta *meta = run->message->meta;
	struct finder f = {run, found, context, 0};
	struct slice first = slice_cut(&path, '.');

	if (slice_is(first, "verdict") || slice_is(first, "plan"))
		return 0;
	for (size_t i = 0; i < meta->n; i++)
		if (slice_equal(meta->members[i].name, first))
			return find(&f, meta->members[i].value, path);
	return 0;
}
