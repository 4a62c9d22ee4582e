/* SPDX-License-Identifier: ISC */
/*
 * Each layer writes a member of `scan'; X-Fe-Scan goes into `headers'.  It
 * decides nothing.
 */
#include "scan/scanner.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/cmd.h"
#include "base/home.h"
#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sandbox.h"
#include "scan/attachment.h"
#include "scan/phishing.h"

#define FIELD "X-Fe-Scan"
#define TIME_MAX_MS 60000 /* for a record without a deadline */
#define JSON_USUAL 4096
#define MARGIN_MS 2000    /* kept for what comes behind us */

/* With clamd: each record at work has its own. */
struct scanner_session {
	struct clamd clamd;
	struct scanner_session *next;
};

/* The model of the only recipient, DOMAIN/USER.model in the folder of the
 * site's; false where there are several, or the name is none for a file. */
static bool
user_model(struct scanner *s, const struct record *r, struct buf *path)
{
	struct slice to = meta_at(&r->meta, "envelope.to"), found, user;
	struct buf address = BUF_INIT;
	struct err err = ERR_INIT;
	bool valid = false;

	if (json_count(to) != 1 ||
	    json_string(json_get(to, "0.address"), &address) < 0) {
		buf_free(&address);
		return false;
	}
	if (recipients_refresh(&s->recipients, &err) < 0)
		log_warning("%s", err.text);
	found = recipients_find(&s->recipients, buf_slice(&address),
	    s->conf->recipient_delimiter);
	if (found.p == NULL)
		found = buf_slice(&address);
	user = slice_cut(&found, '@');
	if (home_name_is_valid(user) && home_name_is_valid(found)) {
		buf_format(path, "%s/%.*s/%.*s.model", s->folder,
		    SLICE_ARG(found), SLICE_ARG(user));
		valid = true;
	}
	buf_free(&address);
	return valid;
}

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
put_header(struct record *r, const struct spam_result *spam, bool has_virus)
{
	struct buf value = BUF_INIT;

	meta_drop_header_ops(&r->meta, cmd_name());
	meta_add_header_op(&r->meta, HEADER_DELETE, FIELD, SLICE_NONE, 0,
	    cmd_name());
	buf_format(&value, "spam=%s score=%.4f%s", spam->class, spam->score,
	    has_virus ? " virus=found" : "");
	meta_add_header_op(&r->meta, HEADER_PREPEND, FIELD, buf_slice(&value),
	    0, cmd_name());
	buf_free(&value);
}

/* Monotonic: when to stop waiting for others. */
static int64_t
end_of_waiting(const struct record *r)
{
	int64_t deadline_ms = meta_deadline_ms(&r->meta);
	int64_t left = deadline_ms < 0 ? TIME_MAX_MS :
	    deadline_ms - clock_now_ms() - MARGIN_MS;

	return clock_monotonic_ms() + (left > 0 ? left : 0);
}

static struct scanner_session *
take_session(struct scanner *s)
{
	struct scanner_session *session = s->idle;

	if (session != NULL) {
		s->idle = session->next;
	} else {
		session = mem_alloc(sizeof(*session));
		clamd_open(&session->clamd, &s->service);
	}
	return session;
}

/* What is attached, and whether a virus is. */
static bool
scan_files(struct scanner *s, const struct record *r, const struct mime *mime,
    struct json_writer *w, struct json_writer *layers)
{
	struct scanner_session *session =
	    s->conf->clamd != NULL ? take_session(s) : NULL;
	struct virus virus;
	struct attachment_tools tools = {
	    s->conf->no_unpack ? NULL : &s->unpacker, &virus,
	    end_of_waiting(r)};
	int64_t since_us = clock_monotonic_us();
	bool found;

	virus_open(&virus, session != NULL ? &session->clamd : NULL,
	    (enum virus_scope)s->conf->clamd_scope);
	virus_begin(&virus, buf_slice(&r->body), tools.until_ms);
	attachments_write(mime, &tools, w);
	put_layer(layers, "attachments", since_us);
	since_us = clock_monotonic_us();
	found = virus_write(&virus, w);
	put_layer(layers, "virus", since_us);
	virus_free(&virus);
	if (session != NULL) {
		session->next = s->idle;
		s->idle = session;
	}
	return found;
}

