/* SPDX-License-Identifier: ISC */
/* A short list of reasons (reason.h). */
#include "reason.h"

#include <string.h>

#include "base/utf8.h"

void
phishing_free(struct phishing *p)
{
	for (size_t i = 0; i < p->n; i++)
		buf_free(&p->items[i].evidence);
	p->n = 0;
}

void
phishing_add(struct phishing *p, const char *reason, double weight,
    struct slice evidence)
{
	struct phishing_reason *item = &p->items[p->n];

	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->items[i].reason, reason) == 0)
			return;
	if (p->n == PHISHING_REASONS_MAX)
		return;
	*item = (struct phishing_reason){reason,
	    BUF_LIMITED(PHISHING_EVIDENCE_MAX), weight};
	utf8_append_clean(&item->evidence, evidence);
	p->n++;
}

void
phishing_write(const struct phishing *p, struct json_writer *w)
{
	json_open_object(w, "phishing");
	json_put_real(w, "score", p->score, 4);
	json_open_array(w, "reasons");
	for (size_t i = 0; i < p->n; i++) {
		json_open_object(w, NULL);
		json_put_text(w, "reason", p->items[i].reason);
		json_put_slice(w, "evidence",
		    buf_slice(&p->items[i].evidence));
		json_close_object(w);
	}
	json_close_array(w);
	json_close_object(w);
}
