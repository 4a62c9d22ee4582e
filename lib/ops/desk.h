/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_DESK_H
#define FE_OPS_DESK_H

#include "base/cmd.h"
#include "store/folder.h"
#include "store/indexer.h"
#include "store/message.h"
#include "store/place.h"

/*
 * One call of fe-mailbox: what it was asked, the keys it holds, what it says.
 * The verbs are in desk_verbs.h.
 */
struct mailbox_conf {
	struct cmd_conf cmd;
	bool json, dry_run, yes, create;
	int output;
	struct option_list add, remove;
	const char *to, *db, *key_file, *delimiter;
	int64_t kdf_iter, lock_wait;
};

struct desk {
	const struct mailbox_conf *conf;
	char **words; /* behind the verb */
	int n;
	struct service_keys service;
	struct indexer *indexer; /* quarantine release */
	struct buf out;
	bool found;       /* exit code 1 */
	int output_errno; /* standard output is broken */
};

/* To standard output.  -1: a reader that went away ends the work, and
 * cmd_finish says what of it. */
int desk_put_octets(struct desk *desk, struct slice text);
/* Ends the line that was begun, text or JSON, and writes it; err is left as
 * it is. */
int desk_put_line(struct desk *desk, struct err *err);
/* One more column of the line, safe for a terminal. */
void desk_put(struct desk *desk, struct slice text);
void desk_put_number(struct desk *desk, const char *name, int64_t number);
/* Columns: From and Subject, as the indexer told them. */
void desk_put_summary(struct desk *desk, const struct message *msg);

/* A mailbox by ADDRESS[:FOLDER[/UID]], or the quarantine; the caller frees
 * place and closes *m. */
int desk_open(struct desk *desk, const char *word, struct place *place,
    struct mailbox **m, struct err *err);
/* As folder_find; a folder that is not there is ERR_USAGE. */
int desk_find_folder(struct mailbox *m, const char *name,
    struct folder *folder, struct err *err);
/* Destroying asks a person, and a script says --yes.  -1: do not. */
int desk_confirm(const struct desk *desk, const char *what, struct err *err);
/* ERR_USAGE unless there are so many words. */
int desk_want_words(const struct desk *desk, int min, int max,
    struct err *err);
/* One bad word among many is said, passed over, and kept for the exit code. */
int desk_each_word(struct desk *desk, int (*one)(struct desk *, const char *,
    struct err *), struct err *err);

#endif
