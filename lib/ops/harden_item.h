/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_HARDEN_ITEM_H
#define FE_OPS_HARDEN_ITEM_H

#include <stdint.h>

#include "base/option.h"
#include "ops/firewall.h"
#include "ops/tree.h"

/*
 * What fe-harden(8) looks at: a host, and items, each one setting of it.  An
 * item is a row of a const table: what it is, which value is wanted and why,
 * where it is read, how it is changed.  The tables stand in harden_KIND.c; a
 * kind is how its items are read and changed.
 */
enum harden_profile {
	HARDEN_MINIMAL,     /* hardly anything can mind these */
	HARDEN_MAIL_SERVER, /* right for a host that is nothing else */
	HARDEN_STRICT       /* costs comfort */
};

enum {
	/* required under `strict' only; else said and not counted against
	 * the exit code */
	HARDEN_ADVICE = 1
};

struct harden_item {
	const char *id; /* `host-kernel.kptr-restrict': a practice, a dot */
	enum harden_profile from; /* the first profile to have it */
	unsigned flags;
	const char *key;  /* where it is read, in the words of its kind */
	const char *want; /* see harden_want_is_met() */
	const char *what;
	const char *why;
	const char *hand; /* what a person does where no drop-in can */
};

/* The host, and what was read of it once for all items. */
struct harden_host {
	struct tree tree;
	enum harden_profile profile;
	const char *home;
	const struct option_list *needed; /* services; or NULL */
	struct firewall firewall; /* as it ought to be */
	int64_t now_ms;
	struct buf sshd, nft, mounts;
	bool sshd_read, nft_read, mounts_read;
	char nft_fault[256], sshd_fault[256];
};

enum harden_state {
	HARDEN_PASS,
	HARDEN_FAIL,
	HARDEN_UNKNOWN,  /* cannot be read */
	HARDEN_EXCEPTED, /* would fail; the administrator said why */
	HARDEN_SKIP      /* there is no such thing on this host */
};
struct harden_result {
	enum harden_state state;
	char seen[400];
};
/* Cut at the end of .seen. */
void harden_result_set(struct harden_result *result, enum harden_state state,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Pass or fail, by the item's want. */
void harden_result_value(struct harden_result *result,
    const struct harden_item *item, const char *seen);

/*
 * Wants: alternatives between `|', each a text (compared case-blind), `>=N',
 * `<=N', or `only:a,b,c' (a list of names by commas, with no other among
 * them).  One that begins with `|' is that text alone (a pipe of
 * core_pattern).  harden_want_first() is what a drop-in writes for it.
 */
bool harden_want_is_met(const char *want, const char *seen);
void harden_want_first(const char *want, char *out, size_t size);

struct harden_plan;
struct harden_kind {
	const char *name;
	const char *how; /* how its items are read, for `explain' */
	const char *drop_in; /* the file that changes them; NULL: none */
	const struct harden_item *items;
	size_t n;
	void (*read)(struct harden_host *host, const struct harden_item *item,
	    struct harden_result *result);
	/* What would change the item; NULL: only a person can. */
	void (*plan)(struct harden_host *host, const struct harden_item *item,
	    struct harden_plan *plan);
};

/* Is a package installed, by dpkg's own list? */
bool harden_has_package(const struct harden_host *host, const char *name);

#endif
