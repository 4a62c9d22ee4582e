/* SPDX-License-Identifier: ISC */
/* A real resolver process, with a zone file of this test's own. */
#include "net/dns.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "net/dns_wire.h"
#include "unit.h"

static const char zone_text[] =
    "a.test. 60 MX 20 b.test.\n"
    "a.test. MX 10 z.test.\n"
    "a.test. MX 10 c.test.\n"
    "n.test. A 192.0.2.1\n"
    "*.many.test. A 192.0.2.2\n"
    "alias.test. CNAME n.test.\n"
    "tobad.test. CNAME bad.test.\n"
    "null.test. MX 0 .\n"
    "$SERVFAIL bad.test.\n"
    "late.test. A 192.0.2.3\n"
    "$DELAY late.test. 1000\n"
    "$TIMEOUT slow.test.\n";

static struct dns *
open_zone_for(struct task_set *tasks, int64_t timeout_ms)
{
	char path[] = "/tmp/fe-dns-test.XXXXXX";
	int fd = mkstemp(path);
	struct dns_conf conf = {.zone_file = path, .timeout_ms = timeout_ms,
	    .tasks = tasks};
	struct err err = ERR_INIT;
	struct dns *dns;

	io_write(fd, zone_text, sizeof(zone_text) - 1);
	close(fd);
	dns = dns_open(&conf, &err);
	unlink(path);
	if (dns == NULL)
		printf("# %s\n", err.text);
	EXPECT(dns != NULL);
	return dns;
}

static struct dns *
open_zone(int64_t timeout_ms)
{
	return open_zone_for(NULL, timeout_ms);
}

static enum dns_status
ask(struct dns *dns, const char *name, enum dns_type type)
{
	struct dns_answer answer;
	enum dns_status status;

	dns_ask(dns, slice_text(name), type, 0, &answer);
	status = answer.status;
	dns_answer_free(&answer);
	return status;
}

static void
sorts_what_it_finds(void)
{
	struct dns *dns = open_zone(20000);
	struct dns_answer answer;

	dns_ask(dns, SLICE("A.Test."), DNS_MX, 0, &answer);
	EXPECT_NUMBER("records", 3, answer.n);
	if (answer.n == 3) {
		EXPECT_SLICE("first", SLICE("c.test"), answer.records[0].data);
		EXPECT_SLICE("next", SLICE("z.test"), answer.records[1].data);
		EXPECT_SLICE("last", SLICE("b.test"), answer.records[2].data);
		EXPECT_NUMBER("preference", 20, answer.records[2].preference);
	}
	dns_answer_free(&answer);
	dns_ask(dns, SLICE("null.test"), DNS_MX, 0, &answer);
	EXPECT_NUMBER("null MX", 1, answer.n);
	EXPECT_NUMBER("its name", 0, answer.n > 0 ? answer.records[0].data.n :
	    99);
	dns_answer_free(&answer);
	dns_close(dns);
}

static void
tells_nothing_from_trouble(void)
{
	struct dns *dns = open_zone(4000);
	struct dns_conf off = {.off = true};
	struct dns *none = dns_open(&off, NULL);

	EXPECT_NUMBER("data", DNS_FOUND, ask(dns, "n.test", DNS_A));
	EXPECT_NUMBER("no data", DNS_NODATA, ask(dns, "n.test", DNS_TXT));
	EXPECT_NUMBER("no name", DNS_NXDOMAIN, ask(dns, "x.test", DNS_A));
	EXPECT_NUMBER("chain", DNS_FOUND, ask(dns, "alias.test", DNS_A));
	EXPECT_NUMBER("fails", DNS_TEMPERROR, ask(dns, "bad.test", DNS_A));
	EXPECT_NUMBER("fails behind a chain", DNS_TEMPERROR,
	    ask(dns, "tobad.test", DNS_A));
	EXPECT_NUMBER("times out", DNS_TEMPERROR,
	    ask(dns, "slow.test", DNS_A));
	EXPECT_NUMBER("no name at all", DNS_NXDOMAIN,
	    ask(dns, "a..test", DNS_A));
	EXPECT_NUMBER("off", DNS_OFF, ask(none, "n.test", DNS_A));
	dns_close(dns);
	dns_close(none);
}

