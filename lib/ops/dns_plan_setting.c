/* SPDX-License-Identifier: ISC */
/* The texts of a plan's settings. */
#include <string.h>

#include "auth/domain.h"
#include "auth/spf_record.h"
#include "base/number.h"
#include "mail/address.h"
#include "ops/dns_plan.h"

int
dns_plan_mx_parse(struct slice text, int64_t *preference, struct slice *host)
{
	struct slice rest = slice_trim(text), first = slice_cut(&rest, ' ');

	*preference = 10;
	*host = first;
	if (rest.p != NULL) {
		*host = slice_trim(rest);
		if (number_parse(first, 0, 65535, preference) < 0)
			return -1;
	}
	return host->n > 0 ? 0 : -1;
}

struct slice
dns_plan_uri_domain(struct slice uri)
{
	if (!slice_case_starts(uri, "mailto:"))
		return SLICE_NONE;
	slice_cut(&uri, '@');
	uri = slice_cut(&uri, '!'); /* a limit of size */
	return slice_cut(&uri, '?');
}

int
dns_plan_check_kind(const char *text, struct err *err)
{
	for (int kind = PLAN_MX; kind <= PLAN_PTR; kind++)
		if (strcmp(text,
		    dns_plan_kind_text((enum dns_plan_kind)kind)) == 0)
			return 0;
	return err_set(err, ERR_USAGE, "there is no kind '%s' of records",
	    text);
}

int
dns_plan_check_mx(const char *text, struct err *err)
{
	struct buf name = BUF_LIMITED(DOMAIN_SIZE_MAX);
	int64_t preference;
	struct slice host;
	int result = dns_plan_mx_parse(slice_text(text), &preference, &host);

	if (result == 0)
		result = domain_to_ascii(host, &name);
	buf_free(&name);
	return result == 0 ? 0 : err_set(err, ERR_USAGE, "'%s' is not a host, "
	    "or a number and a host", text);
}

int
dns_plan_check_term(const char *text, struct err *err)
{
	struct spf_record record;
	struct buf value = BUF_INIT;
	struct slice bad;
	int result;

	buf_format(&value, "v=spf1 %s", text);
	result = spf_record_parse(&record, buf_slice(&value), &bad);
	if (result < 0)
		err_set(err, ERR_USAGE, "'%.*s' is no term of SPF",
		    SLICE_ARG(bad));
	else
		spf_record_free(&record);
	buf_free(&value);
	return result;
}

/* An address, or the URI of one or of a web server. */
int
dns_plan_check_taker(const char *text, struct err *err)
{
	struct slice whole = slice_text(text), address = whole, local, domain;
	bool good = slice_case_starts(whole, "https://") && whole.n > 8;

	if (slice_case_starts(whole, "mailto:"))
		address = slice_part(whole, 7, whole.n);
	address = slice_cut(&address, '!'); /* a limit of size */
	good = good || (address_parse_path(address, true, &local, &domain) ==
	    0 && domain.n > 0);
	for (size_t i = 0; i < whole.n; i++)
		good &= whole.p[i] > ' ' && whole.p[i] != ',' &&
		    whole.p[i] != ';';
	return good ? 0 : err_set(err, ERR_USAGE, "'%s' is no address, and no "
	    "URI that reports go to", text);
}

/* A name, parameters behind a semicolon; or `;' alone: nobody (RFC 8659,
 * 4.2). */
int
dns_plan_check_issuer(const char *text, struct err *err)
{
	struct buf name = BUF_LIMITED(DOMAIN_SIZE_MAX);
	struct slice rest = slice_text(text);
	struct slice issuer = slice_trim(slice_cut(&rest, ';'));
	bool good = issuer.n == 0 ? rest.p != NULL :
	    domain_to_ascii(issuer, &name) == 0;

	buf_free(&name);
	return good ? 0 : err_set(err, ERR_USAGE, "'%s' is no name of an "
	    "issuer of certificates", text);
}
