/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_HARDEN_H
#define FE_OPS_HARDEN_H

#include "ops/harden_plan.h"

/*
 * All items of all kinds, what was chosen of them, and their exceptions.
 */
struct harden_choice {
	const struct harden_kind *kind;
	const struct harden_item *item;
};
struct harden_choices {
	struct harden_choice *items;
	size_t n;
};

/* By the words of a command line: ids, practices (`host-ssh': those of its
 * items that the profile has), none: the whole profile.  In the order of the
 * register of practices.  ERR_USAGE for a word that is nothing. */
int harden_choose(struct harden_choices *choices, enum harden_profile profile,
    const char *const *words, size_t n, struct err *err);
/* Adds an item by its id, once; false where there is none of that name. */
bool harden_choose_id(struct harden_choices *choices, struct slice id);
bool harden_has_choice(const struct harden_choices *choices, const char *id);
void harden_choices_free(struct harden_choices *choices);

/*
 * Exceptions: lines `ITEM DATE REASON', `#' for comments.  The item may fail
 * up to and with that day (UTC) and is not applied; then it counts again.
 */
struct harden_exception {
	char *id;
	int64_t until_ms; /* when it has ended */
	char date[12];
	char *reason;
};
struct harden_exceptions {
	struct harden_exception *items;
	size_t n;
};
/* No file is no exception.  ERR_CONFIG with `PATH:LINE: '. */
int harden_exceptions_read(struct harden_exceptions *exceptions,
    const struct tree *tree, const char *path, struct err *err);
int harden_exceptions_parse(struct harden_exceptions *exceptions,
    const char *path, struct slice text, struct err *err);
/* The one of an item, or of its practice; an item's own goes first. */
const struct harden_exception *harden_exception_find(
    const struct harden_exceptions *exceptions, const char *id);
void harden_exceptions_free(struct harden_exceptions *exceptions);

/* Reads an item; a failure with an exception in force is HARDEN_EXCEPTED. */
void harden_read(struct harden_host *host, const struct harden_choice *choice,
    const struct harden_exceptions *exceptions, struct harden_result *result);
/* Does the item's failure count under that profile? */
bool harden_is_required(const struct harden_item *item,
    enum harden_profile profile);
/* Plans the choices that have no exception in force. */
void harden_plan(struct harden_host *host, const struct harden_choices *choices,
    const struct harden_exceptions *exceptions, struct harden_plan *plan);

/* tree must be open; fills in what is configured of the firewall: ports of
 * sshd, of fe-*.socket units and of the [fe-receive] sections of fe.conf. */
void harden_host_find_ports(struct harden_host *host);
void harden_host_free(struct harden_host *host);

#endif
