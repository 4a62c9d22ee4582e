/* SPDX-License-Identifier: ISC */
/*
 * What `fe status' tells.
 */
#include "ops/status.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/home.h"
#include "base/io.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/sandbox.h"
#include "crypto/certificate.h"
#include "crypto/key_file.h"
#include "record/pool_socket.h"
#include "store/account.h"
#include "store/journal_walk.h"

#define POOL_STATUS_MAX ((size_t)1 << 20)
#define DAY_MS INT64_C(86400000)

static void add(struct status *s, const char *name, bool needs_person,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

static void
add(struct status *s, const char *name, bool needs_person, const char *format,
    ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	s->items = mem_array(s->items, s->n + 1, sizeof(*s->items));
	s->items[s->n++] =
	    (struct status_item){name, mem_text(text), needs_person};
}

static void
add_accounts(struct status *s)
{
	struct account_list list;
	struct err err = ERR_INIT;
	size_t active = 0, addresses = 0;

	if (account_list_read(&list, &err) < 0) {
		add(s, "accounts", true, "%s", err.text);
		return;
	}
	for (size_t i = 0; i < list.n; i++) {
		const struct account *a = &list.items[i];

		if (a->state == ACCOUNT_ACTIVE) {
			active++;
			addresses += 1 + a->aliases_n;
		} else
			add(s, "accounts", true, "'%s' is half there: %s was "
			    "cut short, run it again", a->name,
			    a->state == ACCOUNT_MAKING ? "add" : "remove");
	}
	if (list.bad > 0)
		add(s, "accounts", true, "%s", list.bad_first.text);
	add(s, "accounts", false, "%zu active with %zu addresses", active,
	    addresses);
	account_list_free(&list);
}

/* Files with that ending in a folder. */
static size_t
count_files(const char *path, const char *ending, int64_t *octets)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;
	struct buf file = BUF_INIT;
	struct stat st;
	size_t n = 0;

	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.' ||
		    !slice_ends(slice_text(entry->d_name), ending))
			continue;
		buf_truncate(&file, 0);
		buf_format(&file, "%s/%s", path, entry->d_name);
		if (stat(file.p, &st) == 0)
			*octets += st.st_size;
		n++;
	}
	if (folder != NULL)
		closedir(folder);
	buf_free(&file);
	return n;
}

static void
add_mailboxes(struct status *s)
{
	struct buf path = BUF_INIT;
	const struct dirent *entry;
	DIR *folder = opendir(home_file(&path, "mail"));
	int64_t octets = 0;
	size_t n = 0;

	if (folder == NULL)
		add(s, "mailboxes", true, "cannot open folder '%s': %s", path.p,
		    strerror(errno));
	while (folder != NULL && (entry = readdir(folder)) != NULL)
		if (entry->d_name[0] != '.')
			n += count_files(home_file(&path, "mail/%s",
			    entry->d_name), ".sqlite", &octets);
	if (folder != NULL) {
		add(s, "mailboxes", false, "%zu with %lld KiB", n,
		    (long long)(octets >> 10));
		closedir(folder);
	}
	buf_free(&path);
}

struct waiting {
	int64_t open, orphans, octets, oldest_ms;
};

static int
count_waiting(void *context, const struct journal_item *item, struct err *err)
{
	struct waiting *w = context;

	(void)err;
	if (item->head->orders[item->index].done)
		return 0;
	w->open++;
	w->orphans += !item->is_live;
	w->octets += (int64_t)item->head->content_n;
	if (w->oldest_ms == 0 || item->head->time_ms < w->oldest_ms)
		w->oldest_ms = item->head->time_ms;
	return 0;
}

/* What waits for longer waits for somebody. */
static void
add_journal(struct status *s)
{
	struct waiting w = {0, 0, 0, 0};
	struct err err = ERR_INIT;
	int64_t age_ms;

	if (journal_walk(count_waiting, &w, &err) < 0) {
		add(s, "journal", true, "%s", err.text);
		return;
	}
	age_ms = w.open > 0 ? clock_now_ms() - w.oldest_ms : 0;
	if (w.open == 0)
		add(s, "journal", false, "empty");
	else
		add(s, "journal", age_ms > STATUS_JOURNAL_MS,
		    "%lld messages with %lld KiB, %lld of them without a "
		    "running fe-store, the oldest for %lld seconds",
		    (long long)w.open, (long long)(w.octets >> 10),
		    (long long)w.orphans, (long long)(age_ms / 1000));
}

static long long
number(struct slice object, const char *name)
{
	int64_t value = 0;

	return json_integer(json_get(object, name), &value) < 0 ? 0 :
	    (long long)value;
}

/* What a pool says of itself; a pipeline without a process is one that died at
 * once and waits for its next try. */
