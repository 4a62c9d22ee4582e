/* SPDX-License-Identifier: ISC */
/* Folders and documents that only the administrator's programs write. */
#include "auth/selector.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "auth/private_key.h"
#include "base/clock.h"
#include "base/document.h"
#include "base/home.h"
#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"

#define DOCUMENT_MAX ((size_t)64 << 10)
#define WHAT "DKIM selector"

static const char *const states[] = {"published", "active", "retiring",
    "withdrawn"};

const char *
selector_state_text(enum selector_state state)
{
	return states[state];
}

static void
free_selector(struct selector *s)
{
	buf_free(&s->domain);
	buf_free(&s->name);
}

void
selectors_free(struct selectors *selectors)
{
	for (size_t i = 0; i < selectors->n; i++)
		free_selector(&selectors->items[i]);
	free(selectors->items);
	*selectors = (struct selectors)SELECTORS_INIT;
}

static int
read_time(struct slice document, const char *name, int64_t *ms)
{
	struct slice value = json_get(document, name);

	*ms = -1;
	return value.p == NULL ? 0 : clock_parse(json_plain(value), ms);
}

static int
parse_document(struct selector *s, const char *path, struct slice text,
    struct err *err)
{
	struct slice state;

	if (document_check(text, path, WHAT, err) < 0)
		return -1;
	state = json_get(text, "state");
	for (int i = SELECTOR_PUBLISHED; i <= SELECTOR_WITHDRAWN; i++)
		if (json_string_is(state, states[i])) {
			s->state = (enum selector_state)i;
			if (read_time(text, "since", &s->since_ms) == 0 &&
			    read_time(text, "until", &s->until_ms) == 0)
				return 0;
			return document_fault(path, WHAT,
			    "a time of it is none", err);
		}
	return document_fault(path, WHAT, "its state is not known", err);
}

/* 1; 0: a key that never got its document, which nobody was told of. */
static int
read_selector(struct selector *s, struct err *err)
{
	struct buf path = BUF_INIT, text = BUF_LIMITED(DOCUMENT_MAX);
	int result = 0;

	home_file(&path, "keys/dkim/%s/%s.json", s->domain.p, s->name.p);
	if (access(path.p, F_OK) < 0 && errno == ENOENT)
		log_warning("no '%s': its key is not used", path.p);
	else if (io_read_file(path.p, &text, err) < 0 ||
	    parse_document(s, path.p, buf_slice(&text), err) < 0)
		result = -1;
	else
		result = 1;
	buf_free(&path);
	buf_free(&text);
	return result;
}

static bool
is_wanted(const struct option_list *names, struct slice name)
{
	for (size_t i = 0; i < names->n; i++)
		if (slice_case_is(name, names->items[i]))
			return true;
	return names->n == 0;
}

static bool
is_there(const struct selectors *selectors, struct slice domain,
    struct slice name)
{
	for (size_t i = 0; i < selectors->n; i++)
		if (slice_equal(name, buf_slice(&selectors->items[i].name)) &&
		    slice_equal(domain,
			buf_slice(&selectors->items[i].domain)))
			return true;
	return false;
}

struct reading {
	struct selectors *selectors;
	const struct option_list *names;
};

/* One file of a domain's folder: its key, its document, or another. */
static int
add_file(struct reading *reading, struct slice domain, struct slice file,
    struct err *err)
{
	struct selectors *all = reading->selectors;
	struct selector s = {.domain = BUF_INIT, .name = BUF_INIT};
	int result;
	struct slice name = slice_ends(file, ".pem") ?
	    slice_part(file, 0, file.n - 4) : slice_ends(file, ".json") ?
	    slice_part(file, 0, file.n - 5) : SLICE_NONE;

	if (name.n == 0 || !home_name_is_valid(file) ||
	    !is_wanted(reading->names, name) || is_there(all, domain, name))
		return 0;
	if (all->n == SELECTORS_MAX)
		return err_set(err, ERR_CONFIG, "more than %d DKIM selectors",
		    SELECTORS_MAX);
	buf_append_slice(&s.domain, domain);
	buf_append_slice(&s.name, name);
	result = read_selector(&s, err);
	if (result <= 0) {
		free_selector(&s);
		return result;
	}
	all->items = mem_array(all->items, all->n + 1, sizeof(*all->items));
	all->items[all->n++] = s;
	return 0;
}

static int
read_folder(struct reading *reading, const char *path,
    int (*each)(struct reading *, struct slice, struct slice, struct err *),
    struct slice domain, struct err *err)
{
	const struct dirent *entry;
	DIR *folder = opendir(path);
	int result = 0;

	if (folder == NULL)
		return errno == ENOENT || errno == ENOTDIR ? 0 :
		    err_errno(err, "cannot open '%s'", path);
	while (result == 0 && (entry = readdir(folder)) != NULL)
		result = each(reading, domain, slice_text(entry->d_name), err);
	closedir(folder);
	return result;
}

static int
add_domain(struct reading *reading, struct slice domain, struct slice name,
    struct err *err)
{
	struct buf path = BUF_INIT;
	int result;

	(void)domain;
	if (!home_name_is_valid(name))
		return 0;
	home_file(&path, "keys/dkim/%.*s", SLICE_ARG(name));
	result = read_folder(reading, path.p, add_file, name, err);
	buf_free(&path);
	return result;
}

