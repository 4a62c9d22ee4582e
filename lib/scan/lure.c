/* SPDX-License-Identifier: ISC */
/*
 * Each phrase is one that honest mail seldom has and deceit often, in mail
 * of several years; none is proof.
 */
#include "lure.h"

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

const char *
lure_find(struct slice text, enum lure lure)
{
	static const struct {
		const char *const *words;
		size_t n;
	} lists[] = {{accounts, sizeof(accounts) / sizeof(accounts[0])},
	    {prizes, sizeof(prizes) / sizeof(prizes[0])},
	    {advances, sizeof(advances) / sizeof(advances[0])}};

	for (size_t i = 0; i < lists[lure].n; i++)
		if (slice_find_text(text, slice_text(lists[lure].words[i])) <
		    text.n)
			return lists[lure].words[i];
	return NULL;
}
