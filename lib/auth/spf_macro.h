/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_SPF_MACRO_H
#define FE_AUTH_SPF_MACRO_H

#include <stdint.h>

#include "base/buf.h"

/*
 * Macro strings (RFC 7208, 7).
 */
enum spf_macro_place {
	SPF_MACRO_DOMAIN,      /* domain-spec: letters slodiphv */
	SPF_MACRO_MODIFIER,    /* value of an unknown modifier */
	SPF_MACRO_EXPLANATION  /* explanation: c, r, t and spaces as well */
};

bool spf_macro_is_valid(struct slice text, enum spf_macro_place place);
/* A macro string that ends in a top label or a macro. */
bool spf_domain_spec_is_valid(struct slice text);

struct spf_macro_values {
	struct slice sender; /* s; l and o are cut from it */
	struct slice local, sender_domain;
	struct slice domain, helo;
	struct slice ip_dotted, ip_text, version;
	struct slice receiver;
	int64_t now_s;
	/* p, worked out only where it is used. */
	struct slice (*validated_name)(void *cookie);
	void *cookie;
};
/* Appends the expansion of valid text; -1 when the buffer is full. */
int spf_macro_expand(struct slice text, const struct spf_macro_values *values,
    struct buf *out);

#endif
