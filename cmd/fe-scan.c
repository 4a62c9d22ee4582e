/* SPDX-License-Identifier: ISC */
/*
 * fe-scan: states what a message holds.  Each layer writes a member of
 * `scan'; X-Fe-Scan goes into `headers'.  It decides nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/home.h"
#include "base/mem.h"
#include "base/sandbox.h"
#include "mail/charset.h"
#include "record/filter.h"
#include "scan/attachment.h"
#include "scan/phishing.h"
#include "scan/spam.h"

#define FIELD "X-Fe-Scan"

struct scan_conf {
	struct filter_conf filter;
	const char *model;
	bool explain;
};

#define AT(member) offsetof(struct scan_conf, member)
static const struct option_def options[] = {
    FILTER_OPTIONS(struct scan_conf, filter),
    {OPTION_TEXT, 0, "model", AT(model), "FILE",
	.help = "the spam model (default: model/site.model of the home)"},
    {OPTION_FLAG, 0, "explain", AT(explain), .flags = OPTION_PER_RUN,
	.help = "state the features that weighed most"},
    {OPTION_END}};

static const struct cmd scan_cmd = {.name = "fe-scan",
    .synopsis = "[options] < message",
    .summary = "state what a message holds: spam, links, deceit, files",
    .options = options,
    .flags = CMD_FILTER};

struct scan {
	const struct scan_conf *conf;
	struct filter filter;
	struct buf path; /* of the model */
	struct spam_scanner spam;
};

/* Layers that ran, and how long. */
static void
put_layer(struct json_writer *w, const char *name, int64_t since_us)
{
	json_open_object(w, NULL);
	json_put_text(w, "layer", name);
	json_put_integer(w, "us", clock_monotonic_us() - since_us);
	json_close_object(w);
}

/* A field of that name that came with the message is not ours. */
static void
put_header(struct record *r, const struct spam_result *spam)
{
	struct buf value = BUF_INIT;

	meta_drop_header_ops(&r->meta, scan_cmd.name);
	meta_add_header_op(&r->meta, HEADER_DELETE, FIELD, SLICE_NONE, 0,
	    scan_cmd.name);
	buf_format(&value, "spam=%s score=%.4f", spam->class, spam->score);
	meta_add_header_op(&r->meta, HEADER_PREPEND, FIELD, buf_slice(&value),
	    0, scan_cmd.name);
	buf_free(&value);
}

/* Where links lead, what deceives about the author, what is attached. */
static void
scan_parts(const struct record *r, struct json_writer *w,
    struct json_writer *layers)
{
	int64_t since_us = clock_monotonic_us();
	struct phishing phishing;
	struct header header;
	struct urls urls;
	struct mime mime;

	mime_parse(&mime, buf_slice(&r->body), NULL);
	urls_find(&urls, &mime);
	urls_write(&urls, w);
	put_layer(layers, "urls", since_us);
	since_us = clock_monotonic_us();
	header_parse(&header, buf_slice(&r->body));
	phishing_find(&phishing, &header, &urls, &r->meta);
	phishing_write(&phishing, w);
	put_layer(layers, "phishing", since_us);
	since_us = clock_monotonic_us();
	attachments_write(&mime, w);
	put_layer(layers, "attachments", since_us);
	phishing_free(&phishing);
	header_free(&header);
	urls_free(&urls);
	mime_free(&mime);
}

static void
scan_record(struct scan *s, struct record *r)
{
	struct buf json = BUF_LIMITED(META_SCAN_MAX);
	struct buf layers = BUF_INIT;
	struct json_writer w = JSON_WRITER(&json);
	struct json_writer l = JSON_WRITER(&layers);
	struct spam_result spam;
	int64_t since_us = clock_monotonic_us();

	json_open_object(&w, NULL);
	json_open_array(&l, NULL);
	spam_scan(&s->spam, buf_slice(&r->body), s->conf->explain, &spam);
	spam_write(&s->spam, &spam, &w);
	put_layer(&l, "spam", since_us);
	scan_parts(r, &w, &l);
	json_close_array(&l);
	json_put_raw(&w, "layers", buf_slice(&layers));
	json_close_object(&w);
	if (w.failed)
		meta_set_tempfail(&r->meta, scan_cmd.name,
		    "the facts about the message are too long");
	else
		meta_set(&r->meta, "scan", buf_slice(&json));
	put_header(r, &spam);
	if (strcmp(spam.class, "spam") == 0)
		filter_found(&s->filter);
	buf_free(&json);
	buf_free(&layers);
}

static void
scan_all(struct scan *s)
{
	struct record *r;

	while ((r = filter_next(&s->filter)) != NULL) {
		int64_t cpu_us = clock_cpu_us();
		int64_t wall_us = clock_monotonic_us();

		if (!filter_is_final(r)) {
			scan_record(s, r);
			meta_add_timing(&r->meta, scan_cmd.name,
			    clock_cpu_us() - cpu_us,
			    clock_monotonic_us() - wall_us);
		}
		filter_emit(&s->filter, r);
	}
}

/* The folder of the model stays readable, since the file is replaced. */
static int
confine(const struct scan *s, struct err *err)
{
	char *folder = mem_text(buf_text(&s->path));
	char *slash = strrchr(folder, '/');
	struct sandbox_path path = {slash != NULL ? folder : ".",
	    SANDBOX_READ};
	int result;

	if (slash != NULL)
		slash[slash == folder] = '\0';
	result = sandbox_enter(SANDBOX_PARSE, &path, 1,
	    s->conf->filter.cmd.sandbox, err);
	free(folder);
	return result;
}

static int
run(struct scan *s)
{
	struct err err = ERR_INIT;
	int code;

	if (s->conf->model != NULL)
		buf_append_text(&s->path, s->conf->model);
	else
		home_file(&s->path, "model/site.model");
	if (filter_open(&s->filter, &scan_cmd, &s->conf->filter, &err) < 0)
		return cmd_fail(&err);
	charset_preload();
	spam_open(&s->spam, buf_text(&s->path),
	    s->conf->model == NULL ? FE_DATADIR "/starter.model" : NULL);
	if (confine(s, &err) < 0) {
		code = cmd_fail(&err);
	} else {
		scan_all(s);
		code = filter_close(&s->filter);
	}
	spam_close(&s->spam);
	return code;
}

int
main(int argc, char *argv[])
{
	struct scan_conf conf = {.explain = false};
	struct scan scan = {.conf = &conf, .path = BUF_INIT};
	struct err err = ERR_INIT;
	int code;

	cmd_start(&scan_cmd);
	if (option_parse(&scan_cmd, argc, argv, &conf, &err) < 0)
		return cmd_usage(&err);
	code = run(&scan);
	buf_free(&scan.path);
	return code;
}
