/* SPDX-License-Identifier: ISC */
/* A sender's octets go into a field that readers believe: see put_value. */
#include "auth/received_spf.h"

#include <string.h>

#define VALUE_MAX 320

/* Letters, digits and what RFC 5322 calls atext, dots between. */
static bool
is_dot_atom(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_alnum(s.p[i]) && (s.p[i] == '\0' ||
		    strchr("!#$%&'*+-/=?^_`{|}~.", s.p[i]) == NULL))
			return false;
	return s.n > 0 && s.p[0] != '.' && s.p[s.n - 1] != '.' &&
	    slice_find_text(s, SLICE("..")) == s.n;
}

static void
put_value(struct buf *out, const char *key, struct slice value)
{
	buf_format(out, "\r\n\t%s=", key);
	value = slice_part(value, 0, VALUE_MAX);
	if (is_dot_atom(value)) {
		buf_append_slice(out, value);
	} else {
		buf_append_char(out, '"');
		for (size_t i = 0; i < value.n; i++) {
			char c = value.p[i];

			if ((c >= 0 && c < ' ') || c == 0x7f)
				c = '?';
			if (c == '"' || c == '\\')
				buf_append_char(out, '\\');
			buf_append_char(out, c);
		}
		buf_append_char(out, '"');
	}
	buf_append_char(out, ';');
}

void
received_spf_write(const struct spf_result *r, enum spf_scope scope,
    const struct spf_query *query, struct buf *out)
{
	char text[IP_TEXT_SIZE];

	buf_append_text(out, auth_result_text(r->result));
	put_value(out, "receiver", query->receiver);
	if (query->client.size > 0)
		put_value(out, "client-ip",
		    slice_text(ip_text(&query->client, text)));
	put_value(out, "identity", slice_text(scope == SPF_MFROM ?
	    "mailfrom" : "helo"));
	if (scope == SPF_MFROM)
		put_value(out, "envelope-from", query->mail_from);
	if (query->helo.n > 0)
		put_value(out, "helo", query->helo);
}
