/* SPDX-License-Identifier: ISC */
/* Answers of SFTP and S3 servers.  Both may be hostile. */
#include "ops/destination_reply.h"

#include <string.h>
#include <sys/stat.h>

#include "base/number.h"
#include "ops/destination_kind.h"

#define NAMES_MAX 100000

/* ---- S3 ---- */

/* The text between <NAME> and </NAME>, the first from *at on; *at moves behind
 * it.  None where there is none. */
static struct slice
next_element(struct slice xml, const char *name, size_t *at)
{
	struct buf begin = BUF_INIT, end = BUF_INIT;
	struct slice rest = slice_part(xml, *at, xml.n), text = SLICE_NONE;
	size_t from, to;

	buf_format(&begin, "<%s>", name);
	buf_format(&end, "</%s>", name);
	from = slice_find_text(rest, buf_slice(&begin));
	if (from < rest.n) {
		text = slice_part(rest, from + begin.n, rest.n);
		to = slice_find_text(text, buf_slice(&end));
		if (to == text.n)
			text = SLICE_NONE;
		else {
			*at += from + begin.n + to + end.n;
			text = slice_part(text, 0, to);
		}
	}
	buf_free(&begin);
	buf_free(&end);
	return text;
}

static struct slice
element(struct slice xml, const char *name)
{
	size_t at = 0;

	return next_element(xml, name, &at);
}

/* The five entities of XML; others stay as they are. */
static void
unescape(struct slice text, struct buf *out)
{
	static const struct {
		const char *text;
		char octet;
	} entities[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'},
	    {"&quot;", '"'}, {"&apos;", '\''}};

	buf_truncate(out, 0);
	for (size_t i = 0; i < text.n;) {
		struct slice rest = slice_part(text, i, text.n);
		size_t used = 1;
		char octet = text.p[i];

		for (size_t k = 0; k < 5; k++)
			if (slice_starts(rest, entities[k].text)) {
				octet = entities[k].octet;
				used = strlen(entities[k].text);
			}
		buf_append_char(out, octet);
		i += used;
	}
}

struct slice
destination_s3_code(struct slice xml)
{
	return element(xml, "Code");
}

int
destination_parse_s3_list(struct slice xml, const char *prefix,
    struct destination_list *list, struct buf *token, struct err *err)
{
	struct slice contents;
	struct buf key = BUF_INIT;
	size_t at = 0;
	int64_t size;
	int result = 0;

	if (slice_find_text(xml, SLICE("<ListBucketResult")) == xml.n)
		return err_set(err, ERR_SYSTEM, "the server's answer is no "
		    "list of objects");
	while (result == 0 &&
	    (contents = next_element(xml, "Contents", &at)).p != NULL) {
		unescape(element(contents, "Key"), &key);
		if (number_parse(element(contents, "Size"), 0, INT64_MAX,
			&size) < 0 ||
		    !slice_starts(buf_slice(&key), prefix) ||
		    slice_find(buf_slice(&key), '\0') < key.n)
			result = err_set(err, ERR_SYSTEM, "the server's list "
			    "has a strange object");
		else
			destination_list_add(list, key.p + strlen(prefix),
			    size);
	}
	unescape(slice_is(element(xml, "IsTruncated"), "true") ?
	    element(xml, "NextContinuationToken") : SLICE_NONE, token);
	buf_free(&key);
	return result;
}

/* ---- SFTP ---- */

int
sftp_cut_u32(struct slice *rest, uint32_t *out)
{
	const unsigned char *p = (const unsigned char *)rest->p;

	if (rest->n < 4)
		return -1;
	*out = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | (uint32_t)p[3];
	*rest = slice_part(*rest, 4, rest->n);
	return 0;
}

int
sftp_cut_string(struct slice *rest, struct slice *out)
{
	uint32_t n;

	if (sftp_cut_u32(rest, &n) < 0 || n > rest->n)
		return -1;
	*out = slice_part(*rest, 0, n);
	*rest = slice_part(*rest, n, rest->n);
	return 0;
}

enum { ATTR_SIZE = 1, ATTR_OWNER = 2, ATTR_MODE = 4, ATTR_TIMES = 8 };
#define ATTR_EXTENDED 0x80000000U

int
sftp_cut_attributes(struct slice *rest, int64_t *size, int64_t *mode)
{
	uint32_t flags, high, low, n;
	struct slice text;

	*size = *mode = -1;
	if (sftp_cut_u32(rest, &flags) < 0)
		return -1;
	if ((flags & ATTR_SIZE) != 0) {
		if (sftp_cut_u32(rest, &high) < 0 ||
		    sftp_cut_u32(rest, &low) < 0)
			return -1;
		*size = (int64_t)((uint64_t)(high & 0x7fffffff) << 32 | low);
	}
	if ((flags & ATTR_OWNER) != 0 && (sftp_cut_u32(rest, &n) < 0 ||
		sftp_cut_u32(rest, &n) < 0))
		return -1;
	if ((flags & ATTR_MODE) != 0) {
		if (sftp_cut_u32(rest, &n) < 0)
			return -1;
		*mode = n;
	}
	if ((flags & ATTR_TIMES) != 0 && (sftp_cut_u32(rest, &n) < 0 ||
		sftp_cut_u32(rest, &n) < 0))
		return -1;
	if ((flags & ATTR_EXTENDED) == 0)
		return 0;
	if (sftp_cut_u32(rest, &n) < 0 || n > 64)
		return -1;
	for (; n > 0; n--)
		if (sftp_cut_string(rest, &text) < 0 ||
		    sftp_cut_string(rest, &text) < 0)
			return -1;
	return 0;
}

static void
add_name(const char *folder, struct slice name, int64_t size, int64_t mode,
    struct destination_list *list, struct destination_list *folders)
{
	struct destination_list *to = list;
	struct buf path = BUF_INIT;

	/* Names with a dot are unfinished; no name of ours has a slash. */
	if (name.n == 0 || name.p[0] == '.' ||
	    slice_find(name, '/') < name.n || slice_find(name, '\0') < name.n)
		return;
	if (mode >= 0 && S_ISDIR((mode_t)mode))
		to = folders;
	else if (mode >= 0 && !S_ISREG((mode_t)mode))
		to = NULL;
	if (to == NULL)
		return;
	buf_format(&path, "%s/%.*s", folder, SLICE_ARG(name));
	destination_list_add(to, path.p, size);
	buf_free(&path);
}

int
destination_parse_sftp_names(struct slice packet, const char *folder,
    struct destination_list *list, struct destination_list *folders,
    struct err *err)
{
	struct slice name, line;
	int64_t size, mode;
	uint32_t n;

	if (sftp_cut_u32(&packet, &n) < 0 || n > NAMES_MAX)
		return err_set(err, ERR_SYSTEM, "the server's list of names "
		    "is damaged");
	for (; n > 0; n--) {
		if (sftp_cut_string(&packet, &name) < 0 ||
		    sftp_cut_string(&packet, &line) < 0 ||
		    sftp_cut_attributes(&packet, &size, &mode) < 0)
			return err_set(err, ERR_SYSTEM, "the server's list of "
			    "names is damaged");
		add_name(folder, name, size, mode, list, folders);
	}
	return 0;
}
