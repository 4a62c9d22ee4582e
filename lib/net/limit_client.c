/* SPDX-License-Identifier: ISC */
/*
 * The session's side of limits.  It trusts the server no further than that it
 * may have mail come later.
 */
#include "limit_client.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/io.h"
#include "base/json.h"
#include "base/log.h"

#define ENTRIES_MAX ((size_t)64 << 10)
#define RETRY_MAX_S (INT64_C(366) * 86400)
#define NAME_MAX_N 64

static int
send_all(int fd, const struct buf *question)
{
	ssize_t n = send(fd, question->p, question->n,
	    MSG_DONTWAIT | MSG_NOSIGNAL);

	return n == (ssize_t)question->n ? 0 : -1;
}

static void
open_question(struct json_writer *w, const char *at)
{
	json_open_object(w, NULL);
	json_put_integer(w, "fe", 1);
	json_put_text(w, "at", at);
}

static void
put_client(struct json_writer *w, const struct limit_question *q)
{
	char text[IP_TEXT_SIZE];

	json_open_object(w, "client");
	if (q->ip->size != 0)
		json_put_text(w, "ip", ip_text(q->ip, text));
	if (q->helo.p != NULL)
		json_put_slice(w, "helo", q->helo);
	if (q->user.n > 0)
		json_put_slice(w, "user", q->user);
	json_close_object(w);
}

int
limit_client_begin(int fd, const struct ip *ip, bool lock)
{
	const struct limit_question q = {.ip = ip};
	struct buf text = BUF_LIMITED(LIMIT_DATAGRAM_MAX);
	struct json_writer w = JSON_WRITER(&text);
	int result;

	open_question(&w, "connection");
	if (lock)
		json_put_bool(&w, "lock", true);
	put_client(&w, &q);
	json_close_object(&w);
	result = send_all(fd, &text);
	buf_free(&text);
	return result;
}

void
limit_client_init(struct limit_client *c, int fd, bool asked)
{
	*c = (struct limit_client){.fd = fd, .asked = asked && fd >= 0,
	    .entries = BUF_LIMITED(ENTRIES_MAX)};
}

void
limit_client_free(struct limit_client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	buf_free(&c->entries);
	c->fd = -1;
}

/* From now on nothing of this connection is limited. */
static void
give_up(struct limit_client *c, const char *why)
{
	log_warning("this connection is not limited: fe-limit %s", why);
	close(c->fd);
	c->fd = -1;
}

static bool
is_name(struct slice text)
{
	if (text.n == 0 || text.n > NAME_MAX_N)
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (!ascii_is_alnum(text.p[i]) &&
		    memchr("._,-", text.p[i], 4) == NULL)
			return false;
	return true;
}

/* 0 where there is none. */
static int64_t
seconds(struct slice entry, const char *name, int64_t max)
{
	int64_t n;

	if (json_integer(json_get(entry, name), &n) < 0 || n < 0)
		return 0;
	return n < max ? n : max;
}

/* The entry in our own words. */
static void
keep_entry(struct limit_client *c, struct slice entry, struct slice by)
{
	static const char *const numbers[] = {
	    "count", "retry_after_s", "slow_s"};
	static const char *const flags[] = {"over", "banned", "observed"};
	static const char *const names[] = {
	    "rule", "key", "result", "greylist"};
	size_t n = c->entries.n;
	struct json_writer w = JSON_WRITER(&c->entries);
	struct slice value;
	int64_t number;

	if (n > 0)
		buf_append_char(&c->entries, ',');
	json_open_object(&w, NULL);
	json_put_slice(&w, "by", by);
	for (size_t i = 0; i < 4; i++) {
		value = json_plain(json_get(entry, names[i]));
		if (is_name(value))
			json_put_slice(&w, names[i], value);
	}
	for (size_t i = 0; i < 3; i++) {
		value = json_get(entry, flags[i]);
		if (i == 0 || value.p != NULL)
			json_put_bool(&w, flags[i], json_is_true(value));
	}
	for (size_t i = 0; i < 3; i++)
		if (json_integer(json_get(entry, numbers[i]), &number) == 0)
			json_put_integer(&w, numbers[i], number);
	json_close_object(&w);
	if (w.failed)
		buf_truncate(&c->entries, n);
}

