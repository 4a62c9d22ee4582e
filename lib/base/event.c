/* SPDX-License-Identifier: ISC */
/*
 * Security events as lines.  The reader takes lines of anybody who may write
 * to a socket or a pipe: nothing of them is taken over unchecked.
 */
#include "event.h"

#include <unistd.h>

#include "clock.h"
#include "io.h"
#include "json.h"
#include "utf8.h"

#define LINE_MAX_READ ((size_t)64 << 10)

static const char *const severities[] = {"info", "notice", "warning", "alert"};

int
event_severity_find(struct slice text, enum event_severity *severity)
{
	for (unsigned i = 0; i < sizeof(severities) / sizeof(*severities); i++)
		if (slice_is(text, severities[i])) {
			*severity = (enum event_severity)i;
			return 0;
		}
	return -1;
}

bool
event_name_is_valid(struct slice name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!ascii_is_digit(name.p[i]) && name.p[i] != '-' &&
		    (name.p[i] < 'a' || name.p[i] > 'z'))
			return false;
	return name.n > 0 && name.n <= EVENT_NAME_MAX;
}

/* What moves a cursor, ends a line or turns text around: C0, DEL, C1, the
 * separators of lines, marks of direction, and what is not seen at all. */
static bool
is_unsafe(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) ||
	    (code >= 0x200b && code <= 0x200f) ||
	    (code >= 0x2028 && code <= 0x202e) ||
	    (code >= 0x2060 && code <= 0x206f) || code == 0x61c ||
	    code == 0xfeff || (code >= 0xe0000 && code <= 0xe007f);
}

static void
clean(struct slice text, size_t max, struct buf *out)
{
	size_t end = out->n + max;

	while (text.n > 0) {
		uint32_t code;
		bool valid;
		size_t n = utf8_next(text, &code, &valid);
		char encoded[4];
		size_t encoded_n = utf8_put(valid && !is_unsafe(code)
			? code : UTF8_REPLACEMENT, encoded);

		if (out->n + encoded_n > end)
			return;
		buf_append(out, encoded, encoded_n);
		text = slice_part(text, n, text.n);
	}
}

static void
put(struct json_writer *w, const char *name, struct slice text, size_t max)
{
	struct buf cleaned = BUF_INIT;

	if (text.p == NULL)
		return;
	clean(text, max, &cleaned);
	json_put_slice(w, name, slice_of(buf_text(&cleaned), cleaned.n));
	buf_free(&cleaned);
}

void
event_write(const struct event *e, struct buf *out)
{
	struct json_writer w = JSON_WRITER(out);
	char time[CLOCK_TEXT_SIZE];

	json_open_object(&w, NULL);
	put(&w, "event", e->name, EVENT_NAME_MAX);
	json_put_text(&w, "time", clock_rfc3339(e->time_ms, time));
	json_put_text(&w, "severity", severities[e->severity]);
	put(&w, "source", e->source, EVENT_NAME_MAX);
	put(&w, "host", e->host, EVENT_NAME_MAX);
	put(&w, "address", e->address, EVENT_NAME_MAX);
	put(&w, "network", e->network, EVENT_NAME_MAX + 4);
	put(&w, "account", e->account, EVENT_ACCOUNT_MAX);
	put(&w, "object", e->object, EVENT_DETAIL_MAX);
	if (e->count > 0)
		json_put_integer(&w, "count", e->count);
	if (e->window_s > 0)
		json_put_integer(&w, "window_s", e->window_s);
	if (e->unproven)
		json_put_bool(&w, "unproven", true);
	put(&w, "detail", e->detail, EVENT_DETAIL_MAX);
	json_close_object(&w);
	buf_append_char(out, '\n');
}

/* The texts are one after the other in the store, which has room for all. */
static int
take(struct slice object, const char *name, size_t max, struct buf *store,
    struct slice *out)
{
	struct slice value = json_get(object, name);
	struct buf text = BUF_INIT;
	size_t begin = store->n;

	if (value.p == NULL || json_type(value) == JSON_NULL)
		return 0;
	if (json_string(value, &text) < 0) {
		buf_free(&text);
		return -1;
	}
	clean(buf_slice(&text), max, store);
	buf_append_char(store, '\0');
	*out = slice_of(store->p + begin, store->n - begin - 1);
	buf_free(&text);
	return 0;
}

static int
take_number(struct slice object, const char *name, int64_t *out)
{
	struct slice value = json_get(object, name);

	if (value.p == NULL)
		return 0;
	return json_integer(value, out) < 0 || *out < 0 ? -1 : 0;
}

