/* SPDX-License-Identifier: ISC */
/* Walks the tree.  Its depth is that which the parser allowed. */
#include "interpreter.h"

#include "actions.h"
#include "tests.h"

static int run_block(struct sieve_run *run, const struct sieve_node *node);

static int
step(struct sieve_run *run, const struct sieve_node *node)
{
	if (++run->instructions > RUN_INSTRUCTIONS_MAX)
		return run_fail(run, node, "more than %d commands and tests "
		    "for one message", RUN_INSTRUCTIONS_MAX);
	return run_work(run, node, 1);
}

static void
note(struct sieve_run *run, const struct sieve_node *node,
    const char *outcome, struct slice saw)
{
	if (run->trace != NULL)
		run->trace->note(run->trace->context,
		    run->frame->script->name, node->line, node->source,
		    outcome, saw);
}

/* ---- tests ---- */

static sieve_test *
find_test(enum sieve_word word)
{
	switch (word) {
	case WORD_ADDRESS:
		return test_address;
	case WORD_ENVELOPE:
		return test_envelope;
	case WORD_EXISTS:
		return test_exists;
	case WORD_HEADER:
		return test_header;
	case WORD_SIZE:
		return test_size;
	case WORD_BODY:
		return test_body;
	case WORD_STRING:
		return test_string;
	case WORD_HASFLAG:
		return test_hasflag;
	case WORD_DATE:
		return test_date;
	case WORD_CURRENTDATE:
		return test_currentdate;
	case WORD_MAILBOXEXISTS:
		return test_mailboxexists;
	case WORD_ENVIRONMENT:
		return test_environment;
	case WORD_SPAMTEST:
		return test_spamtest;
	case WORD_VIRUSTEST:
		return test_virustest;
	case WORD_VALID_NOTIFY_METHOD:
		return test_valid_notify_method;
	case WORD_NOTIFY_METHOD_CAPABILITY:
		return test_notify_method_capability;
	case WORD_DUPLICATE:
		return test_duplicate;
	case WORD_FE:
		return test_fe;
	default:
		return NULL;
	}
}

static int evaluate(struct sieve_run *run, const struct sieve_node *test);

/* anyof ends at the first that is true, allof at the first that is not. */
static int
evaluate_list(struct sieve_run *run, const struct sieve_node *test)
{
	int until = test->def->word == WORD_ANYOF;

	for (const struct sieve_node *t = test->tests; t != NULL; t = t->next) {
		int got = evaluate(run, t);

		if (got < 0 || got == until)
			return got;
	}
	return !until;
}

static int
evaluate_leaf(struct sieve_run *run, const struct sieve_node *test)
{
	sieve_test *function = find_test(test->def->word);
	int got;

	run->saw = SLICE_NONE;
	got = function != NULL ? function(run, test) :
	    test->def->word == WORD_TRUE;
	if (got >= 0)
		note(run, test, got ? "true" : "false", run->saw);
	return got;
}

static int
evaluate(struct sieve_run *run, const struct sieve_node *test)
{
	int got;

	if (step(run, test) < 0)
		return -1;
	switch (test->def->word) {
	case WORD_NOT:
		got = evaluate(run, test->tests);
		return got < 0 ? -1 : !got;
	case WORD_ALLOF:
	case WORD_ANYOF:
		return evaluate_list(run, test);
	default:
		return evaluate_leaf(run, test);
	}
}

/* ---- commands ---- */

static sieve_action *
find_action(enum sieve_word word)
{
	switch (word) {
	case WORD_KEEP:
		return action_keep;
	case WORD_FILEINTO:
		return action_fileinto;
	case WORD_REDIRECT:
		return action_redirect;
	case WORD_DISCARD:
		return action_discard;
	case WORD_REJECT:
	case WORD_EREJECT:
		return action_reject;
	case WORD_QUARANTINE:
		return action_quarantine;
	case WORD_TEMPFAIL:
		return action_tempfail;
	case WORD_SET:
		return action_set;
	case WORD_SETFLAG:
		return action_setflag;
	case WORD_ADDFLAG:
		return action_addflag;
	case WORD_REMOVEFLAG:
		return action_removeflag;
	case WORD_ADDHEADER:
		return action_addheader;
	case WORD_DELETEHEADER:
		return action_deleteheader;
	case WORD_VACATION:
		return action_vacation;
	case WORD_NOTIFY:
		return action_notify;
	default:
		return NULL;
	}
}

static bool
was_included(struct sieve_run *run, const struct sieve_script *script)
{
	struct run_once *once = run->once;

	while (once != NULL && once->script != script)
		once = once->next;
	if (once != NULL)
		return true;
	once = arena_take(run->arena, sizeof(*once));
	*once = (struct run_once){script, run->once};
	run->once = once;
	return false;
}

static int
run_frame(struct sieve_run *run, const struct sieve_script *script)
{
	struct run_frame *outer = run->frame;
	struct run_frame frame = {script, arena_zeroed(run->arena,
	    (script->variables_n + 1) * sizeof(struct slice))};
	int result;

	run->frame = &frame;
	result = run_block(run, script->first);
	run->returned = false;
	run->frame = outer;
	return result;
}

static int
include(struct sieve_run *run, const struct sieve_node *node)
{
	bool before;

	if (node->included == NULL)
		return 0;
	before = was_included(run, node->included);
	if (before && node_tag(node, TAG_ONCE) != NULL)
		return 0;
	return run_frame(run, node->included);
}

/* An if with its elsifs and else; *node becomes the last of them. */
static int
run_if(struct sieve_run *run, const struct sieve_node **node)
{
	bool done = false;

	for (;;) {
		const struct sieve_node *n = *node, *next = n->next;
		int got = done ? 0 : n->tests == NULL ? 1 :
		    evaluate(run, n->tests);

		if (got < 0)
			return -1;
		if (got > 0 && run_block(run, n->block) < 0)
			return -1;
		done |= got > 0;
		if (next == NULL || (next->def->word != WORD_ELSIF &&
		    next->def->word != WORD_ELSE))
			return 0;
		*node = next;
	}
}

static int
run_command(struct sieve_run *run, const struct sieve_node **node)
{
	const struct sieve_node *n = *node;
	sieve_action *action;

	switch (n->def->word) {
	case WORD_IF:
		return run_if(run, node);
	case WORD_STOP:
		run->stopped = true;
		note(run, n, "done", SLICE_NONE);
		return 0;
	case WORD_RETURN:
		run->returned = true;
		return 0;
	case WORD_INCLUDE:
		return include(run, n);
	default:
		action = find_action(n->def->word);
		if (action == NULL)
			return 0; /* require, global: done by the parser */
		if (action(run, n) < 0)
			return -1;
		note(run, n, "done", SLICE_NONE);
		return 0;
	}
}

static int
run_block(struct sieve_run *run, const struct sieve_node *node)
{
	for (; node != NULL; node = node->next) {
		if (step(run, node) < 0 || run_command(run, &node) < 0)
			return -1;
		if (run->stopped || run->returned)
			break;
	}
	return 0;
}

void
interpreter_run(struct sieve_run *run, const struct sieve_script *script)
{
	struct err fault;

	result_init(run->result);
	if (run_frame(run, script) == 0) {
		run->result->keep_flags = run->flags;
		return;
	}
	fault = run->result->fault;
	result_init(run->result);
	run->result->fault = fault;
	run->frame = NULL;
}
