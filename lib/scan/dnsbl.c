/* SPDX-License-Identifier: ISC */
/*
 * DNSBL and URIBL.  A list says yes with an address in 127.0.0.0/8; those in
 * 127.255.255.0/24 say that it does not answer us (a public resolver, too many
 * questions), and anything else that the zone is not what it was.
 */
#include "dnsbl.h"

#include <stdlib.h>

#include "auth/iprev.h"
#include "base/mem.h"
#include "base/number.h"

#define WEIGHT_MAX 20

static int
read_zone(struct dnsbl_zone *zone, const char *text, struct err *err)
{
	struct slice weight = slice_text(text);

	*zone = (struct dnsbl_zone){.name = slice_cut(&weight, ':'),
	    .weight = 1};
	if (zone->name.n == 0 || zone->name.n > 200 ||
	    slice_find(zone->name, '.') == zone->name.n ||
	    slice_find(zone->name, ' ') < zone->name.n ||
	    (weight.p != NULL && number_parse(
		weight, -WEIGHT_MAX, WEIGHT_MAX, &zone->weight) < 0))
		return err_set(err, ERR_CONFIG, "'%s' is no zone with a "
		    "weight of %d to %d, as in bl.example.org:2", text,
		    -WEIGHT_MAX, WEIGHT_MAX);
	return 0;
}

int
dnsbl_check_zone(const char *text, struct err *err)
{
	struct dnsbl_zone zone;

	return read_zone(&zone, text, err);
}

int
dnsbl_read(struct dnsbl *b, const struct dnsbl_conf *conf,
    struct err *err)
{
	size_t n = conf->addresses.n + conf->links.n;

	*b = (struct dnsbl){.n = 0};
	if (n > DNSBL_ZONES_MAX)
		return err_set(err, ERR_CONFIG, "over %d zones",
		    DNSBL_ZONES_MAX);
	b->zones = mem_zalloc((n + 1) * sizeof(*b->zones));
	for (size_t i = 0; i < conf->addresses.n; i++)
		if (read_zone(&b->zones[b->n++], conf->addresses.items[i],
			err) < 0)
			return -1;
	b->addresses_n = b->n;
	for (size_t i = 0; i < conf->links.n; i++)
		if (read_zone(&b->zones[b->n++], conf->links.items[i],
			err) < 0)
			return -1;
	return 0;
}

void
dnsbl_free(struct dnsbl *b)
{
	free(b->zones);
}

/* What is asked: a zone, and what about. */
struct question {
	const struct dnsbl_zone *zone;
	struct slice about; /* a name of a link; none: the address */
	struct buf name;
};

static void
add_question(struct question *q, const struct dnsbl_zone *zone,
    struct slice about, struct slice label)
{
	*q = (struct question){.zone = zone, .about = about,
	    .name = BUF_LIMITED(512)};
	buf_append_slice(&q->name, label);
	buf_append_char(&q->name, '.');
	buf_append_slice(&q->name, zone->name);
}

/* `9.2.0.192' of 192.0.2.9. */
static void
put_reversed(const struct ip *ip, struct buf *out)
{
	iprev_reverse_name(ip, out);
	buf_truncate(out, out->n - (ip->size == 4
	    ? sizeof(".in-addr.arpa") : sizeof(".ip6.arpa")) + 1);
}

static size_t
ask_about_address(const struct dnsbl *b, const struct ip *ip,
    struct question *questions)
{
	struct buf reversed = BUF_INIT;

	if (ip->size == 0)
		return 0;
	put_reversed(ip, &reversed);
	for (size_t i = 0; i < b->addresses_n; i++)
		add_question(&questions[i], &b->zones[i], SLICE_NONE,
		    buf_slice(&reversed));
	buf_free(&reversed);
	return b->addresses_n;
}

