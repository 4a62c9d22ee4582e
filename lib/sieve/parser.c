/* SPDX-License-Identifier: ISC */
/*
 * Recursive descent with a depth limit.  Each sentence says what was expected
 * and what was found, since users see it.
 */
#include "parser.h"

#include <stdio.h>
#include <string.h>

#include "expansion.h"
#include "lexer.h"
#include "validate.h"

struct parents {
	struct slice key;
	const struct parents *up;
};

struct parser {
	struct lexer lexer;
	struct token token;
	struct sieve_script *script;
	struct sieve_script *top; /* the outermost */
	const struct sieve_loader *loader;
	const struct parents *parents;
	unsigned depth, include_depth;
	size_t line_at;   /* line_at's line is known: */
	unsigned line;
	uint64_t used;
	size_t required_at;
	bool past_require;
	struct err *err;
};

static struct sieve_script *parse_script(const char *name, struct slice text,
    const struct sieve_loader *loader, struct sieve_script *top,
    const struct parents *parents, unsigned include_depth, struct err *err);

static int
next(struct parser *p)
{
	return lexer_next(&p->lexer, &p->token);
}

static bool
at_mark(const struct parser *p, char mark)
{
	return p->token.kind == TOKEN_MARK && p->token.mark == mark;
}

static int
fail_expected(struct parser *p, const char *expected, const char *subject)
{
	char found[TOKEN_TEXT_SIZE];

	return lexer_fail(&p->lexer, p->token.from, "expected %s%s, found %s",
	    expected, subject, token_text(&p->token, found));
}

/* Lines are counted on, never from the beginning. */
static unsigned
line_of(struct parser *p, size_t at)
{
	for (; p->line_at < at; p->line_at++)
		if (p->lexer.script.p[p->line_at] == '\n')
			p->line++;
	return p->line;
}

static int
enter(struct parser *p, size_t at)
{
	if (++p->depth <= SIEVE_DEPTH_MAX)
		return 0;
	return lexer_fail(&p->lexer, at, "blocks and tests are nested deeper "
	    "than %d", SIEVE_DEPTH_MAX);
}

static int
need(struct parser *p, enum sieve_extension extension, size_t at,
    const char *colon, const char *what)
{
	/* spamtestplus stands for spamtest (RFC 5235, 2.2). */
	if (extension == EXT_SPAMTEST &&
	    p->script->required & EXT_BIT(EXT_SPAMTESTPLUS))
		extension = EXT_SPAMTESTPLUS;
	p->used |= EXT_BIT(extension);
	if (extension == EXT_NONE ||
	    p->script->required & EXT_BIT(extension))
		return 0;
	return lexer_fail(&p->lexer, at, "'%s%s' needs: require \"%s\"", colon,
	    what, extension_name(extension));
}

/* ---- values ---- */

static int
add_string(struct parser *p, struct sieve_value *value, size_t *capacity)
{
	struct arena *arena = &p->script->arena;
	struct err err = ERR_INIT;

	if (value->n == *capacity) {
		struct sieve_string *old = value->strings;

		*capacity = *capacity > 0 ? *capacity * 2 : 2;
		value->strings = arena_take(arena, *capacity * sizeof(*old));
		if (value->n > 0)
			memcpy(value->strings, old, value->n * sizeof(*old));
	}
	if (expansion_compile(p->script, p->token.text,
	    &value->strings[value->n], &err) < 0)
		return lexer_fail(&p->lexer, p->token.from, "%s", err.text);
	if (value->strings[value->n].pieces_n > 0)
		p->used |= EXT_BIT(EXT_VARIABLES);
	value->n++;
	return next(p);
}

static int
parse_list(struct parser *p, struct sieve_value *value, size_t *capacity)
{
	if (next(p) < 0)
		return -1;
	if (at_mark(p, ']'))
		return lexer_fail(&p->lexer, p->token.from,
		    "a list holds at least one string");
	for (;;) {
		if (p->token.kind != TOKEN_STRING)
			return fail_expected(p, "a string", " in the list");
		if (add_string(p, value, capacity) < 0)
			return -1;
		if (at_mark(p, ']'))
			return next(p);
		if (!at_mark(p, ','))
			return fail_expected(p, "',' or ']'", " in the list");
		if (next(p) < 0)
			return -1;
	}
}

