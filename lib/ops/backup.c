/* SPDX-License-Identifier: ISC */
/* A backup from its beginning to its snapshot. */
#include "ops/backup.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "base/clock.h"
#include "base/home.h"
#include "base/id.h"
#include "base/mem.h"
#include "crypto/keys_file.h"
#include "ops/backup_parts.h"
#include "ops/key_object.h"
#include "store/mailbox.h"

/* A file whose time is no older could change again within one tick of the
 * file system's clock, and look the same. */
#define LATE_NS ((int64_t)2 * 1000000000)
#define PROGRESS_MS 200

void
backup_result_free(struct backup_result *result)
{
	snapshot_free(&result->snapshot);
	free(result->first_without_keys);
	memset(result, 0, sizeof(*result));
}

static int64_t
ns(const struct timespec *t)
{
	return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

/* One more file whose change would change the backup. */
static void
stamp_file(crypto_generichash_state *state, const struct stat *st,
    int64_t *latest_ns)
{
	int64_t facts[] = {(int64_t)st->st_dev, (int64_t)st->st_ino,
	    st->st_size, ns(&st->st_mtim), ns(&st->st_ctim), st->st_mode};

	crypto_generichash_update(state, (const unsigned char *)facts,
	    sizeof(facts));
	if (ns(&st->st_ctim) > *latest_ns)
		*latest_ns = ns(&st->st_ctim);
}

static void
stamp_beside(crypto_generichash_state *state, const char *path, size_t cut,
    const char *suffix, int64_t *latest_ns)
{
	struct buf name = BUF_INIT;
	struct stat st;

	buf_append(&name, path, strlen(path) - cut);
	buf_append_text(&name, suffix);
	if (stat(name.p, &st) == 0)
		stamp_file(state, &st, latest_ns);
	buf_free(&name);
}

/* Empty where the file changed just now. */
static void
make_stamp(const struct found_file *f, char stamp[ENTRY_STAMP_SIZE])
{
	crypto_generichash_state state;
	unsigned char hash[16];
	struct buf path = BUF_INIT;
	struct timespec now;
	int64_t latest_ns = 0;

	crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	stamp_file(&state, &f->st, &latest_ns);
	home_file(&path, "%s", f->path);
	if (f->paged)
		stamp_beside(&state, path.p, 0, "-wal", &latest_ns);
	if (f->address != NULL)
		stamp_beside(&state, path.p, 7, ".keys", &latest_ns);
	crypto_generichash_final(&state, hash, sizeof(hash));
	buf_free(&path);
	clock_gettime(CLOCK_REALTIME, &now);
	stamp[0] = '\0';
	if (ns(&now) - latest_ns > LATE_NS)
		hex_encode(hash, (ENTRY_STAMP_SIZE - 1) / 2, stamp);
}

/* ---- keys of mailboxes ---- */

static void
hash_keys(const struct repository *r, const struct mailbox_keys *k,
    char out[ENTRY_STAMP_SIZE])
{
	unsigned char id[BLOB_ID_SIZE];
	struct buf text = BUF_INIT;

	buf_format(&text, "%s %s %s", k->mailbox, k->root_id, r->slot_id);
	for (size_t i = 0; i < k->keys_n; i++)
		buf_format(&text, " %s", k->keys[i].id);
	repository_blob_id(r, BLOB_MAP, SLICE("keys"), buf_slice(&text), id);
	hex_encode(id, (ENTRY_STAMP_SIZE - 1) / 2, out);
	buf_free(&text);
}

static void
note_without_keys(struct backup *b, const char *address)
{
	if (b->result->without_keys++ == 0)
		b->result->first_without_keys = mem_text(address);
}

/* Copies what the repository may have of USER.keys.  1; 0 the mailbox has
 * gone; -1. */
static int
store_keys(struct backup *b, const struct found_file *f,
    const struct file_entry *old, struct file_entry *e, struct err *err)
{
	struct mailbox_keys keys = MAILBOX_KEYS_INIT;
	struct buf path = BUF_INIT;
	int result = -1;

	if (mailbox_path(&path, slice_text(f->address), MAILBOX_KEYS, err) !=
		NULL && keys_file_read(&keys, path.p, err) == 0) {
		memcpy(e->mailbox, keys.mailbox, sizeof(e->mailbox));
		result = 1;
		if (!key_object_reduce(&keys, b->r->slot_id))
			note_without_keys(b, f->address);
		else {
			hash_keys(b->r, &keys, e->keys);
			if (old == NULL || strcmp(old->keys, e->keys) != 0) {
				result = key_object_add(b->r, f->address,
				    &keys, err) < 0 ? -1 : 1;
				b->keys_stored = true;
			}
		}
	} else if (path.n > 0 && access(path.p, F_OK) < 0 && errno == ENOENT)
		result = 0; /* erased since the walk */
	mailbox_keys_free(&keys);
	buf_free(&path);
	return result;
}

/* ---- files ---- */

static char *
user_name(uid_t uid)
{
	static uid_t last;
	static char *name;
	const struct passwd *entry;

	if (name == NULL || last != uid) {
		entry = getpwuid(uid);
		free(name);
		name = mem_text(entry != NULL ? entry->pw_name : "");
		last = uid;
	}
	return mem_text(name);
}

static char *
group_name(gid_t gid)
{
	static gid_t last;
	static char *name;
	const struct group *entry;

	if (name == NULL || last != gid) {
		entry = getgrgid(gid);
		free(name);
		name = mem_text(entry != NULL ? entry->gr_name : "");
		last = gid;
	}
	return mem_text(name);
}

static void
fill_entry(const struct found_file *f, struct file_entry *e)
{
	e->path = mem_text(f->path);
	e->type = S_ISDIR(f->st.st_mode) ? 'd' : S_ISLNK(f->st.st_mode) ? 'l'
								       : 'f';
	e->mode = f->st.st_mode & 07777;
	e->uid = f->st.st_uid;
	e->gid = f->st.st_gid;
	e->user = user_name(f->st.st_uid);
	e->group = group_name(f->st.st_gid);
	e->changed_ns = ns(&f->st.st_mtim);
}

static void
reuse(const struct file_entry *old, struct file_entry *e)
{
	e->octets = old->octets;
	e->page_size = old->page_size;
	e->maps_n = old->maps_n;
	e->maps = mem_alloc((old->maps_n + 1) * sizeof(*e->maps));
	memcpy(e->maps, old->maps, old->maps_n * sizeof(*e->maps));
	memcpy(e->digest, old->digest, sizeof(e->digest));
	memcpy(e->keys, old->keys, sizeof(e->keys));
	memcpy(e->mailbox, old->mailbox, sizeof(e->mailbox));
}

static bool
has_maps(const struct repository *r, const struct file_entry *old)
{
	for (size_t i = 0; i < old->maps_n; i++)
		if (!repository_has(r, old->maps[i]))
			return false;
	return true;
}

static int
read_link(const struct found_file *f, struct file_entry *e, struct err *err)
{
	struct buf path = BUF_INIT;
	char target[4096];
	ssize_t n = readlink(home_file(&path, "%s", f->path), target,
	    sizeof(target) - 1);

	if (n < 0)
		err_errno(err, "cannot read link '%s'", path.p);
	else
		e->target = mem_dup(target, (size_t)n);
	buf_free(&path);
	return n < 0 ? -1 : 1;
}

/* 1; 0 it has gone; -1. */
static int
take_file(struct backup *b, const struct found_file *f, struct file_entry *e,
    struct err *err)
{
	const struct file_entry *old = file_list_find(&b->old, f->path);
	int result;

	fill_entry(f, e);
	if (e->type == 'd')
		return 1;
	if (e->type == 'l')
		return read_link(f, e, err);
	make_stamp(f, e->stamp);
	if (old != NULL && old->type == 'f' && e->stamp[0] != '\0' &&
	    strcmp(old->stamp, e->stamp) == 0 && has_maps(b->r, old) &&
	    (f->address == NULL || old->keys[0] != '\0')) {
		reuse(old, e);
		return 1;
	}
	b->result->changed++;
	/* Keys before content: a rekey between the two leaves us keys too
	 * many, not too few, since it writes the new ones first. */
	result = f->address == NULL ? 1 : store_keys(b, f, old, e, err);
	return result <= 0 ? result : backup_store_file(b, f, old, e, err);
}

static void
miss(struct backup *b, const char *path, const struct err *err)
{
	struct snapshot *s = &b->result->snapshot;

	if (s->missed_n == 0)
		b->result->first_missed = *err;
	s->missed = mem_array(s->missed, s->missed_n + 1, sizeof(*s->missed));
	s->missed[s->missed_n++] = mem_text(path);
}

int
backup_is_stopped(const struct backup *b, struct err *err)
{
	const volatile sig_atomic_t *stop = b->options->stop;

	if (stop == NULL || *stop == 0)
		return 0;
	return err_set(err, ERR_SYSTEM, "interrupted: what was sent is found "
	    "by the next backup");
}

static int
take_files(struct backup *b, const struct found_files *files,
    struct file_list *list, struct err *err)
{
	const struct backup_options *o = b->options;
	struct snapshot *s = &b->result->snapshot;
	int64_t shown = 0, octets = 0;

	for (size_t i = 0; i < files->n; i++) {
		const struct found_file *f = &files->items[i];
		struct file_entry e = {.path = NULL};
		int taken;

		err_clear(err);
		if (backup_is_stopped(b, err) < 0)
			return -1;
		if (o->renew != NULL && o->renew(o->context, err) < 0)
			return -1;
		taken = take_file(b, f, &e, err);
		if (taken > 0) {
			*file_list_add(list) = e;
			s->files += e.type == 'f';
			s->octets += e.octets;
			s->mailboxes += f->address != NULL;
		} else
			file_entry_free(&e);
		/* What cannot be read is missed; what cannot be written ends
		 * the backup. */
		if (taken < 0 && (b->r->failed ||
			backup_is_stopped(b, err) < 0))
			return -1;
		if (taken < 0)
			miss(b, f->path, err);
		octets += f->st.st_size;
		if (o->progress != NULL &&
		    clock_monotonic_ms() - shown > PROGRESS_MS) {
			o->progress(o->context, octets, files->octets,
			    s->files, files->regular);
			shown = clock_monotonic_ms();
		}
	}
	return 0;
}

/* The list of the newest snapshot that can be read. */
static int
load_newest(struct backup *b, struct err *err)
{
	struct snapshot_names names;
	struct snapshot s;
	int result = 0;

	if (snapshot_names_read(b->r->destination, &names, err) < 0)
		return -1;
	for (size_t i = names.n; i-- > 0;) {
		struct err why = ERR_INIT;

		result = snapshot_read(b->r, names.items[i], &s, &why);
		if (result > 0 && snapshot_get_list(b->r, &s, &b->old,
			&why) < 0)
			result = -1;
		snapshot_free(&s);
		if (result > 0)
			break;
	}
	snapshot_names_free(&names);
	return 0;
}

static void
describe(struct snapshot *s)
{
	char host[256] = "";

	if (gethostname(host, sizeof(host) - 1) < 0)
		host[0] = '\0';
	s->host = mem_text(host);
	s->home = mem_text(home_path());
	s->time_ms = clock_now_ms();
	snapshot_make_name(s);
}

static int
finish(struct backup *b, struct file_list *list, int64_t begun_ms,
    struct err *err)
{
	struct repository *r = b->r;
	struct snapshot *s = &b->result->snapshot;

	if (snapshot_put_list(r, s, list, err) < 0 ||
	    repository_flush(r, err) < 0)
		return -1;
	if (b->keys_stored && destination_sync(r->destination, err) < 0)
		return -1;
	s->added = r->written;
	s->took_ms = clock_monotonic_ms() - begun_ms;
	if (snapshot_write(r, s, err) < 0)
		return -1;
	repository_keep_reserve(r);
	return 0;
}

int
backup_run(struct repository *r, const struct backup_options *options,
    struct backup_result *result, struct err *err)
{
	struct backup b = {.r = r, .options = options, .result = result};
	struct found_files files = {.n = 0};
	struct file_list list = {NULL, 0};
	int64_t begun_ms = clock_monotonic_ms();
	int status = -1;

	memset(result, 0, sizeof(*result));
	describe(&result->snapshot);
	chunker_init(&b.chunker, r->keys->id);
	b.buffer = mem_alloc(2 * BACKUP_BUFFER);
	if (load_newest(&b, err) == 0 && backup_walk(&files, err) == 0) {
		status = take_files(&b, &files, &list, err);
		if (status < 0)
			(void)repository_flush(r, NULL);
		else
			status = finish(&b, &list, begun_ms, err);
	}
	free(b.buffer);
	found_files_free(&files);
	file_list_free(&list);
	file_list_free(&b.old);
	return status;
}
