/* SPDX-License-Identifier: ISC */
/* The verbs of fe-log: what is in logs that are there, and what goes. */
#include "ops/log_verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/home.h"
#include "base/io.h"
#include "base/json.h"
#include "base/log.h"
#include "ops/log_audit.h"
#include "ops/log_file.h"

/* What a verb works on where nothing is named. */
static const char *
default_folder(void)
{
	static struct buf path = BUF_INIT;

	return path.p != NULL ? path.p : home_file(&path, "log");
}

/* ---- audit ---- */

struct audit {
	const struct log_conf *conf;
	const char *file;
	int64_t of_file;
};

static void
say_others(struct audit *a)
{
	if (a->file != NULL && a->of_file > a->conf->max &&
	    a->conf->output == LOG_OUTPUT_TEXT)
		printf("%s: %lld more\n", a->file,
		    (long long)(a->of_file - a->conf->max));
	a->of_file = 0;
}

static void
print_safe(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		putchar((unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7f
			    ? '?'
			    : text.p[i]);
}

static void
print_found_json(const struct audit *a, const struct log_audit_finding *f)
{
	struct buf line = BUF_INIT;
	struct json_writer w = JSON_WRITER(&line);

	json_open_object(&w, NULL);
	json_put_text(&w, "file", f->file);
	json_put_integer(&w, "line", f->line);
	json_put_text(&w, "kind", log_audit_kind_text(f->kind));
	if (a->conf->cmd.verbose > 0)
		json_put_slice(&w, "text", f->text);
	json_close_object(&w);
	puts(buf_text(&line));
	buf_free(&line);
}

static void
on_found(void *cookie, const struct log_audit_finding *f)
{
	struct audit *a = cookie;

	if (a->file == NULL || strcmp(a->file, f->file) != 0) {
		say_others(a);
		a->file = f->file;
	}
	if (++a->of_file > a->conf->max)
		return;
	if (a->conf->output == LOG_OUTPUT_JSON) {
		print_found_json(a, f);
		return;
	}
	print_safe(slice_text(f->file));
	printf(":%lld: %s", (long long)f->line, log_audit_kind_text(f->kind));
	/* cron's mail is no place for what should not be in a log */
	if (a->conf->cmd.verbose > 0) {
		printf(": ");
		print_safe(f->text);
	}
	putchar('\n');
}

static void
on_failed(void *cookie, const struct err *err)
{
	(void)cookie;
	log_error("%s", err->text);
}

int
log_verb_audit(struct log_conf *conf, char **paths, struct err *err)
{
	struct audit mine = {.conf = conf};
	struct log_audit audit = {.found = on_found,
	    .failed = on_failed,
	    .cookie = &mine,
	    .rest = BUF_INIT,
	    .plain = BUF_INIT};
	int code;

	if (*paths == NULL)
		log_audit_path(&audit, default_folder());
	for (; *paths != NULL; paths++) {
		say_others(&mine);
		mine.file = NULL;
		if (strcmp(*paths, "-") == 0)
			log_audit_fd(&audit, STDIN_FILENO, "-");
		else
			log_audit_path(&audit, *paths);
	}
	say_others(&mine);
	if (conf->output == LOG_OUTPUT_TEXT && !conf->cmd.quiet)
		printf("%lld files, %lld lines, %lld found\n",
		    (long long)audit.files, (long long)audit.lines,
		    (long long)audit.findings);
	log_audit_free(&audit);
	code = cmd_finish(err);
	if (code != EXIT_DONE)
		return code;
	return audit.findings > 0   ? EXIT_FINDING
	       : audit.failures > 0 ? EXIT_RETRY
				    : EXIT_DONE;
}

/* ---- find ---- */

static void
put_found(
    const struct log_conf *conf, const struct log_key *key, struct slice name)
{
	const struct scrub s = {.key = key->key};
	struct buf text = BUF_INIT, line = BUF_INIT;
	struct json_writer w = JSON_WRITER(&line);
	char date[LOG_KEY_DATE_SIZE], network[PSEUDONYM_IP_SIZE];

	name = slice_trim(name);
	if (pseudonym_ip(name, network) == 0)
		buf_append_text(&text, network);
	else
		scrub_name(&s, name, &text);
	if (conf->output == LOG_OUTPUT_JSON) {
		json_open_object(&w, NULL);
		json_put_text(&w, "date", log_key_date(key->day, date));
		json_put_slice(&w, "name", name);
		json_put_text(&w, "pseudonym", buf_text(&text));
		json_close_object(&w);
		puts(buf_text(&line));
	} else {
		puts(buf_text(&text));
	}
	buf_free(&text);
	buf_free(&line);
}

static int
find_lines(
    const struct log_conf *conf, const struct log_key *key, struct err *err)
{
	struct buf input = BUF_LIMITED((size_t)16 << 20);
	struct slice rest;
	int result = io_read_all(STDIN_FILENO, "-", &input, err);

	rest = buf_slice(&input);
	while (result == 0 && rest.n > 0 && rest.p != NULL) {
		struct slice line = slice_trim(slice_line(&rest));

		if (line.n > 0)
			put_found(conf, key, line);
	}
	buf_free(&input);
	return result;
}

int
log_verb_find(struct log_conf *conf, char **names, struct err *err)
{
	int64_t now = clock_now_ms();
	int64_t day = log_key_day(conf->date >= 0 ? conf->date : now);
	struct log_key key = LOG_KEY_INIT;
	char date[LOG_KEY_DATE_SIZE];
	int there, result = 0;

	if (*names == NULL)
		cmd_usage_exit("find needs an address, or - for lines of them");
	if (day > log_key_day(now))
		cmd_usage_exit("that day has not come yet");
	there = log_key_read(&key, day, err);
	if (there < 0)
		return cmd_fail(err);
	if (there == 0) {
		err_set(err, ERR_CONFIG,
		    "there is no log key of %s: it was "
		    "destroyed after its time, or never made",
		    log_key_date(day, date));
		return cmd_fail(err);
	}
	for (; *names != NULL && result == 0; names++)
		if (strcmp(*names, "-") == 0)
			result = find_lines(conf, &key, err);
		else
			put_found(conf, &key, slice_text(*names));
	log_key_free(&key);
	return result < 0 ? cmd_fail(err) : cmd_finish(err);
}

/* ---- cat ---- */

static int
print_part(void *cookie, struct slice part, struct err *err)
{
	(void)cookie;
	return cmd_put_octets(part, err) < 0 || ferror(stdout) ? -1 : 0;
}

/* -1: why has been said, but for standard output, which is the end's to say. */
static int
cat_file(const char *path, bool may_be_gone)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), result = -1;
	struct err err = ERR_INIT;
	bool cut = false;

	if (fd < 0 && errno == ENOENT && may_be_gone)
		return 0;
	if (fd < 0) {
		err_errno(&err, "cannot open '%s'", path);
	} else {
		result = log_file_read(fd, path, print_part, NULL, &cut, &err);
		close(fd);
	}
	if (result < 0 && !ferror(stdout))
		log_error("%s", err.text);
	return result;
}

