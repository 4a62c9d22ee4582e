/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_SLICE_H
#define FE_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/*
 * A view of octets that somebody else owns and that outlives the view.  It
 * may hold NULs and has none at its end.  {NULL, 0} is "there is none";
 * {p, 0} is "there, and empty".
 */
struct slice {
	const char *p;
	size_t n;
};

#define SLICE_NONE ((struct slice){NULL, 0})
#define SLICE(literal) ((struct slice){(literal), sizeof(literal) - 1})
/* For printf("%.*s"): not for hostile octets on a terminal. */
#define SLICE_ARG(s) (int)(s).n, (s).p != NULL ? (s).p : ""

/* Those that parsers call for each octet or word are inline: the length of a
 * literal is then known when they are compiled. */

/* Of a C string; NULL: none. */
static inline struct slice
slice_text(const char *text)
{
	return (struct slice){text, text == NULL ? 0 : strlen(text)};
}

struct slice slice_of(const void *p, size_t n);

/* From octet `from' (inclusive) to `to' (exclusive), both clamped. */
static inline struct slice
slice_part(struct slice s, size_t from, size_t to)
{
	if (to > s.n)
		to = s.n;
	if (from > to)
		from = to;
	return (struct slice){s.p == NULL ? NULL : s.p + from, to - from};
}

static inline bool
slice_equal(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool
slice_is(struct slice s, const char *text)
{
	return slice_equal(s, slice_text(text));
}

/* ASCII case-blind; other octets compare as they are. */
bool slice_case_equal(struct slice a, struct slice b);

static inline bool
slice_case_is(struct slice s, const char *text)
{
	struct slice other = slice_text(text);

	return s.n == other.n && slice_case_equal(s, other);
}

static inline bool
slice_starts(struct slice s, const char *text)
{
	return slice_is(slice_part(s, 0, strlen(text)), text);
}

static inline bool
slice_case_starts(struct slice s, const char *text)
{
	return slice_case_is(slice_part(s, 0, strlen(text)), text);
}

bool slice_ends(struct slice s, const char *text);
bool slice_case_ends(struct slice s, const char *text);
/* As memcmp, then by length; the second one ASCII case-blind. */
int slice_compare(struct slice a, struct slice b);
int slice_case_compare(struct slice a, struct slice b);

/* Without leading and trailing SP, HTAB, CR and LF. */
struct slice slice_trim(struct slice s);
/* Offset of the first c, or s.n when there is none. */
static inline size_t
slice_find(struct slice s, char c)
{
	const char *at = s.n == 0 ? NULL : (const char *)memchr(s.p, c, s.n);

	return at == NULL ? s.n : (size_t)(at - s.p);
}

/* Offset of the first occurrence of the text, or s.n. */
size_t slice_find_text(struct slice s, struct slice text);
/* Cuts the part before the first c off *rest and returns it; *rest becomes
 * what follows c.  Without a c the whole of *rest is returned and *rest
 * becomes none.  Loop: while (rest.p != NULL) part = slice_cut(&rest, ','); */
struct slice slice_cut(struct slice *rest, char c);
/* The next line without its LF or CRLF; *rest as in slice_cut, except that
 * an LF at the very end leaves none. */
struct slice slice_line(struct slice *rest);

/* ASCII only, whatever the locale says. */
static inline bool
ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
ascii_is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool
ascii_is_alnum(char c)
{
	return ascii_is_alpha(c) || ascii_is_digit(c);
}

static inline bool
ascii_is_space(char c) /* SP and HTAB */
{
	return c == ' ' || c == '\t';
}

static inline char
ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

int ascii_hex(char c); /* value of a hex digit, or -1 */

#endif
