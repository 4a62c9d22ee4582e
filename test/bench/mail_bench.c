/* SPDX-License-Identifier: ISC */
/*
 * What reading a message costs: microseconds of each reader, for the file
 * named, or for a message of about 11 KB made here.
 *
 *	mail_bench [FILE]
 */
#include <stdio.h>

#include "base/clock.h"
#include "base/io.h"
#include "mail/address.h"
#include "mail/digest.h"
#include "mail/encoding.h"
#include "mail/header.h"
#include "mail/html_text.h"
#include "mail/mime.h"

#define BENCH_MS 300 /* for each reader */

static const char *const words[] = {"The", "invoice", "for", "November", "is",
	"attached;", "please", "let", "us", "know", "whether", "delivery",
	"on", "Thursday", "suits", "you,", "or", "write", "to",
	"service@example.org"};

static void
add_words(struct buf *out, int n, const char *open, const char *close)
{
	for (int i = 0; i < n; i++)
		buf_format(out, "%s%s%d%s%s", open,
		    words[(i * 7 + i / 3) % 20], i % 97, close,
		    i % 10 == 9 ? "\r\n" : " ");
}

static void
make_message(struct buf *out)
{
	for (int i = 0; i < 8; i++)
		buf_format(out, "Received: from mx%d.example.net (mx%d.example"
		    ".net [192.0.2.%d])\r\n\tby mx.example.org (Postfix) with"
		    " ESMTPS id 4Xy%dABC\r\n\tfor <ann@example.org>;"
		    " Sun, 22 Nov 2026 02:19:%02d +0000 (UTC)\r\n", i, i, i,
		    i, i);
	for (int i = 0; i < 15; i++)
		buf_format(out, "X-Header-Field-%d: some value that is"
		    " neither short nor long; a=%d\r\n", i, i);
	buf_append_text(out, "From: =?utf-8?q?J=C3=B6rg?= <joerg@example.net>"
	    "\r\nTo: Ann <ann@example.org>, Bob <bob@example.org>\r\n"
	    "Subject: =?utf-8?b?UmVjaG51bmcgZsO8ciBOb3ZlbWJlcg==?= 2026\r\n"
	    "Date: Sun, 22 Nov 2026 02:19:17 +0000\r\n"
	    "Message-ID: <01J@example.net>\r\nMIME-Version: 1.0\r\n"
	    "Content-Type: multipart/alternative; boundary=\"=_b\"\r\n\r\n"
	    "--=_b\r\nContent-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
	add_words(out, 420, "", "");
	buf_append_text(out, "\r\n--=_b\r\nContent-Type: text/html;"
	    " charset=utf-8\r\n\r\n<html><body>");
	add_words(out, 290, "<p>", "</p>");
	buf_append_text(out, "</body></html>\r\n--=_b--\r\n");
}

static void
read_header(struct slice message)
{
	struct header h;

	header_parse(&h, message);
	header_free(&h);
}

static void
read_mime(struct slice message)
{
	struct mime m;

	mime_parse(&m, message, NULL);
	mime_free(&m);
}

static void
read_text(struct slice message)
{
	struct mime m;

	mime_parse(&m, message, NULL);
	for (size_t i = 0; i < m.n; i++) {
		struct buf text = BUF_INIT;

		if (mime_part_is(&m.parts[i], "text", NULL))
			mime_part_text(&m.parts[i], &text);
		buf_free(&text);
	}
	mime_free(&m);
}

static void
read_html(struct slice message)
{
	struct html_text h;

	html_text_parse(&h, message);
	html_text_free(&h);
}

static void
read_terms(struct slice message)
{
	struct terms t;

	terms_init(&t);
	terms_add(&t, "", message);
	terms_free(&t);
}

static void
read_digest(struct slice message)
{
	struct digest d;

	digest_make(&d, message);
	digest_free(&d);
}

static void
read_base64(struct slice message)
{
	struct buf out = BUF_INIT;

	base64_decode(message, &out);
	buf_free(&out);
}

static void
measure(const char *name, void (*run)(struct slice), struct slice input)
{
	int64_t begin = clock_cpu_us(), took;
	long rounds = 0;

	do {
		for (int i = 0; i < 20; i++)
			run(input);
		rounds += 20;
		took = clock_cpu_us() - begin;
	} while (took < BENCH_MS * 1000);
	printf("  %-34s %9.2f us %9.0f MB/s\n", name,
	    (double)took / (double)rounds,
	    (double)input.n * (double)rounds / (double)took);
}

int
main(int argc, char *argv[])
{
	struct buf message = BUF_INIT, coded = BUF_INIT;
	struct err err = ERR_INIT;

	if (argc < 2)
		make_message(&message);
	else if (io_read_file(argv[1], &message, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 75;
	}
	base64_encode(buf_slice(&message), 76, &coded);
	printf("Reading a message of %zu octets\n", message.n);
	measure("header_parse", read_header, buf_slice(&message));
	measure("mime_parse", read_mime, buf_slice(&message));
	measure("mime_parse, text as UTF-8", read_text, buf_slice(&message));
	measure("html_text_parse of all octets", read_html,
	    buf_slice(&message));
	measure("terms_add of all octets", read_terms, buf_slice(&message));
	measure("base64_decode of it encoded", read_base64,
	    buf_slice(&coded));
	measure("digest_make (all of the above)", read_digest,
	    buf_slice(&message));
	buf_free(&message);
	buf_free(&coded);
	return 0;
}
