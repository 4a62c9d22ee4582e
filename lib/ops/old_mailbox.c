/* SPDX-License-Identifier: ISC */
/*
 * Messages out of an older state of a mailbox.  Keys are here and so no
 * message is parsed: what the index knows goes along with the octets.
 */
#include "ops/old_mailbox.h"

#include <dirent.h>
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
#include "base/secret.h"
#include "store/folder.h"
#include "store/mailbox_sql.h"
#include "store/search.h"

#define FOLDER_MODE 0700
#define DEPTH_MAX 8

/* ---- the folder ---- */

char *
old_mailbox_make_folder(struct err *err)
{
	struct buf path = BUF_INIT;
	int result = io_make_folders(home_file(&path, "restore"), FOLDER_MODE,
	    err);

	buf_append_text(&path, "/XXXXXX");
	if (result == 0 && mkdtemp(path.p) == NULL)
		result = err_errno(err, "cannot make a folder in "
		    "'%s/restore'", home_path());
	if (result == 0)
		return buf_take(&path, NULL);
	buf_free(&path);
	return NULL;
}

static void
remove_tree(const char *path, unsigned depth)
{
	const struct dirent *entry;
	struct buf inner = BUF_INIT;
	DIR *folder = depth < DEPTH_MAX ? opendir(path) : NULL;

	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		struct stat st;

		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		buf_truncate(&inner, 0);
		buf_format(&inner, "%s/%s", path, entry->d_name);
		if (lstat(inner.p, &st) == 0 && S_ISDIR(st.st_mode))
			remove_tree(inner.p, depth + 1);
		else
			(void)unlink(inner.p);
	}
	if (folder != NULL)
		closedir(folder);
	(void)rmdir(path);
	buf_free(&inner);
}

void
old_mailbox_remove_folder(const char *folder)
{
	const char *slash = strrchr(folder, '/');
	char *parent = mem_dup(folder, (size_t)(slash - folder));

	remove_tree(folder, 0);
	(void)rmdir(parent); /* unless another restore is in it */
	free(parent);
}

/* ---- opening ---- */

/* A service key for nothing but this folder. */
static void
make_service_key(struct service_keys *service)
{
	unsigned char id[KEY_ID_SIZE / 2];

	service->items = mem_zalloc(sizeof(*service->items));
	service->n = 1;
	random_octets(id, sizeof(id));
	hex_encode(id, sizeof(id), service->items[0].id);
	service->items[0].key = secret_alloc(KEY_SIZE);
	random_octets(service->items[0].key, KEY_SIZE);
}

int
old_mailbox_open_at(struct old_mailbox *old, struct repository *r,
    const struct file_entry *e, const char *address, const char *folder,
    struct err *err)
{
	struct mailbox_opener opener = {.service = &old->service};
	char *home = mem_text(home_path());
	int result;

	make_service_key(&old->service);
	home_set(folder);
	result = restore_keys(r, e, address, SLICE_NONE, &old->service,
		    err);
	if (result == 0)
		result = mailbox_open(&old->mailbox, slice_text(address),
		    &opener, err);
	home_set(home);
	free(home);
	return result;
}

int
old_mailbox_open(struct old_mailbox *old, struct repository *r,
    const struct file_list *list, const char *address, struct err *err)
{
	const struct file_entry *e = NULL;
	struct buf path = BUF_INIT;
	int result = -1;

	memset(old, 0, sizeof(*old));
	for (size_t i = 0; i < list->n && e == NULL; i++) {
		char *name = restore_address(&list->items[i]);

		if (name != NULL && strcmp(name, address) == 0)
			e = &list->items[i];
		free(name);
	}
	if (e == NULL)
		return err_set(err, ERR_USAGE, "the snapshot has no mailbox "
		    "'%s'", address);
	old->folder = old_mailbox_make_folder(err);
	if (old->folder == NULL)
		return -1;
	buf_format(&path, "%s/%s", old->folder, e->path);
	*strrchr(path.p, '/') = '\0';
	if (io_make_folders(path.p, FOLDER_MODE, err) == 0) {
		buf_truncate(&path, 0);
		buf_format(&path, "%s/%s", old->folder, e->path);
		if (restore_file(r, e, path.p, err) == 0)
			result = old_mailbox_open_at(old, r, e, address,
			    old->folder, err);
	}
	buf_free(&path);
	return result;
}

void
old_mailbox_close(struct old_mailbox *old)
{
	mailbox_close(old->mailbox);
	service_keys_free(&old->service);
	if (old->folder != NULL)
		old_mailbox_remove_folder(old->folder);
	free(old->folder);
	memset(old, 0, sizeof(*old));
}

