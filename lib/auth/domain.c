/* SPDX-License-Identifier: ISC */
/* Domains as they stand in addresses, signatures and records. */
#include "auth/domain.h"

#include <idn2.h>
#include <stdlib.h>

static bool
is_ascii(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] >= 0x80)
			return false;
	return true;
}

/* Lower case, label by label. */
static int
append_ascii(struct slice text, struct buf *out)
{
	size_t label = 0;

	if (text.n == 0 || text.n > DOMAIN_SIZE_MAX)
		return -1;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c <= ' ' || c == 0x7f || (c == '.' && label == 0))
			return -1;
		label = c == '.' ? 0 : label + 1;
		if (label > DOMAIN_LABEL_MAX ||
		    buf_append_char(out, ascii_lower(c)) < 0)
			return -1;
	}
	return label > 0 ? 0 : -1;
}

int
domain_to_ascii(struct slice text, struct buf *out)
{
	size_t start = out->n;
	struct buf copy = BUF_INIT;
	char *ascii = NULL;
	int result = -1;

	if (text.n > 0 && text.p[text.n - 1] == '.')
		text.n--;
	if (is_ascii(text)) {
		result = append_ascii(text, out);
	} else if (text.n <= 4 * DOMAIN_SIZE_MAX &&
	    slice_find(text, '\0') == text.n) {
		buf_append_slice(&copy, text);
		if (idn2_to_ascii_8z(copy.p, &ascii, IDN2_NFC_INPUT |
		    IDN2_NONTRANSITIONAL) == IDN2_OK)
			result = append_ascii(slice_text(ascii), out);
		idn2_free(ascii);
		buf_free(&copy);
	}
	if (result < 0)
		buf_truncate(out, start);
	return result;
}

int
domain_check(const char *text, struct err *err)
{
	struct buf name = BUF_LIMITED(DOMAIN_SIZE_MAX);
	int result = domain_to_ascii(slice_text(text), &name);

	buf_free(&name);
	return result == 0 ? 0 :
	    err_set(err, ERR_USAGE, "'%s' is no domain name", text);
}

bool
domain_is_within(struct slice name, struct slice parent)
{
	if (name.n < parent.n || parent.n == 0)
		return false;
	if (!slice_case_equal(slice_part(name, name.n - parent.n, name.n),
	    parent))
		return false;
	return name.n == parent.n || name.p[name.n - parent.n - 1] == '.';
}

size_t
domain_labels(struct slice name)
{
	size_t n = name.n > 0 ? 1 : 0;

	for (size_t i = 0; i < name.n; i++)
		n += name.p[i] == '.';
	return n;
}

struct slice
domain_last_labels(struct slice name, size_t n)
{
	for (size_t i = name.n; i-- > 0;)
		if (name.p[i] == '.' && --n == 0)
			return slice_part(name, i + 1, name.n);
	return name;
}