static int
parse_value(struct parser *p, struct sieve_value **out)
{
	struct sieve_value *value = arena_zeroed(&p->script->arena,
	    sizeof(*value));
	size_t capacity = 0;

	*out = value;
	value->at = p->token.from;
	if (p->token.kind == TOKEN_NUMBER) {
		value->is_number = true;
		value->number = p->token.number;
		return next(p);
	}
	if (p->token.kind == TOKEN_STRING)
		return add_string(p, value, &capacity);
	return parse_list(p, value, &capacity);
}

static bool
at_value(const struct parser *p)
{
	return p->token.kind == TOKEN_NUMBER ||
	    p->token.kind == TOKEN_STRING || at_mark(p, '[');
}

static const char *
kind_text(char kind)
{
	return kind == 'N' ? "a number" : kind == 'S' ? "a string" :
	    "a string or a list of strings";
}

static bool
value_fits(const struct sieve_value *value, bool was_list, char kind)
{
	if (kind == 'N')
		return value->is_number;
	return !value->is_number && (kind == 'L' || !was_list);
}

/* ---- tags ---- */

static int
set_match_tag(struct parser *p, struct sieve_node *node, enum sieve_tag tag,
    size_t at, unsigned *seen)
{
	unsigned group = tag >= TAG_ALL ? 2 : tag >= TAG_IS ? 1 : 0;

	if (group == 0)
		return 0;
	if (*seen & group)
		return lexer_fail(&p->lexer, at, "a second %s for '%s'",
		    group == 1 ? "way to match" : "part of an address",
		    node->def->name);
	*seen |= group;
	if (group == 1)
		node->match.type = (enum match_type)(tag - TAG_IS);
	else
		node->match.part = (enum address_part)(tag - TAG_ALL);
	return 0;
}

static int
fail_tag(struct parser *p, const struct sieve_node *node)
{
	char found[TOKEN_TEXT_SIZE];

	return lexer_fail(&p->lexer, p->token.from, tag_exists(p->token.text) ?
	    "'%s' does not take %s" : "'%s': there is no tag %s",
	    node->def->name, token_text(&p->token, found));
}

static int
parse_tag(struct parser *p, struct sieve_node *node, unsigned *seen)
{
	const struct tag_def *def = tag_find(node->def, p->token.text);
	size_t at = p->token.from;
	struct sieve_tag_use *use;
	bool was_list;

	if (def == NULL)
		return fail_tag(p, node);
	if (need(p, tag_needs(node->def, def), at, ":", def->name) < 0 ||
	    set_match_tag(p, node, def->tag, at, seen) < 0)
		return -1;
	if (node_tag(node, def->tag) != NULL)
		return lexer_fail(&p->lexer, at, "':%s' is given twice",
		    def->name);
	use = arena_zeroed(&p->script->arena, sizeof(*use));
	use->tag = def->tag;
	use->next = node->tags;
	node->tags = use;
	if (next(p) < 0)
		return -1;
	if (def->arg == 0)
		return 0;
	was_list = at_mark(p, '[');
	if (!at_value(p))
		return fail_expected(p, kind_text(def->arg), " behind the tag");
	at = p->token.from;
	if (parse_value(p, &use->value) < 0)
		return -1;
	if (!value_fits(use->value, was_list, def->arg))
		return lexer_fail(&p->lexer, at, "expected %s behind ':%s'",
		    kind_text(def->arg), def->name);
	return 0;
}

/* ---- arguments ---- */

struct given {
	struct sieve_value *values[NODE_ARGS_MAX];
	bool was_list[NODE_ARGS_MAX];
	size_t n;
};

static size_t
count_kinds(const char *args, bool with_optional)
{
	size_t n = 0;

	for (; *args != '\0'; args++) {
		if (*args == '?') {
			args++;
			n += with_optional;
		} else
			n++;
	}
	return n;
}

static int
fail_count(struct parser *p, const struct sieve_node *node, size_t given)
{
	size_t wanted = count_kinds(node->def->args, given > 0);

	if (given < wanted)
		return fail_expected(p, given == 0 ? "an argument" :
		    "another argument", " here");
	return lexer_fail(&p->lexer, node->at, "'%s' takes %zu argument%s, "
	    "%zu are given", node->def->name, wanted, wanted == 1 ? "" : "s",
	    given);
}

