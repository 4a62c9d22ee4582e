/* SPDX-License-Identifier: ISC */
/*
 * dkim_bench [SECONDS [FOLDER]]: messages of 10 KB per CPU second, signed and
 * verified by our code and by libopendkim, in one process, keys from one zone
 * file.  The signed ones are left in FOLDER, rsa.eml and both.eml.  Run in the
 * top folder.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "auth/dkim.h"
#include "auth/second_dkim.h"
#include "auth/signer.h"
#include "base/clock.h"
#include "base/io.h"

#include <opendkim/dkim.h>

#define BODY_LINES 128 /* of 78 octets */
#define KEYS "test/data/sign/"

static struct signing_keys keys = SIGNING_KEYS_INIT, rsa = SIGNING_KEYS_INIT;
static struct buf message = BUF_INIT, pem[2] = {BUF_INIT, BUF_INIT};
static struct auth_context ctx = {.explained = BUF_INIT};
static struct verifier *verifier;
static struct second_dkim *second;
static struct signer *signer;
static DKIM_LIB *library;

static void
die(const char *what, const struct err *err)
{
	fprintf(stderr, "dkim_bench: %s: %s\n", what, err->text);
	exit(1);
}

static void
add_key(struct signing_keys *to, const char *selector, const char *copy)
{
	struct err err = ERR_INIT;

	if (signing_keys_add(to, SLICE("example.org"), slice_text(selector),
	    copy, &err) < 0)
		die(copy, &err);
}

/* The key files of the tree are open to all, as git makes them. */
static void
read_keys(void)
{
	char name[] = "/tmp/dkim_bench.XXXXXX";
	const char *const files[] = {KEYS "rsa.pem", KEYS "ed.pem"};
	struct err err = ERR_INIT;
	int fd = mkstemp(name);

	close(fd);
	for (int i = 0; i < 2; i++) {
		if (io_read_file(files[i], &pem[i], &err) < 0 ||
		    io_replace_file(name, buf_slice(&pem[i]), 0600, &err) < 0)
			die(files[i], &err);
		add_key(&keys, i == 0 ? "rsa" : "ed", name);
		if (i == 0)
			add_key(&rsa, "rsa", name);
	}
	unlink(name);
}

static void
sign(const struct signing_keys *with, struct slice text, struct buf *out)
{
	struct header header;
	struct signer_request request = {.header = &header, .keys = with,
	    .domain = SLICE("example.org"), .now_s = 1790000000};
	struct err err = ERR_INIT;

	header_parse(&header, text);
	if (signer_sign(signer, &request, out, &err) < 0)
		die("sign", &err);
	header_free(&header);
}

/* What libopendkim signs with one key. */
static void
sign_there(int which, struct slice text)
{
	static const unsigned char *selectors[] = {
	    (const unsigned char *)"rsa", (const unsigned char *)"ed"};
	unsigned char *value;
	struct header header;
	size_t n;
	DKIM_STAT status;
	DKIM *dkim = dkim_sign(library, (const unsigned char *)"b", NULL,
	    (unsigned char *)pem[which].p, selectors[which],
	    (const unsigned char *)"example.org", DKIM_CANON_RELAXED,
	    DKIM_CANON_RELAXED, which == 0 ? DKIM_SIGN_RSASHA256 :
	    DKIM_SIGN_ED25519SHA256, -1, &status);

	header_parse(&header, text);
	for (size_t i = 0; i < header.n; i++)
		dkim_header(dkim, (u_char *)(uintptr_t)header.fields[i].whole.p,
		    header.fields[i].whole.n - 2);
	dkim_eoh(dkim);
	dkim_body(dkim, (u_char *)(uintptr_t)header.body.p, header.body.n);
	if (dkim_eom(dkim, NULL) != DKIM_STAT_OK ||
	    dkim_getsighdr_d(dkim, 0, &value, &n) != DKIM_STAT_OK)
		fprintf(stderr, "dkim_bench: libopendkim does not sign\n");
	dkim_free(dkim);
	header_free(&header);
}

static void
expect(bool pass)
{
	if (!pass) {
		fprintf(stderr, "dkim_bench: a signature does not pass\n");
		exit(1);
	}
}