/* ---- choosing ---- */

static void
add_ref(struct message_refs *refs, int64_t folder, int64_t uid)
{
	if (refs->n == refs->capacity) {
		refs->capacity = refs->capacity * 2 + 16;
		refs->items = mem_array(refs->items, refs->capacity,
		    sizeof(*refs->items));
	}
	refs->items[refs->n++] = (struct message_ref){folder, uid};
}

static int
find_message_id(struct mailbox *m, struct slice id, int64_t folder,
    struct message_refs *refs, struct err *err)
{
	sqlite3_stmt *s;
	int got;

	if (id.n > 1 && id.p[0] == '<' && id.p[id.n - 1] == '>')
		id = slice_part(id, 1, id.n - 1);
	if (mailbox_begin(m, MAILBOX_READ, err) < 0)
		return -1;
	s = sql_start(mailbox_sql(m), err, "SELECT m.folder, m.uid FROM"
	    " message m JOIN letter l ON l.id = m.body WHERE"
	    " trim(json_extract(l.summary, '$.message_id'), '<> ') = ?1"
	    " AND (?2 = 0 OR m.folder = ?2) ORDER BY m.received", "ti", id,
	    folder);
	got = s == NULL ? -1 : 1;
	while (got > 0 && (got = sql_step(mailbox_sql(m), s, err)) > 0)
		add_ref(refs, sqlite3_column_int64(s, 0),
		    sqlite3_column_int64(s, 1));
	mailbox_rollback(m);
	return got;
}

static int
find_folder(struct mailbox *m, const char *name, int64_t *id, struct err *err)
{
	struct folder folder;
	int found;

	*id = 0;
	if (name == NULL)
		return 0;
	if (mailbox_begin(m, MAILBOX_READ, err) < 0)
		return -1;
	found = folder_find(m, slice_text(name), &folder, err);
	mailbox_rollback(m);
	if (found == 0)
		return err_set(err, ERR_USAGE, "the snapshot has no folder "
		    "'%s'", name);
	*id = folder.id;
	return found < 0 ? -1 : 0;
}

int
old_mailbox_choose(struct old_mailbox *old, const struct old_choice *choice,
    struct message_refs *refs, struct err *err)
{
	struct query *query = NULL;
	int64_t folder;
	int result;

	if (find_folder(old->mailbox, choice->folder, &folder, err) < 0)
		return -1;
	if (choice->uid != 0) {
		add_ref(refs, folder, choice->uid);
		return 0;
	}
	if (choice->message_id != NULL)
		return find_message_id(old->mailbox,
		    slice_text(choice->message_id), folder, refs, err);
	if (choice->query != NULL && query_parse(&query,
		slice_text(choice->query), clock_now_ms(), err) < 0)
		return -1;
	result = search_run(old->mailbox, query, folder, 0, refs, err);
	query_free(query);
	return result;
}

/* ---- copying ---- */

/* The name of a folder by its id, from a list. */
static const char *
folder_name(const struct folder *folders, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (folders[i].id == id)
			return folders[i].name;
	return "INBOX";
}

static int
is_present(struct mailbox *to, int64_t folder, const struct message *msg,
    struct err *err)
{
	int64_t found;

	if (sql_integer(mailbox_sql(to), 0, &found, err, "SELECT 1 FROM"
	    " message m JOIN letter l ON l.id = m.body JOIN body b ON"
	    " b.id = m.body WHERE m.folder = ? AND m.octets = ? AND"
	    " l.record IS ? AND b.content = ? LIMIT 1", "iitb", folder,
	    msg->octets, msg->record.n > 0 ? buf_slice(&msg->record) :
	    SLICE_NONE, buf_slice(&msg->content)) < 0)
		return -1;
	return found != 0;
}

/* What message_get does not give. */
static int
read_rest(struct mailbox *m, int64_t body, struct buf *terms,
    int64_t *meta_until, struct err *err)
{
	sqlite3_stmt *s = sql_start(mailbox_sql(m), err,
	    "SELECT text FROM terms WHERE id = ?", "i", body);
	int got = s == NULL ? -1 : sql_step(mailbox_sql(m), s, err);

	buf_truncate(terms, 0);
	if (got > 0) {
		buf_append_slice(terms, sql_column(s, 0));
		sqlite3_reset(s);
	}
	if (got < 0)
		return -1;
	return sql_integer(mailbox_sql(m), 0, meta_until, err,
	    "SELECT until FROM meta WHERE id = ?", "i", body);
}

