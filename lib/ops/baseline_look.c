/* SPDX-License-Identifier: ISC */
/*
 * Files as they are.
 */
#include "ops/baseline_look.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"

#define DEPTH_MAX 64
#define PIECE 65536

struct look {
	struct baseline *b;
	const struct baseline *known;
};

/* Is that path one of a key, whose content is nobody's affair? */
static bool
is_key(const struct baseline *b, const char *path)
{
	struct slice text = slice_text(path);

	return baseline_names_cover(&b->keys, path) ||
	    slice_ends(text, ".key") || slice_ends(text, "_key") ||
	    slice_ends(text, "key.pem");
}

static int
hash_file(const char *path, unsigned char hash[BASELINE_HASH_SIZE])
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	crypto_generichash_state state;
	unsigned char *piece;
	ssize_t n;

	if (fd < 0)
		return -1;
	piece = mem_alloc(PIECE);
	crypto_generichash_init(&state, NULL, 0, BASELINE_HASH_SIZE);
	while ((n = io_read(fd, piece, PIECE)) > 0)
		crypto_generichash_update(&state, piece, (size_t)n);
	crypto_generichash_final(&state, hash, BASELINE_HASH_SIZE);
	free(piece);
	close(fd);
	return n < 0 ? -1 : 0;
}

static void
read_content(const struct look *l, struct baseline_entry *e)
{
	const struct baseline_entry *known =
	    l->known != NULL ? baseline_find(l->known, e->path) : NULL;

	if (known != NULL && known->kind == BASELINE_FILE &&
	    known->inode == e->inode && known->size == e->size &&
	    known->ctime_ns == e->ctime_ns) {
		memcpy(e->hash, known->hash, sizeof(e->hash));
		return;
	}
	if (hash_file(e->path, e->hash) < 0) {
		log_warning("cannot read '%s': %s", e->path, strerror(errno));
		memset(e->hash, 0, sizeof(e->hash));
	}
}

static char *
read_link(const char *path)
{
	char target[4096];
	ssize_t n = readlink(path, target, sizeof(target));

	return mem_dup(target, n > 0 ? (size_t)n : 0);
}

static void look_at(const struct look *l, const char *path, unsigned depth);

static void
look_below(const struct look *l, const char *path, unsigned depth)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;
	struct buf name = BUF_INIT;

	if (folder == NULL)
		log_warning("cannot open folder '%s': %s", path,
		    strerror(errno));
	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		buf_truncate(&name, 0);
		buf_format(&name, "%s/%s", path, entry->d_name);
		look_at(l, name.p, depth + 1);
	}
	if (folder != NULL)
		closedir(folder);
	buf_free(&name);
}

static void
look_at(const struct look *l, const char *path, unsigned depth)
{
	struct baseline_entry e = {.kind = BASELINE_OTHER};
	struct stat st;

	if (depth > DEPTH_MAX || l->b->n >= BASELINE_FILES_MAX ||
	    baseline_names_cover(&l->b->except, path) || lstat(path, &st) < 0)
		return;
	e.path = mem_text(path);
	e.mode = st.st_mode & 07777;
	e.uid = st.st_uid;
	e.gid = st.st_gid;
	e.inode = st.st_ino;
	e.ctime_ns = (int64_t)st.st_ctim.tv_sec * 1000000000 +
	    st.st_ctim.tv_nsec;
	if (S_ISREG(st.st_mode)) {
		e.kind = is_key(l->b, path) ? BASELINE_KEY
						     : BASELINE_FILE;
		e.size = st.st_size;
		e.changed_ms = (int64_t)st.st_mtim.tv_sec * 1000 +
		    st.st_mtim.tv_nsec / 1000000;
	} else if (S_ISDIR(st.st_mode)) {
		e.kind = BASELINE_FOLDER;
	} else if (S_ISLNK(st.st_mode)) {
		e.kind = BASELINE_LINK;
		e.target = read_link(path);
	}
	if (e.kind == BASELINE_FILE)
		read_content(l, &e);
	baseline_add(l->b, &e);
	if (e.kind == BASELINE_FOLDER)
		look_below(l, path, depth);
}

