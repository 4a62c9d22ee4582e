/* SPDX-License-Identifier: ISC */
/*
 * An append-only, hash-chained file.  Whoever can write it may be hostile:
 * every line is checked before anything in it is believed.
 */
#include "ops/hash_chain.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/io.h"
#include "base/mem.h"

#define FIRST \
	"0000000000000000000000000000000000000000000000000000000000000000"
#define SEAL ",\"hash\":\""
/* SEAL, 64 digits, quote and brace */
#define SEAL_SIZE (sizeof(SEAL) - 1 + 64 + 2)

static const char *const previous_names[] = {"previous", "prev"};

static void
hash_of(enum hash_chain_form form, struct slice text,
    char out[HASH_CHAIN_TEXT_SIZE])
{
	const unsigned char *octets = (const unsigned char *)text.p;
	unsigned char digest[32];

	if (form == HASH_CHAIN_LINKED)
		crypto_hash_sha256(digest, octets, text.n);
	else
		crypto_generichash(digest, sizeof(digest), octets, text.n,
		    NULL, 0);
	hex_encode(digest, sizeof(digest), out);
}

/* Does the line end with its own hash? */
static const char *
check_seal(struct slice line, char hash[HASH_CHAIN_TEXT_SIZE])
{
	struct slice body;

	if (line.n < SEAL_SIZE)
		return "it is no line of a chain";
	body = slice_part(line, 0, line.n - SEAL_SIZE);
	if (!slice_starts(slice_part(line, body.n, line.n), SEAL))
		return "its last member is not 'hash'";
	hash_of(HASH_CHAIN_SEALED, body, hash);
	if (!slice_equal(slice_part(line, line.n - 66, line.n - 2),
		slice_text(hash)))
		return "it was changed";
	return NULL;
}

/* Is it the line that follows?  Then hash becomes its own. */
static const char *
check_line(const struct hash_chain *chain, struct slice line,
    char hash[HASH_CHAIN_TEXT_SIZE])
{
	const char *fault = NULL;
	int64_t n, time_ms;

	if (line.n > HASH_CHAIN_LINE_MAX)
		return "it is too long";
	if (json_check(line, NULL) < 0 || json_type(line) != JSON_OBJECT)
		return "it is no JSON object";
	if (chain->form == HASH_CHAIN_SEALED)
		fault = check_seal(line, hash);
	else
		hash_of(chain->form, line, hash);
	if (fault != NULL)
		return fault;
	if (json_integer(json_get(line, "n"), &n) < 0 ||
	    n != (int64_t)chain->n + 1)
		return "its number does not follow";
	if (!json_string_is(json_get(line, previous_names[chain->form]),
		hash_chain_head(chain)))
		return "it does not hold the hash of the line before";
	if (chain->form == HASH_CHAIN_LINKED &&
	    clock_parse(json_plain(json_get(line, "time")), &time_ms) < 0)
		return "its time is none";
	return NULL;
}

/* What stands in the text from there on. */
static void
verify(struct hash_chain *chain, size_t begin)
{
	while (begin < chain->text.n) {
		struct slice rest =
		    slice_part(buf_slice(&chain->text), begin, chain->text.n);
		size_t n = slice_find(rest, '\n');
		struct hash_chain_line line = {
		    .begin = begin, .end = begin + n};

		if (n == rest.n) {
			chain->torn = n;
			return;
		}
		chain->fault = check_line(
		    chain, slice_part(rest, 0, n), line.hash);
		if (chain->fault != NULL) {
			chain->bad = chain->n + 1;
			return;
		}
		/* grows by doubling */
		if ((chain->n & (chain->n - 1)) == 0)
			chain->lines = mem_array(chain->lines,
			    chain->n == 0 ? 1 : chain->n * 2,
			    sizeof(*chain->lines));
		chain->lines[chain->n++] = line;
		begin = line.end + 1;
	}
}

static void
set_up(struct hash_chain *chain, enum hash_chain_form form)
{
	*chain = (struct hash_chain){.form = form,
	    .text = BUF_LIMITED(HASH_CHAIN_FILE_MAX)};
}

void
hash_chain_parse(struct hash_chain *chain, enum hash_chain_form form,
    struct slice text)
{
	set_up(chain, form);
	chain->text.max = text.n;
	buf_append_slice(&chain->text, text);
	verify(chain, 0);
}

int
hash_chain_read(struct hash_chain *chain, enum hash_chain_form form,
    const char *path, struct err *err)
{
	set_up(chain, form);
	if (io_read_file(path, &chain->text, err) == 0)
		verify(chain, 0);
	else if (errno == ENOENT)
		err_clear(err);
	else {
		hash_chain_close(chain);
		return -1;
	}
	return 0;
}

