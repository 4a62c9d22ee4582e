/* SPDX-License-Identifier: ISC */
/*
 * Readers of the host's configuration files.
 */
#include "ops/harden_config.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define INCLUDE_DEPTH 16
#define KEY_MAX 255

struct slice
harden_word(struct slice *line)
{
	size_t i = 0;
	struct slice word;

	*line = slice_trim(*line);
	while (i < line->n && !ascii_is_space(line->p[i]))
		i++;
	word = slice_part(*line, 0, i);
	*line = slice_part(*line, i, line->n);
	return word;
}

bool
harden_sysctl_line(struct slice line, struct slice *key, struct slice *value)
{
	size_t equals;

	line = slice_trim(line);
	if (line.n == 0 || line.p[0] == '#' || line.p[0] == ';')
		return false;
	equals = slice_find(line, '=');
	if (equals == line.n)
		return false;
	*key = slice_trim(slice_part(line, 0, equals));
	*value = slice_trim(slice_part(line, equals + 1, line.n));
	if (key->n > 0 && key->p[0] == '-')
		*key = slice_trim(slice_part(*key, 1, key->n));
	return key->n > 0;
}

static void
put_dots(char *out, size_t size, struct slice key)
{
	size_t n = key.n < size ? key.n : size - 1;

	for (size_t i = 0; i < n; i++)
		out[i] = key.p[i] == '/' ? '.' : key.p[i];
	out[n] = '\0';
}

bool
harden_sysctl_is(struct slice pattern, const char *key)
{
	char wild[KEY_MAX + 1], name[KEY_MAX + 1];

	if (pattern.n > KEY_MAX || memchr(pattern.p, '\0', pattern.n) != NULL)
		return false;
	put_dots(wild, sizeof(wild), pattern);
	put_dots(name, sizeof(name), slice_text(key));
	return fnmatch(wild, name, 0) == 0;
}

static void
search_sysctl(const struct tree *tree, const char *path, const char *key,
    struct buf *value, struct buf *where)
{
	struct buf text = BUF_INIT;
	struct slice rest, name, setting;

	if (tree_read(tree, path, &text) == 0) {
		rest = buf_slice(&text);
		while (rest.p != NULL) {
			struct slice line = slice_line(&rest);

			if (!harden_sysctl_line(line, &name, &setting) ||
			    !harden_sysctl_is(name, key))
				continue;
			buf_truncate(value, 0);
			buf_truncate(where, 0);
			buf_append_slice(value, setting);
			buf_append_text(where, path);
		}
	}
	buf_free(&text);
}

/* Files of all folders in the order of their names; one that stands in a
 * folder earlier in the list hides those of the same name. */
static const char *const sysctl_folders[] = {"/etc/sysctl.d", "/run/sysctl.d",
    "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d"};
#define FOLDERS (sizeof(sysctl_folders) / sizeof(sysctl_folders[0]))

static int
next_name(const struct tree_names *names, const size_t *at)
{
	int best = -1;

	for (size_t i = 0; i < FOLDERS; i++)
		if (at[i] < names[i].n && (best < 0 ||
			strcmp(names[i].items[at[i]],
			    names[best].items[at[best]]) < 0))
			best = (int)i;
	return best;
}

bool
harden_sysctl_file(const struct tree *tree, const char *key, struct buf *value,
    struct buf *where)
{
	struct tree_names names[FOLDERS];
	size_t at[FOLDERS] = {0};
	struct buf path = BUF_INIT;
	int best;

