/* SPDX-License-Identifier: ISC */
/*
 * XCLIENT and XFORWARD.  Values are xtext; [UNAVAILABLE] and [TEMPUNAVAIL]
 * take back what was known.
 */
#include "smtp_client.h"

#include "base/number.h"

struct override {
	bool forwards; /* XFORWARD */
	struct ip ip;
	int64_t port;
	bool has_ip, has_port, has_extended, extended;
	bool has_name, has_helo, has_user;
	struct buf name, helo, user;
};

static int
take_ip(struct override *o, struct slice value)
{
	if (slice_case_starts(value, "IPV6:"))
		value = slice_part(value, 5, value.n);
	o->has_ip = true;
	o->ip = (struct ip){.size = 0};
	return value.n == 0 ? 0 : ip_parse(value, &o->ip);
}

static int
take_name(const struct override *o, bool *has, struct buf *to,
    struct slice value)
{
	*has = true;
	buf_reset(to);
	if (value.n > 0 && !smtp_helo_is_valid(value))
		return o->forwards ? 0 : -1;
	return buf_append_slice(to, value);
}

static int
take_protocol(struct override *o, struct slice value)
{
	o->has_extended = true;
	o->extended = slice_case_is(value, "ESMTP");
	return o->extended || o->forwards || slice_case_is(value, "SMTP")
	    ? 0 : -1;
}

/* value: decoded; empty where it is unavailable */
static int
take_attribute(struct override *o, struct slice name, struct slice value)
{
	if (slice_case_is(name, "ADDR"))
		return take_ip(o, value);
	if (slice_case_is(name, "NAME"))
		return take_name(o, &o->has_name, &o->name, value);
	if (slice_case_is(name, "HELO"))
		return take_name(o, &o->has_helo, &o->helo, value);
	if (slice_case_is(name, "PORT")) {
		o->has_port = true;
		o->port = 0;
		return value.n == 0
		    ? 0 : number_parse(value, 0, 65535, &o->port);
	}
	if (slice_case_is(name, "PROTO"))
		return take_protocol(o, value);
	if (o->forwards)
		return slice_case_is(name, "IDENT") ||
		    slice_case_is(name, "SOURCE") ? 0 : -1;
	if (slice_case_is(name, "LOGIN"))
		return take_name(o, &o->has_user, &o->user, value);
	return slice_case_is(name, "REVERSE_NAME") ||
	    slice_case_is(name, "DESTADDR") ||
	    slice_case_is(name, "DESTPORT") ? 0 : -1;
}

static int
parse(struct override *o, struct slice argument)
{
	struct slice name, value;
	struct buf text = BUF_LIMITED(1024);
	int more, result = 0;

	while (result == 0 &&
	    (more = smtp_parameter_next(&argument, &name, &value)) != 0) {
		buf_reset(&text);
		if (more < 0 || smtp_xtext_decode(value, &text) < 0)
			result = -1;
		else if (slice_case_is(buf_slice(&text), "[UNAVAILABLE]") ||
		    slice_case_is(buf_slice(&text), "[TEMPUNAVAIL]"))
			result = take_attribute(o, name, SLICE(""));
		else
			result = take_attribute(o, name, buf_slice(&text));
	}
	buf_free(&text);
	return result;
}

static void
replace(struct buf *old, struct buf *fresh)
{
	buf_reset(old);
	buf_append_slice(old, buf_slice(fresh));
}

static void
apply(struct smtp_client *client, struct override *o)
{
	if (o->has_ip)
		client->ip = o->ip;
	if (o->has_port || (o->has_ip && !o->forwards))
		client->port = (uint16_t)o->port;
	if (o->has_name)
		replace(&client->name, &o->name);
	if (o->has_user)
		replace(&client->user, &o->user);
	if (o->has_extended)
		client->extended = o->extended;
	if (o->has_helo)
		replace(&client->helo, &o->helo);
}

static int
change(struct smtp_client *client, bool forwards, struct slice argument,
    struct smtp_reply *reply)
{
	struct override o = {.forwards = forwards, .name = BUF_LIMITED(256),
	    .helo = BUF_LIMITED(256), .user = BUF_LIMITED(256)};
	int result = argument.n == 0 ? -1 : parse(&o, argument);

	if (result == 0)
		apply(client, &o);
	else
		smtp_reply_set(reply, 501, "5.5.4", "bad %s attribute",
		    forwards ? "XFORWARD" : "XCLIENT");
	buf_free(&o.name);
	buf_free(&o.helo);
	buf_free(&o.user);
	return result;
}

int
smtp_client_override(struct smtp_client *client, struct slice argument,
    struct smtp_reply *reply)
{
	return change(client, false, argument, reply);
}

int
smtp_client_forward(struct smtp_client *origin, struct slice argument,
    struct smtp_reply *reply)
{
	return change(origin, true, argument, reply);
}

void
smtp_client_init(struct smtp_client *client)
{
	*client = (struct smtp_client){.name = BUF_LIMITED(1024),
	    .helo = BUF_LIMITED(1024), .user = BUF_LIMITED(1024)};
}

void
smtp_client_reset(struct smtp_client *client)
{
	smtp_client_free(client);
	smtp_client_init(client);
}

void
smtp_client_free(struct smtp_client *client)
{
	buf_free(&client->name);
	buf_free(&client->helo);
	buf_free(&client->user);
}
