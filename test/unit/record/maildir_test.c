/* SPDX-License-Identifier: ISC */
#include "record/maildir.h"

#include "unit.h"

static void
folders_pass_both_ways(void)
{
	static const struct {
		const char *folder, *name;
	} rows[] = {{"Junk", "Junk"}, {"A/B/C", "A.B.C"},
	    {"v1.2/x", "v1&AC4-2.x"}, {"Entw\xc3\xbcrfe", "Entw&APw-rfe"},
	    {"..", "&AC4ALg-"}, {"R&D", "R&-D"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct buf out = BUF_INIT;

		maildir_folder_encode(slice_text(rows[i].folder), &out);
		EXPECT_SLICE(rows[i].folder, slice_text(rows[i].name),
		    buf_slice(&out));
		buf_truncate(&out, 0);
		maildir_folder_decode(slice_text(rows[i].name), &out);
		EXPECT_SLICE(rows[i].name, slice_text(rows[i].folder),
		    buf_slice(&out));
		buf_free(&out);
	}
}

static void
names_that_are_no_utf7_are_taken_as_they_are(void)
{
	struct buf out = BUF_INIT;

	maildir_folder_decode(SLICE("Entw\xc3\xbcrfe.A&B.\xff"), &out);
	EXPECT_SLICE("name", SLICE("Entw\xc3\xbcrfe/A&B/\xef\xbf\xbd"),
	    buf_slice(&out));
	buf_free(&out);
}

static void
flags_are_in_the_name(void)
{
	static const struct {
		const char *name, *flags, *letters;
	} rows[] = {{"1.a.b", "", ""}, {"1.a.b:2,", "", ""},
	    {"1.a.b:2,FS", "\\Flagged \\Seen", "FS"},
	    {"1.a.b:2,DFPRST", "\\Draft \\Flagged $Forwarded \\Answered "
		"\\Seen \\Deleted", "DFPRST"},
	    {"1.a.b:2,abS", "\\Seen", "S"}, {"1.a.b:1,FS", "", ""},
	    {"S:2", "", ""}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct buf flags = BUF_INIT, letters = BUF_INIT;

		maildir_flags_decode(slice_text(rows[i].name), &flags);
		EXPECT_SLICE(rows[i].name, slice_text(rows[i].flags),
		    buf_slice(&flags));
		maildir_flags_encode(buf_slice(&flags), &letters);
		EXPECT_SLICE(rows[i].flags, slice_text(rows[i].letters),
		    buf_slice(&letters));
		buf_free(&flags);
		buf_free(&letters);
	}
}

static void
keywords_have_no_letter(void)
{
	struct buf out = BUF_INIT;

	maildir_flags_encode(SLICE("work \\seen  $Junk"), &out);
	EXPECT_SLICE("letters", SLICE("S"), buf_slice(&out));
	buf_free(&out);
}

static void
the_name_says_when_it_came(void)
{
	EXPECT_NUMBER("seconds", 1700000000000,
	    maildir_date_ms(SLICE("1700000000.M1P2.host:2,S")));
	EXPECT_NUMBER("a number", -1, maildir_date_ms(SLICE("17.a")));
	EXPECT_NUMBER("a word", -1, maildir_date_ms(SLICE("a.b")));
	EXPECT_NUMBER("too large", -1,
	    maildir_date_ms(SLICE("99999999999999999999.b")));
}

int
main(void)
{
	UNIT_RUN(folders_pass_both_ways);
	UNIT_RUN(names_that_are_no_utf7_are_taken_as_they_are);
	UNIT_RUN(flags_are_in_the_name);
	UNIT_RUN(keywords_have_no_letter);
	UNIT_RUN(the_name_says_when_it_came);
	return UNIT_RESULT;
}
