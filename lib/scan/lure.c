/* SPDX-License-Identifier: ISC */
/*
 * Each phrase is one that honest mail seldom has and deceit often, in mail
 * of several years; none is proof.  None is shorter than its head.
 */
#include "lure.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#define PHRASES_MAX 256 /* of all lists; 0 is none */

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
static_assert(COUNT(accounts) + COUNT(prizes) + COUNT(advances) < PHRASES_MAX,
    "a number of a phrase is an octet");

#define LIST(words) {(words), COUNT(words)}
static const struct {
	const char *const *words;
	size_t n;
} lists[LURES_N] = {[LURE_ACCOUNT] = LIST(accounts),
    [LURE_PRIZE] = LIST(prizes), [LURE_ADVANCE] = LIST(advances)};

/* Phrases of all lists by their first four octets, so that the text is gone
 * through once for all of them, and hardly ever stopped at for nothing. */
#define HEAD_OCTETS 4
#define HEAD_BITS 10

struct heads {
	unsigned char first[1 << HEAD_BITS]; /* number of a phrase; 0: none */
	unsigned char next[PHRASES_MAX];
	struct {
		unsigned char lure, index;
	} phrases[PHRASES_MAX];
};

static uint32_t
head_hash(const char *p)
{
	uint32_t head;

	memcpy(&head, p, HEAD_OCTETS);
	return head * 0x9e3779b1u >> (32 - HEAD_BITS);
}

static void
heads_fill(struct heads *heads)
{
	unsigned number = 0;

	memset(heads->first, 0, sizeof(heads->first));
	for (unsigned lure = 0; lure < LURES_N; lure++)
		for (unsigned i = 0; i < lists[lure].n; i++) {
			unsigned char *first = &heads->first[
			    head_hash(lists[lure].words[i])];

			heads->phrases[++number].lure = (unsigned char)lure;
			heads->phrases[number].index = (unsigned char)i;
			heads->next[number] = *first;
			*first = (unsigned char)number;
		}
}

static bool
begins(struct slice text, const char *word)
{
	size_t n = strlen(word);

	return text.n >= n && memcmp(text.p, word, n) == 0;
}

void
lure_find(struct slice text, const char *found[LURES_N])
{
	size_t least[LURES_N];
	struct heads heads;

	heads_fill(&heads);
	for (size_t lure = 0; lure < LURES_N; lure++)
		least[lure] = lists[lure].n;
	for (size_t at = 0; at + HEAD_OCTETS <= text.n; at++) {
		size_t number = heads.first[head_hash(text.p + at)];

		for (; number > 0; number = heads.next[number]) {
			size_t lure = heads.phrases[number].lure;
			size_t i = heads.phrases[number].index;

			if (i < least[lure] && begins(slice_part(text, at,
			    text.n), lists[lure].words[i]))
				least[lure] = i;
		}
	}
	for (size_t lure = 0; lure < LURES_N; lure++)
		found[lure] = least[lure] < lists[lure].n ?
		    lists[lure].words[least[lure]] : NULL;
}
