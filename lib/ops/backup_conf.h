/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_BACKUP_CONF_H
#define FE_OPS_BACKUP_CONF_H

#include "base/cmd.h"
#include "ops/destination.h"
#include "ops/retention.h"

/*
 * What [fe-backup] and [fe-backup NAME] of fe.conf say: the options of
 * fe-backup, which fe-restore reads, too, to find the destinations.
 */
struct backup_conf {
	struct cmd_conf cmd;
	struct destination_options destination;
	const char *repo; /* --repo: a folder or URL instead */
	const char *key_file;
	bool passphrase, ask_key;
	struct retention keep;
	bool append_only, read_data, sealed, adopt, dry_run, yes, all;
	const char *like, *to, *public;
	int64_t rpo_s, rto_s, prune_waste, prune_every_s, lock_wait_s;
	int output;
	char *home_text; /* what --home points to, when read by name */
};
enum { BACKUP_TEXT, BACKUP_JSON, BACKUP_SVG };
extern const struct option_def backup_conf_options[];

/* The names of all destinations: of the sections [fe-backup NAME], or `main'
 * where [fe-backup] itself has path or url; free each and the list. */
#define BACKUP_MAIN "main"
int backup_conf_names(char ***names, size_t *n, struct err *err);
void backup_conf_names_free(char **names, size_t n);
/* Is there a section of that name?  Else `main' is [fe-backup] itself. */
bool backup_conf_has_section(const char *name);
/* The destination's name: instance or `main'. */
const char *backup_conf_name(const struct backup_conf *conf);
/* --repo counts before path and url. */
void backup_conf_settle(struct backup_conf *conf);
/* Reads the sections as fe-backup would; `name' as from backup_conf_names. */
int backup_conf_read(struct backup_conf *conf, const char *name,
    const char *program, struct err *err);

#endif