/* Of its texts the features and the links. */
static void
read_texts(struct scanner *s, struct reading *reading, struct urls *urls,
    struct json_writer *layers)
{
	int64_t since_us = clock_monotonic_us();

	urls_init(urls);
	spam_begin(&s->spam, reading);
	while (reading_next(reading)) {
		spam_add_text(&s->spam, reading);
		urls_add_text(urls, reading);
	}
	put_layer(layers, "text", since_us);
}

static void
scan_spam(struct scanner *s, const struct record *r, struct spam_result *spam,
    struct json_writer *w, struct json_writer *layers)
{
	int64_t since_us = clock_monotonic_us();
	struct buf user = BUF_INIT;

	spam_judge(&s->spam, user_model(s, r, &user) ? buf_text(&user) : NULL,
	    spam);
	if (s->conf->explain)
		spam_explain(&s->spam, buf_slice(&r->body), spam);
	spam_write(&s->spam, spam, w);
	put_layer(layers, "spam", since_us);
	buf_free(&user);
}

/* Where links lead, what deceives about the author, what is attached. */
static bool
scan_parts(struct scanner *s, const struct record *r,
    const struct reading *reading, struct urls *urls, struct json_writer *w,
    struct json_writer *layers)
{
	int64_t since_us = clock_monotonic_us();
	struct phishing phishing;
	bool found;

	watch_mark(&s->watch, urls);
	urls_write(urls, w);
	put_layer(layers, "urls", since_us);
	since_us = clock_monotonic_us();
	phishing_find(&phishing, &reading->header, urls, &r->meta, &s->watch);
	phishing_write(&phishing, w);
	put_layer(layers, "phishing", since_us);
	found = scan_files(s, r, &reading->mime, w, layers);
	since_us = clock_monotonic_us();
	reputation_write(
	    &s->reputation, &r->meta, urls, end_of_waiting(r), w);
	put_layer(layers, "reputation", since_us);
	phishing_free(&phishing);
	return found;
}

/* What it turned out to be is held against its sender, or for him. */
static void
learn_sender(struct scanner *s, const struct record *r,
    const struct spam_result *spam, bool has_virus)
{
	enum reputation_outcome outcome = REPUTATION_UNDECIDED;

	if (has_virus || strcmp(spam->class, "spam") == 0)
		outcome = REPUTATION_BAD;
	else if (strcmp(spam->class, "ham") == 0)
		outcome = REPUTATION_GOOD;
	reputation_learn(&s->reputation, &r->meta, outcome);
}

bool
scanner_scan(struct scanner *s, struct record *r, bool learns)
{
	struct buf json = BUF_LIMITED(META_SCAN_MAX);
	struct buf layers = BUF_INIT;
	struct json_writer w = JSON_WRITER(&json);
	struct json_writer l = JSON_WRITER(&layers);
	struct spam_result spam;
	struct reading reading;
	struct urls urls;
	bool has_virus;

	buf_reserve(&json, JSON_USUAL);
	json_open_object(&w, NULL);
	json_open_array(&l, NULL);
	reading_open(&reading, buf_slice(&r->body));
	read_texts(s, &reading, &urls, &l);
	scan_spam(s, r, &spam, &w, &l);
	has_virus = scan_parts(s, r, &reading, &urls, &w, &l);
	urls_free(&urls);
	reading_close(&reading);
	json_close_array(&l);
	json_put_raw(&w, "layers", buf_slice(&layers));
	json_close_object(&w);
	if (w.failed)
		meta_set_tempfail(&r->meta, cmd_name(),
		    "the facts about the message are too long");
	else
		meta_set(&r->meta, "scan", buf_slice(&json));
	put_header(r, &spam, has_virus);
	if (learns)
		learn_sender(s, r, &spam, has_virus);
	buf_free(&json);
	buf_free(&layers);
	return has_virus || strcmp(spam.class, "spam") == 0;
}

static bool
asks_lists(const struct scanner_conf *conf)
{
	return conf->reputation.lists.addresses.n > 0 ||
	    conf->reputation.lists.links.n > 0;
}

