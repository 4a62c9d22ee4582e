/* SPDX-License-Identifier: ISC */
/* Keys of mailboxes in a repository. */
#include "ops/key_object.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/document.h"
#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "crypto/keys_file.h"

#define WHAT "key object"
#define DOCUMENTS_MAX 1000

void
key_object_name(const struct repository *r, const char *address,
    struct buf *out)
{
	unsigned char hash[BLOB_ID_SIZE];
	char hex[2 * BLOB_ID_SIZE + 1];

	crypto_generichash(hash, sizeof(hash), (const unsigned char *)address,
	    strlen(address), r->keys->name, KEY_SIZE);
	hex_encode(hash, sizeof(hash), hex);
	buf_truncate(out, 0);
	buf_format(out, "mailboxes/%s", hex);
}

void
key_object_free(struct key_object *o)
{
	for (size_t i = 0; i < o->n; i++)
		mailbox_keys_free(&o->documents[i]);
	free(o->documents);
	free(o->erased);
	free(o->address);
	memset(o, 0, sizeof(*o));
}

static int
parse_documents(struct slice array, const char *name, struct key_object *o,
    struct err *err)
{
	struct json_walk walk = json_walk(array);
	struct slice item;

	o->documents = mem_zalloc((json_count(array) + 1) *
	    sizeof(*o->documents));
	while (o->n < DOCUMENTS_MAX && json_next(&walk, NULL, &item)) {
		if (keys_file_parse(&o->documents[o->n], item, name, err) < 0)
			return -1;
		o->n++;
	}
	return 0;
}

static int
parse_erased(struct slice array, const char *name, struct key_object *o,
    struct err *err)
{
	struct json_walk walk = json_walk(array);
	struct slice item;

	o->erased = mem_zalloc((json_count(array) + 1) * sizeof(*o->erased));
	while (json_next(&walk, NULL, &item)) {
		struct key_erasure *e = &o->erased[o->erased_n++];
		unsigned char id[KEY_ID_SIZE / 2];

		if (hex_decode(json_plain(json_get(item, "mailbox")), id,
			sizeof(id)) < 0 ||
		    clock_parse(json_plain(json_get(item, "time")),
			&e->time_ms) < 0)
			return document_fault(name, WHAT,
			    "'erased' is damaged", err);
		hex_encode(id, sizeof(id), e->mailbox);
	}
	return 0;
}

static int
parse_object(struct slice text, const char *name, struct key_object *o,
    struct err *err)
{
	struct buf address = BUF_INIT;

	if (document_check(text, name, WHAT, err) < 0)
		return -1;
	(void)json_string(json_get(text, "address"), &address);
	o->address = buf_take(&address, NULL);
	if (parse_documents(json_get(text, "documents"), name, o, err) < 0)
		return -1;
	return parse_erased(json_get(text, "erased"), name, o, err);
}

static int
read_by_name(struct repository *r, const char *name, struct key_object *o,
    struct err *err)
{
	struct buf text = BUF_INIT, whole = BUF_LIMITED(SEAL_OBJECT_MAX);
	int result;

	memset(o, 0, sizeof(*o));
	/* An empty one is what a crash left of a backup that has no
	 * snapshot. */
	result = destination_get(r->destination, name, 0, 0, &whole, err);
	if (result > 0)
		result = whole.n == 0 ? 0 : seal_object_open(&text,
		    buf_slice(&whole), name, r->keys->meta, err) < 0 ? -1 : 1;
	if (result > 0 && parse_object(buf_slice(&text), name, o, err) < 0) {
		key_object_free(o);
		result = -1;
	}
	buf_free(&text);
	buf_free(&whole);
	return result;
}

int
key_object_read(struct repository *r, const char *address,
    struct key_object *o, struct err *err)
{
	struct buf name = BUF_INIT;
	int result;

	key_object_name(r, address, &name);
	result = read_by_name(r, name.p, o, err);
	buf_free(&name);
	return result;
}

int
key_object_merge(struct repository *from, struct repository *to,
    const char *name, struct err *err)
{
	struct key_object o;
	int found = read_by_name(from, name, &o, err), result = 0;

	if (found < 0)
		return -1;
	for (size_t i = 0; i < o.n && result == 0; i++) {
		result = key_object_add(to, o.address, &o.documents[i], err);
		if (result < 0 && err->kind == ERR_USAGE)
			result = 0; /* erased there */
	}
	key_object_free(&o);
	return result;
}

bool
key_object_reduce(struct mailbox_keys *k, const char *slot_id)
{
	bool found = false;

	mailbox_keys_remove_kind(k, KEYSLOT_SERVICE, NULL);
	mailbox_keys_remove_kind(k, KEYSLOT_PASSWORD, NULL);
	mailbox_keys_remove_kind(k, KEYSLOT_RECOVERY, NULL);
	mailbox_keys_remove_kind(k, KEYSLOT_APP, NULL);
	for (size_t i = k->slots_n; i-- > 0;) {
		if (k->slots[i].kind != KEYSLOT_BACKUP)
			continue;
		if (strcmp(k->slots[i].by, slot_id) == 0 && !found)
			found = true;
		else
			mailbox_keys_remove_slot(k, k->slots[i].id);
	}
	return found;
}

/* Does a document hold all that these keys hold? */
static bool
covers(const struct mailbox_keys *old, const struct mailbox_keys *k)
{
	if (strcmp(old->mailbox, k->mailbox) != 0 ||
	    strcmp(old->root_id, k->root_id) != 0)
		return false;
	for (size_t i = 0; i < k->keys_n; i++)
		if (mailbox_keys_find(old, k->keys[i].id) == NULL)
			return false;
	return true;
}

