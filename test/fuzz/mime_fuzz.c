/* SPDX-License-Identifier: ISC */
/*
 * The MIME walker and the digest: parts lie within their parents and within
 * the limits, and what is taken out of them is UTF-8.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "mail/digest.h"
#include "mail/mime.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_inside(struct slice outer, struct slice inner)
{
	if (inner.p < outer.p || inner.p + inner.n > outer.p + outer.n)
		abort();
}

static void
check_part(const struct mime *m, size_t index, struct slice message)
{
	const struct mime_part *part = &m->parts[index];
	struct buf text = BUF_LIMITED(10000);

	check_inside(message, part->header);
	check_inside(message, part->body);
	if ((part->parent < 0) != (index == 0) ||
	    part->parent >= (int)index || part->depth > MIME_DEPTH_MAX)
		abort();
	if (part->parent >= 0) {
		const struct mime_part *parent = &m->parts[part->parent];

		if (part->depth != parent->depth + 1 ||
		    !parent->has_children)
			abort();
		check_inside(parent->body, part->header);
		check_inside(parent->body, part->body);
	}
	mime_part_text(part, &text);
	if (!utf8_is_valid(buf_slice(&text)) ||
	    !utf8_is_valid(part->filename))
		abort();
	mime_part_is_attachment(part);
	buf_free(&text);
}

static void
check_digest(struct slice message)
{
	struct digest d;

	digest_make(&d, message);
	if (d.terms.text.n > TERMS_SIZE_MAX || d.terms.n > TERMS_MAX ||
	    !utf8_is_valid(buf_slice(&d.terms.text)) ||
	    !utf8_is_valid(buf_slice(&d.subject)) ||
	    !utf8_is_valid(buf_slice(&d.from)) ||
	    !utf8_is_valid(buf_slice(&d.message_id)) ||
	    !utf8_is_valid(buf_slice(&d.preview)))
		abort();
	digest_free(&d);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct mime_limits small = {5, 2};
	struct slice message = slice_of(data, size);
	struct mime m;

	mime_parse(&m, message, NULL);
	if (m.n == 0 || m.n > MIME_PARTS_MAX)
		abort();
	for (size_t i = 0; i < m.n; i++)
		check_part(&m, i, message);
	mime_free(&m);
	mime_parse(&m, message, &small);
	if (m.n == 0 || m.n > 5)
		abort();
	for (size_t i = 0; i < m.n; i++)
		if (m.parts[i].depth > 2)
			abort();
	mime_free(&m);
	check_digest(message);
	return 0;
}
