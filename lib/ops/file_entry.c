/* SPDX-License-Identifier: ISC */
/* Lines of a snapshot's list of files. */
#include "ops/file_entry.h"

#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"

#define MAPS_MAX ((size_t)1 << 20)

void
file_entry_free(struct file_entry *e)
{
	free(e->path);
	free(e->user);
	free(e->group);
	free(e->target);
	free(e->maps);
	memset(e, 0, sizeof(*e));
}

static void
put_text(struct json_writer *w, const char *name, const char *text)
{
	if (text != NULL && text[0] != '\0')
		json_put_text(w, name, text);
}

static void
put_maps(struct json_writer *w, const struct file_entry *e)
{
	char hex[2 * BLOB_ID_SIZE + 1];

	if (e->type != 'f')
		return;
	json_open_array(w, "maps");
	for (size_t i = 0; i < e->maps_n; i++) {
		hex_encode(e->maps[i], BLOB_ID_SIZE, hex);
		json_put_text(w, NULL, hex);
	}
	json_close_array(w);
}

void
file_entry_format(const struct file_entry *e, struct buf *out)
{
	struct json_writer w = JSON_WRITER(out);
	char type[2] = {e->type, '\0'};

	json_open_object(&w, NULL);
	json_put_text(&w, "path", e->path);
	json_put_text(&w, "type", type);
	json_put_integer(&w, "mode", e->mode);
	json_put_integer(&w, "uid", e->uid);
	json_put_integer(&w, "gid", e->gid);
	put_text(&w, "user", e->user);
	put_text(&w, "group", e->group);
	json_put_integer(&w, "changed", e->changed_ns / 1000000);
	json_put_integer(&w, "octets", e->octets);
	put_text(&w, "target", e->target);
	if (e->page_size != 0)
		json_put_integer(&w, "page", e->page_size);
	put_maps(&w, e);
	put_text(&w, "digest", e->digest);
	put_text(&w, "stamp", e->stamp);
	put_text(&w, "keys", e->keys);
	put_text(&w, "mailbox", e->mailbox);
	json_close_object(&w);
	buf_append_char(out, '\n');
}

bool
file_entry_path_is_safe(struct slice path)
{
	if (path.n == 0 || path.n > 4096 ||
	    slice_find(path, '\0') < path.n)
		return false;
	while (path.p != NULL) {
		struct slice part = slice_cut(&path, '/');

		if (part.n == 0 || slice_is(part, ".") ||
		    slice_is(part, ".."))
			return false;
	}
	return true;
}

static char *
get_text(struct slice line, const char *name)
{
	struct buf text = BUF_INIT;
	struct slice value = json_get(line, name);

	if (value.p == NULL || json_string(value, &text) < 0 ||
	    slice_find(buf_slice(&text), '\0') < text.n) {
		buf_free(&text);
		return NULL;
	}
	return buf_take(&text, NULL);
}

/* Letters and digits of at most size - 1; empty where there is none. */
static int
get_word(struct slice line, const char *name, char *out, size_t size)
{
	struct slice word = json_plain(json_get(line, name));

	out[0] = '\0';
	if (word.n >= size)
		return -1;
	if (word.n > 0)
		memcpy(out, word.p, word.n);
	out[word.n] = '\0';
	return 0;
}

static int
get_number(struct slice line, const char *name, int64_t max, int64_t *out)
{
	struct slice value = json_get(line, name);

	*out = 0;
	if (value.p == NULL)
		return 0;
	return json_integer(value, out) < 0 || *out > max ? -1 : 0;
}

static int
get_maps(struct slice line, struct file_entry *e)
{
	struct slice array = json_get(line, "maps"), item;
	struct json_walk walk = json_walk(array);
	size_t n = json_count(array);

	if (array.p == NULL)
		return 0;
	if (json_type(array) != JSON_ARRAY || n > MAPS_MAX)
		return -1;
	e->maps = mem_alloc((n + 1) * sizeof(*e->maps));
	while (e->maps_n < n && json_next(&walk, NULL, &item))
		if (hex_decode(json_plain(item), e->maps[e->maps_n++],
			BLOB_ID_SIZE) < 0)
			return -1;
	return 0;
}

