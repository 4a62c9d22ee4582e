/* SPDX-License-Identifier: ISC */
/* The virus layer of fe-scan (virus.h). */
#include "virus.h"

#include "base/utf8.h"
#include "content.h"
#include "sealed.h"

#define WHERE_MAX 200

void
virus_open(struct virus *v, struct clamd *clamd, enum virus_scope scope)
{
	*v = (struct virus){clamd, scope, false, BUF_LIMITED(WHERE_MAX)};
}

void
virus_free(struct virus *v)
{
	buf_free(&v->where);
}

void
virus_begin(struct virus *v, struct slice message, int64_t until_ms)
{
	struct err err = ERR_INIT;
	int memory;

	v->eicar = content_has_eicar(message); /* as it stands */
	buf_reset(&v->where);
	if (v->clamd == NULL)
		return;
	clamd_begin(v->clamd, until_ms);
	if (v->scope == VIRUS_ATTACHMENTS)
		return;
	memory = sealed_make(message, &err);
	if (memory < 0)
		v->clamd->unavailable = true;
	else
		clamd_send(v->clamd, memory, SLICE_NONE);
}

bool
virus_wants_attachments(const struct virus *v)
{
	return v->clamd != NULL && v->scope != VIRUS_MESSAGE;
}

void
virus_give(struct virus *v, int memory, struct slice name)
{
	clamd_send(v->clamd, memory, name);
}

void
virus_found_eicar(struct virus *v, struct slice name)
{
	struct buf clean = BUF_INIT;

	if (v->where.n > 0)
		return;
	v->eicar = true;
	utf8_append_clean(&clean, slice_part(name, 0, WHERE_MAX));
	buf_append_slice(&v->where, utf8_cut(buf_slice(&clean), WHERE_MAX));
	buf_free(&clean);
}

static void
put_found(struct json_writer *w, const char *by, struct slice name,
    struct slice where)
{
	json_put_text(w, "result", "found");
	json_put_slice(w, "name", name);
	if (where.n > 0)
		json_put_slice(w, "attachment", where);
	json_put_text(w, "by", by);
}

bool
virus_write(struct virus *v, struct json_writer *w)
{
	struct clamd *c = v->clamd;

	if (c != NULL)
		clamd_finish(c);
	json_open_object(w, "virus");
	if (c != NULL && c->found)
		put_found(w, "clamd", buf_slice(&c->virus),
		    buf_slice(&c->where));
	else if (v->eicar)
		put_found(w, "fe-scan", SLICE("EICAR-Test-File"),
		    buf_slice(&v->where));
	else
		json_put_text(w, "result", c == NULL ? "none"
		    : c->unavailable ? "unavailable" : "clean");
	if (c != NULL && c->unavailable)
		json_put_slice(w, "why", buf_slice(&c->why));
	json_close_object(w);
	return v->eicar || (c != NULL && c->found);
}
