/* SPDX-License-Identifier: ISC */
/* PCRE2 with limits; pattern and text both may be hostile. */
#include "regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

#include "base/mem.h"

struct sieve_regex {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *limits;
	struct sieve_regex *next;
};

static void
regex_free(struct sieve_regex *regex)
{
	pcre2_match_context_free(regex->limits);
	pcre2_match_data_free(regex->data);
	pcre2_code_free(regex->code);
	free(regex);
}

static pcre2_code *
compile(struct slice pattern, bool case_blind, struct err *err)
{
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF |
	    PCRE2_NEVER_BACKSLASH_C | PCRE2_DOTALL |
	    (case_blind ? PCRE2_CASELESS : 0);
	PCRE2_UCHAR text[128];
	pcre2_code *code;
	PCRE2_SIZE at;
	int fault;

	pcre2_set_parens_nest_limit(context, 100);
	code = pcre2_compile((PCRE2_SPTR)pattern.p, pattern.n, options, &fault,
	    &at, context);
	pcre2_compile_context_free(context);
	if (code == NULL) {
		pcre2_get_error_message(fault, text, sizeof(text));
		err_set(err, ERR_CONFIG, "the regular expression is wrong at "
		    "its octet %zu: %s", (size_t)at + 1, (const char *)text);
	}
	return code;
}

struct sieve_regex *
regex_new(struct slice pattern, bool case_blind, struct err *err)
{
	struct sieve_regex *regex;
	pcre2_code *code;

	if (pattern.n > REGEX_PATTERN_MAX) {
		err_set(err, ERR_CONFIG, "a regular expression longer than %d "
		    "octets", REGEX_PATTERN_MAX);
		return NULL;
	}
	code = compile(pattern, case_blind, err);
	if (code == NULL)
		return NULL;
	regex = mem_zalloc(sizeof(*regex));
	regex->code = code;
	regex->data = pcre2_match_data_create(REGEX_CAPTURES_MAX, NULL);
	regex->limits = pcre2_match_context_create(NULL);
	pcre2_set_match_limit(regex->limits, REGEX_STEPS_MAX);
	pcre2_set_depth_limit(regex->limits, REGEX_STEPS_MAX);
	pcre2_set_heap_limit(regex->limits, REGEX_MEMORY_MAX);
	return regex;
}

void
regex_keep(struct sieve_regex **list, struct sieve_regex *regex)
{
	regex->next = *list;
	*list = regex;
}

void
regex_free_all(struct sieve_regex *list)
{
	while (list != NULL) {
		struct sieve_regex *next = list->next;

		regex_free(list);
		list = next;
	}
}

int
regex_match(const struct sieve_regex *regex, struct slice text,
    struct slice captures[REGEX_CAPTURES_MAX], size_t *captures_n,
    struct err *err)
{
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(regex->data);
	int n = pcre2_match(regex->code,
	    (PCRE2_SPTR)(text.p != NULL ? text.p : ""), text.n, 0, 0,
	    regex->data, regex->limits);

	if (n == PCRE2_ERROR_NOMATCH)
		return 0;
	if (n < 0)
		return err_set(err, ERR_CONFIG, "a regular expression takes "
		    "too long on this message");
	if (n == 0) /* more groups than we keep */
		n = REGEX_CAPTURES_MAX;
	for (int i = 0; i < n; i++)
		captures[i] = at[2 * i] == PCRE2_UNSET ? SLICE("") :
		    slice_part(text, at[2 * i], at[2 * i + 1]);
	*captures_n = (size_t)n;
	return 1;
}
