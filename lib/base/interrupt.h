/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_INTERRUPT_H
#define FE_BASE_INTERRUPT_H

#include <signal.h>

#include "err.h"

/*
 * For commands that are told to stop and then leave things in order: SIGINT,
 * SIGTERM and SIGHUP only set a flag, which long work looks at; or, for loops
 * that wait anyhow, are read from a descriptor.
 */

/* From now on; the flag: 0, or 1 once one of them has come. */
const volatile sig_atomic_t *interrupt_catch(void);
/* From now on they, and `also' (0: none), come as struct signalfd_siginfo,
 * without blocking.  The descriptor is the caller's; -1: ERR_SYSTEM. */
int interrupt_open(int also, struct err *err);

#endif
