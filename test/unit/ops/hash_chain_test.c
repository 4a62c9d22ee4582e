/* SPDX-License-Identifier: ISC */
/* Chains of lines: their two forms, octet for octet, and what breaks them. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/io.h"
#include "ops/hash_chain.h"
#include "unit.h"

static char path[] = "/tmp/fe-hash-chain-test.XXXXXX";

#define ZEROS \
	"0000000000000000000000000000000000000000000000000000000000000000"
/* of sha256sum(1) */
#define LINKED_1 \
	"8d74515b6e45719289cb1aca01684712a86ad387ec894d01f549056eac7a6ef6"
#define LINKED_2 \
	"b782abf72e80f88b0aa23a207e7940a67aa90cf41f81764df2cefebc8739675b"
/* of b2sum(1) -l 256 */
#define SEALED_1 \
	"94708157b3d0015b298d9a370497414b37df43fd82a993836ace42150686cab4"
#define SEALED_2 \
	"a3e1db1df3d3db10c1c5f92385e70a2f62c6fdae9942c76a82b0e8c0133efa9b"

static const struct {
	const char *kind, *object, *head, *text;
} forms[] = {
    [HASH_CHAIN_LINKED] = {"dkim",
	"{\"name\":\"example.org\",\"event\":\"begun\"}", LINKED_2,
	"{\"fe\":1,\"n\":1,\"time\":\"1970-01-01T00:00:00.000Z\","
	"\"kind\":\"dkim\",\"name\":\"example.org\",\"event\":\"begun\","
	"\"previous\":\"" ZEROS "\"}\n"
	"{\"fe\":1,\"n\":2,\"time\":\"1970-01-01T00:00:00.001Z\","
	"\"kind\":\"dkim\",\"previous\":\"" LINKED_1 "\"}\n"},
    [HASH_CHAIN_SEALED] = {"attest", "{\"id\":\"a\"}", SEALED_2,
	"{\"fe\":1,\"n\":1,\"time\":\"1970-01-01T00:00:00.000Z\","
	"\"kind\":\"attest\",\"id\":\"a\",\"prev\":\"" ZEROS "\","
	"\"hash\":\"" SEALED_1 "\"}\n"
	"{\"fe\":1,\"n\":2,\"time\":\"1970-01-01T00:00:00.001Z\","
	"\"kind\":\"attest\",\"prev\":\"" SEALED_1 "\","
	"\"hash\":\"" SEALED_2 "\"}\n"}};

#define EACH_FORM(form) \
	(enum hash_chain_form form = HASH_CHAIN_LINKED; \
	    form <= HASH_CHAIN_SEALED; form++)

/* The number of the first bad line of a text. */
static size_t
bad_line(enum hash_chain_form form, struct slice text)
{
	struct hash_chain chain;
	size_t bad;

	hash_chain_parse(&chain, form, text);
	bad = chain.bad;
	EXPECT(bad == 0 ? chain.fault == NULL : chain.n == bad - 1);
	hash_chain_close(&chain);
	return bad;
}

static void
write_file(struct slice text)
{
	struct err err = ERR_INIT;

	EXPECT(io_replace_file(path, text, 0600, &err) == 0);
}

/* Adds n lines to the file. */
static void
add(enum hash_chain_form form, size_t n)
{
	struct hash_chain chain;
	struct err err = ERR_INIT;

	EXPECT(hash_chain_open(&chain, form, path, true, &err) == 0);
	while (n-- > 0)
		EXPECT(hash_chain_add(&chain, (int64_t)chain.n, "k",
			   SLICE("{\"a\":\"b\"}"), "c", &err) == 0);
	hash_chain_close(&chain);
}