static int
compare_selectors(const void *a, const void *b)
{
	const struct selector *x = a, *y = b;
	int order = slice_compare(buf_slice(&x->domain),
	    buf_slice(&y->domain));

	return order != 0 ? order :
	    slice_compare(buf_slice(&x->name), buf_slice(&y->name));
}

int
selectors_read(struct selectors *selectors, struct slice domain,
    const struct option_list *names, struct err *err)
{
	struct reading reading = {selectors, names};
	struct buf path = BUF_INIT;
	int result;

	if (domain.p != NULL)
		result = add_domain(&reading, SLICE_NONE, domain, err);
	else
		result = read_folder(&reading, home_file(&path, "keys/dkim"),
		    add_domain, SLICE_NONE, err);
	if (selectors->n > 1)
		qsort(selectors->items, selectors->n,
		    sizeof(*selectors->items), compare_selectors);
	buf_free(&path);
	return result;
}

const char *
selector_key_path(const struct selector *selector, struct buf *out)
{
	return home_file(out, "keys/dkim/%s/%s.pem",
	    buf_text(&selector->domain), buf_text(&selector->name));
}

int
selector_record(const struct selector *selector, struct buf *out,
    struct err *err)
{
	struct buf path = BUF_INIT;
	EVP_PKEY *key = NULL;
	int result = -1;

	if (private_key_lock_memory(err) == 0)
		key = private_key_read(selector_key_path(selector, &path),
		    err);
	if (key != NULL && private_key_record(key, out, err) < 0)
		err_prefix(err, "key '%s'", path.p);
	else if (key != NULL)
		result = 0;
	EVP_PKEY_free(key);
	buf_free(&path);
	return result;
}

/* The first name of today that no file has. */
static int
free_name(struct slice domain, enum dkim_key_type type, struct buf *name,
    struct err *err)
{
	char now[CLOCK_TEXT_SIZE];
	struct buf path = BUF_INIT;
	size_t start = name->n;
	int result = -1;

	clock_rfc3339(clock_now_ms(), now);
	for (char letter = 'a'; letter <= 'z' && result < 0; letter++) {
		buf_truncate(name, start);
		buf_format(name, "%c%.4s%.2s%.2s%c",
		    type == DKIM_KEY_RSA ? 'r' : 'e', now, now + 5, now + 8,
		    letter);
		home_file(&path, "keys/dkim/%.*s/%s.pem", SLICE_ARG(domain),
		    name->p + start);
		if (access(path.p, F_OK) == 0)
			continue;
		home_file(&path, "keys/dkim/%.*s/%s.json", SLICE_ARG(domain),
		    name->p + start);
		if (access(path.p, F_OK) < 0)
			result = 0;
	}
	buf_free(&path);
	return result == 0 ? 0 : err_set(err, ERR_SYSTEM,
	    "'%.*s' got 26 keys today: enough", SLICE_ARG(domain));
}

static int
write_document(const char *path, enum selector_state state, int64_t until_ms,
    struct err *err)
{
	struct buf text = BUF_INIT;
	struct json_writer w = JSON_WRITER(&text);
	char now[CLOCK_TEXT_SIZE];
	int result;

	json_open_object(&w, NULL);
	json_put_integer(&w, "fe", 1);
	json_put_text(&w, "state", states[state]);
	json_put_text(&w, "since", clock_rfc3339(clock_now_ms(), now));
	if (until_ms >= 0)
		json_put_text(&w, "until", clock_rfc3339(until_ms, now));
	json_close_object(&w);
	buf_append_char(&text, '\n');
	result = io_replace_file(path, buf_slice(&text), 0400, err);
	buf_free(&text);
	return result;
}

int
selector_make(struct slice domain, enum dkim_key_type type,
    enum selector_state state, struct buf *name, struct err *err)
{
	struct buf path = BUF_INIT;
	EVP_PKEY *key = NULL;
	size_t start = name->n;
	int result = -1;

	home_file(&path, "keys/dkim/%.*s", SLICE_ARG(domain));
	if (io_make_folders(path.p, 0700, err) < 0 ||
	    free_name(domain, type, name, err) < 0)
		goto out;
	key = private_key_make(type, err);
	if (key == NULL)
		goto out;
	home_file(&path, "keys/dkim/%.*s/%s.pem", SLICE_ARG(domain),
	    name->p + start);
	if (private_key_write(key, path.p, err) < 0)
		goto out;
	home_file(&path, "keys/dkim/%.*s/%s.json", SLICE_ARG(domain),
	    name->p + start);
	result = write_document(path.p, state, -1, err);
out:
	EVP_PKEY_free(key);
	buf_free(&path);
	return result;
}

int
selector_change(const struct selector *selector, enum selector_state state,
    int64_t until_ms, struct err *err)
{
	struct buf path = BUF_INIT;
	int result = write_document(home_file(&path, "keys/dkim/%s/%s.json",
	    buf_text(&selector->domain), buf_text(&selector->name)), state,
	    until_ms, err);

	buf_free(&path);
	return result;
}

int
selector_forget(const struct selector *selector, struct err *err)
{
	struct buf path = BUF_INIT;
	int result;

	home_file(&path, "keys/dkim/%s/%s.json", buf_text(&selector->domain),
	    buf_text(&selector->name));
	result = io_remove_file(path.p, err);
	buf_free(&path);
	return result;
}
