/* SPDX-License-Identifier: ISC */
/* fe-restore drill, at one destination or all, and drill verify. */
#include <string.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "ops/backup_status.h"
#include "ops/drill.h"
#include "ops/recovery.h"

static void
say_fault(void *context, const struct err *err)
{
	(void)context;
	log_error("%s", err->text);
}

/* What a person reads of a drill. */
static void
put_line(struct buf *out, const char *name, const struct drill_result *d,
    bool late, bool old)
{
	buf_format(out, "%s: %s: %s: %lld of %lld mailboxes, "
	    "%lld messages, %lld files, ", name,
	    d->faults == 0 ? "ok" : "FAILED", d->snapshot,
	    (long long)d->mailboxes, (long long)d->of_mailboxes,
	    (long long)d->messages, (long long)d->files);
	backup_put_octets(out, d->octets);
	buf_format(out, " in %.1f s; all of it would take %.1f s%s%s\n",
	    (double)d->took_ms / 1000, (double)d->full_ms / 1000,
	    late ? " (RTO MISSED)" : "", old ? " (RPO MISSED)" : "");
}

static int
judge(struct recovery *r, const char *name, const struct drill_result *d,
    struct slice report, struct err *err)
{
	int64_t age_s = (clock_now_ms() - d->snapshot_ms) / 1000;
	bool late = r->backup.rto_s > 0 &&
	    d->full_ms > r->backup.rto_s * 1000;
	bool old = r->backup.rpo_s > 0 && age_s > r->backup.rpo_s;
	bool bad = late || old || d->faults > 0;

	r->found = r->found || bad;
	if (r->conf->output == RECOVERY_JSON)
		buf_append_slice(&r->out, report);
	else if (!r->conf->cmd.quiet || bad)
		put_line(&r->out, name, d, late, old);
	return cmd_put(&r->out, err);
}

static int
drill_one(struct recovery *r, const char *name, struct err *err)
{
	const struct recovery_conf *conf = r->conf;
	struct drill_options o = {.sample = conf->sample, .stop = r->stop,
	    .fault = say_fault, .context = r};
	struct drill_result d;
	struct buf report = BUF_INIT;
	int result = recovery_open_named(r, name, err);

	o.opened_by = conf->key_file != NULL || conf->ask_key ||
	    conf->passphrase ? "repository key" : "host";
	if (result == 0)
		result = recovery_need_slot_key(r, err);
	if (result == 0)
		result = site_use(&r->site, REPOSITORY_READ, false, err);
	if (result == 0)
		result = drill_run(r->site.repository, &o, &d, err);
	if (result == 0)
		result = drill_report(r->site.destination, name, &o, &d,
		    &report, err);
	if (result == 0)
		result = judge(r, name, &d, buf_slice(&report), err);
	buf_free(&report);
	site_close(&r->site);
	return result;
}

static int
verify_report(struct recovery *r, const char *path, struct err *err)
{
	struct buf text = BUF_LIMITED((size_t)1 << 20);
	char key[65];
	int result = io_read_file(path, &text, err);

	if (result == 0)
		result = drill_verify(buf_slice(&text), key, err);
	if (result == 0) {
		buf_format(&r->out, "signed by %s\n", key);
		result = cmd_put(&r->out, err);
	}
	buf_free(&text);
	return result;
}

int
recovery_drill(struct recovery *r, struct err *err)
{
	struct err now = ERR_INIT;
	int result = 0;

	if (r->n == 3 && strcmp(r->words[1], "verify") == 0)
		return verify_report(r, r->words[2], err);
	if (r->n != 1)
		return err_set(err, ERR_USAGE, "drill what? (--help)");
	if (r->conf->repo != NULL || r->conf->from != NULL)
		return drill_one(r, r->conf->repo != NULL ? BACKUP_MAIN :
		    r->conf->from, err);
	if (backup_conf_names(&r->names, &r->names_n, err) < 0)
		return -1;
	if (r->names_n == 0)
		return err_set(err, ERR_CONFIG, "no destination: a section "
		    "[fe-backup NAME] of fe.conf, or --repo");
	for (size_t i = 0; i < r->names_n && *r->stop == 0; i++) {
		if (drill_one(r, r->names[i], &now) == 0)
			continue;
		if (result < 0)
			log_error("%s", err->text);
		*err = now;
		result = -1;
	}
	return result;
}