static void
lines_are_written_in_the_form_of_the_file(void)
{
	for EACH_FORM (form) {
		struct hash_chain chain;
		struct err err = ERR_INIT;
		struct buf text = BUF_INIT;

		unlink(path);
		EXPECT(hash_chain_open(&chain, form, path, true, &err) == 0);
		EXPECT_SLICE("first", SLICE(ZEROS),
		    slice_text(hash_chain_head(&chain)));
		EXPECT(hash_chain_add(&chain, 0, forms[form].kind,
			   slice_text(forms[form].object), "c", &err) == 0);
		EXPECT(hash_chain_add(&chain, 1, forms[form].kind, SLICE("{}"),
			   "c", &err) == 0);
		EXPECT_SLICE("head", slice_text(forms[form].head),
		    slice_text(hash_chain_head(&chain)));
		hash_chain_close(&chain);
		EXPECT(io_read_file(path, &text, &err) == 0);
		EXPECT_SLICE("text", slice_text(forms[form].text),
		    buf_slice(&text));
		EXPECT(hash_chain_read(&chain, form, path, &err) == 0);
		EXPECT_NUMBER("lines", 2, chain.n);
		EXPECT(slice_ends(hash_chain_line(&chain, 0), "\"}"));
		EXPECT(hash_chain_check(&chain, "c", &err) == 0);
		hash_chain_close(&chain);
		buf_free(&text);
	}
	EXPECT_NUMBER("the other form", 1,
	    bad_line(HASH_CHAIN_SEALED,
		slice_text(forms[HASH_CHAIN_LINKED].text)));
}

/* All octets of a sealed chain; of a linked one all but the last line's. */
static void
one_octet_that_was_changed_shows(void)
{
	for EACH_FORM (form) {
		struct buf text = BUF_INIT;
		size_t end;

		buf_append_text(&text, forms[form].text);
		end = form == HASH_CHAIN_SEALED
		    ? text.n - 1
		    : slice_find(buf_slice(&text), '\n');
		for (size_t i = 0; i < end; i++) {
			text.p[i] ^= 1;
			EXPECT(bad_line(form, buf_slice(&text)) != 0);
			text.p[i] ^= 1;
		}
		buf_free(&text);
	}
}

static void
a_line_that_is_gone_or_comes_twice_shows(void)
{
	static const struct {
		const char *order;
		size_t bad;
	} cases[] = {{"0123", 0}, {"012", 0}, {"123", 1}, {"023", 2},
	    {"013", 3}, {"00123", 2}, {"0213", 2}, {"01233", 5}};

	for EACH_FORM (form) {
		struct buf text = BUF_INIT, other = BUF_INIT;
		struct err err = ERR_INIT;
		struct slice lines[4], rest;

		unlink(path);
		add(form, 4);
		EXPECT(io_read_file(path, &text, &err) == 0);
		rest = buf_slice(&text);
		for (int i = 0; i < 4; i++)
			lines[i] = slice_line(&rest);
		for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
			buf_truncate(&other, 0);
			for (const char *c = cases[i].order; *c != '\0'; c++) {
				buf_append_slice(&other, lines[*c - '0']);
				buf_append_char(&other, '\n');
			}
			EXPECT_NUMBER(cases[i].order, cases[i].bad,
			    bad_line(form, buf_slice(&other)));
		}
		buf_free(&text);
		buf_free(&other);
	}
}

static void
a_torn_end_is_no_fault_and_goes_away(void)
{
	for EACH_FORM (form) {
		struct hash_chain chain;
		struct buf text = BUF_INIT;
		struct err err = ERR_INIT;

		unlink(path);
		add(form, 3);
		EXPECT(io_read_file(path, &text, &err) == 0);
		write_file(slice_part(buf_slice(&text), 0, text.n - 20));
		EXPECT(hash_chain_read(&chain, form, path, &err) == 0);
		EXPECT_NUMBER("whole", 2, chain.n);
		EXPECT(chain.torn > 0 && chain.bad == 0);
		hash_chain_close(&chain);
		add(form, 1);
		buf_truncate(&text, 0);
		EXPECT(io_read_file(path, &text, &err) == 0);
		hash_chain_parse(&chain, form, buf_slice(&text));
		EXPECT_NUMBER("after", 3, chain.n);
		EXPECT(chain.torn == 0 && chain.bad == 0);
		hash_chain_close(&chain);
		buf_free(&text);
	}
}

