/* SPDX-License-Identifier: ISC */
/*
 * fe-unpack: what is in an archive, in bounds.  A program of its own, since
 * libarchive reads the most hostile octets there are; fe-scan runs it.
 */
#include <locale.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cmd.h"
#include "base/io.h"
#include "base/sandbox.h"
#include "record/render.h"
#include "scan/content.h"
#include "scan/unpack.h"
#include "scan/unpacker.h"

#define MEMORY_MAX ((rlim_t)512 << 20)

enum { FORM_TEXT, FORM_JSON };

struct unpack_conf {
	struct cmd_conf cmd;
	int form;
	bool serve;
	int64_t depth, files, size, ratio, time, archive_max;
};

#define AT(member) offsetof(struct unpack_conf, member)
static const struct option_def options[] = {
    CMD_OPTIONS(struct unpack_conf, cmd),
    {OPTION_CHOICE, 'o', "output", AT(form), "FORM", "text", "text|json",
	.flags = OPTION_PER_RUN, .help = "a report, or one JSON object"},
    {OPTION_FLAG, 0, "serve", AT(serve), .flags = OPTION_PER_RUN,
	.help = "answer fe-scan on a socket, standard input"},
    {OPTION_NUMBER, 0, "depth-max", AT(depth), "N", "4", .min = 1, .max = 16,
	.help = "archives in archives that are opened"},
    {OPTION_NUMBER, 0, "files-max", AT(files), "N", "2000", .min = 1,
	.max = 1000000, .help = "files in all of them"},
    {OPTION_SIZE, 0, "unpacked-max", AT(size), "SIZE", "64M",
	.help = "octets of all of them, unpacked"},
    {OPTION_NUMBER, 0, "ratio-max", AT(ratio), "N", "200", .min = 2,
	.max = 1000000, .help = "unpacked to packed, from 4 MiB on"},
    {OPTION_DURATION, 0, "time-max", AT(time), "TIME", "5s", .min = 1,
	.max = 60, .help = "for one archive with all that is in it"},
    {OPTION_SIZE, 0, "size-max", AT(archive_max), "SIZE", "50M",
	.flags = OPTION_SHARED, .help = "largest archive"},
    {OPTION_END}};

static const struct cmd unpack_cmd = {.name = "fe-unpack",
    .synopsis = "[options] < archive",
    .summary = "state what is in an archive, in bounds",
    .options = options};

static void
look(void *context, struct slice octets, struct buf *out)
{
	const struct unpack_conf *conf = context;
	const struct unpack_limits limits = {conf->depth, conf->files,
	    conf->size, conf->ratio, conf->time * 1000};
	struct unpack_result result;

	unpack_look(octets, &limits, &result);
	unpack_write(&result, out);
}

static void
put_words(struct slice list, struct buf *out)
{
	struct json_walk walk = json_walk(list);
	struct slice word;

	while (json_next(&walk, NULL, &word)) {
		buf_append_char(out, ' ');
		buf_append_slice(out, json_plain(word));
	}
}

static void
put_name(struct slice name, struct buf *out)
{
	struct buf text = BUF_INIT;

	if (json_string(name, &text) == 0)
		render_safe(out, buf_slice(&text));
	buf_free(&text);
}

static void
put_report(struct slice facts, struct buf *out)
{
	struct json_walk walk = json_walk(json_get(facts, "items"));
	struct slice item;

	buf_format(out, "%.*s files, %.*s octets unpacked, depth %.*s\n",
	    SLICE_ARG(json_get(facts, "files")),
	    SLICE_ARG(json_get(facts, "size")),
	    SLICE_ARG(json_get(facts, "depth")));
	if (json_get(facts, "limit").p != NULL)
		buf_format(out, "limit reached: %.*s\n",
		    SLICE_ARG(json_plain(json_get(facts, "limit"))));
	if (json_get(facts, "flags").p != NULL) {
		buf_append_text(out, "flags:");
		put_words(json_get(facts, "flags"), out);
		buf_append_char(out, '\n');
	}
	while (json_next(&walk, NULL, &item)) {
		buf_append_text(out, "  ");
		put_name(json_get(item, "name"), out);
		buf_append_slice(out, json_get(item, "truncated"));
		if (json_get(item, "truncated").p != NULL)
			buf_append_text(out, " more");
		put_words(json_get(item, "flags"), out);
		buf_append_char(out, '\n');
	}
}

static int
look_once(struct unpack_conf *conf, struct slice octets, struct err *err)
{
	struct buf facts = BUF_INIT, report = BUF_INIT;
	int result;

	if (!content_is_archive(content_kind(octets)))
		return err_set(err, ERR_MESSAGE,
		    "standard input is no archive that is known here");
	look(conf, octets, &facts);
	if (conf->form == FORM_TEXT) {
		put_report(buf_slice(&facts), &report);
	} else {
		buf_append_slice(&report, buf_slice(&facts));
		buf_append_char(&report, '\n');
	}
	result = cmd_put(&report, err);
	buf_free(&facts);
	buf_free(&report);
	return result;
}

/* What a format makes the library ask for is bounded, too. */
static int
confine(const struct unpack_conf *conf, struct err *err)
{
#ifndef FE_SANITIZE
	const struct rlimit memory = {MEMORY_MAX, MEMORY_MAX};

	if (setrlimit(RLIMIT_AS, &memory) < 0)
		return err_errno(err, "cannot limit memory");
#endif
	return sandbox_enter(SANDBOX_SESSION, NULL, 0, conf->cmd.sandbox, err);
}

static int
run(struct unpack_conf *conf, struct err *err)
{
	struct buf octets = BUF_LIMITED((size_t)conf->archive_max);
	struct stat input;
	int result;

	if (conf->serve && (fstat(STDIN_FILENO, &input) < 0 ||
	    !S_ISSOCK(input.st_mode)))
		return err_set(err, ERR_USAGE,
		    "--serve needs a socket on standard input");
	if (confine(conf, err) < 0)
		return -1;
	if (conf->serve)
		return unpacker_serve(STDIN_FILENO,
		    (unsigned)conf->time + 2, look, conf, err);
	if (isatty(STDIN_FILENO))
		return err_set(err, ERR_USAGE,
		    "an archive is expected on standard input");
	result = io_read_all(STDIN_FILENO, "the archive", &octets, err);
	if (result == 0)
		result = look_once(conf, buf_slice(&octets), err);
	buf_free(&octets);
	return result;
}

int
main(int argc, char *argv[])
{
	struct unpack_conf conf = {.serve = false};
	struct err err = ERR_INIT;

	cmd_start(&unpack_cmd);
	/* or the library cannot read names, which are UTF-8 here */
	setlocale(LC_CTYPE, "C.UTF-8");
	if (option_parse(&unpack_cmd, argc, argv, &conf, &err) < 0)
		return cmd_usage(&err);
	if (run(&conf, &err) < 0)
		return err.kind == ERR_USAGE ? cmd_usage(&err)
		    : cmd_fail(&err);
	return cmd_finish(&err);
}
