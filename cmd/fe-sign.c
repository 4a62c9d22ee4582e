/* SPDX-License-Identifier: ISC */
/*
 * fe-sign: signs messages for the domain of their author (DKIM), or seals
 * them on their way through (ARC).  Keys are read and parsed first; then the
 * process can only read and write, and parses its first message.
 */
#include <string.h>
#include <unistd.h>

#include "auth/domain.h"
#include "auth/signer.h"
#include "base/clock.h"
#include "base/sandbox.h"
#include "mail/address.h"
#include "record/edit.h"
#include "record/filter.h"

struct sign_conf {
	struct filter_conf filter;
	const char *domain, *authserv_id, *hostname;
	struct option_list selector, key_file;
	int64_t expire;
	bool arc;
};

#define AT(member) offsetof(struct sign_conf, member)
static const struct option_def options[] = {
    FILTER_OPTIONS(struct sign_conf, filter),
    {OPTION_FLAG, 0, "arc", AT(arc), .flags = OPTION_PER_RUN,
	.help = "seal (ARC) rather than sign (DKIM)"},
    {OPTION_TEXT, 0, "domain", AT(domain), "DOMAIN", .flags = OPTION_PER_RUN,
	.help = "sign for this domain (default: the author's; with --arc: "
	    "ours)"},
    {OPTION_LIST, 0, "selector", AT(selector), "NAME",
	.flags = OPTION_PER_RUN,
	.help = "use only the key of that name; with --key-file: its name"},
    {OPTION_LIST, 0, "key-file", AT(key_file), "PEM", .flags = OPTION_PER_RUN,
	.help = "use this key, not those of the home"},
    {OPTION_DURATION, 0, "expire", AT(expire), "TIME", .max = 31536000,
	.help = "signatures are good for so long (default: for ever)"},
    {OPTION_TEXT, 0, "authserv-id", AT(authserv_id), "NAME",
	.flags = OPTION_SHARED,
	.help = "our name in Authentication-Results (default: hostname)"},
    {OPTION_TEXT, 0, "hostname", AT(hostname), "NAME",
	.flags = OPTION_SHARED,
	.help = "name of this host in the mail world (default: the system's)"},
    {OPTION_END}};

static const struct cmd sign_cmd = {
    .name = "fe-sign",
    .synopsis = "[options] < message",
    .summary = "sign messages with DKIM, or seal them with ARC",
    .options = options,
    .flags = CMD_FILTER};

struct sign {
	const struct sign_conf *conf;
	struct filter filter;
	struct signing_keys keys;
	struct signer *signer;
	struct buf id, domain; /* ours; that of --domain, or nothing */
	char hostname[256];
};

static int
set_names(struct sign *s, struct err *err)
{
	const struct sign_conf *conf = s->conf;
	const char *id = conf->authserv_id;

	if (conf->hostname == NULL &&
	    gethostname(s->hostname, sizeof(s->hostname) - 1) < 0)
		return err_errno(err, "cannot find the host name");
	if (id == NULL)
		id = conf->hostname != NULL ? conf->hostname : s->hostname;
	if (domain_to_ascii(slice_text(id), &s->id) < 0)
		return err_set(err, ERR_USAGE,
		    "--authserv-id: '%s' is no domain name", id);
	if (conf->domain != NULL &&
	    domain_to_ascii(slice_text(conf->domain), &s->domain) < 0)
		return err_set(err, ERR_USAGE,
		    "--domain: '%s' is no domain name", conf->domain);
	if (conf->key_file.n > 0 && (conf->domain == NULL ||
	    conf->selector.n != conf->key_file.n))
		return err_set(err, ERR_USAGE, "each --key-file wants a "
		    "--selector, and all of them one --domain");
	return 0;
}

static int
read_keys(struct sign *s, struct err *err)
{
	const struct sign_conf *conf = s->conf;

	if (conf->key_file.n == 0)
		return signing_keys_read_home(&s->keys, conf->domain != NULL ?
		    buf_slice(&s->domain) : SLICE_NONE, &conf->selector, err);
	for (size_t i = 0; i < conf->key_file.n; i++)
		if (signing_keys_add(&s->keys, buf_slice(&s->domain),
		    slice_text(conf->selector.items[i]),
		    conf->key_file.items[i], err) < 0)
			return -1;
	return 0;
}

/* The domain of the author, as A-labels. */
static void
author_domain(const struct header *header, struct buf *domain)
{
	const struct header_field *from = header_find(header, "From", 0);
	struct address_list list;

	if (from == NULL)
		return;
	address_list_parse(&list, from->value);
	if (list.n > 0)
		domain_to_ascii(list.items[0].domain, domain);
	address_list_free(&list);
}

/* The fields become the head of the body, which is moved, not copied. */
static void
put_in_front(struct buf *body, size_t instead_of, struct slice head)
{
	size_t rest = body->n - instead_of;

	if (head.n > instead_of)
		buf_reserve(body, head.n - instead_of);
	memmove(body->p + head.n, body->p + instead_of, rest);
	memcpy(body->p, head.p, head.n);
	body->n = head.n + rest;
	body->p[body->n] = '\0';
}

