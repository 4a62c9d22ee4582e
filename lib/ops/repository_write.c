/* SPDX-License-Identifier: ISC */
/*
 * The writing half.  Blobs gather in two packs, one of content and one of
 * lists and maps; a full one is given to a thread, which waits for the
 * destination while the next is being filled.  Packs that have arrived are
 * named in an index object from time to time, so that what a killed backup
 * had sent is found by the next; only then they need to be durable.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/mem.h"
#include "ops/repository_parts.h"

#define QUEUE_MAX 1     /* packs that wait, besides the one on its way */
#define ROOMS 2         /* all but the pack that is being filled */
#define INDEX_EVERY 64  /* packs */
#define INDEX_EVERY_MS 30000

struct filling {
	struct pack pack;
	uint32_t number; /* in the index */
	bool begun;
};

struct repository_writer {
	struct repository *r;
	struct filling filling[2]; /* content, meta */
	/* Arrived, and in no index object yet. */
	struct buf unindexed;
	size_t unindexed_n;
	int64_t indexed_ms;
	/* The thread. */
	bool has_thread;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct pack queue[QUEUE_MAX + 1]; /* [0] is on its way */
	struct buf rooms[ROOMS]; /* memory of packs that have arrived */
	size_t queue_n;
	bool ending, failed;
	struct err err;
};

static int
send_pack(struct repository_writer *w, const struct pack *pack,
    struct err *err)
{
	char name[REPOSITORY_PACK_NAME_SIZE];

	repository_pack_name(pack->id, name);
	return destination_put_lazily(w->r->destination, name,
	    buf_slice(&pack->octets), err);
}

/* Fresh memory costs as much as the encryption of what fills it. */
static void
keep_room(struct repository_writer *w, struct pack *pack)
{
	if (pack->kind == PACK_META)
		return;
	for (size_t i = 0; i < ROOMS; i++)
		if (w->rooms[i].p == NULL) {
			w->rooms[i] = pack->octets;
			pack->octets = (struct buf)BUF_INIT;
			return;
		}
}

/* What was kept, or an empty one. */
static struct buf
take_room(struct repository_writer *w)
{
	struct buf room = BUF_INIT;

	pthread_mutex_lock(&w->mutex);
	for (size_t i = 0; i < ROOMS && room.p == NULL; i++) {
		room = w->rooms[i];
		w->rooms[i] = (struct buf)BUF_INIT;
	}
	pthread_mutex_unlock(&w->mutex);
	return room;
}

static void *
run_thread(void *context)
{
	struct repository_writer *w = context;

	pthread_mutex_lock(&w->mutex);
	for (;;) {
		struct err err = ERR_INIT;
		int result;

		while (w->queue_n == 0 && !w->ending)
			pthread_cond_wait(&w->changed, &w->mutex);
		if (w->queue_n == 0)
			break;
		pthread_mutex_unlock(&w->mutex);
		result = send_pack(w, &w->queue[0], &err);
		pthread_mutex_lock(&w->mutex);
		if (result < 0 && !w->failed) {
			w->failed = true;
			w->err = err;
		}
		keep_room(w, &w->queue[0]);
		pack_free(&w->queue[0]);
		memmove(w->queue, w->queue + 1, --w->queue_n *
		    sizeof(*w->queue));
		pthread_cond_broadcast(&w->changed);
	}
	pthread_mutex_unlock(&w->mutex);
	return NULL;
}

static struct repository_writer *
writer(struct repository *r, struct err *err)
{
	struct repository_writer *w = r->writer;

	if (w != NULL)
		return w;
	w = mem_zalloc(sizeof(*w));
	w->r = r;
	w->unindexed = (struct buf)BUF_INIT;
	for (size_t i = 0; i < ROOMS; i++)
		w->rooms[i] = (struct buf)BUF_INIT;
	w->indexed_ms = clock_monotonic_ms();
	pthread_mutex_init(&w->mutex, NULL);
	pthread_cond_init(&w->changed, NULL);
	if (destination_parallel_put(r->destination)) {
		if (pthread_create(&w->thread, NULL, run_thread, w) != 0) {
			err_set(err, ERR_SYSTEM, "cannot start a thread");
			free(w);
			return NULL;
		}
		w->has_thread = true;
	}
	r->writer = w;
	return w;
}

/* Waits until at most `left' packs are on their way. */
static int
wait_queue(struct repository_writer *w, size_t left, struct err *err)
{
	bool failed;

	pthread_mutex_lock(&w->mutex);
	while (w->queue_n > left && !w->failed)
		pthread_cond_wait(&w->changed, &w->mutex);
	failed = w->failed;
	if (failed && err != NULL)
		*err = w->err;
	pthread_mutex_unlock(&w->mutex);
	return failed ? -1 : 0;
}

