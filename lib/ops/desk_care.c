/* SPDX-License-Identifier: ISC */
/* fe-mailbox check, rekey, erase, sql. */
#include <stdio.h>

#include "base/json.h"
#include "desk_verbs.h"
#include "store/check.h"
#include "store/full.h"
#include "store/mailbox_names.h"
#include "store/mailbox_sql.h"
#include "store/rekey.h"
#include "store/sql.h"

static int
put_check(struct desk *desk, struct mailbox *m, const struct check_result *c,
    struct err *err)
{
	struct json_writer w = JSON_WRITER(&desk->out);

	if (!desk->conf->json) {
		if (c->is_whole && desk->conf->cmd.quiet)
			return 0;
		desk_put(desk, mailbox_name(m));
		desk_put(desk, c->is_whole ? SLICE("ok") : SLICE("DAMAGED"));
		desk_put_number(desk, "pages=", c->pages.pages);
		desk_put_number(desk, "frames=", c->pages.frames);
		desk_put_number(desk, "bad=", c->pages.bad_pages +
		    c->pages.bad_frames);
		desk_put_number(desk, "messages=", c->count.messages);
		desk_put_number(desk, "wrong-counts=", c->wrong_counts);
		desk_put_number(desk, "lost=", c->lost);
		desk_put(desk, buf_slice(&c->integrity));
		return desk_put_line(desk, err);
	}
	json_open_object(&w, NULL);
	json_put_slice(&w, "mailbox", mailbox_name(m));
	json_put_bool(&w, "ok", c->is_whole);
	json_put_integer(&w, "pages", c->pages.pages);
	json_put_integer(&w, "frames", c->pages.frames);
	json_put_integer(&w, "bad_pages", c->pages.bad_pages);
	json_put_integer(&w, "bad_frames", c->pages.bad_frames);
	json_put_integer(&w, "first_bad", c->pages.first_bad);
	json_put_integer(&w, "messages", c->count.messages);
	json_put_integer(&w, "octets", c->count.octets);
	json_put_integer(&w, "wrong_counts", c->wrong_counts);
	json_put_integer(&w, "lost", c->lost);
	json_put_slice(&w, "integrity", buf_slice(&c->integrity));
	json_close_object(&w);
	return desk_put_line(desk, err);
}

static int
check_one(struct desk *desk, const char *word, struct err *err)
{
	struct check_result check;
	struct mailbox *m;
	struct place place;
	int result;

	if (desk_open(desk, word, &place, &m, err) < 0)
		return -1;
	result = mailbox_check(m, &check, err);
	if (result == 0) {
		desk->found = desk->found || !check.is_whole;
		result = put_check(desk, m, &check, err);
	}
	check_result_free(&check);
	mailbox_close(m);
	place_free(&place);
	return result;
}

/* Every mailbox that has keys, the quarantine too. */
static int
check_all(struct desk *desk, struct err *err)
{
	struct mailbox_names names = {NULL, 0};
	struct desk all = *desk;
	int result = mailbox_names_read(&names, err);

	all.words = names.items;
	all.n = (int)names.n;
	if (result == 0)
		result = desk_each_word(&all, check_one, err);
	desk->found = all.found;
	desk->out = all.out;
	desk->output_errno = all.output_errno;
	mailbox_names_free(&names);
	return result;
}

int
desk_check(struct desk *desk, struct err *err)
{
	if (desk->n == 0)
		return check_all(desk, err);
	if (desk_want_words(desk, 1, 100000, err) < 0)
		return -1;
	return desk_each_word(desk, check_one, err);
}

static int
rekey_one(struct desk *desk, const char *word, struct err *err)
{
	struct place place;
	int result = 0;

	if (place_parse(&place, slice_text(word), err) < 0)
		return -1;
	if (!desk->conf->dry_run)
		result = mailbox_rekey(slice_text(place.mailbox),
		    &desk->service, desk->conf->lock_wait * 1000, NULL, err);
	place_free(&place);
	return result;
}

int
desk_rekey(struct desk *desk, struct err *err)
{
	if (desk_want_words(desk, 1, 100000, err) < 0)
		return -1;
	return desk_each_word(desk, rekey_one, err);
}

int
desk_erase(struct desk *desk, struct err *err)
{
	struct buf repositories = BUF_INIT;
	struct place place;
	char what[512];
	int result;

	if (desk_want_words(desk, 1, 1, err) < 0 ||
	    place_parse(&place, slice_text(desk->words[0]), err) < 0)
		return -1;
	desk_name_repositories(place.mailbox, &repositories);
	snprintf(what, sizeof(what), "the keys of '%s' will be destroyed, and "
	    "nobody can ever read its mail again", place.mailbox);
	result = desk->conf->dry_run ? 0 : desk_confirm(desk, what, err);
	if (result == 0 && !desk->conf->dry_run) {
		result = mailbox_erase(slice_text(place.mailbox),
		    desk->conf->lock_wait * 1000, err);
		if (result == 0)
			(void)full_set(slice_text(place.mailbox), false, NULL);
		if (result == 0 && !desk->conf->cmd.quiet) {
			buf_format(&desk->out, "%s: the keys were destroyed "
			    "first, then the files", place.mailbox);
			result = desk_put_line(desk, err);
			if (result == 0 && repositories.n > 0) {
				buf_format(&desk->out, "%s: its keys are in "
				    "the backups of %s: fe-backup erase %s",
				    place.mailbox, repositories.p,
				    place.mailbox);
				result = desk_put_line(desk, err);
			}
		}
	}
	buf_free(&repositories);
	place_free(&place);
	return result;
}

/* ---- sql ---- */

static int
emit_row(void *context, struct slice row, struct err *err)
{
	(void)err;
	return desk_put_octets(context, row);
}

/* One look at one state of the mailbox: rekey and erase wait for its end. */
static int
query_mailbox(struct desk *desk, const char *sql, struct err *err)
{
	struct sql_query query = {.sql = sql, .json = desk->conf->json};
	struct mailbox *m;
	struct place place;
	int result;

	if (desk_open(desk, desk->words[0], &place, &m, err) < 0)
		return -1;
	result = mailbox_begin(m, MAILBOX_READ, err);
	if (result == 0)
		result = sql_run_on(mailbox_connection(m), &query, emit_row,
		    desk, err);
	mailbox_close(m);
	place_free(&place);
	return result;
}

int
desk_sql(struct desk *desk, struct err *err)
{
	const struct mailbox_conf *conf = desk->conf;
	struct sql_query query = {.path = conf->db,
	    .key_file = conf->key_file, .kdf_iter = conf->kdf_iter,
	    .json = conf->json};

	if (conf->db == NULL && conf->key_file == NULL && desk->n == 2)
		return query_mailbox(desk, desk->words[1], err);
	if (desk_want_words(desk, 1, 1, err) < 0)
		return -1;
	if (conf->db == NULL || conf->key_file == NULL)
		return err_set(err, ERR_USAGE, "sql wants an ADDRESS, or "
		    "--db FILE and --key-file FILE");
	query.sql = desk->words[0];
	return sql_run(&query, emit_row, desk, err);
}
