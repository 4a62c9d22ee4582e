/* SPDX-License-Identifier: ISC */
/* ADDRESS[:FOLDER[/UID]], read and written. */
#include "place.h"

#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/mem.h"
#include "base/number.h"
#include "mail/address.h"

static int
decode_percent(struct slice text, struct buf *out)
{
	unsigned char octet;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] != '%') {
			buf_append_char(out, text.p[i]);
			continue;
		}
		if (hex_decode(slice_part(text, i + 1, i + 3), &octet, 1) < 0 ||
		    octet == 0)
			return -1;
		buf_append_char(out, (char)octet);
		i += 2;
	}
	return 0;
}

static bool
is_uid(struct slice text, int64_t *uid)
{
	return text.n > 0 && ascii_is_digit(text.p[0]) &&
	    number_parse(text, 1, UINT32_MAX, uid) == 0;
}

static size_t
last_slash(struct slice text)
{
	size_t i = text.n;

	while (i > 0 && text.p[i - 1] != '/')
		i--;
	return i;
}

static int
parse_folder(struct place *place, struct slice text, struct err *err)
{
	struct buf folder = BUF_INIT;
	size_t cut = last_slash(text);

	if (cut > 1 && is_uid(slice_part(text, cut, text.n), &place->uid))
		text = slice_part(text, 0, cut - 1);
	if (text.n == 0 || decode_percent(text, &folder) < 0) {
		buf_free(&folder);
		return err_set(err, ERR_USAGE, "'%.*s' is no folder (a blank "
		    "is written %%20)", SLICE_ARG(text));
	}
	place->folder = buf_take(&folder, NULL);
	return 0;
}

int
place_parse(struct place *place, struct slice text, struct err *err)
{
	struct buf name = BUF_INIT;
	struct slice address = text, folder;
	size_t at = slice_find(text, '@');
	size_t colon = at + slice_find(slice_part(text, at, text.n), ':');

	*place = (struct place){NULL, NULL, 0};
	address = slice_part(text, 0, colon);
	folder = slice_part(text, colon, text.n);
	if (at == text.n || address_normalize(address, &name) < 0) {
		buf_free(&name);
		return err_set(err, ERR_USAGE, "'%.*s' is no address of a "
		    "mailbox (ADDRESS[:FOLDER[/UID]])", SLICE_ARG(text));
	}
	place->mailbox = buf_take(&name, NULL);
	if (folder.n == 0)
		return 0;
	if (parse_folder(place, slice_part(folder, 1, folder.n), err) == 0)
		return 0;
	place_free(place);
	return -1;
}

void
place_free(struct place *place)
{
	free(place->mailbox);
	free(place->folder);
	*place = (struct place){NULL, NULL, 0};
}

bool
place_looks_like(struct slice text)
{
	size_t at = slice_find(text, '@');

	return at > 0 && at < text.n && slice_find(text, '/') > at;
}

static void
encode_percent(struct buf *out, struct slice folder)
{
	int64_t uid;
	size_t cut = last_slash(folder);
	bool ends_as_uid = cut > 0 &&
	    is_uid(slice_part(folder, cut, folder.n), &uid);

	for (size_t i = 0; i < folder.n; i++) {
		unsigned char c = (unsigned char)folder.p[i];

		if (c <= ' ' || c == '%' || c == ':' || c == 0x7f ||
		    (ends_as_uid && i + 1 == cut))
			buf_format(out, "%%%02X", c);
		else
			buf_append_char(out, (char)c);
	}
}

void
place_format(struct buf *out, struct slice mailbox, struct slice folder,
    int64_t uid)
{
	buf_append_slice(out, mailbox);
	if (folder.p == NULL)
		return;
	buf_append_char(out, ':');
	encode_percent(out, folder);
	if (uid > 0)
		buf_format(out, "/%lld", (long long)uid);
}
