/* SPDX-License-Identifier: ISC */
/* As second_spf.c: alone in its process. */
#include "auth/second_dkim.h"

#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include <opendkim/dkim.h>

#include "base/mem.h"

#define CHECK "opendkim"
#define KEY_BITS_MIN 1024

struct second_dkim {
	DKIM_LIB *library;
	struct auth_context *ctx; /* of the message at hand */
	bool off;                 /* no DNS was to be had */
};

/* The key's record; the library takes 1024 octets of it. */
static DKIM_CBSTAT
look_up(DKIM *dkim, DKIM_SIGINFO *signature, u_char *out, size_t size)
{
	struct second_dkim *s = dkim_get_user_context(dkim);
	struct buf name = BUF_LIMITED(1024);
	struct dns_answer answer;
	DKIM_CBSTAT result = DKIM_CBSTAT_NOTFOUND;

	buf_format(&name, "%s._domainkey.%s",
	    (const char *)dkim_sig_getselector(signature),
	    (const char *)dkim_sig_getdomain(signature));
	auth_ask(s->ctx, CHECK, buf_slice(&name), DNS_TXT, &answer);
	if (answer.status == DNS_TEMPERROR || answer.status == DNS_OFF) {
		result = DKIM_CBSTAT_TRYAGAIN;
		s->off = answer.status == DNS_OFF;
	} else if (answer.n > 0 && answer.records[0].data.n < size) {
		memcpy(out, answer.records[0].data.p,
		    answer.records[0].data.n);
		out[answer.records[0].data.n] = '\0';
		result = DKIM_CBSTAT_CONTINUE;
	}
	dns_answer_free(&answer);
	buf_free(&name);
	return result;
}

struct second_dkim *
second_dkim_new(void)
{
	struct second_dkim *s = mem_zalloc(sizeof(*s));
	/* Each signature on its own; a body may lack its last line end. */
	unsigned flags = DKIM_LIBFLAGS_BADSIGHANDLES |
	    DKIM_LIBFLAGS_DELAYSIGPROC | DKIM_LIBFLAGS_FIXCRLF;

	s->library = dkim_init(NULL, NULL);
	if (s->library == NULL)
		return s;
	dkim_options(s->library, DKIM_OP_SETOPT, DKIM_OPTS_FLAGS, &flags,
	    sizeof(flags));
	dkim_set_key_lookup(s->library, look_up);
	return s;
}

void
second_dkim_free(struct second_dkim *s)
{
	if (s == NULL)
		return;
	if (s->library != NULL)
		dkim_close(s->library);
	free(s);
}

/* The whole message through the library, up to its end. */
static void
feed(DKIM *dkim, const struct header *header)
{
	for (size_t i = 0; i < header->n; i++) {
		struct slice field = header->fields[i].whole;

		while (field.n > 0 && (field.p[field.n - 1] == '\n' ||
		    field.p[field.n - 1] == '\r'))
			field.n--;
		dkim_header(dkim, (u_char *)(uintptr_t)field.p, field.n);
	}
	dkim_eoh(dkim);
	if (header->body.n > 0)
		dkim_body(dkim, (u_char *)(uintptr_t)header->body.p,
		    header->body.n);
	dkim_eom(dkim, NULL);
}

static enum auth_result
error_result(int error)
{
	switch (error) {
	case DKIM_SIGERROR_EXPIRED:
	case DKIM_SIGERROR_BADSIG:
	case DKIM_SIGERROR_TOOLARGE_L:
		return AUTH_FAIL;
	case DKIM_SIGERROR_KEYFAIL:
		return AUTH_TEMPERROR;
	case DKIM_SIGERROR_KEYTOOSMALL:
		return AUTH_POLICY;
	case DKIM_SIGERROR_NOKEY:
	case DKIM_SIGERROR_DNSSYNTAX:
	case DKIM_SIGERROR_MULTIREPLY:
	case DKIM_SIGERROR_INVALID_H:
	case DKIM_SIGERROR_SUBDOMAIN:
		return AUTH_PERMERROR;
	default:
		return error >= DKIM_SIGERROR_KEYVERSION &&
		    error <= DKIM_SIGERROR_KEYDECODE ? AUTH_PERMERROR :
		    AUTH_NEUTRAL;
	}
}