static void
verify(struct slice text)
{
	struct signed_message m;
	struct dkim_report report;
	struct header header;

	header_parse(&header, text);
	signed_message_init(&m, verifier, &ctx, &header);
	dkim_check(&m, &report);
	for (size_t i = 0; i < report.n; i++)
		expect(report.items[i].result == AUTH_PASS);
	dkim_report_free(&report);
	signed_message_free(&m);
	header_free(&header);
}

static void
verify_there(struct slice text)
{
	struct second_signatures report;
	struct header header;

	header_parse(&header, text);
	second_dkim_check(second, &ctx, &header, &report);
	for (size_t i = 0; i < report.n; i++)
		expect(report.items[i].result == AUTH_PASS);
	second_signatures_free(&report);
	header_free(&header);
}

enum what { SIGN, SIGN_THERE, VERIFY, VERIFY_THERE };

static double
rate(enum what what, bool both, struct slice text, double seconds)
{
	struct buf out = BUF_INIT;
	int64_t start = clock_cpu_us(), spent;
	long n = 0;

	do {
		switch (what) {
		case SIGN:
			buf_truncate(&out, 0);
			sign(both ? &keys : &rsa, text, &out);
			break;
		case SIGN_THERE:
			sign_there(0, text);
			if (both)
				sign_there(1, text);
			break;
		case VERIFY: verify(text); break;
		case VERIFY_THERE: verify_there(text); break;
		}
		n++;
		spent = clock_cpu_us() - start;
	} while ((double)spent < seconds * 1e6);
	buf_free(&out);
	return (double)n * 1e6 / (double)spent;
}

static void
compare(const char *name, enum what ours, enum what theirs, bool both,
    struct slice text, double seconds)
{
	double a = rate(ours, both, text, seconds);
	double b = rate(theirs, both, text, seconds);

	printf("  %-24s %8.0f  libopendkim %8.0f  ratio %.1f\n", name, a, b,
	    a / b);
}

static void
leave(const char *folder, const char *name, const struct buf *text)
{
	struct buf path = BUF_INIT;
	struct err err = ERR_INIT;

	buf_format(&path, "%s/%s", folder, name);
	if (io_replace_file(buf_text(&path), buf_slice(text), 0644, &err) < 0)
		die(name, &err);
	buf_free(&path);
}

int
main(int argc, char *argv[])
{
	double seconds = argc > 1 ? atof(argv[1]) : 1;
	struct dns_conf dns = {.zone_file = KEYS "zone", .timeout_ms = 5000};
	struct buf one = BUF_INIT, two = BUF_INIT;
	struct err err = ERR_INIT;

	buf_append_text(&message, "From: Alice <alice@example.org>\r\n"
	    "To: bob@example.net\r\nSubject: figures\r\n"
	    "Date: Sun, 22 Nov 2026 03:00:00 +0000\r\n"
	    "Message-ID: <1@example.org>\r\n\r\n");
	for (int i = 0; i < BODY_LINES; i++)
		buf_format(&message, "%-71d line\r\n", i);
	ctx.now_ms = 1790000000000;
	ctx.dns = dns_open(&dns, &err);
	if (ctx.dns == NULL)
		die("zone", &err);
	read_keys();
	signer = signer_new();
	verifier = verifier_new();
	second = second_dkim_new();
	library = dkim_init(NULL, NULL);
	sign(&rsa, buf_slice(&message), &one);
	sign(&keys, buf_slice(&message), &two);
	buf_append_slice(&one, buf_slice(&message));
	buf_append_slice(&two, buf_slice(&message));
	if (argc > 2) {
		leave(argv[2], "rsa.eml", &one);
		leave(argv[2], "both.eml", &two);
	}
	compare("verify RSA-2048", VERIFY, VERIFY_THERE, false,
	    buf_slice(&one), seconds);
	compare("verify RSA and Ed25519", VERIFY, VERIFY_THERE, true,
	    buf_slice(&two), seconds);
	compare("sign RSA-2048", SIGN, SIGN_THERE, false,
	    buf_slice(&message), seconds);
	compare("sign RSA and Ed25519", SIGN, SIGN_THERE, true,
	    buf_slice(&message), seconds);
	dns_close(ctx.dns);
	return 0;
}
