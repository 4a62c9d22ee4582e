/* SPDX-License-Identifier: ISC */
/*
 * fe-cat: messages out of files, Maildirs, mboxes and mailboxes become a
 * stream of records.  One process reads either files, which it parses, or
 * mailboxes, whose keys it holds.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cmd.h"
#include "base/home.h"
#include "base/id.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sandbox.h"
#include "crypto/keyring.h"
#include "record/gather.h"
#include "record/intake.h"
#include "record/match.h"
#include "record/output.h"
#include "store/place.h"
#include "store/recall.h"

struct cat_conf {
	struct cmd_conf cmd;
	int output;
	bool crlf;
	struct option_list rcpt;
	const char *since, *label, *query;
	int64_t size_max;
};

static const struct option_def options[] = {
    CMD_OPTIONS(struct cat_conf, cmd),
    {OPTION_CHOICE, 'o', "output", offsetof(struct cat_conf, output), "FORM",
	"auto", "auto|record|text|json|mail", .flags = OPTION_PER_RUN,
	.help = "write records, a report, metas alone, or the message"},
    {OPTION_FLAG, 0, "crlf", offsetof(struct cat_conf, crlf),
	.flags = OPTION_PER_RUN, .help = "CRLF line ends with -o mail"},
    {OPTION_LIST, 0, "rcpt", offsetof(struct cat_conf, rcpt), "ADDRESS",
	.flags = OPTION_PER_RUN,
	.help = "envelope recipient of every message"},
    {OPTION_TEXT, 0, "since", offsetof(struct cat_conf, since), "TIME",
	.flags = OPTION_PER_RUN,
	.help = "only what arrived since then: a date, or an age such as 6h"},
    {OPTION_TEXT, 0, "label", offsetof(struct cat_conf, label), "TEXT",
	.flags = OPTION_PER_RUN, .help = "put this into source.label"},
    {OPTION_TEXT, 0, "query", offsetof(struct cat_conf, query), "QUERY",
	.flags = OPTION_PER_RUN, .help = "only what matches"},
    {OPTION_SIZE, 0, "size-max", offsetof(struct cat_conf, size_max), "SIZE",
	"50M", .flags = OPTION_SHARED, .help = "largest message"},
    {OPTION_END}};

static const struct cmd cat_cmd = {.name = "fe-cat",
    .synopsis = "[options] [FILE | FOLDER | -]... [FIELD:WORD]...\n"
		"[options] ADDRESS[:FOLDER[/UID]]... [FIELD:WORD]...",
    .summary = "files, Maildirs, mboxes and mailboxes into a stream of records",
    .options = options,
    .flags = CMD_FILTER};

struct cat {
	const struct cat_conf *conf;
	struct output output;
	struct match *match; /* of files */
	struct query *query; /* of mailboxes */
	bool mailboxes;
	const char **sources;
	size_t sources_n;
	int code; /* the worst so far */
};

static void
failed(void *context, const struct err *err)
{
	struct cat *cat = context;
	int code = cmd_fail(err);

	if (code > cat->code)
		cat->code = code;
}

/* The id comes from what lies there, so that a second import is the same. */
static void
set_id(const struct source *source, struct slice octets, struct record *r)
{
	int64_t received_ms, date_ms;
	char id[ID_SIZE];

	gather_dates(octets, &received_ms, &date_ms);
	source_id(date_ms >= 0 ? date_ms : received_ms, source->folder, octets,
	    id);
	meta_set_text(&r->meta, "id", slice_text(id));
}

static int
give(struct cat *cat, const struct source *found, struct buf *octets)
{
	struct record *r = record_new();
	struct source source = *found;
	struct err err = ERR_INIT;
	struct buf lines = BUF_INIT;

	if (lines_look(buf_slice(octets), &lines) == LINES_MIXED)
		log_warning("'%s': the line ends change too often to be "
		    "kept", found->path.p);
	source.lines = buf_slice(&lines);
	source.label = slice_text(cat->conf->label);
	set_id(&source, buf_slice(octets), r);
	if (intake_body(octets, cat->conf->size_max, r, &err) < 0) {
		err_prefix(&err, "%.*s", SLICE_ARG(found->path));
		failed(cat, &err);
	} else {
		source_set(r, &source);
		intake_envelope(
		    &(struct intake){.rcpt = &cat->conf->rcpt}, r);
		output_put(&cat->output, r);
	}
	record_free(r);
	buf_free(&lines);
	return cat->output.broken ? -1 : 0;
}

static int
found(void *context, const struct source *source, struct buf *octets)
{
	struct cat *cat = context;

	if (!match_message(cat->match, buf_slice(octets), source))
		return 0;
	return give(cat, source, octets);
}

static int
recalled(void *context, struct record *r)
{
	struct cat *cat = context;

	if (cat->conf->rcpt.n > 0) {
		intake_envelope(
		    &(struct intake){.rcpt = &cat->conf->rcpt}, r);
		/* it was made for other recipients */
		meta_set(&r->meta, "plan", SLICE_NONE);
	}
	output_put(&cat->output, r);
	record_free(r);
	return cat->output.broken ? -1 : 0;
}

enum word { WORD_FILE, WORD_PLACE, WORD_QUERY };

/* What is there as a file is one; then an item of a query by its field, then
 * a mailbox. */
static enum word
kind_of_word(const char *word)
{
	if (strcmp(word, "-") == 0 || access(word, F_OK) == 0)
		return WORD_FILE;
	if (match_looks_like_item(slice_text(word)))
		return WORD_QUERY;
	return place_looks_like(slice_text(word)) ? WORD_PLACE : WORD_FILE;
}

