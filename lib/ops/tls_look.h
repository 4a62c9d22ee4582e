/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_TLS_LOOK_H
#define FE_OPS_TLS_LOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "net/ip.h"

/*
 * Real handshakes with a server of this host, one connection each: which
 * offers it takes.  With `starttls' it is SMTP first, else TLS from the first
 * octet.
 */
enum tls_offer {
	TLS_OFFER_MODERN, /* 1.2 or 1.3, the library's own suites */
	TLS_OFFER_1_0,
	TLS_OFFER_1_1,
	TLS_OFFER_WEAK /* 1.2 with suites that are weak or without a key */
};
#define TLS_OFFERS 4
enum tls_look_result {
	TLS_LOOK_TAKEN,
	TLS_LOOK_REFUSED,
	TLS_LOOK_NONE, /* it speaks no TLS */
	TLS_LOOK_ERROR /* err is set */
};
/* `what' becomes version and suite of a handshake that worked. */
enum tls_look_result tls_look(const struct ip *ip, uint16_t port,
    bool starttls, enum tls_offer offer, int64_t until_ms, char what[96],
    struct err *err);

#endif
