/* SPDX-License-Identifier: ISC */
/*
 * Which session has its signatures from which key process.
 */
#include "signers.h"

#include <stdlib.h>

#include "base/mem.h"

struct signers_one {
	struct signer signer; /* {0, -1}: it has died */
	size_t sessions;
	struct signers_one *older;
};

void
signers_init(struct signers *s, size_t max)
{
	*s = (struct signers){NULL, max, mem_own(max * sizeof(*s->of))};
}

void
signers_free(struct signers *s)
{
	while (s->newest != NULL) {
		struct signers_one *one = s->newest;

		s->newest = one->older;
		signer_leave(&one->signer);
		free(one);
	}
	mem_own_free(s->of, s->max * sizeof(*s->of));
	*s = (struct signers){NULL, 0, NULL};
}

/* Those before the newest that nobody needs any more. */
static void
let_go(struct signers *s)
{
	struct signers_one **at = &s->newest->older;

	while (*at != NULL) {
		struct signers_one *one = *at;

		if (one->sessions > 0) {
			at = &one->older;
			continue;
		}
		*at = one->older;
		signer_leave(&one->signer);
		free(one);
	}
}

void
signers_add(struct signers *s, struct signer fresh)
{
	struct signers_one *one = mem_zalloc(sizeof(*one));

	one->signer = fresh;
	one->older = s->newest;
	s->newest = one;
	let_go(s);
}

struct signer
signers_newest(const struct signers *s)
{
	return s->newest == NULL ? (struct signer){0, -1} : s->newest->signer;
}

void
signers_begin(struct signers *s, size_t slot)
{
	s->of[slot] = s->newest;
	if (s->newest != NULL)
		s->newest->sessions++;
}

void
signers_end(struct signers *s, size_t slot)
{
	struct signers_one *one = s->of[slot];

	s->of[slot] = NULL;
	if (one != NULL && --one->sessions == 0 && one != s->newest)
		let_go(s);
}

int
signers_connect(const struct signers *s, size_t slot, struct err *err)
{
	const struct signers_one *one = s->of[slot];
	struct signer signer = signers_newest(s);

	if (one != NULL && one->signer.pid > 0)
		signer = one->signer;
	return signer_connect(&signer, err);
}

bool
signers_bury(struct signers *s, pid_t pid)
{
	for (struct signers_one *one = s->newest; one != NULL;
	     one = one->older)
		if (one->signer.pid == pid) {
			signer_leave(&one->signer);
			return one == s->newest;
		}
	return false;
}
