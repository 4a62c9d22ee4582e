/* SPDX-License-Identifier: ISC */
/*
 * HTML: text and URLs are UTF-8, what links enclose lies within the text.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "mail/html_text.h"
#include "mail/terms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf html = BUF_INIT;
	struct html_text h, x;
	struct terms terms;

	utf8_append_clean(&html, slice_of(data, size));
	html_text_parse(&h, buf_slice(&html));
	if (!utf8_is_valid(buf_slice(&h.text)) || h.text.n > HTML_TEXT_MAX ||
	    h.links_n > HTML_LINKS_MAX)
		abort();
	for (size_t i = 0; i < h.links_n; i++)
		if (h.links[i].from > h.links[i].to ||
		    h.links[i].to > h.text.n ||
		    !utf8_is_valid(buf_slice(&h.links[i].url)))
			abort();
	html_text_parse_xml(&x, buf_slice(&html));
	if (!utf8_is_valid(buf_slice(&x.text)) || x.text.n > HTML_TEXT_MAX)
		abort();
	html_text_free(&x);
	terms_init(&terms);
	terms_add(&terms, "", buf_slice(&h.text));
	if (!utf8_is_valid(buf_slice(&terms.text)))
		abort();
	terms_free(&terms);
	html_text_free(&h);
	buf_free(&html);
	return 0;
}