void
repository_writer_free(struct repository_writer *w)
{
	if (w == NULL)
		return;
	if (w->has_thread) {
		pthread_mutex_lock(&w->mutex);
		w->ending = true;
		pthread_cond_broadcast(&w->changed);
		pthread_mutex_unlock(&w->mutex);
		pthread_join(w->thread, NULL);
	}
	for (size_t i = 0; i < 2; i++)
		pack_free(&w->filling[i].pack);
	for (size_t i = 0; i < w->queue_n; i++)
		pack_free(&w->queue[i]);
	buf_free(&w->unindexed);
	for (size_t i = 0; i < ROOMS; i++)
		buf_free(&w->rooms[i]);
	pthread_mutex_destroy(&w->mutex);
	pthread_cond_destroy(&w->changed);
	free(w);
}

/* Names all packs that have arrived. */
static int
write_index(struct repository_writer *w, struct err *err)
{
	unsigned char id[PACK_ID_SIZE];
	char hex[2 * PACK_ID_SIZE + 1], name[64];
	struct repository *r = w->r;

	if (w->unindexed_n == 0)
		return 0;
	if (wait_queue(w, 0, err) < 0 ||
	    destination_sync(r->destination, err) < 0)
		return -1;
	random_octets(id, sizeof(id));
	hex_encode(id, sizeof(id), hex);
	memcpy(name, "index/", 6);
	memcpy(name + 6, hex, sizeof(hex));
	if (repository_put_object(r, name, buf_slice(&w->unindexed), err) < 0)
		return -1;
	for (size_t i = 0; i < r->index.packs_n; i++)
		if (r->index.packs[i].octets > 0)
			r->index.packs[i].stored = true;
	buf_reset(&w->unindexed);
	w->unindexed_n = 0;
	w->indexed_ms = clock_monotonic_ms();
	return 0;
}

/* Hands a filled pack over. */
static int
end_pack(struct repository_writer *w, struct filling *f, struct err *err)
{
	struct indexed_pack *pack = &w->r->index.packs[f->number];
	int result = pack_end(&f->pack, err);

	f->begun = false;
	if (result == 0)
		result = wait_queue(w, QUEUE_MAX, err);
	if (result == 0) {
		pack->octets = (uint32_t)f->pack.octets.n;
		w->r->written += (int64_t)f->pack.octets.n;
		blob_index_format(&w->unindexed, pack, f->pack.blobs,
		    f->pack.n);
		w->unindexed_n++;
		if (!w->has_thread) {
			result = send_pack(w, &f->pack, err);
			keep_room(w, &f->pack);
		} else {
			pthread_mutex_lock(&w->mutex);
			w->queue[w->queue_n++] = f->pack;
			pthread_cond_broadcast(&w->changed);
			pthread_mutex_unlock(&w->mutex);
			memset(&f->pack, 0, sizeof(f->pack));
		}
	}
	pack_free(&f->pack);
	return result;
}

static int
put_blob(struct repository *r, const unsigned char *id, enum blob_kind kind,
    bool thinned, struct slice octets, struct err *err)
{
	struct repository_writer *w = writer(r, err);
	bool meta = blob_is_meta(kind);
	struct filling *f = w == NULL ? NULL : &w->filling[meta];

	if (w == NULL)
		return -1;
	if (!f->begun) {
		enum pack_kind pack_kind = meta ? PACK_META :
		    r->keys->sealed ? PACK_SEALED : PACK_DATA;

		struct buf room = BUF_INIT;

		if (!meta)
			room = take_room(w);
		if (pack_begin(&f->pack, pack_kind, r->keys, &room, err) < 0)
			return -1;
		f->number = blob_index_add_pack(&r->index, f->pack.id,
		    pack_kind);
		f->begun = true;
	}
	if (pack_add(&f->pack, id, kind, thinned, octets, err) < 0)
		return -1;
	blob_index_add(&r->index, &f->pack.blobs[f->pack.n - 1], f->number);
	if (f->pack.octets.n < PACK_TARGET)
		return 0;
	if (end_pack(w, f, err) < 0)
		return -1;
	if (w->unindexed_n >= INDEX_EVERY ||
	    clock_monotonic_ms() - w->indexed_ms > INDEX_EVERY_MS)
		return write_index(w, err);
	return 0;
}

int
repository_put(struct repository *r, const unsigned char *id,
    enum blob_kind kind, struct slice octets, struct err *err)
{
	if (repository_has(r, id))
		return 0;
	if (put_blob(r, id, kind, false, octets, err) == 0)
		return 0;
	r->failed = true;
	return -1;
}

int
repository_put_thinned(struct repository *r, const unsigned char *id,
    struct slice octets, struct err *err)
{
	return put_blob(r, id, BLOB_PAGES, true, octets, err);
}

int
repository_flush(struct repository *r, struct err *err)
{
	struct repository_writer *w = r->writer;

	if (w == NULL)
		return 0;
	for (size_t i = 0; i < 2; i++)
		if (w->filling[i].begun &&
		    end_pack(w, &w->filling[i], err) < 0)
			return -1;
	if (wait_queue(w, 0, err) < 0)
		return -1;
	return write_index(w, err);
}