static void
nothing_is_added_behind_a_bad_line(void)
{
	struct hash_chain chain;
	struct err err = ERR_INIT;
	struct buf text = BUF_INIT;

	write_file(SLICE("{}\nhalf"));
	EXPECT(hash_chain_open(
		   &chain, HASH_CHAIN_LINKED, path, true, &err) == 0);
	EXPECT_NUMBER("bad", 1, chain.bad);
	EXPECT(hash_chain_add(&chain, 9, "k", SLICE_NONE, "the file", &err) <
	    0);
	EXPECT(err.kind == ERR_CONFIG);
	EXPECT_SLICE("words",
	    SLICE("'the file': the chain is broken at line 1: its number does "
		  "not follow"),
	    slice_text(err.text));
	hash_chain_close(&chain);
	EXPECT(io_read_file(path, &text, &err) == 0);
	EXPECT_SLICE("as it was", SLICE("{}\nhalf"), buf_slice(&text));
	buf_free(&text);
}

/* The limit of a file's size stands for a full disk. */
static void
a_write_that_fails_leaves_no_half_line(void)
{
	struct hash_chain chain;
	struct err err = ERR_INIT;
	struct rlimit old, low;
	size_t whole;

	unlink(path);
	signal(SIGXFSZ, SIG_IGN);
	EXPECT(hash_chain_open(
		   &chain, HASH_CHAIN_SEALED, path, true, &err) == 0);
	EXPECT(hash_chain_add(&chain, 0, "k", SLICE_NONE, "c", &err) == 0);
	whole = chain.text.n;
	EXPECT(getrlimit(RLIMIT_FSIZE, &old) == 0);
	low = old;
	low.rlim_cur = whole + 10;
	EXPECT(setrlimit(RLIMIT_FSIZE, &low) == 0);
	EXPECT(hash_chain_add(&chain, 1, "k", SLICE_NONE, "c", &err) < 0);
	EXPECT(err.kind == ERR_SYSTEM);
	EXPECT(setrlimit(RLIMIT_FSIZE, &old) == 0);
	EXPECT_NUMBER("size", (int64_t)whole, lseek(chain.fd, 0, SEEK_END));
	EXPECT(hash_chain_add(&chain, 1, "k", SLICE_NONE, "c", &err) == 0);
	EXPECT_NUMBER("lines", 2, chain.n);
	hash_chain_close(&chain);
}

static void
one_adds_at_a_time(void)
{
	struct hash_chain first, second;
	struct err err = ERR_INIT;

	EXPECT(hash_chain_open(
		   &first, HASH_CHAIN_SEALED, path, true, &err) == 0);
	EXPECT(hash_chain_open(
		   &second, HASH_CHAIN_SEALED, path, false, &err) < 0);
	EXPECT(errno == EWOULDBLOCK && err.kind == ERR_SYSTEM);
	hash_chain_close(&second);
	hash_chain_close(&first);
	EXPECT(hash_chain_open(
		   &second, HASH_CHAIN_SEALED, path, false, &err) == 0);
	hash_chain_close(&second);
}

static void
no_file_is_an_empty_chain(void)
{
	struct hash_chain chain;
	struct err err = ERR_INIT;

	unlink(path);
	EXPECT(hash_chain_read(&chain, HASH_CHAIN_LINKED, path, &err) == 0);
	EXPECT_NUMBER("lines", 0, chain.n);
	EXPECT(err.kind == ERR_NONE && access(path, F_OK) < 0);
	hash_chain_close(&chain);
}

int
main(void)
{
	int fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	UNIT_RUN(lines_are_written_in_the_form_of_the_file);
	UNIT_RUN(one_octet_that_was_changed_shows);
	UNIT_RUN(a_line_that_is_gone_or_comes_twice_shows);
	UNIT_RUN(a_torn_end_is_no_fault_and_goes_away);
	UNIT_RUN(nothing_is_added_behind_a_bad_line);
	UNIT_RUN(a_write_that_fails_leaves_no_half_line);
	UNIT_RUN(one_adds_at_a_time);
	UNIT_RUN(no_file_is_an_empty_chain);
	unlink(path);
	return UNIT_RESULT;
}
