/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_BACKUP_STATUS_H
#define FE_OPS_BACKUP_STATUS_H

#include "ops/backup_conf.h"
#include "ops/snapshot.h"

/*
 * How a destination stands, as far as it can be told without a key: snapshots
 * and their times, octets, drills, whether a person has typed the key back.
 */
struct backup_status {
	const char *name;
	char *destination;
	int64_t snapshots;
	int64_t newest_ms; /* -1: none */
	int64_t age_s;
	int64_t octets;
	int64_t confirmed_ms; /* -1: never */
	int64_t drill_ms;     /* -1: never */
	int64_t drill_took_ms;
	bool drill_good;
	/* The newest good one that the repository key itself opened, not the
	 * host's copy; once a year there must be one. */
	int64_t key_drill_ms; /* -1: never, or longer ago */
	bool key_drill_met;
	int64_t rpo_s, rto_s; /* targets; 0: none */
	bool rpo_met, rto_met;
	struct snapshot_names names;
};
/* Without a target for the age of the newest snapshot, 36 hours. */
#define BACKUP_STATUS_RPO_S ((int64_t)36 * 60 * 60)
int backup_status_read(struct backup_status *s, const char *name,
    const struct backup_conf *conf, struct destination *d, struct err *err);
void backup_status_free(struct backup_status *s);

void backup_status_text(const struct backup_status *s, struct buf *out);
void backup_status_json(const struct backup_status *s, struct buf *out);
/* A plot of the snapshots over time: octets that each added, where *added says
 * so (as names; NULL: only the moments). */
void backup_status_svg(const struct backup_status *s, const int64_t *added,
    struct buf *out);

/* `3 h', `1.2 GB': for people. */
void backup_put_duration(struct buf *out, int64_t seconds);
void backup_put_octets(struct buf *out, int64_t octets);

#endif
