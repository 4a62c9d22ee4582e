/* SPDX-License-Identifier: ISC */
/*
 * Gathers the URLs of a message.  A hundred thousand of them cost no more than
 * the first few thousand.
 */
#include "urls.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "link.h"
#include "mail/encoding.h"

#define WORDS_MAX 200 /* of a link, kept as evidence */

void
urls_free(struct urls *u)
{
	for (size_t i = 0; i < u->n; i++) {
		url_free(&u->items[i].url);
		buf_free(&u->items[i].words);
	}
	free(u->items);
	buf_free(&u->words);
	buf_free(&u->hidden);
}

/* Hosts that rewrite links for the receiver's own protection, or forward. */
static bool
is_rewriter(struct slice registrable)
{
	static const char *const names[] = {"avanan.click",
	    "barracudanetworks.com", "checkpoint.com", "cudasvc.com",
	    "fireeye.com", "google.com", "hornetsecurity.com",
	    "messagelabs.com", "mimecast.com", "mimecastprotect.com",
	    "office365.us", "outlook.com", "ppe-hosted.com", "proofpoint.com",
	    "sophos.com", "trendmicro.com", "urldefense.com",
	    "urldefense.us"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_is(registrable, names[i]))
			return true;
	return false;
}

/* The URL in the query of such a link, if it can be read. */
static bool
find_inner(struct slice url, struct buf *out)
{
	for (size_t i = 8; i + 8 < url.n; i++) {
		struct slice rest = slice_part(url, i, url.n);
		size_t n = slice_case_starts(rest, "https") ? 5 : 4;

		if (!slice_case_starts(rest, "http") || (!slice_starts(
		    slice_part(rest, n, rest.n), "://") && !slice_case_starts(
		    slice_part(rest, n, rest.n), "%3a%2f%2f")))
			continue;
		percent_decode(slice_part(rest, 0, slice_find(rest, '&')),
		    out);
		return true;
	}
	return false;
}

/* The item of a URL, made if it is new; NULL: none, or too many. */
static struct urls_item *
add_one(struct urls *u, struct slice raw)
{
	const struct url *same = NULL;
	struct urls_item *item;
	struct url url;

	if (u->looked >= URLS_LOOKED_MAX) {
		u->left_out++;
		return NULL;
	}
	u->looked++;
	if (url_read(&url, raw) < 0)
		return NULL;
	for (size_t i = 0; i < u->n; i++) {
		const struct url *other = &u->items[i].url;

		if (slice_equal(buf_slice(&other->text),
		    buf_slice(&url.text))) {
			url_free(&url);
			return &u->items[i];
		}
		if (slice_equal(buf_slice(&other->host),
		    buf_slice(&url.host)))
			same = other;
	}
	if (u->n == URLS_MAX) {
		u->left_out++;
		url_free(&url);
		return NULL;
	}
	url_find_domain(&url, same);
	if ((u->n & (u->n - 1)) == 0)
		u->items = mem_array(u->items, u->n == 0 ? 1 : u->n * 2,
		    sizeof(*u->items));
	item = &u->items[u->n++];
	*item = (struct urls_item){.url = url,
	    .words = BUF_LIMITED(WORDS_MAX)};
	return item;
}

/* With the one that it forwards to. */
static struct urls_item *
add(struct urls *u, struct slice raw)
{
	struct urls_item *item = add_one(u, raw), *inner;
	struct buf target = BUF_LIMITED(HTML_URL_MAX);
	size_t at;

	if (item == NULL || !is_rewriter(buf_slice(&item->url.registrable)) ||
	    !find_inner(raw, &target)) {
		buf_free(&target);
		return item;
	}
	at = (size_t)(item - u->items);
	inner = add_one(u, buf_slice(&target));
	if (inner != NULL)
		inner->followed = true;
	buf_free(&target);
	return &u->items[at]; /* items may have moved */
}

/* Country domains that are better known as the end of a file name. */
static bool
is_file_name(struct slice word)
{
	static const char *const ends[] = {".md", ".mov", ".pl", ".ps",
	    ".py", ".rs", ".sh", ".so", ".sv", ".zip", ".cc"};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (slice_case_ends(word, ends[i]))
			return true;
	return false;
}

/* `www.bank.example', `bank.example/login': one word with a public suffix. */
static bool
names_host(struct slice words, struct buf *registrable)
{
	struct slice rest = words, found;
	struct url url;
	struct buf bare = BUF_INIT;
	bool result;

	words = slice_trim(words);
	if (words.n > 255)
		return false;
	if (!link_next(&rest, &found)) {
		if (words.n < 4 || slice_find(words, ' ') < words.n ||
		    slice_find(words, '@') < words.n ||
		    slice_find(words, '.') == words.n || is_file_name(words))
			return false;
		buf_append_text(&bare, "http://");
		buf_append_slice(&bare, words);
		found = buf_slice(&bare);
	}
	result = url_parse(&url, found) == 0;
	if (result) {
		buf_append_slice(registrable, buf_slice(&url.registrable));
		url_free(&url);
	}
	buf_free(&bare);
	return result && registrable->n > 0;
}

