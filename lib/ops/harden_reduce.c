/* SPDX-License-Identifier: ISC */
/*
 * A plan against what is there: only what differs, only our own files, only
 * what the programs concerned would take.
 */
#include "ops/harden_reduce.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "ops/harden_config.h"
#include "ops/harden_firewall.h"
#include "ops/harden_ssh.h"

bool
harden_look(const struct tree *tree, const char *path,
    enum harden_file_kind *kind, char **text, mode_t *mode)
{
	struct buf content = BUF_INIT;
	struct stat st;

	*text = NULL;
	*kind = HARDEN_TEXT;
	*mode = 0;
	if (tree_lstat(tree, path, &st) < 0)
		return false;
	buf_append_text(&content, "");
	*mode = st.st_mode & 07777;
	if (S_ISLNK(st.st_mode)) {
		*kind = HARDEN_LINK;
		tree_link_target(tree, path, &content);
	} else
		tree_read(tree, path, &content);
	*text = buf_take(&content, NULL);
	return true;
}

static bool
same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/*
 * Reducing.
 */

/* 1: as it should be already; 0: to be written; -1: not ours to write. */
static int
compare(const struct tree *tree, const struct harden_records *records,
    const struct harden_file *file, struct err *err)
{
	const struct harden_change *last =
	    harden_records_find(records, file->path);
	enum harden_file_kind kind;
	char *now;
	mode_t mode;
	int result = 0;

	if (harden_look(tree, file->path, &kind, &now, &mode)) {
		bool equal = kind == file->kind &&
		    same(now, buf_text(&file->content));

		if (last == NULL || last->new == NULL)
			result = equal && kind == HARDEN_LINK ? 1
			    : err_set(err, ERR_CONFIG, "'%s' is there and not "
				"of fe-harden: move it away first",
				file->path);
		else if (!same(now, last->new))
			result = err_set(err, ERR_CONFIG, "'%s' was changed "
			    "since fe-harden wrote it: put that into a file "
			    "of your own and `fe-harden revert' first",
			    file->path);
		else
			result = equal;
	}
	free(now);
	return result;
}

static void
drop_file(struct harden_plan *plan, size_t i)
{
	free(plan->files[i].path);
	buf_free(&plan->files[i].content);
	plan->files[i] = plan->files[--plan->files_n];
}

static void
drop_live(struct harden_plan *plan, size_t i)
{
	free(plan->lives[i].key);
	free(plan->lives[i].value);
	free(plan->lives[i].old);
	free(plan->lives[i].item);
	plan->lives_n--;
	memmove(&plan->lives[i], &plan->lives[i + 1],
	    (plan->lives_n - i) * sizeof(*plan->lives));
}

static bool
has_file(const struct harden_plan *plan, const char *part)
{
	for (size_t i = 0; i < plan->files_n; i++)
		if (strstr(plan->files[i].path, part) != NULL)
			return true;
	return false;
}

/* Reading again what did not change is noise, and for sshd a risk. */
static void
drop_lives(const struct tree *tree, struct harden_plan *plan)
{
	for (size_t i = plan->lives_n; i-- > 0;) {
		enum harden_live_kind kind = plan->lives[i].kind;

		if (!tree->is_host ||
		    (kind == HARDEN_SSHD &&
			!has_file(plan, "/sshd_config.d/")) ||
		    (kind == HARDEN_RELOAD &&
			!has_file(plan, "/systemd/system/")))
			drop_live(plan, i);
	}
}

int
harden_plan_reduce_by(struct harden_plan *plan, const struct tree *tree,
    const struct harden_records *records, struct err *err)
{
	for (size_t i = plan->files_n; i-- > 0;) {
		int result = compare(tree, records, &plan->files[i], err);

		if (result < 0)
			return -1;
		if (result == 1)
			drop_file(plan, i);
	}
	drop_lives(tree, plan);
	return 0;
}

int
harden_plan_reduce(
    struct harden_plan *plan, const struct tree *tree, struct err *err)
{
	struct harden_records records;
	int result = harden_records_read(&records, tree, err);

	if (result == 0)
		result = harden_plan_reduce_by(plan, tree, &records, err);
	harden_records_free(&records);
	return result;
}

/*
 * Validating.
 */

/* sshd reads the new file first and then all it has now. */
static int
validate_sshd(const struct buf *content, struct err *err)
{
	char drop_in[] = "/run/fe-harden.XXXXXX";
	char main_[] = "/run/fe-harden.XXXXXX";
	int first = mkostemp(drop_in, O_CLOEXEC), second = -1, result = -1;
	struct buf text = BUF_INIT;

	if (first >= 0)
		second = mkostemp(main_, O_CLOEXEC);
	buf_format(&text, "Include %s\nInclude /etc/ssh/sshd_config\n",
	    drop_in);
	if (first < 0 || second < 0 ||
	    io_write(first, content->p, content->n) < 0 ||
	    io_write(second, text.p, text.n) < 0)
		err_errno(err, "cannot write a file for sshd to check");
	else
		result = harden_ssh_validate(main_, err);
	if (first >= 0) {
		unlink(drop_in);
		close(first);
	}
	if (second >= 0) {
		unlink(main_);
		close(second);
	}
	buf_free(&text);
	return result;
}

/* Each line of a sysctl.d file is a setting; on the host, of a key there is
 * (a pattern of one interface at least, which was seen when planning). */
static int
validate_sysctl(const struct tree *tree, const struct harden_file *file,
    struct err *err)
{
	struct slice rest = buf_slice(&file->content), key, value;
	struct buf path = BUF_INIT;
	int result = 0;

	while (rest.p != NULL && result == 0) {
		struct slice line = slice_line(&rest);

		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (!harden_sysctl_line(line, &key, &value) || value.n == 0) {
			result = err_set(err, ERR_CONFIG, "'%.*s' is no "
			    "setting of sysctl", SLICE_ARG(line));
			continue;
		}
		buf_truncate(&path, 0);
		buf_append_text(&path, "/proc/sys/");
		for (size_t i = 0; i < key.n; i++)
			buf_append_char(
			    &path, key.p[i] == '.' ? '/' : key.p[i]);
		if (tree->is_host && slice_find(key, '*') == key.n &&
		    !tree_exists(tree, path.p))
			result = err_set(err, ERR_CONFIG, "this kernel has "
			    "no '%.*s'", SLICE_ARG(key));
	}
	buf_free(&path);
	return result;
}

int
harden_plan_validate(const struct harden_plan *plan, const struct tree *tree,
    struct err *err)
{
	for (size_t i = 0; i < plan->files_n; i++) {
		const struct harden_file *file = &plan->files[i];
		int result = 0;

		if (file->kind != HARDEN_TEXT)
			continue;
		if (strstr(file->path, "/sysctl.d/") != NULL)
			result = validate_sysctl(tree, file, err);
		else if (tree->is_host &&
		    strstr(file->path, "/sshd_config.d/") != NULL)
			result = validate_sshd(&file->content, err);
		else if (tree->is_host &&
		    strcmp(file->path, FIREWALL_FILE) == 0)
			result = harden_firewall_validate(
			    buf_slice(&file->content), err);
		if (result < 0)
			return err_prefix(err, "'%s'", file->path);
	}
	return 0;
}
