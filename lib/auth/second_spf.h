/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_SECOND_SPF_H
#define FE_AUTH_SECOND_SPF_H

#include "auth/spf.h"

/*
 * What libspf2 says of a sender.  Its DNS questions are answered through the
 * context.  What its callers must add is added: no question for the type SPF,
 * labels over 63 octets do not exist, a third void lookup is permerror, and
 * the result `invalid' is the error that it stands for.
 */
/* A member of what fe-opinion is sent: milliseconds for all its questions. */
#define OPINION_PATIENCE "patience"

struct second_spf;
struct second_spf *second_spf_new(void);
void second_spf_free(struct second_spf *s); /* accepts NULL */
enum auth_result second_spf_check(struct second_spf *s,
    struct auth_context *ctx, const struct spf_query *query);

#endif