static void
waits_no_longer_than_the_caller(void)
{
	struct dns *dns = open_zone(20000);
	int64_t start = clock_monotonic_ms();
	struct dns_answer answer;

	dns_ask(dns, SLICE("slow.test"), DNS_A, start + 100, &answer);
	EXPECT_NUMBER("status", DNS_TEMPERROR, answer.status);
	EXPECT(clock_monotonic_ms() - start < 15000);
	dns_ask(dns, SLICE("n.test"), DNS_A, start - 1, &answer);
	EXPECT_NUMBER("too late", DNS_TEMPERROR, answer.status);
	dns_close(dns);
}

static void
answers_many_questions_at_once(void)
{
	enum { MANY = 3000 };
	struct dns *dns = open_zone(20000);
	size_t sent = 0, found = 0;
	int64_t end = clock_monotonic_ms() + 30000;

	while (found < MANY && clock_monotonic_ms() < end) {
		struct dns_answer answer;
		uint32_t id;

		for (; sent < MANY && sent < found + 500; sent++) {
			char name[32];

			snprintf(name, sizeof(name), "h%zu.many.test", sent);
			dns_send(dns, slice_text(name), DNS_A);
		}
		while (dns_receive(dns, &id, &answer) > 0) {
			found += answer.status == DNS_FOUND;
			dns_answer_free(&answer);
		}
		poll(&(struct pollfd){.fd = dns_fd(dns), .events = POLLIN},
		    1, 1000);
	}
	EXPECT_NUMBER("answers", MANY, found);
	dns_close(dns);
}

static void
fetches_ahead(void)
{
	struct dns *dns = open_zone(20000);
	struct dns_answer answer;

	dns_prefetch(dns, SLICE("n.test"), DNS_A);
	dns_prefetch(dns, SLICE("n.test"), DNS_A);
	dns_ask(dns, SLICE("N.test"), DNS_A, 0, &answer);
	EXPECT_NUMBER("status", DNS_FOUND, answer.status);
	dns_answer_free(&answer);
	dns_close(dns);
}

struct question {
	struct dns *dns;
	const char *name;
	int64_t time_ms; /* 0: the usual */
	int order;
	enum dns_status status;
};

static int answered;

static void
ask_in_task(void *arg)
{
	struct question *q = arg;
	struct dns_answer answer;

	dns_ask(q->dns, slice_text(q->name), DNS_A, q->time_ms == 0 ? 0 :
	    clock_monotonic_ms() + q->time_ms, &answer);
	q->status = answer.status;
	q->order = ++answered;
	dns_answer_free(&answer);
}

static void
tasks_wait_side_by_side(void)
{
	struct task_set *set = task_set_new();
	struct dns *dns = open_zone_for(set, 6000);
	struct question questions[] = {
	    {dns, "late.test", 500, 0, DNS_OFF}, /* has too little time */
	    {dns, "late.test", 0, 0, DNS_OFF},   /* joins it, and has more */
	    {dns, "slow.test", 0, 0, DNS_OFF},
	    {dns, "x.many.test", 0, 0, DNS_OFF},
	    {dns, "x.many.test", 0, 0, DNS_OFF}};

	/* its start is not what is measured */
	EXPECT_NUMBER("first", DNS_FOUND, ask(dns, "alias.test", DNS_A));
	answered = 0;
	for (int i = 0; i < 5; i++)
		task_start(set, ask_in_task, &questions[i]);
	EXPECT_NUMBER("waiting", 5, task_set_count(set));
	while (task_set_count(set) > 0)
		task_set_turn(set, -1, -1);
	EXPECT_NUMBER("quick", DNS_FOUND, questions[3].status);
	EXPECT_NUMBER("the same", DNS_FOUND, questions[4].status);
	EXPECT(questions[3].order <= 2 && questions[4].order <= 2);
	EXPECT_NUMBER("no time", DNS_TEMPERROR, questions[0].status);
	EXPECT_NUMBER("then", 3, questions[0].order);
	EXPECT_NUMBER("in time", DNS_FOUND, questions[1].status);
	EXPECT_NUMBER("never", DNS_TEMPERROR, questions[2].status);
	dns_close(dns);
	task_set_free(set);
}

