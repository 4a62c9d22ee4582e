/* SPDX-License-Identifier: ISC */
/* How a repository does, for people and machines. */
#include "ops/vault.h"

#include <stdlib.h>

#include "base/mem.h"
#include "ops/backup.h"
#include "ops/backup_status.h"
#include "ops/site.h"

/* What each snapshot added, if there is a key to know it. */
static int64_t *
read_added(struct vault *v, const struct snapshot_names *names)
{
	int64_t *added = mem_zalloc((names->n + 1) * sizeof(*added));
	struct site site;

	if (site_open(&site, v->conf, NULL) == 0)
		site.repository = repository_open(site.destination, site.keys,
		    NULL);
	for (size_t i = 0; site.repository != NULL && i < names->n; i++) {
		struct snapshot s;

		if (snapshot_read(site.repository, names->items[i], &s,
			NULL) > 0)
			added[i] = s.added;
		snapshot_free(&s);
	}
	site_close(&site);
	return added;
}

int
vault_status(struct vault *v, struct err *err)
{
	struct backup_status s;
	int64_t *added;
	int result;

	if (vault_want_words(v, 0, 0, err) < 0)
		return -1;
	v->site.destination = destination_open(&v->conf->destination,
	    err);
	if (v->site.destination == NULL)
		return -1;
	result = backup_status_read(&s, vault_name_of(v), v->conf,
	    v->site.destination, err);
	if (result == 0) {
		bool broken = !s.rpo_met || !s.rto_met || !s.key_drill_met;

		v->found = broken;
		if (v->conf->output == BACKUP_JSON)
			backup_status_json(&s, &v->out);
		else if (v->conf->output == BACKUP_SVG) {
			added = read_added(v, &s.names);
			backup_status_svg(&s, added, &v->out);
			free(added);
		} else if (broken || !vault_is_quiet(v))
			backup_status_text(&s, &v->out);
		result = cmd_put(&v->out, err);
	}
	backup_status_free(&s);
	return result;
}
