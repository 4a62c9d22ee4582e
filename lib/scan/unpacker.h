/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_UNPACKER_H
#define FE_SCAN_UNPACKER_H

#include "base/json.h"
#include "porter.h"

/*
 * fe-unpack as a child, which starts with the first archive that is met and
 * stays for the next ones.  It dies of what it cannot bear, by its own alarm
 * at the latest; then that archive is `unread', and another child is started
 * for the next.
 */
#define UNPACKER_ANSWER_MAX ((size_t)16 << 10)

struct unpacker {
	struct porter *porter; /* NULL: no archive is opened */
	int fd;                /* to the child, or -1 */
	struct buf answer;
};
void unpacker_open(struct unpacker *u, struct porter *porter);
void unpacker_close(struct unpacker *u);
/* What is in the sealed memory, as one JSON object that is valid until the
 * next call (unpack_write).  None: it could not be looked into. */
struct slice unpacker_look(struct unpacker *u, int memory, int64_t until_ms);
/* The other end: answers on the socket with `look' until it is closed.
 * `alarm_s' is the most that one archive may take. */
int unpacker_serve(int socket, unsigned alarm_s,
    void (*look)(void *context, struct slice octets, struct buf *out),
    void *context, struct err *err);

#endif
