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
#include "mail/html_text.h"

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
}

/* The item of a URL, made if it is new; NULL: none, or too many. */
static struct urls_item *
add(struct urls *u, struct slice raw)
{
	struct urls_item *item;
	struct url url;

	if (u->looked >= URLS_LOOKED_MAX) {
		u->left_out++;
		return NULL;
	}
	u->looked++;
	if (url_parse(&url, raw) < 0)
		return NULL;
	for (size_t i = 0; i < u->n; i++)
		if (slice_equal(buf_slice(&u->items[i].url.text),
		    buf_slice(&url.text))) {
			url_free(&url);
			return &u->items[i];
		}
	if (u->n == URLS_MAX) {
		u->left_out++;
		url_free(&url);
		return NULL;
	}
	if ((u->n & (u->n - 1)) == 0)
		u->items = mem_array(u->items, u->n == 0 ? 1 : u->n * 2,
		    sizeof(*u->items));
	item = &u->items[u->n++];
	*item = (struct urls_item){url, BUF_LIMITED(WORDS_MAX)};
	return item;
}

/* Hosts that rewrite links for the receiver's own protection. */
static bool
is_rewriter(struct slice registrable)
{
	static const char *const names[] = {"mimecast.com",
	    "mimecastprotect.com", "outlook.com", "proofpoint.com",
	    "urldefense.com", "urldefense.us", "barracudanetworks.com",
	    "cudasvc.com", "google.com"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_is(registrable, names[i]))
			return true;
	return false;
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

static void
compare_words(struct urls_item *item, struct slice words)
{
	struct buf named = BUF_INIT;

	if (item->words.n == 0 && words.n > 0 && item->url.host.n > 0 &&
	    !is_rewriter(buf_slice(&item->url.registrable)) &&
	    names_host(words, &named) && !slice_equal(buf_slice(&named),
	    buf_slice(&item->url.registrable))) {
		item->url.flags |= URL_TEXT_DIFFERS;
		buf_append_slice(&item->words,
		    utf8_cut(slice_trim(words), WORDS_MAX));
	}
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
	while (u->looked < URLS_LOOKED_MAX && link_next(&text, &url))
		add(u, url);
}

static void
read_html(struct urls *u, struct slice html)
{
	struct html_text h;
	struct slice text;

	u->asks_password = u->asks_password ||
	    slice_find_text(html, SLICE("type=\"password\"")) < html.n ||
	    slice_find_text(html, SLICE("type=password")) < html.n;
	html_text_parse(&h, html);
	text = buf_slice(&h.text);
	for (size_t i = 0; i < h.links_n; i++) {
		const struct html_link *link = &h.links[i];
		struct urls_item *item;

		u->has_form = u->has_form ||
		    strcmp(link->element, "form") == 0;
		u->has_script = u->has_script ||
		    strcmp(link->element, "script") == 0;
		item = add(u, buf_slice(&link->url));
		if (item != NULL && strcmp(link->element, "a") == 0)
			compare_words(item,
			    slice_part(text, link->from, link->to));
	}
	read_text(u, text);
	html_text_free(&h);
}

void
urls_find(struct urls *u, const struct mime *m)
{
	size_t parts = 0;

	*u = (struct urls){.words = BUF_LIMITED(URLS_WORDS_MAX)};
	for (size_t i = 0; i < m->n && parts < URLS_PARTS_MAX; i++) {
		const struct mime_part *part = &m->parts[i];
		struct buf text = BUF_LIMITED(URLS_TEXT_MAX);

		if (part->has_children || !mime_part_is(part, "text", NULL))
			continue;
		parts++;
		mime_part_text(part, &text);
		if (mime_part_is(part, "text", "html"))
			read_html(u, buf_slice(&text));
		else
			read_text(u, buf_slice(&text));
		buf_free(&text);
	}
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