static int
sort_words(struct cat *cat, struct buf *query, struct err *err)
{
	char **words = cat->conf->cmd.words;
	size_t files = 0;

	cat->sources = mem_array(NULL,
	    (size_t)cat->conf->cmd.words_n + 1, sizeof(*cat->sources));
	for (int i = 0; i < cat->conf->cmd.words_n; i++) {
		enum word kind = kind_of_word(words[i]);

		cat->mailboxes = cat->mailboxes || kind == WORD_PLACE;
		if (kind == WORD_QUERY) {
			buf_format(query, " %s", words[i]);
			continue;
		}
		cat->sources[cat->sources_n++] = words[i];
		files += kind == WORD_FILE;
	}
	if (cat->sources_n == 0) {
		cat->sources[cat->sources_n++] = "-";
		files++;
	}
	if (cat->mailboxes && files > 0)
		return err_set(err, ERR_USAGE, "mailboxes and files are not "
		    "read by one process: it would hold keys and parse mail");
	return 0;
}

static int
read_query(struct cat *cat, struct err *err)
{
	int64_t now = clock_now_ms();
	struct buf query = BUF_INIT;
	int result;

	if (cat->conf->query != NULL)
		buf_append_text(&query, cat->conf->query);
	result = sort_words(cat, &query, err);
	if (result == 0 && cat->conf->since != NULL)
		buf_format(&query, " since:%s", cat->conf->since);
	if (result == 0 && cat->mailboxes)
		result = query_parse(&cat->query, buf_slice(&query), now, err);
	else if (result == 0)
		result = match_parse(
		    &cat->match, buf_slice(&query), now, err);
	buf_free(&query);
	return result;
}

static int
check_sources(const struct cat *cat, struct err *err)
{
	for (size_t i = 0; i < cat->sources_n; i++)
		if (strcmp(cat->sources[i], "-") == 0 && isatty(STDIN_FILENO))
			return err_set(err, ERR_USAGE, "a message is expected "
			    "on standard input, and it is a terminal");
	return intake_check(
	    &(struct intake){.rcpt = &cat->conf->rcpt}, err);
}

static int
cat_files(struct cat *cat, struct err *err)
{
	struct gather gather = {.message = found, .failed = failed,
	    .context = cat, .size_max = cat->conf->size_max};
	struct sandbox_path *paths = mem_array(
	    NULL, cat->sources_n, sizeof(*paths));
	int result;

	for (size_t i = 0; i < cat->sources_n; i++)
		paths[i] = (struct sandbox_path){
		    cat->sources[i], SANDBOX_READ};
	result = sandbox_enter(SANDBOX_PARSE, paths, cat->sources_n,
	    cat->conf->cmd.sandbox == 1, err);
	free(paths);
	for (size_t i = 0; result == 0 && i < cat->sources_n; i++)
		if (gather_path(&gather, cat->sources[i]) < 0)
			break;
	return result;
}

static int
confine_to_mail(const struct cat *cat, struct err *err)
{
	struct buf mail = BUF_INIT, journal = BUF_INIT, service = BUF_INIT;
	struct sandbox_path paths[] = {
	    {home_file(&service, "keys/service"), SANDBOX_READ},
	    {home_file(&mail, "mail"), SANDBOX_READ | SANDBOX_WRITE},
	    {home_file(&journal, "journal"), SANDBOX_READ}};
	int result = sandbox_enter(
	    SANDBOX_STORE, paths, 3, cat->conf->cmd.sandbox == 1, err);

	buf_free(&mail);
	buf_free(&journal);
	buf_free(&service);
	return result;
}

static int
cat_mailboxes(struct cat *cat, struct err *err)
{
	struct service_keys keys = {.items = NULL};
	struct mailbox_opener opener = {.service = &keys};
	struct handles handles;
	struct recall recall = {.handles = &handles, .query = cat->query,
	    .label = cat->conf->label, .message = recalled, .context = cat};
	int done = 0;

	if (service_keys_read(&keys, err) < 0 ||
	    confine_to_mail(cat, err) < 0)
		return -1;
	handles_init(&handles, &opener);
	for (size_t i = 0; done != 1 && i < cat->sources_n; i++) {
		done = recall_place(
		    &recall, slice_text(cat->sources[i]), err);
		if (done < 0)
			failed(cat, err);
	}
	handles_free(&handles);
	service_keys_free(&keys);
	return 0;
}

static void
cat_free(struct cat *cat)
{
	match_free(cat->match);
	query_free(cat->query);
	free(cat->sources);
}

int
main(int argc, char *argv[])
{
	struct cat_conf conf = {.output = 0};
	struct cat cat = {.conf = &conf};
	struct err err = ERR_INIT;
	int code;

	cmd_start(&cat_cmd);
	if (option_parse(&cat_cmd, argc, argv, &conf, &err) < 0)
		return cmd_usage(&err);
	output_open(&cat.output, (enum filter_output)conf.output, conf.crlf);
	if (read_query(&cat, &err) < 0 || check_sources(&cat, &err) < 0) {
		cat_free(&cat);
		return cmd_usage(&err);
	}
	if ((cat.mailboxes ? cat_mailboxes : cat_files)(&cat, &err) < 0)
		output_fail(&cat.output, &err);
	output_mark(&cat.output);
	code = output_close(&cat.output);
	cat_free(&cat);
	return code > cat.code ? code : cat.code;
}
