/* SPDX-License-Identifier: ISC */
/*
 * The list of bans.  Written by root; read here by programs that talk with
 * strangers, and trusted as far as it can be parsed.
 */
#include "ban.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/number.h"

static const char head[] =
    "# fe-ban 1: client, until, strikes, since, how, event\n";

static int
compare(const struct ip *a, const struct ip *b)
{
	if (a->size != b->size)
		return a->size < b->size ? -1 : 1;
	return memcmp(a->octets, b->octets, a->size);
}

void
ban_list_free(struct ban_list *list)
{
	free(list->items);
	*list = (struct ban_list){NULL, 0};
}

/* Where the client is, or would be. */
static size_t
place(const struct ban_list *list, const struct ip *client, bool *there)
{
	size_t low = 0, high = list->n;

	*there = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare(&list->items[middle].client, client);

		if (order == 0) {
			*there = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct ban *
ban_list_find(const struct ban_list *list, const struct ip *ip)
{
	struct ip client = ip_client(ip);
	bool there;
	size_t at = place(list, &client, &there);

	return there ? &list->items[at] : NULL;
}

struct ban *
ban_list_add(struct ban_list *list, const struct ip *ip)
{
	struct ip client = ip_client(ip);
	bool there;
	size_t at = place(list, &client, &there);

	if (there)
		return &list->items[at];
	if ((list->n & (list->n - 1)) == 0) /* grown at powers of two */
		list->items = mem_array(list->items,
		    list->n == 0 ? 1 : list->n * 2, sizeof(*list->items));
	memmove(&list->items[at + 1], &list->items[at],
	    (list->n - at) * sizeof(*list->items));
	list->items[at] = (struct ban){.client = client};
	list->n++;
	return &list->items[at];
}

void
ban_list_remove(struct ban_list *list, struct ban *ban)
{
	size_t at = (size_t)(ban - list->items);

	list->n--;
	memmove(ban, ban + 1, (list->n - at) * sizeof(*ban));
	if (list->n == 0)
		ban_list_free(list);
}

static struct slice
word(struct slice *rest)
{
	struct slice taken = slice_cut(rest, ' ');

	return taken.p != NULL ? taken : SLICE("");
}

static int
parse_line(struct ban_list *list, struct slice line)
{
	struct slice rest = line, how, event;
	struct network network;
	struct ban ban = {.strikes = 0};
	struct ip client;

	if (network_parse(word(&rest), &network) < 0)
		return -1;
	client = ip_client(&network.ip);
	if (!ip_equal(&client, &network.ip) ||
	    clock_parse(word(&rest), &ban.until_ms) < 0 ||
	    number_parse(word(&rest), 0, INT32_MAX, &ban.strikes) < 0 ||
	    clock_parse(word(&rest), &ban.since_ms) < 0)
		return -1;
	how = word(&rest);
	event = word(&rest);
	if (!event_name_is_valid(event) || rest.p != NULL ||
	    (!slice_is(how, "proven") && !slice_is(how, "unproven")))
		return -1;
	ban.client = client;
	ban.unproven = slice_is(how, "unproven");
	memcpy(ban.event, event.p, event.n);
	*ban_list_add(list, &client) = ban;
	return 0;
}

int
ban_list_parse(struct ban_list *list, struct slice text, struct err *err)
{
	struct slice rest = text;
	unsigned number = 0;

	*list = (struct ban_list){NULL, 0};
	while (rest.p != NULL && rest.n > 0) {
		struct slice line = slice_line(&rest);

		number++;
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (list->n == BANS_MAX || parse_line(list, line) < 0) {
			ban_list_free(list);
			return err_set(err, ERR_CONFIG,
			    "line %u of the list of bans is none", number);
		}
	}
	return 0;
}

void
ban_list_write(const struct ban_list *list, struct buf *out)
{
	char ip[IP_TEXT_SIZE], until[CLOCK_TEXT_SIZE], since[CLOCK_TEXT_SIZE];

	buf_append_text(out, head);
	for (size_t i = 0; i < list->n; i++) {
		const struct ban *ban = &list->items[i];

		buf_format(out, "%s%s %s %lld %s %s %s\n",
		    ip_text(&ban->client, ip),
		    ban->client.size == 16 ? "/64" : "",
		    clock_rfc3339(ban->until_ms, until),
		    (long long)ban->strikes,
		    clock_rfc3339(ban->since_ms, since),
		    ban->unproven ? "unproven" : "proven", ban->event);
	}
}

/*
 * Reading along
 */

void
bans_open(struct bans *b, const char *path)
{
	*b = (struct bans){.path = BUF_INIT, .size = -1};
	buf_append_text(&b->path, path);
}

void
bans_close(struct bans *b)
{
	ban_list_free(&b->list);
	buf_free(&b->path);
}

static void
read_again(struct bans *b)
{
	struct buf text = BUF_LIMITED(BANS_SIZE_MAX);
	struct ban_list fresh;
	struct err err = ERR_INIT;

	if (io_read_file(buf_text(&b->path), &text, &err) == 0 &&
	    ban_list_parse(&fresh, buf_slice(&text), &err) == 0) {
		ban_list_free(&b->list);
		b->list = fresh;
	} else {
		log_warning("bans not read again: '%s': %s",
		    buf_text(&b->path), err.text);
	}
	buf_free(&text);
}

static void
look(struct bans *b)
{
	struct stat st;
	int64_t changed_ns;

	if (stat(buf_text(&b->path), &st) < 0) {
		if (errno == ENOENT)
			ban_list_free(&b->list);
		b->size = -1;
		return;
	}
	changed_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 +
	    st.st_mtim.tv_nsec;
	if (b->size == st.st_size && b->inode == st.st_ino &&
	    b->changed_ns == changed_ns)
		return;
	b->size = st.st_size;
	b->inode = st.st_ino;
	b->changed_ns = changed_ns;
	read_again(b);
}

bool
bans_has(struct bans *b, const struct ip *ip)
{
	const struct ban *ban;

	look(b);
	ban = ban_list_find(&b->list, ip);
	return ban != NULL && ban->until_ms > clock_now_ms();
}
