/* SPDX-License-Identifier: ISC */
/* Text of strangers: every octet is looked at before it is believed. */
#include "net/mta_sts.h"

#include "base/number.h"

#define NAME_MAX_OCTETS 32
#define HOST_MAX 253
#define LABEL_MAX 63
#define AGE_DIGITS_MAX 10

static struct slice
trim_blanks(struct slice s)
{
	while (s.n > 0 && ascii_is_space(s.p[0]))
		s = slice_part(s, 1, s.n);
	while (s.n > 0 && ascii_is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

/* Names of extensions, in record and policy alike. */
static bool
name_is_valid(struct slice name)
{
	if (name.n < 1 || name.n > NAME_MAX_OCTETS ||
	    !ascii_is_alnum(name.p[0]))
		return false;
	for (size_t i = 1; i < name.n; i++)
		if (!ascii_is_alnum(name.p[i]) && name.p[i] != '_' &&
		    name.p[i] != '-' && name.p[i] != '.')
			return false;
	return true;
}

static bool
id_is_valid(struct slice id)
{
	for (size_t i = 0; i < id.n; i++)
		if (!ascii_is_alnum(id.p[i]))
			return false;
	return id.n >= 1 && id.n <= MTA_STS_ID_MAX;
}

/* No `;', `=', blank or control character. */
static bool
record_value_is_valid(struct slice value)
{
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] <= ' ' || value.p[i] > '~' ||
		    value.p[i] == '=')
			return false;
	return value.n > 0;
}

bool
mta_sts_record_is_one(struct slice text)
{
	return slice_is(trim_blanks(slice_cut(&text, ';')), "v=STSv1");
}

int
mta_sts_record_parse(struct slice text, struct slice *id, const char **why)
{
	*id = SLICE_NONE;
	*why = "it does not begin with v=STSv1";
	if (!slice_starts(text, "v=STSv1") || !mta_sts_record_is_one(text))
		return -1;
	slice_cut(&text, ';');
	while (text.p != NULL) {
		struct slice value = trim_blanks(slice_cut(&text, ';')), name;

		/* Only behind the last semicolon may there be nothing. */
		if (value.n == 0 && text.p == NULL)
			break;
		*why = "a field is not name=value";
		name = slice_cut(&value, '=');
		if (!name_is_valid(name) || !record_value_is_valid(value))
			return -1;
		if (!slice_is(name, "id"))
			continue;
		*why = "its id is not 1 to 32 letters and digits, once";
		if (!id_is_valid(value) || id->p != NULL)
			return -1;
		*id = value;
	}
	*why = "it has no id";
	return id->p != NULL ? 0 : -1;
}

static const char *const modes[] = {"none", "testing", "enforce"};

const char *
mta_sts_mode_text(enum mta_sts_mode mode)
{
	return modes[mode];
}

/* A name of letters, digits and hyphens, maybe with `*.' in front. */
static bool
pattern_is_valid(struct slice pattern)
{
	struct slice rest = slice_starts(pattern, "*.") ?
	    slice_part(pattern, 2, pattern.n) : pattern;

	if (rest.n == 0 || pattern.n > HOST_MAX)
		return false;
	while (rest.p != NULL) {
		struct slice label = slice_cut(&rest, '.');

		if (label.n < 1 || label.n > LABEL_MAX || label.p[0] == '-' ||
		    label.p[label.n - 1] == '-')
			return false;
		for (size_t i = 0; i < label.n; i++)
			if (!ascii_is_alnum(label.p[i]) && label.p[i] != '-')
				return false;
	}
	return true;
}

/* UTF-8 may stand in values that nobody knows; controls may not. */
static bool
policy_value_is_valid(struct slice value)
{
	for (size_t i = 0; i < value.n; i++)
		if ((unsigned char)value.p[i] < ' ' || value.p[i] == 0x7f)
			return false;
	return value.n > 0;
}

struct reading {
	struct mta_sts_policy *policy;
	bool version, mode, age; /* seen */
	const char *why;
};

