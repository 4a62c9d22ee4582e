/* SPDX-License-Identifier: ISC */
/* RFC 9116, written and read. */
#include "ops/security_txt.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define SIGNED "-----BEGIN PGP SIGNED MESSAGE-----"
#define SIGNATURE "-----BEGIN PGP SIGNATURE-----"
#define SIGNATURE_END "-----END PGP SIGNATURE-----"

/* scheme ":" rest, without blanks; web addresses by https alone. */
static bool
is_uri(struct slice text)
{
	size_t colon = slice_find(text, ':');

	if (colon == 0 || colon + 1 >= text.n || !ascii_is_alpha(text.p[0]) ||
	    slice_case_starts(text, "http:"))
		return false;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if ((unsigned char)c <= ' ' || (unsigned char)c > '~' ||
		    c == '<' || c == '>' || c == '"')
			return false;
		if (i < colon && !ascii_is_alnum(c) && c != '+' && c != '-' &&
		    c != '.')
			return false;
	}
	return true;
}

/* Tags of RFC 5646, as far as one looks at them: letters, digits, hyphens. */
static bool
are_languages(struct slice text)
{
	if (text.n == 0)
		return false;
	while (text.p != NULL) {
		struct slice tag = slice_trim(slice_cut(&text, ','));

		if (tag.n == 0 || tag.n > 35 || !ascii_is_alpha(tag.p[0]))
			return false;
		for (size_t i = 0; i < tag.n; i++)
			if (!ascii_is_alnum(tag.p[i]) && tag.p[i] != '-')
				return false;
	}
	return true;
}

int
security_check_uri(const char *text, struct err *err)
{
	return is_uri(slice_text(text)) ? 0 : err_set(err, ERR_USAGE,
	    "'%s' is no URI (mailto:..., tel:..., https://...)", text);
}

int
security_check_languages(const char *text, struct err *err)
{
	return are_languages(slice_text(text)) ? 0 : err_set(err, ERR_USAGE,
	    "'%s' is no list of languages (en, de)", text);
}

static int
put_uris(const char *name, const struct option_list *list, struct buf *out,
    struct err *err)
{
	for (size_t i = 0; i < list->n; i++) {
		if (security_check_uri(list->items[i], err) < 0)
			return -1;
		buf_format(out, "%s: %s\r\n", name, list->items[i]);
	}
	return 0;
}

int
security_txt_format(const struct security_txt *s, struct buf *out,
    struct err *err)
{
	char time[CLOCK_TEXT_SIZE];

	if (s->contacts.n == 0)
		return err_set(err, ERR_USAGE, "no contact: --contact "
		    "mailto:security@example.org");
	if (put_uris("Contact", &s->contacts, out, err) < 0)
		return -1;
	/* without the milliseconds: readers may not know them */
	buf_format(out, "Expires: %.19sZ\r\n",
	    clock_rfc3339(s->expires_ms, time));
	if (put_uris("Encryption", &s->encryption, out, err) < 0 ||
	    put_uris("Acknowledgments", &s->acknowledgments, out, err) < 0)
		return -1;
	if (s->languages != NULL &&
	    security_check_languages(s->languages, err) < 0)
		return -1;
	if (s->languages != NULL)
		buf_format(out, "Preferred-Languages: %s\r\n", s->languages);
	return put_uris("Canonical", &s->canonical, out, err) < 0 ||
		put_uris("Policy", &s->policy, out, err) < 0 ||
		put_uris("Hiring", &s->hiring, out, err) < 0
	    ? -1
	    : 0;
}

static void
find_fault(struct security_txt_facts *facts, const char *fault, unsigned line)
{
	if (facts->fault[0] == '\0')
		snprintf(facts->fault, sizeof(facts->fault),
		    line > 0 ? "%s in line %u" : "%s", fault, line);
}

static void
check_field(struct security_txt_facts *facts, struct slice name,
    struct slice value, unsigned line)
{
	static const char *const uris[] = {"Contact", "Encryption",
	    "Acknowledgments", "Canonical", "Policy", "Hiring"};

	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++)
		if (slice_case_is(name, uris[i]) && !is_uri(value))
			find_fault(facts, "a value that is no URI", line);
	if (slice_case_is(name, "Contact"))
		facts->contacts++;
	else if (slice_case_is(name, "Canonical"))
		facts->canonical++;
	else if (slice_case_is(name, "Preferred-Languages") &&
	    !are_languages(value))
		find_fault(facts, "a list of languages that is none", line);
	else if (slice_case_is(name, "Expires")) {
		if (facts->expires++ > 0)
			find_fault(facts, "a second Expires", line);
		else if (value.n < 20 ||
		    clock_parse(value, &facts->expires_ms) < 0) {
			facts->expires_ms = -1;
			find_fault(facts, "a time that is none", line);
		}
	}
}

void
security_txt_check(struct slice text, struct security_txt_facts *facts)
{
	unsigned number = 0;
	bool in_header = false, is_armoured = false;

	*facts = (struct security_txt_facts){.expires_ms = -1};
	if (text.n > SECURITY_TXT_MAX)
		find_fault(facts, "it is larger than 32 KiB", 0);
	while (text.p != NULL && number < 10000) {
		struct slice line = slice_line(&text), value = line, name;

		number++;
		if (number == 1 && slice_is(slice_trim(line), SIGNED)) {
			is_armoured = in_header = true;
			continue;
		}
		if (slice_is(slice_trim(line), SIGNATURE)) {
			facts->is_signed = is_armoured && slice_find_text(text,
			    SLICE(SIGNATURE_END)) < text.n;
			break;
		}
		if (slice_trim(line).n == 0)
			in_header = false;
		if (in_header || slice_trim(line).n == 0 || line.p[0] == '#')
			continue;
		if (slice_starts(value, "- ")) /* RFC 4880, 7.1 */
			value = slice_part(value, 2, value.n);
		name = slice_cut(&value, ':');
		if (value.p == NULL || slice_trim(name).n != name.n)
			find_fault(facts, "what is no field", number);
		else
			check_field(facts, name, slice_trim(value), number);
	}
	if (facts->contacts == 0)
		find_fault(facts, "it has no Contact", 0);
	if (facts->expires == 0)
		find_fault(facts, "it has no Expires", 0);
}
