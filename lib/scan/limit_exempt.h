/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_LIMIT_EXEMPT_H
#define FE_SCAN_LIMIT_EXEMPT_H

#include "base/option.h"
#include "net/ip.h"
#include "record/meta.h"

/*
 * Whom no rule counts: `192.0.2.0/24' (client.ip), `from:ADDRESS' or
 * `from:@DOMAIN' (envelope.from, which anybody can claim), `to:ADDRESS' or
 * `to:@DOMAIN' (all of envelope.to), `user' (authenticated).
 */
struct limit_exempt {
	struct network *networks;
	size_t networks_n;
	struct slice *from, *to; /* of the option's texts */
	size_t from_n, to_n;
	bool user;
};

/* The networks of the second list are exempt, too.  ERR_CONFIG. */
int limit_exempt_read(struct limit_exempt *e, const struct option_list *list,
    const struct option_list *networks, struct err *err);
/* For `check' of an option (option.h). */
int limit_exempt_check(const char *text, struct err *err);
void limit_exempt_free(struct limit_exempt *e);
/* `ip' stands for client.ip where it is not none. */
bool limit_exempt_has(const struct limit_exempt *e, const struct meta *meta,
    struct slice ip);

#endif
