/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_RECOVERY_H
#define FE_OPS_RECOVERY_H

#include <signal.h>

#include "base/cmd.h"
#include "ops/backup_conf.h"
#include "ops/old_mailbox.h"
#include "ops/progress.h"
#include "ops/restore.h"
#include "ops/site.h"
#include "store/place.h"

/*
 * What fe-restore does, by its verbs; fe-restore(8) says what each is.
 */
struct recovery_conf {
	struct cmd_conf cmd;
	const char *repo, *from, *key_file, *snapshot, *to, *below;
	const char *message_id, *into;
	bool passphrase, ask_key, replace, dry_run;
	int64_t at_ms, sample, lock_wait_s;
	int output;
};
enum { RECOVERY_TEXT, RECOVERY_JSON, RECOVERY_TAR, RECOVERY_MTREE };

struct recovery {
	const struct recovery_conf *conf;
	struct backup_conf backup; /* of the destination */
	struct site site;
	struct snapshot snapshot;
	struct file_list list;
	struct buf out;
	char **names; /* of all destinations; a site may point to one */
	size_t names_n;
	char **words; /* the first is the verb or the place */
	int n;
	bool found; /* exit code 1 */
	struct progress progress;
	const volatile sig_atomic_t *stop;
};

/* Frees what it has gathered. */
void recovery_close(struct recovery *r);

/* 0, or -1 with err. */
typedef int recovery_verb(struct recovery *r, struct err *err);

/* recovery_home.c */
recovery_verb recovery_home, recovery_archive;
/* recovery_find.c */
recovery_verb recovery_find;
/* recovery_mailbox.c */
recovery_verb recovery_mailbox;
/* recovery_drill.c */
recovery_verb recovery_drill;

/* ---- what several of them need ---- */

/* Opens the destination of that name, as backup_conf_names has it. */
int recovery_open_named(struct recovery *r, const char *name,
    struct err *err);
/* Opens the repository (--repo, --from, or the first destination that
 * answers) and the snapshot: `word', or where it is NULL the one of the
 * options; r->snapshot and r->list are filled. */
int recovery_open_snapshot(struct recovery *r, const char *word,
    struct err *err);
/* ERR_USAGE: keys of mailboxes cannot be opened here. */
int recovery_need_slot_key(const struct recovery *r, struct err *err);
/* The mailbox of a place as the snapshot has it; old_mailbox_close it,
 * whatever comes back. */
int recovery_open_mailbox(struct recovery *r, const struct place *place,
    struct old_mailbox *old, struct err *err);
/* Appends the words from number `from' on, as one query. */
void recovery_query(const struct recovery *r, int from, struct buf *out);
/* Says what came into the home, and that mailboxes came without keys (the
 * first: why). */
int recovery_say_home(struct recovery *r, const struct restore_result *result,
    const struct err *why, struct err *err);
/* Callbacks of struct restore_options; the context is r. */
void recovery_put_file(void *context, const struct file_entry *e);
void recovery_show_progress(void *context, int64_t octets, int64_t of_octets,
    int64_t files, int64_t of_files);

#endif
