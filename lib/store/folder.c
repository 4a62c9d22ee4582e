/* SPDX-License-Identifier: ISC */
/*
 * Folders.  Their counts are kept in the row that a delivery writes anyway
 * (uidnext), so that STATUS and the quota cost no scan.
 */
#include "folder.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "mailbox_sql.h"
#include "message.h"

#define COLUMNS "id, name, special, uidvalidity, uidnext, modseq, messages," \
	" unseen, octets"

bool
folder_name_is_valid(struct slice name)
{
	struct slice rest = name;

	if (name.n == 0 || name.n > FOLDER_NAME_MAX || !utf8_is_valid(name))
		return false;
	for (size_t i = 0; i < name.n; i++)
		if ((unsigned char)name.p[i] < 0x20 || name.p[i] == 0x7f)
			return false;
	while (rest.p != NULL)
		if (slice_cut(&rest, '/').n == 0)
			return false;
	return true;
}

/* INBOX is case-blind (RFC 9051, 5.1), also as the top of others. */
static struct slice
canonical_name(struct slice name, char space[FOLDER_NAME_MAX + 1])
{
	if (name.n > FOLDER_NAME_MAX || !slice_case_equal(
	    slice_part(name, 0, 5), SLICE("INBOX")) ||
	    (name.n > 5 && name.p[5] != '/'))
		return name;
	memcpy(space, name.p, name.n);
	memcpy(space, "INBOX", 5);
	return slice_of(space, name.n);
}

static void
copy_text(char *out, size_t size, struct slice text)
{
	snprintf(out, size, "%.*s", SLICE_ARG(text));
}

static void
read_row(sqlite3_stmt *s, struct folder *out)
{
	memset(out, 0, sizeof(*out));
	out->id = sqlite3_column_int64(s, 0);
	copy_text(out->name, sizeof(out->name), sql_column(s, 1));
	copy_text(out->special, sizeof(out->special), sql_column(s, 2));
	out->uidvalidity = (uint32_t)sqlite3_column_int64(s, 3);
	out->uidnext = sqlite3_column_int64(s, 4);
	out->modseq = sqlite3_column_int64(s, 5);
	out->messages = sqlite3_column_int64(s, 6);
	out->unseen = sqlite3_column_int64(s, 7);
	out->octets = sqlite3_column_int64(s, 8);
}

static int
read_one(struct sql_cache *c, sqlite3_stmt *s, struct folder *out,
    struct err *err)
{
	int got = s == NULL ? -1 : sql_step(c, s, err);

	if (got > 0) {
		read_row(s, out);
		sqlite3_reset(s);
	}
	return got;
}

int
folder_find(struct mailbox *m, struct slice name, struct folder *out,
    struct err *err)
{
	struct sql_cache *c = mailbox_sql(m);
	char space[FOLDER_NAME_MAX + 1];

	return read_one(c, sql_start(c, err, "SELECT " COLUMNS
	    " FROM folder WHERE name = ?", "t", canonical_name(name, space)),
	    out, err);
}

int
folder_status(struct mailbox *m, int64_t id, struct folder *out,
    struct err *err)
{
	struct sql_cache *c = mailbox_sql(m);

	return read_one(c, sql_start(c, err, "SELECT " COLUMNS
	    " FROM folder WHERE id = ?", "i", id), out, err);
}

static int
folder_insert(struct mailbox *m, struct slice name, struct err *err)
{
	struct sql_cache *c = mailbox_sql(m);
	int64_t count;

	if (sql_integer(c, 0, &count, err, "SELECT count(*) FROM folder",
	    "") < 0)
		return -1;
	if (count >= FOLDERS_MAX)
		return err_set(err, ERR_USAGE, "'%.*s' has %d folders already",
		    SLICE_ARG(mailbox_name(m)), FOLDERS_MAX);
	if (sql_do(c, err, "UPDATE mailbox SET uidvalidity = uidvalidity + 1",
	    "") < 0)
		return -1;
	return sql_do(c, err, "INSERT INTO folder(name, uidvalidity, modseq)"
	    " SELECT ?, uidvalidity, (SELECT max(modseq) + 1 FROM folder)"
	    " FROM mailbox", "t", name);
}

int
folder_make(struct mailbox *m, struct slice name, struct folder *out,
    struct err *err)
{
	char space[FOLDER_NAME_MAX + 1];
	int got = folder_find(m, name, out, err);

	if (got != 0)
		return got;
	if (!folder_name_is_valid(name))
		return err_set(err, ERR_USAGE, "this is no name of a folder");
	if (folder_insert(m, canonical_name(name, space), err) < 0)
		return -1;
	return folder_find(m, name, out, err);
}

int
folder_list(struct mailbox *m, struct folder **out, size_t *n,
    struct err *err)
{
	struct sql_cache *c = mailbox_sql(m);
	sqlite3_stmt *s = sql_start(c, err, "SELECT " COLUMNS
	    " FROM folder ORDER BY name <> 'INBOX', name", "");
	int got = s == NULL ? -1 : 1;

	*out = NULL;
	*n = 0;
	while (got > 0 && (got = sql_step(c, s, err)) > 0) {
		*out = mem_array(*out, *n + 1, sizeof(**out));
		read_row(s, &(*out)[(*n)++]);
	}
	return got;
}

/* The folder that may be renamed or deleted, or -1. */
static int
find_other_than_inbox(struct mailbox *m, struct slice name,
    struct folder *out, struct err *err)
{
	int got = folder_find(m, name, out, err);

	if (got < 0)
		return -1;
	if (got == 0)
		return err_set(err, ERR_USAGE, "there is no folder '%.*s'",
		    SLICE_ARG(name));
	if (strcmp(out->name, "INBOX") == 0)
		return err_set(err, ERR_USAGE, "INBOX stays");
	return 0;
}

int
folder_rename(struct mailbox *m, struct slice from, struct slice to,
    struct err *err)
{
	struct folder folder, other;
	char space[FOLDER_NAME_MAX + 1];
	struct slice old, new;
	int got;

	if (find_other_than_inbox(m, from, &folder, err) < 0)
		return -1;
	if (!folder_name_is_valid(to))
		return err_set(err, ERR_USAGE, "this is no name of a folder");
	got = folder_find(m, to, &other, err);
	if (got < 0)
		return -1;
	if (got > 0)
		return err_set(err, ERR_USAGE, "there is a folder '%s' already",
		    other.name);
	old = slice_text(folder.name);
	new = canonical_name(to, space);
	/* What lies below it moves along (RFC 9051, 6.3.6). */
	return sql_do(mailbox_sql(m), err, "UPDATE folder SET"
	    " name = ?1 || substr(name, length(?2) + 1),"
	    " modseq = (SELECT max(modseq) + 1 FROM folder)"
	    " WHERE name = ?2 OR substr(name, 1, length(?2) + 1) = ?2 || '/'",
	    "tt", new, old);
}

int
folder_delete(struct mailbox *m, struct slice name, struct err *err)
{
	struct sql_cache *c = mailbox_sql(m);
	struct folder folder;

	if (find_other_than_inbox(m, name, &folder, err) < 0 ||
	    message_delete_all(m, folder.id, err) < 0)
		return -1;
	/* The highest MODSEQ must not go with it. */
	if (sql_do(c, err, "UPDATE folder SET modseq ="
	    " (SELECT max(modseq) + 1 FROM folder) WHERE name = 'INBOX'",
	    "") < 0)
		return -1;
	return sql_do(c, err, "DELETE FROM folder WHERE id = ?", "i",
	    folder.id);
}
