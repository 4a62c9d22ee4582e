/* SPDX-License-Identifier: ISC */
#ifndef FE_MAIL_HTML_TEXT_H
#define FE_MAIL_HTML_TEXT_H

#include "base/buf.h"
#include "base/slice.h"

/*
 * What a reader sees of HTML, and where its links lead.  One pass, no tree:
 * tags, comments, scripts, styles and the head are dropped (its title too),
 * entities decoded, blanks joined as a browser does, blocks put on lines of
 * their own.  What is hidden from the eye (html_hidden.h) is kept apart; a
 * link in it is a link.
 */
#define HTML_TEXT_MAX ((size_t)1 << 20)
#define HTML_LINKS_MAX 1000
#define HTML_URL_MAX 8192 /* a longer one is cut */
#define HTML_HIDDEN_MAX 1024 /* octets kept of hidden text */

struct html_link {
	struct buf url;       /* entities decoded, blanks around trimmed */
	const char *element;  /* "a", "img", "form", ... as in html_text.c */
	size_t from, to;      /* what it encloses: octets of the text */
};
struct html_text {
	struct buf text; /* UTF-8, LF line ends */
	struct buf hidden;  /* the beginning of the hidden text */
	size_t hidden_n;    /* letters and digits of all of it */
	struct html_link *links;
	size_t links_n;
	bool has_form, has_script; /* a script that runs: none of JSON */
	bool asks_password;        /* an input of that type */
	bool truncated; /* a limit was reached */
};

/* html: UTF-8 (charset.h).  Never fails. */
void html_text_parse(struct html_text *h, struct slice html);
/* The same of XHTML, where <script/> and <title/> end what they begin and
 * CDATA is text: as HTML they would hide all that follows. */
void html_text_parse_xml(struct html_text *h, struct slice xhtml);
/* The one or the other, as the part says that its text is: XHTML and SVG are
 * XML, whoever opens them. */
struct mime_part;
void html_text_parse_part(struct html_text *h, const struct mime_part *part,
    struct slice text);
void html_text_free(struct html_text *h);
/* Appends text with entities (HTML 5, 13.5, those of HTML 4) decoded. */
int html_entities_decode(struct slice text, struct buf *out);

#endif