/* The domain of a link, or its address reversed as the lists have it. */
static struct slice
name_of(const struct url *url)
{
	return url->registrable.n > 0 ? buf_slice(&url->registrable)
				      : buf_slice(&url->host);
}

static bool
is_new(const struct slice *names, size_t n, struct slice name)
{
	for (size_t i = 0; i < n; i++)
		if (slice_equal(names[i], name))
			return false;
	return name.n > 0;
}

static size_t
ask_about_links(const struct dnsbl *b, const struct urls *urls,
    struct question *questions)
{
	struct slice names[DNSBL_NAMES_MAX];
	size_t n = 0, asked = 0;

	for (size_t i = 0; i < urls->n && n < DNSBL_NAMES_MAX &&
	     b->n > b->addresses_n; i++) {
		struct slice name = name_of(&urls->items[i].url);
		struct buf label = BUF_INIT;
		struct ip ip;

		if (!is_new(names, n, name))
			continue;
		names[n++] = name;
		if (ip_parse(name, &ip) == 0)
			put_reversed(&ip, &label);
		else
			buf_append_slice(&label, name);
		for (size_t z = b->addresses_n; z < b->n; z++)
			add_question(&questions[asked++], &b->zones[z], name,
			    buf_slice(&label));
		buf_free(&label);
	}
	return asked;
}

static const char *
result_of(const struct dns_answer *answer, char shown[IP_TEXT_SIZE])
{
	const char *result = NULL;

	if (answer->status == DNS_TEMPERROR)
		return "temperror";
	for (size_t i = 0; i < answer->n && result == NULL &&
	     answer->status == DNS_FOUND; i++) {
		struct slice data = answer->records[i].data;
		struct ip ip = {.size = 4};

		if (data.n != 4)
			continue;
		for (int k = 0; k < 4; k++)
			ip.octets[k] = (unsigned char)data.p[k];
		ip_text(&ip, shown);
		if (ip.octets[0] != 127)
			result = "invalid";
		else if (ip.octets[1] == 255 && ip.octets[2] == 255)
			result = "refused";
		else
			result = "listed";
	}
	return result;
}

static int64_t
hear(struct dnsbl *b, const struct question *q, int64_t until_ms,
    struct json_writer *w)
{
	char shown[IP_TEXT_SIZE] = "";
	struct dns_answer answer;
	const char *result;
	bool listed;

	dns_ask(b->dns, buf_slice(&q->name), DNS_A, until_ms, &answer);
	result = result_of(&answer, shown);
	dns_answer_free(&answer);
	if (result == NULL)
		return 0;
	listed = slice_is(SLICE("listed"), result);
	json_open_object(w, NULL);
	json_put_slice(w, "zone", q->zone->name);
	json_put_text(w, "of", q->about.p == NULL ? "ip" : "link");
	if (q->about.p != NULL)
		json_put_slice(w, "name", q->about);
	json_put_text(w, "result", result);
	if (shown[0] != '\0')
		json_put_text(w, "answer", shown);
	if (listed)
		json_put_integer(w, "weight", q->zone->weight);
	json_close_object(w);
	return listed ? q->zone->weight : 0;
}

int64_t
dnsbl_ask(struct dnsbl *b, const struct ip *ip,
    const struct urls *urls, int64_t until_ms, struct json_writer *w)
{
	struct question *questions;
	int64_t sum = 0;
	size_t n;

	if (b->n == 0 || b->dns == NULL)
		return 0;
	questions = mem_array(NULL, b->n * (DNSBL_NAMES_MAX + 1),
	    sizeof(*questions));
	n = ask_about_address(b, ip, questions);
	n += ask_about_links(b, urls, questions + n);
	for (size_t i = 0; i < n; i++)
		dns_prefetch(b->dns, buf_slice(&questions[i].name), DNS_A);
	for (size_t i = 0; i < n; i++) {
		sum += hear(b, &questions[i], until_ms, w);
		buf_free(&questions[i].name);
	}
	free(questions);
	return sum;
}