/* Puts what was given into the places of def->args. */
static int
place_arguments(struct parser *p, struct sieve_node *node,
    const struct given *given)
{
	const char *kind = node->def->args;
	bool whole = given->n == count_kinds(kind, true);
	size_t place = 0, i = 0;

	if (!whole && given->n != count_kinds(kind, false))
		return fail_count(p, node, given->n);
	for (; *kind != '\0'; kind++, place++) {
		if (*kind == '?') {
			kind++;
			if (!whole)
				continue;
		}
		if (!value_fits(given->values[i], given->was_list[i], *kind))
			return lexer_fail(&p->lexer, given->values[i]->at,
			    "expected %s for '%s'", kind_text(*kind),
			    node->def->name);
		node->args[place] = given->values[i++];
	}
	return 0;
}

static int
parse_arguments(struct parser *p, struct sieve_node *node)
{
	struct given given = {.n = 0};
	unsigned seen = 0;

	while (p->token.kind == TOKEN_TAG || at_value(p)) {
		if (p->token.kind == TOKEN_TAG) {
			if (given.n > 0)
				return fail_expected(p, "tags", " before the "
				    "other arguments");
			if (parse_tag(p, node, &seen) < 0)
				return -1;
			continue;
		}
		if (given.n == NODE_ARGS_MAX ||
		    given.n == count_kinds(node->def->args, true))
			return fail_expected(p, "no more arguments", "");
		given.was_list[given.n] = at_mark(p, '[');
		if (parse_value(p, &given.values[given.n]) < 0)
			return -1;
		given.n++;
	}
	return place_arguments(p, node, &given);
}

/* ---- tests ---- */

static struct sieve_node *
new_node(struct parser *p, const struct word_def *def)
{
	struct sieve_node *node = arena_zeroed(&p->script->arena,
	    sizeof(*node));

	node->def = def;
	node->at = p->token.from;
	node->line = line_of(p, node->at);
	return node;
}

static int
check_node(struct parser *p, struct sieve_node *node)
{
	struct err err = ERR_INIT;
	size_t at = node->at;

	if (validate_node(p->script, node, &at, &err) < 0)
		return lexer_fail(&p->lexer, at, "%s", err.text);
	return 0;
}

static int parse_test(struct parser *p, struct sieve_node **out);

static int
parse_tests(struct parser *p, struct sieve_node *node)
{
	struct sieve_node **tail = &node->tests;

	if (!at_mark(p, '('))
		return fail_expected(p, "'(' and tests", "");
	do {
		if (next(p) < 0 || parse_test(p, tail) < 0)
			return -1;
		tail = &(*tail)->next;
	} while (at_mark(p, ','));
	if (!at_mark(p, ')'))
		return fail_expected(p, "',' or ')'", " behind a test");
	return next(p);
}

static int
fail_test(struct parser *p)
{
	char found[TOKEN_TEXT_SIZE];

	if (p->token.kind != TOKEN_IDENTIFIER)
		return fail_expected(p, "a test", "");
	return lexer_fail(&p->lexer, p->token.from,
	    word_find(p->token.text, false) != NULL ?
	    "expected a test, found the command %s" :
	    "there is no test %s", token_text(&p->token, found));
}

static int
parse_test(struct parser *p, struct sieve_node **out)
{
	const struct word_def *def = p->token.kind == TOKEN_IDENTIFIER ?
	    word_find(p->token.text, true) : NULL;
	struct sieve_node *node;
	int result;

	if (def == NULL)
		return fail_test(p);
	node = *out = new_node(p, def);
	if (need(p, def->extension, node->at, "", def->name) < 0 ||
	    enter(p, node->at) < 0 || next(p) < 0)
		return -1;
	if (def->shape == SHAPE_TEST)
		result = parse_test(p, &node->tests);
	else if (def->shape == SHAPE_TESTS)
		result = parse_tests(p, node);
	else
		result = parse_arguments(p, node);
	p->depth--;
	if (result < 0)
		return -1;
	node->source = slice_trim(slice_part(p->lexer.script, node->at,
	    p->token.from));
	return check_node(p, node);
}

