/* SPDX-License-Identifier: ISC */
/* Text of strangers. */
#include "net/tlsrpt.h"

bool
tlsrpt_record_is_one(struct slice text)
{
	return slice_is(slice_trim(slice_cut(&text, ';')), "v=TLSRPTv1");
}

/* Characters that a URI may have; `,', `!' and `;' are written as %XX. */
static bool
uri_is_valid(struct slice uri)
{
	for (size_t i = 0; i < uri.n; i++)
		if (uri.p[i] <= ' ' || uri.p[i] > '~' || uri.p[i] == '!' ||
		    uri.p[i] == '"' || uri.p[i] == '<' || uri.p[i] == '>')
			return false;
	return (slice_case_starts(uri, "mailto:") && uri.n > 7) ||
	    (slice_case_starts(uri, "https:") && uri.n > 6);
}

static int
read_uris(struct tlsrpt_record *record, struct slice list, const char **why)
{
	while (list.p != NULL) {
		struct slice uri = slice_trim(slice_cut(&list, ','));

		if (!uri_is_valid(uri))
			continue;
		*why = "it has more than 16 addresses";
		if (record->n == TLSRPT_URIS_MAX)
			return -1;
		record->uris[record->n++] = uri;
	}
	*why = "its rua has no mailto: or https: address";
	return record->n > 0 ? 0 : -1;
}

int
tlsrpt_record_parse(struct tlsrpt_record *record, struct slice text,
    const char **why)
{
	bool seen = false;

	record->n = 0;
	*why = "it does not begin with v=TLSRPTv1";
	if (!slice_starts(text, "v=TLSRPTv1") || !tlsrpt_record_is_one(text))
		return -1;
	slice_cut(&text, ';');
	while (text.p != NULL) {
		struct slice value = slice_trim(slice_cut(&text, ';')), name;

		name = slice_trim(slice_cut(&value, '='));
		if (!slice_is(name, "rua"))
			continue;
		*why = "it has two rua";
		if (seen)
			return -1;
		seen = true;
		if (read_uris(record, slice_trim(value), why) < 0)
			return -1;
	}
	*why = "it has no rua";
	return seen ? 0 : -1;
}
