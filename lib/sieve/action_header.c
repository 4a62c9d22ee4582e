/* SPDX-License-Identifier: ISC */
/* Changes to the header (RFC 5293).  They become operations of the record. */
#include "actions.h"
#include "mail/encoded_word.h"
#include "mail/header.h"
#include "matcher.h"
#include "tests.h"

#define VALUE_MAX 2048 /* octets of a field that is added */

static struct result_edit *
add_edit(struct sieve_run *run, const struct sieve_node *node)
{
	struct sieve_result *r = run->result;

	if (r->edits_n < RESULT_EDITS_MAX)
		return &r->edits[r->edits_n++];
	run_fail(run, node, "more than %d changes to the header",
	    RESULT_EDITS_MAX);
	return NULL;
}

/* Trace fields and what tells loops stay (RFC 5293, 6). */
static bool
is_protected(struct slice name)
{
	return slice_case_is(name, "Received") ||
	    slice_case_is(name, "Auto-Submitted");
}

static struct slice
encode(struct sieve_run *run, struct slice name, struct slice value)
{
	struct buf out = BUF_INIT;
	bool plain = true;
	struct slice copy;

	for (size_t i = 0; i < value.n; i++)
		plain &= value.p[i] >= ' ' && value.p[i] <= '~';
	if (plain)
		return value;
	(void)encoded_word_encode(value, name.n + 2, &out);
	copy = arena_copy(run->arena, buf_slice(&out));
	buf_free(&out);
	return copy;
}

int
action_addheader(struct sieve_run *run, const struct sieve_node *node)
{
	struct slice name = run_arg(run, node->args[0]);
	struct slice value = slice_trim(run_arg(run, node->args[1]));
	bool last = node_tag(node, TAG_LAST) != NULL;
	struct result_edit *edit;

	if (!header_name_is_valid(name))
		return run_fail(run, node, "'%.*s' is no name of a header "
		    "field", name.n > 80 ? 80 : (int)name.n, name.p);
	if (value.n > VALUE_MAX)
		return run_fail(run, node, "a header field longer than %d "
		    "octets", VALUE_MAX);
	edit = add_edit(run, node);
	if (edit == NULL)
		return -1;
	edit->op = last ? HEADER_APPEND : HEADER_PREPEND;
	edit->name = name;
	edit->value = encode(run, name, value);
	edit->index = 0;
	letter_add_field(run->message, name, edit->value, last);
	return 0;
}

/* Whether this field goes; 1, 0, -1. */
static int
is_meant(struct sieve_run *run, const struct sieve_node *node,
    struct letter_field *f)
{
	struct matcher match;
	int got;

	if (node->args[1] == NULL)
		return 1;
	matcher_begin(&match, run, node, node->args[1]);
	match.no_matches = true;
	got = matcher_value(&match, field_text(run->message, f));
	return got != 0 ? got : matcher_end(&match);
}

static int
delete_field(struct sieve_run *run, const struct sieve_node *node,
    size_t at, int index)
{
	struct result_edit *edit = add_edit(run, node);

	if (edit == NULL)
		return -1;
	*edit = (struct result_edit){HEADER_DELETE,
	    run_arg(run, node->args[0]), SLICE_NONE, index};
	letter_remove_field(run->message, at);
	return 0;
}

int
action_deleteheader(struct sieve_run *run, const struct sieve_node *node)
{
	struct slice name = run_arg(run, node->args[0]);
	struct letter_header *h = letter_header(run->message);
	int64_t only = run_tag_number(node, TAG_INDEX, 0);
	int64_t seen = 0, count = 0;
	int kept = 0;

	if (is_protected(name))
		return 0;
	for (size_t i = 0; i < h->n; i++)
		count += slice_case_equal(h->fields[i]->name, name);
	if (only > 0 && node_tag(node, TAG_LAST) != NULL)
		only = only > count ? count + 1 : count + 1 - only;
	for (size_t i = 0; i < h->n;) {
		struct letter_field *f = h->fields[i];
		int meant = 0;

		if (slice_case_equal(f->name, name) &&
		    (++seen == only || only == 0))
			meant = is_meant(run, node, f);
		if (meant < 0)
			return -1;
		if (meant > 0) {
			if (delete_field(run, node, i, kept + 1) < 0)
				return -1;
			h = letter_header(run->message);
			continue;
		}
		kept += slice_case_equal(f->name, name);
		i++;
	}
	return 0;
}
