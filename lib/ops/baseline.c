/* SPDX-License-Identifier: ISC */
/*
 * Baselines at rest.  The signature is looked at before anything else is.
 */
#include "ops/baseline.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/utf8.h"

static const char *const kinds[] = {"file", "key", "folder", "link", "other"};

static void
free_names(struct baseline_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->items[i]);
	free(names->items);
	*names = (struct baseline_names){NULL, 0};
}

void
baseline_free(struct baseline *b)
{
	for (size_t i = 0; i < b->n; i++) {
		free(b->items[i].path);
		free(b->items[i].target);
	}
	free(b->items);
	free_names(&b->content);
	free_names(&b->keys);
	free_names(&b->except);
	*b = (struct baseline){.n = 0};
}

void
baseline_names_add(struct baseline_names *names, const char *path)
{
	names->items =
	    mem_array(names->items, names->n + 1, sizeof(*names->items));
	names->items[names->n++] = mem_text(path);
}

bool
baseline_names_cover(const struct baseline_names *names, const char *path)
{
	for (size_t i = 0; i < names->n; i++) {
		size_t n = strlen(names->items[i]);

		if (strncmp(path, names->items[i], n) == 0 &&
		    (path[n] == '\0' || path[n] == '/'))
			return true;
	}
	return false;
}

void
baseline_add(struct baseline *b, const struct baseline_entry *entry)
{
	if ((b->n & (b->n - 1)) == 0) /* grown at powers of two */
		b->items = mem_array(b->items, b->n == 0 ? 1 : b->n * 2,
		    sizeof(*b->items));
	b->items[b->n++] = *entry;
}

static int
compare(const void *a, const void *b)
{
	const struct baseline_entry *x = a, *y = b;

	return strcmp(x->path, y->path);
}

void
baseline_sort(struct baseline *b)
{
	if (b->n > 1)
		qsort(b->items, b->n, sizeof(*b->items), compare);
}

const struct baseline_entry *
baseline_find(const struct baseline *b, const char *path)
{
	size_t low = 0, high = b->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(b->items[middle].path, path);

		if (order == 0)
			return &b->items[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/*
 * Writing
 */

/* A name is octets; one that is no UTF-8 is written in hex, as NAME_hex. */
static void
put_path(struct json_writer *w, const char *name, const char *path)
{
	size_t n = strlen(path);
	char *hex, hex_name[32];

	if (utf8_is_valid(slice_text(path))) {
		json_put_text(w, name, path);
		return;
	}
	hex = mem_alloc(2 * n + 1);
	hex_encode(path, n, hex);
	snprintf(hex_name, sizeof(hex_name), "%s_hex", name);
	json_put_text(w, hex_name, hex);
	free(hex);
}

static void
write_head(const struct baseline *b, struct buf *out)
{
	struct json_writer w = JSON_WRITER(out);
	char made[CLOCK_TEXT_SIZE];

	json_open_object(&w, NULL);
	json_put_integer(&w, "fe", 1);
	json_put_text(&w, "baseline", clock_rfc3339(b->made_ms, made));
	json_put_texts(&w, "content", b->content.items, b->content.n);
	json_put_texts(&w, "keys", b->keys.items, b->keys.n);
	json_put_texts(&w, "except", b->except.items, b->except.n);
	json_close_object(&w);
	buf_append_char(out, '\n');
}

static void
write_entry(const struct baseline_entry *e, struct buf *out)
{
	struct json_writer w = JSON_WRITER(out);
	char hex[2 * BASELINE_HASH_SIZE + 1], mode[8];

	json_open_object(&w, NULL);
	put_path(&w, "path", e->path);
	json_put_text(&w, "kind", kinds[e->kind]);
	snprintf(mode, sizeof(mode), "%04o", e->mode & 07777);
	json_put_text(&w, "mode", mode);
	json_put_integer(&w, "uid", e->uid);
	json_put_integer(&w, "gid", e->gid);
	if (e->kind == BASELINE_FILE || e->kind == BASELINE_KEY)
		json_put_integer(&w, "size", e->size);
	if (e->kind == BASELINE_KEY)
		json_put_integer(&w, "changed_ms", e->changed_ms);
	if (e->kind == BASELINE_FILE) {
		hex_encode(e->hash, sizeof(e->hash), hex);
		json_put_text(&w, "blake2b", hex);
	}
	if (e->kind == BASELINE_LINK)
		put_path(&w, "target", e->target);
	json_close_object(&w);
	buf_append_char(out, '\n');
}

void
baseline_public(const unsigned char seed[BASELINE_KEY_SIZE],
    unsigned char public_key[BASELINE_PUBLIC_SIZE])
{
	unsigned char secret[crypto_sign_SECRETKEYBYTES];

	crypto_sign_seed_keypair(public_key, secret, seed);
	sodium_memzero(secret, sizeof(secret));
}

int
baseline_write(const struct baseline *b,
    const unsigned char seed[BASELINE_KEY_SIZE], struct buf *out,
    struct err *err)
{
	unsigned char public_key[crypto_sign_PUBLICKEYBYTES];
	unsigned char secret[crypto_sign_SECRETKEYBYTES];
	unsigned char signature[crypto_sign_BYTES];
	char hex[2 * sizeof(signature) + 1];

	out->max = BASELINE_SIZE_MAX;
	write_head(b, out);
	for (size_t i = 0; i < b->n; i++)
		write_entry(&b->items[i], out);
	if (out->n + 4096 > out->max)
		return err_set(err, ERR_CONFIG, "too many files for one "
		    "baseline");
	crypto_sign_seed_keypair(public_key, secret, seed);
	crypto_sign_detached(signature, NULL,
	    (const unsigned char *)out->p, out->n, secret);
	sodium_memzero(secret, sizeof(secret));
	hex_encode(signature, sizeof(signature), hex);
	buf_format(out, "{\"signature\":\"%s\"}\n", hex);
	return 0;
}

/*
 * Reading
 */

static char *
take_path(struct slice line, const char *name)
{
	struct buf text = BUF_INIT;
	char hex_name[32];
	struct slice hex;
	char *path = NULL;

	snprintf(hex_name, sizeof(hex_name), "%s_hex", name);
	hex = json_plain(json_get(line, hex_name));
	if (hex.p != NULL) {
		path = mem_zalloc(hex.n / 2 + 1);
		if (hex_decode(hex, path, hex.n / 2) < 0 ||
		    strlen(path) != hex.n / 2) {
			free(path);
			path = NULL;
		}
	} else if (json_string(json_get(line, name), &text) == 0 &&
	    strlen(buf_text(&text)) == text.n) {
		path = mem_text(buf_text(&text));
	}
	buf_free(&text);
	return path;
}

static int
take_mode(struct slice text, unsigned *mode)
{
	*mode = 0;
	if (text.n != 4)
		return -1;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '7')
			return -1;
		*mode = *mode * 8 + (unsigned)(text.p[i] - '0');
	}
	return 0;
}

