/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <stdlib.h>
#include <time.h>

#include "base/json.h"
#include "ops/watcher.h"

/* Pattern, message, what address and account hold (NULL: it does not fit). */
static void
fits_from_both_ends(void)
{
	static const struct {
		const char *pattern, *message, *address, *account;
	} rows[] = {
	    {"Failed {word} for {account} from {address} port {port} ssh2",
		"Failed password for bob from 192.0.2.1 port 22 ssh2",
		"192.0.2.1", "bob"},
	    {"Failed {word} for {account} from {address} port {port} ssh2",
		"Failed password for x from 192.0.2.9 port 22 ssh2 from "
		"192.0.2.1 port 22 ssh2",
		"192.0.2.1", "x from 192.0.2.9 port 22 ssh2"},
	    {"Failed {word} for {account} from {address} port {port} ssh2",
		"Failed password for bob from nowhere port 22 ssh2", NULL,
		NULL},
	    {"Failed {word} for {account} from {address} port {port} ssh2",
		"Failed password for bob from 192.0.2.1 port 22 ssh2 ", NULL,
		NULL},
	    {"Failed {word} for {account} from {address} port {port} ssh2",
		"Failed pass word for bob from 192.0.2.1 port 22 ssh2", NULL,
		NULL},
	    {"user=<{account}>, rip={address}, lip={skip}, session=<{word}>",
		"user=<a>, rip=192.0.2.9, lip=::1, session=<z>>, "
		"rip=2001:db8::7, lip=::1, TLS, session=<q>",
		"2001:db8::7",
		"a>, rip=192.0.2.9, lip=::1, session=<z>"},
	    {"a {skip}[{address}]: {skip}", "a b[192.0.2.1]: [192.0.2.2]: c",
		"192.0.2.1", ""},
	    {"a{skip}", "a", "", ""},
	    {"{skip}b", "b", "", ""},
	    {"a{number}", "a", NULL, NULL},
	    {"ab{account}ba", "aba", NULL, NULL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct watch_pattern pattern;
		struct watch_match m;
		char address[IP_TEXT_SIZE] = "";
		bool fits;

		EXPECT(watch_pattern_read(
			   &pattern, slice_text(rows[i].pattern), NULL) == 0);
		fits = watch_pattern_match(
		    &pattern, slice_text(rows[i].message), &m);
		EXPECT_NUMBER(rows[i].message, rows[i].address != NULL, fits);
		if (!fits || rows[i].address == NULL)
			continue;
		if (m.has_address)
			ip_text(&m.network.ip, address);
		EXPECT_SLICE(rows[i].message, slice_text(rows[i].address),
		    slice_text(address));
		EXPECT_SLICE(rows[i].message, slice_text(rows[i].account),
		    m.account.p != NULL ? m.account : SLICE(""));
	}
}

static void
refuses_bad_rules(void)
{
	static const char *const bad[] = {"nonsense", "line a", "line a b",
	    "line a B x", "line a b {x}", "line a b {word}{word}",
	    "line ,a b x", "tell a", "tell a loud b", "alarm a alert b",
	    "alarm a alert b by address 0 in 1m",
	    "alarm a alert b by nobody 5 in 1m",
	    "alarm a alert b by address 5 in", "tell a alert b c",
	    "alarm a alert b by address 5 lions in 1m",
	    "alarm a alert b by address 5 in 60d"};
	struct watch_rules rules;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err err = ERR_INIT;

		if (watch_rules_parse(
			&rules, "r", slice_text(bad[i]), &err) == 0) {
			EXPECT_SLICE(bad[i], SLICE("a mistake"), SLICE(""));
			watch_rules_free(&rules);
		}
		EXPECT(slice_starts(slice_text(err.text), "r:1: "));
	}
}

/* The second at which each signal comes, and what is counted then. */
static void
counts_within_the_window(void)
{
	static const struct {
		int64_t at;
		const char *what;
		int64_t alarm;
	} rows[] = {{1000, "a", 0}, {1001, "b", 0}, {1001, "a", 0},
	    {1002, "c", 4}, /* three different, four signals */
	    {1003, "d", 0}, {1004, "e", 0}, {1063, "f", 0}, /* d is too old */
	    {1063, "g", 4}, {2000, "a", 0}, {2001, "b", 0}, {2002, "c", 3}};
	struct watch_table t;

	watch_table_init(&t, 4096, 3, 60);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		EXPECT_NUMBER(rows[i].what, rows[i].alarm,
		    watch_table_add(&t, SLICE("k"), slice_text(rows[i].what),
			rows[i].at));
	watch_table_free(&t);
}

