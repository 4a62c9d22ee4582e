/* SPDX-License-Identifier: ISC */
/*
 * What all JSON documents at rest have in common.
 */
#include "document.h"

#include <stdlib.h>

#include "mem.h"

int
document_fault(
    const char *name, const char *what, const char *why, struct err *err)
{
	return err_set(err, ERR_CONFIG, "'%s' is no %s: %s", name, what, why);
}

int
document_check(
    struct slice text, const char *name, const char *what, struct err *err)
{
	struct err why = ERR_INIT;
	int64_t version;

	text = slice_trim(text);
	if (json_check(text, &why) < 0)
		return document_fault(name, what, why.text, err);
	if (json_type(text) != JSON_OBJECT)
		return document_fault(name, what, "it is no JSON object", err);
	if (json_integer(json_get(text, "fe"), &version) < 0 || version < 1)
		return document_fault(name, what, "'fe' is not 1", err);
	if (version != 1)
		return document_fault(name, what,
		    "'fe' is over 1: a newer program wrote it", err);
	return 0;
}

static bool
is_known(struct slice name, const char *const known[])
{
	for (size_t i = 0; known[i] != NULL; i++)
		if (slice_is(name, known[i]))
			return true;
	return false;
}

int
document_kept(struct slice object, const char *const known[], char **out)
{
	struct json_walk walk = json_walk(object);
	struct slice name, value;
	struct buf kept = BUF_INIT;

	*out = NULL;
	while (json_next(&walk, &name, &value)) {
		if (slice_find(name, '\\') < name.n) {
			buf_free(&kept);
			return -1;
		}
		if (is_known(name, known))
			continue;
		buf_append_text(&kept, kept.n == 0 ? "{\"" : ",\"");
		buf_append_slice(&kept, name);
		buf_append_text(&kept, "\":");
		buf_append_slice(&kept, value);
	}
	if (kept.n > 0) {
		buf_append_char(&kept, '}');
		*out = buf_take(&kept, NULL);
	}
	return 0;
}

void
document_put_kept(struct json_writer *w, const char *kept)
{
	struct json_walk walk = json_walk(slice_text(kept));
	struct slice name, value;

	while (json_next(&walk, &name, &value)) {
		char *text = mem_dup(name.p, name.n);

		json_put_raw(w, text, value);
		free(text);
	}
}
