/* SPDX-License-Identifier: ISC */
/*
 * What names in a Maildir++ say.
 */
#include "record/maildir.h"

#include <string.h>
#include <sys/stat.h>

#include "base/number.h"
#include "base/utf8.h"
#include "mail/utf7.h"

static const struct {
	char letter;
	const char *flag;
} flag_names[] = {{'D', "\\Draft"}, {'F', "\\Flagged"}, {'P', "$Forwarded"},
    {'R', "\\Answered"}, {'S', "\\Seen"}, {'T', "\\Deleted"}};
#define FLAG_NAMES (sizeof(flag_names) / sizeof(*flag_names))

static bool
has_folder(const char *path, const char *name)
{
	struct buf full = BUF_INIT;
	struct stat status;
	bool is;

	buf_format(&full, "%s/%s", path, name);
	is = stat(buf_text(&full), &status) == 0 && S_ISDIR(status.st_mode);
	buf_free(&full);
	return is;
}

bool
maildir_is(const char *path)
{
	return has_folder(path, "cur") && has_folder(path, "new");
}

void
maildir_folder_decode(struct slice name, struct buf *out)
{
	while (name.p != NULL) {
		struct slice level = slice_cut(&name, '.');

		if (utf7_decode(level, out) < 0)
			utf8_append_clean(out, level);
		if (name.p != NULL)
			buf_append_char(out, '/');
	}
}

void
maildir_folder_encode(struct slice folder, struct buf *out)
{
	while (folder.p != NULL) {
		utf7_encode(slice_cut(&folder, '/'), "./", out);
		if (folder.p != NULL)
			buf_append_char(out, '.');
	}
}

void
maildir_flags_decode(struct slice file, struct buf *out)
{
	size_t at = slice_find_text(file, SLICE(":2,"));

	for (at += 3; at < file.n; at++)
		for (size_t i = 0; i < FLAG_NAMES; i++)
			if (file.p[at] == flag_names[i].letter)
				buf_format(out, "%s%s", out->n > 0 ? " " : "",
				    flag_names[i].flag);
}

void
maildir_flags_encode(struct slice flags, struct buf *out)
{
	for (size_t i = 0; i < FLAG_NAMES; i++) {
		struct slice rest = flags;

		while (rest.p != NULL)
			if (slice_case_is(
				slice_cut(&rest, ' '), flag_names[i].flag)) {
				buf_append_char(out, flag_names[i].letter);
				break;
			}
	}
}

int64_t
maildir_date_ms(struct slice file)
{
	int64_t seconds;

	/* since 2001: shorter numbers are no time */
	if (number_parse(slice_part(file, 0, slice_find(file, '.')),
		1000000000, 99999999999, &seconds) < 0)
		return -1;
	return seconds * 1000;
}
