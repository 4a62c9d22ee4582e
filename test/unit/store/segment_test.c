/* SPDX-License-Identifier: ISC */
/* Segments of the delivery journal: what a full disk, a tear and damage leave
 * of them. */
#include "store/segment.h"

#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/id.h"
#include "base/mem.h"
#include "base/secret.h"
#include "mailbox_home.h"
#include "unit.h"

static struct journal_key key = {"0123456789abcdef0123456789abcdef",
    "11111111111111111111111111111111", NULL};

/* Appends an entry whose id is one letter. */
static int
append(struct segment *s, const char *id, size_t content_n, uint64_t *offset)
{
	struct journal_order order = {SLICE("a@b"), &key, SLICE("{}")};
	char *content = mem_zalloc(content_n + 1);
	struct journal_message message = {.id = slice_text(id),
	    .fingerprint = SLICE("f"), .content = {content, content_n}};
	struct err err = ERR_INIT;
	int result = segment_append(s, &message, &order, 1, 1, offset, &err);

	free(content);
	return result;
}

/* No file may grow beyond n octets; 0: any. */
static void
limit_files(rlim_t n)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = n == 0 ? limit.rlim_max : n;
	EXPECT(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

/* The ids that a reader finds, in their order. */
static const char *
ids(const struct segment *s, bool *damaged)
{
	static char found[64];
	static struct journal_head head;
	struct buf name = BUF_INIT, octets = BUF_INIT;
	uint64_t offset = SEGMENT_HEAD;
	struct err err = ERR_INIT;
	struct segment *reader;
	size_t n = 0;

	buf_format(&name, "%s.seg", s->id);
	reader = segment_open(buf_text(&name), false, &err);
	EXPECT(reader != NULL);
	while (reader != NULL && n + 1 < sizeof(found) &&
	    segment_next(reader, &offset, &octets, &head, &err) > 0)
		found[n++] = head.id.p[0];
	found[n] = '\0';
	if (damaged != NULL)
		*damaged = reader != NULL && reader->damaged;
	segment_close(reader);
	buf_free(&name);
	buf_free(&octets);
	return found;
}

#define EXPECT_IDS(want, s, damaged) \
	EXPECT_SLICE("ids", SLICE(want), slice_text(ids((s), (damaged))))

static void
what_is_synced_is_found_in_its_order(void)
{
	struct err err = ERR_INIT;
	struct segment *s = segment_make(&err);
	uint64_t offset;

	EXPECT(append(s, "a", 10, &offset) == 0);
	EXPECT_NUMBER("the first", SEGMENT_HEAD, offset);
	EXPECT(append(s, "b", 300000, &offset) == 0);
	EXPECT(append(s, "c", 0, &offset) == 0);
	EXPECT(segment_sync(s, &err) == 0);
	EXPECT_IDS("abc", s, NULL);
	EXPECT(segment_reset(s, &err) == 0);
	EXPECT_IDS("", s, NULL);
	EXPECT(append(s, "d", 10, &offset) == 0);
	EXPECT(segment_sync(s, &err) == 0);
	EXPECT_IDS("d", s, NULL);
	segment_remove(s);
}

/* Until then nobody may take it for an orphan; removed, it leaves nothing. */
static void
gets_its_name_with_its_first_sync(void)
{
	struct err err = ERR_INIT;
	struct segment *s = segment_make(&err), *other = segment_make(&err);
	char *unnamed = mem_text(other->new_path);
	uint64_t offset;

	EXPECT(append(s, "a", 10, &offset) == 0);
	EXPECT(access(s->path, F_OK) < 0);
	EXPECT(access(s->new_path, F_OK) == 0);
	EXPECT(segment_sync(s, &err) == 0);
	EXPECT(s->new_path == NULL);
	EXPECT_IDS("a", s, NULL);
	segment_remove(s);
	EXPECT(access(unnamed, F_OK) == 0);
	segment_remove(other);
	EXPECT(access(unnamed, F_OK) < 0);
	free(unnamed);
}

/* Nobody takes one away that waits for its first sync, however long; that of a
 * writer that is gone goes when it is old. */
static void
a_list_takes_away_what_nobody_will_name(void)
{
	const struct timespec old[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
	struct err err = ERR_INIT;
	struct segment *s = segment_make(&err);
	char *unnamed = mem_text(s->new_path);
	struct buf names = BUF_INIT;

	EXPECT(utimensat(AT_FDCWD, unnamed, old, 0) == 0);
	EXPECT(segment_list(&names, &err) == 0);
	EXPECT(access(unnamed, F_OK) == 0);
	segment_close(s);
	EXPECT(segment_list(&names, &err) == 0);
	EXPECT(access(unnamed, F_OK) < 0);
	free(unnamed);
	buf_free(&names);
}

/* The name is not there to be had: what was written is not promised. */
static void
no_sync_without_a_name(void)
{
	struct err err = ERR_INIT;
	struct segment *s = segment_make(&err);
	uint64_t offset;

	EXPECT(append(s, "a", 10, &offset) == 0);
	EXPECT(unlink(s->new_path) == 0);
	EXPECT(segment_sync(s, &err) < 0);
	EXPECT(s->failed);
	segment_remove(s);
}

/* An entry that waits for its sync is lost with the next one's write: then
 * the sync must not say that it is durable. */
static void
no_sync_after_a_write_that_took_others_with_it(void)
{
	static const rlim_t limits[] = {SEGMENT_HEAD, 100000};

	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		struct err err = ERR_INIT;
		struct segment *s = segment_make(&err);
		uint64_t offset;

		EXPECT(append(s, "a", 200000, &offset) == 0);
		limit_files(limits[i]);
		EXPECT(append(s, "b", 200000, &offset) < 0);
		limit_files(0);
		EXPECT(segment_sync(s, &err) < 0);
		EXPECT(s->failed);
		EXPECT(append(s, "c", 1, &offset) < 0);
		EXPECT(access(s->path, F_OK) < 0);
		segment_remove(s);
	}
}

static void
a_write_that_fails_costs_its_own_entry_only(void)
{
	struct err err = ERR_INIT;
	struct segment *s = segment_make(&err);
	uint64_t offset;

	EXPECT(append(s, "a", 300000, &offset) == 0);
	EXPECT(segment_sync(s, &err) == 0);
	limit_files(400000);
	EXPECT(append(s, "b", 900000, &offset) < 0);
	limit_files(0);
	EXPECT(!s->failed);
	EXPECT(append(s, "c", 10, &offset) == 0);
	EXPECT(segment_sync(s, &err) == 0);
	EXPECT_IDS("ac", s, NULL);
	segment_remove(s);
}

static void
write_at(const struct segment *s, uint64_t offset, const char *text)
{
	EXPECT(pwrite(s->fd, text, strlen(text), (off_t)offset) ==
	    (ssize_t)strlen(text));
}

static void
a_torn_end_is_no_damage_a_torn_middle_is(void)
{
	struct err err = ERR_INIT;
	struct segment *s = segment_make(&err);
	uint64_t first, second;
	bool damaged;

	EXPECT(append(s, "a", 10, &first) == 0);
	EXPECT(append(s, "b", 10, &second) == 0);
	EXPECT(segment_sync(s, &err) == 0);
	write_at(s, s->end, "feJE and no more");
	EXPECT_IDS("ab", s, &damaged);
	EXPECT(!damaged);
	write_at(s, second + 60, "xx");
	EXPECT_IDS("a", s, &damaged);
	EXPECT(!damaged);
	EXPECT(append(s, "c", 10, &second) == 0);
	EXPECT(segment_sync(s, &err) == 0);
	EXPECT_IDS("ac", s, &damaged);
	EXPECT(damaged);
	segment_remove(s);
}

static void
only_an_orphan_can_be_locked(void)
{
	struct err err = ERR_INIT;
	struct segment *s = segment_make(&err), *other;
	struct buf name = BUF_INIT, names = BUF_INIT;

	EXPECT(segment_sync(s, &err) == 0);
	buf_format(&name, "%s.seg", s->id);
	EXPECT(segment_open(buf_text(&name), true, &err) == NULL);
	EXPECT(err.kind == ERR_NONE);
	EXPECT(segment_list(&names, &err) == 0);
	EXPECT_SLICE("list", buf_slice(&name), slice_text(names.p));
	segment_close(s);
	other = segment_open(buf_text(&name), true, &err);
	EXPECT(other != NULL);
	if (other != NULL)
		segment_remove(other);
	EXPECT(segment_open("../../etc/passwd", false, &err) == NULL);
	EXPECT(segment_list(&names, &err) == 0 && names.n == 0);
	buf_free(&name);
	buf_free(&names);
}

int
main(void)
{
	signal(SIGXFSZ, SIG_IGN);
	if (sodium_init() < 0 || make_home() < 0)
		return 1;
	key.key = secret_alloc(KEY_SIZE);
	random_octets(key.key, KEY_SIZE);
	UNIT_RUN(what_is_synced_is_found_in_its_order);
	UNIT_RUN(gets_its_name_with_its_first_sync);
	UNIT_RUN(no_sync_without_a_name);
	UNIT_RUN(a_list_takes_away_what_nobody_will_name);
	UNIT_RUN(no_sync_after_a_write_that_took_others_with_it);
	UNIT_RUN(a_write_that_fails_costs_its_own_entry_only);
	UNIT_RUN(a_torn_end_is_no_damage_a_torn_middle_is);
	UNIT_RUN(only_an_orphan_can_be_locked);
	journal_key_free(&key);
	service_keys_free(&service);
	secret_drop_all();
	remove_home();
	return UNIT_RESULT;
}
