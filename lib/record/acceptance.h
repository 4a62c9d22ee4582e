/* SPDX-License-Identifier: ISC */
#ifndef FE_RECORD_ACCEPTANCE_H
#define FE_RECORD_ACCEPTANCE_H

#include "mail/recipients.h"
#include "net/smtp.h"

/*
 * Which senders and recipients a server takes mail from and for, by
 * run/recipients and run/full.  postmaster and abuse are always taken, for
 * one person, whose address then stands in the envelope.
 */
struct acceptance {
	const char *domain;     /* of the service; NULL: none set */
	const char *postmaster; /* address; NULL: the domain's first account */
	const char *delimiter;
	struct recipients recipients;
	struct recipients full; /* over quota */
};

/* Reads both tables. */
int acceptance_open(struct acceptance *a, struct err *err);
/* Takes both from descriptors (run/recipients, run/full), which it closes. */
int acceptance_replace(struct acceptance *a, const int fds[2], struct err *err);
void acceptance_close(struct acceptance *a);

/* Both judge an SMTP path and append the address for the envelope (the null
 * sender is nothing).  0, or -1 and the reply:
 *	501 5.1.7, 5.1.3  no address		553 5.6.7  needs SMTPUTF8
 *	550 5.1.1  nobody of that name		550 5.7.1  not ours: no relaying
 *	452 4.2.2  mailbox full			451 4.3.0  no postmaster yet */
int acceptance_sender(const struct acceptance *a, struct slice path, bool utf8,
    struct buf *address, struct smtp_reply *reply);
int acceptance_recipient(const struct acceptance *a, struct slice path,
    bool utf8, struct buf *address, struct smtp_reply *reply);

#endif
