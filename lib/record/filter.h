/* SPDX-License-Identifier: ISC */
#ifndef FE_RECORD_FILTER_H
#define FE_RECORD_FILTER_H

#include "base/cmd.h"
#include "record/output.h"
#include "record/stream.h"

/*
 * What every filter does alike (fe-record(5), input and output): finds out
 * whether standard input is one message or a stream, reads records, writes
 * them as records, text, JSON or mail, and ends with the right code.
 *
 *	struct filter filter;
 *	if (filter_open(&filter, &x_cmd, &conf.filter, &err) < 0)
 *		return cmd_fail(&err);
 *	sandbox_enter(...);
 *	while ((r = filter_next(&filter)) != NULL) {
 *		if (!filter_is_final(r)) work(r);
 *		filter_emit(&filter, r);
 *	}
 *	return filter_close(&filter);
 *
 * Records may be emitted in another order than they came; the end mark of a
 * segment is written once all records that were read are out, so that
 * segments may join where a filter holds several records at once.
 */
enum filter_input { INPUT_AUTO, INPUT_MAIL, INPUT_RECORD };

struct filter_conf {
	struct cmd_conf cmd;
	int input, output; /* the enums above */
	bool exit_code, crlf;
	const char *client_ip, *helo, *mail_from, *trust_received;
	struct option_list rcpt;
	int64_t size_max;
};
#define FILTER_OPTIONS(type, member) \
	CMD_OPTIONS(type, member.cmd), \
	{OPTION_CHOICE, 'i', "input", offsetof(type, member.input), "FORM", \
	    "auto", "auto|mail|record", .flags = OPTION_PER_RUN, \
	    .help = "what standard input holds: one message, or a stream of " \
	    "records"}, \
	{OPTION_CHOICE, 'o', "output", offsetof(type, member.output), \
	    "FORM", "auto", "auto|record|text|json|mail", \
	    .flags = OPTION_PER_RUN, \
	    .help = "write records, a report, metas alone, or the message"}, \
	{OPTION_FLAG, 'e', "exit-code", offsetof(type, member.exit_code), \
	    .flags = OPTION_PER_RUN, \
	    .help = "exit 1 when something was found (with -o text or json)"}, \
	{OPTION_FLAG, 0, "crlf", offsetof(type, member.crlf), \
	    .flags = OPTION_PER_RUN, .help = "CRLF line ends with -o mail"}, \
	{OPTION_TEXT, 0, "client-ip", offsetof(type, member.client_ip), \
	    "IP", .flags = OPTION_PER_RUN, \
	    .help = "address of the client that sent a plain message"}, \
	{OPTION_TEXT, 0, "helo", offsetof(type, member.helo), "NAME", \
	    .flags = OPTION_PER_RUN, \
	    .help = "what that client said in EHLO"}, \
	{OPTION_TEXT, 0, "mail-from", offsetof(type, member.mail_from), \
	    "ADDRESS", .flags = OPTION_PER_RUN, \
	    .help = "envelope sender of a plain message"}, \
	{OPTION_LIST, 0, "rcpt", offsetof(type, member.rcpt), "ADDRESS", \
	    .flags = OPTION_PER_RUN, \
	    .help = "envelope recipient of a plain message"}, \
	{OPTION_TEXT, 0, "trust-received", \
	    offsetof(type, member.trust_received), "HOST", \
	    .help = "take client and sender from the topmost Received by " \
	    "HOST"}, \
	{OPTION_SIZE, 0, "size-max", offsetof(type, member.size_max), \
	    "SIZE", "50M", .flags = OPTION_SHARED, \
	    .help = "largest message"}

struct filter {
	const struct cmd *cmd;
	const struct filter_conf *conf;
	enum filter_input input; /* as found out by the first filter_next */
	struct record_reader reader;
	struct output output;
	struct buf first;   /* what was peeked at */
	bool ended;         /* nothing more to read */
	bool no_wait;       /* filter_set_no_wait */
	bool set_nonblocking;
	bool finding;
	bool mark_due;      /* a segment is read whole, its mark not written */
	int64_t out;        /* records handed out and not yet emitted */
};

/* Decides on the output form, sets the delivery path (cmd.h); reads nothing,
 * so that the sandbox may come before the first octet.  A terminal as standard
 * input is ERR_USAGE. */
int filter_open(struct filter *f, const struct cmd *cmd,
    const struct filter_conf *conf, struct err *err);
/* The next record (the caller's), or NULL at the end or when input or output
 * is broken, which filter_close reports.  Blocks. */
struct record *filter_next(struct filter *f);
/* Waits for input; false where whoever reads the output, a pipe, is gone: then
 * filter_has_ended. */
bool filter_wait(struct filter *f);
/* For a filter that has more to wait for than its input: from now on
 * filter_next gives NULL, without an end, where it would block (a single
 * message is still read whole). */
int filter_set_no_wait(struct filter *f, struct err *err);
/* A body larger than that is not read yet; filter_next gives NULL instead,
 * and this says false until there is room for it. */
void filter_set_room(struct filter *f, int64_t octets);
bool filter_has_room(const struct filter *f);
/* Breaks the stream off: nothing more is read, no mark follows, and who wrote
 * it learns that what is not answered is not done.  A single message is not
 * touched, nor is what has ended. */
void filter_break(struct filter *f, const char *why);
/* No more records: the end, or a broken stream. */
bool filter_has_ended(const struct filter *f);
/* True when filter_next has octets to go on with; else it waits for standard
 * input (poll descriptor 0; a record that has begun is waited for). */
bool filter_has_ahead(const struct filter *f);
/* Verdict reject, discard or tempfail, or a receipt: later stages pass it
 * untouched. */
bool filter_is_final(const struct record *r);
/* Writes the record in the output form and frees it. */
void filter_emit(struct filter *f, struct record *r);
/* Something was found that -e turns into exit code 1 (-o text and json). */
void filter_found(struct filter *f);
/* End mark, flush; frees all; the exit code. */
int filter_close(struct filter *f);

#endif
