/* SPDX-License-Identifier: ISC */
#include "base/log.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/home.h"
#include "base/io.h"
#include "child.h"
#include "unit.h"

struct setting {
	enum log_format format;
	enum log_level threshold;
	bool personal;
	bool key;
};

static char home[] = "/tmp/fe-log-test-XXXXXX";

static void
begin(const struct setting *s)
{
	struct err err = ERR_INIT;

	clock_fix_ms(1795313957123);
	home_set(s->key ? home : "/nonexistent");
	log_start("fe-sample", s->format, s->threshold);
	if (log_read_key(s->personal, &err) < 0)
		exit(99);
}

static int
say(void *arg)
{
	begin(arg);
	log_error("cannot open '%s'", "a\x1b[31m\nb");
	log_warning("late");
	log_info("detail");
	return 0;
}

static int
tell(void *arg)
{
	struct log_event e;

	begin(arg);
	log_event_begin(&e, LOG_INFO, "received");
	log_event_text(&e, "id", SLICE("a\"\n\xff"));
	log_event_number(&e, "size", 42);
	log_event_address(&e, "from", SLICE("Alice@Example.org"));
	log_event_ip(&e, "ip4", SLICE("192.0.2.77"));
	log_event_ip(&e, "ip6", SLICE("2001:db8:1:2::3"));
	log_event_ip(&e, "bad", SLICE("alice's laptop"));
	log_event_end(&e);
	return 0;
}

static void
expect_lines(const char *name, int (*f)(void *), struct setting s,
    const char *want)
{
	struct child child = CHILD_INIT;

	child_run(&child, f, &s);
	EXPECT_NUMBER(name, 0, child_status(&child));
	EXPECT_SLICE(name, slice_text(want), buf_slice(&child.err));
	child_free(&child);
}

static void
says_sentences_at_warning_and_above(void)
{
	expect_lines("warning", say,
	    (struct setting){LOG_TEXT, LOG_WARNING, false, false},
	    "fe-sample: cannot open 'a?[31m?b'\nfe-sample: late\n");
	expect_lines("quiet", say,
	    (struct setting){LOG_TEXT, LOG_ERROR, false, false},
	    "fe-sample: cannot open 'a?[31m?b'\n");
	expect_lines("verbose", say,
	    (struct setting){LOG_TEXT, LOG_INFO, false, false},
	    "fe-sample: cannot open 'a?[31m?b'\nfe-sample: late\n"
	    "fe-sample: detail\n");
}

static void
says_nothing_of_events_in_text(void)
{
	expect_lines("text", tell,
	    (struct setting){LOG_TEXT, LOG_WARNING, false, true}, "");
}

/* The event as JSON, without the pid. */
static struct slice
run_event(struct child *child, struct setting s)
{
	struct slice line, rest;

	child_run(child, tell, &s);
	line = buf_slice(&child->err);
	rest = slice_part(line, slice_find_text(line, SLICE("\"event\"")),
	    line.n);
	EXPECT(slice_starts(line, "{\"time\":\"2026-11-22T02:19:17.123Z\","
				  "\"level\":\"info\","
				  "\"program\":\"fe-sample\",\"pid\":"));
	return rest;
}

/* BLAKE2b-256 of alice@example.org under 32 octets `k', by Python's
 * hashlib.blake2b(digest_size=32, key=...). */
static void
makes_people_anonymous_by_default(void)
{
	struct child child = CHILD_INIT;

	EXPECT_SLICE("with a key",
	    SLICE("\"event\":\"received\",\"id\":\"a\\\"\\n\xef\xbf\xbd\","
		  "\"size\":42,\"from\":\"#a279bcb931b0104e\","
		  "\"ip4\":\"192.0.2.0/24\",\"ip6\":\"2001:db8:1::/48\"}\n"),
	    run_event(&child,
		(struct setting){LOG_JSON, LOG_INFO, false, true}));
	EXPECT_SLICE("without a key",
	    SLICE("\"event\":\"received\",\"id\":\"a\\\"\\n\xef\xbf\xbd\","
		  "\"size\":42,\"ip4\":\"192.0.2.0/24\","
		  "\"ip6\":\"2001:db8:1::/48\"}\n"),
	    run_event(&child,
		(struct setting){LOG_JSON, LOG_INFO, false, false}));
	child_free(&child);
}

