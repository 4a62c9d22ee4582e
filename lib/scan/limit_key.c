/* SPDX-License-Identifier: ISC */
/*
 * Identities for rules, from records and from people.  Values may hold
 * anything, so each is written with its length.
 */
#include "limit_key.h"

#include "net/ip.h"

#define NET_BITS_4 24
#define NET_BITS_6 64

static void
put_value(struct buf *out, struct slice value)
{
	buf_format(out, "%zu:", value.n);
	for (size_t i = 0; i < value.n; i++)
		buf_append_char(out, ascii_lower(value.p[i]));
}

/* An address, or a network of which it is the base. */
static int
put_ip(struct buf *out, struct slice text, bool network)
{
	char shown[IP_TEXT_SIZE];
	struct ip ip;

	if (network)
		text.n = slice_find(text, '/');
	if (ip_parse(text, &ip) < 0)
		return -1;
	if (network)
		ip = ip_mask(&ip, ip.size == 4 ? NET_BITS_4 : NET_BITS_6);
	put_value(out, slice_text(ip_text(&ip, shown)));
	return 0;
}

static int
put_domain(struct buf *out, struct slice address)
{
	size_t at = address.n;

	while (at > 0 && address.p[at - 1] != '@')
		at--;
	if (at == address.n)
		return -1;
	put_value(out, slice_part(address, at, address.n));
	return 0;
}

/* The text of one member in the one form that is hashed. */
static int
put_member(struct buf *out, struct slice member, struct slice text)
{
	if (text.p == NULL)
		return -1;
	if (slice_is(member, "client.net") || slice_is(member, "client.ip"))
		return put_ip(out, text, slice_is(member, "client.net"));
	if (slice_is(member, "envelope.from.domain") ||
	    slice_is(member, "envelope.to.domain"))
		return put_domain(out, text);
	put_value(out, text);
	return 0;
}

static bool
is_recipient(struct slice member)
{
	return slice_is(member, "envelope.to") ||
	    slice_is(member, "envelope.to.domain");
}

bool
limit_key_is_per_recipient(const struct limit_rule *rule)
{
	for (size_t i = 0; i < rule->members_n; i++)
		if (is_recipient(rule->members[i]))
			return true;
	return false;
}

static void
begin(struct buf *out, const struct limit_rule *rule)
{
	buf_reset(out);
	put_value(out, slice_text(rule->name));
}

/* The member's value as text: a string's octets, else the JSON. */
static struct slice
text_of(const struct meta *meta, struct slice member, struct buf *space)
{
	struct buf path = BUF_INIT;
	struct slice value;

	buf_append_slice(&path, member);
	if (slice_is(member, "client.net"))
		buf_truncate(&path, 0), buf_append_text(&path, "client.ip");
	if (slice_is(member, "envelope.from.domain"))
		buf_truncate(&path, path.n - 7);
	value = meta_at(meta, buf_text(&path));
	buf_free(&path);
	if (json_type(value) != JSON_STRING)
		return value;
	buf_reset(space);
	if (json_string(value, space) < 0)
		return SLICE_NONE;
	return slice_of(buf_text(space), space->n);
}

int
limit_key_put(const struct limit_rule *rule, const struct meta *meta,
    struct slice ip, struct slice recipient, struct buf *out)
{
	struct buf space = BUF_LIMITED(META_SIZE_MAX);
	int result = 0;

	begin(out, rule);
	for (size_t i = 0; i < rule->members_n && result == 0; i++) {
		struct slice member = rule->members[i];
		struct slice text;

		if (is_recipient(member))
			text = recipient;
		else if (ip.p != NULL && (slice_is(member, "client.ip") ||
		    slice_is(member, "client.net")))
			text = ip;
		else
			text = text_of(meta, member, &space);
		result = put_member(out, member, text);
	}
	buf_free(&space);
	return result;
}

int
limit_key_put_values(const struct limit_rule *rule, struct slice values,
    struct buf *out)
{
	begin(out, rule);
	for (size_t i = 0; i < rule->members_n; i++)
		if (put_member(out, rule->members[i],
			slice_cut(&values, ',')) < 0)
			return -1;
	return values.p == NULL ? 0 : -1;
}
