/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_DOOR_H
#define FE_NET_DOOR_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * One socket by which many children reach their parent: a child that wants
 * something makes a socket pair and passes one end through the door, and the
 * kernel says who it was.  So a parent has a descriptor for each child that
 * has asked for something, not for each: what it has open is what each fork
 * costs.
 */

/* ends[0] is the parent's, ends[1] is inherited by all children.  It is no
 * datagram socket, by which a child could reach others than its parent. */
int door_make(int ends[2], struct err *err);
/* The child: the channel, which blocks, or -1. */
int door_knock(int door, struct err *err);
/* The parent, without waiting: who has knocked and his channel (-1: he sent
 * none).  false: nobody knocks. */
bool door_answer(int door, pid_t *pid, int *channel);

#endif