static struct slice
or_none(const struct buf *b)
{
	return b->n > 0 ? buf_slice(b) : SLICE_NONE;
}

static int
store_message(struct mailbox *to, int64_t folder, const struct message *msg,
    const struct buf *terms, int64_t meta_until, struct err *err)
{
	struct message_new new = {.record = or_none(&msg->record),
	    .content = buf_slice(&msg->content), .meta = or_none(&msg->meta),
	    .meta_until_ms = meta_until, .source = or_none(&msg->source),
	    .terms = or_none(terms), .summary = or_none(&msg->summary)};
	int64_t body, uid;

	if (message_body_insert(to, &new, &body, err) < 0)
		return -1;
	return message_place(to, folder, body, msg->received_ms, msg->flags,
	    buf_slice(&msg->keywords), &uid, err);
}

static int
copy_one(struct old_mailbox *old, const struct message_ref *ref,
    struct mailbox *to, int64_t folder, struct message *msg,
    struct buf *terms, struct old_copied *copied, struct err *err)
{
	int64_t meta_until = 0;
	int got = message_get(old->mailbox, ref->folder, ref->uid,
	    MESSAGE_META | MESSAGE_CONTENT, msg, err);

	if (got == 0)
		return err_set(err, ERR_USAGE, "the snapshot has no such "
		    "message");
	if (got < 0 || read_rest(old->mailbox, msg->body, terms, &meta_until,
		err) < 0)
		return -1;
	got = is_present(to, folder, msg, err);
	if (got > 0)
		copied->present++;
	if (got != 0)
		return got < 0 ? -1 : 0;
	copied->copied++;
	return store_message(to, folder, msg, terms, meta_until, err);
}

struct copying {
	struct old_mailbox *old;
	struct mailbox *to;
	const char *into;
	bool clear;
	struct folder *folders; /* of the old one */
	size_t folders_n;
	int64_t (*cleared)[2]; /* old folder, new folder */
	size_t cleared_n;
};

/* The folder to put it in; made, and emptied, the first time. */
static int
target_folder(struct copying *c, int64_t old, int64_t *id, struct err *err)
{
	struct folder folder;

	for (size_t i = 0; i < c->cleared_n; i++)
		if (c->cleared[i][0] == old) {
			*id = c->cleared[i][1];
			return 0;
		}
	if (folder_make(c->to, slice_text(c->into != NULL ? c->into :
		folder_name(c->folders, c->folders_n, old)), &folder, err) < 0)
		return -1;
	*id = folder.id;
	if (c->clear) {
		bool done = false;

		for (size_t i = 0; i < c->cleared_n; i++)
			done = done || c->cleared[i][1] == folder.id;
		if (!done && message_delete_all(c->to, folder.id, err) < 0)
			return -1;
	}
	c->cleared = mem_array(c->cleared, c->cleared_n + 1,
	    sizeof(*c->cleared));
	c->cleared[c->cleared_n][0] = old;
	c->cleared[c->cleared_n++][1] = folder.id;
	return 0;
}

static int
copy_all(struct copying *c, const struct message_refs *refs,
    struct old_copied *copied, struct err *err)
{
	struct message msg;
	struct buf terms = BUF_INIT;
	int result = folder_list(c->old->mailbox, &c->folders, &c->folders_n,
	    err);

	message_init(&msg);
	for (size_t i = 0; i < refs->n && result == 0; i++) {
		int64_t folder;

		result = target_folder(c, refs->items[i].folder, &folder, err);
		if (result == 0)
			result = copy_one(c->old, &refs->items[i], c->to,
			    folder, &msg, &terms, copied, err);
	}
	message_free(&msg);
	buf_free(&terms);
	return result;
}

int
old_mailbox_copy(struct old_mailbox *old, const struct message_refs *refs,
    struct mailbox *to, const char *into, bool clear, bool dry_run,
    struct old_copied *copied, struct err *err)
{
	struct copying c = {.old = old, .to = to, .into = into,
	    .clear = clear};
	int result;

	*copied = (struct old_copied){0, 0};
	if (mailbox_begin(old->mailbox, MAILBOX_READ, err) < 0)
		return -1;
	result = mailbox_begin(to, MAILBOX_WRITE, err);
	if (result == 0)
		result = copy_all(&c, refs, copied, err);
	if (result == 0 && !dry_run)
		result = mailbox_commit(to, err);
	mailbox_rollback(to);
	mailbox_rollback(old->mailbox);
	free(c.folders);
	free(c.cleared);
	return result;
}
