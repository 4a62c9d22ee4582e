/* SPDX-License-Identifier: ISC */
/*
 * fe-sign: signs messages for the domain of their author (DKIM), or seals
 * them on their way through (ARC).  Keys are read and parsed first; then the
 * process can only read and write, and look at their folder again, and parses
 * its first message.
 */
#include <string.h>

#include "auth/authserv.h"
#include "auth/domain.h"
#include "auth/signer.h"
#include "base/clock.h"
#include "base/home.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "mail/address.h"
#include "record/edit.h"
#include "record/jobs.h"

struct sign_conf {
	struct filter_conf filter;
	struct authserv_conf authserv;
	const char *domain;
	struct option_list selector, key_file;
	int64_t expire;
	bool arc;
};

#define LOOK_MS 1000

#define AT(member) offsetof(struct sign_conf, member)
static const struct option_def options[] = {
    FILTER_OPTIONS(struct sign_conf, filter),
    {OPTION_FLAG, 0, "arc", AT(arc), .flags = OPTION_PER_RUN,
	.help = "seal (ARC) rather than sign (DKIM)"},
    {OPTION_TEXT, 0, "domain", AT(domain), "DOMAIN", .flags = OPTION_PER_RUN,
	.help = "sign for this domain (default: the author's; with --arc: "
	    "ours)", .check = domain_check},
    {OPTION_LIST, 0, "selector", AT(selector), "NAME",
	.flags = OPTION_PER_RUN,
	.help = "use only the key of that name; with --key-file: its name"},
    {OPTION_LIST, 0, "key-file", AT(key_file), "PEM", .flags = OPTION_PER_RUN,
	.help = "use this key, not those of the home"},
    {OPTION_DURATION, 0, "expire", AT(expire), "TIME", .max = 31536000,
	.help = "signatures are good for so long (default: for ever)"},
    AUTHSERV_OPTIONS(struct sign_conf, authserv),
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
	/* Of the home: what their folders looked like, and when. */
	unsigned char seen[SIGNING_KEYS_SEEN];
	int64_t looked_ms;
	struct signer *signer;
	struct buf id, domain; /* ours; that of --domain, or nothing */
};

static int
set_names(struct sign *s, struct err *err)
{
	const struct sign_conf *conf = s->conf;

	if (authserv_name(&conf->authserv, &s->id, err) < 0)
		return -1;
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
read_home(struct sign *s, struct signing_keys *keys, struct err *err)
{
	/* seen first: what changes meanwhile is read once more */
	s->looked_ms = clock_monotonic_ms();
	signing_keys_look(s->seen);
	return signing_keys_read_home(keys, s->conf->domain != NULL ?
	    buf_slice(&s->domain) : SLICE_NONE, &s->conf->selector, err);
}

static int
read_keys(struct sign *s, struct err *err)
{
	const struct sign_conf *conf = s->conf;

	if (conf->key_file.n == 0)
		return read_home(s, &s->keys, err);
	for (size_t i = 0; i < conf->key_file.n; i++)
		if (signing_keys_add(&s->keys, buf_slice(&s->domain),
		    slice_text(conf->selector.items[i]),
		    conf->key_file.items[i], err) < 0)
			return -1;
	return 0;
}

/* Keys that were rotated since are taken within a second; those that cannot
 * be read leave the ones that are here. */
static void
renew_keys(struct sign *s)
{
	unsigned char seen[SIGNING_KEYS_SEEN];
	struct signing_keys keys = SIGNING_KEYS_INIT;
	struct err err = ERR_INIT;

	if (s->conf->key_file.n > 0 ||
	    clock_monotonic_ms() - s->looked_ms < LOOK_MS)
		return;
	s->looked_ms = clock_monotonic_ms();
	signing_keys_look(seen);
	if (memcmp(seen, s->seen, sizeof(seen)) == 0)
		return;
	if (read_home(s, &keys, &err) == 0) {
		signing_keys_free(&s->keys);
		s->keys = keys;
		return;
	}
	signing_keys_free(&keys);
	log_warning("the keys of before sign on: %s", err.text);
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
sign_record(void *cookie, struct record *r)
{
	struct sign *s = cookie;
	struct err err = ERR_INIT;

	renew_keys(s);
	if (apply_headers(r, &err) < 0 || sign_message(s, r, &err) < 0)
		refuse(s, r, &err);
}

/* Nothing but the folder of its keys, and without that nothing at all. */
static int
confine(const struct sign *s, struct err *err)
{
	struct buf path = BUF_INIT;
	struct sandbox_path keys = {home_file(&path, "keys/dkim"),
	    SANDBOX_READ | SANDBOX_LIST};
	bool none = s->conf->key_file.n > 0;
	int result = sandbox_enter(none ? SANDBOX_STDIO : SANDBOX_PARSE,
	    none ? NULL : &keys, none ? 0 : 1, s->conf->filter.cmd.sandbox,
	    err);

	buf_free(&path);
	return result;
}

static int
run(struct sign *s)
{
	struct jobs jobs = {.filter = &s->filter, .work = sign_record,
	    .cookie = s};
	struct err err = ERR_INIT;

	if (set_names(s, &err) < 0)
		return cmd_usage(&err);
	if (read_keys(s, &err) < 0 || filter_open(&s->filter, &sign_cmd,
	    &s->conf->filter, &err) < 0)
		return cmd_fail(&err);
	s->signer = signer_new();
	if (confine(s, &err) < 0)
		return cmd_fail(&err);
	jobs_run(&jobs);
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