static int
format(const struct key_object *o, const char *address,
    const struct mailbox_keys *more, struct buf *out, struct err *err)
{
	struct json_writer w = JSON_WRITER(out);
	struct buf text = BUF_INIT;
	char time[CLOCK_TEXT_SIZE];
	int result = 0;

	json_open_object(&w, NULL);
	json_put_integer(&w, "fe", 1);
	json_put_text(&w, "address", address);
	json_open_array(&w, "documents");
	for (size_t i = 0; i <= o->n && result == 0; i++) {
		const struct mailbox_keys *k = i < o->n ? &o->documents[i]
							: more;

		if (k == NULL || (i < o->n && more != NULL && covers(more, k)))
			continue;
		buf_truncate(&text, 0);
		result = keys_file_format(k, &text, err);
		json_put_raw(&w, NULL, slice_trim(buf_slice(&text)));
	}
	json_close_array(&w);
	json_open_array(&w, "erased");
	for (size_t i = 0; i < o->erased_n; i++) {
		json_open_object(&w, NULL);
		json_put_text(&w, "mailbox", o->erased[i].mailbox);
		json_put_text(&w, "time", clock_rfc3339(o->erased[i].time_ms,
		    time));
		json_close_object(&w);
	}
	json_close_array(&w);
	json_close_object(&w);
	buf_free(&text);
	return result;
}

/* Seals and stores; what is new may wait for the common sync. */
static int
store(struct repository *r, const char *address, const struct key_object *o,
    const struct mailbox_keys *more, bool lazily, struct err *err)
{
	struct buf name = BUF_INIT, text = BUF_INIT, object = BUF_INIT;
	int result = format(o, address, more, &text, err);

	key_object_name(r, address, &name);
	if (result == 0)
		result = seal_object(&object, buf_slice(&text), name.p,
		    r->keys->meta, err);
	if (result == 0 && lazily)
		result = destination_put_lazily(r->destination, name.p,
		    buf_slice(&object), err);
	else if (result == 0)
		result = destination_put(r->destination, name.p,
		    buf_slice(&object), err);
	if (result == 0)
		r->written += (int64_t)object.n;
	else
		r->failed = true;
	buf_free(&name);
	buf_free(&text);
	buf_free(&object);
	return result;
}

static bool
was_erased(const struct key_object *o, const char *mailbox)
{
	for (size_t i = 0; i < o->erased_n; i++)
		if (strcmp(o->erased[i].mailbox, mailbox) == 0)
			return true;
	return false;
}

int
key_object_add(struct repository *r, const char *address,
    const struct mailbox_keys *k, struct err *err)
{
	struct key_object o;
	int found = key_object_read(r, address, &o, err);
	int result = 0;
	bool have = false;

	if (found < 0)
		return -1;
	for (size_t i = 0; i < o.n; i++)
		have = have || covers(&o.documents[i], k);
	if (was_erased(&o, k->mailbox))
		result = err_set(err, ERR_USAGE, "'%s' was erased from this "
		    "repository and is still here: its backups cannot be read",
		    address);
	else if (!have)
		result = store(r, address, &o, k, found == 0, err);
	key_object_free(&o);
	return result;
}

int
key_object_erase(struct repository *r, const char *address, struct err *err)
{
	struct key_object o;
	int found = key_object_read(r, address, &o, err);
	size_t n;

	if (found < 0)
		return -1;
	n = o.n;
	o.erased = mem_array(o.erased, o.erased_n + n + 1,
	    sizeof(*o.erased));
	for (size_t i = 0; i < n; i++) {
		if (!was_erased(&o, o.documents[i].mailbox)) {
			struct key_erasure *e = &o.erased[o.erased_n++];

			memcpy(e->mailbox, o.documents[i].mailbox,
			    KEY_ID_SIZE);
			e->time_ms = clock_now_ms();
		}
		mailbox_keys_free(&o.documents[i]);
	}
	o.n = 0;
	if (n > 0 && store(r, address, &o, NULL, false, err) < 0)
		found = -1;
	key_object_free(&o);
	return found < 0 ? -1 : n > 0;
}

int
key_object_unlock(struct repository *r, const char *address,
    const char *mailbox, struct mailbox_keys **list, size_t *n,
    struct err *err)
{
	struct key_object o;
	int found = key_object_read(r, address, &o, err);

	*list = NULL;
	*n = 0;
	if (found < 0)
		return -1;
	*list = mem_zalloc((o.n + 1) * sizeof(**list));
	for (size_t i = o.n; i-- > 0 && found > 0;) {
		if (mailbox != NULL && mailbox[0] != '\0' &&
		    strcmp(o.documents[i].mailbox, mailbox) != 0)
			continue;
		if (mailbox_keys_unlock_backup(&o.documents[i],
			r->keys->slot_id, r->keys->slot, err) < 0) {
			found = -1;
			break;
		}
		(*list)[(*n)++] = o.documents[i];
		memset(&o.documents[i], 0, sizeof(o.documents[i]));
	}
	if (found >= 0 && *n == 0)
		found = err_set(err, ERR_USAGE, o.erased_n > 0 ?
		    "'%s' was erased from this repository" :
		    "the repository has no keys of '%s': it had no backup "
		    "keyslot", address);
	key_object_free(&o);
	if (found > 0)
		return 0;
	for (size_t i = 0; i < *n; i++)
		mailbox_keys_free(&(*list)[i]);
	free(*list);
	*list = NULL;
	return -1;
}
