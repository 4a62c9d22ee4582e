/* SPDX-License-Identifier: ISC */
#include "base/err.h"

#include <errno.h>

#include "unit.h"

static void
says_fault_subject_and_errno(void)
{
	struct err err = ERR_INIT;

	errno = EACCES;
	EXPECT(err_errno(&err, "cannot open '%s'", "x") == -1);
	EXPECT_SLICE("text", SLICE("cannot open 'x': Permission denied"),
	    slice_text(err.text));
	EXPECT_NUMBER("kind", ERR_SYSTEM, err.kind);
	EXPECT_NUMBER("errno", EACCES, errno);
}

static void
puts_a_subject_before_what_is_there(void)
{
	struct err err = ERR_INIT;

	EXPECT(err_set(&err, ERR_CONFIG, "unknown key '%s'", "k") == -1);
	EXPECT(err_prefix(&err, "fe.conf:%d", 7) == -1);
	EXPECT_SLICE("text", SLICE("fe.conf:7: unknown key 'k'"),
	    slice_text(err.text));
	EXPECT_NUMBER("kind", ERR_CONFIG, err.kind);
	err_clear(&err);
	EXPECT_NUMBER("cleared", ERR_NONE, err.kind);
	EXPECT_NUMBER("cleared", 0, strlen(err.text));
}

static void
lets_no_control_character_onto_a_terminal(void)
{
	struct err err = ERR_INIT;

	err_set(&err, ERR_MESSAGE, "bad '%s'", "a\x1b[31m\r\nb\x7f");
	EXPECT_SLICE("set", SLICE("bad 'a?[31m??b?'"), slice_text(err.text));
	err_prefix(&err, "%s", "\a");
	EXPECT_SLICE("prefix", SLICE("?: bad 'a?[31m??b?'"),
	    slice_text(err.text));
	errno = ENOENT;
	err_errno(&err, "%s", "\t");
	EXPECT_SLICE("errno", SLICE("?: No such file or directory"),
	    slice_text(err.text));
}

static void
cuts_what_is_too_long(void)
{
	struct err err = ERR_INIT;
	char text[2000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	err_set(&err, ERR_BUG, "%s", text);
	EXPECT_NUMBER("set", 511, strlen(err.text));
	err_prefix(&err, "%s", text);
	EXPECT_NUMBER("prefix", 511, strlen(err.text));
	errno = EIO;
	err_errno(&err, "%s", text);
	EXPECT_NUMBER("errno", 511, strlen(err.text));
}

static void
takes_nobody_to_tell(void)
{
	EXPECT(err_set(NULL, ERR_BUG, "x") == -1);
	EXPECT(err_errno(NULL, "x") == -1);
	EXPECT(err_prefix(NULL, "x") == -1);
	err_clear(NULL);
}

int
main(void)
{
	UNIT_RUN(says_fault_subject_and_errno);
	UNIT_RUN(puts_a_subject_before_what_is_there);
	UNIT_RUN(lets_no_control_character_onto_a_terminal);
	UNIT_RUN(cuts_what_is_too_long);
	UNIT_RUN(takes_nobody_to_tell);
	return UNIT_RESULT;
}
