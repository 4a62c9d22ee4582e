/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_USER_H
#define FE_BASE_USER_H

#include "err.h"

/*
 * Gives up root's rights for good: becomes that user with his groups.  NULL
 * changes nothing; `root' keeps root, since said is said.  ERR_CONFIG where
 * there is no such user.
 */
int user_become(const char *name, struct err *err);
/* Is there one?  For `check' of an option (option.h). */
int user_check(const char *name, struct err *err);

#endif
