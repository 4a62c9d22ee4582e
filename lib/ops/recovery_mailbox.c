/* SPDX-License-Identifier: ISC */
/*
 * fe-restore ADDRESS: a mailbox, a folder, messages of a snapshot into the
 * running service.
 */
#include <string.h>
#include <unistd.h>

#include "base/home.h"
#include "ops/recovery.h"
#include "store/mailbox_sql.h"
#include "store/rekey.h"

void
recovery_query(const struct recovery *r, int from, struct buf *out)
{
	for (int i = from; i < r->n; i++)
		buf_format(out, "%s%s", i > from ? " " : "", r->words[i]);
}

int
recovery_open_mailbox(struct recovery *r, const struct place *place,
    struct old_mailbox *old, struct err *err)
{
	memset(old, 0, sizeof(*old));
	if (recovery_open_snapshot(r, NULL, err) < 0 ||
	    recovery_need_slot_key(r, err) < 0)
		return -1;
	return old_mailbox_open(old, r->site.repository, &r->list,
	    place->mailbox, err);
}

static bool
is_there(const char *address)
{
	struct buf path = BUF_INIT;
	bool there = mailbox_path(&path, slice_text(address), MAILBOX_DATABASE,
	    NULL) != NULL && access(path.p, F_OK) == 0;

	buf_free(&path);
	return there;
}

/* The mailbox is gone from this home: its file and keys come back as they
 * were. */
static int
bring_back(struct recovery *r, const struct place *place, struct err *err)
{
	struct buf path = BUF_INIT;
	struct restore_options o = {.dry_run = r->conf->dry_run,
	    .stop = r->stop, .each = recovery_put_file, .context = r};
	struct restore_result result = {.files = 0};
	struct err why = ERR_INIT;
	int status;

	if (mailbox_path(&path, slice_text(place->mailbox), MAILBOX_DATABASE,
		err) == NULL) {
		buf_free(&path);
		return -1;
	}
	o.below = path.p + strlen(home_path()) + 1;
	status = recovery_open_snapshot(r, NULL, err);
	if (status == 0)
		status = recovery_need_slot_key(r, err);
	if (status == 0) {
		status = restore_home(r->site.repository, &r->list, &o,
		    &result, &why);
		if (status < 0)
			*err = why;
	}
	if (status == 0 && result.files == 0)
		status = err_set(err, ERR_USAGE, "the snapshot has no mailbox "
		    "'%s'", place->mailbox);
	if (status == 0 && result.without_keys > 0) {
		/* Nobody could ever open it. */
		(void)unlink(path.p);
		*err = why;
		status = -1;
	}
	if (status == 0)
		status = recovery_say_home(r, &result, &why, err);
	restore_result_free(&result);
	buf_free(&path);
	return status;
}

static int
say_copied(struct recovery *r, const struct place *place,
    const struct old_copied *copied, struct err *err)
{
	if (r->conf->cmd.quiet)
		return 0;
	buf_format(&r->out, "%s: %s%lld messages from %s", place->mailbox,
	    r->conf->dry_run ? "would be restored: " : "",
	    (long long)copied->copied, r->snapshot.name);
	if (copied->present > 0)
		buf_format(&r->out, "; %lld were there already",
		    (long long)copied->present);
	buf_append_char(&r->out, '\n');
	return cmd_put(&r->out, err);
}

static int
copy_messages(struct recovery *r, const struct place *place,
    struct old_mailbox *old, const struct message_refs *refs,
    const struct service_keys *service, struct err *err)
{
	struct mailbox_opener opener = {.service = service,
	    .wait_ms = mailbox_wait_ms(r->conf->lock_wait_s)};
	struct old_copied copied = {0, 0};
	struct mailbox *to;
	int result;

	if (mailbox_open(&to, slice_text(place->mailbox), &opener, err) < 0)
		return -1;
	result = old_mailbox_copy(old, refs, to, r->conf->into,
	    r->conf->replace, r->conf->dry_run, &copied, err);
	mailbox_close(to);
	return result < 0 ? -1 : say_copied(r, place, &copied, err);
}

static int
replace_whole(struct recovery *r, const struct place *place,
    struct old_mailbox *old, const struct service_keys *service,
    struct err *err)
{
	struct mailbox_count count;
	int result = mailbox_begin(old->mailbox, MAILBOX_READ, err);

	if (result == 0)
		result = mailbox_counts(old->mailbox, &count, err);
	mailbox_rollback(old->mailbox);
	if (result == 0 && !r->conf->dry_run)
		result = mailbox_replace(slice_text(place->mailbox), service,
		    mailbox_connection(old->mailbox),
		    r->conf->lock_wait_s * 1000, err);
	if (result < 0)
		return -1;
	return say_copied(r, place,
	    &(struct old_copied){count.messages, 0}, err);
}

static int
restore_into(struct recovery *r, const struct place *place,
    const struct old_choice *choice, struct err *err)
{
	bool all = choice->folder == NULL && choice->message_id == NULL &&
	    choice->query == NULL;
	struct message_refs refs = {NULL, 0, 0};
	struct old_mailbox old = {.mailbox = NULL};
	struct service_keys service = {.n = 0};
	int result = recovery_open_mailbox(r, place, &old, err);

	if (result == 0)
		result = service_keys_read(&service, err);
	if (result == 0 && all && r->conf->replace &&
	    r->conf->into == NULL) {
		result = replace_whole(r, place, &old, &service, err);
	} else if (result == 0) {
		result = old_mailbox_choose(&old, choice, &refs, err);
		if (result == 0 && refs.n == 0 && !all)
			result = err_set(err, ERR_USAGE, "the snapshot has no "
			    "such message");
		if (result == 0)
			result = copy_messages(r, place, &old, &refs,
			    &service, err);
	}
	service_keys_free(&service);
	message_refs_free(&refs);
	old_mailbox_close(&old);
	return result;
}

int
recovery_mailbox(struct recovery *r, struct err *err)
{
	struct buf query = BUF_INIT;
	struct place place;
	struct old_choice choice;
	int result;

	if (place_parse(&place, slice_text(r->words[0]), err) < 0)
		return -1;
	recovery_query(r, 1, &query);
	choice = (struct old_choice){.folder = place.folder,
	    .uid = place.uid, .message_id = r->conf->message_id,
	    .query = query.n > 0 ? query.p : NULL};
	if (r->conf->replace && (choice.message_id != NULL ||
		choice.query != NULL || choice.uid != 0))
		result = err_set(err, ERR_USAGE, "--replace is for a mailbox "
		    "or a folder, not for single messages");
	else if (is_there(place.mailbox))
		result = restore_into(r, &place, &choice, err);
	else if (choice.folder != NULL || choice.message_id != NULL ||
	    choice.query != NULL)
		result = err_set(err, ERR_USAGE, "there is no mailbox '%s' to "
		    "restore into: restore all of it", place.mailbox);
	else
		result = bring_back(r, &place, err);
	buf_free(&query);
	place_free(&place);
	return result;
}
