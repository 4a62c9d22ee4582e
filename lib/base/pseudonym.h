/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_PSEUDONYM_H
#define FE_BASE_PSEUDONYM_H

#include <stdbool.h>

#include "slice.h"

/*
 * What stands in a log for people: a keyed hash, equal for equal names under
 * one key (log_key.h), and an IP address cut to its network.
 */
#define PSEUDONYM_KEY_SIZE 32
#define PSEUDONYM_SIZE 18 /* `#', 16 hex digits, NUL */

/* Of the name in (ASCII) lower case: keyed BLAKE2b-256, its first 8 octets. */
void pseudonym_make(const unsigned char key[PSEUDONYM_KEY_SIZE],
    struct slice name, char out[PSEUDONYM_SIZE]);
bool pseudonym_is_one(struct slice text);

#define PSEUDONYM_IP_SIZE 50
/* `192.0.2.0/24', `2001:db8:1::/48'; an IPv4 address mapped into IPv6 is taken
 * as the IPv4 address that it is.  -1 if the text is none. */
int pseudonym_ip(struct slice ip, char out[PSEUDONYM_IP_SIZE]);

#endif
