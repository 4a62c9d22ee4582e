/* SPDX-License-Identifier: ISC */
/* Repositories: making, opening, index, objects. */
#include "ops/repository.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/document.h"
#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "ops/repository_parts.h"

#define WHAT "config of a repository"
#define RESERVE_MIN ((size_t)256 << 10)
#define RESERVE_MAX ((size_t)64 << 20)

static int
read_config_text(struct slice text, const char *name,
    struct repository_config *config, struct err *err)
{
	unsigned char octets[KEY_ID_SIZE / 2];
	static const char *const members[] = {"id", "check", "slot"};
	char *const to[] = {config->id, config->check, config->slot_id};
	int64_t format;
	struct slice packs = json_get(text, "packs");

	if (document_check(text, name, WHAT, err) < 0)
		return -1;
	if (json_integer(json_get(text, "format"), &format) < 0 ||
	    format != REPOSITORY_FORMAT)
		return document_fault(name, WHAT, "'format' is not 1: was it "
		    "made by a newer version of fe?", err);
	for (size_t i = 0; i < 3; i++) {
		if (hex_decode(json_plain(json_get(text, members[i])), octets,
			sizeof(octets)) < 0)
			return document_fault(name, WHAT,
			    "'id', 'check' or 'slot' is missing", err);
		hex_encode(octets, sizeof(octets), to[i]);
	}
	config->sealed = json_string_is(packs, "sealed");
	if (!config->sealed && !json_string_is(packs, "symmetric"))
		return document_fault(name, WHAT, "'packs' is unknown", err);
	if (clock_parse(json_plain(json_get(text, "made")),
		&config->made_ms) < 0)
		return document_fault(name, WHAT, "'made' is no time", err);
	return 0;
}

int
repository_config_read(struct destination *d,
    struct repository_config *config, struct err *err)
{
	struct buf text = BUF_LIMITED(65536), name = BUF_INIT;
	int result = destination_get(d, "config", 0, 0, &text, err);

	buf_format(&name, "%s/config", destination_name(d));
	if (result > 0 && read_config_text(buf_slice(&text), name.p, config,
		err) < 0)
		result = -1;
	buf_free(&text);
	buf_free(&name);
	return result;
}

static void
format_config(struct buf *out, const struct repository_keys *keys)
{
	unsigned char id[KEY_ID_SIZE / 2];
	char text[KEY_ID_SIZE], time[CLOCK_TEXT_SIZE];
	struct json_writer w = JSON_WRITER(out);

	random_octets(id, sizeof(id));
	hex_encode(id, sizeof(id), text);
	json_open_object(&w, NULL);
	json_put_integer(&w, "fe", 1);
	json_put_integer(&w, "format", REPOSITORY_FORMAT);
	json_put_text(&w, "id", text);
	json_put_text(&w, "made", clock_rfc3339(clock_now_ms(), time));
	json_put_text(&w, "packs", keys->sealed ? "sealed" : "symmetric");
	json_put_text(&w, "check", keys->check);
	json_put_text(&w, "slot", keys->slot_id);
	json_close_object(&w);
	buf_append_char(out, '\n');
}

int
repository_make(struct destination *d, const struct repository_keys *keys,
    struct err *err)
{
	struct repository_config config;
	struct buf text = BUF_INIT;
	int result = repository_config_read(d, &config, err);

	if (result > 0)
		return err_set(err, ERR_USAGE, "'%s' holds a repository "
		    "already", destination_name(d));
	if (result < 0 || destination_prepare(d, err) < 0)
		return -1;
	format_config(&text, keys);
	result = destination_put(d, "config", buf_slice(&text), err);
	buf_free(&text);
	return result;
}

struct repository *
repository_open(struct destination *d, const struct repository_keys *keys,
    struct err *err)
{
	struct repository_config config;
	struct repository *r;
	int found = repository_config_read(d, &config, err);

	if (found < 0)
		return NULL;
	if (found == 0) {
		err_set(err, ERR_USAGE, "there is no repository in '%s': is "
		    "it mounted? `fe-backup init' makes one",
		    destination_name(d));
		return NULL;
	}
	if (strcmp(config.check, keys->check) != 0) {
		err_set(err, ERR_USAGE, "'%s' is opened by another repository "
		    "key", destination_name(d));
		return NULL;
	}
	r = mem_zalloc(sizeof(*r));
	r->destination = d;
	r->keys = keys;
	r->reader = repository_reader_new();
	memcpy(r->id, config.id, sizeof(r->id));
	memcpy(r->slot_id, config.slot_id, sizeof(r->slot_id));
	return r;
}

int
repository_is_there(struct repository *r, struct err *err)
{
	struct repository_config config;
	int found = -1;

	if (destination_is_there(r->destination, err) == 0)
		found = repository_config_read(r->destination, &config, err);
	if (found < 0)
		return -1;
	if (found == 0)
		return err_set(err, ERR_SYSTEM, "the repository in '%s' has "
		    "gone meanwhile: was it unmounted?",
		    destination_name(r->destination));
	if (strcmp(config.id, r->id) != 0)
		return err_set(err, ERR_SYSTEM, "another repository has taken "
		    "the place of the one in '%s' meanwhile: run it again",
		    destination_name(r->destination));
	return 0;
}

bool
repository_is_lost(struct repository *r, struct err *err)
{
	struct err why = ERR_INIT;

	if (err->kind != ERR_SYSTEM || repository_is_there(r, &why) == 0)
		return false;
	*err = why;
	return true;
}

