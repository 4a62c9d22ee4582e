/* SPDX-License-Identifier: ISC */
/*
 * Files of a host below a root.  Every path goes through openat2(2), so that
 * neither `..' nor a link leads out of the root.
 */
#include "ops/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"

int
tree_open(struct tree *tree, const char *root, struct err *err)
{
	*tree = (struct tree){.fd = -1};
	tree->root = realpath(root, NULL);
	if (tree->root != NULL)
		tree->fd = open(
		    tree->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (tree->fd < 0) {
		err_errno(err, "cannot open folder '%s'", root);
		tree_close(tree);
		return -1;
	}
	tree->is_host = strcmp(tree->root, "/") == 0;
	return 0;
}

void
tree_close(struct tree *tree)
{
	if (tree->fd >= 0)
		close(tree->fd);
	free(tree->root);
	*tree = (struct tree){.fd = -1};
}

static int
open_in(const struct tree *tree, const char *path, int flags)
{
	struct open_how how = {.flags = (uint64_t)(flags | O_CLOEXEC),
	    .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};

	return (int)syscall(SYS_openat2, tree->fd, path, &how, sizeof(how));
}

int
tree_read(const struct tree *tree, const char *path, struct buf *out)
{
	struct buf text = BUF_LIMITED(
	    out->max < TREE_FILE_MAX ? out->max : TREE_FILE_MAX);
	int fd = open_in(tree, path, O_RDONLY | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	int result = -1, saved;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	else if (io_read_all(fd, path, &text, NULL) == 0)
		result = buf_append_slice(out, buf_slice(&text));
	saved = errno;
	close(fd);
	buf_free(&text);
	errno = saved;
	return result;
}

static int
stat_in(const struct tree *tree, const char *path, int flags, struct stat *st)
{
	int fd = open_in(tree, path, O_PATH | flags);
	int result, saved;

	if (fd < 0)
		return -1;
	result = fstat(fd, st);
	saved = errno;
	close(fd);
	errno = saved;
	return result;
}

int
tree_stat(const struct tree *tree, const char *path, struct stat *st)
{
	return stat_in(tree, path, 0, st);
}

int
tree_lstat(const struct tree *tree, const char *path, struct stat *st)
{
	return stat_in(tree, path, O_NOFOLLOW, st);
}

bool
tree_exists(const struct tree *tree, const char *path)
{
	struct stat st;

	return tree_stat(tree, path, &st) == 0;
}

int
tree_link_target(const struct tree *tree, const char *path, struct buf *out)
{
	int fd = open_in(tree, path, O_PATH | O_NOFOLLOW);
	char target[4096];
	ssize_t n;

	if (fd < 0)
		return -1;
	n = readlinkat(fd, "", target, sizeof(target));
	close(fd);
	return n < 0 ? -1 : buf_append(out, target, (size_t)n);
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
tree_list(const struct tree *tree, const char *path, struct tree_names *names)
{
	int fd = open_in(tree, path, O_RDONLY | O_DIRECTORY);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	*names = (struct tree_names){.failed = folder == NULL ? errno : 0};
	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		names->items = mem_array(
		    names->items, names->n + 1, sizeof(*names->items));
		names->items[names->n++] = mem_text(entry->d_name);
	}
	if (folder != NULL)
		closedir(folder);
	if (names->n > 0)
		qsort(names->items, names->n, sizeof(*names->items),
		    compare_names);
}

void
tree_names_free(struct tree_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->items[i]);
	free(names->items);
	*names = (struct tree_names){.n = 0};
}

/* A descriptor of the folder that holds `path'; *name is the rest of it. */
static int
open_parent(const struct tree *tree, const char *path, const char **name,
    struct err *err)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash == path ? mem_text("/")
				     : mem_dup(path, (size_t)(slash - path));
	int fd = open_in(tree, folder, O_RDONLY | O_DIRECTORY);

	*name = slash + 1;
	if (fd < 0)
		err_errno(err, "cannot open folder '%s'", folder);
	free(folder);
	return fd;
}