/* One that is named twice, or lies below another, is there once. */
static void
remove_doubles(struct baseline *b)
{
	size_t kept = 0;

	for (size_t i = 0; i < b->n; i++) {
		if (kept > 0 &&
		    strcmp(b->items[kept - 1].path, b->items[i].path) == 0) {
			free(b->items[i].path);
			free(b->items[i].target);
			continue;
		}
		b->items[kept++] = b->items[i];
	}
	/* the capacity stays; baseline_add is not called any more */
	b->n = kept;
}

void
baseline_look(struct baseline *b, const struct baseline *known)
{
	const struct look l = {b, known};

	for (size_t i = 0; i < b->content.n; i++)
		look_at(&l, b->content.items[i], 0);
	for (size_t i = 0; i < b->keys.n; i++)
		look_at(&l, b->keys.items[i], 0);
	baseline_sort(b);
	remove_doubles(b);
}

/*
 * Differences
 */

struct compare {
	int64_t now_ms;
	void (*tell)(void *context, const struct event *event);
	void *context;
	size_t n;
};

static void
tell(struct compare *c, const char *name, enum event_severity severity,
    const struct baseline_entry *e, const char *detail)
{
	const struct event event = {.name = slice_text(name),
	    .severity = severity, .time_ms = c->now_ms,
	    .source = SLICE("fe-baseline"), .object = slice_text(e->path),
	    .detail = slice_text(detail)};

	c->n++;
	c->tell(c->context, &event);
}

static void
compare_owner(struct compare *c, const struct baseline_entry *old,
    const struct baseline_entry *now)
{
	char detail[160];

	if (old->mode == now->mode && old->uid == now->uid &&
	    old->gid == now->gid)
		return;
	snprintf(detail, sizeof(detail),
	    "mode %04o of %lld:%lld, was %04o of %lld:%lld", now->mode,
	    (long long)now->uid, (long long)now->gid, old->mode,
	    (long long)old->uid, (long long)old->gid);
	tell(c, "file-mode", EVENT_ALERT, now, detail);
}

static void
compare_one(struct compare *c, const struct baseline_entry *old,
    const struct baseline_entry *now)
{
	if (old->kind != now->kind)
		tell(c, "file-changed", EVENT_ALERT, now,
		    "it is of another kind");
	else if (now->kind == BASELINE_KEY && (old->size != now->size ||
		     old->changed_ms != now->changed_ms))
		tell(c, "key-changed", EVENT_WARNING, now,
		    "another size or time");
	else if (now->kind == BASELINE_FILE && (old->size != now->size ||
		     memcmp(old->hash, now->hash, sizeof(now->hash)) != 0))
		tell(c, "file-changed", EVENT_ALERT, now, "other content");
	else if (now->kind == BASELINE_LINK &&
	    strcmp(old->target, now->target) != 0)
		tell(c, "file-changed", EVENT_ALERT, now,
		    "it leads elsewhere");
	compare_owner(c, old, now);
}

size_t
baseline_compare(const struct baseline *old, const struct baseline *now,
    int64_t now_ms, void (*teller)(void *context, const struct event *event),
    void *context)
{
	struct compare c = {now_ms, teller, context, 0};
	size_t i = 0, k = 0;

	while (i < old->n || k < now->n) {
		int order = i == old->n ? 1
		    : k == now->n	? -1
					: strcmp(old->items[i].path,
				  now->items[k].path);

		if (order < 0)
			tell(&c, "file-removed", EVENT_WARNING,
			    &old->items[i++], "it is gone");
		else if (order > 0)
			tell(&c, "file-added", EVENT_WARNING,
			    &now->items[k++], "it is new");
		else
			compare_one(&c, &old->items[i++], &now->items[k++]);
	}
	return c.n;
}
