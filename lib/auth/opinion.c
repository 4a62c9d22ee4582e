/* SPDX-License-Identifier: ISC */
/* The child parses hostile octets with libraries that we do not trust: its
 * answer is read as foreign text, of which only our own words count. */
#include "auth/opinion.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "auth/second_spf.h"
#include "base/clock.h"
#include "base/installation.h"
#include "base/io.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/process.h"

#define STOP_MS 1000
#define REST_MS 300 /* for its answer to come, behind its last question */
#define ARGUMENTS_MAX 20
#define DISAGREEMENTS_MAX 40

struct opinion {
	pid_t pid;
	int in, out; /* its standard input and output; -1: it is gone */
	struct record_writer writer;
	struct buf ahead;  /* read, not yet used */
	struct buf answer; /* the member `opinion', or nothing */
};

static void
close_pipes(struct opinion *o)
{
	if (o->in >= 0)
		close(o->in);
	if (o->out >= 0)
		close(o->out);
	o->in = o->out = -1;
}

static int
start_child(struct opinion *o, char *const argv[], struct err *err)
{
	int in[2], out[2];
	struct process_fd fds[2];

	if (pipe2(in, O_CLOEXEC) < 0)
		return err_errno(err, "cannot make a pipe");
	if (pipe2(out, O_CLOEXEC) < 0) {
		close(in[0]);
		close(in[1]);
		return err_errno(err, "cannot make a pipe");
	}
	fds[0] = (struct process_fd){in[0], STDIN_FILENO};
	fds[1] = (struct process_fd){out[1], STDOUT_FILENO};
	o->pid = process_start(argv, fds, 2, err);
	close(in[0]);
	close(out[1]);
	o->in = in[1];
	o->out = out[0];
	if (o->pid < 0)
		close_pipes(o);
	return o->pid < 0 ? -1 : 0;
}

struct opinion *
opinion_start(const struct opinion_conf *conf, struct err *err)
{
	struct opinion *o = mem_zalloc(sizeof(*o));
	struct buf program = BUF_INIT;
	char timeout[32], time_max[32], size_max[32], now[CLOCK_TEXT_SIZE];
	char *argv[ARGUMENTS_MAX];
	size_t n = 0;
	int result;

	snprintf(timeout, sizeof(timeout), "%llds",
	    (long long)conf->dns_timeout_s);
	snprintf(time_max, sizeof(time_max), "%llds",
	    (long long)conf->time_max_s);
	snprintf(size_max, sizeof(size_max), "%lld",
	    (long long)conf->size_max);
	o->answer = o->ahead = (struct buf)BUF_LIMITED(OPINION_ANSWER_MAX);
	o->in = o->out = -1;
	result = installation_bin(&program, err);
	buf_append_text(&program, "/fe-opinion");
	argv[n++] = program.p;
#define ARGUMENT(text) argv[n++] = (char *)(uintptr_t)(text)
	ARGUMENT("--input=record");
	ARGUMENT("--output=json");
	ARGUMENT("--dns-timeout");
	ARGUMENT(timeout);
	ARGUMENT("--time-max");
	ARGUMENT(time_max);
	ARGUMENT("--size-max");
	ARGUMENT(size_max);
	if (conf->no_dns)
		ARGUMENT("--no-dns");
	if (conf->home != NULL) {
		ARGUMENT("--home");
		ARGUMENT(conf->home);
	}
	if (conf->dns_zone != NULL) {
		ARGUMENT("--dns-zone");
		ARGUMENT(conf->dns_zone);
	}
	if (conf->now_ms >= 0) {
		ARGUMENT("--now");
		ARGUMENT(clock_rfc3339(conf->now_ms, now));
	}
#undef ARGUMENT
	argv[n] = NULL;
	if (result == 0)
		result = start_child(o, argv, err);
	buf_free(&program);
	if (result < 0) {
		free(o);
		return NULL;
	}
	record_writer_init(&o->writer, o->in);
	return o;
}

/* Dead, or not to be waited for any longer. */
static int
give_up(struct opinion *o)
{
	process_kill(o->pid, SIGKILL);
	close_pipes(o);
	return -1;
}

void
opinion_stop(struct opinion *o)
{
	int status;

	if (o == NULL)
		return;
	if (o->in >= 0)
		record_write_mark(&o->writer, NULL);
	close_pipes(o);
	if (process_wait(o->pid, STOP_MS, &status) == 0) {
		process_kill(o->pid, SIGKILL);
		process_wait(o->pid, -1, &status);
	}
	record_writer_free(&o->writer);
	buf_free(&o->ahead);
	buf_free(&o->answer);
	free(o);
}

/* One line into `answer'. */
static int
read_line(struct opinion *o, int64_t deadline_ms)
{
	for (;;) {
		size_t end = slice_find(buf_slice(&o->ahead), '\n');
		int64_t left_ms = deadline_ms - clock_monotonic_ms();
		ssize_t got;

		if (end < o->ahead.n) {
			buf_append(&o->answer, o->ahead.p, end);
			buf_remove(&o->ahead, 0, end + 1);
			return 0;
		}
		if (left_ms <= 0 || io_wait_readable(o->out, left_ms) <= 0 ||
		    buf_reserve(&o->ahead, 65536) < 0)
			return -1;
		got = io_read(o->out, o->ahead.p + o->ahead.n, 65536);
		if (got <= 0)
			return -1;
		o->ahead.n += (size_t)got;
		o->ahead.p[o->ahead.n] = '\0';
	}
}

