/* SPDX-License-Identifier: ISC */
/*
 * Records to standard output.  A dead reader is silence where people read,
 * and a failure where programs do.
 */
#include "record/output.h"

#include <errno.h>
#include <unistd.h>

#include "base/cmd.h"
#include "base/io.h"
#include "record/render.h"

void
output_open(struct output *o, enum filter_output form, bool crlf)
{
	*o = (struct output){.form = form, .crlf = crlf, .text = BUF_INIT,
	    .err = ERR_INIT};
	if (form == OUTPUT_AUTO)
		o->form = isatty(STDOUT_FILENO) ? OUTPUT_TEXT : OUTPUT_RECORD;
	cmd_set_delivery(o->form == OUTPUT_RECORD || o->form == OUTPUT_MAIL);
	record_writer_init(&o->writer, STDOUT_FILENO);
}

void
output_fail(struct output *o, const struct err *err)
{
	if (o->broken)
		return;
	o->broken = true;
	o->err = *err;
}

static void
write_failed(struct output *o, const struct err *err)
{
	o->gone = o->gone || (errno == EPIPE && err->kind == ERR_SYSTEM);
	output_fail(o, err);
}

static int
render(struct output *o, struct record *r, struct err *err)
{
	switch (o->form) {
	case OUTPUT_TEXT:
		render_text(r, o->plain, &o->text);
		return 0;
	case OUTPUT_JSON:
		return render_json(r, &o->text, err);
	default:
		if (o->written > 0)
			return err_set(err, ERR_MESSAGE,
			    "-o mail writes one message, and there are more");
		return render_mail(r, o->crlf, &o->text, err);
	}
}

static void
write_text(struct output *o)
{
	struct err err = ERR_INIT;

	if (io_write(STDOUT_FILENO, buf_text(&o->text), o->text.n) < 0) {
		err_errno(&err, "cannot write standard output");
		write_failed(o, &err);
	}
	buf_reset(&o->text);
}

void
output_put(struct output *o, struct record *r)
{
	struct err err = ERR_INIT;

	if (o->gone)
		return;
	if (o->form == OUTPUT_RECORD) {
		if (record_write(&o->writer, r, &err) < 0)
			write_failed(o, &err);
	} else if (render(o, r, &err) < 0) {
		output_fail(o, &err);
	} else if (o->form != OUTPUT_MAIL) {
		write_text(o);
	}
	o->written++;
}

void
output_mark(struct output *o)
{
	struct err err = ERR_INIT;

	if (o->form == OUTPUT_RECORD && !o->broken &&
	    record_write_mark(&o->writer, &err) < 0)
		write_failed(o, &err);
}

static void
write_mail(struct output *o)
{
	struct err err = ERR_INIT;

	if (o->form != OUTPUT_MAIL || o->broken)
		return;
	if (o->written > 0) {
		write_text(o);
		return;
	}
	err_set(&err, ERR_SYSTEM, "there is no message to write");
	output_fail(o, &err);
}

int
output_close(struct output *o)
{
	struct err err = ERR_INIT;
	int code;

	write_mail(o);
	if (o->gone)
		code = cmd_is_delivery() ? EXIT_RETRY : EXIT_DONE;
	else if (o->broken)
		code = cmd_fail(&o->err);
	else
		code = cmd_finish(&err);
	record_writer_free(&o->writer);
	buf_free(&o->text);
	return code;
}