static void
a_flood_pushes_out_itself(void)
{
	struct watch_table t;
	int64_t alarm = 0;
	char key[16];

	watch_table_init(&t, 65536, 5, 600);
	for (int i = 0; i < 4; i++)
		watch_table_add(&t, SLICE("attacker"), SLICE_NONE, 1000);
	for (int i = 0; i < 100000; i++) {
		snprintf(key, sizeof(key), "%d", i);
		watch_table_add(&t, slice_text(key), SLICE_NONE, 1001);
	}
	alarm = watch_table_add(&t, SLICE("attacker"), SLICE_NONE, 1002);
	EXPECT_NUMBER("still known", 5, alarm);
	EXPECT(watch_table_memory(&t) <= 65536);
	EXPECT(watch_table_keys(&t) >= 512);
	watch_table_free(&t);
}

static void
knows_places(void)
{
	struct watch_places p;

	watch_places_init(&p, NULL);
	EXPECT_NUMBER("first", WATCH_PLACE_FIRST, watch_places_see(&p,
	    SLICE("Ann"), SLICE("192.0.2.0/24"), 1000000));
	EXPECT_NUMBER("again", WATCH_PLACE_KNOWN, watch_places_see(&p,
	    SLICE("ann"), SLICE("192.0.2.0/24"), 2000000));
	EXPECT_NUMBER("new", WATCH_PLACE_NEW, watch_places_see(&p,
	    SLICE("ann"), SLICE("198.51.100.0/24"), 2000000));
	EXPECT_NUMBER("another", WATCH_PLACE_FIRST, watch_places_see(&p,
	    SLICE("bob"), SLICE("198.51.100.0/24"), 2000000));
	watch_places_free(&p);
}

/* Heads of lines, and the program and time that they tell (in UTC). */
static void
reads_heads(void)
{
	static const struct {
		const char *line, *program, *message;
		int64_t time_ms;
	} rows[] = {
	    {"Nov 27 10:00:01 mx sshd[12]: hello", "sshd", "hello",
		1795773601000},
	    {"<38>Nov 27 10:00:01 mx sshd[12]: hello", "sshd", "hello",
		1795773601000},
	    {"Nov  7 10:00:01.123456 mx postfix/smtpd[1]: x", "postfix/smtpd",
		"x", 1794045601000},
	    {"Dec 31 23:00:00 mx a: x", "a", "x", 1767222000000},
	    {"Nov 27 10:00:01 imap-login: Info: x: y", "imap-login",
		"Info: x: y", 1795773601000},
	    {"2026-11-27T10:00:01.250+01:00 mx sudo:  a : b", "sudo", "a : b",
		1795770001250},
	    {"2026-11-27T10:00:01+0100 mx sudo[3]: a", "sudo", "a",
		1795770001000},
	    {"Nov 27 10:00:01 mx kernel: [ 12.5] fe-portscan: IN=", "kernel",
		"fe-portscan: IN=", 1795773601000},
	    {"{\"MESSAGE\":\"hi\\u0020x\",\"SYSLOG_IDENTIFIER\":\"sshd\","
	     "\"__REALTIME_TIMESTAMP\":\"1795773601250000\"}",
		"sshd", "hi x", 1795773601250},
	    {"{\"MESSAGE\":[104,105,255],\"SYSLOG_IDENTIFIER\":\"sshd\","
	     "\"__REALTIME_TIMESTAMP\":\"1795773601250000\"}",
		"sshd", "hi\xff", 1795773601250},
	    {"{\"time\":\"2026-11-27T10:00:01.250Z\",\"level\":\"info\","
	     "\"program\":\"fe-receive\",\"pid\":7,\"event\":\"limited\","
	     "\"at\":\"unknown\",\"client\":\"192.0.2.0/24\",\"n\":5,"
	     "\"t\":\"a b\"}",
		"fe-receive",
		"limited at=unknown client=192.0.2.0/24 n=5 t=\"a b\"",
		1795773601250},
	};
	static const char *const bad[] = {"", "x", "Nov 27 10:00:01",
	    "Nov 27 10:00:01 ", "Nov 99 10:00:01 mx a: b", "{}", "{\"x\":1}",
	    "{\"MESSAGE\":\"x\"}", "2026-11-27 mx a: b",
	    "{\"MESSAGE\":\"x\",\"MESSAGE\":\"y\"}"};
	struct buf store = BUF_INIT;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct log_clock clock = {
		    .now_ms = 1795780000000, .hour = -1};
		struct slice line = slice_text(rows[i].line);
		struct log_line out;

		EXPECT_NUMBER(rows[i].line, 0, line.p[0] == '{'
			? log_line_json(line, true, &out, &store)
			: log_line_text(line, &clock, &out));
		EXPECT_SLICE(
		    rows[i].line, slice_text(rows[i].program), out.program);
		EXPECT_SLICE(
		    rows[i].line, slice_text(rows[i].message), out.message);
		EXPECT_NUMBER(rows[i].line, rows[i].time_ms, out.time_ms);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct log_clock clock = {
		    .now_ms = 1795780000000, .hour = -1};
		struct log_line out;

		EXPECT_NUMBER(bad[i], -1, bad[i][0] == '{'
			? log_line_json(slice_text(bad[i]), true, &out, &store)
			: log_line_text(slice_text(bad[i]), &clock, &out));
	}
	buf_free(&store);
}

