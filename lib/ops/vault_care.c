/* SPDX-License-Identifier: ISC */
/* A repository checked, copied, unlocked. */
#include "ops/vault.h"

#include "base/log.h"
#include "ops/backup.h"
#include "ops/backup_status.h"
#include "ops/check_repository.h"
#include "ops/copy_repository.h"
#include "ops/site.h"

static void
say_fault(void *context, const struct err *err)
{
	(void)context;
	log_error("%s", err->text);
}

int
vault_check(struct vault *v, struct err *err)
{
	struct repository_check c = {.read_data = v->conf->read_data,
	    .stop = v->stop, .fault = say_fault, .context = v};

	if (vault_want_words(v, 0, 0, err) < 0 ||
	    site_open(&v->site, v->conf, err) < 0 ||
	    site_confine(&v->site, v->conf->cmd.sandbox == 1, err) < 0 ||
	    site_use(&v->site, REPOSITORY_READ, false, err) < 0 ||
	    repository_check_run(v->site.repository, &c, err) < 0)
		return -1;
	v->found = c.faults > 0;
	if (c.unread > 0)
		log_warning("%lld packs are sealed and were not read: "
		    "--key-file", (long long)c.unread);
	if (vault_is_quiet(v) && c.faults == 0)
		return 0;
	buf_format(&v->out, "%s: %s: %lld snapshots, %lld packs, %lld "
	    "mailboxes' keys, %lld faults", vault_name_of(v), c.faults == 0 ?
	    "ok" : "DAMAGED", (long long)c.snapshots, (long long)c.packs,
	    (long long)c.mailboxes, (long long)c.faults);
	if (c.read_data) {
		buf_format(&v->out, "; read %lld blobs, ",
		    (long long)c.blobs);
		backup_put_octets(&v->out, c.octets);
	}
	buf_append_char(&v->out, '\n');
	return cmd_put(&v->out, err);
}

int
vault_copy(struct vault *v, struct err *err)
{
	/* Their texts live as long as the process. */
	static struct backup_conf from_conf, to_conf;
	struct repository_copy_result copied = {.packs = 0};
	struct site from = {.conf = NULL}, to = {.conf = NULL};
	int result = -1;

	if (vault_want_words(v, 2, 2, err) < 0 ||
	    backup_conf_read(&from_conf, v->words[0], "fe-backup",
		err) < 0 ||
	    backup_conf_read(&to_conf, v->words[1], "fe-backup",
		err) < 0)
		return -1;
	if (site_open(&from, &from_conf, err) == 0 &&
	    site_open(&to, &to_conf, err) == 0 &&
	    site_use(&from, REPOSITORY_READ, false, err) == 0 &&
	    site_use(&to, REPOSITORY_ADD, false, err) == 0)
		result = repository_copy(from.repository, to.repository,
		    v->stop, &copied, err);
	if (result == 0 && !vault_is_quiet(v)) {
		buf_format(&v->out, "%s to %s: %lld snapshots, %lld packs, ",
		    v->words[0], v->words[1], (long long)copied.snapshots,
		    (long long)copied.packs);
		backup_put_octets(&v->out, copied.octets);
		buf_append_text(&v->out, " copied\n");
		result = cmd_put(&v->out, err);
	}
	site_close(&to);
	site_close(&from);
	return result;
}

int
vault_unlock(struct vault *v, struct err *err)
{
	size_t n = 0;

	if (vault_want_words(v, 0, 0, err) < 0)
		return -1;
	v->site.destination = destination_open(&v->conf->destination,
	    err);
	if (v->site.destination == NULL || repository_unlock(
		v->site.destination, v->conf->all, &n, err) < 0)
		return -1;
	if (vault_is_quiet(v))
		return 0;
	buf_format(&v->out, "%s: %zu locks taken away\n", vault_name_of(v), n);
	return cmd_put(&v->out, err);
}
