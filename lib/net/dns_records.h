/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_DNS_RECORDS_H
#define FE_NET_DNS_RECORDS_H

#include "net/dns_answer.h"

/*
 * Fills records, n and owned of an answer from the data of n records as it
 * stands on the wire (names uncompressed), which may be hostile.  -1, and
 * nothing is owned, when one is malformed or there are too many (dns_wire.h).
 */
int dns_records_read(enum dns_type type, const struct slice *data, size_t n,
    struct dns_answer *answer);

#endif