/* Who says that he is sshd, the kernel, sudo. */
static void
doubts_what_the_journal_denies(void)
{
	static const struct {
		const char *members;
		bool doubtful;
	} rows[] = {
	    {"\"SYSLOG_IDENTIFIER\":\"sshd\",\"_UID\":\"0\","
	     "\"_EXE\":\"/usr/sbin/sshd\"", false},
	    {"\"SYSLOG_IDENTIFIER\":\"sshd\",\"_UID\":\"1000\","
	     "\"_EXE\":\"/usr/bin/logger\"", true},
	    {"\"SYSLOG_IDENTIFIER\":\"sudo\",\"_UID\":\"1000\","
	     "\"_EXE\":\"/usr/bin/sudo\"", false},
	    {"\"SYSLOG_IDENTIFIER\":\"sudo\",\"_UID\":\"1000\","
	     "\"_EXE\":\"/home/x/sudo\"", true},
	    {"\"SYSLOG_IDENTIFIER\":\"kernel\",\"_TRANSPORT\":\"kernel\"",
		false},
	    {"\"SYSLOG_IDENTIFIER\":\"kernel\",\"_TRANSPORT\":\"syslog\","
	     "\"_UID\":\"0\"", true},
	};
	struct buf store = BUF_INIT, line = BUF_INIT;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct log_line out;

		buf_truncate(&line, 0);
		buf_format(&line, "{\"MESSAGE\":\"x\",%s}", rows[i].members);
		EXPECT(log_line_json(buf_slice(&line), false, &out, &store) ==
		    0);
		EXPECT_NUMBER(rows[i].members, rows[i].doubtful, out.doubtful);
	}
	buf_free(&store);
	buf_free(&line);
}

/* An event and its text again, whatever a stranger is called. */
static void
an_event_is_one_line(void)
{
	static const char *const names[] = {"bob", "a\",\"event\":\"x",
	    "a\nb", "a\r\n{\"event\":\"ban\"}", "\033[2J\033[1;31m", "\xff\xfe",
	    "\xc2\x9b" "2J", "\xe2\x80\xaetxt.exe", "\xe2\x80\xa8x", "\\u000a",
	    "\x7f\x01\x1f"};
	struct buf line = BUF_INIT, store = BUF_INIT, shown = BUF_INIT;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct event e = {.name = SLICE("x"), .time_ms = 1,
		    .account = slice_text(names[i])};
		struct event back;

		buf_truncate(&line, 0);
		buf_truncate(&shown, 0);
		event_write(&e, &line);
		EXPECT(slice_find(buf_slice(&line), '\n') == line.n - 1);
		line.n--;
		EXPECT(event_read(buf_slice(&line), &back, &store, NULL) == 0);
		EXPECT_SLICE(names[i], SLICE("x"), back.name);
		EXPECT(back.address.p == NULL);
		for (size_t k = 0; k < back.account.n; k++)
			EXPECT((unsigned char)back.account.p[k] >= 0x20 &&
			    back.account.p[k] != 0x7f);
		EXPECT(slice_find_text(back.account, SLICE("\xc2\x9b")) ==
		    back.account.n);
		EXPECT(slice_find_text(back.account, SLICE("\xe2\x80\xae")) ==
		    back.account.n);
		event_show(&back, &shown);
		EXPECT(slice_find(buf_slice(&shown), '\n') == shown.n);
	}
	buf_free(&line);
	buf_free(&store);
	buf_free(&shown);
}

int
main(void)
{
	setenv("TZ", "UTC0", 1);
	tzset();
	UNIT_RUN(fits_from_both_ends);
	UNIT_RUN(refuses_bad_rules);
	UNIT_RUN(counts_within_the_window);
	UNIT_RUN(a_flood_pushes_out_itself);
	UNIT_RUN(knows_places);
	UNIT_RUN(reads_heads);
	UNIT_RUN(doubts_what_the_journal_denies);
	UNIT_RUN(an_event_is_one_line);
	return UNIT_RESULT;
}
