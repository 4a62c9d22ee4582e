/* SPDX-License-Identifier: ISC */
/* Files of secrets are overwritten before their name goes. */
#include "base/shred.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "unit.h"

static char folder[] = "/tmp/fe.XXXXXX";

static const char *
in(struct buf *path, const char *name)
{
	buf_truncate(path, 0);
	buf_format(path, "%s/%s", folder, name);
	return path->p;
}

static void
a_second_name_holds_zeros(void)
{
	struct buf path = BUF_INIT, link_path = BUF_INIT, text = BUF_INIT;
	static const char zeros[6];

	EXPECT(io_replace_file(in(&path, "key"), SLICE("secret"), 0400,
	    NULL) == 0);
	EXPECT(link(path.p, in(&link_path, "link")) == 0);
	EXPECT(shred_file(path.p, NULL) == 0);
	EXPECT(access(path.p, F_OK) < 0);
	EXPECT(io_read_file(link_path.p, &text, NULL) == 0);
	EXPECT_SLICE("zeros", slice_of(zeros, 6), buf_slice(&text));
	EXPECT(shred_file(path.p, NULL) == 0); /* not there: done */
	buf_free(&path);
	buf_free(&link_path);
	buf_free(&text);
}

static void
a_former_name_of_the_current_file_only_loses_the_name(void)
{
	struct buf path = BUF_INIT, old = BUF_INIT, text = BUF_INIT;

	EXPECT(io_replace_file(in(&path, "now"), SLICE("one"), 0400, NULL) ==
	    0);
	EXPECT(shred_keep_former(in(&old, "old"), path.p, NULL) == 0);
	EXPECT(access(old.p, F_OK) == 0);
	/* a run that is cut short is run again */
	EXPECT(shred_keep_former(old.p, path.p, NULL) == 0);
	EXPECT(access(old.p, F_OK) == 0);
	EXPECT(shred_former(old.p, path.p, NULL) == 0);
	EXPECT(access(old.p, F_OK) < 0);
	EXPECT(io_read_file(path.p, &text, NULL) == 0);
	EXPECT_SLICE("kept", SLICE("one"), buf_slice(&text));
	/* behind a swap it is another file */
	EXPECT(link(path.p, old.p) == 0);
	EXPECT(io_replace_file(path.p, SLICE("two"), 0400, NULL) == 0);
	EXPECT(shred_former(old.p, path.p, NULL) == 0);
	EXPECT(access(old.p, F_OK) < 0);
	buf_truncate(&text, 0);
	EXPECT(io_read_file(path.p, &text, NULL) == 0);
	EXPECT_SLICE("current", SLICE("two"), buf_slice(&text));
	buf_free(&path);
	buf_free(&old);
	buf_free(&text);
}

int
main(void)
{
	struct buf path = BUF_INIT;

	if (mkdtemp(folder) == NULL)
		return 1;
	UNIT_RUN(a_second_name_holds_zeros);
	UNIT_RUN(a_former_name_of_the_current_file_only_loses_the_name);
	unlink(in(&path, "now"));
	unlink(in(&path, "link"));
	rmdir(folder);
	buf_free(&path);
	return UNIT_RESULT;
}
