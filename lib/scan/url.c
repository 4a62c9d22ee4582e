/* SPDX-License-Identifier: ISC */
/*
 * Takes a URL apart.  All of it is chosen by the sender, who wants it to be
 * read in one way here and in another by the browser.
 */
#include "url.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "url_host.h"

#define RAW_MAX 8192  /* octets of a URL that are looked at */
#define SHORTENER_MAX 20 /* of the longest, with `www.' */

static const char *const flag_texts[URL_FLAGS_N] = {"text_differs", "ip",
    "credentials", "mixed_script", "confusable", "shortener", "script",
    "data", "hidden_host", "blocked", "lookalike", "file"};

/* In order. */
static const char *const shorteners[] = {"adf.ly", "bit.do", "bit.ly",
    "bitly.com", "bl.ink", "buff.ly", "clck.ru", "cutt.ly", "dub.sh",
    "gg.gg", "goo.gl", "goo.su", "grabify.link", "han.gl", "iplogger.org",
    "is.gd", "j.mp", "kutt.it", "lnkd.in", "mcaf.ee", "me2.do", "n9.cl",
    "ouo.io", "ow.ly", "psee.io", "q-r.to", "qr.ae", "qrco.de",
    "rb.gy", "rebrand.ly", "s.id", "short.gy", "shorte.st", "shorturl.at",
    "snip.ly", "soo.gd", "t.co", "t.ly", "t2m.io", "tiny.cc", "tiny.one",
    "tiny.pl", "tinyurl.com", "tny.im", "tr.ee", "u.to", "urlz.fr", "v.gd",
    "v.ht", "vk.cc", "x.gd"};

/* Schemes around another URL, or that start a program with a file. */
static const char *const wrappers[] = {"blob", "feed", "view-source"};
static const char *const openers[] = {"ms-access", "ms-appinstaller",
    "ms-excel", "ms-infopath", "ms-officecmd", "ms-powerpoint",
    "ms-project", "ms-publisher", "ms-visio", "ms-word", "search",
    "search-ms"};

const char *
url_flag_text(unsigned flag)
{
	for (int i = 0; i < URL_FLAGS_N; i++)
		if (flag == 1u << i)
			return flag_texts[i];
	return "";
}

void
url_free(struct url *url)
{
	buf_free(&url->text);
	buf_free(&url->host);
	buf_free(&url->registrable);
}

static bool
is_one_of(struct slice s, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slice_case_is(s, names[i]))
			return true;
	return false;
}

static bool
is_slash(char c)
{
	return c == '/' || c == '\\';
}

/* Behind the slashes up to the path. */
static struct slice
authority_of(struct slice raw, size_t at)
{
	size_t end;

	while (at < raw.n && is_slash(raw.p[at]))
		at++;
	for (end = at; end < raw.n && !is_slash(raw.p[end]) &&
	    raw.p[end] != '?' && raw.p[end] != '#';)
		end++;
	return slice_part(raw, at, end);
}

/* What no name has (WHATWG: forbidden), so that no browser asks for it. */
static bool
is_impossible(struct slice host)
{
	for (size_t i = 0; i < host.n; i++)
		if (host.p[i] == ' ' || strchr("#/:<>?@[\\]^|%", host.p[i]))
			return true;
	return false;
}

static int
compare_text(const void *key, const void *item)
{
	return strcmp(key, *(const char *const *)item);
}

void
url_find_domain(struct url *url, const struct url *same)
{
	struct slice host = buf_slice(&url->host);

	if ((url->flags & URL_IP) != 0 || is_impossible(host))
		return;
	if (same != NULL)
		buf_append_slice(&url->registrable,
		    buf_slice(&same->registrable));
	else
		url_registrable(host, &url->registrable);
	if (host.n <= SHORTENER_MAX && bsearch(slice_starts(host, "www.") ?
	    host.p + 4 : host.p, shorteners,
	    sizeof(shorteners) / sizeof(shorteners[0]),
	    sizeof(shorteners[0]), compare_text) != NULL)
		url->flags |= URL_SHORTENER;
}

