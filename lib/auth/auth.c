/* SPDX-License-Identifier: ISC */
/* Words of RFC 8601, and the account of what was asked and answered. */
#include "auth/auth.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX_OCTETS 600
#define RECORDS_SHOWN 4

const char *
auth_result_text(enum auth_result result)
{
	static const char *const texts[] = {"none", "pass", "fail",
	    "softfail", "neutral", "policy", "temperror", "permerror"};

	return texts[result];
}

static void
add_line(struct auth_context *ctx, const char *check, const char *text)
{
	struct buf *out = &ctx->explained;

	if (!ctx->explain || ctx->explain_cut)
		return;
	if (out->n + LINE_MAX_OCTETS + 64 > AUTH_EXPLAIN_MAX) {
		ctx->explain_cut = true;
		text = "more steps than fit here";
	}
	buf_format(out, "%s\t%s", check, text);
	/* Tabs and line ends are ours. */
	for (size_t i = out->n - strlen(text); i < out->n; i++)
		if (out->p[i] == '\n' || out->p[i] == '\t')
			out->p[i] = ' ';
	buf_append_char(out, '\n');
}

void
auth_explain(struct auth_context *ctx, const char *check, const char *format,
    ...)
{
	char text[LINE_MAX_OCTETS];
	va_list args;

	if (!ctx->explain)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	add_line(ctx, check, text);
}

static const char *
type_text(enum dns_type type)
{
	switch (type) {
	case DNS_A: return "A";
	case DNS_AAAA: return "AAAA";
	case DNS_MX: return "MX";
	case DNS_PTR: return "PTR";
	case DNS_CNAME: return "CNAME";
	case DNS_TXT: return "TXT";
	default: return "?";
	}
}

static void
explain_record(struct buf *text, enum dns_type type,
    const struct dns_record *record)
{
	char address[INET6_ADDRSTRLEN] = "";

	if (type == DNS_A)
		inet_ntop(AF_INET, record->data.p, address, sizeof(address));
	if (type == DNS_AAAA)
		inet_ntop(AF_INET6, record->data.p, address, sizeof(address));
	if (type == DNS_A || type == DNS_AAAA)
		buf_format(text, " %s", address);
	else if (type == DNS_MX)
		buf_format(text, " %u %.*s", record->preference,
		    SLICE_ARG(record->data));
	else
		buf_format(text, " '%.*s'", (int)(record->data.n < 400 ?
		    record->data.n : 400), record->data.p);
}

void
auth_ask(struct auth_context *ctx, const char *check, struct slice name,
    enum dns_type type, struct dns_answer *answer)
{
	struct buf text = BUF_LIMITED(LINE_MAX_OCTETS - 1);

	dns_ask(ctx->dns, name, type, ctx->deadline_ms, answer);
	if (!ctx->explain)
		return;
	buf_format(&text, "%s %.*s:", type_text(type),
	    (int)(name.n < 255 ? name.n : 255), name.p != NULL ? name.p : "");
	if (answer->status != DNS_FOUND)
		buf_format(&text, " %s", dns_status_text(answer->status));
	for (size_t i = 0; i < answer->n && i < RECORDS_SHOWN; i++)
		explain_record(&text, type, &answer->records[i]);
	if (answer->n > RECORDS_SHOWN)
		buf_format(&text, " and %zu more", answer->n - RECORDS_SHOWN);
	auth_explain(ctx, check, "%s", buf_text(&text));
	buf_free(&text);
}
