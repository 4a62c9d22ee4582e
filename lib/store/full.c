/* SPDX-License-Identifier: ISC */
/* The table of full mailboxes. */
#include "full.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/home.h"
#include "base/io.h"
#include "base/mem.h"
#include "mailbox_lock.h"

#define FULL_SIZE_MAX ((size_t)64 << 20)
#define FULL_MODE 0640
#define FULL_WAIT_MS 10000

/* A table that is missing is empty. */
static int
read_table(const char *name, struct buf *out, struct err *err)
{
	struct buf path = BUF_INIT;
	int result = 0;

	home_file(&path, "run/%s", name);
	if (access(buf_text(&path), F_OK) == 0)
		result = io_read_file(buf_text(&path), out, err);
	buf_free(&path);
	return result;
}

struct lines {
	struct slice *items;
	size_t n;
};

/* Lines of the mailbox, or all others. */
static void
pick(struct lines *lines, const struct buf *table, struct slice mailbox,
    bool its_own)
{
	struct slice rest = buf_slice(table);

	while (rest.p != NULL && rest.n > 0) {
		struct slice line = slice_line(&rest);
		struct slice of = slice_part(line, slice_find(line, '\t') + 1,
		    line.n);

		if (line.n == 0 || slice_equal(of, mailbox) != its_own)
			continue;
		lines->items = mem_array(lines->items, lines->n + 1,
		    sizeof(*lines->items));
		lines->items[lines->n++] = line;
	}
}

static int
compare(const void *a, const void *b)
{
	return slice_compare(*(const struct slice *)a,
	    *(const struct slice *)b);
}

static int
write_table(const struct lines *lines, const struct buf *old,
    struct err *err)
{
	struct buf text = BUF_INIT, path = BUF_INIT;
	int result = 0;

	if (lines->n > 0)
		qsort(lines->items, lines->n, sizeof(*lines->items), compare);
	for (size_t i = 0; i < lines->n; i++) {
		buf_append_slice(&text, lines->items[i]);
		buf_append_char(&text, '\n');
	}
	if (!slice_equal(buf_slice(&text), buf_slice(old)))
		result = io_replace_file(home_file(&path, "run/full"),
		    buf_slice(&text), FULL_MODE, err);
	buf_free(&text);
	buf_free(&path);
	return result;
}

static int
full_set_locked(struct slice mailbox, bool full, struct err *err)
{
	struct buf old = BUF_LIMITED(FULL_SIZE_MAX);
	struct buf recipients = BUF_LIMITED(FULL_SIZE_MAX);
	struct lines lines = {NULL, 0};
	int result = -1;

	if (read_table("full", &old, err) == 0 &&
	    read_table("recipients", &recipients, err) == 0) {
		pick(&lines, &old, mailbox, false);
		if (full)
			pick(&lines, &recipients, mailbox, true);
		result = write_table(&lines, &old, err);
	}
	free(lines.items);
	buf_free(&old);
	buf_free(&recipients);
	return result;
}

int
full_set(struct slice mailbox, bool full, struct err *err)
{
	struct mailbox_lock lock = MAILBOX_LOCK_INIT;
	struct buf path = BUF_INIT;
	const char *name = home_file(&path, "run/.full.lock");
	int result = -1;

	if (mailbox_lock_make(name, err) == 0 &&
	    mailbox_lock_take(&lock, name, true, FULL_WAIT_MS, err) == 0)
		result = full_set_locked(mailbox, full, err);
	mailbox_lock_close(&lock);
	buf_free(&path);
	return result;
}
