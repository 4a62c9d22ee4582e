/* SPDX-License-Identifier: ISC */
/*
 * The content of one file.  A database is stored by its pages: one whose
 * trailer, nonce and tag, is as in the newest snapshot is the same page, since
 * every write of a page takes a fresh nonce.  VACUUM, rekey and delete write
 * pages anew, and so they are stored anew.  Everything else is cut into
 * content-defined chunks.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "base/home.h"
#include "base/id.h"
#include "base/io.h"
#include "base/mem.h"
#include "ops/backup_parts.h"
#include "ops/page_source.h"
#include "ops/stored_map.h"

#define TRIES_MAX 5 /* of a database that is opened and closed meanwhile */

static const unsigned char no_trailer[MAP_TRAILER_SIZE];

/* ---- chunks ---- */

static int
store_chunk(struct backup *b, struct file_map *map, struct slice chunk,
    struct err *err)
{
	unsigned char id[BLOB_ID_SIZE];

	repository_blob_id(b->r, BLOB_DATA, SLICE_NONE, chunk, id);
	file_map_add_extent(map, (struct map_extent){
	    file_map_add_blob(map, id), 0, (uint32_t)chunk.n});
	return repository_put(b->r, id, BLOB_DATA, chunk, err);
}

static int
store_chunks(struct backup *b, int fd, const char *path,
    struct file_entry *e, struct err *err)
{
	struct file_map map;
	size_t have = 0;
	bool end = false;
	int result = 0;

	file_map_init(&map, 1);
	while (result == 0 && (!end || have > 0)) {
		size_t cut;

		while (!end && have < BACKUP_BUFFER) {
			ssize_t got = io_read(fd, b->buffer + have,
			    BACKUP_BUFFER - have);

			if (got < 0)
				result = err_errno(err, "cannot read '%s'",
				    path);
			if (got <= 0)
				end = true;
			else
				have += (size_t)got;
		}
		if (result == 0)
			result = backup_is_stopped(b, err);
		if (result < 0 || have == 0)
			break;
		cut = chunker_cut(&b->chunker, b->buffer, have);
		result = store_chunk(b, &map, slice_of(b->buffer, cut), err);
		e->octets += (int64_t)cut;
		have -= cut;
		memmove(b->buffer, b->buffer + cut, have);
	}
	if (result == 0)
		result = stored_map_write(b->r, &map, e, err);
	file_map_free(&map);
	return result;
}

/* ---- pages ---- */

/* Pages that wait to be stored as one blob: the first n of the buffer.  What
 * is read comes behind them, so that pages which are all new stay where they
 * are. */
struct run {
	struct buf trailers;
	size_t *numbers;
	size_t n, max;
};

struct paging {
	struct backup *b;
	struct page_source source;
	struct file_map map; /* begins as that of the newest snapshot */
	bool *known;         /* its blobs are in the repository */
	size_t known_n;
	struct slice scope;  /* a page's trailer says which page of a file */
	struct run run;
};

static int
store_run(struct paging *p, struct err *err)
{
	struct run *run = &p->run;
	unsigned char id[BLOB_ID_SIZE];
	uint32_t blob;
	int result;

	if (backup_is_stopped(p->b, err) < 0)
		return -1;
	if (run->n == 0)
		return 0;
	repository_blob_id(p->b->r, BLOB_PAGES, p->scope,
	    buf_slice(&run->trailers), id);
	/* These pages were here once, and prune has taken some out. */
	while (repository_is_thinned(p->b->r, id))
		repository_blob_id(p->b->r, BLOB_PAGES, SLICE("again"),
		    slice_of(id, sizeof(id)), id);
	result = repository_put(p->b->r, id, BLOB_PAGES, slice_of(
	    p->b->buffer, run->n * p->source.page_size), err);
	blob = file_map_add_blob(&p->map, id);
	for (size_t i = 0; i < run->n; i++)
		file_map_set_page(&p->map, run->numbers[i],
		    (struct map_extent){blob, (uint32_t)i, 1});
	buf_truncate(&run->trailers, 0);
	run->n = 0;
	return result;
}

/* Where the next pages are to be read: room for as many as a run has. */
static unsigned char *
end_of_run(const struct paging *p)
{
	return p->b->buffer + p->run.n * p->source.page_size;
}

/* One page behind the run, unless the repository has it. */
static void
take_page(struct paging *p, size_t number, const unsigned char *page)
{
	uint32_t size = p->source.page_size;
	const unsigned char *trailer = page + size - MAP_TRAILER_SIZE;
	const struct map_extent *place = &p->map.pages[number];
	struct run *run = &p->run;

	/* A hole of the file has no nonce: such pages are not told apart. */
	if (place->count == 1 && place->blob < p->known_n &&
	    p->known[place->blob] && memcmp(trailer,
	    p->map.trailers[number], MAP_TRAILER_SIZE) == 0 &&
	    memcmp(trailer, no_trailer, MAP_TRAILER_SIZE) != 0)
		return;
	memcpy(p->map.trailers[number], trailer, MAP_TRAILER_SIZE);
	buf_append(&run->trailers, trailer, MAP_TRAILER_SIZE);
	/* Not told apart by their trailers, so by their content. */
	if (memcmp(trailer, no_trailer, MAP_TRAILER_SIZE) == 0)
		buf_append(&run->trailers, page, size);
	if (page != end_of_run(p))
		memmove(end_of_run(p), page, size);
	run->numbers[run->n++] = number;
}

