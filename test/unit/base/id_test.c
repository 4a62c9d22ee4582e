/* SPDX-License-Identifier: ISC */
#include "base/id.h"

#include "base/clock.h"
#include "unit.h"

/* Zeros and ones by hand; the time of the ULID specification's example,
 * 1469918176385, is 01ARYZ6S41 there. */
static void
encodes_time_and_randomness(void)
{
	static const unsigned char zeros[10];
	unsigned char ones[10];
	char id[ID_SIZE];

	memset(ones, 0xff, sizeof(ones));
	id_from(0, zeros, id);
	EXPECT_SLICE("zero", SLICE("00000000000000000000000000"),
	    slice_text(id));
	id_from(((int64_t)1 << 48) - 1, ones, id);
	EXPECT_SLICE("most", SLICE("7ZZZZZZZZZZZZZZZZZZZZZZZZZ"),
	    slice_text(id));
	id_from(1469918176385, zeros, id);
	EXPECT_SLICE("specification", SLICE("01ARYZ6S410000000000000000"),
	    slice_text(id));
	EXPECT_NUMBER("back", 1469918176385, id_time_ms(slice_text(id)));
}

static void
makes_a_new_id_each_time(void)
{
	char one[ID_SIZE], two[ID_SIZE];

	clock_fix_ms(1469918176385);
	id_make(one);
	id_make(two);
	EXPECT(id_is_valid(slice_text(one)));
	EXPECT(strcmp(one, two) != 0);
	EXPECT(strncmp(one, "01ARYZ6S41", 10) == 0);
}

static void
accepts_only_what_can_be_a_file_name(void)
{
	static const struct {
		const char *text;
		bool valid;
	} rows[] = {
	    {"01ARYZ6S41TSV4RRFFQ69G5FAV", true},
	    {"7ZZZZZZZZZZZZZZZZZZZZZZZZZ", true},
	    {"8ZZZZZZZZZZZZZZZZZZZZZZZZZ", false}, /* over 128 bits */
	    {"01aryz6s41tsv4rrffq69g5fav", false},
	    {"01ARYZ6S41TSV4RRFFQ69G5FA", false},
	    {"01ARYZ6S41TSV4RRFFQ69G5FAVX", false},
	    {"01ARYZ6S41TSV4RRFFQ69G5FAI", false}, /* no I, L, O, U */
	    {"01ARYZ6S41TSV4RRFFQ69G5FAU", false},
	    {"../../../../../../etc/pass", false},
	    {"", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		EXPECT_NUMBER(rows[i].text, rows[i].valid,
		    id_is_valid(slice_text(rows[i].text)));
	EXPECT(!id_is_valid(slice_of("01ARYZ6S41TSV4RRFFQ69G5FA\0", 26)));
}

static void
turns_hex_both_ways(void)
{
	unsigned char octets[3] = {0x00, 0xff, 0x5a}, back[3] = {9, 9, 9};
	char text[7];

	hex_encode(octets, 3, text);
	EXPECT_SLICE("encode", SLICE("00ff5a"), slice_text(text));
	EXPECT(hex_decode(SLICE("00FF5a"), back, 3) == 0);
	EXPECT(memcmp(octets, back, 3) == 0);
	EXPECT(hex_decode(SLICE("00ff5"), back, 3) == -1);
	EXPECT(hex_decode(SLICE("00ff5a0"), back, 3) == -1);
	EXPECT(hex_decode(SLICE("00fg5a"), back, 3) == -1);
	EXPECT(hex_decode(SLICE(""), back, 0) == 0);
}

int
main(void)
{
	UNIT_RUN(encodes_time_and_randomness);
	UNIT_RUN(makes_a_new_id_each_time);
	UNIT_RUN(accepts_only_what_can_be_a_file_name);
	UNIT_RUN(turns_hex_both_ways);
	return UNIT_RESULT;
}
