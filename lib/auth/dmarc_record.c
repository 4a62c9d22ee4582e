/* SPDX-License-Identifier: ISC */
/* Hostile text from DNS. */
#include "auth/dmarc_record.h"

#include "auth/tag_list.h"

const char *
dmarc_policy_text(enum dmarc_policy policy)
{
	static const char *const texts[] = {"", "none", "quarantine",
	    "reject"};

	return texts[policy];
}

bool
dmarc_record_is_one(struct slice text)
{
	struct slice rest = text, first = slice_cut(&rest, ';');
	struct slice name = slice_trim(slice_cut(&first, '='));

	return slice_case_is(name, "v") &&
	    slice_is(slice_trim(first), "DMARC1");
}

/* False for a value that is there and no policy. */
static bool
read_policy(struct slice text, const char *tag, enum dmarc_policy *out)
{
	struct slice value = tag_text_get_blind(text, tag);

	*out = DMARC_UNSET;
	if (value.p == NULL)
		return true;
	for (int i = DMARC_POLICY_NONE; i <= DMARC_REJECT; i++)
		if (slice_case_is(value,
		    dmarc_policy_text((enum dmarc_policy)i)))
			*out = (enum dmarc_policy)i;
	return *out != DMARC_UNSET;
}

static bool
is_letter(struct slice text, const char *tag, const char *letter)
{
	return slice_case_is(tag_text_get_blind(text, tag), letter);
}

void
dmarc_record_parse(struct dmarc_record *record, struct slice text)
{
	struct slice psd;
	bool valid;

	*record = (struct dmarc_record){0};
	valid = read_policy(text, "p", &record->p);
	valid = read_policy(text, "sp", &record->sp) && valid;
	valid = read_policy(text, "np", &record->np) && valid;
	record->has_policy = true;
	if (!valid || record->p == DMARC_UNSET) {
		record->has_policy = tag_text_get_blind(text, "rua").n > 0;
		record->p = DMARC_POLICY_NONE;
		record->sp = record->np = DMARC_UNSET;
	}
	record->strict_dkim = is_letter(text, "adkim", "s");
	record->strict_spf = is_letter(text, "aspf", "s");
	record->testing = is_letter(text, "t", "y");
	psd = tag_text_get_blind(text, "psd");
	if (slice_case_is(psd, "y"))
		record->psd = DMARC_PSD_YES;
	else if (slice_case_is(psd, "n"))
		record->psd = DMARC_PSD_NO;
}
