/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_DNS_PLAN_H
#define FE_OPS_DNS_PLAN_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/option.h"
#include "net/dns_answer.h"
#include "net/ip.h"

/*
 * The records that DNS should have for the domains of a home, made from its
 * settings, keys and certificate.  Values are those of a web form: texts
 * whole and without quotes, names without a final dot.
 */
enum dns_plan_kind { PLAN_MX, PLAN_ADDRESS, PLAN_SPF, PLAN_DKIM, PLAN_DMARC,
	PLAN_REPORTS, PLAN_MTA_STS, PLAN_TLSRPT, PLAN_TLSA, PLAN_CAA, PLAN_PTR
};
/* `mx', `address', ... as --omit takes them. */
const char *dns_plan_kind_text(enum dns_plan_kind kind);
const char *dns_plan_type_text(enum dns_type type);

enum dns_plan_sts { PLAN_STS_AUTO, PLAN_STS_TESTING, PLAN_STS_ENFORCE,
	PLAN_STS_NONE };

struct dns_plan_conf {
	const char *host;           /* A-labels; the MX, and the HELO name */
	struct option_list domains; /* A-labels */
	struct option_list mx;      /* `[NUMBER ]HOST'; none: 10 and host */
	struct option_list addresses; /* of host */
	struct option_list spf_extra, dmarc_rua, tlsrpt_rua, caa_issuer, omit;
	const char *spf_all, *dmarc_policy; /* `-all', `quarantine' */
	const char *mta_sts_host;   /* whose web server has the policy */
	const char *authorities;    /* PEM; NULL: the system's */
	int mta_sts;                /* enum dns_plan_sts */
	int64_t mta_sts_age_s, now_ms;
	bool all_keys;              /* DKIM records of other domains, too */
};

struct dns_plan_record {
	enum dns_plan_kind kind;
	enum dns_type type;
	char *name, *value; /* value NULL: there shall be none (withdrawn) */
	const char *why;    /* a clause */
};
struct dns_plan {
	struct dns_plan_record *records; /* each domain's, then the host's */
	size_t n;
	char **notes;       /* sentences: what is not proposed, and why */
	size_t notes_n;
	struct buf policy;  /* of MTA-STS, the file */
};
#define PLAN_INIT {NULL, 0, NULL, 0, BUF_INIT}
#define PLAN_RECORDS_MAX 20000

/* ERR_USAGE or ERR_CONFIG for settings that make no record, ERR_SYSTEM and
 * ERR_CONFIG for keys that cannot be read. */
int dns_plan_make(struct dns_plan *plan, const struct dns_plan_conf *conf,
    struct err *err);
void dns_plan_free(struct dns_plan *plan);

/* An item of dns_plan_conf.mx; -1 if it is none. */
int dns_plan_mx_parse(struct slice text, int64_t *preference,
    struct slice *host);
/* For `check' of options (option.h): an item of omit, mx, spf_extra, of both
 * rua, and of caa_issuer. */
int dns_plan_check_kind(const char *text, struct err *err);
int dns_plan_check_mx(const char *text, struct err *err);
int dns_plan_check_term(const char *text, struct err *err);
int dns_plan_check_taker(const char *text, struct err *err);
int dns_plan_check_issuer(const char *text, struct err *err);
/* Where mail about trouble goes: the mail-to URI's domain, or none. */
struct slice dns_plan_uri_domain(struct slice uri);

#endif
