/* SPDX-License-Identifier: ISC */
/*
 * Who may be written to.  Paths come from strangers.
 */
#include "acceptance.h"

#include <string.h>
#include <unistd.h>

#include "mail/address.h"

int
acceptance_open(struct acceptance *a, struct err *err)
{
	if (recipients_open(&a->recipients, err) < 0)
		return -1;
	return recipients_open_file(&a->full, "run/full", err);
}

int
acceptance_replace(struct acceptance *a, const int fds[2], struct err *err)
{
	struct recipients fresh[2];
	int results[2];

	for (int i = 0; i < 2; i++) {
		results[i] = recipients_open_fd(&fresh[i], fds[i], err);
		close(fds[i]);
	}
	if (results[0] < 0 || results[1] < 0) {
		for (int i = 0; i < 2; i++)
			if (results[i] == 0)
				recipients_close(&fresh[i]);
		return -1;
	}
	acceptance_close(a);
	a->recipients = fresh[0];
	a->full = fresh[1];
	return 0;
}

void
acceptance_close(struct acceptance *a)
{
	recipients_close(&a->recipients);
	recipients_close(&a->full);
}

static bool
is_ascii(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] > 0x7e)
			return false;
	return true;
}

static int
parse(struct slice path, bool utf8, struct slice *local, struct slice *domain,
    const char *enhanced, struct smtp_reply *reply)
{
	if (!utf8 && !is_ascii(path)) {
		smtp_reply_set(reply, 553, "5.6.7",
		    "that address needs SMTPUTF8");
		return -1;
	}
	if (address_parse_path(path, utf8, local, domain) < 0) {
		smtp_reply_set(reply, 501, enhanced, "not a valid address");
		return -1;
	}
	return 0;
}

static void
put_address(struct buf *out, struct slice local, struct slice domain)
{
	buf_append_slice(out, local);
	buf_append_char(out, '@');
	buf_append_slice(out, domain);
}

int
acceptance_sender(const struct acceptance *a, struct slice path, bool utf8,
    struct buf *address, struct smtp_reply *reply)
{
	struct slice local, domain;

	(void)a;
	if (parse(path, utf8, &local, &domain, "5.1.7", reply) < 0)
		return -1;
	if (domain.n > 0)
		put_address(address, local, domain);
	else if (local.n > 0) {
		smtp_reply_set(reply, 501, "5.1.8",
		    "a sender's address has a domain");
		return -1;
	}
	return 0;
}

/* The account of the first line whose mailbox is in the domain. */
static struct slice
first_account(const struct acceptance *a)
{
	struct slice rest = {a->recipients.p, a->recipients.n};

	while (rest.p != NULL && a->domain != NULL) {
		struct slice mailbox = slice_line(&rest);
		struct slice account, domain;

		slice_cut(&mailbox, '\t');
		account = mailbox;
		domain = mailbox;
		if (domain.p == NULL)
			continue;
		slice_cut(&domain, '@');
		if (slice_case_is(domain, a->domain))
			return account;
	}
	return SLICE_NONE;
}

static bool
is_full(const struct acceptance *a, struct slice mailbox)
{
	struct slice rest = {a->full.p, a->full.n};

	while (rest.p != NULL) {
		struct slice line = slice_line(&rest);

		slice_cut(&line, '\t');
		if (slice_case_equal(line, mailbox))
			return true;
	}
	return false;
}

/* postmaster and abuse, alone or in a domain of ours (RFC 5321, 4.5.1; RFC
 * 2142). */
static bool
is_role(const struct acceptance *a, struct slice local, struct slice domain)
{
	if (!slice_case_is(local, "postmaster") &&
	    !slice_case_is(local, "abuse"))
		return false;
	return domain.n == 0 ||
	    (a->domain != NULL && slice_case_is(domain, a->domain)) ||
	    recipients_has_domain(&a->recipients, domain);
}

static int
find_role(const struct acceptance *a, struct slice *mailbox,
    struct buf *address, struct smtp_reply *reply)
{
	struct slice target = a->postmaster != NULL
	    ? slice_text(a->postmaster) : first_account(a);

	*mailbox = recipients_find(&a->recipients, target, a->delimiter);
	if (mailbox->p == NULL && a->postmaster == NULL)
		*mailbox = target; /* its own address may be an alias only */
	if (mailbox->p == NULL) {
		smtp_reply_set(reply, 451, "4.3.0", "no postmaster here yet");
		return -1;
	}
	buf_append_slice(address, target);
	return 0;
}

int
acceptance_recipient(const struct acceptance *a, struct slice path, bool utf8,
    struct buf *address, struct smtp_reply *reply)
{
	struct buf whole = BUF_LIMITED(1024);
	struct slice local, domain, mailbox = SLICE_NONE;
	int result = -1;

	if (parse(path, utf8, &local, &domain, "5.1.3", reply) < 0)
		return -1;
	if (domain.n > 0) {
		put_address(&whole, local, domain);
		mailbox = recipients_find(
		    &a->recipients, buf_slice(&whole), a->delimiter);
	}
	if (mailbox.p != NULL) {
		buf_append_slice(address, buf_slice(&whole));
		result = 0;
	} else if (is_role(a, local, domain)) {
		result = find_role(a, &mailbox, address, reply);
	} else if (domain.n == 0) {
		smtp_reply_set(reply, 501, "5.1.3", "not a valid address");
	} else if ((a->domain != NULL && slice_case_is(domain, a->domain)) ||
	    recipients_has_domain(&a->recipients, domain)) {
		smtp_reply_set(reply, 550, "5.1.1", "no such mailbox here");
	} else {
		smtp_reply_set(reply, 550, "5.7.1",
		    "that domain is not ours; relaying denied");
	}
	if (result == 0 && is_full(a, mailbox)) {
		buf_truncate(address, 0);
		smtp_reply_set(reply, 452, "4.2.2", "mailbox full");
		result = -1;
	}
	buf_free(&whole);
	return result;
}
