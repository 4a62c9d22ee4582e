/* SPDX-License-Identifier: ISC */
/* Probes of mailboxes: is every page encrypted, has each a key of its own. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/home.h"
#include "base/id.h"
#include "base/io.h"
#include "base/mem.h"
#include "ops/audit_probe.h"
#include "ops/plain_page.h"
#include "store/account.h"
#include "store/account_secret.h"
#include "store/mailbox.h"
#include "store/mailbox_names.h"

#define PAGES_OF_ONE 64 /* looked at in one file, spread over it */
#define SCAN_MS 500	/* for all files together */
#define WAL_HEADER 32
#define FRAME_HEADER 24

void
audit_end_to_end(struct audit *a, struct audit_result *r)
{
	(void)a;
	(void)audit_need_program(r, "fe-encrypt");
	(void)audit_need_program(r, "fe-decrypt");
}

struct scan {
	struct audit_result *r;
	size_t files, pages, plain, late;
	int64_t until_ms;
};

static ssize_t
read_at(int fd, unsigned char *p, size_t n, int64_t at)
{
	size_t got = 0;

	while (got < n) {
		ssize_t piece = pread(fd, p + got, n - got,
		    (off_t)(at + (int64_t)got));

		if (piece <= 0)
			break;
		got += (size_t)piece;
	}
	return (ssize_t)got;
}

/* Pages of `size' that begin at `start' and follow each other by `step': all
 * of a small file, else the first and others that no one can foretell. */
static void
scan_pages(struct scan *s, int fd, const char *path, int64_t start,
    size_t size, int64_t step, int64_t length)
{
	int64_t n = step > 0 && length > start ? (length - start) / step : 0;
	int64_t stride = n > PAGES_OF_ONE ? n / PAGES_OF_ONE : 1;
	unsigned char *page = mem_alloc(size);
	uint32_t chance;

	random_octets(&chance, sizeof(chance));
	for (int64_t base = 0; base < n; base += stride) {
		int64_t i = base == 0 ? 0 : base + chance % stride;
		int64_t at = start + i * step + (step - (int64_t)size);

		if (read_at(fd, page, size, at) != (ssize_t)size)
			break;
		s->pages++;
		if (!plain_page_is(page, size, i == 0 && start == 0))
			continue;
		if (s->plain++ < 10)
			audit_say(s->r, AUDIT_FAIL, "page %lld of '%s' is "
			    "plain", (long long)i + 1, path);
	}
	free(page);
}

/* A database, or its log (whose pages stand behind headers). */
static void
scan_file(struct scan *s, const char *path, bool wal, size_t page_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && st.st_size > 0) {
		s->files++;
		scan_pages(s, fd, path, wal ? WAL_HEADER : 0, page_size,
		    (int64_t)page_size + (wal ? FRAME_HEADER : 0),
		    st.st_size);
	}
	close(fd);
}

/* From octets 16 and 17 of the file, which are clear; 0: no database. */
static size_t
page_size_of(const char *path, bool *readable)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	unsigned char head[24];
	size_t size = 0;

	*readable = fd >= 0;
	if (fd >= 0 && read_at(fd, head, sizeof(head), 0) == sizeof(head))
		size = plain_page_size(head);
	if (fd >= 0)
		close(fd);
	return size;
}

/* A database and its log; path becomes that of the log. */
static void
scan_database(struct scan *s, struct buf *path)
{
	bool readable;
	size_t size = page_size_of(path->p, &readable);

	if (!readable)
		audit_say(s->r, AUDIT_UNKNOWN, "cannot read '%s'", path->p);
	else if (size == 0)
		audit_say(s->r, AUDIT_UNKNOWN, "'%s' has no pages of a "
		    "mailbox that could be looked at", path->p);
	else {
		scan_file(s, path->p, false, size);
		buf_append_text(path, "-wal");
		scan_file(s, path->p, true, size);
	}
}

static void
scan_mailbox(struct scan *s, const char *name)
{
	struct buf path = BUF_INIT;

	(void)mailbox_path(&path, slice_text(name), MAILBOX_DATABASE, NULL);
	scan_database(s, &path);
	buf_free(&path);
}

/* Messages wait in these, too, or what was seen of them. */
static void
scan_others(struct scan *s)
{
	static const char *const names[] = {"mail/.quarantine.sqlite",
	    "queue/queue.sqlite", "state/limit.sqlite",
	    "state/reputation.sqlite"};
	struct buf path = BUF_INIT;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (access(home_file(&path, "%s", names[i]), F_OK) == 0)
			scan_database(s, &path);
	buf_free(&path);
}

void
audit_store(struct audit *a, struct audit_result *r)
{
	struct scan s = {.r = r, .until_ms = clock_monotonic_ms() + SCAN_MS};
	struct mailbox_names names = {.n = 0};
	struct err err = ERR_INIT;
	uint32_t first;

	(void)a;
	if (mailbox_names_read(&names, &err) < 0) {
		audit_say(r, AUDIT_UNKNOWN, "%s", err.text);
		mailbox_names_free(&names);
		return;
	}
	/* where the time is short, others are looked at tomorrow */
	random_octets(&first, sizeof(first));
	for (size_t i = 0; i < names.n; i++) {
		if (clock_monotonic_ms() > s.until_ms)
			s.late++;
		else
			scan_mailbox(&s, names.items[(first + i) % names.n]);
	}
	scan_others(&s);
	if (names.n == 0)
		audit_say(r, AUDIT_UNKNOWN, "there is no mailbox yet");
	else
		audit_say(r, s.plain == 0 && s.pages > 0 ? AUDIT_PASS
							: AUDIT_NOTE,
		    "%zu pages of %zu files looked at, %zu of them plain",
		    s.pages, s.files, s.plain);
	if (s.late > 0)
		audit_say(r, AUDIT_NOTE, "%zu mailboxes not looked at this "
		    "time", s.late);
	mailbox_names_free(&names);
}

