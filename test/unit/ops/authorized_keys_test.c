/* SPDX-License-Identifier: ISC */
/* Lines of authorized_keys: a second key beside the first, and one out. */
#include "ops/authorized_keys.h"
#include "unit.h"

#define OLD "AAAAC3NzaC1lZDI1NTE5AAAAIOldOldOldOldOldOld"
#define NEW "AAAAC3NzaC1lZDI1NTE5AAAAINewNewNewNewNewNew"

static void
expect_added(const char *label, const char *text, const char *want)
{
	struct buf out = BUF_INIT;

	authorized_keys_add(slice_text(text), SLICE(OLD),
	    SLICE("ssh-ed25519 " NEW " fe-rotate-keys\n"), &out);
	EXPECT_SLICE(label, slice_text(want), buf_slice(&out));
	buf_free(&out);
}

static void
the_new_key_has_the_options_of_the_old_one(void)
{
	expect_added("options", "restrict,command=\"a b\" ssh-rsa " OLD " me\n",
	    "restrict,command=\"a b\" ssh-rsa " OLD " me\n"
	    "restrict,command=\"a b\" ssh-ed25519 " NEW " me\n");
	expect_added("no comment, no end", "ssh-ed25519 " OLD,
	    "ssh-ed25519 " OLD "\nssh-ed25519 " NEW "\n");
	expect_added("others stay", "#ssh-ed25519 " OLD "\n\nx y z\n",
	    "#ssh-ed25519 " OLD "\n\nx y z\n");
}

static void
it_is_not_added_twice(void)
{
	expect_added("there", "ssh-ed25519 " NEW "\nssh-ed25519 " OLD "\n",
	    "ssh-ed25519 " NEW "\nssh-ed25519 " OLD "\n");
}

static void
only_lines_with_the_key_go(void)
{
	struct buf out = BUF_INIT;

	authorized_keys_remove(SLICE("# " OLD "\nssh-ed25519 " NEW " a\n"
	    "no-pty ssh-ed25519 " OLD " b\nssh-ed25519 " OLD "x c\n"),
	    SLICE(OLD), &out);
	EXPECT_SLICE("left", SLICE("# " OLD "\nssh-ed25519 " NEW " a\n"
	    "ssh-ed25519 " OLD "x c\n"), buf_slice(&out));
	buf_free(&out);
}

int
main(void)
{
	UNIT_RUN(the_new_key_has_the_options_of_the_old_one);
	UNIT_RUN(it_is_not_added_twice);
	UNIT_RUN(only_lines_with_the_key_go);
	return UNIT_RESULT;
}
