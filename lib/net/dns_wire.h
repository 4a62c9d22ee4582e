/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_DNS_WIRE_H
#define FE_NET_DNS_WIRE_H

#include <stdint.h>

#include "base/buf.h"
#include "net/dns_answer.h"
#include "net/dns_name.h"

/*
 * What passes between the asking program and its resolver: one packet a
 * question, one an answer, over a SOCK_SEQPACKET pair, in the host's byte
 * order (both ends are one program).  Every field is checked by the reader.
 */
#define DNS_ANSWER_MAX ((size_t)128 << 10) /* one packet; a bigger answer is
	                                      DNS_TEMPERROR */
#define DNS_RECORDS_MAX 1024

struct dns_question {
	uint32_t id;
	uint32_t timeout_ms;
	uint16_t type;
	uint16_t name_n;
	char name[DNS_NAME_TEXT_MAX]; /* normal form */
};

/* Octets of the packet that holds this question. */
size_t dns_question_size(const struct dns_question *q);
/* Checks what came: -1 if it is no question. */
int dns_question_check(const struct dns_question *q, size_t n);

/* Puts the answer to question `id' into *out (emptied first); one that does
 * not fit becomes DNS_TEMPERROR. */
void dns_answer_write(struct buf *out, uint32_t id,
    const struct dns_answer *answer);
/* -1 if it is no answer.  The answer owns a copy. */
int dns_answer_read(struct slice packet, uint32_t *id,
    struct dns_answer *answer);

#endif