	buf_truncate(where, 0);
	buf_truncate(value, 0);
	for (size_t i = 0; i < FOLDERS; i++)
		tree_list(tree, sysctl_folders[i], &names[i]);
	while ((best = next_name(names, at)) >= 0) {
		char *name = names[best].items[at[best]];

		buf_truncate(&path, 0);
		buf_format(&path, "%s/%s", sysctl_folders[best], name);
		for (size_t i = 0; i < FOLDERS; i++)
			if ((int)i != best && at[i] < names[i].n &&
			    strcmp(names[i].items[at[i]], name) == 0)
				at[i]++;
		at[best]++;
		if (slice_ends(slice_text(name), ".conf"))
			search_sysctl(tree, path.p, key, value, where);
	}
	for (size_t i = 0; i < FOLDERS; i++)
		tree_names_free(&names[i]);
	buf_free(&path);
	return where->n > 0;
}

static struct slice
cut_word(struct slice *rest)
{
	struct slice word;
	size_t i = 0;

	while (i < rest->n && (ascii_is_space(rest->p[i]) || rest->p[i] == '='))
		i++;
	*rest = slice_part(*rest, i, rest->n);
	if (rest->n > 0 && rest->p[0] == '"') {
		*rest = slice_part(*rest, 1, rest->n);
		i = slice_find(*rest, '"');
		word = slice_part(*rest, 0, i);
		*rest = slice_part(*rest, i + (i < rest->n), rest->n);
		return word;
	}
	for (i = 0; i < rest->n && !ascii_is_space(rest->p[i]) &&
	    rest->p[i] != '=';)
		i++;
	word = slice_part(*rest, 0, i);
	*rest = slice_part(*rest, i, rest->n);
	return word;
}

struct sshd_reader {
	const struct tree *tree;
	struct buf *out, *match;
	bool in_match;
	unsigned depth;
};

static void read_sshd(struct sshd_reader *r, const char *path);

/* One word of Include: a path, or a pattern in its last part. */
static void
include_sshd(struct sshd_reader *r, struct slice word)
{
	struct buf pattern = BUF_INIT, path = BUF_INIT;
	struct tree_names names;
	char *name;

	if (word.n == 0 || memchr(word.p, '\0', word.n) != NULL)
		return;
	buf_append_text(&pattern, word.p[0] == '/' ? "" : "/etc/ssh/");
	buf_append_slice(&pattern, word);
	name = strrchr(pattern.p, '/');
	*name++ = '\0';
	tree_list(r->tree, pattern.p[0] == '\0' ? "/" : pattern.p, &names);
	for (size_t i = 0; i < names.n; i++) {
		if (fnmatch(name, names.items[i], 0) != 0)
			continue;
		buf_truncate(&path, 0);
		buf_format(&path, "%s/%s", pattern.p, names.items[i]);
		read_sshd(r, path.p);
	}
	tree_names_free(&names);
	buf_free(&pattern);
	buf_free(&path);
}

static void
read_sshd_line(struct sshd_reader *r, struct slice line)
{
	struct slice rest = slice_trim(line), keyword;
	struct buf *out;

	if (rest.n == 0 || rest.p[0] == '#')
		return;
	keyword = cut_word(&rest);
	if (slice_case_is(keyword, "match")) {
		r->in_match = true;
		return;
	}
	if (slice_case_is(keyword, "include")) {
		while ((rest = slice_trim(rest)).n > 0)
			include_sshd(r, cut_word(&rest));
		return;
	}
	out = r->in_match ? r->match : r->out;
	for (size_t i = 0; i < keyword.n; i++)
		buf_append_char(out, ascii_lower(keyword.p[i]));
	for (bool first = true; (rest = slice_trim(rest)).n > 0 &&
	    (first || rest.p[0] != '#'); first = false) {
		buf_append_char(out, ' ');
		buf_append_slice(out, cut_word(&rest));
	}
	buf_append_char(out, '\n');
}

/* A Match goes on to the end of the file that it stands in. */
static void
read_sshd(struct sshd_reader *r, const char *path)
{
	struct buf text = BUF_INIT;
	struct slice rest;
	bool before = r->in_match;

	if (r->depth < INCLUDE_DEPTH && r->out->n < TREE_FILE_MAX &&
	    tree_read(r->tree, path, &text) == 0) {
		r->depth++;
		rest = buf_slice(&text);
		while (rest.p != NULL)
			read_sshd_line(r, slice_line(&rest));
		r->depth--;
		r->in_match = before;
	}
	buf_free(&text);
}

