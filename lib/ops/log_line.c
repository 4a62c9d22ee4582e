/* SPDX-License-Identifier: ISC */
/*
 * The heads of log lines.  What stands behind the head is anybody's.
 */
#include "ops/log_line.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/number.h"

#define DAY_MS INT64_C(86400000)
#define PEOPLE_FROM 1000 /* uids of people (login.defs(5)) */

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

/* 1 to 12, or 0. */
static int
find_month(struct slice text)
{
	for (int i = 0; i < 12; i++)
		if (text.n >= 3 && memcmp(text.p, months + 3 * i, 3) == 0)
			return i + 1;
	return 0;
}

static int
two_digits(const char *p)
{
	int tens = p[0] == ' ' ? 0 : p[0] - '0', ones = p[1] - '0';

	return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1
							     : tens * 10 + ones;
}

/* The begin of that hour by the local clock; the year is the latest in which
 * it is not after tomorrow. */
static int64_t
hour_begin(struct log_clock *clock, int month, int day, int hour)
{
	time_t now = (time_t)(clock->now_ms / 1000), then;
	struct tm local, tm;
	int number = (month * 32 + day) * 24 + hour;

	if (number == clock->hour)
		return clock->hour_ms;
	localtime_r(&now, &local);
	tm = (struct tm){.tm_year = local.tm_year, .tm_mon = month - 1,
	    .tm_mday = day, .tm_hour = hour, .tm_isdst = -1};
	then = mktime(&tm);
	if (then * INT64_C(1000) > clock->now_ms + DAY_MS) {
		tm = (struct tm){.tm_year = local.tm_year - 1,
		    .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour,
		    .tm_isdst = -1};
		then = mktime(&tm);
	}
	clock->hour = number;
	clock->hour_ms = then * INT64_C(1000);
	return clock->hour_ms;
}

/* `Nov 27 10:00:00' */
static int64_t
old_time(struct slice line, struct log_clock *clock)
{
	int month = find_month(line), day = two_digits(line.p + 4);
	int hour = two_digits(line.p + 7), minute = two_digits(line.p + 10);
	int second = two_digits(line.p + 13);

	if (day < 1 || day > 31 || hour < 0 || hour > 23 || minute < 0 ||
	    minute > 59 || second < 0 || second > 60)
		return -1;
	return hour_begin(clock, month, day, hour) +
	    (minute * 60 + second) * INT64_C(1000);
}

/* Also `+0000' without the colon, as journalctl writes it. */
static int64_t
new_time(struct slice text)
{
	char copy[CLOCK_TEXT_SIZE + 16];
	int64_t ms;

	if (clock_parse(text, &ms) == 0)
		return ms;
	if (text.n < 5 || text.n + 1 > sizeof(copy))
		return -1;
	memcpy(copy, text.p, text.n - 2);
	copy[text.n - 2] = ':';
	memcpy(copy + text.n - 1, text.p + text.n - 2, 2);
	return clock_parse(slice_of(copy, text.n + 1), &ms) < 0 ? -1 : ms;
}

/* Takes the time off the line. -1: there is none. */
static int
take_time(struct slice *line, struct log_clock *clock, int64_t *ms)
{
	size_t n;

	*ms = 0;
	if (line->n > 16 && find_month(*line) > 0 && line->p[3] == ' ' &&
	    line->p[6] == ' ' && line->p[9] == ':' && line->p[12] == ':') {
		n = 15;
		while (n < line->n && line->p[n] != ' ')
			n++;
		if (clock != NULL && (*ms = old_time(*line, clock)) < 0)
			return -1;
	} else if (line->n > 20 && line->p[4] == '-' && line->p[7] == '-') {
		n = slice_find(*line, ' ');
		if (clock != NULL &&
		    (*ms = new_time(slice_part(*line, 0, n))) < 0)
			return -1;
	} else {
		return -1;
	}
	if (n >= line->n)
		return -1;
	*line = slice_part(*line, n + 1, line->n);
	return 0;
}

/* `[12345.678901] ', the kernel's own stamp. */
static struct slice
without_stamp(struct slice message)
{
	size_t end;

	if (message.n == 0 || message.p[0] != '[')
		return message;
	end = slice_find(message, ']');
	for (size_t i = 1; i < end; i++)
		if (!ascii_is_digit(message.p[i]) && message.p[i] != '.' &&
		    message.p[i] != ' ')
			return message;
	return slice_trim(slice_part(message, end + 1, message.n));
}