static void
names_people_where_the_administrator_wants_it(void)
{
	struct child child = CHILD_INIT;

	EXPECT_SLICE("personal",
	    SLICE("\"event\":\"received\",\"id\":\"a\\\"\\n\xef\xbf\xbd\","
		  "\"size\":42,\"from\":\"Alice@Example.org\","
		  "\"ip4\":\"192.0.2.77\",\"ip6\":\"2001:db8:1:2::3\","
		  "\"bad\":\"alice's laptop\"}\n"),
	    run_event(&child,
		(struct setting){LOG_JSON, LOG_INFO, true, true}));
	child_free(&child);
}

/* A process that has run over midnight: the key of the next day is the hash
 * of this one, by Python's hashlib.blake2b(b'fe-log-key/1', ...). */
static int
tell_tomorrow(void *arg)
{
	struct log_event e;

	begin(arg);
	clock_fix_ms(1795313957123 + 86400000);
	log_event_begin(&e, LOG_INFO, "received");
	log_event_address(&e, "from", SLICE("alice@example.org"));
	log_event_ip(&e, "ip", SLICE("::ffff:192.0.2.77"));
	log_event_end(&e);
	return 0;
}

/* Midnight comes within an event. */
static int
tell_at_midnight(void *arg)
{
	struct log_event e;

	begin(arg);
	log_event_begin(&e, LOG_INFO, "received");
	clock_fix_ms(1795313957123 + 86400000);
	log_event_address(&e, "from", SLICE("alice@example.org"));
	log_event_end(&e);
	return 0;
}

static void
names_nobody_by_another_day_than_that_of_the_event(void)
{
	struct setting s = {LOG_JSON, LOG_INFO, false, true};
	struct child child = CHILD_INIT;
	struct slice line;

	child_run(&child, tell_at_midnight, &s);
	line = buf_slice(&child.err);
	EXPECT(slice_find_text(line, SLICE("\"time\":\"2026-11-22T")) < line.n);
	/* of tomorrow it is #8165c5009465c17f */
	EXPECT(slice_find_text(line, SLICE("\"from\":\"#")) < line.n);
	EXPECT_NUMBER("tomorrow's", line.n,
	    slice_find_text(line, SLICE("#8165c5009465c17f")));
	child_free(&child);
}

static void
carries_the_key_on_to_the_next_day(void)
{
	struct setting s = {LOG_JSON, LOG_INFO, false, true};
	struct child child = CHILD_INIT;
	struct slice line;

	child_run(&child, tell_tomorrow, &s);
	line = buf_slice(&child.err);
	EXPECT_SLICE("tomorrow",
	    SLICE("\"from\":\"#8165c5009465c17f\",\"ip\":\"192.0.2.0/24\"}\n"),
	    slice_part(line, slice_find_text(line, SLICE("\"from\"")), line.n));
	child_free(&child);
}

static void
put_key(const char *date, char octet, mode_t mode)
{
	struct buf path = BUF_INIT;
	struct err err = ERR_INIT;
	char key[32];

	memset(key, octet, sizeof(key));
	home_set(home);
	EXPECT(io_make_folders(home_file(&path, "keys/log"), 0700, &err) == 0);
	EXPECT(io_replace_file(home_file(&path, "keys/log/%s.key", date),
		   slice_of(key, 32), mode, &err) == 0);
	buf_free(&path);
}

int
main(void)
{
	char command[64];

	if (mkdtemp(home) == NULL)
		return 1;
	/* The newest that is not after today counts. */
	put_key("2026-11-01", 'a', 0600);
	put_key("2026-11-22", 'k', 0600);
	put_key("2026-11-23", 'z', 0600);
	UNIT_RUN(says_sentences_at_warning_and_above);
	UNIT_RUN(says_nothing_of_events_in_text);
	UNIT_RUN(makes_people_anonymous_by_default);
	UNIT_RUN(names_nobody_by_another_day_than_that_of_the_event);
	UNIT_RUN(carries_the_key_on_to_the_next_day);
	UNIT_RUN(names_people_where_the_administrator_wants_it);
	snprintf(command, sizeof(command), "rm -rf %s", home);
	EXPECT_NUMBER("clean up", 0, system(command));
	return UNIT_RESULT;
}
