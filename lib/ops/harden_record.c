/* SPDX-License-Identifier: ISC */
/*
 * Records as JSON.
 */
#include "ops/harden_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/document.h"
#include "base/io.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/number.h"

static const char *const states[] = {"begun", "pending", "done"};
static const char *const file_kinds[] = {"file", "link"};
static const char *const live_kinds[] = {"poke", "remount", "swapoff",
    "unload", "stop", "reload", "sshd", "nft", "audit"};

int64_t
harden_boot_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

const char *
harden_boot_id(char out[40])
{
	struct buf text = BUF_LIMITED(64);
	struct slice id;

	io_read_file("/proc/sys/kernel/random/boot_id", &text, NULL);
	id = slice_trim(buf_slice(&text));
	snprintf(out, 40, "%.*s", SLICE_ARG(id));
	buf_free(&text);
	return out;
}

int64_t
harden_record_left_s(const struct harden_record *record)
{
	int64_t left = record->deadline_ms - harden_boot_ms();
	char boot[40];

	if (strcmp(harden_boot_id(boot), record->boot) != 0 || left < 0)
		return 0;
	return (left + 999) / 1000;
}

static void
free_texts(char **items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(items[i]);
	free(items);
}

void
harden_record_free(struct harden_record *record)
{
	for (size_t i = 0; i < record->changes_n; i++) {
		free(record->changes[i].path);
		free(record->changes[i].old);
		free(record->changes[i].new);
	}
	for (size_t i = 0; i < record->lives_n; i++) {
		free(record->lives[i].key);
		free(record->lives[i].value);
		free(record->lives[i].old);
		free(record->lives[i].item);
	}
	free(record->changes);
	free(record->lives);
	free_texts(record->applied, record->applied_n);
	free_texts(record->folders, record->folders_n);
	*record = (struct harden_record){.number = 0};
}

void
harden_records_free(struct harden_records *records)
{
	for (size_t i = 0; i < records->n; i++)
		harden_record_free(&records->items[i]);
	free(records->items);
	*records = (struct harden_records){.n = 0};
}

static char *
get_text(struct slice object, const char *name)
{
	struct slice value = json_get(object, name);
	struct buf text = BUF_INIT;

	if (json_type(value) != JSON_STRING)
		return NULL;
	buf_append_text(&text, "");
	json_string(value, &text);
	return buf_take(&text, NULL);
}

static int64_t
get_number(struct slice object, const char *name)
{
	int64_t value = 0;

	json_integer(json_get(object, name), &value);
	return value;
}

/* The place of a word in a list; n where it is not there. */
static unsigned
get_choice(struct slice object, const char *name, const char *const *list,
    unsigned n)
{
	struct slice value = json_get(object, name);

	for (unsigned i = 0; i < n; i++)
		if (json_string_is(value, list[i]))
			return i;
	return n;
}

static void
get_texts(struct slice array, char ***items, size_t *n)
{
	struct json_walk walk = json_walk(array);
	struct buf text = BUF_INIT;
	struct slice item;

	while (json_next(&walk, NULL, &item)) {
		buf_truncate(&text, 0);
		if (json_string(item, &text) < 0)
			continue;
		*items = mem_array(*items, *n + 1, sizeof(**items));
		(*items)[(*n)++] = mem_text(buf_text(&text));
	}
	buf_free(&text);
}

static bool
get_change(struct harden_record *record, struct slice item)
{
	unsigned old_kind = get_choice(item, "old_kind", file_kinds, 2);
	unsigned new_kind = get_choice(item, "new_kind", file_kinds, 2);
	struct harden_change change = {.path = get_text(item, "path"),
	    .old_kind = (enum harden_file_kind)old_kind,
	    .new_kind = (enum harden_file_kind)new_kind,
	    .old = get_text(item, "old"),
	    .new = get_text(item, "new"),
	    .old_mode = (mode_t)get_number(item, "old_mode") & 07777,
	    .new_mode = (mode_t)get_number(item, "new_mode") & 07777};

	record->changes = mem_array(record->changes, record->changes_n + 1,
	    sizeof(*record->changes));
	record->changes[record->changes_n++] = change;
	return change.path != NULL && change.path[0] == '/' && old_kind < 2 &&
	    new_kind < 2;
}

static bool
get_live(struct harden_record *record, struct slice item)
{
	unsigned n = sizeof(live_kinds) / sizeof(live_kinds[0]);
	unsigned kind = get_choice(item, "kind", live_kinds, n);
	struct harden_live live = {.kind = (enum harden_live_kind)kind,
	    .key = get_text(item, "key"),
	    .value = get_text(item, "value"),
	    .old = get_text(item, "old"),
	    .item = get_text(item, "item")};

	record->lives = mem_array(
	    record->lives, record->lives_n + 1, sizeof(*record->lives));
	record->lives[record->lives_n++] = live;
	return kind < n && live.key != NULL && live.value != NULL &&
	    live.item != NULL &&
	    (live.old != NULL || kind == HARDEN_RELOAD || kind == HARDEN_SSHD ||
		kind == HARDEN_NFT);
}

