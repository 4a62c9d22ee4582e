/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_SMTP_TRANSACTION_H
#define FE_NET_SMTP_TRANSACTION_H

#include "net/smtp_session.h"

/*
 * Between the dialogue (smtp_session.c) and its mail transaction
 * (smtp_transaction.c).
 */

/* Says no, and counts it. */
void smtp_refuse(struct smtp_session *s, int code, const char *enhanced,
    const char *text);
void smtp_refuse_with(struct smtp_session *s, const struct smtp_reply *reply);

/* MAIL, RCPT, DATA and BDAT. */
void smtp_do_mail(struct smtp_session *s, const struct smtp_command *command);
void smtp_do_rcpt(struct smtp_session *s, const struct smtp_command *command);
void smtp_do_data(struct smtp_session *s, const struct smtp_command *command);
void smtp_do_bdat(struct smtp_session *s, const struct smtp_command *command);
/* Forgets envelope and message, and what was forwarded of its client. */
void smtp_transaction_reset(struct smtp_session *s);

#endif
