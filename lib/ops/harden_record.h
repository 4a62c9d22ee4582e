/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_HARDEN_RECORD_H
#define FE_OPS_HARDEN_RECORD_H

#include "ops/harden_plan.h"

/*
 * What fe-harden did, a JSON file for each time in HARDEN_STATE of the tree,
 * written before the first change and durable.  It is enough to undo all of
 * it, as often as one likes.  The folder is root's and outside the home: who
 * could write there would write any file of the host.
 */
#define HARDEN_STATE "/var/lib/fe-harden"

enum harden_record_state {
	HARDEN_BEGUN,   /* was cut short, if nobody holds the lock */
	HARDEN_PENDING, /* undone at .deadline_ms unless confirmed */
	HARDEN_DONE
};

struct harden_change { /* of a file */
	char *path;
	enum harden_file_kind old_kind, new_kind;
	char *old, *new; /* NULL: not there */
	mode_t old_mode, new_mode;
};

struct harden_record {
	unsigned number;
	enum harden_record_state state;
	int64_t time_ms; /* wall clock */
	/* CLOCK_BOOTTIME, and the boot that it is of */
	int64_t effect_ms, deadline_ms;
	char boot[40];
	char **applied; /* ids of all that is in force after it */
	size_t applied_n;
	char **folders; /* made by it, outermost first */
	size_t folders_n;
	struct harden_change *changes;
	size_t changes_n;
	struct harden_live *lives;
	size_t lives_n;
};
struct harden_records {
	struct harden_record *items; /* in order */
	size_t n;
};

/* None where there is no folder.  ERR_CONFIG for a file that is none. */
int harden_records_read(struct harden_records *records,
    const struct tree *tree, struct err *err);
void harden_records_free(struct harden_records *records);
int harden_record_parse(struct harden_record *record, struct slice text,
    const char *name, struct err *err);
void harden_record_render(const struct harden_record *record, struct buf *out);
int harden_record_write(const struct harden_record *record,
    const struct tree *tree, struct err *err);
/* Takes the file away, and the folder with the last one. */
int harden_record_remove(const struct harden_record *record,
    const struct tree *tree, struct err *err);
void harden_record_free(struct harden_record *record);

/* What the last record that changed that path left there; NULL: none did. */
const struct harden_change *harden_records_find(
    const struct harden_records *records, const char *path);

int64_t harden_boot_ms(void); /* CLOCK_BOOTTIME */
const char *harden_boot_id(char out[40]);
/* Seconds that a pending record still has; 0 when its time is up or its boot
 * is over. */
int64_t harden_record_left_s(const struct harden_record *record);

#endif