/* Whose page a link leads to; nothing where a rewriter does not say. */
static void
find_target(const struct urls_item *item, struct slice raw, struct buf *out)
{
	struct buf target = BUF_LIMITED(HTML_URL_MAX);
	struct url url;

	if (!is_rewriter(buf_slice(&item->url.registrable))) {
		buf_append_slice(out, buf_slice(&item->url.registrable));
	} else if (find_inner(raw, &target) &&
	    url_parse(&url, buf_slice(&target)) == 0) {
		buf_append_slice(out, buf_slice(&url.registrable));
		url_free(&url);
	}
	buf_free(&target);
}

static void
compare_words(struct urls_item *item, struct slice raw, struct slice words)
{
	struct buf named = BUF_INIT, target = BUF_INIT;

	if (item->words.n > 0 || words.n == 0 || item->url.host.n == 0 ||
	    !names_host(words, &named)) {
		buf_free(&named);
		return;
	}
	find_target(item, raw, &target);
	if (!slice_equal(buf_slice(&named), buf_slice(&target)) &&
	    (target.n > 0 ||
	    !is_rewriter(buf_slice(&item->url.registrable)))) {
		item->url.flags |= URL_TEXT_DIFFERS;
		buf_append_slice(&item->words,
		    utf8_cut(slice_trim(words), WORDS_MAX));
	}
	buf_free(&target);
	buf_free(&named);
}

static void
keep_words(struct urls *u, struct slice text)
{
	buf_append_slice(&u->words,
	    utf8_cut(text, u->words.max - u->words.n));
	if (u->words.n < u->words.max)
		buf_append_char(&u->words, '\n');
}

static void
read_text(struct urls *u, struct slice text)
{
	struct slice url;

	keep_words(u, text);
	while (u->looked < URLS_LOOKED_MAX && link_next(&text, &url)) {
		struct urls_item *item = add(u, url);

		if (item == NULL)
			continue;
		item->in_text = item->in_text || !item->followed;
		item->followed = true;
	}
}

static bool
is_followed(const char *element)
{
	static const char *const names[] = {"a", "area", "button", "form",
	    "input", "meta"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], element) == 0)
			return true;
	return false;
}

static void
read_html(struct urls *u, const struct html_text *h)
{
	struct slice text = buf_slice(&h->text);

	u->asks_password = u->asks_password || h->asks_password;
	u->has_form = u->has_form || h->has_form;
	u->has_script = u->has_script || h->has_script;
	for (size_t i = 0; i < h->links_n; i++) {
		const struct html_link *link = &h->links[i];
		struct urls_item *item = add(u, buf_slice(&link->url));

		if (item != NULL && is_followed(link->element))
			item->followed = true;
		if (item != NULL && strcmp(link->element, "a") == 0)
			compare_words(item, buf_slice(&link->url),
			    slice_part(text, link->from, link->to));
	}
	read_text(u, text);
	u->hidden_n += h->hidden_n;
	buf_append_slice(&u->hidden, utf8_cut(buf_slice(&h->hidden),
	    u->hidden.max - u->hidden.n));
}

void
urls_init(struct urls *u)
{
	*u = (struct urls){.words = BUF_LIMITED(URLS_WORDS_MAX),
	    .hidden = BUF_LIMITED(HTML_HIDDEN_MAX)};
}

void
urls_add_text(struct urls *u, const struct reading *r)
{
	if (r->is_html)
		read_html(u, &r->html);
	else
		read_text(u, buf_slice(&r->text));
}

void
urls_write(const struct urls *u, struct json_writer *w)
{
	size_t left_out = u->left_out;

	json_open_array(w, "urls");
	for (size_t i = 0; i < u->n; i++) {
		const struct urls_item *item = &u->items[i];

		if (w->out->n > URLS_JSON_MAX) {
			left_out += u->n - i;
			break;
		}

		json_open_object(w, NULL);
		json_put_slice(w, "url", buf_slice(&item->url.text));
		json_put_slice(w, "host", buf_slice(&item->url.host));
		json_put_slice(w, "registrable",
		    buf_slice(&item->url.registrable));
		if (item->url.flags != 0) {
			json_open_array(w, "flags");
			for (unsigned k = 0; k < URL_FLAGS_N; k++)
				if ((item->url.flags & 1u << k) != 0)
					json_put_text(w, NULL,
					    url_flag_text(1u << k));
			json_close_array(w);
		}
		json_close_object(w);
	}
	if (left_out > 0) {
		json_open_object(w, NULL);
		json_put_integer(w, "truncated", (int64_t)left_out);
		json_close_object(w);
	}
	json_close_array(w);
}
