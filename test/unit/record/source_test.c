/* SPDX-License-Identifier: ISC */
#include "record/source.h"

#include "base/id.h"
#include "unit.h"

static void
comes_back_as_it_was_set(void)
{
	struct source source = {.kind = SOURCE_MAILDIR,
	    .path = SLICE("a\"b"), .folder = SLICE("A/B"),
	    .flags = SLICE("\\Seen $Junk"), .date_ms = 1500,
	    .label = SLICE("spam"), .lines = SLICE("[1,2]")}, got;
	struct record *r = record_new();
	struct buf text = BUF_INIT;

	source_set(r, &source);
	EXPECT_SLICE("member",
	    SLICE("{\"kind\":\"maildir\",\"path\":\"a\\\"b\","
	    "\"folder\":\"A/B\",\"flags\":[\"\\\\Seen\",\"$Junk\"],"
	    "\"date\":\"1970-01-01T00:00:01.500Z\",\"label\":\"spam\","
	    "\"lines\":[1,2]}"), meta_get(&r->meta, "source"));
	EXPECT(source_get(meta_get(&r->meta, "source"), &got, &text) == 0);
	EXPECT_NUMBER("kind", SOURCE_MAILDIR, got.kind);
	EXPECT_SLICE("path", source.path, got.path);
	EXPECT_SLICE("folder", source.folder, got.folder);
	EXPECT_SLICE("flags", source.flags, got.flags);
	EXPECT_NUMBER("date", 1500, got.date_ms);
	EXPECT_SLICE("label", source.label, got.label);
	EXPECT_SLICE("lines", source.lines, got.lines);
	record_free(r);
	buf_free(&text);
}

static void
what_is_missing_is_none(void)
{
	struct source got;
	struct buf text = BUF_INIT;

	EXPECT(source_get(SLICE_NONE, &got, &text) < 0);
	EXPECT(source_get(SLICE("[]"), &got, &text) < 0);
	EXPECT(source_get(SLICE("{\"flags\":[],\"date\":7}"), &got, &text) ==
	    0);
	EXPECT(got.path.p == NULL && got.folder.p == NULL);
	EXPECT(got.flags.p != NULL && got.flags.n == 0);
	EXPECT_NUMBER("date", -1, got.date_ms);
	buf_free(&text);
}

static void
ids_depend_on_date_folder_and_octets(void)
{
	char a[ID_SIZE], b[ID_SIZE];

	source_id(1000, SLICE("A"), SLICE("x"), a);
	source_id(1000, SLICE("A"), SLICE("x"), b);
	EXPECT_SLICE("same", slice_text(a), slice_text(b));
	EXPECT(id_is_valid(slice_text(a)));
	EXPECT_NUMBER("time", 1000, id_time_ms(slice_text(a)));
	source_id(1000, SLICE("B"), SLICE("x"), b);
	EXPECT(!slice_is(slice_text(a), b));
	source_id(1000, SLICE("A"), SLICE("y"), b);
	EXPECT(!slice_is(slice_text(a), b));
	source_id(1000, SLICE(""), SLICE("Ax"), b);
	EXPECT(!slice_is(slice_text(a), b));
	source_id(2000, SLICE("A"), SLICE("x"), b);
	EXPECT(!slice_is(slice_text(a), b));
	source_id(-5, SLICE_NONE, SLICE("x"), b);
	EXPECT_NUMBER("before 1970", 0, id_time_ms(slice_text(b)));
}

int
main(void)
{
	UNIT_RUN(comes_back_as_it_was_set);
	UNIT_RUN(what_is_missing_is_none);
	UNIT_RUN(ids_depend_on_date_folder_and_octets);
	return UNIT_RESULT;
}
