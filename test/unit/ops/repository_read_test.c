/* SPDX-License-Identifier: ISC */
/* Many threads read a repository at once; what was read last is kept. */
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ops/kept_blobs.h"
#include "unit.h"

#define BLOBS 60
#define LARGE ((size_t)1 << 20)
#define THREADS 12

static char folder[] = "/tmp/fe-read-test-XXXXXX";
static char octets[LARGE + BLOBS];
static struct repository_keys *keys;

/* Some go past the page cache, some do not. */
static struct slice
content(size_t i)
{
	return slice_of(octets + i, i % 3 == 0 ? LARGE : 100 + i * 3001);
}

static void
name_blob(size_t i, unsigned char id[BLOB_ID_SIZE])
{
	memset(id, 0, BLOB_ID_SIZE);
	id[0] = (unsigned char)(i + 1);
}

static struct repository *
open_repository(void)
{
	struct destination_options options = {.path = folder};
	struct destination *d = destination_open(&options, NULL);
	struct repository *r = repository_open(d, keys, NULL);

	EXPECT(r != NULL && repository_read_index(r, NULL) == 0);
	return r;
}

static void
close_repository(struct repository *r)
{
	struct destination *d = r->destination;

	repository_close(r);
	destination_close(d);
}

static void
fill_repository(void)
{
	struct destination_options options = {.path = folder};
	struct destination *d = destination_open(&options, NULL);
	unsigned char id[BLOB_ID_SIZE];
	struct repository *r;

	/* nothing that could be packed */
	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (char)(random() >> 7);
	EXPECT(repository_make(d, keys, NULL) == 0);
	r = repository_open(d, keys, NULL);
	for (size_t i = 0; i < BLOBS; i++) {
		name_blob(i, id);
		EXPECT(repository_put(r, id, i % 5 == 1 ? BLOB_MAP :
		    BLOB_PAGES, content(i), NULL) == 0);
	}
	EXPECT(repository_flush(r, NULL) == 0);
	close_repository(r);
}

/* NULL, or what it is given where a blob was not as it was put. */
static void *
read_all(void *context)
{
	struct repository *r = context;
	struct buf out = BUF_INIT;
	unsigned char id[BLOB_ID_SIZE];
	void *wrong = NULL;

	for (size_t i = 0; i < BLOBS; i++) {
		size_t which = (i + (uintptr_t)&out / 64) % BLOBS;

		name_blob(which, id);
		if (repository_get(r, id, &out, NULL) < 0 ||
		    !slice_equal(buf_slice(&out), content(which)))
			wrong = r;
	}
	buf_free(&out);
	return wrong;
}

static void
expect_all_read(struct repository *r)
{
	pthread_t threads[THREADS];

	for (size_t i = 0; i < THREADS; i++)
		EXPECT(pthread_create(&threads[i], NULL, read_all, r) == 0);
	for (size_t i = 0; i < THREADS; i++) {
		void *wrong;

		pthread_join(threads[i], &wrong);
		EXPECT(wrong == NULL);
	}
}

static void
many_threads_read_at_once(void)
{
	struct repository *r = open_repository();

	expect_all_read(r);
	close_repository(r);
	/* past the page cache as well: what is in it is let go */
	r = open_repository();
	destination_read_direct(r->destination);
	sync();
	for (size_t i = 0; i < r->index.packs_n; i++) {
		char name[REPOSITORY_PACK_NAME_SIZE], path[128];
		int fd;

		repository_pack_name(r->index.packs[i].id, name);
		snprintf(path, sizeof(path), "%s/%s", folder, name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
		close(fd);
	}
	expect_all_read(r);
	close_repository(r);
}

static bool
keeps(struct kept_blobs *k, struct repository *r, size_t i)
{
	unsigned char id[BLOB_ID_SIZE];
	const struct buf *out;

	name_blob(i, id);
	out = kept_blobs_get(k, r, id, NULL);
	return out != NULL && slice_equal(buf_slice(out), content(i));
}

static void
blobs_read_last_are_kept(void)
{
	struct repository *r = open_repository();
	struct kept_blobs k;
	size_t room = 0;

	kept_blobs_init(&k);
	for (size_t i = 0; i < BLOBS; i++)
		EXPECT(keeps(&k, r, i));
	for (size_t i = 0; i < KEPT_BLOBS; i++)
		room += k.items[i].octets.capacity;
	EXPECT(room <= KEPT_BLOBS_SIZE);
	/* from here on nothing can be read from the disk */
	for (size_t i = 0; i < r->index.packs_n; i++)
		r->index.packs[i].id[0] ^= 0x55;
	EXPECT(keeps(&k, r, BLOBS - 1));
	EXPECT(keeps(&k, r, BLOBS - 2));
	EXPECT(keeps(&k, r, BLOBS - 1));
	EXPECT(!keeps(&k, r, 0));
	EXPECT(!keeps(&k, r, 0));
	kept_blobs_free(&k);
	close_repository(r);
}

int
main(void)
{
	unsigned char key[KEY_SIZE] = {7};
	char command[128];

	if (mkdtemp(folder) == NULL)
		return 1;
	keys = repository_keys_derive(key, false);
	fill_repository();
	UNIT_RUN(many_threads_read_at_once);
	UNIT_RUN(blobs_read_last_are_kept);
	repository_keys_free(keys);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command) != 0 || UNIT_RESULT;
}
