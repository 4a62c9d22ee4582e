/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_TREE_H
#define FE_OPS_TREE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * The files of a host below a root: `/' for the one that runs, else a mounted
 * image or a copy.  Paths begin with `/' and are resolved as if that root
 * were the root (openat2(2), RESOLVE_IN_ROOT): a link of a hostile image
 * leads nowhere else.
 */
struct tree {
	int fd;
	bool is_host; /* the root is `/' */
	char *root;
};

int tree_open(struct tree *tree, const char *root, struct err *err);
void tree_close(struct tree *tree);

/* The whole file, appended, at most `TREE_FILE_MAX' octets (or out->max, if
 * that is less).  -1 with errno where it cannot be had; nothing is said. */
#define TREE_FILE_MAX ((size_t)16 << 20)
int tree_read(const struct tree *tree, const char *path, struct buf *out);
/* As stat(2) and lstat(2). */
int tree_stat(const struct tree *tree, const char *path, struct stat *st);
int tree_lstat(const struct tree *tree, const char *path, struct stat *st);
bool tree_exists(const struct tree *tree, const char *path);
/* Where a link points, appended; -1 with errno. */
int tree_link_target(const struct tree *tree, const char *path,
    struct buf *out);

/* The names in a folder, sorted as by strcmp, without those that begin with a
 * dot.  A folder that cannot be read is empty, with errno in .failed. */
struct tree_names {
	char **items;
	size_t n;
	int failed;
};
void tree_list(const struct tree *tree, const char *path,
    struct tree_names *names);
void tree_names_free(struct tree_names *names);

/* Replaces or makes a file as io_replace_file() does, or a link. */
int tree_write(const struct tree *tree, const char *path, struct slice content,
    mode_t mode, struct err *err);
int tree_link(const struct tree *tree, const char *path, const char *target,
    struct err *err);
/* One folder, whose parent is there; no error where it is there itself. */
int tree_make_folder(const struct tree *tree, const char *path, mode_t mode,
    struct err *err);
/* Both are content where nothing is there; a folder that is not empty stays. */
int tree_remove(const struct tree *tree, const char *path, struct err *err);
/* What a tree_write() of that path left that was killed: `.NAME.XXXXXX'. */
void tree_remove_strays(const struct tree *tree, const char *path);
int tree_remove_folder(const struct tree *tree, const char *path,
    struct err *err);
/* A folder, held by this process alone until the descriptor is closed; waits.
 * -1 and err. */
int tree_lock(const struct tree *tree, const char *path, struct err *err);
/* The file as it is written to (kernel files, which are not replaced). */
int tree_poke(const struct tree *tree, const char *path, const char *value,
    struct err *err);

#endif
