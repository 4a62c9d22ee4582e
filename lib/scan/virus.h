/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_VIRUS_H
#define FE_SCAN_VIRUS_H

#include "base/json.h"
#include "clamd.h"

/*
 * The virus layer: what is handed to clamd, and the member `virus'.  EICAR is
 * found without clamd, too.
 */
enum virus_scope { VIRUS_ATTACHMENTS, VIRUS_MESSAGE, VIRUS_BOTH };

struct virus {
	struct clamd *clamd; /* one session; NULL: none is configured */
	enum virus_scope scope;
	bool eicar;          /* of this message */
	struct buf where;    /* ... in what */
};

void virus_open(struct virus *v, struct clamd *clamd, enum virus_scope scope);
void virus_free(struct virus *v);
/* Begins a message, and hands all of it over if that is configured. */
void virus_begin(struct virus *v, struct slice message, int64_t until_ms);
bool virus_wants_attachments(const struct virus *v);
/* Takes the descriptor of sealed memory. */
void virus_give(struct virus *v, int memory, struct slice name);
void virus_found_eicar(struct virus *v, struct slice name);
/* Waits for clamd, and writes the member.  True: a virus was found. */
bool virus_write(struct virus *v, struct json_writer *w);

#endif
