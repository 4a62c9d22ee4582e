/* SPDX-License-Identifier: ISC */
#include "scan/lure.h"

#include "unit.h"

static struct slice
found(const char *text, enum lure lure)
{
	const char *words[LURES_N];

	lure_find(slice_text(text), words);
	return words[lure] != NULL ? slice_text(words[lure]) : SLICE("");
}

static void
finds_phrases_wherever_they_stand(void)
{
	EXPECT_SLICE("verify your", SLICE("verify your"),
	    found("verify your", LURE_ACCOUNT));
	EXPECT_SLICE("verify your", SLICE("verify your"),
	    found("x\nnow verify your", LURE_ACCOUNT));
	EXPECT_SLICE("none", SLICE(""),
	    found("verify you", LURE_ACCOUNT));
	EXPECT_SLICE("none", SLICE(""),
	    found("verify your", LURE_PRIZE));
	EXPECT_SLICE("next of kin", SLICE("next of kin"),
	    found("next of kin", LURE_ADVANCE));
	EXPECT_SLICE("su cuenta", SLICE("su cuenta"),
	    found("su cuenta", LURE_ACCOUNT));
	EXPECT_SLICE("none", SLICE(""),
	    found("", LURE_ACCOUNT));
	EXPECT_SLICE("none", SLICE(""),
	    found("v", LURE_ACCOUNT));
}

static void
tells_the_first_of_its_list(void)
{
	EXPECT_SLICE("suspended", SLICE("account has been suspended"),
	    found("su cuenta; your wallet; verify your account has "
	    "been suspended", LURE_ACCOUNT));
	EXPECT_SLICE("airdrop", SLICE("airdrop"),
	    found("has ganado un airdrop", LURE_PRIZE));
}

int
main(void)
{
	UNIT_RUN(finds_phrases_wherever_they_stand);
	UNIT_RUN(tells_the_first_of_its_list);
	return UNIT_RESULT;
}