/* Passed: may it stand? */
static enum auth_result
passed_result(DKIM *dkim, DKIM_SIGINFO *signature, const struct header *header)
{
	ssize_t size = 0, canonical = 0, signed_size = -1;
	unsigned bits = 0;
	dkim_alg_t algorithm = DKIM_SIGN_UNKNOWN;

	dkim_sig_getsignalg(signature, &algorithm);
	if (algorithm == DKIM_SIGN_RSASHA1)
		return AUTH_POLICY;
	if (algorithm == DKIM_SIGN_RSASHA256 &&
	    dkim_sig_getkeysize(signature, &bits) == DKIM_STAT_OK &&
	    bits < KEY_BITS_MIN)
		return AUTH_POLICY;
	if (dkim_sig_getcanonlen(dkim, signature, &size, &canonical,
	    &signed_size) == DKIM_STAT_OK && signed_size >= 0 &&
	    canonical < size)
		return AUTH_POLICY;
	return header_count(header, "From") > 1 ? AUTH_POLICY : AUTH_PASS;
}

static enum auth_result
judge(DKIM *dkim, DKIM_SIGINFO *signature, const struct header *header)
{
	int error = dkim_sig_geterror(signature);
	DKIM_STAT status;

	if (error != DKIM_SIGERROR_OK && error != DKIM_SIGERROR_UNKNOWN)
		return error_result(error);
	status = dkim_sig_process(dkim, signature);
	error = dkim_sig_geterror(signature);
	if (status == DKIM_STAT_KEYFAIL || status == DKIM_STAT_CBTRYAGAIN)
		return AUTH_TEMPERROR;
	if (status == DKIM_STAT_NOKEY || status == DKIM_STAT_REVOKED ||
	    status == DKIM_STAT_CANTVRFY)
		return error > DKIM_SIGERROR_OK ? error_result(error) :
		    AUTH_PERMERROR;
	if (error != DKIM_SIGERROR_OK && error != DKIM_SIGERROR_UNKNOWN)
		return error_result(error);
	if (DKIM_SIG_CHECK(signature))
		return passed_result(dkim, signature, header);
	return AUTH_FAIL;
}

static void
put_text(struct buf *out, const unsigned char *text)
{
	*out = (struct buf)BUF_LIMITED(1024);
	if (text != NULL)
		buf_append_slice(out, slice_part(
		    slice_text((const char *)text), 0, 253));
}

void
second_dkim_check(struct second_dkim *s, struct auth_context *ctx,
    const struct header *header, struct second_signatures *out)
{
	uint64_t now_s = (uint64_t)(ctx->now_ms / 1000);
	DKIM_SIGINFO **signatures = NULL;
	DKIM_STAT status = DKIM_STAT_INTERNAL;
	DKIM *dkim;
	int n = 0;

	out->n = 0;
	s->ctx = ctx;
	s->off = false;
	if (s->library == NULL)
		return;
	dkim_options(s->library, DKIM_OP_SETOPT, DKIM_OPTS_FIXEDTIME, &now_s,
	    sizeof(now_s));
	dkim = dkim_verify(s->library, (const unsigned char *)"fe", NULL,
	    &status);
	if (dkim == NULL)
		return;
	dkim_set_user_context(dkim, s);
	feed(dkim, header);
	if (dkim_getsiglist(dkim, &signatures, &n) != DKIM_STAT_OK)
		n = 0;
	for (int i = 0; i < n && out->n < SECOND_SIGNATURES_MAX; i++) {
		struct second_signature *one = &out->items[out->n++];

		put_text(&one->domain, dkim_sig_getdomain(signatures[i]));
		put_text(&one->selector, dkim_sig_getselector(signatures[i]));
		one->result = judge(dkim, signatures[i], header);
		if (one->result == AUTH_TEMPERROR && s->off)
			one->result = AUTH_NEUTRAL;
	}
	dkim_free(dkim);
}

void
second_signatures_free(struct second_signatures *out)
{
	for (size_t i = 0; i < out->n; i++) {
		buf_free(&out->items[i].domain);
		buf_free(&out->items[i].selector);
	}
	out->n = 0;
}
