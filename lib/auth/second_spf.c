/* SPDX-License-Identifier: ISC */
/* The library is not trusted with hostile octets: this is linked into a
 * process that has nothing else to lose. */
#include "auth/second_spf.h"

#include <spf2/spf.h>
#include <spf2/spf_dns.h>
#include <spf2/spf_dns_rr.h>
#include <spf2/spf_request.h>
#include <spf2/spf_response.h>
#include <spf2/spf_server.h>
#include <stdlib.h>
#include <string.h>

#include "auth/domain.h"
#include "base/mem.h"

#define CHECK "spf2"
#define RECORDS_MAX 100

struct second_spf {
	SPF_dns_server_t dns;
	SPF_server_t *server;
	struct auth_context *ctx; /* of the message at hand */
	unsigned voids;
	bool trouble;
};

/* One record in the library's form; false where it has no place for it. */
static bool
put_record(SPF_dns_rr_t *rr, int at, ns_type type,
    const struct dns_record *record)
{
	struct slice data = record->data;

	if (memchr(data.p, '\0', data.n) != NULL && type != ns_t_a &&
	    type != ns_t_aaaa)
		return false;
	if (SPF_dns_rr_buf_realloc(rr, at, data.n + 1) != SPF_E_SUCCESS)
		return false;
	if (type == ns_t_a)
		memcpy(&rr->rr[at]->a, data.p, sizeof(rr->rr[at]->a));
	else if (type == ns_t_aaaa)
		memcpy(&rr->rr[at]->aaaa, data.p, sizeof(rr->rr[at]->aaaa));
	else {
		memcpy(rr->rr[at]->txt, data.p, data.n);
		rr->rr[at]->txt[data.n] = '\0';
	}
	return true;
}

/* No label of a name is longer than DNS allows. */
static bool
labels_fit(struct slice name)
{
	while (name.p != NULL)
		if (slice_cut(&name, '.').n > DOMAIN_LABEL_MAX)
			return false;
	return true;
}

static int
status_of(enum dns_status status)
{
	switch (status) {
	case DNS_FOUND: return NETDB_SUCCESS;
	case DNS_NODATA: return NO_DATA;
	case DNS_NXDOMAIN: return HOST_NOT_FOUND;
	default: return TRY_AGAIN;
	}
}

static SPF_dns_rr_t *
look_up(SPF_dns_server_t *dns, const char *name, ns_type type,
    int should_cache)
{
	struct second_spf *s = dns->hook;
	struct dns_answer answer = {.status = DNS_NXDOMAIN};
	SPF_dns_rr_t *rr;
	int n = 0;

	(void)should_cache;
	if (type != ns_t_a && type != ns_t_aaaa && type != ns_t_mx &&
	    type != ns_t_ptr && type != ns_t_txt)
		return SPF_dns_rr_new_init(dns, name, type, 0, NO_DATA);
	if (labels_fit(slice_text(name)))
		auth_ask(s->ctx, CHECK, slice_text(name), (enum dns_type)type,
		    &answer);
	if (type != ns_t_txt && (answer.status == DNS_NODATA ||
	    answer.status == DNS_NXDOMAIN))
		s->voids++;
	s->trouble |= answer.status == DNS_TEMPERROR;
	rr = SPF_dns_rr_new_init(dns, name, type, 300,
	    status_of(answer.status));
	for (size_t i = 0; rr != NULL && i < answer.n && n < RECORDS_MAX; i++)
		n += put_record(rr, n, type, &answer.records[i]);
	if (rr != NULL)
		rr->num_rr = n;
	dns_answer_free(&answer);
	return rr;
}

struct second_spf *
second_spf_new(void)
{
	struct second_spf *s = mem_zalloc(sizeof(*s));

	s->dns = (SPF_dns_server_t){.lookup = look_up, .name = "fe",
	    .hook = s};
	s->server = SPF_server_new_dns(&s->dns, 0);
	return s;
}

void
second_spf_free(struct second_spf *s)
{
	if (s == NULL)
		return;
	if (s->server != NULL)
		SPF_server_free(s->server);
	free(s);
}

static enum auth_result
result_of(const struct second_spf *s, SPF_response_t *response)
{
	switch (SPF_response_result(response)) {
	case SPF_RESULT_NEUTRAL: return AUTH_NEUTRAL;
	case SPF_RESULT_PASS: return AUTH_PASS;
	case SPF_RESULT_FAIL: return AUTH_FAIL;
	case SPF_RESULT_SOFTFAIL: return AUTH_SOFTFAIL;
	case SPF_RESULT_NONE: return AUTH_NONE;
	case SPF_RESULT_TEMPERROR: return AUTH_TEMPERROR;
	case SPF_RESULT_PERMERROR: return AUTH_PERMERROR;
	case SPF_RESULT_INVALID: break;
	}
	return s->trouble ? AUTH_TEMPERROR : AUTH_PERMERROR;
}

static void
set_client(SPF_request_t *request, const struct ip *client)
{
	char text[IP_TEXT_SIZE];

	ip_text(client, text);
	if (client->size == 4)
		SPF_request_set_ipv4_str(request, text);
	else
		SPF_request_set_ipv6_str(request, text);
}

enum auth_result
second_spf_check(struct second_spf *s, struct auth_context *ctx,
    const struct spf_query *query)
{
	struct buf helo = BUF_LIMITED(1024), from = BUF_LIMITED(1024);
	SPF_response_t *response = NULL;
	SPF_request_t *request;
	enum auth_result result = AUTH_NONE;

	if (query->client.size == 0 || s->server == NULL)
		return AUTH_NONE;
	s->ctx = ctx;
	s->voids = 0;
	s->trouble = false;
	buf_append_slice(&helo, query->helo);
	buf_append_slice(&from, query->mail_from);
	request = SPF_request_new(s->server);
	set_client(request, &query->client);
	if (helo.n > 0)
		SPF_request_set_helo_dom(request, buf_text(&helo));
	if (from.n > 0)
		SPF_request_set_env_from(request, buf_text(&from));
	if (helo.n > 0 || from.n > 0) {
		SPF_request_query_mailfrom(request, &response);
		if (response != NULL)
			result = result_of(s, response);
	}
	if (s->voids > SPF_VOID_MAX && result != AUTH_NONE)
		result = AUTH_PERMERROR;
	if (response != NULL)
		SPF_response_free(response);
	SPF_request_free(request);
	buf_free(&helo);
	buf_free(&from);
	return result;
}
