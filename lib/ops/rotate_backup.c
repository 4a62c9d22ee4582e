/* SPDX-License-Identifier: ISC */
/*
 * The key of a repository of backups, from which all its keys are derived: a
 * new key is a new repository (renewal.h).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "ops/renewal.h"
#include "ops/rotate.h"

struct rotate_backups {
	char **names;
	struct renewal *items;
	struct err *errors; /* of each */
	size_t n;
	struct err err; /* of all */
};

void
rotate_backups_read(struct rotation *r)
{
	/* Its texts live as long as the process. */
	static struct rotate_backups home;
	struct rotate_backups *all = &home;

	r->backups = all;
	if (backup_conf_names(&all->names, &all->n, &all->err) < 0)
		return;
	all->items = mem_zalloc((all->n + 1) * sizeof(*all->items));
	all->errors = mem_zalloc((all->n + 1) * sizeof(*all->errors));
	for (size_t i = 0; i < all->n; i++) {
		all->items[i].name = all->names[i];
		(void)backup_conf_read(&all->items[i].conf, all->names[i],
		    "fe-rotate-keys", &all->errors[i]);
	}
}

/* The one whose overlap runs, or NULL. */
static const struct ledger_entry *
retiring(const struct rotation *r, const char *name)
{
	const struct ledger_entry *old = ledger_find(&r->ledger,
	    r->kind->name, name, "retiring");
	const struct ledger_entry *gone = ledger_find(&r->ledger,
	    r->kind->name, name, "withdrawn");

	return old == NULL || (gone != NULL && gone > old) ? NULL : old;
}

/* ---- the kind ---- */

static int
finish_one(struct rotation *r, struct renewal *b, struct err *err)
{
	const struct ledger_entry *begun = rotation_begun(r, b->name);
	const struct ledger_entry *old = retiring(r, b->name);
	char check[KEY_ID_SIZE];

	if (r->conf->dry_run)
		return 0;
	if (begun != NULL) {
		snprintf(check, sizeof(check), "%s", begun->id);
		renewal_make_suffix(check, b->suffix);
		return renewal_run(r, b, check, err);
	}
	if (old == NULL || !rotation_is_over(r, old->time_ms))
		return 0;
	renewal_make_suffix(old->id, b->suffix);
	return renewal_end(r, b, err);
}

static int
rotate_one(struct rotation *r, struct renewal *b, struct err *err)
{
	const struct ledger_entry *old = retiring(r, b->name);
	struct repository_config config;
	char check[KEY_ID_SIZE], until[ROTATION_TIME_SIZE];
	int found;

	if (r->conf->due) {
		rotation_need(r, b->name, "is due: `fe-rotate-keys backup:%s' "
		    "shows a new key to write down", b->name);
		return 0;
	}
	if (old != NULL) {
		rotation_wait(r, b->name, "rotated already; the repository of "
		    "before is kept until %s", rotation_over_text(r,
		    old->time_ms, until));
		return 0;
	}
	found = renewal_look(&b->conf.destination, &config, err);
	if (found < 0 || renewal_check(b->name, check, err) < 0)
		return -1;
	if (found == 0 || strcmp(check, config.check) != 0)
		return err_set(err, ERR_CONFIG, "the keys of `%s' are not "
		    "those of its repository", b->name);
	if (r->conf->dry_run) {
		rotation_say(r, b->name, "a new repository in the place of "
		    "this one, which is kept beside it");
		return 0;
	}
	renewal_make_suffix(check, b->suffix);
	if (rotation_note(r, b->name, "begun", check, err) < 0)
		return -1;
	return renewal_run(r, b, check, err);
}

static int
each_destination(struct rotation *r, const char *name,
    int (*each)(struct rotation *, struct renewal *, struct err *),
    struct err *err)
{
	struct rotate_backups *all = r->backups;
	bool found = false;

	if (all->err.kind != ERR_NONE)
		return err_set(err, all->err.kind, "%s", all->err.text);
	for (size_t i = 0; i < all->n; i++) {
		struct renewal *b = &all->items[i];

		if (name != NULL && strcmp(name, b->name) != 0)
			continue;
		found = true;
		if (all->errors[i].kind != ERR_NONE)
			rotation_fail(r, b->name, &all->errors[i]);
		else if (each(r, b, err) < 0)
			rotation_fail(r, b->name, err);
	}
	return name != NULL && !found ? err_set(err, ERR_USAGE,
	    "'%s' is no destination of backups in fe.conf", name) : 0;
}

static int
finish_backup(struct rotation *r, struct err *err)
{
	return each_destination(r, NULL, finish_one, err);
}

/* Each key is to be written down: one at a time. */
static int
rotate_repository(struct rotation *r, const char *name, struct err *err)
{
	if (name == NULL)
		return err_set(err, ERR_USAGE, "which destination? "
		    "backup:NAME; [fe-backup] alone is `%s'", BACKUP_MAIN);
	return each_destination(r, name, rotate_one, err);
}

static int
list_repositories(struct rotation *r, struct err *err)
{
	char **names;
	size_t n;
	int result = repository_names(&names, &n, err);

	for (size_t i = 0; i < n; i++) {
		struct buf path = BUF_INIT;
		char check[KEY_ID_SIZE];
		struct stat st;
		bool old = strstr(names[i], "-old-") != NULL;

		if (result == 0)
			result = renewal_check(names[i], check, err);
		if (result == 0)
			rotation_list(r, names[i], check, old ? "retiring" :
			    "active", stat(renewal_path(&path, names[i], NULL,
			    "key"), &st) == 0 ? (int64_t)st.st_mtime * 1000 :
			    -1, !old);
		free(names[i]);
		buf_free(&path);
	}
	free(names);
	return result;
}

const struct rotation_kind rotate_backup = {"backup",
    "the key of a repository of backups (only by hand)", "never", "30d",
    list_repositories, finish_backup, rotate_repository};