static void
take_tag(struct slice tag, struct log_line *out)
{
	size_t end = 0;

	while (end < tag.n && tag.p[end] != '[' && tag.p[end] != ':' &&
	    tag.p[end] != ' ')
		end++;
	out->program = slice_part(tag, 0, end);
	if (end < tag.n && tag.p[end] == '[')
		while (end < tag.n && tag.p[end] != ':' && tag.p[end] != ' ')
			end++;
	if (end < tag.n && tag.p[end] == ':')
		end++;
	while (end < tag.n && tag.p[end] == ' ')
		end++;
	out->message = slice_part(tag, end, tag.n);
	if (slice_is(out->program, "kernel"))
		out->message = without_stamp(out->message);
}

/* `type=SYSCALL msg=audit(1700000000.123:45): arch=...', as auditd writes its
 * own file; what it adds behind a group separator says the same in names. */
static int
audit_line(struct slice line, struct log_line *out)
{
	const struct slice stamp = SLICE(" msg=audit(");
	size_t at = slice_find_text(line, stamp), end, dot;
	int64_t seconds, ms;
	struct slice time;

	if (slice_starts(line, "node=")) {
		out->host = slice_part(line, 5, slice_find(line, ' '));
		line = slice_part(line, out->host.n + 6, line.n);
		at = slice_find_text(line, stamp);
	}
	if (!slice_starts(line, "type=") || at == line.n)
		return -1;
	time = slice_part(line, at + stamp.n, line.n);
	end = slice_find(time, ':');
	dot = slice_find(time, '.');
	if (dot >= end ||
	    number_parse(slice_part(time, 0, dot), 0, INT64_MAX / 2000,
		&seconds) < 0 ||
	    number_parse(slice_part(time, dot + 1, end), 0, 999, &ms) < 0)
		return -1;
	out->time_ms = seconds * 1000 + ms;
	out->program = SLICE("audit");
	out->message = slice_part(line, 5, slice_find(line, '\035'));
	return 0;
}

int
log_line_text(
    struct slice line, struct log_clock *clock, struct log_line *out)
{
	size_t space;

	*out = (struct log_line){.time_ms = 0};
	if (line.n > 0 && line.p[0] == '<') {
		size_t end = slice_find(line, '>');

		line = slice_part(line, end + 1, line.n);
	}
	if (slice_starts(line, "type=") || slice_starts(line, "node="))
		return audit_line(line, out);
	if (take_time(&line, clock, &out->time_ms) < 0)
		return -1;
	space = slice_find(line, ' ');
	if (space == 0 || space == line.n)
		return -1;
	/* a file that one program writes (Dovecot's log_path) names no host */
	if (line.p[space - 1] == ':') {
		take_tag(line, out);
	} else {
		out->host = slice_part(line, 0, space);
		take_tag(slice_part(line, space + 1, line.n), out);
	}
	return out->program.n > 0 ? 0 : -1;
}

/* A text of the journal: a string, or its octets as numbers. */
static struct slice
journal_text(struct slice value, struct buf *store)
{
	struct json_walk walk = json_walk(value);
	struct slice plain = json_plain(value), item;
	size_t begin = store->n;
	int64_t octet;

	if (plain.p != NULL)
		return plain;
	if (json_type(value) == JSON_STRING) {
		struct buf text = BUF_INIT;

		if (json_string(value, &text) == 0)
			buf_append(store, text.p, text.n);
		buf_free(&text);
	} else if (json_type(value) == JSON_ARRAY) {
		while (json_next(&walk, NULL, &item))
			if (json_integer(item, &octet) == 0)
				buf_append_char(store, (char)octet);
	} else {
		return SLICE_NONE;
	}
	return slice_of(store->p + begin, store->n - begin);
}

static struct slice
base_name(struct slice path)
{
	for (size_t i = path.n; i-- > 0;)
		if (path.p[i] == '/')
			return slice_part(path, i + 1, path.n);
	return path;
}

/* Members that are looked at: of the journal, of our logs. */
enum { IDENTIFIER, COMM, HOSTNAME, MESSAGE, TRANSPORT, EXE, UID, REALTIME,
	LEVEL, EVENT, PROGRAM, TIME, MEMBERS };