/* ---- commands ---- */

static int
do_require(struct parser *p, const struct sieve_node *node)
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
	struct parents here = {key, p->parents};
	int got = p->loader == NULL ? 0 : p->loader->load(p->loader->context,
	    global, name, &text, &path, p->err);

	if (got == 0 && node_tag(node, TAG_OPTIONAL) == NULL)
		got = lexer_fail(&p->lexer, node->args[0]->at, "there is no "
		    "script '%.*s' to include", SLICE_ARG(name));
	if (got > 0) {
		node->included = parse_script(buf_text(&path),
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

static int
do_include(struct parser *p, struct sieve_node *node)
{
	struct slice name = value_constant(node->args[0]);
	bool global = node_tag(node, TAG_GLOBAL) != NULL;
	struct slice key;
	size_t count = 0;

	if (name.p == NULL)
		return lexer_fail(&p->lexer, node->args[0]->at, "the name of "
		    "an included script is a constant");
	key = arena_join(&p->script->arena,
	    global ? SLICE("global ") : SLICE("personal "), name);
	for (const struct parents *up = p->parents; up != NULL; up = up->up)
		if (slice_equal(up->key, key))
			return lexer_fail(&p->lexer, node->at, "'%.*s' "
			    "includes itself", SLICE_ARG(name));
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

static int
check_order(struct parser *p, const struct sieve_node *node,
    const struct sieve_node *before)
{
	enum sieve_word word = node->def->word;
	enum sieve_word last = before != NULL ? before->def->word : WORD_NONE;

	if ((word == WORD_ELSIF || word == WORD_ELSE) && last != WORD_IF &&
	    last != WORD_ELSIF)
		return lexer_fail(&p->lexer, node->at, "'%s' without an 'if' "
		    "before it", node->def->name);
	return 0;
}

static void
warn(struct parser *p, unsigned line, const char *sentence, const char *word)
{
	buf_format(&p->script->warnings, "%s:%u: %s%s\n", p->script->name,
	    line, sentence, word);
}

static void
warn_order(struct parser *p, const struct sieve_node *node,
    const struct sieve_node *before)
{
	enum sieve_word word = node->def->word, last;

	if (before == NULL)
		return;
	last = before->def->word;
	if (last == WORD_STOP || last == WORD_RETURN)
		warn(p, node->line, "this is never reached, because of the ",
		    before->def->name);
	else if ((word == WORD_ELSE || word == WORD_ELSIF) &&
	    before->tests != NULL && before->tests->def->word == WORD_TRUE)
		warn(p, node->line, "this is never reached: the test before "
		    "it is always ", "true");
}

static int parse_commands(struct parser *p, struct sieve_node **first,
    bool in_block);

static int
parse_block(struct parser *p, struct sieve_node *node)
{
	int result;

	if (!at_mark(p, '{'))
		return fail_expected(p, "'{'", "");
	if (enter(p, p->token.from) < 0 || next(p) < 0)
		return -1;
	if (node->tests != NULL && node->tests->def->word == WORD_FALSE)
		warn(p, node->line, "this block is never reached: its test is "
		    "always ", "false");
	result = parse_commands(p, &node->block, true);
	p->depth--;
	if (result < 0)
		return -1;
	if (!at_mark(p, '}'))
		return fail_expected(p, "a command or '}'", "");
	return next(p);
}

static int
parse_rest(struct parser *p, struct sieve_node *node)
{
	enum word_shape shape = node->def->shape;

	if (shape == SHAPE_PLAIN) {
		if (parse_arguments(p, node) < 0)
			return -1;
		node->source = slice_trim(slice_part(p->lexer.script,
		    node->at, p->token.from));
		if (!at_mark(p, ';'))
			return fail_expected(p, "';' behind ", node->def->name);
		/* before the next token: require changes how it is read */
		if (check_node(p, node) < 0)
			return -1;
		if (node->def->word == WORD_REQUIRE &&
		    do_require(p, node) < 0)
			return -1;
		if (node->def->word == WORD_INCLUDE &&
		    do_include(p, node) < 0)
			return -1;
		return next(p);
	}
	if (shape == SHAPE_TEST && parse_test(p, &node->tests) < 0)
		return -1;
	node->source = slice_trim(slice_part(p->lexer.script, node->at,
	    p->token.from));
	return parse_block(p, node);
}

static int
fail_command(struct parser *p)
{
	char found[TOKEN_TEXT_SIZE];

	if (p->token.kind != TOKEN_IDENTIFIER)
		return fail_expected(p, "a command", "");
	return lexer_fail(&p->lexer, p->token.from,
	    word_find(p->token.text, true) != NULL ?
	    "expected a command, found the test %s" :
	    "there is no command %s", token_text(&p->token, found));
}

static int
parse_command(struct parser *p, struct sieve_node **out,
    const struct sieve_node *before)
{
	const struct word_def *def = p->token.kind == TOKEN_IDENTIFIER ?
	    word_find(p->token.text, false) : NULL;
	struct sieve_node *node;

	if (def == NULL)
		return fail_command(p);
	node = *out = new_node(p, def);
	if (need(p, def->extension, node->at, "", def->name) < 0 ||
	    check_order(p, node, before) < 0 || next(p) < 0)
		return -1;
	warn_order(p, node, before);
	if (++p->script->commands_n > SIEVE_COMMANDS_MAX)
		return lexer_fail(&p->lexer, node->at, "more than %d commands",
		    SIEVE_COMMANDS_MAX);
	if (def->word != WORD_REQUIRE || p->depth > 0)
		p->past_require = true;
	return parse_rest(p, node);
}

static int
parse_commands(struct parser *p, struct sieve_node **first, bool in_block)
{
	struct sieve_node *before = NULL;

	while (p->token.kind != TOKEN_END && !(in_block && at_mark(p, '}'))) {
		if (parse_command(p, first, before) < 0)
			return -1;
		before = *first;
		first = &(*first)->next;
	}
	return 0;
}

static void
warn_unused(struct parser *p)
{
	static const enum sieve_extension silent[] = {EXT_ENCODED_CHARACTER,
	    EXT_COMPARATOR_NUMERIC, EXT_COMPARATOR_OTHER, EXT_VARIABLES,
	    EXT_NONE};

	for (size_t i = 0; silent[i] != EXT_NONE; i++)
		p->used |= EXT_BIT(silent[i]);
	for (unsigned i = 1; i <= EXT_RECORD; i++)
		if (p->script->required & ~p->used & EXT_BIT(i))
			warn(p, 1, "requires and never uses ",
			    extension_name((enum sieve_extension)i));
}

static int
check_numeric(struct parser *p, const struct sieve_node *node)
{
	for (; node != NULL; node = node->next) {
		if (node->match.comparator == COMPARE_NUMERIC &&
		    !(p->script->required & EXT_BIT(EXT_COMPARATOR_NUMERIC)))
			return lexer_fail(&p->lexer, node->at, "this "
			    "comparator needs: require \"comparator-i;"
			    "ascii-numeric\"");
		if (check_numeric(p, node->tests) < 0 ||
		    check_numeric(p, node->block) < 0)
			return -1;
	}
	return 0;
}

static struct sieve_script *
parse_script(const char *name, struct slice text,
    const struct sieve_loader *loader, struct sieve_script *top,
    const struct parents *parents, unsigned include_depth, struct err *err)
{
	struct parser p = {.loader = loader, .parents = parents,
	    .include_depth = include_depth, .line = 1, .err = err};

	p.script = script_new(name, text);
	p.top = top != NULL ? top : p.script;
	if (lexer_start(&p.lexer, p.script->name, p.script->text,
	    &p.script->arena, err) < 0 || next(&p) < 0 ||
	    parse_commands(&p, &p.script->first, false) < 0 ||
	    check_numeric(&p, p.script->first) < 0) {
		script_free(p.script);
		return NULL;
	}
	warn_unused(&p);
	if (top != NULL) {
		p.script->includes = top->includes;
		top->includes = p.script;
	}
	return p.script;
}

struct sieve_script *
sieve_parse(const char *name, struct slice text,
    const struct sieve_loader *loader, struct err *err)
{
	return parse_script(name, text, loader, NULL, NULL, 0, err);
}
