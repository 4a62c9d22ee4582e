/* SPDX-License-Identifier: ISC */
/*
 * From an SMTP transaction to a record.
 */
#include "reception.h"

#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "record/meta.h"

void
reception_fingerprint(const unsigned char key[RECEPTION_KEY_SIZE],
    struct slice from, struct slice body, char out[RECEPTION_FINGERPRINT_SIZE])
{
	crypto_generichash_state state;
	unsigned char hash[32];

	crypto_generichash_init(
	    &state, key, RECEPTION_KEY_SIZE, sizeof(hash));
	crypto_generichash_update(
	    &state, (const unsigned char *)from.p, from.n);
	crypto_generichash_update(&state, (const unsigned char *)"", 1);
	crypto_generichash_update(
	    &state, (const unsigned char *)body.p, body.n);
	crypto_generichash_final(&state, hash, sizeof(hash));
	hex_encode(hash, sizeof(hash), out);
}

/* RFC 3848, and RFC 6531, 4.3 */
static void
put_protocol(const struct smtp_session *s, struct buf *out)
{
	bool utf8 = s->envelope.utf8;

	buf_append_text(out, utf8 ? "UTF8" : "");
	if (s->conf->lmtp)
		buf_append_text(out, "LMTP");
	else if (s->client.extended)
		buf_append_text(out, utf8 ? "SMTP" : "ESMTP");
	else
		buf_append_text(out, "SMTP");
	if (s->client.tls_version != NULL &&
	    (s->conf->lmtp || s->client.extended))
		buf_append_char(out, 'S');
}

void
reception_received(const struct reception *r, struct buf *out)
{
	const struct smtp_session *s = r->session;
	char ip[IP_TEXT_SIZE], date[CLOCK_TEXT_SIZE + 8];

	buf_format(out, "Received: from %s", buf_text(&s->client.helo));
	if (s->client.ip.size != 0)
		buf_format(out, " (%s%s[%s%s])", buf_text(&s->client.name),
		    s->client.name.n > 0 ? " " : "",
		    s->client.ip.size == 16 ? "IPv6:" : "",
		    ip_text(&s->client.ip, ip));
	buf_format(out, "\r\n\tby %s with ", s->conf->hostname);
	put_protocol(s, out);
	buf_format(out, " id %s", r->id);
	if (s->envelope.to_n == 1)
		buf_format(out, "\r\n\tfor <%s>", s->envelope.to[0]);
	if (s->client.tls_version != NULL)
		buf_format(out, "\r\n\ttls %s (%s)", s->client.tls_cipher,
		    s->client.tls_version);
	buf_format(out, ";\r\n\t%s\r\n",
	    clock_rfc5322(r->received_ms, date));
}

static void
put_if(struct json_writer *w, const char *name, const struct buf *text)
{
	if (text->n > 0)
		json_put_slice(w, name, buf_slice(text));
}

static void
put_client(const struct smtp_client *client, struct json_writer *w)
{
	char ip[IP_TEXT_SIZE];

	json_open_object(w, "client");
	if (client->ip.size != 0)
		json_put_text(w, "ip", ip_text(&client->ip, ip));
	if (client->port != 0)
		json_put_integer(w, "port", client->port);
	put_if(w, "name", &client->name);
	json_put_slice(w, "helo", buf_slice(&client->helo));
	if (client->tls_version != NULL) {
		json_open_object(w, "tls");
		json_put_text(w, "version", client->tls_version);
		json_put_text(w, "cipher", client->tls_cipher);
		json_put_bool(w, "verified", false);
		json_close_object(w);
	}
	put_if(w, "user", &client->user);
	json_close_object(w);
}

static void
put_envelope(const struct smtp_envelope *envelope, struct json_writer *w)
{
	json_open_object(w, "envelope");
	json_put_slice(w, "from", buf_slice(&envelope->from));
	json_open_array(w, "to");
	for (size_t i = 0; i < envelope->to_n; i++) {
		json_open_object(w, NULL);
		json_put_text(w, "address", envelope->to[i]);
		json_close_object(w);
	}
	json_close_array(w);
	if (envelope->utf8 || envelope->body_given) {
		json_open_object(w, "params");
		if (envelope->utf8)
			json_put_bool(w, "smtputf8", true);
		if (envelope->body_given)
			json_put_text(w, "body",
			    envelope->eight_bit ? "8BITMIME" : "7BIT");
		json_close_object(w);
	}
	json_close_object(w);
}

static void
put_limits(struct slice limits, struct json_writer *w)
{
	struct buf list = BUF_INIT;

	if (limits.n == 0)
		return;
	buf_format(&list, "[%.*s]", SLICE_ARG(limits));
	json_put_raw(w, "limits", buf_slice(&list));
	buf_free(&list);
}

size_t
reception_recipient_size(const char *address)
{
	return 2 * strlen(address) + sizeof("{\"address\":\"\"},");
}

int
reception_meta(const struct reception *r, size_t size, struct buf *out)
{
	struct json_writer w = JSON_WRITER(out);
	char time[CLOCK_TEXT_SIZE];
	size_t begun = out->n;

	json_open_object(&w, NULL);
	json_put_integer(&w, "fe", 1);
	json_put_text(&w, "id", r->id);
	json_put_integer(&w, "size", (int64_t)size);
	json_put_text(&w, "received", clock_rfc3339(r->received_ms, time));
	json_put_text(&w, "deadline", clock_rfc3339(r->deadline_ms, time));
	if (r->fingerprint != NULL)
		json_put_text(&w, "fingerprint", r->fingerprint);
	put_client(smtp_session_origin(r->session), &w);
	put_envelope(&r->session->envelope, &w);
	put_limits(r->limits, &w);
	json_close_object(&w);
	buf_append_char(out, '\n');
	return w.failed || out->n - begun > META_SIZE_MAX ? -1 : 0;
}