static void
add_pool(struct status *s, const char *name, struct slice state)
{
	struct slice pipelines = json_get(state, "pipelines"), pipeline;
	struct json_walk walk = json_walk(pipelines);
	size_t all = 0, dead = 0;

	while (json_next(&walk, NULL, &pipeline)) {
		all++;
		dead += number(pipeline, "pid") == 0;
	}
	add(s, "pool", dead > 0, "%s: %zu pipeline%s%s, %lld of at most %lld "
	    "records in hand, %lld taken, %lld deferred, %lld deaths", name,
	    all, all == 1 ? "" : "s",
	    dead > 0 ? ", not all of them running" : "",
	    number(state, "in_hand"), number(state, "depth"),
	    number(state, "records"), number(state, "deferred"),
	    number(state, "deaths"));
}

/* The sockets in run/, but fe-limit's. */
static void
add_pools(struct status *s)
{
	struct buf path = BUF_INIT, state = BUF_LIMITED(POOL_STATUS_MAX);
	struct dirent **names;
	int n = scandir(home_file(&path, "run"), &names, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		const char *name = names[i]->d_name;
		struct slice text = slice_text(name);
		struct err err = ERR_INIT;

		buf_reset(&state);
		if (slice_ends(text, ".sock") &&
		    !slice_is(text, "limit.sock")) {
			if (pool_status(home_file(&path, "run/%s", name),
			    &state, &err) < 0)
				add(s, "pool", true, "%s: %s", name, err.text);
			else if (state.n > 0)
				add_pool(s, name, buf_slice(&state));
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	buf_free(&path);
	buf_free(&state);
}

/* Age in days by the time of the last change. */
static void
add_key(struct status *s, const char *name)
{
	struct buf path = BUF_INIT;
	struct stat st;

	if (stat(home_file(&path, "keys/%s", name), &st) < 0)
		add(s, "keys", true, "cannot look at '%s': %s", path.p,
		    strerror(errno));
	else if (st.st_mode & 0007)
		add(s, "keys", true, "'%s' is open to everybody", path.p);
	else
		add(s, "keys", false, "%s is %lld days old", name,
		    (long long)((clock_now_ms() - key_file_since(name)) /
			DAY_MS));
	buf_free(&path);
}

static void
add_keys(struct status *s)
{
	static const char *const names[] = {"service/current", "account.key",
	    "state.key", "queue.key", "fingerprint.key", "tls/key.pem"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		add_key(s, names[i]);
}

static void
add_certificate(struct status *s)
{
	struct buf path = BUF_INIT, text = BUF_LIMITED(CERTIFICATE_SIZE_MAX);
	struct certificate_facts facts;
	struct err err = ERR_INIT;
	char until[CLOCK_TEXT_SIZE];
	int64_t days;

	if (io_read_file(
		home_file(&path, "keys/tls/cert.pem"), &text, &err) < 0) {
		add(s, "certificate", true, "%s", err.text);
	} else if (certificate_read(buf_slice(&text), &facts, &err) < 0) {
		add(s, "certificate", true, "'%s': %s", path.p, err.text);
	} else {
		days = (facts.until_ms - clock_now_ms()) / DAY_MS;
		clock_rfc3339(facts.until_ms, until);
		add(s, "certificate", days < STATUS_CERTIFICATE_DAYS,
		    "%s %.10s, %lld days %s%s",
		    days < 0 ? "ended on" : "lasts until", until,
		    (long long)(days < 0 ? -days : days),
		    days < 0 ? "ago" : "from now",
		    facts.self_signed ? ", self-signed" : "");
	}
	buf_free(&path);
	buf_free(&text);
}

/* Where there is none, nothing below is missing. */
static bool
add_home(struct status *s)
{
	struct stat st;

	if (stat(home_path(), &st) == 0 && S_ISDIR(st.st_mode)) {
		add(s, "home", false, "%s", home_path());
		return true;
	}
	if (errno == EACCES)
		add(s, "home", true, "cannot look at '%s': %s", home_path(),
		    strerror(errno));
	else
		add(s, "home", true, "there is no home '%s': fe-init makes "
		    "one, FE_HOME or --home names another", home_path());
	return false;
}

void
status_read(struct status *status)
{
	memset(status, 0, sizeof(*status));
	if (add_home(status)) {
		add_accounts(status);
		add_mailboxes(status);
		add_journal(status);
		add_pools(status);
		add_keys(status);
		add_certificate(status);
	}
	add(status, "sandbox", false, "seccomp%s", sandbox_has_landlock()
		? " and Landlock"
		: "; this kernel has no Landlock");
}

void
status_free(struct status *status)
{
	for (size_t i = 0; i < status->n; i++)
		free(status->items[i].text);
	free(status->items);
	memset(status, 0, sizeof(*status));
}