/*
 * Keys.
 */

struct key_owner {
	char *id;
	const char *mailbox;
};
struct key_owners {
	struct key_owner *items;
	size_t n;
};

static void
add_keys(struct key_owners *owners, struct audit_result *r, const char *name)
{
	struct buf path = BUF_INIT, text = BUF_LIMITED((size_t)256 << 10);
	struct json_walk walk;
	struct slice key, id;

	(void)mailbox_path(&path, slice_text(name), MAILBOX_KEYS, NULL);
	if (io_read_file(path.p, &text, NULL) < 0 ||
	    json_check(slice_trim(buf_slice(&text)), NULL) < 0) {
		audit_say(r, AUDIT_UNKNOWN, "cannot read '%s'", path.p);
		buf_free(&path);
		buf_free(&text);
		return;
	}
	walk = json_walk(json_get(slice_trim(buf_slice(&text)), "keys"));
	while (json_next(&walk, NULL, &key)) {
		id = json_plain(json_get(key, "id"));
		owners->items = mem_array(owners->items, owners->n + 1,
		    sizeof(*owners->items));
		owners->items[owners->n++] =
		    (struct key_owner){mem_dup(id.p, id.n), name};
	}
	buf_free(&path);
	buf_free(&text);
}

static int
compare_ids(const void *a, const void *b)
{
	const struct key_owner *x = a, *y = b;

	return strcmp(x->id, y->id);
}

void
audit_individual(struct audit *a, struct audit_result *r)
{
	struct key_owners owners = {.n = 0};
	struct mailbox_names names = {.n = 0};
	struct err err = ERR_INIT;
	size_t shared = 0;

	if (mailbox_names_read(&names, &err) < 0)
		audit_say(r, AUDIT_UNKNOWN, "%s", err.text);
	for (size_t i = 0; i < names.n; i++)
		add_keys(&owners, r, names.items[i]);
	if (owners.n > 0)
		qsort(owners.items, owners.n, sizeof(*owners.items),
		    compare_ids);
	for (size_t i = 1; i < owners.n; i++)
		if (strcmp(owners.items[i].id, owners.items[i - 1].id) == 0 &&
		    shared++ < 10)
			audit_say(r, AUDIT_FAIL, "'%s' and '%s' share the key "
			    "%.8s...", owners.items[i - 1].mailbox,
			    owners.items[i].mailbox, owners.items[i].id);
	if (owners.n > 0 && shared == 0)
		audit_say(r, AUDIT_PASS, "%zu mailboxes, %zu keys of 256 "
		    "bits, none of them twice", names.n, owners.n);
	else if (names.n == 0)
		audit_say(r, AUDIT_UNKNOWN, "there is no mailbox yet");
	(void)audit_say_keys(a, r, "mailbox");
	for (size_t i = 0; i < owners.n; i++)
		free(owners.items[i].id);
	free(owners.items);
	mailbox_names_free(&names);
}

/*
 * Accounts.
 */

/* 1 it has a second factor, 0 it has not, -1 cannot be told. */
static int
has_second_factor(const char *name, struct err *err)
{
	struct account_secret *secret = NULL;
	int result = account_secret_read(&secret, name, err);

	if (result == 1)
		result = secret->kept != NULL &&
			json_get(slice_text(secret->kept), "totp").p != NULL;
	account_secret_free(secret);
	return result;
}

/* Whether the fault is the site's, or that of the programs. */
static void
say_whether_it_can(const struct audit *a, struct audit_result *r)
{
	static const char *const words[] = {"fe-account", "--help", NULL};
	struct buf out = BUF_INIT;

	if (audit_run_program(a, words, SLICE_NONE, &out, NULL) == 0 &&
	    slice_find_text(buf_slice(&out), SLICE("totp")) == out.n)
		audit_say(r, AUDIT_NOTE, "this version of fe-account cannot "
		    "keep one");
	buf_free(&out);
}

void
audit_second_factor(struct audit *a, struct audit_result *r)
{
	struct account_list list;
	struct err err = ERR_INIT;
	size_t with = 0, without = 0;

	if (account_list_read(&list, &err) < 0) {
		audit_say(r, AUDIT_UNKNOWN, "%s", err.text);
		return;
	}
	for (size_t i = 0; i < list.n; i++) {
		int has = has_second_factor(list.items[i].name, &err);

		if (has < 0) {
			audit_say(r, AUDIT_UNKNOWN, "%s", err.text);
			break;
		}
		with += has == 1;
		without += has == 0;
	}
	/* names of people stay out of reports */
	if (without > 0) {
		audit_say(r, AUDIT_FAIL, "%zu of %zu accounts have no second "
		    "factor", without, list.n);
		say_whether_it_can(a, r);
	} else if (with > 0)
		audit_say(r, AUDIT_PASS, "all %zu accounts have one", with);
	else if (list.n == 0)
		audit_say(r, AUDIT_UNKNOWN, "there is no account yet");
	account_list_free(&list);
}
