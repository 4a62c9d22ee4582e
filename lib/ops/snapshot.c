/* SPDX-License-Identifier: ISC */
/* Snapshots and their lists of files. */
#include "ops/snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/document.h"
#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "ops/chunker.h"

#define WHAT "snapshot"
#define LISTS_MAX ((size_t)1 << 20)
#define TIME_LENGTH 20 /* 20261126T224248.123Z */

void
snapshot_free(struct snapshot *s)
{
	for (size_t i = 0; i < s->missed_n; i++)
		free(s->missed[i]);
	free(s->missed);
	free(s->host);
	free(s->home);
	free(s->lists);
	memset(s, 0, sizeof(*s));
}

void
snapshot_make_name(struct snapshot *s)
{
	char time[CLOCK_TEXT_SIZE], hex[9];
	unsigned char random[4];

	clock_rfc3339(s->time_ms, time); /* 2026-11-26T22:42:48.123Z */
	random_octets(random, sizeof(random));
	hex_encode(random, sizeof(random), hex);
	snprintf(s->name, sizeof(s->name), "%.4s%.2s%.2sT%.2s%.2s%.6sZ-%s",
	    time, time + 5, time + 8, time + 11, time + 14, time + 17, hex);
}

int64_t
snapshot_name_time(struct slice name)
{
	char text[CLOCK_TEXT_SIZE];
	const char *p = name.p;
	int64_t ms;

	if (name.n != TIME_LENGTH + 9 || p[8] != 'T' ||
	    p[TIME_LENGTH - 1] != 'Z' || p[TIME_LENGTH] != '-')
		return -1;
	snprintf(text, sizeof(text), "%.4s-%.2s-%.2sT%.2s:%.2s:%.6sZ", p,
	    p + 4, p + 6, p + 9, p + 11, p + 13);
	return clock_parse(slice_text(text), &ms) < 0 ? -1 : ms;
}

static void
put_id(struct json_writer *w, const unsigned char *id)
{
	char hex[2 * BLOB_ID_SIZE + 1];

	hex_encode(id, BLOB_ID_SIZE, hex);
	json_put_text(w, NULL, hex);
}

static void
format_snapshot(const struct snapshot *s, struct buf *out)
{
	struct json_writer w = JSON_WRITER(out);
	char time[CLOCK_TEXT_SIZE];

	json_open_object(&w, NULL);
	json_put_integer(&w, "fe", 1);
	json_put_text(&w, "time", clock_rfc3339(s->time_ms, time));
	json_put_text(&w, "host", s->host != NULL ? s->host : "");
	json_put_text(&w, "home", s->home != NULL ? s->home : "");
	json_put_integer(&w, "files", s->files);
	json_put_integer(&w, "octets", s->octets);
	json_put_integer(&w, "mailboxes", s->mailboxes);
	json_put_integer(&w, "added", s->added);
	json_put_integer(&w, "took_ms", s->took_ms);
	json_put_texts(&w, "missed", s->missed, s->missed_n);
	json_open_array(&w, "lists");
	for (size_t i = 0; i < s->lists_n; i++)
		put_id(&w, s->lists[i]);
	json_close_array(&w);
	json_close_object(&w);
}

int
snapshot_write(struct repository *r, const struct snapshot *s,
    struct err *err)
{
	struct buf text = BUF_INIT, name = BUF_INIT;
	int result;

	format_snapshot(s, &text);
	buf_format(&name, SNAPSHOT_FOLDER "/%s", s->name);
	result = repository_put_object(r, name.p, buf_slice(&text), err);
	buf_free(&text);
	buf_free(&name);
	return result;
}

static char *
get_text(struct slice object, const char *member)
{
	struct buf text = BUF_INIT;

	(void)json_string(json_get(object, member), &text);
	return text.p != NULL ? buf_take(&text, NULL) : mem_text("");
}

static int
get_lists(struct slice array, struct snapshot *s)
{
	struct json_walk walk = json_walk(array);
	size_t n = json_count(array);
	struct slice item;

	if (json_type(array) != JSON_ARRAY || n > LISTS_MAX)
		return -1;
	s->lists = mem_alloc((n + 1) * sizeof(*s->lists));
	while (s->lists_n < n && json_next(&walk, NULL, &item))
		if (hex_decode(json_plain(item), s->lists[s->lists_n++],
			BLOB_ID_SIZE) < 0)
			return -1;
	return 0;
}

static void
get_missed(struct slice array, struct snapshot *s)
{
	struct json_walk walk = json_walk(array);
	struct slice item;

	while (json_next(&walk, NULL, &item)) {
		struct buf text = BUF_INIT;

		(void)json_string(item, &text);
		s->missed = mem_array(s->missed, s->missed_n + 1,
		    sizeof(*s->missed));
		s->missed[s->missed_n++] = mem_text(buf_text(&text));
		buf_free(&text);
	}
}