int
harden_sshd_files(const struct tree *tree, struct buf *out, struct buf *match)
{
	struct sshd_reader r = {.tree = tree, .out = out, .match = match};

	if (!tree_exists(tree, "/etc/ssh/sshd_config"))
		return -1;
	read_sshd(&r, "/etc/ssh/sshd_config");
	return 0;
}

bool
harden_sshd_value(struct slice text, const char *keyword, struct slice *value)
{
	while (text.p != NULL) {
		struct slice rest = slice_line(&text);
		struct slice name = slice_cut(&rest, ' ');

		if (!slice_case_is(name, keyword))
			continue;
		*value = rest.p == NULL ? SLICE("") : slice_trim(rest);
		return true;
	}
	return false;
}

/* A field up to white space; \040 and the like become what they mean. */
static void
cut_field(struct slice *rest, char *out, size_t size)
{
	size_t n = 0, i = 0;

	while (i < rest->n && ascii_is_space(rest->p[i]))
		i++;
	while (i < rest->n && !ascii_is_space(rest->p[i])) {
		const char *p = rest->p + i;
		unsigned char c = (unsigned char)*p;

		if (c == '\\' && i + 3 < rest->n && p[1] >= '0' &&
		    p[1] <= '3' && p[2] >= '0' && p[2] <= '7' && p[3] >= '0' &&
		    p[3] <= '7') {
			c = (unsigned char)((p[1] - '0') * 64 +
			    (p[2] - '0') * 8 + p[3] - '0');
			i += 3;
		}
		if (n + 1 < size && c != '\0')
			out[n++] = (char)c;
		i++;
	}
	out[n] = '\0';
	*rest = slice_part(*rest, i, rest->n);
}

bool
harden_mountinfo_line(struct slice line, struct harden_mount *mount)
{
	char skipped[256];

	*mount = (struct harden_mount){.point = ""};
	cut_field(&line, skipped, sizeof(skipped)); /* id */
	cut_field(&line, skipped, sizeof(skipped)); /* parent */
	cut_field(&line, mount->device, sizeof(mount->device));
	cut_field(&line, skipped, sizeof(skipped)); /* root in it */
	cut_field(&line, mount->point, sizeof(mount->point));
	cut_field(&line, mount->options, sizeof(mount->options));
	do
		cut_field(&line, skipped, sizeof(skipped));
	while (skipped[0] != '\0' && strcmp(skipped, "-") != 0);
	cut_field(&line, skipped, sizeof(skipped)); /* type */
	cut_field(&line, mount->source, sizeof(mount->source));
	return mount->point[0] == '/';
}

bool
harden_fstab_line(struct slice line, struct harden_mount *mount)
{
	char type[32];

	*mount = (struct harden_mount){.point = ""};
	line = slice_trim(line);
	if (line.n == 0 || line.p[0] == '#')
		return false;
	cut_field(&line, mount->source, sizeof(mount->source));
	cut_field(&line, mount->point, sizeof(mount->point));
	cut_field(&line, type, sizeof(type));
	cut_field(&line, mount->options, sizeof(mount->options));
	return mount->point[0] == '/';
}

bool
harden_apt_value(struct slice text, const char *name, struct buf *value)
{
	bool found = false;

	while (text.p != NULL) {
		struct slice rest = slice_trim(slice_line(&text));

		if (!slice_case_starts(rest, name))
			continue;
		rest = slice_trim(slice_part(rest, strlen(name), rest.n));
		if (rest.n == 0 || rest.p[0] != '"')
			continue;
		rest = slice_part(rest, 1, rest.n);
		buf_truncate(value, 0);
		buf_append_slice(value, slice_cut(&rest, '"'));
		found = true;
	}
	return found;
}
