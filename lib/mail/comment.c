/* SPDX-License-Identifier: ISC */
#include "mail/comment.h"

size_t
comment_length(struct slice s)
{
	size_t depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '(')
			depth++;
		else if (s.p[i] == ')' && --depth == 0)
			return i + 1;
	}
	return 0;
}

size_t
comment_skip(struct slice s)
{
	size_t n = comment_length(s);

	return n > 0 ? n : s.n;
}