int
harden_record_parse(struct harden_record *record, struct slice text,
    const char *name, struct err *err)
{
	struct json_walk walk;
	struct slice item;
	unsigned state;
	bool good = true;
	char *boot;

	*record = (struct harden_record){.number = 0};
	text = slice_trim(text);
	if (document_check(text, name, "record of fe-harden", err) < 0)
		return -1;
	record->number = (unsigned)get_number(text, "number");
	state = get_choice(text, "state", states, 3);
	record->state = (enum harden_record_state)state;
	record->time_ms = get_number(text, "time");
	record->effect_ms = get_number(text, "effect");
	record->deadline_ms = get_number(text, "deadline");
	boot = get_text(text, "boot");
	snprintf(record->boot, sizeof(record->boot), "%s",
	    boot != NULL ? boot : "");
	free(boot);
	get_texts(
	    json_get(text, "applied"), &record->applied, &record->applied_n);
	get_texts(
	    json_get(text, "folders"), &record->folders, &record->folders_n);
	walk = json_walk(json_get(text, "files"));
	while (json_next(&walk, NULL, &item))
		good &= get_change(record, item);
	walk = json_walk(json_get(text, "live"));
	while (json_next(&walk, NULL, &item))
		good &= get_live(record, item);
	for (size_t i = 0; i < record->folders_n; i++)
		good &= record->folders[i][0] == '/';
	if (good && state < 3 && record->number > 0)
		return 0;
	harden_record_free(record);
	return document_fault(
	    name, "record of fe-harden", "a member is missing", err);
}

static void
put_change(struct json_writer *w, const struct harden_change *change)
{
	json_open_object(w, NULL);
	json_put_text(w, "path", change->path);
	json_put_text(w, "old_kind", file_kinds[change->old_kind]);
	json_put_text(w, "new_kind", file_kinds[change->new_kind]);
	if (change->old != NULL) {
		json_put_text(w, "old", change->old);
		json_put_integer(w, "old_mode", change->old_mode);
	}
	if (change->new != NULL) {
		json_put_text(w, "new", change->new);
		json_put_integer(w, "new_mode", change->new_mode);
	}
	json_close_object(w);
}

static void
put_live(struct json_writer *w, const struct harden_live *live)
{
	json_open_object(w, NULL);
	json_put_text(w, "item", live->item);
	json_put_text(w, "kind", live_kinds[live->kind]);
	json_put_text(w, "key", live->key);
	json_put_text(w, "value", live->value);
	if (live->old != NULL)
		json_put_text(w, "old", live->old);
	json_close_object(w);
}

void
harden_record_render(const struct harden_record *record, struct buf *out)
{
	struct json_writer w = JSON_WRITER(out);

	json_open_object(&w, NULL);
	json_put_integer(&w, "fe", 1);
	json_put_integer(&w, "number", record->number);
	json_put_text(&w, "state", states[record->state]);
	json_put_integer(&w, "time", record->time_ms);
	json_put_integer(&w, "effect", record->effect_ms);
	json_put_integer(&w, "deadline", record->deadline_ms);
	json_put_text(&w, "boot", record->boot);
	json_put_texts(&w, "applied", record->applied, record->applied_n);
	json_put_texts(&w, "folders", record->folders, record->folders_n);
	json_open_array(&w, "files");
	for (size_t i = 0; i < record->changes_n; i++)
		put_change(&w, &record->changes[i]);
	json_close_array(&w);
	json_open_array(&w, "live");
	for (size_t i = 0; i < record->lives_n; i++)
		put_live(&w, &record->lives[i]);
	json_close_array(&w);
	json_close_object(&w);
	buf_append_char(out, '\n');
}

static const char *
record_path(const struct harden_record *record, char out[64])
{
	snprintf(out, 64, HARDEN_STATE "/%06u.json", record->number);
	return out;
}

int
harden_record_write(const struct harden_record *record,
    const struct tree *tree, struct err *err)
{
	struct buf text = BUF_INIT;
	char path[64];
	int result;

	harden_record_render(record, &text);
	result = tree_write(tree, record_path(record, path), buf_slice(&text),
	    0600, err);
	buf_free(&text);
	return result;
}

int
harden_record_remove(const struct harden_record *record,
    const struct tree *tree, struct err *err)
{
	char path[64];

	tree_remove_strays(tree, record_path(record, path));
	if (tree_remove(tree, path, err) < 0)
		return -1;
	return tree_remove_folder(tree, HARDEN_STATE, err);
}

/* Whoever could put a file there could have any file written by root. */
static int
check_folder(const struct tree *tree, struct err *err)
{
	struct stat st;

	if (tree_stat(tree, HARDEN_STATE, &st) == 0 &&
	    (st.st_uid != 0 || st.st_mode & 022) && tree->is_host)
		return err_set(err, ERR_CONFIG, "'" HARDEN_STATE "' must be "
		    "root's, and writable for nobody else");
	return 0;
}

int
harden_records_read(struct harden_records *records, const struct tree *tree,
    struct err *err)
{
	struct tree_names names;
	struct buf path = BUF_INIT, text = BUF_INIT;
	struct harden_record record;
	int result = check_folder(tree, err);

	*records = (struct harden_records){.n = 0};
	tree_list(tree, HARDEN_STATE, &names);
	for (size_t i = 0; i < names.n && result == 0; i++) {
		if (!slice_ends(slice_text(names.items[i]), ".json"))
			continue;
		buf_truncate(&path, 0);
		buf_truncate(&text, 0);
		buf_format(&path, HARDEN_STATE "/%s", names.items[i]);
		if (tree_read(tree, path.p, &text) < 0) {
			result = err_errno(err, "cannot read '%s'", path.p);
			break;
		}
		result = harden_record_parse(
		    &record, buf_slice(&text), path.p, err);
		if (result < 0)
			break;
		records->items = mem_array(records->items, records->n + 1,
		    sizeof(*records->items));
		records->items[records->n++] = record;
	}
	tree_names_free(&names);
	buf_free(&path);
	buf_free(&text);
	if (result < 0)
		harden_records_free(records);
	return result;
}

const struct harden_change *
harden_records_find(const struct harden_records *records, const char *path)
{
	for (size_t i = records->n; i-- > 0;)
		for (size_t j = records->items[i].changes_n; j-- > 0;)
			if (strcmp(records->items[i].changes[j].path, path) ==
			    0)
				return &records->items[i].changes[j];
	return NULL;
}
