/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_HARDEN_PLAN_H
#define FE_OPS_HARDEN_PLAN_H

#include "ops/harden_item.h"

/*
 * What would be changed: files of our own (never one of somebody else),
 * and what is done to the running host so that they count at once.
 */
enum harden_file_kind { HARDEN_TEXT, HARDEN_LINK };
struct harden_file {
	enum harden_file_kind kind;
	char *path;
	struct buf content; /* or where the link points */
	mode_t mode;
};

enum harden_live_kind {
	HARDEN_POKE,    /* key: kernel file; value: what is written */
	HARDEN_REMOUNT, /* key: mount point; value: options, `nosuid,nodev' */
	HARDEN_SWAPOFF, /* key: device or file; old: its priority */
	HARDEN_UNLOAD,  /* key: module */
	HARDEN_STOP,    /* key: unit of systemd */
	HARDEN_RELOAD,  /* systemd reads its units again */
	HARDEN_SSHD,    /* sshd reads its configuration again */
	HARDEN_NFT,     /* key: the file to load; old: the table before */
	HARDEN_AUDIT    /* key: the rule, `-w FOLDER ...' as for auditctl(8) */
};
struct harden_live {
	enum harden_live_kind kind;
	char *key, *value, *old;
	char *item; /* whose it is */
};

struct harden_plan {
	const struct harden_item *item; /* that is being planned */
	struct harden_file *files;
	size_t files_n;
	struct harden_live *lives;
	size_t lives_n;
	char **hands; /* `ITEM: what a person has to do' */
	size_t hands_n;
	char **refusals; /* `ITEM: why it cannot be done' */
	size_t refusals_n;
};
#define HARDEN_PLAN_INIT {NULL, NULL, 0, NULL, 0, NULL, 0, NULL, 0}
void harden_plan_free(struct harden_plan *plan);
/* Does it change nothing? */
bool harden_plan_is_empty(const struct harden_plan *plan);

/* What every file of ours begins with. */
#define HARDEN_MARK \
	"# Written by fe-harden(8): do not edit, `fe-harden revert' takes it " \
	"away.\n"

/* The file of that path, made with the mark and `head' (lines; NULL: none)
 * when it is not in the plan yet. */
struct buf *harden_plan_file(struct harden_plan *plan, const char *path,
    const char *head);
/* Adds one line to it, once. */
void harden_plan_line(struct harden_plan *plan, const char *path,
    const char *head, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void harden_plan_link(struct harden_plan *plan, const char *path,
    const char *target);
/* Once for a kind and key; old may be NULL. */
void harden_plan_live(struct harden_plan *plan, enum harden_live_kind kind,
    const char *key, const char *value, const char *old);
void harden_plan_hand(struct harden_plan *plan, const struct harden_item *item);
void harden_plan_refuse(struct harden_plan *plan,
    const struct harden_item *item, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same as a command that a person would type. */
void harden_live_text(const struct harden_live *live, struct buf *out);

#endif
