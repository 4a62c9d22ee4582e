/* SPDX-License-Identifier: ISC */
/* Where the message goes. */
#include "actions.h"
#include "base/utf8.h"
#include "flags.h"
#include "mail/address.h"

/* Of :flags, else of the internal variable (RFC 5232, 5). */
static struct slice
flags_of(struct sieve_run *run, const struct sieve_node *node)
{
	const struct sieve_tag_use *use = node_tag(node, TAG_FLAGS);

	if (use == NULL)
		return run->flags;
	return flags_add(run, SLICE_NONE, use->value);
}

/* reject says that nobody got it: it goes with nothing that delivers (RFC
 * 5429, 2.2 and 2.3). */
static int
check_reject(struct sieve_run *run, const struct sieve_node *node)
{
	if (result_find(run->result, ACTION_REJECT) != NULL ||
	    result_find(run->result, ACTION_TEMPFAIL) != NULL)
		return run_fail(run, node, "'%s' after the message was "
		    "refused", node->def->name);
	return 0;
}

int
action_keep(struct sieve_run *run, const struct sieve_node *node)
{
	const struct result_action *old = result_find(run->result,
	    ACTION_KEEP);
	struct result_action *a = (struct result_action *)(uintptr_t)old;

	if (check_reject(run, node) < 0)
		return -1;
	if (a == NULL)
		a = run_add_action(run, node, ACTION_KEEP);
	if (a == NULL)
		return -1;
	a->flags = flags_of(run, node);
	run->result->implicit_keep = false;
	return 0;
}

int
action_fileinto(struct sieve_run *run, const struct sieve_node *node)
{
	struct sieve_result *r = run->result;
	struct slice folder = run_arg(run, node->args[0]);
	struct result_action *a = NULL;

	if (check_reject(run, node) < 0)
		return -1;
	if (folder.n == 0 || folder.n > 255)
		return run_fail(run, node, "the name of a folder has 1 to 255 "
		    "octets");
	if (!utf8_is_valid(folder))
		return run_fail(run, node, "the name of a folder is not "
		    "UTF-8");
	/* twice into one folder is once (RFC 5228, 2.10.3) */
	for (size_t i = 0; i < r->n; i++)
		if (r->actions[i].verb == ACTION_FILEINTO &&
		    slice_equal(r->actions[i].folder, folder))
			a = &r->actions[i];
	if (a == NULL)
		a = run_add_action(run, node, ACTION_FILEINTO);
	if (a == NULL)
		return -1;
	a->folder = folder;
	a->create |= node_tag(node, TAG_CREATE) != NULL;
	a->flags = flags_of(run, node);
	if (node_tag(node, TAG_COPY) == NULL)
		r->implicit_keep = false;
	return 0;
}

int
action_redirect(struct sieve_run *run, const struct sieve_node *node)
{
	struct slice to = run_arg(run, node->args[0]), local, domain;
	struct sieve_result *r = run->result;
	struct address_list list;
	struct result_action *a;
	size_t n = 0;

	if (check_reject(run, node) < 0)
		return -1;
	address_list_parse(&list, to);
	if (list.n == 1 && list.items[0].domain.n > 0 &&
	    !list.items[0].in_group)
		to = arena_copy(run->arena, buf_slice(&list.items[0].text));
	else
		to = SLICE_NONE;
	address_list_free(&list);
	if (to.p == NULL || address_parse_path(to, true, &local, &domain) < 0)
		return run_fail(run, node, "redirect: this is no mail "
		    "address");
	for (size_t i = 0; i < r->n; i++)
		if (r->actions[i].verb == ACTION_REDIRECT) {
			n++;
			if (slice_case_equal(r->actions[i].to, to))
				to.p = NULL;
		}
	if (to.p != NULL && n >= RESULT_REDIRECTS_MAX)
		return run_fail(run, node, "more than %d redirects",
		    RESULT_REDIRECTS_MAX);
	if (to.p != NULL) {
		a = run_add_action(run, node, ACTION_REDIRECT);
		if (a == NULL)
			return -1;
		a->to = to;
	}
	if (node_tag(node, TAG_COPY) == NULL)
		r->implicit_keep = false;
	return 0;
}

int
action_discard(struct sieve_run *run, const struct sieve_node *node)
{
	run->result->implicit_keep = false;
	if (result_find(run->result, ACTION_DISCARD) != NULL)
		return 0;
	return run_add_action(run, node, ACTION_DISCARD) != NULL ? 0 : -1;
}

static int
refuse(struct sieve_run *run, const struct sieve_node *node,
    enum action_verb verb)
{
	const struct sieve_result *r = run->result;
	struct result_action *a;

	for (size_t i = 0; i < r->n; i++)
		if (r->actions[i].verb != ACTION_DISCARD &&
		    r->actions[i].verb != ACTION_NOTIFY)
			return run_fail(run, node, "'%s' after '%s': a message "
			    "is refused or delivered, not both",
			    node->def->name, action_name(r->actions[i].verb));
	a = run_add_action(run, node, verb);
	if (a == NULL)
		return -1;
	a->text = run_arg(run, node->args[0]);
	run->result->implicit_keep = false;
	return 0;
}

int
action_reject(struct sieve_run *run, const struct sieve_node *node)
{
	return refuse(run, node, ACTION_REJECT);
}

int
action_tempfail(struct sieve_run *run, const struct sieve_node *node)
{
	return refuse(run, node, ACTION_TEMPFAIL);
}

int
action_quarantine(struct sieve_run *run, const struct sieve_node *node)
{
	struct result_action *a;

	if (check_reject(run, node) < 0)
		return -1;
	run->result->implicit_keep = false;
	if (result_find(run->result, ACTION_QUARANTINE) != NULL)
		return 0;
	a = run_add_action(run, node, ACTION_QUARANTINE);
	if (a == NULL)
		return -1;
	a->text = run_arg(run, node->args[0]);
	return 0;
}
