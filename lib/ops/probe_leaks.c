/* SPDX-License-Identifier: ISC */
/* What a server tells of itself and of those who have mail there. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "ops/probe_link.h"

#define ROUNDS 5
#define SLOW_US 20000

/* A number with a dot in a word that is no host name or address. */
static bool
is_version(struct slice word)
{
	struct ip ip;
	bool found = false;

	while (word.n > 0 && !ascii_is_alnum(word.p[0]))
		word = slice_part(word, 1, word.n);
	while (word.n > 0 && !ascii_is_alnum(word.p[word.n - 1]))
		word.n--;
	for (size_t i = 1; i + 1 < word.n; i++)
		found |= word.p[i] == '.' && ascii_is_digit(word.p[i - 1]) &&
			 ascii_is_digit(word.p[i + 1]);
	/* `mx1.2.example.org' ends in a label of letters */
	return found && ip_parse(word, &ip) < 0 &&
	       (slice_find(word, '/') < word.n ||
		   !ascii_is_alpha(word.p[word.n - 1]) || word.n < 4 ||
		   !ascii_is_alpha(word.p[word.n - 2]));
}

/* `250', `250-2.1.0': what follows a reply's code may be an enhanced code. */
static bool
is_code(struct slice word)
{
	return word.n >= 3 && ascii_is_digit(word.p[0]) &&
	    ascii_is_digit(word.p[1]) && ascii_is_digit(word.p[2]) &&
	    (word.n == 3 || word.p[3] == '-');
}

static bool
find_version(struct slice text, struct slice *version)
{
	struct slice rest = text;
	bool behind_code = false;

	while (rest.p != NULL && rest.n > 0) {
		size_t n = 0;

		while (n < rest.n && rest.p[n] != ' ' && rest.p[n] != '\r' &&
		    rest.p[n] != '\n' && rest.p[n] != '(' && rest.p[n] != ')')
			n++;
		*version = slice_part(rest, 0, n);
		if (!behind_code && !is_code(*version) && is_version(*version))
			return true;
		behind_code = is_code(*version);
		rest = slice_part(rest, n + 1, rest.n);
	}
	return false;
}

static void
banner(struct probe *p, struct probe_link *l)
{
	struct probe_reply help;
	struct err err = ERR_INIT;
	struct slice version;

	if (find_version(buf_slice(&p->greeting), &version) ||
	    find_version(buf_slice(&p->features), &version) ||
	    (p->protocol == PROBE_SMTP &&
		link_command(l, &help, &err, "HELP") == 0 &&
		find_version(help.text, &version)))
		probe_say(p, "banner", PROBE_ADVICE,
		    "the software tells its version: %.*s",
		    version.n < 60 ? (int)version.n : 60, version.p);
	else
		probe_say(p, "banner", PROBE_PASS,
		    "the software does not tell its version");
}

