/* SPDX-License-Identifier: ISC */
/* Where the files of a mailbox lie.  A user's name never begins with a dot
 * (home_name_is_valid), so names that do are ours. */
#include "mailbox_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/home.h"
#include "base/io.h"
#include "base/mem.h"
#include "page.h"

#define PAGE_SIZE_USUAL 4096

static const struct {
	const char *before, *after;
} file_names[] = {
	[MAILBOX_DATABASE] = {"", ".sqlite"},
	[MAILBOX_KEYS] = {"", ".keys"},
	[MAILBOX_LOCK] = {"", ".lock"},
	[MAILBOX_NEW] = {".", ".sqlite.new"},
	[MAILBOX_REKEY] = {".", ".sqlite.rekey"},
	[MAILBOX_KEYS_NEW] = {".", ".keys.new"}
};

const char *
mailbox_path(struct buf *out, struct slice name, enum mailbox_file file,
    struct err *err)
{
	const char *before = file_names[file].before;
	const char *after = file_names[file].after;
	struct slice user = name, domain;

	if (slice_is(name, MAILBOX_QUARANTINE))
		return home_file(out, "mail/%s%s%s", before,
		    MAILBOX_QUARANTINE, after);
	user = slice_cut(&name, '@');
	domain = name;
	if (!home_name_is_valid(user) || !home_name_is_valid(domain)) {
		err_set(err, ERR_USAGE, "'%.*s@%.*s' is no name of a mailbox "
		    "(user@domain)", SLICE_ARG(user), SLICE_ARG(domain));
		return NULL;
	}
	return home_file(out, "mail/%.*s/%s%.*s%s", SLICE_ARG(domain), before,
	    SLICE_ARG(user), after);
}

int
mailbox_files_init(struct mailbox_files *f, struct slice name,
    struct err *err)
{
	struct buf path = BUF_INIT;
	int result = 0;

	memset(f, 0, sizeof(*f));
	for (enum mailbox_file i = 0; i < MAILBOX_FILES && result == 0; i++) {
		if (mailbox_path(&path, name, i, err) == NULL)
			result = -1;
		else
			f->path[i] = mem_text(buf_text(&path));
	}
	buf_free(&path);
	if (result < 0)
		mailbox_files_free(f);
	return result;
}

void
mailbox_files_free(struct mailbox_files *f)
{
	for (size_t i = 0; i < MAILBOX_FILES; i++)
		free(f->path[i]);
	memset(f, 0, sizeof(*f));
}

int
mailbox_files_make_folder(const struct mailbox_files *f, mode_t mode,
    struct err *err)
{
	const char *path = f->path[MAILBOX_DATABASE];
	char *folder = mem_dup(path, (size_t)(strrchr(path, '/') - path));
	bool made = access(folder, F_OK) < 0;
	int result = io_make_folders(folder, mode, err);

	/* Whatever the umask said. */
	if (made && result == 0 && chmod(folder, mode) < 0)
		result = err_errno(err, "cannot change the mode of '%s'",
		    folder);
	free(folder);
	return result;
}

static int
remove_one(const char *database, const char *suffix, struct err *err)
{
	struct buf path = BUF_INIT;
	int result = 0;

	buf_format(&path, "%s%s", database, suffix);
	if (unlink(buf_text(&path)) < 0 && errno != ENOENT)
		result = err_errno(err, "cannot remove '%s'", buf_text(&path));
	buf_free(&path);
	return result;
}

int
mailbox_files_remove_wal(const char *database, struct err *err)
{
	if (remove_one(database, "-wal", err) < 0 ||
	    remove_one(database, "-shm", err) < 0)
		return -1;
	return remove_one(database, "-journal", err);
}

int
mailbox_files_remove(const char *database, struct err *err)
{
	if (remove_one(database, "", err) < 0)
		return -1;
	return mailbox_files_remove_wal(database, err);
}

int
mailbox_files_open(const struct mailbox_files *f,
    const struct mailbox_keys *keys, enum database_mode mode, sqlite3 **db,
    struct err *err)
{
	struct database_key key = {DATABASE_KEY_RAW, NULL, KEY_SIZE, 0};
	struct err first = ERR_INIT, next = ERR_INIT;

	for (size_t i = 0; i < keys->keys_n; i++) {
		key.octets = keys->keys[i].key;
		if (database_open(db, f->path[MAILBOX_DATABASE], &key, mode,
		    i == 0 ? &first : &next) == 0)
			return 0;
		if (first.kind != ERR_CONFIG)
			break;
	}
	if (err != NULL)
		*err = first;
	return -1;
}

/* The size of the first page, which is read; 0: there is none.  Its usual
 * size first, so that a cold disk is not asked for more. */
static size_t
read_first_page(const char *path, unsigned char *page)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	size_t size = 0;
	ssize_t got, more = 0;

	if (fd < 0)
		return 0;
	got = io_read(fd, page, PAGE_SIZE_USUAL);
	if (got >= PAGE_CLEAR_SIZE)
		size = page_size_read(page);
	if (got > 0 && (size_t)got < size)
		more = io_read(fd, page + got, size - (size_t)got);
	close(fd);
	return more < 0 || got + more < (ssize_t)size ? 0 : size;
}

bool
mailbox_files_fit(const struct mailbox_files *f,
    const struct mailbox_keys *keys)
{
	unsigned char *page = mem_alloc(PAGE_SIZE_MAX);
	size_t size = read_first_page(f->path[MAILBOX_DATABASE], page);
	bool fit = mailbox_page_fits(slice_of(page, size), keys);

	free(page);
	return fit;
}

bool
mailbox_page_fits(struct slice first, const struct mailbox_keys *keys)
{
	const unsigned char *page = (const unsigned char *)first.p;
	size_t size = first.n < PAGE_CLEAR_SIZE ? 0 : page_size_read(page);
	bool whole = size > 0 && size <= first.n;
	struct page_cipher *cipher = whole ? page_cipher_new(NULL) : NULL;
	bool fit = false;

	for (size_t i = 0; i < keys->keys_n && cipher != NULL && !fit; i++)
		fit = page_is_authentic(cipher, keys->keys[i].key, 1, page,
		    size);
	page_cipher_free(cipher);
	return fit;
}
