/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_ERR_H
#define FE_BASE_ERR_H

/*
 * What went wrong, and who must act.  Library functions return -1 (or NULL)
 * and fill a struct err; they never print and never exit.  The command
 * decides what to say and with which code to leave (cmd.h).
 *
 * Text: lower case, no full stop, fault first, subject in quotes, errno last:
 *	cannot open '/etc/fe/fe.conf': Permission denied
 */
enum err_kind {
	ERR_NONE,
	ERR_USAGE,   /* the person who typed the command */
	ERR_MESSAGE, /* this message is bad; nobody can mend it */
	ERR_CONFIG,  /* the administrator */
	ERR_SYSTEM,  /* nobody: a retry may help */
	ERR_BUG      /* us */
};

struct err {
	enum err_kind kind;
	char text[512];
};

#define ERR_INIT {ERR_NONE, ""}

/* Both set kind and text (cut at 511 octets) and return -1, so that a
 * caller can write `return err_set(err, ...)'.  err may be NULL. */
int err_set(struct err *err, enum err_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As err_set with ERR_SYSTEM, and ": " strerror(errno) behind the text. */
int err_errno(struct err *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Puts "text: " before what is there (a subject the callee did not know).
 * Returns -1. */
int err_prefix(struct err *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Forgets the error. */
void err_clear(struct err *err);

#endif
