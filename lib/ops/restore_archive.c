/* SPDX-License-Identifier: ISC */
/* Snapshots for other tools. */
#include "ops/restore_archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>

#include "ops/restore.h"

static int
fail(struct archive *a, struct err *err)
{
	const char *why = archive_error_string(a);

	errno = archive_errno(a);
	return err_set(err, ERR_SYSTEM, "cannot write the archive: %s",
	    why != NULL ? why : strerror(errno));
}

static int
write_octets(void *context, struct slice octets, struct err *err)
{
	struct archive *a = context;

	while (octets.n > 0) {
		la_ssize_t n = archive_write_data(a, octets.p, octets.n);

		if (n <= 0)
			return fail(a, err);
		octets = slice_part(octets, (size_t)n, octets.n);
	}
	return 0;
}

static void
describe(struct archive_entry *entry, const struct file_entry *e)
{
	archive_entry_set_pathname_utf8(entry, e->path);
	archive_entry_set_perm(entry, (__LA_MODE_T)e->mode);
	archive_entry_set_filetype(entry, e->type == 'd' ? AE_IFDIR :
	    e->type == 'l' ? AE_IFLNK : AE_IFREG);
	archive_entry_set_uid(entry, e->uid);
	archive_entry_set_gid(entry, e->gid);
	archive_entry_set_uname_utf8(entry, e->user);
	archive_entry_set_gname_utf8(entry, e->group);
	archive_entry_set_mtime(entry, e->changed_ns / 1000000000,
	    (long)(e->changed_ns % 1000000000));
	archive_entry_set_size(entry, e->type == 'f' ? e->octets : 0);
	if (e->type == 'l')
		archive_entry_set_symlink_utf8(entry, e->target);
}

static int
write_entry(struct archive *a, struct repository *r,
    const struct file_entry *e, bool content, struct err *err)
{
	struct archive_entry *entry = archive_entry_new();
	int result = 0;

	if (entry == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	describe(entry, e);
	if (archive_write_header(a, entry) < ARCHIVE_WARN)
		result = fail(a, err);
	else if (e->type == 'f' && content)
		result = restore_content(r, e, NULL, write_octets, a, err);
	archive_entry_free(entry);
	return result;
}

static bool
is_below(const char *path, const char *below)
{
	size_t n = below == NULL ? 0 : strlen(below);

	return n == 0 || (strncmp(path, below, n) == 0 &&
	    (path[n] == '\0' || path[n] == '/'));
}

int
restore_archive(struct repository *r, const struct file_list *list,
    const char *below, enum restore_archive_form form, int fd,
    const volatile sig_atomic_t *stop, struct err *err)
{
	struct archive *a = archive_write_new();
	int result = 0;

	if (a == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	if (form == ARCHIVE_TAR)
		archive_write_set_format_pax_restricted(a);
	else
		archive_write_set_format_mtree(a);
	if (archive_write_open_fd(a, fd) != ARCHIVE_OK)
		result = fail(a, err);
	for (size_t i = 0; i < list->n && result == 0; i++) {
		if (stop != NULL && *stop != 0)
			result = err_set(err, ERR_SYSTEM, "interrupted");
		else if (is_below(list->items[i].path, below))
			result = write_entry(a, r, &list->items[i],
			    form == ARCHIVE_TAR, err);
	}
	if (archive_write_close(a) != ARCHIVE_OK && result == 0)
		result = fail(a, err);
	archive_write_free(a);
	return result;
}
