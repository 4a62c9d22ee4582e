/* SPDX-License-Identifier: ISC */
/* Selectors of a home in a folder of this test's own. */
#include "auth/selector.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/home.h"
#include "base/io.h"
#include "unit.h"

#define NOW INT64_C(1795687200000) /* 2026-11-26T10:00:00Z */

static const struct option_list any = {NULL, 0};

static void
put(const char *name, const char *text)
{
	struct buf path = BUF_INIT;
	struct err err = ERR_INIT;

	home_file(&path, "keys/dkim/example.org");
	EXPECT(io_make_folders(path.p, 0700, &err) == 0);
	home_file(&path, "keys/dkim/example.org/%s", name);
	EXPECT(io_replace_file(path.p, slice_text(text), 0400, &err) == 0);
	buf_free(&path);
}

static void
remove_all(void)
{
	struct buf command = BUF_INIT;

	buf_format(&command, "rm -rf %s/keys", home_path());
	EXPECT(system(command.p) == 0);
	buf_free(&command);
}

static void
no_folder_is_no_selector(void)
{
	struct selectors all = SELECTORS_INIT;
	struct err err = ERR_INIT;

	EXPECT(selectors_read(&all, SLICE_NONE, &any, &err) == 0);
	EXPECT_NUMBER("selectors", 0, all.n);
}

static void
makes_keys_under_names_of_today_that_are_free(void)
{
	struct selectors all = SELECTORS_INIT;
	struct buf name = BUF_INIT, record = BUF_INIT, path = BUF_INIT;
	struct err err = ERR_INIT;
	struct dkim_key key;
	struct stat st;
	const char *why;

	put("e20261126b.json", "{\"fe\":1,\"state\":\"withdrawn\"}");
	for (int i = 0; i < 2; i++)
		EXPECT(selector_make(SLICE("example.org"), DKIM_KEY_ED25519,
		    i == 0 ? SELECTOR_ACTIVE : SELECTOR_PUBLISHED, &name,
		    &err) == 0);
	EXPECT_SLICE("names", SLICE("e20261126ae20261126c"),
	    buf_slice(&name));
	EXPECT(selectors_read(&all, SLICE("example.org"), &any, &err) == 0);
	EXPECT_NUMBER("selectors", 3, all.n);
	EXPECT_NUMBER("a", SELECTOR_ACTIVE, all.items[0].state);
	EXPECT_NUMBER("b", SELECTOR_WITHDRAWN, all.items[1].state);
	EXPECT_NUMBER("c", SELECTOR_PUBLISHED, all.items[2].state);
	EXPECT_NUMBER("since", NOW, all.items[0].since_ms);
	EXPECT_NUMBER("until", -1, all.items[0].until_ms);
	EXPECT(stat(selector_key_path(&all.items[0], &path), &st) == 0 &&
	    (st.st_mode & 0777) == 0400);
	EXPECT(selector_record(&all.items[0], &record, &err) == 0);
	EXPECT(dkim_key_parse(&key, buf_slice(&record), &why) == 0);
	EXPECT_NUMBER("type", DKIM_KEY_ED25519, key.type);
	dkim_key_free(&key);
	selectors_free(&all);
	buf_free(&name);
	buf_free(&record);
	buf_free(&path);
	remove_all();
}

static void
passes_over_a_key_without_a_document(void)
{
	struct selectors all = SELECTORS_INIT;
	struct err err = ERR_INIT;

	put("half.pem", "x");
	put("whole.pem", "x");
	put("whole.json", "{\"fe\":1,\"state\":\"retiring\","
	    "\"since\":\"2026-01-01T00:00:00Z\",\"until\":\"2026-02-01\"}");
	put("notes.txt", "x");
	EXPECT(selectors_read(&all, SLICE_NONE, &any, &err) == 0);
	EXPECT_NUMBER("selectors", 1, all.n);
	EXPECT_SLICE("name", SLICE("whole"), buf_slice(&all.items[0].name));
	EXPECT_NUMBER("until", INT64_C(1769904000000),
	    all.items[0].until_ms);
	selectors_free(&all);
	remove_all();
}

static void
takes_no_document_that_is_none(void)
{
	static const char *const texts[] = {"", "{}", "[]",
	    "{\"fe\":1}", "{\"fe\":1,\"state\":\"Active\"}",
	    "{\"fe\":1,\"state\":3}", "{\"fe\":2,\"state\":\"active\"}",
	    "{\"fe\":1,\"state\":\"active\",\"since\":\"yesterday\"}",
	    "{\"fe\":1,\"state\":\"active\",\"until\":12}"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct selectors all = SELECTORS_INIT;
		struct err err = ERR_INIT;

		put("s.json", texts[i]);
		EXPECT(selectors_read(&all, SLICE_NONE, &any, &err) < 0);
		EXPECT_NUMBER(texts[i], ERR_CONFIG, err.kind);
		selectors_free(&all);
	}
	remove_all();
}

int
main(void)
{
	char home[] = "/tmp/fe-selector-test.XXXXXX";

	if (mkdtemp(home) == NULL)
		return 1;
	home_set(home);
	clock_fix_ms(NOW);
	UNIT_RUN(no_folder_is_no_selector);
	UNIT_RUN(makes_keys_under_names_of_today_that_are_free);
	UNIT_RUN(passes_over_a_key_without_a_document);
	UNIT_RUN(takes_no_document_that_is_none);
	rmdir(home);
	return UNIT_RESULT;
}
