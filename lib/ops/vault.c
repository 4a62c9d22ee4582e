/* SPDX-License-Identifier: ISC */
/* What several verbs of fe-backup need. */
#include "ops/vault.h"

#include "ops/backup.h"
#include "ops/progress.h"

void
vault_show_progress(void *context, int64_t octets, int64_t of_octets,
    int64_t files, int64_t of_files)
{
	const struct vault *v = context;

	progress_show(&v->progress, octets, of_octets, files, of_files);
}

int
vault_want_words(const struct vault *v, int min, int max, struct err *err)
{
	if (v->n >= min && v->n <= max)
		return 0;
	return err_set(err, ERR_USAGE, "%s (--help shows how it is called)",
	    v->n < min ? "an argument is missing" : "too many arguments");
}

bool
vault_is_quiet(const struct vault *v)
{
	return v->conf->cmd.quiet;
}

const char *
vault_name_of(const struct vault *v)
{
	return v->conf->repo != NULL ? v->conf->repo :
	    backup_conf_name(v->conf);
}

int
vault_renew_lock(void *context, struct err *err)
{
	struct vault *v = context;

	return repository_lock_renew(&v->site.lock, err);
}
