/* SPDX-License-Identifier: ISC */
/*
 * Versions and suites.  What is modern is tried with OpenSSL; what is not, with
 * hellos by hand, since the library here would not offer it.
 */
#include <stdio.h>

#include "base/clock.h"
#include "net/client_hello.h"
#include "ops/probe_link.h"

#define SUITES_MAX 128
#define NAMES_MAX 6
#define DH_BITS_MIN 2048

/* 1: the server goes on with it; 0: it refuses; -1: it could not be asked. */
static int
ask(struct probe *p, const struct client_hello *hello,
    struct server_hello *answer, struct err *err)
{
	struct probe_link l;
	struct buf octets = BUF_INIT;
	int64_t until;
	int result = -1;

	if (link_open(&l, p, !p->tls_first, err) < 0)
		return -1;
	if (link_starttls(&l, err) < 0)
		goto out;
	buf_truncate(&l.in, 0);
	client_hello_write(hello, &octets);
	if (link_send(&l, buf_slice(&octets), err) < 0)
		goto out;
	until = clock_monotonic_ms() + p->conf->timeout_ms;
	for (;;) {
		int parsed = server_hello_parse(buf_slice(&l.in), answer);

		if (parsed > 0)
			result = !answer->refused;
		else if (parsed < 0)
			err_set(err, ERR_MESSAGE, "the answer is no TLS");
		/* a connection that just ends is a refusal, too */
		else if (link_fill(&l, until, err) == 1)
			continue;
		else
			result = clock_monotonic_ms() < until ? 0 : -1;
		break;
	}
out:
	link_drop(&l);
	buf_free(&octets);
	return result;
}

/* A server may choose what it then cannot do (DH without parameters), and
 * close without a word: so suites are offered apart by the key exchange. */
enum exchange { EXCHANGE_EC, EXCHANGE_RSA, EXCHANGE_DH, EXCHANGES };

static enum exchange
exchange_of(const struct tls_suite *suite)
{
	struct slice name = slice_text(suite->name);

	return slice_starts(name, "RSA_")   ? EXCHANGE_RSA
	       : slice_starts(name, "ECDH") ? EXCHANGE_EC
					    : EXCHANGE_DH;
}

/* The codes of those suites that have this exchange and (below 0: any) this
 * weakness. */
static size_t
choose(enum exchange exchange, int weakness, uint16_t codes[SUITES_MAX])
{
	size_t all, n = 0;
	const struct tls_suite *suites = tls_suites(&all);

	for (size_t i = 0; i < all && n < SUITES_MAX; i++)
		if (exchange_of(&suites[i]) == exchange &&
		    (weakness < 0 ||
			suites[i].weakness == (enum tls_weakness)weakness))
			codes[n++] = suites[i].code;
	return n;
}

static void
try_old(struct probe *p, const char *check, uint16_t version, const char *name)
{
	uint16_t codes[SUITES_MAX];
	struct client_hello hello = {
	    .version = version, .suites = codes, .host = probe_name(p)};
	struct server_hello answer;
	const struct tls_suite *suite;
	struct err err = ERR_INIT;
	int result = 0;

	for (int i = 0; i < EXCHANGES && result == 0; i++) {
		hello.suites_n = choose((enum exchange)i, -1, codes);
		result = ask(p, &hello, &answer, &err);
	}
	if (result < 0)
		probe_say(p, check, PROBE_UNKNOWN, "%s: %s", name, err.text);
	else if (result == 0)
		probe_say(p, check, PROBE_PASS, "%s is refused", name);
	else {
		suite = tls_suite_find(answer.suite);
		probe_say(p, check, PROBE_FAIL, "%s is accepted (%s)", name,
		    suite != NULL ? suite->name : "a suite not known here");
	}
}

static const char *
weakness_text(enum tls_weakness weakness)
{
	static const char *const texts[] = {"", "no AEAD", "no forward secrecy",
	    "an old cipher", "a broken cipher", "no certificate",
	    "no encryption"};

	return texts[weakness];
}

struct accepted {
	const struct tls_suite *suites[SUITES_MAX];
	size_t n;
	bool compression, renegotiation;
};

/* Asks again and again, each time without those that were taken. */
static int
collect_some(struct probe *p, uint16_t *codes, size_t n,
    struct accepted *accepted, struct err *err)
{
	struct client_hello hello = {.version = 0x0303,
	    .suites = codes,
	    .suites_n = n,
	    .compression = true,
	    .host = probe_name(p)};
	struct server_hello answer;
	int result = 0;

	while (
	    hello.suites_n > 0 && (result = ask(p, &hello, &answer, err)) > 0) {
		size_t i = 0;

		accepted->compression |= answer.compression != 0;
		accepted->renegotiation |= answer.secure_renegotiation;
		while (i < hello.suites_n && codes[i] != answer.suite)
			i++;
		if (i == hello.suites_n || answer.version != 0x0303)
			return 0; /* something that was not offered */
		accepted->suites[accepted->n++] = tls_suite_find(answer.suite);
		codes[i] = codes[--hello.suites_n];
	}
	return result;
}

static int
collect(struct probe *p, struct accepted *accepted, struct err *err)
{
	uint16_t codes[SUITES_MAX];

	/* the worst first: they are told first */
	for (int weakness = TLS_NO_CIPHER; weakness >= 0; weakness--)
		for (int i = 0; i < EXCHANGES; i++)
			if (collect_some(p, codes,
				choose((enum exchange)i, weakness, codes),
				accepted, err) < 0)
				return -1;
	return 0;
}

