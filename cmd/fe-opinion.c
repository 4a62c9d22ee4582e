/* SPDX-License-Identifier: ISC */
/*
 * fe-opinion: what libspf2 and libopendkim say of a message, in the member
 * `opinion'.  A program of its own, since these libraries parse hostile
 * octets and share no memory with anything that matters; fe-verify runs it.
 */
#include "auth/origin.h"
#include "auth/second_dkim.h"
#include "auth/second_spf.h"
#include "base/clock.h"
#include "base/sandbox.h"
#include "record/filter.h"

struct opinion_conf {
	struct filter_conf filter;
	const char *dns_zone;
	bool no_dns;
	int64_t dns_timeout, time_max; /* seconds */
};

#define AT(member) offsetof(struct opinion_conf, member)
static const struct option_def options[] = {
    FILTER_OPTIONS(struct opinion_conf, filter),
    {OPTION_TEXT, 0, "dns-zone", AT(dns_zone), "FILE",
	.flags = OPTION_PER_RUN,
	.help = "answer DNS questions from this zone file alone"},
    {OPTION_FLAG, 0, "no-dns", AT(no_dns), .flags = OPTION_PER_RUN,
	.help = "ask no DNS"},
    {OPTION_DURATION, 0, "dns-timeout", AT(dns_timeout), "TIME", "5s",
	.min = 1, .max = 60, .help = "for one DNS question"},
    {OPTION_DURATION, 0, "time-max", AT(time_max), "TIME", "30s", .min = 1,
	.max = 600, .help = "for all questions about one message"},
    {OPTION_END}};

static const struct cmd opinion_cmd = {
    .name = "fe-opinion",
    .synopsis = "[options] < message",
    .summary = "a second opinion on SPF and DKIM, of other libraries",
    .options = options,
    .flags = CMD_FILTER};

struct opinion {
	const struct opinion_conf *conf;
	struct filter filter;
	struct dns *dns;
	struct second_spf *spf;
	struct second_dkim *dkim;
};

static enum auth_result
check_spf(struct opinion *o, const struct record *r, struct auth_context *ctx)
{
	struct origin origin;
	struct spf_query query;
	enum auth_result result;

	if (o->conf->no_dns)
		return AUTH_NONE;
	origin_read(&origin, &r->meta);
	query = origin_query(&origin);
	result = second_spf_check(o->spf, ctx, &query);
	origin_free(&origin);
	return result;
}

static void
write_opinion(struct record *r, enum auth_result spf,
    const struct second_signatures *dkim)
{
	struct buf json = BUF_INIT;
	struct json_writer w = JSON_WRITER(&json);

	json_open_object(&w, NULL);
	json_open_object(&w, "spf");
	json_put_text(&w, "result", auth_result_text(spf));
	json_close_object(&w);
	json_open_array(&w, "dkim");
	for (size_t i = 0; i < dkim->n; i++) {
		json_open_object(&w, NULL);
		json_put_text(&w, "result",
		    auth_result_text(dkim->items[i].result));
		json_put_slice(&w, "domain",
		    buf_slice(&dkim->items[i].domain));
		json_put_slice(&w, "selector",
		    buf_slice(&dkim->items[i].selector));
		json_close_object(&w);
	}
	json_close_array(&w);
	json_close_object(&w);
	meta_set(&r->meta, "opinion", buf_slice(&json));
	buf_free(&json);
}

/* clock_monotonic_ms by which all must be said. */
static int64_t
deadline_of(const struct opinion *o, const struct record *r)
{
	int64_t left_ms = o->conf->time_max * 1000, patience_ms;

	if (json_integer(meta_get(&r->meta, OPINION_PATIENCE),
	    &patience_ms) == 0 && patience_ms < left_ms)
		left_ms = patience_ms > 0 ? patience_ms : 1;
	return clock_monotonic_ms() + left_ms;
}

static void
form_opinion(struct opinion *o, struct record *r)
{
	struct auth_context ctx = {.dns = o->dns, .now_ms = clock_now_ms(),
	    .deadline_ms = deadline_of(o, r),
	    .explained = BUF_INIT};
	struct second_signatures signatures;
	struct header header;
	enum auth_result spf;

	header_parse(&header, buf_slice(&r->body));
	spf = check_spf(o, r, &ctx);
	second_dkim_check(o->dkim, &ctx, &header, &signatures);
	write_opinion(r, spf, &signatures);
	second_signatures_free(&signatures);
	header_free(&header);
}

static int
run(struct opinion *o)
{
	const struct opinion_conf *conf = o->conf;
	const struct dns_conf dns = {.off = conf->no_dns,
	    .zone_file = conf->dns_zone,
	    .timeout_ms = conf->dns_timeout * 1000,
	    .require_landlock = conf->filter.cmd.sandbox};
	struct err err = ERR_INIT;
	struct record *r;

	o->dns = dns_open(&dns, &err);
	if (o->dns == NULL)
		return cmd_fail(&err);
	/* They read their own configuration, before there are no files. */
	o->spf = second_spf_new();
	o->dkim = second_dkim_new();
	if (filter_open(&o->filter, &opinion_cmd, &conf->filter, &err) < 0 ||
	    sandbox_enter(SANDBOX_PARSE, NULL, 0, conf->filter.cmd.sandbox,
	    &err) < 0)
		return cmd_fail(&err);
	while ((r = filter_next(&o->filter)) != NULL) {
		if (!filter_is_final(r))
			form_opinion(o, r);
		filter_emit(&o->filter, r);
	}
	return filter_close(&o->filter);
}

int
main(int argc, char *argv[])
{
	struct opinion_conf conf = {.no_dns = false};
	struct opinion o = {.conf = &conf};
	struct err err = ERR_INIT;
	int code;

	cmd_start(&opinion_cmd);
	if (option_parse(&opinion_cmd, argc, argv, &conf, &err) < 0)
		return cmd_usage(&err);
	code = run(&o);
	second_spf_free(o.spf);
	second_dkim_free(o.dkim);
	dns_close(o.dns);
	return code;
}
