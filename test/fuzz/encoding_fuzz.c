/* SPDX-License-Identifier: ISC */
/*
 * Encodings and charsets: decoders never write more than they read, respect a
 * full buffer, and take back what the encoders wrote.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "mail/charset.h"
#include "mail/encoded_word.h"
#include "mail/encoding.h"
#include "mail/parameter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_decoders(struct slice text)
{
	for (int e = ENCODING_IDENTITY; e <= ENCODING_UNKNOWN; e++) {
		struct buf all = BUF_INIT, some = BUF_LIMITED(7);

		if (encoding_decode(e, text, &all) < 0 || all.n > text.n)
			abort();
		encoding_decode(e, text, &some);
		if (!slice_equal(buf_slice(&some),
		    slice_part(buf_slice(&all), 0, some.n)))
			abort();
		buf_free(&all);
		buf_free(&some);
	}
}

static void
check_round_trip(struct slice octets)
{
	struct buf coded = BUF_INIT, back = BUF_INIT;

	base64_encode(octets, 76, &coded);
	if (base64_decode(buf_slice(&coded), &back) < 0 ||
	    !slice_equal(buf_slice(&back), octets))
		abort();
	buf_reset(&back);
	if (base64_decode_strict(buf_slice(&coded), true, &back) < 0 ||
	    !slice_equal(buf_slice(&back), octets))
		abort();
	buf_reset(&coded);
	buf_reset(&back);
	/* Line ends become CRLF, so only texts that have no others. */
	if (slice_find(octets, '\n') == octets.n) {
		quoted_printable_encode(octets, &coded);
		quoted_printable_decode(buf_slice(&coded), &back);
		if (!slice_equal(buf_slice(&back), octets))
			abort();
	}
	buf_free(&coded);
	buf_free(&back);
}

static void
check_words(struct slice text)
{
	struct buf clean = BUF_INIT, coded = BUF_INIT, back = BUF_INIT;
	struct parameter_list list;

	encoded_word_decode(text, &clean);
	if (!utf8_is_valid(buf_slice(&clean)))
		abort();
	encoded_word_encode(buf_slice(&clean), 9, &coded);
	encoded_word_decode(buf_slice(&coded), &back);
	if (!slice_equal(buf_slice(&back), buf_slice(&clean)))
		abort();
	buf_reset(&coded);
	buf_append_text(&coded, "a/b");
	if (clean.n > 0 && clean.n < 1000 &&
	    parameter_write("filename", buf_slice(&clean), &coded) == 0) {
		parameter_list_parse(&list, buf_slice(&coded));
		if (!slice_equal(parameter_find(&list, "filename"),
		    buf_slice(&clean)))
			abort();
		parameter_list_free(&list);
	}
	buf_free(&clean);
	buf_free(&coded);
	buf_free(&back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice all = slice_of(data, size), text = all;
	struct slice name = slice_line(&text);
	struct buf out = BUF_INIT;
	struct parameter_list list;

	check_decoders(all);
	check_round_trip(all);
	check_words(all);
	charset_to_utf8(name, text, &out);
	if (!utf8_is_valid(buf_slice(&out)))
		abort();
	buf_free(&out);
	parameter_list_parse(&list, all);
	for (size_t i = 0; i < list.n; i++)
		if (!utf8_is_valid(buf_slice(&list.items[i].value)))
			abort();
	parameter_list_free(&list);
	return 0;
}