static void
a_dead_resolver_wakes_all(void)
{
	struct task_set *set = task_set_new();
	struct dns *dns = open_zone_for(set, 20000);
	struct question questions[] = {{dns, "slow.test", 0, 0, DNS_OFF},
	    {dns, "slow.test", 0, 0, DNS_OFF}};
	int64_t start = clock_monotonic_ms();

	for (int i = 0; i < 2; i++)
		task_start(set, ask_in_task, &questions[i]);
	EXPECT(write(dns_fd(dns), "x", 1) == 1);
	while (task_set_count(set) > 0)
		task_set_turn(set, -1, -1);
	EXPECT_NUMBER("one", DNS_TEMPERROR, questions[0].status);
	EXPECT_NUMBER("two", DNS_TEMPERROR, questions[1].status);
	EXPECT(clock_monotonic_ms() - start < 15000);
	dns_close(dns);
	task_set_free(set);
}

static void
survives_a_dead_resolver(void)
{
	struct dns *dns = open_zone(20000);
	int fd = dns_fd(dns);

	EXPECT(dns_obstacle(dns) == NULL);
	EXPECT(ask(dns, "n.test", DNS_A) == DNS_FOUND);
	EXPECT(dns_obstacle(dns) == NULL);
	/* Its end of the socket closes when ours says something senseless. */
	EXPECT(write(fd, "x", 1) == 1);
	EXPECT_NUMBER("new", DNS_TEMPERROR, ask(dns, "b.test", DNS_A));
	EXPECT_NUMBER("known", DNS_FOUND, ask(dns, "n.test", DNS_A));
	EXPECT(dns_obstacle(dns) != NULL);
	dns_close(dns);
	/* one that never answered anything is a host without DNS */
	dns = open_zone(20000);
	EXPECT(write(dns_fd(dns), "x", 1) == 1);
	EXPECT_NUMBER("never", DNS_TEMPERROR, ask(dns, "b.test", DNS_A));
	EXPECT(dns_obstacle(dns) == NULL);
	dns_close(dns);
}

static void
trusts_no_answer_of_the_wrong_shape(void)
{
	struct dns_record records[2] = {{{"ab", 2}, 1}, {{"", 0}, 2}};
	struct dns_answer answer = {.status = DNS_FOUND, .records = records,
	    .n = 2, .ttl = 7}, got;
	struct buf packet = BUF_INIT;
	uint32_t id = 0;

	dns_answer_write(&packet, 5, &answer);
	EXPECT(dns_answer_read(buf_slice(&packet), &id, &got) == 0);
	EXPECT_NUMBER("id", 5, id);
	EXPECT_NUMBER("records", 2, got.n);
	EXPECT_SLICE("data", SLICE("ab"), got.records[0].data);
	dns_answer_free(&got);
	for (size_t n = 0; n < packet.n; n++)
		EXPECT(dns_answer_read(slice_of(packet.p, n), &id, &got) < 0);
	buf_append_char(&packet, 'x');
	EXPECT(dns_answer_read(buf_slice(&packet), &id, &got) < 0);
	buf_free(&packet);
}

int
main(void)
{
	UNIT_RUN(sorts_what_it_finds);
	UNIT_RUN(tells_nothing_from_trouble);
	UNIT_RUN(waits_no_longer_than_the_caller);
	UNIT_RUN(answers_many_questions_at_once);
	UNIT_RUN(fetches_ahead);
	UNIT_RUN(tasks_wait_side_by_side);
	UNIT_RUN(a_dead_resolver_wakes_all);
	UNIT_RUN(survives_a_dead_resolver);
	UNIT_RUN(trusts_no_answer_of_the_wrong_shape);
	return UNIT_RESULT;
}
