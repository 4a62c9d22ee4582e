/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_HARDEN_SESSION_H
#define FE_OPS_HARDEN_SESSION_H

#include <stdint.h>

#include "ops/tree.h"

/*
 * When the session of this process began, in ms of CLOCK_BOOTTIME: for ssh
 * the process of sshd that serves this one connection, at a console what
 * login(1) started, else the ancestor below process 1.  (The session of the
 * terminal would not do: sudo makes a new one each time, and a shell in
 * screen is older than the login.)  -1: /proc does not tell.
 */
int64_t harden_session_start_ms(const struct tree *tree);

#endif
