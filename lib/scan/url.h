/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_URL_H
#define FE_SCAN_URL_H

#include "base/buf.h"
#include "base/slice.h"

/*
 * One URL of a message as a browser would take it (WHATWG URL, in so far as
 * it decides which host is asked): tabs and line ends are no part of it,
 * backslashes are slashes, user names before `@' are no host, escapes and
 * characters without width are taken out of the host, numbers in any base are
 * an IPv4 address, IPv6 is written as RFC 5952 says, final dots go.
 */
#define URL_TEXT_MAX 1000 /* octets kept */

enum url_flag {
	URL_TEXT_DIFFERS = 1,  /* the text of the link names another host */
	URL_IP = 2,            /* the host is an address */
	URL_CREDENTIALS = 4,   /* user name before the host */
	URL_MIXED_SCRIPT = 8,  /* one label of letters of several scripts */
	URL_CONFUSABLE = 16,   /* foreign letters that all look like Latin */
	URL_SHORTENER = 32,
	URL_SCRIPT = 64,       /* javascript:, vbscript: */
	URL_DATA = 128,        /* data: */
	URL_HIDDEN = 256,      /* the host was written with escapes or such */
	URL_BLOCKED = 512,     /* on a list of the site (watch.h) */
	URL_LOOKALIKE = 1024,  /* like a domain that the site watches */
	URL_FILE = 2048        /* opens a program with a file of the host:
				* file:, \\host, search-ms:, ms-word: ... */
};
#define URL_FLAGS_N 12
const char *url_flag_text(unsigned flag); /* one of them */

struct url {
	struct buf text;        /* cut at URL_TEXT_MAX, UTF-8 */
	struct buf host;        /* A-labels in lower case, or an address */
	struct buf registrable; /* public suffix and one label; may be empty */
	unsigned flags;
};

/* -1: nothing that leads to a host or does something (mailto:, #x, a
 * relative path); *url then owns nothing.  Free it else. */
int url_parse(struct url *url, struct slice raw);
/* The same in two steps, for who may have looked up the domain of the same
 * host already: `same' is a URL with it, or NULL. */
int url_read(struct url *url, struct slice raw);
void url_find_domain(struct url *url, const struct url *same);
void url_free(struct url *url);

/* Appends the public suffix and one label of a host name, or nothing. */
void url_registrable(struct slice host, struct buf *out);
/* Letters of two scripts in one word, or only letters of another script that
 * all look like Latin (mathematical ones among them): URL_MIXED_SCRIPT,
 * URL_CONFUSABLE, or 0. */
unsigned url_word_scripts(struct slice word);

#endif
