/* SPDX-License-Identifier: ISC */
/*
 * Proven identities of a message.  What anybody can claim is none, or a
 * stranger could spend, and spoil, the name of another.
 */
#include "identity.h"

#include "net/ip.h"

#define NAME_MAX_N ((size_t)255)

const char *
identity_name(enum identity_kind kind)
{
	static const char *const names[] = {"ip", "net", "helo", "domain"};

	return names[kind];
}

static void
take(struct buf *out, struct slice value)
{
	buf_reset(out);
	if (json_string(value, out) < 0)
		buf_reset(out);
	for (size_t i = 0; i < out->n; i++)
		out->p[i] = ascii_lower(out->p[i]);
}

static bool
passed(const struct meta *meta, const char *path)
{
	return json_string_is(meta_at(meta, path), "pass");
}

static void
find_addresses(struct identities *ids, const struct meta *meta)
{
	struct slice text = json_plain(meta_at(meta, "client.ip"));
	char shown[IP_TEXT_SIZE];
	struct ip ip;

	if (text.p == NULL || ip_parse(text, &ip) < 0)
		return;
	buf_append_text(&ids->text[IDENTITY_IP], ip_text(&ip, shown));
	ip = ip_mask(&ip, ip.size == 4 ? 24 : 64);
	buf_append_text(&ids->text[IDENTITY_NET], ip_text(&ip, shown));
}

static void
find_helo(struct identities *ids, const struct meta *meta)
{
	struct buf *out = &ids->text[IDENTITY_HELO];
	struct buf name = BUF_LIMITED(NAME_MAX_N);

	take(out, meta_at(meta, "client.helo"));
	if (!passed(meta, "checks.spf.helo.result")) {
		take(&name, meta_at(meta, "checks.iprev.name"));
		if (!passed(meta, "checks.iprev.result") ||
		    !slice_equal(buf_slice(&name), buf_slice(out)))
			buf_reset(out);
	}
	buf_free(&name);
}

static void
find_domain(struct identities *ids, const struct meta *meta)
{
	struct buf *out = &ids->text[IDENTITY_DOMAIN];
	struct json_walk walk = json_walk(meta_at(meta, "checks.dkim"));
	struct slice signature;

	if (passed(meta, "checks.dmarc.result")) {
		take(out, meta_at(meta, "checks.dmarc.domain"));
		return;
	}
	while (out->n == 0 && json_next(&walk, NULL, &signature))
		if (json_string_is(json_get(signature, "result"), "pass"))
			take(out, json_get(signature, "domain"));
	if (out->n == 0 && passed(meta, "checks.spf.result"))
		take(out, meta_at(meta, "checks.spf.domain"));
}

void
identities_find(struct identities *ids, const struct meta *meta)
{
	for (int i = 0; i < IDENTITIES; i++)
		ids->text[i] = (struct buf)BUF_LIMITED(NAME_MAX_N);
	find_addresses(ids, meta);
	find_helo(ids, meta);
	find_domain(ids, meta);
}

void
identities_free(struct identities *ids)
{
	for (int i = 0; i < IDENTITIES; i++)
		buf_free(&ids->text[i]);
}
