/* SPDX-License-Identifier: ISC */
/* What a repository holds: snapshots, files, differences. */
#include "ops/vault.h"

#include <fnmatch.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "ops/backup.h"
#include "ops/backup_status.h"
#include "ops/site.h"

static int
put_snapshot(struct vault *v, const struct snapshot *s, struct err *err)
{
	struct json_writer w = JSON_WRITER(&v->out);
	char time[CLOCK_TEXT_SIZE];

	clock_rfc3339(s->time_ms, time);
	if (v->conf->output == BACKUP_JSON) {
		json_open_object(&w, NULL);
		json_put_text(&w, "snapshot", s->name);
		json_put_text(&w, "time", time);
		json_put_text(&w, "host", s->host);
		json_put_text(&w, "home", s->home);
		json_put_integer(&w, "files", s->files);
		json_put_integer(&w, "octets", s->octets);
		json_put_integer(&w, "mailboxes", s->mailboxes);
		json_put_integer(&w, "added", s->added);
		json_put_integer(&w, "took_ms", s->took_ms);
		json_put_integer(&w, "missed", (int64_t)s->missed_n);
		json_close_object(&w);
	} else {
		buf_format(&v->out, "%s\t%s\t%s\t%lld files\t", s->name,
		    time, s->host, (long long)s->files);
		backup_put_octets(&v->out, s->octets);
		buf_append_text(&v->out, "\tadded ");
		backup_put_octets(&v->out, s->added);
		if (s->missed_n > 0)
			buf_format(&v->out, "\tMISSED %zu", s->missed_n);
	}
	buf_append_char(&v->out, '\n');
	return cmd_put(&v->out, err);
}

static int
put_entry(struct vault *v, const char *mark, const struct file_entry *e,
    struct err *err)
{
	struct json_writer w = JSON_WRITER(&v->out);
	char time[CLOCK_TEXT_SIZE], type[2] = {e->type, '\0'};

	clock_rfc3339(e->changed_ns / 1000000, time);
	if (v->conf->output == BACKUP_JSON) {
		json_open_object(&w, NULL);
		if (mark[0] != '\0')
			json_put_text(&w, "change", mark);
		json_put_text(&w, "path", e->path);
		json_put_text(&w, "type", type);
		json_put_integer(&w, "mode", e->mode);
		json_put_text(&w, "user", e->user);
		json_put_text(&w, "group", e->group);
		json_put_integer(&w, "octets", e->octets);
		json_put_text(&w, "changed", time);
		json_close_object(&w);
	} else
		buf_format(&v->out, "%s%s%c%04o\t%s\t%s\t%lld\t%.19s\t%s",
		    mark, mark[0] != '\0' ? "\t" : "", e->type == 'f' ? '-' :
		    e->type, e->mode, e->user != NULL ? e->user : "-",
		    e->group != NULL ? e->group : "-", (long long)e->octets,
		    time, e->path);
	buf_append_char(&v->out, '\n');
	return cmd_put(&v->out, err);
}

/* The snapshot that a word names. 0, -1. */
static int
read_named(struct vault *v, const struct snapshot_names *names,
    const char *word, struct snapshot *s, struct err *err)
{
	const char *name = snapshot_names_find(names, word, -1, err);
	int found;

	memset(s, 0, sizeof(*s));
	if (name == NULL)
		return -1;
	found = snapshot_read(v->site.repository, name, s, err);
	if (found == 0)
		err_set(err, ERR_USAGE, "snapshot '%s' has gone", name);
	return found > 0 ? 0 : -1;
}

static int
load_list(struct vault *v, const struct snapshot_names *names,
    const char *word, struct file_list *list, struct err *err)
{
	struct snapshot s;
	int result = read_named(v, names, word, &s, err);

	if (result == 0)
		result = snapshot_get_list(v->site.repository, &s, list,
		    err);
	snapshot_free(&s);
	return result;
}

static int
list_snapshots(struct vault *v, const struct snapshot_names *names,
    struct err *err)
{
	int result = 0;

	for (size_t i = 0; i < names->n && result == 0; i++) {
		struct snapshot s;
		int found = snapshot_read(v->site.repository,
		    names->items[i], &s, err);

		if (found > 0)
			result = put_snapshot(v, &s, err);
		snapshot_free(&s);
		result = found < 0 ? -1 : result;
	}
	return result;
}