static int
take_main(struct paging *p, struct err *err)
{
	size_t size = p->source.page_size;

	for (uint64_t at = 0; at < p->source.pages;) {
		size_t n = p->run.max < p->source.pages - at ? p->run.max :
		    (size_t)(p->source.pages - at);
		const unsigned char *page = end_of_run(p);
		ssize_t got = page_source_read_main(&p->source, at, n,
		    end_of_run(p), err);

		if (got < 0)
			return -1;
		for (size_t i = 0; i < (size_t)got; i++, page += size)
			if (!page_source_in_wal(&p->source, at + i))
				take_page(p, (size_t)at + i, page);
		if (p->run.n >= p->run.max && store_run(p, err) < 0)
			return -1;
		if ((size_t)got < n)
			break;
		at += n;
	}
	return 0;
}

static int
take_wal(struct paging *p, struct err *err)
{
	for (size_t i = 0; i < p->source.pages; i++) {
		if (!page_source_in_wal(&p->source, i))
			continue;
		if (page_source_read_wal(&p->source, i, end_of_run(p),
			err) < 0)
			return -1;
		take_page(p, i, end_of_run(p));
		if (p->run.n >= p->run.max && store_run(p, err) < 0)
			return -1;
	}
	return store_run(p, err);
}

/* Each page is in a blob of the repository. */
static int
check_whole(const struct paging *p, struct err *err)
{
	for (size_t i = 0; i < p->map.pages_n; i++)
		if (p->map.pages[i].count != 1)
			return err_set(err, ERR_CONFIG, "'%s' is shorter than "
			    "its WAL says", p->source.path);
	return 0;
}

/* 0; 1: it was opened and closed meanwhile, read it again; -1. */
static int
take_pages(struct paging *p, struct err *err)
{
	file_map_resize(&p->map, (size_t)p->source.pages);
	if (take_main(p, err) < 0 || page_source_scan(&p->source, err) < 0)
		return -1;
	file_map_resize(&p->map, (size_t)p->source.pages);
	if (take_wal(p, err) < 0)
		return -1;
	if (page_source_is_stale(&p->source))
		return 1;
	return check_whole(p, err);
}

/* What the newest snapshot says of the pages; an empty map where that cannot
 * be had. */
static void
load_old_map(struct paging *p, const struct file_entry *old)
{
	bool good = old != NULL && old->page_size == p->source.page_size;

	if (good)
		good = stored_map_read(p->b->r, old, &p->map, NULL) == 0;
	if (!good) {
		file_map_free(&p->map);
		file_map_init(&p->map, p->source.page_size);
	}
	p->known_n = p->map.blobs_n;
	p->known = mem_zalloc(p->known_n + 1);
	for (size_t i = 0; i < p->known_n; i++)
		p->known[i] = repository_has(p->b->r, p->map.blobs[i]);
}

static void
hash_trailers(const struct paging *p, char digest[2 * BLOB_ID_SIZE + 1])
{
	unsigned char id[BLOB_ID_SIZE];

	repository_blob_id(p->b->r, BLOB_MAP, SLICE("digest"),
	    slice_of(p->map.trailers, p->map.pages_n * MAP_TRAILER_SIZE), id);
	hex_encode(id, sizeof(id), digest);
}

static void
run_init(struct paging *p)
{
	struct run *run = &p->run;

	run->trailers = (struct buf)BUF_INIT;
	run->max = BACKUP_BUFFER / p->source.page_size;
	/* What is read in one go may all be new. */
	run->numbers = mem_array(NULL, 2 * run->max, sizeof(*run->numbers));
	run->n = 0;
}

static void
paging_free(struct paging *p)
{
	page_source_close(&p->source);
	file_map_free(&p->map);
	free(p->known);
	free(p->run.numbers);
	buf_free(&p->run.trailers);
}

/* 1 stored; 0 it is no database of that form; 2 read it again; -1. */
static int
store_pages(struct backup *b, const char *path, const struct found_file *f,
    const struct file_entry *old, struct file_entry *e, struct err *err)
{
	struct paging p = {.b = b, .scope = slice_text(f->path)};
	int result = page_source_open(&p.source, path,
	    b->options->lock_wait_ms, err);

	if (result > 0) {
		load_old_map(&p, old);
		run_init(&p);
		result = take_pages(&p, err);
		if (result == 0) {
			e->page_size = p.source.page_size;
			e->octets = (int64_t)p.map.pages_n * e->page_size;
			hash_trailers(&p, e->digest);
			result = stored_map_write(b->r, &p.map, e, err) < 0 ?
			    -1 : 1;
		} else if (result > 0)
			result = 2;
	}
	paging_free(&p);
	return result;
}

int
backup_store_file(struct backup *b, const struct found_file *f,
    const struct file_entry *old, struct file_entry *e, struct err *err)
{
	struct buf full = BUF_INIT;
	const char *path = f->from != NULL ? f->from :
	    home_file(&full, "%s", f->path);
	int fd, result = 2;

	for (int i = 0; f->paged && result == 2 && i < TRIES_MAX; i++)
		result = store_pages(b, path, f, old, e, err);
	if (f->paged && result == 2)
		result = err_set(err, ERR_SYSTEM, "'%s' is opened and closed "
		    "all the time", path);
	if (!f->paged || result == 0) {
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK |
		    (f->from == NULL ? O_NOFOLLOW : 0));
		if (fd < 0)
			result = err_errno(err, "cannot open '%s'", path);
		else {
			result = store_chunks(b, fd, path, e, err) < 0 ? -1 :
			    1;
			close(fd);
		}
	}
	/* Gone since the walk: an empty journal segment, say. */
	if (result < 0 && access(path, F_OK) < 0 && errno == ENOENT)
		result = 0;
	buf_free(&full);
	return result;
}