static int
parse(struct file_entry *e, struct slice line)
{
	struct slice type = json_plain(json_get(line, "type"));
	int64_t mode, uid, gid, page, changed;

	if (json_check(line, NULL) < 0)
		return -1;
	e->path = get_text(line, "path");
	if (e->path == NULL || !file_entry_path_is_safe(slice_text(e->path)) ||
	    type.n != 1)
		return -1;
	e->type = type.p[0];
	if (e->type != 'f' && e->type != 'd' && e->type != 'l')
		return -1;
	e->user = get_text(line, "user");
	e->group = get_text(line, "group");
	e->target = get_text(line, "target");
	if (get_number(line, "mode", 07777, &mode) < 0 || mode < 0 ||
	    get_number(line, "uid", UINT32_MAX, &uid) < 0 ||
	    get_number(line, "gid", UINT32_MAX, &gid) < 0 ||
	    get_number(line, "page", 65536, &page) < 0 ||
	    get_number(line, "octets", (int64_t)1 << 50, &e->octets) < 0 ||
	    get_number(line, "changed", (int64_t)1 << 43, &changed) < 0 ||
	    uid < 0 || gid < 0 || e->octets < 0)
		return -1;
	if (page != 0 && (page < 512 || (page & (page - 1)) != 0))
		return -1;
	e->mode = (uint32_t)mode;
	e->uid = (uint32_t)uid;
	e->gid = (uint32_t)gid;
	e->page_size = (uint32_t)page;
	e->changed_ns = changed * 1000000;
	if (get_word(line, "digest", e->digest, sizeof(e->digest)) < 0 ||
	    get_word(line, "stamp", e->stamp, sizeof(e->stamp)) < 0 ||
	    get_word(line, "keys", e->keys, sizeof(e->keys)) < 0 ||
	    get_word(line, "mailbox", e->mailbox, sizeof(e->mailbox)) < 0)
		return -1;
	if (e->type == 'l' && (e->target == NULL || e->target[0] == '\0'))
		return -1;
	return get_maps(line, e);
}

int
file_entry_parse(struct file_entry *e, struct slice line, struct err *err)
{
	memset(e, 0, sizeof(*e));
	if (parse(e, line) == 0)
		return 0;
	file_entry_free(e);
	return err_set(err, ERR_CONFIG, "a line of the snapshot's list is "
	    "damaged");
}

void
file_list_free(struct file_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		file_entry_free(&list->items[i]);
	free(list->items);
	*list = (struct file_list){NULL, 0};
}

struct file_entry *
file_list_add(struct file_list *list)
{
	if (list->n % 256 == 0)
		list->items = mem_array(list->items, list->n + 256,
		    sizeof(*list->items));
	memset(&list->items[list->n], 0, sizeof(*list->items));
	return &list->items[list->n++];
}

static int
compare(const void *a, const void *b)
{
	const struct file_entry *x = a, *y = b;

	return strcmp(x->path, y->path);
}

void
file_list_sort(struct file_list *list)
{
	if (list->n > 0)
		qsort(list->items, list->n, sizeof(*list->items), compare);
}

static int
compare_path(const void *path, const void *entry)
{
	return strcmp(path, ((const struct file_entry *)entry)->path);
}

const struct file_entry *
file_list_find(const struct file_list *list, const char *path)
{
	return list->n == 0 ? NULL : bsearch(path, list->items, list->n,
	    sizeof(*list->items), compare_path);
}

int
file_list_parse(struct file_list *list, struct slice text, struct err *err)
{
	while (text.n > 0) {
		struct slice line = slice_line(&text);

		if (file_entry_parse(file_list_add(list), line, err) < 0) {
			list->n--;
			return -1;
		}
	}
	return 0;
}
