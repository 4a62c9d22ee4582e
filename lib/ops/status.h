/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_STATUS_H
#define FE_OPS_STATUS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The state of a home at a glance: accounts, mailboxes, the delivery journal,
 * ages of keys and certificate, what confines our processes.  Reads names and
 * dates only, no key.
 */
#define STATUS_CERTIFICATE_DAYS 21 /* less than that needs a person */
#define STATUS_JOURNAL_MS (10 * 60 * 1000) /* more than that does */

struct status_item {
	const char *name; /* static: `certificate' */
	char *text;
	bool needs_person;
};
struct status {
	struct status_item *items;
	size_t n;
};
/* Never fails: what cannot be read is an item that needs a person. */
void status_read(struct status *status);
void status_free(struct status *status);

#endif
