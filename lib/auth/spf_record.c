/* SPDX-License-Identifier: ISC */
/* The grammar of RFC 7208, 12, by hand.  Records are hostile. */
#include "auth/spf_record.h"

#include <stdlib.h>

#include "auth/spf_macro.h"
#include "base/mem.h"
#include "base/number.h"

enum takes { NOTHING, DOMAIN_WANTED, DOMAIN_OR_CIDR, DOMAIN_OR_NOTHING,
	NETWORK };

static const struct {
	const char *name;
	enum spf_mechanism mechanism;
	enum takes takes;
} mechanisms[] = {
	{"all", SPF_ALL, NOTHING},
	{"include", SPF_INCLUDE, DOMAIN_WANTED},
	{"a", SPF_A, DOMAIN_OR_CIDR},
	{"mx", SPF_MX, DOMAIN_OR_CIDR},
	{"ptr", SPF_PTR, DOMAIN_OR_NOTHING},
	{"ip4", SPF_IP4, NETWORK},
	{"ip6", SPF_IP6, NETWORK},
	{"exists", SPF_EXISTS, DOMAIN_WANTED},
};

bool
spf_record_is_one(struct slice text)
{
	return slice_case_starts(text, "v=spf1") &&
	    (text.n == 6 || text.p[6] == ' ');
}

/* Cuts `MARK number' off the end of *text: 1, 0 when there is none. */
static int
cut_prefix_length(struct slice *text, const char *mark, size_t mark_n,
    int64_t max, unsigned *bits)
{
	size_t at = text->n;
	struct slice digits;
	int64_t number;

	while (at > 0 && ascii_is_digit(text->p[at - 1]))
		at--;
	digits = slice_part(*text, at, text->n);
	if (digits.n == 0 || at < mark_n || !slice_equal(slice_part(*text,
	    at - mark_n, at), slice_of(mark, mark_n)))
		return 0;
	/* No leading zero, and in range; else it is no prefix length. */
	if ((digits.n > 1 && digits.p[0] == '0') ||
	    number_parse(digits, 0, max, &number) < 0)
		return -1;
	*bits = (unsigned)number;
	text->n = at - mark_n;
	return 1;
}

/* [":" domain-spec] [dual-cidr] */
static int
read_domain(struct spf_term *term, struct slice rest, enum takes takes)
{
	if (takes == DOMAIN_OR_CIDR) {
		if (cut_prefix_length(&rest, "//", 2, 128, &term->bits6) < 0 ||
		    cut_prefix_length(&rest, "/", 1, 32, &term->bits4) < 0)
			return -1;
	}
	if (rest.n == 0)
		return takes == DOMAIN_WANTED ? -1 : 0;
	if (rest.p[0] != ':')
		return -1;
	term->domain = slice_part(rest, 1, rest.n);
	return spf_domain_spec_is_valid(term->domain) ? 0 : -1;
}

static int
read_network(struct spf_term *term, struct slice rest)
{
	bool v6 = term->mechanism == SPF_IP6;
	unsigned *bits = v6 ? &term->bits6 : &term->bits4;

	if (rest.n < 2 || rest.p[0] != ':' ||
	    cut_prefix_length(&rest, "/", 1, v6 ? 128 : 32, bits) < 0)
		return -1;
	rest = slice_part(rest, 1, rest.n);
	if ((slice_find(rest, ':') < rest.n) != v6 ||
	    ip_parse(rest, &term->network) < 0)
		return -1;
	/* ::ffff:192.0.2.0/120 has become an IPv4 network. */
	if (v6 && term->network.size == 4)
		term->bits4 = *bits >= 96 ? *bits - 96 : 0;
	return 0;
}

static int
add_directive(struct spf_record *record, struct slice text)
{
	struct spf_term term = {.result = AUTH_PASS, .text = text,
	    .bits4 = 32, .bits6 = 128};
	struct slice rest = text, name;
	size_t n = 0;

	switch (rest.p[0]) {
	case '-': term.result = AUTH_FAIL; break;
	case '~': term.result = AUTH_SOFTFAIL; break;
	case '?': term.result = AUTH_NEUTRAL; break;
	case '+': break;
	default: n = 1;
	}
	rest = slice_part(rest, n == 0, rest.n);
	for (n = 0; n < rest.n && ascii_is_alnum(rest.p[n]); n++)
		;
	name = slice_part(rest, 0, n);
	rest = slice_part(rest, n, rest.n);
	for (size_t i = 0; i < sizeof(mechanisms) / sizeof(*mechanisms); i++) {
		if (!slice_case_is(name, mechanisms[i].name))
			continue;
		term.mechanism = mechanisms[i].mechanism;
		if (mechanisms[i].takes == NOTHING ? rest.n > 0 :
		    mechanisms[i].takes == NETWORK ?
		    read_network(&term, rest) < 0 :
		    read_domain(&term, rest, mechanisms[i].takes) < 0)
			return -1;
		if (record->n == SPF_TERMS_MAX)
			return -1;
		record->terms = mem_array(record->terms, record->n + 1,
		    sizeof(*record->terms));
		record->terms[record->n++] = term;
		return 0;
	}
	return -1;
}

/* name "=" value; 1 when the text is no modifier. */
static int
add_modifier(struct spf_record *record, struct slice text)
{
	size_t n = 0;
	struct slice name, value;

	while (n < text.n && (ascii_is_alnum(text.p[n]) || text.p[n] == '-' ||
	    text.p[n] == '_' || text.p[n] == '.'))
		n++;
	if (n == 0 || n == text.n || text.p[n] != '=' ||
	    !ascii_is_alpha(text.p[0]))
		return 1;
	name = slice_part(text, 0, n);
	value = slice_part(text, n + 1, text.n);
	if (slice_case_is(name, "redirect") || slice_case_is(name, "exp")) {
		struct slice *place = slice_case_is(name, "exp") ?
		    &record->exp : &record->redirect;

		if (place->p != NULL || !spf_domain_spec_is_valid(value))
			return -1;
		*place = value;
		return 0;
	}
	return spf_macro_is_valid(value, SPF_MACRO_MODIFIER) ? 0 : -1;
}

int
spf_record_parse(struct spf_record *record, struct slice text,
    struct slice *bad)
{
	*record = (struct spf_record){0};
	text = slice_part(text, 6, text.n);
	while (text.p != NULL) {
		struct slice term = slice_cut(&text, ' ');
		int result;

		if (term.n == 0)
			continue;
		*bad = term;
		result = add_modifier(record, term);
		if (result > 0)
			result = add_directive(record, term);
		if (result < 0) {
			spf_record_free(record);
			return -1;
		}
	}
	return 0;
}

void
spf_record_free(struct spf_record *record)
{
	free(record->terms);
	*record = (struct spf_record){0};
}
