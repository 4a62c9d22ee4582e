/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_ASK_H
#define FE_OPS_ASK_H

#include "base/err.h"

/*
 * Says `what' will happen and asks the person at the terminal to type `yes';
 * for programs whose option --yes says so beforehand.  -1 with ERR_USAGE:
 * another answer, or nobody is there to ask.
 */
int ask_to_go_on(const char *what, struct err *err);

#endif