static int
list_files(struct vault *v, const struct snapshot_names *names,
    const char *word, struct err *err)
{
	struct file_list list = {NULL, 0};
	int result = load_list(v, names, word, &list, err);

	for (size_t i = 0; i < list.n && result == 0; i++)
		result = put_entry(v, "", &list.items[i], err);
	file_list_free(&list);
	return result;
}

/* A text within the path, or a pattern over all of it or its last part. */
static bool
is_wanted(const char *pattern, const struct file_entry *e)
{
	const char *base = strrchr(e->path, '/');

	if (strpbrk(pattern, "*?[") == NULL)
		return strstr(e->path, pattern) != NULL;
	return fnmatch(pattern, e->path, 0) == 0 ||
	    (base != NULL && fnmatch(pattern, base + 1, 0) == 0);
}

static int
find_files(struct vault *v, const struct snapshot_names *names,
    struct err *err)
{
	int result = 0;

	v->found = true; /* exit code 1 where nothing is found */
	for (size_t i = 0; i < names->n && result == 0; i++) {
		struct file_list list = {NULL, 0};

		result = load_list(v, names, names->items[i], &list, err);
		for (size_t k = 0; k < list.n && result == 0; k++)
			if (is_wanted(v->words[0], &list.items[k])) {
				v->found = false;
				result = put_entry(v, names->items[i],
				    &list.items[k], err);
			}
		file_list_free(&list);
	}
	return result;
}

static bool
is_same_file(const struct file_entry *a, const struct file_entry *b)
{
	if (a->type != b->type || a->mode != b->mode ||
	    a->octets != b->octets || a->maps_n != b->maps_n)
		return false;
	if (a->type == 'l')
		return strcmp(a->target, b->target) == 0;
	return a->maps_n == 0 || memcmp(a->maps, b->maps,
	    a->maps_n * sizeof(*a->maps)) == 0;
}

static int
put_difference(struct vault *v, const struct file_list *a,
    const struct file_list *b, struct err *err)
{
	size_t i = 0, k = 0;
	int result = 0;

	while (result == 0 && (i < a->n || k < b->n)) {
		int order = i == a->n ? 1 : k == b->n ? -1 :
		    strcmp(a->items[i].path, b->items[k].path);

		if (order < 0)
			result = put_entry(v, "-", &a->items[i], err);
		else if (order > 0)
			result = put_entry(v, "+", &b->items[k], err);
		else if (!is_same_file(&a->items[i], &b->items[k]))
			result = put_entry(v, "M", &b->items[k], err);
		i += order <= 0;
		k += order >= 0;
	}
	return result;
}

static int
diff_snapshots(struct vault *v, const struct snapshot_names *names,
    struct err *err)
{
	struct file_list a = {NULL, 0}, b = {NULL, 0};
	int result = load_list(v, names, v->words[0], &a, err);

	if (result == 0)
		result = load_list(v, names, v->n > 1 ? v->words[1] :
		    "latest", &b, err);
	if (result == 0)
		result = put_difference(v, &a, &b, err);
	file_list_free(&a);
	file_list_free(&b);
	return result;
}

typedef int names_verb(struct vault *v, const struct snapshot_names *names,
    struct err *err);

static int
with_names(struct vault *v, bool with_index, names_verb *verb,
    struct err *err)
{
	struct snapshot_names names = {NULL, 0};
	int result = site_open(&v->site, v->conf, err);

	if (result == 0)
		result = site_confine(&v->site,
		    v->conf->cmd.sandbox == 1, err);
	if (result == 0)
		result = site_use(&v->site, REPOSITORY_READ, false, err);
	if (result == 0)
		result = snapshot_names_read(v->site.destination, &names,
		    err);
	if (result == 0 && with_index)
		result = repository_read_index(v->site.repository, err);
	if (result == 0)
		result = verb(v, &names, err);
	snapshot_names_free(&names);
	return result;
}

static int
list_one(struct vault *v, const struct snapshot_names *names, struct err *err)
{
	return list_files(v, names, v->words[0], err);
}

int
vault_list(struct vault *v, struct err *err)
{
	if (vault_want_words(v, 0, 1, err) < 0)
		return -1;
	return v->n == 0 ? with_names(v, false, list_snapshots, err) :
	    with_names(v, true, list_one, err);
}

int
vault_find(struct vault *v, struct err *err)
{
	if (vault_want_words(v, 1, 1, err) < 0)
		return -1;
	return with_names(v, true, find_files, err);
}

int
vault_diff(struct vault *v, struct err *err)
{
	if (vault_want_words(v, 1, 2, err) < 0)
		return -1;
	return with_names(v, true, diff_snapshots, err);
}