/* The record with one member more. */
static int
send_question(struct opinion *o, struct record *r, int64_t patience_ms)
{
	struct record question = {.body = r->body};
	int result;

	meta_copy(&question.meta, &r->meta);
	meta_set_integer(&question.meta, OPINION_PATIENCE, patience_ms);
	result = record_write(&o->writer, &question, NULL);
	meta_free(&question.meta);
	return result;
}

int
opinion_ask(struct opinion *o, struct record *r, int64_t deadline_ms)
{
	int64_t patience_ms = deadline_ms - clock_monotonic_ms() - REST_MS;
	struct buf opinion = BUF_INIT;
	struct meta meta;
	struct slice value;

	buf_reset(&o->answer);
	if (o->in < 0 || patience_ms <= 0)
		return -1;
	if (send_question(o, r, patience_ms) < 0 ||
	    read_line(o, deadline_ms) < 0 ||
	    meta_parse(&meta, buf_slice(&o->answer), NULL) < 0) {
		buf_reset(&o->answer);
		return give_up(o);
	}
	value = meta_get(&meta, "opinion");
	if (value.p != NULL && slice_equal(meta_id(&meta), meta_id(&r->meta)))
		buf_append_slice(&opinion, value);
	meta_free(&meta);
	buf_free(&o->answer);
	o->answer = opinion;
	return opinion.n > 0 ? 0 : -1;
}

/* One of our own words; -1 for anything else. */
static int
result_of(struct slice value)
{
	for (int i = AUTH_NONE; i <= AUTH_PERMERROR; i++)
		if (json_string_is(value, auth_result_text(i)))
			return i;
	return -1;
}

static int
spf_of(const struct opinion *o)
{
	return o->answer.n == 0 ? -1 :
	    result_of(json_get(buf_slice(&o->answer), "spf.result"));
}

/* What they say of our n-th signature: theirs with the same domain and
 * selector, the k-th of which is the k-th of ours. */
static int
dkim_of(const struct opinion *o, const struct dkim_report *report, size_t n)
{
	const struct dkim_result *ours = &report->items[n];
	struct json_walk walk = json_walk(json_get(buf_slice(&o->answer),
	    "dkim"));
	struct slice item;
	size_t nth = 0;

	for (size_t i = 0; i < n; i++)
		nth += buf_slice(&report->items[i].domain).n > 0 &&
		    slice_equal(buf_slice(&ours->domain),
		    buf_slice(&report->items[i].domain)) &&
		    slice_case_equal(buf_slice(&ours->selector),
		    buf_slice(&report->items[i].selector));
	while (o->answer.n > 0 && json_next(&walk, NULL, &item)) {
		struct buf domain = BUF_LIMITED(1024);
		struct buf selector = BUF_LIMITED(1024);
		bool same = json_string(json_get(item, "domain"), &domain) ==
		    0 && json_string(json_get(item, "selector"), &selector) ==
		    0 && slice_case_equal(buf_slice(&domain),
		    buf_slice(&ours->domain)) && slice_case_equal(
		    buf_slice(&selector), buf_slice(&ours->selector));

		buf_free(&domain);
		buf_free(&selector);
		if (same && nth-- == 0)
			return result_of(json_get(item, "result"));
	}
	return -1;
}

static void
put_disagreement(struct json_writer *w, const char *check,
    const struct dkim_result *signature, enum auth_result native, int system)
{
	json_open_object(w, NULL);
	json_put_text(w, "check", check);
	if (signature != NULL) {
		json_put_slice(w, "domain", buf_slice(&signature->domain));
		json_put_slice(w, "selector",
		    buf_slice(&signature->selector));
	}
	json_put_text(w, "native", auth_result_text(native));
	json_put_text(w, "system", system < 0 ? "unavailable" :
	    auth_result_text((enum auth_result)system));
	json_close_object(w);
}

size_t
opinion_compare(const struct opinion *o, const struct checks *checks,
    struct buf *out)
{
	struct json_writer w = JSON_WRITER(out);
	size_t n = 0;
	int theirs = spf_of(o);

	json_open_array(&w, NULL);
	if (theirs != (int)checks->spf.result) {
		put_disagreement(&w, "spf", NULL, checks->spf.result, theirs);
		n++;
	}
	for (size_t i = 0; i < checks->dkim.n && n < DISAGREEMENTS_MAX; i++) {
		const struct dkim_result *ours = &checks->dkim.items[i];

		theirs = dkim_of(o, &checks->dkim, i);
		if (theirs == (int)ours->result)
			continue;
		put_disagreement(&w, "dkim", ours, ours->result, theirs);
		n++;
	}
	json_close_array(&w);
	return n;
}

void
opinion_replace(const struct opinion *o, struct spf_result *spf,
    struct dkim_report *dkim)
{
	int theirs = spf_of(o);

	spf->result = theirs < 0 ? AUTH_TEMPERROR : (enum auth_result)theirs;
	buf_reset(&spf->explanation);
	buf_reset(&spf->reason);
	for (size_t i = 0; i < dkim->n; i++) {
		struct dkim_result *ours = &dkim->items[i];

		theirs = dkim_of(o, dkim, i);
		ours->result = theirs >= 0 ? (enum auth_result)theirs :
		    o->answer.n == 0 ? AUTH_TEMPERROR : AUTH_NEUTRAL;
		ours->reason = ours->result == AUTH_PASS ? NULL :
		    theirs < 0 ? "the second engine says nothing of it" :
		    "the second engine says so";
	}
}
