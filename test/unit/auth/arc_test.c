/* SPDX-License-Identifier: ISC */
#include "auth/arc.h"
#include "unit.h"

#define BH "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define RESULTS(i) "ARC-Authentication-Results: i=" i "; a.test; spf=pass\r\n"
#define MESSAGE(i) "ARC-Message-Signature: i=" i "; a=rsa-sha256; d=a.test;" \
	" s=s; h=from; b=Zm9v; bh=" BH "\r\n"
#define SEAL(i, cv) "ARC-Seal: i=" i "; a=rsa-sha256; d=A.test; s=s;" \
	" cv=" cv "; b=Zm9v\r\n"
#define SET(i, cv) SEAL(i, cv) MESSAGE(i) RESULTS(i)

static void
sees_a_broken_order_without_any_key(void)
{
	static const struct {
		const char *header, *reason; /* NULL: nothing wrong so far */
		size_t n;
		unsigned at;
	} rows[] = {
	    {"From: a@b.test\r\n", NULL, 0, 0},
	    {SET("1", "none"), NULL, 1, 0},
	    {SET("2", "pass") SET("1", "none"), NULL, 2, 0},
	    {SET("1", "none") SET("2", "pass"), NULL, 2, 0},
	    {SET("1", "pass"), "cv= of the first set is not none", 1, 1},
	    {SET("2", "none") SET("1", "none"),
		"cv= of a later set is not pass", 2, 2},
	    {SET("1", "fail"), "the chain had failed there", 1, 1},
	    {SET("2", "pass"), "the set is not whole", 2, 1},
	    {SEAL("1", "none") MESSAGE("1"), "the set is not whole", 1, 1},
	    {RESULTS("1"), "the set is not whole", 1, 1},
	    {SET("1", "none") SEAL("1", "none"), "ARC-Seal is there twice", 1,
		1},
	    {SET("1", "none") MESSAGE("1"),
		"ARC-Message-Signature is there twice", 1, 1},
	    {SET("1", "none") RESULTS("1"),
		"ARC-Authentication-Results is there twice", 1, 1},
	    {SET("1", "none") RESULTS("0"),
		"an ARC-Authentication-Results has no instance", 1, 0},
	    {SET("1", "none") RESULTS("51"),
		"an ARC-Authentication-Results has no instance", 1, 0},
	    {SET("1", "none") SEAL("x", "pass"),
		"an ARC-Seal has no instance", 1, 0},
	    {SET("1", "odd"), "cv= is not none, pass or fail", 1, 1},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct header header;
		struct arc arc;

		header_parse(&header, slice_text(rows[i].header));
		arc_read(&arc, &header);
		EXPECT_NUMBER(rows[i].header, rows[i].reason != NULL ?
		    AUTH_FAIL : AUTH_NONE, arc.result);
		EXPECT_SLICE(rows[i].header, slice_text(rows[i].reason),
		    slice_text(arc.reason));
		EXPECT_NUMBER(rows[i].header, (long long)rows[i].n,
		    (long long)arc.n);
		EXPECT_NUMBER(rows[i].header, rows[i].at, arc.failed_at);
		if (rows[i].reason == NULL && arc.n > 0)
			EXPECT_SLICE("sealer", SLICE("a.test"),
			    arc_sealer(&arc, 1));
		arc_free(&arc);
		header_free(&header);
	}
}

int
main(void)
{
	UNIT_RUN(sees_a_broken_order_without_any_key);
	return UNIT_RESULT;
}
