/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_LURE_H
#define FE_SCAN_LURE_H

#include "base/slice.h"

/* Words of letters that deceive, in several languages. */
enum lure {
	LURE_ACCOUNT, /* ask for an account */
	LURE_PRIZE,   /* promise something */
	LURE_ADVANCE  /* want a fee first, or a ransom */
};
/* The first that the text (ASCII in lower case) holds, or NULL. */
const char *lure_find(struct slice text, enum lure lure);

#endif
