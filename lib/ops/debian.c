/* SPDX-License-Identifier: ISC */
/* dpkg's list and the order of versions. */
#include "ops/debian.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* How a character sorts: `~' before the end, letters before the rest. */
static int
order(char c)
{
	if (c == '~')
		return -1;
	if (ascii_is_digit(c))
		return 0;
	return ascii_is_alpha(c) ? c : (unsigned char)c + 256;
}

static int
order_at(struct slice s, size_t i)
{
	return i < s.n ? order(s.p[i]) : 0;
}

static bool
digit_at(struct slice s, size_t i)
{
	return i < s.n && ascii_is_digit(s.p[i]);
}

/* Runs of other characters and of digits, in turns. */
static int
compare_part(struct slice a, struct slice b)
{
	size_t i = 0, j = 0;

	while (i < a.n || j < b.n) {
		int first = 0;

		while ((i < a.n && !digit_at(a, i)) ||
		    (j < b.n && !digit_at(b, j))) {
			int x = order_at(a, i), y = order_at(b, j);

			if (x != y)
				return x < y ? -1 : 1;
			i++;
			j++;
		}
		while (i < a.n && a.p[i] == '0')
			i++;
		while (j < b.n && b.p[j] == '0')
			j++;
		while (digit_at(a, i) && digit_at(b, j)) {
			if (first == 0)
				first = a.p[i] - b.p[j];
			i++;
			j++;
		}
		if (digit_at(a, i))
			return 1;
		if (digit_at(b, j))
			return -1;
		if (first != 0)
			return first;
	}
	return 0;
}

static struct slice
take_epoch(struct slice *version)
{
	struct slice rest = *version, epoch = slice_cut(&rest, ':');

	if (rest.p == NULL)
		return SLICE("0");
	*version = rest;
	return epoch;
}

static struct slice
take_revision(struct slice *version)
{
	size_t i = version->n;
	struct slice revision;

	while (i > 0 && version->p[i - 1] != '-')
		i--;
	if (i == 0)
		return SLICE("");
	revision = slice_part(*version, i, version->n);
	*version = slice_part(*version, 0, i - 1);
	return revision;
}

int
debian_version_compare(struct slice a, struct slice b)
{
	struct slice x = take_epoch(&a), y = take_epoch(&b);
	int result = compare_part(x, y);

	if (result != 0)
		return result;
	x = take_revision(&a);
	y = take_revision(&b);
	result = compare_part(a, b);
	return result != 0 ? result : compare_part(x, y);
}

static int
compare_sources(const void *a, const void *b)
{
	const struct debian_source *x = a, *y = b;
	int result = strcmp(x->name, y->name);

	return result != 0
	    ? result
	    : debian_version_compare(
		  slice_text(x->version), slice_text(y->version));
}

/* `Source: NAME' or `Source: NAME (VERSION)', else as the package. */
static void
add_package(struct debian_sources *s, struct slice package,
    struct slice source, struct slice version)
{
	struct slice name = source.n > 0 ? source : package;
	size_t open = slice_find(name, '(');

	if (open < name.n && name.p[name.n - 1] == ')')
		version = slice_part(name, open + 1, name.n - 1);
	name = slice_trim(slice_part(name, 0, open));
	if (name.n == 0 || version.n == 0)
		return;
	if ((s->n & (s->n - 1)) == 0)
		s->items = mem_array(s->items, s->n == 0 ? 1 : s->n * 2,
		    sizeof(*s->items));
	s->items[s->n++] =
	    (struct debian_source){.name = mem_dup(name.p, name.n),
		.version = mem_dup(version.p, version.n)};
}

/* One of each name: the first, which is the lowest. */
static void
sort_and_join(struct debian_sources *s)
{
	size_t kept = 0;

	if (s->n > 0)
		qsort(s->items, s->n, sizeof(*s->items), compare_sources);
	for (size_t i = 0; i < s->n; i++) {
		if (kept > 0 && strcmp(s->items[kept - 1].name,
			s->items[i].name) == 0) {
			free(s->items[i].name);
			free(s->items[i].version);
		} else
			s->items[kept++] = s->items[i];
	}
	s->n = kept;
}

void
debian_sources_parse(struct debian_sources *sources, struct slice text)
{
	struct slice package = SLICE_NONE, source = SLICE_NONE;
	struct slice version = SLICE_NONE;
	bool installed = false;

	*sources = (struct debian_sources){.n = 0};
	while (text.p != NULL) {
		struct slice line = slice_line(&text);

		if (slice_starts(line, "Package: "))
			package = slice_part(line, 9, line.n);
		else if (slice_starts(line, "Source: "))
			source = slice_part(line, 8, line.n);
		else if (slice_starts(line, "Version: "))
			version = slice_part(line, 9, line.n);
		else if (slice_starts(line, "Status: "))
			installed = slice_ends(line, " installed");
		if (line.n > 0 && text.p != NULL)
			continue;
		if (installed)
			add_package(sources, package, source, version);
		package = source = version = SLICE_NONE;
		installed = false;
	}
	sort_and_join(sources);
}

int
debian_sources_read(struct debian_sources *sources, const struct tree *tree)
{
	struct buf text = BUF_INIT;
	int result = tree_read(tree, "/var/lib/dpkg/status", &text);

	debian_sources_parse(sources, buf_slice(&text));
	buf_free(&text);
	return result;
}

void
debian_sources_free(struct debian_sources *sources)
{
	for (size_t i = 0; i < sources->n; i++) {
		free(sources->items[i].name);
		free(sources->items[i].version);
	}
	free(sources->items);
	*sources = (struct debian_sources){.n = 0};
}

const struct debian_source *
debian_sources_find(const struct debian_sources *sources, const char *name)
{
	size_t from = 0, to = sources->n;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int result = strcmp(sources->items[middle].name, name);

		if (result == 0)
			return &sources->items[middle];
		if (result < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return NULL;
}

bool
debian_codename(const struct tree *tree, struct buf *out)
{
	struct buf text = BUF_INIT;
	struct slice rest;
	bool found = false;

	(void)tree_read(tree, "/etc/os-release", &text);
	rest = buf_slice(&text);
	while (rest.p != NULL && !found) {
		struct slice line = slice_line(&rest);
		struct slice key = slice_cut(&line, '=');

		if (!slice_is(key, "VERSION_CODENAME") || line.n == 0)
			continue;
		if (line.n > 1 && line.p[0] == '"')
			line = slice_part(line, 1, line.n - 1);
		buf_append_slice(out, line);
		found = true;
	}
	buf_free(&text);
	return found;
}