/* Changes to the header that others asked for come under the signature. */
static int
apply_headers(struct record *r, struct err *err)
{
	struct slice ops = meta_get(&r->meta, "headers");
	struct buf header = BUF_INIT;
	size_t rest;
	int result;

	if (ops.p == NULL || json_count(ops) == 0)
		return 0;
	result = edit_header(buf_slice(&r->body), ops, SLICE_NONE, &header,
	    &rest, err);
	if (result == 0) {
		put_in_front(&r->body, rest, buf_slice(&header));
		meta_set(&r->meta, "headers", SLICE("[]"));
	}
	buf_free(&header);
	return result;
}

/* What fe-verify found; none where it was not asked. */
static enum auth_result
chain_of(const struct record *r)
{
	struct slice word = meta_at(&r->meta, "checks.arc.result");

	for (int i = AUTH_NONE; i <= AUTH_PERMERROR; i++)
		if (json_string_is(word, auth_result_text(i)))
			return (enum auth_result)i;
	return AUTH_NONE;
}

static int
make_fields(struct sign *s, const struct record *r,
    const struct signer_request *request, struct buf *fields, struct err *err)
{
	enum signer_seal outcome;
	int result;

	if (!s->conf->arc)
		return signer_sign(s->signer, request, fields, err);
	result = signer_seal(s->signer, request, buf_slice(&s->id),
	    chain_of(r), &outcome, fields, err);
	if (result == 0 && outcome == SEAL_UNKNOWN)
		return err_set(err, ERR_MESSAGE, "nobody has verified the "
		    "chain: fe-verify comes first");
	return result;
}

static int
sign_message(struct sign *s, struct record *r, struct err *err)
{
	struct buf name = BUF_LIMITED(DOMAIN_SIZE_MAX), fields = BUF_INIT;
	struct header header;
	struct signer_request request = {.header = &header, .keys = &s->keys,
	    .now_s = clock_now_ms() / 1000, .expire_s = s->conf->expire};
	size_t before;
	int result = -1;

	header_parse(&header, buf_slice(&r->body));
	/* An mbox line below the new fields would end the header, a folded
	 * one without a field would go on with them. */
	before = header.n > 0 ?
	    (size_t)(header.fields[0].whole.p - r->body.p) : 0;
	if (s->conf->domain != NULL)
		buf_append_slice(&name, buf_slice(&s->domain));
	else if (s->conf->arc)
		buf_append_slice(&name, buf_slice(&s->id));
	else
		author_domain(&header, &name);
	request.domain = signing_keys_domain(&s->keys, buf_slice(&name));
	if (request.domain.p == NULL)
		err_set(err, ERR_MESSAGE, "no active key to sign for '%s'",
		    buf_text(&name));
	else
		result = make_fields(s, r, &request, &fields, err);
	header_free(&header);
	if (result == 0)
		put_in_front(&r->body, before, buf_slice(&fields));
	buf_free(&fields);
	buf_free(&name);
	return result;
}

/* A record says itself that it was not signed; mail cannot, and must not
 * leave as if it were. */
static void
refuse(struct sign *s, struct record *r, const struct err *err)
{
	meta_set_tempfail(&r->meta, sign_cmd.name, err->text);
	if (s->filter.output.form == OUTPUT_MAIL)
		output_fail(&s->filter.output, err);
	filter_found(&s->filter);
}

static void
sign_record(struct sign *s, struct record *r)
{
	int64_t cpu_us = clock_cpu_us(), wall_us = clock_monotonic_us();
	struct err err = ERR_INIT;

	if (apply_headers(r, &err) < 0 || sign_message(s, r, &err) < 0)
		refuse(s, r, &err);
	meta_add_timing(&r->meta, sign_cmd.name, clock_cpu_us() - cpu_us,
	    clock_monotonic_us() - wall_us);
}

static int
run(struct sign *s)
{
	struct err err = ERR_INIT;
	struct record *r;

	if (set_names(s, &err) < 0)
		return cmd_usage(&err);
	if (read_keys(s, &err) < 0 || filter_open(&s->filter, &sign_cmd,
	    &s->conf->filter, &err) < 0)
		return cmd_fail(&err);
	s->signer = signer_new();
	if (sandbox_enter(SANDBOX_STDIO, NULL, 0, s->conf->filter.cmd.sandbox,
	    &err) < 0)
		return cmd_fail(&err);
	while ((r = filter_next(&s->filter)) != NULL) {
		if (!filter_is_final(r))
			sign_record(s, r);
		filter_emit(&s->filter, r);
	}
	return filter_close(&s->filter);
}

int
main(int argc, char *argv[])
{
	struct sign_conf conf = {.domain = NULL};
	struct sign s = {.conf = &conf, .keys = SIGNING_KEYS_INIT,
	    .id = BUF_LIMITED(DOMAIN_SIZE_MAX),
	    .domain = BUF_LIMITED(DOMAIN_SIZE_MAX)};
	struct err err = ERR_INIT;
	int code;

	cmd_start(&sign_cmd);
	if (option_parse(&sign_cmd, argc, argv, &conf, &err) < 0)
		return cmd_usage(&err);
	code = run(&s);
	signer_free(s.signer);
	signing_keys_free(&s.keys);
	buf_free(&s.id);
	buf_free(&s.domain);
	return code;
}
