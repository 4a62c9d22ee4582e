/* SPDX-License-Identifier: ISC */
/* Expected text computed with Python's hashlib, by hand from the header. */
#include "crypto/recovery.h"
#include "unit.h"

#define COUNTING \
	"000G-40R4-0M30-E209-185G-R38E-1W81-24GK-2GAH-C5RR-34D1-P70X-3RFQ-75BK"

static void
make_counting(unsigned char key[KEY_SIZE])
{
	for (unsigned char i = 0; i < KEY_SIZE; i++)
		key[i] = i;
}

static void
writes_fourteen_groups_of_four(void)
{
	unsigned char key[KEY_SIZE];
	char text[RECOVERY_TEXT_SIZE];

	make_counting(key);
	recovery_format(key, text);
	EXPECT_SLICE("text", slice_text(COUNTING), slice_text(text));
}

static void
reads_what_people_type(void)
{
	static const struct {
		const char *name, *text;
		bool good;
	} rows[] = {
	    {"as printed", COUNTING, true},
	    {"lower case", "000g-40r4-0m30-e209-185g-r38e-1w81-24gk-2gah-"
			   "c5rr-34d1-p70x-3rfq-75bk", true},
	    {"blanks, no dashes", " 000G40R4 0M30E209\t185GR38E1W8124GK2GAHC5RR"
				  "34D1P70X3RFQ75BK ", true},
	    {"O for 0, I and l for 1",
		"OooG-4OR4-0M30-E2O9-I85G-R38E-lW8L-24GK-"
				       "2GAH-C5RR-34DI-P70X-3RFQ-75BK", true},
	    {"one digit wrong", "000G-40R4-0M30-E209-185G-R38E-1W81-24GK-2GAH-"
				"C5RR-34D1-P70X-3RFQ-75BJ", false},
	    {"two digits exchanged", "00G0-40R4-0M30-E209-185G-R38E-1W81-24GK-"
				     "2GAH-C5RR-34D1-P70X-3RFQ-75BK", false},
	    {"a digit short", "000G-40R4-0M30-E209-185G-R38E-1W81-24GK-2GAH-"
			      "C5RR-34D1-P70X-3RFQ-75B", false},
	    {"a digit long", COUNTING "0", false},
	    {"a letter that is none", "U00G-40R4-0M30-E209-185G-R38E-1W81-24GK-"
				      "2GAH-C5RR-34D1-P70X-3RFQ-75BK", false},
	    {"empty", "", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned char key[KEY_SIZE], want[KEY_SIZE];
		struct err err = ERR_INIT;
		int got = recovery_parse(slice_text(rows[i].text), key, &err);

		make_counting(want);
		EXPECT_NUMBER(rows[i].name, rows[i].good ? 0 : -1, got);
		if (rows[i].good)
			EXPECT(memcmp(key, want, KEY_SIZE) == 0);
		else
			EXPECT(err.kind == ERR_USAGE);
	}
}

static void
a_hostile_text_does_not_overrun(void)
{
	static char text[100000];
	unsigned char key[KEY_SIZE];
	struct err err = ERR_INIT;

	memset(text, 'Z', sizeof(text));
	EXPECT(recovery_parse(slice_of(text, sizeof(text)), key, &err) < 0);
	EXPECT(strstr(err.text, "100000 characters") != NULL);
	text[3] = '\0';
	EXPECT(recovery_parse(slice_of(text, sizeof(text)), key, &err) < 0);
	EXPECT(strstr(err.text, "character 4 ") != NULL);
}

int
main(void)
{
	UNIT_RUN(writes_fourteen_groups_of_four);
	UNIT_RUN(reads_what_people_type);
	UNIT_RUN(a_hostile_text_does_not_overrun);
	return UNIT_RESULT;
}
