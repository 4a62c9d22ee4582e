/* SPDX-License-Identifier: ISC */
/* A new snapshot, and the end of old ones. */
#include "ops/vault.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/home.h"
#include "base/io.h"
#include "base/json.h"
#include "base/log.h"
#include "ops/backup.h"
#include "ops/backup_record.h"
#include "ops/backup_status.h"
#include "ops/progress.h"
#include "ops/prune.h"
#include "ops/site.h"

static void
say_missed(struct vault *v, const struct backup_result *result)
{
	const struct snapshot *s = &result->snapshot;

	if (s->missed_n > 0) {
		log_error("%lld of the home's files are not in this snapshot; "
		    "the first is '%s': %s", (long long)s->missed_n,
		    s->missed[0], result->first_missed.text);
		v->found = true;
	}
	if (result->without_keys > 0) {
		log_error("%lld mailboxes have no backup keyslot, so that "
		    "their backups cannot be opened; the first is '%s': run "
		    "`fe-mailbox slots' as the mailboxes' keeper",
		    (long long)result->without_keys,
		    result->first_without_keys);
		v->found = true;
	}
}

static int
say_backup(struct vault *v, const struct backup_result *result,
    struct err *err)
{
	const struct snapshot *s = &result->snapshot;
	struct json_writer w = JSON_WRITER(&v->out);

	if (v->conf->output == BACKUP_JSON) {
		json_open_object(&w, NULL);
		json_put_text(&w, "name", vault_name_of(v));
		json_put_text(&w, "snapshot", s->name);
		json_put_integer(&w, "files", s->files);
		json_put_integer(&w, "octets", s->octets);
		json_put_integer(&w, "mailboxes", s->mailboxes);
		json_put_integer(&w, "changed", result->changed);
		json_put_integer(&w, "added", s->added);
		json_put_integer(&w, "took_ms", s->took_ms);
		json_put_integer(&w, "missed", (int64_t)s->missed_n);
		json_put_integer(&w, "without_keys", result->without_keys);
		json_close_object(&w);
		buf_append_char(&v->out, '\n');
	} else if (!vault_is_quiet(v)) {
		buf_format(&v->out, "%s: %s: %lld files, ", vault_name_of(v),
		    s->name, (long long)s->files);
		backup_put_octets(&v->out, s->octets);
		buf_format(&v->out, "; %lld changed, ",
		    (long long)result->changed);
		backup_put_octets(&v->out, s->added);
		buf_format(&v->out, " added in %.1f s\n",
		    (double)s->took_ms / 1000);
	}
	return cmd_put(&v->out, err);
}

/* *written counts what went to the destination, of a failed one, too. */
static int
make_snapshot(struct vault *v, struct backup_record *record, int64_t *written,
    struct err *err)
{
	struct backup_options options = {
	    .lock_wait_ms = v->conf->lock_wait_s * 1000, .stop = v->stop,
	    .progress = vault_show_progress, .renew = vault_renew_lock,
	    .context = v};
	struct backup_result result = {.changed = 0};
	int status = site_use(&v->site, REPOSITORY_ADD, true, err);

	if (status == 0) {
		status = backup_run(v->site.repository, &options, &result,
		    err);
		progress_end(&v->progress);
		*written = v->site.repository->written;
	}
	site_leave(&v->site);
	if (status == 0) {
		snprintf(record->snapshot, sizeof(record->snapshot), "%s",
		    result.snapshot.name);
		record->time_ms = result.snapshot.time_ms;
		record->without_keys = result.without_keys;
		say_missed(v, &result);
		status = say_backup(v, &result, err);
	}
	backup_result_free(&result);
	return status;
}

/* What the rules no longer keep goes; prune from time to time, or `now'. */
static int
retain(struct vault *v, struct backup_record *record, bool now,
    int64_t *freed, struct err *err)
{
	int64_t now_ms = clock_now_ms();
	bool has_rule = retention_has_rule(&v->conf->keep);
	size_t forgotten = 0;
	int result;

	if (v->conf->append_only || (!has_rule && !now))
		return 0;
	result = site_use(&v->site, REPOSITORY_REMOVE, true, err);
	if (result == 0 && has_rule)
		result = vault_forget_by_rules(v, &forgotten, err);
	if (result == 0 && (now || (forgotten > 0 && now_ms -
		record->pruned_ms >= v->conf->prune_every_s * 1000))) {
		result = vault_prune_data(v, freed, err);
		record->pruned_ms = now_ms;
	}
	site_leave(&v->site);
	return result;
}

/* A full disk lets no snapshot be made, after which old ones would go: they go
 * now, and where that freed more than the failed one had written it is tried
 * once again. */
static int
make_room(struct vault *v, struct backup_record *record, int64_t written,
    struct err *err)
{
	struct err why = ERR_INIT;
	int64_t freed = 0;

	if (v->conf->append_only)
		return -1;
	log_info("%s: making room", err->text);
	if (retain(v, record, true, &freed, &why) < 0)
		log_info("%s", why.text);
	if (freed <= written || *v->stop != 0)
		return -1;
	err_clear(err);
	return make_snapshot(v, record, &written, err);
}

/* Within the target a failure is for the log alone: the next run will do. */
static int
excuse(const struct vault *v, const struct backup_record *record,
    struct err *err)
{
	int64_t age_s = (clock_now_ms() - record->time_ms) / 1000;
	struct log_event event;

	log_event_begin(&event, LOG_INFO, "backup-missed");
	log_event_text(&event, "destination", slice_text(vault_name_of(v)));
	log_event_text(&event, "why", slice_text(err->text));
	log_event_number(&event, "age_s", age_s);
	log_event_end(&event);
	if (*v->stop != 0 || v->conf->rpo_s == 0 || record->time_ms <= 0 ||
	    age_s > v->conf->rpo_s)
		return -1;
	log_info("%s (the newest snapshot is within the target)", err->text);
	return 0;
}

int
vault_backup(struct vault *v, struct err *err)
{
	const char *name = backup_conf_name(v->conf);
	struct backup_record record;
	struct buf folder = BUF_INIT;
	int64_t written = 0;
	int result = 0;

	backup_record_read(&record, name);
	if (v->conf->repo == NULL)
		result = io_make_folders(home_file(&folder, "backup"), 0750,
		    err);
	buf_free(&folder);
	if (result == 0)
		result = site_open(&v->site, v->conf, err);
	if (result == 0)
		result = site_confine(&v->site,
		    v->conf->cmd.sandbox == 1, err);
	if (result == 0) {
		result = make_snapshot(v, &record, &written, err);
		if (result < 0 && *v->stop == 0 &&
		    destination_is_full(v->site.destination, err))
			result = make_room(v, &record, written, err);
	}
	if (result == 0)
		result = retain(v, &record, false, NULL, err);
	if (v->conf->repo == NULL && record.snapshot[0] != '\0' &&
	    backup_record_write(&record, name, result == 0 ? err : NULL) < 0)
		result = -1;
	return result < 0 ? excuse(v, &record, err) : 0;
}
