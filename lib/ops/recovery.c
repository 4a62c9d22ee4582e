/* SPDX-License-Identifier: ISC */
/* What several verbs of fe-restore need: a destination, a snapshot of it. */
#include "ops/recovery.h"

#include "base/home.h"
#include "base/log.h"

void
recovery_show_progress(void *context, int64_t octets, int64_t of_octets,
    int64_t files, int64_t of_files)
{
	const struct recovery *r = context;

	progress_show(&r->progress, octets, of_octets, files, of_files);
}

int
recovery_open_named(struct recovery *r, const char *name, struct err *err)
{
	const struct recovery_conf *conf = r->conf;

	if (backup_conf_read(&r->backup, name, "fe-restore", err) < 0)
		return -1;
	r->backup.repo = conf->repo;
	r->backup.key_file = conf->key_file;
	r->backup.passphrase = conf->passphrase;
	r->backup.ask_key = conf->ask_key;
	r->backup.lock_wait_s = conf->lock_wait_s;
	backup_conf_settle(&r->backup);
	if (site_open(&r->site, &r->backup, err) == 0)
		return 0;
	site_close(&r->site);
	return -1;
}

/* --repo, --from, or the first destination of fe.conf that answers. */
static int
open_site(struct recovery *r, struct err *err)
{
	const char *chosen = r->conf->repo != NULL ? BACKUP_MAIN :
	    r->conf->from;
	int result = -1;

	if (chosen != NULL)
		return recovery_open_named(r, chosen, err);
	if (backup_conf_names(&r->names, &r->names_n, err) < 0)
		return -1;
	if (r->names_n == 0)
		return err_set(err, ERR_USAGE, "out of which repository? "
		    "--repo, or a section [fe-backup NAME] of fe.conf");
	for (size_t i = 0; i < r->names_n && result < 0; i++) {
		if (i > 0)
			log_warning("%s", err->text);
		result = recovery_open_named(r, r->names[i], err);
	}
	return result;
}

/* The snapshot that was asked for, with its list of files. */
int
recovery_open_snapshot(struct recovery *r, const char *word, struct err *err)
{
	struct snapshot_names names = {NULL, 0};
	const char *name = NULL;
	int result = -1, got = 0;

	if (open_site(r, err) == 0 &&
	    site_use(&r->site, REPOSITORY_READ, false, err) == 0 &&
	    snapshot_names_read(r->site.destination, &names, err) == 0 &&
	    repository_read_index(r->site.repository, err) == 0)
		name = snapshot_names_find(&names, word != NULL ? word :
		    r->conf->snapshot, r->conf->at_ms, err);
	if (name != NULL)
		got = snapshot_read(r->site.repository, name,
		    &r->snapshot, err);
	if (got > 0)
		result = snapshot_get_list(r->site.repository,
		    &r->snapshot, &r->list, err);
	else if (name != NULL && got == 0)
		err_set(err, ERR_SYSTEM, "snapshot '%s' has gone", name);
	snapshot_names_free(&names);
	return result;
}

int
recovery_need_slot_key(const struct recovery *r, struct err *err)
{
	if (r->site.keys->has_slot)
		return 0;
	return err_set(err, ERR_USAGE, "the keys of mailboxes are opened by "
	    "the repository key (--ask-key, --key-file) or by whoever may read "
	    "%s/keys/backup/%s.slot", home_path(),
	    backup_conf_name(&r->backup));
}

void
recovery_close(struct recovery *r)
{
	file_list_free(&r->list);
	snapshot_free(&r->snapshot);
	site_close(&r->site);
	backup_conf_names_free(r->names, r->names_n);
	buf_free(&r->out);
}