static int
take_entry(struct slice line, struct baseline_entry *e)
{
	struct slice kind = json_plain(json_get(line, "kind"));
	unsigned i = 0;

	*e = (struct baseline_entry){.path = take_path(line, "path")};
	while (i < 5 && !slice_is(kind, kinds[i]))
		i++;
	e->kind = (enum baseline_kind)i;
	if (e->path == NULL || i == 5 ||
	    take_mode(json_plain(json_get(line, "mode")), &e->mode) < 0 ||
	    json_integer(json_get(line, "uid"), &e->uid) < 0 ||
	    json_integer(json_get(line, "gid"), &e->gid) < 0)
		return -1;
	if ((e->kind == BASELINE_FILE || e->kind == BASELINE_KEY) &&
	    json_integer(json_get(line, "size"), &e->size) < 0)
		return -1;
	if (e->kind == BASELINE_KEY &&
	    json_integer(json_get(line, "changed_ms"), &e->changed_ms) < 0)
		return -1;
	if (e->kind == BASELINE_FILE &&
	    hex_decode(json_plain(json_get(line, "blake2b")), e->hash,
		sizeof(e->hash)) < 0)
		return -1;
	if (e->kind == BASELINE_LINK)
		e->target = take_path(line, "target");
	return e->kind == BASELINE_LINK && e->target == NULL ? -1 : 0;
}

static int
take_names(struct slice line, const char *name, struct baseline_names *names)
{
	struct json_walk walk = json_walk(json_get(line, name));
	struct slice item;

	while (json_next(&walk, NULL, &item)) {
		struct buf text = BUF_INIT;
		bool good = json_string(item, &text) == 0 &&
		    strlen(buf_text(&text)) == text.n;

		if (good)
			baseline_names_add(names, buf_text(&text));
		buf_free(&text);
		if (!good)
			return -1;
	}
	return 0;
}

static int
take_head(struct slice line, struct baseline *b)
{
	int64_t version;

	if (json_check(line, NULL) < 0 ||
	    json_integer(json_get(line, "fe"), &version) < 0 || version != 1 ||
	    clock_parse(json_plain(json_get(line, "baseline")), &b->made_ms) <
		0)
		return -1;
	return take_names(line, "content", &b->content) < 0 ||
		take_names(line, "keys", &b->keys) < 0 ||
		take_names(line, "except", &b->except) < 0
	    ? -1
	    : 0;
}

int
baseline_parse(struct baseline *b, struct slice text, struct err *err)
{
	struct slice rest = text;
	struct baseline_entry entry;
	unsigned number = 1;

	*b = (struct baseline){.n = 0};
	if (take_head(slice_line(&rest), b) < 0)
		goto bad;
	while (rest.p != NULL && rest.n > 0) {
		struct slice line = slice_line(&rest);

		number++;
		if (json_check(line, NULL) < 0)
			goto bad;
		if (json_get(line, "signature").p != NULL && rest.p == NULL)
			break;
		if (b->n == BASELINE_FILES_MAX || take_entry(line, &entry) <
			0) {
			free(entry.path);
			free(entry.target);
			goto bad;
		}
		baseline_add(b, &entry);
	}
	baseline_sort(b);
	for (size_t i = 1; i < b->n; i++)
		if (compare(&b->items[i - 1], &b->items[i]) == 0)
			goto bad;
	return 0;
bad:
	baseline_free(b);
	return err_set(
	    err, ERR_CONFIG, "line %u is none of a baseline", number);
}

int
baseline_read(struct baseline *b, struct slice text,
    const unsigned char public_key[BASELINE_PUBLIC_SIZE], struct err *err)
{
	unsigned char signature[crypto_sign_BYTES];
	struct slice line;
	size_t end = text.n;

	if (end > 0 && text.p[end - 1] == '\n')
		end--;
	while (end > 0 && text.p[end - 1] != '\n')
		end--;
	line = slice_trim(slice_part(text, end, text.n));
	if (json_check(line, NULL) < 0 ||
	    hex_decode(json_plain(json_get(line, "signature")), signature,
		sizeof(signature)) < 0)
		return err_set(err, ERR_CONFIG, "it is not signed");
	if (crypto_sign_verify_detached(signature,
		(const unsigned char *)text.p, end, public_key) != 0)
		return err_set(err, ERR_CONFIG,
		    "it was changed, or signed with another key");
	return baseline_parse(b, text, err);
}