static void
find_members(struct slice line, struct slice found[MEMBERS])
{
	static const struct slice names[MEMBERS] = {
	    [IDENTIFIER] = SLICE("SYSLOG_IDENTIFIER"),
	    [COMM] = SLICE("_COMM"), [HOSTNAME] = SLICE("_HOSTNAME"),
	    [MESSAGE] = SLICE("MESSAGE"), [TRANSPORT] = SLICE("_TRANSPORT"),
	    [EXE] = SLICE("_EXE"), [UID] = SLICE("_UID"),
	    [REALTIME] = SLICE("__REALTIME_TIMESTAMP"),
	    [LEVEL] = SLICE("level"), [EVENT] = SLICE("event"),
	    [PROGRAM] = SLICE("program"), [TIME] = SLICE("time")};
	struct json_walk walk = json_walk(line);
	struct slice name, value;

	for (size_t i = 0; i < MEMBERS; i++)
		found[i] = SLICE_NONE;
	while (json_next(&walk, &name, &value))
		for (size_t i = 0; i < MEMBERS; i++)
			if (name.n == names[i].n &&
			    memcmp(name.p, names[i].p, name.n) == 0) {
				found[i] = value;
				break;
			}
}

/* Whoever logs chooses his name, but the journal knows who he is: the kernel
 * alone is the kernel, and a process of a person is what its program is. */
static bool
is_doubtful(const struct slice m[MEMBERS], struct slice program)
{
	struct slice transport = json_plain(m[TRANSPORT]);
	struct slice exe = json_plain(m[EXE]);
	int64_t uid = 0;

	if (slice_is(program, "kernel") || slice_is(program, "audit"))
		return transport.p != NULL && !slice_is(transport, "kernel") &&
		    !slice_is(transport, "audit");
	if (number_parse(json_plain(m[UID]), 0, UINT32_MAX, &uid) < 0 ||
	    uid < PEOPLE_FROM)
		return false;
	return !(slice_starts(exe, "/usr/") || slice_starts(exe, "/bin/") ||
		   slice_starts(exe, "/sbin/")) ||
	    !slice_equal(base_name(exe), program);
}

static int
take_journal(const struct slice m[MEMBERS], bool timed, struct log_line *out,
    struct buf *store)
{
	int64_t us = 0;

	out->program = json_plain(m[IDENTIFIER]);
	if (out->program.p == NULL)
		out->program = json_plain(m[COMM]);
	out->host = json_plain(m[HOSTNAME]);
	out->message = slice_trim(journal_text(m[MESSAGE], store));
	out->doubtful = is_doubtful(m, out->program);
	if (timed && number_parse(json_plain(m[REALTIME]), 0, INT64_MAX,
		&us) < 0)
		return -1;
	out->time_ms = us / 1000;
	return out->program.n > 0 ? 0 : -1;
}

/* One of ours becomes `EVENT name=value name=value ...'; a value with a quote,
 * space or escape stays in its quotes. */
static int
take_ours(struct slice line, const struct slice m[MEMBERS], bool timed,
    struct log_line *out, struct buf *store)
{
	struct json_walk walk = json_walk(line);
	struct slice name, value;

	out->program = json_plain(m[PROGRAM]);
	if (timed && clock_parse(json_plain(m[TIME]), &out->time_ms) < 0)
		return -1;
	buf_append_slice(store, json_plain(m[EVENT]));
	while (json_next(&walk, &name, &value)) {
		struct slice plain = json_plain(value);

		if (slice_is(name, "time") || slice_is(name, "level") ||
		    slice_is(name, "program") || slice_is(name, "pid") ||
		    slice_is(name, "event"))
			continue;
		if (plain.p == NULL || slice_find(plain, ' ') < plain.n)
			plain = value;
		buf_format(store, " %.*s=%.*s", SLICE_ARG(name),
		    SLICE_ARG(plain));
	}
	out->message = buf_slice(store);
	return out->program.n > 0 ? 0 : -1;
}

int
log_line_json(struct slice line, bool timed, struct log_line *out,
    struct buf *store)
{
	struct slice m[MEMBERS];

	*out = (struct log_line){.time_ms = 0};
	buf_truncate(store, 0);
	/* so that slices into it stay good */
	if (buf_reserve(store, 2 * line.n + 64) < 0 ||
	    json_check(line, NULL) < 0)
		return -1;
	find_members(line, m);
	if (m[MESSAGE].p != NULL)
		return take_journal(m, timed, out, store);
	if (m[LEVEL].p != NULL && m[EVENT].p != NULL)
		return take_ours(line, m, timed, out, store);
	return -1;
}

struct slice
log_line_json_program(struct slice line)
{
	static const char *const names[] = {
	    "\"SYSLOG_IDENTIFIER\":\"", "\"program\":\""};

	for (size_t i = 0; i < 2; i++) {
		const char *found = memmem(
		    line.p, line.n, names[i], strlen(names[i]));
		size_t from;

		if (found == NULL)
			continue;
		from = (size_t)(found - line.p) + strlen(names[i]);
		line = slice_part(line, from, line.n);
		return slice_part(line, 0, slice_find(line, '"'));
	}
	return SLICE_NONE;
}
