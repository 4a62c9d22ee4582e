/* SPDX-License-Identifier: ISC */
#include "base/home.h"

#include "unit.h"

static void
is_var_lib_fe_until_set(void)
{
	struct buf path = BUF_INIT;

	EXPECT_SLICE("default", SLICE("/var/lib/fe"), slice_text(home_path()));
	home_set("/srv/mail");
	EXPECT_SLICE("file", SLICE("/srv/mail/keys/x.key"),
	    slice_text(home_file(&path, "keys/%s.key", "x")));
	EXPECT_SLICE("replaced", SLICE("/srv/mail/fe.conf"),
	    slice_text(home_file(&path, "fe.conf")));
	buf_free(&path);
}

static void
takes_no_name_that_leaves_its_folder(void)
{
	static const struct {
		const char *name;
		bool valid;
	} rows[] = {
	    {"alice", true},
	    {"example.org", true},
	    {"o'brien+x", true},
	    {"j\xc3\xb6rg", true},
	    {"a..b", true},
	    {"", false},
	    {".", false},
	    {"..", false},
	    {".hidden", false},
	    {"a/b", false},
	    {"/", false},
	    {"a\nb", false},
	    {"a\x7f", false},
	};
	char long_name[202];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		EXPECT_NUMBER(rows[i].name, rows[i].valid,
		    home_name_is_valid(slice_text(rows[i].name)));
	EXPECT(!home_name_is_valid(SLICE("a\0b")));
	memset(long_name, 'x', sizeof(long_name));
	EXPECT(home_name_is_valid(slice_of(long_name, 200)));
	EXPECT(!home_name_is_valid(slice_of(long_name, 201)));
}

int
main(void)
{
	UNIT_RUN(is_var_lib_fe_until_set);
	UNIT_RUN(takes_no_name_that_leaves_its_folder);
	return UNIT_RESULT;
}