/* Reads the file that is open and locked, and mends its end. */
static int
take_in(struct hash_chain *chain, const char *path, struct err *err)
{
	if (io_read_all(chain->fd, path, &chain->text, err) < 0)
		return -1;
	verify(chain, 0);
	if (chain->torn > 0) {
		buf_truncate(&chain->text, chain->text.n - chain->torn);
		chain->torn = 0;
		if (ftruncate(chain->fd, (off_t)chain->text.n) < 0)
			return err_errno(err, "cannot mend '%s'", path);
	}
	return chain->text.n == 0 ? io_sync_folder(path, err) : 0;
}

int
hash_chain_open(struct hash_chain *chain, enum hash_chain_form form,
    const char *path, bool waits, struct err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC |
	    O_NOFOLLOW, 0600);

	set_up(chain, form);
	if (fd < 0)
		return err_errno(err, "cannot open '%s'", path);
	chain->fd = fd;
	chain->is_open = true;
	if (flock(fd, waits ? LOCK_EX : LOCK_EX | LOCK_NB) == 0) {
		if (take_in(chain, path, err) == 0)
			return 0;
		hash_chain_close(chain);
		errno = 0;
	} else {
		int error = errno;

		err_errno(err, "cannot lock '%s'", path);
		hash_chain_close(chain);
		errno = error;
	}
	return -1;
}

void
hash_chain_close(struct hash_chain *chain)
{
	buf_free(&chain->text);
	free(chain->lines);
	if (chain->is_open)
		close(chain->fd);
	*chain = (struct hash_chain){.n = 0};
}

int
hash_chain_check(const struct hash_chain *chain, const char *name,
    struct err *err)
{
	if (chain->bad == 0)
		return 0;
	return err_set(err, ERR_CONFIG,
	    "'%s': the chain is broken at line %zu: %s", name, chain->bad,
	    chain->fault);
}

struct slice
hash_chain_line(const struct hash_chain *chain, size_t i)
{
	return slice_part(buf_slice(&chain->text), chain->lines[i].begin,
	    chain->lines[i].end);
}

const char *
hash_chain_head(const struct hash_chain *chain)
{
	return chain->n > 0 ? chain->lines[chain->n - 1].hash : FIRST;
}

/* Appends to the text. */
static int
format_line(struct hash_chain *chain, int64_t time_ms, const char *kind,
    struct slice object)
{
	struct buf line = BUF_INIT;
	char time[CLOCK_TEXT_SIZE], hash[HASH_CHAIN_TEXT_SIZE];
	int result = -1;

	buf_format(&line, "{\"fe\":1,\"n\":%zu,\"time\":\"%s\",\"kind\":\"%s\"",
	    chain->n + 1, clock_rfc3339(time_ms, time), kind);
	if (object.n > 2) {
		buf_append_char(&line, ',');
		buf_append_slice(&line, slice_part(object, 1, object.n - 1));
	}
	buf_format(&line, ",\"%s\":\"%s\"", previous_names[chain->form],
	    hash_chain_head(chain));
	if (chain->form == HASH_CHAIN_SEALED) {
		hash_of(chain->form, buf_slice(&line), hash);
		buf_format(&line, SEAL "%s\"", hash);
	}
	buf_append_text(&line, "}\n");
	if (line.n - 1 <= HASH_CHAIN_LINE_MAX)
		result = buf_append_slice(&chain->text, buf_slice(&line));
	buf_free(&line);
	return result;
}

int
hash_chain_add(struct hash_chain *chain, int64_t time_ms, const char *kind,
    struct slice object, const char *name, struct err *err)
{
	size_t whole = chain->text.n;

	if (hash_chain_check(chain, name, err) < 0)
		return -1;
	if (format_line(chain, time_ms, kind, object) < 0)
		return err_set(err, ERR_SYSTEM, "a line for '%s', or all of "
		    "it, would be too long", name);
	if (io_write(chain->fd, chain->text.p + whole,
		chain->text.n - whole) == 0 && fdatasync(chain->fd) == 0) {
		verify(chain, whole);
		return 0;
	}
	err_errno(err, "cannot write '%s'", name);
	buf_truncate(&chain->text, whole);
	if (ftruncate(chain->fd, (off_t)whole) < 0) {
		chain->bad = chain->n + 1;
		chain->fault = "it was cut short by an error";
	}
	return -1;
}
