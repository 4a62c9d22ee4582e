/* SPDX-License-Identifier: ISC */
#include "base/template.h"

#include "unit.h"

static void
fills_known_names_and_leaves_the_rest(void)
{
	static const struct template_value values[] = {
	    {"HOME", "/srv/fe"}, {"USER", "@HOME@"}, {NULL, NULL}};
	static const struct {
		const char *text, *want;
	} rows[] = {
	    {"", ""},
	    {"plain", "plain"},
	    {"@HOME@", "/srv/fe"},
	    {"a@HOME@/b@HOME@", "a/srv/fe/b/srv/fe"},
	    {"@USER@", "@HOME@"}, /* a value is not filled again */
	    {"@OTHER@ @system-service", "@OTHER@ @system-service"},
	    {"you@@HOME@", "you@/srv/fe"},
	    {"@HOME", "@HOME"},
	    {"@HOM", "@HOM"},
	    {"@", "@"},
	    {"@@", "@@"},
	    {"@HOME@HOME@", "/srv/feHOME@"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = BUF_INIT;

		template_fill(slice_text(rows[i].text), values, &out);
		EXPECT_SLICE(rows[i].text, slice_text(rows[i].want),
		    buf_slice(&out));
		buf_free(&out);
	}
}

int
main(void)
{
	UNIT_RUN(fills_known_names_and_leaves_the_rest);
	return UNIT_RESULT;
}
