/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_VAULT_H
#define FE_OPS_VAULT_H

#include "base/cmd.h"
#include "base/interrupt.h"
#include "ops/backup_conf.h"
#include "ops/backup_record.h"
#include "ops/progress.h"
#include "ops/site.h"

/*
 * What fe-backup does at one destination, by its verbs; fe-backup(8) says
 * what each is.
 */
struct vault {
	struct backup_conf *conf;
	struct site site;
	char **words; /* behind the verb */
	int n;
	struct buf out;
	bool found; /* exit code 1 */
	struct progress progress;
	const volatile sig_atomic_t *stop;
};

/* 0, or -1 with err. */
typedef int vault_verb(struct vault *v, struct err *err);

/* vault_backup.c */
vault_verb vault_backup;
/* vault_init.c */
vault_verb vault_init;
/* vault_look.c */
vault_verb vault_list, vault_find, vault_diff;
/* vault_key.c */
vault_verb vault_key;
/* vault_status.c */
vault_verb vault_status;
/* vault_remove.c */
vault_verb vault_forget, vault_erase, vault_prune;
/* Forgets what the rules of the configuration do not keep; *forgotten
 * counts. */
int vault_forget_by_rules(struct vault *v, size_t *forgotten,
    struct err *err);
/* Prunes, and says what it freed; *freed in octets, or NULL. */
int vault_prune_data(struct vault *v, int64_t *freed, struct err *err);
/* vault_care.c */
vault_verb vault_check, vault_copy, vault_unlock;

/* ---- what several of them need ---- */

/* -1 (ERR_USAGE) unless so many words stand behind the verb. */
int vault_want_words(const struct vault *v, int min, int max,
    struct err *err);
/* -q: say only what needs a person. */
bool vault_is_quiet(const struct vault *v);
/* Of the destination. */
const char *vault_name_of(const struct vault *v);
/* Callbacks of long work; the context is the vault. */
void vault_show_progress(void *context, int64_t octets, int64_t of_octets,
    int64_t files, int64_t of_files);
int vault_renew_lock(void *context, struct err *err);

#endif
