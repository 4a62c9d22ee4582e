/* SPDX-License-Identifier: ISC */
/*
 * Each phrase is one that honest mail seldom has and deceit often, in mail
 * of several years; none is proof.
 */
#include "lure.h"

#include <assert.h>
#include <string.h>

#define LURES_MAX 100 /* phrases of a list */

/* What a stolen account is asked for with. */
static const char *const accounts[] = {"account has been suspended",
	"account has been limited", "account is locked", "account suspended",
	"avoid suspension", "confirm your account",
	"confirm your identity", "confirm your payment",
	"expire soon", "keep same password",
	"kindly update", "log in to your account", "mailbox is full",
	"password expires", "password will expire", "reset your password",
	"secure your account", "seed phrase", "suspicious activity",
	"unusual activity", "unusual sign", "update your account",
	"update your billing", "update your payment", "upgrade your mailbox",
	"validate your", "verify your", "wallet will be", "your wallet",
	"your parcel", "your package", "atualize seus dados",
	"pontos expira", "payment declined", "payment failed",
	"payment was declined", "billing information", "account billing",
	"storage is full", "cloud storage", "will be deleted",
	"been deactivated", "has expired", "service termination",
	"best\xc3\xa4tigen sie", "ihr konto", "ihr paket", "ihre sendung",
	"verifizieren sie", "votre compte", "votre colis", "su cuenta"};

static const char *const prizes[] = {"airdrop", "been selected",
	"claim now", "claim your", "exclusive reward", "free spins",
	"gewinnen sie", "gewinner", "gewonnen", "gutschein",
	"gift card", "unclaimed", "welcome bonus", "you have won",
	"you've won", "your reward", "willkommensbonus", "cadeaukaart",
	"brinde", "carte cadeau", "vous avez gagn", "has ganado"};

static const char *const advances[] = {"advance fee", "beneficiary",
	"compensation fund", "donation to you", "inheritance",
	"late husband", "million dollars", "million euro", "million usd",
	"next of kin", "relief fund", "sum of us$", "pay me in bitcoin",
	"bitcoin wallet", "i hacked", "recorded you", "has been hacked"};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
static_assert(COUNT(accounts) <= LURES_MAX && COUNT(prizes) <= LURES_MAX &&
    COUNT(advances) <= LURES_MAX, "an index is an octet, and has room");

/* Phrases by their first two letters, so that the text is gone through once
 * for all of them. */
struct heads {
	unsigned char first[256]; /* index plus one; 0: none */
	unsigned char next[LURES_MAX];
};

static unsigned char
pair_hash(const char *p)
{
	return (unsigned char)((unsigned char)p[0] * 31 + (unsigned char)p[1]);
}

static void
heads_fill(struct heads *heads, const char *const *words, size_t n)
{
	memset(heads, 0, sizeof(*heads));
	for (size_t i = 0; i < n; i++) {
		unsigned char *first = &heads->first[pair_hash(words[i])];

		heads->next[i] = *first;
		*first = (unsigned char)(i + 1);
	}
}

static bool
begins(struct slice text, const char *word)
{
	size_t n = strlen(word);

	return text.n >= n && memcmp(text.p, word, n) == 0;
}

const char *
lure_find(struct slice text, enum lure lure)
{
	static const struct {
		const char *const *words;
		size_t n;
	} lists[] = {{accounts, COUNT(accounts)}, {prizes, COUNT(prizes)},
	    {advances, COUNT(advances)}};

	const char *const *words = lists[lure].words;
	size_t found = lists[lure].n;
	struct heads heads;

	heads_fill(&heads, words, lists[lure].n);
	for (size_t at = 0; at + 1 < text.n && found > 0; at++) {
		size_t i = heads.first[pair_hash(text.p + at)];

		/* of several the first of the list is told */
		for (; i > 0; i = heads.next[i - 1])
			if (i - 1 < found && begins(slice_part(text, at,
			    text.n), words[i - 1]))
				found = i - 1;
	}
	return found < lists[lure].n ? words[found] : NULL;
}
