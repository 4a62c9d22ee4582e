/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_WATCH_PLACES_H
#define FE_OPS_WATCH_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

/*
 * From where each account has logged in: pairs of account and network, as
 * keyed hashes.  A fixed number of them; the pair that was not seen for longest
 * goes first.  Kept over a restart in HOME/state/places, which says nothing to
 * whoever has not HOME/keys/state.key.
 */
#define WATCH_PLACES_MAX ((size_t)1 << 18)

struct watch_place {
	uint64_t hash; /* 0: free */
	uint32_t day;  /* since 1970: when last */
	uint32_t unused;
};
struct watch_places {
	struct watch_place *items; /* WATCH_PLACES_MAX */
	unsigned char key[32];
	bool changed;
};

enum watch_place_news {
	WATCH_PLACE_KNOWN,
	WATCH_PLACE_FIRST, /* of this account: there is nothing to compare */
	WATCH_PLACE_NEW
};

/* The key: 32 octets, or NULL for one that nobody will know again. */
void watch_places_init(struct watch_places *p, const unsigned char *key);
void watch_places_free(struct watch_places *p);
/* A login; it is known from then on. */
enum watch_place_news watch_places_see(struct watch_places *p,
    struct slice account, struct slice network, int64_t now_s);
/* A missing file is empty.  ERR_CONFIG for one that is none of ours. */
int watch_places_load(struct watch_places *p, const char *path,
    struct err *err);
int watch_places_save(struct watch_places *p, const char *path,
    struct err *err);

#endif
