/* SPDX-License-Identifier: ISC */
#include "base/config.h"

#include <stdlib.h>
#include <unistd.h>

#include "unit.h"

static void
keeps_sections_keys_values_and_lines(void)
{
	struct config config;
	struct err err = ERR_INIT;

	EXPECT(config_parse(&config, "fe.conf",
		   SLICE("# head\n[fe]\nhostname = mx.example.org\n\n"
			 "[fe-receive submission]\r\n  size-max=50M  \r\n"
			 "text =\n#comment = no\nsame = 1\nsame = 2"),
		   &err) == 0);
	EXPECT_NUMBER("entries", 5, config.n);
	EXPECT_SLICE("section", SLICE("fe"), config.entries[0].section);
	EXPECT_SLICE("key", SLICE("hostname"), config.entries[0].key);
	EXPECT_SLICE("value", SLICE("mx.example.org"),
	    config.entries[0].value);
	EXPECT_NUMBER("line", 3, config.entries[0].line);
	EXPECT_SLICE("section", SLICE("fe-receive submission"),
	    config.entries[1].section);
	EXPECT_SLICE("trimmed", SLICE("50M"), config.entries[1].value);
	EXPECT_SLICE("empty", SLICE(""), config.entries[2].value);
	EXPECT_SLICE("repeated", SLICE("2"), config.entries[4].value);
	EXPECT_NUMBER("line", 10, config.entries[4].line);
	config_free(&config);
}

static void
keeps_the_rest_of_the_line_as_the_value(void)
{
	static const struct {
		const char *line, *value;
	} rows[] = {
	    {"k = a = b", "a = b"},
	    {"k = a # b", "a # b"},
	    {"k = a ; b", "a ; b"},
	    {"k = \"a\"", "\"a\""},
	    {"k = a\\", "a\\"},
	    {"k=\ta\t", "a"},
	    {"k = [x]", "[x]"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct buf text = BUF_INIT;
		struct config config;
		struct err err = ERR_INIT;

		buf_format(&text, "[s]\n%s\n", rows[i].line);
		EXPECT(config_parse(&config, "x", buf_slice(&text), &err) == 0);
		EXPECT_NUMBER(rows[i].line, 1, config.n);
		if (config.n == 1)
			EXPECT_SLICE(rows[i].line, slice_text(rows[i].value),
			    config.entries[0].value);
		config_free(&config);
		buf_free(&text);
	}
}

static void
names_the_line_that_is_none(void)
{
	static const struct {
		struct slice text;
		const char *want;
	} rows[] = {
	    {{"[s]\nnonsense\n", 13}, "x:2: neither"},
	    {{"[s\n", 3}, "x:1: a section is written"},
	    {{"[]\n", 3}, "x:1: a section is written"},
	    {{"[s] x\n", 6}, "x:1: a section is written"},
	    {{"[", 1}, "x:1: a section is written"},
	    {{"k=v", 3}, "x:1: 'k' stands before"},
	    {{"[s]\n=v\n", 7}, "x:2: neither"},
	    {{"[s]\nk e y = v\n", 14}, "x:2: neither"},
	    {{"[s]\nk=\0v\n", 9}, "x:2: a NUL"},
	    {{"[s]\n\x1b[2J=v\n", 11}, "x:2: neither"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct config config;
		struct err err = ERR_INIT;

		EXPECT(config_parse(&config, "x", rows[i].text, &err) == -1);
		EXPECT_NUMBER(rows[i].want, ERR_CONFIG, err.kind);
		EXPECT_SLICE(rows[i].want, slice_text(rows[i].want),
		    slice_part(slice_text(err.text), 0,
			strlen(rows[i].want)));
		config_free(&config);
	}
}

static void
takes_a_missing_file_for_an_empty_one(void)
{
	struct config config;
	struct err err = ERR_INIT;

	EXPECT(config_read(&config, "/nonexistent/fe.conf", &err) == 0);
	EXPECT_NUMBER("entries", 0, config.n);
	EXPECT_NUMBER("error", ERR_NONE, err.kind);
	config_free(&config);
	EXPECT(config_read(&config, "/", &err) == -1);
	EXPECT_NUMBER("a folder", ERR_CONFIG, err.kind);
	config_free(&config);
}

static void
refuses_a_file_beyond_its_limit(void)
{
	char *text = malloc(CONFIG_SIZE_MAX + 1);
	struct config config;
	struct err err = ERR_INIT;

	memset(text, '\n', CONFIG_SIZE_MAX + 1);
	EXPECT(config_parse(&config, "x", slice_of(text, CONFIG_SIZE_MAX),
		   &err) == 0);
	config_free(&config);
	EXPECT(config_parse(&config, "x", slice_of(text, CONFIG_SIZE_MAX + 1),
		   &err) == -1);
	EXPECT(strstr(err.text, "larger than") != NULL);
	config_free(&config);
	free(text);
}

int
main(void)
{
	UNIT_RUN(keeps_sections_keys_values_and_lines);
	UNIT_RUN(keeps_the_rest_of_the_line_as_the_value);
	UNIT_RUN(names_the_line_that_is_none);
	UNIT_RUN(takes_a_missing_file_for_an_empty_one);
	UNIT_RUN(refuses_a_file_beyond_its_limit);
	return UNIT_RESULT;
}
