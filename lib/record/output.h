/* SPDX-License-Identifier: ISC */
#ifndef FE_RECORD_OUTPUT_H
#define FE_RECORD_OUTPUT_H

#include "record/stream.h"

/*
 * Standard output in one of four forms, of a filter or of who makes records.
 * After a write has failed the rest is swallowed; output_close tells.
 */
enum filter_output { OUTPUT_AUTO, OUTPUT_RECORD, OUTPUT_TEXT, OUTPUT_JSON,
	OUTPUT_MAIL };

struct output {
	enum filter_output form; /* never OUTPUT_AUTO */
	bool crlf;  /* line ends of -o mail */
	bool plain; /* -o text says that one message was read */
	struct record_writer writer;
	struct buf text; /* rendered; -o mail is held here until whole */
	int64_t written; /* records */
	bool broken;     /* err tells */
	bool gone;       /* the reader is (EPIPE) */
	struct err err;
};

/* OUTPUT_AUTO is text on a terminal, else records.  Sets the delivery path
 * (cmd.h): records and mail are on it. */
void output_open(struct output *o, enum filter_output form, bool crlf);
/* The record stays the caller's. */
void output_put(struct output *o, struct record *r);
/* An end mark, with -o record. */
void output_mark(struct output *o);
/* The input or the work failed: no mail is written, and output_close returns
 * the code of this error (the first one counts). */
void output_fail(struct output *o, const struct err *err);
/* Writes the mail, flushes, tells the first fault, frees; the exit code. */
int output_close(struct output *o);

#endif
