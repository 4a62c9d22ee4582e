/* SPDX-License-Identifier: ISC */
/* Walks folders, reads lines, and tells of the people in them. */
#include "ops/log_audit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "ops/log_file.h"

#define LINE_MAX_SIZE                                                          \
	((size_t)256 << 10) /* longer ones are looked at in parts */
#define DEPTH_MAX 32

const char *
log_audit_kind_text(enum personal_kind kind)
{
	switch (kind) {
	case PERSONAL_ADDRESS:
		return "e-mail address";
	case PERSONAL_IP:
		return "IP address";
	case PERSONAL_HIDDEN_IP:
		return "IP address in a name";
	default:
		return "hardware address or fingerprint";
	}
}

static void
look(struct log_audit *a, struct slice line)
{
	struct personal_walk walk;
	struct personal found;

	buf_truncate(&a->plain, 0);
	personal_normalize(line, &a->plain);
	walk = personal_walk(buf_slice(&a->plain));
	while (personal_next(&walk, &found)) {
		const struct log_audit_finding finding = {a->file, a->line,
		    found.kind, slice_part(walk.text, found.from, found.to)};

		a->findings++;
		a->found(a->cookie, &finding);
	}
}

static int
take(void *cookie, struct slice part, struct err *err)
{
	struct log_audit *a = cookie;

	(void)err;
	while (part.n > 0) {
		size_t end = slice_find(part, '\n');

		if (a->rest.n > 0 || end == part.n)
			buf_append_slice(&a->rest, slice_part(part, 0, end));
		if (end < part.n || a->rest.n > LINE_MAX_SIZE) {
			look(a, a->rest.n > 0 ? buf_slice(&a->rest)
					      : slice_part(part, 0, end));
			buf_truncate(&a->rest, 0);
		}
		if (end == part.n)
			break;
		a->line++;
		a->lines++;
		part = slice_part(part, end + 1, part.n);
	}
	return 0;
}

static void
fail(struct log_audit *a, const struct err *err)
{
	a->failures++;
	a->failed(a->cookie, err);
}

void
log_audit_fd(struct log_audit *a, int fd, const char *name)
{
	struct err err = ERR_INIT;
	bool cut;

	a->file = name;
	a->line = 1;
	a->files++;
	if (log_file_read(fd, name, take, a, &cut, &err) < 0)
		fail(a, &err);
	if (a->rest.n > 0) {
		a->lines++;
		look(a, buf_slice(&a->rest));
	}
	buf_truncate(&a->rest, 0);
}

static void audit_any(struct log_audit *a, const char *path, unsigned depth);

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
audit_folder(struct log_audit *a, int fd, const char *path, unsigned depth)
{
	DIR *folder = fdopendir(fd);
	struct dirent *entry;
	char **names = NULL;
	size_t n = 0;
	struct buf below = BUF_INIT;

	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		names = mem_array(names, n + 1, sizeof(*names));
		names[n++] = mem_text(entry->d_name);
	}
	if (folder != NULL)
		closedir(folder);
	if (n > 1)
		qsort(names, n, sizeof(*names), by_name);
	for (size_t i = 0; i < n; i++) {
		buf_truncate(&below, 0);
		buf_format(&below, "%s/%s", path, names[i]);
		audit_any(a, below.p, depth + 1);
		free(names[i]);
	}
	free(names);
	buf_free(&below);
}

static void
audit_any(struct log_audit *a, const char *path, unsigned depth)
{
	struct err err = ERR_INIT;
	/* what is named is followed, what lies in a folder is not */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK |
				(depth > 0 ? O_NOFOLLOW : 0));
	struct stat st;

	if (fd < 0 && depth > 0 && (errno == ELOOP || errno == ENXIO))
		return; /* a link, a socket */
	if (fd < 0 || fstat(fd, &st) < 0) {
		err_errno(&err, "cannot open '%s'", path);
		fail(a, &err);
		if (fd >= 0)
			close(fd);
	} else if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX) {
		audit_folder(a, fd, path, depth);
	} else if (S_ISDIR(st.st_mode)) {
		err_set(&err, ERR_CONFIG, "'%s' lies too deep: look into it "
		    "by its name", path);
		fail(a, &err);
		close(fd);
	} else {
		if (S_ISREG(st.st_mode) || depth == 0)
			log_audit_fd(a, fd, path);
		close(fd);
	}
}

void
log_audit_path(struct log_audit *a, const char *path)
{
	audit_any(a, path, 0);
}

void
log_audit_free(struct log_audit *a)
{
	buf_free(&a->rest);
	buf_free(&a->plain);
}
