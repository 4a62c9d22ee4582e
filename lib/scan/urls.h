/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_URLS_H
#define FE_SCAN_URLS_H

#include "base/json.h"
#include "reading.h"
#include "url.h"

/*
 * The URLs of a message, each once, out of the text and the links of its
 * parts; and what else the parts show to a reader.
 */
#define URLS_MAX 200         /* kept and stated; more are counted */
#define URLS_LOOKED_MAX 5000 /* of a message: then the rest is not read */
#define URLS_JSON_MAX ((size_t)96 << 10) /* of facts: then they are cut */
#define URLS_WORDS_MAX ((size_t)64 << 10) /* of text kept for phishing */

struct urls_item {
	struct url url;
	struct buf words; /* the text that names another host, or nothing */
	bool followed;    /* by a reader's hand, not loaded as a picture is */
	bool in_text;     /* stands in the text, to be seen as it is */
};
struct urls {
	struct urls_item *items;
	size_t n, looked;
	size_t left_out;  /* distinct or not: found beyond the limits */
	struct buf words; /* text as a reader sees it */
	struct buf hidden;    /* beginning of HTML text hidden from the eye */
	size_t hidden_n;      /* letters and digits of it */
	bool has_form, has_script, asks_password; /* of HTML parts */
};

void urls_init(struct urls *u);
void urls_free(struct urls *u);
/* Those of the part at hand. */
void urls_add_text(struct urls *u, const struct reading *r);
/* Writes the member `urls'. */
void urls_write(const struct urls *u, struct json_writer *w);

#endif