/* The files of a folder in order; one that is gone meanwhile is passed over. */
static int
cat_folder(const struct log_conf *conf, const char *path)
{
	struct log_names names;
	struct buf file = BUF_INIT;
	struct err err = ERR_INIT;
	int result = 0;

	if (log_names_read(&names, path, &err) < 0) {
		log_error("%s", err.text);
		return -1;
	}
	for (size_t i = 0; i < names.n && !ferror(stdout); i++) {
		if (conf->date >= 0 &&
		    names.items[i].day != log_key_day(conf->date))
			continue;
		log_name_path(&names.items[i], path, &file);
		if (cat_file(file.p, true) < 0)
			result = -1;
	}
	buf_free(&file);
	log_names_free(&names);
	return result;
}

int
log_verb_cat(struct log_conf *conf, char **paths, struct err *err)
{
	int result = 0, code;
	char *fallback[2] = {NULL, NULL};
	bool broken;

	if (*paths == NULL) {
		fallback[0] = (char *)(uintptr_t)default_folder();
		paths = fallback;
	}
	for (; *paths != NULL && !ferror(stdout); paths++) {
		int folder = open(*paths, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (folder >= 0)
			close(folder);
		if ((folder >= 0 ? cat_folder(conf, *paths)
				 : cat_file(*paths, false)) < 0)
			result = -1;
	}
	broken = ferror(stdout) != 0;
	code = cmd_finish(err);
	if (code != EXIT_DONE || broken)
		return code;
	return result < 0 ? EXIT_RETRY : EXIT_DONE;
}

/* ---- expire ---- */

int
log_verb_expire(struct log_conf *conf, char **words, struct err *err)
{
	struct log_key key = LOG_KEY_INIT;
	int64_t now = clock_now_ms(); /* one day, whatever comes meanwhile */
	size_t files = 0, keys = 0;
	int result;

	if (*words != NULL && words[1] != NULL)
		cmd_usage_exit("expire takes one folder");
	conf->stream.folder.path = *words != NULL ? *words : default_folder();
	/* tomorrow's key is made of today's: first there must be one */
	result = log_key_make(&key, log_key_day(now), err);
	log_key_free(&key);
	if (result == 0)
		result = log_key_destroy(
		    log_first_day_kept(now, conf->stream.keep_keys_s), &keys,
		    err);
	if (result == 0 &&
	    (*words != NULL || access(conf->stream.folder.path, F_OK) == 0))
		result = log_folder_expire(
		    &conf->stream.folder, now, &files, err);
	if (result == 0 && !conf->cmd.quiet)
		printf("%zu files removed, %zu keys destroyed\n", files, keys);
	return result < 0 ? cmd_fail(err) : cmd_finish(err);
}
