/* SPDX-License-Identifier: ISC */
/*
 * A PDF file is gone through once for names.  Octets of streams are passed
 * over, since a picture holds any three letters sooner or later; but since
 * readers disagree on where a stream begins, long names count there as well.
 */
#include "pdf.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

#include "base/buf.h"
#include "file_flag.h"

#define NAME_MAX_SIZE 32
#define DICTIONARY_MAX ((size_t)4096) /* looked back for, from a stream */

struct pdf {
	unsigned flags;
	size_t streams_n, inflated;
};

static bool
is_delimiter(char c)
{
	return (unsigned char)c <= 0x20 || strchr("()<>[]{}/%", c) != NULL;
}

/* The name at s.p[*at] (a slash), escapes decoded; *at is then behind it. */
static struct slice
read_name(struct slice s, size_t *at, char out[NAME_MAX_SIZE])
{
	size_t n = 0, i = *at + 1;

	while (i < s.n && !is_delimiter(s.p[i])) {
		char c = s.p[i++];

		if (c == '#' && i + 1 < s.n && ascii_hex(s.p[i]) >= 0 &&
		    ascii_hex(s.p[i + 1]) >= 0) {
			c = (char)(ascii_hex(s.p[i]) << 4 |
			    ascii_hex(s.p[i + 1]));
			i += 2;
		}
		if (n < NAME_MAX_SIZE)
			out[n++] = c;
	}
	*at = i;
	return slice_of(out, n);
}

static unsigned
name_flag(struct slice name)
{
	static const struct {
		const char *name;
		unsigned flag;
	} names[] = {{"JS", CONTENT_PDF_ACTIVE},
	    {"JavaScript", CONTENT_PDF_ACTIVE},
	    {"Launch", CONTENT_PDF_ACTIVE}, {"Encrypt", CONTENT_ENCRYPTED},
	    {"EmbeddedFile", CONTENT_OBJECT}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_is(name, names[i].name))
			return names[i].flag;
	return 0;
}

static void
read_names(struct pdf *pdf, struct slice s)
{
	char name[NAME_MAX_SIZE];

	for (size_t at = slice_find(s, '/'); at < s.n;
	    at += slice_find(slice_part(s, at, s.n), '/'))
		pdf->flags |= name_flag(read_name(s, &at, name));
}

/* What can be had of a deflated stream, however it ends. */
static void
inflate_names(struct pdf *pdf, struct slice s)
{
	struct buf text = BUF_LIMITED(PDF_STREAM_MAX);
	z_stream z = {.next_in = (Bytef *)(uintptr_t)s.p,
	    .avail_in = (uInt)(s.n < UINT32_MAX ? s.n : UINT32_MAX)};
	size_t room = PDF_INFLATED_MAX - pdf->inflated;

	if (room > PDF_STREAM_MAX)
		room = PDF_STREAM_MAX;
	if (inflateInit(&z) != Z_OK)
		return;
	do {
		size_t step = room - text.n < 16384 ? room - text.n : 16384;

		if (step == 0)
			break;
		buf_reserve(&text, step);
		z.next_out = (Bytef *)text.p + text.n;
		z.avail_out = (uInt)step;
		if (inflate(&z, Z_NO_FLUSH) != Z_OK && z.avail_out == step)
			break;
		text.n += step - z.avail_out;
	} while (z.avail_out == 0);
	inflateEnd(&z);
	pdf->inflated += text.n;
	read_names(pdf, buf_slice(&text));
	buf_free(&text);
}

/* `<< ... /Type /ObjStm /Filter /FlateDecode ... >>' before the stream, and
 * behind the stream before that, so that all of them together cost no more
 * than the file is long. */
static bool
is_object_stream(struct slice before)
{
	size_t from = before.n > DICTIONARY_MAX ? before.n - DICTIONARY_MAX : 0;
	struct slice s = slice_part(before, from, before.n);
	char name[NAME_MAX_SIZE];
	bool objects = false, deflated = false;
	size_t at = s.n;

	while (at >= 4 && memcmp(s.p + at - 4, " obj", 4) != 0)
		at--;
	for (at += slice_find(slice_part(s, at, s.n), '/'); at < s.n;
	    at += slice_find(slice_part(s, at, s.n), '/')) {
		struct slice got = read_name(s, &at, name);

		objects = objects || slice_is(got, "ObjStm");
		deflated = deflated || slice_is(got, "FlateDecode") ||
		    slice_is(got, "Fl");
	}
	return objects && deflated;
}

static void
read_stream(struct pdf *pdf, struct slice before, struct slice stream)
{
	static const char *const names[] = {"/JavaScript", "/Launch"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_find_text(stream, slice_text(names[i])) < stream.n)
			pdf->flags |= CONTENT_PDF_ACTIVE;
	if (pdf->streams_n == PDF_STREAMS_MAX ||
	    pdf->inflated >= PDF_INFLATED_MAX || !is_object_stream(before))
		return;
	pdf->streams_n++;
	while (stream.n > 0 && (stream.p[0] == '\r' || stream.p[0] == '\n'))
		stream = slice_part(stream, 1, stream.n);
	inflate_names(pdf, stream);
}

unsigned
pdf_flags(struct slice octets)
{
	struct pdf pdf = {0};
	size_t at = 0;

	while (at < octets.n) {
		struct slice rest = slice_part(octets, at, octets.n);
		size_t begin = slice_find_text(rest, SLICE("stream"));
		size_t end;

		read_names(&pdf, slice_part(rest, 0, begin));
		if (begin == rest.n)
			break;
		begin += strlen("stream");
		end = begin + slice_find_text(slice_part(rest, begin, rest.n),
		    SLICE("endstream"));
		read_stream(&pdf, slice_part(rest, 0, begin),
		    slice_part(rest, begin, end));
		at += end + strlen("endstream");
	}
	return pdf.flags;
}
