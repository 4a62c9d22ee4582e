/* SPDX-License-Identifier: ISC */
/*
 * The table of recipients: mapped read-only, searched by halves.  Its writer
 * replaces it by rename, so a mapping stays whole as long as it is kept.
 */
#include "recipients.h"

#include <fcntl.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/home.h"
#include "mail/address.h"

static int64_t
modified_ns(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

static int
map_file(struct recipients *r, int fd, const char *path, struct err *err)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st) < 0)
		return err_errno(err, "cannot look at '%s'", path);
	r->inode = (int64_t)st.st_ino;
	r->mtime_ns = modified_ns(&st);
	if (st.st_size == 0)
		return 0;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return err_errno(err, "cannot map '%s'", path);
	r->p = p;
	r->n = (size_t)st.st_size;
	return 0;
}

int
recipients_open(struct recipients *r, struct err *err)
{
	return recipients_open_file(r, "run/recipients", err);
}

/* Used inside a sandbox that has no stat(2) for us. */
int
recipients_open_fd(struct recipients *r, int fd, struct err *err)
{
	off_t size = lseek(fd, 0, SEEK_END);
	void *p;

	*r = (struct recipients){NULL, 0, 0, 0};
	if (size <= 0) /* /dev/null stands for a file that is not there */
		return size < 0 ? err_errno(err, "cannot measure a table") : 0;
	p = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return err_errno(err, "cannot map a table");
	r->p = p;
	r->n = (size_t)size;
	return 0;
}

int
recipients_open_file(struct recipients *r, const char *name, struct err *err)
{
	struct buf path = BUF_INIT;
	int fd, result = 0;

	*r = (struct recipients){NULL, 0, 0, 0};
	home_file(&path, "%s", name);
	fd = open(buf_text(&path), O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		result = map_file(r, fd, buf_text(&path), err);
		close(fd);
	} else if (errno != ENOENT) {
		result = err_errno(err, "cannot open '%s'", buf_text(&path));
	}
	buf_free(&path);
	return result;
}

int
recipients_refresh(struct recipients *r, struct err *err)
{
	struct buf path = BUF_INIT;
	struct recipients fresh;
	struct stat st;
	bool same;

	home_file(&path, "run/recipients");
	if (stat(buf_text(&path), &st) == 0)
		same = r->inode == (int64_t)st.st_ino &&
		    r->mtime_ns == modified_ns(&st);
	else
		same = errno == ENOENT && r->inode == 0;
	buf_free(&path);
	if (same)
		return 0;
	if (recipients_open(&fresh, err) < 0)
		return -1;
	recipients_close(r);
	*r = fresh;
	return 0;
}

void
recipients_close(struct recipients *r)
{
	if (r->p != NULL)
		munmap((void *)(uintptr_t)r->p, r->n);
	*r = (struct recipients){NULL, 0, 0, 0};
}

/* Start of the line that holds octet `at'. */
static size_t
line_start(const struct recipients *r, size_t at)
{
	const char *before = at == 0 ? NULL : memrchr(r->p, '\n', at);

	return before == NULL ? 0 : (size_t)(before - r->p) + 1;
}

/* The value of a key, or none.  Lines are sorted as octets; TAB sorts before
 * all that an address may hold, so lines and keys have the same order. */
static struct slice
look_up(const struct recipients *r, struct slice key)
{
	struct slice table = {r->p, r->n};
	size_t low = 0, high = r->n;

	while (low < high) {
		size_t start = line_start(r, low + (high - low) / 2);
		struct slice line = slice_part(table, start, table.n);
		size_t end = slice_find(line, '\n');
		struct slice value = slice_part(line, 0, end);
		struct slice name = slice_cut(&value, '\t');
		int order = slice_compare(key, name);

		if (order == 0 && value.p != NULL)
			return value;
		if (order < 0)
			high = start;
		else
			low = start + end + 1;
	}
	return SLICE_NONE;
}

/* As look_up, of `local@domain'. */
static struct slice
look_up_address(const struct recipients *r, struct slice local,
    struct slice domain)
{
	struct buf key = BUF_INIT;
	struct slice found;

	buf_append_slice(&key, local);
	buf_append_char(&key, '@');
	buf_append_slice(&key, domain);
	found = look_up(r, buf_slice(&key));
	buf_free(&key);
	return found;
}

struct slice
recipients_find(const struct recipients *r, struct slice address,
    const char *delimiter)
{
	struct buf normal = BUF_INIT;
	struct slice local, domain, base, found = SLICE_NONE;

	if (address_normalize(address, &normal) == 0 &&
	    address_split(buf_slice(&normal), &local, &domain) == 0) {
		found = look_up(r, buf_slice(&normal));
		base = address_base(local, delimiter);
		if (found.p == NULL && base.n < local.n)
			found = look_up_address(r, base, domain);
		if (found.p == NULL)
			found = look_up_address(r, SLICE(""), domain);
	}
	buf_free(&normal);
	return found;
}

bool
recipients_has_domain(const struct recipients *r, struct slice domain)
{
	struct slice table = {r->p, r->n};
	struct buf key = BUF_INIT;
	bool found = false;

	buf_append_text(&key, "x@");
	buf_append_slice(&key, domain);
	/* One way to compare domains: as part of an address. */
	if (domain.n > 0) {
		struct buf normal = BUF_INIT;

		if (address_normalize(buf_slice(&key), &normal) == 0) {
			struct slice text;

			buf_append_char(&normal, '\t');
			text = slice_part(buf_slice(&normal), 1, normal.n);
			found = table.n > 0 &&
			    slice_find_text(table, text) < table.n;
		}
		buf_free(&normal);
	}
	buf_free(&key);
	return found;
}