static int
read_mode(struct reading *r, struct slice value)
{
	r->why = "the mode is not enforce, testing or none";
	for (int i = MTA_STS_NONE; i <= MTA_STS_ENFORCE; i++)
		if (slice_is(value, modes[i])) {
			r->policy->mode = (enum mta_sts_mode)i;
			r->mode = true;
			return 0;
		}
	return -1;
}

static int
read_age(struct reading *r, struct slice value)
{
	int64_t age;

	r->why = "max_age is not a number of 1 to 10 digits";
	if (value.n > AGE_DIGITS_MAX ||
	    number_parse(value, 0, INT64_MAX, &age) < 0)
		return -1;
	r->policy->max_age_s = age < MTA_STS_AGE_MAX ? age : MTA_STS_AGE_MAX;
	r->age = true;
	return 0;
}

static int
read_mx(struct reading *r, struct slice value)
{
	r->why = "an mx is no host name";
	if (!pattern_is_valid(value))
		return -1;
	r->why = "it has more than 100 mx";
	if (r->policy->mx_n == MTA_STS_MX_MAX)
		return -1;
	r->policy->mx[r->policy->mx_n++] = value;
	return 0;
}

static int
read_line(struct reading *r, struct slice line)
{
	struct slice value = trim_blanks(line), name;

	if (value.n == 0)
		return 0;
	r->why = "a line is not name: value";
	name = slice_cut(&value, ':');
	value = trim_blanks(value);
	if (!name_is_valid(name) || !policy_value_is_valid(value))
		return -1;
	if (slice_is(name, "mx"))
		return read_mx(r, value);
	if (slice_is(name, "mode"))
		return r->mode ? 0 : read_mode(r, value);
	if (slice_is(name, "max_age"))
		return r->age ? 0 : read_age(r, value);
	if (slice_is(name, "version") && !r->version) {
		r->why = "the version is not STSv1";
		r->version = slice_is(value, "STSv1");
		return r->version ? 0 : -1;
	}
	return 0;
}

int
mta_sts_policy_parse(struct mta_sts_policy *policy, struct slice text,
    const char **why)
{
	struct reading r = {.policy = policy, .why = "it is over 64 KiB"};
	int result = text.n <= MTA_STS_POLICY_MAX ? 0 : -1;

	policy->mode = MTA_STS_NONE;
	policy->max_age_s = 0;
	policy->mx_n = 0;
	while (text.p != NULL && result == 0)
		result = read_line(&r, slice_line(&text));
	if (result == 0 && !(r.version && r.mode && r.age)) {
		r.why = !r.version ? "it has no version" :
		    !r.mode ? "it has no mode" : "it has no max_age";
		result = -1;
	}
	if (result == 0 && policy->mode != MTA_STS_NONE && policy->mx_n == 0) {
		r.why = "it names no mx";
		result = -1;
	}
	*why = r.why;
	return result;
}

bool
mta_sts_policy_covers(const struct mta_sts_policy *policy, struct slice host)
{
	struct slice above = host;

	if (slice_ends(host, "."))
		above.n = --host.n;
	slice_cut(&above, '.');
	for (size_t i = 0; i < policy->mx_n; i++) {
		struct slice mx = policy->mx[i];

		if (slice_starts(mx, "*.") ?
		    slice_case_equal(above, slice_part(mx, 2, mx.n)) :
		    slice_case_equal(host, mx))
			return true;
	}
	return false;
}

void
mta_sts_policy_write(const struct mta_sts_policy *policy, struct buf *out)
{
	buf_format(out, "version: STSv1\r\nmode: %s\r\n",
	    mta_sts_mode_text(policy->mode));
	for (size_t i = 0; i < policy->mx_n; i++)
		buf_format(out, "mx: %.*s\r\n", SLICE_ARG(policy->mx[i]));
	buf_format(out, "max_age: %lld\r\n", (long long)policy->max_age_s);
}
