/* SPDX-License-Identifier: ISC */
/*
 * Known places.  On disk: a line, then the pairs in use, as this host stores
 * integers; the file is worth nothing on another one without its key.
 */
#include "ops/watch_places.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/mem.h"

#define WAYS 8
#define HEAD "fe-places 1\n"
#define DAY_S 86400

void
watch_places_init(struct watch_places *p, const unsigned char *key)
{
	static const char purpose[] = "fe-watch/places/1";

	*p = (struct watch_places){.changed = false};
	p->items = mem_zalloc(WATCH_PLACES_MAX * sizeof(*p->items));
	if (key == NULL)
		randombytes_buf(p->key, sizeof(p->key));
	else
		crypto_generichash(p->key, sizeof(p->key),
		    (const unsigned char *)purpose, sizeof(purpose) - 1, key,
		    32);
}

void
watch_places_free(struct watch_places *p)
{
	free(p->items);
	p->items = NULL;
	sodium_memzero(p->key, sizeof(p->key));
}

static uint64_t
hash(const struct watch_places *p, struct slice account, struct slice network)
{
	crypto_generichash_state state;
	unsigned char octets[16];
	uint64_t number;
	char lower[256];
	size_t n = 0;

	while (n < account.n && n < sizeof(lower)) {
		lower[n] = ascii_lower(account.p[n]);
		n++;
	}
	crypto_generichash_init(
	    &state, p->key, sizeof(p->key), sizeof(octets));
	crypto_generichash_update(&state, (const unsigned char *)lower, n);
	crypto_generichash_update(&state, (const unsigned char *)"", 1);
	crypto_generichash_update(
	    &state, (const unsigned char *)network.p, network.n);
	crypto_generichash_final(&state, octets, sizeof(octets));
	memcpy(&number, octets, sizeof(number));
	return number == 0 ? 1 : number;
}

/* Was it there? */
static bool
see(struct watch_places *p, uint64_t number, uint32_t day)
{
	struct watch_place *bucket =
	    &p->items[number % (WATCH_PLACES_MAX / WAYS) * WAYS];
	struct watch_place *oldest = bucket;

	for (size_t i = 0; i < WAYS; i++) {
		if (bucket[i].hash == number) {
			p->changed |= bucket[i].day != day;
			bucket[i].day = day;
			return true;
		}
		if (bucket[i].day < oldest->day)
			oldest = &bucket[i];
	}
	*oldest = (struct watch_place){number, day, 0};
	p->changed = true;
	return false;
}

enum watch_place_news
watch_places_see(struct watch_places *p, struct slice account,
    struct slice network, int64_t now_s)
{
	uint32_t day = (uint32_t)(now_s / DAY_S);
	bool account_known = see(p, hash(p, account, SLICE_NONE), day);

	if (see(p, hash(p, account, network), day))
		return WATCH_PLACE_KNOWN;
	return account_known ? WATCH_PLACE_NEW : WATCH_PLACE_FIRST;
}

int
watch_places_load(struct watch_places *p, const char *path, struct err *err)
{
	struct buf text = BUF_LIMITED(
	    WATCH_PLACES_MAX * sizeof(struct watch_place) + 64);
	size_t head = sizeof(HEAD) - 1;
	int result = 0;

	errno = 0;
	if (io_read_file(path, &text, err) < 0) {
		buf_free(&text);
		if (errno != ENOENT)
			return -1;
		err_clear(err);
		return 0;
	}
	if (!slice_starts(buf_slice(&text), HEAD) ||
	    (text.n - head) % sizeof(struct watch_place) != 0)
		result = err_set(
		    err, ERR_CONFIG, "'%s' holds no known places", path);
	for (size_t at = head; result == 0 && at < text.n;
	     at += sizeof(struct watch_place)) {
		struct watch_place place;

		memcpy(&place, text.p + at, sizeof(place));
		if (place.hash != 0)
			see(p, place.hash, place.day);
	}
	p->changed = false;
	buf_free(&text);
	return result;
}

int
watch_places_save(struct watch_places *p, const char *path, struct err *err)
{
	struct buf text = BUF_INIT;
	int result;

	buf_append_text(&text, HEAD);
	for (size_t i = 0; i < WATCH_PLACES_MAX; i++)
		if (p->items[i].hash != 0)
			buf_append(&text, &p->items[i], sizeof(p->items[i]));
	result = io_replace_file(path, buf_slice(&text), 0600, err);
	if (result == 0)
		p->changed = false;
	buf_free(&text);
	return result;
}
