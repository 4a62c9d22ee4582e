/* SPDX-License-Identifier: ISC */
#include "auth/origin.h"

#include "base/json.h"

static struct buf
read_text(const struct meta *meta, const char *path)
{
	struct buf text = BUF_INIT;

	if (json_string(meta_at(meta, path), &text) < 0)
		buf_reset(&text);
	return text;
}

void
origin_read(struct origin *origin, const struct meta *meta)
{
	struct buf ip = read_text(meta, "client.ip");

	if (ip_parse(buf_slice(&ip), &origin->client) < 0)
		origin->client = (struct ip){.size = 0};
	buf_free(&ip);
	origin->helo = read_text(meta, "client.helo");
	origin->sender = read_text(meta, "envelope.from");
}

void
origin_free(struct origin *origin)
{
	buf_free(&origin->helo);
	buf_free(&origin->sender);
}

struct spf_query
origin_query(const struct origin *origin)
{
	return (struct spf_query){.client = origin->client,
	    .helo = buf_slice(&origin->helo),
	    .mail_from = buf_slice(&origin->sender)};
}