/* The resolver comes before the key of the state. */
static int
open_reputation(struct scanner *s, struct err *err)
{
	const struct scanner_conf *conf = s->conf;
	const struct dns_conf dns = {.off = conf->no_dns,
	    .zone_file = conf->dns_zone,
	    .timeout_ms = conf->dns_timeout * 1000,
	    .require_landlock = s->sandbox,
	    .tasks = s->tasks};

	if (asks_lists(conf)) {
		s->dns = dns_open(&dns, err);
		if (s->dns == NULL)
			return -1;
	}
	if (reputation_open(&s->reputation, &conf->reputation, err) < 0)
		return -1;
	s->reputation.lists.dns = s->dns;
	if (s->reputation.remembers)
		state_set_fetch(&s->reputation.history.state,
		    porter_fetch_state_key, &s->porter);
	return 0;
}

/* The folder of a file stays readable, since files are replaced. */
int
scanner_confine(const struct scanner *s, struct err *err)
{
	const struct option_list *lists = &s->conf->block_lists;
	struct sandbox_path *paths = mem_array(NULL, lists->n + 3,
	    sizeof(*paths));
	char **folders = mem_array(NULL, lists->n + 1, sizeof(*folders));
	struct buf run = BUF_INIT, state = BUF_INIT;
	size_t n = 0;
	int result;

	paths[n++] = (struct sandbox_path){s->folder, SANDBOX_READ};
	paths[n++] = (struct sandbox_path){home_file(&run, "run"),
	    SANDBOX_READ};
	for (size_t i = 0; i < lists->n; i++) {
		folders[i] = io_folder_of(lists->items[i]);
		paths[n++] = (struct sandbox_path){folders[i], SANDBOX_READ};
	}
	if (s->reputation.remembers)
		paths[n++] = (struct sandbox_path){home_file(&state, "state"),
		    SANDBOX_READ | SANDBOX_WRITE};
	result = sandbox_enter(SANDBOX_PARSE, paths, n, s->sandbox, err);
	for (size_t i = 0; i < lists->n; i++)
		free(folders[i]);
	free(folders);
	free(paths);
	buf_free(&run);
	buf_free(&state);
	return result;
}

int
scanner_open(struct scanner *s, const struct scanner_conf *conf, int sandbox,
    struct err *err)
{
	*s = (struct scanner){.conf = conf, .sandbox = sandbox,
	    .path = BUF_INIT};
	unpacker_open(&s->unpacker, &s->porter); /* asks for its child later */
	if (porter_open(&s->porter, conf->clamd, err) < 0)
		return -1;
	if (conf->clamd != NULL || asks_lists(conf))
		s->tasks = task_set_new();
	s->service = (struct clamd_service){.porter = &s->porter,
	    .timeout_ms = conf->clamd_timeout * 1000, .tasks = s->tasks};
	if (open_reputation(s, err) < 0)
		return -1;
	if (conf->model != NULL)
		buf_append_text(&s->path, conf->model);
	else
		home_file(&s->path, "model/site.model");
	s->folder = io_folder_of(buf_text(&s->path));
	watch_open(&s->watch, &conf->protect, conf->domain,
	    &conf->protect_names, &conf->block_lists);
	spam_open(&s->spam, buf_text(&s->path),
	    conf->model == NULL ? FE_DATADIR "/starter.model" : NULL);
	return recipients_open(&s->recipients, err);
}

void
scanner_flush(struct scanner *s)
{
	reputation_flush(&s->reputation);
}

void
scanner_close(struct scanner *s)
{
	struct scanner_session *next;

	spam_close(&s->spam);
	watch_close(&s->watch);
	recipients_close(&s->recipients);
	reputation_close(&s->reputation);
	dns_close(s->dns);
	for (struct scanner_session *i = s->idle; i != NULL; i = next) {
		next = i->next;
		clamd_close(&i->clamd);
		free(i);
	}
	unpacker_close(&s->unpacker);
	porter_close(&s->porter);
	task_set_free(s->tasks);
	buf_free(&s->path);
	free(s->folder);
}