void
repository_close(struct repository *r)
{
	if (r == NULL)
		return;
	repository_writer_free(r->writer);
	repository_reader_free(r->reader);
	blob_index_free(&r->index);
	free(r);
}

/* An index of all packs, and a bit; 0 unknown. */
static size_t
index_size(struct repository *r)
{
	struct destination_list list;
	size_t n = RESERVE_MIN;

	if (destination_list(r->destination, "index", &list, NULL) < 0)
		return 0;
	for (size_t i = 0; i < list.n; i++)
		n += (size_t)list.items[i].size;
	destination_list_free(&list);
	return n < RESERVE_MAX ? n : RESERVE_MAX;
}

static size_t
largest_pack(const struct repository *r)
{
	size_t largest = 0;

	for (size_t i = 0; i < r->index.packs_n; i++)
		if (r->index.packs[i].octets > largest)
			largest = r->index.packs[i].octets;
	return largest;
}

static bool
has_reserve(struct destination *d, size_t n)
{
	struct buf octet = BUF_INIT;
	bool has = destination_get(d, REPOSITORY_RESERVE, n - 1, 1, &octet,
	    NULL) > 0;

	buf_free(&octet);
	return has;
}

/* Nothing that a file system could store in less. */
static int
make_reserve(struct destination *d, size_t n)
{
	struct buf octets = BUF_INIT;
	int result;

	buf_reserve(&octets, n);
	randombytes_buf(octets.p, n);
	octets.n = n;
	result = destination_put_lazily(d, REPOSITORY_RESERVE,
	    buf_slice(&octets), NULL);
	buf_free(&octets);
	return result;
}

void
repository_keep_reserve(struct repository *r)
{
	struct destination *d = r->destination;
	size_t n, pack;

	if (!destination_has_disk(d))
		return;
	n = index_size(r);
	pack = largest_pack(r);
	if (n == 0 || has_reserve(d, n + pack))
		return;
	/* Half as much again, so that it need not be made each time; what the
	 * lock and the index take, where there is no more. */
	if (make_reserve(d, n + n / 2 + pack) < 0 && !has_reserve(d, n))
		(void)make_reserve(d, n + n / 2);
}

int
repository_read_index(struct repository *r, struct err *err)
{
	struct destination_list list;
	struct buf octets = BUF_INIT;
	int result = 0;

	if (r->has_index)
		return 0;
	if (destination_list(r->destination, "index", &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.n && result >= 0; i++) {
		/* One that prune has taken away meanwhile is no loss. */
		result = repository_get_object(r, list.items[i].name, &octets,
		    err);
		if (result > 0)
			result = blob_index_parse(&r->index,
			    buf_slice(&octets), list.items[i].name, err);
	}
	destination_list_free(&list);
	buf_free(&octets);
	r->has_index = result >= 0;
	return result < 0 ? -1 : 0;
}

bool
repository_has(const struct repository *r, const unsigned char *id)
{
	return blob_index_find(&r->index, id) != NULL;
}

bool
repository_is_thinned(const struct repository *r, const unsigned char *id)
{
	const struct indexed_blob *found = blob_index_find(&r->index, id);

	return found != NULL && (found->blob.kind & BLOB_IS_THINNED) != 0;
}

void
repository_pack_name(const unsigned char *id,
    char out[REPOSITORY_PACK_NAME_SIZE])
{
	char hex[2 * PACK_ID_SIZE + 1];

	hex_encode(id, PACK_ID_SIZE, hex);
	memcpy(out, "packs/", 6);
	memcpy(out + 6, hex, 2);
	out[8] = '/';
	memcpy(out + 9, hex, sizeof(hex));
}

void
repository_blob_id(const struct repository *r, enum blob_kind kind,
    struct slice scope, struct slice octets, unsigned char id[BLOB_ID_SIZE])
{
	unsigned char head[5] = {(unsigned char)kind,
	    (unsigned char)scope.n, (unsigned char)(scope.n >> 8),
	    (unsigned char)(scope.n >> 16), (unsigned char)(scope.n >> 24)};
	crypto_generichash_state state;

	crypto_generichash_init(&state, r->keys->id, KEY_SIZE, BLOB_ID_SIZE);
	crypto_generichash_update(&state, head, sizeof(head));
	crypto_generichash_update(&state, (const unsigned char *)scope.p,
	    scope.n);
	crypto_generichash_update(&state, (const unsigned char *)octets.p,
	    octets.n);
	crypto_generichash_final(&state, id, BLOB_ID_SIZE);
}

int
repository_put_object(struct repository *r, const char *name,
    struct slice octets, struct err *err)
{
	struct buf object = BUF_INIT;
	int result = seal_object(&object, octets, name, r->keys->meta, err);

	if (result == 0)
		result = destination_put(r->destination, name,
		    buf_slice(&object), err);
	if (result == 0)
		r->written += (int64_t)object.n;
	else
		r->failed = true;
	buf_free(&object);
	return result;
}

int
repository_get_object(struct repository *r, const char *name,
    struct buf *out, struct err *err)
{
	struct buf object = BUF_LIMITED(SEAL_OBJECT_MAX);
	int result = destination_get(r->destination, name, 0, 0, &object, err);

	buf_truncate(out, 0);
	if (result > 0 && seal_object_open(out, buf_slice(&object), name,
		r->keys->meta, err) < 0)
		result = -1;
	buf_free(&object);
	return result;
}
