/* SPDX-License-Identifier: ISC */
/*
 * Locks as objects, since that is all that every destination can do.  A lock
 * is written first, then the others are looked at: of two that come at once
 * one at least sees the other.
 */
#include "ops/repository_lock.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/document.h"
#include "base/id.h"
#include "base/io.h"
#include "base/json.h"
#include "base/number.h"
#include "ops/repository.h"

#define STALE_MS ((int64_t)2 * 60 * 60 * 1000)
#define RENEW_MS ((int64_t)10 * 60 * 1000)
#define WAIT_STEP_MS 200
#define LOCK_SIZE_MAX 4096

static const char *const use_texts[] = {"read", "add", "remove"};

static void
read_line(const char *path, char *out, size_t size)
{
	struct buf text = BUF_LIMITED(LOCK_SIZE_MAX);
	struct slice line;

	if (io_read_file(path, &text, NULL) < 0)
		buf_truncate(&text, 0);
	line = slice_trim(buf_slice(&text));
	snprintf(out, size, "%.*s", SLICE_ARG(line));
	buf_free(&text);
}

/* When a process began, in ticks since the boot: field 22 of its stat.  0:
 * there is none. */
static int64_t
process_start_time(long pid)
{
	char path[64];
	struct buf text = BUF_LIMITED(LOCK_SIZE_MAX);
	struct slice rest;
	int64_t start = 0;

	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	if (io_read_file(path, &text, NULL) == 0) {
		const char *end = strrchr(text.p, ')');

		/* The name may hold anything; behind it comes field 3. */
		rest = slice_text(end != NULL ? end + 2 : "");
		for (int field = 3; field < 22; field++)
			slice_cut(&rest, ' ');
		(void)number_parse(slice_cut(&rest, ' '), 0, INT64_MAX,
		    &start);
	}
	buf_free(&text);
	return start;
}

struct owner {
	char host[256], boot[64];
	int64_t pid, start;
	enum repository_use use;
	int64_t renewed_ms;
};

static void
describe_self(struct owner *o)
{
	memset(o, 0, sizeof(*o));
	if (gethostname(o->host, sizeof(o->host) - 1) < 0)
		o->host[0] = '\0';
	read_line("/proc/sys/kernel/random/boot_id", o->boot,
	    sizeof(o->boot));
	o->pid = getpid();
	o->start = process_start_time((long)o->pid);
}

static void
format_lock(const struct repository_lock *lock, struct buf *out)
{
	struct json_writer w = JSON_WRITER(out);
	struct owner self;
	char time[CLOCK_TEXT_SIZE];

	describe_self(&self);
	json_open_object(&w, NULL);
	json_put_integer(&w, "fe", 1);
	json_put_text(&w, "use", use_texts[lock->use]);
	json_put_text(&w, "host", self.host);
	json_put_text(&w, "boot", self.boot);
	json_put_integer(&w, "pid", self.pid);
	json_put_integer(&w, "start", self.start);
	json_put_text(&w, "since", clock_rfc3339(lock->since_ms, time));
	json_put_text(&w, "renewed", clock_rfc3339(lock->renewed_ms, time));
	json_close_object(&w);
	buf_append_char(out, '\n');
}

static int
write_lock(struct repository_lock *lock, struct err *err)
{
	struct buf text = BUF_INIT;
	int result;

	lock->renewed_ms = clock_now_ms();
	format_lock(lock, &text);
	/* After a crash nobody holds it: it need not be durable. */
	result = destination_put_lazily(lock->destination, lock->name,
	    buf_slice(&text), err);
	buf_free(&text);
	return result;
}

static void
get_text(struct slice object, const char *member, char *out, size_t size)
{
	struct buf text = BUF_INIT;

	(void)json_string(json_get(object, member), &text);
	snprintf(out, size, "%s", buf_text(&text));
	buf_free(&text);
}

/* A lock that cannot be read counts as one that removes: it is there. */
static void
parse_lock(struct slice text, const char *name, struct owner *o)
{
	struct slice use = json_get(text, "use");

	memset(o, 0, sizeof(*o));
	o->use = REPOSITORY_REMOVE;
	snprintf(o->host, sizeof(o->host), "?");
	if (document_check(text, name, "lock", NULL) < 0)
		return;
	for (int i = 0; i < 3; i++)
		if (json_string_is(use, use_texts[i]))
			o->use = (enum repository_use)i;
	get_text(text, "host", o->host, sizeof(o->host));
	get_text(text, "boot", o->boot, sizeof(o->boot));
	(void)json_integer(json_get(text, "pid"), &o->pid);
	(void)json_integer(json_get(text, "start"), &o->start);
	(void)clock_parse(json_plain(json_get(text, "renewed")),
	    &o->renewed_ms);
}