static void
put_names(const struct accepted *accepted, bool weak, struct buf *names)
{
	size_t said = 0, n = 0;

	for (size_t i = 0; i < accepted->n; i++) {
		if (weak && accepted->suites[i]->weakness == TLS_GOOD)
			continue;
		if (n++ < NAMES_MAX) {
			buf_format(names, "%s%s", said > 0 ? ", " : "",
			    accepted->suites[i]->name);
			said++;
		}
	}
	if (n > said)
		buf_format(names, " and %zu more", n - said);
}

static void
say_suites(struct probe *p, const struct accepted *accepted)
{
	enum tls_weakness worst = accepted->suites[0]->weakness;
	struct buf names = BUF_INIT;

	put_names(accepted, worst > TLS_GOOD, &names);
	if (worst == TLS_GOOD)
		probe_say(p, "tls-suites", PROBE_PASS,
		    "%zu suites of TLS 1.2, all with forward secrecy and AEAD: "
		    "%s",
		    accepted->n, buf_text(&names));
	else
		probe_say(p, "tls-suites",
		    worst >= TLS_OLD_CIPHER ? PROBE_FAIL : PROBE_ADVICE,
		    "weak suites of TLS 1.2, at worst %s: %s",
		    weakness_text(worst), buf_text(&names));
	buf_free(&names);
}

static void
try_suites(struct probe *p, bool has_2)
{
	struct accepted accepted = {.n = 0};
	struct err err = ERR_INIT;

	if (collect(p, &accepted, &err) < 0) {
		probe_say(p, "tls-suites", PROBE_UNKNOWN,
		    "after %zu suites: %s", accepted.n, err.text);
		return;
	}
	if (accepted.n == 0) {
		probe_say(p, "tls-suites", has_2 ? PROBE_UNKNOWN : PROBE_PASS,
		    has_2 ? "the server has TLS 1.2, but with no suite that is "
			    "known here"
			  : "there is no TLS 1.2");
		return;
	}
	say_suites(p, &accepted);
	probe_say(p, "tls-compression",
	    accepted.compression ? PROBE_FAIL : PROBE_PASS,
	    accepted.compression ? "TLS compresses: secrets can be guessed "
				   "by length (CRIME)"
				 : "TLS does not compress");
	probe_say(p, "tls-renegotiation",
	    accepted.renegotiation ? PROBE_PASS : PROBE_FAIL,
	    accepted.renegotiation
		? "renegotiation is secure or none (RFC 5746)"
		: "renegotiation is not secure (RFC 5746 is not known)");
}

/* A whole handshake; the first one keeps the chain. */
static bool
handshake(struct probe *p, bool only_1_2, char *how, size_t size)
{
	struct tlsa tlsa[16];
	const struct tls_client_conf conf = {.host = probe_name(p),
	    .only_1_2 = only_1_2,
	    .tlsa = tlsa,
	    .tlsa_n = only_1_2 ? 0 : probe_read_tlsa(p, tlsa, 16)};
	struct probe_link l;
	struct err err = ERR_INIT;
	bool done = false;

	if (link_open(&l, p, !p->tls_first, &err) == 0) {
		if (link_starttls(&l, &err) == 0 &&
		    link_tls(&l, &conf, &err) == 0) {
			done = true;
			snprintf(how, size, "%s, %s", tls_client_version(l.tls),
			    tls_client_cipher(l.tls));
			if (p->chain.n == 0) {
				tls_client_chain(l.tls, &p->chain);
				p->dane_fits = tls_client_dane_fits(l.tls);
			}
		}
		link_drop(&l);
	}
	if (!done)
		snprintf(how, size, "%s", err.text);
	return done;
}

/* Is there TLS 1.2? */
static bool
try_modern(struct probe *p)
{
	char how[200], how_2[200];
	bool any = handshake(p, false, how, sizeof(how));
	bool has_3 = any && slice_starts(slice_text(how), "TLSv1.3");
	bool has_2 = handshake(p, true, how_2, sizeof(how_2));

	probe_say(p, "tls-1.3", has_3 ? PROBE_PASS : PROBE_ADVICE,
	    has_3 ? "%s" : "TLS 1.3 is not offered (%s)", how);
	if (has_2)
		probe_say(p, "tls-1.2", PROBE_PASS, "%s", how_2);
	else if (has_3)
		probe_say(p, "tls-1.2", PROBE_PASS, "TLS 1.3 alone is offered");
	else
		probe_say(p, "tls-1.2", PROBE_FAIL,
		    "neither TLS 1.2 nor 1.3: %s", how_2);
	return has_2;
}

/* Whose group is small, all who use it share the work of breaking it. */
static void
try_dh(struct probe *p)
{
	const struct tls_client_conf conf = {
	    .host = probe_name(p), .only_1_2 = true, .only_dhe = true};
	struct probe_link l;
	struct err err = ERR_INIT;
	int bits;

	if (link_open(&l, p, !p->tls_first, &err) < 0)
		return;
	if (link_starttls(&l, &err) == 0 && link_tls(&l, &conf, &err) == 0) {
		bits = tls_client_dh_bits(l.tls);
		probe_say(p, "tls-dh",
		    bits < DH_BITS_MIN ? PROBE_FAIL : PROBE_PASS,
		    "the group of DHE has %d bits", bits);
	}
	link_drop(&l);
}

void
probe_tls(struct probe *p)
{
	bool has_2;

	if (!p->tls_first && !p->starttls) {
		probe_say(p, "tls", PROBE_FAIL, "TLS is not offered");
		return;
	}
	has_2 = try_modern(p);
	try_old(p, "tls-1.1", 0x0302, "TLS 1.1");
	try_old(p, "tls-1.0", 0x0301, "TLS 1.0");
	try_old(p, "ssl-3.0", 0x0300, "SSL 3.0");
	try_suites(p, has_2);
	if (has_2)
		try_dh(p);
}
