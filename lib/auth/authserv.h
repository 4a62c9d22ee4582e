/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_AUTHSERV_H
#define FE_AUTH_AUTHSERV_H

#include "auth/domain.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/option.h"

/*
 * The name under which we state our findings (RFC 8601, 2.5), and the options
 * that tell it.
 */
struct authserv_conf {
	const char *id, *hostname; /* NULL: not given */
};
#define AUTHSERV_OPTIONS(type, member) \
	{OPTION_TEXT, 0, "authserv-id", offsetof(type, member.id), "NAME", \
	    .flags = OPTION_SHARED, \
	    .help = "our name in Authentication-Results (default: hostname)", \
	    .check = domain_check}, \
	{OPTION_TEXT, 0, "hostname", offsetof(type, member.hostname), "NAME", \
	    .flags = OPTION_SHARED, \
	    .help = "name of this host in the mail world (default: the " \
	    "system's)", \
	    .check = domain_check}

/* Appends it as A-labels: it stands in what we write.  ERR_USAGE where it is
 * no domain name. */
int authserv_name(const struct authserv_conf *conf, struct buf *name,
    struct err *err);

#endif
