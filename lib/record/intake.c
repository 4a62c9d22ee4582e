/* SPDX-License-Identifier: ISC */
/*
 * Plain messages become records.  The message is hostile; what the command
 * line says about it is not.
 */
#include "record/intake.h"

#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "mail/address.h"
#include "net/ip.h"

/* Without the angle brackets that people copy along. */
static struct slice
bare_path(const char *text)
{
	struct slice s = slice_trim(slice_text(text));

	if (s.n >= 2 && s.p[0] == '<' && s.p[s.n - 1] == '>')
		return slice_part(s, 1, s.n - 1);
	return s;
}

static int
check_path(const char *option, const char *text, bool null_allowed,
    struct err *err)
{
	struct slice local, domain, path = bare_path(text);

	if (path.n == 0 && null_allowed)
		return 0;
	if (path.n == 0 || address_parse_path(path, true, &local, &domain) < 0)
		return err_set(err, ERR_USAGE,
		    "--%s: '%s' is no address", option, text);
	return 0;
}

int
intake_check(const struct intake *intake, struct err *err)
{
	struct ip ip;

	if (intake->client_ip != NULL &&
	    ip_parse(slice_text(intake->client_ip), &ip) < 0)
		return err_set(err, ERR_USAGE,
		    "--client-ip: '%s' is no IP address", intake->client_ip);
	if (intake->mail_from != NULL &&
	    check_path("mail-from", intake->mail_from, true, err) < 0)
		return -1;
	for (size_t i = 0; intake->rcpt != NULL && i < intake->rcpt->n; i++)
		if (check_path("rcpt", intake->rcpt->items[i], false, err) < 0)
			return -1;
	return 0;
}

static void
drop_mbox_line(struct buf *octets)
{
	struct slice s = buf_slice(octets);

	if (slice_starts(s, "From "))
		buf_remove(octets, 0, slice_find(s, '\n') + 1);
}

static void
set_client(const struct intake *intake, const struct trusted *trusted,
    struct meta *m)
{
	struct slice ip = intake->client_ip != NULL
	    ? slice_text(intake->client_ip) : trusted->ip;
	struct slice helo = intake->helo != NULL ? slice_text(intake->helo)
						 : trusted->helo;
	struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER(&out);

	if (ip.p == NULL && helo.p == NULL)
		return;
	json_open_object(&w, NULL);
	if (ip.p != NULL)
		json_put_slice(&w, "ip", ip);
	if (helo.p != NULL)
		json_put_slice(&w, "helo", helo);
	json_close_object(&w);
	meta_set(m, "client", buf_slice(&out));
	buf_free(&out);
}

static void
set_envelope(const struct intake *intake, const struct trusted *trusted,
    struct meta *m)
{
	struct slice from = intake->mail_from != NULL
	    ? bare_path(intake->mail_from)
	    : trusted->has_sender ? trusted->sender : SLICE_NONE;
	size_t n = intake->rcpt == NULL ? 0 : intake->rcpt->n;
	struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER(&out);

	if (from.p == NULL && n == 0)
		return;
	json_open_object(&w, NULL);
	if (from.p != NULL)
		json_put_slice(&w, "from", from);
	json_open_array(&w, "to");
	for (size_t i = 0; i < n; i++) {
		json_open_object(&w, NULL);
		json_put_slice(&w, "address",
		    bare_path(intake->rcpt->items[i]));
		json_close_object(&w);
	}
	json_close_array(&w);
	json_close_object(&w);
	meta_set(m, "envelope", buf_slice(&out));
	buf_free(&out);
}

void
intake_envelope(const struct intake *intake, struct record *r)
{
	struct trusted nothing = {.text = BUF_INIT};

	set_envelope(intake, &nothing, &r->meta);
}

int
intake_body(struct buf *octets, int64_t size_max, struct record *r,
    struct err *err)
{
	size_t max = octets->max;

	if (octets->n == 0)
		return err_set(err, ERR_MESSAGE, "the message is empty");
	octets->max = (size_t)size_max;
	if (octets->n > octets->max || lines_to_crlf(octets) < 0)
		goto too_large;
	octets->max = r->body.max;
	buf_free(&r->body);
	r->body = *octets;
	*octets = (struct buf)BUF_LIMITED(max);
	meta_set_integer(&r->meta, "size", (int64_t)r->body.n);
	return 0;
too_large:
	octets->max = max;
	return err_set(err, ERR_MESSAGE,
	    "the message is larger than %lld octets", (long long)size_max);
}

int
intake_message(const struct intake *intake, struct buf *octets,
    struct record *r, struct err *err)
{
	struct trusted trusted = {.text = BUF_INIT};
	char id[ID_SIZE], now[CLOCK_TEXT_SIZE];

	drop_mbox_line(octets);
	if (intake_body(octets, intake->size_max, r, err) < 0)
		return -1;
	if (intake->trust_received != NULL)
		trusted_find(&trusted, buf_slice(&r->body),
		    intake->trust_received);
	id_make(id);
	meta_set_text(&r->meta, "id", slice_text(id));
	meta_set_text(&r->meta, "received",
	    slice_text(clock_rfc3339(clock_now_ms(), now)));
	set_client(intake, &trusted, &r->meta);
	set_envelope(intake, &trusted, &r->meta);
	trusted_free(&trusted);
	return 0;
}