static void
verify(struct probe *p, struct probe_link *l)
{
	struct probe_reply reply;
	struct err err = ERR_INIT;
	char nobody[PROBE_NOBODY_SIZE];
	int known, unknown;

	probe_make_nobody(nobody, probe_domain(p));
	if (link_command(l, &reply, &err, "VRFY %s",
		p->conf->recipient != NULL ? p->conf->recipient
					   : "postmaster") < 0)
		return;
	known = reply.code;
	if (link_command(l, &reply, &err, "VRFY %s", nobody) < 0)
		return;
	unknown = reply.code;
	if (link_command(l, &reply, &err, "EXPN postmaster") < 0)
		return;
	if (known < 300 && known != 252 && unknown >= 500)
		probe_say(p, "vrfy", PROBE_ADVICE,
		    "VRFY tells who has mail here (%d, %d)", known, unknown);
	else if (reply.code < 300 && reply.code != 252)
		probe_say(p, "vrfy", PROBE_ADVICE, "EXPN is answered (%d)",
		    reply.code);
	else
		probe_say(p, "vrfy", PROBE_PASS,
		    "VRFY and EXPN tell nothing (%d, %d)", known, reply.code);
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* How long RCPT takes, and its code. */
static int
time_rcpt(struct probe_link *l, const char *to, int *code, int64_t *us)
{
	struct probe_reply reply;
	struct err err = ERR_INIT;
	int64_t begun;

	if (link_command(l, &reply, &err, "MAIL FROM:<>") < 0 ||
	    reply.code >= 300)
		return -1;
	begun = clock_monotonic_us();
	if (link_command(l, &reply, &err, "RCPT TO:<%s>", to) < 0)
		return -1;
	*us = clock_monotonic_us() - begun;
	*code = reply.code;
	return link_command(l, &reply, &err, "RSET");
}

static void
say_recipients(struct probe *p, int known, int unknown, int64_t known_us,
    int64_t unknown_us)
{
	int64_t apart = known_us > unknown_us ? known_us - unknown_us
					      : unknown_us - known_us;

	if (known >= 300)
		probe_say(p, "recipients", PROBE_UNKNOWN, "%s is refused (%d)",
		    p->conf->recipient, known);
	else if (unknown < 300)
		probe_say(p, "recipients", PROBE_ADVICE,
		    "mail for nobody is "
		    "taken: what bounces later goes to strangers");
	else
		probe_say(p, "recipients", PROBE_PASS,
		    "mail for nobody is "
		    "refused at RCPT (%d)",
		    unknown);
	if (known < 300 && unknown < 300)
		probe_say(p, "timing",
		    apart > SLOW_US ? PROBE_ADVICE : PROBE_PASS,
		    "RCPT of somebody and of nobody differ by %lld.%lld ms",
		    (long long)(apart / 1000), (long long)(apart / 100 % 10));
}

static void
recipients(struct probe *p, struct probe_link *l)
{
	int64_t known_us[ROUNDS], unknown_us[ROUNDS];
	int known = 0, unknown = 0;
	const char *at;

	if (p->conf->recipient == NULL) {
		probe_say(p, "recipients", PROBE_SKIP,
		    "needs --recipient, a mailbox there");
		return;
	}
	for (at = p->conf->recipient; *at != '\0' && *at != '@';)
		at++;
	for (int i = 0; i < ROUNDS; i++) {
		char nobody[PROBE_NOBODY_SIZE];

		probe_make_nobody(
		    nobody, *at == '@' ? at + 1 : probe_domain(p));
		if (time_rcpt(l, p->conf->recipient, &known, &known_us[i]) <
			0 ||
		    time_rcpt(l, nobody, &unknown, &unknown_us[i]) < 0) {
			probe_say(p, "recipients", PROBE_UNKNOWN,
			    "the server breaks off");
			return;
		}
	}
	qsort(known_us, ROUNDS, sizeof(*known_us), by_size);
	qsort(unknown_us, ROUNDS, sizeof(*unknown_us), by_size);
	say_recipients(
	    p, known, unknown, known_us[ROUNDS / 2], unknown_us[ROUNDS / 2]);
}

/* Passwords in clear are asked for where they are offered. */
static void
passwords(struct probe *p)
{
	struct slice features = buf_slice(&p->features);
	bool offered;

	if (p->tls_first)
		return;
	switch (p->protocol) {
	case PROBE_SMTP:
		offered = link_has_feature(features, "AUTH");
		break;
	case PROBE_IMAP:
		offered = !link_has_feature(features, "LOGINDISABLED");
		break;
	default:
		offered = link_has_feature(features, "USER") ||
			  link_has_feature(features, "SASL");
		break;
	}
	probe_say(p, "password-in-clear", offered ? PROBE_FAIL : PROBE_PASS,
	    offered ? "passwords can be given without TLS"
		    : "no password is asked for without TLS");
}

void
probe_leaks(struct probe *p)
{
	struct probe_link l;
	struct err err = ERR_INIT;

	passwords(p);
	if (link_open_secure(&l, p, &err) < 0) {
		probe_say(p, "banner", PROBE_UNKNOWN, "%s", err.text);
		return;
	}
	banner(p, &l);
	if (p->protocol == PROBE_SMTP) {
		verify(p, &l);
		if (p->relays)
			recipients(p, &l);
	}
	link_close(&l);
}
