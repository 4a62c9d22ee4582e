/* SPDX-License-Identifier: ISC */
/* A mailbox looked at from all sides. */
#include "check.h"

#include <string.h>

#include "mailbox_sql.h"

#define COMPLAINTS_MAX 1000 /* octets */

static int
check_integrity(struct sql_cache *c, struct buf *out, struct err *err)
{
	sqlite3_stmt *s = sql_start(c, err, "PRAGMA integrity_check(10)", "");
	int got = s == NULL ? -1 : 1;

	while (got > 0 && (got = sql_step(c, s, err)) > 0) {
		if (out->n > 0)
			(void)buf_append_text(out, "; ");
		(void)buf_append_slice(out, sql_column(s, 0));
	}
	return got;
}

static int
check_counts(struct mailbox *m, struct check_result *out, struct err *err)
{
	struct sql_cache *c = mailbox_sql(m);

	if (mailbox_counts(m, &out->count, err) < 0 ||
	    sql_integer(c, 0, &out->wrong_counts, err, "SELECT count(*) FROM"
	    " folder f WHERE (messages, unseen, octets) IS NOT (SELECT"
	    " count(*), coalesce(sum(flags & 1 = 0), 0),"
	    " coalesce(sum(octets), 0) FROM message WHERE folder = f.id)",
	    "") < 0)
		return -1;
	return sql_integer(c, 0, &out->lost, err, "SELECT (SELECT count(*)"
	    " FROM message m WHERE body NOT IN (SELECT id FROM body)"
	    " OR body NOT IN (SELECT id FROM letter)"
	    " OR folder NOT IN (SELECT id FROM folder)) + (SELECT count(*)"
	    " FROM letter WHERE id NOT IN (SELECT body FROM message))", "");
}

/* What is told of damage is a finding, not a failure to look. */
static bool
is_damage(struct err *err, struct buf *integrity)
{
	if (err->kind != ERR_CONFIG)
		return false;
	(void)buf_append_text(integrity, err->text);
	err_clear(err);
	return true;
}

int
mailbox_check(struct mailbox *m, struct check_result *out, struct err *err)
{
	int result;

	memset(out, 0, sizeof(*out));
	out->integrity = (struct buf)BUF_LIMITED(COMPLAINTS_MAX);
	if (mailbox_begin(m, MAILBOX_READ, err) < 0)
		return -1;
	result = check_integrity(mailbox_sql(m), &out->integrity, err);
	if (result == 0)
		result = check_counts(m, out, err);
	mailbox_rollback(m);
	if (result < 0 && !is_damage(err, &out->integrity))
		return -1;
	if (verify_pages(mailbox_connection(m), &out->pages, err) < 0 &&
	    !is_damage(err, &out->integrity))
		return -1;
	out->is_whole = result == 0 && out->pages.bad_pages == 0 &&
	    out->pages.bad_frames == 0 && out->wrong_counts == 0 &&
	    out->lost == 0 && slice_is(buf_slice(&out->integrity), "ok");
	return 0;
}

void
check_result_free(struct check_result *result)
{
	buf_free(&result->integrity);
}
