/* SPDX-License-Identifier: ISC */
/* Hosts as sorted parts of their hashes (blocklist.h). */
#include "blocklist.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "auth/domain.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"

#define LOOK_MS 1000
#define HEX_SIZE 64
#define LABELS_MAX 10 /* domains above a host that are looked up */

int
blocklist_check(const char *path, struct err *err)
{
	struct stat status;

	if (path[0] != '\0' &&
	    (stat(path, &status) < 0 || S_ISREG(status.st_mode)))
		return 0;
	return err_set(err, ERR_USAGE, "'%s' is no file", path);
}

void
blocklist_init(struct blocklist *list, const char *path)
{
	struct stat status;

	*list = (struct blocklist){.path = path};
	if (stat(path, &status) < 0)
		log_warning("no link is blocked by '%s': %s", path,
		    strerror(errno));
}

void
blocklist_free(struct blocklist *list)
{
	free(list->hashes);
	list->hashes = NULL;
	list->n = 0;
}

static uint64_t
first_of(const unsigned char *sum)
{
	uint64_t first = 0;

	for (int i = 0; i < 8; i++)
		first = first << 8 | sum[i];
	return first;
}

static uint64_t
hash_of(struct slice host)
{
	unsigned char sum[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(sum, (const unsigned char *)host.p, host.n);
	return first_of(sum);
}

static bool
parse_hash(struct slice text, uint64_t *out)
{
	unsigned char sum[crypto_hash_sha256_BYTES];
	size_t n;

	if (text.n != HEX_SIZE || sodium_hex2bin(sum, sizeof(sum), text.p,
	    text.n, NULL, &n, NULL) != 0 || n != sizeof(sum))
		return false;
	*out = first_of(sum);
	return true;
}

/* The last word before a comment; false where there is none. */
static bool
parse_line(struct slice line, uint64_t *out)
{
	struct buf host = BUF_INIT;
	bool found = false;

	line = slice_trim(slice_part(line, 0, slice_find(line, '#')));
	for (size_t i = line.n; i > 0; i--)
		if (ascii_is_space(line.p[i - 1])) {
			line = slice_part(line, i, line.n);
			break;
		}
	while (line.n > 0 && line.p[line.n - 1] == '.')
		line.n--;
	if (line.n == 0)
		return false;
	if (parse_hash(line, out))
		return true;
	if (domain_to_ascii(line, &host) == 0 && host.n > 0) {
		*out = hash_of(buf_slice(&host));
		found = true;
	}
	buf_free(&host);
	return found;
}

static int
compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Nothing but blanks and a comment? */
static bool
says_nothing(struct slice line)
{
	return slice_trim(slice_part(line, 0, slice_find(line, '#'))).n == 0;
}

static void
parse(struct blocklist *list, struct slice text)
{
	size_t lines = 0, bad = 0, first_bad = 0;
	uint64_t hash;

	blocklist_free(list);
	while (text.p != NULL) {
		struct slice line = slice_line(&text);

		lines++;
		if (!parse_line(line, &hash)) {
			if (!says_nothing(line) && bad++ == 0)
				first_bad = lines;
			continue;
		}
		if ((list->n & (list->n - 1)) == 0)
			list->hashes = mem_array(list->hashes,
			    list->n == 0 ? 1 : list->n * 2, sizeof(hash));
		list->hashes[list->n++] = hash;
	}
	if (bad > 0)
		log_warning("'%s': %zu lines name no host, the first is line "
		    "%zu", list->path, bad, first_bad);
	if (list->n > 0)
		qsort(list->hashes, list->n, sizeof(hash), compare);
}

static void
look(struct blocklist *list)
{
	struct buf text = BUF_LIMITED(BLOCKLIST_FILE_MAX);
	struct err err = ERR_INIT;
	struct stat status;
	uint64_t seen[4];

	list->looked_ms = clock_monotonic_ms();
	if (stat(list->path, &status) < 0) {
		if (errno == ENOENT)
			return;
		memset(&status, 0, sizeof(status));
	}
	seen[0] = (uint64_t)status.st_ino;
	seen[1] = (uint64_t)status.st_size;
	seen[2] = (uint64_t)status.st_mtim.tv_sec;
	seen[3] = (uint64_t)status.st_mtim.tv_nsec;
	if (memcmp(seen, list->seen, sizeof(seen)) == 0)
		return;
	memcpy(list->seen, seen, sizeof(seen));
	if (io_read_file(list->path, &text, &err) < 0)
		log_warning("%s", err.text);
	else
		parse(list, buf_slice(&text));
	buf_free(&text);
}

static bool
has_hash(const struct blocklist *list, struct slice host)
{
	uint64_t hash = hash_of(host);

	return bsearch(&hash, list->hashes, list->n, sizeof(hash), compare)
	    != NULL;
}

bool
blocklist_has(struct blocklist *list, struct slice host)
{
	if (list->looked_ms == 0 ||
	    clock_monotonic_ms() - list->looked_ms >= LOOK_MS)
		look(list);
	for (int i = 0; list->n > 0 && i < LABELS_MAX && host.n > 0; i++) {
		if (has_hash(list, host))
			return true;
		slice_cut(&host, '.');
	}
	return false;
}
