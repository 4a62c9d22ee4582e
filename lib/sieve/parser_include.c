/* SPDX-License-Identifier: ISC */
/* Extensions, and other scripts (RFC 6609). */
#include "base/home.h"
#include "parser_parts.h"

int
parser_require(struct parser *p, const struct sieve_node *node)
{
	if (p->past_require)
		return lexer_fail(&p->lexer, node->at, "'require' stands "
		    "before all other commands");
	for (size_t i = 0; i < node->args[0]->n; i++) {
		struct slice name = node->args[0]->strings[i].text;
		enum sieve_extension extension = extension_find(name);

		if (extension == EXT_NONE)
			return lexer_fail(&p->lexer, node->args[0]->at,
			    "there is no extension \"%.*s\" here",
			    name.n > 100 ? 100 : (int)name.n, name.p);
		p->script->required |= EXT_BIT(extension);
	}
	return 0;
}

static struct sieve_script *
find_include(struct parser *p, struct slice key)
{
	struct sieve_script *s = p->top->includes;

	while (s != NULL && !slice_equal(s->key, key))
		s = s->includes;
	return s;
}

static int
load_include(struct parser *p, struct sieve_node *node, bool global,
    struct slice key)
{
	struct slice name = value_constant(node->args[0]);
	struct buf text = BUF_LIMITED(SIEVE_SCRIPT_MAX + 1), path = BUF_INIT;
	struct parents here = {key, NULL, p->parents};
	int got = p->loader == NULL ? 0 : p->loader->load(p->loader->context,
	    global, name, &text, &path, p->err);

	if (got == 0 && node_tag(node, TAG_OPTIONAL) == NULL)
		got = lexer_fail(&p->lexer, node->args[0]->at, "there is no "
		    "script '%.*s' to include", SLICE_ARG(name));
	if (got > 0) {
		node->included = parser_script(buf_text(&path),
		    buf_slice(&text), p->loader, p->top, &here,
		    p->include_depth + 1, p->err);
		if (node->included == NULL)
			got = -1;
		else
			node->included->key = arena_copy(
			    &node->included->arena, key);
	}
	buf_free(&text);
	buf_free(&path);
	return got < 0 ? -1 : 0;
}

int
parser_include(struct parser *p, struct sieve_node *node)
{
	struct slice name = value_constant(node->args[0]);
	bool global = node_tag(node, TAG_GLOBAL) != NULL;
	struct slice key;
	size_t count = 0;

	if (name.p == NULL)
		return lexer_fail(&p->lexer, node->args[0]->at, "the name of "
		    "an included script is a constant");
	if (!home_name_is_valid(name)) /* whatever :optional says (4) */
		return lexer_fail(&p->lexer, node->args[0]->at, "'%.*s' is no "
		    "name of a script", SLICE_ARG(slice_part(name, 0, 100)));
	key = arena_join(&p->script->arena,
	    global ? SLICE("global ") : SLICE("personal "), name);
	for (const struct parents *up = p->parents; up != NULL; up = up->up) {
		if (!slice_equal(up->key, key))
			continue;
		if (node_tag(node, TAG_ONCE) == NULL)
			return lexer_fail(&p->lexer, node->at, "'%.*s' "
			    "includes itself", SLICE_ARG(name));
		/* no circle: :once finds that it was (RFC 6609, 3.2) */
		node->included = up->script;
		return 0;
	}
	for (struct sieve_script *s = p->top->includes; s; s = s->includes)
		count++;
	node->included = find_include(p, key);
	if (node->included != NULL)
		return 0;
	if (p->include_depth >= SIEVE_INCLUDE_DEPTH_MAX ||
	    count >= SIEVE_INCLUDES_MAX)
		return lexer_fail(&p->lexer, node->at, "more than %d scripts, "
		    "or %d within each other, are included",
		    SIEVE_INCLUDES_MAX, SIEVE_INCLUDE_DEPTH_MAX);
	return load_include(p, node, global, key);
}
