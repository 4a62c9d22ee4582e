/* SPDX-License-Identifier: ISC */
/* fe-restore home, and a snapshot as an archive. */
#include <unistd.h>

#include "base/home.h"
#include "base/log.h"
#include "ops/backup_status.h"
#include "ops/recovery.h"
#include "ops/restore_archive.h"
#include "record/render.h"

void
recovery_put_file(void *context, const struct file_entry *e)
{
	struct recovery *r = context;

	if (r->conf->cmd.verbose > 0 || r->conf->dry_run) {
		render_safe(&r->out, slice_text(e->path));
		buf_append_char(&r->out, '\n');
		(void)cmd_put(&r->out, NULL);
	}
}

int
recovery_say_home(struct recovery *r, const struct restore_result *result,
    const struct err *why, struct err *err)
{
	if (result->without_keys > 0) {
		log_error("%lld mailboxes have no keys; the first is '%s': %s",
		    (long long)result->without_keys,
		    result->first_without_keys, why->text);
		r->found = true;
	}
	if (r->conf->cmd.quiet)
		return 0;
	buf_format(&r->out, "%s: %lld files, ", r->snapshot.name,
	    (long long)result->files);
	backup_put_octets(&r->out, result->octets);
	buf_format(&r->out, " into %s", home_path());
	if (result->kept > 0)
		buf_format(&r->out, "; %lld were there and stayed",
		    (long long)result->kept);
	buf_append_char(&r->out, '\n');
	if (!r->site.keys->has_slot && !r->conf->dry_run)
		buf_append_text(&r->out, "mailboxes have no keys: the "
		    "repository key was not given\n");
	return cmd_put(&r->out, err);
}

int
recovery_home(struct recovery *r, struct err *err)
{
	struct restore_options o = {.dry_run = r->conf->dry_run,
	    .below = r->conf->below, .stop = r->stop,
	    .progress = recovery_show_progress, .each = recovery_put_file,
	    .context = r};
	struct restore_result result = {.files = 0};
	struct err why = ERR_INIT;
	int status;

	if (r->n != 1)
		return err_set(err, ERR_USAGE, "too many arguments");
	if (recovery_open_snapshot(r, NULL, err) < 0)
		return -1;
	if (r->conf->to != NULL)
		home_set(r->conf->to);
	status = restore_home(r->site.repository, &r->list, &o, &result,
	    &why);
	progress_end(&r->progress);
	if (status == 0)
		status = recovery_say_home(r, &result, &why, err);
	else
		*err = why;
	restore_result_free(&result);
	return status;
}

int
recovery_archive(struct recovery *r, struct err *err)
{
	if (r->n != 1)
		return err_set(err, ERR_USAGE, "too many arguments");
	if (isatty(STDOUT_FILENO) && r->conf->output == RECOVERY_TAR)
		return err_set(err, ERR_USAGE, "an archive is not written to "
		    "a terminal");
	if (recovery_open_snapshot(r, r->words[0], err) < 0)
		return -1;
	return restore_archive(r->site.repository, &r->list,
	    r->conf->below, r->conf->output == RECOVERY_TAR ? ARCHIVE_TAR :
	    ARCHIVE_MTREE, STDOUT_FILENO, r->stop, err);
}
