/* SPDX-License-Identifier: ISC */
/*
 * Messages that mean ill: those that people have collected in ../shared, and
 * those that are made here.  Each goes through all readers; in the plain
 * build each has its time, of CPU, since the machine may be busy.
 */
#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "mail/address.h"
#include "mail/authres.h"
#include "mail/digest.h"
#include "mail/header.h"
#include "mail/html_text.h"
#include "mail/mime.h"
#include "mail/parameter.h"
#include "mail/received.h"
#include "unit.h"

#define ARCHIVE "../shared/corpus/mime-torture.tar.zst"
#define CORPUS_MS 100
#define HOSTILE_MS 1000 /* of up to 50 MB */

/* Sanitizers slow the walk down twentyfold; memory errors need no 50 MB. */
#ifdef FE_SANITIZE
#define SHARE 16
#else
#define SHARE 1
#endif

static int64_t slowest_us;

static void
read_values(struct slice message)
{
	struct header h;

	header_parse(&h, message);
	for (size_t i = 0; i < h.n; i++) {
		struct slice value = h.fields[i].value;
		struct address_list list;
		struct parameter_list parameters;
		struct authres authres;
		struct received received;
		struct buf text = BUF_INIT;

		header_decode(value, &text);
		address_list_parse(&list, value);
		address_list_free(&list);
		parameter_list_parse(&parameters, value);
		parameter_list_free(&parameters);
		authres_parse(&authres, value);
		authres_free(&authres);
		received_parse(&received, value);
		buf_free(&text);
	}
	header_free(&h);
}

/* Every reader, and in the digest MIME walker, terms and HTML once more. */
static void
read_message(const char *name, struct slice message, int64_t limit_ms)
{
	int64_t begin = clock_cpu_us(), took;
	struct digest d;

	read_values(message);
	digest_make(&d, message);
	EXPECT(d.parts >= 1 && d.parts <= MIME_PARTS_MAX);
	EXPECT(d.terms.text.n <= TERMS_SIZE_MAX);
	digest_free(&d);
	took = clock_cpu_us() - begin;
	if (took > slowest_us)
		slowest_us = took;
#ifndef FE_SANITIZE
	if (took > limit_ms * 1000)
		printf("# %s took %lld us\n", name, (long long)took);
	EXPECT(took <= limit_ms * 1000);
#else
	(void)name;
	(void)limit_ms;
#endif
}

static size_t
read_folder(const char *folder, unsigned depth)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	size_t n = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		struct buf path = BUF_INIT, message = BUF_INIT;
		struct err err = ERR_INIT;

		if (entry->d_name[0] == '.')
			continue;
		buf_format(&path, "%s/%s", folder, entry->d_name);
		if (entry->d_type == DT_DIR && depth < 4) {
			n += read_folder(buf_text(&path), depth + 1);
		} else if (io_read_file(buf_text(&path), &message,
		    &err) == 0) {
			read_message(entry->d_name, buf_slice(&message),
			    CORPUS_MS);
			n++;
		}
		buf_free(&path);
		buf_free(&message);
	}
	if (dir != NULL)
		closedir(dir);
	return n;
}

static void
reads_each_odd_message_of_the_corpus(void)
{
	char folder[] = "/tmp/torture_test.XXXXXX", command[200];
	size_t n;

	EXPECT(mkdtemp(folder) != NULL);
	snprintf(command, sizeof(command),
	    "zstd -dc " ARCHIVE " | tar -xf - -C %s", folder);
	EXPECT(system(command) == 0);
	slowest_us = 0;
	n = read_folder(folder, 0);
	printf("# %zu messages, the slowest took %lld us\n", n,
	    (long long)slowest_us);
	EXPECT(n >= 460);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	EXPECT(system(command) == 0);
}

static void
repeat(struct buf *out, const char *text, size_t times)
{
	size_t n = strlen(text);

	times = times / SHARE + 1;
	buf_reserve(out, n * times);
	while (times-- > 0)
		buf_append(out, text, n);
}

/* A head once, the middle so often, in a message of its own. */
static void
read_repeated(const char *head, const char *middle, size_t times)
{
	struct buf message = BUF_INIT;

	buf_append_text(&message, head);
	repeat(&message, middle, times);
	read_message(middle, buf_slice(&message), HOSTILE_MS);
	buf_free(&message);
}

static void
bears_a_million_header_fields(void)
{
	read_repeated("", "A: b\r\n", 1000000);
	read_repeated("A: b\r\n", " c\r\n", 1000000);
	read_repeated("", "Content-Type: a/b; c=d\r\n", 500000);
}

static void
bears_boundaries_without_end(void)
{
	static const char head[] =
	    "Content-Type: multipart/mixed; boundary=b\r\n\r\n";

	read_repeated(head, "--b\r\n\r\n", 100000);
	read_repeated(head, "--b--\r\n", 100000);
	read_repeated(head, "--\n", 16u << 20);
	read_repeated(head, "\n", 50u << 20);
	read_repeated("Content-Type: multipart/mixed; boundary=\"a:b\"\n\n",
	    "--a:b\n", 1000000);
	read_repeated("Content-Type: multipart/mixed; boundary=\"a:b\"\n\n",
	    "--a:c\n", 1000000);
	read_repeated(head, "--b\r\nContent-Type: message/rfc822\r\n\r\n",
	    100000);
}