static int
parse_snapshot(struct slice text, const char *name, struct snapshot *s,
    struct err *err)
{
	int64_t *const numbers[] = {&s->files, &s->octets, &s->mailboxes,
	    &s->added, &s->took_ms};
	static const char *const names[] = {"files", "octets", "mailboxes",
	    "added", "took_ms"};

	if (document_check(text, name, WHAT, err) < 0)
		return -1;
	if (clock_parse(json_plain(json_get(text, "time")), &s->time_ms) < 0)
		return document_fault(name, WHAT, "'time' is none", err);
	for (size_t i = 0; i < 5; i++)
		if (json_integer(json_get(text, names[i]), numbers[i]) < 0)
			return document_fault(name, WHAT,
			    "a number is missing", err);
	s->host = get_text(text, "host");
	s->home = get_text(text, "home");
	get_missed(json_get(text, "missed"), s);
	if (get_lists(json_get(text, "lists"), s) < 0)
		return document_fault(name, WHAT, "'lists' is no list", err);
	return 0;
}

int
snapshot_read(struct repository *r, const char *name, struct snapshot *s,
    struct err *err)
{
	struct buf text = BUF_INIT, object = BUF_INIT;
	int result;

	memset(s, 0, sizeof(*s));
	snprintf(s->name, sizeof(s->name), "%s", name);
	buf_format(&object, SNAPSHOT_FOLDER "/%s", name);
	result = repository_get_object(r, object.p, &text, err);
	if (result > 0 && parse_snapshot(buf_slice(&text), object.p, s,
		err) < 0)
		result = -1;
	buf_free(&text);
	buf_free(&object);
	return result;
}

int
snapshot_names_read(struct destination *d, struct snapshot_names *names,
    struct err *err)
{
	const size_t skip = sizeof(SNAPSHOT_FOLDER);
	struct destination_list list;

	*names = (struct snapshot_names){NULL, 0};
	if (destination_list(d, SNAPSHOT_FOLDER, &list, err) < 0)
		return -1;
	names->items = mem_zalloc((list.n + 1) * sizeof(*names->items));
	for (size_t i = 0; i < list.n; i++) {
		const char *name = list.items[i].name + skip;

		if (snapshot_name_time(slice_text(name)) >= 0)
			names->items[names->n++] = mem_text(name);
	}
	destination_list_free(&list);
	return 0;
}

void
snapshot_names_free(struct snapshot_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->items[i]);
	free(names->items);
	*names = (struct snapshot_names){NULL, 0};
}

const char *
snapshot_names_find(const struct snapshot_names *names, const char *text,
    int64_t at_ms, struct err *err)
{
	bool any = text == NULL || strcmp(text, "latest") == 0;

	for (size_t i = names->n; i-- > 0;) {
		struct slice name = slice_text(names->items[i]);
		int64_t time = snapshot_name_time(name);

		if (at_ms >= 0 && time > at_ms)
			continue;
		if (any || slice_is(name, text) ||
		    slice_is(slice_part(name, TIME_LENGTH + 1, name.n), text))
			return names->items[i];
	}
	if (!any)
		err_set(err, ERR_USAGE, "there is no snapshot '%s'", text);
	else
		err_set(err, ERR_USAGE, names->n == 0 || at_ms < 0 ?
		    "there is no snapshot yet" :
		    "there is no snapshot that old");
	return NULL;
}

int
snapshot_put_list(struct repository *r, struct snapshot *s,
    struct file_list *list, struct err *err)
{
	struct buf text = BUF_INIT;
	struct chunker chunker;
	struct slice rest;
	int result = 0;

	file_list_sort(list);
	for (size_t i = 0; i < list->n; i++)
		file_entry_format(&list->items[i], &text);
	chunker_init(&chunker, r->keys->id);
	rest = buf_slice(&text);
	while (result == 0 && rest.n > 0) {
		size_t n = chunker_cut(&chunker, rest.p, rest.n);
		struct slice part = slice_part(rest, 0, n);

		s->lists = mem_array(s->lists, s->lists_n + 1,
		    sizeof(*s->lists));
		repository_blob_id(r, BLOB_LIST, SLICE_NONE, part,
		    s->lists[s->lists_n]);
		result = repository_put(r, s->lists[s->lists_n++], BLOB_LIST,
		    part, err);
		rest = slice_part(rest, n, rest.n);
	}
	buf_free(&text);
	return result;
}

int
snapshot_get_list(struct repository *r, const struct snapshot *s,
    struct file_list *list, struct err *err)
{
	struct buf text = BUF_INIT, part = BUF_INIT;
	int result = 0;

	*list = (struct file_list){NULL, 0};
	for (size_t i = 0; i < s->lists_n && result == 0; i++) {
		result = repository_get(r, s->lists[i], &part, err);
		buf_append_slice(&text, buf_slice(&part));
	}
	if (result == 0)
		result = file_list_parse(list, buf_slice(&text), err);
	buf_free(&text);
	buf_free(&part);
	if (result < 0)
		file_list_free(list);
	else
		file_list_sort(list);
	return result;
}