/* `file://host/share'; with no host the file is the reader's own. */
static void
read_file(struct url *url, struct slice raw, size_t at)
{
	size_t slashes = 0;

	while (at + slashes < raw.n && is_slash(raw.p[at + slashes]))
		slashes++;
	if (slashes != 2 && slashes < 4)
		return;
	url_host_read(url, authority_of(raw, at));
	if (slice_is(buf_slice(&url->host), "localhost"))
		buf_reset(&url->host);
	url->flags |= URL_FILE;
}

/* The first URL or `\\host' within what another scheme holds. */
static void
read_inner(struct url *url, struct slice s)
{
	for (size_t i = 0; i < s.n && url->host.n == 0; i++) {
		struct slice rest = slice_part(s, i, s.n);

		if (slice_case_starts(rest, "http://") ||
		    slice_case_starts(rest, "https://"))
			url_host_read(url, authority_of(rest,
			    slice_find(rest, ':') + 1));
		else if (slice_starts(rest, "\\\\"))
			url_host_read(url, authority_of(rest, 0));
	}
}

/* By the scheme. */
static void
read_url(struct url *url, struct slice raw)
{
	size_t colon = slice_find(raw, ':');
	struct slice scheme = slice_part(raw, 0, colon);
	bool slashes = raw.n > 1 && is_slash(raw.p[0]) && is_slash(raw.p[1]);

	if (slice_case_is(scheme, "javascript") ||
	    slice_case_is(scheme, "vbscript"))
		url->flags = URL_SCRIPT;
	else if (slice_case_is(scheme, "data"))
		url->flags = URL_DATA;
	else if (slice_case_is(scheme, "http") ||
	    slice_case_is(scheme, "https") || slice_case_is(scheme, "ftp"))
		url_host_read(url, authority_of(raw, colon + 1));
	else if (slice_case_is(scheme, "file"))
		read_file(url, raw, colon + 1);
	else if (slashes || slice_case_starts(raw, "www."))
		url_host_read(url, authority_of(raw, 0));
	else if (is_one_of(scheme, wrappers,
	    sizeof(wrappers) / sizeof(wrappers[0])))
		read_inner(url, slice_part(raw, colon + 1, raw.n));
	else if (is_one_of(scheme, openers,
	    sizeof(openers) / sizeof(openers[0]))) {
		read_inner(url, slice_part(raw, colon + 1, raw.n));
		url->flags |= URL_FILE;
	}
	if (slice_starts(raw, "\\\\"))
		url->flags |= URL_FILE;
}

/* Without the tabs and line ends anywhere in it, and what is no character at
 * either end; in `room' where there are any. */
static struct slice
strip(struct slice raw, struct buf *room)
{
	while (raw.n > 0 && (unsigned char)raw.p[0] <= 0x20)
		raw = slice_part(raw, 1, raw.n);
	while (raw.n > 0 && (unsigned char)raw.p[raw.n - 1] <= 0x20)
		raw.n--;
	raw = slice_part(raw, 0, RAW_MAX);
	if (slice_find(raw, '\t') == raw.n && slice_find(raw, '\n') == raw.n &&
	    slice_find(raw, '\r') == raw.n)
		return raw;
	for (size_t i = 0; i < raw.n; i++)
		if (raw.p[i] != '\t' && raw.p[i] != '\n' && raw.p[i] != '\r')
			buf_append_char(room, raw.p[i]);
	return buf_slice(room);
}

int
url_parse(struct url *url, struct slice raw)
{
	if (url_read(url, raw) < 0)
		return -1;
	url_find_domain(url, NULL);
	return 0;
}

int
url_read(struct url *url, struct slice raw)
{
	struct buf room = BUF_LIMITED(RAW_MAX);

	*url = (struct url){.text = BUF_LIMITED(URL_TEXT_MAX),
	    .host = BUF_LIMITED(URL_HOST_MAX), .registrable = BUF_INIT};
	raw = strip(raw, &room);
	read_url(url, raw);
	if (url->host.n == 0 && url->flags != URL_SCRIPT &&
	    url->flags != URL_DATA) {
		url_free(url);
		buf_free(&room);
		return -1;
	}
	utf8_append_clean(&url->text, slice_part(raw, 0, URL_TEXT_MAX));
	buf_free(&room);
	return 0;
}