static int
take_all(struct slice line, struct event *e, struct buf *store)
{
	struct slice time = SLICE_NONE, severity = SLICE_NONE;

	if (take(line, "event", EVENT_NAME_MAX, store, &e->name) < 0 ||
	    !event_name_is_valid(e->name) ||
	    take(line, "time", CLOCK_TEXT_SIZE, store, &time) < 0 ||
	    clock_parse(time, &e->time_ms) < 0 ||
	    take(line, "severity", EVENT_NAME_MAX, store, &severity) < 0 ||
	    event_severity_find(severity, &e->severity) < 0 ||
	    take(line, "source", EVENT_NAME_MAX, store, &e->source) < 0 ||
	    take(line, "host", EVENT_NAME_MAX, store, &e->host) < 0)
		return -1;
	if (take(line, "address", EVENT_NAME_MAX, store, &e->address) < 0 ||
	    take(line, "network", EVENT_NAME_MAX + 4, store, &e->network) <
		0 ||
	    take(line, "account", EVENT_ACCOUNT_MAX, store, &e->account) < 0 ||
	    take(line, "object", EVENT_DETAIL_MAX, store, &e->object) < 0 ||
	    take(line, "detail", EVENT_DETAIL_MAX, store, &e->detail) < 0)
		return -1;
	e->unproven = json_is_true(json_get(line, "unproven"));
	return take_number(line, "count", &e->count) < 0 ||
		take_number(line, "window_s", &e->window_s) < 0
	    ? -1
	    : 0;
}

int
event_read(
    struct slice line, struct event *e, struct buf *store, struct err *err)
{
	struct err why = ERR_INIT;

	*e = (struct event){.count = 0};
	if (line.n > LINE_MAX_READ)
		return err_set(err, ERR_MESSAGE, "an event of %zu octets is "
		    "too long", line.n);
	if (json_check(line, &why) < 0)
		return err_set(
		    err, ERR_MESSAGE, "no event: %s", why.text);
	buf_truncate(store, 0);
	/* three octets for each that is replaced, a NUL behind each text */
	if (buf_reserve(store, 3 * line.n + 16) < 0)
		return err_set(err, ERR_MESSAGE, "an event is too long");
	if (json_type(line) != JSON_OBJECT || take_all(line, e, store) < 0)
		return err_set(err, ERR_MESSAGE,
		    "no event: a member is missing or is not what it should");
	return 0;
}

static void
show(struct buf *out, const char *name, struct slice text)
{
	struct json_writer w = JSON_WRITER(out);

	if (text.p == NULL)
		return;
	buf_format(out, " %s=", name);
	if (slice_find(text, ' ') == text.n && slice_find(text, '"') == text.n)
		clean(text, EVENT_DETAIL_MAX, out);
	else {
		struct buf cleaned = BUF_INIT;

		clean(text, EVENT_DETAIL_MAX, &cleaned);
		json_put_slice(&w, NULL, buf_slice(&cleaned));
		buf_free(&cleaned);
	}
}

void
event_show(const struct event *e, struct buf *out)
{
	char time[CLOCK_TEXT_SIZE];

	buf_format(out, "%s %s ", clock_rfc3339(e->time_ms, time),
	    severities[e->severity]);
	clean(e->name, EVENT_NAME_MAX, out);
	show(out, "source", e->source);
	show(out, "host", e->host);
	show(out, "address", e->address);
	show(out, "network", e->network);
	show(out, "account", e->account);
	show(out, "object", e->object);
	if (e->count > 0)
		buf_format(out, " count=%lld", (long long)e->count);
	if (e->window_s > 0)
		buf_format(out, " window=%llds", (long long)e->window_s);
	if (e->unproven)
		buf_append_text(out, " unproven");
	show(out, "detail", e->detail);
}

int
event_print(struct buf *lines, bool people, struct err *err)
{
	struct buf shown = BUF_INIT, store = BUF_INIT;
	struct slice rest = buf_slice(lines);
	struct event event;
	int result = 0;

	while (people && rest.p != NULL && rest.n > 0)
		if (event_read(slice_line(&rest), &event, &store, NULL) == 0) {
			event_show(&event, &shown);
			buf_append_char(&shown, '\n');
		}
	rest = buf_slice(people ? &shown : lines);
	if (rest.n > 0 && io_write(STDOUT_FILENO, rest.p, rest.n) < 0)
		result = err_errno(err, "cannot write standard output");
	buf_truncate(lines, 0);
	buf_free(&shown);
	buf_free(&store);
	return result;
}