static void
bears_nesting_without_end(void)
{
	struct buf message = BUF_INIT;

	for (int i = 0; i < 10000; i++)
		buf_format(&message, "Content-Type: multipart/mixed;"
		    " boundary=b%d\r\n\r\n--b%d\r\n", i, i);
	read_message("depth", buf_slice(&message), HOSTILE_MS);
	/* As deep as it goes, then lines that could be any of them. */
	repeat(&message, "--b1x\r\n", 4u << 20);
	read_message("deep lines", buf_slice(&message), HOSTILE_MS);
	buf_free(&message);
	read_repeated("", "Content-Type: message/rfc822\r\n\r\n", 10000);
	read_repeated("", "Content-Type: multipart/mixed; boundary=b\n\n--b\n",
	    100000);
}

static void
bears_encoded_words_without_end(void)
{
	static const char *const words[] = {"=?utf-8?q?=C3=A9?= ",
	    "=?utf-8?q?", "=?", "=?utf-8?q?a?=", "=?koi8-r?b?8A==?= "
	    "=?iso-8859-2?q?=B1?= ", "=?iso-2022-jp?b?GyRCJCIbKEI=?=\r\n "};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct buf out = BUF_INIT, text = BUF_INIT;

		read_repeated("Subject: ", words[i], 10000);
		repeat(&text, words[i], (3u << 20) / strlen(words[i]));
		header_decode(buf_slice(&text), &out);
		EXPECT(out.n <= text.n);
		buf_free(&out);
		buf_free(&text);
	}
}

static void
bears_addresses_without_end(void)
{
	static const char *const items[] = {"a@b,", "<", "<,", "\"", "(", "a ",
	    "((\\", "<@", "g:", "a@b;", "\"a\" ", "(c) ", "<\"",
	    "=?utf-8?q?a?= <a@b>,", "[", "@a,@b:"};

	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++)
		read_repeated("To: ", items[i], 200000 / strlen(items[i]));
}

static void
bears_parameters_without_end(void)
{
	static const char *const items[] = {"; a*0=b", "; a*=b''%41", ";",
	    "; a=\"", " a", " a=", "(", "; a*99999999999999999999=x", "=",
	    "; =?utf-8?q?a?="};

	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++)
		read_repeated("Content-Type: a/b", items[i],
		    200000 / strlen(items[i]));
}

static void
bears_trace_fields_without_end(void)
{
	static const char *const items[] = {"(", "from a ", "([1.2.3.4]) ",
	    "[", "[1.2.3.4", "helo=", ";", "<", "(a)", "; a=b", "a.b=\""};

	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++)
		read_repeated("Received: from x (", items[i],
		    200000 / strlen(items[i]));
}

static void
bears_html_that_never_ends(void)
{
	static const char *const items[] = {"<", "&", "<a ", "<a href=\"",
	    "<!--", "<!", "</", "<script>", "<p>", "&#", "&amp", "<a b=",
	    "<a href=u>", "</script", "&#x41;", "<td>a"};
	static const char head[] = "Content-Type: text/html\r\n\r\n";

	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		size_t times = (5u << 20) / strlen(items[i]);
		struct buf html = BUF_INIT;
		struct html_text h;

		read_repeated(head, items[i], times);
		repeat(&html, items[i], times);
		html_text_parse(&h, buf_slice(&html));
		EXPECT(h.text.n <= HTML_TEXT_MAX);
		html_text_free(&h);
		buf_free(&html);
	}
}

static void
bears_encodings_that_never_end(void)
{
	static const char *const heads[] = {
	    "Content-Transfer-Encoding: base64\r\n\r\n",
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
	    "Content-Transfer-Encoding: x-uuencode\r\n\r\n",
	    "Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n",
	    "Content-Type: text/plain; charset=utf-7\r\n\r\n",
	    "Content-Type: text/plain; charset=gb18030\r\n\r\n"};
	static const char *const items[] = {"=", "A", "\xff", "=\n", "M\n",
	    "\x1b$B", "+"};

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		for (size_t k = 0; k < sizeof(items) / sizeof(items[0]); k++)
			read_repeated(heads[i], items[k], 4u << 20);
}

int
main(void)
{
	if (access(ARCHIVE, R_OK) == 0 && system("zstd -qV >/dev/null") == 0)
		UNIT_RUN(reads_each_odd_message_of_the_corpus);
	else
		printf("ok reads_each_odd_message_of_the_corpus"
		    " # skip no " ARCHIVE ", or no zstd\n");
	UNIT_RUN(bears_a_million_header_fields);
	UNIT_RUN(bears_boundaries_without_end);
	UNIT_RUN(bears_nesting_without_end);
	UNIT_RUN(bears_encoded_words_without_end);
	UNIT_RUN(bears_addresses_without_end);
	UNIT_RUN(bears_parameters_without_end);
	UNIT_RUN(bears_trace_fields_without_end);
	UNIT_RUN(bears_html_that_never_ends);
	UNIT_RUN(bears_encodings_that_never_end);
	printf("# the slowest took %lld us\n", (long long)slowest_us);
	return UNIT_RESULT;
}
