/* SPDX-License-Identifier: ISC */
#include "base/document.h"

#include <stdlib.h>

#include "unit.h"

static void
a_document_is_an_object_of_version_1(void)
{
	static const struct {
		const char *text, *why; /* NULL: fine */
	} rows[] = {
	    {"{\"fe\":1}", NULL},
	    {" {\"a\":2,\"fe\":1}\n", NULL},
	    {"{\"fe\":2}", "newer program"},
	    {"{\"fe\":0}", "'fe' is not 1"},
	    {"{\"fe\":\"1\"}", "'fe' is not 1"},
	    {"{}", "'fe' is not 1"},
	    {"[1]", "no JSON object"},
	    {"{\"fe\":1}x", ""},
	    {"{\"fe\":1,\"fe\":1}", ""},
	    {"", ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err err = ERR_INIT;
		int got = document_check(
		    slice_text(rows[i].text), "f.json", "thing", &err);

		EXPECT_NUMBER(rows[i].text, rows[i].why == NULL ? 0 : -1, got);
		if (rows[i].why == NULL)
			continue;
		EXPECT(err.kind == ERR_CONFIG);
		EXPECT(strncmp(err.text, "'f.json' is no thing: ", 22) == 0);
		EXPECT(strstr(err.text, rows[i].why) != NULL);
	}
}

static void
unknown_members_are_written_back(void)
{
	static const char *const known[] = {"fe", "name", NULL};
	struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER(&out);
	char *kept = NULL;

	EXPECT(document_kept(SLICE("{\"x\":[1,{\"fe\":2}],\"fe\":1,"
	    "\"name\":\"n\",\"y\":null}"), known, &kept) == 0);
	EXPECT_SLICE("kept", SLICE("{\"x\":[1,{\"fe\":2}],\"y\":null}"),
	    slice_text(kept));
	json_open_object(&w, NULL);
	json_put_integer(&w, "fe", 1);
	document_put_kept(&w, kept);
	json_close_object(&w);
	EXPECT_SLICE("written", SLICE("{\"fe\":1,\"x\":[1,{\"fe\":2}],"
	    "\"y\":null}"), buf_slice(&out));
	free(kept);
	EXPECT(document_kept(SLICE("{\"fe\":1}"), known, &kept) == 0);
	EXPECT(kept == NULL);
	document_put_kept(&w, kept);
	EXPECT(document_kept(SLICE("{\"f\\u0065\":1}"), known, &kept) < 0);
	buf_free(&out);
}

int
main(void)
{
	UNIT_RUN(a_document_is_an_object_of_version_1);
	UNIT_RUN(unknown_members_are_written_back);
	return UNIT_RESULT;
}
