/* SPDX-License-Identifier: ISC */
#include "mail/message_id.h"

#include "base/id.h"
#include "unit.h"

static void
lists_the_identifiers_of_a_field(void)
{
	static const struct {
		const char *value, *want;
	} rows[] = {
		{" <a@b>", "<a@b>"}, {"<a@b>\r\n <c@d>", "<a@b><c@d>"},
		{"<a@b><c@d> trailing", "<a@b><c@d>"},
		{"Your message of Tue <a@b>", "<a@b>"},
		{" bare@id \t", "<bare@id>"}, {"<>", ""}, {"", ""},
		{"<never closed", "<never closed>"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice rest = slice_text(rows[i].value), id;
		struct buf got = BUF_INIT;

		while (message_id_next(&rest, &id))
			buf_format(&got, "<%.*s>", SLICE_ARG(id));
		EXPECT_SLICE(rows[i].value, slice_text(rows[i].want),
		    buf_slice(&got));
		buf_free(&got);
	}
}

static void
makes_a_new_one_each_time(void)
{
	struct buf one = BUF_INIT, two = BUF_INIT;

	message_id_make(SLICE("mx.example.org"), &one);
	message_id_make(SLICE("mx.example.org"), &two);
	EXPECT(!slice_equal(buf_slice(&one), buf_slice(&two)));
	EXPECT(slice_ends(buf_slice(&one), "@mx.example.org>"));
	EXPECT(id_is_valid(slice_part(buf_slice(&one), 1, 27)));
	buf_free(&one);
	buf_free(&two);
}

int
main(void)
{
	UNIT_RUN(lists_the_identifiers_of_a_field);
	UNIT_RUN(makes_a_new_one_each_time);
	return UNIT_RESULT;
}