static bool
is_dead(const struct owner *o)
{
	struct owner self;

	describe_self(&self);
	if (strcmp(o->host, self.host) != 0)
		return o->renewed_ms != 0 &&
		    clock_now_ms() - o->renewed_ms > STALE_MS;
	if (strcmp(o->boot, self.boot) != 0)
		return true;
	return o->pid <= 0 || (kill((pid_t)o->pid, 0) < 0 && errno == ESRCH) ||
	    process_start_time((long)o->pid) != o->start;
}

static bool
excludes(enum repository_use a, enum repository_use b)
{
	if (a == REPOSITORY_REMOVE || b == REPOSITORY_REMOVE)
		return true;
	return a == REPOSITORY_ADD && b == REPOSITORY_ADD;
}

/* Who takes away may give up the reserve, on a disk that is full. */
static int
write_first_lock(struct repository_lock *lock, struct err *err)
{
	if (write_lock(lock, err) == 0)
		return 0;
	if (lock->use != REPOSITORY_REMOVE ||
	    destination_remove(lock->destination, REPOSITORY_RESERVE, NULL) <
		0)
		return -1;
	err_clear(err);
	return write_lock(lock, err);
}

/* 1 nobody is in the way, 0 somebody is (then *err says who), -1. */
static int
look_at_others(const struct repository_lock *lock, struct err *err)
{
	struct destination *d = lock->destination;
	struct destination_list list;
	struct buf text = BUF_LIMITED(LOCK_SIZE_MAX);
	struct owner o;
	int result = 1;

	if (destination_list(d, "locks", &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.n && result > 0; i++) {
		const char *name = list.items[i].name;
		int got;

		if (strcmp(name, lock->name) == 0)
			continue;
		buf_truncate(&text, 0);
		got = destination_get(d, name, 0, 0, &text, NULL);
		if (got == 0)
			continue;
		parse_lock(buf_slice(&text), name, &o);
		if (got > 0 && is_dead(&o)) {
			(void)destination_remove(d, name, NULL);
			continue;
		}
		if (!excludes(lock->use, o.use))
			continue;
		err_set(err, ERR_SYSTEM, "'%s' is in use by process %lld of "
		    "host '%s' (%s): wait, or `fe-backup unlock' if that is "
		    "dead", destination_name(d), (long long)o.pid, o.host,
		    use_texts[o.use]);
		result = 0;
	}
	destination_list_free(&list);
	buf_free(&text);
	return result;
}

static bool
cannot_write(const struct err *err)
{
	return strstr(err->text, strerror(EROFS)) != NULL ||
	    strstr(err->text, strerror(EACCES)) != NULL;
}

static int
keep_lock(void *context, struct err *err)
{
	return repository_lock_renew(context, err);
}

int
repository_lock_take(struct repository_lock *lock, struct destination *d,
    enum repository_use use, int64_t wait_ms, struct err *err)
{
	int64_t until = clock_monotonic_ms() + wait_ms;
	struct timespec step = {0, WAIT_STEP_MS * 1000000L};
	char id[ID_SIZE];
	int result;

	*lock = (struct repository_lock){.destination = d, .use = use};
	id_make(id);
	snprintf(lock->name, sizeof(lock->name), "locks/%s", id);
	lock->since_ms = clock_now_ms();
	for (;;) {
		if (write_first_lock(lock, err) < 0) {
			if (use != REPOSITORY_READ || !cannot_write(err))
				break;
			err_clear(err);
			lock->name[0] = '\0';
			return 0;
		}
		result = look_at_others(lock, err);
		if (result > 0) {
			destination_keep(d, keep_lock, lock);
			return 0;
		}
		(void)destination_remove(d, lock->name, NULL);
		if (result < 0 || clock_monotonic_ms() >= until)
			break;
		nanosleep(&step, NULL);
	}
	lock->name[0] = '\0';
	return -1;
}

int
repository_lock_renew(struct repository_lock *lock, struct err *err)
{
	if (lock->name[0] == '\0' ||
	    clock_now_ms() - lock->renewed_ms < RENEW_MS)
		return 0;
	return write_lock(lock, err);
}

void
repository_lock_release(struct repository_lock *lock)
{
	if (lock->destination != NULL && lock->name[0] != '\0') {
		destination_keep(lock->destination, NULL, NULL);
		(void)destination_remove(lock->destination, lock->name, NULL);
	}
	lock->name[0] = '\0';
}

int
repository_unlock(struct destination *d, bool all, size_t *n, struct err *err)
{
	struct destination_list list;
	struct buf text = BUF_LIMITED(LOCK_SIZE_MAX);
	struct owner o;
	int result = 0;

	*n = 0;
	if (destination_list(d, "locks", &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.n && result == 0; i++) {
		const char *name = list.items[i].name;

		buf_truncate(&text, 0);
		if (destination_get(d, name, 0, 0, &text, NULL) == 0)
			continue;
		parse_lock(buf_slice(&text), name, &o);
		if (!all && !is_dead(&o))
			continue;
		result = destination_remove(d, name, err);
		*n += result == 0;
	}
	destination_list_free(&list);
	buf_free(&text);
	return result;
}
