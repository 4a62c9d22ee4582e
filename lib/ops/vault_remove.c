/* SPDX-License-Identifier: ISC */
/* Snapshots forgotten, data pruned, a mailbox shredded. */
#include "ops/vault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "ops/ask.h"
#include "ops/backup.h"
#include "ops/backup_status.h"
#include "ops/key_object.h"
#include "ops/prune.h"
#include "ops/site.h"

static int
refuse_append_only(const struct vault *v, struct err *err)
{
	struct buf text = BUF_INIT;
	char time[CLOCK_TEXT_SIZE];
	int64_t end = retention_end_ms(&v->conf->keep, clock_now_ms());

	if (!v->conf->append_only)
		return 0;
	if (end >= 0)
		buf_format(&text, "; by its keep rules the last of today's "
		    "snapshots may go on %.10s", clock_rfc3339(end, time));
	err_set(err, ERR_CONFIG, "'%s' is append-only: nothing is removed "
	    "there%s", vault_name_of(v), buf_text(&text));
	buf_free(&text);
	return -1;
}

static int
forget_one(struct vault *v, const char *name, struct err *err)
{
	struct buf object = BUF_INIT;
	int result = 0;

	buf_format(&object, SNAPSHOT_FOLDER "/%s", name);
	if (!v->conf->dry_run)
		result = destination_remove(v->site.destination, object.p,
		    err);
	if (result == 0 && !vault_is_quiet(v)) {
		buf_format(&v->out, "%s: forgotten\n", name);
		result = cmd_put(&v->out, err);
	}
	buf_free(&object);
	return result;
}

int
vault_forget_by_rules(struct vault *v, size_t *forgotten, struct err *err)
{
	struct snapshot_names names;
	int64_t *times;
	bool *keep;
	int result = snapshot_names_read(v->site.destination, &names, err);

	if (result < 0)
		return -1;
	times = mem_zalloc((names.n + 1) * sizeof(*times));
	keep = mem_zalloc((names.n + 1) * sizeof(*keep));
	for (size_t i = 0; i < names.n; i++)
		times[i] = snapshot_name_time(slice_text(names.items[i]));
	retention_choose(&v->conf->keep, times, names.n, clock_now_ms(),
	    keep);
	for (size_t i = 0; i < names.n && result == 0; i++)
		if (!keep[i]) {
			result = forget_one(v, names.items[i], err);
			++*forgotten;
		}
	free(times);
	free(keep);
	snapshot_names_free(&names);
	return result;
}

static int
forget_named(struct vault *v, struct err *err)
{
	struct snapshot_names names;
	int result = snapshot_names_read(v->site.destination, &names, err);

	for (int i = 0; i < v->n && result == 0; i++) {
		const char *name = snapshot_names_find(&names, v->words[i],
		    -1, err);

		result = name == NULL ? -1 : forget_one(v, name, err);
	}
	snapshot_names_free(&names);
	return result;
}

int
vault_prune_data(struct vault *v, int64_t *freed, struct err *err)
{
	struct prune_options options = {.dry_run = v->conf->dry_run,
	    .waste = v->conf->prune_waste, .stop = v->stop};
	struct prune_result r;

	if (prune_run(v->site.repository, &options, &r, err) < 0)
		return -1;
	if (freed != NULL)
		*freed = r.octets_before - r.octets_after;
	if (vault_is_quiet(v))
		return 0;
	buf_format(&v->out, "%s: %lld packs, %lld removed, %lld rewritten, "
	    "%lld unfinished; ", vault_name_of(v), (long long)r.packs,
	    (long long)r.removed, (long long)r.rewritten,
	    (long long)r.unindexed);
	backup_put_octets(&v->out, r.octets_before);
	buf_append_text(&v->out, " before, ");
	backup_put_octets(&v->out, r.octets_after);
	buf_append_text(&v->out, " after\n");
	return cmd_put(&v->out, err);
}

static int
open_to_remove(struct vault *v, struct err *err)
{
	if (refuse_append_only(v, err) < 0 ||
	    site_open(&v->site, v->conf, err) < 0 ||
	    site_confine(&v->site, v->conf->cmd.sandbox == 1, err) < 0)
		return -1;
	return site_use(&v->site, REPOSITORY_REMOVE, true, err);
}

int
vault_forget(struct vault *v, struct err *err)
{
	size_t n = 0;

	if (open_to_remove(v, err) < 0)
		return -1;
	if (v->n > 0)
		return forget_named(v, err);
	if (!retention_has_rule(&v->conf->keep))
		return err_set(err, ERR_USAGE, "which? a SNAPSHOT, or keep- "
		    "rules");
	return vault_forget_by_rules(v, &n, err);
}

int
vault_prune(struct vault *v, struct err *err)
{
	if (vault_want_words(v, 0, 0, err) < 0 || open_to_remove(v, err) < 0)
		return -1;
	return vault_prune_data(v, NULL, err);
}

int
vault_erase(struct vault *v, struct err *err)
{
	char what[512];
	int done;

	if (vault_want_words(v, 1, 1, err) < 0)
		return -1;
	snprintf(what, sizeof(what), "no backup of '%.300s' in '%s' will be "
	    "readable any more", v->words[0], vault_name_of(v));
	/* Out of reach: the mailbox can still be read there. */
	if (refuse_append_only(v, err) < 0 || (!v->conf->yes &&
		ask_to_go_on(what, err) < 0))
		return v->conf->append_only ? (v->found = true,
		    log_error("%s", err->text), 0) : -1;
	if (site_open(&v->site, v->conf, err) < 0 ||
	    site_confine(&v->site, v->conf->cmd.sandbox == 1, err) < 0 ||
	    site_use(&v->site, REPOSITORY_REMOVE, false, err) < 0) {
		log_error("'%s' can still be read in '%s': %s", v->words[0],
		    vault_name_of(v), err->text);
		v->found = true;
		return 0;
	}
	done = key_object_erase(v->site.repository, v->words[0], err);
	if (done >= 0 && !vault_is_quiet(v)) {
		buf_format(&v->out, done > 0 ? "%s: %s: shredded in all "
		    "snapshots\n" : "%s: %s: holds no keys of it\n",
		    vault_name_of(v), v->words[0]);
		done = cmd_put(&v->out, err);
	}
	return done < 0 ? -1 : 0;
}
