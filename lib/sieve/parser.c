/* SPDX-License-Identifier: ISC */
/*
 * Recursive descent with a depth limit.  Each sentence says what was expected
 * and what was found, since users see it.
 */
#include "parser.h"

#include "mailto.h"
#include "parser_parts.h"
#include "validate.h"

int
parser_next(struct parser *p)
{
	return lexer_next(&p->lexer, &p->token);
}

bool
parser_at_mark(const struct parser *p, char mark)
{
	return p->token.kind == TOKEN_MARK && p->token.mark == mark;
}

int
parser_fail_expected(struct parser *p, const char *expected,
    const char *subject)
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

int
parser_need(struct parser *p, enum sieve_extension extension, size_t at,
    const char *colon, const char *what)
{
	/* the larger one brings the smaller (RFC 5235, 2.2; RFC 6131, 2) */
	enum sieve_extension larger = extension == EXT_SPAMTEST ?
	    EXT_SPAMTESTPLUS : extension == EXT_VACATION ?
	    EXT_VACATION_SECONDS : EXT_NONE;

	p->used |= EXT_BIT(extension);
	if (extension == EXT_NONE ||
	    p->script->required & EXT_BIT(extension))
		return 0;
	if (larger != EXT_NONE && p->script->required & EXT_BIT(larger)) {
		p->used |= EXT_BIT(larger);
		return 0;
	}
	return lexer_fail(&p->lexer, at, "'%s%s' needs: require \"%s\"", colon,
	    what, extension_name(extension));
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

	if (!parser_at_mark(p, '('))
		return parser_fail_expected(p, "'(' and tests", "");
	do {
		if (parser_next(p) < 0 || parse_test(p, tail) < 0)
			return -1;
		tail = &(*tail)->next;
	} while (parser_at_mark(p, ','));
	if (!parser_at_mark(p, ')'))
		return parser_fail_expected(p, "',' or ')'", " behind a test");
	return parser_next(p);
}

static int
fail_test(struct parser *p)
{
	char found[TOKEN_TEXT_SIZE];

	if (p->token.kind != TOKEN_IDENTIFIER)
		return parser_fail_expected(p, "a test", "");
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
	if (parser_need(p, def->extension, node->at, "", def->name) < 0 ||
	    enter(p, node->at) < 0 || parser_next(p) < 0)
		return -1;
	if (def->shape == SHAPE_TEST)
		result = parse_test(p, &node->tests);
	else if (def->shape == SHAPE_TESTS)
		result = parse_tests(p, node);
	else
		result = parser_arguments(p, node);
	p->depth--;
	if (result < 0)
		return -1;
	node->source = slice_trim(slice_part(p->lexer.script, node->at,
	    p->token.from));
	return check_node(p, node);
}

/* ---- commands ---- */

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

	if (!parser_at_mark(p, '{'))
		return parser_fail_expected(p, "'{'", "");
	if (enter(p, p->token.from) < 0 || parser_next(p) < 0)
		return -1;
	if (node->tests != NULL && node->tests->def->word == WORD_FALSE)
		warn(p, node->line, "this block is never reached: its test is "
		    "always ", "false");
	result = parse_commands(p, &node->block, true);
	p->depth--;
	if (result < 0)
		return -1;
	if (!parser_at_mark(p, '}'))
		return parser_fail_expected(p, "a command or '}'", "");
	return parser_next(p);
}

static int
parse_rest(struct parser *p, struct sieve_node *node)
{
	enum word_shape shape = node->def->shape;

	if (shape == SHAPE_PLAIN) {
		if (parser_arguments(p, node) < 0)
			return -1;
		node->source = slice_trim(slice_part(p->lexer.script,
		    node->at, p->token.from));
		if (!parser_at_mark(p, ';'))
			return parser_fail_expected(p, "';' behind ",
			    node->def->name);
		/* before the next token: require changes how it is read */
		if (check_node(p, node) < 0)
			return -1;
		if (node->def->word == WORD_REQUIRE &&
		    parser_require(p, node) < 0)
			return -1;
		if (node->def->word == WORD_INCLUDE &&
		    parser_include(p, node) < 0)
			return -1;
		if (node->def->word == WORD_NOTIFY && mailto_is_other_uri(
		    value_constant(node->args[0])))
			warn(p, node->line, "this fails when it is run: only "
			    "mailto: is a way to ", node->def->name);
		return parser_next(p);
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
		return parser_fail_expected(p, "a command", "");
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
	if (parser_need(p, def->extension, node->at, "", def->name) < 0 ||
	    check_order(p, node, before) < 0 || parser_next(p) < 0)
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

	while (p->token.kind != TOKEN_END &&
	    !(in_block && parser_at_mark(p, '}'))) {
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

struct sieve_script *
parser_script(const char *name, struct slice text,
    const struct sieve_loader *loader, struct sieve_script *top,
    struct parents *parents, unsigned include_depth, struct err *err)
{
	struct parser p = {.loader = loader, .parents = parents,
	    .include_depth = include_depth, .line = 1, .err = err};

	p.script = script_new(name, text);
	p.top = top != NULL ? top : p.script;
	if (parents != NULL)
		parents->script = p.script;
	if (lexer_start(&p.lexer, p.script->name, p.script->text,
	    &p.script->arena, err) < 0 || parser_next(&p) < 0 ||
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
	return parser_script(name, text, loader, NULL, NULL, 0, err);
}
