/* SPDX-License-Identifier: ISC */
/*
 * fe-show: a message for human eyes, from a stream of records or a file.
 * What it writes to a terminal cannot drive the terminal, and its links lead
 * nowhere.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/io.h"
#include "base/sandbox.h"
#include "record/filter.h"
#include "record/lines.h"
#include "scan/view.h"

struct show_conf {
	struct filter_conf filter;
	bool headers, raw;
	int64_t part; /* -1: all of the message */
};

#define AT(member) offsetof(struct show_conf, member)
static const struct option_def options[] = {
    CMD_OPTIONS(struct show_conf, filter.cmd),
    {OPTION_CHOICE, 'i', "input", AT(filter.input), "FORM", "auto",
	"auto|mail|record", .flags = OPTION_PER_RUN,
	.help = "what comes in: one message, or a stream of records"},
    {OPTION_NUMBER, 0, "part", AT(part), "N", "-1", .min = -1,
	.max = MIME_PARTS_MAX, .flags = OPTION_PER_RUN,
	.help = "write the content of this part, decoded"},
    {OPTION_FLAG, 0, "headers", AT(headers), .flags = OPTION_PER_RUN,
	.help = "show all fields of the header, and nothing else"},
    {OPTION_FLAG, 0, "raw", AT(raw), .flags = OPTION_PER_RUN,
	.help = "write the octets of the message"},
    {OPTION_SIZE, 0, "size-max", AT(filter.size_max), "SIZE", "50M",
	.flags = OPTION_SHARED, .help = "largest message"},
    {OPTION_END}};

static const struct cmd show_cmd = {.name = "fe-show",
    .synopsis = "[options] [FILE]",
    .summary = "show a message to human eyes, its links defanged",
    .options = options};

/* A file takes the place of standard input. */
static int
open_file(const struct show_conf *conf, struct err *err)
{
	const char *path = conf->filter.cmd.words[0];
	int fd;

	if (conf->filter.cmd.words_n > 1)
		return err_set(err, ERR_USAGE, "one file at a time: join "
		    "several with fe-cat");
	if (conf->headers + conf->raw + (conf->part >= 0) > 1)
		return err_set(err, ERR_USAGE, "--part, --headers and --raw "
		    "exclude each other");
	if (path == NULL || slice_is(slice_text(path), "-"))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || dup2(fd, STDIN_FILENO) < 0)
		return err_errno(err, "cannot open '%s'", path);
	close(fd);
	return 0;
}

/* The octets for a file; for a terminal what is safe there. */
static int
render(const struct show_conf *conf, const struct record *r, bool terminal,
    struct buf *out, struct err *err)
{
	if (conf->part >= 0)
		return view_part(r, conf->part, terminal, out, err);
	if (conf->raw && !terminal) {
		lines_to_lf(buf_slice(&r->body), out);
		return 0;
	}
	if ((conf->raw ? view_raw : conf->headers ? view_header
	    : view_message)(r, out) < 0) {
		buf_truncate(out, out->max - 64);
		out->max += 64;
		buf_append_text(out, "\n(the rest is left out)\n");
	}
	return 0;
}

static void
show_all(const struct show_conf *conf, struct filter *f)
{
	bool terminal = isatty(STDOUT_FILENO);
	bool octets = (conf->raw && !terminal) || conf->part >= 0;
	struct err err = ERR_INIT;
	struct record *r;
	size_t n = 0;

	while ((r = filter_next(f)) != NULL) {
		struct buf out = BUF_LIMITED(octets ? (size_t)conf->filter
		    .size_max : VIEW_SIZE_MAX);

		if (n++ > 0 && !octets)
			buf_append_text(&out, "\n=====\n\n");
		if (render(conf, r, terminal, &out, &err) < 0)
			output_fail(&f->output, &err);
		else if (io_write(STDOUT_FILENO, out.p, out.n) < 0) {
			f->output.gone = errno == EPIPE;
			err_errno(&err, "cannot write standard output");
			output_fail(&f->output, &err);
		}
		buf_free(&out);
		record_free(r);
	}
}

int
main(int argc, char *argv[])
{
	struct show_conf conf = {.part = -1};
	struct filter filter;
	struct err err = ERR_INIT;

	cmd_start(&show_cmd);
	if (option_parse(&show_cmd, argc, argv, &conf, &err) < 0)
		return cmd_usage(&err);
	conf.filter.output = OUTPUT_TEXT;
	if (open_file(&conf, &err) < 0)
		return cmd_fail(&err);
	if (filter_open(&filter, &show_cmd, &conf.filter, &err) < 0)
		return cmd_fail(&err);
	if (sandbox_enter(SANDBOX_PARSE, NULL, 0, conf.filter.cmd.sandbox,
	    &err) < 0)
		return cmd_fail(&err);
	show_all(&conf, &filter);
	return filter_close(&filter);
}