int
tree_write(const struct tree *tree, const char *path, struct slice content,
    mode_t mode, struct err *err)
{
	struct buf where = BUF_INIT;
	struct err unsaid = ERR_INIT; /* it has the wrong name */
	const char *name, *why;
	int fd = open_parent(tree, path, &name, err);
	int result;

	if (fd < 0)
		return -1;
	/* the folder is held: nobody can put another one in its place */
	buf_format(&where, "/proc/self/fd/%d/%s", fd, name);
	result = io_replace_file(where.p, content, mode, &unsaid);
	if (result < 0) {
		why = strrchr(unsaid.text, ':');
		err_set(err, unsaid.kind, "cannot write '%s'%s", path,
		    why != NULL ? why : "");
	}
	buf_free(&where);
	close(fd);
	return result;
}

int
tree_link(const struct tree *tree, const char *path, const char *target,
    struct err *err)
{
	const char *name;
	int fd = open_parent(tree, path, &name, err);
	int result = 0;

	if (fd < 0)
		return -1;
	if (symlinkat(target, fd, name) < 0 || fsync(fd) < 0)
		result = err_errno(err, "cannot make link '%s'", path);
	close(fd);
	return result;
}

int
tree_make_folder(
    const struct tree *tree, const char *path, mode_t mode, struct err *err)
{
	const char *name;
	int fd = open_parent(tree, path, &name, err);
	struct stat st;
	int result = 0;

	if (fd < 0)
		return -1;
	if (mkdirat(fd, name, mode) == 0) {
		/* whatever the umask says */
		if (fchmodat(fd, name, mode, 0) < 0 || fsync(fd) < 0)
			result = err_errno(
			    err, "cannot change folder '%s'", path);
	} else if (errno != EEXIST || tree_stat(tree, path, &st) < 0 ||
	    !S_ISDIR(st.st_mode))
		result = err_errno(err, "cannot make folder '%s'", path);
	close(fd);
	return result;
}

static int
remove_at(const struct tree *tree, const char *path, int flags, struct err *err)
{
	const char *name;
	struct err unsaid = ERR_INIT;
	int fd = open_parent(tree, path, &name, &unsaid);
	int result = 0;

	if (fd < 0)
		return errno == ENOENT ? 0 : err_set(err, unsaid.kind, "%s",
		    unsaid.text);
	if (unlinkat(fd, name, flags) == 0 ? fsync(fd) < 0
		: errno != ENOENT && !(flags == AT_REMOVEDIR &&
			(errno == ENOTEMPTY || errno == EEXIST ||
			    errno == EBUSY || errno == ENOTDIR)))
		result = err_errno(err, "cannot remove '%s'", path);
	close(fd);
	return result;
}

int
tree_remove(const struct tree *tree, const char *path, struct err *err)
{
	return remove_at(tree, path, 0, err);
}

void
tree_remove_strays(const struct tree *tree, const char *path)
{
	const char *name;
	int fd = open_parent(tree, path, &name, NULL);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	while (folder != NULL && (entry = readdir(folder)) != NULL)
		if (io_is_unfinished(name, entry->d_name))
			unlinkat(fd, entry->d_name, 0);
	if (folder != NULL)
		closedir(folder);
}

int
tree_remove_folder(const struct tree *tree, const char *path, struct err *err)
{
	return remove_at(tree, path, AT_REMOVEDIR, err);
}

int
tree_poke(const struct tree *tree, const char *path, const char *value,
    struct err *err)
{
	int fd = open_in(tree, path, O_WRONLY);
	int result = 0;

	if (fd < 0 || io_write(fd, value, strlen(value)) < 0)
		result = err_errno(err, "cannot write '%s' to '%s'", value,
		    path);
	if (fd >= 0)
		close(fd);
	return result;
}

int
tree_lock(const struct tree *tree, const char *path, struct err *err)
{
	int fd = open_in(tree, path, O_RDONLY | O_DIRECTORY);

	if (fd >= 0 && flock(fd, LOCK_EX) == 0)
		return fd;
	err_errno(err, "cannot lock folder '%s'", path);
	if (fd >= 0)
		close(fd);
	return -1;
}