static void
take_entry(struct limit_client *c, struct slice entry,
    struct limit_answer *answer)
{
	int64_t slow_s = seconds(entry, "slow_s", LIMIT_SLOW_MAX_S);
	int64_t retry_s = seconds(entry, "retry_after_s", RETRY_MAX_S);

	keep_entry(c, entry, SLICE("fe-receive"));
	if (slow_s > answer->slow_s)
		answer->slow_s = slow_s;
	if (!json_is_true(json_get(entry, "over")))
		return;
	answer->over = true;
	if (retry_s > answer->retry_after_s)
		answer->retry_after_s = retry_s;
	if (!json_is_true(json_get(entry, "banned")))
		return;
	c->over = true;
	if (retry_s > c->retry_after_s)
		c->retry_after_s = retry_s;
	if (slow_s > c->slow_s)
		c->slow_s = slow_s;
}

int
limit_client_read(struct limit_client *c, struct slice text,
    struct limit_answer *answer)
{
	struct json_walk walk;
	struct slice item;

	*answer = (struct limit_answer){.over = false};
	if (json_check(text, NULL) < 0 ||
	    json_type(json_get(text, "limits")) != JSON_ARRAY)
		return -1;
	walk = json_walk(json_get(text, "ask"));
	while (json_next(&walk, NULL, &item)) {
		c->recipients |= json_string_is(item, "recipient");
		c->unknown |= json_string_is(item, "unknown");
	}
	walk = json_walk(json_get(text, "limits"));
	while (json_next(&walk, NULL, &item))
		take_entry(c, item, answer);
	return 0;
}

/* The answer to what was asked. */
static void
hear(struct limit_client *c, struct limit_answer *answer)
{
	struct buf text = BUF_INIT;
	ssize_t n = -1;

	*answer = (struct limit_answer){.over = false};
	buf_reserve(&text, LIMIT_DATAGRAM_MAX);
	if (io_wait_readable(c->fd, LIMIT_WAIT_MS) != 1)
		give_up(c, "does not answer in time");
	else if ((n = recv(c->fd, text.p, LIMIT_DATAGRAM_MAX,
		     MSG_DONTWAIT)) <= 0)
		give_up(c, "has gone");
	else if (limit_client_read(
		     c, slice_of(text.p, (size_t)n), answer) < 0)
		give_up(c, "answers nonsense");
	buf_free(&text);
}

void
limit_client_connection(struct limit_client *c, const struct ip *ip,
    struct limit_answer *answer)
{
	*answer = (struct limit_answer){.over = false};
	if (c->fd < 0)
		return;
	if (!c->asked && limit_client_begin(c->fd, ip, false) < 0) {
		give_up(c, "has gone");
		return;
	}
	hear(c, answer);
	c->connection_n = c->entries.n;
}

static int
ask_recipient(struct limit_client *c, const char *at,
    const struct limit_question *q)
{
	struct buf text = BUF_LIMITED(LIMIT_DATAGRAM_MAX);
	struct json_writer w = JSON_WRITER(&text);
	int result = -1;

	open_question(&w, at);
	put_client(&w, q);
	json_open_object(&w, "envelope");
	json_put_slice(&w, "from", q->from);
	json_open_array(&w, "to");
	json_open_object(&w, NULL);
	json_put_slice(&w, "address", q->to);
	json_close_object(&w);
	json_close_array(&w);
	json_close_object(&w);
	json_close_object(&w);
	if (!w.failed)
		result = send_all(c->fd, &text);
	buf_free(&text);
	return result;
}

void
limit_client_recipient(struct limit_client *c, bool exists,
    const struct limit_question *question, struct limit_answer *answer)
{
	*answer = (struct limit_answer){
	    .over = c->over, .retry_after_s = c->retry_after_s,
	    .slow_s = c->slow_s};
	if (c->fd < 0 || c->over || !(exists ? c->recipients : c->unknown))
		return;
	if (ask_recipient(c, exists ? "recipient" : "unknown", question) < 0)
		give_up(c, "has gone");
	else
		hear(c, answer);
}

void
limit_client_reset(struct limit_client *c)
{
	buf_truncate(&c->entries, c->connection_n);
}
