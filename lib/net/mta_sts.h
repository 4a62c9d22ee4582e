/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_MTA_STS_H
#define FE_NET_MTA_STS_H

#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

/*
 * MTA-STS (RFC 8461): the record that says which policy a domain has, and the
 * policy itself.  Both are hostile text where they are not ours.  Slices point
 * into the text that was parsed.
 */
#define MTA_STS_ID_MAX 32
#define MTA_STS_POLICY_MAX ((size_t)64 << 10) /* 3.3 */
#define MTA_STS_MX_MAX 100
#define MTA_STS_AGE_MAX 31557600 /* seconds; more is read as this (3.2) */

/* Does the TXT record begin with the field v=STSv1 (3.1)?  Others beside it
 * are not looked at; two such records are no record. */
bool mta_sts_record_is_one(struct slice text);
/* The id of a record; -1 and *why, a sentence, when the record is none. */
int mta_sts_record_parse(struct slice text, struct slice *id,
    const char **why);

enum mta_sts_mode { MTA_STS_NONE, MTA_STS_TESTING, MTA_STS_ENFORCE };
const char *mta_sts_mode_text(enum mta_sts_mode mode);

struct mta_sts_policy {
	enum mta_sts_mode mode;
	int64_t max_age_s;
	struct slice mx[MTA_STS_MX_MAX]; /* `mx.example.org', `*.example.org' */
	size_t mx_n;
};
/* Reads a policy file (3.2): of a field that is given twice the first counts,
 * empty lines are passed over.  -1 and *why when it is none. */
int mta_sts_policy_parse(struct mta_sts_policy *policy, struct slice text,
    const char **why);
/* Does a pattern cover this MX name (4.1)?  `*' is one label. */
bool mta_sts_policy_covers(const struct mta_sts_policy *policy,
    struct slice host);
/* Appends the policy file, CRLF line ends. */
void mta_sts_policy_write(const struct mta_sts_policy *policy,
    struct buf *out);

#endif
